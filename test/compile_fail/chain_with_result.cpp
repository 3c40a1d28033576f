// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
#ifndef HARK_REJECT
  struct opened : event::chain<"opened", void(event::answer<int> port)> {};
#else
  struct opened : event::chain<"opened", int(event::answer<int> port)> {};
#endif
  using all = event::list<opened>;
};
class Wire : public event::Target<Wire, WireEvents> {};

void listen(Wire& wire) {
  event::listen<WireEvents::opened>(wire, [] {});
}
