// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void listen(Pool& pool, std::string_view name) {
#ifndef HARK_REJECT
  event::listen(pool, event::runtime_name(name), [] {});
#else
  event::listen(pool, name, [] {});
#endif
}
