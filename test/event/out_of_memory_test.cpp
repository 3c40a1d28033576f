// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/counting_new.hpp"
#include "support/widgets.hpp"

/// Each call is made again and again with one allocation more, until it succeeds: so it
/// fails at every place at which it can, and must leave things as they were.
namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

constexpr std::size_t most_tries = 1000;

class OutOfMemoryTest : public WidgetTest {
 protected:
  /// Calls `act` until it does not throw std::bad_alloc; after each failure, `check`.
  /// Answers how often it failed.
  template <class Act, class Check>
  std::size_t try_with_more_memory(Act&& act, Check&& check) {
    for (std::size_t left = 0; left < most_tries; ++left) {
      try {
        const OutOfMemory out_of_memory(left);
        act();
        return left;
      } catch (const std::bad_alloc&) {
      }
      check();
      if (HasFailure()) break;
    }
    ADD_FAILURE() << "it never succeeds";
    return most_tries;
  }

  /// A listener that tells the log, and whether it is still there.
  auto capturing(std::string entry) {
    auto captured = std::make_shared<std::string>(std::move(entry));
    captured_ = captured;
    return [this, captured = std::move(captured)] { log.add(*captured); };
  }
  bool captured_is_destroyed() const noexcept { return captured_.expired(); }

 private:
  std::weak_ptr<std::string> captured_;
};

// Evidence: event.listen-4
TEST_F(OutOfMemoryTest, ListenThatFailsRegistersNothing) {
  auto listener = capturing("new");

  const std::size_t failures =
      try_with_more_memory([&] { event::listen(widget, "event_one", listener); },
                           [&] {
                             EXPECT_EQ(calls_of(widget), "");
                             EXPECT_EQ(widget.listener_count<Events::event_one>(), 0U);
                             EXPECT_FALSE(widget.has_listeners<Events::event_one>());
                           });

  EXPECT_GT(failures, 3U);
  EXPECT_EQ(calls_of(widget), "new");
}

// Evidence: event.listen-4
TEST_F(OutOfMemoryTest, ListenThatFailsDestroysTheListener) {
  const std::size_t failures = try_with_more_memory(
      [&] {
        auto listener = capturing("new");
        event::listen(widget, "event_one", std::move(listener));
      },
      [&] { EXPECT_TRUE(captured_is_destroyed()); });

  EXPECT_GT(failures, 3U);
}

// Evidence: event.listen-4
TEST_F(OutOfMemoryTest, ListenThatFailsLeavesTheOthersAsTheyWere) {
  event::listen(widget, "event_one", log.note("a"));
  for (int others = 0; others < 20; ++others) {  // every state of what is dispatched
    const std::string before = calls_of(widget);

    try_with_more_memory(
        [&] { event::listen(widget, "event_one", [this] { log.add("b"); }); },
        [&] { EXPECT_EQ(calls_of(widget), before); });

    EXPECT_EQ(calls_of(widget), before + " b");
  }
}

// Evidence: event.listen-4
TEST_F(OutOfMemoryTest, InsertThatFailsLeavesTheOthersAsTheyWere) {
  event::listen(widget, "event_one", log.note("a"));
  event::listen(widget, "event_one", log.note("b"));

  const std::size_t failures = try_with_more_memory(
      [&] {
        event::listen(
            widget, "event_one", [] {}, event::insert);
      },
      [&] { EXPECT_EQ(calls_of(widget), "a b"); });

  EXPECT_GT(failures, 3U);
}

// Evidence: event.listen-4
TEST_F(OutOfMemoryTest, ListenOnAClassThatFailsLeavesAllItsObjectsAsTheyWere) {
  Gizmo gizmo;
  event::listen(gizmo, "event_one", log.note("own"));
  Gear gear;
  const ScopedSubscription before =
      event::listen(event::every<Gadget>, "event_one", log.note("before"));
  ScopedSubscription added;

  const std::size_t failures = try_with_more_memory(
      [&] {
        added =
            event::listen(event::every<Widget>, "event_one", [this] { log.add("new"); });
      },
      [&] {
        EXPECT_EQ(calls_of(gizmo), "before own");
        EXPECT_EQ(calls_of(gear) + calls_of(widget), "");
        EXPECT_FALSE(widget.has_listeners<Events::event_one>());
      });

  EXPECT_GT(failures, 3U);
  EXPECT_EQ(calls_of(gizmo), "before new own");
  EXPECT_EQ(calls_of(gear), "new");
}

TEST_F(OutOfMemoryTest, SubclassInheritsWhenItIsMetAgain) {
  class Late : public event::Subclass<Late, Widget> {};
  const ScopedSubscription first =
      event::listen(event::every<Widget>, "event_one", log.note("first"));
  const ScopedSubscription second =
      event::listen(event::every<Widget>, "event_two", log.note("second"));

  const std::size_t failures = try_with_more_memory([] { const Late made; }, [] {});
  const Late late;

  EXPECT_GT(failures, 3U);
  EXPECT_EQ(calls_of(late), "first");
}

TEST_F(OutOfMemoryTest, CopyThatFailsLeavesTheOriginalAsItWas) {
  for (int i = 0; i < 3; ++i) {
    event::listen(widget, "event_one", log.note("a"), event::propagate);
    event::listen(widget, "event_two", log.note("b"), event::propagate);
  }
  std::optional<Widget> copy;

  const std::size_t failures = try_with_more_memory(
      [&] { copy.emplace(widget); }, [&] { EXPECT_EQ(calls_of(widget), "a a a"); });

  EXPECT_GT(failures, 3U);
  EXPECT_EQ(calls_of(*copy), "a a a");
}

TEST_F(OutOfMemoryTest, FailedCopiesKeepNothing) {
  const Subscription subscription =
      event::listen(widget, "event_one", log.note("a"), event::propagate);

  try_with_more_memory([&] { const Widget copy(widget); }, [] {});
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));

  EXPECT_EQ(calls_of(widget), "class a");
}

TEST_F(OutOfMemoryTest, UpdateThatFailsMayBeTriedAgain) {
  Widget other;
  for (int i = 0; i < 3; ++i) event::listen(other, "event_one", log.note("a"));

  const std::size_t failures =
      try_with_more_memory([&] { widget.update_listeners(other, false); }, [] {});

  EXPECT_GT(failures, 3U);
  EXPECT_EQ(calls_of(widget), "a a a");
}

TEST_F(OutOfMemoryTest, OnlyRunThatCouldNotBeginMayBeTriedAgain) {
  int calls = 0;
  bool ran = false;
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] { ++calls; });

  const std::size_t failures =
      try_with_more_memory([&] { ran = widget.exec_once<Events::event_one>(1, 2); },
                           [&] { EXPECT_EQ(calls, 0); });

  EXPECT_GT(failures, 0U);
  EXPECT_TRUE(ran);
  EXPECT_EQ(calls, 1);
}

// -- what needs no memory ---------------------------------------------------------------

// Evidence: event.subscription-1
TEST_F(OutOfMemoryTest, DisconnectingAlwaysSucceeds) {
  std::vector<Subscription> subscriptions;
  for (int i = 0; i < 20; ++i) {
    subscriptions.push_back(event::listen(widget, "event_one", log.note("own")));
    subscriptions.push_back(
        event::listen(event::every<Widget>, "event_one", log.note("class")));
  }
  calls_of(widget);

  {
    const OutOfMemory out_of_memory(0);
    for (Subscription& each : subscriptions) each.disconnect();
  }

  EXPECT_EQ(calls_of(widget) + calls_of(Widget()), "");
}

TEST_F(OutOfMemoryTest, DisconnectingOneLeavesTheOthers) {
  event::listen(widget, "event_one", log.note("a"));
  std::vector<Subscription> subscriptions;
  for (int i = 0; i < 20; ++i) {
    subscriptions.push_back(event::listen(widget, "event_one", log.note("b")));
  }
  event::listen(widget, "event_one", log.note("c"));

  {
    const OutOfMemory out_of_memory(0);
    for (Subscription& each : subscriptions) each.disconnect();
  }

  EXPECT_EQ(calls_of(widget), "a c");
}

TEST_F(OutOfMemoryTest, DisconnectingOneOfAClassLeavesTheObjectsOwn) {
  Widget other;
  event::listen(other, "event_one", log.note("own"));
  Subscription first =
      event::listen(event::every<Widget>, "event_one", log.note("first"));
  const ScopedSubscription second =
      event::listen(event::every<Widget>, "event_one", log.note("second"));

  {
    const OutOfMemory out_of_memory(0);
    first.disconnect();
  }

  EXPECT_EQ(calls_of(other), "second own");
  EXPECT_EQ(calls_of(widget), "second");
}

TEST_F(OutOfMemoryTest, DisconnectAndWaitDestroysTheListener) {
  Subscription subscription = event::listen(widget, "event_one", capturing("a"));
  calls_of(widget);

  {
    const OutOfMemory out_of_memory(0);
    subscription.disconnect_and_wait();
  }

  EXPECT_TRUE(captured_is_destroyed());
}

TEST_F(OutOfMemoryTest, RemovalAlwaysSucceeds) {
  const Note note{&log, "a"};
  event::listen(widget, "event_one", note);

  {
    const OutOfMemory out_of_memory(0);
    event::remove(widget, "event_one", note);
  }

  EXPECT_FALSE(event::contains(widget, "event_one", note));
}

TEST_F(OutOfMemoryTest, TargetsMayBeDestroyed) {
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", capturing("a"), event::propagate);
  event::listen(*target, "event_one", log.note("b"));
  auto copy = std::make_unique<Widget>(*target);

  {
    const OutOfMemory out_of_memory(0);
    target.reset();
    copy.reset();
  }
  event::collect();

  EXPECT_TRUE(captured_is_destroyed());
}

TEST_F(OutOfMemoryTest, DispatchAsBeforeSucceeds) {
  int calls = 0;
  event::listen(widget, "event_one", [&] { ++calls; });
  event::listen(
      widget, "event_one", [&] { ++calls; }, event::once);
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] { ++calls; });
  widget.emit<Events::event_two>(1);
  Widget warming;
  warming.emit<Events::event_one>(1, 2);

  {
    const OutOfMemory out_of_memory(0);
    widget.emit<Events::event_one>(1, 2);
    widget.emit<Events::event_one>(1, 2);
  }

  EXPECT_EQ(calls, 6);
}

TEST_F(OutOfMemoryTest, DispatchThatIsNestedTooDeepToBeShownCallsNobody) {
  int calls = 0;
  bool failed = false;
  event::listen(widget, "event_one", [&] {
    ++calls;
    if (failed) return;
    try {
      const OutOfMemory out_of_memory(0);
      widget.emit<Events::event_one>(1, 2);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
  });

  widget.emit<Events::event_one>(1, 2);
  const int calls_until_then = calls;
  widget.emit<Events::event_one>(1, 2);

  EXPECT_TRUE(failed);
  EXPECT_EQ(calls, calls_until_then + 1);
}

}  // namespace
}  // namespace hark::test
