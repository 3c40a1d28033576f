// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
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

#include "support/counting_new.hpp"
#include "support/sanitizers.hpp"
#include "support/widgets.hpp"

/// Several threads listen, remove, dispatch and destroy at once. Worth most under
/// ThreadSanitizer and AddressSanitizer; ctest runs the program a second time as on a
/// kernel without membarrier(2).
namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;
using Clock = std::chrono::steady_clock;

#if HARK_TEST_TSAN
constexpr auto race_time = std::chrono::milliseconds(2500);
constexpr int rounds = 200;
#else
constexpr auto race_time = std::chrono::milliseconds(500);
constexpr int rounds = 1000;
#endif

/// A number from 0 to `below` - 1, of this thread's own sequence.
std::size_t any(std::size_t below) {
  static std::atomic<unsigned> threads{0};
  thread_local std::minstd_rand numbers(++threads);
  return std::uniform_int_distribution<std::size_t>(0, below - 1)(numbers);
}
bool one_in(std::size_t many) { return any(many) == 0; }

void emit_on(const Widget& widget) { widget.emit<WidgetEvents::event_one>(1, 2); }
void emit_on(const Link& link) { link.emit<LinkEvents::event_one>(1, 2); }

/// Runs the workers, which begin together, and returns when all have ended.
void run_together(const std::vector<std::function<void()>>& workers) {
  std::latch start(static_cast<std::ptrdiff_t>(workers.size()));
  std::vector<std::jthread> threads;
  threads.reserve(workers.size());
  for (const auto& worker : workers) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      worker();
    });
  }
}

/// The same, where each does what it does again and again until the time is up.
void race(const std::vector<std::function<void()>>& workers) {
  std::vector<std::function<void()>> repeating;
  for (const auto& worker : workers) {
    repeating.emplace_back([&worker] {
      for (const auto end = Clock::now() + race_time; Clock::now() < end;) worker();
    });
  }
  run_together(repeating);
}

/// What listeners capture here: it knows whether it is alive, and how many are.
class Canary {
 public:
  Canary() { ++living; }
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;
  ~Canary() {
    state_ = dead;
    --living;
  }

  /// Reads plain memory: a destructor that runs meanwhile is a race that tools find.
  void sing() const { sang_dead += state_ == alive ? 0 : 1; }

  static inline std::atomic<int> living{0};
  static inline std::atomic<int> sang_dead{0};

 private:
  static constexpr int alive = 0x51465;
  static constexpr int dead = 0x0dead;
  volatile int state_ = alive;
};

// -- everything at once -----------------------------------------------------------------

/// Some targets, and handles of what listens on them and on their classes. All that a
/// thread can do here the listeners do as well.
class Playground {
 public:
  Playground() {
    for (Place& place : places_) place.target = std::make_shared<Widget>();
  }
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;
  ~Playground() {
    for (Subscription& each : handles_) each.disconnect();
  }

  void act() {
    switch (any(12)) {
      case 0:
      case 1:
        return listen();
      case 2:
        return listen_on_class();
      case 3:
        return take().disconnect();
      case 4:
        return block();
      case 5:
        return replace();
      case 6:
        return look();
      default:
        return emit();
    }
  }

  /// Not for listeners: two that wait for each other would wait for ever.
  void disconnect_and_wait() { take().disconnect_and_wait(); }

 private:
  static constexpr std::size_t most_handles = 48;

  struct Place {
    std::mutex mutex;
    std::shared_ptr<Widget> target;
  };

  std::shared_ptr<Widget> target() {
    Place& place = places_[any(places_.size())];
    const std::scoped_lock lock(place.mutex);
    return place.target;
  }

  auto listener() {
    return [this, canary = std::make_shared<Canary>()] {
      canary->sing();
      if (depth_ < 4 && one_in(16)) act();
      if (one_in(8))
        held_.reset();  // perhaps the last that kept the target of this dispatch
      if (one_in(64)) throw std::runtime_error("at random");
      canary->sing();
    };
  }

  void keep(Subscription subscription) {
    {
      const std::scoped_lock lock(mutex_);
      if (handles_.size() < most_handles) {
        handles_.push_back(std::move(subscription));
        return;
      }
      std::swap(subscription, handles_[any(handles_.size())]);
    }
    subscription.disconnect();
  }

  Subscription take() {
    const std::scoped_lock lock(mutex_);
    if (handles_.empty()) return {};
    std::swap(handles_[any(handles_.size())], handles_.back());
    Subscription taken = std::move(handles_.back());
    handles_.pop_back();
    return taken;
  }

  void listen() {
    const event::ListenOptions options{
        .propagate = one_in(2), .once = one_in(4), .insert = one_in(3)};
    keep(event::listen(*target(), event::runtime_name("event_one"), listener(), options));
  }

  void listen_on_class() {
    keep(one_in(2) ? event::listen(event::every<Widget>, "event_one", listener())
                   : event::listen(event::every<Gadget>, "event_one", listener()));
  }

  void block() {
    Subscription handle = take();
    one_in(2) ? handle.block() : handle.unblock();
    if (handle.connected()) keep(std::move(handle));
  }

  /// Puts another target in the place of one, which goes when the last dispatch has ended
  /// on it, or in the middle of that.
  void replace() {
    std::shared_ptr<Widget> target = one_in(3) ? std::make_shared<Widget>(*this->target())
                                     : one_in(2) ? std::make_shared<Gadget>()
                                                 : std::make_shared<Widget>();
    Place& place = places_[any(places_.size())];
    const std::scoped_lock lock(place.mutex);
    std::swap(place.target, target);
  }

  void look() {
    const std::shared_ptr<Widget> at = target();
    static_cast<void>(event::listeners(*at));
    static_cast<void>(at->listener_count<WidgetEvents::event_one>());
    static_cast<void>(event::statistics());
    event::collect();
  }

  void emit() {
    std::shared_ptr<Widget> outer = std::move(held_);
    held_ = target();
    ++depth_;
    try {
      emit_on(*held_);
    } catch (const std::runtime_error&) {
    }
    --depth_;
    held_ = std::move(outer);
  }

  static inline thread_local int depth_ = 0;
  static inline thread_local std::shared_ptr<Widget> held_;  // the target of the dispatch

  std::array<Place, 4> places_;
  std::mutex mutex_;
  std::vector<Subscription> handles_;
};

// Four threads do everything that can be done, in listeners and outside: one target is
// listened to, copied, dispatched on and destroyed at the same time. Nothing may be
// called after it was destroyed, and when all is over nothing may be left.
// Evidence: event.target-1
TEST(EventThreadingTest, EverythingMayBeDoneAtOnce) {
  Canary::sang_dead = 0;
  {
    Playground playground;
    const auto act = [&] { playground.act(); };
    race({act, act, act, [&] {
            playground.act();
            playground.disconnect_and_wait();
          }});
  }
  event::collect();

  EXPECT_EQ(Canary::sang_dead, 0);
  EXPECT_EQ(Canary::living, 0);
  EXPECT_EQ(event::statistics().retired_listeners, 0U);
  EXPECT_EQ(event::statistics().retired_snapshots, 0U);
}

// -- waiting for calls ------------------------------------------------------------------

/// Listens on `target`, lets others call the listener, waits for them and frees at once
/// what it had captured by reference.
template <class T>
void listen_and_free(T& target) {
  auto number = std::make_unique<std::atomic<int>>(0);
  auto canary = std::make_unique<Canary>();
  Subscription subscription =
      event::listen(target, "event_one", [&number = *number, &canary = *canary] {
        canary.sing();
        number.fetch_add(1, std::memory_order_relaxed);
        canary.sing();
      });
  for (int i = 0; i < 20 && number->load(std::memory_order_relaxed) == 0; ++i) {
    std::this_thread::yield();
  }
  subscription.disconnect_and_wait();
}

// Two threads dispatch without pause; another listens and frees what its listener refers
// to as soon as disconnect_and_wait() has returned. Listeners that stay see to it that
// the dispatches go on passing by the place of the one that has gone: its waiter may not
// wait for that.
TEST(EventThreadingTest, WhatAListenerRefersToMayGoAfterTheWait) {
  Canary::sang_dead = 0;
  Widget widget;
  for (int i = 0; i < 4; ++i) event::listen(widget, "event_one", [] {});

  const auto dispatch = [&] { emit_on(widget); };
  race({dispatch, dispatch, [&] { listen_and_free(widget); }});

  EXPECT_EQ(Canary::sang_dead, 0);
}

// The same with two threads that listen and free.
TEST(EventThreadingTest, WhatListenersReferToMayGoAfterTheWaits) {
  Canary::sang_dead = 0;
  Widget widget;
  event::listen(widget, "event_one", [] {});

  const auto dispatch = [&] { emit_on(widget); };
  const auto listen = [&] { listen_and_free(widget); };
  race({dispatch, dispatch, listen, listen});

  EXPECT_EQ(Canary::sang_dead, 0);
}

// The same with the only listener of an object that has none besides.
TEST(EventThreadingTest, WhatTheOnlyListenerRefersToMayGoAfterTheWait) {
  Canary::sang_dead = 0;
  Widget widget;

  const auto dispatch = [&] { emit_on(widget); };
  race({dispatch, dispatch, [&] { listen_and_free(widget); }});

  EXPECT_EQ(Canary::sang_dead, 0);
}

// The same on the class and on the object at once, and dispatches within dispatches.
TEST(EventThreadingTest, WhatAListenerOfAClassRefersToMayGoAfterTheWait) {
  Canary::sang_dead = 0;
  Widget widget;
  Widget outer;
  event::listen(outer, "event_one", [&] { emit_on(widget); });

  race({[&] { emit_on(widget); },
        [&] { emit_on(outer); },
        [&] { listen_and_free(widget); },
        [&] { listen_and_free(event::every<Widget>); }});

  EXPECT_EQ(Canary::sang_dead, 0);
}

// The same on the parent of joined objects.
TEST(EventThreadingTest, WhatAListenerOfAParentRefersToMayGoAfterTheWait) {
  Canary::sang_dead = 0;
  Link parent;
  Link child;
  Link silent_child;
  child.join(parent);
  silent_child.join(parent);
  event::listen(child, "event_one", [] {});

  race({[&] { emit_on(child); },
        [&] { emit_on(silent_child); },
        [&] { listen_and_free(parent); },
        [&] { listen_and_free(event::every<Link>); }});

  EXPECT_EQ(Canary::sang_dead, 0);
}

// Two threads end the same subscription while a third dispatches: both waits are over
// only when the listener is destroyed.
TEST(EventThreadingTest, TwoThreadsMayWaitForOneListener) {
  Widget widget;
  event::listen(widget, "event_one", [] {});
  std::atomic<bool> stop{false};
  std::atomic<int> too_early{0};
  std::jthread dispatching([&] {
    while (!stop.load(std::memory_order_relaxed)) emit_on(widget);
  });

  for (int i = 0; i < rounds; ++i) {
    auto canary = std::make_shared<Canary>();
    const std::weak_ptr<Canary> observed = canary;
    const Subscription subscription = event::listen(
        widget, "event_one", [canary = std::move(canary)] { canary->sing(); });
    const auto wait = [&, handle = subscription]() mutable {
      handle.disconnect_and_wait();
      too_early += observed.expired() ? 0 : 1;
    };
    run_together({wait, wait});
  }

  stop = true;
  EXPECT_EQ(too_early, 0);
}

// -- no lock is held --------------------------------------------------------------------

// A thread is inside a listener and stays there. Meanwhile this one does all that takes
// the family's mutex, and the reclaimer's: if the other held one of them, nothing would
// move on.
// Evidence: event.target-3
TEST(EventThreadingTest, ListenerThatRunsForLongHoldsUpNobody) {
  Widget widget;
  std::latch inside(1);
  std::latch leave(1);
  Subscription running = event::listen(
      widget,
      "event_one",
      [&] {
        inside.count_down();
        leave.wait();
      },
      event::once);
  std::jthread other([&] { emit_on(widget); });
  inside.wait();

  int calls = 0;
  Subscription added = event::listen(
      widget, "event_one", [&] { ++calls; }, event::propagate);
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] { ++calls; });
  emit_on(widget);
  emit_on(Widget(widget));
  static_cast<void>(event::listeners(widget));
  running.block();
  running.unblock();
  running.disconnect();
  added.disconnect_and_wait();
  event::collect();

  EXPECT_EQ(calls, 4);
  leave.count_down();
}

// A thread is inside the first listener of a target; this one destroys the target. The
// call ends as it began, and the others are not called.
// Evidence: event.target-1
TEST(EventThreadingTest, TargetMayBeDestroyedWhileAnotherThreadDispatchesOnIt) {
  auto widget = std::make_unique<Widget>();
  auto canary = std::make_shared<Canary>();
  const std::weak_ptr<Canary> observed = canary;
  std::atomic<int> calls{0};
  std::latch inside(1);
  std::latch leave(1);
  event::listen(*widget, "event_one", [&, canary = std::move(canary)] {
    inside.count_down();
    leave.wait();
    canary->sing();
    ++calls;
  });
  for (int i = 0; i < 10; ++i) event::listen(*widget, "event_one", [&] { ++calls; });
  std::jthread other([&target = *widget] { emit_on(target); });
  inside.wait();

  widget.reset();
  event::collect();
  leave.count_down();
  other.join();
  event::collect();

  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(observed.expired());
}

// -- what a dispatch calls --------------------------------------------------------------

// This thread listens, and says so; the other dispatches when it has heard of it. A
// listener that was there when the dispatch began is called, a disconnected one is not:
// the gate's plain loads may not see what is older.
TEST(EventThreadingTest, DispatchThatBeginsAfterListenReturnedCallsTheListener) {
  Widget widget;
  std::atomic<int> published{0};
  std::atomic<int> answered{0};
  std::atomic<int> calls{0};
  std::jthread other([&] {
    for (int round = 1; round <= 4 * rounds; ++round) {
      while (published.load(std::memory_order_acquire) < round) std::this_thread::yield();
      emit_on(widget);
      answered.store(round, std::memory_order_release);
    }
  });
  int round = 0;
  const auto dispatch_elsewhere = [&] {
    published.store(++round, std::memory_order_release);
    while (answered.load(std::memory_order_acquire) < round) std::this_thread::yield();
    return calls.exchange(0);
  };

  int wrong = 0;
  const auto count = [&] { ++calls; };
  for (int i = 0; i < rounds; ++i) {
    Subscription own = event::listen(widget, "event_one", count);
    wrong += dispatch_elsewhere() == 1 ? 0 : 1;
    Subscription of_class = event::listen(event::every<Widget>, "event_one", count);
    wrong += dispatch_elsewhere() == 2 ? 0 : 1;
    own.disconnect();
    wrong += dispatch_elsewhere() == 1 ? 0 : 1;
    of_class.disconnect();
    wrong += dispatch_elsewhere() == 0 ? 0 : 1;
  }

  EXPECT_EQ(wrong, 0);
}

// Others come and go in front of a listener, behind it and on its class, so that what is
// dispatched is rewritten all the time; each dispatch calls the one that stays once.
TEST(EventThreadingTest, ListenerThatStaysIsCalledOncePerDispatch) {
  Widget widget;
  std::atomic<std::uint64_t> dispatches{0};
  std::atomic<std::uint64_t> calls{0};
  const Subscription stays = event::listen(
      widget, "event_one", [&] { calls.fetch_add(1, std::memory_order_relaxed); });

  const auto dispatch = [&] {
    emit_on(widget);
    dispatches.fetch_add(1, std::memory_order_relaxed);
  };
  race({dispatch,
        dispatch,
        [&] {
          Subscription in_front = event::listen(
              widget, "event_one", [] {}, event::insert);
          event::listen(widget, "event_one", [] {}).disconnect();
          in_front.disconnect();
        },
        [&] { event::listen(event::every<Widget>, "event_one", [] {}).disconnect(); }});

  EXPECT_EQ(calls, dispatches);
  EXPECT_EQ(stays.calls(), dispatches);
}

/// A class for each number, which its first object makes known.
template <std::size_t Number>
class Numbered : public event::Subclass<Numbered<Number>, Widget> {};

template <std::size_t Number>
void make_and_dispatch() {
  emit_on(Numbered<Number>());
}

template <std::size_t... Numbers>
constexpr std::array<void (*)(), sizeof...(Numbers)> numbered(
    std::index_sequence<Numbers...>) {
  return {&make_and_dispatch<Numbers>...};
}

// Two threads make the first objects of new subclasses, each class at the same time,
// while a third listens on their base and leaves again. A listener that was there before
// is inherited once by every class.
TEST(EventThreadingTest, SubclassesInheritWhileTheirBaseIsListenedOn) {
  constexpr auto classes = numbered(std::make_index_sequence<100>());
  std::atomic<std::size_t> calls{0};
  const ScopedSubscription before =
      event::listen(event::every<Widget>, "event_one", [&] { ++calls; });
  std::atomic<int> makers{2};
  std::barrier together(2);
  const auto make = [&] {
    for (const auto& make_next : classes) {
      together.arrive_and_wait();
      make_next();
    }
    --makers;
  };

  run_together({make, make, [&] {
                  while (makers > 0) {
                    event::listen(event::every<Widget>, "event_one", [] {}).disconnect();
                  }
                }});

  EXPECT_EQ(calls, 2 * classes.size());
  EXPECT_EQ(event::listeners(event::every<Numbered<99>>).size(), 1U);
}

// Threads listen for and remove functions that have identity: of those that add the same
// one, none doubles it, and a removal that finds it takes all of it.
TEST(EventThreadingTest, ListenerWithIdentityIsNeverThereTwice) {
  struct Same {
    std::atomic<int>* calls;
    void operator()() const { ++*calls; }
    bool operator==(const Same&) const = default;
  };
  Widget widget;
  std::atomic<int> calls{0};
  const Same same{&calls};
  std::atomic<int> wrong{0};

  race({[&] { event::listen(widget, "event_one", same); },
        [&] { event::listen(widget, "event_one", same); },
        [&] {
          try {
            event::remove(widget, "event_one", same);
          } catch (const InvalidRequestError&) {
          }
        },
        [&] { wrong += widget.listener_count<WidgetEvents::event_one>() > 1 ? 1 : 0; }});
  event::listen(widget, "event_one", same);
  calls = 0;
  emit_on(widget);

  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(calls, 1);
}

// -- handles ----------------------------------------------------------------------------

// One handle, used by several threads at once while others dispatch and throw.
TEST(EventThreadingTest, HandleMayBeShared) {
  Widget widget;
  Subscription shared = event::listen(widget, "event_one", [] {
    if (one_in(4)) throw std::runtime_error("at random");
  });
  const auto dispatch = [&] {
    try {
      emit_on(widget);
    } catch (const std::runtime_error&) {
    }
  };
  std::atomic<int> wrong{0};

  race({dispatch,
        dispatch,
        [&] {
          shared.block();
          shared.unblock();
          const Subscription copy = shared;
          wrong += copy == shared && copy.connected() ? 0 : 1;
        },
        [&] {
          const std::uint64_t failures = shared.failures();
          static_cast<void>(shared.calls());
          static_cast<void>(shared.blocked());
          static_cast<void>(shared.last_error());
          wrong += shared.failures() >= failures ? 0 : 1;
        }});
  shared.disconnect();

  EXPECT_EQ(wrong, 0);
  EXPECT_NE(shared.last_error(), nullptr);
}

// Each thread counts for itself, and the sum is exact when they have ended.
TEST(EventThreadingTest, CallsOfAllThreadsAreCounted) {
  Widget widget;
  const Subscription plain = event::listen(widget, "event_one", [] {});
  const Subscription isolated = event::listen(
      widget, "event_one", [] {}, event::isolate);
  const auto dispatch = [&] {
    for (int i = 0; i < 10000; ++i) emit_on(widget);
  };

  run_together({dispatch, dispatch, dispatch, dispatch});

  EXPECT_EQ(plain.calls(), 40000U);
  EXPECT_EQ(isolated.calls(), 40000U);
}

// -- once -------------------------------------------------------------------------------

// Threads dispatch on several objects of a class on which `once` listeners come and go;
// each of them is called at most once, and exactly once if it stayed until a dispatch was
// over.
TEST(EventThreadingTest, OnceListenerIsCalledOnce) {
  const Widget first;
  const Widget second;
  std::atomic<int> wrong{0};

  race({[&] { emit_on(first); },
        [&] { emit_on(second); },
        [&] {
          std::atomic<int> calls{0};
          const ScopedSubscription once = event::listen(
              event::every<Widget>, "event_one", [&] { ++calls; }, event::once);
          emit_on(Widget());
          while (calls == 0) std::this_thread::yield();  // another thread took it
          emit_on(Widget());
          wrong += calls == 1 ? 0 : 1;
        }});

  EXPECT_EQ(wrong, 0);
}

// Four threads ask for an object's only run: one runs it, and the others return when it
// is over.
TEST(EventThreadingTest, OnlyRunIsOneOfAllThreadsAndTheOthersWaitForIt) {
  int ran = 0;
  std::atomic<int> too_early{0};
  for (int i = 0; i < rounds / 4; ++i) {
    Widget widget;
    std::atomic<bool> over{false};
    std::atomic<int> runs{0};
    event::listen(widget, "event_one", [&] {
      for (int j = 0; j < 10; ++j) std::this_thread::yield();
      over = true;
    });
    const auto run = [&] {
      runs += widget.exec_once<WidgetEvents::event_one>(1, 2) ? 1 : 0;
      too_early += over ? 0 : 1;
    };
    run_together({run, run, run, run});
    ran += runs;
  }

  EXPECT_EQ(ran, rounds / 4);
  EXPECT_EQ(too_early, 0);
}

// Of four threads that ask, the first two meet an exception; the third's run is the one
// that counts, and the fourth finds it done.
TEST(EventThreadingTest, OnlyRunIsTriedByOneThreadAfterTheOtherUntilItSucceeds) {
  std::atomic<int> thrown{0};
  std::atomic<int> ran{0};
  std::atomic<int> found_done{0};
  for (int i = 0; i < rounds / 4; ++i) {
    Widget widget;
    int tries = 0;  // not atomic: one thread at a time is there
    event::listen(widget, "event_one", [&] {
      if (++tries < 3) throw std::runtime_error("not yet");
    });
    const auto run = [&] {
      try {
        const bool mine =
            widget.exec_once_unless_exception<WidgetEvents::event_one>(1, 2);
        ++(mine ? ran : found_done);
      } catch (const std::runtime_error&) {
        ++thrown;
      }
    };
    run_together({run, run, run, run});
  }

  EXPECT_EQ(thrown, 2 * (rounds / 4));
  EXPECT_EQ(ran, rounds / 4);
  EXPECT_EQ(found_done, rounds / 4);
}

// Four threads run the listeners; each does, and nobody is there beside the first.
TEST(EventThreadingTest, FirstRunIsAloneAndTheOthersFollow) {
  std::atomic<int> calls{0};
  std::atomic<int> beside_the_first{0};
  for (int i = 0; i < rounds / 4; ++i) {
    Widget widget;
    std::atomic<int> inside{0};
    std::atomic<bool> first{true};
    event::listen(widget, "event_one", [&] {
      ++calls;
      ++inside;
      if (first.exchange(false)) {
        for (int j = 0; j < 10; ++j) std::this_thread::yield();
        beside_the_first += inside == 1 ? 0 : 1;
      }
      --inside;
    });
    const auto run = [&] {
      widget.exec_sync_on_first_run<WidgetEvents::event_one>(1, 2);
    };
    run_together({run, run, run, run});
  }

  EXPECT_EQ(calls, 4 * (rounds / 4));
  EXPECT_EQ(beside_the_first, 0);
}

// -- threads come and go ----------------------------------------------------------------

/// Calls `act` when this thread ends. Asked for before the thread's first dispatch, it
/// comes after all that hark does when a thread ends.
void at_thread_exit(std::function<void()> act) {
  struct Last {
    std::function<void()> act;
    ~Last() { act(); }
  };
  thread_local Last last;
  last.act = std::move(act);
}

/// Starts a thread that dispatches on `widget`, and once more when it ends.
std::jthread thread_that_dispatches_at_its_end(const Widget& widget) {
  return std::jthread([&widget] {
    at_thread_exit([&widget] { emit_on(widget); });
    emit_on(widget);
  });
}

// A thread-local object outlives the record that hark keeps of its thread, and
// dispatches: on listeners of class and object, and within a dispatch.
TEST(EventThreadingTest, DispatchAtTheEndOfAThreadCallsAll) {
  const std::size_t before = event::statistics().threads;
  Widget widget;
  Widget inner;
  std::atomic<int> calls{0};
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] { ++calls; });
  const Subscription own = event::listen(widget, "event_one", [&] { emit_on(inner); });
  event::listen(inner, "event_one", [&] { ++calls; });

  thread_that_dispatches_at_its_end(widget).join();

  EXPECT_EQ(calls, 6);
  EXPECT_EQ(own.calls(), 2U);
  EXPECT_EQ(event::statistics().threads, before);
}

// A thread whose only dispatch is at its end.
TEST(EventThreadingTest, FirstDispatchOfAThreadMayBeAtItsEnd) {
  const std::size_t before = event::statistics().threads;
  Widget widget;
  std::atomic<int> calls{0};
  event::listen(widget, "event_one", [&] { ++calls; });

  std::jthread([&] { at_thread_exit([&] { emit_on(widget); }); }).join();

  EXPECT_EQ(calls, 1);
  EXPECT_EQ(event::statistics().threads, before);
}

TEST(EventThreadingTest, ExceptionAtTheEndOfAThreadReachesTheEmitter) {
  const std::size_t before = event::statistics().threads;
  Widget widget;
  const Subscription thrower =
      event::listen(widget, "event_one", [] { throw std::runtime_error("late"); });
  int caught = 0;
  const auto dispatch = [&] {
    try {
      emit_on(widget);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  };

  std::jthread([&] {
    at_thread_exit(dispatch);
    dispatch();
  }).join();

  EXPECT_EQ(caught, 2);
  EXPECT_EQ(thrower.failures(), 2U);
  EXPECT_EQ(event::statistics().threads, before);
}

// Evidence: event.subscription-3
TEST(EventThreadingTest, ListenerMayWaitForItselfAtTheEndOfAThread) {
  Widget widget;
  Subscription subscription;
  std::atomic<int> calls{0};
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [] {});
  subscription = event::listen(widget, "event_one", [&] {
    if (++calls == 2) subscription.disconnect_and_wait();
  });

  thread_that_dispatches_at_its_end(widget).join();

  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(subscription.connected());
}

// Evidence: event.subscription-2
TEST(EventThreadingTest, CallAtTheEndOfAThreadIsWaitedFor) {
  Widget widget;
  Subscription subscription;
  std::atomic<int> calls{0};
  std::atomic<bool> ended{false};
  std::latch inside(1);
  subscription = event::listen(widget, "event_one", [&] {
    if (++calls == 1) return;
    inside.count_down();
    while (subscription.connected()) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    ended = true;
  });
  const std::jthread other = thread_that_dispatches_at_its_end(widget);
  inside.wait();

  subscription.disconnect_and_wait();

  EXPECT_TRUE(ended);
}

// Threads dispatch once and end, some thousand of them, eight at a time: what hark keeps
// per thread is used again. Meanwhile the first thread listens and removes.
TEST(EventThreadingTest, ThousandsOfShortThreadsLeaveNothingBehind) {
  Widget widget;
  std::atomic<int> calls{0};
  event::listen(widget, "event_one", [&] { ++calls; });
  emit_on(widget);
  const auto run_threads = [&](int count) {
    for (int i = 0; i < count; i += 8) {
      std::vector<std::jthread> threads;
      for (int j = 0; j < 8; ++j) {
        threads.push_back(thread_that_dispatches_at_its_end(widget));
      }
      event::listen(widget, "event_one", [] {}).disconnect();
    }
    event::collect();
  };
  run_threads(80);
  const std::size_t threads_before = event::statistics().threads;
  const std::ptrdiff_t live_before = live_allocations();

  run_threads(4000);

  EXPECT_EQ(calls, 1 + 2 * 4080);
  EXPECT_EQ(event::statistics().threads, threads_before);
  EXPECT_LT(live_allocations() - live_before, 200);
}

// -- memory -----------------------------------------------------------------------------

// A thread stays inside a listener while this one makes thousands of changes to the same
// event: what the other cannot be using is freed all the same.
TEST(EventThreadingTest, FewStayRetiredWhileAListenerIsRunning) {
  Widget widget;
  std::latch inside(1);
  std::latch leave(1);
  Subscription running = event::listen(widget, "event_one", [&] {
    inside.count_down();
    leave.wait();
  });
  event::listen(widget, "event_one", [] {});
  std::jthread other([&] { emit_on(widget); });
  inside.wait();

  std::size_t most_snapshots = 0;
  std::size_t most_listeners = 0;
  for (int i = 0; i < 10000; ++i) {
    Subscription in_front = event::listen(
        widget, "event_one", [] {}, event::insert);
    event::listen(widget, "event_one", [] {}).disconnect();
    in_front.disconnect();
    const event::Statistics now = event::statistics();
    most_snapshots = std::max(most_snapshots, now.retired_snapshots);
    most_listeners = std::max(most_listeners, now.retired_listeners);
  }

  EXPECT_LT(most_snapshots, 64U);
  EXPECT_LT(most_listeners, 64U);
  leave.count_down();
}

// Two threads dispatch on an object, into another and back, while listeners come and go
// on both, so that every dispatch shows several snapshots; few of those that are replaced
// stay.
TEST(EventThreadingTest, FewStayRetiredWhileOthersDispatch) {
  Widget outer;
  Widget inner;
  event::listen(outer, "event_one", [&] { emit_on(inner); });
  event::listen(inner, "event_one", [] {});
  std::atomic<std::size_t> most{0};

  race({[&] { emit_on(outer); },
        [&] { emit_on(outer); },
        [&] {
          event::listen(
              outer, "event_one", [] {}, event::insert)
              .disconnect();
          event::listen(
              inner, "event_one", [] {}, event::insert)
              .disconnect();
          most = std::max(most.load(), event::statistics().retired_snapshots);
        }});
  event::collect();

  EXPECT_LT(most, 64U);
  EXPECT_EQ(event::statistics().retired_snapshots, 0U);
}

}  // namespace
}  // namespace hark::test
