// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

static_assert(std::is_nothrow_default_constructible_v<Subscription>);
static_assert(std::is_nothrow_copy_constructible_v<Subscription>);
static_assert(std::is_nothrow_move_constructible_v<Subscription>);
static_assert(std::is_nothrow_copy_assignable_v<Subscription>);
static_assert(std::is_nothrow_move_assignable_v<Subscription>);
static_assert(std::is_nothrow_default_constructible_v<ScopedSubscription>);
static_assert(std::is_nothrow_move_constructible_v<ScopedSubscription>);
static_assert(std::is_nothrow_move_assignable_v<ScopedSubscription>);
static_assert(!std::is_copy_constructible_v<ScopedSubscription>);
static_assert(!std::is_copy_assignable_v<ScopedSubscription>);
static_assert(std::is_convertible_v<Subscription, ScopedSubscription>);

/// What the exception says; empty if there is none.
std::string message_of(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  }
  return {};
}

void emit_on(const Widget& widget) { widget.emit<WidgetEvents::event_one>(1, 2); }
void emit_on(const Link& link) { link.emit<LinkEvents::event_one>(1, 2); }

/// A listener that another thread is in the middle of calling. It returns after it was
/// disconnected, and not at once then; so that who does not wait is seen not to have
/// waited.
class RunningCall {
 public:
  explicit RunningCall(const Widget& widget) : widget_(&widget) {}
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  /// The listener. `captured` stands for what a listener has captured.
  auto listener(std::shared_ptr<int> captured = nullptr) {
    return [this, captured = std::move(captured)] {
      const std::weak_ptr<int> observed = captured;
      inside_.count_down();
      while (running_.connected()) std::this_thread::yield();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      captured_lived_ = captured == nullptr || !observed.expired();
      ended_ = true;
    };
  }

  /// Returns when the other thread is inside the listener.
  void start(Subscription subscription) {
    running_ = std::move(subscription);
    thread_ = std::jthread([this] { emit_on(*widget_); });
    inside_.wait();
  }

  bool ended() const noexcept { return ended_; }
  bool captured_lived() const noexcept { return captured_lived_; }

 private:
  const Widget* widget_;
  Subscription running_;
  std::latch inside_{1};
  std::atomic<bool> ended_{false};
  std::atomic<bool> captured_lived_{false};
  std::jthread thread_;
};

class SubscriptionTest : public WidgetTest {};

// -- handles ----------------------------------------------------------------------------

TEST_F(SubscriptionTest, DefaultMadeAnswersAsOneOfNoListener) {
  const Subscription none;

  EXPECT_FALSE(none.connected());
  EXPECT_FALSE(none.blocked());
  EXPECT_EQ(none.calls(), 0U);
  EXPECT_EQ(none.failures(), 0U);
  EXPECT_EQ(none.last_error(), nullptr);
}

TEST_F(SubscriptionTest, DefaultMadeMayBeToldAnything) {
  Subscription none;

  none.disconnect();
  none.disconnect_and_wait();
  none.block();
  none.unblock();

  EXPECT_EQ(none, Subscription());
}

TEST_F(SubscriptionTest, MovedFromIsHandleOfNone) {
  Subscription first = event::listen(widget, "event_one", log.note("called"));
  const Subscription second = std::move(first);

  first.disconnect();

  EXPECT_EQ(first, Subscription());
  EXPECT_TRUE(second.connected());
}

TEST_F(SubscriptionTest, CopiesAreHandlesOfTheSameListener) {
  const Subscription original = event::listen(widget, "event_one", log.note("called"));
  Subscription copy = original;

  copy.disconnect();

  EXPECT_EQ(copy, original);
  EXPECT_FALSE(original.connected());
}

TEST_F(SubscriptionTest, HandlesOfTwoListenersDiffer) {
  const Subscription first = event::listen(widget, "event_one", log.note("first"));
  const Subscription second = event::listen(widget, "event_one", log.note("second"));

  EXPECT_NE(first, second);
}

TEST_F(SubscriptionTest, ListeningTwiceWithIdentityGivesHandlesOfOneListener) {
  const Subscription first = event::listen(widget, "event_one", Note{&log, "called"});
  const Subscription second = event::listen(widget, "event_one", Note{&log, "called"});

  EXPECT_EQ(first, second);
}

TEST_F(SubscriptionTest, LettingGoOfTheHandleKeepsTheListener) {
  static_cast<void>(event::listen(widget, "event_one", log.note("called")));

  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(SubscriptionTest, AssigningKeepsTheListenerThatWasHeld) {
  Subscription subscription = event::listen(widget, "event_one", log.note("first"));
  subscription = event::listen(widget, "event_one", log.note("second"));

  EXPECT_EQ(calls_of(widget), "first second");
}

TEST_F(SubscriptionTest, AssigningItToItselfChangesNothing) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));
  const Subscription& same = subscription;

  subscription = same;

  EXPECT_TRUE(subscription.connected());
}

TEST_F(SubscriptionTest, OutlivesTheTarget) {
  auto target = std::make_unique<Widget>();
  Subscription subscription =
      event::listen(*target, "event_one", [] { throw std::logic_error("a"); });
  EXPECT_THROW(emit_on(*target), std::logic_error);

  target.reset();

  EXPECT_EQ(subscription.calls(), 1U);
  EXPECT_EQ(subscription.failures(), 1U);
  EXPECT_EQ(message_of(subscription.last_error()), "a");
  subscription.block();
  subscription.unblock();
  subscription.disconnect_and_wait();
}

// -- connected --------------------------------------------------------------------------

TEST_F(SubscriptionTest, IsConnectedUntilItIsDisconnected) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));
  const bool before = subscription.connected();

  subscription.disconnect();

  EXPECT_TRUE(before);
  EXPECT_FALSE(subscription.connected());
}

TEST_F(SubscriptionTest, IsDisconnectedByRemove) {
  const Note note{&log, "called"};
  const Subscription subscription = event::listen(widget, "event_one", note);

  event::remove(widget, "event_one", note);

  EXPECT_FALSE(subscription.connected());
}

// Evidence: event.subscription-4
TEST_F(SubscriptionTest, IsNotConnectedWhenTheTargetIsGone) {
  auto target = std::make_unique<Widget>();
  const Subscription subscription =
      event::listen(*target, "event_one", log.note("called"));

  target.reset();

  EXPECT_FALSE(subscription.connected());
}

// Evidence: event.subscription-4
TEST_F(SubscriptionTest, IsConnectedUntilTheLastTargetThatItReachedIsGone) {
  auto target = std::make_unique<Widget>();
  const Subscription subscription =
      event::listen(*target, "event_one", log.note("called"), event::propagate);
  auto copy = std::make_unique<Widget>(*target);

  target.reset();
  const bool while_the_copy_lives = subscription.connected();
  copy.reset();

  EXPECT_TRUE(while_the_copy_lives);
  EXPECT_FALSE(subscription.connected());
}

// Evidence: event.subscription-4
TEST_F(SubscriptionTest, IsNotConnectedWhenTheTrackedObjectIsGone) {
  auto tracked = std::make_shared<int>(1);
  const Subscription subscription = event::listen(
      widget, "event_one", log.note("called"), event::track(std::weak_ptr(tracked)));

  tracked.reset();

  EXPECT_FALSE(subscription.connected());
}

TEST_F(SubscriptionTest, StaysConnectedWhenTheTargetIsMoved) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));
  const Widget moved(std::move(widget));
  const bool connected = subscription.connected();

  subscription.disconnect();

  EXPECT_TRUE(connected);
  EXPECT_EQ(calls_of(moved), "");
}

// -- disconnect -------------------------------------------------------------------------

// Evidence: event.subscription-1
TEST_F(SubscriptionTest, DisconnectedListenerIsNotCalled) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));

  subscription.disconnect();

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(SubscriptionTest, DisconnectingAgainHasNoEffect) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));
  event::listen(widget, "event_one", log.note("other"));

  subscription.disconnect();
  subscription.disconnect();
  subscription.disconnect_and_wait();

  EXPECT_EQ(calls_of(widget), "other");
}

TEST_F(SubscriptionTest, DisconnectingTakesOffAllThatTheListenerReached) {
  Subscription subscription =
      event::listen(widget, "event_one", log.note("called"), event::propagate);
  const Widget copy(widget);
  const Widget copy_of_the_copy(copy);

  subscription.disconnect();

  EXPECT_EQ(calls_of(widget) + calls_of(copy) + calls_of(copy_of_the_copy), "");
}

TEST_F(SubscriptionTest, DisconnectingTakesAListenerOffTheSubclasses) {
  const Gizmo gizmo;
  Subscription subscription =
      event::listen(event::every<Widget>, "event_one", log.note("called"));
  const Gear gear;

  subscription.disconnect();

  EXPECT_EQ(calls_of(gizmo) + calls_of(gear), "");
}

TEST_F(SubscriptionTest, DisconnectingTheOnlyListenerMakesTheTargetSilent) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));

  subscription.disconnect();

  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
  EXPECT_EQ(widget.listener_count<Events::event_one>(), 0U);
}

TEST_F(SubscriptionTest, WhatTheListenerCapturedIsDestroyedOnceItIsDisconnected) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  Subscription subscription =
      event::listen(widget, "event_one", [captured = std::move(captured)] {});
  emit_on(widget);

  subscription.disconnect();
  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(SubscriptionTest, ListenerMayOwnTheHandleThatDisconnectsIt) {
  auto owned = std::make_shared<Subscription>();
  Subscription& handle = *owned;
  handle = event::listen(widget, "event_one", [owned = std::move(owned)] {});

  handle.disconnect();

  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
}

TEST_F(SubscriptionTest, DestructorOfWhatWasCapturedMayListenAndDisconnect) {
  struct Busy {
    Busy(Widget* on, Log* to) : widget(on), log(to) {}
    Widget* widget;
    Log* log;
    ~Busy() {
      event::listen(*widget, "event_one", log->note("from a destructor"));
      event::listen(*widget, "event_two", [] {}).disconnect_and_wait();
    }
  };
  Subscription subscription = event::listen(
      widget, "event_one", [busy = std::make_shared<Busy>(&widget, &log)] {});

  subscription.disconnect_and_wait();

  EXPECT_EQ(calls_of(widget), "from a destructor");
}

// -- disconnect_and_wait ----------------------------------------------------------------

// Evidence: event.subscription-2
TEST_F(SubscriptionTest, WaitsForTheCallOnAnotherThread) {
  RunningCall call(widget);
  Subscription subscription = event::listen(widget, "event_one", call.listener());
  call.start(subscription);

  subscription.disconnect_and_wait();

  EXPECT_TRUE(call.ended());
}

// Evidence: event.subscription-2
TEST_F(SubscriptionTest, WaitsForTheCallOfAClassListenerOnAnotherThread) {
  RunningCall call(widget);
  Subscription subscription =
      event::listen(event::every<Widget>, "event_one", call.listener());
  event::listen(widget, "event_one", log.note("own"));
  call.start(subscription);

  subscription.disconnect_and_wait();

  EXPECT_TRUE(call.ended());
}

// Evidence: event.subscription-2
TEST_F(SubscriptionTest, WaitsForANestedCallOnAnotherThread) {
  Widget outer;
  RunningCall call(outer);
  for (int i = 0; i < 3; ++i) event::listen(outer, "event_one", [] {});
  event::listen(outer, "event_one", [this] { emit_on(widget); });
  Subscription subscription = event::listen(widget, "event_one", call.listener());
  call.start(subscription);

  subscription.disconnect_and_wait();

  EXPECT_TRUE(call.ended());
}

TEST_F(SubscriptionTest, WaitsForTheCallOfAListenerThatWasDisconnectedBefore) {
  RunningCall call(widget);
  Subscription subscription = event::listen(widget, "event_one", call.listener());
  call.start(subscription);

  subscription.disconnect();
  subscription.disconnect_and_wait();

  EXPECT_TRUE(call.ended());
}

TEST_F(SubscriptionTest, EveryThreadThatDisconnectsWaits) {
  RunningCall call(widget);
  Subscription subscription = event::listen(widget, "event_one", call.listener());
  call.start(subscription);
  std::atomic<int> waited{0};

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, handle = subscription]() mutable {
        handle.disconnect_and_wait();
        waited += call.ended() ? 1 : 0;
      });
    }
  }

  EXPECT_EQ(waited, 4);
}

// Evidence: event.subscription-2
TEST_F(SubscriptionTest, DisconnectAndWaitDestroysWhatWasCaptured) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  RunningCall call(widget);
  Subscription subscription =
      event::listen(widget, "event_one", call.listener(std::move(captured)));
  call.start(subscription);

  subscription.disconnect_and_wait();

  EXPECT_TRUE(observed.expired());
  EXPECT_TRUE(call.captured_lived());
}

// Evidence: event.subscription-2
TEST_F(SubscriptionTest, DisconnectAndWaitDestroysTheUncalledWhileAnotherIsRunning) {
  RunningCall call(widget);
  Subscription running = event::listen(widget, "event_one", call.listener());
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  Subscription uncalled =
      event::listen(widget, "event_one", [captured = std::move(captured)] {});
  call.start(running);

  uncalled.disconnect_and_wait();

  EXPECT_TRUE(observed.expired());
  EXPECT_FALSE(call.ended());
  running.disconnect();
}

/// A listener that has captured something, and whether that is still there.
class Capturing {
 public:
  auto listener() {
    auto captured = std::make_shared<int>(1);
    observed_ = captured;
    return [captured = std::move(captured)] {};
  }
  bool destroyed() const noexcept { return observed_.expired(); }

 private:
  std::weak_ptr<int> observed_;
};

/// A dispatch on a child shows what it calls there and at the parent from its beginning
/// to its end; a call is what only one of them is in.
class JoinedSubscriptionTest : public WidgetTest,
                               public ::testing::WithParamInterface<int> {
 protected:
  JoinedSubscriptionTest() {
    child.join(parent);
    // With others beside it, a listener is shown in another way than alone.
    for (int i = 0; i < GetParam(); ++i) {
      event::listen(parent, "event_one", [] {});
      event::listen(child, "event_one", [] {});
    }
  }

  Link parent;
  Link child;
  Capturing capturing;
};

// Evidence: event.subscription-2
TEST_P(JoinedSubscriptionTest, DisconnectAndWaitDestroysOneThatTheSameDispatchHasCalled) {
  bool destroyed = false;
  Subscription called = event::listen(child, "event_one", capturing.listener());
  event::listen(parent, "event_one", [&] {
    called.disconnect_and_wait();
    destroyed = capturing.destroyed();
  });

  emit_on(child);

  EXPECT_TRUE(destroyed);
}

// Evidence: event.subscription-2
TEST_P(JoinedSubscriptionTest,
       DisconnectAndWaitDestroysOneThatTheSameDispatchIsYetToCall) {
  bool destroyed = false;
  Subscription uncalled = event::listen(parent, "event_one", capturing.listener());
  event::listen(child, "event_one", [&] {
    uncalled.disconnect_and_wait();
    destroyed = capturing.destroyed();
  });

  emit_on(child);

  EXPECT_TRUE(destroyed);
}

// Evidence: event.subscription-2
TEST_P(JoinedSubscriptionTest,
       DisconnectAndWaitDestroysOneThatAnEarlierDispatchHasCalled) {
  bool destroyed = false;
  Subscription called = event::listen(parent, "event_one", capturing.listener());
  event::listen(child, "event_one", [] {});
  emit_on(child);
  event::listen(child, "event_one", [&] {
    called.disconnect_and_wait();
    destroyed = capturing.destroyed();
  });

  emit_on(child);

  EXPECT_TRUE(destroyed);
}

/// The other thread is past the listener, and goes on when the wait is over.
TEST_P(JoinedSubscriptionTest, DisconnectAndWaitDoesNotWaitForTheRestOfADispatch) {
  Subscription called = event::listen(child, "event_one", capturing.listener());
  std::latch inside(1);
  std::latch waited(1);
  event::listen(parent, "event_one", [&] {
    inside.count_down();
    waited.wait();
  });
  std::jthread other([&] { emit_on(child); });
  inside.wait();

  called.disconnect_and_wait();

  EXPECT_TRUE(capturing.destroyed());
  waited.count_down();
}

/// The other thread has not come to the listener yet, and goes on when the wait is over.
TEST_P(JoinedSubscriptionTest, DisconnectAndWaitDoesNotWaitForACallThatWillNotBegin) {
  Subscription uncalled = event::listen(parent, "event_one", capturing.listener());
  std::latch inside(1);
  std::latch waited(1);
  event::listen(child, "event_one", [&] {
    inside.count_down();
    waited.wait();
  });
  std::jthread other([&] { emit_on(child); });
  inside.wait();

  uncalled.disconnect_and_wait();

  EXPECT_TRUE(capturing.destroyed());
  waited.count_down();
}

INSTANTIATE_TEST_SUITE_P(Beside,
                         JoinedSubscriptionTest,
                         ::testing::Values(0, 1, 20),
                         ::testing::PrintToStringParamName());

// Evidence: event.subscription-2
TEST_F(SubscriptionTest, DisconnectAndWaitDestroysOneThatTheSameDispatchHasCalled) {
  Capturing capturing;
  bool destroyed = false;
  Subscription called =
      event::listen(event::every<Widget>, "event_one", capturing.listener());
  event::listen(widget, "event_one", [&] {
    called.disconnect_and_wait();
    destroyed = capturing.destroyed();
  });

  emit_on(widget);

  EXPECT_TRUE(destroyed);
}

/// The other thread is past the listener, and goes on when the wait is over.
TEST_F(SubscriptionTest, DisconnectAndWaitDoesNotWaitForTheRestOfADispatch) {
  Capturing capturing;
  Subscription called =
      event::listen(event::every<Widget>, "event_one", capturing.listener());
  std::latch inside(1);
  std::latch waited(1);
  event::listen(widget, "event_one", [&] {
    inside.count_down();
    waited.wait();
  });
  std::jthread other([&] { emit_on(widget); });
  inside.wait();

  called.disconnect_and_wait();

  EXPECT_TRUE(capturing.destroyed());
  waited.count_down();
}

TEST_F(SubscriptionTest, ListenerMayOwnTheHandleThatWaitsForIt) {
  auto owned = std::make_shared<Subscription>();
  Subscription& handle = *owned;
  handle = event::listen(widget, "event_one", [owned = std::move(owned)] {});

  handle.disconnect_and_wait();

  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
}

// Evidence: event.subscription-3
TEST_F(SubscriptionTest, ReturnsAtOnceInsideTheListener) {
  Subscription subscription;
  subscription = event::listen(widget, "event_one", [&] {
    subscription.disconnect_and_wait();
    log.add("returned");
  });

  EXPECT_EQ(calls_of(widget), "returned");
  EXPECT_EQ(calls_of(widget), "");
}

// Evidence: event.subscription-3
TEST_F(SubscriptionTest, ReturnsAtOnceInsideWhatTheListenerDispatches) {
  Widget inner;
  Subscription subscription;
  event::listen(inner, "event_one", [&] {
    subscription.disconnect_and_wait();
    log.add("returned");
  });
  const ScopedSubscription of_class =
      event::listen(event::every<Gadget>, "event_one", [] {});
  const Gadget gadget;
  subscription =
      event::listen(event::every<Widget>, "event_two", [&] { emit_on(inner); });

  gadget.emit<Events::event_two>(1);

  EXPECT_EQ(log.take(), "returned");
}

// Evidence: event.subscription-3
TEST_F(SubscriptionTest, ListenerThatWaitsForItselfIsDestroyedAfterItHasReturned) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  bool lived = false;
  Subscription subscription;
  subscription = event::listen(widget, "event_one", [&, captured = std::move(captured)] {
    subscription.disconnect_and_wait();
    event::collect();
    lived = !observed.expired();
  });

  emit_on(widget);
  event::collect();

  EXPECT_TRUE(lived);
  EXPECT_TRUE(observed.expired());
}

// -- block ------------------------------------------------------------------------------

TEST_F(SubscriptionTest, BlockedListenerIsNotCalled) {
  Subscription subscription = event::listen(widget, "event_one", log.note("blocked"));
  event::listen(widget, "event_one", log.note("other"));

  subscription.block();

  EXPECT_TRUE(subscription.blocked());
  EXPECT_EQ(calls_of(widget), "other");
}

TEST_F(SubscriptionTest, UnblockedListenerIsCalledInItsPlace) {
  Subscription subscription = event::listen(widget, "event_one", log.note("first"));
  event::listen(widget, "event_one", log.note("second"));
  subscription.block();

  subscription.unblock();

  EXPECT_FALSE(subscription.blocked());
  EXPECT_EQ(calls_of(widget), "first second");
}

TEST_F(SubscriptionTest, OneUnblockEndsAnyNumberOfBlocks) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));
  subscription.block();
  subscription.block();

  subscription.unblock();

  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(SubscriptionTest, UnblockingWhatIsNotBlockedHasNoEffect) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));

  subscription.unblock();
  subscription.block();

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(SubscriptionTest, BlockedListenerStaysRegistered) {
  const Note note{&log, "called"};
  Subscription subscription = event::listen(widget, "event_one", note);

  subscription.block();

  EXPECT_TRUE(subscription.connected());
  EXPECT_TRUE(event::contains(widget, "event_one", note));
  EXPECT_EQ(widget.listener_count<Events::event_one>(), 1U);
}

TEST_F(SubscriptionTest, ListenerMayBlockItself) {
  Subscription subscription;
  subscription = event::listen(widget, "event_one", [&] {
    log.add("called");
    subscription.block();
  });

  EXPECT_EQ(calls_of(widget), "called");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(SubscriptionTest, ListenerMayUnblockOneBehindIt) {
  Subscription blocked;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    blocked.unblock();
  });
  blocked = event::listen(widget, "event_one", log.note("second"));
  blocked.block();

  EXPECT_EQ(calls_of(widget), "first second");
}

TEST_F(SubscriptionTest, BlockHoldsEverywhereThatTheListenerReached) {
  Subscription subscription =
      event::listen(widget, "event_one", log.note("called"), event::propagate);
  const Widget copy(widget);

  subscription.block();
  const Widget later_copy(widget);

  EXPECT_EQ(calls_of(widget) + calls_of(copy) + calls_of(later_copy), "");
}

TEST_F(SubscriptionTest, UnblockingDoesNotConnectAgain) {
  Subscription subscription = event::listen(widget, "event_one", log.note("called"));
  event::listen(widget, "event_one", log.note("other"));
  subscription.block();
  subscription.disconnect();

  subscription.unblock();

  EXPECT_FALSE(subscription.connected());
  EXPECT_EQ(calls_of(widget), "other");
}

// -- what it tells ----------------------------------------------------------------------

TEST_F(SubscriptionTest, CountsTheCallsThatBegan) {
  std::uint64_t inside = 0;
  Subscription subscription;
  subscription =
      event::listen(widget, "event_one", [&] { inside = subscription.calls(); });

  emit_on(widget);
  emit_on(widget);

  EXPECT_EQ(inside, 2U);
  EXPECT_EQ(subscription.calls(), 2U);
}

TEST_F(SubscriptionTest, DoesNotCountCallsThatWereNotMade) {
  Subscription subscription = event::listen(widget, "event_one", [] {});
  emit_on(widget);
  subscription.block();
  emit_on(widget);
  subscription.unblock();
  subscription.disconnect();
  emit_on(widget);

  EXPECT_EQ(subscription.calls(), 1U);
}

TEST_F(SubscriptionTest, CountsTheCallsOfAllObjects) {
  const ScopedSubscription subscription =
      event::listen(event::every<Widget>, "event_one", [] {});
  const Gadget gadget;

  emit_on(widget);
  emit_on(gadget);

  EXPECT_EQ(subscription->calls(), 2U);
}

TEST_F(SubscriptionTest, CountsNestedCalls) {
  int depth = 0;
  const Subscription subscription = event::listen(widget, "event_one", [&] {
    if (++depth < 20) emit_on(widget);
  });

  emit_on(widget);

  EXPECT_EQ(subscription.calls(), 20U);
}

TEST_F(SubscriptionTest, CountsTheCallsOfOnlyRuns) {
  const Subscription subscription = event::listen(widget, "event_one", [] {});

  widget.exec_once<Events::event_one>(1, 2);
  widget.exec_once<Events::event_one>(1, 2);

  EXPECT_EQ(subscription.calls(), 1U);
}

TEST_F(SubscriptionTest, CountsTheCallsOfAllThreadsAlsoThoseThatHaveEnded) {
  const Subscription subscription = event::listen(widget, "event_one", [] {});
  emit_on(widget);

  for (int i = 0; i < 10; ++i) std::jthread([this] { emit_on(widget); }).join();

  EXPECT_EQ(subscription.calls(), 11U);
}

TEST_F(SubscriptionTest, CountsTheCallsOfAnIsolatedListenerOnAllThreads) {
  const Subscription subscription = event::listen(
      widget, "event_one", [] {}, event::isolate);
  emit_on(widget);

  std::jthread([this] { emit_on(widget); }).join();

  EXPECT_EQ(subscription.calls(), 2U);
}

TEST_F(SubscriptionTest, CountsFromZeroWhereAnotherListenerWasBefore) {
  event::listen(widget, "event_one", [] {}).disconnect();
  Subscription before = event::listen(widget, "event_one", [] {});
  emit_on(widget);
  before.disconnect();
  before = Subscription();
  event::collect();

  std::vector<Subscription> after;
  for (int i = 0; i < 100; ++i)
    after.push_back(event::listen(widget, "event_two", [] {}));

  for (const Subscription& each : after) EXPECT_EQ(each.calls(), 0U);
}

TEST_F(SubscriptionTest, KeepsItsCountsAfterTheEnd) {
  Subscription subscription = event::listen(widget, "event_one", [] {});
  emit_on(widget);

  subscription.disconnect_and_wait();

  EXPECT_EQ(subscription.calls(), 1U);
}

TEST_F(SubscriptionTest, CountsTheCallsThatAnExceptionEnded) {
  const Subscription subscription = event::listen(widget, "event_one", [](int x) {
    if (x > 1) throw std::logic_error("x");
  });
  widget.emit<Events::event_one>(1, 2);
  EXPECT_THROW(widget.emit<Events::event_one>(2, 2), std::logic_error);
  EXPECT_THROW(widget.emit<Events::event_one>(3, 2), std::logic_error);

  EXPECT_EQ(subscription.calls(), 3U);
  EXPECT_EQ(subscription.failures(), 2U);
}

TEST_F(SubscriptionTest, FailureIsThatOfTheListenerThatThrewAndNoOther) {
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [] {});
  const Subscription before = event::listen(widget, "event_one", [] {});
  const Subscription thrower =
      event::listen(widget, "event_one", [] { throw std::logic_error("x"); });
  const Subscription behind = event::listen(widget, "event_one", [] {});
  EXPECT_THROW(emit_on(widget), std::logic_error);

  EXPECT_EQ(thrower.failures(), 1U);
  EXPECT_EQ(of_class->failures() + before.failures() + behind.failures(), 0U);
}

TEST_F(SubscriptionTest, FailureOfAOnceListenerIsCountedOnce) {
  const Subscription subscription = event::listen(
      widget, "event_one", [] { throw std::logic_error("x"); }, event::once);
  EXPECT_THROW(emit_on(widget), std::logic_error);

  EXPECT_EQ(subscription.failures(), 1U);
}

TEST_F(SubscriptionTest, CountsTheFailuresOfAllThreads) {
  const Subscription subscription =
      event::listen(widget, "event_one", [] { throw std::logic_error("x"); });

  for (int i = 0; i < 4; ++i) {
    std::jthread([this] { EXPECT_THROW(emit_on(widget), std::logic_error); }).join();
  }

  EXPECT_EQ(subscription.failures(), 4U);
}

TEST_F(SubscriptionTest, KeepsTheLastError) {
  const Subscription subscription = event::listen(
      widget, "event_one", [](int x) { throw std::logic_error(std::to_string(x)); });
  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), std::logic_error);
  EXPECT_THROW(widget.emit<Events::event_one>(2, 2), std::logic_error);

  EXPECT_EQ(message_of(subscription.last_error()), "2");
}

TEST_F(SubscriptionTest, KeepsTheLastErrorOfAnotherThread) {
  const Subscription subscription =
      event::listen(widget, "event_one", [] { throw std::logic_error("elsewhere"); });

  std::jthread([this] { EXPECT_THROW(emit_on(widget), std::logic_error); }).join();

  EXPECT_EQ(message_of(subscription.last_error()), "elsewhere");
}

TEST_F(SubscriptionTest, HasNoLastErrorBeforeTheFirst) {
  const Subscription subscription = event::listen(widget, "event_one", [] {});
  emit_on(widget);

  EXPECT_EQ(subscription.last_error(), nullptr);
}

// -- scoped -----------------------------------------------------------------------------

class ScopedSubscriptionTest : public WidgetTest {};

TEST_F(ScopedSubscriptionTest, EndsTheSubscriptionWithItsScope) {
  {
    const ScopedSubscription scoped =
        event::listen(widget, "event_one", log.note("called"));
  }

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(ScopedSubscriptionTest, DefaultMadeHoldsNone) {
  const ScopedSubscription scoped;

  EXPECT_EQ(scoped.get(), Subscription());
}

TEST_F(ScopedSubscriptionTest, GivesAccessToWhatItHolds) {
  const Subscription plain = event::listen(widget, "event_one", log.note("called"));
  ScopedSubscription scoped = plain;

  scoped->block();

  EXPECT_EQ(scoped.get(), plain);
  EXPECT_TRUE(plain.blocked());
}

// Evidence: event.scoped_subscription-1
TEST_F(ScopedSubscriptionTest, DestructorWaitsForTheCallOnAnotherThread) {
  RunningCall call(widget);
  {
    const ScopedSubscription scoped = event::listen(widget, "event_one", call.listener());
    call.start(scoped.get());
  }

  EXPECT_TRUE(call.ended());
}

// Evidence: event.scoped_subscription-1
TEST_F(ScopedSubscriptionTest, AssigningWaitsForTheCallOnAnotherThread) {
  RunningCall call(widget);
  ScopedSubscription scoped = event::listen(widget, "event_one", call.listener());
  call.start(scoped.get());

  scoped = ScopedSubscription();

  EXPECT_TRUE(call.ended());
}

TEST_F(ScopedSubscriptionTest, AssigningEndsWhatItHeldAndHoldsTheOther) {
  ScopedSubscription scoped = event::listen(widget, "event_one", log.note("first"));

  scoped = event::listen(widget, "event_one", log.note("second"));

  EXPECT_EQ(calls_of(widget), "second");
}

TEST_F(ScopedSubscriptionTest, AssigningFromAnotherLeavesItWithNone) {
  ScopedSubscription scoped;
  {
    ScopedSubscription other = event::listen(widget, "event_one", log.note("called"));
    scoped = std::move(other);
  }

  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(ScopedSubscriptionTest, MovedFromEndsNothing) {
  std::optional<ScopedSubscription> kept;
  {
    ScopedSubscription scoped = event::listen(widget, "event_one", log.note("called"));
    kept.emplace(std::move(scoped));
  }

  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(ScopedSubscriptionTest, ReleaseLetsTheListenerStay) {
  Subscription released;
  {
    ScopedSubscription scoped = event::listen(widget, "event_one", log.note("called"));
    released = scoped.release();
  }

  EXPECT_TRUE(released.connected());
  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(ScopedSubscriptionTest, OutlivesTheTarget) {
  auto target = std::make_unique<Widget>();
  const ScopedSubscription scoped =
      event::listen(*target, "event_one", log.note("called"));

  target.reset();

  EXPECT_FALSE(scoped->connected());
}

TEST_F(ScopedSubscriptionTest, ReferencesThatTheListenerCapturedMayEndRightAfterIt) {
  std::atomic<bool> stop{false};
  std::jthread other([&] {
    while (!stop.load(std::memory_order_relaxed)) emit_on(widget);
  });

  for (int i = 0; i < 200; ++i) {
    auto counter = std::make_unique<std::atomic<int>>(0);
    const ScopedSubscription scoped =
        event::listen(widget, "event_one", [&counter = *counter] { ++counter; });
    while (counter->load() < 3) std::this_thread::yield();
  }

  stop = true;
}

}  // namespace
}  // namespace hark::test
