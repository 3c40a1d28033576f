// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen<PoolEvents::connect>(
      pool, [] {}, event::once);
#else
  event::listen<PoolEvents::connect>(
      pool, [] {}, 7);
#endif
}
