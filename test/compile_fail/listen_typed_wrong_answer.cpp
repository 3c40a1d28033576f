// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen<PoolEvents::before_execute>(
      pool, [] { return std::string(); }, event::retval);
#else
  event::listen<PoolEvents::before_execute>(
      pool, [] { return Unrelated(); }, event::retval);
#endif
}
