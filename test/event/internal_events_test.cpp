// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using made = WidgetEvents::made;

class InternalEventsTest : public WidgetTest {};

TEST_F(InternalEventsTest, FamilysOwnCodeMayListen) {
  event::internal::listen<made>(widget, log.note("a"));

  widget.emit<made>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(InternalEventsTest, FamilysOwnCodeMayListenOnAClass) {
  const event::ScopedSubscription of_class =
      event::internal::listen<made>(event::every<Widget>, log.note("a"));

  widget.emit<made>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(InternalEventsTest, FamilysOwnCodeMayListenThroughAHolder) {
  Holder holder(widget);
  event::internal::listen<made>(holder, log.note("a"));

  widget.emit<made>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(InternalEventsTest, OptionsAct) {
  event::internal::listen<made>(widget, log.note("a"));
  event::internal::listen<made>(widget, log.note("b"), event::insert, event::once);

  widget.emit<made>(1);
  widget.emit<made>(2);

  EXPECT_EQ(log.take(), "b a a");
}

TEST_F(InternalEventsTest, TakesOtherEventsToo) {
  event::internal::listen<WidgetEvents::event_one>(widget, log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(InternalEventsTest, IsNotFoundByName) {
  const event::runtime_name name("_hark_event_made");

  EXPECT_THROW(event::listen(widget, name, log.note("a")), InvalidRequestError);
  EXPECT_THROW(event::remove(widget, name, Note{&log, "a"}), InvalidRequestError);
  EXPECT_THROW(event::contains(widget, name, Note{&log, "a"}), InvalidRequestError);
}

TEST_F(InternalEventsTest, IsNotShown) {
  event::internal::listen<made>(widget, log.note("a"));
  event::listen(widget, "event_one", log.note("b"));

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].event, "event_one");
}

TEST_F(InternalEventsTest, SubscriptionEndsIt) {
  auto subscription = event::internal::listen<made>(widget, log.note("a"));
  subscription.disconnect();

  widget.emit<made>(1);

  EXPECT_EQ(log.take(), "");
}

TEST_F(InternalEventsTest, CopyGetsThePropagatedOnes) {
  event::internal::listen<made>(widget, log.note("a"), event::propagate);

  const Widget copy(widget);
  copy.emit<made>(1);

  EXPECT_EQ(log.take(), "a");
}

}  // namespace
}  // namespace hark::test
