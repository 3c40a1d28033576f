// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>

#include <string>

namespace hark::test {
namespace {

const DDLCompiler& mysql() { return ddl_compiler("mysql"); }
const DDLCompiler& mariadb() { return ddl_compiler("mariadb"); }

TEST(MySQLCompilerTest, WritesEnumerationsAsTheServersOwnType) {
  EXPECT_EQ(mysql().type(Enum("mood", {"sad", "it's", "a\\b"})),
            "ENUM('sad','it''s','a\\\\b')");
  EXPECT_EQ(mysql().type(Enum("mood", {"sad", "happy"}, {.native_enum = false})),
            "VARCHAR(5)");
}

TEST(MySQLCompilerTest, WritesAColumnsOwnWordsBetweenItsTypeAndItsCollation) {
  EXPECT_EQ(
      mysql().type(String(9).suffixed("CHARACTER SET latin1").collated("latin1_bin")),
      "VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin");
  EXPECT_EQ(mysql().type(Integer().suffixed("UNSIGNED")), "INTEGER UNSIGNED");
}

TEST(MySQLCompilerTest, WritesWhatAnIndexHasOfItsOwn) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t",
      Column("a", Text()),
      Index("ft", {"a"}, {.mysql_prefix = "FULLTEXT", .mysql_with_parser = "ngram"}),
      Index("hs", {"a"}, {.unique = true, .mysql_using = "HASH"}));
  const Index& text = *table.indexes()[0];
  const Index& unique = *table.indexes()[1];

  EXPECT_EQ(mysql().create_index(text, {}),
            "CREATE FULLTEXT INDEX ft ON t (a) WITH PARSER ngram");
  EXPECT_EQ(mysql().create_index(unique, {.if_not_exists = true}),
            "CREATE UNIQUE INDEX IF NOT EXISTS hs ON t (a) USING HASH");
  EXPECT_EQ(ddl_compiler("sqlite").create_index(text, {}), "CREATE INDEX ft ON t (a)");
}

TEST(MySQLCompilerTest, WritesATablesOptionsBehindItsComment) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t",
      TableOptions{.comment = "it's", .mysql_options = {"ENGINE=InnoDB", "CHARSET=utf8"}},
      Column("a", Integer()));

  EXPECT_EQ(mysql().create_table(table, {}),
            "\nCREATE TABLE t (\n\ta INTEGER\n)COMMENT='it''s' ENGINE=InnoDB "
            "CHARSET=utf8\n\n");
  EXPECT_EQ(ddl_compiler("postgresql").create_table(table, {}),
            "\nCREATE TABLE t (\n\ta INTEGER\n)\n\n");
}

TEST(MySQLCompilerTest, WritesSequencesAsMariaDBTakesThem) {
  EXPECT_EQ(
      mariadb().create_sequence(
          Sequence("s", {.start = 5, .increment = 2, .cycle = false, .cache = 7}), {}),
      "CREATE SEQUENCE s INCREMENT BY 2 START WITH 5 CACHE 7 NOCYCLE");
  EXPECT_EQ(mariadb().create_sequence(Sequence("s", {.cycle = true}), {}),
            "CREATE SEQUENCE s START WITH 1 CYCLE");
  EXPECT_THROW(mariadb().create_sequence(Sequence("s", {.order = true}), {}),
               CompileError);
  EXPECT_TRUE(mariadb().supports_sequences());
  EXPECT_FALSE(mysql().supports_sequences());
}

TEST(MySQLCompilerTest, DropsChecksByTheWordOfEach) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("a", Integer()));
  const Constraint& check = table.append(CheckConstraint("a > 1", {.name = "ck"}));

  EXPECT_EQ(mysql().drop_constraint(check, {}), "ALTER TABLE t DROP CHECK ck");
  EXPECT_EQ(mariadb().drop_constraint(check, {}), "ALTER TABLE t DROP CONSTRAINT ck");
}

}  // namespace
}  // namespace hark::test
