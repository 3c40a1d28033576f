// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool, const std::string& name) {
#ifndef HARK_REJECT
  event::listens_for(pool, event::runtime_name(name))(on_connect);
#else
  event::listens_for(pool, name);
#endif
}
