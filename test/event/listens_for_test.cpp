// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

class ListensForTest : public WidgetTest {};

TEST_F(ListensForTest, RegistersWhatItIsCalledWith) {
  event::listens_for(widget, "event_one")(
      [this](int x, int y) { log.add(std::to_string(x) + std::to_string(y)); });

  EXPECT_EQ(calls_of(widget), "12");
}

TEST_F(ListensForTest, RegistersNothingByItself) {
  static_cast<void>(event::listens_for(widget, "event_one"));

  EXPECT_FALSE(widget.has_listeners<WidgetEvents::event_one>());
}

TEST_F(ListensForTest, TypedSpellingIsTheSame) {
  event::listens_for<WidgetEvents::event_one>(widget)(log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListensForTest, TypedSpellingTakesAGenericLambda) {
  event::listens_for<WidgetEvents::event_one>(widget)(
      [this](auto x, auto y) { log.add(std::to_string(x + y)); });

  EXPECT_EQ(calls_of(widget), "3");
}

TEST_F(ListensForTest, TakesANameKnownAtRunTime) {
  event::listens_for(widget, event::runtime_name("event_one"))(log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListensForTest, ReachesAClass) {
  const event::ScopedSubscription of_class =
      event::listens_for(event::every<Widget>, "event_one")(log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListensForTest, GivesItsOptionsToEachListener) {
  const auto decorate = event::listens_for(widget, "event_one", event::insert);

  decorate(log.note("a"));
  decorate(log.note("b"));

  EXPECT_EQ(calls_of(widget), "b a");
}

TEST_F(ListensForTest, GivesItsLabelToEachListener) {
  const auto decorate = event::listens_for(widget, "event_one", event::label("noted"));

  decorate(log.note("a"));
  decorate(log.note("b"));

  EXPECT_EQ(event::listeners(widget).at(0).label, "noted");
  EXPECT_EQ(event::listeners(widget).at(1).label, "noted");
}

TEST_F(ListensForTest, TypedSpellingTakesOptions) {
  event::listens_for<WidgetEvents::chain>(
      widget, event::retval)([](const std::string& value) { return value + "!"; });
  std::string value = "hello";

  widget.emit<WidgetEvents::chain>(value);

  EXPECT_EQ(value, "hello!");
}

TEST_F(ListensForTest, AnswersTheSubscription) {
  auto subscription = event::listens_for(widget, "event_one")(log.note("a"));

  subscription.disconnect();

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(ListensForTest, MisfitIsRefusedWhenItIsGiven) {
  const auto decorate = event::listens_for(widget, "event_one");

  EXPECT_THROW(decorate([](const char*) {}), ArgumentError);
}

TEST_F(ListensForTest, EmptyListenerIsRefused) {
  const auto decorate = event::listens_for(widget, "event_one");

  EXPECT_THROW(decorate(std::function<void()>()), ArgumentError);
}

TEST_F(ListensForTest, RemembersWhereTheListenerWasGiven) {
  const auto decorate = event::listens_for(widget, "event_one");
  decorate(log.note("a"));
  const int line = __LINE__ - 1;

  const auto place = event::listeners(widget).at(0).place;

  EXPECT_STREQ(place.file, __FILE__);
  EXPECT_EQ(place.line, line);
}

}  // namespace
}  // namespace hark::test
