// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void remove(Pool& pool, const std::string& name) {
#ifndef HARK_REJECT
  event::remove(pool, event::runtime_name(name), on_connect);
#else
  event::remove(pool, name, on_connect);
#endif
}
