// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

struct SpareEvents : event::Events<SpareEvents> {
  struct spare : event::signal<"spare", void()> {};
  using all = event::list<spare>;
};

/// Shares one family with Widget.
class Toolbox : public event::Target<Toolbox, WidgetEvents, SpareEvents> {
 public:
  using Target::emit;
  using Target::update_listeners;
};

class UpdateTest : public WidgetTest {
 protected:
  UpdateTest() : source(widget) {
    event::listen(source, "event_one", Note{&log, "a"}, event::propagate);
    event::listen(source, "event_one", Note{&log, "b"});
    event::listen(source, "event_one", Note{&log, "c"}, event::propagate);
  }

  Widget& source;
  Widget target;
};

// -- update_listeners -------------------------------------------------------------------

TEST_F(UpdateTest, TakesThePropagatedOnes) {
  target.update_listeners(source);

  EXPECT_EQ(calls_of(target), "a c");
}

TEST_F(UpdateTest, TakesAllOnRequest) {
  target.update_listeners(source, false);

  EXPECT_EQ(calls_of(target), "a b c");
}

TEST_F(UpdateTest, PutsThemBehindTheTargetsOwn) {
  event::listen(target, "event_one", log.note("own"));

  target.update_listeners(source);

  EXPECT_EQ(calls_of(target), "own a c");
}

TEST_F(UpdateTest, LeavesTheSourceAsItWas) {
  target.update_listeners(source, false);

  EXPECT_EQ(calls_of(source), "a b c");
}

// SQLAlchemy appends the propagated ones again.
TEST_F(UpdateTest, DoublesNothingThePropagatedSecondTime) {
  target.update_listeners(source);

  target.update_listeners(source);

  EXPECT_EQ(calls_of(target), "a c");
}

TEST_F(UpdateTest, DoublesNothingTheSecondTime) {
  target.update_listeners(source, false);

  target.update_listeners(source, false);

  EXPECT_EQ(calls_of(target), "a b c");
}

TEST_F(UpdateTest, AddsTheOthersToThePropagatedOnes) {
  target.update_listeners(source);

  target.update_listeners(source, false);

  EXPECT_EQ(calls_of(target), "a c b");
}

TEST_F(UpdateTest, DoublesNoListenerThatTheTargetHasItself) {
  event::listen(target, "event_one", Note{&log, "b"});

  target.update_listeners(source, false);

  EXPECT_EQ(calls_of(target), "b a c");
}

TEST_F(UpdateTest, OfItselfChangesNothing) {
  source.update_listeners(source, false);

  EXPECT_EQ(calls_of(source), "a b c");
}

TEST_F(UpdateTest, OfASilentObjectChangesNothing) {
  const Widget silent;

  source.update_listeners(silent, false);

  EXPECT_EQ(calls_of(source), "a b c");
}

TEST_F(UpdateTest, LaterListenersDoNotFollow) {
  target.update_listeners(source, false);

  event::listen(source, "event_one", log.note("later"), event::propagate);

  EXPECT_EQ(calls_of(target), "a b c");
}

TEST_F(UpdateTest, DoesNotTakeTheListenersOfTheClass) {
  const event::ScopedSubscription of_class = event::listen(
      event::every<Gadget>, "event_one", log.note("class"), event::propagate);
  const Gadget gadget;

  target.update_listeners(gadget, false);

  EXPECT_EQ(calls_of(target), "");
}

TEST_F(UpdateTest, GoesBetweenClasses) {
  Gear gear;

  gear.Widget::update_listeners(source);

  EXPECT_EQ(calls_of(gear), "a c");
}

TEST_F(UpdateTest, TakesTheFamiliesThatBothHave) {
  Toolbox toolbox;

  toolbox.update_listeners(source);
  toolbox.emit<WidgetEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "a c");
}

// -- what is shared ---------------------------------------------------------------------

TEST_F(UpdateTest, RemovalOnTheSourceReachesTheTarget) {
  target.update_listeners(source, false);

  event::remove(source, "event_one", Note{&log, "b"});

  EXPECT_EQ(calls_of(target), "a c");
}

TEST_F(UpdateTest, DisconnectReachesTheTarget) {
  auto subscription = event::listen(source, "event_two", log.note("two"));
  target.update_listeners(source, false);

  subscription.disconnect();
  target.emit<WidgetEvents::event_two>(1);

  EXPECT_EQ(log.take(), "");
}

TEST_F(UpdateTest, BlockingReachesTheTarget) {
  auto subscription = event::listen(source, "event_two", log.note("two"));
  target.update_listeners(source, false);

  subscription.block();
  target.emit<WidgetEvents::event_two>(1);

  EXPECT_EQ(log.take(), "");
}

TEST_F(UpdateTest, TargetKeepsThemWhenTheSourceHasGone) {
  std::optional<Widget> gone(std::in_place);
  event::listen(*gone, "event_one", log.note("d"), event::propagate);
  target.update_listeners(*gone);

  gone.reset();

  EXPECT_EQ(calls_of(target), "d");
}

TEST_F(UpdateTest, SubscriptionLastsUntilTheLastTargetHasGone) {
  std::optional<Widget> one(std::in_place);
  std::optional<Widget> another(std::in_place);
  const auto subscription =
      event::listen(*one, "event_one", log.note("d"), event::propagate);
  another->update_listeners(*one);

  one.reset();
  EXPECT_TRUE(subscription.connected());
  another.reset();
  EXPECT_FALSE(subscription.connected());
}

TEST_F(UpdateTest, SourceKeepsThemWhenTheTargetHasGone) {
  {
    Widget gone;
    gone.update_listeners(source);
  }

  EXPECT_EQ(calls_of(source), "a b c");
}

// -- copies -----------------------------------------------------------------------------

TEST_F(UpdateTest, CopyGetsThePropagatedOnes) {
  const Widget copy(source);

  EXPECT_EQ(calls_of(copy), "a c");
}

TEST_F(UpdateTest, CopyOfACopyGetsThePropagatedOnes) {
  const Widget copy(source);

  const Widget copy_of_copy(copy);  // NOLINT(performance-unnecessary-copy-initialization)

  EXPECT_EQ(calls_of(copy_of_copy), "a c");
}

TEST_F(UpdateTest, CopyAsksTheSourceForWhatPropagates) {
  target.update_listeners(source, false);

  const Widget copy(target);

  EXPECT_EQ(calls_of(copy), "a c");
}

TEST_F(UpdateTest, RemovalOnTheSourceReachesCopiesOfCopies) {
  const Widget copy(source);
  const Widget copy_of_copy(copy);  // NOLINT(performance-unnecessary-copy-initialization)

  event::remove(source, "event_one", Note{&log, "a"});

  EXPECT_EQ(calls_of(copy_of_copy), "c");
}

TEST_F(UpdateTest, CopyOfASubclassObjectGetsThePropagatedOnes) {
  Gizmo gizmo;
  event::listen(gizmo, "event_one", log.note("d"), event::propagate);

  const Gizmo copy(gizmo);

  EXPECT_EQ(calls_of(copy), "d");
}

TEST_F(UpdateTest, ListeningOnTheCopyLeavesTheSourceAlone) {
  Widget copy(source);

  event::listen(copy, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(copy), "a c own");
  EXPECT_EQ(calls_of(source), "a b c");
}

// -- moves ------------------------------------------------------------------------------

TEST_F(UpdateTest, MoveTakesAll) {
  const Widget moved(std::move(source));

  EXPECT_EQ(calls_of(moved), "a b c");
}

TEST_F(UpdateTest, MovedFromObjectHasNone) {
  const Widget moved(std::move(source));

  EXPECT_EQ(calls_of(source), "");  // NOLINT(bugprone-use-after-move)
}

TEST_F(UpdateTest, MovedFromObjectMayBeListenedToAgain) {
  const Widget moved(std::move(source));

  event::listen(source, "event_one", Note{&log, "a"});  // NOLINT(bugprone-use-after-move)

  EXPECT_EQ(calls_of(source), "a");
  EXPECT_EQ(calls_of(moved), "a b c");
}

TEST_F(UpdateTest, MovedListenersAreRemovedFromTheNewObject) {
  Widget moved(std::move(source));

  event::remove(moved, "event_one", Note{&log, "b"});

  EXPECT_EQ(calls_of(moved), "a c");
}

TEST_F(UpdateTest, MoveOfASubclassObjectTakesAll) {
  Gizmo gizmo;
  event::listen(gizmo, "event_one", log.note("d"));

  const Gizmo moved(std::move(gizmo));

  EXPECT_EQ(calls_of(moved), "d");
}

TEST_F(UpdateTest, MoveKeepsTheSubscription) {
  const auto subscription = event::listen(source, "event_two", log.note("two"));

  const Widget moved(std::move(source));

  EXPECT_TRUE(subscription.connected());
}

// -- assignments ------------------------------------------------------------------------

TEST_F(UpdateTest, CopyAssignmentChangesNone) {
  event::listen(target, "event_one", log.note("own"));

  target = source;

  EXPECT_EQ(calls_of(target), "own");
}

TEST_F(UpdateTest, MoveAssignmentChangesNone) {
  event::listen(target, "event_one", log.note("own"));

  target = std::move(source);

  EXPECT_EQ(calls_of(target), "own");
  EXPECT_EQ(calls_of(source), "a b c");  // NOLINT(bugprone-use-after-move)
}

// -- a subclass with a family of its own ------------------------------------------------

class Workshop : public event::Subclass<Workshop, Widget, SpareEvents> {
 public:
  Workshop() = default;
  Workshop(const Workshop& other) : Subclass(other) {}
  Workshop(Workshop&& other) noexcept : Subclass(std::move(other)) {}
  Workshop& operator=(const Workshop&) = delete;
  Workshop& operator=(Workshop&&) = delete;
  ~Workshop() = default;

  using Subclass::emit;
};

TEST_F(UpdateTest, WrittenCopyConstructorCopiesTheAddedFamily) {
  Workshop workshop;
  event::listen(workshop, "spare", log.note("spare"), event::propagate);

  const Workshop copy(workshop);
  copy.emit<SpareEvents::spare>();

  EXPECT_EQ(log.take(), "spare");
}

TEST_F(UpdateTest, WrittenMoveConstructorMovesTheAddedFamily) {
  Workshop workshop;
  event::listen(workshop, "spare", log.note("spare"));

  const Workshop moved(std::move(workshop));
  moved.emit<SpareEvents::spare>();

  EXPECT_EQ(log.take(), "spare");
}

}  // namespace
}  // namespace hark::test
