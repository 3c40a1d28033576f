// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
#ifndef HARK_REJECT
  struct opened : event::signal<"opened", void()> {};
#else
  struct opened {};
#endif
  using all = event::list<opened>;
};
class Wire : public event::Target<Wire, WireEvents> {};

Wire wire;
