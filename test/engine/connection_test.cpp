// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/fake_dbapi.hpp"
#include "support/widgets.hpp"

namespace hark::test {
namespace {

/// An engine on SQLite in memory.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    Connection connection = engine.connect();
    connection.execute("create table t (id integer primary key, name text)");
    connection.commit();
  }

  std::int64_t rows() {
    Connection connection = engine.connect();
    return connection.execute("select count(*) from t").scalar()->integer();
  }

  Engine engine = create_engine("sqlite://", {.poolclass = PoolClass::static_});
  Log log;
};

// -- statements -------------------------------------------------------------------------

TEST_F(ConnectionTest, ExecutesWithNamedParameters) {
  Connection connection = engine.connect();

  auto result = connection.execute("select :a + :b", {{"a", 40}, {"b", 2}});

  EXPECT_EQ(result.scalar()->integer(), 42);
}

TEST_F(ConnectionTest, ExecutesForManySets) {
  Connection connection = engine.connect();

  auto result = connection.execute(text("insert into t (name) values (:name)"),
                                   ParameterSets{{{"name", "Ada"}}, {{"name", "Bob"}}});

  EXPECT_EQ(result.rowcount(), 2);
}

TEST_F(ConnectionTest, MissingParameterIsAStatementError) {
  Connection connection = engine.connect();

  try {
    connection.execute("select :a", {{"b", 1}});
    FAIL();
  } catch (const StatementError& error) {
    EXPECT_NE(std::string(error.what()).find("'a'"), std::string::npos);
    EXPECT_EQ(error.statement(), "select ?");
  }
}

TEST_F(ConnectionTest, DriversErrorIsWrappedUnderTheSameName) {
  Connection connection = engine.connect();
  connection.execute("insert into t (id) values (1)");

  EXPECT_THROW(connection.execute("insert into t (id) values (1)"), IntegrityError);
}

TEST_F(ConnectionTest, WrappedErrorHasTheDriversOwn) {
  Connection connection = engine.connect();

  try {
    connection.execute("select * from nope");
    FAIL();
  } catch (const OperationalError& error) {
    EXPECT_THROW(std::rethrow_exception(error.original()), dbapi::OperationalError);
    EXPECT_EQ(error.statement(), "select * from nope");
  }
}

TEST_F(ConnectionTest, ParametersAreHiddenOnRequest) {
  Engine discreet = create_engine("sqlite://", {.hide_parameters = true});
  Connection connection = discreet.connect();

  try {
    connection.execute("select nope from t where secret = :s", {{"s", "hunter2"}});
    FAIL();
  } catch (const OperationalError& error) {
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    EXPECT_EQ(error.parameters(), "");
  }
}

// -- transactions -----------------------------------------------------------------------

TEST_F(ConnectionTest, CommitKeepsWhatWasDone) {
  Connection connection = engine.connect();
  connection.execute("insert into t (name) values ('Ada')");

  connection.commit();
  connection.close();

  EXPECT_EQ(rows(), 1);
}

TEST_F(ConnectionTest, CloseRollsBack) {
  Connection connection = engine.connect();
  connection.execute("insert into t (name) values ('Ada')");

  connection.close();

  EXPECT_EQ(rows(), 0);
}

TEST_F(ConnectionTest, DdlIsRolledBackToo) {
  Connection connection = engine.connect();
  connection.execute("create table other (x)");

  connection.rollback();

  EXPECT_THROW(connection.execute("select * from other"), OperationalError);
}

TEST_F(ConnectionTest, TransactionIsRolledBackWithItsHandle) {
  Connection connection = engine.connect();
  {
    const Transaction transaction = connection.begin();
    connection.execute("insert into t (name) values ('Ada')");
  }
  connection.commit();
  connection.close();

  EXPECT_EQ(rows(), 0);
}

TEST_F(ConnectionTest, SecondBeginIsRefused) {
  Connection connection = engine.connect();
  const Transaction transaction = connection.begin();

  EXPECT_THROW(static_cast<void>(connection.begin()), InvalidRequestError);
}

TEST_F(ConnectionTest, SavepointIsRolledBackAlone) {
  Connection connection = engine.connect();
  connection.execute("insert into t (name) values ('Ada')");
  Transaction savepoint = connection.begin_nested();
  connection.execute("insert into t (name) values ('Bob')");

  savepoint.rollback();
  connection.commit();
  connection.close();

  EXPECT_EQ(rows(), 1);
}

TEST_F(ConnectionTest, TransactionMayOutliveItsConnection) {
  Transaction transaction;
  {
    Connection connection = engine.connect();
    transaction = connection.begin();
  }

  EXPECT_FALSE(transaction.is_active());
  EXPECT_THROW(transaction.commit(), InvalidRequestError);
}

// -- events -----------------------------------------------------------------------------

TEST_F(ConnectionTest, FiresTheEventsOfAStatementInOrder) {
  event::listen(engine, "before_execute", log.note("before_execute"));
  event::listen(engine, "begin", log.note("begin"));
  event::listen(engine, "before_cursor_execute", log.note("before_cursor"));
  event::listen(engine, "do_execute", log.note("do_execute"));
  event::listen(engine, "after_cursor_execute", log.note("after_cursor"));
  event::listen(engine, "after_execute", log.note("after_execute"));
  Connection connection = engine.connect();

  connection.execute("select 1");

  EXPECT_EQ(log.take(),
            "before_execute begin before_cursor do_execute after_cursor after_execute");
}

TEST_F(ConnectionTest, StatementIsRewritten) {
  event::listen(
      engine,
      "before_cursor_execute",
      [](Connection&, dbapi::Cursor&, std::string, dbapi::Parameters parameters) {
        return std::tuple(std::string("select 42"), std::move(parameters));
      },
      event::retval);
  Connection connection = engine.connect();

  EXPECT_EQ(connection.execute("select 1").scalar()->integer(), 42);
}

TEST_F(ConnectionTest, RowsThatNoNamesFitGoAsTheyCameWhereSomebodyListens) {
  using Two = std::tuple<int, int>;
  event::listen(engine, "before_execute", [](Connection&, Clause, ParameterSets sets) {
    EXPECT_TRUE(sets.empty());
  });
  Connection connection = engine.connect();
  connection.execute("create table pairs (one, two)");

  connection.execute(text("insert into pairs values (?, ?)"),
                     std::vector<Two>{{1, 2}, {3, 4}});
  EXPECT_THROW(connection.execute(text("insert into pairs values (:one, 0)"),
                                  std::vector<Two>{{5, 6}}),
               DBAPIError);

  EXPECT_EQ(connection.execute("select one, two from pairs order by one").all<Two>(),
            (std::vector<Two>{{1, 2}, {3, 4}}));
}

TEST_F(ConnectionTest, ListenerOnAConnectionHearsItAlone) {
  Connection one = engine.connect();
  Connection two = engine.connect();
  event::listen(one, "commit", log.note("one"));

  two.execute("select 1");
  two.commit();
  one.execute("select 1");
  one.commit();

  EXPECT_EQ(log.take(), "one");
}

TEST_F(ConnectionTest, ListenerOnAnEngineIsHeardOnTheOptionEngineOnce) {
  Engine reporting = engine.execution_options({{"tag", std::string("report")}});
  const event::ScopedSubscription on_class =
      event::listen(event::every<Engine>, "commit", log.note("class"));
  event::listen(engine, "commit", log.note("engine"));
  event::listen(reporting, "commit", log.note("option"));
  Connection connection = reporting.connect();
  connection.execute("select 1");

  connection.commit();

  EXPECT_EQ(log.take(), "option class engine");
}

TEST_F(ConnectionTest, HandleErrorReplacesTheException) {
  event::listen(
      engine,
      "handle_error",
      [](ExceptionContext&) { return std::make_exception_ptr(std::range_error("mine")); },
      event::retval);
  Connection connection = engine.connect();

  EXPECT_THROW(connection.execute("select * from nope"), std::range_error);
}

TEST_F(ConnectionTest, HandleErrorKnowsCursorAndStatement) {
  bool has_cursor = false;
  std::string statement;
  event::listen(engine, "handle_error", [&](ExceptionContext& context) {
    has_cursor = context.cursor != nullptr;
    statement = *context.statement;
  });
  Connection connection = engine.connect();

  EXPECT_THROW(connection.execute("select * from nope"), OperationalError);

  EXPECT_TRUE(has_cursor);
  EXPECT_EQ(statement, "select * from nope");
}

TEST_F(ConnectionTest, BeginThatAListenerVetoesLeavesNothingHalfBegun) {
  Connection connection = engine.connect();
  auto veto = event::listen(connection, "begin", [] { throw std::runtime_error("no"); });
  EXPECT_THROW(static_cast<void>(connection.begin()), std::runtime_error);
  veto.disconnect();

  Transaction transaction = connection.begin();

  EXPECT_TRUE(transaction.is_active());
}

TEST_F(ConnectionTest, RemovesAPoolListenerAfterDispose) {
  const Note note{&log, "checkout"};
  event::listen(engine, "checkout", note);
  engine.dispose();

  event::remove(engine, "checkout", note);
  engine.connect().close();

  EXPECT_EQ(log.take(), "");
}

// -- ends -------------------------------------------------------------------------------

TEST_F(ConnectionTest, EndTellsHowLongItTook) {
  Ending told{.outcome = Outcome::error};
  event::listen(
      engine, "commit_end", [&](Connection&, const Ending& ending) { told = ending; });
  Connection connection = engine.connect();
  connection.execute("select 1");

  connection.commit();

  EXPECT_EQ(told.outcome, Outcome::ok);
  EXPECT_GT(told.elapsed.count(), 0);
  EXPECT_EQ(told.error, nullptr);
}

TEST_F(ConnectionTest, EndOfAFailedStatementHasItsError) {
  Ending told;
  event::listen(engine,
                "cursor_execute_end",
                [&](Connection&, ExecutionContext&, const Ending& e) { told = e; });
  Connection connection = engine.connect();

  EXPECT_THROW(connection.execute("select * from nope"), OperationalError);

  EXPECT_EQ(told.outcome, Outcome::error);
  EXPECT_THROW(std::rethrow_exception(told.error), OperationalError);
}

TEST_F(ConnectionTest, InterruptedStatementEndsAsCancelled) {
  event::listen(engine, "do_execute", [](dbapi::Cursor&) -> bool {
    throw dbapi::OperationalError("interrupted", {.is_cancelled = true});
  });
  std::vector<Outcome> outcomes;
  event::listen(engine,
                "cursor_execute_end",
                [&](Connection&, ExecutionContext&, const Ending& ending) {
                  outcomes.push_back(ending.outcome);
                });
  Connection connection = engine.connect();

  EXPECT_THROW(connection.execute("select 1"), OperationalError);

  EXPECT_EQ(outcomes, std::vector{Outcome::cancelled});
}

TEST_F(ConnectionTest, ErrorOfAnEndDoesNotHideTheFailure) {
  event::listen(engine, "execute_end", [] { throw std::runtime_error("no"); });
  Connection connection = engine.connect();

  EXPECT_THROW(connection.execute("select * from nope"), OperationalError);
}

TEST_F(ConnectionTest, CheckoutHasItsEndWhenItTimesOut) {
  Engine small = create_engine(
      "sqlite://",
      {.poolclass = PoolClass::queue,
       .pool = {
           .pool_size = 1, .max_overflow = 0, .timeout = std::chrono::milliseconds(1)}});
  Ending told;
  event::listen(
      small, "checkout_end", [&](dbapi::Connection*, const Ending& e) { told = e; });
  const Connection held(small);

  EXPECT_THROW(const Connection second(small), TimeoutError);

  EXPECT_EQ(told.outcome, Outcome::error);
}

// -- a driver that fails ----------------------------------------------------------------

class FakeEngineTest : public ::testing::Test {
 protected:
  FakeEngineTest() { FakeDialect::use(database); }

  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://");
  }();
};

TEST_F(FakeEngineTest, DriverIsToldTheTypesThatListenersLeave) {
  database.wants_input_sizes = true;
  Engine sized = create_engine("fake://");
  std::string names;
  event::listen(sized, "do_setinputsizes", [&](InputSizes& sizes) {
    for (const InputSize& each : sizes) names += each.name;
    sizes.back().type = 7;
  });
  Connection connection = sized.connect();
  database.take();

  connection.execute("UPDATE t SET x = :x WHERE id = :id", {{"x", "text"}, {"id", 1}});

  EXPECT_EQ(names, "xid");
  EXPECT_EQ(database.take(),
            "begin, setinputsizes 4 7, execute UPDATE t SET x = ? WHERE id = ?");
}

TEST_F(FakeEngineTest, DriverIsToldOfManyRowsWhatListenersHaveChanged) {
  database.wants_input_sizes = true;
  Engine sized = create_engine("fake://");
  event::listen(
      sized, "do_setinputsizes", [](InputSizes& sizes) { sizes.back().type = 7; });
  Connection connection = sized.connect();
  database.take();

  const ParameterSets rows = {{{"x", "text"}, {"id", 1}}, {{"x", "more"}, {"id", 2}}};
  connection.execute("UPDATE t SET x = :x WHERE id = :id", rows);

  EXPECT_EQ(database.take(),
            "begin, setinputsizes 0 7, executemany UPDATE t SET x = ? WHERE id = ? 2");
}

TEST_F(FakeEngineTest, DriversThatDoNotAskAreToldNoTypes) {
  Connection connection = engine.connect();
  database.take();

  connection.execute("UPDATE t SET x = :x", {{"x", 1}});

  EXPECT_EQ(database.take(), "begin, execute UPDATE t SET x = ?");
}

TEST_F(FakeEngineTest, DriverChoosesTypesWhereNobodyListens) {
  database.wants_input_sizes = true;
  Engine sized = create_engine("fake://");
  Connection connection = sized.connect();
  database.take();

  connection.execute("UPDATE t SET x = :x", {{"x", 1}});

  EXPECT_EQ(database.take(), "begin, execute UPDATE t SET x = ?");
}

// -- streamed results -------------------------------------------------------------------

const ExecutionOptions streamed{{"stream_results", true}};

TEST_F(FakeEngineTest, ResultsAreStreamedWhereTheConnectionSaysSo) {
  Connection connection = engine.connect();
  connection.execute("SELECT 1").close();
  connection.execution_options(streamed);
  database.take();

  connection.execute("SELECT 1");
  connection.exec_driver_sql("SELECT 2");
  connection.execution_options({{"stream_results", false}});
  connection.execute("SELECT 3");

  EXPECT_EQ(database.take(), "stream SELECT 1, stream SELECT 2, execute SELECT 3");
}

TEST_F(FakeEngineTest, ResultsAreStreamedWhereTheEngineSaysSo) {
  Engine streaming = engine.execution_options(streamed);
  Connection connection = streaming.connect();
  database.take();

  connection.execute("SELECT 1");

  EXPECT_EQ(database.take(), "begin, stream SELECT 1");
}

TEST_F(FakeEngineTest, ResultsAreStreamedAlsoWhereListenersRewriteTheStatement) {
  event::listen<ConnectionEvents::before_cursor_execute>(
      engine,
      [](Connection&,
         dbapi::Cursor&,
         const std::string& statement,
         const dbapi::Parameters& parameters) {
        return std::tuple(statement + " -- seen", parameters);
      },
      event::retval);
  Connection connection = engine.connect();
  connection.execution_options(streamed);
  database.take();

  connection.execute("SELECT 1");

  EXPECT_EQ(database.take(), "begin, stream SELECT 1 -- seen");
}

// -- errors of the driver ---------------------------------------------------------------

TEST_F(FakeEngineTest, DbapiErrorComesBeforeHandleErrorWithTheDriversOwn) {
  std::string log;
  event::set_warning_handler([](const event::Warning&) noexcept {});  // it is deprecated
  event::listen<ConnectionEvents::dbapi_error>(
      engine,
      [&](Connection&,
          dbapi::Cursor&,
          const std::string& statement,
          const dbapi::Parameters&,
          ExecutionContext&,
          const std::exception_ptr& error) {
        EXPECT_THROW(std::rethrow_exception(error), dbapi::OperationalError);
        log += "dbapi_error " + statement;
      });
  event::set_warning_handler(nullptr);
  event::listen(
      engine, "handle_error", [&](ExceptionContext&) { log += ", handle_error"; });
  Connection connection = engine.connect();
  database.fail_at = database.calls.size() + 2;

  EXPECT_THROW(connection.execute("SELECT 1"), OperationalError);

  EXPECT_EQ(log, "dbapi_error SELECT 1, handle_error");
}

TEST_F(FakeEngineTest, ConnectionThatIsLostIsReplaced) {
  Connection connection = engine.connect();
  connection.execute("SELECT 1");
  database.calls.clear();
  database.fail_at = 1;
  database.loses_connection = true;
  EXPECT_THROW(connection.execute("SELECT 1"), OperationalError);

  connection.rollback();
  database.fail_at = 0;

  EXPECT_FALSE(connection.execute("SELECT 1").scalar()->is_null());
  EXPECT_EQ(database.open, 1U);
}

TEST_F(FakeEngineTest, InvalidatedTransactionMustBeRolledBackFirst) {
  Connection connection = engine.connect();
  connection.execute("SELECT 1");
  connection.invalidate();

  EXPECT_THROW(connection.execute("SELECT 1"), PendingRollbackError);
}

TEST_F(FakeEngineTest, CommitThatLosesItsConnectionEndsAsUnknown) {
  Connection connection = engine.connect();
  connection.execute("SELECT 1");
  Outcome outcome = Outcome::ok;
  event::listen(connection, "commit_end", [&](Connection&, const Ending& ending) {
    outcome = ending.outcome;
  });
  database.calls.clear();
  database.fail_at = 1;
  database.loses_connection = true;

  EXPECT_THROW(connection.commit(), OperationalError);

  EXPECT_EQ(outcome, Outcome::unknown);
}

/// Counts announcements and their ends.
class Balance {
 public:
  explicit Balance(Engine& engine) {
    count<ConnectionEvents::before_execute, ConnectionEvents::execute_end>(engine);
    count<ConnectionEvents::before_cursor_execute, ConnectionEvents::cursor_execute_end>(
        engine);
    count<ConnectionEvents::begin, ConnectionEvents::begin_end>(engine);
    count<ConnectionEvents::commit, ConnectionEvents::commit_end>(engine);
    count<ConnectionEvents::rollback, ConnectionEvents::rollback_end>(engine);
    count<ConnectionEvents::savepoint, ConnectionEvents::savepoint_end>(engine);
    count<ConnectionEvents::release_savepoint, ConnectionEvents::release_savepoint_end>(
        engine);
    count<ConnectionEvents::rollback_savepoint, ConnectionEvents::rollback_savepoint_end>(
        engine);
  }

  int announced = 0;
  int ended = 0;

 private:
  template <class Announcement, class End>
  void count(Engine& engine) {
    event::listen<Announcement>(engine, [this] { ++announced; });
    event::listen<End>(engine, [this] { ++ended; });
  }
};

/// Whichever call of the driver fails, each announcement has one end.
TEST_F(FakeEngineTest, EachAnnouncementHasOneEndWhicheverCallFails) {
  const auto act = [](Engine& on) {
    Connection connection = on.connect();
    connection.execute("SELECT 1").fetchall();
    Transaction savepoint = connection.begin_nested();
    connection.execute("INSERT");
    savepoint.commit();
    Transaction another = connection.begin_nested();
    another.rollback();
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
      Balance balance(failing);
      try {
        act(failing);
      } catch (const DBAPIError&) {
      }
      EXPECT_EQ(balance.ended, balance.announced) << "call " << fail_at;
    }
  }
}

/// Whichever call of the driver fails, nothing is lost and the pool counts right.
TEST_F(FakeEngineTest, NothingIsLostWhicheverCallFails) {
  const auto act = [&](Engine& on) {
    Connection connection = on.connect();
    connection.execute("SELECT 1").fetchall();
    Transaction savepoint = connection.begin_nested();
    connection.execute("INSERT");
    savepoint.commit();
    connection.commit();
    connection.execute(text("INSERT"), ParameterSets{{{"a", 1}}, {{"a", 2}}});
    connection.rollback();
  };
  act(engine);
  const std::size_t calls = database.calls.size();
  engine.dispose();

  for (const bool loses_connection : {false, true}) {
    for (std::size_t fail_at = 1; fail_at <= calls; ++fail_at) {
      database = {};
      database.fail_at = fail_at;
      database.loses_connection = loses_connection;
      Engine failing = create_engine("fake://");
      try {
        act(failing);
      } catch (const DBAPIError&) {
      }
      EXPECT_EQ(failing.pool().checked_out(), 0U) << "call " << fail_at;
      failing.dispose();
      EXPECT_EQ(database.open, 0U) << "call " << fail_at;
    }
  }
}

}  // namespace
}  // namespace hark::test
