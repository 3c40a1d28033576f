// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
  struct opened : event::signal<"opened", void(int port, bool secure)> {
    struct arguments {
      int port;
#ifndef HARK_REJECT
      bool secure;
#endif
    };
  };
  using all = event::list<opened>;
};
class Wire : public event::Target<Wire, WireEvents> {};

void listen(Wire& wire) {
  event::listen<WireEvents::opened>(wire, [](const WireEvents::opened::arguments&) {});
}
