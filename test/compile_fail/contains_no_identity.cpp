// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::contains(pool, "connect", on_connect);
#else
  event::contains(pool, "connect", on_any);
#endif
}
