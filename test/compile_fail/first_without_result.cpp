// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
#ifndef HARK_REJECT
  struct opened : event::first<"opened", bool(int port)> {};
#else
  struct opened : event::first<"opened", void(int port)> {};
#endif
  using all = event::list<opened>;
};
class Wire : public event::Target<Wire, WireEvents> {
 public:
  void open() { emit<WireEvents::opened>(443); }
};

void listen(Wire& wire) {
  event::listen<WireEvents::opened>(wire, [] {});
}
