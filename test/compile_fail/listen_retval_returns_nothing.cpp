// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(pool, "before_execute", [] {});
#else
  event::listen(
      pool, "before_execute", [] {}, event::retval);
#endif
}
