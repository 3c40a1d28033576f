// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/event/listen.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "asio/support.hpp"

namespace {
namespace listener_test {

namespace asio = boost::asio;
namespace event = hark::event;
using asio::awaitable;
using asio::use_awaitable;
using hark::ConnectionEvents;
using hark::PoolEvents;
using Log = std::vector<std::string>;

/// Lets everything else go on in between.
awaitable<void> pause() {
  for (int i = 0; i < 3; ++i)
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
}

/// Waits for good, until it is cancelled.
awaitable<void> wait_for_ever() {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await timer.async_wait(use_awaitable);
}

class AwaitableListenerTest : public testing::Test {
 protected:
  static hark::EngineOptions options() {
    return {.poolclass = hark::PoolClass::queue,
            .pool = {.pool_size = 4, .max_overflow = 4}};
  }
  void run(awaitable<void> work) { test::run(context_, std::move(work)); }

  awaitable<int> ask(hark::AsyncConnection& connection) {
    hark::AsyncResult result =
        co_await connection.async_execute("SELECT 7", use_awaitable);
    co_return result.scalar_one<int>();
  }
  awaitable<int> ask() {
    hark::AsyncConnection connection = co_await engine_.async_connect(use_awaitable);
    const int answer = co_await ask(connection);
    co_await connection.async_close(use_awaitable);
    co_return answer;
  }

  asio::io_context context_;
  hark::AsyncEngine engine_{context_.get_executor(), "sqlite://", {}, options()};
  Log log_;
};

// -- targets ----------------------------------------------------------------------------

void count_begin(hark::Connection& /*connection*/) {}

TEST_F(AwaitableListenerTest, AsyncEngineIsATargetForAllThatItsEngineIs) {
  const event::ScopedSubscription checkout = event::listen(
      engine_, "checkout", [&](hark::dbapi::Connection&) { log_.push_back("checkout"); });
  const event::ScopedSubscription connect =
      event::listen<hark::DialectEvents::do_connect>(
          engine_, [&](hark::Dialect&) { log_.push_back("do_connect"); });
  const event::ScopedSubscription begin = event::listen(
      engine_, "begin", [&](hark::Connection&) { log_.push_back("begin"); });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(log_, (Log{"do_connect", "checkout", "begin"}));
}

TEST_F(AwaitableListenerTest, ListeningOnAnAsyncEngineIsListeningOnTheEngineWithin) {
  event::listen(engine_, "begin", &count_begin);
  EXPECT_TRUE(event::contains(engine_, "begin", &count_begin));
  EXPECT_TRUE(event::contains(engine_.sync_engine(), "begin", &count_begin));
  event::remove(engine_.sync_engine(), "begin", &count_begin);
  EXPECT_FALSE(event::contains(engine_, "begin", &count_begin));
}

TEST_F(AwaitableListenerTest, AsyncConnectionIsATargetWhereverItMoves) {
  run([&]() -> awaitable<void> {
    hark::AsyncConnection first = co_await engine_.async_connect(use_awaitable);
    hark::AsyncConnection other = co_await engine_.async_connect(use_awaitable);
    event::listen(first, "begin", [&](hark::Connection&) -> awaitable<void> {
      co_await pause();
      log_.push_back("begin");
    });
    hark::AsyncConnection moved = std::move(first);
    EXPECT_EQ(co_await ask(other), 7);
    EXPECT_TRUE(log_.empty());
    EXPECT_EQ(co_await ask(moved), 7);
    EXPECT_EQ(log_, (Log{"begin"}));
  }());
}

// -- waiting ----------------------------------------------------------------------------

TEST_F(AwaitableListenerTest, OperationGoesOnWhenItHasEnded) {
  const event::ScopedSubscription before =
      event::listen(engine_,
                    "before_cursor_execute",
                    [this](hark::Connection& connection,
                           hark::dbapi::Cursor&,
                           const std::string& statement) -> awaitable<void> {
                      log_.push_back("before " + statement);
                      co_await pause();
                      // What it was called with is there still.
                      log_.push_back("ready " + statement);
                      EXPECT_FALSE(connection.closed());
                    });
  const event::ScopedSubscription after = event::listen(
      engine_,
      "after_cursor_execute",
      [this](hark::Connection&, hark::dbapi::Cursor&, const std::string& statement) {
        log_.push_back("after " + statement);
      });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(log_, (Log{"before SELECT 7", "ready SELECT 7", "after SELECT 7"}));
}

TEST_F(AwaitableListenerTest, SeveralAreAwaitedInTheirOrder) {
  std::vector<event::ScopedSubscription> subscriptions;
  for (const char* name : {"first", "second", "third"}) {
    subscriptions.emplace_back(event::listen(
        engine_, "begin", [this, name](hark::Connection&) -> awaitable<void> {
          log_.push_back(name);
          co_await pause();
          log_.push_back("end");
        }));
  }

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(log_, (Log{"first", "end", "second", "end", "third", "end"}));
}

TEST_F(AwaitableListenerTest, ItsAnswerCounts) {
  using Answer = std::tuple<std::string, hark::dbapi::Parameters>;
  const event::ScopedSubscription listening = event::listen(
      engine_,
      "before_cursor_execute",
      [](hark::Connection&,
         hark::dbapi::Cursor&,
         std::string statement,
         hark::dbapi::Parameters parameters) -> awaitable<Answer> {
        co_await pause();
        co_return Answer(statement + " + 1", std::move(parameters));
      },
      event::retval);

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 8); }());
}

TEST_F(AwaitableListenerTest, AnEmptyOptionalIsNoAnswer) {
  using Answer = std::tuple<std::string, hark::dbapi::Parameters>;
  const event::ScopedSubscription listening = event::listen(
      engine_,
      "before_cursor_execute",
      [](hark::Connection&) -> awaitable<std::optional<Answer>> {
        co_await pause();
        co_return std::nullopt;
      },
      event::retval);

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());
}

TEST_F(AwaitableListenerTest, TheFirstAnswerCounts) {
  int opened = 0;
  const event::ScopedSubscription listening =
      event::listen(engine_,
                    "do_connect",
                    [&](hark::Dialect& dialect,
                        hark::ConnectionRecord&,
                        hark::ConnectArguments& arguments)
                        -> awaitable<std::unique_ptr<hark::dbapi::Connection>> {
                      co_await pause();
                      ++opened;
                      co_return dialect.connect(arguments);
                    });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(opened, 1);
}

TEST_F(AwaitableListenerTest, ItMayUseAnotherConnectionOfTheEngine) {
  int nested = 0;
  const event::ScopedSubscription listening =
      event::listen(engine_, "begin", [&](hark::Connection&) -> awaitable<void> {
        if (nested != 0) co_return;
        nested = 1;
        nested = co_await ask();
      });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(nested, 7);
  EXPECT_EQ(engine_.pool().checked_out(), 0U);
}

// -- failures ---------------------------------------------------------------------------

TEST_F(AwaitableListenerTest, WhatItThrowsLeavesTheOperation) {
  Log ends;
  const event::ScopedSubscription end = event::listen(
      engine_,
      "execute_end",
      [&](hark::Connection&, const hark::Clause&, const hark::Ending& ending) {
        ends.emplace_back(hark::name_of(ending.outcome));
      });
  event::Subscription listening = event::listen(
      engine_, "before_cursor_execute", [](hark::Connection&) -> awaitable<void> {
        co_await pause();
        throw std::runtime_error("no");
      });

  run([&]() -> awaitable<void> {
    hark::AsyncConnection connection = co_await engine_.async_connect(use_awaitable);
    std::string message;
    try {
      co_await ask(connection);
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "no");
    listening.disconnect();
    EXPECT_EQ(co_await ask(connection), 7);
  }());

  EXPECT_EQ(listening.failures(), 1U);
  EXPECT_EQ(ends, (Log{"error", "ok"}));
}

TEST_F(AwaitableListenerTest, CheckoutIsRepeatedWhereItThrowsDisconnectionError) {
  int checkouts = 0;
  const event::ScopedSubscription listening = event::listen(
      engine_, "checkout", [&](hark::dbapi::Connection&) -> awaitable<void> {
        co_await pause();
        if (++checkouts == 1) throw hark::DisconnectionError("another one, please");
      });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(checkouts, 2);
}

TEST_F(AwaitableListenerTest, AnIsolatedOneKeepsItsFailure) {
  event::Subscription listening = event::listen(
      engine_,
      "begin",
      [](hark::Connection&) -> awaitable<void> {
        co_await pause();
        throw std::runtime_error("no");
      },
      event::isolate);

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(listening.failures(), 1U);
  listening.disconnect();
}

TEST_F(AwaitableListenerTest, CancellingTheOperationCancelsIt) {
  Log ends;
  bool was_cancelled = false;
  const event::ScopedSubscription end = event::listen(
      engine_,
      "execute_end",
      [&](hark::Connection&, const hark::Clause&, const hark::Ending& ending) {
        ends.emplace_back(hark::name_of(ending.outcome));
      });
  asio::cancellation_signal signal;
  event::Subscription listening = event::listen(
      engine_, "before_cursor_execute", [&](hark::Connection&) -> awaitable<void> {
        asio::post(context_, [&] { signal.emit(asio::cancellation_type::terminal); });
        try {
          co_await wait_for_ever();
        } catch (const boost::system::system_error& error) {
          was_cancelled = error.code() == asio::error::operation_aborted;
          throw;
        }
      });

  run([&]() -> awaitable<void> {
    hark::AsyncConnection connection = co_await engine_.async_connect(use_awaitable);
    bool is_cancelled = false;
    try {
      co_await connection.async_execute(
          "SELECT 7", asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    } catch (const hark::Error& error) {
      is_cancelled = error.is_cancelled();
    }
    EXPECT_TRUE(is_cancelled);
    listening.disconnect();
    EXPECT_EQ(co_await ask(connection), 7);
  }());

  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(ends, (Log{"cancelled", "ok"}));
}

TEST_F(AwaitableListenerTest, OneThatEndsAllTheSameLetsTheOperationGoOn) {
  asio::cancellation_signal signal;
  event::Subscription listening =
      event::listen(engine_, "begin", [&](hark::Connection&) -> awaitable<void> {
        asio::post(context_, [&] { signal.emit(asio::cancellation_type::terminal); });
        try {
          co_await wait_for_ever();
        } catch (const boost::system::system_error&) {
          log_.push_back("cancelled");
        }
      });

  run([&]() -> awaitable<void> {
    hark::AsyncConnection connection = co_await engine_.async_connect(use_awaitable);
    hark::AsyncResult result = co_await connection.async_execute(
        "SELECT 7", asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    EXPECT_EQ(result.scalar_one<int>(), 7);
  }());

  EXPECT_EQ(log_, (Log{"cancelled"}));
  listening.disconnect();
}

// -- life -------------------------------------------------------------------------------

TEST_F(AwaitableListenerTest, ItsCallableLivesUntilItHasEnded) {
  auto captured = std::make_shared<int>(7);
  const std::weak_ptr<int> observed = captured;
  event::Subscription listening;
  listening = event::listen(engine_,
                            "begin",
                            [this, &listening, captured = std::move(captured)](
                                hark::Connection&) -> awaitable<void> {
                              listening.disconnect();
                              event::collect();
                              co_await pause();
                              log_.push_back(std::to_string(*captured));
                            });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());
  event::collect();

  EXPECT_EQ(log_, (Log{"7"}));
  EXPECT_TRUE(observed.expired());
}

TEST_F(AwaitableListenerTest, OneThatListensAndRemovesIsHeardFromTheNextTimeOn) {
  event::Subscription added;
  event::Subscription listening;
  listening = event::listen(engine_, "begin", [&](hark::Connection&) -> awaitable<void> {
    co_await pause();
    log_.push_back("first");
    added = event::listen(engine_, "begin", [&](hark::Connection&) -> awaitable<void> {
      log_.push_back("added");
      co_return;
    });
    listening.disconnect();
  });

  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await ask(), 7);
    EXPECT_EQ(co_await ask(), 7);
  }());

  EXPECT_EQ(log_, (Log{"first", "added"}));
  added.disconnect();
}

TEST_F(AwaitableListenerTest, OnceIsOnceAlsoWhileItIsAwaited) {
  const event::ScopedSubscription listening = event::listen(
      engine_,
      "begin",
      [this](hark::Connection&) -> awaitable<void> {
        log_.push_back("begin");
        co_await pause();
      },
      event::once);

  for (int i = 0; i < 3; ++i) asio::co_spawn(context_, ask(), asio::detached);
  context_.run();

  EXPECT_EQ(log_, (Log{"begin"}));
}

TEST_F(AwaitableListenerTest, WhatItTracksIsHeldWhileItIsAwaited) {
  auto tracked = std::make_shared<int>(7);
  const std::weak_ptr<int> observed = tracked;
  const event::ScopedSubscription listening = event::listen(
      engine_,
      "begin",
      [&](hark::Connection&) -> awaitable<void> {
        tracked.reset();
        co_await pause();
        log_.push_back(observed.expired() ? "expired" : "held");
      },
      event::track(observed));

  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await ask(), 7);
    EXPECT_EQ(co_await ask(), 7);
  }());

  EXPECT_EQ(log_, (Log{"held"}));
  EXPECT_TRUE(observed.expired());
}

TEST_F(AwaitableListenerTest, DisconnectAndWaitSuspendsAFiber) {
  event::Subscription listening = event::listen(
      engine_, "begin", [&](hark::Connection& connection) -> awaitable<void> {
        log_.push_back("suspended");
        // The only thread goes on with the other fiber.
        hark::AsyncConnection other = co_await engine_.async_connect(use_awaitable);
        static_cast<void>(connection);
        for (int i = 0; i < 10; ++i) co_await pause();
        log_.push_back("ended");
      });

  asio::co_spawn(context_, ask(), asio::detached);
  run([&]() -> awaitable<void> {
    while (log_.empty()) co_await pause();
    co_await engine_.async_run(
        [&](hark::Connection&) {
          listening.disconnect_and_wait();
          log_.push_back("waited");
        },
        use_awaitable);
  }());

  EXPECT_EQ(log_, (Log{"suspended", "ended", "waited"}));
}

TEST_F(AwaitableListenerTest, DisconnectAndWaitWithinItselfDoesNotWait) {
  event::Subscription listening;
  listening = event::listen(engine_, "begin", [&](hark::Connection&) -> awaitable<void> {
    co_await pause();
    listening.disconnect_and_wait();
    log_.push_back("ended");
  });

  run([&]() -> awaitable<void> { EXPECT_EQ(co_await ask(), 7); }());

  EXPECT_EQ(log_, (Log{"ended"}));
}

TEST(AbandonedListenerTest, ContextThatIsDestroyedEndsEachAnnouncement) {
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  auto captured = std::make_shared<int>(7);
  const std::weak_ptr<int> observed = captured;
  hark::Engine engine =
      hark::create_engine("sqlite://", {.poolclass = hark::PoolClass::queue});
  {
    asio::io_context context;
    hark::AsyncEngine async(context.get_executor(), engine);
    event::listen(async, "before_execute", [&](hark::Connection&) { ++begun; });
    event::listen(async, "execute_end", [&](hark::Connection&) { ++ended; });
    event::listen(async,
                  "before_cursor_execute",
                  [captured = std::move(captured)](
                      hark::Connection& connection) -> awaitable<void> {
                    /// Looks at what the listener was called with when it is dropped.
                    struct Last {
                      hark::Connection& connection;
                      ~Last() { EXPECT_NE(connection.id(), 0U); }
                    };
                    const Last last{connection};
                    co_await wait_for_ever();
                  });
    asio::co_spawn(
        context,
        [&]() -> awaitable<void> {
          hark::AsyncConnection connection = co_await async.async_connect(use_awaitable);
          co_await connection.async_execute("SELECT 7", use_awaitable);
        },
        asio::detached);
    while (begun == 0) context.run_one();
    context.poll();
  }
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  static_cast<void>(observed);
}

// -- where nobody awaits it -------------------------------------------------------------

awaitable<void> on_checkout(hark::dbapi::Connection& /*connection*/) { co_return; }
awaitable<void> on_begin(hark::Connection& /*connection*/) { co_return; }

TEST(RefusedListenerTest, PoolThatThreadsUseRefusesIt) {
  hark::Engine engine =
      hark::create_engine("sqlite://", {.poolclass = hark::PoolClass::queue});
  hark::Pool& pool = engine.pool();
  EXPECT_THROW(event::listen(pool, "checkout", &on_checkout), hark::ArgumentError);
  EXPECT_FALSE(event::contains(pool, "checkout", &on_checkout));

  asio::io_context context;
  const hark::AsyncEngine async(context.get_executor(), engine);
  event::listen(pool, "checkout", &on_checkout);
  engine.dispose();
  event::listen(engine.pool(), "checkout", &on_checkout);
}

TEST(RefusedListenerTest, NameKnownAtRunTimeIsRefusedOnAnEngine) {
  hark::Engine engine =
      hark::create_engine("sqlite://", {.poolclass = hark::PoolClass::queue});
  EXPECT_THROW(event::listen(engine, event::runtime_name("begin"), &on_begin),
               hark::ArgumentError);
}

TEST(RefusedListenerTest, ClassIsATargetWhereThereIsAnAsyncEngine) {
  asio::io_context context;
  const hark::AsyncEngine async(context.get_executor(), "sqlite://");
  event::ScopedSubscription listening =
      event::listen(event::every<hark::Engine>, "begin", &on_begin);
}

TEST(RefusedListenerTest, ThreadThatMeetsItThrows) {
  hark::Engine engine =
      hark::create_engine("sqlite://", {.poolclass = hark::PoolClass::queue});
  asio::io_context context;
  hark::AsyncEngine async(context.get_executor(), engine);
  const event::ScopedSubscription listening =
      event::listen(async, "checkout", &on_checkout);

  EXPECT_THROW(engine.connect(), hark::InvalidRequestError);

  EXPECT_EQ(engine.pool().checked_out(), 0U);
  test::run(context, [&]() -> awaitable<void> {
    hark::AsyncConnection connection = co_await async.async_connect(use_awaitable);
  }());
}

// -- threads ----------------------------------------------------------------------------

TEST(ThreadedListenerTest, EachAnnouncementHasOneEnd) {
  constexpr int users = 8;
  constexpr int rounds = 25;
  asio::thread_pool threads(4);
  hark::Engine engine = hark::create_engine(
      "sqlite://",
      {.poolclass = hark::PoolClass::queue, .pool = {.pool_size = 3, .max_overflow = 1}});
  hark::AsyncEngine async(threads.get_executor(), engine);
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> done = 0;
  std::atomic<unsigned> calls = 0;
  event::listen(async, "before_execute", [&](hark::Connection&) { ++begun; });
  event::listen(async, "execute_end", [&](hark::Connection&) { ++ended; });
  event::listen(
      async, "before_cursor_execute", [&](hark::Connection&) -> awaitable<void> {
        const unsigned call = ++calls;
        co_await pause();
        // To another thread and back.
        co_await asio::post(threads.get_executor(), use_awaitable);
        if (call % 5 == 0) throw std::runtime_error("no");
        if (call % 7 == 0) {
          asio::steady_timer timer(threads, std::chrono::milliseconds(50));
          co_await timer.async_wait(use_awaitable);
        }
      });
  event::listen(async, "begin", [&](hark::Connection&) -> awaitable<void> {
    event::Subscription passing = event::listen(
        async, "begin", [](hark::Connection&) -> awaitable<void> { co_return; });
    co_await pause();
    passing.disconnect();
  });
  const auto use = [&]() -> awaitable<void> {
    for (int round = 0; round < rounds; ++round) {
      hark::AsyncConnection connection = co_await async.async_connect(use_awaitable);
      asio::steady_timer deadline(threads, std::chrono::milliseconds(20));
      asio::cancellation_signal signal;
      const auto strand = co_await asio::this_coro::executor;
      auto cancelling = std::make_shared<std::atomic<bool>>(true);
      deadline.async_wait(asio::bind_executor(strand, [&, cancelling](auto error) {
        if (!error && *cancelling) signal.emit(asio::cancellation_type::terminal);
      }));
      try {
        hark::AsyncResult result = co_await connection.async_execute(
            "SELECT 7", asio::bind_cancellation_slot(signal.slot(), use_awaitable));
        EXPECT_EQ(result.scalar_one<int>(), 7);
      } catch (const std::exception&) {
        ++failed;
      }
      *cancelling = false;
      deadline.cancel();
      try {
        co_await connection.async_close(use_awaitable);
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    }
    ++done;
  };
  for (int i = 0; i < users; ++i)
    asio::co_spawn(asio::make_strand(threads), use(), asio::detached);
  threads.join();

  EXPECT_EQ(done, users);
  EXPECT_EQ(begun, users * rounds);
  EXPECT_EQ(ended, begun);
  EXPECT_GT(failed, 0);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

}  // namespace listener_test
}  // namespace
