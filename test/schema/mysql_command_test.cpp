// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/program.hpp"
#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::run;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* music = R"(
# a script as MySQL's own shell takes it
CREATE TABLE `Artist` (
  `Id` INT NOT NULL AUTO_INCREMENT,
  `Name` NVARCHAR(120) DEFAULT N'nobody\'s',
  `Active` TINYINT(1) NOT NULL DEFAULT 1,
  `Changed` DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  CONSTRAINT `PK_Artist` PRIMARY KEY (`Id`)
) COMMENT 'who plays';
CREATE TABLE `Album` (
  `Id` INT UNSIGNED NOT NULL PRIMARY KEY,
  `Title` VARCHAR(160) NOT NULL CHECK (`Title` <> ';'),
  `ArtistId` INT NOT NULL,
  `Kind` ENUM('lp', 'ep') NOT NULL DEFAULT 'lp',
  `Twice` INT GENERATED ALWAYS AS (`ArtistId` * 2) STORED,
  UNIQUE KEY `name` (`Title`, `Kind`),
  KEY `start` (`Title`(10) DESC),
  CONSTRAINT `FK_Album` FOREIGN KEY (`ArtistId`) REFERENCES `Artist` (`Id`) ON DELETE CASCADE
);
CREATE TABLE `Track` (`Id` INT PRIMARY KEY, `Title` TEXT, KEY `name` (`Id`), FULLTEXT KEY `t` (`Title`));
CREATE VIEW `a` AS SELECT 1 AS `one`;
CREATE OR REPLACE VIEW `z` AS SELECT `Name` FROM `Artist`;
CREATE OR REPLACE VIEW `a` AS SELECT `Name` FROM `z`;
/*!40101 SET NAMES utf8mb4 */;
DELIMITER //
CREATE TRIGGER `r` BEFORE INSERT ON `Track` FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END//
DELIMITER ;
INSERT INTO `Artist` (`Name`) VALUES (N'AC/DC'), (N'Guns N'' Roses; "live" \\ \'');
)";

/// A database beside the test's, which ends with it.
class SecondDatabase {
 public:
  explicit SecondDatabase(const std::string& first)
      : url_(test::create_mysql_database(first, "hark_second_of_command")) {}
  SecondDatabase(const SecondDatabase&) = delete;
  SecondDatabase& operator=(const SecondDatabase&) = delete;
  ~SecondDatabase() { test::drop_mysql_database(url_); }

  const std::string& url() const noexcept { return url_; }

 private:
  std::string url_;
};

class MySQLCommandTest : public test::MySqlTest {
 protected:
  /// Executes a script by `hark trace`.
  static Finished load(const std::string& into, const std::string& script) {
    return run({"trace", into, "-"}, {.input = script});
  }

  /// What `hark schema` prints of the database, when it is made by this script.
  Finished schema_of(const std::string& script, std::vector<std::string> options = {}) {
    const Finished loaded = load(url(), script);
    EXPECT_EQ(loaded.code, 0) << loaded.out << loaded.err;
    std::vector<std::string> arguments{"schema", url()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments);
  }
};

TEST_F(MySQLCommandTest, PrintsWhatCreatesTheSameSchema) {
  const Finished printed = schema_of(music);
  ASSERT_EQ(printed.code, 0) << printed.err;
  const SecondDatabase second(url());

  const Finished loaded = load(second.url(), printed.out);
  const Finished compared = run({"schema", "--diff", url(), second.url()});
  const Finished again = run({"schema", second.url()});

  EXPECT_EQ(loaded.code, 0) << loaded.out << loaded.err;
  EXPECT_EQ(compared.out, "trigger r: only in the first\n");  // triggers are left out
  EXPECT_EQ(again.out, printed.out);
}

TEST_F(MySQLCommandTest, WritesItForOtherDatabases) {
  const Finished printed = schema_of(music, {"--dialect", "postgresql"});

  EXPECT_EQ(printed.code, 0);
  EXPECT_TRUE(contains(printed.out, "\"Active\" BOOLEAN DEFAULT true NOT NULL"))
      << printed.out;
  EXPECT_TRUE(contains(printed.out, "\"Name\" VARCHAR(120) DEFAULT 'nobody''s'"));
  EXPECT_TRUE(contains(printed.out, "DEFAULT CURRENT_TIMESTAMP"));
  EXPECT_TRUE(contains(printed.out, "CHECK (\"Title\" <> ';')"));
  EXPECT_TRUE(contains(printed.out, "AS (\"ArtistId\" * 2) STORED"));
  EXPECT_TRUE(contains(printed.out, "CONSTRAINT name UNIQUE (\"Title\", \"Kind\")"));
  EXPECT_TRUE(contains(printed.out, "CREATE INDEX \"Track_name\" ON"));
  EXPECT_TRUE(contains(printed.out, "COMMENT ON TABLE \"Artist\" IS 'who plays'"));
  EXPECT_FALSE(contains(printed.out, "ENGINE"));
  EXPECT_FALSE(contains(printed.out, "`"));
  EXPECT_TRUE(contains(printed.err, "no ON UPDATE of columns, which is left out"));
  EXPECT_TRUE(contains(printed.err, "no FULLTEXT indexes; they are left out"));
  EXPECT_TRUE(contains(printed.err, "a prefix is written as one of the whole"));
}

TEST_F(MySQLCommandTest, FindsWhatDiffersFromAnotherDatabase) {
  EXPECT_EQ(schema_of(music).code, 0);
  const SecondDatabase second(url());
  EXPECT_EQ(load(second.url(), music).code, 0);
  EXPECT_EQ(run({"schema", "--diff", url(), second.url()}).out, "");
  EXPECT_EQ(load(second.url(),
                 "ALTER TABLE `Album` MODIFY `Title` VARCHAR(161) NOT NULL; ALTER TABLE "
                 "`Track` ENGINE=MyISAM")
                .code,
            0);

  const Finished compared = run({"schema", "--diff", url(), second.url()});

  EXPECT_NE(compared.code, 0);
  EXPECT_TRUE(contains(compared.out, "VARCHAR(160) in the first, VARCHAR(161)"))
      << compared.out;
  EXPECT_TRUE(
      contains(compared.out, "table Track, option ENGINE=MyISAM: only in the second"));
}

TEST_F(MySQLCommandTest, ShowsItAsDataAndAsDiagrams) {
  const Finished printed = schema_of(music, {"--json"});
  const auto json = nlohmann::json::parse(printed.out);
  const auto& album = json["tables"][0];

  EXPECT_EQ(json["dialect"], "mysql");
  EXPECT_EQ(album["name"], "Album");
  EXPECT_EQ(album["unique_constraints"][0]["name"], "name");
  EXPECT_EQ(album["indexes"].back()["name"], "FK_Album");
  EXPECT_EQ(json["tables"][2]["indexes"].back()["prefix"], "FULLTEXT");
  EXPECT_EQ(json["triggers"][0]["name"], "r");
  EXPECT_TRUE(contains(run({"schema", "--dot", url()}).out, "\"Album\""));
  EXPECT_TRUE(contains(run({"schema", "--mermaid", url()}).out, "\"Album\""));
}

TEST_F(MySQLCommandTest, LoadsAScriptThatMakesADatabaseOfItsOwn) {
  const Finished loaded =
      load(url(),
           "DROP DATABASE IF EXISTS `hark_of_script`; CREATE DATABASE "
           "`hark_of_script`; USE `hark_of_script`; CREATE TABLE `t` "
           "(`a` INT); INSERT INTO `t` VALUES (1);");
  const std::string made = run({"schema", url(), "--schema", "hark_of_script"}).out;
  load(url(), "DROP DATABASE `hark_of_script`");

  EXPECT_EQ(loaded.code, 0) << loaded.out << loaded.err;
  EXPECT_TRUE(contains(made, "CREATE TABLE hark_of_script.t (")) << made;
}

}  // namespace
}  // namespace hark::cli
