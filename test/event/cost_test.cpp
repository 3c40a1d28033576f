// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "support/counting_new.hpp"
#include "support/sanitizers.hpp"
#include "support/widgets.hpp"

/// What hark::event costs, in bytes and allocations. Its times are measured in
/// benchmarks/.
namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

// Evidence: event.dispatcher-1
static_assert(sizeof(Widget) == 2 * sizeof(void*));
static_assert(sizeof(Gizmo) == sizeof(Widget));
static_assert(sizeof(Link) == 3 * sizeof(void*));
static_assert(sizeof(Subscription) == sizeof(void*));
static_assert(sizeof(ScopedSubscription) == sizeof(void*));

#if HARK_TEST_ASAN || HARK_TEST_TSAN
constexpr int many = 50'000;
#elif defined(__OPTIMIZE__)
constexpr int many = 1'000'000;
#else
constexpr int many = 250'000;
#endif

// -- allocations ------------------------------------------------------------------------

// Evidence: event.dispatcher-1, event.target-5
TEST(CostTest, SilentTargetAllocatesNothing) {
  const Gizmo first_of_its_class;

  const std::size_t made = allocations_of([] {
    Widget widget;
    widget.emit<WidgetEvents::event_one>(1, 2);
    EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
    const Widget copy(widget);
    const Widget moved(std::move(widget));
    copy.emit<WidgetEvents::halt>(1);
    moved.emit<WidgetEvents::event_two>(1);
    Gizmo().emit<WidgetEvents::event_one>(1, 2);
  });

  EXPECT_EQ(made, 0U);
}

// Evidence: event.dispatcher-1
TEST(CostTest, TargetOfAClassWithListenersAllocatesNothing) {
  int calls = 0;
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] { ++calls; });
  Widget().emit<WidgetEvents::event_one>(1, 2);

  const std::size_t made = allocations_of([] {
    const Widget widget;
    widget.emit<WidgetEvents::event_one>(1, 2);
  });

  EXPECT_EQ(made, 0U);
  EXPECT_EQ(calls, 2);
}

TEST(CostTest, DispatchToOwnListenersAllocatesNothing) {
  Widget widget;
  int calls = 0;
  for (int i = 0; i < 20; ++i) event::listen(widget, "event_one", [&] { ++calls; });
  widget.emit<WidgetEvents::event_one>(1, 2);

  const std::size_t made =
      allocations_of([&] { widget.emit<WidgetEvents::event_one>(1, 2); });

  EXPECT_EQ(made, 0U);
  EXPECT_EQ(calls, 40);
}

TEST(CostTest, DispatchToListenersOnAllLevelsAllocatesNothing) {
  int calls = 0;
  const ScopedSubscription of_class =
      event::listen(event::every<Link>, "event_one", [&] { ++calls; });
  Link parent;
  Link child;
  child.join(parent);
  event::listen(parent, "event_one", [&] { ++calls; });
  event::listen(child, "event_one", [&] { ++calls; });
  child.emit<LinkEvents::event_one>(1, 2);

  const std::size_t made =
      allocations_of([&] { child.emit<LinkEvents::event_one>(1, 2); });

  EXPECT_EQ(made, 0U);
  EXPECT_EQ(calls, 8);
}

TEST(CostTest, NestedDispatchesAllocateNothingOnceWarm) {
  Widget widget;
  int depth = 0;
  event::listen(widget, "event_one", [&] {
    if (++depth % 100 != 0) widget.emit<WidgetEvents::event_one>(1, 2);
  });
  widget.emit<WidgetEvents::event_one>(1, 2);

  const std::size_t made =
      allocations_of([&] { widget.emit<WidgetEvents::event_one>(1, 2); });

  EXPECT_EQ(made, 0U);
  EXPECT_EQ(depth, 200);
}

TEST(CostTest, DispatchToIsolatedTrackedAndOnceListenersAllocatesNothing) {
  Widget widget;
  int calls = 0;
  const auto tracked = std::make_shared<int>(1);
  event::listen(
      widget, "event_one", [&] { ++calls; }, event::isolate);
  event::listen(
      widget, "event_one", [&] { ++calls; }, event::track(std::weak_ptr(tracked)));
  event::listen(
      widget, "event_one", [&] { ++calls; }, event::once);
  Widget warming;
  event::listen(warming, "event_one", [] {});
  warming.emit<WidgetEvents::event_one>(1, 2);

  const std::size_t made = allocations_of([&] {
    widget.emit<WidgetEvents::event_one>(1, 2);
    widget.emit<WidgetEvents::event_one>(1, 2);
  });

  EXPECT_EQ(made, 0U);
  EXPECT_EQ(calls, 5);
}

TEST(CostTest, AnswersInAChainAreMovedAndNotCopied) {
  Widget widget;
  const auto append = [](std::string value) {
    value += '!';
    return value;
  };
  event::listen(widget, "chain", append, event::retval);
  event::listen(widget, "chain", append, event::retval);
  std::string value = "long enough that a copy would have to be allocated";
  value.reserve(100);
  widget.emit<WidgetEvents::chain>(value);
  widget.emit<WidgetEvents::chain>(value);  // a thread's first dispatch registers it

  const std::size_t made =
      allocations_of([&] { widget.emit<WidgetEvents::chain>(value); });

  EXPECT_EQ(made, 0U);
}

TEST(CostTest, BlockingAllocatesNothing) {
  Widget widget;
  Subscription subscription = event::listen(widget, "event_one", [] {});

  const std::size_t made = allocations_of([&] {
    subscription.block();
    subscription.unblock();
    const Subscription copy(subscription);
  });

  EXPECT_EQ(made, 0U);
}

// -- coming and going -------------------------------------------------------------------

/// Listens and disconnects `rounds` times; answers the most that was allocated at once,
/// beyond what was at the beginning.
template <class T>
std::ptrdiff_t come_and_go(T& target, int rounds) {
  const std::ptrdiff_t before = live_allocations();
  std::ptrdiff_t most = 0;
  for (int i = 0; i < rounds; ++i) {
    Subscription subscription = event::listen(target, "event_one", [] {});
    most = std::max(most, live_allocations() - before);
    subscription.disconnect();
  }
  return most;
}

// What one listener costs: itself, its control block, its place, Signals2's slot and
// connection.
constexpr std::size_t most_per_listener = 20;
// What the reclaimer may hold before it frees a batch, and a few snapshots.
constexpr std::ptrdiff_t most_retired =
    100 * static_cast<std::ptrdiff_t>(most_per_listener);

TEST(CostTest, ListeningAndDisconnectingOnceWarmAllocatesLittle) {
  Widget widget;
  come_and_go(widget, 100);

  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    most = std::max(most, allocations_of([&] { come_and_go(widget, 1); }));
  }

  EXPECT_LE(most, most_per_listener);
}

TEST(CostTest, MemoryDoesNotGrowWithListenersThatCameAndWentOnAnObject) {
  Widget widget;
  come_and_go(widget, 100);

  EXPECT_LE(come_and_go(widget, many),
            static_cast<std::ptrdiff_t>(2 * most_per_listener));
}

TEST(CostTest, MemoryDoesNotGrowWithListenersThatCameAndWentOnAClass) {
  const Gizmo gizmo;  // its class is one to which they are passed on
  come_and_go(event::every<Gadget>, 100);

  EXPECT_LE(come_and_go(event::every<Gadget>, many),
            static_cast<std::ptrdiff_t>(2 * most_per_listener));
}

TEST(CostTest, MemoryDoesNotGrowWithListenersThatCameAndWentAmongOthers) {
  Widget widget;
  for (int i = 0; i < 10; ++i) event::listen(widget, "event_one", [] {});
  come_and_go(widget, 100);

  EXPECT_LE(come_and_go(widget, many / 10),
            static_cast<std::ptrdiff_t>(2 * most_per_listener));
}

TEST(CostTest, MemoryDoesNotGrowWithListenersThatWereInsertedAndWent) {
  Widget widget;
  for (int i = 0; i < 10; ++i) event::listen(widget, "event_one", [] {});
  const auto insert_and_go = [&](int rounds) {
    const std::ptrdiff_t before = live_allocations();
    std::ptrdiff_t most = 0;
    for (int i = 0; i < rounds; ++i) {
      Subscription inserted = event::listen(
          widget, "event_one", [] {}, event::insert);
      most = std::max(most, live_allocations() - before);
      inserted.disconnect();
    }
    return most;
  };
  insert_and_go(100);

  EXPECT_LE(insert_and_go(many / 20), static_cast<std::ptrdiff_t>(3 * most_per_listener));
}

TEST(CostTest, MemoryDoesNotGrowWithOnceListenersThatRanAndWent) {
  Widget widget;
  const auto run_and_go = [&](int rounds) {
    const std::ptrdiff_t before = live_allocations();
    std::ptrdiff_t most = 0;
    for (int i = 0; i < rounds; ++i) {
      Subscription once = event::listen(
          widget, "event_one", [] {}, event::once);
      widget.emit<WidgetEvents::event_one>(1, 2);
      once.disconnect();
      most = std::max(most, live_allocations() - before);
    }
    return most;
  };
  run_and_go(100);

  EXPECT_LE(run_and_go(many / 10), static_cast<std::ptrdiff_t>(3 * most_per_listener));
}

TEST(CostTest, MemoryDoesNotGrowWithTrackedListenersWhoseObjectsWent) {
  Widget widget;
  const auto track_and_go = [&](int rounds) {
    const std::ptrdiff_t before = live_allocations();
    std::ptrdiff_t most = 0;
    for (int i = 0; i < rounds; ++i) {
      const auto tracked = std::make_shared<int>(1);
      event::listen(
          widget, "event_one", [] {}, event::track(std::weak_ptr(tracked)));
      most = std::max(most, live_allocations() - before);
    }
    return most;
  };
  track_and_go(100);

  EXPECT_LE(track_and_go(many / 10), static_cast<std::ptrdiff_t>(3 * most_per_listener));
}

TEST(CostTest, MemoryDoesNotGrowWithTargetsThatHadListeners) {
  const auto make_and_destroy = [](int rounds) {
    const std::ptrdiff_t before = live_allocations();
    for (int i = 0; i < rounds; ++i) {
      Widget widget;
      event::listen(
          widget, "event_one", [] {}, event::propagate);
      const Widget copy(widget);
    }
    event::collect();
    return live_allocations() - before;
  };
  make_and_destroy(100);

  EXPECT_LE(make_and_destroy(many / 20), 0);
}

/// The other thread dispatches without pause, so that freeing waits for what it shows,
/// and is done in batches.
TEST(CostTest, MemoryDoesNotGrowWhileAnotherThreadDispatches) {
  Widget widget;
  event::listen(widget, "event_one", [] {});
  std::latch dispatching(1);
  std::atomic<bool> stop{false};
  std::jthread other([&] {
    widget.emit<WidgetEvents::event_one>(1, 2);
    dispatching.count_down();
    while (!stop.load(std::memory_order_relaxed))
      widget.emit<WidgetEvents::event_one>(1, 2);
  });
  dispatching.wait();
  come_and_go(widget, 100);

  const std::ptrdiff_t on_object = come_and_go(widget, many / 10);
  const std::ptrdiff_t on_class = come_and_go(event::every<Widget>, many / 10);

  stop = true;
  EXPECT_LE(on_object, most_retired);
  EXPECT_LE(on_class, most_retired);
}

}  // namespace
}  // namespace hark::test
