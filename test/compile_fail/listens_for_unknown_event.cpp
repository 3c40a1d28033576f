// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listens_for(pool, "connect")([] {});
#else
  event::listens_for(pool, "conect")([] {});
#endif
}
