// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// The asynchronous engine on a PostgreSQL server: sockets instead of threads.
#include <hark/asio.hpp>
#include <hark/postgresql.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "asio/support.hpp"
#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using namespace std::chrono_literals;
using postgresql::driver_connection;

/// Announcements, and their ends.
class Balance {
 public:
  void watch(Engine& engine) {
    event::listen<ConnectionEvents::before_cursor_execute>(
        engine, [this](auto&&...) { ++announced_; });
    event::listen<ConnectionEvents::cursor_execute_end>(
        engine, [this](auto&&, auto&&, const Ending& ending) { note(ending); });
    event::listen<ConnectionEvents::acquire>(engine, [this](auto&&...) { ++announced_; });
    event::listen<ConnectionEvents::acquire_end>(
        engine, [this](auto&&, const Ending& ending) { note(ending); });
    event::listen<ConnectionEvents::begin>(engine, [this](auto&&...) { ++announced_; });
    event::listen<ConnectionEvents::begin_end>(
        engine, [this](auto&&, const Ending& ending) { note(ending); });
    event::listen<ConnectionEvents::rollback>(engine,
                                              [this](auto&&...) { ++announced_; });
    event::listen<ConnectionEvents::rollback_end>(
        engine, [this](auto&&, const Ending& ending) { note(ending); });
  }
  int announced() const { return announced_; }
  int ended() const { return ended_; }
  int cancelled() const { return cancelled_; }

 private:
  void note(const Ending& ending) {
    ++ended_;
    if (ending.outcome == Outcome::cancelled) ++cancelled_;
  }

  std::atomic<int> announced_{0};
  std::atomic<int> ended_{0};
  std::atomic<int> cancelled_{0};
};

/// What an operation threw; null: nothing.
template <class Operation>
awaitable<std::exception_ptr> failure_in(Operation operation) {
  try {
    static_cast<void>(co_await operation());
  } catch (...) {
    co_return std::current_exception();
  }
  co_return nullptr;
}

Failure what_failed(const std::exception_ptr& failure) {
  if (failure == nullptr) {
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return failure_from(error);
  }
}

/// An engine and its context.
class AsyncPostgres {
 public:
  AsyncPostgres(const std::string& url,
                EngineOptions options = {},
                const AsyncEngineOptions& async_options = {})
      : engine(context.get_executor(), url, async_options, std::move(options)) {}

  /// Runs a coroutine of a lambda, which lives as long.
  template <class Coroutine>
  void run(Coroutine coroutine) {
    ::test::run(context, coroutine());
  }

  asio::io_context context;
  AsyncEngine engine;
};

class AsyncPostgresTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    given_.emplace(url());
  }
  void TearDown() override {
    if (!given_) return;
    EXPECT_EQ(engine().pool().checked_out(), 0U);
    given_.reset();
  }

  asio::io_context& context() { return given_->context; }
  AsyncEngine& engine() { return given_->engine; }
  template <class Coroutine>
  void run(Coroutine coroutine) {
    given_->run(std::move(coroutine));
  }
  void reconnect(EngineOptions options, const std::string& query = {}) {
    given_.emplace(url() + query, std::move(options));
  }
  /// Executes in a transaction of its own.
  void commit(std::string sql) {
    run([&]() -> awaitable<void> {
      co_await engine().async_begin(
          [&](Connection& connection) { connection.exec_driver_sql(sql); },
          use_awaitable);
    });
  }
  template <class T>
  T ask(std::string sql) {
    T answer{};
    run([&]() -> awaitable<void> {
      AsyncConnection connection = co_await engine().async_connect(use_awaitable);
      AsyncResult result = co_await connection.async_exec_driver_sql(sql, use_awaitable);
      answer = result.template scalar_one<T>();
      co_await connection.async_close(use_awaitable);
    });
    return answer;
  }

 private:
  std::optional<AsyncPostgres> given_;
};

// -- statements -------------------------------------------------------------------------

TEST_F(AsyncPostgresTest, ValuesOfEveryTypeComeBackHoweverOftenAStatementIsExecuted) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    const dbapi::DateTime time = dbapi::DateTime(1'700'000'000s);
    // The third time it is prepared, and its rows come in binary.
    for (int i = 0; i < 3; ++i) {
      AsyncResult result = co_await connection.async_execute(
          "SELECT CAST(:whole AS bigint), CAST(:real AS float8), CAST(:truth AS "
          "boolean), "
          "CAST(:name AS text), CAST(:nothing AS text), CAST(:time AS timestamptz)",
          parameters("whole",
                     std::int64_t{1} << 40,
                     "real",
                     0.25,
                     "truth",
                     true,
                     "name",
                     "Ada",
                     "nothing",
                     Value(),
                     "time",
                     time),
          use_awaitable);
      const std::vector<Row> rows = result.fetchall();
      EXPECT_EQ(rows.size(), 1U);
      const Row& row = rows.front();
      EXPECT_EQ(Value(row[0]), Value(std::int64_t{1} << 40));
      EXPECT_EQ(Value(row[1]), Value(0.25));
      EXPECT_EQ(Value(row[2]), Value(true));
      EXPECT_EQ(Value(row[3]), Value("Ada"));
      EXPECT_EQ(Value(row[4]), Value());
      EXPECT_EQ(Value(row[5]), Value(time));
    }
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, AFailedStatementSaysWhatTheServerSays) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    const Failure failure = what_failed(co_await failure_in(
        [&] { return connection.async_execute("SELECT 1 / 0", use_awaitable); }));
    EXPECT_TRUE(is_failure<DataError>(failure, "22012", "division by zero"));
    co_await connection.async_rollback(use_awaitable);
    AsyncResult result = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 7);
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, OneStatementForManyRows) {
  commit("CREATE TABLE t (a int, b text)");
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    ParameterSets rows;
    for (int i = 0; i < 1'234; ++i)
      rows.push_back(parameters("a", i, "b", "text " + std::to_string(i)));
    AsyncResult result = co_await connection.async_execute(
        "INSERT INTO t (a, b) VALUES (:a, :b)", std::move(rows), use_awaitable);
    EXPECT_EQ(result.rowcount(), 1'234);
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(ask<std::int64_t>("SELECT count(DISTINCT b) FROM t"), 1'234);
}

TEST_F(AsyncPostgresTest, CopiesRowsInAndOut) {
  commit("CREATE TABLE t (a int8, b text)");
  std::vector<std::tuple<std::int64_t, std::string>> rows;
  for (std::int64_t i = 0; i < 50'000; ++i)
    rows.emplace_back(i, "line\t" + std::to_string(i));
  std::vector<std::string> lines;
  run([&]() -> awaitable<void> {
    co_await engine().async_begin(
        [&](Connection& connection) {
          EXPECT_EQ(connection.execute("COPY t FROM STDIN", rows).rowcount(), 50'000);
        },
        use_awaitable);
    lines = co_await engine().async_run(
        [](Connection& connection) {
          return connection.exec_driver_sql("COPY t TO STDOUT").scalars<std::string>();
        },
        use_awaitable);
  });
  EXPECT_EQ(lines.size(), 50'000U);
  EXPECT_EQ(lines.front(), "0\tline\\t0");
  EXPECT_EQ(lines.back(), "49999\tline\\t49999");
}

TEST_F(AsyncPostgresTest, ACopyWhoseRowsFailLeavesTheConnectionUsable) {
  commit("CREATE TABLE t (a int)");
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    const std::vector<std::tuple<std::string>> rows{{"1"}, {"two"}};
    const Failure failure = what_failed(co_await failure_in([&] {
      return connection.async_run(
          [&](Connection& sync) { sync.execute("COPY t FROM STDIN", rows); },
          use_awaitable);
    }));
    EXPECT_TRUE(is_failure<DataError>(failure, "22P02", "COPY t, line 2"));
    co_await connection.async_rollback(use_awaitable);
    AsyncResult result = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 7);
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, StreamedRowsComeSomeAtATime) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    AsyncResult result = co_await connection.async_stream(
        "SELECT i FROM generate_series(1, 25000) i", use_awaitable);
    std::int64_t next = 1;
    for (;;) {
      const std::vector<std::int64_t> some =
          co_await result.async_fetchmany<std::int64_t>(1'000, use_awaitable);
      for (const std::int64_t each : some) EXPECT_EQ(each, next++);
      if (some.size() < 1'000) break;
    }
    EXPECT_EQ(next, 25'001);
    co_await connection.async_close(use_awaitable);
  });
}

/// The rows that nobody wants are as many as the server could send in minutes.
TEST_F(AsyncPostgresTest, AStreamThatIsClosedEarlyEndsOnTheServerToo) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    AsyncResult result = co_await connection.async_stream(
        "SELECT generate_series(1, 10000000000)", use_awaitable);
    const std::vector<Row> some = co_await result.async_fetchmany(10, use_awaitable);
    EXPECT_EQ(some.size(), 10U);
    co_await connection.async_rollback(use_awaitable);
    AsyncResult next = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(next.scalar_one<int>(), 7);
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, AStatementBesideAStreamKeepsItsRows) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    AsyncResult stream = co_await connection.async_stream(
        "SELECT i FROM generate_series(1, 5000) i", use_awaitable);
    const std::optional<Row> first = co_await stream.async_fetchone(use_awaitable);
    EXPECT_TRUE(first);
    AsyncResult beside = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(beside.scalar_one<int>(), 7);
    const std::vector<std::int64_t> rest =
        co_await stream.async_all<std::int64_t>(use_awaitable);
    EXPECT_EQ(rest.size(), 4'999U);
    EXPECT_EQ(rest.back(), 5'000);
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, BeginTravelsWithTheFirstStatement) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    {
      Trace trace(connection.sync_connection());
      static_cast<void>(co_await connection.async_execute("SELECT 1", use_awaitable));
      EXPECT_EQ(trace.round_trips(), 1U);
      co_await connection.async_commit(use_awaitable);
      EXPECT_EQ(trace.round_trips(), 2U);
    }
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, ManyRowsTakeFewRoundTrips) {
  commit("CREATE TABLE t (a int)");
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    ParameterSets rows;
    for (int i = 0; i < 1'000; ++i) rows.push_back(parameters("a", i));
    {
      Trace trace(connection.sync_connection());
      static_cast<void>(co_await connection.async_execute(
          "INSERT INTO t (a) VALUES (:a)", std::move(rows), use_awaitable));
      EXPECT_LE(trace.round_trips(), 3U);
    }
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  });
}

// -- transactions -----------------------------------------------------------------------

TEST_F(AsyncPostgresTest, ASavepointThatIsRolledBackLeavesTheRest) {
  commit("CREATE TABLE t (a int)");
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    AsyncTransaction outer = co_await connection.async_begin(use_awaitable);
    static_cast<void>(
        co_await connection.async_execute("INSERT INTO t VALUES (1)", use_awaitable));
    AsyncTransaction inner = co_await connection.async_begin_nested(use_awaitable);
    static_cast<void>(
        co_await connection.async_execute("INSERT INTO t VALUES (2)", use_awaitable));
    co_await inner.async_rollback(use_awaitable);
    co_await outer.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(ask<std::int64_t>("SELECT sum(a) FROM t"), 1);
}

TEST_F(AsyncPostgresTest, ATransactionInTwoPhases) {
  commit("CREATE TABLE t (a int)");
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    AsyncTwoPhaseTransaction transaction =
        co_await connection.async_begin_twophase("", use_awaitable);
    static_cast<void>(
        co_await connection.async_execute("INSERT INTO t VALUES (1)", use_awaitable));
    co_await transaction.async_prepare(use_awaitable);
    co_await transaction.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(ask<std::int64_t>("SELECT count(*) FROM t"), 1);
}

// -- what comes unasked -----------------------------------------------------------------

TEST_F(AsyncPostgresTest, WaitsForANotificationWhileAnotherConnectionSendsIt) {
  run([&]() -> awaitable<void> {
    AsyncConnection listener = co_await engine().async_connect(use_awaitable);
    static_cast<void>(
        co_await listener.async_exec_driver_sql("LISTEN orders", use_awaitable));
    co_await listener.async_commit(use_awaitable);
    // It is queued behind the wait, on the same thread.
    asio::co_spawn(
        context(),
        [this]() -> awaitable<void> {
          co_await engine().async_begin(
              [](Connection& connection) {
                connection.exec_driver_sql("NOTIFY orders, 'seven'");
              },
              use_awaitable);
        },
        asio::detached);
    const auto heard = co_await listener.async_run(
        [](Connection& connection) {
          return driver_connection(connection).wait_for_notification(1h);
        },
        use_awaitable);
    EXPECT_TRUE(heard);
    EXPECT_EQ(heard.value_or(postgresql::Notification()).payload, "seven");
    const auto none = co_await listener.async_run(
        [](Connection& connection) {
          return driver_connection(connection).wait_for_notification(1ms);
        },
        use_awaitable);
    EXPECT_FALSE(none);
    co_await listener.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, AWaitForNotificationsThatIsCancelledLeavesTheConnectionUsable) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    asio::cancellation_signal signal;
    asio::post(context(), [&] { signal.emit(asio::cancellation_type::terminal); });
    const Failure failure = what_failed(co_await failure_in([&] {
      return connection.async_run(
          [](Connection& sync) { driver_connection(sync).wait_for_notification(1h); },
          asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    }));
    EXPECT_TRUE(failure.is_cancelled);
    EXPECT_FALSE(failure.is_disconnect);
    AsyncResult result = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 7);
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, AHandlerHearsOfNotices) {
  std::vector<std::string> heard;
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    auto& driver = driver_connection(connection.sync_connection());
    driver.set_notice_handler(
        [&](const postgresql::Notice& notice) { heard.push_back(notice.message); });
    static_cast<void>(co_await connection.async_exec_driver_sql(
        "DO $$ BEGIN RAISE NOTICE 'listen'; RAISE WARNING 'beware'; END $$",
        use_awaitable));
    driver.set_notice_handler(nullptr);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(heard, (std::vector<std::string>{"listen", "beware"}));
}

// -- size and number --------------------------------------------------------------------

/// The server's process is stopped, so that the socket takes no more than its buffers hold.
class StoppedBackend {
 public:
  explicit StoppedBackend(AsyncConnection& connection)
      : id_(driver_connection(connection.sync_connection()).backend_pid()) {
    ::kill(id_, SIGSTOP);
  }
  StoppedBackend(const StoppedBackend&) = delete;
  StoppedBackend& operator=(const StoppedBackend&) = delete;
  ~StoppedBackend() { go_on(); }
  void go_on() { ::kill(id_, SIGCONT); }

 private:
  const pid_t id_;
};

constexpr std::size_t large = std::size_t{32} << 20;

TEST_F(AsyncPostgresTest, SendsALargeStatementWithoutBlockingTheThread) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    StoppedBackend backend(connection);
    // Runs when the thread is free again, which a blocked one would never be.
    asio::post(context(), [&] { backend.go_on(); });
    const std::string text(large, 'x');
    AsyncResult result = co_await connection.async_execute(
        "SELECT length(CAST(:text AS text))", parameters("text", text), use_awaitable);
    EXPECT_EQ(result.scalar_one<std::int64_t>(), static_cast<std::int64_t>(large));
    co_await connection.async_close(use_awaitable);
  });
}

TEST_F(AsyncPostgresTest, SendsManyRowsWithoutBlockingTheThread) {
  commit("CREATE TABLE t (a int, b text)");
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    ParameterSets rows;
    const std::string text(10'000, 'x');
    for (int i = 0; i < 2'000; ++i) rows.push_back(parameters("a", i, "b", text));
    StoppedBackend backend(connection);
    asio::post(context(), [&] { backend.go_on(); });
    AsyncResult result = co_await connection.async_execute(
        "INSERT INTO t (a, b) VALUES (:a, :b)", std::move(rows), use_awaitable);
    EXPECT_EQ(result.rowcount(), 2'000);
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(ask<std::int64_t>("SELECT sum(length(b)) FROM t"), 20'000'000);
}

TEST_F(AsyncPostgresTest, CopiesManyRowsWithoutBlockingTheThread) {
  commit("CREATE TABLE t (a text)");
  const std::vector<std::tuple<std::string>> rows(20'000,
                                                  std::tuple(std::string(1'000, 'x')));
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    static_cast<void>(co_await connection.async_execute("SELECT 1", use_awaitable));
    StoppedBackend backend(connection);
    asio::post(context(), [&] { backend.go_on(); });
    co_await connection.async_run(
        [&](Connection& sync) { sync.execute("COPY t FROM STDIN", rows); },
        use_awaitable);
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(ask<std::int64_t>("SELECT sum(length(a)) FROM t"), 20'000'000);
}

TEST_F(AsyncPostgresTest, ReceivesALargeResult) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    AsyncResult result = co_await connection.async_execute(
        "SELECT repeat('x', :size)",
        parameters("size", static_cast<std::int64_t>(large)),
        use_awaitable);
    EXPECT_EQ(result.scalar_one<std::string>().size(), large);
    co_await connection.async_close(use_awaitable);
  });
}

/// All but one wait for a lock, at the same time: the one that has it sees them wait.
TEST_F(AsyncPostgresTest, OneThreadHasManyStatementsUnderWay) {
  constexpr int others = 49;
  reconnect({.pool = {.pool_size = 50, .max_overflow = 0}});
  int done = 0;
  const auto wait_for_lock = [&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    static_cast<void>(co_await connection.async_execute(
        "SELECT pg_advisory_xact_lock_shared(7)", use_awaitable));
    co_await connection.async_close(use_awaitable);
    ++done;
  };
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    static_cast<void>(co_await connection.async_execute("SELECT pg_advisory_xact_lock(7)",
                                                        use_awaitable));
    for (int i = 0; i < others; ++i)
      asio::co_spawn(context(), wait_for_lock(), asio::detached);
    for (std::int64_t waiting = 0; waiting != others;) {
      AsyncResult result = co_await connection.async_execute(
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND "
          "database = (SELECT oid FROM pg_database WHERE datname = current_database())",
          use_awaitable);
      waiting = result.scalar_one<std::int64_t>();
    }
    EXPECT_EQ(done, 0);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(done, others);
}

TEST_F(AsyncPostgresTest, OperationsThatAreQueuedAreDoneInTheirOrder) {
  std::vector<int> numbers;
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    for (int i = 0; i < 1'000; ++i) {
      connection.async_execute("SELECT CAST(:i AS int)",
                               parameters("i", i),
                               [&](std::exception_ptr failure, AsyncResult result) {
                                 EXPECT_EQ(failure, nullptr);
                                 numbers.push_back(result.scalar_one<int>());
                               });
    }
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(numbers.size(), 1'000U);
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

// -- connections that nobody closes -----------------------------------------------------

class DroppedConnectionTest : public AsyncPostgresTest {
 protected:
  /// How many are checked out when one that was used has just been destroyed.
  std::size_t checked_out_after_use() {
    std::size_t checked_out = 0;
    run([&]() -> awaitable<void> {
      {
        AsyncConnection connection = co_await engine().async_connect(use_awaitable);
        co_await connection.async_execute("SELECT 7", use_awaitable);
      }
      checked_out = engine().pool().checked_out();
    });
    return checked_out;
  }
};

TEST_F(DroppedConnectionTest, IsBackAtOnceWhereItHasNothingToEnd) {
  reconnect({.isolation_level = "AUTOCOMMIT"});
  EXPECT_EQ(checked_out_after_use(), 0U);
  EXPECT_EQ(checked_out_after_use(), 0U) << "a session that was used before";
}

TEST_F(DroppedConnectionTest, RollsBackInTheBackground) {
  EXPECT_EQ(checked_out_after_use(), 1U);
}

TEST_F(DroppedConnectionTest, IsHeardOfOnAFiber) {
  reconnect({.isolation_level = "AUTOCOMMIT"});
  int heard = 0;
  const auto hear = [&](dbapi::Connection*) -> awaitable<void> {
    co_await asio::post(context(), use_awaitable);
    ++heard;
  };
  const event::ScopedSubscription listening = event::listen(engine(), "checkin", hear);
  EXPECT_EQ(checked_out_after_use(), 1U);
  EXPECT_EQ(heard, 1);
}

// It would wait for itself.
TEST_F(DroppedConnectionTest, LeavesItsStrandToNobodyWhoStandsOnIt) {
  asio::thread_pool threads(2);
  AsyncEngine threaded(threads.get_executor(),
                       url(),
                       {},
                       {.pool = {.pre_ping = true}, .isolation_level = "AUTOCOMMIT"});
  AsyncConnection first = threaded.async_connect(asio::use_future).get();
  first.async_execute("SELECT 7", asio::use_future).get();
  std::promise<std::future_status> told;

  asio::post(AsyncConnection::executor_type(first.get_executor()), [&] {
    first = AsyncConnection();
    std::future<AsyncConnection> second = threaded.async_connect(asio::use_future);
    told.set_value(second.wait_for(10s));
  });

  EXPECT_EQ(told.get_future().get(), std::future_status::ready);
}

TEST_F(AsyncPostgresTest, FourThreadsRunTheContext) {
  constexpr int askers = 40;
  constexpr int questions = 25;
  reconnect({.pool = {.pool_size = 10, .max_overflow = 0}});
  std::atomic<int> answered = 0;
  const auto ask_often = [&](int asker) -> awaitable<void> {
    for (int i = 0; i < questions; ++i) {
      AsyncConnection connection = co_await engine().async_connect(use_awaitable);
      AsyncResult result =
          co_await connection.async_execute("SELECT CAST(:n AS int)",
                                            parameters("n", asker * questions + i),
                                            use_awaitable);
      EXPECT_EQ(result.scalar_one<int>(), asker * questions + i);
      co_await connection.async_close(use_awaitable);
      ++answered;
    }
  };
  for (int i = 0; i < askers; ++i)
    asio::co_spawn(context(), ask_often(i), asio::detached);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { context().run(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, askers * questions);
}

TEST_F(AsyncPostgresTest, SynchronousUsersShareTheConnections) {
  reconnect({.pool = {.pool_size = 1, .max_overflow = 0}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask<int>("SELECT pg_backend_pid()"), ask<int>("SELECT pg_backend_pid()"));
    Connection connection(engine().sync_engine());
    const std::string text(std::size_t{4} << 20, 'x');
    Result result =
        connection.execute("SELECT length(CAST(:text AS text))", {{"text", text}});
    EXPECT_EQ(result.scalar_one<std::size_t>(), text.size());
  }
}

// -- connecting -------------------------------------------------------------------------

/// A port that is listened on, by somebody who never answers.
class BlackHole {
 public:
  BlackHole()
      : acceptor_(context_,
                  asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
  std::string url() const {
    return "postgresql://ada@127.0.0.1:" +
           std::to_string(acceptor_.local_endpoint().port()) + "/music";
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
};

Failure connecting_to(const std::string& url) {
  AsyncPostgres given(url);
  Failure failure;
  given.run([&]() -> awaitable<void> {
    failure = what_failed(
        co_await failure_in([&] { return given.engine.async_connect(use_awaitable); }));
  });
  EXPECT_EQ(given.engine.pool().checked_out(), 0U);
  return failure;
}

TEST(AsyncPostgresConnectingTest, NobodyListens) {
  std::uint16_t port = 0;
  {
    asio::io_context context;
    const asio::ip::tcp::acceptor closed_soon(
        context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = closed_soon.local_endpoint().port();
  }
  const Failure failure =
      connecting_to("postgresql://ada@127.0.0.1:" + std::to_string(port) + "/music");
  EXPECT_TRUE(failure.is<OperationalError>()) << failure;
  EXPECT_EQ(failure.sqlstate, "08001");
}

TEST(AsyncPostgresConnectingTest, TheTimeIsOver) {
  const BlackHole hole;
  const Failure failure = connecting_to(hole.url() + "?connect_timeout=1");
  EXPECT_TRUE(contains(failure.what, "no answer within 1 s")) << failure;
}

TEST(AsyncPostgresConnectingTest, TheTimeOfEachOfSeveralHostsIsOver) {
  const BlackHole hole;
  const Failure failure =
      connecting_to(hole.url() + "?connect_timeout=2&host=127.0.0.1,localhost");
  EXPECT_TRUE(contains(failure.what, "timeout expired")) << failure;
}

TEST(AsyncPostgresConnectingTest, ANameThatNobodyKnows) {
  const Failure failure = connecting_to("postgresql://ada@nobody.invalid/music");
  EXPECT_EQ(failure.sqlstate, "08001") << failure;
  EXPECT_TRUE(contains(failure.what, "nobody.invalid")) << failure;
}

TEST(AsyncPostgresConnectingTest, CanBeCancelledWhileNobodyAnswers) {
  const BlackHole hole;
  AsyncPostgres given(hole.url());
  given.run([&]() -> awaitable<void> {
    asio::cancellation_signal signal;
    asio::steady_timer later(given.context, 10ms);
    later.async_wait([&](auto&&) { signal.emit(asio::cancellation_type::terminal); });
    const Failure failure = what_failed(co_await failure_in([&] {
      return given.engine.async_connect(
          asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    }));
    EXPECT_TRUE(failure.is_cancelled) << failure;
  });
  EXPECT_EQ(given.engine.pool().checked_out(), 0U);
}

// -- cancellation -----------------------------------------------------------------------

TEST_F(AsyncPostgresTest, CancellationEndsTheStatementOnTheServer) {
  Balance balance;
  balance.watch(engine().sync_engine());
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    asio::cancellation_signal signal;
    asio::post(context(), [&] { signal.emit(asio::cancellation_type::terminal); });
    const Failure failure = what_failed(co_await failure_in([&] {
      return connection.async_execute(
          "SELECT pg_sleep(1000)",
          asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    }));
    EXPECT_TRUE(failure.is_cancelled) << failure;
    EXPECT_FALSE(failure.is_disconnect);
    EXPECT_EQ(failure.sqlstate, "57014");
    co_await connection.async_rollback(use_awaitable);
    AsyncResult result = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 7);
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(balance.cancelled(), 1);
  EXPECT_EQ(balance.announced(), balance.ended());
}

/// A cancellation comes at any moment of a statement, also when it has ended already; it never
/// ends another one.
TEST_F(AsyncPostgresTest, ACancellationHitsNoOtherStatement) {
  reconnect({.pool = {.pool_size = 1, .max_overflow = 0}});
  const int backend = ask<int>("SELECT pg_backend_pid()");
  int cancelled = 0;
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same moments each time
    for (int i = 0; i < 200; ++i) {
      asio::cancellation_signal signal;
      asio::steady_timer later(context(), std::chrono::microseconds(random() % 3'000));
      later.async_wait([&](const boost::system::error_code& error) {
        if (!error) signal.emit(asio::cancellation_type::terminal);
      });
      const std::exception_ptr failure = co_await failure_in([&] {
        return connection.async_execute(
            "SELECT pg_sleep(0.001)",
            asio::bind_cancellation_slot(signal.slot(), use_awaitable));
      });
      later.cancel();
      if (failure != nullptr) {
        EXPECT_TRUE(what_failed(failure).is_cancelled) << what_failed(failure);
        ++cancelled;
        co_await connection.async_rollback(use_awaitable);
      }
      AsyncResult result = co_await connection.async_execute(
          "SELECT CAST(:i AS int)", parameters("i", i), use_awaitable);
      EXPECT_EQ(result.scalar_one<int>(), i);
    }
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_GT(cancelled, 0);
  EXPECT_EQ(ask<int>("SELECT pg_backend_pid()"), backend);
}

/// What a cancelled or lost operation may have been in the middle of.
void do_much(Connection& connection) {
  connection.exec_driver_sql("CREATE TEMPORARY TABLE much (a int)");
  for (int i = 0; i < 3; ++i) connection.execute("SELECT CAST(:i AS int)", {{"i", i}});
  ParameterSets rows;
  for (int i = 0; i < 150; ++i) rows.push_back(parameters("a", i));
  connection.execute("INSERT INTO much VALUES (:a)", rows);
  const std::vector<std::tuple<int>> lines(10, std::tuple(7));
  connection.execute("COPY much FROM STDIN", lines);
  connection.exec_driver_sql("COPY much TO STDOUT");
  connection.execution_options({{"stream_results", true}});
  Result stream = connection.exec_driver_sql("SELECT i FROM generate_series(1, 3000) i");
  stream.fetchmany(10);
  stream.close();
  connection.rollback();
}

/// So many of its handlers are called, and then it is cancelled.
TEST_F(AsyncPostgresTest, CanBeCancelledWhereverItSuspends) {
  reconnect({.pool = {.pool_size = 1, .max_overflow = 0}});
  Balance balance;
  balance.watch(engine().sync_engine());
  bool was_cancelled = true;
  int steps = 0;
  for (; was_cancelled; ++steps) {
    asio::cancellation_signal signal;
    int completions = 0;
    std::exception_ptr failure;
    engine().async_run(
        [](Connection& connection) { do_much(connection); },
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
          ++completions;
          failure = std::move(error);
        }));
    context().restart();
    for (int step = 0; step < steps && completions == 0; ++step) context().run_one();
    was_cancelled = completions == 0;
    signal.emit(asio::cancellation_type::terminal);
    context().run();
    EXPECT_EQ(completions, 1);
    // Where nothing could be cancelled any more it has succeeded.
    EXPECT_TRUE(failure == nullptr || what_failed(failure).is_cancelled) << steps;
    EXPECT_EQ(engine().pool().checked_out(), 0U);
    EXPECT_EQ(balance.announced(), balance.ended());
    EXPECT_EQ(ask<int>("SELECT 7"), 7) << steps;
  }
  EXPECT_GT(steps, 10);
}

/// So many handlers are called, and then the context goes with all that was under way.
TEST_F(AsyncPostgresTest, MayBeAbandonedWhereverItSuspends) {
  Engine shared(URL(url()), EngineOptions{});
  bool was_abandoned = true;
  int steps = 0;
  for (; was_abandoned; steps += 3) {
    auto context = std::make_unique<asio::io_context>();
    int completions = 0;
    {
      AsyncEngine engine(context->get_executor(), shared);
      engine.async_run([](Connection& connection) { do_much(connection); },
                       [&](std::exception_ptr /*failure*/) { ++completions; });
      for (int step = 0; step < steps && completions == 0; ++step) context->run_one();
    }
    was_abandoned = completions == 0;
    context.reset();
    EXPECT_EQ(completions, was_abandoned ? 0 : 1);
    EXPECT_EQ(shared.pool().checked_out(), 0U) << steps;
    Connection connection(shared);
    EXPECT_EQ(connection.exec_driver_sql("SELECT 7").scalar_one<int>(), 7) << steps;
  }
  EXPECT_GT(steps, 10);
}

// -- faults -----------------------------------------------------------------------------

TEST_F(AsyncPostgresTest, AnEndedSessionIsADisconnect) {
  run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await engine().async_connect(use_awaitable);
    const int backend = driver_connection(connection.sync_connection()).backend_pid();
    asio::co_spawn(
        context(),
        [&, backend]() -> awaitable<void> {
          AsyncConnection other = co_await engine().async_connect(use_awaitable);
          static_cast<void>(
              co_await other.async_execute("SELECT pg_terminate_backend(:backend)",
                                           parameters("backend", backend),
                                           use_awaitable));
          co_await other.async_close(use_awaitable);
        },
        asio::detached);
    const Failure failure = what_failed(co_await failure_in([&] {
      return connection.async_execute("SELECT pg_sleep(1000)", use_awaitable);
    }));
    EXPECT_TRUE(failure.is_disconnect) << failure;
    EXPECT_FALSE(failure.is_cancelled);
    EXPECT_EQ(failure.sqlstate, "57P01");
    EXPECT_TRUE(connection.invalidated());
    co_await connection.async_rollback(use_awaitable);
    AsyncResult result = co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 7);
    co_await connection.async_close(use_awaitable);
  });
}

class AsyncPostgresServerTest : public PostgresServerTest {};

TEST_F(AsyncPostgresServerTest, AWrongPassword) {
  PostgresServer server({.has_port = true});
  {
    Engine engine(URL(server.url()), EngineOptions{});
    Connection connection(engine);
    connection.exec_driver_sql("CREATE USER ada PASSWORD 'right'");
    connection.commit();
  }
  const Failure failure = connecting_to(
      "postgresql://ada:wrong@127.0.0.1:" + std::to_string(server.port()) + "/postgres");
  EXPECT_EQ(failure.sqlstate, "28P01") << failure;
  EXPECT_FALSE(contains(failure.what, "wrong"));
}

/// What becomes of many statements on few connections when the server ends.
class ManyStatements {
 public:
  static constexpr int connections = 20;
  static constexpr int statements = 1'000;

  explicit ManyStatements(const PostgresServer& server)
      : given_(server.url(), {.pool = {.pool_size = connections, .max_overflow = 0}}) {
    balance_.watch(given_.engine.sync_engine());
    for (int i = 0; i < statements; ++i) {
      given_.engine.async_run(
          [this](Connection& connection) {
            if (++begun_ == connections) given_.context.stop();
            connection.exec_driver_sql("SELECT pg_sleep(1000)");
          },
          [this](const std::exception_ptr& failure) {
            ++completed_;
            if (what_failed(failure).is_disconnect) ++lost_;
          });
    }
  }

  /// Returns when a statement of each connection is under way.
  void begin() { given_.context.run(); }
  /// The server has ended.
  void finish() {
    given_.context.restart();
    given_.context.run();
  }
  void expect_one_end_of_each() const {
    EXPECT_EQ(completed_, statements);
    EXPECT_GE(lost_, connections);
    EXPECT_EQ(balance_.announced(), balance_.ended());
    EXPECT_EQ(given_.engine.pool().checked_out(), 0U);
  }
  int ask() {
    int answer = 0;
    given_.run([&]() -> awaitable<void> {
      answer = co_await given_.engine.async_run(
          [](Connection& connection) {
            return connection.exec_driver_sql("SELECT 7").scalar_one<int>();
          },
          use_awaitable);
    });
    return answer;
  }

 private:
  Balance balance_;
  AsyncPostgres given_;
  int begun_ = 0;
  int completed_ = 0;
  int lost_ = 0;
};

TEST_F(AsyncPostgresServerTest, EachStatementOfAServerThatCrashesEndsOnce) {
  PostgresServer server;
  ManyStatements many(server);
  many.begin();
  server.kill();
  many.finish();
  many.expect_one_end_of_each();
  server.start();
  EXPECT_EQ(many.ask(), 7);
}

TEST_F(AsyncPostgresServerTest, EachStatementOfAServerThatStopsEndsOnce) {
  PostgresServer server;
  ManyStatements many(server);
  many.begin();
  server.stop();
  many.finish();
  many.expect_one_end_of_each();
  server.start();
  EXPECT_EQ(many.ask(), 7);
}

/// Its process is stopped: it hears the request to cancel, and cannot obey.
TEST_F(AsyncPostgresTest, AConnectionWhoseServerDoesNotObeyIsGivenUp) {
  AsyncPostgres given(url(), {}, {.cancel_timeout = 1ms});
  given.run([&]() -> awaitable<void> {
    AsyncConnection connection = co_await given.engine.async_connect(use_awaitable);
    static_cast<void>(co_await connection.async_execute("SELECT 1", use_awaitable));
    const StoppedBackend backend(connection);
    asio::cancellation_signal signal;
    asio::post(given.context, [&] { signal.emit(asio::cancellation_type::terminal); });
    const Failure failure = what_failed(co_await failure_in([&] {
      return connection.async_execute(
          "SELECT 2", asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    }));
    EXPECT_TRUE(failure.is_cancelled) << failure;
    EXPECT_TRUE(failure.is_disconnect);
    EXPECT_TRUE(connection.invalidated());
    co_await connection.async_close(use_awaitable);
  });
  EXPECT_EQ(given.engine.pool().checked_out(), 0U);
}

}  // namespace
}  // namespace hark::test
