// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/lost_error.hpp>
#include <hark/event.hpp>
#include <hark/pool/null_pool.hpp>
#include <hark/pool/queue_pool.hpp>
#include <hark/pool/singleton_thread_pool.hpp>
#include <hark/pool/static_pool.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "support/silent_connection.hpp"

/// Threads take connections and give them back at once, while others take pools apart.
/// Worth most under ThreadSanitizer.
namespace hark::test {
namespace {

using namespace std::chrono_literals;

constexpr int rounds = 1000;
constexpr int thread_count = 8;

/// A number from 0 to `below` - 1, of this thread's own sequence.
std::size_t any(std::size_t below) {
  static std::atomic<unsigned> threads{0};
  thread_local std::minstd_rand numbers(++threads);
  return std::uniform_int_distribution<std::size_t>(0, below - 1)(numbers);
}
bool one_in(std::size_t many) { return any(many) == 0; }

/// What is open, and whether two threads ever had one connection.
class Database {
 public:
  std::shared_ptr<Connector> connector() {
    return make_connector([this](ConnectionRecord&) {
      if (one_in(fails_one_in)) throw dbapi::OperationalError("unreachable");
      return std::make_shared<Counted>(*this);
    });
  }

  /// What a user does with a connection.
  static void use(const PooledConnection& connection) {
    static_cast<Counted&>(connection.dbapi_connection()).use();
  }

  std::size_t fails_one_in = 1'000'000'000;
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> most_open{0};
  std::atomic<std::size_t> collisions{0};

 private:
  class Counted final : public SilentConnection {
   public:
    explicit Counted(Database& all) : all_(all) {
      const std::size_t now = ++all_.open;
      std::size_t most = all_.most_open;
      while (now > most && !all_.most_open.compare_exchange_weak(most, now)) {
      }
    }
    ~Counted() override { Counted::close(); }

    void use() {
      if (is_used_.exchange(true)) ++all_.collisions;
      ++uses_;  // unguarded: whoever has the connection has it alone
      std::this_thread::yield();
      is_used_ = false;
    }

    void rollback() override { ++uses_; }
    void close_cursors() noexcept override { ++uses_; }
    void close() override {
      if (is_used_) ++all_.collisions;
      if (std::exchange(is_open_, false)) --all_.open;
    }

   private:
    Database& all_;
    std::atomic<bool> is_used_{false};
    int uses_ = 0;
    bool is_open_ = true;
  };
};

/// Runs the workers, which begin together, and returns when all have ended.
void run_together(std::vector<std::function<void()>> workers) {
  std::latch start(static_cast<std::ptrdiff_t>(workers.size()));
  std::vector<std::jthread> threads;
  threads.reserve(workers.size());
  for (auto& worker : workers) {
    threads.emplace_back([&start, worker = std::move(worker)] {
      start.arrive_and_wait();
      worker();
    });
  }
}

std::vector<std::function<void()>> times(int count, const std::function<void()>& worker) {
  return std::vector<std::function<void()>>(static_cast<std::size_t>(count), worker);
}

/// Takes a connection, uses it, and parts with it in one of the ways that there are.
void take_and_part(Pool& pool, bool may_detach) {
  PooledConnection connection = pool.connect();
  Database::use(connection);
  switch (any(8)) {
    case 0:
      connection.invalidate();
      break;
    case 1:
      connection.invalidate(nullptr, true);
      break;
    case 2:
      if (may_detach) connection.detach();
      break;
    case 3:
      connection.close();
      break;
    default:
      break;
  }
}

/// More threads than connections, some of which give up, find the database unreachable or
/// drop what they had; listeners come and go, and the pool is disposed again and again.
TEST(PoolThreadingTest, QueuePoolCountsRightWhateverHappens) {
  Database database;
  database.fails_one_in = 10;
  auto pool = make_pool<QueuePool>(
      database.connector(),
      PoolOptions{.pool_size = 3, .max_overflow = 2, .timeout = 1ms});
  std::atomic<int> running = thread_count;
  std::vector<std::function<void()>> workers = times(thread_count, [&] {
    for (int i = 0; i < rounds; ++i) {
      try {
        take_and_part(*pool, true);
      } catch (const std::exception&) {  // of the pool, the database or a listener
      }
    }
    --running;
  });
  workers.emplace_back([&] {
    while (running > 0) {
      pool->dispose();
      EXPECT_LE(pool->checked_in(), 3U);
      EXPECT_LE(pool->checked_out(), 5U);
      std::this_thread::yield();
    }
  });
  workers.emplace_back([&] {
    while (running > 0) {
      // Its failures are kept with the listener. Errors of ours would be freed by another
      // thread then, which ThreadSanitizer takes for a race: libstdc++ counts their owners,
      // and it does not see that.
      const event::ScopedSubscription checkout = event::listen(*pool, "checkout", [] {
        if (one_in(20)) throw std::runtime_error("no");
      });
      const event::ScopedSubscription checkin = event::listen(*pool, "checkin", [] {
        if (one_in(20)) throw std::runtime_error("no");
      });
      const event::ScopedSubscription end = event::listen(*pool, "checkout_end", [] {});
      std::this_thread::yield();
    }
  });
  const LostErrorHandler before =
      set_lost_error_handler([](std::string_view, const std::exception_ptr&) {});

  run_together(std::move(workers));
  set_lost_error_handler(before);

  EXPECT_EQ(database.collisions, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(pool->waiting(), 0U);
  EXPECT_LE(pool->checked_in(), 3U);
  pool->dispose();
  EXPECT_EQ(database.open, 0U);
  EXPECT_EQ(pool->overflow(), -3);
}

TEST(PoolThreadingTest, QueuePoolOpensNoMoreThanItMay) {
  Database database;
  const auto pool = make_pool<QueuePool>(
      database.connector(),
      PoolOptions{.pool_size = 2, .max_overflow = 1, .timeout = 60s});

  run_together(times(thread_count, [&] {
    for (int i = 0; i < rounds; ++i) take_and_part(*pool, false);
  }));

  EXPECT_LE(database.most_open, 3U);
  EXPECT_EQ(database.collisions, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

/// A waiter that is forgotten would time out, after a long time.
TEST(PoolThreadingTest, NoWaiterIsForgotten) {
  Database database;
  database.fails_one_in = 3;
  const auto pool = make_pool<QueuePool>(
      database.connector(),
      PoolOptions{.pool_size = 1, .max_overflow = 0, .timeout = 60s});
  std::atomic<int> timeouts = 0;

  run_together(times(thread_count, [&] {
    for (int i = 0; i < rounds; ++i) {
      try {
        take_and_part(*pool, true);
      } catch (const TimeoutError&) {
        ++timeouts;
      } catch (const dbapi::OperationalError&) {  // its place is somebody else's now
      }
    }
  }));

  EXPECT_EQ(timeouts, 0);
  EXPECT_EQ(database.collisions, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
}

/// The last reference goes while others give back what they had.
TEST(PoolThreadingTest, NothingIsLeftOfAPoolThatIsLetGo) {
  Database database;
  for (int round = 0; round < rounds / 10; ++round) {
    std::vector<std::shared_ptr<Pool>> pools{
        make_pool<QueuePool>(database.connector()),
        make_pool<SingletonThreadPool>(database.connector())};
    std::vector<std::function<void()>> workers;
    for (int i = 0; i < thread_count / 2; ++i) {
      workers.emplace_back(
          [lent = std::make_shared<PooledConnection>(pools[0]->connect())] {
            Database::use(*lent);
            lent->close();
          });
    }
    workers.emplace_back(
        [lent = std::make_shared<PooledConnection>(pools[1]->connect())] {
          Database::use(*lent);
          lent->close();
        });
    workers.emplace_back([&] { pools.clear(); });

    run_together(std::move(workers));

    ASSERT_EQ(database.open, 0U);
  }
}

TEST(PoolThreadingTest, NullPoolCountsRight) {
  Database database;
  const auto pool = make_pool<NullPool>(database.connector());

  run_together(times(thread_count, [&] {
    for (int i = 0; i < rounds; ++i) take_and_part(*pool, true);
  }));

  EXPECT_EQ(pool->checked_out(), 0U);
  EXPECT_EQ(database.open, 0U);
}

/// Fewer places than threads, so that threads evict each other's connections, and one that
/// disposes all the time: neither may close what somebody uses or is about to.
TEST(PoolThreadingTest, SingletonThreadPoolClosesNothingThatIsUsed) {
  Database database;
  auto pool = make_pool<SingletonThreadPool>(database.connector(), {.pool_size = 3});
  std::atomic<int> running = thread_count;
  std::vector<std::function<void()>> workers = times(thread_count, [&] {
    for (int i = 0; i < rounds; ++i) take_and_part(*pool, true);
    --running;
  });
  workers.emplace_back([&] {
    while (running > 0) {
      pool->dispose();
      std::this_thread::yield();
    }
  });

  run_together(std::move(workers));

  EXPECT_EQ(database.collisions, 0U);
  EXPECT_EQ(pool->checked_out(), 0U);
  pool.reset();
  EXPECT_EQ(database.open, 0U);
}

TEST(PoolThreadingTest, StaticPoolLendsToThreadsAtOnce) {
  Database database;
  PoolOptions options;
  options.reset_on_return = ResetOnReturn::none;  // a reset would use the connection
  const auto pool = make_pool<StaticPool>(database.connector(), options);
  const std::uint64_t id = pool->connect()->id();
  std::atomic<int> others{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < thread_count; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < rounds; ++j) others += pool->connect()->id() != id ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(others, 0);
}

}  // namespace
}  // namespace hark::test
