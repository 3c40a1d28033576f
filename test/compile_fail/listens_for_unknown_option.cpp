// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listens_for(pool, "connect", event::once)([] {});
#else
  event::listens_for(pool, "connect", 7)([] {});
#endif
}
