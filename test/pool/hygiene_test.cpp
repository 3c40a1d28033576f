// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/engine.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

/// What the next user of a connection must not find, on a real database: other pools hand
/// out transactions that somebody else has begun.
namespace hark::test {
namespace {

using namespace std::chrono_literals;

class PoolHygieneTest : public ::testing::Test {
 protected:
  PoolHygieneTest() { execute(engine.raw_connection(), "CREATE TABLE t (x)"); }
  ~PoolHygieneTest() override {
    engine.dispose();
    std::error_code ignored;
    std::filesystem::remove(path(), ignored);
  }

  static std::string path() {
    return (std::filesystem::temp_directory_path() /
            ("hark_hygiene_test_" + std::to_string(::getpid())))
        .string();
  }
  static EngineOptions options() {
    EngineOptions one;
    one.poolclass = PoolClass::queue;
    one.pool = {.pool_size = 1, .max_overflow = 0, .timeout = 5ms};
    return one;
  }

  static void execute(const PooledConnection& connection, std::string_view sql) {
    connection->cursor()->execute(sql, {});
  }
  std::int64_t rows() {
    const PooledConnection connection = engine.raw_connection();
    const dbapi::CursorPtr cursor = connection->cursor();
    cursor->execute("SELECT count(*) FROM t", {});
    return cursor->fetch() ? cursor->value(0).integer() : -1;
  }

  Engine engine{URL("sqlite:///" + path()), options()};
};

TEST_F(PoolHygieneTest, WhatWasNotCommittedIsUndone) {
  PooledConnection connection = engine.raw_connection();
  connection->begin();
  execute(connection, "INSERT INTO t VALUES (1)");

  connection.close();

  EXPECT_EQ(rows(), 0);
}

TEST_F(PoolHygieneTest, TransactionBegunInSqlEndsToo) {
  PooledConnection connection = engine.raw_connection();
  const std::uint64_t id = connection->id();
  execute(connection, "BEGIN");
  execute(connection, "INSERT INTO t VALUES (1)");

  connection.close();

  EXPECT_EQ(rows(), 0);
  const PooledConnection next = engine.raw_connection();
  EXPECT_EQ(next->id(), id);
  EXPECT_NO_THROW(execute(next, "BEGIN"));
}

TEST_F(PoolHygieneTest, TransactionThatDidNothingEndsToo) {
  PooledConnection connection = engine.raw_connection();
  connection->begin();

  connection.close();

  EXPECT_NO_THROW(engine.raw_connection()->begin());
}

TEST_F(PoolHygieneTest, OpenReadHoldsNoLockOnceItsConnectionIsBack) {
  execute(engine.raw_connection(), "INSERT INTO t VALUES (1), (2)");
  PooledConnection connection = engine.raw_connection();
  const dbapi::CursorPtr cursor = connection->cursor();
  cursor->execute("SELECT x FROM t", {});
  ASSERT_TRUE(cursor->fetch());

  connection.close();

  EXPECT_NO_THROW(execute(engine.raw_connection(), "DROP TABLE t"));
}

TEST_F(PoolHygieneTest, CursorDoesNotReadOnSomebodyElsesConnection) {
  execute(engine.raw_connection(), "INSERT INTO t VALUES (1), (2)");
  PooledConnection connection = engine.raw_connection();
  const dbapi::CursorPtr cursor = connection->cursor();
  cursor->execute("SELECT x FROM t", {});
  connection.close();
  const PooledConnection somebody_elses = engine.raw_connection();

  EXPECT_THROW(cursor->fetch(), dbapi::ProgrammingError);
  EXPECT_THROW(cursor->execute("DELETE FROM t", {}), dbapi::ProgrammingError);
}

TEST_F(PoolHygieneTest, AnotherThreadMayGiveBack) {
  PooledConnection connection = engine.raw_connection();
  connection->begin();
  execute(connection, "INSERT INTO t VALUES (1)");

  std::thread([moved = std::move(connection)]() mutable { moved.close(); }).join();

  EXPECT_EQ(engine.pool().checked_out(), 0U);
  EXPECT_EQ(rows(), 0);
}

TEST_F(PoolHygieneTest, ExhaustedPoolGivesUpAfterItsTimeout) {
  const PooledConnection held = engine.raw_connection();

  EXPECT_THROW(static_cast<void>(engine.raw_connection()), TimeoutError);
  EXPECT_EQ(engine.pool().checked_out(), 1U);
}

}  // namespace
}  // namespace hark::test
