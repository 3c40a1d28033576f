// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "awaited.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(pool, "checkout", [](Connection&) {});
#else
  event::listen(pool, "checkout", [](Connection&) { return Lost(); });
#endif
}
