// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

std::string listed(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return "(" + text + ")";
}

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

/// A column in a line: "id INTEGER not null key 1".
std::string shown(const ReflectedColumn& column) {
  std::string text = column.name + " " + to_string(column.type);
  if (!column.nullable) text += " not null";
  if (column.default_) text += " default " + *column.default_;
  if (column.primary_key != 0) text += " key " + std::to_string(column.primary_key);
  if (column.computed) {
    text += " as " + column.computed->sqltext;
    text += column.computed->persisted == true ? " stored" : " virtual";
  }
  return text;
}

std::string shown(const ReflectedForeignKey& key) {
  const ForeignKeyOptions& options = key.options;
  std::string text = key.name + listed(key.constrained_columns) + " to " +
                     key.referred_table + listed(key.referred_columns);
  if (!options.onupdate.empty()) text += " on update " + options.onupdate;
  if (!options.ondelete.empty()) text += " on delete " + options.ondelete;
  if (!options.match.empty()) text += " match " + options.match;
  if (options.deferrable) text += *options.deferrable ? " deferrable" : " not deferrable";
  if (!options.initially.empty()) text += " initially " + options.initially;
  return text;
}

std::string shown(const ReflectedIndex& index) {
  std::string text = index.unique ? "unique " : "";
  text += index.name + listed(index.column_names);
  if (!index.expressions.empty()) text += " as " + listed(index.expressions);
  if (!index.where.empty()) text += " where " + index.where;
  return text;
}

std::string shown(const ReflectedUniqueConstraint& constraint) {
  return constraint.name + listed(constraint.column_names);
}

std::string shown(const ReflectedCheckConstraint& constraint) {
  return constraint.name + "(" + constraint.sqltext + ")";
}

template <class Described>
Names shown(const std::vector<Described>& all) {
  Names lines;
  for (const Described& each : all) lines.push_back(shown(each));
  return lines;
}

/// A database in memory.
class InspectorTest : public ::testing::Test {
 protected:
  InspectorTest() {
    event::listen(engine,
                  "before_cursor_execute",
                  [this](Connection&, dbapi::Cursor&, const std::string& statement) {
                    statements.push_back(statement);
                  });
  }

  void run(std::initializer_list<const char*> sql) {
    engine.begin([&](Connection& connection) {
      for (const char* each : sql) connection.exec_driver_sql(each);
    });
    statements.clear();
  }

  Names columns(std::string_view table) { return shown(inspector.get_columns(table)); }
  Names foreign_keys(std::string_view table) {
    return shown(inspector.get_foreign_keys(table));
  }
  Names uniques(std::string_view table) {
    return shown(inspector.get_unique_constraints(table));
  }
  Names checks(std::string_view table) {
    return shown(inspector.get_check_constraints(table));
  }
  Names indexes(std::string_view table) { return shown(inspector.get_indexes(table)); }
  std::string primary_key(std::string_view table) {
    const ReflectedPrimaryKey key = inspector.get_pk_constraint(table);
    return key.name + listed(key.constrained_columns);
  }

  /// All that can be asked of a table.
  std::vector<std::function<void()>> questions(std::string_view table,
                                               std::string_view schema = {}) {
    return {[=, this] { inspector.get_columns(table, schema); },
            [=, this] { inspector.get_pk_constraint(table, schema); },
            [=, this] { inspector.get_foreign_keys(table, schema); },
            [=, this] { inspector.get_unique_constraints(table, schema); },
            [=, this] { inspector.get_check_constraints(table, schema); },
            [=, this] { inspector.get_indexes(table, schema); },
            [=, this] { inspector.get_table_comment(table, schema); }};
  }

  Engine engine = create_engine("sqlite://", {.poolclass = PoolClass::static_});
  Inspector inspector{engine};
  Names statements;
};

// -- columns ----------------------------------------------------------------------------

TEST_F(InspectorTest, TypesKeepTheirNamesAndNumbers) {
  run(
      {"CREATE TABLE t (a INTEGER, b nvarchar(160), c NUMERIC(10,2), d DATETIME,"
       " e VARCHAR (20), f DOUBLE PRECISION, g, h TIMESTAMP WITH TIME ZONE,"
       " i MEDIUMINT(8))"});

  EXPECT_EQ(columns("t"),
            (Names{"a INTEGER",
                   "b NVARCHAR(160)",
                   "c NUMERIC(10, 2)",
                   "d DATETIME",
                   "e VARCHAR(20)",
                   "f DOUBLE PRECISION",
                   "g NULL",
                   "h TIMESTAMP WITH TIME ZONE",
                   "i MEDIUMINT"}));
}

TEST_F(InspectorTest, TypesAreWhatSQLiteTakesThemFor) {
  using Kind = Type::Kind;
  struct Expected {
    const char* declared;
    Kind kind;
  };
  const std::vector<Expected> all{{"INT", Kind::integer},
                                  {"BIGINT", Kind::big_integer},
                                  {"SMALLINT", Kind::small_integer},
                                  {"MEDIUMINT", Kind::integer},
                                  {"VARCHAR(3)", Kind::string},
                                  {"NATIVE CHARACTER(70)", Kind::text},
                                  {"CLOB", Kind::text},
                                  {"BLOB", Kind::large_binary},
                                  {"TINYBLOB", Kind::null},
                                  {"", Kind::user_defined},
                                  {"REAL", Kind::float_},
                                  {"DOUBLE", Kind::float_},
                                  {"DECIMAL(3)", Kind::numeric},
                                  {"STRING", Kind::numeric},
                                  {"BOOLEAN", Kind::boolean},
                                  {"DATE", Kind::date},
                                  {"TIME", Kind::time},
                                  {"TIMESTAMP", Kind::datetime},
                                  {"JSON", Kind::json}};
  std::string sql;
  for (const Expected& each : all) {
    sql += sql.empty() ? "CREATE TABLE t (" : ", ";
    sql += "c" + std::to_string(&each - all.data()) + " " + each.declared;
  }
  run({(sql + ")").c_str()});

  const std::vector<ReflectedColumn> columns = inspector.get_columns("t");

  ASSERT_EQ(columns.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(columns[i].type.kind(), all[i].kind) << all[i].declared;
}

TEST_F(InspectorTest, DefaultsCanStandBehindDefault) {
  run(
      {"CREATE TABLE t (a TEXT DEFAULT 'it''s', b INT NOT NULL DEFAULT -1,"
       " c INT DEFAULT (1+2), d DEFAULT CURRENT_TIMESTAMP, e DEFAULT (lower('A')),"
       " f DEFAULT x'00', g DEFAULT 1.5e-3, h DEFAULT ((3)), i DEFAULT NULL)"});

  EXPECT_EQ(columns("t"),
            (Names{"a TEXT default 'it''s'",
                   "b INT not null default -1",
                   "c INT default (1+2)",
                   "d NULL default CURRENT_TIMESTAMP",
                   "e NULL default (lower('A'))",
                   "f NULL default x'00'",
                   "g NULL default 1.5e-3",
                   "h NULL default ((3))",
                   "i NULL default NULL"}));
}

TEST_F(InspectorTest, GeneratedColumnsHaveTheirExpressions) {
  run(
      {"CREATE TABLE t (w INTEGER, h INTEGER,"
       " area INTEGER GENERATED ALWAYS AS (w * (h + 0)) STORED,"
       " \"as (1)\" INTEGER AS (max(w, h)) )"});

  EXPECT_EQ(columns("t"),
            (Names{"w INTEGER",
                   "h INTEGER",
                   "area INTEGER as w * (h + 0) stored",
                   "as (1) INTEGER as max(w, h) virtual"}));
}

TEST_F(InspectorTest, CollationsOfTextAreThere) {
  run(
      {"CREATE TABLE t (a TEXT COLLATE NOCASE NOT NULL, b TEXT, [c d] TEXT COLLATE "
       "rtrim)"});

  const std::vector<ReflectedColumn> columns = inspector.get_columns("t");

  EXPECT_EQ(columns[0].type.collation(), "NOCASE");
  EXPECT_EQ(columns[1].type.collation(), "");
  EXPECT_EQ(columns[2].type.collation(), "rtrim");
}

// -- constraints ------------------------------------------------------------------------

TEST_F(InspectorTest, PrimaryKeyHasItsNameAndItsOwnOrder) {
  run({"CREATE TABLE named (a INT, b INT, CONSTRAINT \"the key\" PRIMARY KEY (b, a))",
       "CREATE TABLE inlined (id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT)",
       "CREATE TABLE bare (a INT)"});

  EXPECT_EQ(primary_key("named"), "the key(b, a)");
  EXPECT_EQ(primary_key("inlined"), "pk(id)");
  EXPECT_EQ(primary_key("bare"), "()");
  EXPECT_EQ(columns("named"), (Names{"a INT key 2", "b INT key 1"}));
}

TEST_F(InspectorTest, ForeignKeysHaveTheirNamesAndOptions) {
  run({"CREATE TABLE p (x INT, y INT, PRIMARY KEY (x, y))",
       "CREATE TABLE c (a INT, b INT,"
       " CONSTRAINT \"fk one\" FOREIGN KEY (a, b) REFERENCES p (y, x)"
       "  ON DELETE SET NULL ON UPDATE CASCADE NOT DEFERRABLE INITIALLY IMMEDIATE,"
       " FOREIGN KEY (a) REFERENCES p(x) MATCH FULL ON DELETE NO ACTION,"
       " CONSTRAINT z FOREIGN KEY (b) REFERENCES p(y) DEFERRABLE INITIALLY DEFERRED)"});

  EXPECT_EQ(foreign_keys("c"),
            (Names{"fk one(a, b) to p(y, x) on update CASCADE on delete SET NULL"
                   " not deferrable initially IMMEDIATE",
                   "(a) to p(x) match FULL",
                   "z(b) to p(y) deferrable initially DEFERRED"}));
}

TEST_F(InspectorTest, ForeignKeysOfColumnsComeBehindThoseOfTheTableLastOneFirst) {
  run({"CREATE TABLE p (id INTEGER PRIMARY KEY)",
       "CREATE TABLE c (a INT CONSTRAINT fa REFERENCES p(id) ON DELETE CASCADE"
       "  DEFERRABLE NOT NULL,"
       " b INT NOT NULL REFERENCES p(id) ON UPDATE SET DEFAULT,"
       " d INT, FOREIGN KEY (d) REFERENCES p(id))"});

  EXPECT_EQ(foreign_keys("c"),
            (Names{"(d) to p(id)",
                   "(b) to p(id) on update SET DEFAULT",
                   "fa(a) to p(id) on delete CASCADE deferrable"}));
}

TEST_F(InspectorTest, ForeignKeyThatNamesNoColumnsRefersToThePrimaryKey) {
  run({"CREATE TABLE p (x INT, y INT, PRIMARY KEY (y, x))",
       "CREATE TABLE c (a INT, b INT, FOREIGN KEY (a, b) REFERENCES p)"});

  EXPECT_EQ(foreign_keys("c"), Names{"(a, b) to p(y, x)"});
}

TEST_F(InspectorTest, ForeignKeyToNothingIsThere) {
  run({"CREATE TABLE c (a INT REFERENCES nothing_ (b), d INT REFERENCES nobody)"});

  EXPECT_EQ(foreign_keys("c"), (Names{"(d) to nobody(d)", "(a) to nothing_(b)"}));
}

TEST_F(InspectorTest, UniqueConstraintsOfTableAndOfColumnsAreToldFromIndexes) {
  run(
      {"CREATE TABLE t (a INT UNIQUE, b INT CONSTRAINT ub UNIQUE ON CONFLICT IGNORE,"
       " c TEXT PRIMARY KEY, d INT, UNIQUE (d, a), CONSTRAINT \"u 2\" UNIQUE (C DESC, "
       "b))",
       "CREATE UNIQUE INDEX not_this_one ON t (d)"});

  EXPECT_EQ(uniques("t"), (Names{"(d, a)", "u 2(c, b)", "(a)", "ub(b)"}));
}

TEST_F(InspectorTest, UniqueConstraintThatIsSaidTwiceIsThereOnce) {
  run({"CREATE TABLE t (a INT UNIQUE, UNIQUE (a), CONSTRAINT u UNIQUE (a))",
       "CREATE UNIQUE INDEX i ON t (a)"});

  EXPECT_EQ(uniques("t"), Names{"(a)"});
  EXPECT_EQ(indexes("t"), Names{"unique i(a)"});
}

TEST_F(InspectorTest, ConstraintsOfATableNeedNoCommasBetweenThem) {
  run(
      {"CREATE TABLE t (a INT, b INT, UNIQUE (a) ON CONFLICT FAIL"
       " CONSTRAINT u UNIQUE ([b]) CONSTRAINT unused, CHECK (a <> b))"});

  EXPECT_EQ(uniques("t"), (Names{"(a)", "u(b)"}));
  EXPECT_EQ(checks("t"), Names{"(a <> b)"});
}

TEST_F(InspectorTest, ChecksAreReadToTheirLastParenthesis) {
  run(
      {"CREATE TABLE t (a INT CHECK (a > 0) CONSTRAINT nn NOT NULL CHECK(a<9),\n"
       " b TEXT DEFAULT 'CHECK (no)', -- CHECK (no)\n"
       " \"CHECK (no)\" TEXT, /* , CHECK (no) */\n"
       " CONSTRAINT \"c 1\" CHECK ( b <> ')' AND (a + (1)) IN (1, 2) ), CHECK (\n"
       " a < 5 -- really )\n AND a <> 3))"});

  EXPECT_EQ(checks("t"),
            (Names{"(a > 0)",
                   "(a<9)",
                   "c 1(b <> ')' AND (a + (1)) IN (1, 2))",
                   "(a < 5 -- really )\n AND a <> 3)"}));
}

TEST_F(InspectorTest, ConstraintsOfColumnsThatWereAddedLaterAreThere) {
  run({"CREATE TABLE p (id INTEGER PRIMARY KEY)",
       "CREATE TABLE t (a INT, UNIQUE (a))",
       "ALTER TABLE t ADD COLUMN b INT CONSTRAINT fb REFERENCES p CHECK (b > 0)"});

  EXPECT_EQ(foreign_keys("t"), Names{"fb(b) to p(id)"});
  EXPECT_EQ(checks("t"), Names{"(b > 0)"});
  EXPECT_EQ(uniques("t"), Names{"(a)"});
}

// -- indexes ----------------------------------------------------------------------------

TEST_F(InspectorTest, IndexesHaveTheirColumnsAndConditions) {
  run({"CREATE TABLE t (a INT UNIQUE, b TEXT, \"c d\" INT)",
       "CREATE INDEX z ON t (\"c d\", a)",
       "CREATE UNIQUE INDEX IF NOT EXISTS \"ON (x)\" ON t (a)"
       " WHERE b <> ' WHERE ' AND a IN (1, 2)"});

  EXPECT_EQ(
      indexes("t"),
      (Names{"unique ON (x)(a) where b <> ' WHERE ' AND a IN (1, 2)", "z(c d, a)"}));
}

TEST_F(InspectorTest, ExpressionsInIndexesAreThereAsTheyWereWritten) {
  run({"CREATE TABLE t (a INT, b TEXT)",
       "CREATE INDEX i ON t (a, b DESC, lower(b || ','), b COLLATE NOCASE)"});

  EXPECT_EQ(indexes("t"),
            Names{"i(a, b, , b) as (a, b DESC, lower(b || ','), b COLLATE NOCASE)"});
}

// -- names ------------------------------------------------------------------------------

TEST_F(InspectorTest, AnyNameWorks) {
  for (const std::string name : {"it's",
                                 "a\"b",
                                 "x); DROP TABLE victim; --",
                                 "sel ect",
                                 "select",
                                 "näme",
                                 "日本",
                                 "[b]",
                                 "a.b",
                                 "`",
                                 "?1"}) {
    const std::string table = "CREATE TABLE " + in_quotes(name) + " (" + in_quotes(name) +
                              " INT PRIMARY KEY REFERENCES " + in_quotes(name) +
                              ", other INT, UNIQUE (other, " + in_quotes(name) + "))";
    const std::string index = "CREATE INDEX " + in_quotes("i" + name) + " ON " +
                              in_quotes(name) + " (" + in_quotes(name) + ")";
    run({table.c_str(), index.c_str()});

    EXPECT_TRUE(inspector.has_table(name)) << name;
    EXPECT_EQ(columns(name), (Names{name + " INT key 1", "other INT"}));
    EXPECT_EQ(primary_key(name), "(" + name + ")");
    EXPECT_EQ(foreign_keys(name), Names{"(" + name + ") to " + name + "(" + name + ")"});
    EXPECT_EQ(uniques(name), Names{"(other, " + name + ")"});
    EXPECT_EQ(indexes(name), Names{"i" + name + "(" + name + ")"});
  }
}

TEST_F(InspectorTest, NamesAreFoundAsSQLiteFindsThem) {
  run({"CREATE TABLE Artist (Id INTEGER PRIMARY KEY, CHECK (Id > 0))",
       "CREATE TABLE album (artist INT REFERENCES ARTIST (ID), UNIQUE (ARTIST))"});

  EXPECT_EQ(checks("ARTIST"), Names{"(Id > 0)"});
  EXPECT_EQ(foreign_keys("Album"), Names{"(artist) to Artist(Id)"});
  EXPECT_EQ(uniques("ALBUM"), Names{"(artist)"});
}

// -- what is there ----------------------------------------------------------------------

TEST_F(InspectorTest, TablesAndViewsComeSortedWithoutTemporaryOnesAndSQLitesOwn) {
  run({"CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT)",
       "CREATE TABLE a (x INT)",
       "CREATE TEMP TABLE passing (x INT)",
       "CREATE VIEW w AS SELECT x FROM a",
       "CREATE VIEW v AS SELECT id FROM b"});

  EXPECT_EQ(inspector.get_table_names(), (Names{"a", "b"}));
  EXPECT_EQ(inspector.get_view_names(), (Names{"v", "w"}));
  EXPECT_EQ(inspector.default_schema_name(), "main");
  EXPECT_EQ(inspector.get_sequence_names(), Names{});
}

TEST_F(InspectorTest, TemporaryTableIsFoundWhenItIsAskedFor) {
  run({"CREATE TEMP TABLE passing (x INT, CHECK (x > 0), UNIQUE (x))"});

  EXPECT_TRUE(inspector.has_table("passing"));
  EXPECT_EQ(columns("passing"), Names{"x INT"});
  EXPECT_EQ(checks("passing"), Names{"(x > 0)"});
  EXPECT_EQ(uniques("passing"), Names{"(x)"});
}

TEST_F(InspectorTest, ViewHasColumnsAndItsDefinition) {
  constexpr const char* definition =
      "CREATE VIEW v AS SELECT y, x FROM a WHERE y IN (y COLLATE NOCASE)";
  run({"CREATE TABLE a (x INT, y TEXT)", definition});

  EXPECT_EQ(columns("v"), (Names{"y TEXT", "x INT"}));
  EXPECT_EQ(inspector.get_view_definition("v"), definition);
  EXPECT_EQ(primary_key("v"), "()");
  EXPECT_EQ(foreign_keys("v"), Names{});
  EXPECT_EQ(uniques("v"), Names{});
  for (const char* name : {"a", "ghost"}) {
    try {
      inspector.get_view_definition(name);
      ADD_FAILURE() << "an answer";
    } catch (const NoSuchTableError& error) {
      EXPECT_EQ(error.what(), "the database has no view '" + std::string(name) + "'");
    }
  }
}

TEST_F(InspectorTest, AttachedDatabaseIsASchema) {
  Connection connection(engine);
  connection.exec_driver_sql("ATTACH ':memory:' AS \"aux \"\"1\"");
  connection.exec_driver_sql("CREATE TABLE t (here INT)");
  connection.exec_driver_sql("CREATE TEMP TABLE passing (x INT)");
  connection.exec_driver_sql("CREATE TABLE \"aux \"\"1\".t (there INT UNIQUE)");
  connection.exec_driver_sql("CREATE INDEX \"aux \"\"1\".i ON t (there) WHERE there > 1");
  connection.exec_driver_sql("CREATE TABLE \"aux \"\"1\".r (t INT REFERENCES t(there))");
  const std::string schema = "aux \"1";
  Inspector one(connection);

  EXPECT_EQ(one.get_schema_names(), (Names{schema, "main"}));
  EXPECT_EQ(one.get_table_names(schema), (Names{"r", "t"}));
  EXPECT_EQ(one.get_table_names(), Names{"t"});
  EXPECT_TRUE(one.has_table("r", schema));
  EXPECT_FALSE(one.has_table("r"));
  EXPECT_EQ(shown(one.get_columns("t", schema)), Names{"there INT"});
  EXPECT_EQ(shown(one.get_columns("t")), Names{"here INT"});
  EXPECT_EQ(shown(one.get_unique_constraints("t", schema)), Names{"(there)"});
  EXPECT_EQ(shown(one.get_indexes("t", schema)), Names{"i(there) where there > 1"});
  EXPECT_EQ(shown(one.get_foreign_keys("r", schema)), Names{"(t) to t(there)"});
  EXPECT_EQ(one.get_foreign_keys("r", schema).at(0).referred_schema, schema);
}

TEST_F(InspectorTest, TableThatIsNotThereIsNamed) {
  EXPECT_FALSE(inspector.has_table("ghost"));
  for (const std::function<void()>& question : questions("ghost", "main")) {
    try {
      question();
      ADD_FAILURE() << "an answer";
    } catch (const NoSuchTableError& error) {
      EXPECT_STREQ(error.what(), "the database has no table 'ghost' in schema 'main'");
    }
  }
}

TEST_F(InspectorTest, SQLitesOwnTableIsDescribed) {
  EXPECT_EQ(columns("sqlite_master").size(), 5U);
  EXPECT_EQ(primary_key("sqlite_master"), "()");
}

TEST_F(InspectorTest, VirtualTableHasNoConstraintsOfItsOwn) {
  run({"CREATE VIRTUAL TABLE words USING fts4(word, body CHECK (body > ''))"});

  EXPECT_EQ(columns("words"), (Names{"word NULL", "body NULL"}));
  EXPECT_EQ(checks("words"), Names{});
}

// -- statements -------------------------------------------------------------------------

TEST_F(InspectorTest, AsksOnceUntilTheAnswersAreForgotten) {
  run({"CREATE TABLE t (a INT)"});

  inspector.get_columns("t");
  EXPECT_FALSE(statements.empty());
  statements.clear();
  EXPECT_EQ(columns("t"), Names{"a INT"});
  EXPECT_EQ(statements, Names{});

  run({"ALTER TABLE t ADD COLUMN b INT"});
  EXPECT_EQ(columns("t"), Names{"a INT"});
  inspector.clear_cache();
  EXPECT_EQ(columns("t"), (Names{"a INT", "b INT"}));
}

TEST_F(InspectorTest, WhatIsDoneWithAnAnswerDoesNotChangeWhatIsKept) {
  run({"CREATE TABLE t (a INT)"});

  inspector.get_columns("t").at(0).name = "changed";

  EXPECT_EQ(columns("t"), Names{"a INT"});
}

TEST_F(InspectorTest, NumberOfStatementsDoesNotGrowWithTheTable) {
  const auto statements_for = [this](const std::string& name, int size) {
    std::string sql = "CREATE TABLE " + name + " (c0 INTEGER PRIMARY KEY";
    for (int i = 1; i <= size; ++i) {
      const std::string column = "c" + std::to_string(i);
      sql += ", " + column + " TEXT DEFAULT (1 + 1) COLLATE NOCASE UNIQUE CHECK (" +
             column + " <> '') REFERENCES " + name + ", g" + std::to_string(i) + " AS (" +
             column + ")";
    }
    run({(sql + ")").c_str()});
    for (int i = 1; i <= size; ++i) {
      const std::string number = std::to_string(i);
      run({("CREATE INDEX " + name + number + " ON " + name + " (c" + number +
            ", lower(c" + number + ")) WHERE c" + number + " > ''")
               .c_str()});
    }
    for (const std::function<void()>& question : questions(name)) question();
    return statements.size();
  };

  const std::size_t few = statements_for("few", 1);
  EXPECT_EQ(statements_for("many", 40), few);
  EXPECT_EQ(inspector.get_indexes("many").size(), 40U);
  EXPECT_LE(few, 14U);
}

TEST_F(InspectorTest, TableIsAllThatTheQuestionsSay) {
  run({"CREATE TABLE p (id INTEGER PRIMARY KEY)",
       "CREATE TABLE Both (a INT CHECK (a > 1) UNIQUE REFERENCES p, b DEFAULT 2,"
       " CONSTRAINT pk PRIMARY KEY (b, a))",
       "CREATE INDEX i ON Both (b) WHERE a > 2"});

  const ReflectedTable table = inspector.get_table("bOTH");

  EXPECT_EQ(table.name, "Both");
  EXPECT_EQ(table.columns, inspector.get_columns("Both"));
  EXPECT_EQ(table.columns.size(), 2U);
  EXPECT_EQ(table.primary_key, inspector.get_pk_constraint("Both"));
  EXPECT_EQ(table.primary_key.name, "pk");
  EXPECT_EQ(table.foreign_keys, inspector.get_foreign_keys("Both"));
  EXPECT_EQ(table.foreign_keys.size(), 1U);
  EXPECT_EQ(table.indexes, inspector.get_indexes("Both"));
  EXPECT_EQ(table.indexes.size(), 1U);
  EXPECT_EQ(table.unique_constraints, inspector.get_unique_constraints("Both"));
  EXPECT_EQ(table.unique_constraints.size(), 1U);
  EXPECT_EQ(table.check_constraints, inspector.get_check_constraints("Both"));
  EXPECT_EQ(table.check_constraints.size(), 1U);
}

TEST_F(InspectorTest, TableIsLookedUpOnce) {
  run({"CREATE TABLE t (a INT UNIQUE REFERENCES t, CHECK (a > 0))"});

  inspector.get_table("t");

  EXPECT_EQ(statements.size(), 4U);
  EXPECT_EQ(std::count_if(statements.begin(),
                          statements.end(),
                          [](const std::string& statement) {
                            return statement.starts_with("SELECT ?1, type");
                          }),
            1);
}

TEST_F(InspectorTest, ExistenceIsAskedByAPragma) {
  inspector.has_table("a\"b");

  EXPECT_EQ(
      statements,
      (Names{R"(PRAGMA main.table_info("a""b"))", R"(PRAGMA temp.table_info("a""b"))"}));
}

TEST_F(InspectorTest, OfAnEngineKeepsNoConnection) {
  Engine file = create_engine("sqlite://", {.poolclass = PoolClass::queue});
  Inspector one(file);

  one.get_table_names();
  EXPECT_THROW(one.get_columns("ghost"), NoSuchTableError);

  EXPECT_EQ(file.pool().checked_out(), 0U);
}

TEST_F(InspectorTest, OfAnEngineKnowsAtOnceThatTheDatabaseIsNotThere) {
  Engine nowhere = create_engine("sqlite:////no/such/folder/hark.db");

  EXPECT_THROW(Inspector{nowhere}, OperationalError);
}

TEST_F(InspectorTest, OfAConnectionSeesItsTransaction) {
  Connection connection(engine);
  Transaction transaction = connection.begin();
  connection.exec_driver_sql("CREATE TABLE t (a INT)");

  EXPECT_EQ(Inspector(connection).get_table_names(), Names{"t"});

  transaction.rollback();
  EXPECT_EQ(Inspector(connection).get_table_names(), Names{});
}

// -- reflectors -------------------------------------------------------------------------

TEST(ReflectorTest, DialectWithoutOneIsNamed) {
  try {
    reflector("no such dialect");
    ADD_FAILURE() << "there is one";
  } catch (const NotSupportedError& error) {
    EXPECT_STREQ(error.what(),
                 "dialect 'no such dialect' has no reflection; register_reflector() "
                 "gives it one");
  }
}

/// Of a database that has one table.
class SmallReflector : public Reflector {
 public:
  explicit SmallReflector(std::string table) : table_(std::move(table)) {}

  std::string default_schema_name(Connection&) const override { return "small"; }
  Names schema_names(Connection&) const override { return {"z", "a"}; }
  Names table_names(Connection&, std::string_view) const override { return {table_}; }
  Names view_names(Connection&, std::string_view) const override { return {}; }
  std::vector<ReflectedSequence> sequences(Connection&, std::string_view) const override {
    return {{.name = "s2", .options = {.start = 7}}, {.name = "s1"}};
  }
  std::string view_definition(Connection&,
                              std::string_view,
                              std::string_view) const override {
    return {};
  }
  bool has_table(Connection&, std::string_view, std::string_view) const override {
    return true;
  }
  std::vector<ReflectedColumn> columns(Connection&,
                                       std::string_view,
                                       std::string_view) const override {
    return {};
  }
  ReflectedPrimaryKey primary_key(Connection&,
                                  std::string_view,
                                  std::string_view) const override {
    return {};
  }
  std::vector<ReflectedForeignKey> foreign_keys(Connection&,
                                                std::string_view,
                                                std::string_view) const override {
    return {};
  }
  std::vector<ReflectedUniqueConstraint> unique_constraints(
      Connection&, std::string_view, std::string_view) const override {
    return {};
  }
  std::vector<ReflectedCheckConstraint> check_constraints(
      Connection&, std::string_view, std::string_view) const override {
    return {};
  }
  std::vector<ReflectedIndex> indexes(Connection&,
                                      std::string_view,
                                      std::string_view) const override {
    return {};
  }
  std::string table_comment(Connection&,
                            std::string_view,
                            std::string_view) const override {
    return "about " + table_;
  }

 private:
  std::string table_;
};

TEST(ReflectorTest, OneThatIsReplacedStaysForThoseWhoHaveIt) {
  register_reflector("small", std::make_unique<SmallReflector>("first"));
  const Reflector& first = reflector("small");
  register_reflector("small", std::make_unique<SmallReflector>("second"));
  Engine engine = create_engine("sqlite://");
  Connection connection(engine);

  EXPECT_EQ(first.table_names(connection, {}), Names{"first"});
  EXPECT_EQ(reflector("small").table_names(connection, {}), Names{"second"});
}

TEST(ReflectorTest, TableIsAskedByTheQuestionsWhereADialectHasNoBetterWay) {
  Engine engine = create_engine("sqlite://");
  Connection connection(engine);

  const ReflectedTable table = SmallReflector("it").table(connection, "IT", {});

  EXPECT_EQ(table, (ReflectedTable{.name = "IT", .comment = "about it"}));
}

}  // namespace
}  // namespace hark::test
