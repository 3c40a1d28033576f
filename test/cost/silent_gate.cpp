// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Compiled with -O2 whatever the build type is; silent_gate.cmake reads the instructions.

#include <hark/event.hpp>

namespace hark::test {
namespace {

struct GateEvents : event::Events<GateEvents> {
  struct first : event::signal<"first", void(int x, int y)> {};
  struct second : event::signal<"second", void(int x, int y)> {};
  using all = event::list<first, second>;
};

class Gate : public event::Target<Gate, GateEvents> {
 public:
  using Target::emit;
};

}  // namespace
}  // namespace hark::test

extern "C" void hark_test_work();

// Its place is a function that does something: what calls others has saved registers for
// it.
extern "C" void hark_test_silent_gate(const void* gate, int x, int y) {
  using hark::test::Gate;
  using hark::test::GateEvents;
  hark_test_work();
  static_cast<const Gate*>(gate)->emit<GateEvents::second>(x, y);
  hark_test_work();
}
