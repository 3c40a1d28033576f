// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen([[maybe_unused]] Pool& pool, [[maybe_unused]] const Pool& seen) {
#ifndef HARK_REJECT
  event::listen(pool, "connect", [] {});
#else
  event::listen(seen, "connect", [] {});
#endif
}
