// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

std::vector<event::Warning> warnings;
void keep(const event::Warning& warning) { warnings.push_back(warning); }
void refuse(const event::Warning&) { throw std::runtime_error("no"); }

class DeprecatedTest : public WidgetTest {
 protected:
  DeprecatedTest() {
    warnings.clear();
    event::set_warning_handler(&keep);
  }
  ~DeprecatedTest() override { event::set_warning_handler(nullptr); }
};

TEST_F(DeprecatedTest, ListeningWarns) {
  event::listen(widget, "event_old", log.note("a"));

  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].message, "event 'event_old' is deprecated: listen to event_two");
}

TEST_F(DeprecatedTest, WarningNamesThePlaceOfTheCall) {
  event::listen(widget, "event_old", log.note("a"));
  const int line = __LINE__ - 1;

  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_STREQ(warnings[0].place.file, __FILE__);
  EXPECT_EQ(warnings[0].place.line, line);
}

TEST_F(DeprecatedTest, EveryListenerWarns) {
  event::listen(widget, "event_old", log.note("a"));
  event::listen<WidgetEvents::event_old>(widget, log.note("b"));
  event::listen(widget, event::runtime_name("event_old"), log.note("c"));
  event::listens_for(widget, "event_old")(log.note("d"));

  EXPECT_EQ(warnings.size(), 4U);
}

TEST_F(DeprecatedTest, ListeningOnAClassWarns) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_old", log.note("a"));

  EXPECT_EQ(warnings.size(), 1U);
}

TEST_F(DeprecatedTest, OtherEventsDoNotWarn) {
  event::listen(widget, "event_two", log.note("a"));

  EXPECT_TRUE(warnings.empty());
}

TEST_F(DeprecatedTest, DispatchDoesNotWarn) {
  event::listen(widget, "event_old", log.note("a"));
  warnings.clear();

  widget.emit<WidgetEvents::event_old>(1);

  EXPECT_TRUE(warnings.empty());
}

TEST_F(DeprecatedTest, RemovingDoesNotWarn) {
  event::listen(widget, "event_old", Note{&log, "a"});
  warnings.clear();

  event::contains(widget, "event_old", Note{&log, "a"});
  event::remove(widget, "event_old", Note{&log, "a"});

  EXPECT_TRUE(warnings.empty());
}

TEST_F(DeprecatedTest, WhatIsRefusedDoesNotWarn) {
  void (*const nothing)(int) = nullptr;

  EXPECT_THROW(event::listen(widget, "event_old", nothing), ArgumentError);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(DeprecatedTest, EventIsDispatchedAsAnyOther) {
  event::listen(widget, "event_old", log.note("a"));

  widget.emit<WidgetEvents::event_old>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(DeprecatedTest, WhatTheHandlerThrowsIsDropped) {
  event::set_warning_handler(&refuse);

  EXPECT_NO_THROW(event::listen(widget, "event_old", log.note("a")));
  widget.emit<WidgetEvents::event_old>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(DeprecatedTest, HandlerMayListen) {
  static Widget* listened = nullptr;
  listened = &widget;
  event::set_warning_handler(
      [](const event::Warning&) { event::listen(*listened, "event_two", [](int) {}); });

  event::listen(widget, "event_old", log.note("a"));

  EXPECT_TRUE(widget.has_listeners<WidgetEvents::event_two>());
}

TEST_F(DeprecatedTest, SettingAHandlerAnswersTheOneBefore) {
  EXPECT_EQ(event::set_warning_handler(&refuse), &keep);
  EXPECT_EQ(event::set_warning_handler(&keep), &refuse);
}

TEST_F(DeprecatedTest, DefaultHandlerWritesALineToStandardError) {
  event::set_warning_handler(nullptr);
  testing::internal::CaptureStderr();

  event::listen(widget, "event_old", log.note("a"));
  const int line = __LINE__ - 1;

  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "hark: warning: " __FILE__ ":" + std::to_string(line) +
                ": event 'event_old' is deprecated: listen to event_two\n");
}

}  // namespace
}  // namespace hark::test
