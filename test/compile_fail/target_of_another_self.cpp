// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

#ifndef HARK_REJECT
class Wire : public event::Target<Wire, TableEvents> {};
#else
class Wire : public event::Target<Table, TableEvents> {};
#endif

void listen(Wire& wire) {
  event::listen(wire, "created", [] {});
}
