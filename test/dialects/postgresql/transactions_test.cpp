// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Transactions: what is sent for them and when, and how they end.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

class PostgresTransactionsTest : public PostgresEngineTest {
 protected:
  void SetUp() override {
    PostgresEngineTest::SetUp();
    if (IsSkipped()) return;
    commit("CREATE TABLE t (a int4 PRIMARY KEY)");
  }

  Values stored() {
    Connection connection(engine());
    return column(connection, "SELECT a FROM t ORDER BY a");
  }
  static void insert(Connection& connection, int a) {
    connection.exec_driver_sql("INSERT INTO t VALUES ($1)", {a});
  }
};

// -- what is sent -----------------------------------------------------------------------

TEST_F(PostgresTransactionsTest, BeginTravelsWithTheFirstStatement) {
  Connection connection(engine());
  Trace trace(connection);
  connection.begin().commit();
  EXPECT_EQ(trace.messages(), std::vector<std::string>{});

  Transaction transaction = connection.begin();
  insert(connection, 1);

  EXPECT_EQ(trace.round_trips(), 1U);
  EXPECT_EQ(trace.sent("Parse\t \"\" \"BEGIN\""), 1U);
  transaction.commit();
  EXPECT_EQ(trace.round_trips(), 2U);
  EXPECT_EQ(stored(), Values{1});
}

TEST_F(PostgresTransactionsTest, BeginTravelsWithPreparedStatements) {
  Connection connection(engine());
  for (int i = 0; i < 3; ++i) scalar(connection, "SELECT 1");
  connection.commit();
  Trace trace(connection);

  scalar(connection, "SELECT 1");
  connection.rollback();

  EXPECT_EQ(trace.round_trips(), 2U);
}

TEST_F(PostgresTransactionsTest, ATransactionWithoutStatementsIsNotSent) {
  Connection connection(engine());
  Trace trace(connection);

  connection.begin().commit();
  connection.begin().rollback();
  { Transaction left = connection.begin(); }

  EXPECT_EQ(trace.messages(), std::vector<std::string>{});
}

TEST_F(PostgresTransactionsTest, StatementsOfATransactionAreOfOneTransaction) {
  Connection connection(engine());
  const Value first = scalar(connection, "SELECT pg_current_xact_id()::text");

  EXPECT_EQ(scalar(connection, "SELECT pg_current_xact_id()::text"), first);
  connection.commit();
  EXPECT_NE(scalar(connection, "SELECT pg_current_xact_id()::text"), first);
}

TEST_F(PostgresTransactionsTest, WhatCannotBeSentLeavesNoTransactionBehind) {
  Connection connection(engine());
  const dbapi::Row row(65'536, Value(1));

  failure_of([&] { connection.exec_driver_sql("SELECT 1", dbapi::Parameters(row)); });

  connection.rollback();
  insert(connection, 1);
  connection.commit();
  EXPECT_EQ(stored(), Values{1});
}

// -- how they end -----------------------------------------------------------------------

TEST_F(PostgresTransactionsTest, WhatIsCommittedStaysAndWhatIsRolledBackGoes) {
  Connection connection(engine());
  insert(connection, 1);
  connection.commit();
  insert(connection, 2);
  connection.rollback();

  EXPECT_EQ(stored(), Values{1});
}

TEST_F(PostgresTransactionsTest, AFailingFirstStatementFailsItsTransaction) {
  Connection connection(engine());
  const Failure failure = failure_of([&] { scalar(connection, "SELECT nothing"); });
  EXPECT_TRUE(is_failure<ProgrammingError>(failure, "42703", "\"nothing\""));

  const Failure next = failure_of([&] { scalar(connection, "SELECT 1"); });

  EXPECT_TRUE(is_failure<InternalError>(next, "25P02", "transaction is aborted"));
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresTransactionsTest, CommittingAFailedTransactionIsAnError) {
  std::vector<Outcome> outcomes;
  const event::ScopedSubscription listening =
      event::listen(engine(), "commit_end", [&](Connection&, const Ending& ending) {
        outcomes.push_back(ending.outcome);
      });
  Connection connection(engine());
  Transaction transaction = connection.begin();
  insert(connection, 1);
  failure_of([&] { insert(connection, 1); });

  const Failure failure = failure_of([&] { transaction.commit(); });

  EXPECT_TRUE(is_failure<InternalError>(failure, "25P02", "has failed"));
  EXPECT_EQ(outcomes, std::vector{Outcome::error});
  connection.close();
  EXPECT_EQ(stored(), Values{});
}

TEST_F(PostgresTransactionsTest, ADeferredConstraintFailsTheCommit) {
  commit("ALTER TABLE t DROP CONSTRAINT t_pkey");
  commit("ALTER TABLE t ADD UNIQUE (a) DEFERRABLE INITIALLY DEFERRED");
  Connection connection(engine());
  Transaction transaction = connection.begin();
  insert(connection, 1);
  insert(connection, 1);

  const Failure failure = failure_of([&] { transaction.commit(); });

  EXPECT_TRUE(is_failure<IntegrityError>(failure, "23505", "duplicate key"));
  connection.close();
  EXPECT_EQ(stored(), Values{});
}

TEST_F(PostgresTransactionsTest, AConnectionThatIsClosedRollsBack) {
  {
    Connection connection(engine());
    insert(connection, 1);
  }

  EXPECT_EQ(stored(), Values{});
}

TEST_F(PostgresTransactionsTest, ASavepointTakesBackAFailure) {
  Connection connection(engine());
  insert(connection, 1);
  Transaction nested = connection.begin_nested();
  insert(connection, 2);
  failure_of([&] { insert(connection, 2); });

  nested.rollback();

  insert(connection, 3);
  connection.commit();
  EXPECT_EQ(stored(), (Values{1, 3}));
}

TEST_F(PostgresTransactionsTest, SavepointsMayBeManyAndOneInTheOther) {
  Connection connection(engine());
  Transaction transaction = connection.begin();
  for (int i = 0; i < 5; ++i) {
    Transaction outer = connection.begin_nested();
    insert(connection, 10 * i);
    Transaction inner = connection.begin_nested();
    insert(connection, 10 * i + 1);
    inner.rollback();
    outer.commit();
  }
  transaction.commit();

  EXPECT_EQ(stored(), (Values{0, 10, 20, 30, 40}));
}

// -- autocommit and isolation levels ----------------------------------------------------

TEST_F(PostgresTransactionsTest, InAutocommitModeEachStatementIsATransaction) {
  Connection connection(engine());
  connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});
  insert(connection, 1);
  failure_of([&] { insert(connection, 1); });
  insert(connection, 2);
  connection.rollback();

  EXPECT_EQ(stored(), (Values{1, 2}));
  EXPECT_EQ(connection.get_isolation_level(), "AUTOCOMMIT");
}

TEST_F(PostgresTransactionsTest, InAutocommitModeThereIsWhatNoTransactionTakes) {
  Connection connection(engine());
  connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});

  EXPECT_NO_THROW(connection.exec_driver_sql("VACUUM t"));
}

TEST_F(PostgresTransactionsTest, ATransactionHasTheLevelThatWasAskedFor) {
  for (const std::string level :
       {"READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}) {
    Connection connection(engine());
    connection.execution_options({{"isolation_level", level}});
    std::string lower = level;
    for (char& c : lower) c = c == ' ' ? c : static_cast<char>(c + ('a' - 'A'));

    EXPECT_EQ(connection.get_isolation_level(), level);
    EXPECT_EQ(scalar(connection, "SHOW transaction_isolation"), Value(lower));
    EXPECT_EQ(connection.get_isolation_level(), level);
  }
}

TEST_F(PostgresTransactionsTest, TheNextCheckoutHasTheDefaultLevelAgain) {
  {
    Connection connection(engine());
    connection.execution_options({{"isolation_level", "SERIALIZABLE"}});
    scalar(connection, "SELECT 1");
  }
  Connection connection(engine());

  EXPECT_EQ(connection.get_isolation_level(), "READ COMMITTED");
  EXPECT_EQ(scalar(connection, "SHOW transaction_isolation"), Value("read committed"));
}

TEST_F(PostgresTransactionsTest, TheServersOwnDefaultCounts) {
  Connection connection(engine());
  connection.exec_driver_sql(
      "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  connection.commit();

  EXPECT_EQ(connection.get_isolation_level(), "REPEATABLE READ");
}

TEST_F(PostgresTransactionsTest, TheLevelOfTheTransactionItselfIsTold) {
  Connection connection(engine());
  connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");

  EXPECT_EQ(connection.get_isolation_level(), "SERIALIZABLE");
}

TEST_F(PostgresTransactionsTest, AnUnknownLevelIsRefused) {
  Connection connection(engine());
  const Failure failure = failure_of([&] {
    connection.execution_options({{"isolation_level", "CHAOS"}});
  });

  EXPECT_TRUE(failure.is<ArgumentError>()) << failure;
  EXPECT_TRUE(contains(failure.what, "'CHAOS'")) << failure;
}

// -- two phases -------------------------------------------------------------------------

class PostgresTwoPhaseTest : public PostgresServerTest {
 protected:
  /// The server of all tests of this class.
  static PostgresServer& server() {
    static PostgresServer made({.settings = {"max_prepared_transactions=10"}});
    return made;
  }

  void SetUp() override {
    PostgresServerTest::SetUp();
    if (IsSkipped()) return;
    static int number = 0;
    engine_ = std::make_unique<Engine>(
        URL(server().create_database("two_phase_" + std::to_string(++number))),
        EngineOptions{});
    Connection connection(engine());
    connection.exec_driver_sql("CREATE TABLE t (a int4)");
    connection.commit();
  }

  Engine& engine() { return *engine_; }
  std::size_t rows() {
    Connection connection(engine());
    return connection.exec_driver_sql("SELECT * FROM t").all().size();
  }
  /// Prepares a transaction that has inserted a row, and leaves it.
  void leave_prepared(const std::string& xid) {
    Connection connection(engine());
    TwoPhaseTransaction transaction = connection.begin_twophase(xid);
    connection.exec_driver_sql("INSERT INTO t VALUES (1)");
    transaction.prepare();
    connection.invalidate();
  }

 private:
  std::unique_ptr<Engine> engine_;
};

TEST_F(PostgresTwoPhaseTest, CommitsInOnePhaseWhatWasNotPrepared) {
  Connection connection(engine());
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  transaction.commit();

  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(connection.recover_twophase(), std::vector<std::string>{});
}

TEST_F(PostgresTwoPhaseTest, CommitsWhatWasPrepared) {
  Connection connection(engine());
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  transaction.prepare();
  EXPECT_EQ(rows(), 0U);

  transaction.commit();

  EXPECT_EQ(rows(), 1U);
}

TEST_F(PostgresTwoPhaseTest, RollsBackWhatWasPrepared) {
  Connection connection(engine());
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  transaction.prepare();

  transaction.rollback();

  EXPECT_EQ(rows(), 0U);
  EXPECT_EQ(connection.recover_twophase(), std::vector<std::string>{});
}

TEST_F(PostgresTwoPhaseTest, ATransactionWithoutStatementsCanBePrepared) {
  Connection connection(engine());
  TwoPhaseTransaction transaction = connection.begin_twophase("empty");
  transaction.prepare();
  transaction.commit();

  EXPECT_EQ(connection.recover_twophase(), std::vector<std::string>{});
}

TEST_F(PostgresTwoPhaseTest, AFailedTransactionCannotBePrepared) {
  Connection connection(engine());
  TwoPhaseTransaction transaction = connection.begin_twophase();
  failure_of([&] { connection.exec_driver_sql("SELECT 1 / 0"); });

  const Failure failure = failure_of([&] { transaction.prepare(); });

  EXPECT_TRUE(is_failure<InternalError>(failure, "25P02", "cannot be prepared"));
  transaction.rollback();
  EXPECT_EQ(connection.recover_twophase(), std::vector<std::string>{});
}

TEST_F(PostgresTwoPhaseTest, AnotherConnectionFindsAndEndsIt) {
  leave_prepared("one");
  leave_prepared("two");
  Connection connection(engine());
  EXPECT_EQ(connection.recover_twophase(), (std::vector<std::string>{"one", "two"}));

  connection.commit_prepared("one", true);
  connection.rollback_prepared("two", true);

  EXPECT_EQ(connection.recover_twophase(), std::vector<std::string>{});
  EXPECT_EQ(rows(), 1U);
}

TEST_F(PostgresTwoPhaseTest, ItIsEndedBeforeAnythingElse) {
  leave_prepared("first");
  Connection connection(engine());

  connection.commit_prepared("first", true);

  EXPECT_EQ(rows(), 1U);
  connection.exec_driver_sql("INSERT INTO t VALUES (2)");
  connection.commit();
  EXPECT_EQ(rows(), 2U);
}

TEST_F(PostgresTwoPhaseTest, InATransactionThatHasChangedSomethingItCannotBeEnded) {
  leave_prepared("left");
  Connection connection(engine());
  connection.exec_driver_sql("INSERT INTO t VALUES (2)");

  const Failure failure = failure_of([&] { connection.commit_prepared("left", true); });

  EXPECT_TRUE(is_failure<InternalError>(failure, "25001", "transaction block"));
  connection.rollback();
  connection.rollback_prepared("left", true);
  EXPECT_EQ(rows(), 0U);
}

TEST_F(PostgresTwoPhaseTest, NamesMayHaveQuotesAndBackslashes) {
  for (const std::string xid :
       {"it's", "back\\slash", "\\'; DROP TABLE t; --", "\xC3\xBC"}) {
    leave_prepared(xid);
    Connection connection(engine());
    EXPECT_EQ(connection.recover_twophase(), std::vector{xid});
    connection.rollback_prepared(xid, true);
  }
  EXPECT_EQ(rows(), 0U);
}

TEST_F(PostgresTwoPhaseTest, AnotherDatabasesAreNotFound) {
  leave_prepared("here");
  Engine other(URL(server().url()), EngineOptions{});
  Connection connection(other);

  EXPECT_EQ(connection.recover_twophase(), std::vector<std::string>{});
}

TEST_F(PostgresTwoPhaseTest, AnUnknownNameIsAnError) {
  Connection connection(engine());

  const Failure failure = failure_of([&] { connection.commit_prepared("nobody", true); });

  EXPECT_TRUE(is_failure<ProgrammingError>(failure, "42704", "\"nobody\""));
}

TEST_F(PostgresServerTest, WithoutPreparedTransactionsPreparingIsAnError) {
  const PostgresServer server({.settings = {"max_prepared_transactions=0"}});
  Engine engine(URL(server.url()), EngineOptions{});
  Connection connection(engine);
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.exec_driver_sql("CREATE TABLE t (a int4)");

  const Failure failure = failure_of([&] { transaction.prepare(); });

  EXPECT_TRUE(is_failure<OperationalError>(
      failure, "55000", "prepared transactions are disabled"));
  transaction.rollback();
  EXPECT_EQ(connection.exec_driver_sql("SELECT 1").scalar<int>(), 1);
}

}  // namespace
}  // namespace hark::test
