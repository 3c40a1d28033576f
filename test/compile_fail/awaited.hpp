// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "pools.hpp"

/// As a coroutine returns it: something awaits it.
struct Awaited {
  bool await_ready() noexcept { return true; }
};
/// Nothing awaits it.
struct Lost {
  bool await_ready() noexcept { return true; }
};

template <>
struct hark::event::detail::listener_answer<Awaited> {
  static constexpr bool is_awaited = true;
  using type = void;
  static void wait(Awaited) noexcept {}
};
