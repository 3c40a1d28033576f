// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/counting_new.hpp"
#include "support/widgets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

/// Several threads listen, remove, dispatch and destroy at once. Worth most under
/// ThreadSanitizer and AddressSanitizer; ctest runs the program a second time as on a kernel
/// without membarrier(2).
namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;
using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_THREAD__)
constexpr auto race_time = std::chrono::milliseconds(2500);
#else
constexpr auto race_time = std::chrono::milliseconds(500);
#endif

using Random = std::minstd_rand;

/// A number from 0 to `below` - 1.
std::size_t any(Random& random, std::size_t below) {
  return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
}

void emit_on(const Widget& widget) { widget.emit<WidgetEvents::event_one>(1, 2); }

/// Workers that begin together, and do what they do again and again until the time is up.
class Race {
 public:
  /// `work` is called with random numbers of the worker's own.
  Race& add(std::function<void(Random&)> work) {
    workers_.push_back(std::move(work));
    return *this;
  }

  void run() {
    std::latch start(static_cast<std::ptrdiff_t>(workers_.size()));
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      threads.emplace_back([&, i] {
        Random random(static_cast<Random::result_type>(i + 1));
        start.arrive_and_wait();
        const auto end = Clock::now() + race_time;
        while (Clock::now() < end) workers_[i](random);
      });
    }
  }

 private:
  std::vector<std::function<void(Random&)>> workers_;
};

/// What listeners capture in these tests: it knows whether it is alive, and how many are.
class Canary {
 public:
  Canary() { ++living; }
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;
  ~Canary() {
    state_ = dead;
    --living;
  }

  /// Reads plain memory: a destructor that runs meanwhile is a data race that tools find.
  void sing() const {
    if (state_ != alive) ++sang_dead;
  }

  static inline std::atomic<int> living{0};
  static inline std::atomic<int> sang_dead{0};

 private:
  static constexpr int alive = 0x5ca1ab1e;
  static constexpr int dead = 0x0ddba11;
  volatile int state_ = alive;
};

class EventThreadingTest : public ::testing::Test {
 protected:
  EventThreadingTest() { Canary::sang_dead = 0; }
};

// -- everything at once --------------------------------------------------------------------

/// Some targets, and handles of what listens on them and on their classes. Everything that is
/// done here, listeners do as well.
class Playground {
 public:
  Playground() {
    for (Place& place : places_) place.target = std::make_shared<Widget>();
  }

  /// One thing at random.
  void act(Random& random) {
    switch (any(random, 12)) {
      case 0:
      case 1: return listen(random);
      case 2: return listen_on_class(random);
      case 3: return disconnect(random);
      case 4: return block(random);
      case 5: return replace(random);
      case 6: return look(random);
      default: return emit(random);
    }
  }

  /// Outside all listeners: no thread waits for this one.
  void disconnect_and_wait(Random& random) { take(random).disconnect_and_wait(); }

  void end() {
    for (Subscription& each : handles_) each.disconnect();
    for (Place& place : places_) place.target = nullptr;
  }

 private:
  static constexpr std::size_t most_handles = 48;

  struct Place {
    std::mutex mutex;
    std::shared_ptr<Widget> target;
  };

  std::shared_ptr<Widget> target(Random& random) {
    Place& place = places_[any(random, places_.size())];
    const std::scoped_lock lock(place.mutex);
    return place.target;
  }

  auto listener(Random& random) {
    return [this, canary = std::make_shared<Canary>(), seed = any(random, 1000000)]() mutable {
      canary->sing();
      Random own(static_cast<Random::result_type>(++seed));
      if (depth_ < 4 && any(own, 4) == 0) act(own);
      if (any(own, 8) == 0) held_.reset();  // perhaps the target of this dispatch
      if (any(own, 32) == 0) throw std::runtime_error("random");
      canary->sing();
    };
  }

  void keep(Random& random, Subscription subscription) {
    {
      const std::scoped_lock lock(mutex_);
      if (handles_.size() < most_handles) {
        handles_.push_back(std::move(subscription));
        return;
      }
      std::swap(subscription, handles_[any(random, handles_.size())]);
    }
    subscription.disconnect();
  }

  Subscription take(Random& random) {
    const std::scoped_lock lock(mutex_);
    if (handles_.empty()) return {};
    std::swap(handles_[any(random, handles_.size())], handles_.back());
    Subscription taken = std::move(handles_.back());
    handles_.pop_back();
    return taken;
  }

  void listen(Random& random) {
    const std::shared_ptr<Widget> on = target(random);
    event::ListenOptions options{.propagate = any(random, 2) == 0,
                                 .once = any(random, 4) == 0,
                                 .insert = any(random, 3) == 0};
    keep(random, event::listen(*on, event::runtime_name("event_one"),
                               std::ref(*new_listener(random)), options));
  }

  void listen_on_class(Random& random) {
    keep(random, any(random, 2) == 0
                     ? event::listen(event::every<Widget>, "event_one", listener(random))
                     : event::listen(event::every<Gadget>, "event_one", listener(random)));
  }

  void disconnect(Random& random) { take(random).disconnect(); }

  void block(Random& random) {
    Subscription handle = take(random);
    any(random, 2) == 0 ? handle.block() : handle.unblock();
    keep(random, std::move(handle));
  }

  void replace(Random& random) {
    const std::shared_ptr<Widget> source = target(random);
    std::shared_ptr<Widget> made;
    switch (any(random, 3)) {
      case 0: made = std::make_shared<Widget>(); break;
      case 1: made = std::make_shared<Gadget>(); break;
      default: made = std::make_shared<Widget>(*source); break;
    }
    Place& place = places_[any(random, places_.size())];
    const std::scoped_lock lock(place.mutex);
    std::swap(place.target, made);
  }

  void look(Random& random) {
    const std::shared_ptr<Widget> at = target(random);
    static_cast<void>(event::listeners(*at));
    static_cast<void>(at->listener_count<WidgetEvents::event_one>());
    static_cast<void>(event::statistics());
    event::collect();
  }

  void emit(Random& random) {
    const std::shared_ptr<Widget> outer = std::move(held_);
    held_ = target(random);
    ++depth_;
    try {
      emit_on(*held_);
    } catch (const std::runtime_error&) {
    }
    --depth_;
    held_ = outer;
  }

  static inline thread_local int depth_ = 0;
  static inline thread_local std::shared_ptr<Widget> held_;  // the target of the dispatch

  std::array<Place, 4> places_;
  std::mutex mutex_;
  std::vector<Subscription> handles_;
};

}  // namespace
}  // namespace hark::test
