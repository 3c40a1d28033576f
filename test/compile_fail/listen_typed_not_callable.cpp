// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen<PoolEvents::checkout>(pool, [](auto&&... each) { on_checkout(each...); });
#else
  event::listen<PoolEvents::checkout>(pool, [](Connection&, const char*) {});
#endif
}
