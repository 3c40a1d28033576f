// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen<PoolEvents::before_execute>(pool, [] {});
#else
  event::listen<PoolEvents::before_execute>(
      pool, [] {}, event::retval);
#endif
}
