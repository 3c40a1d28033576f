// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool) {
#ifndef HARK_REJECT
  event::listen(
      pool, "before_execute", [] { return std::string(); }, event::retval);
#else
  event::listen(
      pool, "before_execute", [] { return Unrelated(); }, event::retval);
#endif
}
