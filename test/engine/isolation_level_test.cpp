// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "support/fake_dbapi.hpp"
#include "support/folder.hpp"
#include "support/widgets.hpp"

namespace hark::test {
namespace {

/// A file with an empty table `t`, and somebody else who reads it.
class IsolationLevelTest : public ::testing::Test {
 protected:
  IsolationLevelTest() {
    engine.begin(
        [](Connection& connection) { connection.execute("create table t (x)"); });
  }

  int rows_for_others() {
    return other.connect().execute("select count(*) from t").scalar_one<int>();
  }

  Folder folder;
  const std::string url = "sqlite:///" + folder.path("file.db");
  Engine engine = create_engine(url, {.pool = {.pool_size = 1, .max_overflow = 0}});
  Engine other = create_engine(url);
  const ExecutionOptions autocommit{{"isolation_level", std::string("AUTOCOMMIT")}};
};

TEST_F(IsolationLevelTest, AutocommitCommitsEachStatement) {
  Connection connection = engine.connect();
  connection.execution_options(autocommit);

  connection.execute("insert into t values (1)");

  EXPECT_EQ(rows_for_others(), 1);
  connection.rollback();
  EXPECT_EQ(rows_for_others(), 1);
}

TEST_F(IsolationLevelTest, TransactionsAreToldOfAllTheSame) {
  Log log;
  event::listen(engine, "begin", log.note("begin"));
  event::listen(engine, "commit", log.note("commit"));
  Connection connection = engine.connect();
  connection.execution_options(autocommit);

  connection.execute("insert into t values (1)");
  connection.commit();

  EXPECT_EQ(log.take(), "begin commit");
}

TEST_F(IsolationLevelTest, NextUserOfTheConnectionFindsTheDefault) {
  {
    Connection connection = engine.connect();
    connection.execution_options(autocommit);
    connection.execute("insert into t values (1)");
  }
  Connection connection = engine.connect();  // there is one, the same

  connection.execute("insert into t values (2)");

  EXPECT_EQ(rows_for_others(), 1);
}

TEST_F(IsolationLevelTest, OptionOfAnEngineIsForItsConnections) {
  Engine committing = engine.execution_options(autocommit);

  committing.connect().execute("insert into t values (1)");

  EXPECT_EQ(rows_for_others(), 1);
  engine.connect().execute("insert into t values (2)");
  EXPECT_EQ(rows_for_others(), 1);
}

TEST_F(IsolationLevelTest, EngineIsMadeWithOne) {
  Engine committing = create_engine(url, {.isolation_level = "AUTOCOMMIT"});

  committing.connect().execute("insert into t values (1)");
  committing.connect().execute("insert into t values (2)");

  EXPECT_EQ(rows_for_others(), 2);
}

TEST_F(IsolationLevelTest, IsKeptWhenTheConnectionIsReplaced) {
  Connection connection = engine.connect();
  connection.execution_options(autocommit);
  connection.invalidate();

  connection.execute("insert into t values (1)");

  EXPECT_EQ(rows_for_others(), 1);
}

TEST_F(IsolationLevelTest, DoesNotChangeWithinATransaction) {
  Connection connection = engine.connect();
  connection.execute("insert into t values (1)");

  EXPECT_THROW(connection.execution_options(autocommit), InvalidRequestError);
  connection.rollback();

  EXPECT_NO_THROW(connection.execution_options(autocommit));
}

TEST_F(IsolationLevelTest, ReadUncommittedIsSqlites) {
  Connection connection = engine.connect();
  connection.execution_options({{"isolation_level", std::string("READ UNCOMMITTED")}});

  EXPECT_EQ(connection.execute("pragma read_uncommitted").scalar<int>(), 1);
  connection.close();

  EXPECT_EQ(engine.connect().execute("pragma read_uncommitted").scalar<int>(), 0);
}

TEST_F(IsolationLevelTest, IsWhatTheDatabaseSays) {
  Connection connection = engine.connect();
  EXPECT_EQ(connection.get_isolation_level(), "SERIALIZABLE");

  connection.execution_options({{"isolation_level", std::string("READ UNCOMMITTED")}});

  EXPECT_EQ(connection.get_isolation_level(), "READ UNCOMMITTED");
}

TEST_F(IsolationLevelTest, FailureToReadItIsWrapped) {
  FakeDatabase database;
  FakeDialect::use(database);
  Engine fake = create_engine("fake://");
  int told = 0;
  event::listen(fake, "handle_error", [&](ExceptionContext&) { ++told; });
  Connection connection = fake.connect();
  database.fail_on = "get_isolation_level";

  EXPECT_THROW(static_cast<void>(connection.get_isolation_level()), OperationalError);

  EXPECT_EQ(told, 1);
}

TEST_F(IsolationLevelTest, UnknownLevelIsNamed) {
  Connection connection = engine.connect();
  try {
    connection.execution_options({{"isolation_level", std::string("SNAPSHOT")}});
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_NE(std::string(error.what()).find("'SNAPSHOT'"), std::string::npos);
  }
}

// -- transactions as SQLite has them ------------------------------------------------------

TEST_F(IsolationLevelTest, WhatATransactionHasReadStays) {
  Connection connection = engine.connect();
  const auto count = [&] {
    return connection.execute("select count(*) from t").scalar_one<int>();
  };
  EXPECT_EQ(count(), 0);

  Connection writer = other.connect();
  writer.execute("insert into t values (1)");

  // In rollback-journal mode the reader keeps its lock until its transaction ends.
  writer.connection()->cursor()->execute("pragma busy_timeout = 0", {});
  EXPECT_THROW(writer.commit(), OperationalError);
  EXPECT_EQ(count(), 0);
}

// -- Engine::begin ------------------------------------------------------------------------

TEST_F(IsolationLevelTest, BeginCommitsAndReturnsWhatTheWorkReturns) {
  const int answer = engine.begin([](Connection& connection) {
    connection.execute("insert into t values (1)");
    return 42;
  });

  EXPECT_EQ(answer, 42);
  EXPECT_EQ(rows_for_others(), 1);
}

TEST_F(IsolationLevelTest, BeginRollsBackWhenTheWorkThrows) {
  EXPECT_THROW(engine.begin([](Connection& connection) {
    connection.execute("insert into t values (1)");
    throw std::range_error("no");
  }),
               std::range_error);

  EXPECT_EQ(rows_for_others(), 0);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

}  // namespace
}  // namespace hark::test
