// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event::runtime_name;

static_assert(!std::is_convertible_v<std::string_view, runtime_name>);
static_assert(std::is_nothrow_constructible_v<runtime_name, std::string_view>);

class Unrelated {};

/// A family that refuses event::retval on an event of kind first.
struct PollEvents : event::Events<PollEvents> {
  struct poll : event::first<"poll", bool()> {
    static constexpr bool accepts_retval = false;
  };
  using all = event::list<poll>;
};
class Poll : public event::Target<Poll, PollEvents> {};

/// The message of the E that `call` throws; why it is no such message otherwise.
template <class E, class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  } catch (...) {
    return "another exception";
  }
  return "no exception";
}

class RuntimeNameTest : public WidgetTest {
 protected:
  /// What listening to an event of that name on `target` is refused with.
  template <class T>
  std::string refusal(T& target, std::string_view name) {
    return message_of<InvalidRequestError>(
        [&] { event::listen(target, runtime_name(name), log.note("a")); });
  }

  /// What `listener` is refused with on that event of the widget.
  template <class F, class... Options>
  std::string misfit(std::string_view name, F listener, Options... options) {
    return message_of<ArgumentError>(
        [&] { event::listen(widget, runtime_name(name), listener, options...); });
  }
};

TEST_F(RuntimeNameTest, FindsTheEvent) {
  event::listen(widget, runtime_name("event_one"), log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(RuntimeNameTest, FindsTheEventOfAClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, runtime_name("event_one"), log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(RuntimeNameTest, FindsTheEventThroughAHolder) {
  Holder holder(widget);

  event::listen(holder, runtime_name("event_one"), log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(RuntimeNameTest, TextMayGoAfterTheCall) {
  std::string text = "event_one";

  const auto subscription = event::listen(widget, runtime_name(text), log.note("a"));
  text = "overwritten";

  EXPECT_EQ(event::listeners(widget).at(0).event, "event_one");
}

TEST_F(RuntimeNameTest, RemembersThePlaceOfTheCall) {
  event::listen(widget, runtime_name("event_one"), log.note("a"));
  const int line = __LINE__ - 1;

  const auto place = event::listeners(widget).at(0).place;

  EXPECT_STREQ(place.file, __FILE__);
  EXPECT_EQ(place.line, line);
}

TEST_F(RuntimeNameTest, ListenerForTheOneEventNeedNotFitTheOthers) {
  int sum = 0;
  event::listen(widget, runtime_name("event_one"), [&](int x, int y) { sum = x + y; });

  calls_of(widget);

  EXPECT_EQ(sum, 3);
}

// -- no such event ----------------------------------------------------------------------

TEST_F(RuntimeNameTest, SuggestsTheNearestName) {
  EXPECT_EQ(refusal(widget, "event_on"),
            "no such event 'event_on' for target Widget; did you mean 'event_one'?");
  EXPECT_EQ(refusal(widget, "event_twoo"),
            "no such event 'event_twoo' for target Widget; did you mean 'event_two'?");
  EXPECT_EQ(refusal(widget, "Halt"),
            "no such event 'Halt' for target Widget; did you mean 'halt'?");
}

TEST_F(RuntimeNameTest, SuggestsAcrossSwappedLetters) {
  EXPECT_EQ(refusal(widget, "ahtl"),
            "no such event 'ahtl' for target Widget; did you mean 'halt'?");
}

TEST_F(RuntimeNameTest, SuggestsTheFirstOfEquallyNearNames) {
  EXPECT_EQ(refusal(widget, "event_o"),
            "no such event 'event_o' for target Widget; did you mean 'event_one'?");
}

TEST_F(RuntimeNameTest, SuggestsNothingWhereNoNameIsNear) {
  EXPECT_EQ(refusal(widget, "checkout"), "no such event 'checkout' for target Widget");
}

TEST_F(RuntimeNameTest, SuggestsNothingForAnEmptyName) {
  EXPECT_EQ(refusal(widget, ""), "no such event '' for target Widget");
}

TEST_F(RuntimeNameTest, PrefixOfAnEventIsNoEvent) {
  EXPECT_EQ(refusal(widget, "event"), "no such event 'event' for target Widget");
}

TEST_F(RuntimeNameTest, RefusalOnAClassNamesTheClass) {
  EXPECT_EQ(refusal(event::every<Gadget>, "event_on"),
            "no such event 'event_on' for target Gadget; did you mean 'event_one'?");
}

TEST_F(RuntimeNameTest, RefusalThroughAHolderNamesTheHolder) {
  Holder holder(widget);

  EXPECT_EQ(refusal(holder, "event_on"),
            "no such event 'event_on' for target Holder; did you mean 'event_one'?");
}

TEST_F(RuntimeNameTest, RefusalNamesATypeThatIsNoTarget) {
  Unrelated unrelated;

  EXPECT_EQ(
      refusal(unrelated, "event_one"),
      "no such event 'event_one' for target Unrelated: this type is no event target");
}

TEST_F(RuntimeNameTest, InternalEventIsNeitherFoundNorSuggested) {
  EXPECT_EQ(refusal(widget, "_hark_event_made"),
            "no such event '_hark_event_made' for target Widget");
  EXPECT_EQ(refusal(widget, "_hark_event_mad"),
            "no such event '_hark_event_mad' for target Widget");
}

TEST_F(RuntimeNameTest, RemoveSuggestsTheNearestName) {
  const auto remove = [&] {
    event::remove(widget, runtime_name("event_on"), Note{&log, "a"});
  };

  EXPECT_EQ(message_of<InvalidRequestError>(remove),
            "no such event 'event_on' for target Widget; did you mean 'event_one'?");
}

TEST_F(RuntimeNameTest, ContainsSuggestsTheNearestName) {
  const auto ask = [&] {
    event::contains(widget, runtime_name("event_on"), Note{&log, "a"});
  };

  EXPECT_EQ(message_of<InvalidRequestError>(ask),
            "no such event 'event_on' for target Widget; did you mean 'event_one'?");
}

TEST_F(RuntimeNameTest, ListensForSuggestsTheNearestName) {
  const auto ask = [&] {
    static_cast<void>(event::listens_for(widget, runtime_name("event_on")));
  };

  EXPECT_EQ(message_of<InvalidRequestError>(ask),
            "no such event 'event_on' for target Widget; did you mean 'event_one'?");
}

// -- the listener does not fit ----------------------------------------------------------

TEST_F(RuntimeNameTest, RefusesAListenerThatCannotBeCalled) {
  EXPECT_EQ(
      misfit("event_one", [](const char*) {}),
      "the listener cannot be called with the arguments of event 'event_one' of target "
      "Widget");
}

TEST_F(RuntimeNameTest, RefusesAListenerThatWantsMore) {
  EXPECT_EQ(
      misfit("event_two", [](int, int) {}),
      "the listener cannot be called with the arguments of event 'event_two' of target "
      "Widget");
}

TEST_F(RuntimeNameTest, RefusesRetvalWhereNoAnswerIsTaken) {
  const auto answer = [](int x) { return x; };

  EXPECT_EQ(misfit("event_two", answer, event::retval),
            "event::retval: event 'event_two' of target Widget takes no answer");
  EXPECT_EQ(misfit("event_two", answer, event::ListenOptions{.retval = true}),
            "event::retval: event 'event_two' of target Widget takes no answer");
}

TEST_F(RuntimeNameTest, RefusesRetvalOfAListenerThatReturnsNothing) {
  EXPECT_EQ(
      misfit(
          "chain", [](const std::string&) {}, event::retval),
      "event::retval: the listener of event 'chain' of target Widget returns nothing");
}

TEST_F(RuntimeNameTest, RefusesAnAnswerOfAnotherType) {
  EXPECT_EQ(
      misfit(
          "chain", [](const std::string&) { return Unrelated(); }, event::retval),
      "the listener's answer is not of the type that event 'chain' of target Widget "
      "takes");
}

TEST_F(RuntimeNameTest, RefusesRetvalWhereTheEventDoes) {
  Poll poll;
  const auto listen = [&] {
    event::listen(
        poll, runtime_name("poll"), [] { return true; }, event::retval);
  };

  EXPECT_EQ(message_of<ArgumentError>(listen),
            "event::retval: event 'poll' of target Poll takes no answer");
}

TEST_F(RuntimeNameTest, RefusesAnEmptyListener) {
  void (*const nothing)(int, int) = nullptr;

  EXPECT_EQ(misfit("event_one", nothing),
            "the listener of event 'event_one' of target Widget is empty");
}

// Evidence: event.listen-4
TEST_F(RuntimeNameTest, RefusedListenerIsNotRegistered) {
  misfit("event_one", [](const char*) {});
  misfit(
      "chain", [](const std::string&) {}, event::retval);
  refusal(widget, "event_on");

  EXPECT_TRUE(event::listeners(widget).empty());
}

}  // namespace
}  // namespace hark::test
