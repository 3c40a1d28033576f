// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

/// A database in memory and what is declared of it.
class ReflectTest : public ::testing::Test {
 protected:
  void run(std::initializer_list<const char*> sql) {
    engine.begin([&](Connection& connection) {
      for (const char* each : sql) connection.exec_driver_sql(each);
    });
  }
  Names tables() const {
    Names names;
    for (const auto& table : metadata.tables()) names.push_back(table->key());
    return names;
  }

  Engine engine = create_engine("sqlite://", {.poolclass = PoolClass::static_});
  MetaData metadata;
};

Names names_of(const std::vector<Column*>& columns) {
  Names names;
  for (const Column* column : columns) names.emplace_back(column->name());
  return names;
}

// -- a table ----------------------------------------------------------------------------

TEST_F(ReflectTest, TableIsDeclaredAsItIs) {
  run(
      {"CREATE TABLE t (id INTEGER NOT NULL, name NVARCHAR(20) NOT NULL DEFAULT 'x',"
       " area INTEGER AS (id * 2) STORED, CONSTRAINT pk PRIMARY KEY (id),"
       " CONSTRAINT uq UNIQUE (name), CONSTRAINT ck CHECK (id > 0))",
       "CREATE UNIQUE INDEX ix ON t (name, lower(name)) WHERE id > 1"});

  Table& table = metadata.reflect_table("t", engine);

  EXPECT_EQ(&table, metadata.find("t"));
  ASSERT_EQ(table.columns().size(), 3U);
  EXPECT_TRUE(table["id"].primary_key());
  EXPECT_FALSE(table["id"].nullable());
  EXPECT_EQ(table["name"].type(), String(20).spelled("NVARCHAR"));
  EXPECT_FALSE(table["name"].nullable());
  const auto* value = dynamic_cast<const DefaultClause*>(table["name"].server_default());
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(value->value().text, "'x'");
  EXPECT_TRUE(value->value().is_sql);
  ASSERT_NE(table["area"].computed(), nullptr);
  EXPECT_EQ(table["area"].computed()->sqltext(), "id * 2");
  EXPECT_EQ(table["area"].computed()->persisted(), true);
  EXPECT_EQ(table.primary_key().name(), "pk");
  EXPECT_EQ(names_of(table.primary_key().columns()), Names{"id"});

  ASSERT_EQ(table.constraints().size(), 3U);
  const auto* unique =
      dynamic_cast<const UniqueConstraint*>(table.constraints()[1].get());
  ASSERT_NE(unique, nullptr);
  EXPECT_EQ(unique->name(), "uq");
  EXPECT_EQ(names_of(unique->columns()), Names{"name"});
  const auto* check = dynamic_cast<const CheckConstraint*>(table.constraints()[2].get());
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->name(), "ck");
  EXPECT_EQ(check->sqltext(), "id > 0");

  ASSERT_EQ(table.indexes().size(), 1U);
  const Index& index = *table.indexes()[0];
  EXPECT_EQ(index.name(), "ix");
  EXPECT_TRUE(index.unique());
  EXPECT_EQ(index.options().where, "id > 1");
  EXPECT_EQ(index.elements(),
            (std::vector<IndexElement>{"name", IndexElement(text("lower(name)"))}));
}

TEST_F(ReflectTest, TablesThatAreReferredToComeWithIt) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a)",
       "CREATE TABLE c (b INT, CONSTRAINT fk FOREIGN KEY (b) REFERENCES b (id)"
       " ON DELETE CASCADE)",
       "CREATE TABLE alone (x INT)"});

  Table& c = metadata.reflect_table("c", engine);

  EXPECT_EQ(tables(), (Names{"c", "b", "a"}));
  ASSERT_EQ(c.foreign_key_constraints().size(), 1U);
  const ForeignKeyConstraint& key = *c.foreign_key_constraints()[0];
  EXPECT_EQ(key.name(), "fk");
  EXPECT_EQ(key.options().ondelete, "CASCADE");
  EXPECT_EQ(&key.referred_table(), &metadata["b"]);
  EXPECT_EQ(&metadata["b"].foreign_key_constraints().at(0)->referred_table(),
            &metadata["a"]);
}

TEST_F(ReflectTest, TablesThatReferToEachOtherAndToThemselvesAreDeclaredOnce) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY, b INT REFERENCES b(id))",
       "CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES A(ID),"
       " b INT REFERENCES B)"});

  metadata.reflect_table("a", engine);

  EXPECT_EQ(tables(), (Names{"a", "b"}));
  EXPECT_EQ(metadata["b"].foreign_key_constraints().size(), 2U);
  EXPECT_EQ(&metadata["a"].foreign_key_constraints().at(0)->elements().at(0)->column(),
            &metadata["b"]["id"]);
}

TEST_F(ReflectTest, ColumnThatIsGivenTakesThePlaceOfTheReflectedOne) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT REFERENCES a)"});

  Table& table = metadata.reflect_table("t",
                                        engine,
                                        Column("n", String(5), {.comment = "mine"}),
                                        Column("id", BigInteger(), {.primary_key = true}),
                                        Column("more", Date()));

  ASSERT_EQ(table.columns().size(), 3U);
  EXPECT_EQ(table["n"].type(), String(5));
  EXPECT_EQ(table["n"].comment(), "mine");
  EXPECT_EQ(table.foreign_key_constraints().size(), 0U);
  EXPECT_EQ(table.primary_key().columns(), std::vector<Column*>{&table["id"]});
  EXPECT_EQ(table["id"].type(), BigInteger());
}

TEST_F(ReflectTest, TableThatIsDeclaredIsReturnedAsItIs) {
  run({"CREATE TABLE t (a INT, b INT)"});
  Table& mine = metadata.table("t", Column("only", Integer()));

  EXPECT_EQ(&metadata.reflect_table("t", engine), &mine);

  EXPECT_EQ(mine.columns().size(), 1U);
  EXPECT_THROW(metadata.reflect_table("t", engine, Column("a", Date())),
               InvalidRequestError);
}

TEST_F(ReflectTest, TableThatIsNotThereIsNotDeclared) {
  EXPECT_THROW(metadata.reflect_table("ghost", engine), NoSuchTableError);
  EXPECT_EQ(tables(), Names{});
}

TEST_F(ReflectTest, TableThatRefersToNothingIsNotDeclared) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE t (n INT, FOREIGN KEY (n) REFERENCES a (id),"
       " CONSTRAINT fk FOREIGN KEY (n) REFERENCES ghost (id))"});

  try {
    metadata.reflect_table("t", engine);
    ADD_FAILURE() << "reflected";
  } catch (const NoSuchTableError& error) {
    EXPECT_STREQ(error.what(),
                 "table 't' refers to table 'ghost', which the database does not have, "
                 "by its foreign key 'fk' (n)");
  }
  EXPECT_EQ(tables(), Names{});
}

TEST_F(ReflectTest, TableWithoutWhatItRefersTo) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE t (n INT REFERENCES a, g INT REFERENCES ghost (id))"});

  Table& table = metadata.reflect_table("t", {.resolve_fks = false}, engine);

  EXPECT_EQ(tables(), Names{"t"});
  EXPECT_EQ(table.foreign_key_constraints().size(), 2U);
}

TEST_F(ReflectTest, NameIsTheOneThatTheDatabaseHas) {
  run({"CREATE TABLE cyc1 (id INTEGER PRIMARY KEY, other INT REFERENCES CYC2)",
       "CREATE TABLE cyc2 (id INTEGER PRIMARY KEY, other INT REFERENCES CYC1)"});

  Table& table = metadata.reflect_table("CYC1", engine);

  EXPECT_EQ(table.name(), "cyc1");
  EXPECT_EQ(tables(), (Names{"cyc1", "cyc2"}));
  EXPECT_EQ(&metadata.reflect_table("Cyc1", engine), &table);
  EXPECT_THROW(metadata.reflect_table("Cyc1", engine, Column("x", Date())),
               InvalidRequestError);
}

TEST_F(ReflectTest, ForeignKeyWithAColumnTwiceIsLeftOut) {
  run({"CREATE TABLE p (x INT, y INT, PRIMARY KEY (x, y))",
       "CREATE TABLE c (a INT, b INT, FOREIGN KEY (a, a) REFERENCES p (x, y),"
       " FOREIGN KEY (a, b) REFERENCES p (x, y), UNIQUE (a, a))"});

  Table& table = metadata.reflect_table("c", engine);

  ASSERT_EQ(table.foreign_key_constraints().size(), 1U);
  EXPECT_EQ(names_of(table.foreign_key_constraints()[0]->columns()), (Names{"a", "b"}));
}

TEST_F(ReflectTest, IndexWithAColumnTwiceKeepsBoth) {
  run({"CREATE TABLE c (a INT)", "CREATE INDEX i ON c (a, a)"});

  Table& table = metadata.reflect_table("c", engine);

  ASSERT_EQ(table.indexes().size(), 1U);
  EXPECT_EQ(table.indexes()[0]->elements(), (std::vector<IndexElement>{"a", "a"}));
}

TEST_F(ReflectTest, ChainOfForeignKeysMayBeLong) {
  constexpr int length = 1'500;
  engine.begin([&](Connection& connection) {
    for (int i = 0; i < length; ++i) {
      connection.exec_driver_sql("CREATE TABLE t" + std::to_string(i) +
                                 " (id INTEGER PRIMARY KEY, n INT REFERENCES t" +
                                 std::to_string(i + 1 == length ? i : i + 1) + ")");
    }
  });

  metadata.reflect_table("t0", engine);

  EXPECT_EQ(metadata.tables().size(), std::size_t{length});
}

TEST_F(ReflectTest, ColumnWithoutATypeIsCopiedWithoutOne) {
  run({"CREATE TABLE s (x, y DEFAULT 3 NOT NULL)"});
  Table& table = metadata.reflect_table("s", engine);
  EXPECT_EQ(table["x"].type(), UserDefinedType(""));
  EXPECT_EQ(table["x"].type().as_generic(), LargeBinary());

  Engine other = create_engine("sqlite://", {.poolclass = PoolClass::static_});
  metadata.create_all(other);

  const std::vector<ReflectedColumn> columns = Inspector(other).get_columns("s");
  EXPECT_EQ(columns, Inspector(engine).get_columns("s"));
  MetaData mine;
  mine.table("t", Column("forgotten", Type()));
  EXPECT_THROW(mine.create_all(other), CompileError);
}

TEST_F(ReflectTest, ViewIsATableWithoutConstraints) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)", "CREATE VIEW v AS SELECT id FROM a"});

  Table& view = metadata.reflect_table("v", engine);

  EXPECT_EQ(view.columns().size(), 1U);
  EXPECT_TRUE(view.primary_key().columns().empty());
}

TEST_F(ReflectTest, UnderAConnectionSeesItsTransaction) {
  Connection connection(engine);
  Transaction transaction = connection.begin();
  connection.exec_driver_sql("CREATE TABLE t (a INT)");

  EXPECT_EQ(metadata.reflect_table("t", connection).columns().size(), 1U);

  transaction.rollback();
}

TEST_F(ReflectTest, TakesAsManyConnectionsForManyTablesAsForOne) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE t (id INTEGER PRIMARY KEY REFERENCES a)"});
  int checkouts = 0;
  event::listen(engine, "checkout", [&](dbapi::Connection&) { ++checkouts; });

  metadata.reflect(engine, {.only = {"a"}});
  const int for_one = std::exchange(checkouts, 0);
  metadata.clear();
  metadata.reflect(engine);

  EXPECT_EQ(tables().size(), 2U);
  EXPECT_EQ(checkouts, for_one);
}

// -- column_reflect ---------------------------------------------------------------------

TEST_F(ReflectTest, WhatListenersChangeCounts) {
  run({"CREATE TABLE p (id INTEGER PRIMARY KEY)",
       "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL REFERENCES p,"
       " UNIQUE (n), CHECK (n > 0))",
       "CREATE INDEX i ON t (n)"});
  event::listen(
      metadata, "column_reflect", [](Inspector&, Table& table, ReflectedColumn& column) {
        column.key = std::string(table.name()) + "_" + column.name;
        if (column.name != "n") return;
        column.name = "m";
        column.type = Text();
        column.nullable = true;
        column.default_ = "7";
        column.comment = "changed";
        column.quote = true;
      });

  Table& table = metadata.reflect_table("t", engine);

  ASSERT_EQ(table.columns().size(), 2U);
  const Column& column = table["t_n"];
  EXPECT_EQ(column.name(), "m");
  EXPECT_EQ(column.type(), Text());
  EXPECT_TRUE(column.nullable());
  EXPECT_NE(column.server_default(), nullptr);
  EXPECT_EQ(column.comment(), "changed");
  EXPECT_EQ(column.quote(), true);
  EXPECT_EQ(table.primary_key().columns(), std::vector<Column*>{&table["t_id"]});
  EXPECT_EQ(&table.foreign_key_constraints().at(0)->elements().at(0)->column(),
            &metadata["p"]["p_id"]);
  EXPECT_EQ(table.indexes().at(0)->columns(), std::vector<Column*>{&table["t_n"]});
}

TEST_F(ReflectTest, WhatListenersChangeIsNotKeptByTheInspector) {
  run({"CREATE TABLE t (id INTEGER PRIMARY KEY)"});
  Names seen;
  event::listen(metadata,
                "column_reflect",
                [&](Inspector& inspector, Table& table, ReflectedColumn& column) {
                  column.name = "renamed";
                  seen.push_back(inspector.get_columns(table.name()).at(0).name);
                });

  metadata.reflect_table("t", engine);

  EXPECT_EQ(seen, Names{"id"});
}

/// Everything that is told while a table is reflected.
class ReflectOrderTest : public ReflectTest {
 protected:
  auto note(std::string what) {
    return [this, what](Inspector&, Table& table, ReflectedColumn& column) {
      lines.push_back(what + " " + table.key() + "." + column.name);
    };
  }
  void tell(const char* when, const SchemaItem& item) {
    lines.push_back(std::string(when) + " " + std::string(item.visit_name()) + " " +
                    std::string(item.name()));
  }

  Names lines;
};

TEST_F(ReflectOrderTest, ClassAndObjectOfMetaDataAndThenOfTableAreAsked) {
  run({"CREATE TABLE rp (id INTEGER PRIMARY KEY)",
       "CREATE TABLE rc (id INTEGER PRIMARY KEY, pid INT REFERENCES rp(id), k INT)"});
  event::ScopedSubscription of_tables =
      event::listen(event::every<Table>, "column_reflect", note("Table"));
  event::ScopedSubscription of_metadata =
      event::listen(event::every<MetaData>, "column_reflect", note("MetaData"));
  event::listen(metadata, "column_reflect", note("metadata"));
  const auto note_table = note("table");
  event::ScopedSubscription own =
      event::listen(event::every<PrimaryKeyConstraint>,
                    "before_parent_attach",
                    [&](PrimaryKeyConstraint& key, Table& table) {
                      if (table.key() == "rc" && key.columns().empty())
                        event::listen<DDLEvents::column_reflect>(table, note_table);
                    });

  metadata.reflect_table("rc", engine);

  EXPECT_EQ(lines,
            (Names{"MetaData rc.id",
                   "metadata rc.id",
                   "Table rc.id",
                   "table rc.id",
                   "MetaData rc.pid",
                   "metadata rc.pid",
                   "Table rc.pid",
                   "table rc.pid",
                   "MetaData rc.k",
                   "metadata rc.k",
                   "Table rc.k",
                   "table rc.k",
                   "MetaData rp.id",
                   "metadata rp.id",
                   "Table rp.id"}));
}

TEST_F(ReflectOrderTest, TableThatIsNotThereIsToldOf) {
  run({"CREATE TABLE t (n INT REFERENCES ghost)"});
  event::ScopedSubscription before = event::listen(
      event::every<Table>, "before_parent_attach", [this](Table&, MetaData&) {
        lines.emplace_back("before table");
      });

  EXPECT_THROW(metadata.reflect_table("ghost", engine), NoSuchTableError);
  EXPECT_EQ(lines, Names{"before table"});
  EXPECT_THROW(metadata.reflect_table("t", engine), NoSuchTableError);
  EXPECT_EQ(lines, Names(3, "before table"));
}

TEST_F(ReflectOrderTest, PartsAreAttachedAsTheyAreReflectedAndThenWhatWasGiven) {
  run({"CREATE TABLE rp (id INTEGER PRIMARY KEY, n INT DEFAULT 5)"});
  Column mine("n", Text());
  event::ScopedSubscription before =
      event::listen(event::every<SchemaItem>,
                    "before_parent_attach",
                    [this](SchemaItem& item, SchemaItem&) { tell("before", item); });
  event::ScopedSubscription after =
      event::listen(event::every<SchemaItem>,
                    "after_parent_attach",
                    [this](SchemaItem& item, SchemaItem&) { tell("after", item); });
  event::listen(metadata, "column_reflect", note("reflect"));

  metadata.reflect_table("rp", engine, std::move(mine));

  EXPECT_EQ(lines,
            (Names{"before table ",
                   "before primary_key_constraint ",
                   "after primary_key_constraint ",
                   "reflect rp.id",
                   "before column id",
                   "after column id",
                   "reflect rp.n",
                   "before default_clause ",
                   "after default_clause ",
                   "before column n",
                   "after column n",
                   "before primary_key_constraint ",
                   "after primary_key_constraint ",
                   "before column n",
                   "after column n",
                   "after table rp"}));
}

TEST_F(ReflectOrderTest, ForeignKeysComeBeforeIndexesUniqueAndCheckConstraints) {
  run(
      {"CREATE TABLE t (a INTEGER PRIMARY KEY, CONSTRAINT c CHECK (a > 0),"
       " CONSTRAINT u UNIQUE (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t)",
       "CREATE INDEX i ON t (a)"});
  event::ScopedSubscription after =
      event::listen(event::every<SchemaItem>,
                    "after_parent_attach",
                    [this](SchemaItem& item, SchemaItem&) { tell("after", item); });

  metadata.reflect_table("t", engine);

  EXPECT_EQ(lines,
            (Names{"after primary_key_constraint ",
                   "after column a",
                   "after primary_key_constraint ",
                   "after foreign_key f",
                   "after foreign_key_constraint f",
                   "after index i",
                   "after unique_constraint u",
                   "after check_constraint c",
                   "after table t"}));
}

TEST_F(ReflectTest, ThrowingListenerLeavesTheTableUndeclared) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY, bad INT)",
       "CREATE TABLE t (id INTEGER PRIMARY KEY REFERENCES a)"});
  event::listen(
      metadata, "column_reflect", [](Inspector&, Table&, ReflectedColumn& column) {
        if (column.name == "bad") throw std::runtime_error("no");
      });

  EXPECT_THROW(metadata.reflect_table("t", engine), std::runtime_error);
  EXPECT_EQ(tables(), Names{});
  EXPECT_THROW(metadata.reflect(engine), std::runtime_error);
  EXPECT_EQ(tables(), Names{});
}

TEST_F(ReflectTest, NoTableIsKeptOfACallThatFailed) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE b (a INT REFERENCES a, bad INT)"});
  metadata.table("mine", Column("id", Integer()));
  event::listen(
      metadata, "column_reflect", [this](Inspector&, Table&, ReflectedColumn& column) {
        if (column.name != "bad") return;
        EXPECT_EQ(tables(), (Names{"mine", "a", "b"}));
        throw std::runtime_error("no");
      });

  EXPECT_THROW(metadata.reflect(engine), std::runtime_error);

  EXPECT_EQ(tables(), Names{"mine"});
}

TEST_F(ReflectTest, WhatAListenerThrowsReachesTheCallerWhateverItIs) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE b (a INT REFERENCES a)",
       "CREATE VIEW v AS SELECT id AS of_view FROM a"});
  const auto throwing = [](const char* column_name, auto error) {
    return [=](Inspector&, Table&, ReflectedColumn& column) {
      if (column.name == column_name) throw error;
    };
  };
  const NoSuchTableError missing("the listener's");
  event::Subscription of_table =
      event::listen(metadata, "column_reflect", throwing("id", missing));
  EXPECT_THROW(metadata.reflect(engine), NoSuchTableError);
  EXPECT_THROW(metadata.reflect(engine, {.only = {"b"}}), NoSuchTableError);
  of_table.disconnect();

  event::listen(metadata, "column_reflect", throwing("of_view", OperationalError("no")));
  EXPECT_THROW(metadata.reflect(engine, {.views = true}), OperationalError);
  EXPECT_EQ(tables(), Names{});
}

// -- all tables -------------------------------------------------------------------------

/// Two tables, one of which refers to the other, and a view.
class ReflectAllTest : public ReflectTest {
 protected:
  ReflectAllTest() {
    run({"CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT)",
         "CREATE TABLE a (id INTEGER PRIMARY KEY REFERENCES b)",
         "CREATE TEMP TABLE passing (x INT)",
         "CREATE VIEW v AS SELECT id FROM a"});
  }
};

TEST_F(ReflectAllTest, AllTablesAreDeclared) {
  metadata.reflect(engine);

  EXPECT_EQ(tables(), (Names{"a", "b"}));
}

TEST_F(ReflectAllTest, ViewsAreDeclaredWhereTheyAreAskedFor) {
  metadata.reflect(engine, {.views = true});

  EXPECT_EQ(tables(), (Names{"a", "b", "v"}));
}

TEST_F(ReflectAllTest, OnlyTheseAndWhatTheyReferTo) {
  metadata.reflect(engine, {.only = {"a"}});

  EXPECT_EQ(tables(), (Names{"a", "b"}));
}

TEST_F(ReflectAllTest, OnlyTheseWithoutWhatTheyReferTo) {
  metadata.reflect(engine, {.only = {"a"}, .resolve_fks = false});

  EXPECT_EQ(tables(), Names{"a"});
  EXPECT_EQ(metadata["a"].foreign_key_constraints().at(0)->referred_table_key(), "b");
}

TEST_F(ReflectAllTest, OnlyThoseThatTheFilterTakes) {
  metadata.reflect(engine, {.filter = [](std::string_view name) { return name == "b"; }});

  EXPECT_EQ(tables(), Names{"b"});
}

TEST_F(ReflectAllTest, TablesThatAreMissingAreNamedAndNothingIsDeclared) {
  try {
    metadata.reflect(engine, {.only = {"a", "x", "y"}});
    ADD_FAILURE() << "reflected";
  } catch (const InvalidRequestError& error) {
    EXPECT_STREQ(error.what(),
                 "the database has no table 'x', 'y' that could be reflected");
  }
  EXPECT_EQ(tables(), Names{});
}

TEST_F(ReflectAllTest, WhatIsDeclaredStays) {
  Table& mine = metadata.table("a", Column("own", Integer()));

  metadata.reflect(engine);

  EXPECT_EQ(tables(), (Names{"a", "b"}));
  EXPECT_EQ(&metadata["a"], &mine);
  EXPECT_EQ(mine.columns().size(), 1U);
}

// -- its announcements ------------------------------------------------------------------

class ReflectEventsTest : public ReflectAllTest {
 protected:
  using D = DDLEvents;

  /// What `act` has told: "metadata SELECT metadata:ok".
  template <class Act>
  std::string told_by(Act&& act) {
    log.take();
    try {
      act();
    } catch (const std::exception&) {
      log.add("thrown");
    }
    return log.take();
  }

  static std::string label(const SchemaItem& target) {
    return std::string(target.visit_name()) + std::string(target.name());
  }

  Log log;
  event::ScopedSubscription before = event::listen<D::before_reflect>(
      event::every<SchemaItem>,
      [this](SchemaItem& target, Connection&) { log.add(label(target)); });
  event::ScopedSubscription end = event::listen<D::reflect_end>(
      event::every<SchemaItem>,
      [this](SchemaItem& target, Connection&, const Ending& ending) {
        log.add(label(target) + ":" + std::string(name_of(ending.outcome)));
      });
  event::Subscription columns =
      event::listen<D::column_reflect>(metadata, log.note("column"));
};

TEST_F(ReflectEventsTest, OneAnnouncementWithItsEndIsAroundAllTables) {
  EXPECT_EQ(told_by([&] { metadata.reflect(engine); }),
            "metadata column column metadata:ok");
}

TEST_F(ReflectEventsTest, OneIsAroundATableAndThoseThatItRefersTo) {
  EXPECT_EQ(told_by([&] { metadata.reflect_table("a", engine); }),
            "tablea column column tablea:ok");
  EXPECT_EQ(told_by([&] { metadata.reflect_table("a", engine); }), "");
}

TEST_F(ReflectEventsTest, FailureIsTold) {
  EXPECT_EQ(told_by([&] { metadata.reflect_table("x", engine); }),
            "tablex tablex:error thrown");
  EXPECT_EQ(told_by([&] { metadata.reflect(engine, {.only = {"x"}}); }),
            "metadata metadata:error thrown");
}

TEST_F(ReflectEventsTest, WhatAListenerForbidsIsNotReflected) {
  const event::ScopedSubscription veto = event::listen<D::before_reflect>(
      event::every<SchemaItem>,
      [](SchemaItem&, Connection&) { throw std::runtime_error("no"); });

  EXPECT_EQ(told_by([&] { metadata.reflect(engine); }), "metadata metadata:error thrown");
  EXPECT_EQ(told_by([&] { metadata.reflect_table("a", engine); }),
            "tablea tablea:error thrown");
  EXPECT_EQ(tables(), Names{});
}

TEST_F(ReflectEventsTest, EndThatThrowsReachesTheCallerAndTheTablesStay) {
  const event::Subscription veto = event::listen<D::reflect_end>(
      metadata,
      [](MetaData&, Connection&, const Ending&) { throw std::runtime_error("no"); });

  EXPECT_EQ(told_by([&] { metadata.reflect(engine); }),
            "metadata column column metadata:ok thrown");
  EXPECT_EQ(tables(), (Names{"a", "b"}));
}

TEST_F(ReflectTest, ViewOnWhatIsNotThereIsSkipped) {
  run({"CREATE TABLE a (id INTEGER PRIMARY KEY)",
       "CREATE TABLE z (id INTEGER PRIMARY KEY)",
       "CREATE VIEW v AS SELECT id FROM z",
       "CREATE VIEW w AS SELECT id FROM a",
       "DROP TABLE z"});

  metadata.reflect(engine, {.views = true});

  EXPECT_EQ(tables(), (Names{"a", "w"}));
}

TEST_F(ReflectTest, ForeignKeyToNothingStaysAmongAllTables) {
  run({"CREATE TABLE t (n INT REFERENCES ghost (id))"});

  metadata.reflect(engine);

  EXPECT_EQ(tables(), Names{"t"});
  EXPECT_THROW(metadata["t"].foreign_key_constraints().at(0)->referred_table(),
               NoReferencedTableError);
}

TEST_F(ReflectTest, AttachedDatabaseIsASchema) {
  Connection connection(engine);
  connection.exec_driver_sql("ATTACH ':memory:' AS side");
  connection.exec_driver_sql("CREATE TABLE side.a (id INTEGER PRIMARY KEY)");
  connection.exec_driver_sql("CREATE TABLE side.b (a INT REFERENCES a (id))");
  connection.exec_driver_sql("CREATE TABLE a (other INT)");

  metadata.reflect(connection, {.schema = "side"});

  EXPECT_EQ(tables(), (Names{"side.a", "side.b"}));
  EXPECT_EQ(&metadata["side.b"].foreign_key_constraints().at(0)->referred_table(),
            &metadata["side.a"]);

  MetaData of_schema({.schema = "side"});
  MetaData of_main;
  EXPECT_EQ(of_main.reflect_table("b", {.schema = "side"}, connection).key(), "side.b");
  EXPECT_NE(of_main.find("side.a"), nullptr);
  EXPECT_EQ(of_main.find("a"), nullptr);
  Table& replaced = of_main.reflect_table("a", {}, connection, Column("more", Date()));
  EXPECT_EQ(replaced.key(), "a");
  EXPECT_EQ(replaced.columns().size(), 2U);

  EXPECT_EQ(of_schema.reflect_table("b", connection).key(), "side.b");
  EXPECT_NE(of_schema.find("side.a"), nullptr);
  EXPECT_EQ(&of_schema.reflect_table("b", connection), of_schema.find("side.b"));
}

// -- there and back ---------------------------------------------------------------------

/// All that an Inspector tells of a table.
struct Described {
  std::vector<ReflectedColumn> columns;
  ReflectedPrimaryKey primary_key;
  std::vector<ReflectedForeignKey> foreign_keys;
  std::vector<ReflectedUniqueConstraint> unique_constraints;
  std::vector<ReflectedCheckConstraint> check_constraints;
  std::vector<ReflectedIndex> indexes;

  bool operator==(const Described&) const = default;
};

Described described(Inspector& inspector, std::string_view table) {
  return {.columns = inspector.get_columns(table),
          .primary_key = inspector.get_pk_constraint(table),
          .foreign_keys = inspector.get_foreign_keys(table),
          .unique_constraints = inspector.get_unique_constraints(table),
          .check_constraints = inspector.get_check_constraints(table),
          .indexes = inspector.get_indexes(table)};
}

TEST_F(ReflectTest, WhatIsCreatedFromReflectedTablesIsReflectedAsTheSame) {
  run({R"(CREATE TABLE "or""der" ( -- CHECK (no), FOREIGN KEY
  "my id" INTEGER PRIMARY KEY AUTOINCREMENT, /* UNIQUE (x) */
  [select] NVARCHAR(160) NOT NULL DEFAULT 'CHECK (a, b) ''UNIQUE''' COLLATE NOCASE,
  `näme` VARCHAR (20) CONSTRAINT "inl uq" UNIQUE ON CONFLICT IGNORE
    CHECK (length(`näme`) > 1 AND `näme` <> ')'),
  amount NUMERIC(10,2) DEFAULT -1.5 CONSTRAINT pos CHECK (amount >= (0 - 1) * (2)),
  at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
  calc INTEGER DEFAULT (1+2) CONSTRAINT nn NOT NULL CHECK (calc),
  d DOUBLE PRECISION, e TEXT DEFAULT (lower('\:A :b %(x)s')), flag BOOLEAN DEFAULT TRUE,
  gen INTEGER GENERATED ALWAYS AS (amount * (2 + 1)) STORED,
  gen2 INT AS (max(amount, calc)),
  CONSTRAINT "ck two" CHECK ("select" IN ('a,b', '(')),
  UNIQUE (amount, "select" COLLATE NOCASE DESC), CONSTRAINT u3 UNIQUE ("select")))",
       R"(CREATE TABLE child (
  a INT, b INT, self INT REFERENCES child (b) ON DELETE SET NULL
    DEFERRABLE INITIALLY DEFERRED,
  o INTEGER CONSTRAINT "fk in" REFERENCES "OR""DER" ("MY ID") ON UPDATE CASCADE NOT NULL,
  blobby LONGBLOB, bin BLOB, dt DATETIME, dd DATE, tt TIME, j JSON, r REAL, f FLOAT,
  bi BIGINT, si SMALLINT, u UUID, ui MEDIUMINT UNSIGNED,
  CONSTRAINT pkn PRIMARY KEY (b, a),
  CONSTRAINT fkn FOREIGN KEY (a, b) REFERENCES child (b, a) ON DELETE CASCADE
    NOT DEFERRABLE INITIALLY IMMEDIATE,
  FOREIGN KEY(o) REFERENCES "or""der"))",
       "CREATE UNIQUE INDEX \"ix 1\" ON child (a, b)",
       "CREATE INDEX ixp ON \"or\"\"der\" (amount DESC, lower(\"select\" || '\\:a'),"
       " [select] COLLATE RTRIM) WHERE amount > 3 AND \"select\" <> ' where '",
       "CREATE INDEX ixq ON child (o)",
       "CREATE TABLE c1 (id INTEGER PRIMARY KEY, c2 INTEGER REFERENCES c2(id))",
       "CREATE TABLE c2 (id INTEGER PRIMARY KEY, c1 INTEGER REFERENCES C1(ID))"});
  metadata.reflect(engine);
  Engine other = create_engine("sqlite://", {.poolclass = PoolClass::static_});

  metadata.create_all(other);

  Inspector there(engine);
  Inspector back(other);
  EXPECT_EQ(back.get_table_names(), (Names{"c1", "c2", "child", "or\"der"}));
  EXPECT_EQ(back.get_table_names(), there.get_table_names());
  for (const std::string& table : there.get_table_names())
    EXPECT_TRUE(described(back, table) == described(there, table)) << table;
}

}  // namespace
}  // namespace hark::test
