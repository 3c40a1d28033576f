// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(pool, "checkout", [] {});
#else
  event::listen(pool, "chekout", [] {});
#endif
}
