// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "awaited.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen<PoolEvents::checkout>(pool, [](Connection&) {});
#else
  event::listen<PoolEvents::checkout>(pool, [](Connection&) { return Lost(); });
#endif
}
