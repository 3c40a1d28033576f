// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

namespace bench {

namespace asio = boost::asio;
using asio::use_awaitable;

/// Begins `count` coroutines, the n-th of which is `make(n)`, and runs them to their ends.
/// Answers with the sum of what they return; throws what one of them throws.
template <class Make>
std::uint64_t sum_of_coroutines(asio::io_context& context,
                                std::size_t count,
                                const Make& make) {
  std::uint64_t sum = 0;
  std::exception_ptr failure;
  for (std::size_t i = 0; i < count; ++i) {
    asio::co_spawn(
        context, make(i), [&](std::exception_ptr error, std::uint64_t returned) {
          if (error != nullptr) failure = std::move(error);
          sum += returned;
        });
  }
  context.restart();
  context.run();
  if (failure != nullptr) std::rethrow_exception(failure);
  return sum;
}

}  // namespace bench
