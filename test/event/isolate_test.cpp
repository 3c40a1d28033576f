// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::Subscription;

std::string message_of(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "something else";
  }
  return {};
}

/// What the failure handler was told, its views copied.
struct Reported {
  std::string event;
  std::string label;
  event::Place place;
  std::string message;
  std::uint64_t failures;
};

std::vector<Reported> reported;

void keep(const event::Failure& failure) {
  reported.push_back({.event = std::string(failure.event),
                      .label = std::string(failure.label),
                      .place = failure.place,
                      .message = message_of(failure.error),
                      .failures = failure.failures});
}

class IsolateTest : public WidgetTest {
 protected:
  IsolateTest() { reported.clear(); }
  IsolateTest(const IsolateTest&) = delete;
  IsolateTest& operator=(const IsolateTest&) = delete;
  ~IsolateTest() override { event::set_failure_handler(before_); }

  /// A listener that notes that it was called, and throws.
  auto failing(std::string_view message) {
    return [this, text = std::string(message)] {
      log.add(text);
      throw std::runtime_error(text);
    };
  }

 private:
  event::FailureHandler before_ = event::set_failure_handler(&keep);
};

// Evidence: event.isolate-1
TEST_F(IsolateTest, ExceptionEndsAtTheListener) {
  event::listen(widget, "event_one", failing("first"), event::isolate);
  event::listen(widget, "event_one", log.note("second"));

  EXPECT_EQ(calls_of(widget), "first second");
}

TEST_F(IsolateTest, ExceptionOfAListenerThatIsNotIsolatedLeavesTheDispatch) {
  event::listen(widget, "event_one", failing("first"), event::isolate);
  event::listen(widget, "event_one", failing("second"));
  event::listen(widget, "event_one", log.note("third"));

  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), std::runtime_error);
  EXPECT_EQ(log.take(), "first second");
}

TEST_F(IsolateTest, ExceptionThatIsNoStdExceptionEndsThereToo) {
  event::listen(
      widget, "event_one", [] { throw 1; }, event::isolate);

  EXPECT_NO_THROW(widget.emit<Events::event_one>(1, 2));
  ASSERT_EQ(reported.size(), 1U);
  EXPECT_EQ(reported[0].message, "something else");
}

TEST_F(IsolateTest, ExceptionOfAClassListenerEndsThere) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", failing("class"), event::isolate);
  event::listen(widget, "event_one", log.note("own"));

  EXPECT_EQ(calls_of(widget), "class own");
}

TEST_F(IsolateTest, ListenerIsCalledAgainAfterItFailed) {
  event::listen(widget, "event_one", failing("again"), event::isolate);

  EXPECT_EQ(calls_of(widget), "again");
  EXPECT_EQ(calls_of(widget), "again");
}

TEST_F(IsolateTest, ExceptionOfANestedDispatchEndsAtTheIsolatedListenerAroundIt) {
  Widget inner;
  event::listen(inner, "event_one", failing("inner"));
  event::listen(
      widget, "event_one", [&] { inner.emit<Events::event_one>(1, 2); }, event::isolate);
  event::listen(widget, "event_one", log.note("last"));

  EXPECT_EQ(calls_of(widget), "inner last");
}

// Evidence: event.isolate-1
TEST_F(IsolateTest, FailuresAreCounted) {
  const Subscription subscription =
      event::listen(widget, "event_one", failing("a"), event::isolate);

  calls_of(widget);
  calls_of(widget);

  EXPECT_EQ(subscription.calls(), 2U);
  EXPECT_EQ(subscription.failures(), 2U);
}

// Evidence: event.isolate-1
TEST_F(IsolateTest, LastErrorIsKept) {
  const Subscription subscription = event::listen(
      widget,
      "event_one",
      [](int x) { throw std::runtime_error(std::to_string(x)); },
      event::isolate);

  widget.emit<Events::event_one>(1, 2);
  widget.emit<Events::event_one>(2, 2);

  EXPECT_EQ(message_of(subscription.last_error()), "2");
}

TEST_F(IsolateTest, FailureIsReportedWithWhatIsKnownOfTheListener) {
  const auto broken = failing("broken");
  const int line = __LINE__ + 1;
  event::listen(widget, "event_one", broken, event::isolate, event::label("slow log"));
  calls_of(widget);
  calls_of(widget);

  ASSERT_EQ(reported.size(), 2U);
  EXPECT_EQ(reported[1].event, "event_one");
  EXPECT_EQ(reported[1].label, "slow log");
  EXPECT_EQ(std::string_view(reported[1].place.file), __FILE__);
  EXPECT_EQ(reported[1].place.line, line);
  EXPECT_EQ(reported[1].message, "broken");
  EXPECT_EQ(reported[1].failures, 2U);
}

TEST_F(IsolateTest, FailureWithoutLabelIsReportedWithAnEmptyOne) {
  event::listen(widget, "event_one", failing("broken"), event::isolate);

  calls_of(widget);

  ASSERT_EQ(reported.size(), 1U);
  EXPECT_EQ(reported[0].label, "");
}

TEST_F(IsolateTest, NothingElseIsReported) {
  event::listen(widget, "event_one", log.note("fine"), event::isolate);
  event::listen(widget, "event_one", failing("not isolated"));

  EXPECT_THROW(widget.emit<Events::event_one>(1, 2), std::runtime_error);

  EXPECT_TRUE(reported.empty());
}

TEST_F(IsolateTest, FailureIsReportedOnTheThreadThatDispatches) {
  static std::thread::id reporting;
  event::set_failure_handler(
      [](const event::Failure&) { reporting = std::this_thread::get_id(); });
  event::listen(widget, "event_one", failing("elsewhere"), event::isolate);
  std::thread::id dispatching;

  std::jthread([&] {
    dispatching = std::this_thread::get_id();
    widget.emit<Events::event_one>(1, 2);
  }).join();

  EXPECT_EQ(reporting, dispatching);
}

TEST_F(IsolateTest, HandlerMayDisconnectTheListenerThatFailed) {
  static Subscription failed;
  event::set_failure_handler([](const event::Failure&) { failed.disconnect_and_wait(); });
  failed = event::listen(widget, "event_one", failing("once"), event::isolate);

  EXPECT_EQ(calls_of(widget), "once");
  EXPECT_EQ(calls_of(widget), "");
  failed = Subscription();
}

TEST_F(IsolateTest, ChainKeepsTheValueThatAFailingListenerWasToReplace) {
  event::listen(
      widget,
      "chain",
      [](std::string value) -> std::string {
        const std::string taken = std::move(value);
        throw std::runtime_error("after it was taken");
      },
      event::retval,
      event::isolate);
  event::listen(
      widget,
      "chain",
      [](const std::string& value) { return value + "!"; },
      event::retval);
  std::string value = "long enough to be moved from when it is moved";

  widget.emit<Events::chain>(value);

  EXPECT_EQ(value, "long enough to be moved from when it is moved!");
}

TEST_F(IsolateTest, FailingListenerOfAFirstEventGivesNoAnswerAndTheNextIsAsked) {
  event::listen(
      widget,
      "halt",
      [](int) -> bool { throw std::runtime_error("no answer"); },
      event::isolate);
  event::listen(widget, "halt", [](int x) { return x > 0; });

  EXPECT_TRUE(widget.emit<Events::halt>(1));
}

TEST_F(IsolateTest, FailingListenerAloneLeavesAFirstEventWithoutAnswer) {
  event::listen(
      widget,
      "halt",
      [](int) -> bool { throw std::runtime_error("no answer"); },
      event::isolate);

  EXPECT_FALSE(widget.emit<Events::halt>(1));
}

TEST_F(IsolateTest, FailingOnceListenerIsNotCalledAgain) {
  event::listen(widget, "event_one", failing("once"), event::isolate, event::once);

  EXPECT_EQ(calls_of(widget), "once");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(IsolateTest, OnlyRunIsDoneThoughAListenerFailed) {
  event::listen(widget, "event_one", failing("failed"), event::isolate);

  EXPECT_TRUE(widget.exec_once_unless_exception<Events::event_one>(1, 2));
  EXPECT_FALSE(widget.exec_once_unless_exception<Events::event_one>(1, 2));
}

TEST_F(IsolateTest, IsAnOptionKnownAtRunTimeToo) {
  event::listen(widget,
                event::runtime_name("event_one"),
                failing("failed"),
                event::ListenOptions{.isolate = true, .label = "late"});

  EXPECT_NO_THROW(widget.emit<Events::event_one>(1, 2));
  ASSERT_EQ(reported.size(), 1U);
  EXPECT_EQ(reported[0].label, "late");
}

TEST_F(IsolateTest, HoldsForCopies) {
  event::listen(widget, "event_one", failing("copied"), event::isolate, event::propagate);
  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "copied");
  EXPECT_EQ(reported.size(), 1U);
}

TEST_F(IsolateTest, ListenerThatDestroysItsTargetAndThrowsIsReported) {
  auto target = std::make_unique<Widget>();
  event::listen(
      *target,
      "event_one",
      [&] {
        target.reset();
        throw std::runtime_error("gone");
      },
      event::isolate,
      event::label("destroyer"));

  target->emit<Events::event_one>(1, 2);

  ASSERT_EQ(reported.size(), 1U);
  EXPECT_EQ(reported[0].label, "destroyer");
}

}  // namespace
}  // namespace hark::test
