// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/program.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::Folder;
using test::ProgramOptions;
using test::run;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool has_line(const std::string& text, const std::string& expression) {
  return std::regex_search(text, std::regex("(^|\n)" + expression + "(\n|$)"));
}

/// Traces SQL on a database in memory.
Finished traced(const std::string& sql, std::vector<std::string> options = {}) {
  options.insert(options.begin(), {"trace", "sqlite://", "-c", sql});
  return run(options);
}

/// The first column of the first row, as text.
std::string queried(const std::string& file, const char* sql) {
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  std::string value;
  sqlite3_exec(
      database,
      sql,
      [](void* to, int, char** values, char**) {
        *static_cast<std::string*>(to) = values[0] == nullptr ? "NULL" : values[0];
        return 0;
      },
      &value,
      nullptr);
  sqlite3_close(database);
  return value;
}

const std::string endless =
    "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) "
    "SELECT count(*) FROM c";

// -- what is executed -------------------------------------------------------------------

TEST(TraceCommandTest, ExecutesScriptsThenCommands) {
  const Folder folder;
  const std::string url = "sqlite:///" + folder.path("a.db");
  const std::string first = folder.write("1.sql", "CREATE TABLE t(a);");
  const std::string second = folder.write("2.sql", "INSERT INTO t VALUES (1), (2)");

  const Finished shown =
      run({"trace", url, first, second, "-c", "UPDATE t SET a = a + 1", "--echo"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(queried(folder.path("a.db"), "SELECT sum(a) FROM t"), "5");
  EXPECT_TRUE(contains(shown.out, "2 rows  " + second + ":1:1  INSERT"));
  EXPECT_TRUE(contains(shown.out, "2 rows  <command>:1:1  UPDATE"));
}

TEST(TraceCommandTest, ReadsStandardInput) {
  const Finished shown =
      run({"trace", "sqlite://", "-", "--echo"}, {.input = "SELECT 1;\n SELECT 2"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(contains(shown.out, "1 row  <stdin>:2:2  SELECT 2"));
}

TEST(TraceCommandTest, CommitsWhatTheScriptDoesNotBegin) {
  const Folder folder;
  const Finished shown = run({"trace",
                              "sqlite:///" + folder.path("a.db"),
                              "-c",
                              "CREATE TABLE t(a); INSERT INTO t VALUES (1)"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(queried(folder.path("a.db"), "SELECT count(*) FROM t"), "1");
}

TEST(TraceCommandTest, LeavesTransactionsToTheScript) {
  const Folder folder;
  const Finished shown =
      run({"trace",
           "sqlite:///" + folder.path("a.db"),
           "-c",
           "CREATE TABLE t(a);"
           "BEGIN; INSERT INTO t VALUES (1); COMMIT;"
           "BEGIN; INSERT INTO t VALUES (2); ROLLBACK;"
           "BEGIN; SAVEPOINT a; INSERT INTO t VALUES (4); ROLLBACK TO a;"
           "INSERT INTO t VALUES (8); END;"
           "BEGIN; INSERT INTO t VALUES (16)"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(queried(folder.path("a.db"), "SELECT sum(a) FROM t"), "9");
  EXPECT_TRUE(
      contains(shown.out,
               "2 committed, 1 rolled back, 1 left open, 0 ended by the database; "
               "1 statement outside"));
  EXPECT_TRUE(has_line(shown.out, " +[^ ]+ [^ ]+ +2 +0 +1  committed +<command>:1:\\d+"));
  EXPECT_TRUE(
      has_line(shown.out, " +[^ ]+ [^ ]+ +1 +0 +0  left open: .* <command>:1:\\d+"));
}

TEST(TraceCommandTest, ExecutesTriggersAndPragmas) {
  const Finished shown = traced(
      "PRAGMA foreign_keys = ON; CREATE TABLE t(a); CREATE TABLE u(b);"
      "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO u VALUES (new.a); END;"
      "INSERT INTO t VALUES (7); SELECT b FROM u WHERE b = 7",
      {"--echo"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(has_line(shown.out, ".* 1 row  <command>:\\d+:\\d+  SELECT b FROM u .*"));
}

TEST(TraceCommandTest, RepeatsOnThreads) {
  const Folder folder;
  const std::string url = "sqlite:///" + folder.path("a.db");
  ASSERT_EQ(run({"trace", url, "-c", "CREATE TABLE t(a)"}).code, 0);

  const Finished shown = run({"trace",
                              url,
                              "-c",
                              "INSERT INTO t VALUES (1)",
                              "--repeat",
                              "3",
                              "--threads",
                              "2"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(queried(folder.path("a.db"), "SELECT count(*) FROM t"), "6");
  EXPECT_TRUE(contains(shown.out, "6 statements in "));
  EXPECT_TRUE(contains(shown.out, "2 connects in "));
  EXPECT_TRUE(contains(shown.out, ", 6 checkouts in "));
}

TEST(TraceCommandTest, LetsThreadsWaitForAConnection) {
  const Folder folder;
  const Finished shown =
      run({"trace",
           "sqlite:///" + folder.path("a.db"),
           "-c",
           "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c "
           "LIMIT 200000) SELECT count(*) FROM c",
           "--threads",
           "6",
           "--pool-size",
           "1"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(contains(shown.out, "1 connect in ")) << shown.out;
  EXPECT_TRUE(has_line(shown.out, ".* 6 checkouts in .*, [1-9] waits?, the longest .*"))
      << shown.out;
}

// -- the summary ------------------------------------------------------------------------

TEST(TraceCommandTest, CountsStatementsByKind) {
  const Finished shown = traced(
      "CREATE TABLE t(a); INSERT INTO t VALUES (1); insert into T values (2);"
      "SELECT a FROM t");
  EXPECT_TRUE(has_line(
      shown.out, " +2( +[\\d.]+ (ns|µs|ms)){5} +2 +0  INSERT INTO t VALUES \\(\\?\\)"))
      << shown.out;
  EXPECT_TRUE(has_line(shown.out, " +1( +[\\d.]+ (ns|µs|ms)){5} +2 +0  SELECT a FROM t"));
}

TEST(TraceCommandTest, ShowsAsManyRowsAsAskedFor) {
  const std::string sql = "SELECT 1; SELECT a FROM (SELECT 1 AS a); SELECT 1 + 1";
  EXPECT_TRUE(contains(traced(sql, {"--top", "2"}).out, "\n  and 1 more (--top 0)\n"));
  EXPECT_FALSE(contains(traced(sql, {"--top", "0"}).out, "--top"));
}

TEST(TraceCommandTest, FindsARepeatedQuery) {
  std::string sql = "CREATE TABLE t(a); INSERT INTO t VALUES (1);";
  for (int i = 0; i < 15; ++i)
    sql += "\nSELECT * FROM t WHERE a = " + std::to_string(i) + ";";

  const Finished shown = traced(sql);

  EXPECT_TRUE(contains(shown.out, "\n  15 executions in 1 run, "));
  EXPECT_TRUE(
      contains(shown.out, ", first at <command>:2:1\n    SELECT * FROM t WHERE a"));
}

TEST(TraceCommandTest, CountsEvents) {
  const Finished shown = traced("SELECT 1; SELECT 2");
  EXPECT_TRUE(has_line(shown.out, " +2  before_cursor_execute"));
  EXPECT_TRUE(has_line(shown.out, " +1  checkout"));
  EXPECT_TRUE(has_line(shown.out, " +2  do_execute"));
}

TEST(TraceCommandTest, ListensToTheChosenEventsOnly) {
  const Finished shown =
      traced("SELECT 1", {"--events", "checkout,checkin", "--events", "DialectEvents"});
  const std::string events = shown.out.substr(shown.out.find("\nEvents\n"));
  EXPECT_EQ(std::regex_replace(events, std::regex(" +"), " "),
            "\nEvents\n 1 checkout\n 1 checkin\n 1 do_connect\n 1 do_execute\n");
}

TEST(TraceCommandTest, ChosenEventsMayComeBeforeTheUrl) {
  const Finished shown =
      run({"trace", "--events", "checkout,checkin", "sqlite://", "-c", "SELECT 1"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(has_line(shown.out, " +1  checkout"));
}

TEST(TraceCommandTest, EchoesStatementsInOrder) {
  const Finished shown = traced("SELECT 1; SELECT 2", {"--echo"});
  EXPECT_LT(shown.out.find("<command>:1:1  SELECT 1\n"),
            shown.out.find("<command>:1:11  SELECT 2\n"));
  EXPECT_LT(shown.out.find("<command>:1:11  SELECT 2\n"),
            shown.out.find("2 statements in"));
}

TEST(TraceCommandTest, ShowsSlowStatementsAsTheyRun) {
  const std::string sql = "SELECT 1";
  const auto before_summary = [](const Finished& shown) {
    return shown.out.substr(0, shown.out.find("1 statement in"));
  };
  EXPECT_TRUE(contains(before_summary(traced(sql, {"--slow", "0"})), "SELECT 1"));
  EXPECT_EQ(before_summary(traced(sql, {"--slow", "60000"})), "");
}

// What `cmake/quickstart demo` shows.
TEST(TraceCommandTest, SeesThroughTheSampleWorkload) {
  const Folder folder;
  const std::string samples = HARK_SAMPLE_WORKLOAD;
  const Finished shown = run({"trace",
                              "sqlite:///" + folder.path("library.db"),
                              samples + "schema.sql",
                              samples + "stock.sql",
                              samples + "desk.sql"});

  EXPECT_EQ(shown.code, 1);
  EXPECT_TRUE(contains(shown.out, "281 statements in "));
  EXPECT_TRUE(contains(shown.out, ", 4 failures\n"));
  EXPECT_TRUE(contains(shown.err, "UNIQUE constraint failed: loan.copy_id in: INSERT"));
  EXPECT_TRUE(contains(shown.out, "35 committed, 1 rolled back, 0 left open"));
  EXPECT_TRUE(contains(shown.out, "\n  14 executions in 1 run, "));
  EXPECT_EQ(queried(folder.path("library.db"), "SELECT count(*) FROM loan"), "32");
}

// -- failures ---------------------------------------------------------------------------

TEST(TraceCommandTest, NamesTheFailedStatementAndItsPlace) {
  const Folder folder;
  const std::string script = folder.write(
      "a.sql",
      "CREATE TABLE t(a UNIQUE);\nINSERT INTO t VALUES (1);\n  INSERT INTO t\n"
      "VALUES (1); SELECT 1");

  const Finished shown = run({"trace", "sqlite://", script});

  EXPECT_EQ(shown.code, 1);
  EXPECT_EQ(shown.err,
            "hark: " + script +
                ":3:3: UNIQUE constraint failed: t.a in: INSERT INTO t VALUES (1)\n");
  EXPECT_TRUE(contains(shown.out, "4 statements in "));
  EXPECT_TRUE(contains(shown.out, ", 1 failure\n"));
  EXPECT_TRUE(contains(shown.out, "Failures\n  " + script + ":3:3  UNIQUE"));
}

TEST(TraceCommandTest, StopsAtAnErrorWhenToldTo) {
  const Finished shown =
      traced("SELECT 1; SELECT nothing; SELECT 2", {"--stop-on-error"});
  EXPECT_EQ(shown.code, 1);
  EXPECT_TRUE(contains(shown.out, "2 statements in "));
}

TEST(TraceCommandTest, GoesOnAfterAnErrorInATransaction) {
  const Folder folder;
  const Finished shown =
      run({"trace",
           "sqlite:///" + folder.path("a.db"),
           "-c",
           "CREATE TABLE t(a UNIQUE); BEGIN; INSERT INTO t VALUES (1);"
           "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT"});
  EXPECT_EQ(shown.code, 1);
  EXPECT_EQ(queried(folder.path("a.db"), "SELECT count(*) FROM t"), "2");
}

TEST(TraceCommandTest, ExecutesNothingOfAScriptThatEndsInAString) {
  const Folder folder;
  const std::string script = folder.write("a.sql", "CREATE TABLE t(a);\nSELECT 'abc;\n");

  const Finished shown = run({"trace", "sqlite:///" + folder.path("a.db"), script});

  EXPECT_EQ(shown.code, 1);
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(
      shown.err,
      "hark: " + script + ":2:8: the script ends inside a string that begins here\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("a.db")));
}

TEST(TraceCommandTest, RefusesAScriptWithoutStatements) {
  const Folder folder;
  const std::string script = folder.write("a.sql", "-- nothing\n;");

  const Finished shown = run({"trace", "sqlite://", script});

  EXPECT_EQ(shown.code, 2);
  EXPECT_EQ(shown.err, "hark: " + script + ": there is no statement to execute\n");
}

TEST(TraceCommandTest, NamesAFileThatCannotBeRead) {
  const Finished missing = run({"trace", "sqlite://", "/nowhere.sql"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_EQ(missing.err,
            "hark: /nowhere.sql: cannot be read: No such file or directory\n");

  const Finished folder = run({"trace", "sqlite://", "/tmp"});
  EXPECT_EQ(folder.code, 3);
  EXPECT_EQ(folder.err, "hark: /tmp: cannot be read: Is a directory\n");
}

TEST(TraceCommandTest, NamesAFileThatCannotBeWritten) {
  for (const char* option : {"--json", "--chrome"}) {
    const Finished shown = traced("SELECT 1", {option, "/nowhere/a.json"});
    EXPECT_EQ(shown.code, 3);
    EXPECT_EQ(shown.err,
              "hark: /nowhere/a.json: cannot be written: No such file or directory\n");
  }
}

TEST(TraceCommandTest, NamesADatabaseThatCannotBeReached) {
  const Finished shown = run({"trace", "sqlite:////nowhere/a.db", "-c", "SELECT 1"});
  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.out, "");
  EXPECT_TRUE(
      contains(shown.err, "hark: cannot connect to sqlite:////nowhere/a.db: cannot open"))
      << shown.err;
}

TEST(TraceCommandTest, FailsOnAFileThatIsNoDatabase) {
  const Folder folder;
  const std::string file = folder.write("a.db", std::string(4096, 'x'));

  const Finished shown = run({"trace", "sqlite:///" + file, "-c", "SELECT * FROM t"});

  EXPECT_EQ(shown.code, 1);
  EXPECT_EQ(shown.err,
            "hark: <command>:1:1: file is not a database in: SELECT * FROM t\n");
}

TEST(TraceCommandTest, FailsOnALockedDatabase) {
  const Folder folder;
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder.path("a.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(
                other, "CREATE TABLE t(a); BEGIN EXCLUSIVE", nullptr, nullptr, nullptr),
            SQLITE_OK);

  const Finished shown = run({"trace",
                              "sqlite:///" + folder.path("a.db") + "?timeout=0",
                              "-c",
                              "INSERT INTO t VALUES (1)"});

  EXPECT_EQ(shown.code, 1);
  EXPECT_EQ(shown.err,
            "hark: <command>:1:1: database is locked in: INSERT INTO t VALUES (1)\n");
  sqlite3_close(other);
}

TEST(TraceCommandTest, RefusesAWrongCommandLine) {
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"trace"}).code, 2);
  EXPECT_EQ(run({"trace", "sqlite://"}).code, 2);
  EXPECT_EQ(traced("SELECT 1", {"--nonsense"}).code, 2);
  EXPECT_EQ(traced("SELECT 1", {"--repeat", "0"}).code, 2);
  EXPECT_EQ(traced("SELECT 1", {"--threads", "x"}).code, 2);
  EXPECT_EQ(traced("SELECT 1", {"--slow", "-1"}).code, 2);
}

TEST(TraceCommandTest, RefusesAWrongUrl) {
  const Finished unknown = run({"trace", "oracle://x", "-c", "SELECT 1"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(unknown.err.starts_with("hark: no dialect 'oracle' is known; there is "));
  EXPECT_TRUE(unknown.err.ends_with("sqlite\n"));

  const Finished malformed = run({"trace", "nonsense", "-c", "SELECT 1"});
  EXPECT_EQ(malformed.code, 2);
  EXPECT_TRUE(contains(malformed.err, "hark: malformed database URL: ")) << malformed.err;

  const Finished option = run({"trace", "sqlite:///a.db?colour=red", "-c", "SELECT 1"});
  EXPECT_EQ(option.code, 2);
  EXPECT_TRUE(contains(option.err, "'colour'")) << option.err;
}

TEST(TraceCommandTest, HidesThePassword) {
  const Finished shown = run({"trace", "sqlite://ada:secret@host/x", "-c", "SELECT 1"});
  EXPECT_EQ(shown.code, 2);
  EXPECT_FALSE(contains(shown.err + shown.out, "secret"));
}

TEST(TraceCommandTest, GuessesWhatAWrongEventMeans) {
  const Finished shown = traced("SELECT 1", {"--events", "comit"});
  EXPECT_EQ(shown.code, 2);
  EXPECT_TRUE(contains(shown.err, "did you mean 'commit'?")) << shown.err;
}

TEST(TraceCommandTest, DocumentsItsExitCodes) {
  const Finished shown = run({"trace", "--help"});
  EXPECT_EQ(shown.code, 0);
  for (const char* code : {"0 all", "1 a statement", "2 the", "3 a database", "130 "})
    EXPECT_TRUE(contains(shown.out, code)) << code;
}

TEST(TraceCommandTest, TellsItsVersion) {
  const Finished shown = run({"--version"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_TRUE(has_line(shown.out, "hark \\d+\\.\\d+\\.\\d+"));
}

// -- interruption -----------------------------------------------------------------------

/// Waits until a program has done what `happened` sees.
template <class Happened>
void await(Happened&& happened) {
  using namespace std::chrono_literals;
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (!happened()) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
    std::this_thread::sleep_for(1ms);
  }
}

TEST(TraceCommandTest, EndsTransactionsAndReportsWhenInterrupted) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Folder folder;
    test::Program program(
        {"trace",
         "sqlite:///" + folder.path("a.db"),
         "-c",
         "CREATE TABLE t(a); BEGIN; INSERT INTO t VALUES (1);" + endless + "; SELECT 2"},
        {});
    // The journal is there as soon as the transaction has changed something.
    await([&] {
      return std::filesystem::exists(folder.path("a.db-journal")) &&
             queried(folder.path("a.db"), "SELECT count(*) FROM t") == "0";
    });
    program.send(signal);
    program.send(signal);  // as timeout(1) does
    const Finished shown = program.wait();

    EXPECT_EQ(shown.code, 130);
    EXPECT_TRUE(contains(shown.out, ", interrupted\n")) << shown.out;
    EXPECT_TRUE(contains(shown.out, "1 left open"));
    EXPECT_FALSE(contains(shown.out, "SELECT 2"));
    EXPECT_EQ(queried(folder.path("a.db"), "SELECT count(*) FROM t"), "0");
    EXPECT_FALSE(std::filesystem::exists(folder.path("a.db-journal")));
  }
}

}  // namespace
}  // namespace hark::cli
