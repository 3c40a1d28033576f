// SPDX-License-Identifier: MIT

// The same with Boost.Signals2: ten signals and a listener.

#include <boost/signals2/signal.hpp>

#include <string>

struct Connection {
  std::string name;
};

struct Store {
  boost::signals2::signal<void(Connection&)> connect;
  boost::signals2::signal<void(Connection&)> first_connect;
  boost::signals2::signal<void(Connection&)> checkout;
  boost::signals2::signal<void(Connection&)> checkin;
  boost::signals2::signal<void(Connection&)> reset;
  boost::signals2::signal<void(Connection&)> invalidate;
  boost::signals2::signal<void(Connection&)> soft_invalidate;
  boost::signals2::signal<void(Connection&)> close;
  boost::signals2::signal<void(Connection&)> detach;
  boost::signals2::signal<void(Connection&)> close_detached;
};

boost::signals2::connection count_checkouts(Store& store, int& count) {
  return store.checkout.connect([&count](Connection&) { ++count; });
}
