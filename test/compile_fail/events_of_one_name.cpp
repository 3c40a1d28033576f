// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
#ifndef HARK_REJECT
  struct opened : event::signal<"opened", void()> {};
  struct closed : event::signal<"closed", void()> {};
#else
  struct opened : event::signal<"opened", void()> {};
  struct closed : event::signal<"opened", void()> {};
#endif
  using all = event::list<opened, closed>;
};
class Wire : public event::Target<Wire, WireEvents> {};

void listen(Wire& wire) {
  event::listen<WireEvents::opened>(wire, [] {});
}
