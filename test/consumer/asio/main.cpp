// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio/io_context.hpp>

#include <exception>

int main() {
  boost::asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  int answer = 0;
  engine.async_run(
      [](hark::Connection& connection) {
        return connection.execute("SELECT 42").scalar_one<int>();
      },
      [&](const std::exception_ptr& failure, int number) {
        if (failure == nullptr) answer = number;
      });
  context.run();
  return answer == 42 ? 0 : 1;
}
