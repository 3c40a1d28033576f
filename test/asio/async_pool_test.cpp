// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "asio/flows.hpp"
#include "support/sanitizers.hpp"
#include "support/silent_connection.hpp"

#if HARK_TEST_ASAN || HARK_TEST_TSAN
// g++ has no header for it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

/// Who waits for a connection without a thread, beside those who do with one.
namespace hark::test {
namespace {
namespace async_pool_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

std::size_t allocated_bytes() {
#if HARK_TEST_ASAN || HARK_TEST_TSAN
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 all = mallinfo2();
  return all.uordblks + all.hblkhd;
#endif
}

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

PoolOptions of_size(std::size_t size, std::chrono::milliseconds timeout = 10min) {
  return {.pool_size = size, .max_overflow = 0, .timeout = timeout};
}

/// An engine whose connections are to nothing, counted, and opened in so many waits.
class QuietEngine {
 public:
  explicit QuietEngine(const PoolOptions& pool, PoolClass kind = PoolClass::queue)
      : engine(URL("sqlite://"), {.poolclass = kind, .pool = pool}) {
    event::listen<DialectEvents::do_connect>(
        engine,
        [this]() -> std::unique_ptr<dbapi::Connection> {
          for (int i = 0; i < waits_to_open; ++i) pause();
          return std::make_unique<Counted>(*this);
        },
        event::retval);
  }

  Pool& pool() const { return engine.pool(); }
  QueuePool& queue() const { return dynamic_cast<QueuePool&>(engine.pool()); }

  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> most_open{0};
  int waits_to_open = 0;
  Engine engine;

 private:
  class Counted final : public SilentConnection {
   public:
    explicit Counted(QuietEngine& all) : all_(all) {
      const std::size_t now = ++all_.open;
      std::size_t most = all_.most_open;
      while (now > most && !all_.most_open.compare_exchange_weak(most, now)) {
      }
    }
    ~Counted() override { Counted::close(); }
    void close() override {
      if (std::exchange(is_open_, false)) --all_.open;
    }
    bool suspends() const noexcept override { return true; }

   private:
    QuietEngine& all_;
    bool is_open_ = true;
  };
};

/// How an operation has ended; Completes once.
struct End {
  int count = 0;
  std::exception_ptr failure;

  bool has_failed() const { return failure != nullptr; }
  bool is_cancelled() const {
    try {
      if (failure != nullptr) std::rethrow_exception(failure);
    } catch (const Error& error) {
      return error.is_cancelled();
    }
    return false;
  }
  bool is_timeout() const {
    try {
      if (failure != nullptr) std::rethrow_exception(failure);
    } catch (const TimeoutError&) {
      return true;
    }
    return false;
  }
};

class AsyncPoolTest : public testing::Test {
 protected:
  /// Begins to open a connection, and keeps it.
  auto keep_in(AsyncConnection& connection, End& end) {
    return [&connection, &end](std::exception_ptr failure, AsyncConnection opened) {
      ++end.count;
      end.failure = std::move(failure);
      connection = std::move(opened);
    };
  }
  /// Begins to open a connection, and closes it when it is there.
  auto close_at_once(End& end) {
    return [&end](std::exception_ptr failure, AsyncConnection /*closed*/) {
      ++end.count;
      end.failure = std::move(failure);
    };
  }
  void run() {
    context.restart();
    context.run();
  }
  void poll() {
    context.restart();
    context.poll();
  }
  /// Opens the connection that keeps others waiting.
  AsyncConnection take(AsyncEngine& engine) {
    AsyncConnection taken;
    End end;
    engine.async_connect(keep_in(taken, end));
    run();
    EXPECT_FALSE(end.has_failed());
    return taken;
  }
  static void expect_all_free(const QuietEngine& quiet) {
    EXPECT_EQ(quiet.pool().checked_out(), 0U);
    EXPECT_EQ(quiet.queue().waiting(), 0U);
    EXPECT_LE(quiet.open, quiet.pool().checked_in());  // some may be empty
  }

  asio::io_context context;
};

// -- many who wait ----------------------------------------------------------------------

TEST_F(AsyncPoolTest, TenThousandAreServedByTenConnectionsInTheOrderOfComing) {
  constexpr int all = 10'000;
  QuietEngine quiet(of_size(10));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  std::vector<int> order;
  int failures = 0;
  const std::size_t threads_before = threads();

  for (int i = 0; i < all; ++i) {
    engine.async_connect([&, i](std::exception_ptr failure, AsyncConnection opened) {
      failures += failure != nullptr ? 1 : 0;
      order.push_back(i);
      auto kept = std::make_shared<AsyncConnection>(std::move(opened));
      kept->async_close([kept](const std::exception_ptr&) {});
    });
  }
  const std::size_t waiting = quiet.queue().waiting();
  const std::size_t threads_meanwhile = threads();
  run();

  EXPECT_EQ(waiting, all - 10U);
  EXPECT_EQ(threads_meanwhile, threads_before);
  EXPECT_EQ(failures, 0);
  ASSERT_EQ(order.size(), static_cast<std::size_t>(all));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(quiet.most_open, 10U);
  EXPECT_EQ(quiet.pool().checked_in(), 10U);
  expect_all_free(quiet);
}

TEST_F(AsyncPoolTest, WaiterTakesAtMost512Bytes) {
  constexpr std::size_t all = 10'000;
  QuietEngine quiet(of_size(1));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  std::vector<End> ends(all);
  AsyncConnection taken = take(engine);
  End first;
  engine.async_connect(close_at_once(first));  // with the timer

  const std::size_t before = allocated_bytes();
  for (End& end : ends) engine.async_connect(close_at_once(end));
  const std::size_t after = allocated_bytes();
  EXPECT_EQ(quiet.queue().waiting(), all + 1);
  taken = AsyncConnection();
  run();

  EXPECT_LE((after - before) / all, 512U);
  RecordProperty("bytes", static_cast<int>((after - before) / all));
  for (const End& end : ends) EXPECT_TRUE(end.count == 1 && !end.has_failed());
  expect_all_free(quiet);
}

// -- in one queue -----------------------------------------------------------------------

TEST_F(AsyncPoolTest, ThreadsFibersAndThoseWithoutEitherWaitInOneQueue) {
  QuietEngine quiet(of_size(1));
  QuietEngine others(of_size(1));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  AsyncEngine with_fiber(context.get_executor(), others.engine);
  std::mutex mutex;
  std::string order;
  const auto note = [&](char who) {
    const std::lock_guard lock(mutex);
    order += who;
  };
  const auto note_and_close = [&](char who) {
    return [&, who](const std::exception_ptr&, const AsyncConnection&) { note(who); };
  };
  const auto wait_for = [&](std::size_t waiting) {
    while (quiet.queue().waiting() < waiting) std::this_thread::yield();
  };
  AsyncConnection taken = take(engine);

  engine.async_connect(note_and_close('a'));
  wait_for(1);
  std::jthread thread([&] {
    const PooledConnection connection = quiet.pool().connect();
    note('t');
  });
  wait_for(2);
  with_fiber.async_run(
      [&](Connection&) {
        const PooledConnection connection = quiet.pool().connect();
        note('f');
      },
      [](const std::exception_ptr& failure) { EXPECT_EQ(failure, nullptr); });
  poll();
  wait_for(3);
  engine.async_connect(note_and_close('b'));
  wait_for(4);
  taken = AsyncConnection();
  run();
  thread.join();
  run();

  EXPECT_EQ(order, "atfb");
  expect_all_free(quiet);
}

// Three threads that wait, and forty coroutines on two threads that do not, share three
// connections and one more; some are cancelled.
TEST_F(AsyncPoolTest, SynchronousAndAsynchronousUsersShareAPool) {
  constexpr int rounds = 30;
  QuietEngine quiet({.pool_size = 3, .max_overflow = 1, .timeout = 10min});
  quiet.waits_to_open = 2;
  AsyncEngine engine(context.get_executor(), quiet.engine);
  std::atomic<int> used{0};
  std::atomic<int> cancelled{0};
  const auto use_asynchronously = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < rounds; ++i) {
      AsyncConnection connection = co_await engine.async_connect(asio::use_awaitable);
      co_await asio::post(asio::use_awaitable);
      ++used;
      if (i % 3 == 0) co_await connection.async_invalidate(asio::use_awaitable);
      if (i % 2 == 0) co_await connection.async_close(asio::use_awaitable);
    }
  };
  const auto use_and_cancel = [&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < rounds; ++i) {
      asio::cancellation_signal signal;
      asio::post(executor, [&] { signal.emit(asio::cancellation_type::terminal); });
      try {
        const AsyncConnection connection = co_await engine.async_connect(
            asio::bind_cancellation_slot(signal.slot(), asio::use_awaitable));
        ++used;
      } catch (const Error& error) {
        EXPECT_TRUE(error.is_cancelled());
        ++cancelled;
      }
      co_await asio::post(executor, asio::use_awaitable);
    }
  };

  for (int i = 0; i < 40; ++i)
    asio::co_spawn(context, use_asynchronously(), asio::detached);
  for (int i = 0; i < 4; ++i)
    asio::co_spawn(asio::make_strand(context), use_and_cancel(), asio::detached);
  std::vector<std::jthread> all;
  for (int i = 0; i < 3; ++i) {
    all.emplace_back([&] {
      for (int j = 0; j < rounds; ++j) {
        const PooledConnection connection = quiet.pool().connect();
        std::this_thread::yield();
        ++used;
      }
    });
  }
  for (int i = 0; i < 2; ++i) all.emplace_back([this] { context.run(); });
  all.clear();

  EXPECT_EQ(used + cancelled, 47 * rounds);
  EXPECT_LE(quiet.most_open, 4U);
  expect_all_free(quiet);
}

// -- ends of a wait ---------------------------------------------------------------------

/// What checkout_end was told.
struct CheckoutEnd {
  bool has_connection = false;
  Outcome outcome = Outcome::ok;
  bool is_long = false;
  friend bool operator==(const CheckoutEnd&, const CheckoutEnd&) = default;
};

TEST_F(AsyncPoolTest, TimeoutIsToldAsToWhoWaitsWithAThread) {
  constexpr auto timeout = 30ms;
  QuietEngine quiet(of_size(1, timeout));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  AsyncConnection taken = take(engine);
  std::vector<CheckoutEnd> told;
  event::listen<PoolEvents::checkout_end>(
      quiet.engine,
      [&](dbapi::Connection* connection,
          const Ending& ending,
          std::chrono::nanoseconds waited) {
        told.push_back({connection != nullptr, ending.outcome, waited >= timeout});
      });

  EXPECT_THROW(static_cast<void>(quiet.pool().connect()), TimeoutError);
  std::vector<End> ends(5);
  for (End& end : ends) engine.async_connect(close_at_once(end));
  run();

  for (const End& end : ends) EXPECT_TRUE(end.count == 1 && end.is_timeout());
  ASSERT_EQ(told.size(), 6U);
  EXPECT_EQ(told[0], (CheckoutEnd{false, Outcome::error, true}));
  for (const CheckoutEnd& each : told) EXPECT_EQ(each, told[0]);
  EXPECT_EQ(quiet.queue().waiting(), 0U);
  EXPECT_EQ(quiet.pool().checked_out(), 1U);
  taken = AsyncConnection();
  run();
  expect_all_free(quiet);
}

TEST_F(AsyncPoolTest, WhoIsCancelledLeavesTheQueueAndTheOthersAreServed) {
  QuietEngine quiet(of_size(1));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  AsyncConnection taken = take(engine);
  std::vector<Outcome> told;
  event::listen<PoolEvents::checkout_end>(
      quiet.engine,
      [&](dbapi::Connection*, const Ending& ending) { told.push_back(ending.outcome); });
  std::vector<End> ends(7);
  std::vector<asio::cancellation_signal> signals(7);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    engine.async_connect(
        asio::bind_cancellation_slot(signals[i].slot(), close_at_once(ends[i])));
  }

  for (const std::size_t i : {0U, 3U, 6U})
    signals[i].emit(asio::cancellation_type::terminal);
  poll();
  const std::size_t waiting = quiet.queue().waiting();
  taken = AsyncConnection();
  run();

  EXPECT_EQ(waiting, 4U);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    EXPECT_EQ(ends[i].count, 1);
    EXPECT_EQ(ends[i].is_cancelled(), i % 3 == 0);
    EXPECT_EQ(ends[i].has_failed(), i % 3 == 0);
  }
  EXPECT_EQ(std::count(told.begin(), told.end(), Outcome::cancelled), 3);
  EXPECT_EQ(std::count(told.begin(), told.end(), Outcome::ok), 4);
  expect_all_free(quiet);
}

/// Where somebody waits behind, for a record or for a place to open a connection.
class AsyncPoolStepsTest : public AsyncPoolTest,
                           public testing::WithParamInterface<bool> {
 protected:
  static constexpr int most_steps = 40;
  void prepare(QuietEngine& quiet) const {
    quiet.waits_to_open = 3;
    if (GetParam()) {  // what comes back is replaced, in several waits
      event::listen<PoolEvents::checkin>(
          quiet.engine, [](dbapi::Connection* connection, ConnectionRecord& record) {
            if (connection != nullptr) record.invalidate();
          });
    }
  }
};
INSTANTIATE_TEST_SUITE_P(AsyncPool,
                         AsyncPoolStepsTest,
                         testing::Bool(),
                         [](const auto& kind) {
                           return kind.param ? "Place" : "Record";
                         });

TEST_P(AsyncPoolStepsTest, CancellationAtEachStepLosesNoPlace) {
  int cancelled = 0;
  for (int steps = 0; steps < most_steps; ++steps) {
    QuietEngine quiet(of_size(1));
    prepare(quiet);
    AsyncEngine engine(context.get_executor(), quiet.engine);
    AsyncConnection taken = take(engine);
    End end;
    End behind;
    asio::cancellation_signal signal;
    engine.async_connect(asio::bind_cancellation_slot(signal.slot(), close_at_once(end)));
    engine.async_connect(close_at_once(behind));

    taken = AsyncConnection();
    context.restart();
    for (int i = 0; i < steps; ++i) context.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    run();

    EXPECT_EQ(end.count, 1) << steps;
    EXPECT_EQ(end.has_failed(), end.is_cancelled()) << steps;
    EXPECT_TRUE(behind.count == 1 && !behind.has_failed()) << steps;
    expect_all_free(quiet);
    cancelled += end.is_cancelled() ? 1 : 0;
  }
  EXPECT_GE(cancelled, 1);
  EXPECT_LT(cancelled, most_steps);
}

TEST_P(AsyncPoolStepsTest, ContextThatGoesAtEachStepLeavesThePoolToThreads) {
  for (int steps = 0; steps < most_steps; ++steps) {
    QuietEngine quiet(of_size(1));
    prepare(quiet);
    std::vector<End> ends(4);
    int begun_ends = 0;
    {
      AsyncConnection taken;
      asio::io_context going;
      AsyncEngine engine(going.get_executor(), quiet.engine);
      End opened;
      engine.async_connect(keep_in(taken, opened));
      going.run();
      going.restart();
      for (End& end : ends) engine.async_connect(close_at_once(end));
      taken = AsyncConnection();
      for (int i = 0; i < steps; ++i) going.poll_one();
    }

    for (const End& end : ends) begun_ends += end.count;
    EXPECT_LE(begun_ends, 4) << steps;
    EXPECT_EQ(quiet.queue().waiting(), 0U) << steps;
    EXPECT_EQ(quiet.pool().checked_out(), 0U) << steps;
    EXPECT_TRUE(quiet.pool().connect().is_valid()) << steps;
    expect_all_free(quiet);
  }
}

TEST_F(AsyncPoolTest, FailureToOpenGivesThePlaceToTheNextOne) {
  QuietEngine quiet(of_size(1));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  event::listen<PoolEvents::connect>(quiet.engine, [failures = 3](auto&...) mutable {
    pause();
    if (failures-- > 0) throw std::runtime_error("no");
  });
  std::vector<End> ends(5);

  for (End& end : ends) engine.async_connect(close_at_once(end));
  run();

  for (std::size_t i = 0; i < ends.size(); ++i) {
    EXPECT_EQ(ends[i].count, 1);
    EXPECT_EQ(ends[i].has_failed(), i < 3);
  }
  expect_all_free(quiet);
}

// -- disposal ---------------------------------------------------------------------------

TEST_F(AsyncPoolTest, WhoWaitsWhileTheEngineIsDisposedIsServedOfTheNewPool) {
  QuietEngine quiet(of_size(1));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  AsyncConnection taken = take(engine);
  const Pool& old = quiet.pool();
  std::vector<End> ends(3);
  for (End& end : ends) engine.async_connect(close_at_once(end));

  quiet.engine.dispose();
  taken = AsyncConnection();
  run();

  for (const End& end : ends) EXPECT_TRUE(end.count == 1 && !end.has_failed());
  EXPECT_EQ(old.checked_out(), 0U);
  EXPECT_EQ(dynamic_cast<const QueuePool&>(old).waiting(), 0U);
  expect_all_free(quiet);
}

TEST_F(AsyncPoolTest, WhoWaitsTooLongForADisposedPoolIsToldSo) {
  QuietEngine quiet(of_size(1, 20ms));
  AsyncEngine engine(context.get_executor(), quiet.engine);
  AsyncConnection taken = take(engine);
  const Pool& old = quiet.pool();
  End end;
  End cancelled;
  asio::cancellation_signal signal;
  engine.async_connect(close_at_once(end));
  engine.async_connect(
      asio::bind_cancellation_slot(signal.slot(), close_at_once(cancelled)));

  quiet.engine.dispose();
  signal.emit(asio::cancellation_type::terminal);
  run();
  EXPECT_TRUE(end.count == 1 && end.is_timeout());
  EXPECT_TRUE(cancelled.count == 1 && cancelled.is_cancelled());
  taken = AsyncConnection();
  run();

  EXPECT_EQ(old.checked_out(), 0U);
  expect_all_free(quiet);
}

// -- reservations -----------------------------------------------------------------------

class Reserved final : public PoolReservation {
 public:
  void served() noexcept override { ++count; }
  int count = 0;
};

TEST_F(AsyncPoolTest, UnusedRecordForWhichThereIsNoRoomIsClosedAsAnyOther) {
  QuietEngine quiet({.pool_size = 1, .max_overflow = 1});
  std::vector<std::string> told;
  event::listen<PoolEvents::close>(quiet.engine, [&] { told.emplace_back("close"); });
  PooledConnection one = quiet.pool().connect();
  PooledConnection other = quiet.pool().connect();
  Reserved waiter;
  ASSERT_FALSE(quiet.pool().reserve(waiter));

  one.close();
  other.close();
  EXPECT_EQ(waiter.count, 1);
  EXPECT_EQ(quiet.pool().checked_out(), 1U);
  quiet.pool().release(waiter);

  EXPECT_EQ(told, (std::vector<std::string>{"close"}));
  EXPECT_EQ(quiet.open, 1U);
  expect_all_free(quiet);
}

TEST_F(AsyncPoolTest, UnusedRecordOrPlaceGoesToTheNextOne) {
  QuietEngine quiet(of_size(1));
  for (const bool is_place : {false, true}) {
    PooledConnection lent = quiet.pool().connect();
    Reserved first;
    Reserved second;
    ASSERT_FALSE(quiet.pool().reserve(first));
    ASSERT_FALSE(quiet.pool().reserve(second));

    if (is_place) {
      quiet.queue().dispose();
      lent.detach();
    }
    lent.close();
    EXPECT_EQ(first.count, 1);
    EXPECT_EQ(second.count, 0);
    quiet.pool().release(first);

    EXPECT_EQ(second.count, 1);
    EXPECT_FALSE(quiet.pool().give_up_waiting(second, nullptr));
    quiet.pool().release(second);
    expect_all_free(quiet);
  }
}

TEST_F(AsyncPoolTest, WhatIsReservedOutlivesThePoolsUsers) {
  QuietEngine quiet(of_size(2));
  const Engine& engine = quiet.engine;
  const std::size_t open_before = quiet.open;
  auto pool = make_pool<QueuePool>(
      make_connector([&](ConnectionRecord&) -> std::shared_ptr<dbapi::Connection> {
        return std::make_shared<SilentConnection>();
      }),
      of_size(2));
  const std::weak_ptr<Pool> watched = pool->weak_from_this();
  PooledConnection lent = pool->connect();
  pool->connect().close();
  Reserved with_record;
  Reserved waiting;
  ASSERT_TRUE(pool->reserve(with_record));
  ASSERT_FALSE(pool->reserve(waiting));
  QueuePool& kept = *pool;

  pool.reset();
  EXPECT_EQ(waiting.count, 0);
  lent.close();
  EXPECT_EQ(waiting.count, 1);
  kept.release(waiting);
  EXPECT_FALSE(watched.expired());
  kept.release(with_record);

  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(quiet.open, open_before);
  static_cast<void>(engine);
}

// -- events -----------------------------------------------------------------------------

/// Every event of a pool, in order, with what tells it apart.
class PoolLog {
 public:
  void listen_to(Engine& engine) {
    using Events = PoolEvents;
    note<Events::connect>(engine);
    note<Events::first_connect>(engine);
    note<Events::checkout>(engine);
    note<Events::checkin>(engine);
    note<Events::reset>(engine);
    note<Events::invalidate>(engine);
    note<Events::soft_invalidate>(engine);
    note<Events::close>(engine);
    note<Events::detach>(engine);
    note<Events::close_detached>(engine);
    note<Events::checkout_end>(engine);
    note<Events::connect_end>(engine);
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  template <class E>
  void note(Engine& engine) {
    event::listen<E>(engine, [this] {
      pause();
      all_.emplace_back(E::id);
    });
  }
  std::vector<std::string> all_;
};

void do_what_tells_every_event(Engine& engine) {
  engine.connect().close();
  engine.raw_connection().invalidate();
  {
    PooledConnection connection = engine.raw_connection();
    connection.invalidate(nullptr, true);
  }
  engine.raw_connection().close();
  {
    PooledConnection connection = engine.raw_connection();
    connection.detach();
  }
  {
    Connection connection = engine.connect();
    connection.invalidate();
  }
  engine.connect().close();
  engine.pool().dispose();
}

TEST_F(AsyncPoolTest, EveryEventIsToldAsInTheSynchronousEngine) {
  QuietEngine synchronous(of_size(2));
  PoolLog expected;
  expected.listen_to(synchronous.engine);
  do_what_tells_every_event(synchronous.engine);

  QuietEngine quiet(of_size(2));
  PoolLog told;
  told.listen_to(quiet.engine);
  AsyncEngine engine(context.get_executor(), quiet.engine);
  QuietEngine others(of_size(1));
  AsyncEngine with_fiber(context.get_executor(), others.engine);
  End end;
  with_fiber.async_run([&](Connection&) { do_what_tells_every_event(quiet.engine); },
                       [&](std::exception_ptr failure) {
                         ++end.count;
                         end.failure = std::move(failure);
                       });
  run();

  EXPECT_TRUE(end.count == 1 && !end.has_failed());
  EXPECT_EQ(told.all(), expected.all());
  for (const std::string_view id : {"connect",
                                    "first_connect",
                                    "checkout",
                                    "checkin",
                                    "reset",
                                    "invalidate",
                                    "soft_invalidate",
                                    "close",
                                    "detach",
                                    "close_detached",
                                    "checkout_end",
                                    "connect_end"})
    EXPECT_EQ(std::count(told.all().begin(), told.all().end(), id) > 0, true) << id;
}

TEST_F(AsyncPoolTest, OpeningAndClosingIsToldAsInTheSynchronousEngine) {
  QuietEngine synchronous(of_size(1));
  PoolLog expected;
  expected.listen_to(synchronous.engine);
  synchronous.engine.connect().close();
  synchronous.engine.connect().close();
  synchronous.engine.dispose();

  QuietEngine quiet(of_size(1));
  PoolLog told;
  told.listen_to(quiet.engine);
  AsyncEngine engine(context.get_executor(), quiet.engine);
  const auto open_and_close = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      AsyncConnection connection = co_await engine.async_connect(asio::use_awaitable);
      co_await connection.async_close(asio::use_awaitable);
    }
    co_await engine.async_dispose(asio::use_awaitable);
  };
  asio::co_spawn(context, open_and_close(), asio::detached);
  run();

  EXPECT_EQ(told.all(), expected.all());
}

// -- other pools ------------------------------------------------------------------------

TEST_F(AsyncPoolTest, TwoFibersThatOpenAStaticPoolAtOnceShareOneConnection) {
  QuietEngine quiet({}, PoolClass::static_);
  quiet.waits_to_open = 3;
  AsyncEngine engine(context.get_executor(), quiet.engine);
  std::vector<AsyncConnection> opened(3);
  std::vector<End> ends(3);

  for (std::size_t i = 0; i < 3; ++i) engine.async_connect(keep_in(opened[i], ends[i]));
  run();

  for (const End& end : ends) EXPECT_TRUE(end.count == 1 && !end.has_failed());
  EXPECT_EQ(quiet.open, 1U);
  EXPECT_EQ(&opened[0].sync_connection().connection().dbapi_connection(),
            &opened[2].sync_connection().connection().dbapi_connection());
  opened.clear();
  run();
  EXPECT_EQ(quiet.pool().checked_out(), 0U);
}

TEST_F(AsyncPoolTest, NullPoolOpensOneForEach) {
  QuietEngine quiet({}, PoolClass::null);
  quiet.waits_to_open = 3;
  AsyncEngine engine(context.get_executor(), quiet.engine);
  std::vector<AsyncConnection> opened(3);
  std::vector<End> ends(3);

  for (std::size_t i = 0; i < 3; ++i) engine.async_connect(keep_in(opened[i], ends[i]));
  run();

  for (const End& end : ends) EXPECT_TRUE(end.count == 1 && !end.has_failed());
  EXPECT_EQ(quiet.pool().checked_out(), 3U);
  opened.clear();
  run();
  EXPECT_EQ(quiet.pool().checked_out(), 0U);
  EXPECT_EQ(quiet.open, 0U);
}

TEST_F(AsyncPoolTest, AssertionPoolRefusesTheSecondWhileTheFirstIsBeingOpened) {
  QuietEngine quiet({}, PoolClass::assertion);
  quiet.waits_to_open = 3;
  AsyncEngine engine(context.get_executor(), quiet.engine);
  AsyncConnection opened;
  End first;
  End second;

  engine.async_connect(keep_in(opened, first));
  engine.async_connect(close_at_once(second));
  run();

  EXPECT_TRUE(first.count == 1 && !first.has_failed());
  EXPECT_TRUE(second.count == 1 && second.has_failed());
  opened = AsyncConnection();
  run();
  EXPECT_EQ(quiet.pool().checked_out(), 0U);
  EXPECT_EQ(quiet.open, 1U);
}

}  // namespace async_pool_test
}  // namespace
}  // namespace hark::test
