// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::contains<PoolEvents::connect>(pool, on_connect);
#else
  event::contains<PoolEvents::made>(pool, on_connect);
#endif
}
