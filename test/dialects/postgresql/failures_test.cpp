// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What the server refuses: the class of the error, its SQLSTATE, the server's own words, and
// a connection that works afterwards.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

class PostgresFailuresTest : public PostgresEngineTest {
 protected:
  void SetUp() override {
    PostgresEngineTest::SetUp();
    if (IsSkipped()) return;
    commit("CREATE TABLE t (a int4 PRIMARY KEY, b text NOT NULL, c int4 CHECK (c > 0))");
    commit("CREATE TABLE child (a int4 REFERENCES t)");
    commit("INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)");
  }

  /// What `sql` fails with, on a connection that is usable afterwards.
  Failure failure(std::string_view sql,
                  std::initializer_list<ValueView> parameters = {}) {
    Connection connection(engine());
    const Failure made = failure_of([&] { scalar(connection, sql, parameters); });
    EXPECT_FALSE(made.is_disconnect) << made;
    EXPECT_FALSE(made.is_cancelled) << made;
    connection.rollback();
    EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
    return made;
  }

  /// Waits until the backend waits for a lock.
  void wait_until_blocked(int backend_pid) {
    Connection observer(engine());
    while (scalar(observer, "SELECT cardinality(pg_blocking_pids($1))", {backend_pid}) ==
           Value(0))
      observer.rollback();
  }
};

TEST_F(PostgresFailuresTest, ConstraintsAreIntegrityErrors) {
  EXPECT_TRUE(is_failure<IntegrityError>(failure("INSERT INTO t VALUES (1, 'x', 1)"),
                                         "23505",
                                         "Key (a)=(1) already exists"));
  EXPECT_TRUE(is_failure<IntegrityError>(failure("INSERT INTO child VALUES (7)"),
                                         "23503",
                                         "Key (a)=(7) is not present in table"));
  EXPECT_TRUE(is_failure<IntegrityError>(failure("INSERT INTO t VALUES (3, 'x', -1)"),
                                         "23514",
                                         "violates check constraint"));
  EXPECT_TRUE(is_failure<IntegrityError>(
      failure("INSERT INTO t VALUES (3, $1, 1)", {std::nullopt}),
      "23502",
      "null value in column \"b\""));
}

TEST_F(PostgresFailuresTest, ValuesThatDoNotFitAreDataErrors) {
  EXPECT_TRUE(
      is_failure<DataError>(failure("SELECT 1 / 0"), "22012", "division by zero"));
  EXPECT_TRUE(is_failure<DataError>(failure("SELECT $1::int4", {"x"}),
                                    "22P02",
                                    "invalid input syntax for type integer"));
  EXPECT_TRUE(is_failure<DataError>(
      failure("SELECT $1::int2", {70'000}), "22003", "smallint out of range"));
  EXPECT_TRUE(is_failure<DataError>(
      failure("SELECT $1::date", {"2026-02-30"}), "22008", "out of range"));
}

TEST_F(PostgresFailuresTest, TextInTheWrongEncodingIsADataError) {
  EXPECT_TRUE(is_failure<DataError>(
      failure("SELECT $1::text", {"\xFF"}), "22021", "invalid byte sequence"));
  EXPECT_TRUE(is_failure<DataError>(failure("SELECT '\xFF'"), "22021", "0xff"));
}

TEST_F(PostgresFailuresTest, WrongStatementsAreProgrammingErrors) {
  EXPECT_TRUE(is_failure<ProgrammingError>(
      failure("SELEKT 1"), "42601", "syntax error at or near \"SELEKT\""));
  EXPECT_TRUE(is_failure<ProgrammingError>(
      failure("SELECT * FROM nothing"), "42P01", "relation \"nothing\" does not exist"));
  EXPECT_TRUE(is_failure<ProgrammingError>(
      failure("SELECT 1; SELECT 2"), "42601", "multiple commands"));
}

TEST_F(PostgresFailuresTest, TheStatementAndWhereItFailedAreTold) {
  const Failure made = failure("SELECT 1,\n  nothing");

  EXPECT_TRUE(contains(made.what, "LINE 2:   nothing")) << made;
  EXPECT_TRUE(contains(made.what, "[SQL: SELECT 1,")) << made;
}

TEST_F(PostgresFailuresTest, TheServersOwnErrorsHaveTheirCode) {
  EXPECT_TRUE(is_failure<InternalError>(
      failure("DO $$ BEGIN RAISE EXCEPTION 'mine'; END $$"), "P0001", "mine"));
  const Failure own =
      failure("DO $$ BEGIN RAISE EXCEPTION 'mine' USING ERRCODE = '08006'; END $$");
  EXPECT_EQ(own.sqlstate, "08006");
}

TEST_F(PostgresFailuresTest, AConditionHasItsName) {
  EXPECT_EQ(postgresql::condition_name(failure("SELECT 1 / 0").sqlstate),
            "division_by_zero");
}

TEST_F(PostgresFailuresTest, AStatementsTimeIsUp) {
  Connection connection(engine());
  connection.exec_driver_sql("SET statement_timeout = '50ms'");

  const Failure made = failure_of([&] { scalar(connection, "SELECT pg_sleep(60)"); });

  EXPECT_TRUE(is_failure<OperationalError>(made, "57014", "statement timeout"));
  EXPECT_FALSE(made.is_cancelled);
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresFailuresTest, ALocksTimeIsUp) {
  Connection holder(engine());
  holder.exec_driver_sql("UPDATE t SET b = 'x' WHERE a = 1");
  Connection connection(engine());
  connection.exec_driver_sql("SET lock_timeout = '50ms'");

  const Failure made =
      failure_of([&] { connection.exec_driver_sql("UPDATE t SET b = 'y' WHERE a = 1"); });

  EXPECT_TRUE(is_failure<OperationalError>(made, "55P03", "lock timeout"));
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresFailuresTest, ADeadlockEndsForOneOfTwo) {
  Connection one(engine());
  Connection other(engine());
  for (Connection* const each : {&one, &other})
    each->exec_driver_sql("SET LOCAL deadlock_timeout = '10ms'");
  one.exec_driver_sql("UPDATE t SET b = 'x' WHERE a = 1");
  other.exec_driver_sql("UPDATE t SET b = 'x' WHERE a = 2");
  const int pid = postgresql::driver_connection(one).backend_pid();
  std::vector<Failure> failures(2);
  const auto update = [&](Connection& connection, int a, Failure& failure) {
    try {
      connection.exec_driver_sql("UPDATE t SET b = 'y' WHERE a = $1", {a});
    } catch (const Error& error) {
      failure = failure_from(error);
    }
    connection.rollback();
  };
  std::thread waiting([&] { update(one, 2, failures[0]); });
  wait_until_blocked(pid);
  update(other, 1, failures[1]);
  waiting.join();

  const Failure& made = failures[failures[0].type == nullptr ? 1 : 0];
  EXPECT_TRUE(is_failure<OperationalError>(made, "40P01", "deadlock detected"));
  EXPECT_EQ(scalar(one, "SELECT 1"), Value(1));
  EXPECT_EQ(scalar(other, "SELECT 1"), Value(1));
}

TEST_F(PostgresFailuresTest, AWriteThatAnotherHasOvertakenCannotBeSerialized) {
  Connection one(engine());
  one.execution_options({{"isolation_level", "REPEATABLE READ"}});
  scalar(one, "SELECT b FROM t WHERE a = 1");
  commit("UPDATE t SET b = 'other' WHERE a = 1");

  const Failure made =
      failure_of([&] { one.exec_driver_sql("UPDATE t SET b = 'one' WHERE a = 1"); });

  EXPECT_TRUE(is_failure<OperationalError>(made, "40001", "could not serialize"));
  one.rollback();
  EXPECT_EQ(scalar(one, "SELECT b FROM t WHERE a = 1"), Value("other"));
}

TEST_F(PostgresFailuresTest, ACommitMayFailToBeSerialized) {
  Connection one(engine());
  Connection other(engine());
  for (Connection* const each : {&one, &other}) {
    each->execution_options({{"isolation_level", "SERIALIZABLE"}});
    scalar(*each, "SELECT sum(c) FROM t");
    each->exec_driver_sql("INSERT INTO t SELECT 10 + pg_backend_pid(), 'x', 1");
  }
  one.commit();

  const Failure made = failure_of([&] { other.commit(); });

  EXPECT_TRUE(is_failure<OperationalError>(made, "40001", "could not serialize"));
  other.close();
}

TEST_F(PostgresFailuresTest, ACancelledStatementSaysSo) {
  std::vector<Outcome> outcomes;
  const event::ScopedSubscription listening =
      event::listen(engine(),
                    "cursor_execute_end",
                    [&](Connection&, ExecutionContext&, const Ending& ending) {
                      outcomes.push_back(ending.outcome);
                    });
  Connection connection(engine());
  postgresql::DriverConnection& driver = postgresql::driver_connection(connection);
  std::thread canceller([&] {
    const auto observing = make_engine();
    Connection observer(*observing);
    while (scalar(observer,
                  "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = "
                  "'PgSleep'",
                  {driver.backend_pid()}) == Value(0))
      observer.rollback();
    driver.interrupt();
  });

  const Failure made = failure_of([&] { scalar(connection, "SELECT pg_sleep(60)"); });
  canceller.join();

  EXPECT_TRUE(is_failure<OperationalError>(made, "57014", "user request"));
  EXPECT_TRUE(made.is_cancelled);
  EXPECT_EQ(outcomes, std::vector{Outcome::cancelled});
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresFailuresTest, ACancellationWithoutAStatementHasNoEffect) {
  Connection connection(engine());
  postgresql::driver_connection(connection).interrupt();

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
  connection.exec_driver_sql("SET statement_timeout = '50ms'");
  EXPECT_FALSE(
      failure_of([&] { scalar(connection, "SELECT pg_sleep(60)"); }).is_cancelled);
  connection.rollback();
}

TEST_F(PostgresFailuresTest, ABackendThatWasTerminatedIsADisconnect) {
  Connection connection(engine());
  const int pid = postgresql::driver_connection(connection).backend_pid();
  scalar(connection, "SELECT 1");
  Connection other(engine());
  scalar(other, "SELECT pg_terminate_backend($1, 5000)", {pid});

  const Failure made = failure_of([&] { scalar(connection, "SELECT 1"); });

  EXPECT_TRUE(made.is<OperationalError>()) << made;
  EXPECT_TRUE(made.is_disconnect) << made;
  EXPECT_EQ(made.sqlstate, "57P01") << made;
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

}  // namespace
}  // namespace hark::test
