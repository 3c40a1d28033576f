// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

class OnceTest : public WidgetTest {};

TEST_F(OnceTest, RunsAtTheFirstDispatchOnly) {
  event::listen(widget, "event_one", log.note("once"), event::once);

  EXPECT_EQ(calls_of(widget), "once");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OnceTest, OthersOfItsLevelGoOnInTheirOrder) {
  event::listen(widget, "event_one", log.note("first"));
  event::listen(widget, "event_one", log.note("once"), event::once);
  event::listen(widget, "event_one", log.note("last"));

  EXPECT_EQ(calls_of(widget), "first once last");
  EXPECT_EQ(calls_of(widget), "first last");
}

TEST_F(OnceTest, RunIsOneForAllObjectsOfAClass) {
  const ScopedSubscription once =
      event::listen(event::every<Widget>, "event_one", log.note("once"), event::once);
  const Widget other;

  EXPECT_EQ(calls_of(widget), "once");
  EXPECT_EQ(calls_of(other), "");
}

TEST_F(OnceTest, RunIsOneForAClassAndItsSubclasses) {
  const Gizmo before;
  const ScopedSubscription once =
      event::listen(event::every<Widget>, "event_one", log.note("once"), event::once);

  EXPECT_EQ(calls_of(before), "once");
  EXPECT_EQ(calls_of(widget) + calls_of(Gear()), "");
}

TEST_F(OnceTest, RunIsOneForAnObjectAndItsCopies) {
  event::listen(widget, "event_one", log.note("once"), event::once, event::propagate);
  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "once");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OnceTest, CopyMadeAfterTheRunDoesNotRunItAgain) {
  event::listen(widget, "event_one", log.note("once"), event::once, event::propagate);
  calls_of(widget);

  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "");
}

TEST_F(OnceTest, SubclassMetAfterTheRunDoesNotRunItAgain) {
  class Late : public event::Subclass<Late, Widget> {
   public:
    using Subclass::emit;
  };
  const ScopedSubscription once =
      event::listen(event::every<Widget>, "event_one", log.note("once"), event::once);
  calls_of(widget);

  EXPECT_EQ(calls_of(Late()), "");
}

TEST_F(OnceTest, ExceptionConsumesTheRun) {
  event::listen(
      widget,
      "event_one",
      [&] {
        log.add("once");
        throw std::runtime_error("stop");
      },
      event::once);
  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), std::runtime_error);

  EXPECT_EQ(log.take(), "once");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OnceTest, DispatchNestedInTheRunDoesNotRunItAgain) {
  event::listen(
      widget,
      "event_one",
      [&] {
        log.add("once");
        widget.emit<Events::event_one>(1, 2);
      },
      event::once);

  EXPECT_EQ(calls_of(widget), "once");
}

TEST_F(OnceTest, DispatchNestedBeforeItsTurnTakesTheRunFromTheOuterOne) {
  bool nested = false;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    if (!std::exchange(nested, true)) widget.emit<Events::event_one>(1, 2);
  });
  event::listen(widget, "event_one", log.note("once"), event::once);

  EXPECT_EQ(calls_of(widget), "first first once");
}

TEST_F(OnceTest, StaysInContainsAfterTheRun) {
  const Note note{&log, "once"};
  event::listen(widget, "event_one", note, event::once);

  calls_of(widget);

  EXPECT_TRUE(event::contains(widget, "event_one", note));
}

TEST_F(OnceTest, StaysInListenersAfterTheRun) {
  event::listen(widget, "event_one", log.note("once"), event::once, event::label("it"));

  calls_of(widget);

  const auto infos = event::listeners(widget);
  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].label, "it");
  EXPECT_EQ(infos[0].calls, 1U);
}

TEST_F(OnceTest, StaysConnectedAfterTheRun) {
  const Subscription once =
      event::listen(widget, "event_one", log.note("once"), event::once);

  calls_of(widget);

  EXPECT_TRUE(once.connected());
  EXPECT_EQ(once.calls(), 1U);
  EXPECT_EQ(widget.listener_count<Events::event_one>(), 1U);
}

TEST_F(OnceTest, LeavesTheTargetSilentAfterTheRun) {
  event::listen(widget, "event_one", log.note("once"), event::once);
  const bool before = widget.has_listeners<Events::event_one>();

  calls_of(widget);

  EXPECT_TRUE(before);
  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
}

TEST_F(OnceTest, LeavesTheClassSilentAfterTheRun) {
  const ScopedSubscription once =
      event::listen(event::every<Widget>, "event_one", log.note("once"), event::once);
  Widget with_own_table;
  event::listen(with_own_table, "event_two", [] {});

  calls_of(widget);

  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
  EXPECT_FALSE(with_own_table.has_listeners<Events::event_one>());
}

TEST_F(OnceTest, ListeningAgainDoesNotRenewTheRun) {
  const Note note{&log, "once"};
  event::listen(widget, "event_one", note, event::once);
  calls_of(widget);

  event::listen(widget, "event_one", note, event::once);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OnceTest, RemovingAndListeningAgainRenewsTheRun) {
  const Note note{&log, "once"};
  event::listen(widget, "event_one", note, event::once);
  calls_of(widget);

  event::remove(widget, "event_one", note);
  event::listen(widget, "event_one", note, event::once);

  EXPECT_EQ(calls_of(widget), "once");
}

TEST_F(OnceTest, DoesNotRunWhenItWasDisconnectedBefore) {
  Subscription once = event::listen(widget, "event_one", log.note("once"), event::once);

  once.disconnect();

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OnceTest, MayBeDisconnectedAfterTheRun) {
  Subscription once = event::listen(widget, "event_one", log.note("once"), event::once);
  event::listen(widget, "event_one", log.note("other"));
  calls_of(widget);

  once.disconnect();

  EXPECT_EQ(calls_of(widget), "other");
  EXPECT_EQ(widget.listener_count<Events::event_one>(), 1U);
}

TEST_F(OnceTest, MayDisconnectItselfInTheRun) {
  Subscription once;
  once = event::listen(
      widget,
      "event_one",
      [&] {
        once.disconnect_and_wait();
        log.add("once");
      },
      event::once);

  EXPECT_EQ(calls_of(widget), "once");
  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
}

TEST_F(OnceTest, MayDestroyItsTargetInTheRun) {
  auto target = std::make_unique<Widget>();
  event::listen(
      *target,
      "event_one",
      [&] {
        target.reset();
        log.add("once");
      },
      event::once);

  EXPECT_EQ(calls_of(*target), "once");
}

TEST_F(OnceTest, BlockedListenerKeepsItsRun) {
  Subscription once = event::listen(widget, "event_one", log.note("once"), event::once);
  once.block();
  calls_of(widget);

  once.unblock();

  EXPECT_EQ(calls_of(widget), "once");
}

/// The dispatch has found the listener unblocked, and locks what it tracks: then it is
/// blocked.
TEST_F(OnceTest, ListenerBlockedAtTheLastMomentKeepsItsRun) {
  struct Blocking {
    Subscription* subscription;
    bool* block;
    const Blocking* lock() const {
      if (std::exchange(*block, false)) subscription->block();
      return this;
    }
    bool expired() const { return false; }
  };
  Subscription once;
  bool block = true;
  once = event::listen(widget,
                       "event_one",
                       log.note("once"),
                       event::once,
                       event::track(Blocking{&once, &block}));

  const std::string while_blocked = calls_of(widget);
  once.unblock();

  EXPECT_EQ(while_blocked, "");
  EXPECT_EQ(calls_of(widget), "once");
}

TEST_F(OnceTest, AnswerInAChainCountsInTheRunOnly) {
  event::listen(
      widget,
      "chain",
      [](const std::string& value) { return value + "!"; },
      event::retval,
      event::once);
  std::string value = "text";

  widget.emit<Events::chain>(value);
  widget.emit<Events::chain>(value);

  EXPECT_EQ(value, "text!");
}

TEST_F(OnceTest, FirstAnswerIsGivenInTheRunOnly) {
  event::listen(
      widget, "halt", [](int) { return true; }, event::once);

  EXPECT_TRUE(widget.emit<Events::halt>(1));
  EXPECT_FALSE(widget.emit<Events::halt>(1));
}

TEST_F(OnceTest, IsAnOptionKnownAtRunTimeToo) {
  event::listen(widget,
                event::runtime_name("event_one"),
                log.note("once"),
                event::ListenOptions{.once = true});

  EXPECT_EQ(calls_of(widget), "once");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OnceTest, RunsAlsoWhenTheTargetsOnlyRunWasItsFirstDispatch) {
  event::listen(widget, "event_one", log.note("once"), event::once);

  widget.exec_once<Events::event_one>(1, 2);

  EXPECT_EQ(log.take(), "once");
  EXPECT_EQ(calls_of(widget), "");
}

/// Two threads dispatch on two objects at the same time, over and over, each time with
/// another listener of their class: one of the two calls it.
TEST_F(OnceTest, OneOfTwoThreadsThatRaceRunsIt) {
  constexpr int rounds = 1000;
  std::atomic<int> calls{0};
  int wrong = 0;
  ScopedSubscription once;
  const auto listen_anew = [&]() noexcept {
    wrong += once->connected() && calls.exchange(0) != 1 ? 1 : 0;
    once = event::listen(
        event::every<Widget>, "event_one", [&] { ++calls; }, event::once);
  };
  std::barrier start(2, listen_anew);
  const auto race = [&] {
    const Widget target;
    for (int i = 0; i < rounds; ++i) {
      start.arrive_and_wait();
      target.emit<Events::event_one>(1, 2);
    }
    start.arrive_and_wait();
  };

  {
    const std::jthread one(race);
    const std::jthread other(race);
  }

  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace hark::test
