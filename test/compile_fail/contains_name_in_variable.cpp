// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

bool contains(Pool& pool, const char* name) {
#ifndef HARK_REJECT
  return event::contains(pool, event::runtime_name(name), on_connect);
#else
  return event::contains(pool, name, on_connect);
#endif
}
