// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <vector>

#include "asio/support.hpp"

namespace {

namespace asio = boost::asio;
using asio::use_awaitable;

asio::awaitable<int> next_of(hark::AsyncEngine& engine, int number) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  hark::AsyncResult result = co_await connection.async_execute(
      "SELECT :number + 1", hark::parameters("number", number), use_awaitable);
  co_return result.scalar_one<int>();
}

TEST(AsyncEngineTest, ManyWaitForFewConnections) {
  asio::io_context context;
  hark::AsyncEngine engine(
      context.get_executor(),
      "sqlite://",
      {},
      {.poolclass = hark::PoolClass::queue, .pool = {.pool_size = 2, .max_overflow = 0}});
  std::vector<int> numbers;
  const auto ask = [&](int number) -> asio::awaitable<void> {
    numbers.push_back(co_await next_of(engine, number));
  };
  for (int i = 0; i < 20; ++i) asio::co_spawn(context, ask(i), asio::detached);
  context.run();
  EXPECT_EQ(numbers.size(), 20U);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

}  // namespace
