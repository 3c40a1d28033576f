// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

#ifndef HARK_REJECT
struct WireEvents : event::Events<WireEvents> {
#else
struct WireEvents {
#endif
  struct opened : event::signal<"opened", void()> {};
  using all = event::list<opened>;
};
class Wire : public event::Target<Wire, WireEvents> {};

Wire wire;
