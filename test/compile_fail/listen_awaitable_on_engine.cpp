// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/event/listen.hpp>

void listen(hark::AsyncEngine& async, hark::Engine& engine) {
  const auto on_begin = [](hark::Connection&) -> boost::asio::awaitable<void> {
    co_return;
  };
#ifndef HARK_REJECT
  static_cast<void>(engine);
  hark::event::listen(async, "begin", on_begin);
#else
  static_cast<void>(async);
  hark::event::listen(engine, "begin", on_begin);
#endif
}
