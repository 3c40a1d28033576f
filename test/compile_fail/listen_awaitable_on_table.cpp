// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/event/listen.hpp>
#include <hark/schema.hpp>

void listen(hark::Table& table) {
#ifndef HARK_REJECT
  hark::event::listen<hark::DDLEvents::before_create>(table, [](hark::Table&) {});
#else
  hark::event::listen<hark::DDLEvents::before_create>(
      table, [](hark::Table&) -> boost::asio::awaitable<void> { co_return; });
#endif
}
