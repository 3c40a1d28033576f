// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The first program of the asynchronous engine, as README.md shows it.

// [program]
#include <hark/asio.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
using asio::use_awaitable;

asio::awaitable<void> play(hark::AsyncEngine& engine) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  co_await connection.async_execute("CREATE TABLE track (id INTEGER, name TEXT)", use_awaitable);
  co_await connection.async_execute("INSERT INTO track VALUES (:id, :name)",
                                    hark::parameters("id", 1, "name", "Aria"), use_awaitable);
  hark::AsyncResult result =
      co_await connection.async_execute("SELECT id, name FROM track", use_awaitable);
  for (const auto& [id, name] : result.rows<int, std::string>()) std::cout << name << '\n';
  co_await connection.async_commit(use_awaitable);
}

int main() {
  asio::io_context context;
  hark::AsyncEngine engine(context.get_executor(), "sqlite://");
  hark::event::listen(engine, "before_cursor_execute",
                      [](hark::Connection&, hark::dbapi::Cursor&, const std::string& statement) {
                        std::cout << "> " << statement << '\n';
                      });
  asio::co_spawn(context, play(engine), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
}
// [/program]
