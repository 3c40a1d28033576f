// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/event/listen.hpp>
#include <hark/mysql.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

std::string database_of(const Engine& engine) {
  return engine.url().database.value_or("");
}

/// A database beside the test's, which ends with it.
class SecondDatabase {
 public:
  explicit SecondDatabase(const Engine& first)
      : url_(create_mysql_database(first.url().render(false),
                                   database_of(first) + "_second")),
        engine_(create_engine(url_)) {}
  SecondDatabase(const SecondDatabase&) = delete;
  SecondDatabase& operator=(const SecondDatabase&) = delete;
  ~SecondDatabase() {
    engine_.dispose();
    drop_mysql_database(url_);
  }

  Engine& engine() noexcept { return engine_; }
  std::string name() const { return database_of(engine_); }

 private:
  std::string url_;
  Engine engine_;
};

class MySQLReflectorTest : public MySqlTest {
 protected:
  void SetUp() override {
    MySqlTest::SetUp();
    if (!IsSkipped()) engine_.reset(new Engine(create_engine(url())));
  }
  void TearDown() override { engine_.reset(); }

  Engine& engine() { return *engine_; }

  void run(std::initializer_list<const char*> statements) {
    Connection connection(engine());
    for (const char* statement : statements) connection.exec_driver_sql(statement);
    connection.commit();
  }

  bool is_mariadb() {
    Connection connection(engine());
    return connection.exec_driver_sql("SELECT VERSION()")
               .scalar_one<std::string>()
               .find("MariaDB") != std::string::npos;
  }

 private:
  std::unique_ptr<Engine> engine_;
};

constexpr const char* shop = R"(
CREATE TABLE shop (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'the ''key'' \\ of it',
  is_open TINYINT(1) DEFAULT 1,
  floor TINYINT UNSIGNED ZEROFILL,
  area MEDIUMINT NOT NULL DEFAULT -3,
  visits BIGINT UNSIGNED,
  price DECIMAL(10,2) UNSIGNED NOT NULL DEFAULT 1.50,
  ratio FLOAT(7,3), factor DOUBLE,
  kind ENUM('a','b,c','it''s','x)') CHARACTER SET latin1 NOT NULL DEFAULT 'a',
  days SET('mo','tu') DEFAULT 'mo,tu',
  flags BIT(8) DEFAULT b'101',
  since YEAR DEFAULT 2020,
  changed DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  seen TIMESTAMP NULL DEFAULT NULL,
  opens TIME(3),
  code CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin,
  name VARCHAR(50) DEFAULT 'it''s \\ "\n',
  notes TEXT, story MEDIUMTEXT COLLATE utf8mb4_unicode_ci, scan LONGBLOB,
  hash VARBINARY(16), tag BINARY(4),
  place POINT NOT NULL,
  twice INT GENERATED ALWAYS AS (area * 2) VIRTUAL,
  label VARCHAR(60) GENERATED ALWAYS AS (CONCAT(name, '),')) STORED COMMENT 'made',
  size INT CHECK (size > 3),
  owner_x INT, owner_y INT,
  CONSTRAINT ck CHECK (area > -9 AND name <> 'a)b'),
  UNIQUE KEY uq (area, visits DESC),
  UNIQUE KEY plain (price, name),
  KEY pre (notes(10), name(5) DESC),
  FULLTEXT KEY ft (story),
  SPATIAL KEY sp (place),
  KEY hs (area) USING BTREE,
  CONSTRAINT fk_owner FOREIGN KEY (owner_x, owner_y) REFERENCES owner (x, y)
    ON DELETE SET NULL ON UPDATE CASCADE
) COMMENT 'what''s \\ there' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
)";

constexpr const char* owner =
    "CREATE TABLE owner (id INT PRIMARY KEY, x INT, y INT, `select` INT, UNIQUE (x, y))";

// -- there and back ---------------------------------------------------------------------

TEST_F(MySQLReflectorTest, CreatesElsewhereExactlyWhatItHasReflected) {
  run({owner, shop, "CREATE VIEW v AS SELECT id FROM shop"});
  SecondDatabase second(engine());

  MetaData metadata;
  metadata.reflect(engine());
  metadata.create_all(second.engine());

  Inspector there(engine());
  Inspector here(second.engine());
  EXPECT_EQ(here.get_table_names(), (Names{"owner", "shop"}));
  EXPECT_EQ(here.get_table("owner"), there.get_table("owner"));
  EXPECT_EQ(here.get_table("shop"), there.get_table("shop"));
}

TEST_F(MySQLReflectorTest, CreatesElsewhereWhatOnlyMariaDBHas) {
  if (!is_mariadb()) GTEST_SKIP() << "the server is MySQL";
  run({"CREATE SEQUENCE numbers",
       "CREATE TABLE t (id UUID DEFAULT UUID(), address INET6, json JSON, other LONGTEXT"
       " CHECK (JSON_LENGTH(other) > 1), number INT DEFAULT NEXTVAL(numbers), hidden INT"
       " INVISIBLE DEFAULT 4, packed TEXT COMPRESSED, sum INT DEFAULT (1 + 2))"
       " WITH SYSTEM VERSIONING PARTITION BY HASH (hidden) PARTITIONS 2"});
  SecondDatabase second(engine());
  const ReflectedTable described = Inspector(engine()).get_table("t");
  EXPECT_EQ(described.columns.at(2).type, JSON().spelled("JSON"));
  EXPECT_EQ(described.columns.at(4).default_, "nextval(`numbers`)");

  MetaData metadata;
  metadata.reflect(engine());
  second.engine().begin([](Connection& connection) {
    connection.exec_driver_sql("CREATE SEQUENCE numbers");
  });
  metadata.create_all(second.engine());

  EXPECT_EQ(Inspector(second.engine()).get_table("t"), described);
}

// -- what it says -----------------------------------------------------------------------

TEST_F(MySQLReflectorTest, DescribesColumnsAsTheServerHasThem) {
  run({owner, shop});
  const std::vector<ReflectedColumn> columns = Inspector(engine()).get_columns("shop");
  const auto column = [&](std::string_view name) {
    const auto found = std::find_if(columns.begin(),
                                    columns.end(),
                                    [&](const auto& each) { return each.name == name; });
    return found == columns.end() ? ReflectedColumn() : *found;
  };
  const auto type_of = [&](std::string_view name) {
    return ddl_compiler("mysql").type(column(name).type);
  };

  EXPECT_EQ(column("id").autoincrement, Autoincrement::yes);
  EXPECT_EQ(column("id").comment, "the 'key' \\ of it");
  EXPECT_EQ(column("id").primary_key, 1);
  EXPECT_EQ(column("is_open").type.kind(), Type::Kind::boolean);
  EXPECT_EQ(column("kind").type.enums(), (Names{"a", "b,c", "it's", "x)"}));
  EXPECT_EQ(type_of("days"), "SET('mo','tu')");
  EXPECT_EQ(type_of("price"), "DECIMAL(10, 2) UNSIGNED");
  EXPECT_EQ(type_of("changed"), "DATETIME(6)");
  EXPECT_EQ(type_of("code"), "CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin");
  EXPECT_EQ(column("twice").computed,
            (ReflectedColumn::ComputedValue{"`area` * 2", false}));
  EXPECT_EQ(column("label").computed->persisted, true);
  EXPECT_FALSE(column("area").nullable);
  EXPECT_EQ(column("seen").default_, std::nullopt);
}

TEST_F(MySQLReflectorTest, AsksOneStatementForATableHoweverMuchThereIsToTell) {
  run({owner, shop});
  Connection connection(engine());
  Inspector inspector(connection);
  Names statements;
  event::listen(connection,
                "before_cursor_execute",
                [&](Connection&, dbapi::Cursor&, const std::string& statement) {
                  statements.push_back(statement);
                });

  inspector.get_columns("shop");
  inspector.get_indexes("shop");
  inspector.get_foreign_keys("shop");
  inspector.get_table("shop");

  EXPECT_EQ(statements, (Names{"SHOW CREATE TABLE `shop`"}));
}

TEST_F(MySQLReflectorTest, TellsOfWhatIsNotThere) {
  Inspector inspector(engine());

  EXPECT_THROW(inspector.get_table("ghost"), NoSuchTableError);
  EXPECT_THROW(inspector.get_columns("ghost", "no_such_schema"), NoSuchTableError);
  EXPECT_THROW(inspector.get_view_definition("ghost"), NoSuchTableError);
  EXPECT_FALSE(inspector.has_table("ghost"));
  EXPECT_FALSE(inspector.has_table("ghost", "no_such_schema"));
}

TEST_F(MySQLReflectorTest, DescribesViewsAsTablesOfColumnsAlone) {
  run({owner,
       "CREATE VIEW v AS SELECT id, x, 'two' AS two FROM owner",
       "CREATE TABLE no_view (a INT)"});
  Inspector inspector(engine());

  const ReflectedTable view = inspector.get_table("v");

  ASSERT_EQ(view.columns.size(), 3U);
  EXPECT_EQ(view.columns[0].name, "id");
  EXPECT_FALSE(view.columns[0].nullable);
  EXPECT_EQ(view.columns[2].type.kind(), Type::Kind::string);
  EXPECT_TRUE(view.primary_key.constrained_columns.empty());
  EXPECT_EQ(inspector.get_view_names(), (Names{"v"}));
  EXPECT_EQ(inspector.get_table_names(), (Names{"no_view", "owner"}));
  EXPECT_NE(inspector.get_view_definition("v").find("VIEW `v` AS select"),
            std::string::npos);
  EXPECT_THROW(inspector.get_view_definition("no_view"), NoSuchTableError);
}

TEST_F(MySQLReflectorTest, LeavesAViewOutThatIsInvalid) {
  run({"CREATE TABLE t (a INT)",
       "CREATE TABLE gone (a INT)",
       "CREATE VIEW v AS SELECT a FROM gone",
       "DROP TABLE gone"});
  MetaData metadata;

  metadata.reflect(engine(), {.views = true});

  EXPECT_NE(metadata.find("t"), nullptr);
  EXPECT_EQ(metadata.find("v"), nullptr);
}

TEST_F(MySQLReflectorTest, KnowsSchemasAndWhatRefersFromOneToAnother) {
  SecondDatabase second(engine());
  const std::string other = second.name();
  run({("CREATE TABLE " + other + ".p (id INT PRIMARY KEY)").c_str(),
       ("CREATE TABLE " + other +
        ".c (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))")
           .c_str(),
       ("CREATE TABLE c (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES " + other +
        ".p (id))")
           .c_str()});
  Inspector inspector(engine());

  EXPECT_EQ(inspector.default_schema_name(), database_of(engine()));
  const Names schemas = inspector.get_schema_names();
  EXPECT_NE(std::find(schemas.begin(), schemas.end(), other), schemas.end());
  EXPECT_EQ(inspector.get_table_names(other), (Names{"c", "p"}));
  EXPECT_TRUE(inspector.has_table("p", other));
  EXPECT_FALSE(inspector.has_table("p"));
  EXPECT_EQ(inspector.get_foreign_keys("c").at(0).referred_schema, other);
  EXPECT_EQ(inspector.get_foreign_keys("c", other).at(0).referred_schema, other);
  run({"DROP TABLE c"});
}

TEST_F(MySQLReflectorTest, DescribesSequences) {
  if (!is_mariadb()) GTEST_SKIP() << "MySQL has none";
  run(
      {"CREATE SEQUENCE b START WITH 5 INCREMENT BY 2 MINVALUE 3 MAXVALUE 99 CACHE 7 "
       "CYCLE",
       "CREATE SEQUENCE `a'``` "});
  Inspector inspector(engine());

  EXPECT_EQ(inspector.get_sequence_names(), (Names{"a'`", "b"}));
  const std::vector<ReflectedSequence> sequences = inspector.get_sequences();
  const IdentityOptions& options = sequences.at(1).options;
  EXPECT_EQ(options.start, 5);
  EXPECT_EQ(options.increment, 2);
  EXPECT_EQ(options.minvalue, 3);
  EXPECT_EQ(options.maxvalue, 99);
  EXPECT_EQ(options.cache, 7);
  EXPECT_EQ(options.cycle, true);
  EXPECT_EQ(inspector.get_table_names(), Names{});
}

TEST_F(MySQLReflectorTest, ReadsNamesOfEveryKind) {
  run(
      {"CREATE TABLE `a``b\"c d` (`e``f` INT, `select` INT, `größe` INT, UNIQUE KEY "
       "`k``k`"
       " (`e``f`))"});
  Inspector inspector(engine());

  const ReflectedTable table = inspector.get_table("a`b\"c d");

  EXPECT_EQ(inspector.get_table_names(), (Names{"a`b\"c d"}));
  EXPECT_TRUE(inspector.has_table("a`b\"c d"));
  EXPECT_EQ(table.name, "a`b\"c d");
  EXPECT_EQ(table.columns.at(0).name, "e`f");
  EXPECT_EQ(table.columns.at(2).name, "größe");
  EXPECT_EQ(table.indexes.at(0).name, "k`k");
}

TEST_F(MySQLReflectorTest, ReadsWhatSessionsWithAnsiQuotesSay) {
  run({owner});
  Connection connection(engine());
  connection.exec_driver_sql("SET SESSION sql_mode = 'ANSI_QUOTES'");
  Inspector inspector(connection);

  const ReflectedTable table = inspector.get_table("owner");

  EXPECT_EQ(table.columns.at(3).name, "select");
  EXPECT_EQ(table.unique_constraints.at(0).column_names, (Names{"x", "y"}));
}

TEST_F(MySQLReflectorTest, SaysExpressionsOfSessionsWithAnsiQuotesAsAnyReadsThem) {
  Connection connection(engine());
  connection.exec_driver_sql("SET SESSION sql_mode = 'ANSI_QUOTES,NO_ZERO_DATE'");
  connection.exec_driver_sql(
      "CREATE TABLE sums (\"a,b)\" INT, more INT AS (\"a,b)\" + 1), "
      "CONSTRAINT enough CHECK (\"a,b)\" > 0 AND 'x\"y' <> ''))");
  Inspector inspector(connection);

  const ReflectedTable table = inspector.get_table("sums");

  EXPECT_EQ(table.columns.at(0).name, "a,b)");
  EXPECT_EQ(table.columns.at(1).computed.value().sqltext, "`a,b)` + 1");
  EXPECT_EQ(table.check_constraints.at(0).sqltext, "`a,b)` > 0 and 'x\"y' <> ''");
  EXPECT_EQ(connection.exec_driver_sql("SELECT @@sql_mode").scalar<std::string>(),
            "ANSI_QUOTES,NO_ZERO_DATE");
}

class MySQLLowerCaseTest : public MariaDbServerTest {};

TEST_F(MySQLLowerCaseTest, CallsATableAsAServerThatFoldsNamesDoes) {
  const MariaDbServer server({.settings = {"lower_case_table_names=1"}});
  Engine engine = create_engine(server.create_database("shop"));
  engine.begin([](Connection& connection) {
    connection.exec_driver_sql("CREATE TABLE Artist (Id INT PRIMARY KEY)");
    connection.exec_driver_sql(
        "CREATE TABLE Album (A INT, CONSTRAINT F FOREIGN KEY (A) REFERENCES ARTIST "
        "(ID))");
  });
  Inspector inspector(engine);

  EXPECT_TRUE(inspector.has_table("ARTIST"));
  EXPECT_EQ(inspector.get_table("ARTIST").name, "artist");
  EXPECT_EQ(inspector.get_foreign_keys("Album").at(0).referred_table, "artist");
  MetaData metadata;
  EXPECT_EQ(metadata.reflect_table("ALBUM", engine).name(), "album");
  EXPECT_NE(metadata.find("artist"), nullptr);
}

}  // namespace
}  // namespace hark::test
