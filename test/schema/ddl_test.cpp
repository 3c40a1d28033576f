// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

static_assert(std::equality_comparable<DDL> && std::equality_comparable<CreateTable>);
static_assert(std::convertible_to<DDL, const Clause&>);

using Lines = std::vector<std::string>;

/// An empty database; what is executed is told to a list.
class DDLTest : public ::testing::Test {
 protected:
  DDLTest() {
    event::listen(engine, "before_execute", [this](Connection&, const Clause& clause) {
      clauses.push_back(clause);
    });
    event::listen(engine,
                  "before_cursor_execute",
                  [this](Connection&, dbapi::Cursor&, const std::string& statement) {
                    statements.push_back(statement);
                  });
  }

  /// As create_all() does, of that table alone.
  void emit_after_create() {
    Connection connection = engine.connect();
    track.create(connection);
    connection.commit();
  }

  /// Those behind CREATE TABLE.
  Lines later_statements() const { return {statements.begin() + 1, statements.end()}; }

  Lines tables() {
    return engine.connect()
        .execute("SELECT name FROM sqlite_master ORDER BY name")
        .scalars<std::string>();
  }

  template <class Act>
  static std::string argument_error(const Act& act) {
    try {
      act();
    } catch (const ArgumentError& error) {
      return error.what();
    }
    ADD_FAILURE() << "it is accepted";
    return {};
  }

  Engine engine = create_engine("sqlite://");
  std::vector<Clause> clauses;
  Lines statements;
  MetaData metadata;
  Table& track = metadata.table("Track",
                                Column("id", Integer(), {.primary_key = true}),
                                Column("name", String(20)));
};

// -- executed directly ------------------------------------------------------------------

TEST_F(DDLTest, IsExecutedAsAnyClause) {
  Connection connection = engine.connect();

  connection.execute(DDL("CREATE TABLE made (id INTEGER)"));
  connection.commit();

  EXPECT_EQ(tables(), Lines{"made"});
}

TEST_F(DDLTest, ElementsAboutItemsAreExecuted) {
  Index& index = track.append(Index("ix_name", {"name"}));
  Connection connection = engine.connect();

  connection.execute(CreateTable(track));
  connection.execute(CreateIndex(index));
  connection.commit();
  const Lines made = tables();
  connection.execute(DropIndex(index));
  connection.execute(DropTable(track));
  connection.commit();

  EXPECT_EQ(made, (Lines{"Track", "ix_name"}));
  EXPECT_EQ(tables(), Lines{});
}

TEST_F(DDLTest, ElementIsWhatItsCompilerWrites) {
  const Dialect& dialect = engine.dialect();
  const DDLCompiler& compiler = ddl_compiler("sqlite");
  const Index& index = track.append(Index("ix_name", {"name"}));
  const Constraint& check = track.append(CheckConstraint("id > 0", {.name = "ck_track"}));
  const Sequence& sequence = metadata.sequence("ids");

  EXPECT_EQ(CreateTable(track, {.if_not_exists = true}).compile(dialect),
            compiler.create_table(track, {.if_not_exists = true}));
  EXPECT_EQ(DropTable(track, {.if_exists = true}).compile(dialect),
            compiler.drop_table(track, {.if_exists = true}));
  EXPECT_EQ(CreateIndex(index).compile(dialect), compiler.create_index(index, {}));
  EXPECT_EQ(DropIndex(index).compile(dialect), compiler.drop_index(index, {}));
  EXPECT_EQ(AddConstraint(check).compile(dialect), compiler.add_constraint(check));
  EXPECT_EQ(DropConstraint(check, {.cascade = true}).compile(dialect),
            compiler.drop_constraint(check, {.cascade = true}));
  EXPECT_EQ(CreateSequence(sequence).compile(dialect),
            compiler.create_sequence(sequence, {}));
  EXPECT_EQ(DropSequence(sequence).compile(dialect),
            compiler.drop_sequence(sequence, {}));
  EXPECT_EQ(CreateSchema("s").compile(dialect), "CREATE SCHEMA s");
  EXPECT_EQ(DropSchema("s", {.cascade = true}).compile(dialect), "DROP SCHEMA s CASCADE");
  EXPECT_EQ(SetTableComment(track).compile(dialect), compiler.set_table_comment(track));
  EXPECT_EQ(SetColumnComment(track["id"]).compile(dialect),
            compiler.set_column_comment(track["id"]));
}

TEST_F(DDLTest, ElementSaysWhatItIsAndOfWhat) {
  const Clause create = CreateTable(track).clause();
  EXPECT_EQ(create->visit_name(), "create_table");
  EXPECT_EQ(create->text(), "Track");
  const DropSchema drop("archive");
  EXPECT_EQ(drop.clause()->visit_name(), "drop_schema");
  EXPECT_EQ(drop.clause()->text(), "archive");
  const DDL ddl("ANALYZE %(table)s");
  EXPECT_EQ(ddl.clause()->visit_name(), "ddl");
  EXPECT_EQ(ddl.clause()->text(), "ANALYZE %(table)s");
}

TEST_F(DDLTest, TextHasNoParameters) {
  engine.connect().execute(DDL("SELECT ':name'"));

  EXPECT_EQ(statements, Lines{"SELECT ':name'"});
}

TEST_F(DDLTest, ContextIsAllThatTextKnowsWithoutTarget) {
  engine.connect().execute(DDL("SELECT '%(a)s', '100%%'", {{"a", "x"}}));

  EXPECT_EQ(statements, Lines{"SELECT 'x', '100%'"});
  EXPECT_NE(argument_error([&] {
              engine.connect().execute(DDL("ANALYZE %(table)s"));
            }).find("'table'"),
            std::string::npos);
}

TEST_F(DDLTest, PercentSignOfItsOwnIsAnError) {
  for (const char* const text : {"100% sure", "100%", "%d", "%(a)d", "%(a"}) {
    EXPECT_NE(argument_error([&] {
                engine.connect().execute(DDL(text, {{"a", "x"}}));
              }).find(text),
              std::string::npos);
  }
}

// -- as a listener ----------------------------------------------------------------------

TEST_F(DDLTest, ListensAsItStands) {
  event::listen(track, "after_create", DDL("INSERT INTO \"Track\" VALUES (1, 'first')"));

  metadata.create_all(engine);

  EXPECT_EQ(engine.connect().execute("SELECT name FROM \"Track\"").scalars<std::string>(),
            Lines{"first"});
}

TEST_F(DDLTest, KnowsTheTableThatItListensTo) {
  event::listen(track,
                "after_create",
                DDL("SELECT '%(table)s' AS a, '%(schema)s' AS b, '%(fullname)s' AS c"));

  emit_after_create();

  EXPECT_EQ(later_statements(),
            Lines{R"(SELECT '"Track"' AS a, '' AS b, '"Track"' AS c)"});
}

TEST_F(DDLTest, KnowsTheSchemaOfItsTable) {
  Table& archived = metadata.table("log", {.schema = "temp"}, Column("id", Integer()));
  event::listen(archived, "after_create", DDL("SELECT '%(schema)s', '%(fullname)s'"));
  Connection connection = engine.connect();

  archived.create(connection);

  EXPECT_EQ(later_statements(), Lines{R"(SELECT '"temp"', '"temp".log')"});
}

TEST_F(DDLTest, ContextWinsOverTheTable) {
  event::listen(track,
                "after_create",
                DDL("SELECT '%(table)s', '%(more)s'", {{"table", "t"}, {"more", "m"}}));

  emit_after_create();

  EXPECT_EQ(later_statements(), Lines{"SELECT 't', 'm'"});
}

TEST_F(DDLTest, OneElementServesManyTables) {
  Table& other = metadata.table("other", Column("id", Integer()));
  const DDL ddl("SELECT '%(table)s'");
  event::listen(track, "after_create", ddl);
  event::listen(other, "after_create", ddl);

  metadata.create_all(engine);

  Lines selected;
  for (const std::string& each : statements)
    if (each.starts_with("SELECT '")) selected.push_back(each);
  EXPECT_EQ(selected, (Lines{"SELECT '\"Track\"'", "SELECT 'other'"}));
}

TEST_F(DDLTest, DoesNotKnowTheTablesOfItsMetaData) {
  event::listen(metadata, "after_create", DDL("ANALYZE %(table)s"));

  EXPECT_THROW(metadata.create_all(engine), ArgumentError);
}

TEST_F(DDLTest, ListenersOfStatementsSeeTheTextAsItWasWritten) {
  event::listen(track, "after_create", DDL("SELECT '%(table)s'"));

  emit_after_create();

  ASSERT_EQ(clauses.size(), 2U);
  EXPECT_EQ(clauses.back()->visit_name(), "ddl");
  EXPECT_EQ(clauses.back()->text(), "SELECT '%(table)s'");
}

TEST_F(DDLTest, IsOneListenerHoweverOftenItIsListenedWith) {
  const DDL ddl("SELECT 1");
  const DDL copy = ddl;  // NOLINT(performance-unnecessary-copy-initialization): its point
  event::listen(track, "after_create", ddl);
  event::listen(track, "after_create", copy);

  emit_after_create();

  EXPECT_EQ(later_statements(), Lines{"SELECT 1"});
  EXPECT_FALSE(ddl == DDL("SELECT 1"));
}

TEST_F(DDLTest, IsRemovedAsAnyListener) {
  const DDL ddl("SELECT 1");
  event::listen(track, "after_create", ddl);

  event::remove(track, "after_create", ddl);
  emit_after_create();

  EXPECT_EQ(later_statements(), Lines{});
}

TEST_F(DDLTest, CreateTableListensWithoutEventsOfItsOwn) {
  Table& other = metadata.table("other", Column("id", Integer()));
  int announced = 0;
  event::listen(other,
                "before_create",
                [&announced](Table&, Connection&, const DDLOptions&) { ++announced; });
  event::listen(track, "after_create", CreateTable(other));

  emit_after_create();

  EXPECT_EQ(tables(), (Lines{"Track", "other"}));
  EXPECT_EQ(announced, 0);
}

TEST_F(DDLTest, ElementExecutedForManyDispatchesIsWrittenAnew) {
  Table& other = metadata.table("other", Column("id", Integer()));
  event::listen(track, "after_create", CreateTable(other, {.if_not_exists = true}));
  emit_after_create();
  other.append_column(Column("added", Integer()));
  Connection connection = engine.connect();
  track.drop(connection);
  statements.clear();

  track.create(connection);

  EXPECT_NE(statements.back().find("added"), std::string::npos);
}

// -- conditions -------------------------------------------------------------------------

TEST_F(DDLTest, ConditionNamesDialects) {
  event::listen(track,
                "after_create",
                DDL("SELECT 1").execute_if({.dialects = {"postgresql", "mysql"}}));
  event::listen(
      track, "after_create", DDL("SELECT 2").execute_if({.dialects = {"sqlite"}}));

  emit_after_create();

  EXPECT_EQ(later_statements(), Lines{"SELECT 2"});
}

TEST_F(DDLTest, ConditionIsAskedWithWhatTheListenerIsToldOf) {
  const DDLElement* asked = nullptr;
  const SchemaItem* asked_of = nullptr;
  bool was_checkfirst = false;
  const DDLElement ddl = DDL("SELECT 1")
                             .execute_if({.callable = [&](const DDLElement& element,
                                                          SchemaItem& target,
                                                          Connection&,
                                                          const DDLOptions& options) {
                               asked = &element;
                               asked_of = &target;
                               was_checkfirst = options.checkfirst;
                               return false;
                             }});
  event::listen(track, "after_create", ddl);
  Connection connection = engine.connect();

  track.create(connection, {.checkfirst = true});

  ASSERT_NE(asked, nullptr);
  EXPECT_EQ(*asked, ddl);
  EXPECT_EQ(asked_of, &track);
  EXPECT_TRUE(was_checkfirst);
  EXPECT_EQ(statements.back().find("SELECT 1"), std::string::npos);
}

TEST_F(DDLTest, AllThatIsAskedForMustHold) {
  int asked = 0;
  const auto count = [&asked](auto&&...) { return ++asked > 0; };
  event::listen(track,
                "after_create",
                DDL("SELECT 1").execute_if({.dialects = {"mysql"}, .callable = count}));
  event::listen(track,
                "after_create",
                DDL("SELECT 2").execute_if({.dialects = {"sqlite"}, .callable = count}));

  emit_after_create();

  EXPECT_EQ(later_statements(), Lines{"SELECT 2"});
  EXPECT_EQ(asked, 1);
}

TEST_F(DDLTest, ConditionMakesAnotherElement) {
  const DDL ddl("SELECT 1");
  const DDLElement conditional = ddl.execute_if({.dialects = {"sqlite"}});

  EXPECT_FALSE(conditional == ddl);
  EXPECT_TRUE(conditional == DDLElement(conditional));
  EXPECT_FALSE(conditional == ddl.execute_if({.dialects = {"sqlite"}}));
}

TEST_F(DDLTest, ConditionDoesNotMatterWhereItIsExecutedDirectly) {
  engine.connect().execute(DDL("SELECT 1").execute_if({.dialects = {"mysql"}}));

  EXPECT_EQ(statements, Lines{"SELECT 1"});
}

// -- constraints ------------------------------------------------------------------------

TEST_F(DDLTest, ConstraintThatIsAddedIsNotInItsTable) {
  Constraint& check = track.append(CheckConstraint("id > 0", {.name = "ck_track"}));
  Constraint& other = track.append(CheckConstraint("id > 1", {.name = "ck_other"}));

  const AddConstraint add(check);
  const AddConstraint add_only(std::as_const(other));

  const std::string sql = CreateTable(track).compile(engine.dialect());
  EXPECT_EQ(sql.find("ck_track"), std::string::npos);
  EXPECT_NE(sql.find("ck_other"), std::string::npos);
  EXPECT_EQ(add.compile(engine.dialect()),
            "ALTER TABLE \"Track\" ADD CONSTRAINT ck_track CHECK (id > 0)");
}

}  // namespace
}  // namespace hark::test
