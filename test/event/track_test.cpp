// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

class TrackTest : public WidgetTest {
 protected:
  std::shared_ptr<int> tracked = std::make_shared<int>(1);
  std::weak_ptr<int> weak = tracked;
};

TEST_F(TrackTest, ListenerIsCalledWhileTheObjectLives) {
  event::listen(widget, "event_one", log.note("called"), event::track(weak));

  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(TrackTest, ListenerIsNotCalledWhenTheObjectIsGone) {
  event::listen(widget, "event_one", log.note("tracking"), event::track(weak));
  event::listen(widget, "event_one", log.note("other"));

  tracked.reset();

  EXPECT_EQ(calls_of(widget), "other");
}

TEST_F(TrackTest, ListenerOfAClassIsNotCalledWhenTheObjectIsGone) {
  const Gizmo gizmo;
  const ScopedSubscription of_class = event::listen(
      event::every<Widget>, "event_one", log.note("called"), event::track(weak));
  const std::string before = calls_of(gizmo);

  tracked.reset();

  EXPECT_EQ(before, "called");
  EXPECT_EQ(calls_of(gizmo) + calls_of(widget), "");
}

TEST_F(TrackTest, IsNotConnectedWhenTheObjectIsGone) {
  const Subscription subscription =
      event::listen(widget, "event_one", log.note("called"), event::track(weak));
  const bool before = subscription.connected();

  tracked.reset();

  EXPECT_TRUE(before);
  EXPECT_FALSE(subscription.connected());
}

TEST_F(TrackTest, IsNotContainedWhenTheObjectIsGone) {
  const Note note{&log, "called"};
  event::listen(widget, "event_one", note, event::track(weak));
  const bool before = event::contains(widget, "event_one", note);

  tracked.reset();

  EXPECT_TRUE(before);
  EXPECT_FALSE(event::contains(widget, "event_one", note));
}

TEST_F(TrackTest, IsNotCountedWhenTheObjectIsGone) {
  event::listen(widget, "event_one", log.note("called"), event::track(weak));

  tracked.reset();

  EXPECT_EQ(widget.listener_count<Events::event_one>(), 0U);
}

TEST_F(TrackTest, CannotBeRemovedWhenTheObjectIsGone) {
  const Note note{&log, "called"};
  event::listen(widget, "event_one", note, event::track(weak));

  tracked.reset();

  EXPECT_THROW(event::remove(widget, "event_one", note), InvalidRequestError);
}

TEST_F(TrackTest, ListenerWithIdentityMayListenAgainWhenTheObjectIsGone) {
  const Note note{&log, "called"};
  event::listen(widget, "event_one", note, event::track(weak));
  tracked.reset();

  event::listen(widget, "event_one", note);

  EXPECT_EQ(calls_of(widget), "called");
}

TEST_F(TrackTest, TargetIsSilentAfterTheDispatchThatFoundTheObjectGone) {
  event::listen(widget, "event_one", log.note("called"), event::track(weak));
  tracked.reset();

  calls_of(widget);

  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
}

TEST_F(TrackTest, WhatTheListenerCapturedIsDestroyedByTheDispatchThatFoundTheObjectGone) {
  auto captured = std::make_shared<int>(2);
  const std::weak_ptr<int> observed = captured;
  event::listen(
      widget, "event_one", [captured = std::move(captured)] {}, event::track(weak));
  tracked.reset();

  calls_of(widget);
  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(TrackTest, WhatTheListenerCapturedIsDestroyedByTheNextListenCall) {
  auto captured = std::make_shared<int>(2);
  const std::weak_ptr<int> observed = captured;
  event::listen(
      widget, "event_one", [captured = std::move(captured)] {}, event::track(weak));
  tracked.reset();

  event::listen(widget, "event_one", [] {});
  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(TrackTest, ObjectIsHeldDuringTheCall) {
  bool held = false;
  event::listen(
      widget,
      "event_one",
      [&] {
        tracked.reset();
        held = !weak.expired();
      },
      event::track(weak));

  calls_of(widget);

  EXPECT_TRUE(held);
  EXPECT_TRUE(weak.expired());
}

TEST_F(TrackTest, ObjectIsHeldWhileAnotherThreadLetsGoOfIt) {
  bool held = false;
  std::latch inside(1);
  std::latch dropped(1);
  event::listen(
      widget,
      "event_one",
      [&] {
        inside.count_down();
        dropped.wait();
        held = !weak.expired();
      },
      event::track(weak));

  std::jthread other([this] { widget.emit<Events::event_one>(1, 2); });
  inside.wait();
  tracked.reset();
  dropped.count_down();
  other.join();

  EXPECT_TRUE(held);
}

TEST_F(TrackTest, DestructorOfTheObjectMayDisconnectTheListenerThatHeldIt) {
  struct Observer {
    Subscription subscription;
    ~Observer() { subscription.disconnect_and_wait(); }
  };
  auto observer = std::make_shared<Observer>();
  const std::weak_ptr<Observer> observed = observer;
  observer->subscription = event::listen(
      widget, "event_one", [&] { observer.reset(); }, event::track(observed));

  calls_of(widget);

  EXPECT_TRUE(observed.expired());
  EXPECT_FALSE(widget.has_listeners<Events::event_one>());
}

TEST_F(TrackTest, ObjectThatAListenerInFrontLetsGoOfIsGoneForTheSameDispatch) {
  event::listen(widget, "event_one", [this] { tracked.reset(); });
  event::listen(widget, "event_one", log.note("called"), event::track(weak));

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(TrackTest, ListenerMayBeDisconnectedBeforeTheObjectIsGone) {
  Subscription subscription =
      event::listen(widget, "event_one", log.note("called"), event::track(weak));

  subscription.disconnect_and_wait();
  tracked.reset();

  EXPECT_EQ(calls_of(widget), "");
}

/// The listeners of the object are put together anew when one of its class comes.
TEST_F(TrackTest, OthersStayWhenOneWhoseObjectIsGoneIsDisconnected) {
  Subscription tracking =
      event::listen(widget, "event_one", log.note("tracking"), event::track(weak));
  event::listen(widget, "event_one", log.note("own"));
  tracked.reset();
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));

  tracking.disconnect();

  EXPECT_EQ(calls_of(widget), "class own");
}

TEST_F(TrackTest, OthersStayWhenTheNextListenCallFindsTheObjectGone) {
  event::listen(widget, "event_one", log.note("tracking"), event::track(weak));
  event::listen(widget, "event_one", log.note("own"));
  tracked.reset();
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));

  event::listen(widget, "event_one", log.note("late")).disconnect();

  EXPECT_EQ(calls_of(widget), "class own");
}

TEST_F(TrackTest, TargetMayGoBeforeTheObject) {
  auto target = std::make_unique<Widget>();
  const Subscription subscription =
      event::listen(*target, "event_one", log.note("called"), event::track(weak));

  target.reset();

  EXPECT_FALSE(subscription.connected());
}

TEST_F(TrackTest, CopiesOfTheTargetTrackToo) {
  event::listen(
      widget, "event_one", log.note("called"), event::track(weak), event::propagate);
  const Widget copy(widget);
  const std::string before = calls_of(copy);

  tracked.reset();

  EXPECT_EQ(before, "called");
  EXPECT_EQ(calls_of(copy) + calls_of(Widget(copy)), "");
}

TEST_F(TrackTest, ObjectThatIsGoneAtOnceLeavesTheListenerUncalled) {
  tracked.reset();

  const Subscription subscription =
      event::listen(widget, "event_one", log.note("called"), event::track(weak));

  EXPECT_FALSE(subscription.connected());
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(TrackTest, AnswersCountWhileTheObjectLives) {
  event::listen(
      widget,
      "chain",
      [](const std::string& value) { return value + "!"; },
      event::retval,
      event::track(weak));
  std::string value = "text";

  widget.emit<Events::chain>(value);
  tracked.reset();
  widget.emit<Events::chain>(value);

  EXPECT_EQ(value, "text!");
}

/// Another library's weak pointer: to a flag that it sets when the object goes.
struct OwnWeak {
  struct Locked {
    bool alive;
    explicit operator bool() const noexcept { return alive; }
  };
  const bool* alive;

  Locked lock() const noexcept { return {*alive}; }
  bool expired() const noexcept { return !*alive; }
};

TEST_F(TrackTest, AnythingThatLocksAndExpiresCanBeTracked) {
  bool alive = true;
  const Subscription subscription = event::listen(
      widget, "event_one", log.note("called"), event::track(OwnWeak{&alive}));
  const std::string before = calls_of(widget);

  alive = false;

  EXPECT_EQ(before, "called");
  EXPECT_EQ(calls_of(widget), "");
  EXPECT_FALSE(subscription.connected());
}

TEST_F(TrackTest, GoesTogetherWithTheOtherOptions) {
  event::listen(widget, "event_one", log.note("last"));
  event::listen(widget,
                "event_one",
                log.note("once"),
                event::track(weak),
                event::once,
                event::insert,
                event::label("it"));

  EXPECT_EQ(calls_of(widget), "once last");
  EXPECT_EQ(calls_of(widget), "last");
}

}  // namespace
}  // namespace hark::test
