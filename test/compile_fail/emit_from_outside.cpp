// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

class Wire : public event::Target<Wire, PoolEvents> {
 public:
  void open(Connection& connection) { emit<PoolEvents::connect>(connection); }
};

void emit(Wire& wire, Connection& connection) {
#ifndef HARK_REJECT
  wire.open(connection);
#else
  wire.emit<PoolEvents::connect>(connection);
#endif
}
