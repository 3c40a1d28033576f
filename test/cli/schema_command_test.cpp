// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <linux/securebits.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>
#include <sys/prctl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/schema_diff.hpp"
#include "support/program.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::run;

/// Databases of SQLite, each made by a script as the database's own shell would make it.
class Databases {
 public:
  std::string make(const std::string& name, const std::string& script) const {
    const std::string file = folder_.path(name);
    sqlite3* opened = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &opened), SQLITE_OK);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened,
                                                                      sqlite3_close);
    EXPECT_EQ(sqlite3_exec(opened, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(opened) << " in " << script;
    return url(name);
  }
  std::string url(std::string_view name) const {
    return "sqlite:///" + folder_.path(name);
  }
  std::string path(std::string_view name) const { return folder_.path(name); }

 private:
  test::Folder folder_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What `hark schema` prints of a database that the script makes.
Finished schema_of(const std::string& script, std::vector<std::string> options = {}) {
  const Databases databases;
  std::vector<std::string> arguments{"schema", databases.make("a.db", script)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run(arguments);
}

Finished difference(const std::string& one,
                    const std::string& other,
                    std::vector<std::string> options = {}) {
  const Databases databases;
  std::vector<std::string> arguments{
      "schema", "--diff", databases.make("a.db", one), databases.make("b.db", other)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run(arguments);
}

constexpr const char* music = R"(
CREATE TABLE track (
  id INTEGER PRIMARY KEY,
  title VARCHAR(160) NOT NULL DEFAULT 'it''s',
  "album" INTEGER NOT NULL REFERENCES album ON DELETE CASCADE ON UPDATE SET NULL,
  price NUMERIC(10, 2) DEFAULT (1 + 1) CHECK (price > 0),
  anything,
  seconds FLOAT,
  minutes FLOAT GENERATED ALWAYS AS (seconds / 60) STORED,
  UNIQUE (album, title),
  CONSTRAINT ck_title CHECK (length(title) > 0)
);
CREATE TABLE album (id INTEGER PRIMARY KEY, best INTEGER REFERENCES track (id));
CREATE TABLE "odd ""name"", {<b>}" ("order" INT, b TEXT COLLATE NOCASE,
                                  PRIMARY KEY ("order", b));
CREATE TABLE gap (id INTEGER REFERENCES lost (id));
CREATE INDEX ix_title ON track (title, lower(title)) WHERE price IS NOT NULL;
CREATE UNIQUE INDEX ix_b ON "odd ""name"", {<b>}" (b);
CREATE VIEW cheap AS SELECT * FROM track WHERE price < 1 -- dollars
;
CREATE VIEW dear AS SELECT * FROM track;
)";

// -- DDL --------------------------------------------------------------------------------

TEST(SchemaCommandTest, PrintsWhatCreatesTheSameSchema) {
  const Databases databases;
  const std::string original = databases.make("a.db", music);
  const Finished printed = run({"schema", original});
  ASSERT_EQ(printed.code, 0) << printed.err;

  const std::string copy = databases.make("b.db", printed.out);

  const Finished compared = run({"schema", "--diff", original, copy});
  EXPECT_EQ(compared.out, "");
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_EQ(run({"schema", copy}).out, printed.out);
}

TEST(SchemaCommandTest, PutsTablesBehindThoseTheyReferTo) {
  const Finished shown = schema_of(
      "CREATE TABLE a (id INTEGER PRIMARY KEY REFERENCES b);"
      "CREATE TABLE b (id INTEGER PRIMARY KEY)");

  EXPECT_EQ(shown.out,
            "CREATE TABLE b (\n\tid INTEGER, \n\tPRIMARY KEY (id)\n);\n\n"
            "CREATE TABLE a (\n\tid INTEGER, \n\tPRIMARY KEY (id), \n"
            "\tFOREIGN KEY(id) REFERENCES b (id)\n);\n");
}

TEST(SchemaCommandTest, ClosesCyclesByAlterWhereTheDialectAlters) {
  const std::string script =
      "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b);"
      "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)";
  const std::string added = "\n\nALTER TABLE a ADD FOREIGN KEY(b) REFERENCES b (id);\n";

  EXPECT_FALSE(contains(schema_of(script).out, "ALTER"));
  for (const char* dialect : {"postgresql", "mysql"}) {
    const std::string shown = schema_of(script, {"--dialect", dialect}).out;
    EXPECT_TRUE(contains(shown, added)) << shown;
    EXPECT_LT(shown.find("CREATE TABLE b"), shown.find(added));
    EXPECT_FALSE(contains(shown.substr(0, shown.find("ALTER")), "FOREIGN KEY"));
  }
}

TEST(SchemaCommandTest, SaysItInAnotherDialect) {
  const Finished shown = schema_of(
      R"(CREATE TABLE a (id INTEGER PRIMARY KEY, name NVARCHAR(20) DEFAULT "it's",
                         ok BOOLEAN DEFAULT 1, made DATETIME DEFAULT CURRENT_TIMESTAMP,
                         raw BLOB))",
      {"--dialect", "postgresql"});

  EXPECT_EQ(shown.err, "");
  EXPECT_EQ(shown.out,
            "CREATE TABLE a (\n\tid SERIAL, \n"
            "\tname VARCHAR(20) DEFAULT 'it''s', \n"
            "\tok BOOLEAN DEFAULT true, \n"
            "\tmade TIMESTAMP WITHOUT TIME ZONE DEFAULT CURRENT_TIMESTAMP, \n"
            "\traw BYTEA, \n"
            "\tPRIMARY KEY (id)\n);\n");
}

TEST(SchemaCommandTest, WarnsOfWhatTheOtherDialectHasNot) {
  struct Case {
    const char* script;
    const char* dialect;
    const char* warning;
    const char* written;
  };
  const std::vector<Case> cases{
      {"CREATE TABLE t (a)",
       "mysql",
       "a column without a type that is known is written as TEXT: t.a",
       "a TEXT"},
      {"CREATE TABLE t (a FROB)",
       "postgresql",
       "a type that is not known is written as NUMERIC: t.a FROB",
       "a NUMERIC"},
      {"CREATE TABLE t (a TINYBLOB)",
       "postgresql",
       "a column without a type that is known is written as bytes: t.a",
       "a BYTEA"},
      {"CREATE TABLE t (a VARCHAR)",
       "mysql",
       "mysql has no VARCHAR without a length; it is written as TEXT: t.a",
       "a TEXT"},
      {"CREATE TABLE t (a VARCHAR(9) COLLATE NOCASE)",
       "mysql",
       "a COLLATE is sqlite's own, and left out: t.a",
       "a VARCHAR(9)\n"},
      {"CREATE TABLE t (a DATE DEFAULT (date('now')))",
       "postgresql",
       "a DEFAULT is SQL of sqlite, and written as it is: t.a",
       "DEFAULT (date('now'))"},
      {"CREATE TABLE t (a BLOB DEFAULT x'00')",
       "postgresql",
       "a DEFAULT is SQL of sqlite, and written as it is: t.a",
       "DEFAULT x'00'"},
      {"CREATE TABLE t (a INTEGER PRIMARY KEY, b INT REFERENCES t DEFERRABLE)",
       "mysql",
       "mysql has no DEFERRABLE, which is left out: t",
       "FOREIGN KEY(b) REFERENCES t (a)\n"},
      {"CREATE TABLE t (a INTEGER PRIMARY KEY, b INT REFERENCES t MATCH FULL)",
       "mysql",
       "mysql has no MATCH FULL, which is left out: t",
       "FOREIGN KEY(b) REFERENCES t (a)\n"},
      {"CREATE TABLE t (a INTEGER PRIMARY KEY, b REFERENCES t ON DELETE SET DEFAULT)",
       "mysql",
       "mysql has no SET DEFAULT of foreign keys, which is left out: t",
       "FOREIGN KEY(b) REFERENCES t (a)\n"},
      {"CREATE TABLE t (a INTEGER REFERENCES lost (b))",
       "mysql",
       "a foreign key refers to a table that is not there, and is left out: t to lost",
       "a INTEGER\n)"},
      {"CREATE TABLE t (a NUMERIC)",
       "mysql",
       "mysql has no NUMERIC without digits; it is written as its widest, with 30 of 65 "
       "behind the point: t.a",
       "a NUMERIC(65, 30)"},
      {"CREATE TABLE t (a UNSIGNED BIG INT)",
       "postgresql",
       "postgresql has no UNSIGNED, which is left out: t.a",
       "a BIGINT"},
      {"CREATE TABLE t (a INTEGER, b INTEGER AS (a))",
       "postgresql",
       "postgresql has no VIRTUAL columns; they are written as STORED: t.b",
       "(a) STORED"},
      {"CREATE TABLE t (a INTEGER CHECK (a > 0))",
       "mysql",
       "a CHECK is SQL of sqlite, and written as it is: t",
       "CHECK (a > 0)"},
      {"CREATE TABLE t (a INTEGER); CREATE INDEX i ON t (abs(a))",
       "postgresql",
       "an index is SQL of sqlite, and written as it is: t.i",
       "CREATE INDEX i ON t ((abs(a)))"},
      {"CREATE TABLE t (a VARCHAR(9)); CREATE INDEX i ON t (a COLLATE NOCASE DESC)",
       "mysql",
       "a COLLATE is sqlite's own, and left out: t.i",
       "CREATE INDEX i ON t (a DESC)"},
      {"CREATE TABLE t (a INTEGER); CREATE INDEX i ON t (a) WHERE a > 0",
       "mysql",
       "mysql has no indexes of some rows; they are left out: t.i",
       "CREATE TABLE t"},
      {"CREATE TABLE t (a TEXT UNIQUE)",
       "mysql",
       "mysql has no keys and indexes of TEXT; their columns are written as "
       "VARCHAR(255): t.a",
       "a VARCHAR(255), \n\tUNIQUE (a)"},
      {"CREATE TABLE t (a BLOB PRIMARY KEY)",
       "mysql",
       "mysql has no keys and indexes of BLOB; their columns are written as "
       "VARBINARY(255): t.a",
       "a VARBINARY(255), \n\tPRIMARY KEY (a)"},
      {"CREATE TABLE t (a INTEGER); CREATE VIEW v AS SELECT a FROM t",
       "mysql",
       "views are SQL of sqlite, and left out: v",
       "CREATE TABLE t"},
  };
  for (const Case& each : cases) {
    const Finished shown = schema_of(each.script, {"--dialect", each.dialect});
    EXPECT_EQ(shown.code, 0) << each.script;
    EXPECT_TRUE(contains(shown.err, std::string("hark: warning: ") + each.warning + "\n"))
        << each.script << ": " << shown.err;
    EXPECT_TRUE(contains(shown.out, each.written)) << shown.out;
    EXPECT_FALSE(contains(shown.out, "CREATE VIEW"));
    EXPECT_FALSE(contains(shown.out, "WHERE"));
  }
}

TEST(SchemaCommandTest, WritesForMySQLWhatMySQLRuns) {
  const Finished shown = schema_of(
      R"(CREATE TABLE t (a REAL, b DOUBLE PRECISION, c FLOAT, d INT UNSIGNED,
                         e UNSIGNED BIG INT, f TEXT DEFAULT 'x', g DATE DEFAULT CURRENT_DATE,
                         h DATETIME DEFAULT CURRENT_TIMESTAMP, i INT DEFAULT -1,
                         j VARCHAR(9) DEFAULT '\', k NUMERIC(4, 2) DEFAULT 1.5);
         CREATE INDEX x ON t (d DESC, i+1 DESC, i);)",
      {"--dialect", "mysql"});

  EXPECT_EQ(shown.err,
            "hark: warning: an index is SQL of sqlite, and written as it is: t.x\n");
  EXPECT_EQ(shown.out,
            "CREATE TABLE t (\n\ta DOUBLE, \n\tb DOUBLE, \n\tc DOUBLE, \n"
            "\td INTEGER UNSIGNED, \n\te BIGINT UNSIGNED, \n"
            "\tf TEXT DEFAULT ('x'), \n"
            "\tg DATE DEFAULT (CURRENT_DATE), \n"
            "\th DATETIME DEFAULT CURRENT_TIMESTAMP, \n"
            "\ti INTEGER DEFAULT -1, \n"
            "\tj VARCHAR(9) DEFAULT '\\\\', \n"
            "\tk NUMERIC(4, 2) DEFAULT 1.5\n);\n\n"
            "CREATE INDEX x ON t (d DESC, (i+1) DESC, i);\n");
}

TEST(SchemaCommandTest, WarnsOnceOfManyPlaces) {
  const Finished shown =
      schema_of("CREATE TABLE t (a, b); CREATE TABLE u (c)", {"--dialect", "postgresql"});
  EXPECT_EQ(shown.err,
            "hark: warning: a column without a type that is known is written as TEXT: "
            "t.a, t.b, u.c\n");
}

TEST(SchemaCommandTest, WarnsOfWhatDDLLeavesOut) {
  const Finished shown = schema_of(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;"
      "CREATE TABLE w (id INTEGER PRIMARY KEY ON CONFLICT IGNORE) WITHOUT ROWID;"
      "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;"
      "CREATE TABLE gap (id INTEGER REFERENCES lost (id));"
      "CREATE VIRTUAL TABLE words USING fts5 (word)");

  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.err,
            "hark: warning: a foreign key refers to a table that is not there: gap to "
            "lost\n"
            "hark: warning: STRICT is left out: t\n"
            "hark: warning: AUTOINCREMENT is left out: t\n"
            "hark: warning: WITHOUT ROWID is left out: w\n"
            "hark: warning: ON CONFLICT IGNORE is left out: w\n"
            "hark: warning: a virtual table is left out: words\n"
            "hark: warning: a trigger is left out: r\n");
  EXPECT_FALSE(contains(shown.out, "words"));
  EXPECT_FALSE(contains(shown.out, "CREATE TABLE lost"));
}

TEST(SchemaCommandTest, LeavesOutWhatCannotBeSaidAndGoesOn) {
  const Finished shown = schema_of(
      "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER REFERENCES a (none));"
      "CREATE TABLE odd (\"\" INTEGER, x INTEGER PRIMARY KEY);"
      "CREATE TABLE c (id INTEGER REFERENCES odd (x))");

  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out,
            "CREATE TABLE a (\n\tid INTEGER\n);\n\n"
            "CREATE TABLE b (\n\tid INTEGER\n);\n\n"
            "CREATE TABLE c (\n\tid INTEGER\n);\n");
  EXPECT_TRUE(contains(shown.err, "hark: warning: a table is left out, because "))
      << shown.err;
  EXPECT_TRUE(contains(shown.err, ": odd\n"));
  EXPECT_TRUE(contains(shown.err,
                       "hark: warning: a foreign key refers to a column that is not "
                       "there, and is left out: b to a.none\n"));
  EXPECT_TRUE(contains(shown.err,
                       "hark: warning: a foreign key to a table that is left out is left "
                       "out, too: c to odd\n"));
}

TEST(SchemaCommandTest, LeavesOutATableWhoseNameTheDialectCannotTake) {
  const Finished shown =
      schema_of("CREATE TABLE a (id INTEGER); CREATE TABLE " + std::string(300, 'n') +
                    " (\"" + std::string(300, 'i') + "\" INT, CONSTRAINT " +
                    std::string(300, 'c') + " CHECK (1))",
                {"--dialect", "postgresql"});

  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out, "CREATE TABLE a (\n\tid INTEGER\n);\n");
  EXPECT_TRUE(contains(shown.err, "a table is left out, because ")) << shown.err;
}

TEST(SchemaCommandTest, FindsWhatIsReferredToWhateverItsCase) {
  const Finished shown = schema_of(
      "CREATE TABLE t (a INTEGER REFERENCES U (ID));"
      "CREATE TABLE u (id INTEGER PRIMARY KEY)",
      {"--dialect", "postgresql"});

  EXPECT_EQ(shown.err, "");
  EXPECT_TRUE(contains(shown.out, "FOREIGN KEY(a) REFERENCES u (id)")) << shown.out;
  EXPECT_EQ(shown.out.find("CREATE TABLE u"), 0U);
}

TEST(SchemaCommandTest, ShowsTheNamedTablesAlone) {
  const Finished shown = schema_of(
      "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER REFERENCES a);"
      "CREATE TABLE c (id INTEGER); CREATE VIEW v AS SELECT 1;"
      "CREATE TRIGGER r AFTER INSERT ON a BEGIN SELECT 1; END",
      {"--table", "c", "--table", "b"});

  EXPECT_EQ(shown.err, "");
  EXPECT_EQ(shown.out,
            "CREATE TABLE c (\n\tid INTEGER\n);\n\n"
            "CREATE TABLE b (\n\tid INTEGER, \n"
            "\tFOREIGN KEY(id) REFERENCES a (id)\n);\n");
}

TEST(SchemaCommandTest, ShowsATableOnceThatIsNamedTwice) {
  const Finished shown =
      schema_of("CREATE TABLE a (id INTEGER)", {"--table", "a", "--table", "a"});

  EXPECT_EQ(shown.err, "");
  EXPECT_EQ(shown.out, "CREATE TABLE a (\n\tid INTEGER\n);\n");
}

TEST(SchemaCommandTest, WarnsOfTheNamedTablesAlone) {
  const Finished shown = schema_of(
      "CREATE TABLE a (id INTEGER PRIMARY KEY, x); CREATE TABLE b (id REFERENCES a)",
      {"--table", "b", "--dialect", "postgresql"});
  EXPECT_EQ(shown.err,
            "hark: warning: a column without a type is written as what it refers to: "
            "b.id\n");
}

TEST(SchemaCommandTest, GivesAColumnWithoutATypeThatOfWhatItRefersTo) {
  const Finished shown = schema_of(
      "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id PRIMARY KEY "
      "REFERENCES "
      "a); CREATE TABLE c (id REFERENCES b, n); CREATE TABLE ring (id PRIMARY KEY "
      "REFERENCES ring)",
      {"--dialect", "mysql"});

  EXPECT_NE(shown.out.find("CREATE TABLE c (\n\tid INTEGER, \n\tn TEXT"),
            std::string::npos)
      << shown.out;
  EXPECT_NE(shown.out.find("CREATE TABLE ring (\n\tid VARCHAR(255)"), std::string::npos)
      << shown.out;
}

TEST(SchemaCommandTest, NamesTheSchemaThatWasAskedFor) {
  const Finished shown = schema_of("CREATE TABLE a (id INTEGER)", {"--schema", "main"});
  EXPECT_EQ(shown.out, "CREATE TABLE main.a (\n\tid INTEGER\n);\n");
}

// -- diagrams ---------------------------------------------------------------------------

constexpr const char* two_tables =
    "CREATE TABLE a (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL COLLATE NOCASE);"
    "CREATE TABLE b (a INTEGER NOT NULL REFERENCES a, also INTEGER UNIQUE REFERENCES a,"
    " price NUMERIC(10, 2), lost INTEGER REFERENCES lost (id));";

TEST(SchemaCommandTest, DrawsForGraphviz) {
  const Finished shown = schema_of(two_tables, {"--dot"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(shown.out.find("digraph schema {\n"), 0U);
  EXPECT_TRUE(contains(shown.out,
                       "<tr><td port=\"c1\" align=\"left\">id</td>"
                       "<td align=\"left\">INTEGER</td><td>PK</td></tr>\n"));
  EXPECT_TRUE(contains(shown.out,
                       "<tr><td port=\"c2\" align=\"left\">name</td>"
                       "<td align=\"left\">VARCHAR(9) NOT NULL</td><td> </td></tr>\n"));
  EXPECT_TRUE(contains(
      shown.out, "  \"b\":c1 -> \"a\":c1 [arrowtail=crowodot, arrowhead=teetee];\n"));
  EXPECT_TRUE(contains(
      shown.out, "  \"b\":c2 -> \"a\":c1 [arrowtail=teeodot, arrowhead=teeodot];\n"));
  EXPECT_TRUE(contains(
      shown.out, "  \"b\":c4 -> \"lost\" [arrowtail=crowodot, arrowhead=teeodot];\n"));
  EXPECT_TRUE(shown.out.ends_with("\n}\n"));
}

TEST(SchemaCommandTest, EscapesNamesForGraphviz) {
  const Finished shown =
      schema_of("CREATE TABLE \"a\"\"\\{<b>&\n\" (\"|<i>\" INTEGER)", {"--dot"});

  EXPECT_TRUE(contains(shown.out, "  \"a\\\"\\\\{<b>&\n\" [label=<<table ")) << shown.out;
  EXPECT_TRUE(contains(shown.out, "<b>a&quot;\\{&lt;b&gt;&amp; </b>"));
  EXPECT_TRUE(contains(shown.out, ">|&lt;i&gt;</td>"));
}

TEST(SchemaCommandTest, DrawsForMermaid) {
  const Finished shown = schema_of(two_tables, {"--mermaid"});

  EXPECT_EQ(shown.out,
            "erDiagram\n"
            "    \"a\" {\n"
            "        INTEGER id PK\n"
            "        VARCHAR(9) name\n"
            "    }\n"
            "    \"b\" {\n"
            "        INTEGER a FK\n"
            "        INTEGER also FK\n"
            "        NUMERIC(10_2) price\n"
            "        INTEGER lost FK\n"
            "    }\n"
            "    \"lost\" |o--o{ \"b\" : \"lost\"\n"
            "    \"a\" |o--o| \"b\" : \"also\"\n"
            "    \"a\" ||--o{ \"b\" : \"a\"\n");
}

TEST(SchemaCommandTest, EscapesNamesForMermaid) {
  const Finished shown = schema_of(
      "CREATE TABLE \"a\"\"%\\\n\" (\"1 {x}\" INTEGER, \"\xC3\xA4\")", {"--mermaid"});

  EXPECT_EQ(shown.out,
            "erDiagram\n"
            "    \"a#34;#37;#92; \" {\n"
            "        INTEGER _1_x_ \"1 {x}\"\n"
            "        _ _ \"\xC3\xA4\"\n"
            "    }\n");
}

TEST(SchemaCommandTest, KeepsAttributesDistinctForMermaid) {
  const Finished shown =
      schema_of("CREATE TABLE t (\"a b\" INT, \"a+b\" INT, a_b INT)", {"--mermaid"});

  EXPECT_EQ(shown.out,
            "erDiagram\n"
            "    \"t\" {\n"
            "        INT a_b_2 \"a b\"\n"
            "        INT a_b_3 \"a+b\"\n"
            "        INT a_b\n"
            "    }\n");
}

TEST(SchemaCommandTest, DrawsTheNamedTablesAlone) {
  for (const char* format : {"--dot", "--mermaid"}) {
    const Finished shown = schema_of("CREATE TABLE a (id INTEGER); CREATE TABLE zoo (id)",
                                     {format, "--table", "a"});
    EXPECT_TRUE(contains(shown.out, "\"a\""));
    EXPECT_FALSE(contains(shown.out, "zoo"));
  }
}

TEST(SchemaCommandTest, WritesJson) {
  const Finished shown = schema_of(music, {"--json"});

  const auto schema = nlohmann::json::parse(shown.out);

  EXPECT_EQ(schema["dialect"], "sqlite");
  ASSERT_EQ(schema["tables"].size(), 4U);
  const auto& track = schema["tables"][3];
  EXPECT_EQ(track["name"], "track");
  EXPECT_EQ(track["columns"][1]["type"], "VARCHAR(160)");
  EXPECT_EQ(track["columns"][1]["default"], "'it''s'");
  EXPECT_EQ(track["columns"][1]["nullable"], false);
  EXPECT_TRUE(track["columns"][4]["type"].is_null());
  EXPECT_EQ(track["columns"][6]["computed"]["stored"], true);
  EXPECT_EQ(track["primary_key"]["columns"], nlohmann::json({"id"}));
  EXPECT_EQ(track["foreign_keys"][0]["referred_table"], "album");
  EXPECT_EQ(track["foreign_keys"][0]["on_delete"], "CASCADE");
  EXPECT_EQ(track["unique_constraints"][0]["columns"],
            nlohmann::json({"album", "title"}));
  EXPECT_EQ(track["check_constraints"].size(), 2U);
  EXPECT_EQ(track["indexes"][0]["name"], "ix_title");
  EXPECT_EQ(track["indexes"][0]["columns"], nlohmann::json({"title", nullptr}));
  EXPECT_EQ(track["indexes"][0]["expressions"],
            nlohmann::json({nullptr, "lower(title)"}));
  EXPECT_EQ(schema["views"][0]["name"], "cheap");
}

TEST(SchemaCommandTest, WritesAllOfAForeignKeyAsJson) {
  const Finished shown = schema_of(
      "CREATE TABLE u (id INTEGER PRIMARY KEY);"
      "CREATE TABLE t (a INT REFERENCES u MATCH FULL DEFERRABLE INITIALLY DEFERRED,"
      " b INT REFERENCES u)",
      {"--json"});

  const auto keys = nlohmann::json::parse(shown.out)["tables"][0]["foreign_keys"];

  ASSERT_EQ(keys.size(), 2U);
  const bool is_first = keys[0]["columns"][0] == "a";
  const auto& full = keys[is_first ? 0 : 1];
  const auto& plain = keys[is_first ? 1 : 0];
  EXPECT_EQ(full["match"], "FULL");
  EXPECT_EQ(full["deferrable"], true);
  EXPECT_EQ(full["initially"], "DEFERRED");
  EXPECT_TRUE(plain["match"].is_null());
  EXPECT_TRUE(plain["deferrable"].is_null());
}

TEST(SchemaCommandTest, WritesWhatSQLiteAloneKnowsAsJson) {
  const Finished shown = schema_of(
      "CREATE TABLE t (a INT) STRICT;"
      "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;"
      "CREATE VIRTUAL TABLE w USING fts5 (a)",
      {"--json"});

  const auto schema = nlohmann::json::parse(shown.out);

  EXPECT_EQ(schema["tables"][0]["options"], nlohmann::json({"STRICT"}));
  EXPECT_EQ(schema["triggers"][0]["table"], "t");
  EXPECT_EQ(schema["virtual_tables"][0]["definition"],
            "CREATE VIRTUAL TABLE w USING fts5 (a)");
}

// -- differences ------------------------------------------------------------------------

TEST(SchemaDiffTest, SaysWhatDiffers) {
  struct Case {
    const char* one;
    const char* other;
    const char* line;
  };
  const std::vector<Case> cases{
      {"CREATE TABLE t (a)", "", "table t: only in the first"},
      {"", "CREATE TABLE t (a)", "table t: only in the second"},
      {"CREATE VIEW v AS SELECT 1", "", "view v: only in the first"},
      {"CREATE VIEW v AS SELECT 1",
       "CREATE VIEW v AS SELECT 2",
       "view v: its definition is another one"},
      {"CREATE TABLE t (a, b)",
       "CREATE TABLE t (a)",
       "table t, column b: only in the first"},
      {"CREATE TABLE t (a VARCHAR(8))",
       "CREATE TABLE t (a VARCHAR(9))",
       "table t, column a: type VARCHAR(8) in the first, VARCHAR(9) in the second"},
      {"CREATE TABLE t (a INT)",
       "CREATE TABLE t (a)",
       "table t, column a: type INT in the first, none in the second"},
      {"CREATE TABLE t (a NOT NULL)",
       "CREATE TABLE t (a)",
       "table t, column a: NOT NULL in the first, NULL in the second"},
      {"CREATE TABLE t (a DEFAULT 'X')",
       "CREATE TABLE t (a DEFAULT 'x')",
       "table t, column a: default 'X' in the first, 'x' in the second"},
      {"CREATE TABLE t (a, b AS (a))",
       "CREATE TABLE t (a, b AS (a) STORED)",
       "table t, column b: generated as a VIRTUAL in the first, a STORED in the second"},
      {"CREATE TABLE t (a INT PRIMARY KEY, b INT)",
       "CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b))",
       "table t: primary key (a) in the first, (a, b) in the second"},
      {"CREATE TABLE t (a INT PRIMARY KEY)",
       "CREATE TABLE t (a INT)",
       "table t: primary key (a) in the first, none in the second"},
      {"CREATE TABLE t (a INT REFERENCES u (x))",
       "CREATE TABLE t (a INT)",
       "table t, foreign key (a) to u (x): only in the first"},
      {"CREATE TABLE t (a INT REFERENCES u (x) ON DELETE CASCADE)",
       "CREATE TABLE t (a INT REFERENCES u (x))",
       "table t, foreign key (a) to u (x): ON DELETE CASCADE in the first, NO ACTION in "
       "the second"},
      {"CREATE TABLE t (a INT UNIQUE)",
       "CREATE TABLE t (a INT)",
       "table t, unique (a): only in the first"},
      {"CREATE TABLE t (a INT, CONSTRAINT one UNIQUE (a))",
       "CREATE TABLE t (a INT, CONSTRAINT two UNIQUE (a))",
       "table t, unique (a): called one in the first, two in the second"},
      {"CREATE TABLE t (a INT CHECK (a > 1))",
       "CREATE TABLE t (a INT)",
       "table t, check a > 1: only in the first"},
      {"CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (a)",
       "CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (b, a)",
       "table t, index i: on (a) in the first, (b, a) in the second"},
      {"CREATE TABLE t (a INT); CREATE INDEX i ON t (a)",
       "CREATE TABLE t (a INT); CREATE UNIQUE INDEX i ON t (a)",
       "table t, index i: not unique in the first, unique in the second"},
      {"CREATE TABLE t (a INT); CREATE INDEX i ON t (a) WHERE a > 0",
       "CREATE TABLE t (a INT); CREATE INDEX i ON t (a)",
       "table t, index i: where a > 0 in the first, none in the second"},
      {"CREATE TABLE t (a INT CHECK (a > 1), CHECK (a > 1))",
       "CREATE TABLE t (a INT CHECK (a > 1))",
       "table t, check a > 1: only in the first"},
      {"CREATE TABLE t (a INT) STRICT",
       "CREATE TABLE t (a INT)",
       "table t, option STRICT: only in the first"},
      {"CREATE TABLE t (a INT NOT NULL PRIMARY KEY)",
       "CREATE TABLE t (a INT NOT NULL PRIMARY KEY) WITHOUT ROWID",
       "table t, option WITHOUT ROWID: only in the second"},
      {"CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
       "CREATE TABLE t (a INTEGER PRIMARY KEY, b DEFAULT 'AUTOINCREMENT')",
       "table t, column b: only in the second\n"
       "table t, option AUTOINCREMENT: only in the first"},
      {"CREATE TABLE t (a INT UNIQUE ON CONFLICT REPLACE)",
       "CREATE TABLE t (a INT UNIQUE ON CONFLICT ABORT)",
       "table t, option ON CONFLICT REPLACE: only in the first"},
      {"CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
       "CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 2; END",
       "trigger r: its definition is another one"},
      {"CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
       "CREATE TABLE t (a)",
       "trigger r: only in the first"},
      {"CREATE VIRTUAL TABLE w USING fts5 (a)",
       "CREATE VIRTUAL TABLE w USING fts5 (b)",
       "virtual table w: its definition is another one"},
  };
  for (const Case& each : cases) {
    const Finished compared = difference(each.one, each.other);
    EXPECT_EQ(compared.out, std::string(each.line) + "\n") << compared.err;
    EXPECT_EQ(compared.code, 1);
  }
}

TEST(SchemaDiffTest, IsSilentAboutWhatMeansTheSame) {
  struct Case {
    const char* one;
    const char* other;
  };
  const std::vector<Case> cases{
      {music, music},
      {"CREATE TABLE t (a, b)", "CREATE TABLE t (b, a)"},
      {"CREATE TABLE t (a INT UNIQUE)",
       "CREATE TABLE t (a INT, CONSTRAINT u UNIQUE (a))"},
      {"CREATE TABLE t (a, CONSTRAINT x CHECK (a > 1), CONSTRAINT y CHECK (a > 1))",
       "CREATE TABLE t (a, CONSTRAINT y CHECK (a > 1), CONSTRAINT x CHECK (a > 1))"},
      {"CREATE TABLE t (a INT CHECK (a>1 and a<9))",
       "CREATE TABLE t (a INT, CONSTRAINT c CHECK ((a > 1 AND a < 9)))"},
      {"CREATE TABLE t (a DEFAULT current_date)",
       "CREATE TABLE t (a DEFAULT (CURRENT_DATE))"},
      {"CREATE TABLE u (x INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES u)",
       "CREATE TABLE u (x INTEGER PRIMARY KEY);"
       "CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES u (x)"
       " ON DELETE NO ACTION)"},
      {"CREATE VIEW v AS SELECT 1", "CREATE VIEW v  AS select 1 -- one"},
  };
  for (const Case& each : cases) {
    const Finished compared = difference(each.one, each.other);
    EXPECT_EQ(compared.out, "");
    EXPECT_EQ(compared.code, 0) << compared.err;
  }
}

TEST(SchemaDiffTest, ComesInTheOrderOfNames) {
  const Finished compared = difference(
      "CREATE TABLE b (x); CREATE TABLE m (z, a, k); CREATE VIEW a AS SELECT 1",
      "CREATE TABLE a (x); CREATE TABLE m (k)");

  EXPECT_EQ(compared.out,
            "table a: only in the second\n"
            "table b: only in the first\n"
            "table m, column a: only in the first\n"
            "table m, column z: only in the first\n"
            "view a: only in the first\n");
}

TEST(SchemaDiffTest, ComparesTheNamedTablesAlone) {
  const std::string one = "CREATE TABLE a (x); CREATE TABLE b (x)";
  const std::string other = "CREATE TABLE b (y); CREATE VIEW v AS SELECT 1";

  EXPECT_EQ(difference(one, other, {"--table", "a"}).out, "table a: only in the first\n");
  const Finished unknown = difference(one, other, {"--table", "v"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.err.find("hark: there is no table 'v' in sqlite:///"), 0U);
}

TEST(SchemaDiffTest, ComparesTypesOfTwoDialectsByWhatTheyStandFor) {
  const auto schema = [](const std::string& dialect, const Type& type) {
    SchemaSnapshot made{.dialect = dialect};
    made.tables.push_back({.name = "t"});
    made.tables[0].columns.push_back({.name = "a", .type = type});
    return made;
  };
  const SchemaSnapshot one = schema("sqlite", String(9).spelled("NVARCHAR"));

  EXPECT_TRUE(differences(one, schema("postgresql", String(9))).empty());
  EXPECT_EQ(differences(one, schema("sqlite", String(9))).size(), 1U);
  EXPECT_EQ(differences(one, schema("postgresql", String(8))).size(), 1U);
}

TEST(SchemaDiffTest, LeavesToADialectWhatItAloneKnows) {
  SchemaSnapshot one{.dialect = "sqlite", .triggers = {{.name = "r"}}};
  one.tables.push_back({.name = "t", .options = {"STRICT"}});
  SchemaSnapshot other{.dialect = "postgresql"};
  other.tables.push_back({.name = "t"});

  EXPECT_TRUE(differences(one, other).empty());
}

TEST(SchemaDiffTest, ComparesSqlOfTwoDialectsWithoutTheirQuotes) {
  const auto schema = [](const std::string& dialect,
                         const std::string& check,
                         const std::string& element,
                         const std::string& value) {
    SchemaSnapshot made{.dialect = dialect};
    made.tables.push_back({.name = "t"});
    made.tables[0].columns.push_back({.name = "a", .default_ = value});
    made.tables[0].check_constraints.push_back({.sqltext = check});
    made.tables[0].indexes.push_back(
        {.name = "i", .column_names = {"Name"}, .expressions = {element}});
    return made;
  };
  const SchemaSnapshot one =
      schema("mysql", "`a` <> 'X'", "`Name` DESC", "current_timestamp()");

  EXPECT_EQ(differences(
                one, schema("sqlite", "A <> 'X'", "\"Name\" desc", "CURRENT_TIMESTAMP")),
            std::vector<std::string>{});
  EXPECT_EQ(
      differences(one, schema("sqlite", "a <> 'x'", "\"Name\"", "CURRENT_DATE")).size(),
      4U);
  EXPECT_EQ(
      differences(one, schema("mysql", "A <> 'X'", "Name DESC", "current_timestamp()"))
          .size(),
      3U);
}

TEST(SchemaDiffTest, KnowsSqlByItsWords) {
  EXPECT_EQ(normal_sql("((A >1)) -- why"), normal_sql("a > 1"));
  EXPECT_EQ(normal_sql("(a) + (b)"), "( a ) + ( b )");
  EXPECT_NE(normal_sql("'A'"), normal_sql("'a'"));
  EXPECT_NE(normal_sql("\"A\""), normal_sql("\"a\""));
}

// -- errors -----------------------------------------------------------------------------

TEST(SchemaCommandTest, CreatesNoDatabaseWhereThereIsNone) {
  const Databases databases;

  const Finished shown = run({"schema", databases.url("none.db")});

  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(shown.err,
            "hark: cannot connect to " + databases.url("none.db") +
                ": there is no file '" + databases.path("none.db") + "'\n");
  EXPECT_FALSE(std::filesystem::exists(databases.path("none.db")));
}

TEST(SchemaCommandTest, SaysThatAFolderIsNoDatabase) {
  const Databases databases;
  const std::string folder = std::filesystem::path(databases.path("x")).parent_path();

  const Finished shown = run({"schema", "sqlite:///" + folder});

  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.err,
            "hark: cannot connect to sqlite:///" + folder + ": '" + folder +
                "' is a directory\n");
}

/// Runs it so that root may read no more than others.
Finished run_without_privileges(const std::vector<std::string>& arguments) {
  Finished finished;
  std::thread([&] {
    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT);  // of this thread, and of what it starts
    finished = run(arguments);
  }).join();
  return finished;
}

TEST(SchemaCommandTest, SaysThatAFileMayNotBeRead) {
  const Databases databases;
  const std::string url = databases.make("a.db", "CREATE TABLE t (a)");
  std::filesystem::permissions(databases.path("a.db"), std::filesystem::perms::none);

  const Finished shown = run_without_privileges({"schema", url});

  EXPECT_EQ(shown.code, 3);
  EXPECT_TRUE(shown.err.ends_with(": there is no permission to read '" +
                                  databases.path("a.db") + "'\n"))
      << shown.err;
}

TEST(SchemaCommandTest, FailsForADatabaseThatIsNone) {
  const test::Folder folder;
  const std::string url = "sqlite:///" + folder.write("a.db", std::string(4096, 'x'));

  const Finished shown = run({"schema", url});

  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.err, "hark: cannot connect to " + url + ": file is not a database\n");
}

TEST(SchemaCommandTest, GuessesWhatWrongNamesMean) {
  const Databases databases;
  const std::string url = databases.make("a.db", "CREATE TABLE artist (id)");
  const auto complaint = [&](const char* option, const char* name) {
    const Finished shown = run({"schema", url, option, name});
    EXPECT_EQ(shown.code, 2);
    EXPECT_EQ(shown.out, "");
    return shown.err;
  };

  EXPECT_EQ(complaint("--table", "artst"),
            "hark: there is no table 'artst' in " + url + "; did you mean 'artist'?\n");
  EXPECT_EQ(complaint("--schema", "man"),
            "hark: there is no schema 'man' in " + url + "; did you mean 'main'?\n");
  EXPECT_EQ(complaint("--dialect", "postgres"),
            "hark: there is no dialect 'postgres' in hark; did you mean 'postgresql'?\n");
}

TEST(SchemaCommandTest, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> wrong{
      {"schema"},
      {"schema", "nonsense"},
      {"schema", "oracle://x"},
      {"schema", "sqlite://", "sqlite://"},
      {"schema", "--diff", "sqlite://"},
      {"schema", "sqlite://", "--dot", "--json"}};
  for (const auto& arguments : wrong) {
    const Finished shown = run(arguments);
    EXPECT_EQ(shown.code, 2) << arguments.back();
    EXPECT_EQ(shown.out, "");
    EXPECT_NE(shown.err, "");
  }
}

TEST(SchemaCommandTest, HasNothingToSayOfAnEmptyDatabase) {
  const Finished shown = run({"schema", "sqlite://"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out + shown.err, "");
}

}  // namespace
}  // namespace hark::cli
