// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::every;
using event::ScopedSubscription;

/// Class-level listeners stay for the life of the process: each test ends its own.
class ClassLevelTest : public WidgetTest {
 protected:
  template <class Class, class... Options>
  void listen_on(event::every_t<Class>, std::string_view entry, Options... options) {
    subscriptions.emplace_back(
        event::listen(every<Class>, "event_one", log.note(entry), options...));
  }

  std::vector<ScopedSubscription> subscriptions;
};

/// A class of widgets that has no class-level listeners of its own.
class Plain : public Widget {};

// -- whom it reaches --------------------------------------------------------------------

TEST_F(ClassLevelTest, ReachesExistingObjects) {
  listen_on(every<Widget>, "a");

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ClassLevelTest, ReachesLaterObjects) {
  listen_on(every<Widget>, "a");

  const Widget later;

  EXPECT_EQ(calls_of(later), "a");
}

TEST_F(ClassLevelTest, ReachesObjectsOnTheHeap) {
  listen_on(every<Widget>, "a");

  EXPECT_EQ(calls_of(*std::make_unique<Gizmo>()), "a");
}

TEST_F(ClassLevelTest, ReachesExistingObjectsOfSubclasses) {
  const Gadget gadget;
  const Gizmo gizmo;
  const Gear gear;

  listen_on(every<Widget>, "a");

  EXPECT_EQ(calls_of(gadget), "a");
  EXPECT_EQ(calls_of(gizmo), "a");
  EXPECT_EQ(calls_of(gear), "a");
}

TEST_F(ClassLevelTest, ReachesSubclassesThatComeLater) {
  class Latecomer : public event::Subclass<Latecomer, Gadget> {};
  listen_on(every<Widget>, "a");

  const Latecomer latecomer;

  EXPECT_EQ(calls_of(latecomer), "a");
}

TEST_F(ClassLevelTest, ReachesSubclassesOfSubclassesThatComeLater) {
  class Late : public event::Subclass<Late, Gear> {};
  class Later : public event::Subclass<Later, Late> {};
  listen_on(every<Gear>, "a");

  const Later later;

  EXPECT_EQ(calls_of(later), "a");
}

TEST_F(ClassLevelTest, ReachesDerivedClassesThatAreNoSubclasses) {
  const Plain plain;

  listen_on(every<Widget>, "a");

  EXPECT_EQ(calls_of(plain), "a");
}

TEST_F(ClassLevelTest, ReachesObjectsThatHaveListenersOfTheirOwn) {
  Gadget gadget;
  Widget other;
  event::listen(gadget, "event_one", log.note("gadget"));
  event::listen(other, "event_one", log.note("other"));

  listen_on(every<Widget>, "class");

  EXPECT_EQ(calls_of(gadget), "class gadget");
  EXPECT_EQ(calls_of(other), "class other");
}

TEST_F(ClassLevelTest, ReachesObjectsThatListenToSomethingElse) {
  event::listen(widget, "event_two", log.note("other"));

  listen_on(every<Widget>, "class");

  EXPECT_EQ(calls_of(widget), "class");
}

TEST_F(ClassLevelTest, ReachesObjectsThatHadListenersOnce) {
  event::listen(widget, "event_one", log.note("gone")).disconnect();

  listen_on(every<Widget>, "class");

  EXPECT_EQ(calls_of(widget), "class");
}

TEST_F(ClassLevelTest, DoesNotReachTheBase) {
  listen_on(every<Gadget>, "a");

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(ClassLevelTest, DoesNotReachASibling) {
  const Gear gear;

  listen_on(every<Gadget>, "a");

  EXPECT_EQ(calls_of(gear), "");
}

TEST_F(ClassLevelTest, DoesNotReachOtherEvents) {
  listen_on(every<Widget>, "a");

  widget.emit<WidgetEvents::event_two>(1);

  EXPECT_EQ(log.take(), "");
}

TEST_F(ClassLevelTest, ReachesTheObjectOfAHolderClass) {
  listen_on(every<Holder>, "a");

  EXPECT_EQ(calls_of(widget), "a");
}

// -- in which order ---------------------------------------------------------------------

TEST_F(ClassLevelTest, RunsBeforeWhatWasListenedToEarlierOnTheObject) {
  event::listen(widget, "event_one", log.note("own"));

  listen_on(every<Widget>, "class");

  EXPECT_EQ(calls_of(widget), "class own");
}

TEST_F(ClassLevelTest, OrderIsThatOfListeningNotOfDescent) {
  const Gadget gadget;
  listen_on(every<Widget>, "base");
  listen_on(every<Gadget>, "sub");
  listen_on(every<Widget>, "again");

  EXPECT_EQ(calls_of(gadget), "base sub again");
}

TEST_F(ClassLevelTest, SubclassListenedToFirstRunsFirst) {
  const Gadget gadget;
  listen_on(every<Gadget>, "sub");
  listen_on(every<Widget>, "base");

  EXPECT_EQ(calls_of(gadget), "sub base");
}

TEST_F(ClassLevelTest, InsertOnTheBaseGoesInFrontOfTheSubclass) {
  const Gadget gadget;
  listen_on(every<Gadget>, "sub");

  listen_on(every<Widget>, "base", event::insert);

  EXPECT_EQ(calls_of(gadget), "base sub");
}

TEST_F(ClassLevelTest, InsertOnTheSubclassGoesInFrontOfTheBase) {
  const Gadget gadget;
  listen_on(every<Widget>, "base");

  listen_on(every<Gadget>, "sub", event::insert);

  EXPECT_EQ(calls_of(gadget), "sub base");
}

TEST_F(ClassLevelTest, LaterSubclassTakesTheOrderOfItsBase) {
  class Latecomer : public event::Subclass<Latecomer, Gadget> {};
  listen_on(every<Widget>, "base");
  listen_on(every<Gadget>, "sub");
  listen_on(every<Widget>, "inserted", event::insert);

  const Latecomer latecomer;

  EXPECT_EQ(calls_of(latecomer), "inserted base sub");
}

TEST_F(ClassLevelTest, LaterSubclassInheritsBeforeWhatIsListenedToOnIt) {
  class Latecomer : public event::Subclass<Latecomer, Gadget> {};
  listen_on(every<Widget>, "base");

  listen_on(every<Latecomer>, "sub");
  listen_on(every<Widget>, "again");

  EXPECT_EQ(calls_of(Latecomer()), "base sub again");
}

TEST_F(ClassLevelTest, SameFunctionOnBaseAndSubclassIsCalledTwice) {
  const Gadget gadget;
  const ScopedSubscription base =
      event::listen(every<Widget>, "event_one", Note{&log, "a"});
  const ScopedSubscription sub =
      event::listen(every<Gadget>, "event_one", Note{&log, "a"});

  EXPECT_EQ(calls_of(gadget), "a a");
}

// -- how it ends ------------------------------------------------------------------------

TEST_F(ClassLevelTest, DisconnectReachesSubclasses) {
  const Gizmo gizmo;
  listen_on(every<Widget>, "a");

  subscriptions.back()->disconnect();

  EXPECT_EQ(calls_of(gizmo), "");
}

TEST_F(ClassLevelTest, DisconnectReachesLaterSubclasses) {
  class Latecomer : public event::Subclass<Latecomer, Gadget> {};
  listen_on(every<Widget>, "a");
  const Latecomer latecomer;

  subscriptions.back()->disconnect();

  EXPECT_EQ(calls_of(latecomer), "");
}

TEST_F(ClassLevelTest, DisconnectedIsNotInheritedLater) {
  class Latecomer : public event::Subclass<Latecomer, Gadget> {};
  listen_on(every<Widget>, "a");
  subscriptions.back()->disconnect();

  EXPECT_EQ(calls_of(Latecomer()), "");
}

TEST_F(ClassLevelTest, DisconnectLeavesTheObjectsOwn) {
  event::listen(widget, "event_one", log.note("own"));
  listen_on(every<Widget>, "class");

  subscriptions.back()->disconnect();

  EXPECT_EQ(calls_of(widget), "own");
}

TEST_F(ClassLevelTest, DisconnectOfTheObjectsOwnLeavesTheClass) {
  listen_on(every<Widget>, "class");
  auto own = event::listen(widget, "event_one", log.note("own"));

  own.disconnect();

  EXPECT_EQ(calls_of(widget), "class");
}

TEST_F(ClassLevelTest, DisconnectAfterAnOwnOnceHasRunLeavesNone) {
  listen_on(every<Widget>, "class");
  auto own = event::listen(widget, "event_one", log.note("own"), event::once);
  calls_of(widget);
  own.disconnect();

  subscriptions.back()->disconnect();

  EXPECT_EQ(calls_of(widget), "");
  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
}

TEST_F(ClassLevelTest, OutlivesTheObjectsThatItReaches) {
  listen_on(every<Widget>, "a");
  { const Widget gone; }

  EXPECT_TRUE(subscriptions.back()->connected());
}

TEST_F(ClassLevelTest, OnceRunsForOneObjectOfAnyClass) {
  const Gadget gadget;
  listen_on(every<Widget>, "a", event::once);

  EXPECT_EQ(calls_of(gadget), "a");
  EXPECT_EQ(calls_of(widget), "");
}

// -- the class of an object -------------------------------------------------------------

TEST_F(ClassLevelTest, CopyIsOfTheClassThatItIsMadeAs) {
  listen_on(every<Gadget>, "sub");
  const Gadget gadget;

  const Gadget copy(gadget);
  const Widget slice(gadget);  // NOLINT(cppcoreguidelines-slicing)

  EXPECT_EQ(calls_of(copy), "sub");
  EXPECT_EQ(calls_of(slice), "");
}

TEST_F(ClassLevelTest, MovedToObjectIsOfTheClassThatItIsMadeAs) {
  listen_on(every<Gadget>, "sub");
  Gadget gadget;

  const Gadget moved(std::move(gadget));

  EXPECT_EQ(calls_of(moved), "sub");
}

TEST_F(ClassLevelTest, MovedToObjectKeepsClassBeforeOwn) {
  listen_on(every<Gadget>, "sub");
  Gadget gadget;
  event::listen(gadget, "event_one", log.note("own"));

  const Gadget moved(std::move(gadget));

  EXPECT_EQ(calls_of(moved), "sub own");
}

TEST_F(ClassLevelTest, MovedFromObjectStaysOfItsClass) {
  listen_on(every<Gadget>, "sub");
  Gadget gadget;
  event::listen(gadget, "event_one", log.note("own"));

  const Gadget moved(std::move(gadget));

  EXPECT_EQ(calls_of(gadget), "sub");  // NOLINT(bugprone-use-after-move)
}

TEST_F(ClassLevelTest, ReachesMovedToAndMovedFromObjectsLater) {
  Gadget gadget;
  event::listen(gadget, "event_one", log.note("own"));
  const Gadget moved(std::move(gadget));

  listen_on(every<Gadget>, "sub");

  EXPECT_EQ(calls_of(moved), "sub own");
  EXPECT_EQ(calls_of(gadget), "sub");  // NOLINT(bugprone-use-after-move)
}

TEST_F(ClassLevelTest, MovedSliceIsOfTheBaseClass) {
  listen_on(every<Widget>, "base");
  listen_on(every<Gadget>, "sub");
  Gadget gadget;
  event::listen(gadget, "event_one", log.note("own"));

  const Widget slice(std::move(gadget));  // NOLINT(cppcoreguidelines-slicing)

  EXPECT_EQ(calls_of(slice), "base own");
}

TEST_F(ClassLevelTest, CopiedSliceTakesPropagatedListenersAndTheBaseClass) {
  listen_on(every<Widget>, "base");
  listen_on(every<Gadget>, "sub");
  Gadget gadget;
  event::listen(gadget, "event_one", log.note("own"), event::propagate);

  const Widget slice(gadget);  // NOLINT(cppcoreguidelines-slicing)

  EXPECT_EQ(calls_of(slice), "base own");
}

TEST_F(ClassLevelTest, AssignmentDoesNotChangeTheClass) {
  listen_on(every<Gadget>, "sub");
  const Gadget gadget;

  widget = gadget;  // NOLINT(cppcoreguidelines-slicing)

  EXPECT_EQ(calls_of(widget), "");
}

}  // namespace
}  // namespace hark::test
