// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#ifdef HARK_BENCH_SOCI
#include <soci/connection-pool.h>
#endif
#ifdef HARK_BENCH_POCO
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SessionPool.h>
#endif

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "pool/fake_connection.hpp"
#include "pool/pools.hpp"

namespace bench {
namespace {

class DequePool {
 public:
  DequePool() {
    for (std::size_t i = 0; i < pool_size; ++i)
      idle_.push_back(std::make_unique<FakeConnection>());
  }

  std::unique_ptr<FakeConnection> take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty(); });
    std::unique_ptr<FakeConnection> taken = std::move(idle_.front());
    idle_.pop_front();
    return taken;
  }
  void give_back(std::unique_ptr<FakeConnection> connection) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::deque<std::unique_ptr<FakeConnection>> idle_;
};

class DequeHandle {
 public:
  explicit DequeHandle(DequePool& pool) : pool_(pool), connection_(pool.take()) {}
  DequeHandle(const DequeHandle&) = delete;
  DequeHandle& operator=(const DequeHandle&) = delete;
  ~DequeHandle() { pool_.give_back(std::move(connection_)); }

 private:
  DequePool& pool_;
  std::unique_ptr<FakeConnection> connection_;
};

#ifdef HARK_BENCH_SOCI
class SociHandle {
 public:
  explicit SociHandle(soci::connection_pool& pool) : pool_(pool), place_(pool.lease()) {}
  SociHandle(const SociHandle&) = delete;
  SociHandle& operator=(const SociHandle&) = delete;
  ~SociHandle() { pool_.give_back(place_); }

 private:
  soci::connection_pool& pool_;
  std::size_t place_;
};

/// Its sessions are not open: lending does not look at them.
PoolContestant soci_pool() {
  return {"soci", [] {
            const auto pool = std::make_shared<soci::connection_pool>(pool_size);
            return pool_of([pool] { return SociHandle(*pool); });
          }};
}
#endif

#ifdef HARK_BENCH_POCO
PoolContestant poco_pool() {
  return {"poco", [] {
            Poco::Data::SQLite::Connector::registerConnector();
            const auto pool = std::make_shared<Poco::Data::SessionPool>(
                "SQLite", ":memory:", static_cast<int>(pool_size), 2 * pool_size);
            return pool_of([pool] { return pool->get(); });
          }};
}
#endif

}  // namespace

PoolContestant deque_pool() {
  return {"deque", [] {
            const auto pool = std::make_shared<DequePool>();
            return pool_of([pool] { return DequeHandle(*pool); });
          }};
}

std::vector<PoolContestant> installed_pools() {
  return {
#ifdef HARK_BENCH_SOCI
      soci_pool(),
#endif
#ifdef HARK_BENCH_POCO
      poco_pool(),
#endif
  };
}

}  // namespace bench
