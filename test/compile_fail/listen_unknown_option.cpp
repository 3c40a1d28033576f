// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(
      pool, "connect", [] {}, event::once);
#else
  event::listen(
      pool, "connect", [] {}, 7);
#endif
}
