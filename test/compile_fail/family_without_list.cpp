// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
  struct opened : event::signal<"opened", void()> {};
#ifndef HARK_REJECT
  using all = event::list<opened>;
#endif
};
class Wire : public event::Target<Wire, WireEvents> {};

Wire wire;
