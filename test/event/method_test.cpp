// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <string>
#include <type_traits>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

class Auditor {
 public:
  explicit Auditor(Log& log) : log_(log) {}
  virtual ~Auditor() = default;

  void on_event(int x, int y) { log_.add(std::to_string(x) + std::to_string(y)); }
  void on_any_event() { log_.add("any"); }
  void on_event_noexcept() noexcept { log_.add("noexcept"); }
  void on_event_const(int x) const { log_.add(std::to_string(x)); }
  virtual void on_virtual_event() { log_.add("base"); }
  std::string answer(const std::string& value) const { return value + "!"; }

 protected:
  Log& log_;
};

class StrictAuditor : public Auditor {
 public:
  using Auditor::Auditor;
  void on_virtual_event() override { log_.add("derived"); }
};

using OnEvent = event::Method<Auditor, void (Auditor::*)(int, int)>;
static_assert(std::equality_comparable<OnEvent>);
static_assert(std::is_trivially_copyable_v<OnEvent>);
static_assert(std::is_invocable_v<OnEvent, int, int>);
static_assert(!std::is_invocable_v<OnEvent, int>);
static_assert(!std::is_invocable_v<OnEvent, const char*, int>);

class MethodTest : public WidgetTest {
 protected:
  Auditor auditor{log};
  Auditor other{log};
};

TEST_F(MethodTest, CallsTheFunctionOnTheObject) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event));

  EXPECT_EQ(calls_of(widget), "12");
}

TEST_F(MethodTest, MayLeaveOutTrailingArguments) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_any_event));

  EXPECT_EQ(calls_of(widget), "any");
}

TEST_F(MethodTest, TakesAFunctionThatDoesNotThrow) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event_noexcept));

  EXPECT_EQ(calls_of(widget), "noexcept");
}

TEST_F(MethodTest, TakesAConstObject) {
  const Auditor& observed = auditor;

  event::listen(widget, "event_one", event::method(observed, &Auditor::on_event_const));

  EXPECT_EQ(calls_of(widget), "1");
}

TEST_F(MethodTest, CallsTheOverriderOfAVirtualFunction) {
  StrictAuditor strict(log);
  Auditor& base = strict;

  event::listen(widget, "event_one", event::method(base, &Auditor::on_virtual_event));

  EXPECT_EQ(calls_of(widget), "derived");
}

TEST_F(MethodTest, CallsAFunctionOfABaseOfTheObject) {
  StrictAuditor strict(log);

  event::listen(widget, "event_one", event::method(strict, &Auditor::on_event));

  EXPECT_EQ(calls_of(widget), "12");
}

TEST_F(MethodTest, MayAnswer) {
  event::listen(widget, "chain", event::method(auditor, &Auditor::answer), event::retval);
  std::string value = "v";

  widget.emit<WidgetEvents::chain>(value);

  EXPECT_EQ(value, "v!");
}

TEST_F(MethodTest, GoesWithTheTypedSpelling) {
  event::listen<WidgetEvents::event_one>(widget,
                                         event::method(auditor, &Auditor::on_event));

  EXPECT_EQ(calls_of(widget), "12");
}

// Evidence: event.listen-3
TEST_F(MethodTest, SameObjectAndFunctionAreOneListener) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event));
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event));

  EXPECT_EQ(calls_of(widget), "12");
}

TEST_F(MethodTest, AnotherObjectIsAnotherListener) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event));
  event::listen(widget, "event_one", event::method(other, &Auditor::on_event));

  EXPECT_EQ(calls_of(widget), "12 12");
}

TEST_F(MethodTest, AnotherFunctionIsAnotherListener) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_virtual_event));
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_any_event));

  EXPECT_EQ(calls_of(widget), "base any");
}

TEST_F(MethodTest, IsFoundByAnEqualOne) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event));

  EXPECT_TRUE(
      event::contains(widget, "event_one", event::method(auditor, &Auditor::on_event)));
  EXPECT_FALSE(
      event::contains(widget, "event_one", event::method(other, &Auditor::on_event)));
}

TEST_F(MethodTest, IsRemovedByAnEqualOne) {
  event::listen(widget, "event_one", event::method(auditor, &Auditor::on_event));

  event::remove(widget, "event_one", event::method(auditor, &Auditor::on_event));

  EXPECT_EQ(calls_of(widget), "");
}

}  // namespace
}  // namespace hark::test
