// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

int calls_of_function = 0;
void count_call() { ++calls_of_function; }
void count_another_call() { ++calls_of_function; }

/// As Note, another type.
struct OtherNote {
  Log* log;
  std::string entry;

  void operator()() const { log->add(entry); }
  [[maybe_unused]] friend bool operator==(const OtherNote&, const OtherNote&) = default;
};

class RemoveTest : public WidgetTest {
 protected:
  RemoveTest() { calls_of_function = 0; }

  const Note a{&log, "a"};
  const Note b{&log, "b"};
  const Note c{&log, "c"};
};

// -- remove -----------------------------------------------------------------------------

TEST_F(RemoveTest, RemovedListenerIsNotCalled) {
  event::listen(widget, "event_one", a);

  event::remove(widget, "event_one", a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, LeavesTheOthersInOrder) {
  event::listen(widget, "event_one", a);
  event::listen(widget, "event_one", b);
  event::listen(widget, "event_one", c);

  event::remove(widget, "event_one", b);

  EXPECT_EQ(calls_of(widget), "a c");
}

TEST_F(RemoveTest, TakesAFunctionByName) {
  event::listen(widget, "event_one", count_call);
  event::listen(widget, "event_one", count_another_call);

  event::remove(widget, "event_one", count_call);
  calls_of(widget);

  EXPECT_EQ(calls_of_function, 1);
}

TEST_F(RemoveTest, TakesAFunctionByPointer) {
  event::listen(widget, "event_one", count_call);

  event::remove(widget, "event_one", &count_call);
  calls_of(widget);

  EXPECT_EQ(calls_of_function, 0);
}

TEST_F(RemoveTest, TypedSpellingIsTheSame) {
  event::listen(widget, "event_one", a);

  event::remove<WidgetEvents::event_one>(widget, a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, TakesANameKnownAtRunTime) {
  event::listen(widget, "event_one", a);

  event::remove(widget, event::runtime_name("event_one"), a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, LeavesOtherEventsAlone) {
  event::listen(widget, "event_one", a);
  event::listen(widget, "event_two", a);

  event::remove(widget, "event_two", a);

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(RemoveTest, LeavesOtherObjectsAlone) {
  Widget other;
  event::listen(widget, "event_one", a);
  event::listen(other, "event_one", a);

  event::remove(other, "event_one", a);

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(RemoveTest, NeedsNoOptions) {
  event::listen(widget, "event_one", a, event::insert, event::once, event::propagate);

  event::remove(widget, "event_one", a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, TakesAOnceThatHasRun) {
  event::listen(widget, "event_one", a, event::once);
  calls_of(widget);

  event::remove(widget, "event_one", a);

  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 0U);
}

TEST_F(RemoveTest, RemovedListenerMayListenAgain) {
  event::listen(widget, "event_one", a);
  event::listen(widget, "event_one", b);
  event::remove(widget, "event_one", a);

  event::listen(widget, "event_one", a);

  EXPECT_EQ(calls_of(widget), "b a");
}

TEST_F(RemoveTest, DisconnectsTheSubscription) {
  const auto subscription = event::listen(widget, "event_one", a);

  event::remove(widget, "event_one", a);

  EXPECT_FALSE(subscription.connected());
}

TEST_F(RemoveTest, ReachesCopies) {
  event::listen(widget, "event_one", a, event::propagate);
  const Widget copy(widget);

  event::remove(widget, "event_one", a);

  EXPECT_EQ(calls_of(copy), "");
}

// -- on a class -------------------------------------------------------------------------

TEST_F(RemoveTest, TakesAClassLevelListener) {
  event::listen(event::every<Widget>, "event_one", a);

  event::remove(event::every<Widget>, "event_one", a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, ReachesSubclasses) {
  const Gizmo gizmo;
  event::listen(event::every<Widget>, "event_one", a);

  event::remove(event::every<Widget>, "event_one", a);

  EXPECT_EQ(calls_of(gizmo), "");
}

// SQLAlchemy registers it twice, removes one, and cannot remove the other.
TEST_F(RemoveTest, TakesAllOfAListenerThatWasGivenToTheClassTwice) {
  event::listen(event::every<Widget>, "event_one", a);
  event::listen(event::every<Widget>, "event_one", a);

  event::remove(event::every<Widget>, "event_one", a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, LeavesTheSubclassItsOwn) {
  const Gadget gadget;
  event::listen(event::every<Widget>, "event_one", a);
  const event::ScopedSubscription own =
      event::listen(event::every<Gadget>, "event_one", a);

  event::remove(event::every<Widget>, "event_one", a);

  EXPECT_EQ(calls_of(gadget), "a");
}

TEST_F(RemoveTest, TypedSpellingTakesAClassLevelListener) {
  event::listen(event::every<Widget>, "event_one", a);

  event::remove<WidgetEvents::event_one>(event::every<Widget>, a);

  EXPECT_EQ(calls_of(widget), "");
}

// -- through a Holder -------------------------------------------------------------------

TEST_F(RemoveTest, TakesAListenerThroughTheSameHolder) {
  Holder holder(widget);
  event::listen(holder, "event_one", a);

  event::remove(holder, "event_one", a);

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(RemoveTest, ListenerOfAHolderIsNotTheWidgetsOwn) {
  Holder holder(widget);
  event::listen(holder, "event_one", a);

  EXPECT_THROW(event::remove(widget, "event_one", a), InvalidRequestError);
  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(RemoveTest, ListenerOfAHolderIsNotAnothers) {
  Holder holder(widget);
  Holder other(widget);
  event::listen(holder, "event_one", a);

  EXPECT_THROW(event::remove(other, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, ClassOfHoldersIsNotTheClassOfWidgets) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Holder>, "event_one", a);

  EXPECT_THROW(event::remove(event::every<Widget>, "event_one", a), InvalidRequestError);
  EXPECT_TRUE(event::contains(event::every<Holder>, "event_one", a));
}

// As Python's deque.remove does, whichever of the two was named.
TEST_F(RemoveTest, TakesTheFirstPlaceOfAFunctionThatStandsTwice) {
  Holder holder(widget);
  event::listen(widget, "event_one", a);
  event::listen(widget, "event_one", b);
  event::listen(holder, "event_one", a);

  event::remove(holder, "event_one", a);

  EXPECT_EQ(calls_of(widget), "b a");
}

TEST_F(RemoveTest, BothOfAFunctionThatStandsTwiceCanBeRemoved) {
  Holder holder(widget);
  event::listen(widget, "event_one", a);
  event::listen(holder, "event_one", a);

  event::remove(holder, "event_one", a);
  event::remove(widget, "event_one", a);

  EXPECT_EQ(calls_of(widget), "");
}

// -- what is not there ------------------------------------------------------------------

TEST_F(RemoveTest, UnknownListenerIsRefusedByEventAndTarget) {
  try {
    event::remove(widget, "event_one", a);
    FAIL();
  } catch (const InvalidRequestError& error) {
    EXPECT_STREQ(error.what(),
                 "no such listener is registered for event 'event_one' of target Widget");
  }
}

TEST_F(RemoveTest, RemovingAgainIsRefused) {
  event::listen(widget, "event_one", a);
  event::remove(widget, "event_one", a);

  EXPECT_THROW(event::remove(widget, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, ListenerOfAnotherEventIsRefused) {
  event::listen(widget, "event_two", a);

  EXPECT_THROW(event::remove(widget, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, ListenerOfTheClassIsRefusedOnTheObject) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", a);

  EXPECT_THROW(event::remove(widget, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, ListenerOfTheObjectIsRefusedOnTheClass) {
  event::listen(widget, "event_one", a);

  EXPECT_THROW(event::remove(event::every<Widget>, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, ListenerOfTheBaseIsRefusedOnTheSubclass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", a);

  EXPECT_THROW(event::remove(event::every<Gadget>, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, ListenerOfTheSourceIsRefusedOnTheCopy) {
  event::listen(widget, "event_one", a, event::propagate);
  Widget copy(widget);

  EXPECT_THROW(event::remove(copy, "event_one", a), InvalidRequestError);
  EXPECT_EQ(calls_of(copy), "a");
}

TEST_F(RemoveTest, ListenerOfAnotherTypeIsRefused) {
  event::listen(widget, "event_one", a);

  EXPECT_THROW(event::remove(widget, "event_one", OtherNote{&log, "a"}),
               InvalidRequestError);
}

TEST_F(RemoveTest, DisconnectedListenerIsRefused) {
  event::listen(widget, "event_one", a).disconnect();

  EXPECT_THROW(event::remove(widget, "event_one", a), InvalidRequestError);
}

TEST_F(RemoveTest, RefusalRegistersNothing) {
  EXPECT_THROW(event::remove(widget, "event_one", a), InvalidRequestError);

  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
}

// -- contains ---------------------------------------------------------------------------

TEST_F(RemoveTest, ContainsKnowsWhatIsRegistered) {
  event::listen(widget, "event_one", a);

  EXPECT_TRUE(event::contains(widget, "event_one", a));
  EXPECT_TRUE(event::contains<WidgetEvents::event_one>(widget, a));
  EXPECT_TRUE(event::contains(widget, event::runtime_name("event_one"), a));
}

TEST_F(RemoveTest, ContainsKnowsNoOther) {
  event::listen(widget, "event_one", a);

  EXPECT_FALSE(event::contains(widget, "event_one", b));
  EXPECT_FALSE(event::contains(widget, "event_two", a));
  EXPECT_FALSE(event::contains(widget, "event_one", OtherNote{&log, "a"}));
}

TEST_F(RemoveTest, ContainsForgetsWhatWasRemoved) {
  event::listen(widget, "event_one", a);
  event::remove(widget, "event_one", a);

  EXPECT_FALSE(event::contains(widget, "event_one", a));
}

TEST_F(RemoveTest, ContainsForgetsWhatWasDisconnected) {
  event::listen(widget, "event_one", a).disconnect();

  EXPECT_FALSE(event::contains(widget, "event_one", a));
}

TEST_F(RemoveTest, ContainsTellsTheObjectFromItsClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", a);

  EXPECT_FALSE(event::contains(widget, "event_one", a));
  EXPECT_TRUE(event::contains(event::every<Widget>, "event_one", a));
}

TEST_F(RemoveTest, ContainsTellsTheHolderFromTheWidget) {
  Holder holder(widget);
  event::listen(holder, "event_one", a);

  EXPECT_TRUE(event::contains(holder, "event_one", a));
  EXPECT_FALSE(event::contains(widget, "event_one", a));
}

TEST_F(RemoveTest, ContainsTellsTheSourceFromTheCopy) {
  event::listen(widget, "event_one", a, event::propagate);
  Widget copy(widget);

  EXPECT_TRUE(event::contains(widget, "event_one", a));
  EXPECT_FALSE(event::contains(copy, "event_one", a));
}

TEST_F(RemoveTest, ContainsKnowsABlockedListener) {
  auto subscription = event::listen(widget, "event_one", a);
  subscription.block();

  EXPECT_TRUE(event::contains(widget, "event_one", a));
}

TEST_F(RemoveTest, ContainsKnowsAOnceThatHasRun) {
  event::listen(widget, "event_one", a, event::once);
  calls_of(widget);

  EXPECT_TRUE(event::contains(widget, "event_one", a));
}

// -- two families with one name ---------------------------------------------------------

struct LeftEvents : event::Events<LeftEvents> {
  struct turn : event::signal<"turn", void()> {};
  using all = event::list<turn>;
};
struct RightEvents : event::Events<RightEvents> {
  struct turn : event::signal<"turn", void()> {};
  using all = event::list<turn>;
};
class Knob : public event::Target<Knob, LeftEvents, RightEvents> {};

TEST_F(RemoveTest, TypedSpellingTellsEventsOfOneNameApart) {
  Knob knob;
  event::listen<RightEvents::turn>(knob, a);

  EXPECT_FALSE(event::contains<LeftEvents::turn>(knob, a));
  EXPECT_TRUE(event::contains<RightEvents::turn>(knob, a));
  EXPECT_NO_THROW(event::remove<RightEvents::turn>(knob, a));
}

}  // namespace
}  // namespace hark::test
