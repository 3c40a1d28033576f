// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void emit(Pool& pool) {
#ifndef HARK_REJECT
  static_cast<void>(pool.has_listeners<PoolEvents::connect>());
#else
  static_cast<void>(pool.has_listeners<TableEvents::created>());
#endif
}
