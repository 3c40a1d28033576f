// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::internal::listen<PoolEvents::made>(pool, [] {});
#else
  event::listen<PoolEvents::made>(pool, [] {});
#endif
}
