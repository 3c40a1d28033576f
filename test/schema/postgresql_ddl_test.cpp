// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

using Lines = std::vector<std::string>;

std::string in_one_line(std::string_view sql) {
  std::string line;
  for (const char c : sql) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t';
    if (!is_space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

/// The statements that `act` sends to a database of that dialect.
template <class Act>
Lines sent_to(const char* dialect, const Act& act) {
  FakeDatabase database;
  database.dialect = dialect;
  FakeDialect::use(database);
  Engine engine = create_engine("fake://");
  act(engine);
  Lines lines;
  constexpr std::string_view execution = "execute ";
  for (const std::string& call : database.calls)
    if (call.starts_with(execution))
      lines.push_back(in_one_line(std::string_view(call).substr(execution.size())));
  return lines;
}

template <class Act>
Lines sent(const Act& act) {
  return sent_to("postgresql", act);
}

const CreateAllOptions unchecked{.checkfirst = false};

/// Two tables that share an enumeration, by itself and in an array; one has another one.
void declare_moods(MetaData& metadata) {
  const Enum mood("mood", {"sad", "it's ok"});
  metadata.table("t",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("m", mood, {.nullable = false}),
                 Column("c", Enum("color", {"red"}, {.schema = "other"})),
                 Column("ms", Array(mood)));
  metadata.table("a", Column("m", mood), Column("t", ForeignKey("t.id")));
}

// -- enumerations -----------------------------------------------------------------------

TEST(PostgreSQLEnum, IsCreatedOnceBeforeTheTablesAndDroppedBehindThem) {
  MetaData metadata;
  declare_moods(metadata);
  EXPECT_EQ(sent([&](Engine& engine) { metadata.create_all(engine, unchecked); }),
            (Lines{"CREATE TYPE mood AS ENUM ('sad', 'it''s ok')",
                   "CREATE TYPE other.color AS ENUM ('red')",
                   "CREATE TABLE t ( id SERIAL NOT NULL, m mood NOT NULL, c other.color, "
                   "ms mood[], PRIMARY KEY (id) )",
                   "CREATE TABLE a ( m mood, t INTEGER, FOREIGN KEY(t) REFERENCES t (id) "
                   ")"}));
  EXPECT_EQ(
      sent([&](Engine& engine) { metadata.drop_all(engine, unchecked); }),
      (Lines{"DROP TABLE a", "DROP TABLE t", "DROP TYPE mood", "DROP TYPE other.color"}));
}

TEST(PostgreSQLEnum, IsCreatedAndDroppedWithATable) {
  MetaData metadata;
  Table& table = metadata.table("t",
                                Column("M x", Enum("The Mood", {"sad", "ok"})),
                                Column("n", Integer(), Sequence("s")));
  EXPECT_EQ(sent([&](Engine& engine) { table.create(engine); }),
            (Lines{"CREATE TYPE \"The Mood\" AS ENUM ('sad', 'ok')",
                   "CREATE SEQUENCE s START WITH 1",
                   "CREATE TABLE t ( \"M x\" \"The Mood\", n INTEGER )"}));
  EXPECT_EQ(sent([&](Engine& engine) { table.drop(engine); }),
            (Lines{"DROP TABLE t", "DROP SEQUENCE s", "DROP TYPE \"The Mood\""}));
}

TEST(PostgreSQLEnum, StaysWhereAnotherTableIsOfIt) {
  MetaData metadata;
  declare_moods(metadata);
  Table& t = metadata["t"];
  EXPECT_EQ(sent([&](Engine& engine) { t.drop(engine); }),
            (Lines{"DROP TABLE t", "DROP TYPE other.color"}));
  EXPECT_EQ(sent([&](Engine& engine) {
              metadata.drop_all(engine,
                                {.tables = {&metadata["a"]}, .checkfirst = false});
            }),
            (Lines{"DROP TABLE a"}));
}

TEST(PostgreSQLEnum, IsOnlyCreatedForTheTablesThatAreChosen) {
  MetaData metadata;
  declare_moods(metadata);
  const Lines lines = sent([&](Engine& engine) {
    metadata.create_all(engine, {.tables = {&metadata["a"]}, .checkfirst = false});
  });
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "CREATE TYPE mood AS ENUM ('sad', 'it''s ok')");
  EXPECT_EQ(lines.size(), 2U);
}

TEST(PostgreSQLEnum, ComesBeforeSequencesAndGoesBehindThem) {
  MetaData metadata;
  metadata.sequence("free");
  metadata.table(
      "t", Column("m", Enum("mood", {"a"})), Column("n", Integer(), Sequence("s")));
  EXPECT_EQ(sent([&](Engine& engine) { metadata.create_all(engine, unchecked); }),
            (Lines{"CREATE TYPE mood AS ENUM ('a')",
                   "CREATE SEQUENCE free START WITH 1",
                   "CREATE SEQUENCE s START WITH 1",
                   "CREATE TABLE t ( m mood, n INTEGER )"}));
  EXPECT_EQ(
      sent([&](Engine& engine) { metadata.drop_all(engine, unchecked); }),
      (Lines{"DROP TABLE t", "DROP SEQUENCE free", "DROP SEQUENCE s", "DROP TYPE mood"}));
}

TEST(PostgreSQLEnum, WantsAName) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("m", Enum("", {"sad"})));
  EXPECT_THROW(sent([&](Engine& engine) { table.create(engine); }), CompileError);
  EXPECT_THROW(static_cast<void>(ddl_compiler("postgresql").create_table(table, {})),
               CompileError);
}

TEST(PostgreSQLEnum, IsAStatementOfItsOwn) {
  const Enum mood("mood", {"sad", "ok"});
  EXPECT_EQ(sent([&](Engine& engine) {
              engine.begin([&](Connection& connection) {
                connection.execute(CreateEnumType(mood));
                connection.execute(DropEnumType(mood, {.if_exists = true}));
                connection.execute(DropEnumType(mood, {.cascade = true}));
              });
            }),
            (Lines{"CREATE TYPE mood AS ENUM ('sad', 'ok')",
                   "DROP TYPE IF EXISTS mood",
                   "DROP TYPE mood CASCADE"}));
  EXPECT_THROW(static_cast<void>(ddl_compiler("sqlite").create_enum_type(mood)),
               CompileError);
  EXPECT_THROW(static_cast<void>(ddl_compiler("mysql").drop_enum_type(mood, {})),
               CompileError);
}

TEST(Enum, IsAStringWhereTheDatabaseHasNone) {
  MetaData metadata;
  declare_moods(metadata);
  const auto type = [](const char* dialect, const Type& of) {
    return ddl_compiler(dialect).type(of);
  };
  const Enum mood("mood", {"sad", "\xC3\xA4\xC3\xB6\xC3\xBC!"});  // the second: 4 letters
  EXPECT_EQ(type("sqlite", mood), "VARCHAR(4)");
  EXPECT_EQ(type("sqlite", Enum("", {"sad"})), "VARCHAR(3)");
  const Enum plain("mood", {"sad", "ok"}, {.native_enum = false});
  EXPECT_EQ(type("postgresql", plain), "VARCHAR(3)");
  EXPECT_EQ(type("mysql", plain), "VARCHAR(3)");
  EXPECT_EQ(to_string(Enum("mood", {"sad", "it's ok"})), "ENUM('sad', 'it''s ok')");
}

TEST(Enum, IsNotCreatedWhereItIsNoType) {
  MetaData metadata;
  Table& table = metadata.table(
      "t", Column("m", Enum("mood", {"sad"})), Column("n", Enum("n", {"a"})));
  EXPECT_EQ(sent_to("sqlite", [&](Engine& engine) { table.create(engine); }),
            (Lines{"CREATE TABLE t ( m VARCHAR(3), n VARCHAR(1) )"}));
  EXPECT_EQ(sent_to("sqlite", [&](Engine& engine) { table.drop(engine); }),
            (Lines{"DROP TABLE t"}));
}

TEST(Enum, IsCheckedIfThatIsAskedFor) {
  const EnumOptions checked{.create_constraint = true};
  const EnumOptions strings{.create_constraint = true, .native_enum = false};
  MetaData metadata;
  const Table& table = metadata.table(
      "t",
      Column("id", Integer(), {.primary_key = true}),
      Column("Mood", Enum("mood", {"sad", "it's ok"}, strings), {.unique = true}),
      CheckConstraint("id > 0", {.name = "c"}),
      Column("n", Enum("", {"a"}, strings)),
      Column("x", Enum("x", {"y"}, checked)));
  EXPECT_EQ(
      in_one_line(ddl_compiler("sqlite").create_table(table, {})),
      "CREATE TABLE t ( id INTEGER NOT NULL, \"Mood\" VARCHAR(7), n VARCHAR(1), x "
      "VARCHAR(1), PRIMARY KEY (id), CONSTRAINT c CHECK (id > 0), UNIQUE (\"Mood\"), "
      "CONSTRAINT mood CHECK (\"Mood\" IN ('sad', 'it''s ok')), CHECK (n IN ('a')), "
      "CONSTRAINT x CHECK (x IN ('y')) )");
  EXPECT_EQ(
      in_one_line(ddl_compiler("postgresql").create_table(table, {})),
      "CREATE TABLE t ( id SERIAL NOT NULL, \"Mood\" VARCHAR(7), n VARCHAR(1), x x, "
      "PRIMARY KEY (id), CONSTRAINT c CHECK (id > 0), UNIQUE (\"Mood\"), CONSTRAINT mood "
      "CHECK (\"Mood\" IN ('sad', 'it''s ok')), CHECK (n IN ('a')) )");
}

TEST(Enum, IsCheckedOnceInACopy) {
  MetaData metadata;
  const Enum mood("mood", {"sad"}, {.create_constraint = true});
  Table& table = metadata.table("t", Column("m", mood));
  MetaData other;
  const Table& copy = table.to_metadata(other);
  EXPECT_EQ(in_one_line(ddl_compiler("sqlite").create_table(copy, {})),
            "CREATE TABLE t ( m VARCHAR(3), CONSTRAINT mood CHECK (m IN ('sad')) )");
  ASSERT_EQ(copy.constraints().size(), 2U);  // one is the primary key
  const auto* check = dynamic_cast<const CheckConstraint*>(copy.constraints()[0].get());
  ASSERT_NE(check, nullptr);
  EXPECT_TRUE(check->is_of_type());
  EXPECT_EQ(check->sqltext(), "m IN ('sad')");
  EXPECT_EQ(check->column(), copy.find("m"));
}

TEST(Enum, IsEqualToOneThatSaysTheSame) {
  EXPECT_EQ(Enum("mood", {"sad"}), Enum("mood", {"sad"}));
  EXPECT_NE(Enum("mood", {"sad"}), Enum("mood", {"ok"}));
  EXPECT_NE(Enum("mood", {"sad"}), Enum("other", {"sad"}));
  EXPECT_EQ(Enum("mood", {"sad"}).spelled("ENUM").as_generic(), Enum("mood", {"sad"}));
}

// -- arrays, indexes, partitions --------------------------------------------------------

TEST(PostgreSQLArray, StandsBehindWhatItIsOf) {
  const DDLCompiler& compiler = ddl_compiler("postgresql");
  EXPECT_EQ(compiler.type(Array(String(5).collated("C"))), "VARCHAR(5)[] COLLATE \"C\"");
  EXPECT_EQ(compiler.type(Array(Numeric(10, 2))), "NUMERIC(10, 2)[]");
  EXPECT_EQ(compiler.type(Array(DateTime(true))), "TIMESTAMP WITH TIME ZONE[]");
  EXPECT_EQ(to_string(Array(Integer())), "INTEGER[]");
  EXPECT_THROW(static_cast<void>(ddl_compiler("sqlite").type(Array(Integer()))),
               CompileError);
}

TEST(PostgreSQLArray, IsEqualToOneOfTheSame) {
  EXPECT_EQ(Array(Integer()), Array(Integer()));
  EXPECT_NE(Array(Integer()), Array(BigInteger()));
  EXPECT_NE(Array(Integer()), Integer());
  EXPECT_EQ(Array(Integer()).item_type(), Integer());
  EXPECT_EQ(Integer().item_type(), Integer());
  EXPECT_EQ(Array(Integer().spelled("INT4")).as_generic(), Array(Integer()));
}

TEST(PostgreSQLIndex, SaysHowItIsStored) {
  MetaData metadata;
  const Table& table = metadata.table("t",
                                      Column("a", Integer()),
                                      Column("B", Text(), {.key = "b"}),
                                      Index("i",
                                            {"a"},
                                            {.where = "a > 5",
                                             .postgresql_using = "btree",
                                             .postgresql_include = {"b"},
                                             .postgresql_with = "fillfactor = 70"}));
  EXPECT_EQ(ddl_compiler("postgresql").create_index(*table.indexes().front(), {}),
            "CREATE INDEX i ON t USING btree (a) INCLUDE (\"B\") WITH (fillfactor = 70) "
            "WHERE a > 5");
  EXPECT_EQ(ddl_compiler("sqlite").create_index(*table.indexes().front(), {}),
            "CREATE INDEX i ON t (a) WHERE a > 5");
}

TEST(PostgreSQLTable, SaysHowItIsPartitioned) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t", {.postgresql_partition_by = "RANGE (a)"}, Column("a", Integer()));
  EXPECT_EQ(in_one_line(ddl_compiler("postgresql").create_table(table, {})),
            "CREATE TABLE t ( a INTEGER ) PARTITION BY RANGE (a)");
  EXPECT_EQ(in_one_line(ddl_compiler("sqlite").create_table(table, {})),
            "CREATE TABLE t ( a INTEGER )");
}

}  // namespace
}  // namespace hark::test
