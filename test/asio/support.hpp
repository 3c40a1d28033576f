// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

/// What the tests of the asynchronous engine share.
namespace test {

/// Runs the coroutine to its end, with all else that the context has to do, and throws what it
/// throws.
inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> work) {
  std::exception_ptr failure;
  boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) {
    failure = std::move(error);
  });
  context.restart();
  context.run();
  if (failure != nullptr) std::rethrow_exception(failure);
}

}  // namespace test
