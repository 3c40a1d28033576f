// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using Lines = std::vector<std::string>;

std::string shown(const SchemaItem& item) {
  const std::string name(item.name());
  return std::string(item.visit_name()) + (name.empty() ? "" : " " + name);
}

/// Everything that is attached is told to a list: "before column id → table artist".
class AttachTest : public ::testing::Test {
 protected:
  void tell(const char* when, const SchemaItem& target, const SchemaItem& parent) {
    lines.push_back(std::string(when) + " " + shown(target) + " → " + shown(parent));
  }
  Lines told() { return std::exchange(lines, {}); }

  Lines lines;
  MetaData metadata;
  event::ScopedSubscription before = event::listen(
      event::every<SchemaItem>,
      "before_parent_attach",
      [this](SchemaItem& target, SchemaItem& parent) { tell("before", target, parent); });
  event::ScopedSubscription after = event::listen(
      event::every<SchemaItem>,
      "after_parent_attach",
      [this](SchemaItem& target, SchemaItem& parent) { tell("after", target, parent); });
};

TEST_F(AttachTest, ColumnsAndWhatTheyBringComeInTheOrderOfTheirDeclaration) {
  metadata.table("a",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("n", Integer(), {.index = true}),
                 Column("u", Integer(), {.unique = true}));

  EXPECT_EQ(told(),
            (Lines{"before table → metadata",
                   "before primary_key_constraint → table a",
                   "after primary_key_constraint → table a",
                   "before column id → table a",
                   "after column id → table a",
                   "before column n → table a",
                   "before index → table a",
                   "after index ix_a_n → table a",
                   "after column n → table a",
                   "before column u → table a",
                   "before unique_constraint → table a",
                   "after unique_constraint → table a",
                   "after column u → table a",
                   "after table a → metadata"}));
}

TEST_F(AttachTest, ForeignKeyOfColumnBecomesConstraintWhenItsColumnIsAttached) {
  Column id("id", Integer(), {.primary_key = true});
  Column reference("a_id", Integer(), ForeignKey("a.id"));

  EXPECT_EQ(
      told(),
      (Lines{"before foreign_key → column a_id", "after foreign_key → column a_id"}));

  metadata.table("b",
                 std::move(id),
                 std::move(reference),
                 CheckConstraint("a_id > 0", {.name = "ck"}),
                 UniqueConstraint({"a_id"}, {.name = "uq"}));

  EXPECT_EQ(told(),
            (Lines{"before table → metadata",
                   "before primary_key_constraint → table b",
                   "after primary_key_constraint → table b",
                   "before column id → table b",
                   "after column id → table b",
                   "before column a_id → table b",
                   "after column a_id → table b",
                   "before foreign_key_constraint → table b",
                   "after foreign_key_constraint → table b",
                   "before check_constraint ck → table b",
                   "after check_constraint ck → table b",
                   "before unique_constraint uq → table b",
                   "after unique_constraint uq → table b",
                   "after table b → metadata"}));
}

TEST_F(AttachTest, ExplicitPrimaryKeyIsAttachedBesideTheImplicitOne) {
  metadata.table("c",
                 Column("x", Integer()),
                 Column("y", Integer()),
                 PrimaryKeyConstraint({"x", "y"}, {.name = "pk"}),
                 ForeignKeyConstraint({"x"}, {"a.id"}, {.name = "fk"}));

  EXPECT_EQ(told(),
            (Lines{"before table → metadata",
                   "before primary_key_constraint → table c",
                   "after primary_key_constraint → table c",
                   "before column x → table c",
                   "after column x → table c",
                   "before column y → table c",
                   "after column y → table c",
                   "before primary_key_constraint pk → table c",
                   "after primary_key_constraint pk → table c",
                   "before foreign_key_constraint fk → table c",
                   "before foreign_key fk → column x",
                   "after foreign_key fk → column x",
                   "after foreign_key_constraint fk → table c",
                   "after table c → metadata"}));
  EXPECT_FALSE(metadata["c"].primary_key().is_implicit());
  EXPECT_FALSE(metadata["c"]["x"].nullable());
}

TEST_F(AttachTest, PartsOfColumnAreAttachedWhenItIsMade) {
  const Column column("q",
                      Integer(),
                      {.server_default = "1"},
                      CheckConstraint("q > 0", {.name = "ck"}),
                      Sequence("q_seq"));

  EXPECT_EQ(told(),
            (Lines{"before default_clause → column q",
                   "after default_clause → column q",
                   "before check_constraint ck → column q",
                   "after check_constraint ck → column q",
                   "before sequence q_seq → column q",
                   "after sequence q_seq → column q"}));
}

TEST_F(AttachTest, AppendedColumnIsToldAlone) {
  Table& table = metadata.table("a", Column("id", Integer(), {.primary_key = true}));
  told();

  table.append_column(Column("n", Integer()));

  EXPECT_EQ(told(), (Lines{"before column n → table a", "after column n → table a"}));
}

TEST_F(AttachTest, LookingUpTableTellsNothing) {
  Table& table = metadata.table("a", Column("id", Integer()));
  told();

  EXPECT_EQ(&metadata.table("a"), &table);
  EXPECT_EQ(&metadata["a"], &table);

  EXPECT_EQ(told(), Lines{});
}

TEST_F(AttachTest, PrimaryKeyHearsOfEachColumnBetweenItsAttachments) {
  const event::ScopedSubscription heard =
      event::internal::listen<DDLEvents::column_added_to_pk_constraint>(
          event::every<PrimaryKeyConstraint>, [this](SchemaItem&, Column& column) {
            lines.push_back("key " + std::string(column.name()));
          });

  metadata.table("a",
                 Column("x", Integer(), {.primary_key = true}),
                 Column("y", Integer(), {.primary_key = true}));

  EXPECT_EQ(told(),
            (Lines{"before table → metadata",
                   "before primary_key_constraint → table a",
                   "after primary_key_constraint → table a",
                   "before column x → table a",
                   "key x",
                   "after column x → table a",
                   "before column y → table a",
                   "key y",
                   "after column y → table a",
                   "after table a → metadata"}));
}

TEST_F(AttachTest, ListenersOnColumnBeforeItIsAttachedRunBehindItsForeignKey) {
  Column column("a_id", Integer(), ForeignKey("a.id"));
  told();
  event::listen(column, "after_parent_attach", [this](Column& attached, Table& table) {
    lines.push_back("own " + std::string(attached.name()) + " " + table.key());
  });

  metadata.table("b", std::move(column));

  const Lines all = told();
  EXPECT_EQ((Lines{all.end() - 4, all.end()}),
            (Lines{"before foreign_key_constraint → table b",
                   "after foreign_key_constraint → table b",
                   "own a_id b",
                   "after table b → metadata"}));
}

// -- what throws ------------------------------------------------------------------------

TEST_F(AttachTest, TableWhoseListenerThrowsBeforeIsNotDeclared) {
  const event::ScopedSubscription veto =
      event::listen(event::every<Table>, "before_parent_attach", [](Table&, MetaData&) {
        throw std::runtime_error("no");
      });

  EXPECT_THROW(metadata.table("a", Column("id", Integer())), std::runtime_error);

  EXPECT_EQ(metadata.find("a"), nullptr);
  EXPECT_TRUE(metadata.tables().empty());
}

TEST_F(AttachTest, TableWhoseListenerThrowsAfterIsTakenOut) {
  const event::ScopedSubscription veto =
      event::listen(event::every<Table>, "after_parent_attach", [](Table&, MetaData&) {
        throw std::runtime_error("no");
      });

  EXPECT_THROW(metadata.table("a", Column("id", Integer())), std::runtime_error);

  EXPECT_EQ(metadata.find("a"), nullptr);
}

TEST_F(AttachTest, TableWithAnItemThatDoesNotFitIsTakenOut) {
  EXPECT_THROW(
      metadata.table("a", Column("id", Integer()), UniqueConstraint({"missing"})),
      ArgumentError);

  EXPECT_EQ(metadata.find("a"), nullptr);
}

TEST_F(AttachTest, ColumnWhoseListenerThrowsBeforeIsNotAttached) {
  Table& table = metadata.table("a", Column("id", Integer()));
  const event::ScopedSubscription veto = event::listen(
      event::every<Column>, "before_parent_attach", [](Column& column, Table&) {
        if (column.name() == "n") throw std::runtime_error("no");
      });

  EXPECT_THROW(table.append_column(Column("n", Integer())), std::runtime_error);

  EXPECT_EQ(table.find("n"), nullptr);
}

// -- copies -----------------------------------------------------------------------------

TEST_F(AttachTest, CopyTellsOnThePropagatedListenersOfColumnsAndConstraints) {
  Table& table = metadata.table("a",
                                Column("id", Integer(), {.primary_key = true}),
                                UniqueConstraint({"id"}, {.name = "uq"}));
  const auto own = [this](auto& item, auto&) { lines.push_back("own " + shown(item)); };
  event::listen<DDLEvents::after_parent_attach>(table, own, event::propagate);
  event::listen<DDLEvents::after_parent_attach>(table["id"], own, event::propagate);
  event::listen<DDLEvents::after_parent_attach>(
      *table.constraints().front(), own, event::propagate);
  MetaData other;
  told();

  table.to_metadata(other);

  Lines own_lines;
  for (const std::string& line : told())
    if (line.starts_with("own")) own_lines.push_back(line);
  EXPECT_EQ(own_lines, (Lines{"own column id", "own unique_constraint uq"}));
}

TEST_F(AttachTest, PartsOfCopiedColumnsHaveThePropagatedListeners) {
  Table& table = metadata.table("a",
                                Column("id", Integer(), Sequence("seq")),
                                Column("c", Integer(), Computed("id + 1")));
  int calls = 0;
  const auto count = [&](auto&...) { ++calls; };
  event::listen<DDLEvents::after_parent_attach>(
      const_cast<Sequence&>(*table["id"].sequence()), count, event::propagate);
  event::listen<DDLEvents::after_parent_attach>(
      const_cast<Computed&>(*table["c"].computed()), count, event::propagate);
  MetaData other;

  table.to_metadata(other);

  EXPECT_EQ(calls, 2);
}

TEST_F(AttachTest, CopyOfCopyHasThePropagatedListenersOfTheTable) {
  Table& table = metadata.table("a", Column("id", Integer()));
  int calls = 0;
  event::listen(
      table, "before_create", [&](Table&) { ++calls; }, event::propagate);
  event::listen(table, "before_create", [&](Table&) { calls += 100; });
  MetaData second;
  MetaData third;

  Table& copy = table.to_metadata(second).to_metadata(third);
  Engine engine = create_engine("sqlite://");
  copy.create(engine);

  EXPECT_EQ(calls, 1);
}

TEST_F(AttachTest, CopyOfTableThatIsThereIsTheOneThatIsThere) {
  Table& table = metadata.table("a", Column("id", Integer()));
  MetaData other;
  Table& there = other.table("a", Column("x", Integer()));

  EXPECT_EQ(&table.to_metadata(other), &there);
  EXPECT_EQ(there.find("id"), nullptr);
}

TEST_F(AttachTest, CopyRefersToItsOwnSchemaAndItself) {
  metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  Table& table = metadata.table("a",
                                Column("id", Integer(), {.primary_key = true}),
                                Column("p_id", ForeignKey("p.id")),
                                Column("up", ForeignKey("a.id")));
  MetaData other;

  const Table& copy = table.to_metadata(other, "archive", "b");

  EXPECT_EQ(copy.key(), "archive.b");
  Lines targets;
  for (const ForeignKeyConstraint* key : copy.foreign_key_constraints())
    targets.push_back(key->elements().front()->target_fullname());
  EXPECT_EQ(targets, (Lines{"archive.p.id", "archive.b.id"}));
}

}  // namespace
}  // namespace hark::test
