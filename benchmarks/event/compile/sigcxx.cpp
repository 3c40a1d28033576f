// SPDX-License-Identifier: MIT

// The same with libsigc++: ten signals and a listener.

#include <sigc++/signal.h>

#include <string>

struct Connection {
  std::string name;
};

struct Store {
  sigc::signal<void(Connection&)> connect;
  sigc::signal<void(Connection&)> first_connect;
  sigc::signal<void(Connection&)> checkout;
  sigc::signal<void(Connection&)> checkin;
  sigc::signal<void(Connection&)> reset;
  sigc::signal<void(Connection&)> invalidate;
  sigc::signal<void(Connection&)> soft_invalidate;
  sigc::signal<void(Connection&)> close;
  sigc::signal<void(Connection&)> detach;
  sigc::signal<void(Connection&)> close_detached;
};

sigc::connection count_checkouts(Store& store, int& count) {
  return store.checkout.connect([&count](Connection&) { ++count; });
}
