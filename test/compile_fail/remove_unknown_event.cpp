// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::remove(pool, "connect", on_connect);
#else
  event::remove(pool, "conect", on_connect);
#endif
}
