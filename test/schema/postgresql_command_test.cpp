// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/postgresql.hpp>
#include <hark/schema.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "cli/schema_postgresql.hpp"
#include "support/program.hpp"
#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::run;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A database beside the test's own, which is dropped with this.
class OtherDatabase {
 public:
  OtherDatabase(const std::string& url, const std::string& name)
      : url_(test::create_postgresql_database(url, name + std::to_string(::getpid()))) {}
  OtherDatabase(const OtherDatabase&) = delete;
  OtherDatabase& operator=(const OtherDatabase&) = delete;
  ~OtherDatabase() { test::drop_postgresql_database(url_); }

  const std::string& url() const noexcept { return url_; }

 private:
  const std::string url_;
};

constexpr const char* shop = R"(
CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
CREATE TYPE unused AS ENUM ('a');
CREATE SEQUENCE tickets START 10 INCREMENT 5;
CREATE TABLE customer (
  id serial PRIMARY KEY,
  name varchar(40) NOT NULL DEFAULT 'it''s',
  mood mood DEFAULT 'sad',
  tags text[] DEFAULT '{}',
  home inet,
  born timestamptz DEFAULT now(),
  ticket integer DEFAULT nextval('tickets'),
  number bigint GENERATED ALWAYS AS IDENTITY (START 5),
  twice integer GENERATED ALWAYS AS (id * 2) STORED,
  CONSTRAINT uq UNIQUE (name, born) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck CHECK (name IN ('a', 'b') OR name LIKE 'c%')
);
COMMENT ON TABLE customer IS 'who pays';
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer integer REFERENCES customer ON DELETE CASCADE DEFERRABLE,
  at date NOT NULL
);
CREATE INDEX ix_lower ON customer (lower(name), born DESC NULLS LAST) WHERE name <> 'x';
CREATE INDEX ix_tags ON customer USING gin (tags);
CREATE INDEX ix_covering ON orders (customer) INCLUDE (at) WITH (fillfactor = 70);
CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at);
CREATE VIEW z AS SELECT id, name FROM customer;
CREATE VIEW a AS SELECT name FROM z;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM orders;
)";

class PostgreSQLCommand : public test::PostgresTest {
 protected:
  /// Executes a script by `hark trace`.
  static Finished load(const std::string& into, const std::string& script) {
    return run({"trace", into, "-"}, {.input = script});
  }

  /// What `hark schema` prints of the database, when it is made by this script.
  Finished schema_of(const std::string& script, std::vector<std::string> options = {}) {
    const Finished loaded = load(url(), script);
    EXPECT_EQ(loaded.code, 0) << loaded.out << loaded.err;
    std::vector<std::string> arguments{"schema", url()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments);
  }
};

TEST_F(PostgreSQLCommand, PrintsWhatCreatesTheSameSchema) {
  const Finished printed = schema_of(shop);
  ASSERT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.err, "");

  const OtherDatabase database(url(), "hark_copy_");
  const std::string& copy = database.url();
  const Finished loaded = load(copy, printed.out);
  EXPECT_EQ(loaded.code, 0) << loaded.err << printed.out;
  const Finished compared = run({"schema", "--diff", url(), copy});
  EXPECT_EQ(compared.out, "");
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_EQ(run({"schema", copy}).out, printed.out);
}

TEST_F(PostgreSQLCommand, WritesWhatSqliteTakes) {
  const Finished printed = schema_of(shop, {"--dialect", "sqlite"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  const Finished loaded =
      run({"trace", "sqlite://", "-"},
          {.input = printed.out + "INSERT INTO customer (name) VALUES ('cd'), ('b');"
                                  "INSERT INTO orders (customer, at) VALUES (1, 'x');"});
  EXPECT_EQ(loaded.code, 0) << loaded.err << printed.out;
  EXPECT_TRUE(contains(printed.out, "mood VARCHAR(7) DEFAULT 'sad'")) << printed.out;
  EXPECT_TRUE(contains(printed.out, "home TEXT")) << printed.out;
  EXPECT_TRUE(contains(printed.err, "a type that only postgresql has is written as TEXT"))
      << printed.err;
  EXPECT_TRUE(contains(printed.err, "customer.home INET")) << printed.err;
  EXPECT_TRUE(contains(printed.err, "sqlite has no gin indexes")) << printed.err;
  EXPECT_TRUE(contains(printed.err, "customer.ticket")) << printed.err;
}

TEST_F(PostgreSQLCommand, WritesEnumsAndCountersForMySql) {
  const Finished printed = schema_of(shop, {"--dialect", "mysql"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  EXPECT_TRUE(contains(printed.out, "mood ENUM('sad','it''s ok') DEFAULT 'sad'"))
      << printed.out;
  EXPECT_TRUE(contains(printed.out, "id INTEGER NOT NULL AUTO_INCREMENT")) << printed.out;
  EXPECT_FALSE(contains(printed.out, "::")) << printed.out;
  EXPECT_FALSE(contains(printed.out, "nextval")) << printed.out;
}

TEST_F(PostgreSQLCommand, DrawsDiagrams) {
  const Finished dot = schema_of(shop, {"--dot"});
  EXPECT_EQ(dot.code, 0) << dot.err;
  EXPECT_TRUE(contains(dot.out, "\"orders\":c2 -> \"customer\":c1")) << dot.out;
  EXPECT_TRUE(contains(dot.out, "ENUM('sad', 'it''s ok')")) << dot.out;
  const Finished mermaid = run({"schema", url(), "--mermaid"});
  EXPECT_EQ(mermaid.code, 0) << mermaid.err;
  EXPECT_TRUE(contains(mermaid.out, "\"customer\" |o--o{ \"orders\" : \"customer\""))
      << mermaid.out;
}

TEST_F(PostgreSQLCommand, TellsAllAsJson) {
  const Finished printed = schema_of(shop, {"--json"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  const auto schema = nlohmann::json::parse(printed.out);
  EXPECT_EQ(schema["dialect"], "postgresql");
  const auto& customer = schema["tables"][0];
  EXPECT_EQ(customer["name"], "customer");
  EXPECT_EQ(customer["comment"], "who pays");
  EXPECT_EQ(customer["columns"][7]["identity"]["start"], 5);
  EXPECT_EQ(customer["columns"][7]["identity"]["always"], true);
  EXPECT_EQ(customer["columns"][6]["sequence"]["name"], "tickets");
  EXPECT_EQ(customer["columns"][3]["type"], "TEXT[]");
  EXPECT_EQ(customer["indexes"][1]["using"], "gin");
  EXPECT_EQ(schema["tables"][1]["options"][0], "PARTITION BY RANGE (at)");
  EXPECT_EQ(schema["tables"][2]["indexes"][0]["include"][0], "at");
  EXPECT_EQ(schema["enums"][0]["values"][1], "it's ok");
  ASSERT_EQ(schema["sequences"].size(), 1U);
  EXPECT_EQ(schema["sequences"][0]["increment"], 5);
  EXPECT_EQ(schema["views"].size(), 3U);
}

TEST_F(PostgreSQLCommand, TellsHowTwoDiffer) {
  ASSERT_EQ(load(url(), shop).code, 0);
  const OtherDatabase database(url(), "hark_other_");
  const std::string& other = database.url();
  ASSERT_EQ(load(other, shop).code, 0);
  ASSERT_EQ(load(other,
                 "ALTER TYPE unused ADD VALUE 'b';"
                 "ALTER TABLE customer ALTER number RESTART SET INCREMENT 7;"
                 "ALTER SEQUENCE tickets INCREMENT 6;"
                 "ALTER TABLE customer ALTER home TYPE cidr;"
                 "DROP INDEX ix_covering; CREATE INDEX ix_covering ON orders (customer)")
                .code,
            0);
  const Finished compared = run({"schema", "--diff", url(), other});
  EXPECT_EQ(compared.code, 1) << compared.err;
  for (const char* line :
       {"type unused: of (a) in the first, (a, b) in the second",
        "column number: identity ALWAYS START 5 INCREMENT 1",
        "sequence tickets: START 10 INCREMENT 5",
        "column ticket: sequence START 10 INCREMENT 5",
        "column home: type INET in the first, CIDR in the second",
        "index ix_covering: including (at) in the first, () in the second",
        "index ix_covering: with fillfactor = 70 in the first, none in the second"})
    EXPECT_TRUE(contains(compared.out, line)) << line << "\n" << compared.out;
}

constexpr const char* oddities = R"(
CREATE TABLE p (a integer PRIMARY KEY, b integer CHECK (b > 0)) PARTITION BY LIST (a);
CREATE INDEX ON p (b);
CREATE TABLE "P 1" PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p DEFAULT;
CREATE TABLE q (a integer CHECK (a > 0) NO INHERIT, b integer REFERENCES p);
ALTER TABLE q ADD CONSTRAINT late CHECK (b > 0) NOT VALID;
CREATE TABLE r (c integer) INHERITS (q);
CREATE UNLOGGED TABLE u (r int4range, EXCLUDE USING gist (r WITH &&));
ALTER TABLE u ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER t AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION f();
)";

TEST_F(PostgreSQLCommand, SaysWhatItLeavesOut) {
  const Finished printed = schema_of(oddities);
  EXPECT_EQ(printed.code, 0);
  EXPECT_EQ(printed.err,
            "hark: warning: ROW LEVEL SECURITY is left out: u\n"
            "hark: warning: a trigger is left out: t\n");
  const Finished for_sqlite = run({"schema", url(), "--dialect", "sqlite"});
  for (const char* said :
       {"PARTITION OF p FOR VALUES IN (1) is left out: P 1",
        "PARTITION BY LIST (a) is left out: p",
        "UNLOGGED is left out: u",
        "INHERITS q is left out: r",
        "CONSTRAINT u_r_excl EXCLUDE USING gist (r WITH &&) is left out"})
    EXPECT_TRUE(contains(for_sqlite.err, said)) << said << "\n" << for_sqlite.err;
}

TEST_F(PostgreSQLCommand, SaysBehindATableWhatCannotBeSaidWithin) {
  const Finished printed = schema_of(oddities);
  const OtherDatabase database(url(), "hark_copy_");
  const std::string& copy = database.url();
  const Finished loaded = load(copy, printed.out);
  EXPECT_EQ(loaded.code, 0) << loaded.err << printed.out;
  const Finished compared = run({"schema", "--diff", url(), copy});
  EXPECT_EQ(compared.out,
            "table u, option ROW LEVEL SECURITY: only in the first\n"
            "trigger t: only in the first\n");
}

TEST_F(PostgreSQLCommand, WritesASchemaByItsName) {
  const std::string script = R"(
CREATE SCHEMA shop; CREATE TYPE shop.mood AS ENUM ('sad');
CREATE TABLE public.p (id serial PRIMARY KEY);
CREATE TABLE shop.t (id serial PRIMARY KEY, m shop.mood, p integer REFERENCES public.p,
                     t integer REFERENCES shop.t);
CREATE VIEW shop.v AS SELECT id FROM shop.t;
)";
  const Finished printed = schema_of(script, {"--schema", "shop"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  const OtherDatabase database(url(), "hark_copy_");
  const std::string& copy = database.url();
  const Finished loaded = load(
      copy,
      "CREATE SCHEMA shop; CREATE TABLE public.p (id serial PRIMARY KEY);" + printed.out);
  EXPECT_EQ(loaded.code, 0) << loaded.err << printed.out;
  const Finished compared = run({"schema", "--diff", url(), copy, "--schema", "shop"});
  EXPECT_EQ(compared.out, "");
  EXPECT_EQ(compared.code, 0);
}

/// As scripts do that were written for psql.
TEST_F(PostgreSQLCommand, GoesOverToAnotherDatabase) {
  const std::string name = "hark_switched_" + std::to_string(::getpid());
  const Finished loaded =
      load(url(),
           "DROP DATABASE IF EXISTS " + name + ";\nCREATE DATABASE " + name + ";\n\\c " +
               name + ";\nCREATE TABLE here (a integer);\n");
  EXPECT_EQ(loaded.code, 0) << loaded.err;
  EXPECT_FALSE(contains(run({"schema", url()}).out, "here"));
  URL other(url());
  other.database = name;
  EXPECT_TRUE(contains(run({"schema", other.render(false)}).out, "CREATE TABLE here"));
  const Finished back = load(other.render(false),
                             "\\connect \"postgres\"\nDROP DATABASE " + name +
                                 ";\n\\c nowhere_at_all\nSELECT 1;");
  EXPECT_EQ(back.code, 1);
  EXPECT_TRUE(contains(back.err, "nowhere_at_all")) << back.err;
  EXPECT_FALSE(contains(back.err, "DROP DATABASE")) << back.err;
}

TEST(StandardSqlTest, IsWithoutPostgresqlsOwnWords) {
  EXPECT_EQ(in_standard_sql("'a'::character varying"), "'a'");
  EXPECT_EQ(in_standard_sql("'a'::character varying(5)[]"), "'a'");
  EXPECT_EQ(in_standard_sql("'x'::timestamp(3) without time zone = b"), "'x' = b");
  EXPECT_EQ(in_standard_sql("'sad'::\"The\".\"Mood\""), "'sad'");
  EXPECT_EQ(in_standard_sql("'sad'::public.mood"), "'sad'");
  EXPECT_EQ(in_standard_sql("(a)::numeric > (0)::numeric"), "(a) > (0)");
  EXPECT_EQ(in_standard_sql("(a)::text = ANY ((ARRAY['x'::character varying, "
                            "'y'::character varying])::text[])"),
            "(a) IN ('x', 'y')");
  EXPECT_EQ(in_standard_sql("a <> ALL (ARRAY[1, 2]) AND b"), "a NOT IN (1, 2) AND b");
  EXPECT_EQ(in_standard_sql("a ~~ 'x%'::text OR a !~~ 'y'"),
            "a LIKE 'x%' OR a NOT LIKE 'y'");
  EXPECT_EQ(in_standard_sql("now()"), "CURRENT_TIMESTAMP");
  EXPECT_EQ(in_standard_sql("'::text now() ~~'"), "'::text now() ~~'");
  EXPECT_EQ(in_standard_sql("a = ANY (b)"), "a = ANY (b)");
}

}  // namespace
}  // namespace hark::cli
