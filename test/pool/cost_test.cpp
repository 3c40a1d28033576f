// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event/listen.hpp>
#include <hark/pool/queue_pool.hpp>
#include <hark/pool/singleton_thread_pool.hpp>
#include <hark/pool/static_pool.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "support/counting_new.hpp"
#include "support/silent_connection.hpp"

/// What a checkout costs in allocations.
namespace hark::test {
namespace {

std::shared_ptr<Connector> silent_connector() {
  return make_connector(
      [](ConnectionRecord&) { return std::make_shared<SilentConnection>(); });
}

template <class Kind>
std::size_t allocations_of_a_warm_checkout(const std::shared_ptr<Kind>& pool) {
  pool->connect().close();
  return allocations_of([&] {
    for (int i = 0; i < 100; ++i) pool->connect().close();
  });
}

TEST(PoolCostTest, QueuePoolAllocatesNothingForAWarmCheckout) {
  EXPECT_EQ(allocations_of_a_warm_checkout(make_pool<QueuePool>(silent_connector())), 0U);
}

TEST(PoolCostTest, QueuePoolAllocatesNothingForSeveralInTurn) {
  const auto pool = make_pool<QueuePool>(silent_connector());
  const auto use_three = [&] {
    const PooledConnection one = pool->connect();
    const PooledConnection two = pool->connect();
    const PooledConnection three = pool->connect();
  };
  use_three();

  EXPECT_EQ(allocations_of(use_three), 0U);
}

TEST(PoolCostTest, ListenersAddNoAllocation) {
  const auto pool = make_pool<QueuePool>(silent_connector());
  int calls = 0;
  event::listen(*pool, "checkout", [&] { ++calls; });
  event::listen(*pool, "checkin", [&] { ++calls; });

  EXPECT_EQ(allocations_of_a_warm_checkout(pool), 0U);
  EXPECT_EQ(calls, 202);
}

TEST(PoolCostTest, StaticPoolAllocatesNothingForAWarmCheckout) {
  EXPECT_EQ(allocations_of_a_warm_checkout(make_pool<StaticPool>(silent_connector())),
            0U);
}

TEST(PoolCostTest, SingletonThreadPoolAllocatesNothingForAWarmCheckout) {
  EXPECT_EQ(
      allocations_of_a_warm_checkout(make_pool<SingletonThreadPool>(silent_connector())),
      0U);
}

}  // namespace
}  // namespace hark::test
