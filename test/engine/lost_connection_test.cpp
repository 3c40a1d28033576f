// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Connections that are lost, wherever that is noticed: who is told, what becomes of the
// pool's other connections, and how the engine finds its way back.
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

/// Something during which a connection is lost.
struct Loss {
  std::string_view name;
  std::string_view call;  ///< of the driver, in which it is noticed
  std::function<void(Connection&)> act;
};

void PrintTo(const Loss& loss, std::ostream* out) { *out << loss.name; }

const std::vector<Loss>& losses() {
  static const std::vector<Loss> all{
      {"begin", "begin", [](Connection& connection) { connection.execute("INSERT"); }},
      {"explicit begin",
       "begin",
       [](Connection& connection) { static_cast<void>(connection.begin()); }},
      {"execute",
       "execute INSERT",
       [](Connection& connection) { connection.execute("INSERT"); }},
      {"fetch",
       "fetch",
       [](Connection& connection) { connection.execute("SELECT 1").fetchall(); }},
      {"commit",
       "commit",
       [](Connection& connection) {
         connection.execute("INSERT");
         connection.commit();
       }},
      {"rollback",
       "rollback",
       [](Connection& connection) {
         connection.execute("INSERT");
         connection.rollback();
       }},
      {"savepoint",
       "execute SAVEPOINT sa_savepoint_1",
       [](Connection& connection) { static_cast<void>(connection.begin_nested()); }},
      {"release",
       "execute RELEASE SAVEPOINT sa_savepoint_1",
       [](Connection& connection) { connection.begin_nested().commit(); }},
      {"rollback to a savepoint",
       "execute ROLLBACK TO SAVEPOINT sa_savepoint_1",
       [](Connection& connection) { connection.begin_nested().rollback(); }},
      {"begin in two phases",
       "begin",
       [](Connection& connection) { static_cast<void>(connection.begin_twophase()); }},
      {"prepare",
       "execute PREPARE x",
       [](Connection& connection) { connection.begin_twophase("x").prepare(); }},
      {"change of the isolation level",
       "autocommit on",
       [](Connection& connection) {
         connection.execution_options({{"isolation_level", std::string("AUTOCOMMIT")}});
       }},
      {"isolation level", "get_isolation_level", [](Connection& connection) {
         static_cast<void>(connection.get_isolation_level());
       }}};
  return all;
}

class LostConnectionTest : public ::testing::Test {
 protected:
  /// Two connections in the pool, and nobody has them. The id of the younger one.
  std::uint64_t fill_pool() {
    Connection one = engine.connect();
    Connection two = engine.connect();
    return two.connection()->id();
  }

  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://");
  }();
};

class LostConnectionInTest : public LostConnectionTest,
                             public ::testing::WithParamInterface<Loss> {
 protected:
  void lose(Connection& connection) {
    database.fail_on = GetParam().call;
    database.loses_connection = true;
    EXPECT_THROW(GetParam().act(connection), OperationalError);
    database.fail_on.clear();
    database.loses_connection = false;
  }
};

INSTANTIATE_TEST_SUITE_P(EachCall,
                         LostConnectionInTest,
                         ::testing::ValuesIn(losses()),
                         [](const auto& of) {
                           std::string name(of.param.name);
                           std::erase(name, ' ');
                           return name;
                         });

TEST_P(LostConnectionInTest, OlderConnectionsOfThePoolAreReplaced) {
  const std::uint64_t youngest = fill_pool();
  Connection connection = engine.connect();

  lose(connection);

  EXPECT_TRUE(connection.invalidated());
  connection.close();
  Connection one = engine.connect();
  Connection two = engine.connect();
  EXPECT_GT(one.connection()->id(), youngest);
  EXPECT_GT(two.connection()->id(), youngest);
  EXPECT_EQ(database.open, 2U);
}

TEST_P(LostConnectionInTest, OlderConnectionsStayWhereAListenerSaysSo) {
  fill_pool();
  event::listen(engine, "handle_error", [](ExceptionContext& told) {
    told.invalidate_pool_on_disconnect = false;
  });
  Connection connection = engine.connect();

  lose(connection);

  connection.close();
  database.take();
  const Connection one = engine.connect();
  EXPECT_EQ(database.take(), "");
}

TEST_P(LostConnectionInTest, EngineGoesOn) {
  {
    Connection connection = engine.connect();
    lose(connection);
    connection.rollback();

    EXPECT_FALSE(connection.execute("SELECT 1").scalar()->is_null());
  }

  EXPECT_EQ(engine.pool().checked_out(), 0U);
  engine.dispose();
  EXPECT_EQ(database.open, 0U);
}

TEST_P(LostConnectionInTest, ListenersAreToldOnceThatItIsLost) {
  int disconnects = 0;
  event::listen(engine, "handle_error", [&](ExceptionContext& told) {
    if (told.is_disconnect) ++disconnects;
  });
  int invalidated = 0;
  event::listen(engine, "invalidate", [&] { ++invalidated; });
  Connection connection = engine.connect();

  lose(connection);

  EXPECT_EQ(disconnects, 1);
  EXPECT_EQ(invalidated, 1);
}

TEST_P(LostConnectionInTest, ErrorSaysThatTheConnectionIsLost) {
  Connection connection = engine.connect();
  database.fail_on = GetParam().call;
  database.loses_connection = true;

  try {
    GetParam().act(connection);
    FAIL();
  } catch (const OperationalError& error) {
    EXPECT_TRUE(error.is_disconnect());
  }
  database.fail_on.clear();
}

// -- connecting -------------------------------------------------------------------------

TEST_F(LostConnectionTest, DisconnectWhileConnectingLeavesThePoolAlone) {
  std::uint64_t idle = 0;
  {
    Connection connection = engine.connect();
    idle = connection.connection()->id();
  }
  {
    const Connection lent = engine.connect();
    database.fail_on = "connect";
    database.loses_connection = true;
    bool is_disconnect = false;
    event::listen(engine, "handle_error", [&](ExceptionContext& told) {
      is_disconnect = told.is_disconnect;
      EXPECT_EQ(told.connection, nullptr);
    });
    EXPECT_THROW(static_cast<void>(engine.connect()), OperationalError);
    EXPECT_TRUE(is_disconnect);
    EXPECT_EQ(engine.pool().checked_out(), 1U);
  }
  database.take();

  Connection connection = engine.connect();

  EXPECT_EQ(connection.connection()->id(), idle);
  EXPECT_EQ(database.take(), "");
}

TEST_F(LostConnectionTest, ReconnectingThatFailsMayBeTriedAgain) {
  Connection connection = engine.connect();
  connection.invalidate();
  database.fail_on = "connect";
  database.loses_connection = true;

  EXPECT_THROW(connection.execute("SELECT 1"), OperationalError);
  EXPECT_THROW(connection.execute("SELECT 1"), OperationalError);
  EXPECT_TRUE(connection.invalidated());
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  database.fail_on.clear();

  EXPECT_FALSE(connection.execute("SELECT 1").scalar()->is_null());
  EXPECT_EQ(engine.pool().checked_out(), 1U);
}

TEST_F(LostConnectionTest, ReconnectingThatFailsLeavesThePoolAlone) {
  Connection lost = engine.connect();
  Connection other = engine.connect();
  const std::uint64_t others = other.connection()->id();
  lost.invalidate();
  database.fail_on = "connect";
  database.loses_connection = true;
  EXPECT_THROW(lost.execute("SELECT 1"), OperationalError);
  database.fail_on.clear();
  other.close();

  const Connection replaced = engine.connect();
  Connection again = engine.connect();

  EXPECT_EQ(again.connection()->id(), others);
}

// -- finding the way back ---------------------------------------------------------------

TEST_F(LostConnectionTest, PrePingSparesTheCallerTheError) {
  Engine pinging = create_engine("fake://", {.pool = {.pre_ping = true}});
  pinging.connect().close();
  database.fail_on = "ping";
  database.loses_connection = true;

  Connection connection = pinging.connect();

  EXPECT_FALSE(connection.execute("SELECT 1").scalar()->is_null());
}

TEST_F(LostConnectionTest, PassivePrePingSparesTheCallerTheError) {
  Engine pinging = create_engine("fake://", {.pool = {.pre_ping = PrePing::passive}});
  pinging.connect().close();
  database.keeps_connections = false;
  database.take();

  const Connection connection = pinging.connect();

  EXPECT_EQ(database.take(), "is_connected, close, connect");
}

TEST_F(LostConnectionTest, RestartOfTheDatabaseIsNoticedOncePerPool) {
  fill_pool();
  database.loses_connection = true;
  int failures = 0;
  for (int i = 0; i < 4; ++i) {
    // What was opened before the restart fails.
    database.fail_on = failures == 0 ? "execute INSERT" : "";
    Connection connection = engine.connect();
    try {
      connection.execute("INSERT");
      connection.commit();
    } catch (const OperationalError&) {
      ++failures;
    }
  }

  EXPECT_EQ(failures, 1);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

}  // namespace
}  // namespace hark::test
