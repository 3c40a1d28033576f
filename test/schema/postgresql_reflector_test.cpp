// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/postgresql.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

/// Those that are not empty.
std::string listed(const Names& names) {
  std::string text;
  for (const std::string& name : names)
    if (!name.empty()) text += (text.empty() ? "" : ", ") + name;
  return "(" + text + ")";
}

std::string type_of(const ReflectedColumn& column) {
  return ddl_compiler("postgresql").type(column.type);
}

/// A column in a line: "id INTEGER not null key 1 counts default 7".
std::string shown(const ReflectedColumn& column) {
  std::string text = column.name + " " + type_of(column);
  if (!column.nullable) text += " not null";
  if (column.primary_key != 0) text += " key " + std::to_string(column.primary_key);
  if (column.autoincrement == Autoincrement::yes) text += " counts";
  if (column.default_) text += " default " + *column.default_;
  if (column.computed) text += " as " + column.computed->sqltext;
  if (column.sequence) text += " by " + column.sequence->name;
  return text;
}

std::string shown(const ReflectedForeignKey& key) {
  const ForeignKeyOptions& options = key.options;
  std::string text = key.name + listed(key.constrained_columns) + " to ";
  if (!key.referred_schema.empty()) text += key.referred_schema + ".";
  text += key.referred_table + listed(key.referred_columns);
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
  if (!index.include_columns.empty())
    text += " including " + listed(index.include_columns);
  if (!index.using_.empty()) text += " using " + index.using_;
  if (!index.with.empty()) text += " with " + index.with;
  if (!index.where.empty()) text += " where " + index.where;
  return text;
}

std::string shown(const ReflectedUniqueConstraint& constraint) {
  const bool is_deferrable = constraint.deferrable.value_or(false);
  return constraint.name + listed(constraint.column_names) +
         (is_deferrable ? " deferrable " : "") + constraint.initially;
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

/// Counts the statements of an engine.
struct StatementCount {
  explicit StatementCount(Engine& engine)
      : subscription(event::listen(
            engine, "before_cursor_execute", [this](Connection&) { ++count; })) {}

  int count = 0;
  event::ScopedSubscription subscription;
};

class PostgreSQLReflection : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    engine.reset(new Engine(create_engine(url())));
  }
  void TearDown() override { engine.reset(); }

  /// Statements with semicolons between, and none within.
  void run(std::string_view script) {
    engine->begin([&](Connection& connection) {
      while (!script.empty()) {
        const std::size_t end = std::min(script.find(';'), script.size());
        connection.exec_driver_sql(script.substr(0, end));
        script.remove_prefix(std::min(end + 1, script.size()));
      }
    });
  }

  std::unique_ptr<Engine> engine;
};

// -- columns ----------------------------------------------------------------------------

struct KnownType {
  std::string_view declared;
  std::string_view reflected;
  Type generic;
};

TEST_F(PostgreSQLReflection, KnowsTheTypes) {
  const std::vector<KnownType> types{
      {"smallint", "SMALLINT", SmallInteger()},
      {"integer", "INTEGER", Integer()},
      {"bigint", "BIGINT", BigInteger()},
      {"varchar", "VARCHAR", String()},
      {"varchar(10)", "VARCHAR(10)", String(10)},
      {"char(3)", "CHAR(3)", String(3)},
      {"text", "TEXT", Text()},
      {"numeric", "NUMERIC", Numeric()},
      {"numeric(10, 2)", "NUMERIC(10, 2)", Numeric(10, 2)},
      {"numeric(3, -2)", "NUMERIC(3, -2)", Numeric(3, -2)},
      {"real", "REAL", Float()},
      {"double precision", "DOUBLE PRECISION", Float()},
      {"boolean", "BOOLEAN", Boolean()},
      {"date", "DATE", Date()},
      {"timestamp", "TIMESTAMP WITHOUT TIME ZONE", DateTime()},
      {"timestamptz(3)", "TIMESTAMP(3) WITH TIME ZONE", DateTime(true)},
      {"time(2)", "TIME(2) WITHOUT TIME ZONE", Time()},
      {"timetz", "TIME WITH TIME ZONE", Time(true)},
      {"bytea", "BYTEA", LargeBinary()},
      {"json", "JSON", JSON()},
      {"jsonb", "JSONB", JSON()},
      {"uuid", "UUID", Uuid()},
      {"interval second(2)", "INTERVAL SECOND(2)", UserDefinedType("INTERVAL SECOND(2)")},
      {"bit varying(7)", "BIT VARYING(7)", UserDefinedType("BIT VARYING(7)")},
      {"inet", "INET", UserDefinedType("INET")},
      {"money", "MONEY", UserDefinedType("MONEY")},
      {"tsvector", "TSVECTOR", UserDefinedType("TSVECTOR")},
      {"int4range", "INT4RANGE", UserDefinedType("INT4RANGE")},
      {"\"char\"", "\"char\"", UserDefinedType("\"char\"")},
      {"integer[]", "INTEGER[]", Array(Integer())},
      {"varchar(5)[][]", "VARCHAR(5)[]", Array(String(5))},
      {"timestamptz(3)[]", "TIMESTAMP(3) WITH TIME ZONE[]", Array(DateTime(true))}};
  std::string columns;
  for (const KnownType& type : types)
    columns += (columns.empty() ? "" : ", ") +
               ("c" + std::to_string(&type - types.data()) + " ") +
               std::string(type.declared);
  run("CREATE TABLE t (" + columns + ")");

  const auto reflected = Inspector(*engine).get_columns("t");
  ASSERT_EQ(reflected.size(), types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    EXPECT_EQ(type_of(reflected[i]), types[i].reflected) << types[i].declared;
    EXPECT_EQ(reflected[i].type.as_generic(), types[i].generic) << types[i].declared;
  }
}

TEST_F(PostgreSQLReflection, ResolvesDomains) {
  run("CREATE DOMAIN positive AS integer DEFAULT 7 CHECK (value > 0);"
      "CREATE DOMAIN certain AS positive NOT NULL;"
      "CREATE DOMAIN words AS varchar(20)[];"
      "CREATE TABLE t (a positive, b certain, c words, d positive[], e positive DEFAULT "
      "1)");
  EXPECT_EQ(shown(Inspector(*engine).get_columns("t")),
            (Names{"a INTEGER default 7",
                   "b INTEGER not null default 7",
                   "c VARCHAR(20)[]",
                   "d INTEGER[]",
                   "e INTEGER default 1"}));
}

TEST_F(PostgreSQLReflection, GivesEnumerationsBack) {
  run("CREATE SCHEMA other; CREATE TYPE mood AS ENUM ('sad', 'it''s ok');"
      "CREATE TYPE other.color AS ENUM ('red'); CREATE TYPE nothing AS ENUM ();"
      "CREATE TABLE t (m mood DEFAULT 'sad', c other.color, l mood[], n nothing)");
  Inspector inspector(*engine);
  const auto columns = inspector.get_columns("t");
  ASSERT_EQ(columns.size(), 4U);
  EXPECT_EQ(columns[0].type, Enum("mood", {"sad", "it's ok"}));
  EXPECT_EQ(columns[0].default_, "'sad'::mood");
  EXPECT_EQ(columns[1].type, Enum("color", {"red"}, {.schema = "other"}));
  EXPECT_EQ(columns[2].type, Array(Enum("mood", {"sad", "it's ok"})));
  EXPECT_EQ(columns[3].type, Enum("nothing", {}));
  EXPECT_EQ(inspector.get_enums(),
            (std::vector<Type>{Enum("mood", {"sad", "it's ok"}), Enum("nothing", {})}));
  EXPECT_EQ(inspector.get_enums("other"),
            (std::vector<Type>{Enum("color", {"red"}, {.schema = "other"})}));
}

TEST_F(PostgreSQLReflection, TellsCollationsApartFromTheUsualOne) {
  run(R"(CREATE TABLE t (a text COLLATE "C", b text, c varchar(3)[] COLLATE "POSIX"))");
  EXPECT_EQ(
      shown(Inspector(*engine).get_columns("t")),
      (Names{R"(a TEXT COLLATE "C")", "b TEXT", R"(c VARCHAR(3)[] COLLATE "POSIX")"}));
}

TEST_F(PostgreSQLReflection, TellsWhatCountsAndByWhat) {
  run("CREATE SEQUENCE tickets;"
      "CREATE TABLE a (id bigserial PRIMARY KEY, n serial,"
      " t integer DEFAULT nextval('tickets'));"
      "CREATE TABLE b (x serial, y serial, z integer, PRIMARY KEY (x, y));"
      "CREATE TABLE c (id integer PRIMARY KEY)");
  Inspector inspector(*engine);
  EXPECT_EQ(
      shown(inspector.get_columns("a")),
      (Names{"id BIGINT not null key 1 counts default nextval('a_id_seq'::regclass)",
             "n INTEGER not null counts default nextval('a_n_seq'::regclass) by a_n_seq",
             "t INTEGER counts default nextval('tickets'::regclass) by tickets"}));
  EXPECT_EQ(
      shown(inspector.get_columns("b")),
      (Names{"x INTEGER not null key 1 counts default nextval('b_x_seq'::regclass)",
             "y INTEGER not null key 2 default nextval('b_y_seq'::regclass) by b_y_seq",
             "z INTEGER"}));
  EXPECT_EQ(shown(inspector.get_columns("c")), (Names{"id INTEGER not null key 1"}));
}

TEST_F(PostgreSQLReflection, ReadsIdentities) {
  run("CREATE TABLE t (a integer GENERATED ALWAYS AS IDENTITY"
      " (START 5 INCREMENT -2 MINVALUE -9 MAXVALUE 10 CACHE 3 CYCLE),"
      " b smallint GENERATED BY DEFAULT AS IDENTITY)");
  const auto columns = Inspector(*engine).get_columns("t");
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0].identity,
            (IdentityOptions{.start = 5,
                             .increment = -2,
                             .minvalue = -9,
                             .maxvalue = 10,
                             .cycle = true,
                             .cache = 3,
                             .always = true}));
  EXPECT_EQ(columns[1].identity,
            (IdentityOptions{.start = 1,
                             .increment = 1,
                             .minvalue = 1,
                             .maxvalue = 32767,
                             .cycle = false,
                             .cache = 1}));
  EXPECT_EQ(columns[1].autoincrement, Autoincrement::yes);
}

TEST_F(PostgreSQLReflection, TellsDefaultsFromWhatIsComputed) {
  run("CREATE TABLE t (a integer DEFAULT 1 + 1, b text DEFAULT 'it''s',"
      " c integer GENERATED ALWAYS AS (a * 2) STORED)");
  const auto columns = Inspector(*engine).get_columns("t");
  EXPECT_EQ(shown(columns),
            (Names{"a INTEGER default (1 + 1)",
                   "b TEXT default 'it''s'::text",
                   "c INTEGER as (a * 2)"}));
  EXPECT_EQ(columns[2].computed->persisted, true);
}

TEST_F(PostgreSQLReflection, ReadsComments) {
  run("CREATE TABLE t (a integer); COMMENT ON TABLE t IS 'it''s a table';"
      "COMMENT ON COLUMN t.a IS 'its a'; CREATE TABLE bare (a integer)");
  Inspector inspector(*engine);
  EXPECT_EQ(inspector.get_table_comment("t"), "it's a table");
  EXPECT_EQ(inspector.get_columns("t").front().comment, "its a");
  EXPECT_EQ(inspector.get_table_comment("bare"), "");
}

// -- constraints and indexes ------------------------------------------------------------

TEST_F(PostgreSQLReflection, ReadsKeysInTheirOrder) {
  run("CREATE TABLE t (a integer, b integer, c integer,"
      " CONSTRAINT \"The Key\" PRIMARY KEY (c, a) DEFERRABLE,"
      " CONSTRAINT uq UNIQUE (b, a) DEFERRABLE INITIALLY DEFERRED, UNIQUE (b))");
  Inspector inspector(*engine);
  const ReflectedPrimaryKey key = inspector.get_pk_constraint("t");
  EXPECT_EQ(key.name, "The Key");
  EXPECT_EQ(key.constrained_columns, (Names{"c", "a"}));
  EXPECT_EQ(key.deferrable, true);
  EXPECT_EQ(key.initially, "");
  EXPECT_EQ(shown(inspector.get_unique_constraints("t")),
            (Names{"t_b_key(b)", "uq(b, a) deferrable DEFERRED"}));
  EXPECT_TRUE(inspector.get_indexes("t").empty());
}

TEST_F(PostgreSQLReflection, ReadsForeignKeysWithAllOptions) {
  run("CREATE SCHEMA other; CREATE TABLE other.p (id integer PRIMARY KEY);"
      "CREATE TABLE p (a integer, b integer, \"C\" integer UNIQUE, PRIMARY KEY (b, a));"
      "CREATE TABLE t (x integer, y integer, z integer,"
      " CONSTRAINT a FOREIGN KEY (x, y) REFERENCES p (a, b) MATCH FULL"
      " ON UPDATE CASCADE ON DELETE SET NULL,"
      " CONSTRAINT b FOREIGN KEY (z) REFERENCES p (\"C\") ON DELETE RESTRICT"
      " ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED,"
      " CONSTRAINT c FOREIGN KEY (z) REFERENCES other.p DEFERRABLE)");
  EXPECT_EQ(
      shown(Inspector(*engine).get_foreign_keys("t")),
      (Names{"a(x, y) to p(a, b) on update CASCADE on delete SET NULL match FULL",
             "b(z) to p(C) on update SET DEFAULT on delete RESTRICT deferrable initially "
             "DEFERRED",
             "c(z) to other.p(id) deferrable"}));
}

TEST_F(PostgreSQLReflection, ReadsChecksWithoutTheirParentheses) {
  run("CREATE TABLE t (a integer, b text, c boolean,"
      " CONSTRAINT a CHECK (a > 1 AND (a < 5 OR b = ')')), CONSTRAINT b CHECK (c),"
      " CONSTRAINT c CHECK ((a > 1) IS TRUE) NO INHERIT);"
      "ALTER TABLE t ADD CONSTRAINT d CHECK (a > 0) NOT VALID");
  EXPECT_EQ(shown(Inspector(*engine).get_check_constraints("t")),
            (Names{"a((a > 1) AND ((a < 5) OR (b = ')'::text)))",
                   "b(c)",
                   "c((a > 1) IS TRUE)",
                   "d(a > 0)"}));
}

/// As it is after another round through PostgreSQL, which changes it once.
TEST_F(PostgreSQLReflection, ReadsWhatIsAmongOthersAsItStays) {
  run("CREATE TABLE t (a varchar(9), b integer[],"
      " CONSTRAINT a CHECK (a IN ('x', 'it''s, ]')),"
      " CONSTRAINT b CHECK (b <> ARRAY[1, 2] AND a NOT IN ('(ARRAY[', 'z')),"
      " CONSTRAINT c CHECK (a = '(ARRAY['))");
  const Names checks = shown(Inspector(*engine).get_check_constraints("t"));
  EXPECT_EQ(checks,
            (Names{"a((a)::text = ANY (ARRAY[('x'::character varying)::text, "
                   "('it''s, ]'::character varying)::text]))",
                   "b((b <> ARRAY[1, 2]) AND ((a)::text <> ALL "
                   "(ARRAY[('(ARRAY['::character varying)::text, "
                   "('z'::character varying)::text])))",
                   "c((a)::text = '(ARRAY['::text)"}));
  std::string copy = "CREATE TABLE copy (a varchar(9), b integer[]";
  for (const ReflectedCheckConstraint& check :
       Inspector(*engine).get_check_constraints("t"))
    copy += ", CONSTRAINT " + check.name + " CHECK (" + check.sqltext + ")";
  run(copy + ")");
  EXPECT_EQ(shown(Inspector(*engine).get_check_constraints("copy")), checks);
}

TEST_F(PostgreSQLReflection, ReadsIndexesWithAllThatIsSaidOfThem) {
  run("CREATE TABLE t (a integer, \"B\" text, c integer[]);"
      "CREATE INDEX i1 ON t (a, \"B\");"
      "CREATE UNIQUE INDEX i2 ON t (a DESC, \"B\" NULLS FIRST) WHERE a > 5;"
      "CREATE INDEX i3 ON t (lower(\"B\"), (a + 1) DESC NULLS LAST);"
      "CREATE INDEX i4 ON t USING gin (c) WITH (fastupdate = off);"
      "CREATE INDEX i5 ON t (a) INCLUDE (\"B\", c) WITH (fillfactor = 70);"
      "CREATE INDEX i6 ON t (\"B\" text_pattern_ops, \"B\" COLLATE \"C\")");
  EXPECT_EQ(shown(Inspector(*engine).get_indexes("t")),
            (Names{"i1(a, B)",
                   "unique i2(a, B) as (a DESC, \"B\" NULLS FIRST) where (a > 5)",
                   "i3() as (lower(\"B\"), ((a + 1)) DESC NULLS LAST)",
                   "i4(c) using gin with fastupdate = off",
                   "i5(a) including (B, c) with fillfactor = 70",
                   "i6(B, B) as (\"B\" text_pattern_ops, \"B\" COLLATE \"C\")"}));
}

TEST_F(PostgreSQLReflection, LeavesOutTheIndexesOfConstraints) {
  run("CREATE TABLE t (a integer PRIMARY KEY, b integer UNIQUE, r int4range,"
      " EXCLUDE USING gist (r WITH &&))");
  EXPECT_TRUE(Inspector(*engine).get_indexes("t").empty());
}

// -- names ------------------------------------------------------------------------------

TEST_F(PostgreSQLReflection, ListsWhatASchemaHas) {
  run("CREATE SCHEMA other; CREATE SCHEMA \"Odd one\"; CREATE SCHEMA pgish;"
      "CREATE TABLE t (a integer) PARTITION BY RANGE (a);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2);"
      "CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;"
      "CREATE SEQUENCE s; CREATE TABLE other.o (a serial);"
      "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER f FOREIGN DATA WRAPPER w;"
      "CREATE FOREIGN TABLE far (a integer NOT NULL) SERVER f");
  Inspector inspector(*engine);
  EXPECT_EQ(inspector.default_schema_name(), "public");
  EXPECT_EQ(inspector.get_schema_names(),
            (Names{"Odd one", "information_schema", "other", "pgish", "public"}));
  EXPECT_EQ(inspector.get_table_names(), (Names{"t", "t1"}));
  EXPECT_EQ(inspector.get_table_names("public"), (Names{"t", "t1"}));
  EXPECT_EQ(inspector.get_table_names("other"), (Names{"o"}));
  EXPECT_EQ(inspector.get_view_names(), (Names{"m", "v"}));
  EXPECT_EQ(inspector.get_foreign_table_names(), (Names{"far"}));
  EXPECT_EQ(inspector.get_sequence_names(), (Names{"s"}));
  EXPECT_EQ(inspector.get_sequence_names("other"), (Names{"o_a_seq"}));
  EXPECT_EQ(inspector.get_table_options("t"), (Names{"PARTITION BY RANGE (a)"}));
  EXPECT_EQ(shown(inspector.get_columns("far")), (Names{"a INTEGER not null"}));
  EXPECT_EQ(shown(inspector.get_columns("m")), (Names{"one INTEGER"}));
}

TEST_F(PostgreSQLReflection, ReadsSequences) {
  run("CREATE SEQUENCE s START 10 INCREMENT 5 MAXVALUE 1000 CACHE 3 CYCLE");
  const std::vector<ReflectedSequence> sequences = Inspector(*engine).get_sequences();
  ASSERT_EQ(sequences.size(), 1U);
  EXPECT_EQ(sequences.front(),
            (ReflectedSequence{.name = "s",
                               .options = {.start = 10,
                                           .increment = 5,
                                           .minvalue = 1,
                                           .maxvalue = 1000,
                                           .cycle = true,
                                           .cache = 3}}));
}

TEST_F(PostgreSQLReflection, FindsWhatTheSearchPathFinds) {
  run("CREATE SCHEMA first; CREATE SCHEMA hidden;"
      "CREATE TABLE first.t (a integer); CREATE TABLE hidden.t (b integer);"
      "CREATE TABLE public.p (id integer PRIMARY KEY);"
      "CREATE TABLE hidden.h (id integer PRIMARY KEY);"
      "CREATE TABLE first.r (p integer REFERENCES p, h integer REFERENCES hidden.h)");
  Connection connection(*engine);
  connection.exec_driver_sql("SET search_path TO first, public");
  Inspector inspector(connection);
  EXPECT_EQ(inspector.default_schema_name(), "first");
  EXPECT_EQ(inspector.get_table_names(), (Names{"r", "t"}));
  EXPECT_TRUE(inspector.has_table("t"));
  EXPECT_TRUE(inspector.has_table("p"));
  EXPECT_FALSE(inspector.has_table("h"));
  EXPECT_TRUE(inspector.has_table("h", "hidden"));
  EXPECT_EQ(shown(inspector.get_columns("t")), (Names{"a INTEGER"}));
  EXPECT_EQ(shown(inspector.get_foreign_keys("r")),
            (Names{"r_h_fkey(h) to hidden.h(id)", "r_p_fkey(p) to p(id)"}));
}

/// Within the schema that is asked for, what is referred to is named with it.
TEST_F(PostgreSQLReflection, NamesTheSchemaThatWasGiven) {
  run("CREATE SCHEMA other; CREATE TABLE other.p (id serial PRIMARY KEY);"
      "CREATE TABLE other.t (p integer REFERENCES other.p)");
  MetaData metadata;
  metadata.reflect(*engine, {.schema = "other"});
  ASSERT_NE(metadata.find("other.t"), nullptr);
  EXPECT_EQ(metadata["other.t"].foreign_key_constraints().front()->referred_table().key(),
            "other.p");
  Connection connection(*engine);
  connection.exec_driver_sql("SET search_path TO other");
  EXPECT_EQ(Inspector(connection).get_columns("p", "other").front().default_,
            "nextval('\"other\".p_id_seq'::regclass)");
}

TEST_F(PostgreSQLReflection, TellsThatATableIsNotThere) {
  run("CREATE TABLE t (a integer PRIMARY KEY); CREATE SEQUENCE s");
  Inspector inspector(*engine);
  EXPECT_THROW(static_cast<void>(inspector.get_table("nope")), NoSuchTableError);
  EXPECT_THROW(static_cast<void>(inspector.get_columns("t", "nope")), NoSuchTableError);
  EXPECT_THROW(static_cast<void>(inspector.get_view_definition("t")), NoSuchTableError);
  EXPECT_FALSE(inspector.has_table("s"));
  EXPECT_FALSE(inspector.has_table("t_pkey"));
  EXPECT_TRUE(inspector.get_columns("t").size() == 1);
}

TEST_F(PostgreSQLReflection, ReadsViews) {
  run("CREATE TABLE t (a integer); CREATE VIEW v AS SELECT a AS b FROM t;"
      "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one");
  Inspector inspector(*engine);
  EXPECT_EQ(inspector.get_view_definition("v"), " SELECT t.a AS b\n   FROM t;");
  EXPECT_EQ(inspector.get_view_definition("m"), " SELECT 1 AS one;");
}

TEST_F(PostgreSQLReflection, LeavesOutWhatTheServerMakesOfPartitions) {
  run("CREATE TABLE p (id integer PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);"
      "CREATE TABLE t (id integer REFERENCES p)");
  EXPECT_EQ(shown(Inspector(*engine).get_foreign_keys("t")),
            (Names{"t_id_fkey(id) to p(id)"}));
}

// -- all of it --------------------------------------------------------------------------

TEST_F(PostgreSQLReflection, AsksTheSameForAnyNumberOfColumns) {
  std::string wide;
  for (int i = 0; i < 200; ++i)
    wide += ", c" + std::to_string(i) + " mood CHECK (c" + std::to_string(i) +
            " <> 'sad') UNIQUE REFERENCES few";
  run("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE few (a mood PRIMARY KEY);"
      "CREATE TABLE many (a serial PRIMARY KEY" +
      wide + ")");
  StatementCount statements(*engine);
  Inspector inspector(*engine);
  EXPECT_EQ(inspector.get_table("few").columns.size(), 1U);
  const int for_few = std::exchange(statements.count, 0);
  EXPECT_EQ(inspector.get_table("many").columns.size(), 201U);
  EXPECT_EQ(statements.count, for_few);
  EXPECT_EQ(for_few, 6);
}

/// What a database has: tables by schema and name.
std::vector<std::pair<std::string, ReflectedTable>> described(Engine& engine,
                                                              const Names& schemas) {
  std::vector<std::pair<std::string, ReflectedTable>> all;
  Inspector inspector(engine);
  for (const std::string& schema : schemas)
    for (const std::string& table : inspector.get_table_names(schema))
      all.emplace_back(schema + "." + table, inspector.get_table(table, schema));
  return all;
}

/// A database beside the test's own, which is dropped with this.
class OtherDatabase {
 public:
  OtherDatabase(const std::string& url, const std::string& name)
      : url_(create_postgresql_database(url, name + std::to_string(::getpid()))) {}
  OtherDatabase(const OtherDatabase&) = delete;
  OtherDatabase& operator=(const OtherDatabase&) = delete;
  ~OtherDatabase() { drop_postgresql_database(url_); }

  const std::string& url() const noexcept { return url_; }

 private:
  const std::string url_;
};

class PostgreSQLRoundTrip : public PostgreSQLReflection {
 protected:
  /// Reflects all, creates it in another database, and reflects that.
  void expect_equal_copy(const Names& schemas) {
    const OtherDatabase other(url(), "hark_copy_");
    MetaData metadata;
    for (const std::string& schema : schemas)
      metadata.reflect(*engine, {.schema = schema});
    Engine copy = create_engine(other.url());
    for (const std::string& schema : schemas)
      if (!schema.empty())
        copy.begin(
            [&](Connection& connection) { connection.execute(CreateSchema(schema)); });
    metadata.create_all(copy);
    const auto here = described(*engine, schemas);
    const auto there = described(copy, schemas);
    ASSERT_EQ(here.size(), there.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      EXPECT_EQ(here[i].first, there[i].first);
      EXPECT_TRUE(here[i].second == there[i].second) << here[i].first;
      EXPECT_EQ(shown(here[i].second.columns), shown(there[i].second.columns));
      EXPECT_EQ(shown(here[i].second.indexes), shown(there[i].second.indexes));
    }
    metadata.drop_all(copy);
    EXPECT_TRUE(described(copy, schemas).empty());
    EXPECT_TRUE(Inspector(copy).get_enums().empty());
  }
};

TEST_F(PostgreSQLRoundTrip, OfTypes) {
  run("CREATE TYPE mood AS ENUM ('sad', 'it''s ok');"
      "CREATE TABLE kinds (a mood DEFAULT 'sad', b mood[], c varchar(10), d varchar,"
      " e char(3), f text COLLATE \"C\", g numeric, h numeric(10, 2), i numeric(5),"
      " j numeric(3, -2), k real, l double precision, m boolean DEFAULT true, n date,"
      " o timestamp, p timestamp(3), q timestamptz DEFAULT now(), r timestamptz(0),"
      " s time, t time(2), u timetz, v timetz(1), w interval, x interval(3),"
      " y interval year to month, z interval second(2));"
      "CREATE TABLE others (a bytea, b json, c jsonb, d uuid, e inet, f cidr, g macaddr,"
      " h bit, i bit(5), j bit varying, k bit varying(7), l money, m tsvector,"
      " n integer[], o varchar(5)[][], p timestamptz(3)[], q int4range, r xml, s oid,"
      " t regclass, u \"char\", v name, w point, x smallint, y mood)");
  expect_equal_copy({""});
}

TEST_F(PostgreSQLRoundTrip, OfWhatCounts) {
  run("CREATE SEQUENCE tickets START 10 INCREMENT 5 CYCLE MAXVALUE 1000;"
      "CREATE TABLE a (id bigserial PRIMARY KEY, n serial,"
      " t integer DEFAULT nextval('tickets'));"
      "CREATE TABLE b (x serial, y serial, z smallserial, PRIMARY KEY (x, y));"
      "CREATE TABLE c (id integer PRIMARY KEY);"
      "CREATE TABLE d (id integer GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY,"
      " n bigint GENERATED BY DEFAULT AS IDENTITY);"
      "CREATE TABLE \"E f\" (\"The id\" serial PRIMARY KEY);"
      "CREATE SEQUENCE e_id_seq;"
      "CREATE TABLE e (id serial PRIMARY KEY)");  // by e_id_seq1
  expect_equal_copy({""});
}

TEST_F(PostgreSQLRoundTrip, OfConstraintsAndIndexes) {
  run("CREATE TABLE p (a integer, b integer, \"C\" integer UNIQUE,"
      " CONSTRAINT \"Its Key\" PRIMARY KEY (b, a) DEFERRABLE INITIALLY DEFERRED,"
      " UNIQUE (a, b));"
      "CREATE TABLE t (id serial PRIMARY KEY, x integer, y integer, z integer, w text,"
      " n integer[], d integer GENERATED ALWAYS AS (x * 2) STORED,"
      " CONSTRAINT fk FOREIGN KEY (x, y) REFERENCES p (a, b) MATCH FULL"
      " ON UPDATE CASCADE ON DELETE SET NULL,"
      " FOREIGN KEY (z) REFERENCES p (\"C\") ON DELETE RESTRICT DEFERRABLE,"
      " FOREIGN KEY (y) REFERENCES t ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED,"
      " CONSTRAINT uq UNIQUE (x, w) DEFERRABLE INITIALLY DEFERRED,"
      " CHECK (x > 1 AND (y < 5 OR w = ')')), CONSTRAINT \"Ck\" CHECK (x <> y));"
      "CREATE UNIQUE INDEX i2 ON t (x DESC, w NULLS FIRST) WHERE x > 5;"
      "CREATE INDEX i3 ON t (lower(w), (x + 1) DESC NULLS LAST);"
      "CREATE INDEX i4 ON t USING gin (n) WITH (fastupdate = off);"
      "CREATE INDEX i5 ON t (x) INCLUDE (w, n) WITH (fillfactor = 70);"
      "CREATE INDEX i6 ON t (w text_pattern_ops, w COLLATE \"C\");"
      "CREATE INDEX \"I 7\" ON t USING hash (w);"
      "COMMENT ON TABLE t IS 'it''s'; COMMENT ON COLUMN t.w IS 'a \"word\"';"
      "CREATE TABLE u (a integer NOT NULL) PARTITION BY RANGE (a);"
      "CREATE TABLE one (id integer PRIMARY KEY, other integer);"
      "CREATE TABLE other (id integer PRIMARY KEY, one integer REFERENCES one);"
      "ALTER TABLE one ADD CONSTRAINT cyclic FOREIGN KEY (other) REFERENCES other;"
      "CREATE TABLE nothing ()");
  expect_equal_copy({""});
}

TEST_F(PostgreSQLRoundTrip, OfSchemas) {
  run("CREATE SCHEMA \"Odd one\"; CREATE SCHEMA other;"
      "CREATE TYPE other.color AS ENUM ('red');"
      "CREATE TABLE p (id serial PRIMARY KEY);"
      "CREATE TABLE other.t (id serial PRIMARY KEY, n serial, c other.color,"
      " p integer REFERENCES p, \"T\" integer UNIQUE);"
      "CREATE INDEX ix ON other.t (c);"
      "CREATE TABLE \"Odd one\".\"T t\" (\"Id\" serial PRIMARY KEY,"
      " t integer REFERENCES other.t (\"T\"), u integer REFERENCES \"Odd one\".\"T t\")");
  expect_equal_copy({"", "other", "Odd one"});
}

}  // namespace
}  // namespace hark::test
