// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "schema/mysql_create_table.hpp"

#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

ReflectedTable table_of(const std::string& items,
                        const std::string& options = "ENGINE=InnoDB") {
  return detail::read_mysql_table("CREATE TABLE `t` (\n  " + items + "\n) " + options,
                                  {});
}

ReflectedColumn column_of(const std::string& definition) {
  return table_of("`c` " + definition).columns.at(0);
}

std::string ddl_of(const Type& type) { return ddl_compiler("mysql").type(type); }

/// What the DDL of a column's type is.
std::string type_of(const std::string& definition) {
  return ddl_of(column_of(definition).type);
}

Type::Kind kind_of(const std::string& definition) {
  return column_of(definition).type.kind();
}

// -- types ------------------------------------------------------------------------------

TEST(MySQLCreateTableTest, KeepsTheWidthsAndWordsOfIntegers) {
  EXPECT_EQ(type_of("int(11) DEFAULT NULL"), "INTEGER(11)");
  EXPECT_EQ(type_of("bigint(20) unsigned NOT NULL"), "BIGINT(20) UNSIGNED");
  EXPECT_EQ(type_of("int(5) unsigned zerofill DEFAULT NULL"),
            "INTEGER(5) UNSIGNED ZEROFILL");
  EXPECT_EQ(type_of("mediumint(9) DEFAULT NULL"), "MEDIUMINT(9)");
  EXPECT_EQ(type_of("int DEFAULT NULL"), "INTEGER");
  EXPECT_EQ(kind_of("bigint(20) unsigned"), Type::Kind::big_integer);
}

TEST(MySQLCreateTableTest, TakesAByteOfOneDigitForABoolean) {
  EXPECT_EQ(kind_of("tinyint(1) DEFAULT 1"), Type::Kind::boolean);
  EXPECT_EQ(type_of("tinyint(1) DEFAULT 1"), "TINYINT(1)");
  EXPECT_EQ(kind_of("tinyint(4) DEFAULT 1"), Type::Kind::integer);
  EXPECT_EQ(kind_of("tinyint(1) unsigned DEFAULT 1"), Type::Kind::integer);
  EXPECT_EQ(kind_of("tinyint(1) NOT NULL AUTO_INCREMENT"), Type::Kind::integer);
}

TEST(MySQLCreateTableTest, KeepsTheDigitsOfNumbers) {
  EXPECT_EQ(type_of("decimal(10,2) unsigned DEFAULT NULL"), "DECIMAL(10, 2) UNSIGNED");
  EXPECT_EQ(type_of("float(7,3) DEFAULT NULL"), "FLOAT(7, 3)");
  EXPECT_EQ(type_of("double DEFAULT NULL"), "DOUBLE");
  EXPECT_EQ(column_of("decimal(10,2)").type.scale(), 2);
}

TEST(MySQLCreateTableTest, KeepsTheFractionsOfSeconds) {
  EXPECT_EQ(type_of("datetime(6) DEFAULT NULL"), "DATETIME(6)");
  EXPECT_EQ(type_of("timestamp NULL DEFAULT NULL"), "TIMESTAMP");
  EXPECT_EQ(type_of("time(3) DEFAULT NULL"), "TIME(3)");
}

TEST(MySQLCreateTableTest, KeepsCharacterSetsAndCollations) {
  const Type type =
      column_of("varchar(50) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL").type;

  EXPECT_EQ(ddl_of(type), "VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_bin");
  EXPECT_EQ(type.collation(), "latin1_bin");
  EXPECT_EQ(type.length(), 50);
}

TEST(MySQLCreateTableTest, ReadsTheValuesOfEnumerations) {
  const Type type =
      column_of(R"(enum('a','b,c','it''s','x)','back\\slash') NOT NULL DEFAULT 'a')")
          .type;

  EXPECT_EQ(type.kind(), Type::Kind::enum_);
  EXPECT_EQ(type.enums(), (Names{"a", "b,c", "it's", "x)", "back\\slash"}));
  EXPECT_EQ(ddl_of(type), R"(ENUM('a','b,c','it''s','x)','back\\slash'))");
}

TEST(MySQLCreateTableTest, WritesWhatItKeepsOfAnEnumerationsCharacterSet) {
  EXPECT_EQ(type_of("enum('a') CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL"),
            "ENUM('a') CHARACTER SET latin1 COLLATE latin1_bin");
}

TEST(MySQLCreateTableTest, KeepsTheWordsOfTypesThatHaveNoOtherName) {
  EXPECT_EQ(type_of("set('x','y,z') DEFAULT NULL"), "SET('x','y,z')");
  EXPECT_EQ(type_of("bit(8) DEFAULT b'101'"), "BIT(8)");
  EXPECT_EQ(type_of("year(4) DEFAULT NULL"), "YEAR(4)");
  EXPECT_EQ(type_of("point NOT NULL /*!80003 SRID 4326 */"), "POINT SRID 4326");
  EXPECT_EQ(type_of("int(11) INVISIBLE DEFAULT 4"), "INTEGER(11) INVISIBLE");
  EXPECT_EQ(type_of("text /*M!100301 COMPRESSED*/ DEFAULT NULL"), "TEXT COMPRESSED");
}

TEST(MySQLCreateTableTest, ForgetsAllOfThatForOtherDatabases) {
  const auto generic = [](const std::string& definition) {
    return to_string(column_of(definition).type.as_generic());
  };

  EXPECT_EQ(generic("int(10) unsigned"), "INTEGER");
  EXPECT_EQ(generic("tinyint(1)"), "BOOLEAN");
  EXPECT_EQ(generic("datetime(6)"), "DATETIME");
  EXPECT_EQ(generic("varchar(9) CHARACTER SET latin1"), "VARCHAR(9)");
  EXPECT_EQ(generic("decimal(10,2) unsigned"), "NUMERIC(10, 2)");
  EXPECT_EQ(generic("double(10,2)"), "FLOAT");
  EXPECT_EQ(generic("set('x','y')"), "VARCHAR");
  EXPECT_EQ(generic("year(4)"), "SMALLINT");
}

constexpr const char* json_column =
    "`j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL";

TEST(MySQLCreateTableTest, TakesMariaDBsTextWithItsCheckForJson) {
  const ReflectedTable table =
      table_of(std::string(json_column) + " CHECK (json_valid(`j`))");

  EXPECT_EQ(table.columns[0].type, JSON().spelled("JSON"));
  EXPECT_TRUE(table.check_constraints.empty());
}

TEST(MySQLCreateTableTest, TakesJsonInTheTablesOwnCollationForJson) {
  const std::string items = "`j` longtext DEFAULT NULL CHECK (json_valid(`j`))";

  EXPECT_EQ(table_of(items, "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
                .columns[0]
                .type.kind(),
            Type::Kind::json);
  EXPECT_EQ(table_of(items, "DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci")
                .columns[0]
                .type.kind(),
            Type::Kind::text);
}

TEST(MySQLCreateTableTest, TakesATextWithAnotherCheckForAText) {
  const ReflectedTable table =
      table_of(std::string(json_column) + " CHECK (json_valid(`j`) and length(`j`) > 3)");

  EXPECT_EQ(table.columns[0].type.kind(), Type::Kind::text);
  ASSERT_EQ(table.check_constraints.size(), 1U);
  EXPECT_EQ(table.check_constraints[0].column, "j");
  EXPECT_EQ(table.check_constraints[0].sqltext, "json_valid(`j`) and length(`j`) > 3");
}

// -- columns ----------------------------------------------------------------------------

TEST(MySQLCreateTableTest, ReadsWhetherAColumnMayBeNull) {
  EXPECT_FALSE(column_of("int(11) NOT NULL").nullable);
  EXPECT_TRUE(column_of("int(11) DEFAULT NULL").nullable);
  EXPECT_TRUE(column_of("timestamp NULL DEFAULT NULL").nullable);
}

TEST(MySQLCreateTableTest, KeepsDefaultsAsTheyAreWritten) {
  const auto default_of = [](const std::string& definition) {
    return column_of(definition).default_;
  };

  EXPECT_EQ(default_of("int(11) DEFAULT NULL"), std::nullopt);
  EXPECT_EQ(default_of("int(11) NOT NULL"), std::nullopt);
  EXPECT_EQ(default_of("int(11) DEFAULT -3 COMMENT 'x'"), "-3");
  EXPECT_EQ(default_of("decimal(4,2) NOT NULL DEFAULT 1.50"), "1.50");
  EXPECT_EQ(default_of(R"(varchar(9) DEFAULT 'it''s \\ \'" DEFAULT' COMMENT 'x')"),
            R"('it''s \\ \'" DEFAULT')");
  EXPECT_EQ(default_of("bit(8) DEFAULT b'101' COMMENT 'x'"), "b'101'");
  EXPECT_EQ(default_of("int(11) DEFAULT ((1 + 2) * 3) CHECK (`c` > 1)"), "((1 + 2) * 3)");
  EXPECT_EQ(default_of("varchar(9) DEFAULT concat('a',')') COMMENT 'x'"),
            "concat('a',')')");
  EXPECT_EQ(default_of("int(11) DEFAULT nextval(`db`.`s`)"), "nextval(`db`.`s`)");
  EXPECT_EQ(default_of("int(11) DEFAULT 1 WITHOUT SYSTEM VERSIONING"), "1");
}

TEST(MySQLCreateTableTest, KeepsWhatAnUpdateSetsWithTheDefault) {
  EXPECT_EQ(column_of("datetime(6) DEFAULT current_timestamp(6) ON UPDATE "
                      "current_timestamp(6) COMMENT 'x'")
                .default_,
            "current_timestamp(6) ON UPDATE current_timestamp(6)");
  EXPECT_EQ(
      column_of("timestamp NULL DEFAULT NULL ON UPDATE current_timestamp()").default_,
      "NULL ON UPDATE current_timestamp()");
}

TEST(MySQLCreateTableTest, KnowsTheColumnThatCounts) {
  EXPECT_EQ(column_of("int(11) NOT NULL AUTO_INCREMENT").autoincrement,
            Autoincrement::yes);
  EXPECT_EQ(column_of("int(11) NOT NULL").autoincrement, Autoincrement::no);
  EXPECT_EQ(column_of("varchar(9) NOT NULL").autoincrement, Autoincrement::automatic);
}

TEST(MySQLCreateTableTest, ReadsComments) {
  const ReflectedTable table =
      table_of(R"(`c` int(11) DEFAULT NULL COMMENT 'it''s \\ a\nline')",
               R"(ENGINE=InnoDB COMMENT='table ''t'', \\')");

  EXPECT_EQ(table.columns[0].comment, "it's \\ a\nline");
  EXPECT_EQ(table.comment, "table 't', \\");
}

TEST(MySQLCreateTableTest, ReadsWhatAColumnIsGeneratedAs) {
  using Computed = ReflectedColumn::ComputedValue;

  EXPECT_EQ(column_of("int(11) GENERATED ALWAYS AS (`m` * 2) VIRTUAL").computed,
            (Computed{"`m` * 2", false}));
  EXPECT_EQ(column_of("text GENERATED ALWAYS AS (concat(`v`,'),')) STORED COMMENT 'x'")
                .computed,
            (Computed{"concat(`v`,'),')", true}));
  EXPECT_EQ(column_of("int(11) AS (`m` * 2) PERSISTENT").computed,
            (Computed{"`m` * 2", true}));
  EXPECT_EQ(column_of("int(11) AS (`m` * 2) PERSISTENT COMMENT 'x'").comment, "x");
}

// -- keys and constraints ---------------------------------------------------------------

TEST(MySQLCreateTableTest, ReadsThePrimaryKey) {
  const ReflectedTable table =
      table_of("`a` int(11) NOT NULL,\n  `b` int(11) NOT NULL,\n  PRIMARY KEY (`b`,`a`)");

  EXPECT_EQ(table.primary_key, (ReflectedPrimaryKey{.constrained_columns = {"b", "a"}}));
  EXPECT_EQ(table.columns[0].primary_key, 2);
  EXPECT_EQ(table.columns[1].primary_key, 1);
}

TEST(MySQLCreateTableTest, TakesAUniqueKeyForAConstraintAndAnIndex) {
  const ReflectedTable table = table_of("`a` int(11), UNIQUE KEY `uq` (`a`,`b`)");

  ASSERT_EQ(table.unique_constraints.size(), 1U);
  EXPECT_EQ(table.unique_constraints[0],
            (ReflectedUniqueConstraint{
                .name = "uq", .column_names = {"a", "b"}, .duplicates_index = "uq"}));
  ASSERT_EQ(table.indexes.size(), 1U);
  EXPECT_EQ(table.indexes[0],
            (ReflectedIndex{.name = "uq", .column_names = {"a", "b"}, .unique = true}));
}

TEST(MySQLCreateTableTest, KeepsPrefixesOrdersAndExpressionsOfIndexes) {
  const ReflectedTable table = table_of(
      "`a` int(11),\n  KEY `pre` (`tx`(10),`v`(5) DESC,`a`),\n"
      "  UNIQUE KEY `fn` ((lower(`v`)) DESC)");

  ASSERT_EQ(table.indexes.size(), 2U);
  EXPECT_EQ(table.indexes[0].column_names, (Names{"tx", "v", "a"}));
  EXPECT_EQ(table.indexes[0].expressions, (Names{"`tx`(10)", "`v`(5) DESC", "a"}));
  EXPECT_EQ(table.indexes[1].column_names, (Names{""}));
  EXPECT_EQ(table.indexes[1].expressions, (Names{"(lower(`v`)) DESC"}));
  EXPECT_TRUE(table.unique_constraints.empty());  // none is of an expression
}

TEST(MySQLCreateTableTest, KeepsTheKindsOfIndexes) {
  const ReflectedTable table = table_of(
      "`a` int(11),\n  FULLTEXT KEY `ft` (`tx`) /*!50100 WITH PARSER `ngram` */ ,\n"
      "  SPATIAL KEY `sp` (`pt`),\n  KEY `hs` (`a`) USING HASH COMMENT 'x, y'");

  ASSERT_EQ(table.indexes.size(), 3U);
  EXPECT_EQ(table.indexes[0].prefix, "FULLTEXT");
  EXPECT_EQ(table.indexes[0].parser, "ngram");
  EXPECT_EQ(table.indexes[1].prefix, "SPATIAL");
  EXPECT_EQ(table.indexes[2].using_, "HASH");
  EXPECT_EQ(table.indexes[2].prefix, "");
}

TEST(MySQLCreateTableTest, ReadsForeignKeys) {
  const ReflectedTable table = table_of(
      "`a` int(11),\n  CONSTRAINT `f``k` FOREIGN KEY (`px`, `py`) REFERENCES `p` "
      "(`x`, `y`) ON DELETE SET NULL ON UPDATE CASCADE,\n  CONSTRAINT `g` FOREIGN KEY "
      "(`a`) REFERENCES `other`.`q` (`id`) ON DELETE NO ACTION ON UPDATE RESTRICT");

  ASSERT_EQ(table.foreign_keys.size(), 2U);
  EXPECT_EQ(
      table.foreign_keys[0],
      (ReflectedForeignKey{.name = "f`k",
                           .constrained_columns = {"px", "py"},
                           .referred_table = "p",
                           .referred_columns = {"x", "y"},
                           .options = {.onupdate = "CASCADE", .ondelete = "SET NULL"}}));
  EXPECT_EQ(table.foreign_keys[1].referred_schema, "other");
  EXPECT_EQ(table.foreign_keys[1].options.ondelete, "");
  EXPECT_EQ(table.foreign_keys[1].options.onupdate, "RESTRICT");
}

TEST(MySQLCreateTableTest, FindsWhatIsReferredToInTheTablesOwnSchema) {
  const ReflectedTable table = detail::read_mysql_table(
      "CREATE TABLE `t` (\n  `a` int(11),\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES "
      "`p` (`x`)\n)",
      "shop");

  EXPECT_EQ(table.foreign_keys.at(0).referred_schema, "shop");
}

TEST(MySQLCreateTableTest, ReadsChecks) {
  const ReflectedTable table = table_of(
      "`a` int(11) DEFAULT NULL CHECK (`a` > 3),\n"
      "  CONSTRAINT `ck` CHECK (`a` <> 5 and `v` <> 'a)b'),\n"
      "  CONSTRAINT `of_mysql` CHECK ((`a` > 1)) /*!80016 NOT ENFORCED */");

  EXPECT_EQ(table.check_constraints,
            (std::vector<ReflectedCheckConstraint>{
                {.name = "", .sqltext = "`a` > 3", .column = "a"},
                {.name = "ck", .sqltext = "`a` <> 5 and `v` <> 'a)b'", .column = ""},
                {.name = "of_mysql", .sqltext = "(`a` > 1)", .column = ""}}));
}

// -- tables -----------------------------------------------------------------------------

TEST(MySQLCreateTableTest, KeepsOptionsAndLeavesOutWhatATableHasCounted) {
  const ReflectedTable table =
      table_of("`a` int(11)",
               "ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=latin1 "
               "COLLATE=latin1_bin DATA DIRECTORY='/x' WITH SYSTEM VERSIONING "
               "COMMENT='c'\n PARTITION BY HASH (`a`)\nPARTITIONS 3");

  EXPECT_EQ(table.options,
            (Names{"ENGINE=InnoDB",
                   "DEFAULT CHARSET=latin1",
                   "COLLATE=latin1_bin",
                   "WITH SYSTEM VERSIONING",
                   "PARTITION BY HASH (`a`)\nPARTITIONS 3"}));
  EXPECT_EQ(table.comment, "c");
}

TEST(MySQLCreateTableTest, ReadsNamesInAnyQuotes) {
  const auto read = [](const std::string& sql) {
    const ReflectedTable table = detail::read_mysql_table(sql, {});
    return table.name + ": " + table.columns.at(0).name + ", " +
           table.indexes.at(0).name + ", " + table.indexes.at(0).column_names.at(0);
  };

  EXPECT_EQ(read("CREATE TABLE `a``b\"` (\n `c``d` int(11),\n KEY `k` (`c``d`)\n)"),
            "a`b\": c`d, k, c`d");
  EXPECT_EQ(
      read("CREATE TABLE \"t\" (\n \"c\"\"d\" int(11),\n KEY \"k\" (\"c\"\"d\")\n)"),
      "t: c\"d, k, c\"d");
  EXPECT_EQ(read("CREATE TEMPORARY TABLE t (\n c int(11),\n KEY k (c)\n)"), "t: c, k, c");
}

TEST(MySQLCreateTableTest, KnowsTablesFromViews) {
  EXPECT_TRUE(detail::creates_mysql_table("CREATE TABLE `t` (\n `a` int\n)"));
  EXPECT_TRUE(detail::creates_mysql_table("CREATE TEMPORARY TABLE `t` (\n `a` int\n)"));
  EXPECT_FALSE(detail::creates_mysql_table(
      "CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW "
      "`v` AS select `TABLE`.`a` AS `a` from `TABLE`"));
}

TEST(MySQLCreateTableTest, SurvivesAStatementThatIsCutOff) {
  const std::string whole =
      "CREATE TABLE `t` (\n  `a` enum('x','y') CHARACTER SET latin1 NOT NULL DEFAULT "
      "concat('a','b') COMMENT 'c''d',\n  PRIMARY KEY (`a`(3)),\n  KEY `k` (`a` DESC) "
      "USING HASH,\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `o`.`p` (`x`) ON "
      "DELETE "
      "CASCADE,\n  CONSTRAINT `c` CHECK ((`a` > 1))\n) ENGINE=InnoDB COMMENT='x'";

  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NO_THROW(detail::read_mysql_table(whole.substr(0, length), {})) << length;
}

}  // namespace
}  // namespace hark::test
