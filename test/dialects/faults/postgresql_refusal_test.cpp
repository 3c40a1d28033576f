// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What only PostgreSQL does: it refuses to connect while it begins, ends or recovers from
// the crash of one of its processes, which ends all others.
#include <hark/engine.hpp>

#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX'
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "dialects/faults/fault_test.hpp"

namespace hark::test {
namespace {

constexpr std::string_view cannot_connect_now = "57P03";

class PostgresRefusalTest : public OwnServerTest {
 protected:
  void SetUp() override {
    OwnServerTest::SetUp();
    if (!IsSkipped()) start();
  }

  /// The SQLSTATE of what a new connection meets; empty: it works.
  static std::string refusal(Engine& engine) {
    try {
      Connection connection = engine.connect();
      EXPECT_EQ(connection.execute("SELECT 1").scalar_one<int>(), 1);
      return {};
    } catch (const OperationalError& error) {
      EXPECT_FALSE(error.sqlstate() == cannot_connect_now && error.is_disconnect());
      return std::string(error.sqlstate());
    }
  }
};

TEST_F(PostgresRefusalTest, ServerThatWaitsForItsLastClientsTakesNoOthers) {
  WatchedEngine watched(url());
  {
    Connection last = watched.engine.connect();
    last.execute("CREATE TABLE kept (x int)");
    ASSERT_EQ(::kill(server().id(), SIGTERM), 0);

    EXPECT_TRUE(
        becomes_true([&] { return refusal(watched.engine) == cannot_connect_now; }));

    last.commit();
    EXPECT_EQ(watched.engine.pool().checked_out(), 1U);
    last.invalidate();
  }
  server().stop();
  server().start();

  Connection connection = watched.engine.connect();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM kept").scalar_one<int>(), 0);
  connection.close();
}

TEST_F(PostgresRefusalTest, CrashOfOneProcessIsSurvivedByTheOthersUsers) {
  WatchedEngine watched(url());
  std::optional<Connection> crashing(watched.engine);
  Connection other = watched.engine.connect();
  other.execute("SELECT 1");
  ASSERT_EQ(::kill(static_cast<pid_t>(session_of(*crashing)), SIGKILL), 0);

  EXPECT_THROW(
      {
        for (;;) other.execute("SELECT 1");
      },
      OperationalError);
  EXPECT_THROW(crashing->execute("SELECT 1"), OperationalError);
  EXPECT_EQ(watched.disconnects(), 2U);
  crashing.reset();
  other.close();

  EXPECT_TRUE(becomes_true([&] { return refusal(watched.engine).empty(); }));
}

}  // namespace
}  // namespace hark::test
