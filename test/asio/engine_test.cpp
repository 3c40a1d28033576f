// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/error.hpp>
#include <hark/event/listen.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "asio/support.hpp"
#include "asio/waiting_driver.hpp"

namespace {
namespace engine_test {

namespace asio = boost::asio;
using asio::use_awaitable;
using hark::test::WaitingDatabase;

constexpr std::size_t threads = 4;

hark::EngineOptions pool_of(std::size_t size) {
  hark::EngineOptions options;
  options.poolclass = hark::PoolClass::queue;
  options.pool.pool_size = size;
  options.pool.max_overflow = 0;
  return options;
}

asio::awaitable<int> next_of(hark::AsyncEngine& engine, int number) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  hark::AsyncResult result = co_await connection.async_execute(
      "SELECT :number + 1", hark::parameters("number", number), use_awaitable);
  co_return result.scalar_one<int>();
}

TEST(AsyncEngineTest, ManyWaitForFewConnections) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://", {}, pool_of(2));
  std::vector<int> numbers;
  const auto ask = [&](int number) -> asio::awaitable<void> {
    numbers.push_back(co_await next_of(engine, number));
  };
  for (int i = 0; i < 20; ++i) asio::co_spawn(context, ask(i), asio::detached);
  context.run();
  EXPECT_EQ(numbers.size(), 20U);
  // What closes in the background is waited for, too.
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST(AsyncEngineTest, SingleStatementsShareFewConnections) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://", {}, pool_of(2));
  std::vector<int> numbers;
  const auto ask = [&](int number) -> asio::awaitable<void> {
    numbers.push_back(co_await engine.async_execute("SELECT :number + 1",
                                                    hark::parameters("number", number),
                                                    hark::read::scalar_one<int>,
                                                    use_awaitable));
  };
  for (int i = 0; i < 20; ++i) asio::co_spawn(context, ask(i), asio::detached);
  context.run();
  std::sort(numbers.begin(), numbers.end());
  std::vector<int> expected(20);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(numbers, expected);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

/// However its operations were begun, and ended.
TEST(AsyncEngineTest, AResultIsClosedAtOnceWhereNothingIsUnderWay) {
  asio::io_context context;
  int ends = 0;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  hark::event::listen<hark::ConnectionEvents::result_end>(engine.sync_engine(),
                                                          [&](auto&&...) { ++ends; });
  hark::AsyncConnection connection;
  engine.async_connect([&](const std::exception_ptr&, hark::AsyncConnection opened) {
    connection = std::move(opened);
  });
  context.run();

  hark::AsyncResult result;
  connection.async_execute("SELECT 1 UNION SELECT 2",
                           [&](const std::exception_ptr&, hark::AsyncResult returned) {
                             result = std::move(returned);
                           });
  asio::cancellation_signal signal;
  std::exception_ptr failure;
  connection.async_execute(
      "SELECT 3",
      asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error, const hark::AsyncResult&) {
            failure = std::move(error);
          }));
  asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
  context.restart();
  context.run();
  EXPECT_THROW(std::rethrow_exception(failure), hark::CancelledError);

  EXPECT_TRUE(result.returns_rows());
  EXPECT_EQ(ends, 0);
  result = {};
  EXPECT_EQ(ends, 1);
}

/// In the very call that has begun the statement.
TEST(AsyncEngineTest, AListenerMayDropTheConnection) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  std::optional<hark::AsyncConnection> connection;
  hark::event::listen<hark::ConnectionEvents::before_execute>(
      engine.sync_engine(), [&](auto&&...) { connection.reset(); });
  int answer = 0;
  engine.async_connect([&](const std::exception_ptr&, hark::AsyncConnection opened) {
    connection = std::move(opened);
  });
  context.run();

  asio::post(context, [&] {
    connection->async_execute("SELECT 42",
                              [&](const std::exception_ptr&, hark::AsyncResult result) {
                                answer = result.scalar_one<int>();
                              });
    EXPECT_FALSE(connection.has_value());
  });
  context.restart();
  context.run();
  EXPECT_EQ(answer, 42);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST(AsyncEngineTest, ASingleStatementIsCommittedUnlessItsReadingFails) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  const auto changes = [&]() -> asio::awaitable<void> {
    co_await engine.async_execute(
        "CREATE TABLE track (id INTEGER)", hark::read::rowcount, use_awaitable);
    const std::int64_t changed = co_await engine.async_execute(
        "INSERT INTO track VALUES (1), (2)", hark::read::rowcount, use_awaitable);
    EXPECT_EQ(changed, 2);
    bool has_failed = false;
    try {
      co_await engine.async_execute(
          "INSERT INTO track VALUES (3)",
          [](hark::Result&) { throw std::runtime_error("it is not wanted"); },
          use_awaitable);
    } catch (const std::runtime_error&) {
      has_failed = true;
    }
    EXPECT_TRUE(has_failed);
    const std::vector<int> ids = co_await engine.async_execute(
        "SELECT id FROM track ORDER BY id", hark::read::scalars<int>, use_awaitable);
    EXPECT_EQ(ids, (std::vector{1, 2}));
  };
  ::test::run(context, changes());
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

// -- completion tokens, on every kind of context ----------------------------------------

/// Begins operations with each token, many at once, and counts what completes.
class Tokens {
 public:
  explicit Tokens(const asio::any_io_executor& executor)
      : executor_(executor), engine_(executor, "sqlite://", {}, pool_of(3)) {}

  void begin() {
    for (int i = 0; i < 10; ++i) {
      asio::co_spawn(executor_, await(i), asio::detached);
      asio::co_spawn(executor_, defer(i), asio::detached);
      futures_.push_back(engine_.async_run(
          [i](hark::Connection& connection) {
            return connection.execute(hark::text("SELECT 1")).scalar_one<int>() + i;
          },
          asio::use_future));
      engine_.async_run(
          [](hark::Connection& connection) {
            connection.execute(hark::text("SELECT 1"));
          },
          [this](const std::exception_ptr& error) { note(error == nullptr); });
      engine_.async_run(
          [](hark::Connection& /*connection*/) -> int { throw std::runtime_error("no"); },
          asio::bind_executor(strand_, [this](const std::exception_ptr& error, int) {
            note(error != nullptr && strand_.running_in_this_thread());
          }));
    }
  }
  void check() {
    int sum = 0;
    for (auto& each : futures_) sum += each.get();
    EXPECT_EQ(sum, 10 + 45);
    EXPECT_EQ(good_.load(), 40);
    EXPECT_EQ(all_.load(), 40);
    EXPECT_EQ(engine_.pool().checked_out(), 0U);
  }

 private:
  void note(bool is_good) {
    ++all_;
    if (is_good) ++good_;
  }
  asio::awaitable<void> await(int number) {
    const int next = co_await next_of(engine_, number);
    note(next == number + 1);
  }
  asio::awaitable<void> defer(int number) {
    auto connecting = engine_.async_connect(asio::deferred);
    hark::AsyncConnection connection = co_await std::move(connecting)(use_awaitable);
    auto executing = connection.async_execute(
        "SELECT :number", hark::parameters("number", number), asio::deferred);
    hark::AsyncResult result = co_await std::move(executing)(use_awaitable);
    note(result.scalar_one<int>() == number);
    result = {};
    co_await connection.async_close(use_awaitable);
  }

  const asio::any_io_executor executor_;
  asio::strand<asio::any_io_executor> strand_ = asio::make_strand(executor_);
  hark::AsyncEngine engine_;
  std::vector<std::future<int>> futures_;
  std::atomic<int> good_{0};
  std::atomic<int> all_{0};
};

TEST(AsyncTokensTest, CompleteOnceOnOneThread) {
  asio::io_context context(1);
  Tokens tokens(context.get_executor());
  tokens.begin();
  context.run();
  tokens.check();
}

TEST(AsyncTokensTest, CompleteOnceOnSeveralThreads) {
  asio::io_context context(threads);
  Tokens tokens(context.get_executor());
  tokens.begin();
  std::vector<std::thread> running;
  for (std::size_t i = 0; i < threads; ++i) running.emplace_back([&] { context.run(); });
  for (std::thread& each : running) each.join();
  tokens.check();
}

TEST(AsyncTokensTest, CompleteOnceOnAThreadPool) {
  asio::thread_pool context(threads);
  Tokens tokens(context.get_executor());
  tokens.begin();
  context.join();
  tokens.check();
}

/// Says how much was taken of it, by all copies.
template <class T>
struct CountingAllocator {
  using value_type = T;
  std::size_t* taken;
  std::size_t* given_back;

  CountingAllocator(std::size_t& take, std::size_t& give) noexcept
      : taken(&take), given_back(&give) {}
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor)
  CountingAllocator(const CountingAllocator<U>& other) noexcept
      : taken(other.taken), given_back(other.given_back) {}

  T* allocate(std::size_t count) {
    ++*taken;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    ++*given_back;
    std::allocator<T>().deallocate(memory, count);
  }
  template <class U>
  bool operator==(const CountingAllocator<U>& other) const noexcept {
    return taken == other.taken;
  }
};

TEST(AsyncTokensTest, UseTheHandlersAllocator) {
  WaitingDatabase database;
  hark::test::WaitingDialect::use(database);
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "waiting://");
  std::size_t taken = 0;
  std::size_t given_back = 0;
  bool has_completed = false;

  engine.async_run([](hark::Connection& /*connection*/) {},
                   asio::bind_allocator(CountingAllocator<int>(taken, given_back),
                                        [&](const std::exception_ptr& error) {
                                          has_completed = error == nullptr;
                                        }));
  context.run();

  EXPECT_TRUE(has_completed);
  EXPECT_GE(taken, 1U);
  EXPECT_EQ(taken, given_back);
}

// -- handlers ---------------------------------------------------------------------------

class AsyncHandlerTest : public testing::Test {
 protected:
  hark::AsyncConnection connect() {
    auto connection = engine.async_connect(asio::use_future);
    context.restart();
    context.run();
    return connection.get();
  }

  const char* url() {
    hark::test::WaitingDialect::use(database);
    return "waiting://";
  }

  WaitingDatabase database;
  asio::io_context context;
  hark::AsyncEngine engine{context.get_executor(), url()};
};

TEST_F(AsyncHandlerTest, IsNeverCalledByTheFunctionThatBegins) {
  hark::AsyncConnection connection = connect();
  int completions = 0;
  bool is_beginning = false;
  const auto note = [&](const std::exception_ptr& error) {
    EXPECT_FALSE(is_beginning);
    EXPECT_EQ(error, nullptr);
    ++completions;
  };
  const auto begin_all = [&] {
    is_beginning = true;
    connection.async_run([](hark::Connection& /*connection*/) {}, note);
    connection.async_run(
        [](hark::Connection& /*connection*/) {
          hark::detail::current_suspender()->unpark();
          hark::detail::current_suspender()->park(std::nullopt);
        },
        note);
    connection.async_run(
        [](hark::Connection& /*connection*/) {
          hark::detail::current_suspender()->run_elsewhere([] {}, nullptr);
        },
        note);
    engine.async_run([](hark::Connection& /*connection*/) {}, note);
    is_beginning = false;
  };

  begin_all();
  asio::post(context, begin_all);
  asio::post(connection.get_executor(), begin_all);
  asio::post(context, [&] {
    connection.async_run([](hark::Connection& /*connection*/) {},
                         [&](const std::exception_ptr& /*error*/) { begin_all(); });
  });
  context.restart();
  context.run();

  EXPECT_EQ(completions, 16);
}

TEST_F(AsyncHandlerTest, ThousandsWaitForTheirTurn) {
  constexpr int many = 3'000;
  hark::AsyncConnection connection = connect();
  std::vector<int> order;
  for (int i = 0; i < many; ++i) {
    connection.async_run([](hark::Connection& /*connection*/) {},
                         [&order, i](const std::exception_ptr&) { order.push_back(i); });
  }
  context.restart();
  context.run();
  std::vector<int> expected(many);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST_F(AsyncHandlerTest, ThatThrowsIsSeenByWhoRunsTheContext) {
  hark::AsyncConnection connection = connect();
  int completions = 0;
  connection.async_execute("SELECT 1",
                           [](const std::exception_ptr&, const hark::AsyncResult&) {
                             throw std::logic_error("a handler's");
                           });
  connection.async_execute(
      "SELECT 2", [&](const std::exception_ptr& error, const hark::AsyncResult&) {
        if (error == nullptr) ++completions;
      });
  context.restart();
  EXPECT_THROW(context.run(), std::logic_error);
  context.run();
  EXPECT_EQ(completions, 1);
}

TEST_F(AsyncHandlerTest, IsCalledWhereTheContextWasStoppedMeanwhile) {
  hark::AsyncConnection connection = connect();
  int completions = 0;
  database.waits = 0;
  database.stop_at = 2;
  database.at_stop = [&] {
    context.stop();
    database.stop_at = 0;
    connection.sync_connection().connection()->driver_connection().interrupt();
  };
  connection.async_execute(
      "SELECT 1",
      [&](const std::exception_ptr&, const hark::AsyncResult&) { ++completions; });
  context.restart();
  context.run();
  EXPECT_EQ(completions, 0);
  context.restart();
  context.run();
  EXPECT_EQ(completions, 1);
}

// -- lives ------------------------------------------------------------------------------

TEST_F(AsyncHandlerTest, ConnectionsOutliveTheirEngine) {
  std::optional<hark::AsyncEngine> other(
      std::in_place, context.get_executor(), "waiting://");
  test::run(context, [](std::optional<hark::AsyncEngine>& made) -> asio::awaitable<void> {
    hark::AsyncConnection connection = co_await made->async_connect(use_awaitable);
    made.reset();
    hark::AsyncResult result =
        co_await connection.async_execute("SELECT 1", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 1);
  }(other));
  EXPECT_EQ(database.fake.open, 0U);
}

TEST_F(AsyncHandlerTest, WhatWasMovedFromSaysSo) {
  hark::AsyncConnection connection = connect();
  hark::AsyncConnection moved = std::move(connection);
  hark::AsyncResult none;
  hark::AsyncTransaction no_transaction;
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_TRUE(connection.closed());
  EXPECT_THROW(connection.async_commit(asio::detached), hark::ResourceClosedError);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_THROW(none.async_close(asio::detached), hark::ResourceClosedError);
  EXPECT_THROW(no_transaction.async_commit(asio::detached), hark::ResourceClosedError);
  moved = {};
  context.restart();
  context.run();
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(AsyncHandlerTest, StreamingIsNoOptionThatListenersHearOf) {
  int heard = 0;
  hark::event::listen<hark::ConnectionEvents::set_connection_execution_options>(
      engine.sync_engine(), [&](auto&&...) { ++heard; });
  test::run(context, [](hark::AsyncEngine& asked) -> asio::awaitable<void> {
    hark::AsyncConnection connection = co_await asked.async_connect(use_awaitable);
    hark::AsyncResult result =
        co_await connection.async_stream("SELECT 1", use_awaitable);
    EXPECT_TRUE(result.is_streamed());
    const std::vector<int> rows = co_await result.async_all<int>(use_awaitable);
    EXPECT_EQ(rows.size(), 1U);
    EXPECT_TRUE(connection.sync_connection().get_execution_options().empty());
  }(engine));
  EXPECT_EQ(heard, 0);
  EXPECT_EQ(database.fake.take().find("execute SELECT 1"), std::string::npos);
}

TEST_F(AsyncHandlerTest, AServerThatDoesNotAnswerIsGivenUp) {
  hark::AsyncEngineOptions options;
  options.cancel_timeout = std::chrono::milliseconds(1);
  hark::AsyncEngine impatient(context.get_executor(), "waiting://", options);
  database.ignores_interrupts = true;
  database.first_kind =
      WaitingDatabase::socket_alone;  // and then the socket, interrupted
  database.stop_at = 6;
  asio::cancellation_signal signal;
  database.at_stop = [&] {
    asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
  };
  std::exception_ptr failure;
  impatient.async_run(
      [](hark::Connection& connection) {
        for (int i = 0; i < 10; ++i) connection.exec_driver_sql("SELECT 1");
      },
      asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error) { failure = std::move(error); }));
  context.run();
  ASSERT_NE(failure, nullptr);
  try {
    std::rethrow_exception(failure);
  } catch (const hark::Error& error) {
    EXPECT_TRUE(error.is_cancelled());
    EXPECT_TRUE(error.is_disconnect());
  }
  EXPECT_EQ(impatient.pool().checked_out(), 0U);
}

TEST_F(AsyncHandlerTest, ThreadsThatHaveGoneFailWhatTheyWereToDo) {
  std::optional<asio::thread_pool> gone(std::in_place, 1);
  gone->stop();
  gone->join();
  hark::AsyncEngineOptions options;
  options.blocking_executor = gone->get_executor();
  hark::AsyncEngine other(context.get_executor(), "waiting://", options);
  database.first_kind = WaitingDatabase::elsewhere_alone;
  std::exception_ptr failure;
  other.async_connect([&](std::exception_ptr error, const hark::AsyncConnection&) {
    failure = std::move(error);
  });
  context.poll();
  EXPECT_EQ(failure, nullptr);
  gone.reset();
  context.run();
  EXPECT_NE(failure, nullptr);
}

// -- the context's end ------------------------------------------------------------------

/// With everything in flight: those who wait for the pool, for sockets, for threads, parked.
TEST(AsyncContextTest, GoesWithEverythingInFlight) {
  for (std::size_t kind = 0; kind < WaitingDatabase::kinds; ++kind) {
    SCOPED_TRACE(kind);
    WaitingDatabase database;
    hark::test::WaitingDialect::use(database);
    hark::Engine shared(hark::URL("waiting://"), pool_of(2));
    database.first_kind = kind;
    int completions = 0;
    {
      asio::io_context context;
      hark::AsyncEngine engine(context.get_executor(), shared);
      database.stop_at = 12;
      database.at_stop = [&] { context.stop(); };
      const auto ask = [&]() -> asio::awaitable<void> {
        hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
        hark::AsyncTransaction transaction =
            co_await connection.async_begin(use_awaitable);
        hark::AsyncResult rows =
            co_await connection.async_stream("SELECT 1", use_awaitable);
        for (int i = 0; i < 20; ++i)
          co_await connection.async_execute("UPDATE t", use_awaitable);
        ++completions;
      };
      for (int i = 0; i < 30; ++i) asio::co_spawn(context, ask(), asio::detached);
      context.run();
      EXPECT_EQ(shared.pool().checked_out(), 2U);
    }
    EXPECT_EQ(completions, 0);
    EXPECT_EQ(shared.pool().checked_out(), 0U);
    EXPECT_LE(database.fake.open, shared.pool().checked_in());
  }
}

TEST(AsyncContextTest, LeavesASharedPoolsConnectionsUsable) {
  WaitingDatabase database;
  hark::test::WaitingDialect::use(database);
  hark::Engine shared(hark::URL("waiting://"), pool_of(1));
  for (int i = 0; i < 3; ++i) {
    asio::io_context context;
    hark::AsyncEngine engine(context.get_executor(), shared);
    test::run(context, [](hark::AsyncEngine& asked) -> asio::awaitable<void> {
      hark::AsyncConnection connection = co_await asked.async_connect(use_awaitable);
      for (int n = 0; n < 10; ++n)
        co_await connection.async_execute("SELECT 1", use_awaitable);
      co_await connection.async_close(use_awaitable);
    }(engine));
    EXPECT_EQ(shared.pool().checked_in(), 1U);
  }
  EXPECT_EQ(database.fake.open, 1U);
  hark::Connection connection(shared);
  EXPECT_EQ(connection.exec_driver_sql("SELECT 1").scalar_one<int>(), 1);
}

}  // namespace engine_test
}  // namespace
