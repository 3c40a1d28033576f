// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/lost_error.hpp>
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/fake_dbapi.hpp"
#include "support/silent_connection.hpp"
#include "support/widgets.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;

/// Connections that threads may open at once, counted.
class SharedFake {
 public:
  std::shared_ptr<Connector> connector() {
    return make_connector(
        [this](ConnectionRecord&) { return std::make_shared<Counted>(*this); });
  }
  std::size_t most_open() const { return most_open_; }

 private:
  class Counted final : public SilentConnection {
   public:
    explicit Counted(SharedFake& all) : all_(all) {
      const std::size_t open = ++all_.open_;
      std::size_t most = all_.most_open_;
      while (open > most && !all_.most_open_.compare_exchange_weak(most, open)) {
      }
    }
    ~Counted() override { --all_.open_; }

   private:
    SharedFake& all_;
  };

  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> most_open_{0};
};

/// A pool on a fake database, and a log of what its listeners were told.
class PoolTest : public ::testing::Test {
 protected:
  std::shared_ptr<Connector> connector() {
    return make_connector(
        [this](ConnectionRecord&) { return std::make_shared<FakeConnection>(database); });
  }
  std::shared_ptr<QueuePool> queue_pool(const PoolOptions& options = {}) {
    return make_pool<QueuePool>(connector(), options);
  }

  template <class T>
  void note_all(T& pool) {
    event::listen(pool, "connect", log.note("connect"));
    event::listen(pool, "checkout", log.note("checkout"));
    event::listen(pool, "reset", log.note("reset"));
    event::listen(pool, "checkin", log.note("checkin"));
    event::listen(pool, "invalidate", log.note("invalidate"));
    event::listen(pool, "close", log.note("close"));
    event::listen(pool, "detach", log.note("detach"));
    event::listen(pool, "close_detached", log.note("close_detached"));
  }

  FakeDatabase database;
  Log log;
};

using QueuePoolTest = PoolTest;

// -- life of a connection ---------------------------------------------------------------

TEST_F(PoolTest, ConnectionGoesBackWithItsHandle) {
  const auto pool = queue_pool();

  { const PooledConnection connection = pool->connect(); }

  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(pool->checked_in(), 1U);
}

TEST_F(PoolTest, ConnectionIsUsedAgain) {
  const auto pool = queue_pool();
  std::uint64_t first = 0;
  { first = pool->connect()->id(); }

  const std::uint64_t second = pool->connect()->id();

  EXPECT_EQ(second, first);
}

TEST_F(PoolTest, FiresItsEventsInOrder) {
  const auto pool = queue_pool();
  note_all(*pool);

  pool->connect().close();

  EXPECT_EQ(log.take(), "connect checkout reset checkin");
}

TEST_F(PoolTest, IsRolledBackOnReturn) {
  const auto pool = queue_pool();

  pool->connect().close();

  EXPECT_EQ(database.take(), "connect, rollback");
}

TEST_F(PoolTest, ClosingAgainHasNoEffect) {
  const auto pool = queue_pool();
  PooledConnection connection = pool->connect();
  connection.close();

  connection.close();

  EXPECT_EQ(pool->checked_in(), 1U);
}

TEST_F(PoolTest, ClosedHandleSaysSo) {
  const auto pool = queue_pool();
  PooledConnection connection = pool->connect();
  connection.close();

  EXPECT_THROW(connection->cursor(), ResourceClosedError);
}

TEST_F(PoolTest, FirstConnectComesOnceAndBeforeConnect) {
  const auto pool = queue_pool();
  event::listen(*pool, "connect", log.note("connect"));
  event::listen(*pool, "first_connect", log.note("first"));
  const PooledConnection one = pool->connect();

  const PooledConnection two = pool->connect();

  EXPECT_EQ(log.take(), "first connect connect");
}

TEST_F(PoolTest, OutlivesItsLastReferenceWhileLent) {
  auto pool = queue_pool();
  PooledConnection connection = pool->connect();

  pool.reset();
  connection.close();

  EXPECT_EQ(database.open, 0U);
}

// -- bounds -----------------------------------------------------------------------------

TEST_F(QueuePoolTest, GivesUpWaitingAfterItsTimeout) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 0, .timeout = 5ms});
  const PooledConnection held = pool->connect();

  EXPECT_THROW(static_cast<void>(pool->connect()), TimeoutError);
  EXPECT_EQ(pool->checked_out(), 1U);
}

TEST_F(QueuePoolTest, ClosesWhatOverflows) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 1});
  PooledConnection one = pool->connect();
  PooledConnection two = pool->connect();
  one.close();

  two.close();

  EXPECT_EQ(pool->checked_in(), 1U);
  EXPECT_EQ(database.open, 1U);
}

TEST_F(QueuePoolTest, LendsTheOneThatHasBeenIdleLongest) {
  const auto pool = queue_pool();
  PooledConnection one = pool->connect();
  PooledConnection two = pool->connect();
  const std::uint64_t first = one->id();
  one.close();
  two.close();

  EXPECT_EQ(pool->connect()->id(), first);
}

TEST_F(QueuePoolTest, LendsTheLastUsedWithLifo) {
  const auto pool = queue_pool({.use_lifo = true});
  PooledConnection one = pool->connect();
  PooledConnection two = pool->connect();
  const std::uint64_t last = two->id();
  one.close();
  two.close();

  EXPECT_EQ(pool->connect()->id(), last);
}

TEST_F(QueuePoolTest, WakesWhoWaitsWhenOneComesBack) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 0, .timeout = 10s});
  PooledConnection held = pool->connect();
  std::atomic<bool> got_one = false;
  std::thread waiter([&] {
    const PooledConnection connection = pool->connect();
    got_one = true;
  });

  held.close();
  waiter.join();

  EXPECT_TRUE(got_one);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(QueuePoolTest, CountsRightWhenManyThreadsUseIt) {
  SharedFake shared;
  const auto pool = make_pool<QueuePool>(
      shared.connector(), PoolOptions{.pool_size = 2, .max_overflow = 1, .timeout = 10s});
  std::latch start(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      for (int round = 0; round < 500; ++round) {
        const PooledConnection connection = pool->connect();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_LE(pool->checked_in(), 2U);
  EXPECT_LE(shared.most_open(), 3U);
}

TEST_F(QueuePoolTest, DisposeClosesWhatIsIdle) {
  const auto pool = queue_pool();
  pool->connect().close();

  pool->dispose();

  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_in(), 0U);
}

/// Stays where it is until somebody waits.
void await_waiters(const QueuePool& pool, std::size_t count) {
  while (pool.waiting() < count) std::this_thread::yield();
}

TEST_F(QueuePoolTest, ServesWhoHasWaitedLongestFirst) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 0, .timeout = 60s});
  PooledConnection held = pool->connect();
  std::mutex mutex;
  std::vector<std::size_t> served;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      const PooledConnection connection = pool->connect();
      const std::lock_guard lock(mutex);
      served.push_back(i);
    });
    await_waiters(*pool, i + 1);
  }

  held.close();
  threads.clear();

  EXPECT_EQ(served, (std::vector<std::size_t>{0, 1, 2}));
}

TEST_F(QueuePoolTest, NobodyOvertakesWhoWaits) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 0, .timeout = 60s});
  PooledConnection held = pool->connect();
  std::atomic<bool> was_served = false;
  std::jthread waiter([&] {
    const PooledConnection connection = pool->connect();
    was_served = true;
  });
  await_waiters(*pool, 1);

  held.close();
  const PooledConnection mine = pool->connect();

  EXPECT_TRUE(was_served);
}

TEST_F(QueuePoolTest, PlaceOfAFailedConnectGoesToWhoWaits) {
  std::atomic<bool> fails = true;
  QueuePool* raw = nullptr;
  const auto pool = make_pool<QueuePool>(
      make_connector([&](ConnectionRecord&) {
        if (fails.exchange(false)) {
          await_waiters(*raw, 1);
          throw dbapi::OperationalError("unreachable");
        }
        return std::make_shared<FakeConnection>(database);
      }),
      PoolOptions{.pool_size = 1, .max_overflow = 0, .timeout = 60s});
  raw = pool.get();
  std::latch is_connecting(1);
  std::jthread failing([&] {
    is_connecting.count_down();
    EXPECT_THROW(static_cast<void>(pool->connect()), dbapi::OperationalError);
  });
  is_connecting.wait();
  while (fails) std::this_thread::yield();

  EXPECT_TRUE(pool->connect().is_valid());
}

TEST_F(QueuePoolTest, IsRightAfterAWaiterGaveUp) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 0, .timeout = 1ms});
  PooledConnection held = pool->connect();
  EXPECT_THROW(static_cast<void>(pool->connect()), TimeoutError);

  held.close();

  EXPECT_EQ(pool->waiting(), 0U);
  EXPECT_EQ(pool->checked_in(), 1U);
  EXPECT_TRUE(pool->connect().is_valid());
}

TEST_F(QueuePoolTest, WaitsAsLongAsAClockCanTell) {
  const auto pool = queue_pool(
      {.pool_size = 1, .max_overflow = 0, .timeout = std::chrono::milliseconds::max()});
  PooledConnection held = pool->connect();
  std::jthread waiter([&] { EXPECT_TRUE(pool->connect().is_valid()); });
  await_waiters(*pool, 1);

  held.close();
}

TEST_F(QueuePoolTest, TellsHowLongItWasWaitedFor) {
  const auto pool = queue_pool({.pool_size = 1, .max_overflow = 0, .timeout = 2ms});
  std::vector<std::chrono::nanoseconds> waits;
  event::listen(*pool,
                "checkout_end",
                [&](dbapi::Connection*, const Ending&, std::chrono::nanoseconds waited) {
                  waits.push_back(waited);
                });
  const PooledConnection held = pool->connect();

  EXPECT_THROW(static_cast<void>(pool->connect()), TimeoutError);

  ASSERT_EQ(waits.size(), 2U);
  EXPECT_EQ(waits[0], 0ns);
  EXPECT_GE(waits[1], 2ms);
}

TEST_F(QueuePoolTest, DisposeClosesAllAlthoughAListenerThrows) {
  const auto pool = queue_pool();
  {
    const PooledConnection one = pool->connect();
    const PooledConnection two = pool->connect();
  }
  event::listen(
      *pool, "close", [] { throw std::runtime_error("no"); }, event::once);

  EXPECT_THROW(pool->dispose(), std::runtime_error);

  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_in(), 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(QueuePoolTest, CountsWhatIsLentWhileItIsDisposed) {
  const auto pool = queue_pool();
  PooledConnection held = pool->connect();

  pool->dispose();

  EXPECT_EQ(pool->checked_out(), 1U);
  held.close();
  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(pool->checked_in(), 1U);
}

TEST_F(PoolTest, EngineKeepsNothingOfAPoolThatItHasDisposed) {
  FakeDialect::use(database);
  Engine engine{URL("fake://"), {.poolclass = PoolClass::queue}};
  engine.raw_connection().close();
  Pool& old = engine.pool();
  PooledConnection held = old.connect();

  engine.dispose();
  held.close();

  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(old.checked_out(), 0U);
}

/// A thread may have got hold of the pool before another one disposed it.
TEST_F(PoolTest, DisposedPoolOfAnEngineStillLends) {
  FakeDialect::use(database);
  Engine engine{URL("fake://"),
                {.poolclass = PoolClass::queue, .pool = {.pool_size = 1}}};
  Pool& old = engine.pool();
  engine.dispose();

  for (int i = 0; i < 20; ++i) old.connect().close();

  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(old.checked_out(), 0U);
}

/// What comes back late is dropped silently where the pool would have kept it, as it goes
/// with the pool in SQLAlchemy; beyond that it is closed.
TEST_F(PoolTest, DisposedPoolOfAnEngineClosesWhatItHasNoRoomFor) {
  FakeDialect::use(database);
  Engine engine{
      URL("fake://"),
      {.poolclass = PoolClass::queue, .pool = {.pool_size = 1, .max_overflow = 1}}};
  int closed = 0;
  event::listen(engine, "close", [&] { ++closed; });
  PooledConnection first = engine.raw_connection();
  PooledConnection second = engine.raw_connection();
  engine.dispose();

  first.close();
  EXPECT_EQ(closed, 0);

  second.close();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, ClosesWhatIsIdleWithItsLastReference) {
  auto pool = queue_pool();
  pool->connect().close();

  pool.reset();

  EXPECT_EQ(database.open, 0U);
}

/// Records keep their pool, and the pool its records: somebody has to let go.
TEST_F(PoolTest, NothingIsLeftOfAPoolWithoutReferences) {
  const auto make_all = [&](const std::shared_ptr<Connector>& from) {
    return std::vector<std::shared_ptr<Pool>>{make_pool<QueuePool>(from),
                                              make_pool<NullPool>(from),
                                              make_pool<StaticPool>(from),
                                              make_pool<SingletonThreadPool>(from),
                                              make_pool<AssertionPool>(from)};
  };
  std::shared_ptr<Connector> shared = connector();
  const std::weak_ptr<Connector> watched = shared;
  std::vector<std::shared_ptr<Pool>> pools = make_all(shared);
  shared.reset();
  std::vector<PooledConnection> lent;
  for (const auto& pool : pools) {
    pool->connect().close();
    lent.push_back(pool->connect());
  }

  pools.clear();
  EXPECT_FALSE(watched.expired());
  lent.clear();

  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, RecreatedPoolHasTheListeners) {
  const auto pool = queue_pool();
  note_all(*pool);

  pool->recreate()->connect().close();

  EXPECT_EQ(log.take(), "connect checkout reset checkin");
}

// -- invalidation -----------------------------------------------------------------------

TEST_F(PoolTest, InvalidatedConnectionIsReplaced) {
  const auto pool = queue_pool();
  note_all(*pool);
  PooledConnection connection = pool->connect();
  const std::uint64_t first = connection->id();

  connection.invalidate();
  connection.close();

  EXPECT_EQ(log.take(), "connect checkout invalidate close checkin");
  EXPECT_NE(pool->connect()->id(), first);
}

TEST_F(PoolTest, SoftInvalidatedConnectionIsReplacedTheNextTime) {
  const auto pool = queue_pool();
  PooledConnection connection = pool->connect();
  const std::uint64_t first = connection->id();

  connection.invalidate(nullptr, true);

  EXPECT_EQ(connection->id(), first);
  connection.close();
  EXPECT_NE(pool->connect()->id(), first);
}

TEST_F(PoolTest, DetachedConnectionIsClosedAtItsEnd) {
  const auto pool = queue_pool();
  note_all(*pool);
  PooledConnection connection = pool->connect();

  connection.detach();
  connection.close();

  EXPECT_EQ(log.take(), "connect checkout detach reset close_detached");
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, DetachedAndInvalidatedConnectionIsClosed) {
  const auto pool = queue_pool();
  PooledConnection connection = pool->connect();
  connection.detach();

  connection.invalidate();

  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, RecyclesWhatIsTooOld) {
  const auto pool = queue_pool({.recycle = 0ms});
  std::uint64_t first = 0;
  { first = pool->connect()->id(); }

  EXPECT_NE(pool->connect()->id(), first);
}

TEST_F(PoolTest, KeepsWhatIsYoungEnough) {
  const auto pool = queue_pool({.recycle = 1h});
  std::uint64_t first = 0;
  { first = pool->connect()->id(); }

  EXPECT_EQ(pool->connect()->id(), first);
}

TEST_F(PoolTest, PrePingReplacesWhatDoesNotAnswer) {
  const auto pool = queue_pool({.pre_ping = true});
  std::uint64_t first = 0;
  { first = pool->connect()->id(); }
  database.answers_pings = false;

  EXPECT_NE(pool->connect()->id(), first);
}

TEST_F(PoolTest, PrePingSparesAFreshConnection) {
  const auto pool = queue_pool({.pre_ping = true});

  const PooledConnection connection = pool->connect();

  EXPECT_EQ(database.take(), "connect");
}

TEST_F(PoolTest, PrePingThatFailsReplacesAllThatAreOlder) {
  const auto pool = queue_pool({.pre_ping = PrePing::round_trip});
  std::uint64_t second = 0;
  {
    const PooledConnection one = pool->connect();
    second = pool->connect()->id();
  }
  database.answers_pings = false;

  const PooledConnection one = pool->connect();
  const PooledConnection two = pool->connect();

  EXPECT_GT(one->id(), second);
  EXPECT_GT(two->id(), second);
}

TEST_F(PoolTest, PassivePrePingAsksNobody) {
  const auto pool = queue_pool({.pre_ping = PrePing::passive});
  std::uint64_t first = 0;
  { first = pool->connect()->id(); }
  database.answers_pings = false;
  database.take();

  const PooledConnection connection = pool->connect();

  EXPECT_EQ(connection->id(), first);
  EXPECT_EQ(database.take(), "is_connected");
}

TEST_F(PoolTest, PassivePrePingReplacesWhatHasGone) {
  const auto pool = queue_pool({.pre_ping = PrePing::passive});
  std::uint64_t first = 0;
  { first = pool->connect()->id(); }
  database.keeps_connections = false;
  database.take();

  const PooledConnection connection = pool->connect();

  EXPECT_NE(connection->id(), first);
  EXPECT_EQ(database.take(), "is_connected, close, connect");
  EXPECT_EQ(database.open, 1U);
}

TEST_F(PoolTest, PassivePrePingSparesAFreshConnection) {
  const auto pool = queue_pool({.pre_ping = PrePing::passive});
  database.keeps_connections = false;

  const PooledConnection connection = pool->connect();

  EXPECT_EQ(database.take(), "connect");
}

TEST_F(PoolTest, PassivePrePingLeavesTheOthersAlone) {
  const auto pool = queue_pool({.pre_ping = PrePing::passive});
  std::uint64_t idle = 0;  // what is lent last
  {
    const PooledConnection one = pool->connect();
    idle = one->id();
    pool->connect().close();
  }
  database.keeps_connections = false;
  const PooledConnection replaced = pool->connect();
  database.keeps_connections = true;

  const PooledConnection other = pool->connect();

  EXPECT_GT(replaced->id(), idle + 1);
  EXPECT_EQ(other->id(), idle);
}

TEST_F(PoolTest, PrePingIsOffUnlessAsked) {
  EXPECT_EQ(PoolOptions().pre_ping, PrePing::off);
  EXPECT_EQ(PoolOptions{.pre_ping = true}.pre_ping, PrePing::round_trip);
}

TEST_F(PoolTest, PrePingFindsTheWayBackWhenTheDatabaseIsBack) {
  const auto pool = queue_pool({.pre_ping = true});
  { const PooledConnection connection = pool->connect(); }
  database.answers_pings = false;
  database.fail_at = database.calls.size() + 3;  // behind the ping and the close
  EXPECT_THROW(static_cast<void>(pool->connect()), dbapi::OperationalError);
  EXPECT_EQ(pool->checked_out(), 0U);
  database.answers_pings = true;

  const PooledConnection connection = pool->connect();

  EXPECT_TRUE(connection.is_valid());
  EXPECT_EQ(database.open, 1U);
}

TEST_F(PoolTest, RecyclingFindsTheWayBackWhenTheDatabaseIsBack) {
  const auto pool = queue_pool({.recycle = 0ms});
  { const PooledConnection connection = pool->connect(); }
  database.fail_at = database.calls.size() + 2;  // behind the close
  EXPECT_THROW(static_cast<void>(pool->connect()), dbapi::OperationalError);
  EXPECT_EQ(pool->checked_out(), 0U);

  const PooledConnection connection = pool->connect();

  EXPECT_TRUE(connection.is_valid());
  EXPECT_EQ(database.open, 1U);
}

// -- listeners that throw ---------------------------------------------------------------

TEST_F(PoolTest, DisconnectionErrorAtCheckoutMakesAnother) {
  const auto pool = queue_pool();
  int calls = 0;
  event::listen(*pool, "checkout", [&] {
    if (++calls == 1) throw DisconnectionError("gone");
  });

  const PooledConnection connection = pool->connect();

  EXPECT_EQ(calls, 2);
  EXPECT_EQ(database.open, 1U);
}

TEST_F(PoolTest, CheckoutGivesUpAfterTwoDisconnectionErrors) {
  const auto pool = queue_pool();
  event::listen(*pool, "checkout", [] { throw DisconnectionError("gone"); });

  EXPECT_THROW(static_cast<void>(pool->connect()), InvalidRequestError);
  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, AnyOtherErrorAtCheckoutReachesTheCaller) {
  const auto pool = queue_pool();
  event::listen(*pool, "checkout", [] { throw std::runtime_error("no"); });

  EXPECT_THROW(static_cast<void>(pool->connect()), std::runtime_error);
  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, ErrorOfAnInvalidateListenerAtCheckoutKeepsNoPlace) {
  const auto pool = queue_pool();
  event::listen(*pool, "checkout", [] { throw DisconnectionError("gone"); });
  event::listen(*pool, "invalidate", [] { throw std::runtime_error("no"); });

  EXPECT_THROW(static_cast<void>(pool->connect()), std::runtime_error);
  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, ErrorOfAConnectListenerClosesTheConnection) {
  const auto pool = queue_pool();
  event::listen(*pool, "connect", [] { throw std::runtime_error("no"); });

  EXPECT_THROW(static_cast<void>(pool->connect()), std::runtime_error);
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, ErrorOfACheckinListenerKeepsNoPlace) {
  const auto pool = queue_pool();
  event::listen(*pool, "checkin", [] { throw std::runtime_error("no"); });
  PooledConnection connection = pool->connect();

  EXPECT_THROW(connection.close(), std::runtime_error);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, ResetListenerMayInvalidate) {
  const auto pool = queue_pool();
  event::listen(*pool, "reset", [](ConnectionFairy& proxy) { proxy.invalidate(); });

  EXPECT_NO_THROW(pool->connect().close());
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, CheckoutListenerMayInvalidateAndThrow) {
  const auto pool = queue_pool();
  event::listen(*pool,
                "checkout",
                [](dbapi::Connection&, ConnectionRecord&, ConnectionFairy& proxy) {
                  proxy.invalidate();
                  throw DisconnectionError("gone");
                });

  EXPECT_THROW(static_cast<void>(pool->connect()), DisconnectionError);
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, ErrorOfAResetListenerIsReported) {
  static std::string reported;
  reported.clear();
  const LostErrorHandler before = set_lost_error_handler(
      [](std::string_view what, const std::exception_ptr&) { reported = what; });
  const auto pool = queue_pool();
  event::listen(*pool, "reset", [] { throw std::runtime_error("no"); });

  pool->connect().close();
  set_lost_error_handler(before);

  EXPECT_EQ(reported, "resetting a connection failed");
}

TEST_F(PoolTest, ErrorOfAResetListenerDropsTheConnection) {
  const auto pool = queue_pool();
  event::listen(*pool, "reset", [] { throw std::runtime_error("no"); });

  EXPECT_NO_THROW(pool->connect().close());
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

// -- the other kinds --------------------------------------------------------------------

TEST_F(PoolTest, NullPoolKeepsNothing) {
  const auto pool = make_pool<NullPool>(connector());

  pool->connect().close();

  EXPECT_EQ(database.open, 0U);
}

TEST_F(PoolTest, NullPoolDetaches) {
  const auto pool = make_pool<NullPool>(connector());
  note_all(*pool);
  PooledConnection connection = pool->connect();

  connection.detach();
  connection.close();

  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, StaticPoolSharesOneConnection) {
  const auto pool = make_pool<StaticPool>(connector());

  const PooledConnection one = pool->connect();
  const PooledConnection two = pool->connect();

  EXPECT_EQ(one->id(), two->id());
}

TEST_F(PoolTest, StaticPoolCountsRightAfterSeveralCheckouts) {
  const auto pool = make_pool<StaticPool>(connector());
  PooledConnection one = pool->connect();
  PooledConnection two = pool->connect();

  one.close();
  two.close();

  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, ListenersOfStaticPoolRunWithoutItsLock) {
  const auto pool = make_pool<StaticPool>(connector());
  std::size_t seen = 1;
  const auto ask_on_another_thread = [&] {
    std::thread([&] { seen = pool->checked_out(); }).join();
  };
  event::listen(*pool, "connect", ask_on_another_thread);
  event::listen(*pool, "close", ask_on_another_thread);

  pool->connect().close();
  pool->dispose();

  EXPECT_EQ(seen, 0U);
}

TEST_F(PoolTest, StaticPoolMayBeDisposedWhileItsConnectionIsLent) {
  const auto pool = make_pool<StaticPool>(connector());
  PooledConnection connection = pool->connect();

  pool->dispose();

  EXPECT_NO_THROW(connection.close());
}

TEST_F(PoolTest, SingletonThreadPoolSharesOneConnectionInAThread) {
  const auto pool = make_pool<SingletonThreadPool>(connector());
  note_all(*pool);

  {
    const PooledConnection one = pool->connect();
    const PooledConnection two = pool->connect();
    EXPECT_EQ(one->id(), two->id());
  }

  EXPECT_EQ(log.take(), "connect checkout reset checkin");
}

TEST_F(PoolTest, SingletonThreadPoolHasOneConnectionPerThread) {
  const auto pool = make_pool<SingletonThreadPool>(connector());
  const std::uint64_t here = pool->connect()->id();
  std::uint64_t there = 0;

  std::thread([&] { there = pool->connect()->id(); }).join();

  EXPECT_NE(there, here);
}

TEST_F(PoolTest, SingletonThreadPoolForgetsADetachedConnection) {
  const auto pool = make_pool<SingletonThreadPool>(connector());
  PooledConnection connection = pool->connect();
  connection.detach();
  connection.close();

  EXPECT_TRUE(pool->connect().is_valid());
}

TEST_F(PoolTest, AssertionPoolThrowsForASecondConnection) {
  const auto pool = make_pool<AssertionPool>(connector());
  const PooledConnection held = pool->connect();

  EXPECT_THROW(static_cast<void>(pool->connect()), AssertionError);
}

/// Nobody closes a connection that another thread uses, or is about to.
TEST_F(PoolTest, SingletonThreadPoolClosesWhatAnotherThreadHasLentWhenItComesBack) {
  const auto pool = make_pool<SingletonThreadPool>(connector());
  std::latch is_lent(1);
  std::latch is_disposed(1);
  std::size_t open_meanwhile = 0;
  std::jthread other([&] {
    const PooledConnection connection = pool->connect();
    is_lent.count_down();
    is_disposed.wait();
    open_meanwhile = database.open;
  });
  is_lent.wait();

  pool->dispose();
  is_disposed.count_down();
  other.join();

  EXPECT_EQ(open_meanwhile, 1U);
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

TEST_F(PoolTest, SingletonThreadPoolCountsRightWhenEvictingFails) {
  const auto pool = make_pool<SingletonThreadPool>(connector(), {.pool_size = 1});
  std::thread([&] { pool->connect().close(); }).join();
  event::listen(*pool, "close", [] { throw std::runtime_error("no"); });

  EXPECT_THROW(static_cast<void>(pool->connect()), std::runtime_error);

  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(pool->checked_in(), 1U);
}

// -- the driver fails -------------------------------------------------------------------

/// Whichever call of the driver fails, nothing is lost and the pool counts right.
TEST_F(PoolTest, CountsRightWhicheverCallFails) {
  const auto act = [&](Pool& pool) {
    PooledConnection one = pool.connect();
    one.invalidate();
    one.close();
    PooledConnection two = pool.connect();
    two.close();
    pool.connect().close();
  };
  const auto whole = queue_pool({.pre_ping = true});
  act(*whole);
  const std::size_t calls = database.calls.size();
  whole->dispose();

  for (std::size_t fail_at = 1; fail_at <= calls; ++fail_at) {
    database = {};
    database.fail_at = fail_at;
    const auto pool = queue_pool({.pre_ping = true});
    try {
      act(*pool);
    } catch (const dbapi::Error&) {
    }
    EXPECT_EQ(pool->checked_out(), 0U) << "call " << fail_at;
    pool->dispose();
    EXPECT_EQ(database.open, 0U) << "call " << fail_at;
  }
}

}  // namespace
}  // namespace hark::test
