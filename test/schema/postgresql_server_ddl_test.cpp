// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/postgresql.hpp>
#include <hark/schema.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

/// What is declared, as the server takes it.
class PostgreSQLDDL : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (!IsSkipped()) engine.reset(new Engine(create_engine(url())));
  }
  void TearDown() override { engine.reset(); }

  void run(std::string_view statement) {
    engine->begin([&](Connection& connection) { connection.exec_driver_sql(statement); });
  }
  void run(const DDLElement& element) {
    engine->begin([&](Connection& connection) { connection.execute(element); });
  }
  template <class T>
  T ask(std::string_view query) {
    Connection connection(*engine);
    return connection.exec_driver_sql(query).scalar_one<T>();
  }

  std::unique_ptr<Engine> engine;
  MetaData metadata;
};

TEST_F(PostgreSQLDDL, CreatesAndDropsAllThatCanBeSaid) {
  run(CreateSchema("other"));
  run(CreateSchema("Odd \"one\""));
  const Enum mood("The Mood", {"sad", "it's ok"});
  metadata.sequence("tickets",
                    {.start = 10, .increment = 5, .maxvalue = 100, .cycle = true});
  metadata.table("parent",
                 Column("a", Integer()),
                 Column("b", Integer()),
                 PrimaryKeyConstraint({"b", "a"}, {.name = "Its Key"}));
  metadata.table(
      "Child \"table\"",
      {.schema = "Odd \"one\"", .comment = "it's a \"table\""},
      Column("id", BigInteger(), {.primary_key = true}, Identity({.start = 5})),
      Column("select", String(20), {.nullable = false, .unique = true}),
      Column("c", Text().collated("C"), {.index = true, .comment = "it's c"}),
      Column("m", mood, {.server_default = "sad"}),
      Column("ms", Array(mood), {.server_default = text("'{}'")}),
      Column("price", Numeric(10, 2), {.server_default = text("0")}),
      Column("twice", Numeric(), Computed("price * 2")),
      Column("born", DateTime(true), {.server_default = text("now()")}),
      Column("bytes", LargeBinary()),
      Column("uid", Uuid()),
      Column("data", JSON()),
      Column("real", Float()),
      Column("small", SmallInteger()),
      Column("yes", Boolean(), {.server_default = text("true")}),
      Column("day", Date()),
      Column("at", Time()),
      Column("n", Integer(), Sequence("counter", {.increment = 2}, "other")),
      Column("x", Integer()),
      Column("y", Integer()),
      ForeignKeyConstraint({"x", "y"},
                           {"parent.a", "parent.b"},
                           {.name = "fk",
                            .onupdate = "CASCADE",
                            .ondelete = "SET NULL",
                            .deferrable = true,
                            .initially = "DEFERRED",
                            .match = "FULL"}),
      UniqueConstraint({"x", "day"}, {.name = "Uq", .deferrable = true}),
      CheckConstraint("price >= 0 OR \"select\" LIKE 'a%'", {.name = "ck %"}),
      Index("Ix", {text("lower(\"select\") DESC"), "day"}, {.where = "price > 5"}),
      Index("ix_gin", {"ms"}, {.postgresql_using = "gin"}),
      Index("ix_more",
            {"x"},
            {.unique = true,
             .postgresql_include = {"y"},
             .postgresql_with = "fillfactor = 70"}));
  metadata.table("parts",
                 {.prefixes = {"UNLOGGED"}},
                 Column("id", Integer(), {.primary_key = true}));
  metadata.table(
      "split", {.postgresql_partition_by = "RANGE (at)"}, Column("at", Date()));

  metadata.create_all(*engine);
  metadata.create_all(*engine);  // is all of it known to be there?

  Inspector inspector(*engine);
  const ReflectedTable child = inspector.get_table("Child \"table\"", "Odd \"one\"");
  EXPECT_EQ(child.comment, "it's a \"table\"");
  EXPECT_EQ(child.columns.size(), 19U);
  EXPECT_EQ(child.columns[2].comment, "it's c");
  EXPECT_EQ(child.columns[3].type, mood);
  EXPECT_EQ(child.indexes.size(), 4U);
  EXPECT_EQ(child.foreign_keys.size(), 1U);
  EXPECT_EQ(child.foreign_keys[0].options.initially, "DEFERRED");
  EXPECT_EQ(child.check_constraints[0].name, "ck %");
  EXPECT_EQ(inspector.get_table("parent").primary_key.name, "Its Key");
  EXPECT_EQ(inspector.get_sequence_names(), (Names{"parts_id_seq", "tickets"}));
  EXPECT_EQ(inspector.get_sequences("other")[0].options.increment, 2);
  run("INSERT INTO \"Odd \"\"one\"\"\".\"Child \"\"table\"\"\" (\"select\") VALUES "
      "('a')");
  EXPECT_EQ(
      ask<std::int64_t>("SELECT id FROM \"Odd \"\"one\"\"\".\"Child \"\"table\"\"\""), 5);

  metadata.drop_all(*engine);
  metadata.drop_all(*engine);
  inspector.clear_cache();
  EXPECT_EQ(inspector.get_table_names(), Names{});
  EXPECT_EQ(inspector.get_table_names("Odd \"one\""), Names{});
  EXPECT_EQ(inspector.get_sequence_names(), Names{});
  EXPECT_EQ(inspector.get_sequence_names("other"), Names{});
  EXPECT_TRUE(inspector.get_enums().empty());
  run(DropSchema("other", {.cascade = true}));
  run(DropSchema("Odd \"one\""));
}

TEST_F(PostgreSQLDDL, CountsInKeysByItself) {
  metadata.table(
      "i", Column("id", Integer(), {.primary_key = true}), Column("v", Text()));
  metadata.table(
      "b", Column("id", BigInteger(), {.primary_key = true}), Column("v", Text()));
  metadata.table(
      "s", Column("id", SmallInteger(), {.primary_key = true}), Column("v", Text()));
  metadata.create_all(*engine);
  for (const std::string table : {"i", "b", "s"}) {
    run("INSERT INTO " + table + " (v) VALUES ('x'), ('y')");
    EXPECT_EQ(ask<std::int64_t>("SELECT max(id) FROM " + table), 2) << table;
  }
}

TEST_F(PostgreSQLDDL, AddsAndDropsConstraintsOfTablesThatAreThere) {
  Table& one = metadata.table(
      "one", Column("id", Integer(), {.primary_key = true}), Column("other", Integer()));
  metadata.table("other",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("one", ForeignKey("one.id", {.name = "fk_one"})));
  const auto& key =
      one.append(ForeignKeyConstraint({"other"}, {"other.id"}, {.name = "fk_other"}));
  auto& check = one.append(CheckConstraint("id > 0", {.name = "ck"}));
  auto& unique = one.append(UniqueConstraint({"other"}, {.name = "uq"}));
  metadata.create_all(*engine);
  EXPECT_EQ(Inspector(*engine).get_foreign_keys("one").size(), 1U);
  run(DropConstraint(key));
  run(DropConstraint(check, {.if_exists = true}));
  run(DropConstraint(unique, {.cascade = true}));
  Inspector without(*engine);
  EXPECT_TRUE(without.get_foreign_keys("one").empty());
  EXPECT_TRUE(without.get_check_constraints("one").empty());
  EXPECT_TRUE(without.get_unique_constraints("one").empty());
  run(AddConstraint(std::as_const(key)));
  run(AddConstraint(std::as_const(check)));
  run(AddConstraint(std::as_const(unique)));
  EXPECT_EQ(Inspector(*engine).get_check_constraints("one").size(), 1U);
  metadata.drop_all(*engine);  // they refer to one another
  EXPECT_EQ(Inspector(*engine).get_table_names(), Names{});
}

TEST_F(PostgreSQLDDL, TakesEachStatementByItself) {
  Table& table =
      metadata.table("t",
                     {.comment = "a table"},
                     Column("a", Integer(), {.index = true, .comment = "an a"}));
  const Sequence sequence("s", {.minvalue = -5, .nomaxvalue = true, .cache = 3});
  run(CreateTable(table));
  run(CreateTable(table, {.if_not_exists = true}));
  run(SetTableComment(table));
  run(SetColumnComment(*table.columns().front()));
  run(CreateIndex(*table.indexes().front(), {.if_not_exists = true}));
  run(DropIndex(*table.indexes().front()));
  run(DropIndex(*table.indexes().front(), {.if_exists = true}));
  run(CreateSequence(sequence, {.if_not_exists = true}));
  run(DropSequence(sequence));
  run(DropSequence(sequence, {.if_exists = true}));
  run(CreateSchema("x", {.if_not_exists = true}));
  run(DropSchema("x", {.if_exists = true, .cascade = true}));
  EXPECT_EQ(Inspector(*engine).get_table_comment("t"), "a table");
  run(DropTable(table));
  run(DropTable(table, {.if_exists = true}));
}

TEST_F(PostgreSQLDDL, KnowsWhichIndexesAndTypesAreThere) {
  const Enum mood("mood", {"sad"});
  Table& table = metadata.table("t", Column("a", Integer(), {.index = true}));
  Table& moody = metadata.table("moody", Column("m", mood));
  table.create(*engine, {.checkfirst = true});
  table.create(*engine, {.checkfirst = true});
  Index& index = *table.indexes().front();
  index.create(*engine, {.checkfirst = true});
  index.drop(*engine, {.checkfirst = true});
  index.drop(*engine, {.checkfirst = true});
  EXPECT_TRUE(Inspector(*engine).get_indexes("t").empty());
  index.create(*engine);
  EXPECT_EQ(Inspector(*engine).get_indexes("t").size(), 1U);

  run(CreateEnumType(mood));
  moody.create(*engine, {.checkfirst = true});
  moody.drop(*engine, {.checkfirst = true});
  EXPECT_TRUE(Inspector(*engine).get_enums().empty());
  EXPECT_THROW(moody.drop(*engine), ProgrammingError);
  moody.create(*engine);
  moody.drop(*engine);
  EXPECT_TRUE(Inspector(*engine).get_enums().empty());
}

TEST_F(PostgreSQLDDL, ChecksEnumsThatAreNoTypes) {
  metadata.table("t",
                 Column("m",
                        Enum("mood",
                             {"sad", "it's ok"},
                             {.create_constraint = true, .native_enum = false})));
  metadata.create_all(*engine);
  run("INSERT INTO t VALUES ('it''s ok')");
  EXPECT_THROW(run("INSERT INTO t VALUES ('glad')"), IntegrityError);
}

TEST_F(PostgreSQLDDL, CutsNamesThatAConventionMakes) {
  MetaData conventional(
      {.naming_convention = {{"ix", "ix_%(table_name)s_%(column_0_name)s"},
                             {"uq", "uq_%(table_name)s_%(column_0_name)s"},
                             {"pk", "pk_%(table_name)s"}}});
  const std::string name(50, 'n');
  conventional.table(name,
                     Column("id", Integer(), {.primary_key = true}),
                     Column(std::string(50, 'c'), Integer(), {.index = true}),
                     Column(std::string(50, 'd'), Integer(), {.unique = true}));
  conventional.create_all(*engine);
  EXPECT_EQ(Inspector(*engine).get_pk_constraint(name).name, "pk_" + name);
  EXPECT_EQ(Inspector(*engine).get_indexes(name)[0].name.size(), 60U);
  conventional.drop_all(*engine);
}

}  // namespace
}  // namespace hark::test
