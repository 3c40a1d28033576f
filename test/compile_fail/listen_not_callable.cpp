// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(pool, "checkout", [](Connection&, int) {});
#else
  event::listen(pool, "checkout", [](Connection&, const char*) {});
#endif
}
