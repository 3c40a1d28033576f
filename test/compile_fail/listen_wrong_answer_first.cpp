// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(pool, "do_connect", [] { return std::make_shared<Connection>(); });
#else
  event::listen(pool, "do_connect", [] { return Unrelated(); });
#endif
}
