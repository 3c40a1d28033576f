// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

// What is attached stays where it is: nobody can move it away.
static_assert(!std::is_move_constructible_v<Column>);
static_assert(!std::is_copy_constructible_v<Column>);
static_assert(!std::is_move_constructible_v<UniqueConstraint>);
static_assert(!std::is_move_constructible_v<Table>);
static_assert(!std::is_move_constructible_v<MetaData>);
static_assert(!std::is_convertible_v<Column&, TableItem>);

std::vector<std::string> names_of(const std::vector<Table*>& tables) {
  std::vector<std::string> names;
  for (const Table* table : tables) names.emplace_back(table->name());
  return names;
}

template <class Thrown, class Act>
std::string thrown(Act&& act) {
  try {
    act();
  } catch (const Thrown& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(MetaDataTest, KnowsItsTablesBySchemaAndName) {
  MetaData metadata;
  Table& plain = metadata.table("t", Column("id", Integer()));
  Table& in_schema = metadata.table("t", {.schema = "s"}, Column("id", Integer()));

  EXPECT_EQ(&metadata["t"], &plain);
  EXPECT_EQ(&metadata["s.t"], &in_schema);
  EXPECT_EQ(metadata.find("x"), nullptr);
  EXPECT_THROW(metadata["x"], NoSuchTableError);
}

TEST(MetaDataTest, GivesItsSchemaToTablesAndTheirForeignKeys) {
  MetaData metadata({.schema = "s"});
  Table& parent = metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  Table& child = metadata.table("c", Column("p_id", ForeignKey("p.id")));

  EXPECT_EQ(parent.key(), "s.p");
  EXPECT_EQ(&child.foreign_key_constraints().front()->referred_table(), &parent);
}

TEST(MetaDataTest, TableOfTheSameNameIsRefused) {
  MetaData metadata;
  metadata.table("t", Column("id", Integer()));

  EXPECT_EQ(thrown<InvalidRequestError>(
                [&] { metadata.table("t", Column("other", Integer())); }),
            "table 't' is declared already in this MetaData");
  EXPECT_EQ(metadata["t"].columns().size(), 1U);
}

TEST(MetaDataTest, TablesCanBeMadeFromData) {
  MetaData metadata;
  std::vector<TableItem> items;
  for (const char* name : {"a", "b"}) items.emplace_back(Column(name, Integer()));
  items.emplace_back(UniqueConstraint({"a", "b"}));

  Table& table = metadata.table("t", {}, std::move(items));

  EXPECT_EQ(table.columns().size(), 2U);
  EXPECT_EQ(table.constraints().size(), 2U);  // the primary key is one
}

TEST(MetaDataTest, SortsTablesByReferenceAndThenByName) {
  MetaData metadata;
  metadata.table("z", Column("id", Integer(), {.primary_key = true}));
  metadata.table("a", Column("z_id", ForeignKey("z.id")));
  metadata.table("m", Column("id", Integer()));

  EXPECT_EQ(names_of(metadata.sorted_tables()),
            (std::vector<std::string>{"m", "z", "a"}));
}

TEST(MetaDataTest, RemovedTableMayStillBeKnown) {
  MetaData metadata;
  Table& parent = metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  Table& child = metadata.table("c", Column("p_id", ForeignKey(parent["id"])));
  metadata.remove(parent);

  EXPECT_EQ(parent.name(), "p");
  EXPECT_THROW(
      static_cast<void>(child.foreign_key_constraints().front()->referred_table()),
      NoReferencedTableError);
}

TEST(MetaDataTest, TableOfAnotherMetaDataIsNotRemoved) {
  MetaData metadata;
  metadata.table("t", Column("id", Integer()));
  MetaData other;
  Table& theirs = other.table("t", Column("id", Integer()));

  EXPECT_THROW(metadata.remove(theirs), InvalidRequestError);
  EXPECT_NE(metadata.find("t"), nullptr);
}

TEST(MetaDataTest, CopyIntoSchemaIsMadeOnce) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("id", Integer()));
  MetaData other({.schema = "s"});

  Table& copy = table.to_metadata(other);

  EXPECT_EQ(copy.key(), "s.t");
  EXPECT_EQ(&table.to_metadata(other), &copy);
  EXPECT_EQ(other.tables().size(), 1U);
}

TEST(MetaDataTest, CopyThatFailsIsNotDeclared) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("id", Integer()), UniqueConstraint({"id"}));
  MetaData other;
  const event::ScopedSubscription veto =
      event::listen(event::every<UniqueConstraint>,
                    "after_parent_attach",
                    [](UniqueConstraint&, Table&) { throw std::runtime_error("no"); });

  EXPECT_THROW(table.to_metadata(other), std::runtime_error);

  EXPECT_TRUE(other.tables().empty());
}

TEST(MetaDataTest, RemovedTableIsForgotten) {
  MetaData metadata;
  metadata.remove(metadata.table("t", Column("id", Integer())));

  EXPECT_EQ(metadata.find("t"), nullptr);
  EXPECT_TRUE(metadata.tables().empty());
}

// -- tables and columns -----------------------------------------------------------------

TEST(TableTest, ColumnsAreFoundByKey) {
  MetaData metadata;
  Table& table =
      metadata.table("t", Column("Name", String(10), {.key = "name", .nullable = false}));

  EXPECT_EQ(table["name"].name(), "Name");
  EXPECT_FALSE(table["name"].nullable());
  EXPECT_EQ(table.find("Name"), nullptr);
  EXPECT_EQ(thrown<NoSuchColumnError>([&] { static_cast<void>(table["Name"]); }),
            "table 't' has no column 'Name'");
}

TEST(TableTest, TwoColumnsOfOneKeyAreRefused) {
  MetaData metadata;

  EXPECT_EQ(thrown<DuplicateColumnError>([&] {
              metadata.table("t", Column("a", Integer()), Column("a", Text()));
            }),
            "table 't' has a column 'a' already");
  EXPECT_EQ(metadata.find("t"), nullptr);
}

TEST(TableTest, ColumnWithoutNameIsRefused) {
  MetaData metadata;

  EXPECT_EQ(thrown<ArgumentError>([&] { metadata.table("t", Column("", Integer())); }),
            "a column of table 't' has no name");
}

TEST(TableTest, ConstraintsAndIndexesOnMissingColumnsAreRefused) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("a", Integer()));

  EXPECT_EQ(thrown<ArgumentError>([&] {
              table.append(UniqueConstraint({"a", "b"}));
            }),
            "table 't' has no column 'b', which its unique constraint is to be on");
  EXPECT_EQ(thrown<ArgumentError>([&] { table.append(Index("ix", {"c"})); }),
            "table 't' has no column 'c', which its index is to be on");
  EXPECT_EQ(
      thrown<ArgumentError>([&] { table.append(ForeignKeyConstraint({"d"}, {"x.id"})); }),
      "table 't' has no column 'd', which its foreign key constraint is to be on");
  EXPECT_EQ(table.constraints().size(), 1U);
  EXPECT_TRUE(table.indexes().empty());
}

TEST(TableTest, WhatIsOnNothingIsRefused) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("a", Integer()));

  EXPECT_THROW(table.append(UniqueConstraint({})), ArgumentError);
  EXPECT_THROW(table.append(CheckConstraint("")), ArgumentError);
  EXPECT_THROW(table.append(Index("ix", {})), ArgumentError);
}

TEST(TableTest, ColumnNamedTwiceCountsOnceButInAnIndex) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("a", Integer()));

  EXPECT_EQ(table.append(UniqueConstraint({"a", "a"})).columns().size(), 1U);
  const Index& index = table.append(Index("ix", {"a", "a"}));
  EXPECT_EQ(ddl_compiler("sqlite").create_index(index, {}),
            "CREATE INDEX ix ON t (a, a)");
  EXPECT_THROW(ForeignKeyConstraint({"a", "a"}, {"p.x", "p.y"}), ArgumentError);
}

TEST(TableTest, PartsOfAnotherTableStayThere) {
  MetaData metadata;
  metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  Table& a = metadata.table("a",
                            Column("x", Integer(), {.primary_key = true}),
                            Column("p_id", ForeignKey("p.id")),
                            UniqueConstraint({"x"}, {.name = "uq"}),
                            Index("ix", {"x"}));
  Table& b = metadata.table("b", Column("y", Integer()));

  EXPECT_EQ(thrown<ArgumentError>([&] { b.append_column(std::move(a["p_id"])); }),
            "the column 'p_id' is a part of table 'a' already");
  EXPECT_THROW(b.append(std::move(*a.indexes().front())), ArgumentError);
  EXPECT_THROW(b.append(std::move(a.primary_key())), ArgumentError);
  EXPECT_THROW(metadata.table("c", std::move(a["x"])), ArgumentError);

  EXPECT_EQ(a["p_id"].foreign_keys().front()->target_fullname(), "p.id");
  EXPECT_EQ(a.indexes().front()->name(), "ix");
  EXPECT_EQ(a.primary_key().columns().size(), 1U);
}

TEST(TableTest, ItemThatWasUsedIsRefused) {
  MetaData metadata;
  std::vector<TableItem> items;
  items.emplace_back(Column("a", Integer()));
  std::vector<TableItem> again;
  again.push_back(std::move(items.front()));
  metadata.table("t", {}, std::move(again));

  EXPECT_THROW(metadata.table("u", {}, std::move(items)), ArgumentError);
}

TEST(TableTest, ColumnThatCannotBeAttachedIsNotThere) {
  MetaData metadata({.naming_convention = {{"ck", "ck_%(constraint_name)s"}}});
  Table& table = metadata.table("t", Column("id", Integer(), {.primary_key = true}));

  EXPECT_THROW(table.append_column(Column("y",
                                          Integer(),
                                          {.primary_key = true},
                                          CheckConstraint("y > 0"),
                                          ForeignKey("t.id"))),
               InvalidRequestError);
  EXPECT_THROW(table.append(CheckConstraint("id > 0")), InvalidRequestError);

  EXPECT_EQ(table.find("y"), nullptr);
  EXPECT_EQ(table.columns().size(), 1U);
  EXPECT_EQ(table.primary_key().columns().size(), 1U);
  EXPECT_EQ(table.constraints().size(), 1U);
}

TEST(TableTest, ForeignKeyOfSeveralColumnsIsAttachedWholeOrNotAtAll) {
  MetaData metadata;
  Table& table = metadata.table("t", Column("a", Integer()), Column("b", Integer()));
  {
    int keys = 0;
    const event::ScopedSubscription veto = event::listen(
        event::every<ForeignKey>, "before_parent_attach", [&](ForeignKey&, Column&) {
          if (++keys == 2) throw std::runtime_error("no");
        });
    EXPECT_THROW(table.append(ForeignKeyConstraint({"a", "b"}, {"p.x", "p.y"})),
                 std::runtime_error);
  }

  EXPECT_TRUE(table.foreign_key_constraints().empty());
  EXPECT_TRUE(table["a"].foreign_keys().empty());
  table.append(ForeignKeyConstraint({"a", "b"}, {"p.x", "p.y"}));
  EXPECT_EQ(table["b"].foreign_keys().size(), 1U);
}

TEST(TableTest, PrimaryKeyColumnsAreNotNullable) {
  MetaData metadata;
  Table& table = metadata.table("t",
                                Column("a", Integer(), {.primary_key = true}),
                                Column("b", Integer()),
                                Column("c", Integer(), {.nullable = true}),
                                PrimaryKeyConstraint({"b", "c"}));

  EXPECT_FALSE(table["b"].nullable());
  EXPECT_TRUE(table["c"].nullable());  // told so
  EXPECT_FALSE(table.primary_key().contains(table["a"]));
  EXPECT_EQ(table.primary_key().columns(),
            (std::vector<Column*>{&table["b"], &table["c"]}));
}

TEST(TableTest, PrimaryKeyWithoutColumnsTakesThoseThatAreMarked) {
  MetaData metadata;
  Table& table = metadata.table("t",
                                Column("a", Integer(), {.primary_key = true}),
                                PrimaryKeyConstraint({}, {.name = "pk"}));

  EXPECT_EQ(table.primary_key().columns(), std::vector<Column*>{&table["a"]});
  EXPECT_EQ(table.primary_key().name(), "pk");
}

TEST(ColumnTest, KeyOfOneIntegerCountsByItself) {
  MetaData metadata;
  const auto counts = [&](const char* name, Column&& column) {
    return metadata.table(name, std::move(column)).primary_key().autoincrement_column() !=
           nullptr;
  };
  metadata.table("p", Column("id", Integer(), {.primary_key = true}));

  EXPECT_TRUE(counts("a", Column("id", Integer(), {.primary_key = true})));
  EXPECT_FALSE(counts("b", Column("id", String(), {.primary_key = true})));
  EXPECT_FALSE(
      counts("c", Column("id", Integer(), {.primary_key = true, .server_default = "7"})));
  EXPECT_FALSE(counts(
      "d",
      Column(
          "id", Integer(), {.primary_key = true, .autoincrement = Autoincrement::no})));
  EXPECT_FALSE(
      counts("e", Column("id", Integer(), {.primary_key = true}, ForeignKey("p.id"))));
  EXPECT_TRUE(counts(
      "f",
      Column("id",
             Integer(),
             {.primary_key = true, .autoincrement = Autoincrement::ignore_foreign_key},
             ForeignKey("p.id"))));
}

TEST(ColumnTest, OnlyIntegersCanBeToldToCount) {
  MetaData metadata;
  const Table& table = metadata.table(
      "t",
      Column("id", Text(), {.primary_key = true, .autoincrement = Autoincrement::yes}));

  EXPECT_THROW(static_cast<void>(table.primary_key().autoincrement_column()),
               ArgumentError);
}

TEST(ColumnTest, OneServerDefaultIsEnough) {
  EXPECT_THROW(Column("a", Integer(), {.server_default = "1"}, Computed("b + 1")),
               ArgumentError);
  EXPECT_THROW(Column("a", Integer(), Identity(), Sequence("s")), ArgumentError);
  EXPECT_THROW(Column("a", Integer(), {.autoincrement = Autoincrement::no}, Identity()),
               ArgumentError);
}

TEST(ColumnTest, IdentityIsNotNullable) {
  EXPECT_FALSE(Column("a", Integer(), Identity()).nullable());
  EXPECT_TRUE(Column("a", Integer(), {.nullable = true}, Identity()).nullable());
}

// -- foreign keys -----------------------------------------------------------------------

TEST(ForeignKeyTest, FindsWhatIsDeclaredLater) {
  MetaData metadata;
  Table& child = metadata.table("c", Column("p_id", ForeignKey("p.id")));
  const ForeignKey& key = *child["p_id"].foreign_keys().front();
  EXPECT_EQ(key.column_if_any(), nullptr);
  EXPECT_THROW(static_cast<void>(key.column()), NoReferencedTableError);

  Table& parent = metadata.table("p", Column("id", BigInteger(), {.primary_key = true}));

  EXPECT_EQ(&key.column(), &parent["id"]);
  EXPECT_EQ(child["p_id"].type(), BigInteger());
}

TEST(ForeignKeyTest, MissingColumnIsNamed) {
  MetaData metadata;
  metadata.table("p", Column("id", Integer()));
  const Table& child = metadata.table("c", Column("p_id", ForeignKey("p.nr")));

  EXPECT_EQ(
      thrown<NoReferencedColumnError>(
          [&] { static_cast<void>(child["p_id"].foreign_keys().front()->column()); }),
      "the foreign key of column 'c.p_id' refers to column 'nr' of table 'p', which "
      "has no such column");
}

TEST(ForeignKeyTest, ReferenceByColumnNeedsNoName) {
  MetaData metadata;
  Table& parent = metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  Table& child = metadata.table("c", Column("p_id", ForeignKey(parent["id"])));

  EXPECT_EQ(&child.foreign_key_constraints().front()->referred_table(), &parent);
  EXPECT_EQ(child["p_id"].foreign_keys().front()->target_fullname(), "p.id");
}

TEST(ForeignKeyTest, ReferenceByColumnWantsOneOfATable) {
  Column id("id", Integer());

  EXPECT_EQ(thrown<ArgumentError>([&] { const ForeignKey key(id); }),
            "a foreign key refers to column 'id', which is in no table yet; name it as "
            "\"table.id\"");
}

TEST(ForeignKeyTest, TypeComesThroughChainsOfAnyLength) {
  MetaData metadata;
  metadata.table("t0", Column("id", BigInteger(), {.primary_key = true}));
  for (int i = 1; i < 100; ++i) {
    metadata.table("t" + std::to_string(i),
                   Column("id", ForeignKey("t" + std::to_string(i - 1) + ".id")));
  }

  EXPECT_EQ(metadata["t99"]["id"].type(), BigInteger());
}

TEST(ForeignKeyTest, KeysOfOwnColumnsThatReferToEachOtherHaveNoType) {
  MetaData metadata;
  Table& table =
      metadata.table("t", Column("a", ForeignKey("t.b")), Column("b", ForeignKey("t.a")));

  EXPECT_EQ(table["a"].type(), Type());
}

TEST(ForeignKeyTest, WhatIsNoReferenceIsRefused) {
  EXPECT_THROW(ForeignKey("id"), ArgumentError);
  EXPECT_THROW(ForeignKey(".id"), ArgumentError);
  EXPECT_THROW(ForeignKey("p."), ArgumentError);
  EXPECT_THROW(ForeignKeyConstraint({"a", "b"}, {"p.x"}), ArgumentError);
  EXPECT_THROW(ForeignKeyConstraint({}, {}), ArgumentError);
  EXPECT_THROW(ForeignKeyConstraint({"a", "b"}, {"p.x", "q.y"}), ArgumentError);
}

}  // namespace
}  // namespace hark::test
