// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(pool, "do_close", [] { return true; });
#else
  event::listen(
      pool, "do_close", [] { return true; }, event::retval);
#endif
}
