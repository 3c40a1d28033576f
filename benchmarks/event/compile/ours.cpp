// SPDX-License-Identifier: MIT

// What a user's source costs the compiler: a family of ten events, a target, a listener.

#include <hark/event.hpp>

#include <string>

namespace event = hark::event;

struct Connection {
  std::string name;
};

struct StoreEvents : event::Events<StoreEvents> {
  struct connect : event::signal<"connect", void(Connection&)> {};
  struct first_connect : event::signal<"first_connect", void(Connection&)> {};
  struct checkout : event::signal<"checkout", void(Connection&)> {};
  struct checkin : event::signal<"checkin", void(Connection&)> {};
  struct reset : event::signal<"reset", void(Connection&)> {};
  struct invalidate : event::signal<"invalidate", void(Connection&)> {};
  struct soft_invalidate : event::signal<"soft_invalidate", void(Connection&)> {};
  struct close : event::signal<"close", void(Connection&)> {};
  struct detach : event::signal<"detach", void(Connection&)> {};
  struct close_detached : event::signal<"close_detached", void(Connection&)> {};
  using all = event::list<connect,
                          first_connect,
                          checkout,
                          checkin,
                          reset,
                          invalidate,
                          soft_invalidate,
                          close,
                          detach,
                          close_detached>;
};

class Store : public event::Target<Store, StoreEvents> {};

event::Subscription count_checkouts(Store& store, int& count) {
  return event::listen(store, "checkout", [&count](Connection&) { ++count; });
}
