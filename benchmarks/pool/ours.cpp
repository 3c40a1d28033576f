// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event/listen.hpp>
#include <hark/pool/queue_pool.hpp>

#include <memory>
#include <utility>
#include <vector>

#include "pool/fake_connection.hpp"
#include "pool/pools.hpp"

namespace bench {

std::unique_ptr<AnyPool> our_pool(std::size_t listeners) {
  const auto pool = hark::make_pool<hark::QueuePool>(
      hark::make_connector(
          [](hark::ConnectionRecord&) { return std::make_shared<FakeConnection>(); }),
      hark::PoolOptions{.pool_size = pool_size, .max_overflow = 0});
  for (std::size_t i = 0; i < listeners; ++i) {
    hark::event::listen(*pool, "checkout", [](hark::dbapi::Connection&) { spin(1); });
    hark::event::listen(*pool, "checkin", [](hark::dbapi::Connection*) { spin(1); });
  }
  std::vector<hark::PooledConnection> all;
  for (std::size_t i = 0; i < pool_size; ++i) all.push_back(pool->connect());
  all.clear();
  return pool_of([pool] { return pool->connect(); });
}

}  // namespace bench
