// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// From acquire to connection_closed.
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/fake_dbapi.hpp"
#include "support/widgets.hpp"

namespace hark::test {
namespace {

using C = ConnectionEvents;

class Veto : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ConnectionLifeTest : public ::testing::Test {
 protected:
  void note_life() {
    event::listen<C::acquire>(engine, log.note("acquire"));
    event::listen<C::acquire_end>(engine, [this](Connection&, const Ending& ending) {
      log.add("acquire_" + std::string(name_of(ending.outcome)));
    });
    event::listen<C::connection_closed>(engine, log.note("closed"));
  }
  template <class E>
  void forbid(Engine& on) {
    event::listen<E>(on, [] { throw Veto("no"); });
  }

  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://");
  }();
  Log log;
};

// -- when -------------------------------------------------------------------------------

TEST_F(ConnectionLifeTest, BeginsBeforeTheCheckoutAndEndsBehindTheReturn) {
  note_life();
  event::listen<PoolEvents::checkout>(engine, log.note("checkout"));
  event::listen<PoolEvents::checkin>(engine, log.note("checkin"));
  event::listen<C::engine_connect>(engine, log.note("engine_connect"));

  Connection(engine).execute("SELECT 1").fetchall();

  EXPECT_EQ(log.take(), "acquire checkout acquire_ok engine_connect checkin closed");
}

TEST_F(ConnectionLifeTest, EndsOnceWithCloseOrTheDestructor) {
  note_life();

  {
    Connection connection(engine);
    connection.close();
    connection.close();
    EXPECT_EQ(log.take(), "acquire acquire_ok closed");
  }
  EXPECT_EQ(log.take(), "");
}

TEST_F(ConnectionLifeTest, AcquiresAgainAfterAnInvalidation) {
  note_life();
  Connection connection(engine);
  connection.invalidate();
  log.take();

  connection.execute("SELECT 1").fetchall();
  EXPECT_EQ(log.take(), "acquire acquire_ok");
  connection.invalidate();
  connection.rollback();
  connection.connection();
  EXPECT_EQ(log.take(), "acquire acquire_ok");

  connection.close();
  EXPECT_EQ(log.take(), "closed");
}

TEST_F(ConnectionLifeTest, OfAnInvalidatedConnectionEndsToo) {
  note_life();
  {
    Connection connection(engine);
    connection.invalidate();
    log.take();
  }

  EXPECT_EQ(log.take(), "closed");
}

TEST_F(ConnectionLifeTest, EndOfOneThatAnnouncedNothingIsNotTold) {
  {
    Connection connection(engine);
    note_life();
  }

  EXPECT_EQ(log.take(), "");
}

TEST_F(ConnectionLifeTest, IsToldWithTheSameIdThroughout) {
  std::vector<std::uint64_t> ids;
  const auto note = [&](Connection& connection) { ids.push_back(connection.id()); };
  event::listen<C::acquire>(engine, note);
  event::listen<C::acquire_end>(engine, note);
  event::listen<C::connection_closed>(engine, note);

  const std::uint64_t id = Connection(engine).id();

  EXPECT_EQ(ids, std::vector<std::uint64_t>(3, id));
}

TEST_F(ConnectionLifeTest, IsHeardByListenersOfTheClass) {
  const event::ScopedSubscription heard =
      event::listen<C::acquire>(event::every<Connection>, log.note("acquire"));

  const Connection connection(engine);

  EXPECT_EQ(log.take(), "acquire");
}

// -- failures ---------------------------------------------------------------------------

TEST_F(ConnectionLifeTest, AcquireThatAListenerForbidsChecksNothingOut) {
  note_life();
  forbid<C::acquire>(engine);

  EXPECT_THROW(Connection{engine}, Veto);

  EXPECT_EQ(log.take(), "acquire acquire_error closed");
  EXPECT_EQ(database.calls.size(), 0U);
}

TEST_F(ConnectionLifeTest, EndOfAcquireThatThrowsGivesTheConnectionBack) {
  note_life();
  forbid<C::acquire_end>(engine);

  EXPECT_THROW(Connection{engine}, Veto);

  EXPECT_EQ(log.take(), "acquire acquire_ok closed");
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(ConnectionLifeTest, FailureToConnectIsToldAsTheCallerGetsIt) {
  note_life();
  std::exception_ptr told;
  event::listen<C::acquire_end>(
      engine, [&](Connection&, const Ending& ending) { told = ending.error; });
  database.fail_on = "connect";

  EXPECT_THROW(Connection{engine}, OperationalError);

  EXPECT_EQ(log.take(), "acquire acquire_error closed");
  EXPECT_THROW(std::rethrow_exception(told), OperationalError);
}

TEST_F(ConnectionLifeTest, AcquireForbiddenAfterAnInvalidationLeavesItInvalidated) {
  Connection connection(engine);
  connection.invalidate();
  note_life();
  auto veto = event::listen<C::acquire>(engine, [] { throw Veto("no"); });

  EXPECT_THROW(connection.connection(), Veto);
  EXPECT_TRUE(connection.invalidated());
  EXPECT_EQ(log.take(), "acquire acquire_error");

  veto.disconnect();
  connection.execute("SELECT 1").fetchall();
  connection.close();
  EXPECT_EQ(log.take(), "acquire acquire_ok closed");
}

TEST_F(ConnectionLifeTest, EndOfAcquireThatThrowsAfterAnInvalidationGivesBack) {
  Connection connection(engine);
  connection.invalidate();
  forbid<C::acquire_end>(engine);

  EXPECT_THROW(connection.connection(), Veto);

  EXPECT_TRUE(connection.invalidated());
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(ConnectionLifeTest, ListenerOfAcquireCannotUseTheConnection) {
  event::listen<C::acquire>(engine,
                            [](Connection& connection) { connection.connection(); });

  EXPECT_THROW(Connection{engine}, ResourceClosedError);

  EXPECT_EQ(database.calls.size(), 0U);
}

TEST_F(ConnectionLifeTest, EndsWhereAListenerOfEngineConnectThrowsInATransaction) {
  note_life();
  event::listen<C::rollback>(engine, log.note("rollback"));
  event::listen<C::engine_connect>(engine, [](Connection& connection, bool) {
    connection.execute("INSERT");
    throw Veto("no");
  });

  EXPECT_THROW(Connection{engine}, Veto);

  EXPECT_EQ(log.take(), "acquire acquire_ok rollback closed");
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(ConnectionLifeTest, ListenerOfTheEndThatThrowsReachesTheCallerOfClose) {
  note_life();
  forbid<C::connection_closed>(engine);
  Connection connection(engine);

  EXPECT_THROW(connection.close(), Veto);

  EXPECT_TRUE(connection.closed());
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  connection.close();
  EXPECT_EQ(log.take(), "acquire acquire_ok closed");
}

TEST_F(ConnectionLifeTest, EndsBehindTheReturnAlsoWhereClosingFails) {
  std::vector<std::size_t> lent;
  event::listen<C::connection_closed>(
      engine, [&] { lent.push_back(engine.pool().checked_out()); });
  {
    Connection connection(engine);
    connection.execute("INSERT");
    database.fail_on = "rollback";
  }

  EXPECT_EQ(lent, std::vector<std::size_t>{0});
}

TEST_F(ConnectionLifeTest, EndsOnceWhicheverCallOfTheDriverFails) {
  const auto act = [](Engine& on) {
    Connection connection(on);
    connection.execute("SELECT 1").fetchall();
    connection.invalidate();
    connection.rollback();
    connection.execute("INSERT");
    connection.commit();
    connection.execute("INSERT");
  };
  act(engine);
  const std::size_t calls = database.calls.size();

  for (const bool loses_connection : {false, true}) {
    for (std::size_t fail_at = 1; fail_at <= calls; ++fail_at) {
      database = {};
      database.fail_at = fail_at;
      database.loses_connection = loses_connection;
      Engine failing = create_engine("fake://");
      int balance = 0;
      int closed = 0;
      event::listen<C::acquire>(failing, [&] { ++balance; });
      event::listen<C::acquire_end>(failing, [&] { --balance; });
      event::listen<C::connection_closed>(failing, [&] { ++closed; });
      try {
        act(failing);
      } catch (const DBAPIError&) {
      }
      EXPECT_EQ(balance, 0) << "call " << fail_at;
      EXPECT_EQ(closed, 1) << "call " << fail_at;
      EXPECT_EQ(failing.pool().checked_out(), 0U) << "call " << fail_at;
    }
  }
}

// -- what an ExecutionContext knows -----------------------------------------------------

class ExecutionContextTest : public ConnectionLifeTest {
 protected:
  using Names = std::vector<std::string>;
};

TEST_F(ExecutionContextTest, HasTheNamesOfParametersInTheOrderOfThePlaceholders) {
  std::vector<Names> told;
  event::listen<C::before_cursor_execute>(
      engine,
      [&](Connection&,
          dbapi::Cursor&,
          const std::string&,
          const dbapi::Parameters&,
          ExecutionContext& context,
          bool) { told.push_back(context.parameter_names()); });
  Connection connection(engine);

  connection.execute("INSERT :b, :a, :b", {{"a", 1}, {"b", 2}});
  connection.execute(text("INSERT :a"), ParameterSets{{{"a", 1}}, {{"a", 2}}});
  connection.exec_driver_sql("INSERT ?", {1});

  EXPECT_EQ(told, (std::vector<Names>{{"b", "a", "b"}, {"a"}, {}}));
}

TEST_F(ExecutionContextTest, KnowsWhatIsExecutedUntilItsEnd) {
  std::vector<std::string> told;
  event::listen<C::before_cursor_execute>(
      engine,
      [](Connection&,
         dbapi::Cursor&,
         std::string statement,
         const dbapi::Parameters& parameters,
         ExecutionContext&,
         bool) {
        if (statement == "INSERT") statement = "INSERT /* a text that is long enough */";
        return std::tuple(std::move(statement), parameters);
      },
      event::retval);
  event::listen<C::cursor_execute_end>(
      engine, [&](Connection& connection, ExecutionContext& context, const Ending&) {
        if (context.statement() == "INSERT") connection.exec_driver_sql("SELECT 1");
        told.emplace_back(context.statement());
        told.emplace_back(context.executed_statement());
      });
  Connection connection(engine);

  connection.exec_driver_sql("INSERT");

  EXPECT_EQ(
      told,
      (std::vector<std::string>{
          "SELECT 1", "SELECT 1", "INSERT", "INSERT /* a text that is long enough */"}));
}

}  // namespace
}  // namespace hark::test
