// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::ScopedSubscription;
using event::Subscription;

int warnings = 0;
int failures = 0;
void count_warning(const event::Warning&) { ++warnings; }
void count_failure(const event::Failure&) { ++failures; }

/// Writes to standard error while `act` runs.
template <class Act>
std::string standard_error_of(Act&& act) {
  ::testing::internal::CaptureStderr();
  act();
  return ::testing::internal::GetCapturedStderr();
}

std::ptrdiff_t lines_in(std::string_view text) {
  return std::count(text.begin(), text.end(), '\n');
}

/// Each test begins and ends with the default handlers.
class ReportTest : public WidgetTest {
 protected:
  ReportTest() { warnings = failures = 0; }
  ReportTest(const ReportTest&) = delete;
  ReportTest& operator=(const ReportTest&) = delete;
  ~ReportTest() override {
    event::set_warning_handler(nullptr);
    event::set_failure_handler(nullptr);
  }

  void warn() {
    event::listen(widget, "event_old", [](int) {}).disconnect();
  }
  void fail() {
    Widget target;
    event::listen(
        target,
        "event_one",
        [] { throw std::runtime_error("broken"); },
        event::isolate,
        event::label("slow log"));
    target.emit<Events::event_one>(1, 2);
  }
};

// -- handlers ---------------------------------------------------------------------------

TEST_F(ReportTest, WarningHandlerIsCalled) {
  event::set_warning_handler(&count_warning);

  warn();

  EXPECT_EQ(warnings, 1);
}

TEST_F(ReportTest, FailureHandlerIsCalled) {
  event::set_failure_handler(&count_failure);

  fail();

  EXPECT_EQ(failures, 1);
}

TEST_F(ReportTest, SettingAHandlerReturnsTheOneBefore) {
  event::set_warning_handler(&count_warning);
  event::set_failure_handler(&count_failure);

  EXPECT_EQ(event::set_warning_handler(nullptr), &count_warning);
  EXPECT_EQ(event::set_failure_handler(nullptr), &count_failure);
}

TEST_F(ReportTest, HandlerBeforeTheFirstIsTheDefault) {
  const event::WarningHandler warning_default =
      event::set_warning_handler(&count_warning);
  const event::FailureHandler failure_default =
      event::set_failure_handler(&count_failure);

  event::set_warning_handler(nullptr);
  event::set_failure_handler(nullptr);

  EXPECT_NE(warning_default, nullptr);
  EXPECT_NE(failure_default, nullptr);
  EXPECT_EQ(event::set_warning_handler(nullptr), warning_default);
  EXPECT_EQ(event::set_failure_handler(nullptr), failure_default);
}

TEST_F(ReportTest, WhatAWarningHandlerThrowsIsDropped) {
  event::set_warning_handler(
      [](const event::Warning&) { throw std::runtime_error("handler"); });

  EXPECT_NO_THROW(warn());
}

TEST_F(ReportTest, WhatAFailureHandlerThrowsIsDropped) {
  event::set_failure_handler(
      [](const event::Failure&) { throw std::runtime_error("handler"); });

  EXPECT_NO_THROW(fail());
}

TEST_F(ReportTest, HandlersMayListen) {
  static Widget other;
  event::set_warning_handler(
      [](const event::Warning&) { event::listen(other, "event_one", [] {}); });
  event::set_failure_handler(
      [](const event::Failure&) { event::listen(other, "event_one", [] {}); });

  warn();
  fail();

  EXPECT_EQ(other.listener_count<Events::event_one>(), 2U);
}

// -- the defaults -----------------------------------------------------------------------

TEST_F(ReportTest, WarningIsOneLineOnStandardErrorByDefault) {
  const std::string text = standard_error_of([this] { warn(); });

  EXPECT_EQ(lines_in(text), 1);
  EXPECT_NE(text.find("event_old"), std::string::npos);
  EXPECT_NE(text.find("listen to event_two"), std::string::npos);
  EXPECT_NE(text.find("report_test.cpp:"), std::string::npos);
}

TEST_F(ReportTest, FailureIsOneLineOnStandardErrorByDefault) {
  std::string text;
  while (text.empty()) {  // others may have used up this second's lines
    text = standard_error_of([this] { fail(); });
  }

  EXPECT_EQ(lines_in(text), 1);
  EXPECT_TRUE(text.starts_with("hark: listener of 'event_one' (slow log) from ")) << text;
  EXPECT_NE(text.find("report_test.cpp:"), std::string::npos) << text;
  EXPECT_NE(text.find(" threw: broken"), std::string::npos) << text;
}

TEST_F(ReportTest, AFewFailuresASecondAreWrittenAndTheOthersLeftOut) {
  const std::string text = standard_error_of([this] {
    for (int i = 0; i < 1000; ++i) fail();
  });

  EXPECT_LT(lines_in(text), 500);  // ten, unless the machine is at a standstill
}

TEST_F(ReportTest, NextLineSaysHowManyFailuresWereLeftOut) {
  while (standard_error_of([this] { fail(); }).empty()) continue;  // those of other tests
  const std::string flood = standard_error_of([this] {
    for (int i = 0; i < 100; ++i) fail();
  });
  const std::ptrdiff_t left_out = 100 - lines_in(flood);
  ASSERT_GT(left_out, 0);

  std::ptrdiff_t tries = 0;
  std::string text;
  while (text.empty()) {
    text = standard_error_of([this] { fail(); });
    ++tries;
  }

  const std::string expected =
      std::to_string(left_out + tries - 1) + " more were not shown";
  EXPECT_NE(text.find(expected), std::string::npos) << text << expected;
}

// -- statistics -------------------------------------------------------------------------

/// Stays within a dispatch until it is destroyed; what it uses cannot be freed, and what
/// others retire is freed in batches.
class Parked {
 public:
  explicit Parked(Widget& target) : target_(target) {
    subscription_ = event::listen(target_, "event_two", [this] {
      inside_.count_down();
      leave_.wait();
    });
    thread_ = std::jthread([this] { target_.emit<WidgetEvents::event_two>(1); });
    inside_.wait();
  }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;
  ~Parked() {
    leave_.count_down();
    thread_.join();
    subscription_.disconnect();
  }

  Subscription& subscription() noexcept { return subscription_; }

 private:
  Widget& target_;
  Subscription subscription_;
  std::latch inside_{1};
  std::latch leave_{1};
  std::jthread thread_;
};

TEST_F(ReportTest, StatisticsCountTheThreadsThatDispatched) {
  event::listen(widget, "event_one", [] {});
  calls_of(widget);
  const std::size_t before = event::statistics().threads;
  std::size_t during = 0;
  {
    const Parked parked(widget);
    during = event::statistics().threads;
  }

  EXPECT_EQ(before, 1U);
  EXPECT_EQ(during, 2U);
  EXPECT_EQ(event::statistics().threads, 1U);
}

TEST_F(ReportTest, NothingStaysRetiredWhereOneThreadDispatches) {
  event::listen(widget, "event_one", [] {});
  calls_of(widget);

  event::listen(
      widget, "event_one", [] {}, event::insert)
      .disconnect();

  EXPECT_EQ(event::statistics().retired_listeners, 0U);
  EXPECT_EQ(event::statistics().retired_snapshots, 0U);
}

TEST_F(ReportTest, StatisticsCountTheListenersThatAreNotDestroyedYet) {
  event::collect();
  Widget target;
  Parked parked(target);

  parked.subscription().disconnect();
  event::collect();

  EXPECT_EQ(event::statistics().retired_listeners, 1U);
}

TEST_F(ReportTest, CollectDestroysWhatNoThreadUses) {
  Widget target;
  const Parked parked(target);
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  event::listen(widget, "event_one", [captured = std::move(captured)] {}).disconnect();

  event::collect();

  EXPECT_TRUE(observed.expired());
}

TEST_F(ReportTest, CollectKeepsWhatAThreadUses) {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> observed = captured;
  std::latch inside(1);
  std::latch leave(1);
  Subscription running =
      event::listen(widget, "event_one", [&, captured = std::move(captured)] {
        inside.count_down();
        leave.wait();
      });
  std::jthread other([this] { widget.emit<Events::event_one>(1, 2); });
  inside.wait();
  running.disconnect();

  event::collect();

  EXPECT_FALSE(observed.expired());
  leave.count_down();
  other.join();
  event::collect();
  EXPECT_TRUE(observed.expired());
}

TEST_F(ReportTest, CollectMayBeCalledInsideAListener) {
  event::listen(widget, "event_one", [&] {
    event::listen(widget, "event_two", [] {}).disconnect();
    event::collect();
    log.add("collected");
  });

  EXPECT_EQ(calls_of(widget), "collected");
}

}  // namespace
}  // namespace hark::test
