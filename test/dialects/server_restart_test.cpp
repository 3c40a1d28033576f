// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Servers that stop and start, are full or silent: what a program is told, and how it goes
// on without being restarted itself.
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "dialects/faults/fault_test.hpp"
#include "dialects/faults/proxy.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;

int answer(Connection& connection) {
  return connection.execute("SELECT 42").scalar_one<int>();
}

/// So many connections in the pool, and nobody has them.
void fill_pool(Engine& engine, std::size_t count) {
  std::deque<Connection> lent;
  for (std::size_t i = 0; i < count; ++i) lent.emplace_back(engine);
}

// -- stopped and started ----------------------------------------------------------------

class ServerRestartTest : public OwnServerTest {
 protected:
  void SetUp() override {
    OwnServerTest::SetUp();
    if (!IsSkipped()) start();
  }

  /// What two threads' worth of connections see after the server came back.
  std::size_t failures_of_four(Engine& engine) {
    std::size_t failures = 0;
    for (int i = 0; i < 2; ++i) {
      Connection one = engine.connect();
      Connection two = engine.connect();
      for (Connection* const each : {&one, &two}) {
        try {
          EXPECT_EQ(answer(*each), 42);
        } catch (const OperationalError& error) {
          EXPECT_TRUE(error.is_disconnect());
          ++failures;
        }
      }
    }
    return failures;
  }
};

TEST_F(ServerRestartTest, IdlePoolRecovers) {
  struct Kind {
    PoolOptions options;
    std::size_t most_failures;
  };
  // Without a question, who has a connection in hand finds out by himself.
  const std::vector<Kind> kinds{{{.pre_ping = PrePing::round_trip}, 0},
                                {{.pre_ping = PrePing::passive}, 0},
                                {{.recycle = 1ms}, 0},
                                {{}, 2}};
  const QuietLostErrors quiet;
  std::deque<WatchedEngine> engines;
  for (const Kind& kind : kinds)
    engines.emplace_back(url(), EngineOptions{.pool = kind.options});

  for (const bool is_killed : {false, true}) {
    for (WatchedEngine& each : engines) fill_pool(each.engine, 3);
    is_killed ? server().kill() : server().stop();
    server().start();

    for (std::size_t i = 0; i < kinds.size(); ++i) {
      SCOPED_TRACE(std::to_string(i) + (is_killed ? ", killed" : ", stopped"));
      const std::size_t before = engines[i].told().size();
      const std::size_t failures = failures_of_four(engines[i].engine);
      EXPECT_LE(failures, kinds[i].most_failures);
      EXPECT_EQ(failures == 0, kinds[i].most_failures == 0);
      EXPECT_EQ(engines[i].told().size() - before, failures);
      EXPECT_EQ(engines[i].engine.pool().checked_out(), 0U);
    }
  }
}

TEST_F(ServerRestartTest, WhoConnectsMeanwhileIsToldAndTriesAgain) {
  for (const PrePing mode : {PrePing::off, PrePing::passive, PrePing::round_trip}) {
    WatchedEngine watched(url(), {.pool = {.pre_ping = mode}});
    fill_pool(watched.engine, 1);
    server().stop();

    for (int i = 0; i < 3; ++i) {
      try {
        Connection connection = watched.engine.connect();
        answer(connection);
        FAIL() << "it has connected";
      } catch (const OperationalError& error) {
        const bool is_first = i == 0 && mode == PrePing::off;
        EXPECT_TRUE(is_first
                        ? error.is_disconnect()
                        : peer::means_unreachable(error.sqlstate(), error.driver_code()))
            << error.what();
      }
      EXPECT_EQ(watched.engine.pool().checked_out(), 0U);
    }

    server().start();
    Connection connection = watched.engine.connect();
    EXPECT_EQ(answer(connection), 42);
  }
}

TEST_F(ServerRestartTest, ConnectionThatIsKeptGoesOn) {
  const QuietLostErrors quiet;
  WatchedEngine watched(url());
  Connection connection = watched.engine.connect();
  connection.execute("CREATE TABLE kept (x int)");
  connection.commit();
  connection.execute("INSERT INTO kept VALUES (1)");

  server().kill();
  EXPECT_THROW(connection.execute("INSERT INTO kept VALUES (2)"), OperationalError);
  connection.rollback();
  EXPECT_THROW(connection.execute("INSERT INTO kept VALUES (3)"), OperationalError);
  server().start();
  connection.execute("INSERT INTO kept VALUES (4)");
  connection.commit();

  EXPECT_EQ(connection.execute("SELECT x FROM kept").scalars<int>(),
            (std::vector<int>{4}));
  connection.close();
}

// -- full -------------------------------------------------------------------------------

TEST_F(OwnServerTest, SaysThatItIsFullAndTakesTheNextWhenThereIsRoom) {
  start({.settings = {"max_connections=10"}});
  WatchedEngine watched(url(), {.pool = {.max_overflow = -1}});
  std::deque<Connection> lent;

  try {
    while (lent.size() < 20) lent.emplace_back(watched.engine);
    FAIL() << "it is never full";
  } catch (const OperationalError& error) {
    EXPECT_TRUE(peer::means_full(error.sqlstate(), error.driver_code()))
        << error.sqlstate() << ' ' << error.driver_code();
    EXPECT_FALSE(error.is_disconnect());
  }
  EXPECT_EQ(watched.engine.pool().checked_out(), lent.size());
  for (Connection& each : lent) EXPECT_EQ(answer(each), 42);

  lent.front().invalidate();
  EXPECT_TRUE(becomes_true([&] {
    try {
      Connection connection = watched.engine.connect();
      return answer(connection) == 42;
    } catch (const OperationalError&) {
      return false;  // the server has not noticed yet
    }
  }));
}

// -- silent -----------------------------------------------------------------------------

class SilentServerTest : public FaultTest {
 protected:
  Proxy proxy{own().socket, peer::find_message};
};

TEST_F(SilentServerTest, ConnectingEndsWhenItsTimeIsOver) {
  WatchedEngine watched(peer::url_by_port(proxy.port(), "connect_timeout=1"));
  proxy.arm(1, Proxy::Fault::silence);

  try {
    static_cast<void>(watched.engine.connect());
    FAIL() << "it has connected";
  } catch (const OperationalError& error) {
    EXPECT_TRUE(peer::means_unreachable(error.sqlstate(), error.driver_code()))
        << error.sqlstate() << ' ' << error.driver_code() << ' ' << error.what();
  }
  EXPECT_TRUE(proxy.has_struck());
  EXPECT_EQ(watched.engine.pool().checked_out(), 0U);

  Connection connection = watched.engine.connect();
  EXPECT_EQ(answer(connection), 42);
}

TEST_F(SilentServerTest, StatementEndsWhenItsTimeIsOver) {
  WatchedEngine watched(peer::url_by_port(proxy.port(), peer::silence_timeout));
  Connection connection = watched.engine.connect();
  proxy.silence();

  try {
    connection.execute("SELECT length(:text)",
                       {{"text", std::string(peer::silent_size, 'x')}});
    FAIL() << "it was answered";
  } catch (const OperationalError& error) {
    EXPECT_TRUE(error.is_disconnect());
    EXPECT_TRUE(peer::means_lost(error.sqlstate(), error.driver_code()))
        << error.sqlstate() << ' ' << error.driver_code();
  }
  EXPECT_TRUE(connection.invalidated());

  connection.rollback();
  EXPECT_EQ(answer(connection), 42);
  connection.close();
  proxy.cut();
}

class TimeoutTest : public FaultTest {};

TEST_F(TimeoutTest, StatementThatTakesTooLongLeavesTheConnectionWell) {
  WatchedEngine watched(url() + (url().find('?') == std::string::npos ? '?' : '&') +
                        std::string(peer::statement_timeout));
  Connection connection = watched.engine.connect();
  const std::int64_t session = session_of(connection);

  try {
    connection.execute(peer::takes_a_minute).fetchall();
    FAIL() << "it has come to its end";
  } catch (const OperationalError& error) {
    EXPECT_TRUE(peer::means_out_of_time(error.sqlstate(), error.driver_code()))
        << error.sqlstate() << ' ' << error.driver_code();
    EXPECT_FALSE(error.is_disconnect());
  }

  connection.rollback();
  EXPECT_EQ(session_of(connection), session);
}

TEST_F(TimeoutTest, WhoWaitsForAPlaceGetsThatOfALostConnection) {
  WatchedEngine watched(url(),
                        {.pool = {.pool_size = 1, .max_overflow = 0, .timeout = 30s}});
  auto& pool = dynamic_cast<QueuePool&>(watched.engine.pool());
  Connection first = watched.engine.connect();
  const std::int64_t session = session_of(first);
  std::thread second([&] {
    Connection connection = watched.engine.connect();
    EXPECT_NE(session_of(connection), session);
  });
  EXPECT_TRUE(becomes_true([&] { return pool.waiting() == 1; }));

  observer().kill(session);
  EXPECT_THROW(answer(first), OperationalError);
  second.join();

  first.rollback();
  EXPECT_EQ(answer(first), 42);
  EXPECT_EQ(pool.checked_out(), 1U);
}

TEST_F(TimeoutTest, PoolThatIsEmptyForTooLongSaysSo) {
  WatchedEngine watched(url(),
                        {.pool = {.pool_size = 1, .max_overflow = 0, .timeout = 1ms}});
  Connection first = watched.engine.connect();

  EXPECT_THROW(static_cast<void>(watched.engine.connect()), TimeoutError);

  EXPECT_EQ(watched.told().size(), 0U);
  EXPECT_EQ(answer(first), 42);
}

}  // namespace
}  // namespace hark::test
