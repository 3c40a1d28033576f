// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

void emit([[maybe_unused]] Pool& pool, [[maybe_unused]] Connection& connection) {
#ifndef HARK_REJECT
  pool.emit<PoolEvents::connect>(connection);
#else
  pool.emit<TableEvents::created>();
#endif
}
