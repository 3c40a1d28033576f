// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The snippets of README.md, in a program that runs them.

#include <hark/event.hpp>

#include <cassert>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

namespace event = hark::event;

// [family]
struct Connection {
  int id;
};

class Pool;
class Engine;

struct PoolEvents : event::Events<PoolEvents> {
  struct connect : event::signal<"connect", void(Connection& connection)> {};
  struct checkout : event::signal<"checkout", void(Connection& connection, const Pool& pool)> {
    struct arguments {  // the named form
      Connection& connection;
      const Pool& pool;
    };
  };
  struct open : event::first<"open", std::shared_ptr<Connection>(int id)> {};
  using all = event::list<connect, checkout, open>;

  static Pool& accept_with(Engine& engine);  // listening on an Engine means its Pool
  using class_targets = event::resolves<event::to<Engine, Pool>>;
};
// [/family]

// [target]
class Pool : public event::Target<Pool, PoolEvents> {
 public:
  std::shared_ptr<Connection> checkout() {
    if (connection_ == nullptr) {
      connection_ = emit<PoolEvents::open>(1);
      if (connection_ == nullptr) connection_ = std::make_shared<Connection>(Connection{1});
      emit<PoolEvents::connect>(*connection_);
    }
    emit<PoolEvents::checkout>(*connection_, *this);
    return connection_;
  }

 private:
  std::shared_ptr<Connection> connection_;
};

class QueuePool : public event::Subclass<QueuePool, Pool> {};
// [/target]

// [engine]
class Engine {
 public:
  using event_families = event::families<PoolEvents>;
  Pool& pool() { return pool_; }

 private:
  QueuePool pool_;
};

inline Pool& PoolEvents::accept_with(Engine& engine) { return engine.pool(); }
// [/engine]

namespace {

int checkouts = 0;
void on_checkout(Connection&) { ++checkouts; }

void listen_in_every_way() {
  Engine engine;
  QueuePool pool;
  auto session = std::make_shared<std::string>("a session");
  const std::string name_from_configuration = "checkout";

  // [listen]
  event::listen(pool, "checkout", on_checkout);                       // an object
  event::listen(event::every<QueuePool>, "checkout", on_checkout);    // a class and its subclasses
  event::listen(engine, "checkout", on_checkout, event::propagate);   // what it stands for
  event::listen(pool, "checkout", [](const PoolEvents::checkout::arguments& e) {  // by name
    assert(e.connection.id == 1);
  });
  event::listen<PoolEvents::checkout>(pool, [](auto&&...) {}, event::once);  // by type
  event::listen(pool, "checkout", [&] { assert(!session->empty()); },
                event::track(std::weak_ptr(session)));
  event::listen(pool, event::runtime_name(name_from_configuration), [] {});
  event::listens_for(pool, "connect")([](Connection&) {});

  event::remove(pool, "checkout", on_checkout);
  assert(!event::contains(pool, "checkout", on_checkout));
  // [/listen]

  pool.checkout();
  assert(checkouts == 1);  // of the class; the object's was removed
  engine.pool().checkout();
  assert(checkouts == 3);
  event::remove(event::every<QueuePool>, "checkout", on_checkout);
}

void errors_at_run_time() {
  Pool pool;
  // [error]
  try {
    event::listen(pool, event::runtime_name("chekout"), [] {});
  } catch (const hark::InvalidRequestError& error) {
    std::cout << error.what() << '\n';
  }  // no such event 'chekout' for target Pool; did you mean 'checkout'?
  // [/error]
}

void handles() {
  Pool pool;
  // [handle]
  event::Subscription tracing = event::listen(pool, "checkout", [] {}, event::isolate);
  tracing.block();       // stays registered, is not called
  tracing.unblock();
  pool.checkout();
  assert(tracing.calls() == 1 && tracing.failures() == 0);
  tracing.disconnect();  // from here on no new call begins
  assert(!tracing.connected());
  {
    int seen = 0;
    const event::ScopedSubscription counting = event::listen(pool, "checkout", [&] { ++seen; });
    pool.checkout();
  }  // waits for calls on other threads: `seen` may go now
  // [/handle]
}

void answers() {
  Pool pool;
  // [answer]
  event::listen(pool, "open", [](int id) {  // the first one that is no null pointer is taken
    return std::make_shared<Connection>(Connection{id + 41});
  });
  assert(pool.checkout()->id == 42);
  // [/answer]
}

}  // namespace

int main() {
  listen_in_every_way();
  errors_at_run_time();
  handles();
  answers();
}
