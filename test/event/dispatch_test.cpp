// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

struct EmptyEvents : event::Events<EmptyEvents> {
  using all = event::list<>;
};
class Empty : public event::Target<Empty, EmptyEvents> {};
class Modest : public event::Target<Modest, WidgetEvents> {};

// Evidence: event.dispatcher-1
static_assert(sizeof(Empty) == 2 * sizeof(void*));
static_assert(sizeof(Widget) == 2 * sizeof(void*));
static_assert(sizeof(Gizmo) == 2 * sizeof(void*));
static_assert(sizeof(Link) == 3 * sizeof(void*));
static_assert(sizeof(Clasp) == 3 * sizeof(void*));
static_assert(!std::is_polymorphic_v<Widget>);
static_assert(std::is_nothrow_move_constructible_v<Widget>);
static_assert(std::is_nothrow_copy_assignable_v<Widget>);
static_assert(std::is_nothrow_move_assignable_v<Widget>);
static_assert(std::is_nothrow_destructible_v<Widget>);

template <class T>
concept anybody_emits = requires(T& target) {
  target.template emit<WidgetEvents::event_one>(1, 2);
};
template <class T>
concept anybody_asks = requires(T& target) {
  target.template has_listeners<WidgetEvents::event_one>();
};
template <class T>
concept anybody_updates = requires(T& target) {
  target.update_listeners(target);
};

static_assert(anybody_emits<Widget> && anybody_asks<Widget> && anybody_updates<Widget>);
static_assert(!anybody_emits<Modest>);
static_assert(!anybody_asks<Modest>);
static_assert(!anybody_updates<Modest>);
static_assert(!std::is_destructible_v<event::Dispatcher<WidgetEvents>>);

class DispatchTest : public WidgetTest {};

TEST_F(DispatchTest, NobodyListeningIsNoEvent) { EXPECT_EQ(calls_of(widget), ""); }

TEST_F(DispatchTest, ConstObjectMayDispatch) {
  const Widget& seen = widget;
  event::listen(widget, "event_one", log.note("a"));

  seen.emit<WidgetEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "a");
}

// -- order ------------------------------------------------------------------------------

// Evidence: event.dispatcher-2
TEST_F(DispatchTest, ClassComesBeforeTheObjectsOwn) {
  event::listen(widget, "event_one", log.note("own"));
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));

  EXPECT_EQ(calls_of(widget), "class own");
}

// Evidence: event.dispatcher-2
TEST_F(DispatchTest, JoinedObjectComesBeforeItsParent) {
  Link parent;
  Clasp child;
  child.join(parent);
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", log.note("child"));
  const event::ScopedSubscription of_class =
      event::listen(event::every<Clasp>, "event_one", log.note("class"));

  EXPECT_EQ(calls_of(child), "class child parent");
}

// -- what comes and goes ----------------------------------------------------------------

// Evidence: event.dispatcher-3
TEST_F(DispatchTest, ClassListenerAddedDuringDispatchCountsFromTheNext) {
  event::ScopedSubscription of_class;
  event::listen(
      widget,
      "event_one",
      [&] {
        log.add("own");
        of_class = event::listen(event::every<Widget>, "event_one", Note{&log, "class"});
      },
      event::once);
  event::listen(widget, "event_one", log.note("last"));

  EXPECT_EQ(calls_of(widget), "own last");
  EXPECT_EQ(calls_of(widget), "class last");
}

// Evidence: event.dispatcher-3
TEST_F(DispatchTest, OwnListenerAddedByTheClassCountsFromTheNext) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [this] {
        event::listen(widget, "event_one", Note{&log, "own"});
      });

  EXPECT_EQ(calls_of(widget), "");
  EXPECT_EQ(calls_of(widget), "own");
}

// Evidence: event.dispatcher-3
TEST_F(DispatchTest, ParentListenerAddedByTheChildCountsFromTheNext) {
  Link parent;
  Link child;
  child.join(parent);
  event::listen(child, "event_one", [&] {
    event::listen(parent, "event_one", Note{&log, "parent"});
  });

  EXPECT_EQ(calls_of(child), "");
  EXPECT_EQ(calls_of(child), "parent");
}

// Evidence: event.dispatcher-3
TEST_F(DispatchTest, ClassListenerThatGoesIsGoneFromExistingObjects) {
  auto of_class = event::listen(event::every<Widget>, "event_one", log.note("class"));
  of_class.disconnect();

  EXPECT_EQ(calls_of(widget), "");
}

// -- exceptions -------------------------------------------------------------------------

// Evidence: event.target-4
TEST_F(DispatchTest, ExceptionReachesTheEmitter) {
  event::listen(widget, "event_one", [] { throw std::runtime_error("no"); });

  EXPECT_THROW(widget.emit<WidgetEvents::event_one>(1, 2), std::runtime_error);
}

// Evidence: event.target-4
TEST_F(DispatchTest, ExceptionEndsTheDispatch) {
  event::listen(widget, "event_one", log.note("a"));
  event::listen(widget, "event_one", [] { throw std::runtime_error("no"); });
  event::listen(widget, "event_one", log.note("b"));

  EXPECT_THROW(widget.emit<WidgetEvents::event_one>(1, 2), std::runtime_error);
  EXPECT_EQ(log.take(), "a");
}

TEST_F(DispatchTest, ExceptionOfTheClassKeepsTheOwnFromBeingCalled) {
  const event::ScopedSubscription of_class = event::listen(
      event::every<Widget>, "event_one", [] { throw std::runtime_error("no"); });
  event::listen(widget, "event_one", log.note("own"));

  EXPECT_THROW(widget.emit<WidgetEvents::event_one>(1, 2), std::runtime_error);
  EXPECT_EQ(log.take(), "");
}

// Evidence: event.target-4
TEST_F(DispatchTest, ObjectDispatchesAgainAfterAnException) {
  event::listen(
      widget, "event_one", [] { throw std::runtime_error("no"); }, event::once);
  event::listen(widget, "event_one", log.note("a"));
  EXPECT_THROW(widget.emit<WidgetEvents::event_one>(1, 2), std::runtime_error);

  EXPECT_EQ(calls_of(widget), "a");
}

// -- nesting ----------------------------------------------------------------------------

// Evidence: event.target-3
TEST_F(DispatchTest, ListenerMayDispatchTheSameEvent) {
  event::listen(widget, "event_one", [this](int x, int y) {
    log.add(std::to_string(x));
    if (x < 3) widget.emit<WidgetEvents::event_one>(x + 1, y);
  });
  event::listen(widget, "event_one", log.note("end"));

  widget.emit<WidgetEvents::event_one>(1, 0);

  EXPECT_EQ(log.take(), "1 2 3 end end end");
}

TEST_F(DispatchTest, ListenerMayDispatchOnAnotherObject) {
  Widget other;
  event::listen(other, "event_one", log.note("other"));
  event::listen(widget, "event_one", [&] { other.emit<WidgetEvents::event_one>(1, 2); });
  event::listen(widget, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(widget), "other own");
}

TEST_F(DispatchTest, ExceptionOfANestedDispatchMayBeCaughtBetween) {
  event::listen(widget, "event_two", [] { throw std::runtime_error("no"); });
  event::listen(widget, "event_one", [this] {
    EXPECT_THROW(widget.emit<WidgetEvents::event_two>(1), std::runtime_error);
  });
  event::listen(widget, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(widget), "own");
}

TEST_F(DispatchTest, ObjectMayBeDestroyedByItsListener) {
  auto doomed = std::make_unique<Widget>();
  event::listen(*doomed, "event_one", [&] {
    doomed.reset();
    log.add("a");
  });
  event::listen(*doomed, "event_one", log.note("b"));

  doomed->emit<WidgetEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "a");
}

// -- has_listeners ----------------------------------------------------------------------

TEST_F(DispatchTest, NobodyListensAtFirst) {
  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
}

TEST_F(DispatchTest, KnowsItsOwnListeners) {
  event::listen(widget, "event_one", log.note("a"));

  EXPECT_TRUE(widget.has_listeners<WidgetEvents::event_one>());
  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_two>());
}

TEST_F(DispatchTest, KnowsTheListenersOfItsClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("a"));

  EXPECT_TRUE(widget.has_listeners<WidgetEvents::event_one>());
}

TEST_F(DispatchTest, KnowsTheListenersOfItsParent) {
  Link parent;
  Link child;
  child.join(parent);
  event::listen(parent, "event_one", log.note("a"));

  EXPECT_TRUE(child.has_listeners<LinkEvents::event_one>());
}

TEST_F(DispatchTest, NobodyListensWhenTheLastHasGone) {
  auto subscription = event::listen(widget, "event_one", log.note("a"));
  subscription.disconnect();

  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
}

TEST_F(DispatchTest, NobodyListensWhenTheOnlyOnceHasRun) {
  event::listen(widget, "event_one", log.note("a"), event::once);
  calls_of(widget);

  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
}

// -- listener_count ---------------------------------------------------------------------

TEST_F(DispatchTest, CountsOnAllLevels) {
  Link parent;
  Link child;
  child.join(parent);
  event::listen(parent, "event_one", log.note("a"));
  event::listen(child, "event_one", log.note("b"));
  event::listen(child, "event_one", log.note("c"));

  EXPECT_EQ(child.listener_count<LinkEvents::event_one>(), 3U);
  EXPECT_EQ(parent.listener_count<LinkEvents::event_one>(), 1U);
}

TEST_F(DispatchTest, CountsTheListenersOfTheClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("a"));
  event::listen(widget, "event_one", log.note("b"));

  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 2U);
}

TEST_F(DispatchTest, CountsAOnceThatHasRun) {
  event::listen(widget, "event_one", log.note("a"), event::once);
  calls_of(widget);

  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 1U);
}

TEST_F(DispatchTest, DoesNotCountWhatHasGone) {
  auto subscription = event::listen(widget, "event_one", log.note("a"));
  event::listen(widget, "event_one", log.note("b"));
  subscription.disconnect();

  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 1U);
}

}  // namespace
}  // namespace hark::test
