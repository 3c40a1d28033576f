// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/detail/flow.hpp>
#include <hark/error.hpp>
#include <hark/event/listen.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "asio/support.hpp"
#include "asio/waiting_driver.hpp"
#include "support/silent_connection.hpp"

namespace {
namespace cancellation_test {

namespace asio = boost::asio;
using asio::use_awaitable;
using hark::ConnectionEvents;
using hark::PoolEvents;
using hark::test::WaitingDatabase;

/// Did an operation fail because it was cancelled?
bool is_cancellation(const std::exception_ptr& failure) {
  if (failure == nullptr) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const hark::Error& error) {
    return error.is_cancelled();
  }
}

/// Counts announcements and their ends.
class Announcements {
 public:
  explicit Announcements(hark::Engine& engine) {
    add<ConnectionEvents::acquire, ConnectionEvents::acquire_end>(engine, "acquire");
    add<ConnectionEvents::before_execute, ConnectionEvents::execute_end>(engine,
                                                                         "execute");
    add<ConnectionEvents::before_cursor_execute, ConnectionEvents::cursor_execute_end>(
        engine, "cursor_execute");
    add<ConnectionEvents::begin, ConnectionEvents::begin_end>(engine, "begin");
    add<ConnectionEvents::commit, ConnectionEvents::commit_end>(engine, "commit");
    add<ConnectionEvents::rollback, ConnectionEvents::rollback_end>(engine, "rollback");
    add<ConnectionEvents::savepoint, ConnectionEvents::savepoint_end>(engine,
                                                                      "savepoint");
    add<ConnectionEvents::release_savepoint, ConnectionEvents::release_savepoint_end>(
        engine, "release_savepoint");
    add<ConnectionEvents::rollback_savepoint, ConnectionEvents::rollback_savepoint_end>(
        engine, "rollback_savepoint");
    add<ConnectionEvents::acquire, ConnectionEvents::connection_closed>(engine,
                                                                        "connection");
  }

  /// Those with another number of ends; empty: none.
  std::string unended() const {
    std::string text;
    for (const auto& each : pairs_) {
      if (each->begun != each->ended)
        text += each->name + " " + std::to_string(each->begun) + " begun, " +
                std::to_string(each->ended) + " ended; ";
    }
    return text;
  }

 private:
  struct Pair {
    std::string name;
    int begun = 0;
    int ended = 0;
  };

  template <class Begin, class End>
  void add(hark::Engine& engine, const char* name) {
    pairs_.push_back(std::make_unique<Pair>());
    Pair* const pair = pairs_.back().get();
    pair->name = name;
    hark::event::listen<Begin>(engine, [pair](auto&&...) { ++pair->begun; });
    hark::event::listen<End>(engine, [pair](auto&&...) { ++pair->ended; });
  }

  std::vector<std::unique_ptr<Pair>> pairs_;
};

/// Everything that an operation can be, in a row.
asio::awaitable<void> scenario(hark::AsyncEngine& engine) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  hark::AsyncTransaction transaction = co_await connection.async_begin(use_awaitable);
  hark::AsyncResult one = co_await connection.async_execute("SELECT 1", use_awaitable);
  one.fetchall();
  hark::AsyncResult stream = co_await connection.async_stream("SELECT 2", use_awaitable);
  co_await stream.async_fetchmany(10, use_awaitable);
  co_await stream.async_close(use_awaitable);
  {
    hark::AsyncTransaction savepoint =
        co_await connection.async_begin_nested(use_awaitable);
    co_await connection.async_execute("UPDATE t SET a = 1", use_awaitable);
    co_await savepoint.async_commit(use_awaitable);
  }
  co_await transaction.async_commit(use_awaitable);
  co_await connection.async_execute("UPDATE t SET a = 2", use_awaitable);
  co_await connection.async_rollback(use_awaitable);
  co_await connection.async_close(use_awaitable);
}

struct Case {
  std::size_t first_kind = 0;
  bool interrupt_blocks = false;
};

/// The scenario over all waits, with every kind of wait in each place.
class EverySuspensionTest : public testing::TestWithParam<Case> {
 protected:
  EverySuspensionTest() {
    hark::test::WaitingDialect::use(database);
    database.first_kind = GetParam().first_kind;
    database.interrupt_blocks = GetParam().interrupt_blocks;
  }
  static hark::EngineOptions options() {
    hark::EngineOptions made;
    made.pool.pool_size = 2;
    made.pool.max_overflow = 0;
    return made;
  }

  WaitingDatabase database;
};

TEST_P(EverySuspensionTest, OneThatIsCancelledEndsOnce) {
  std::size_t cancelled = 0;
  for (std::size_t stop_at = 1;; ++stop_at) {
    SCOPED_TRACE("wait " + std::to_string(stop_at));
    asio::io_context context;
    hark::AsyncEngine engine(context.get_executor(), "waiting://", {}, options());
    Announcements announcements(engine.sync_engine());
    asio::cancellation_signal signal;
    database.waits = 0;
    database.stop_at = stop_at;
    database.at_stop = [&] {
      asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    };
    int completions = 0;
    std::exception_ptr failure;

    asio::co_spawn(
        context,
        scenario(engine),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
          ++completions;
          failure = std::move(error);
        }));
    context.run();

    ASSERT_EQ(completions, 1);
    ASSERT_EQ(announcements.unended(), "");
    ASSERT_EQ(engine.pool().checked_out(), 0U);
    ASSERT_LE(database.fake.open, engine.pool().checked_in());
    if (database.waits < stop_at) {
      ASSERT_EQ(failure, nullptr);
      break;
    }
    if (failure != nullptr) {
      try {
        std::rethrow_exception(failure);
      } catch (const hark::Error& error) {
        EXPECT_TRUE(error.is_cancelled()) << error.what();
        ++cancelled;
      } catch (const boost::system::system_error& error) {
        // It was over, and the coroutine ends at its next co_await.
        EXPECT_EQ(error.code(), asio::error::operation_aborted);
      }
    }
    database.stop_at = 0;
    test::run(context, scenario(engine));
    ASSERT_EQ(engine.pool().checked_out(), 0U);
  }
  EXPECT_GE(cancelled, 5U);
}

TEST_P(EverySuspensionTest, OneWhoseContextGoesLeavesNothing) {
  hark::Engine shared(hark::URL("waiting://"), options());
  Announcements announcements(shared);
  for (std::size_t stop_at = 1;; ++stop_at) {
    SCOPED_TRACE("wait " + std::to_string(stop_at));
    bool has_completed = false;
    database.waits = 0;
    database.stop_at = stop_at;
    {
      asio::io_context context;
      hark::AsyncEngine engine(context.get_executor(), shared);
      database.at_stop = [&] { context.stop(); };
      asio::co_spawn(context, scenario(engine), [&](const std::exception_ptr&) {
        has_completed = true;
      });
      context.run();
      if (database.waits < stop_at) break;
    }
    ASSERT_FALSE(has_completed);
    ASSERT_EQ(announcements.unended(), "");
    ASSERT_EQ(shared.pool().checked_out(), 0U);
    ASSERT_LE(database.fake.open, shared.pool().checked_in());
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         EverySuspensionTest,
                         testing::Values(Case{0, false},
                                         Case{1, true},
                                         Case{2, false},
                                         Case{3, true},
                                         Case{4, false},
                                         Case{0, true},
                                         Case{2, true}));

// -- deadlines --------------------------------------------------------------------------

class CancelAfterTest : public testing::Test {
 protected:
  CancelAfterTest() { hark::test::WaitingDialect::use(database); }

  WaitingDatabase database;
  asio::io_context context;
};

TEST_F(CancelAfterTest, EndsWhatTakesLonger) {
  hark::AsyncEngine engine(context.get_executor(), "waiting://");
  database.stop_at = 1;
  std::exception_ptr failure;
  engine.async_connect(
      hark::cancel_after(std::chrono::milliseconds(1),
                         [&](std::exception_ptr error, const hark::AsyncConnection&) {
                           failure = std::move(error);
                         }));
  context.run();
  EXPECT_TRUE(is_cancellation(failure));
}

// Of all that it does: the one that is under way ends, and what it throws ends the coroutine.
TEST_F(CancelAfterTest, EndsACoroutineThatTakesLonger) {
  hark::AsyncEngine engine(context.get_executor(), "waiting://");
  const Announcements announcements(engine.sync_engine());
  int done = 0;
  const auto work = [&]() -> asio::awaitable<int> {
    hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    ++done;
    database.stop_at = database.waits + 1;
    co_await connection.async_execute("SELECT 1", use_awaitable);
    ++done;
    co_return done;
  };
  bool was_cancelled = false;
  const auto wait = [&]() -> asio::awaitable<void> {
    try {
      co_await asio::co_spawn(
          context,
          work(),
          hark::cancel_after(std::chrono::milliseconds(1), use_awaitable));
    } catch (const hark::Error& error) {
      was_cancelled = error.is_cancelled();
    }
  };
  test::run(context, wait());

  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(announcements.unended(), "");
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(CancelAfterTest, LeavesWhatIsDoneInTime) {
  hark::AsyncEngine engine(context.get_executor(), "waiting://");
  const auto begun = std::chrono::steady_clock::now();
  test::run(context, [](hark::AsyncEngine& asked) -> asio::awaitable<void> {
    hark::AsyncConnection connection = co_await asked.async_connect(
        hark::cancel_after(std::chrono::hours(1), use_awaitable));
    auto close =
        connection.async_close(hark::cancel_after(std::chrono::hours(1), asio::deferred));
    co_await std::move(close)(use_awaitable);
  }(engine));
  // The timers did not keep the context running.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(30));
  std::future<hark::AsyncConnection> future =
      engine.async_connect(hark::cancel_after(std::chrono::hours(1), asio::use_future));
  context.restart();
  context.run();
  EXPECT_FALSE(future.get().closed());
  context.restart();
  context.run();
}

TEST_F(CancelAfterTest, LeavesTheUsersSlotWorking) {
  hark::AsyncEngine engine(context.get_executor(), "waiting://");
  asio::cancellation_signal signal;
  database.stop_at = 1;
  database.at_stop = [&] {
    asio::post(context, [&] { signal.emit(asio::cancellation_type::total); });
  };
  std::exception_ptr failure;
  engine.async_connect(hark::cancel_after(
      std::chrono::hours(1),
      asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error, const hark::AsyncConnection&) {
            failure = std::move(error);
          })));
  context.run();
  EXPECT_NE(failure, nullptr);
  EXPECT_FALSE(signal.slot().has_handler());
}

// -- cancellation that comes too late ---------------------------------------------------

constexpr std::string_view endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) "
    "FROM n";

/// Knows when it is told to interrupt.
class Told final : public hark::test::SilentConnection {
 public:
  void interrupt() noexcept override { told_.release(); }
  void wait() { told_.acquire(); }

 private:
  std::counting_semaphore<> told_{0};
};

// BEGIN succeeds although it was told, and the statement behind it is the one that ends.
TEST(LateCancellationTest, EndsTheNextWait) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  bool was_reached = false;
  std::exception_ptr failure;
  engine.async_run(
      [&](hark::Connection&) {
        Told told;
        hark::detail::Suspender& flow = *hark::detail::current_suspender();
        const auto succeed = [&] { told.wait(); };
        flow.run_elsewhere(succeed, &told);
        const auto follow = [&] { was_reached = true; };
        flow.run_elsewhere(follow, &told);
      },
      hark::cancel_after(std::chrono::milliseconds(1),
                         [&](std::exception_ptr error) { failure = std::move(error); }));
  context.run();
  EXPECT_FALSE(was_reached);
  EXPECT_TRUE(is_cancellation(failure));
}

// What the database has ended for it is enough: who goes on is let go on.
TEST(LateCancellationTest, IsOverWhenTheDatabaseHasEndedSomething) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  int counted = 0;
  std::exception_ptr failure;
  engine.async_run(
      [&](hark::Connection& connection) {
        EXPECT_THROW(connection.execute(endless), hark::OperationalError);
        connection.rollback();
        counted = connection.execute("SELECT 7").scalar_one<int>();
      },
      hark::cancel_after(std::chrono::milliseconds(20),
                         [&](std::exception_ptr error) { failure = std::move(error); }));
  context.run();
  EXPECT_EQ(failure, nullptr);
  EXPECT_EQ(counted, 7);
}

// A listener that had ended before it could hear of it.
TEST(LateCancellationTest, PassesAListenerThatCannotHearOfIt) {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  asio::cancellation_signal signal;
  hark::event::listen(
      engine,
      "before_execute",
      [&](hark::Connection&, const hark::Clause&) -> asio::awaitable<void> {
        signal.emit(asio::cancellation_type::terminal);  // heard of when it has ended
        co_return;
      });
  std::exception_ptr failure;
  engine.async_run(
      [](hark::Connection& connection) { connection.execute(endless); },
      asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error) { failure = std::move(error); }));
  context.run();
  EXPECT_TRUE(is_cancellation(failure));
}

// -- cancellation of what waits for its turn --------------------------------------------

TEST(AsyncCancellationTest, EndsAnOperationBeforeItsTurn) {
  WaitingDatabase database;
  hark::test::WaitingDialect::use(database);
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "waiting://");
  std::vector<std::string> ended;
  asio::cancellation_signal signal;
  test::run(context, [&]() -> asio::awaitable<void> {
    hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    const auto note = [&](std::string name) {
      return [&ended, name](const std::exception_ptr& error, const hark::AsyncResult&) {
        ended.push_back(name + (error == nullptr ? "" : " failed"));
      };
    };
    connection.async_execute("SELECT 1", note("first"));
    connection.async_execute("SELECT 2",
                             asio::bind_cancellation_slot(signal.slot(), note("second")));
    asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    co_await connection.async_execute("SELECT 3", use_awaitable);
    ended.emplace_back("third");
  }());
  std::sort(ended.begin(), ended.end());
  EXPECT_EQ(ended, (std::vector<std::string>{"first", "second failed", "third"}));
}

}  // namespace cancellation_test
}  // namespace
