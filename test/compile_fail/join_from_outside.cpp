// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pools.hpp"

struct WireEvents : event::Events<WireEvents> {
  static constexpr bool joinable = true;
  struct opened : event::signal<"opened", void()> {};
  using all = event::list<opened>;
};
class Wire : public event::Target<Wire, WireEvents> {
 public:
  void attach_to(const Wire& parent) { join(parent); }
};

void join(Wire& wire, const Wire& parent) {
#ifndef HARK_REJECT
  wire.attach_to(parent);
#else
  wire.join(parent);
#endif
}
