// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

/// What happens when listeners and targets come and go during a dispatch, on one thread.
namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

class MutationTest : public WidgetTest {};

// -- added during a dispatch ------------------------------------------------------------

// Evidence: event.listen-2, event.target-2
TEST_F(MutationTest, ListenerAddedByAListenerIsFirstCalledNextTime) {
  std::optional<Subscription> added;
  event::listen(widget, "event_one", [&] {
    log.add("old");
    if (!added) added = event::listen(widget, "event_one", log.note("new"));
  });

  EXPECT_EQ(calls_of(widget), "old");
  EXPECT_EQ(calls_of(widget), "old new");
}

TEST_F(MutationTest, ListenerInsertedByAListenerIsFirstCalledNextTime) {
  std::optional<Subscription> added;
  event::listen(widget, "event_one", [&] {
    log.add("old");
    if (!added)
      added = event::listen(widget, "event_one", log.note("new"), event::insert);
  });
  event::listen(widget, "event_one", log.note("last"));

  EXPECT_EQ(calls_of(widget), "old last");
  EXPECT_EQ(calls_of(widget), "new old last");
}

TEST_F(MutationTest, ListenersAddedBeyondTheSnapshotsCapacityAreFirstCalledNextTime) {
  int calls = 0;
  bool add = true;
  event::listen(widget, "event_one", [&] {
    for (int i = 0; add && i < 100; ++i)
      event::listen(widget, "event_one", [&] { ++calls; });
    add = false;
  });

  calls_of(widget);
  const int in_this_dispatch = calls;
  calls_of(widget);

  EXPECT_EQ(in_this_dispatch, 0);
  EXPECT_EQ(calls, 100);
}

TEST_F(MutationTest, FirstListenerOfTheClassAddedByAnOwnOneIsFirstCalledNextTime) {
  ScopedSubscription added;
  event::listen(widget, "event_one", [&] {
    log.add("own");
    if (!added->connected()) {
      added = event::listen(event::every<Widget>, "event_one", log.note("class"));
    }
  });

  EXPECT_EQ(calls_of(widget), "own");
  EXPECT_EQ(calls_of(widget), "class own");
}

TEST_F(MutationTest, FirstOwnListenerAddedByOneOfTheClassIsFirstCalledNextTime) {
  std::optional<Subscription> added;
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] {
        log.add("class");
        if (!added) added = event::listen(widget, "event_one", log.note("own"));
      });

  EXPECT_EQ(calls_of(widget), "class");
  EXPECT_EQ(calls_of(widget), "class own");
}

TEST_F(MutationTest, OwnListenerAddedBehindAnotherByOneOfTheClassIsFirstCalledNextTime) {
  std::optional<Subscription> added;
  event::listen(widget, "event_one", log.note("own"));
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] {
        log.add("class");
        if (!added) added = event::listen(widget, "event_one", log.note("new"));
      });

  EXPECT_EQ(calls_of(widget), "class own");
  EXPECT_EQ(calls_of(widget), "class own new");
}

TEST_F(MutationTest, ListenerOfABaseClassAddedByOneOfTheSubclassIsFirstCalledNextTime) {
  ScopedSubscription added;
  const ScopedSubscription of_class =
      event::listen(event::every<Gadget>, "event_one", [&] {
        log.add("sub");
        if (!added->connected()) {
          added = event::listen(event::every<Widget>, "event_one", log.note("base"));
        }
      });
  const Gadget gadget;

  EXPECT_EQ(calls_of(gadget), "sub");
  EXPECT_EQ(calls_of(gadget), "sub base");
}

TEST_F(MutationTest, ListenerOfTheParentAddedByOneOfTheChildIsFirstCalledNextTime) {
  Link parent;
  Link child;
  child.join(parent);
  std::optional<Subscription> added;
  event::listen(child, "event_one", [&] {
    log.add("child");
    if (!added) added = event::listen(parent, "event_one", log.note("parent"));
  });

  EXPECT_EQ(calls_of(child), "child");
  EXPECT_EQ(calls_of(child), "child parent");
}

TEST_F(MutationTest, ListenerAddedBehindAnotherOfTheParentIsFirstCalledNextTime) {
  Link parent;
  Link child;
  child.join(parent);
  std::optional<Subscription> added;
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", [&] {
    log.add("child");
    if (!added) added = event::listen(parent, "event_one", log.note("new"));
  });

  EXPECT_EQ(calls_of(child), "child parent");
  EXPECT_EQ(calls_of(child), "child parent new");
}

TEST_F(MutationTest, ListenerAddedDuringADispatchIsCalledByOneThatIsNestedInIt) {
  std::optional<Subscription> added;
  event::listen(widget, "event_one", [&] {
    log.add("outer");
    if (added) return;
    added = event::listen(widget, "event_one", log.note("new"));
    widget.emit<Events::event_one>(1, 2);
  });

  EXPECT_EQ(calls_of(widget), "outer outer new");
}

TEST_F(MutationTest, ListenerRemovedAndAddedAgainIsFirstCalledNextTime) {
  const Note note{&log, "again"};
  bool change = true;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    if (!std::exchange(change, false)) return;
    event::remove(widget, "event_one", note);
    event::listen(widget, "event_one", note);
  });
  event::listen(widget, "event_one", note);

  EXPECT_EQ(calls_of(widget), "first");
  EXPECT_EQ(calls_of(widget), "first again");
}

TEST_F(MutationTest, AnswersOfAListenerAddedDuringTheDispatchDoNotCountInIt) {
  std::optional<Subscription> added;
  event::listen(widget, "chain", [&](const std::string& value) {
    if (!added) {
      added = event::listen(
          widget,
          "chain",
          [](const std::string& seen) { return seen + "!"; },
          event::retval);
    }
    log.add(value);
  });
  std::string value = "text";

  widget.emit<Events::chain>(value);

  EXPECT_EQ(value, "text");
}

// -- removed during a dispatch ----------------------------------------------------------

// Evidence: event.target-2
TEST_F(MutationTest, ListenerRemovedBeforeItsTurnIsNotCalled) {
  Subscription second;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    second.disconnect();
  });
  second = event::listen(widget, "event_one", log.note("second"));
  event::listen(widget, "event_one", log.note("third"));

  EXPECT_EQ(calls_of(widget), "first third");
}

TEST_F(MutationTest, ListenerRemovedByNameBeforeItsTurnIsNotCalled) {
  const Note second{&log, "second"};
  event::listen(widget, "event_one", [&] {
    log.add("first");
    if (event::contains(widget, "event_one", second)) {
      event::remove(widget, "event_one", second);
    }
  });
  event::listen(widget, "event_one", second);

  EXPECT_EQ(calls_of(widget), "first");
}

TEST_F(MutationTest, ListenerRemovedAfterItsTurnWasCalledOnce) {
  const Subscription first = event::listen(widget, "event_one", log.note("first"));
  event::listen(widget, "event_one", [&] {
    log.add("second");
    Subscription(first).disconnect();
  });

  EXPECT_EQ(calls_of(widget), "first second");
  EXPECT_EQ(calls_of(widget), "second");
}

TEST_F(MutationTest, ListenerOfTheClassRemovedBeforeItsTurnIsNotCalled) {
  ScopedSubscription second;
  const ScopedSubscription first = event::listen(event::every<Widget>, "event_one", [&] {
    log.add("first");
    second->disconnect();
  });
  second = event::listen(event::every<Widget>, "event_one", log.note("second"));
  event::listen(widget, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(widget), "first own");
}

TEST_F(MutationTest, OwnListenerRemovedByOneOfTheClassIsNotCalled) {
  Subscription own = event::listen(widget, "event_one", log.note("own"));
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] {
        log.add("class");
        own.disconnect();
      });

  EXPECT_EQ(calls_of(widget), "class");
}

TEST_F(MutationTest, ListenerOfTheParentRemovedByOneOfTheChildIsNotCalled) {
  Link parent;
  Link child;
  child.join(parent);
  Subscription of_parent = event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", [&] {
    log.add("child");
    of_parent.disconnect();
  });

  EXPECT_EQ(calls_of(child), "child");
}

TEST_F(MutationTest, ListenerBlockedBeforeItsTurnIsNotCalled) {
  Subscription second;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    second.block();
  });
  second = event::listen(widget, "event_one", log.note("second"));

  EXPECT_EQ(calls_of(widget), "first");
}

TEST_F(MutationTest, AllListenersRemovedByTheFirstLeaveTheOthersUncalled) {
  std::vector<Subscription> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(event::listen(widget, "event_one", [&] {
      log.add("called");
      for (Subscription& each : all) each.disconnect();
    }));
  }

  EXPECT_EQ(calls_of(widget), "called");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(MutationTest, AnswerOfAListenerRemovedBeforeItsTurnDoesNotCount) {
  Subscription answering;
  event::listen(widget, "halt", [&](int) { answering.disconnect(); });
  answering = event::listen(widget, "halt", [](int) { return true; });

  EXPECT_FALSE(widget.emit<Events::halt>(1));
}

// -- what a listener does to itself -----------------------------------------------------

TEST_F(MutationTest, ListenerThatDisconnectsItselfRunsToItsEnd) {
  Subscription self;
  self = event::listen(widget, "event_one", [&, text = std::string(100, 'x')] {
    self.disconnect();
    event::collect();
    log.add(text);
  });

  EXPECT_EQ(calls_of(widget), std::string(100, 'x'));
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(MutationTest, ListenerThatEndsItsOwnScopedSubscriptionRunsToItsEnd) {
  auto self = std::make_unique<ScopedSubscription>();
  *self = event::listen(widget, "event_one", [&, text = std::string(100, 'x')] {
    self.reset();
    event::collect();
    log.add(text);
  });

  EXPECT_EQ(calls_of(widget), std::string(100, 'x'));
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(MutationTest, ListenerThatRemovesItselfByNameRunsToItsEnd) {
  struct Remover {
    Log* log;
    Widget* widget;
    bool operator==(const Remover&) const = default;
    void operator()() const {
      event::remove(*widget, "event_one", *this);
      event::collect();
      log->add("removed");
    }
  };
  event::listen(widget, "event_one", Remover{&log, &widget});

  EXPECT_EQ(calls_of(widget), "removed");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(MutationTest, WhatASelfDisconnectedListenerCapturedIsDestroyedAfterItsCall) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  Subscription self;
  self = event::listen(widget, "event_one", [&self, captured = std::move(captured)] {
    self.disconnect();
  });

  calls_of(widget);
  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(MutationTest, ListenerThatDispatchesAgainIsCalledAgain) {
  int depth = 0;
  event::listen(widget, "event_one", [&] {
    log.add("in");
    if (++depth < 3) widget.emit<Events::event_one>(1, 2);
    log.add("out");
  });

  EXPECT_EQ(calls_of(widget), "in in in out out out");
}

TEST_F(MutationTest, ListenerRemovedByANestedDispatchIsNotCalledByTheOuterOne) {
  Subscription last;
  bool nested = false;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    if (std::exchange(nested, true)) {
      last.disconnect();
    } else {
      widget.emit<Events::event_one>(1, 2);
    }
  });
  last = event::listen(widget, "event_one", log.note("last"));

  EXPECT_EQ(calls_of(widget), "first first");
}

// -- the target goes --------------------------------------------------------------------

// Evidence: event.target-1
TEST_F(MutationTest, ListenersOfATargetThatTheirFirstDestroysAreNotCalled) {
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", [&] {
    target.reset();
    log.add("first");
  });
  event::listen(*target, "event_one", log.note("second"));

  EXPECT_EQ(calls_of(*target), "first");
}

TEST_F(MutationTest, OwnListenersOfATargetThatOneOfItsClassDestroysAreNotCalled) {
  auto target = std::make_unique<Widget>();
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [&] {
        target.reset();
        log.add("class");
      });
  event::listen(*target, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(*target), "class");
}

/// The class's listeners are registered as before, whatever becomes of one of its
/// objects.
TEST_F(MutationTest, ListenersOfTheClassAreCalledThoughTheFirstDestroysTheTarget) {
  auto target = std::make_unique<Widget>();
  const ScopedSubscription first =
      event::listen(event::every<Widget>, "event_one", [&] { target.reset(); });
  const ScopedSubscription second =
      event::listen(event::every<Widget>, "event_one", log.note("second"));

  EXPECT_EQ(calls_of(*target), "second");
}

TEST_F(MutationTest,
       ListenersOfTheClassAreCalledThoughTheFirstDestroysTheTargetWithItsOwn) {
  auto target = std::make_unique<Widget>();
  const ScopedSubscription first =
      event::listen(event::every<Widget>, "event_one", [&] { target.reset(); });
  const ScopedSubscription second =
      event::listen(event::every<Widget>, "event_one", log.note("second"));
  event::listen(*target, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(*target), "second");
}

TEST_F(MutationTest, ListenersOfTheParentAreCalledForAChildThatItsOwnListenerDestroys) {
  Link parent;
  auto child = std::make_unique<Link>();
  child->join(parent);
  event::listen(*child, "event_one", [&] {
    child.reset();
    log.add("child");
  });
  event::listen(parent, "event_one", log.note("parent"));

  EXPECT_EQ(calls_of(*child), "child parent");
}

TEST_F(MutationTest, ListenerThatDestroysItsTargetKeepsWhatItCapturedToItsEnd) {
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", [&, text = std::string(100, 'x')] {
    target.reset();
    event::collect();
    log.add(text);
  });

  EXPECT_EQ(calls_of(*target), std::string(100, 'x'));
}

TEST_F(MutationTest, WhatListenersOfADestroyedTargetCapturedIsDestroyed) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", [&target, captured = std::move(captured)] {
    target.reset();
  });

  calls_of(*target);
  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(MutationTest, PropagatedListenerIsNotCalledByTheDispatchOfTheTargetThatIsGone) {
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", [&] {
    log.add("first");
    target.reset();
  });
  event::listen(*target, "event_one", log.note("propagated"), event::propagate);
  const Widget copy(*target);

  EXPECT_EQ(calls_of(*target), "first");
}

TEST_F(MutationTest, PropagatedListenerLivesOnInTheCopyOfATargetThatIsGone) {
  auto target = std::make_unique<Widget>();
  event::listen(
      *target,
      "event_one",
      [&] {
        log.add("propagated");
        target.reset();
      },
      event::propagate);
  const Widget copy(*target);

  calls_of(*target);

  EXPECT_EQ(calls_of(copy), "propagated");
}

TEST_F(MutationTest, PropagatedListenerLivesOnInTheTargetWhoseCopyIsGone) {
  auto copy = std::make_unique<Widget>();
  Widget& original = widget;
  event::listen(original, "event_one", log.note("propagated"), event::propagate);
  copy = std::make_unique<Widget>(original);
  event::listen(
      *copy, "event_one", [&] { copy.reset(); }, event::insert);

  EXPECT_EQ(calls_of(*copy), "");
  EXPECT_EQ(calls_of(original), "propagated");
}

TEST_F(MutationTest, TargetOfAnOuterDispatchMayBeDestroyedByANestedOne) {
  auto outer = std::make_unique<Widget>();
  Widget inner;
  event::listen(*outer, "event_one", [&] {
    log.add("outer");
    inner.emit<Events::event_one>(1, 2);
  });
  event::listen(*outer, "event_one", log.note("unreached"));
  event::listen(inner, "event_one", [&] {
    outer.reset();
    log.add("inner");
  });

  EXPECT_EQ(calls_of(*outer), "outer inner");
}

TEST_F(MutationTest, TargetMayBeDestroyedByAListenerOfItsOnlyRun) {
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", [&] { target.reset(); });

  EXPECT_TRUE(target->exec_once<Events::event_one>(1, 2));
}

TEST_F(MutationTest, ListenerThatDestroysItsTargetAndThrowsLeavesTheDispatch) {
  auto target = std::make_unique<Widget>();
  event::listen(*target, "event_one", [&] {
    target.reset();
    throw std::runtime_error("gone");
  });

  EXPECT_THROW(calls_of(*target), std::runtime_error);
}

// -- exceptions -------------------------------------------------------------------------

// Evidence: event.target-4
TEST_F(MutationTest, ListenersBehindOneThatThrowsAreNotCalled) {
  event::listen(widget, "event_one", log.note("first"));
  event::listen(widget, "event_one", [] { throw std::runtime_error("stop"); });
  event::listen(widget, "event_one", log.note("last"));

  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), std::runtime_error);
  EXPECT_EQ(log.take(), "first");
}

// Evidence: event.target-4
TEST_F(MutationTest, DispatchAfterAnExceptionCallsEverybody) {
  bool fail = true;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    if (std::exchange(fail, false)) throw std::runtime_error("stop");
  });
  event::listen(widget, "event_one", log.note("last"));
  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), std::runtime_error);

  EXPECT_EQ(calls_of(widget), "first last");
}

/// What a dispatch leaves announced would keep the retired from being destroyed.
TEST_F(MutationTest, ExceptionsKeepNothingRetiredAlive) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));
  Subscription thrower = event::listen(
      widget, "event_one", [captured = std::move(captured)] { throw *captured; });
  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), int);

  thrower.disconnect();
  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(MutationTest, ExceptionThatANestedDispatchCaughtDoesNotEndTheOuterOne) {
  Widget inner;
  event::listen(inner, "event_one", [] { throw std::runtime_error("inner"); });
  event::listen(widget, "event_one", [&] {
    log.add("first");
    EXPECT_THROW(inner.emit<Events::event_one>(1, 2), std::runtime_error);
  });
  event::listen(widget, "event_one", log.note("last"));

  EXPECT_EQ(calls_of(widget), "first last");
}

// -- at any depth -----------------------------------------------------------------------

/// A listener dispatches the event again until the given depth is reached, and acts
/// there. The class and the object have listeners, so that each dispatch shows two
/// levels.
class NestedMutationTest : public WidgetTest, public ::testing::WithParamInterface<int> {
 protected:
  /// Dispatches on a target with listeners "class", the nesting one, and "last". What
  /// `act` does it does inside the innermost dispatch. Counts the calls of "last".
  template <class Act>
  void dispatch_nested(Act act) {
    int depth = 0;
    of_class = event::listen(event::every<Widget>, "event_one", [] {});
    nesting = event::listen(*target, "event_one", [this, act, depth]() mutable {
      if (++depth < GetParam()) {
        target->emit<Events::event_one>(1, 2);
      } else if (depth == GetParam()) {
        act();
      }
    });
    last = event::listen(*target, "event_one", [this] { ++calls_of_last; });
    target->emit<Events::event_one>(1, 2);
  }

  std::unique_ptr<Widget> target = std::make_unique<Widget>();
  ScopedSubscription of_class;
  Subscription nesting;
  Subscription last;
  int calls_of_last = 0;
};

TEST_P(NestedMutationTest, CallsTheListenersOfEveryDispatch) {
  dispatch_nested([] {});

  EXPECT_EQ(calls_of_last, GetParam());
}

TEST_P(NestedMutationTest, ListenerAddedIsCalledByNoneOfTheDispatchesUnderWay) {
  int calls = 0;
  dispatch_nested([&] { event::listen(*target, "event_one", [&] { ++calls; }); });
  const int under_way = calls;

  target->emit<Events::event_one>(1, 2);

  EXPECT_EQ(under_way, 0);
  EXPECT_EQ(calls, 1);
}

TEST_P(NestedMutationTest, ListenerOfTheClassAddedIsCalledByNoneOfTheDispatchesUnderWay) {
  int calls = 0;
  ScopedSubscription added;
  dispatch_nested([&] {
    added = event::listen(event::every<Widget>, "event_one", [&] { ++calls; });
  });
  const int under_way = calls;

  target->emit<Events::event_one>(1, 2);

  EXPECT_EQ(under_way, 0);
  EXPECT_EQ(calls, 1);
}

TEST_P(NestedMutationTest, ListenerRemovedIsCalledByNoneOfTheDispatchesUnderWay) {
  dispatch_nested([this] { last.disconnect(); });

  EXPECT_EQ(calls_of_last, 0);
}

TEST_P(NestedMutationTest, ListenerThatDisconnectsItselfRunsToItsEndInEveryDispatch) {
  dispatch_nested([this] {
    nesting.disconnect();
    event::collect();
  });

  EXPECT_EQ(calls_of_last, GetParam());
}

TEST_P(NestedMutationTest, ListenerThatWaitsForItselfReturns) {
  dispatch_nested([this] { nesting.disconnect_and_wait(); });

  EXPECT_FALSE(nesting.connected());
}

// Evidence: event.target-1
TEST_P(NestedMutationTest, TargetMayBeDestroyed) {
  dispatch_nested([this] {
    target.reset();
    event::collect();
  });

  EXPECT_EQ(calls_of_last, 0);
}

TEST_P(NestedMutationTest, ExceptionLeavesEveryDispatch) {
  EXPECT_THROW(dispatch_nested([] { throw std::runtime_error("deep"); }),
               std::runtime_error);

  EXPECT_EQ(nesting.failures(), static_cast<std::uint64_t>(GetParam()));
}

TEST_P(NestedMutationTest, ExceptionKeepsNothingRetiredAlive) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  EXPECT_THROW(dispatch_nested([captured = std::move(captured)] { throw *captured; }),
               int);

  nesting.disconnect();
  event::collect();

  EXPECT_TRUE(observed.expired());
}

INSTANTIATE_TEST_SUITE_P(Depth,
                         NestedMutationTest,
                         ::testing::Values(1, 2, 11, 101, 500),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace hark::test
