// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
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

/// What is told and what is sent, in a list. PRAGMAs are left out.
class CreateDropTest : public ::testing::Test {
 protected:
  void hear(Engine& on) {
    event::listen(on,
                  "before_cursor_execute",
                  [this](Connection&, dbapi::Cursor&, const std::string& statement) {
                    if (statement.find("PRAGMA") == std::string::npos &&
                        statement.find("sqlite_master") == std::string::npos)
                      lines.push_back(in_one_line(statement));
                  });
    event::listen(on, "commit", [this](Connection&) { lines.emplace_back("COMMIT"); });
    event::listen(
        on, "rollback", [this](Connection&) { lines.emplace_back("ROLLBACK"); });
  }
  void tell(const char* event, const SchemaItem& target) {
    lines.push_back(std::string(event) + " " + std::string(target.visit_name()) + " " +
                    std::string(target.name()));
  }
  template <class Target>
  void hear_all(Target& target) {
    event::listen(target, "before_create", [this](SchemaItem& item) {
      tell("before_create", item);
    });
    event::listen(
        target, "after_create", [this](SchemaItem& item) { tell("after_create", item); });
    event::listen(
        target, "before_drop", [this](SchemaItem& item) { tell("before_drop", item); });
    event::listen(
        target, "after_drop", [this](SchemaItem& item) { tell("after_drop", item); });
  }
  Lines told() { return std::exchange(lines, {}); }
  Engine& heard_engine() {
    hear(engine);
    return engine;
  }

  Table& declare_parent() {
    return metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  }
  Table& declare_child() {
    return metadata.table("ch",
                          Column("id", Integer(), {.primary_key = true}),
                          Column("p_id", ForeignKey("p.id")),
                          Index("ix", {"p_id"}));
  }

  Lines lines;
  MetaData metadata;
  Engine engine = create_engine("sqlite://");
};

TEST_F(CreateDropTest, CreatesEachTableBehindThoseItRefersTo) {
  declare_child();
  declare_parent();
  hear_all(metadata);
  hear_all(metadata["p"]);
  hear_all(metadata["ch"]);

  metadata.create_all(heard_engine());

  EXPECT_EQ(told(),
            (Lines{"before_create metadata ",
                   "before_create table p",
                   "CREATE TABLE p ( id INTEGER NOT NULL, PRIMARY KEY (id) )",
                   "after_create table p",
                   "before_create table ch",
                   "CREATE TABLE ch ( id INTEGER NOT NULL, p_id INTEGER, PRIMARY KEY "
                   "(id), FOREIGN KEY(p_id) REFERENCES p (id) )",
                   "CREATE INDEX ix ON ch (p_id)",
                   "after_create table ch",
                   "after_create metadata ",
                   "COMMIT"}));
}

TEST_F(CreateDropTest, DropsInTheReverseOrder) {
  declare_child();
  declare_parent();
  metadata.create_all(engine);
  hear_all(metadata);
  hear_all(metadata["p"]);
  hear_all(metadata["ch"]);

  metadata.drop_all(heard_engine());

  EXPECT_EQ(told(),
            (Lines{"before_drop metadata ",
                   "before_drop table ch",
                   "DROP TABLE ch",
                   "after_drop table ch",
                   "before_drop table p",
                   "DROP TABLE p",
                   "after_drop table p",
                   "after_drop metadata ",
                   "COMMIT"}));
}

TEST_F(CreateDropTest, LeavesAloneWhatIsThere) {
  Table& parent = declare_parent();
  declare_child();
  parent.create(engine);
  std::vector<std::string> given;
  event::listen(
      metadata, "before_create", [&](MetaData&, Connection&, const DDLOptions& options) {
        EXPECT_TRUE(options.checkfirst);
        EXPECT_TRUE(options.is_metadata_operation);
        for (const Table* table : *options.tables) given.emplace_back(table->name());
      });
  int parents = 0;
  event::listen(parent, "before_create", [&](Table&) { ++parents; });

  metadata.create_all(engine);

  EXPECT_EQ(given, Lines{"ch"});
  EXPECT_EQ(parents, 0);
}

TEST_F(CreateDropTest, WithoutCheckfirstWhatIsThereIsAnError) {
  declare_parent().create(engine);

  EXPECT_THROW(metadata.create_all(engine, {.checkfirst = false}), OperationalError);
}

TEST_F(CreateDropTest, ChosenTablesAreCreatedAlone) {
  Table& parent = declare_parent();
  declare_child();

  metadata.create_all(engine, {.tables = {&parent}});

  EXPECT_EQ(Inspector(engine).get_table_names(), Lines{"p"});
}

TEST_F(CreateDropTest, NoTablesChosenIsNoTable) {
  declare_parent();
  metadata.create_all(engine);

  metadata.drop_all(engine, {.tables = std::vector<Table*>{}});

  EXPECT_TRUE(Inspector(engine).has_table("p"));
  EXPECT_THROW(metadata.create_all(engine, {.tables = {nullptr}}), ArgumentError);
}

TEST_F(CreateDropTest, ListenerMayRemoveItsTableOrAppendAnIndex) {
  Table& parent = declare_parent();
  Table& child = declare_child();
  event::listen(child, "before_create", [](Table& table) {
    table.append(Index("another", {"id"}));
    table.metadata().remove(table);
  });

  metadata.create_all(engine);

  EXPECT_EQ(Inspector(engine).get_indexes("ch").size(), 2U);
  EXPECT_EQ(metadata.tables().size(), 1U);
  EXPECT_EQ(metadata.find("p"), &parent);
}

TEST_F(CreateDropTest, IndexWithoutTableCannotBeCreated) {
  Index index("ix", {"x"});

  EXPECT_THROW(index.create(engine), CompileError);
  EXPECT_THROW(index.create(engine, {.checkfirst = true}), CompileError);
}

TEST_F(CreateDropTest, NameThatIsTooLongIsRefusedBeforeAnythingIsCreated) {
  FakeDatabase database;
  database.dialect = "postgresql";
  FakeDialect::use(database);
  Engine fake = create_engine("fake://");
  declare_parent();
  metadata.table(std::string(64, 'x'), Column("id", Integer()));

  EXPECT_THROW(metadata.create_all(fake, {.checkfirst = false}), IdentifierError);
  EXPECT_EQ(database.take().find("CREATE"), std::string::npos);
}

TEST_F(CreateDropTest, TableTellsThatItIsNoMetaDataOperation) {
  Table& parent = declare_parent();
  int told_so = 0;
  event::listen(
      parent, "before_create", [&](Table&, Connection&, const DDLOptions& options) {
        if (!options.is_metadata_operation && options.tables == nullptr) ++told_so;
      });

  parent.create(engine);
  parent.create(engine, {.checkfirst = true});

  EXPECT_EQ(told_so, 1);
}

TEST_F(CreateDropTest, IndexIsToldWithinItsTableAndByItself) {
  declare_parent();
  Table& child = declare_child();
  Index& index = *child.indexes().front();
  hear_all(index);
  metadata.create_all(engine);
  EXPECT_EQ(told(), (Lines{"before_create index ix", "after_create index ix"}));

  hear(engine);
  index.drop(engine);
  index.create(engine, {.checkfirst = true});
  index.create(engine, {.checkfirst = true});

  EXPECT_EQ(told(),
            (Lines{"before_drop index ix",
                   "DROP INDEX ix",
                   "after_drop index ix",
                   "COMMIT",
                   "before_create index ix",
                   "CREATE INDEX ix ON ch (p_id)",
                   "after_create index ix",
                   "COMMIT",
                   "COMMIT"}));
}

TEST_F(CreateDropTest, OnConnectionTheTransactionIsTheCallers) {
  declare_parent();
  {
    Connection connection = engine.connect();
    metadata.create_all(connection);
    EXPECT_TRUE(connection.in_transaction());
    connection.rollback();
    EXPECT_FALSE(Inspector(connection).has_table("p"));
  }
}

// -- what throws ------------------------------------------------------------------------

TEST_F(CreateDropTest, ListenerThatThrowsStopsAtOnceAndLeavesNothingBehind) {
  declare_parent();
  Table& child = declare_child();
  event::listen(
      child, "before_create", [](Table&) { throw std::runtime_error("not this one"); });
  hear_all(metadata);

  EXPECT_THROW(metadata.create_all(heard_engine()), std::runtime_error);

  EXPECT_EQ(told(),
            (Lines{"before_create metadata ",
                   "CREATE TABLE p ( id INTEGER NOT NULL, PRIMARY KEY (id) )",
                   "ROLLBACK"}));
  EXPECT_FALSE(Inspector(engine).has_table("p"));
}

struct Ends {
  int ok = 0;
  int error = 0;
  void operator()(SchemaItem&,
                  Connection&,
                  const DDLOptions&,
                  const Ending& ending) noexcept {
    ++(ending.outcome == Outcome::ok ? ok : error);
  }
};

TEST_F(CreateDropTest, EachAnnouncementHasOneEndThatTellsTheTruth) {
  declare_parent();
  Table& child = declare_child();
  int announced = 0;
  Ends ends;
  const auto listen_on = [&](auto& target) {
    event::listen(target, "before_create", [&](SchemaItem&) { ++announced; });
    event::listen(target, "before_drop", [&](SchemaItem&) { ++announced; });
    event::listen(target, "create_end", std::ref(ends));
    event::listen(target, "drop_end", std::ref(ends));
  };
  listen_on(metadata);
  listen_on(metadata["p"]);
  listen_on(child);
  listen_on(*child.indexes().front());

  metadata.create_all(engine);
  EXPECT_EQ(ends.ok, 4);
  metadata.drop_all(engine);
  EXPECT_EQ(ends.ok, 7);
  EXPECT_EQ(ends.error, 0);

  event::listen(child, "after_create", [](Table&) { throw std::runtime_error("no"); });
  EXPECT_THROW(metadata.create_all(engine), std::runtime_error);

  EXPECT_EQ(ends.ok, 9);     // the parent, and the index
  EXPECT_EQ(ends.error, 2);  // the child, and all
  EXPECT_EQ(announced, ends.ok + ends.error);
}

TEST_F(CreateDropTest, EachDriverCallThatFailsLeavesOneEndPerAnnouncement) {
  FakeDatabase database;
  database.dialect = "postgresql";
  declare_parent();
  declare_child();
  bool is_done = false;
  for (std::size_t n = 1; !is_done; ++n) {
    database.calls.clear();
    database.fail_at = n;
    FakeDialect::use(database);
    Engine fake = create_engine("fake://");
    int announced = 0;
    Ends ends;
    MetaData& all = metadata;
    const event::ScopedSubscription before = event::listen(
        event::every<SchemaItem>, "before_create", [&](SchemaItem&) { ++announced; });
    const event::ScopedSubscription end =
        event::listen(event::every<SchemaItem>, "create_end", std::ref(ends));
    try {
      all.create_all(fake, {.checkfirst = false});
      is_done = true;
      EXPECT_EQ(ends.error, 0);
      EXPECT_EQ(ends.ok, 4);
    } catch (const DBAPIError&) {
    }
    EXPECT_EQ(announced, ends.ok + ends.error) << n;
    EXPECT_EQ(fake.pool().checked_out(), 0U) << n;
    ASSERT_LT(n, 100U);
  }
}

// -- cycles, and what only other databases have -----------------------------------------

class AlterTest : public CreateDropTest {
 protected:
  AlterTest() {
    database.dialect = "postgresql";
    FakeDialect::use(database);
  }

  FakeDatabase database;
};

TEST_F(AlterTest, KeysOfCycleAreAddedBehindTheTablesAndDroppedBefore) {
  FakeDialect::use(database);
  Engine fake = create_engine("fake://");
  metadata.table("x",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("y_id", Integer(), ForeignKey("y.id", {.name = "fk_x"})));
  metadata.table("y",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("x_id", Integer(), ForeignKey("x.id", {.name = "fk_y"})));
  hear(fake);

  metadata.create_all(fake, {.checkfirst = false});
  EXPECT_EQ(
      told(),
      (Lines{"CREATE TABLE x ( id SERIAL NOT NULL, y_id INTEGER, PRIMARY KEY (id) )",
             "CREATE TABLE y ( id SERIAL NOT NULL, x_id INTEGER, PRIMARY KEY (id) )",
             "ALTER TABLE x ADD CONSTRAINT fk_x FOREIGN KEY(y_id) REFERENCES y (id)",
             "ALTER TABLE y ADD CONSTRAINT fk_y FOREIGN KEY(x_id) REFERENCES x (id)",
             "COMMIT"}));

  metadata.drop_all(fake, {.checkfirst = false});
  EXPECT_EQ(told(),
            (Lines{"ALTER TABLE x DROP CONSTRAINT fk_x",
                   "ALTER TABLE y DROP CONSTRAINT fk_y",
                   "DROP TABLE y",
                   "DROP TABLE x",
                   "COMMIT"}));
}

TEST_F(AlterTest, CycleWithoutNamesCannotBeDropped) {
  Engine fake = create_engine("fake://");
  metadata.table("x",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("y_id", Integer(), ForeignKey("y.id")));
  metadata.table("y",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("x_id", Integer(), ForeignKey("x.id")));

  try {
    metadata.drop_all(fake, {.checkfirst = false});
    FAIL() << "nothing was thrown";
  } catch (const CircularDependencyError& error) {
    EXPECT_NE(std::string(error.what()).find("'x', 'y'"), std::string::npos);
  }
}

TEST_F(CreateDropTest, CycleStandsInTheTablesWhereNothingCanBeAltered) {
  metadata.table("x",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("y_id", Integer(), ForeignKey("y.id")));
  metadata.table("y",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("x_id", Integer(), ForeignKey("x.id")));
  metadata.create_all(heard_engine());

  EXPECT_EQ(
      told(),
      (Lines{"CREATE TABLE x ( id INTEGER NOT NULL, y_id INTEGER, PRIMARY KEY (id), "
             "FOREIGN KEY(y_id) REFERENCES y (id) )",
             "CREATE TABLE y ( id INTEGER NOT NULL, x_id INTEGER, PRIMARY KEY (id), "
             "FOREIGN KEY(x_id) REFERENCES x (id) )",
             "COMMIT"}));
  metadata.drop_all(engine);
  EXPECT_EQ(told(), (Lines{"DROP TABLE x", "DROP TABLE y", "COMMIT"}));
}

TEST_F(AlterTest, SequencesAndCommentsComeWithTheirTables) {
  Engine fake = create_engine("fake://");
  metadata.sequence("ticket");
  metadata.table("t",
                 TableOptions{.comment = "what is sold"},
                 Column("id", Integer(), {.primary_key = true}, Sequence("t_id")),
                 Column("n", Integer(), {.index = true, .comment = "how many"}));
  hear(fake);

  metadata.create_all(fake, {.checkfirst = false});
  EXPECT_EQ(told(),
            (Lines{"CREATE SEQUENCE ticket START WITH 1",
                   "CREATE SEQUENCE t_id START WITH 1",
                   "CREATE TABLE t ( id INTEGER NOT NULL, n INTEGER, PRIMARY KEY (id) )",
                   "CREATE INDEX ix_t_n ON t (n)",
                   "COMMENT ON TABLE t IS 'what is sold'",
                   "COMMENT ON COLUMN t.n IS 'how many'",
                   "COMMIT"}));

  metadata.drop_all(fake, {.checkfirst = false});
  EXPECT_EQ(
      told(),
      (Lines{"DROP TABLE t", "DROP SEQUENCE ticket", "DROP SEQUENCE t_id", "COMMIT"}));
}

TEST_F(AlterTest, SequencesAreDroppedWhenAllTablesHaveGone) {
  Engine fake = create_engine("fake://");
  for (const char* name : {"f", "g"}) {
    hear_all(metadata.table(
        name,
        Column(
            "id", Integer(), {.primary_key = true}, Sequence(std::string("s") + name))));
  }
  hear(fake);

  metadata.drop_all(fake, {.checkfirst = false});

  EXPECT_EQ(told(),
            (Lines{"before_drop table g",
                   "DROP TABLE g",
                   "after_drop table g",
                   "before_drop table f",
                   "DROP TABLE f",
                   "after_drop table f",
                   "DROP SEQUENCE sf",
                   "DROP SEQUENCE sg",
                   "COMMIT"}));
}

TEST_F(AlterTest, KeyThatSaysSoIsAlwaysAltered) {
  Engine fake = create_engine("fake://");
  declare_parent();
  metadata.table("q",
                 Column("p_id", ForeignKey("p.id", {.name = "fk", .use_alter = true})));
  hear(fake);

  metadata.create_all(fake, {.checkfirst = false});

  EXPECT_EQ(told(),
            (Lines{"CREATE TABLE p ( id SERIAL NOT NULL, PRIMARY KEY (id) )",
                   "CREATE TABLE q ( p_id INTEGER )",
                   "ALTER TABLE q ADD CONSTRAINT fk FOREIGN KEY(p_id) REFERENCES p (id)",
                   "COMMIT"}));
}

TEST_F(CreateDropTest, KeyToNothingIsAnErrorThatNamesBoth) {
  metadata.table("q", Column("p_id", Integer(), ForeignKey("missing.id")));

  try {
    metadata.create_all(engine);
    FAIL() << "nothing was thrown";
  } catch (const NoReferencedTableError& error) {
    EXPECT_NE(std::string(error.what()).find("'q.p_id'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("'missing'"), std::string::npos);
  }
}

TEST_F(CreateDropTest, ThousandsOfTablesInARowAreSorted) {
  constexpr int count = 3000;
  for (int i = count; i-- > 0;) {
    const std::string name = "t" + std::to_string(i);
    if (i == 0) {
      metadata.table(name, Column("id", Integer(), {.primary_key = true}));
    } else {
      metadata.table(
          name,
          Column("id", Integer(), {.primary_key = true}),
          Column("up", Integer(), ForeignKey("t" + std::to_string(i - 1) + ".id")));
    }
  }

  const std::vector<Table*> sorted = metadata.sorted_tables();

  ASSERT_EQ(sorted.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(sorted[static_cast<std::size_t>(i)]->name(), "t" + std::to_string(i));
}

}  // namespace
}  // namespace hark::test
