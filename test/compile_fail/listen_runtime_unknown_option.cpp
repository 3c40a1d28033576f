// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(
      pool, event::runtime_name("connect"), [] {}, event::once);
#else
  event::listen(
      pool, event::runtime_name("connect"), [] {}, 7);
#endif
}
