// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::ListenerInfo;
using event::ScopedSubscription;
using event::Subscription;

class ListenersTest : public WidgetTest {
 protected:
  /// "event order label" for each, in the order given.
  template <class T>
  std::vector<std::string> listed(T& target) {
    std::vector<std::string> lines;
    for (const ListenerInfo& info : event::listeners(target)) {
      lines.push_back(std::string(info.event) + ' ' + std::to_string(info.order) + ' ' +
                      info.label);
    }
    return lines;
  }

  /// The only one.
  template <class T>
  ListenerInfo info_of(T& target) {
    const std::vector<ListenerInfo> infos = event::listeners(target);
    EXPECT_EQ(infos.size(), 1U);
    return infos.empty() ? ListenerInfo{} : infos.front();
  }
};

using Lines = std::vector<std::string>;

TEST_F(ListenersTest, AreNoneOfAnObjectThatNobodyListensTo) {
  EXPECT_TRUE(event::listeners(widget).empty());
  EXPECT_TRUE(event::listeners(event::every<Widget>).empty());
}

TEST_F(ListenersTest, AreListedEventByEventInTheOrderOfADispatch) {
  event::listen(
      widget, "event_two", [] {}, event::label("a"));
  event::listen(
      widget, "event_one", [] {}, event::label("b"));
  event::listen(
      widget, "event_two", [] {}, event::label("c"), event::insert);

  EXPECT_EQ(listed(widget), (Lines{"event_one 0 b", "event_two 0 c", "event_two 1 a"}));
}

TEST_F(ListenersTest, OfTheClassStandBeforeTheObjectsOwn) {
  event::listen(
      widget, "event_one", [] {}, event::label("own"));
  const ScopedSubscription of_class = event::listen(
      event::every<Widget>, "event_one", [] {}, event::label("class"));

  EXPECT_EQ(listed(widget), (Lines{"event_one 0 class", "event_one 1 own"}));
}

TEST_F(ListenersTest, OfTheBaseClassAreListedForASubclass) {
  const ScopedSubscription of_class = event::listen(
      event::every<Widget>, "event_one", [] {}, event::label("base"));
  Gizmo gizmo;

  EXPECT_EQ(listed(gizmo), Lines{"event_one 0 base"});
  EXPECT_EQ(listed(event::every<Gizmo>), Lines{"event_one 0 base"});
}

TEST_F(ListenersTest, OfAnObjectAreNotListedForItsClass) {
  event::listen(widget, "event_one", [] {});

  EXPECT_TRUE(event::listeners(event::every<Widget>).empty());
}

TEST_F(ListenersTest, OfTheParentStandBehindTheChildsAndAreMarked) {
  Link parent;
  Link child;
  child.join(parent);
  event::listen(
      parent, "event_one", [] {}, event::label("parent"));
  event::listen(
      child, "event_one", [] {}, event::label("child"));

  const std::vector<ListenerInfo> infos = event::listeners(child);

  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].label, "child");
  EXPECT_FALSE(infos[0].parent);
  EXPECT_EQ(infos[1].label, "parent");
  EXPECT_TRUE(infos[1].parent);
  EXPECT_EQ(infos[1].order, 1U);
}

TEST_F(ListenersTest, OfTheParentsClassAreMarkedToo) {
  class Root : public event::Subclass<Root, Link> {};
  Root parent;
  Link child;
  child.join(parent);
  const ScopedSubscription of_class =
      event::listen(event::every<Root>, "event_one", [] {});

  const ListenerInfo info = info_of(child);

  EXPECT_TRUE(info.parent);
  EXPECT_FALSE(info.class_name.empty());
}

TEST_F(ListenersTest, OfTheObjectItselfHaveNoClassName) {
  event::listen(widget, "event_one", [] {});

  EXPECT_EQ(info_of(widget).class_name, "");
}

TEST_F(ListenersTest, OfTheClassHaveItsName) {
  const ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", [] {});

  EXPECT_EQ(info_of(widget).class_name, "Widget");
}

TEST_F(ListenersTest, OfTheBaseClassHaveTheNameOfTheClassThatWasListenedOn) {
  const ScopedSubscription of_class =
      event::listen(event::every<Gadget>, "event_one", [] {});
  Gizmo gizmo;

  EXPECT_EQ(info_of(gizmo).class_name, "Gadget");
}

TEST_F(ListenersTest, HaveThePlaceOfTheListenCall) {
  const int line = __LINE__ + 1;
  event::listen(widget, "event_one", [] {});

  const ListenerInfo info = info_of(widget);

  EXPECT_EQ(info.place.line, line);
  EXPECT_EQ(std::string_view(info.place.file), __FILE__);
}

TEST_F(ListenersTest, HaveThePlaceOfTheListenCallWithTheEventsType) {
  const int line = __LINE__ + 1;
  event::listen<Events::event_one>(widget, [] {});

  EXPECT_EQ(info_of(widget).place.line, line);
}

TEST_F(ListenersTest, HaveThePlaceOfTheListenCallWithANameKnownAtRunTime) {
  const int line = __LINE__ + 1;
  event::listen(widget, event::runtime_name("event_one"), [] {});

  EXPECT_EQ(info_of(widget).place.line, line);
}

TEST_F(ListenersTest, WithoutLabelHaveAnEmptyOne) {
  event::listen(widget, "event_one", [] {});

  EXPECT_EQ(info_of(widget).label, "");
}

TEST_F(ListenersTest, HaveTheirCallsAndFailures) {
  event::listen(widget, "event_one", [](int x) {
    if (x == 0) throw std::runtime_error("zero");
  });
  widget.emit<Events::event_one>(1, 2);
  EXPECT_THROW(widget.emit<Events::event_one>(0, 2), std::runtime_error);

  const ListenerInfo info = info_of(widget);

  EXPECT_EQ(info.calls, 2U);
  EXPECT_EQ(info.failures, 1U);
}

TEST_F(ListenersTest, WithoutOptionsShowNone) {
  event::listen(widget, "halt", [](int) { return false; });

  const ListenerInfo info = info_of(widget);

  EXPECT_FALSE(info.retval || info.propagate || info.once || info.isolate ||
               info.blocked);
}

TEST_F(ListenersTest, ShowTheirOptions) {
  event::listen(
      widget,
      "halt",
      [](int) { return false; },
      event::retval,
      event::propagate,
      event::once,
      event::isolate);

  const ListenerInfo info = info_of(widget);

  EXPECT_TRUE(info.retval && info.propagate && info.once && info.isolate);
}

TEST_F(ListenersTest, ShowThatTheyAreBlocked) {
  event::listen(widget, "event_one", [] {}).block();

  EXPECT_TRUE(info_of(widget).blocked);
}

TEST_F(ListenersTest, OfACopyAreThePropagatedOnes) {
  event::listen(
      widget, "event_one", [] {}, event::label("stays"));
  event::listen(
      widget, "event_one", [] {}, event::label("goes"), event::propagate);
  Widget copy(widget);

  EXPECT_EQ(listed(copy), Lines{"event_one 0 goes"});
}

TEST_F(ListenersTest, OfWhatStandsForAnObjectAreTheObjects) {
  Holder holder(widget);
  event::listen(
      holder, "event_one", [] {}, event::label("through the holder"));

  EXPECT_EQ(listed(holder), Lines{"event_one 0 through the holder"});
  EXPECT_EQ(listed(widget), Lines{"event_one 0 through the holder"});
}

TEST_F(ListenersTest, ThatAreInternalAreLeftOut) {
  event::internal::listen<Events::made>(widget, [] {});

  EXPECT_TRUE(event::listeners(widget).empty());
}

TEST_F(ListenersTest, ThatWereDisconnectedAreLeftOut) {
  Subscription subscription = event::listen(
      widget, "event_one", [] {}, event::label("gone"));
  event::listen(
      widget, "event_one", [] {}, event::label("there"));

  subscription.disconnect();

  EXPECT_EQ(listed(widget), Lines{"event_one 0 there"});
}

TEST_F(ListenersTest, WhoseTrackedObjectIsGoneAreLeftOut) {
  auto tracked = std::make_shared<int>(1);
  event::listen(
      widget, "event_one", [] {}, event::track(std::weak_ptr(tracked)));

  tracked.reset();

  EXPECT_TRUE(event::listeners(widget).empty());
}

TEST_F(ListenersTest, MayBeAskedForByAListener) {
  std::size_t seen = 0;
  event::listen(widget, "event_one", [&] { seen = event::listeners(widget).size(); });
  event::listen(widget, "event_two", [] {});

  widget.emit<Events::event_one>(1, 2);

  EXPECT_EQ(seen, 2U);
}

}  // namespace
}  // namespace hark::test
