// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

static_assert(
    std::is_same_v<decltype(event::listen(
                       std::declval<Widget&>(), "event_one", std::declval<void (*)()>())),
                   event::Subscription>);

/// A function is a listener with identity, but has no fixture to write to.
int calls_of_function = 0;
void count_call() { ++calls_of_function; }
void count_another_call() { ++calls_of_function; }

/// Counts how often a listener is copied and moved.
struct Counting {
  int* copies;
  int* moves;

  Counting(int* copies_, int* moves_) noexcept : copies(copies_), moves(moves_) {}
  Counting(const Counting& other) noexcept : copies(other.copies), moves(other.moves) {
    ++*copies;
  }
  Counting(Counting&& other) noexcept : copies(other.copies), moves(other.moves) {
    ++*moves;
  }
  Counting& operator=(const Counting&) = delete;
  Counting& operator=(Counting&&) = delete;
  ~Counting() = default;

  void operator()() const {}
};

/// A listener that cannot be copied into the table.
struct Uncopyable {
  Uncopyable() = default;
  Uncopyable(const Uncopyable&) { throw std::runtime_error("cannot be copied"); }
  Uncopyable& operator=(const Uncopyable&) = delete;
  ~Uncopyable() = default;

  void operator()() const {}
};

class ListenTest : public WidgetTest {
 protected:
  ListenTest() { calls_of_function = 0; }
};

TEST_F(ListenTest, PassesTheArguments) {
  int sum = 0;
  event::listen(widget, "event_one", [&](int x, int y) { sum = 10 * x + y; });

  widget.emit<WidgetEvents::event_one>(3, 4);

  EXPECT_EQ(sum, 34);
}

TEST_F(ListenTest, HearsEveryDispatch) {
  event::listen(widget, "event_one", log.note("a"));

  widget.emit<WidgetEvents::event_one>(1, 2);
  widget.emit<WidgetEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "a a");
}

TEST_F(ListenTest, HearsNoOtherEvent) {
  event::listen(widget, "event_two", log.note("a"));

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(ListenTest, HearsNoOtherObject) {
  Widget other;

  event::listen(other, "event_one", log.note("a"));

  EXPECT_EQ(calls_of(widget), "");
}

TEST_F(ListenTest, TypedSpellingIsTheSame) {
  event::listen<WidgetEvents::event_one>(widget, log.note("a"));

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListenTest, TypedSpellingTakesAGenericLambda) {
  int arguments = 0;
  event::listen<WidgetEvents::event_one>(
      widget, [&](auto&&... each) { arguments = static_cast<int>(sizeof...(each)); });

  calls_of(widget);

  EXPECT_EQ(arguments, 2);
}

// Evidence: event.listen-1
TEST_F(ListenTest, KeepsTheOrderOfListening) {
  event::listen(widget, "event_one", log.note("a"));
  event::listen<WidgetEvents::event_one>(widget, log.note("b"));
  event::listen(widget, event::runtime_name("event_one"), log.note("c"));
  event::listens_for(widget, "event_one")(log.note("d"));

  EXPECT_EQ(calls_of(widget), "a b c d");
}

TEST_F(ListenTest, KeepsTheOrderOfManyListeners) {
  std::string expected;
  for (char name = 'a'; name <= 'z'; ++name) {
    event::listen(widget, "event_one", log.note(std::string(1, name)));
    if (!expected.empty()) expected += ' ';
    expected += name;
  }

  EXPECT_EQ(calls_of(widget), expected);
}

// Evidence: event.listen-2
TEST_F(ListenTest, ListenerAddedDuringDispatchIsCalledTheNextTime) {
  bool added = false;
  event::listen(widget, "event_one", [&] {
    log.add("a");
    if (!std::exchange(added, true)) event::listen(widget, "event_one", log.note("b"));
  });

  EXPECT_EQ(calls_of(widget), "a");
  EXPECT_EQ(calls_of(widget), "a b");
}

// Evidence: event.listen-2
TEST_F(ListenTest, ListenerInsertedDuringDispatchIsCalledTheNextTime) {
  bool added = false;
  event::listen(widget, "event_one", [&] {
    log.add("a");
    if (std::exchange(added, true)) return;
    event::listen(widget, "event_one", log.note("b"), event::insert);
  });
  event::listen(widget, "event_one", log.note("c"));

  EXPECT_EQ(calls_of(widget), "a c");
  EXPECT_EQ(calls_of(widget), "b a c");
}

// -- identity ---------------------------------------------------------------------------

// Evidence: event.listen-3
TEST_F(ListenTest, FunctionListenedToAgainIsOneListener) {
  event::listen(widget, "event_one", count_call);
  event::listen(widget, "event_one", &count_call);

  calls_of(widget);

  EXPECT_EQ(calls_of_function, 1);
}

TEST_F(ListenTest, FunctionsOfOneTypeAreTwoListeners) {
  event::listen(widget, "event_one", count_call);
  event::listen(widget, "event_one", count_another_call);

  calls_of(widget);

  EXPECT_EQ(calls_of_function, 2);
}

// Evidence: event.listen-3
TEST_F(ListenTest, EqualFunctionObjectsAreOneListener) {
  event::listen(widget, "event_one", Note{&log, "a"});
  event::listen(widget, "event_one", Note{&log, "a"});

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListenTest, UnequalFunctionObjectsAreTwoListeners) {
  event::listen(widget, "event_one", Note{&log, "a"});
  event::listen(widget, "event_one", Note{&log, "b"});

  EXPECT_EQ(calls_of(widget), "a b");
}

// Evidence: event.listen-3
TEST_F(ListenTest, IdentityHoldsAcrossSpellings) {
  event::listen(widget, "event_one", Note{&log, "a"});
  event::listen<WidgetEvents::event_one>(widget, Note{&log, "a"});
  event::listen(widget, event::runtime_name("event_one"), Note{&log, "a"});
  event::listens_for(widget, "event_one")(Note{&log, "a"});

  EXPECT_EQ(calls_of(widget), "a");
}

// SQLAlchemy calls it twice, and one removal takes one of the two.
// Evidence: event.listen-3
TEST_F(ListenTest, IdentityHoldsOnAClass) {
  const event::ScopedSubscription first =
      event::listen(event::every<Widget>, "event_one", Note{&log, "a"});
  const event::ScopedSubscription again =
      event::listen(event::every<Widget>, "event_one", Note{&log, "a"});

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListenTest, ListeningAgainAnswersTheFirstSubscription) {
  const auto first = event::listen(widget, "event_one", Note{&log, "a"});

  const auto again = event::listen(widget, "event_one", Note{&log, "a"});

  EXPECT_EQ(again, first);
}

TEST_F(ListenTest, ListeningAgainKeepsTheFirstPosition) {
  event::listen(widget, "event_one", Note{&log, "a"});
  event::listen(widget, "event_one", Note{&log, "b"});

  event::listen(widget, "event_one", Note{&log, "b"}, event::insert);

  EXPECT_EQ(calls_of(widget), "a b");
}

TEST_F(ListenTest, ListeningAgainKeepsTheFirstOptions) {
  event::listen(widget, "event_one", Note{&log, "a"});

  event::listen(widget, "event_one", Note{&log, "a"}, event::once);
  calls_of(widget);

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListenTest, OneFunctionMayListenToSeveralEvents) {
  event::listen(widget, "event_one", Note{&log, "a"});
  event::listen(widget, "event_two", Note{&log, "a"});

  widget.emit<WidgetEvents::event_one>(1, 2);
  widget.emit<WidgetEvents::event_two>(1);

  EXPECT_EQ(log.take(), "a a");
}

TEST_F(ListenTest, ObjectAndItsClassAreSeveralTargets) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", Note{&log, "a"});
  event::listen(widget, "event_one", Note{&log, "a"});

  EXPECT_EQ(calls_of(widget), "a a");
}

TEST_F(ListenTest, LambdasHaveNoIdentity) {
  const auto listener = log.note("a");
  event::listen(widget, "event_one", listener);
  event::listen(widget, "event_one", listener);

  EXPECT_EQ(calls_of(widget), "a a");
}

// Two lambdas without captures are equal by way of the function that both convert to.
TEST_F(ListenTest, LambdasWithoutCapturesHaveNoIdentity) {
  const auto listener = [] { ++calls_of_function; };
  event::listen(widget, "event_one", listener);
  event::listen(widget, "event_one", listener);

  calls_of(widget);

  EXPECT_EQ(calls_of_function, 2);
}

TEST_F(ListenTest, StandardFunctionsHaveNoIdentity) {
  const std::function<void()> listener = log.note("a");
  event::listen(widget, "event_one", listener);
  event::listen(widget, "event_one", listener);

  EXPECT_EQ(calls_of(widget), "a a");
}

// -- what a listener may be -------------------------------------------------------------

TEST_F(ListenTest, TakesAListenerThatCannotBeCopied) {
  auto entry = std::make_unique<std::string>("a");

  event::listen(
      widget, "event_one", [this, entry = std::move(entry)] { log.add(*entry); });

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ListenTest, KeepsTheStateOfAMutableListener) {
  event::listen(widget, "event_one", [this, calls = 0]() mutable {
    log.add(std::to_string(++calls));
  });

  widget.emit<WidgetEvents::event_one>(1, 2);
  widget.emit<WidgetEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "1 2");
}

TEST_F(ListenTest, MovesATemporaryListener) {
  int copies = 0;
  int moves = 0;

  event::listen(widget, "event_one", Counting(&copies, &moves));

  EXPECT_EQ(copies, 0);
  EXPECT_EQ(moves, 1);
}

TEST_F(ListenTest, CopiesANamedListener) {
  int copies = 0;
  int moves = 0;
  const Counting listener(&copies, &moves);

  event::listen(widget, "event_one", listener);

  EXPECT_EQ(copies, 1);
  EXPECT_EQ(moves, 0);
}

// -- what is refused --------------------------------------------------------------------

// Evidence: event.listen-4
TEST_F(ListenTest, EmptyFunctionPointerIsRefused) {
  void (*const nothing)(int, int) = nullptr;

  EXPECT_THROW(event::listen(widget, "event_one", nothing), ArgumentError);
  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 0U);
}

// Evidence: event.listen-4
TEST_F(ListenTest, EmptyStandardFunctionIsRefused) {
  const std::function<void(int, int)> nothing;

  EXPECT_THROW(event::listen(widget, "event_one", nothing), ArgumentError);
  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 0U);
}

TEST_F(ListenTest, EmptyListenerIsRefusedByTheTypedSpelling) {
  const std::function<void(int, int)> nothing;

  EXPECT_THROW(event::listen<WidgetEvents::event_one>(widget, nothing), ArgumentError);
}

TEST_F(ListenTest, RefusalOfAnEmptyListenerNamesEventAndTarget) {
  try {
    event::listen(widget, "event_one", std::function<void()>());
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(),
                 "the listener of event 'event_one' of target Widget is empty");
  }
}

TEST_F(ListenTest, RefusalOnAClassNamesTheClass) {
  try {
    event::listen(event::every<Gadget>, "event_one", std::function<void()>());
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(),
                 "the listener of event 'event_one' of target Gadget is empty");
  }
}

// Evidence: event.listen-4
TEST_F(ListenTest, ListenerThatCannotBeCopiedInIsNotRegistered) {
  const Uncopyable listener;

  EXPECT_THROW(event::listen(widget, "event_one", listener), std::runtime_error);
  EXPECT_EQ(widget.listener_count<WidgetEvents::event_one>(), 0U);
}

// -- what a subscription knows ----------------------------------------------------------

TEST_F(ListenTest, AnswersAConnectedSubscription) {
  const auto subscription = event::listen(widget, "event_one", log.note("a"));

  EXPECT_TRUE(subscription.connected());
}

TEST_F(ListenTest, RemembersThePlaceOfTheCall) {
  event::listen(widget, "event_one", log.note("a"));
  const int line = __LINE__ - 1;

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_STREQ(infos[0].place.file, __FILE__);
  EXPECT_EQ(infos[0].place.line, line);
}

TEST_F(ListenTest, TypedSpellingRemembersThePlaceOfTheCall) {
  event::listen<WidgetEvents::event_one>(widget, log.note("a"));
  const int line = __LINE__ - 1;

  const auto infos = event::listeners(widget);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_STREQ(infos[0].place.file, __FILE__);
  EXPECT_EQ(infos[0].place.line, line);
}

}  // namespace
}  // namespace hark::test
