// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

class OptionsTest : public WidgetTest {
 protected:
  /// What the listeners of `chain` on `target` make of "v".
  static std::string answer_of(const Widget& target) {
    std::string value = "v";
    target.emit<WidgetEvents::chain>(value);
    return value;
  }

  /// A listener of `chain` that answers its argument with a letter appended.
  static auto append(std::string_view letter) {
    return
        [text = std::string(letter)](const std::string& value) { return value + text; };
  }
};

// -- retval -----------------------------------------------------------------------------

TEST_F(OptionsTest, RetvalMakesTheAnswerCount) {
  event::listen(widget, "chain", append("a"), event::retval);

  EXPECT_EQ(answer_of(widget), "va");
}

TEST_F(OptionsTest, AnswerIsDroppedWithoutRetval) {
  event::listen(widget, "chain", append("a"));

  EXPECT_EQ(answer_of(widget), "v");
}

TEST_F(OptionsTest, RetvalGoesWithTheTypedSpelling) {
  event::listen<WidgetEvents::chain>(widget, append("a"), event::retval);

  EXPECT_EQ(answer_of(widget), "va");
}

TEST_F(OptionsTest, RetvalCountsOnAClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "chain", append("a"), event::retval);

  EXPECT_EQ(answer_of(widget), "va");
}

// -- propagate --------------------------------------------------------------------------

TEST_F(OptionsTest, PropagateReachesACopy) {
  event::listen(widget, "event_one", log.note("a"), event::propagate);

  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "a");
}

TEST_F(OptionsTest, CopyHearsNothingWithoutPropagate) {
  event::listen(widget, "event_one", log.note("a"));

  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "");
}

TEST_F(OptionsTest, PropagateHasNoEffectOnAClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("a"), event::propagate);

  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "a");
}

// -- once -------------------------------------------------------------------------------

TEST_F(OptionsTest, OnceRunsOnce) {
  event::listen(widget, "event_one", log.note("a"), event::once);

  EXPECT_EQ(calls_of(widget), "a");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OptionsTest, OnceLeavesTheOthersAlone) {
  event::listen(widget, "event_one", log.note("a"));
  event::listen(widget, "event_one", log.note("b"), event::once);
  event::listen(widget, "event_one", log.note("c"));

  EXPECT_EQ(calls_of(widget), "a b c");
  EXPECT_EQ(calls_of(widget), "a c");
}

TEST_F(OptionsTest, OnceOnAClassRunsForOneObject) {
  const Widget other;
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("a"), event::once);

  EXPECT_EQ(calls_of(widget), "a");
  EXPECT_EQ(calls_of(other), "");
}

// -- insert -----------------------------------------------------------------------------

TEST_F(OptionsTest, InsertPutsInFront) {
  event::listen(widget, "event_one", log.note("a"));
  event::listen(widget, "event_one", log.note("b"));

  event::listen(widget, "event_one", log.note("c"), event::insert);

  EXPECT_EQ(calls_of(widget), "c a b");
}

TEST_F(OptionsTest, LastInsertedIsInFrontOfAll) {
  event::listen(widget, "event_one", log.note("a"), event::insert);
  event::listen(widget, "event_one", log.note("b"), event::insert);
  event::listen(widget, "event_one", log.note("c"), event::insert);

  EXPECT_EQ(calls_of(widget), "c b a");
}

TEST_F(OptionsTest, InsertedListenerStaysBehindTheClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));

  event::listen(widget, "event_one", log.note("own"), event::insert);

  EXPECT_EQ(calls_of(widget), "class own");
}

// -- label ------------------------------------------------------------------------------

TEST_F(OptionsTest, LabelIsShown) {
  event::listen(widget, "event_one", log.note("a"), event::label("slow log"));

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].label, "slow log");
}

TEST_F(OptionsTest, LabelIsEmptyWhereNoneIsGiven) {
  event::listen(widget, "event_one", log.note("a"));

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].label, "");
}

// -- together ---------------------------------------------------------------------------

TEST_F(OptionsTest, InsertedAnswerIsSeenByTheOthers) {
  event::listen(widget, "chain", append("a"), event::retval);

  event::listen(widget, "chain", append("b"), event::retval, event::insert);

  EXPECT_EQ(answer_of(widget), "vba");
}

TEST_F(OptionsTest, AnswerOfOnceCountsOnce) {
  event::listen(widget, "chain", append("a"), event::once, event::retval);

  EXPECT_EQ(answer_of(widget), "va");
  EXPECT_EQ(answer_of(widget), "v");
}

TEST_F(OptionsTest, PropagatedAnswerCountsInTheCopy) {
  event::listen(widget, "chain", append("a"), event::propagate, event::retval);

  const Widget copy(widget);

  EXPECT_EQ(answer_of(copy), "va");
}

TEST_F(OptionsTest, OnceIsOnceForTheObjectAndItsCopies) {
  event::listen(widget, "event_one", log.note("a"), event::propagate, event::once);
  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "a");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OptionsTest, CopyKeepsTheOrderThatInsertMade) {
  event::listen(widget, "event_one", log.note("a"), event::propagate);
  event::listen(widget, "event_one", log.note("b"), event::propagate, event::insert);

  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "b a");
}

TEST_F(OptionsTest, InsertedOnceRunsInFront) {
  event::listen(widget, "event_one", log.note("a"));

  event::listen(widget, "event_one", log.note("b"), event::insert, event::once);

  EXPECT_EQ(calls_of(widget), "b a");
  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(OptionsTest, AllAtOnceAreShown) {
  event::listen(widget,
                "chain",
                append("a"),
                event::label("all"),
                event::insert,
                event::once,
                event::propagate,
                event::retval);

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].label, "all");
  EXPECT_TRUE(infos[0].once);
  EXPECT_TRUE(infos[0].propagate);
  EXPECT_TRUE(infos[0].retval);
}

TEST_F(OptionsTest, AllGoWithTheTypedSpelling) {
  event::listen<WidgetEvents::chain>(widget, append("a"), event::retval);
  event::listen<WidgetEvents::chain>(widget,
                                     append("b"),
                                     event::retval,
                                     event::propagate,
                                     event::once,
                                     event::insert,
                                     event::label("all"));
  const Widget copy(widget);

  EXPECT_EQ(answer_of(widget), "vba");
  EXPECT_EQ(answer_of(copy), "v");
}

// -- at run time ------------------------------------------------------------------------

constexpr auto event_one = event::runtime_name("event_one");

TEST_F(OptionsTest, NoRunTimeOptionIsSetByDefault) {
  event::listen(widget, event_one, log.note("a"), event::ListenOptions());

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].label, "");
  EXPECT_FALSE(infos[0].retval || infos[0].propagate || infos[0].once ||
               infos[0].isolate);
}

TEST_F(OptionsTest, RetvalAtRunTimeMakesTheAnswerCount) {
  event::listen(widget,
                event::runtime_name("chain"),
                append("a"),
                event::ListenOptions{.retval = true});

  EXPECT_EQ(answer_of(widget), "va");
}

TEST_F(OptionsTest, PropagateAtRunTimeReachesACopy) {
  event::listen(
      widget, event_one, log.note("a"), event::ListenOptions{.propagate = true});

  const Widget copy(widget);

  EXPECT_EQ(calls_of(copy), "a");
}

TEST_F(OptionsTest, OnceAtRunTimeRunsOnce) {
  event::listen(widget, event_one, log.note("a"), event::ListenOptions{.once = true});

  EXPECT_EQ(calls_of(widget), "a");
  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(OptionsTest, InsertAtRunTimePutsInFront) {
  event::listen(widget, event_one, log.note("a"));

  event::listen(widget, event_one, log.note("b"), event::ListenOptions{.insert = true});

  EXPECT_EQ(calls_of(widget), "b a");
}

TEST_F(OptionsTest, LabelAtRunTimeIsShown) {
  event::listen(
      widget, event_one, log.note("a"), event::ListenOptions{.label = "slow log"});

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].label, "slow log");
}

TEST_F(OptionsTest, AllAtRunTimeAct) {
  event::listen(widget, event::runtime_name("chain"), append("a"), event::retval);
  event::listen(widget,
                event::runtime_name("chain"),
                append("b"),
                event::ListenOptions{
                    .retval = true, .propagate = true, .once = true, .insert = true});
  const Widget copy(widget);

  EXPECT_EQ(answer_of(widget), "vba");
  EXPECT_EQ(answer_of(copy), "v");
}

TEST_F(OptionsTest, RunTimeOptionsAddToTheOthers) {
  event::listen(widget, event_one, log.note("a"));

  event::listen(widget,
                event_one,
                log.note("b"),
                event::once,
                event::ListenOptions{.insert = true});

  EXPECT_EQ(calls_of(widget), "b a");
  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(OptionsTest, OptionsActOnAnyEventOfListensFor) {
  event::listens_for(widget, "event_one")(log.note("a"));
  event::listens_for(widget, "event_one", event::insert, event::once)(log.note("b"));

  EXPECT_EQ(calls_of(widget), "b a");
  EXPECT_EQ(calls_of(widget), "a");
}

}  // namespace
}  // namespace hark::test
