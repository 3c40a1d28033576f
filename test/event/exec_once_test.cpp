// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

using event_one = WidgetEvents::event_one;

class ExecOnceTest : public WidgetTest {
 protected:
  bool exec_once() { return widget.exec_once<event_one>(1, 2); }
  bool exec_once_unless_exception() {
    return widget.exec_once_unless_exception<event_one>(1, 2);
  }
  void exec_sync_on_first_run() { widget.exec_sync_on_first_run<event_one>(1, 2); }

  /// Registers a listener that throws at its first call.
  void listen_with_failure() {
    event::listen(widget, "event_one", [this, failed = false]() mutable {
      log.add("a");
      if (!std::exchange(failed, true)) throw std::runtime_error("no");
    });
  }
};

// -- exec_once --------------------------------------------------------------------------

TEST_F(ExecOnceTest, CallsTheListenersOnce) {
  event::listen(widget, "event_one", log.note("a"));

  exec_once();
  exec_once();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(ExecOnceTest, SaysWhetherItCalled) {
  EXPECT_TRUE(exec_once());
  EXPECT_FALSE(exec_once());
}

TEST_F(ExecOnceTest, PassesTheArguments) {
  int sum = 0;
  event::listen(widget, "event_one", [&](int x, int y) { sum = 10 * x + y; });

  exec_once();

  EXPECT_EQ(sum, 12);
}

TEST_F(ExecOnceTest, CallsTheClassBeforeTheOwn) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Widget>, "event_one", log.note("class"));
  event::listen(widget, "event_one", log.note("own"));

  exec_once();

  EXPECT_EQ(log.take(), "class own");
}

TEST_F(ExecOnceTest, CountsForOneObject) {
  Widget other;
  event::listen(widget, "event_one", log.note("a"));
  event::listen(other, "event_one", log.note("b"));

  exec_once();
  other.exec_once<event_one>(1, 2);

  EXPECT_EQ(log.take(), "a b");
}

TEST_F(ExecOnceTest, CountsForOneEvent) {
  event::listen(widget, "event_two", log.note("b"));
  exec_once();

  widget.exec_once<WidgetEvents::event_two>(1);

  EXPECT_EQ(log.take(), "b");
}

TEST_F(ExecOnceTest, ListenerThatComesAfterwardsIsNotCalled) {
  exec_once();

  event::listen(widget, "event_one", log.note("late"));
  exec_once();

  EXPECT_EQ(log.take(), "");
}

TEST_F(ExecOnceTest, LeavesOrdinaryDispatchAlone) {
  event::listen(widget, "event_one", log.note("a"));
  exec_once();

  EXPECT_EQ(calls_of(widget), "a");
}

TEST_F(ExecOnceTest, CopyRunsItsOwn) {
  event::listen(widget, "event_one", log.note("a"), event::propagate);
  exec_once();

  Widget copy(widget);
  copy.exec_once<event_one>(1, 2);

  EXPECT_EQ(log.take(), "a a");
}

TEST_F(ExecOnceTest, MovedToObjectHasRun) {
  event::listen(widget, "event_one", log.note("a"));
  exec_once();

  Widget moved(std::move(widget));

  EXPECT_FALSE(moved.exec_once<event_one>(1, 2));
}

TEST_F(ExecOnceTest, ExceptionReachesTheCaller) {
  listen_with_failure();

  EXPECT_THROW(exec_once(), std::runtime_error);
}

TEST_F(ExecOnceTest, CountsAlsoWhenAListenerThrows) {
  listen_with_failure();
  EXPECT_THROW(exec_once(), std::runtime_error);

  EXPECT_FALSE(exec_once());
  EXPECT_EQ(log.take(), "a");
}

TEST_F(ExecOnceTest, ListenerThatCallsItAgainIsNotObeyed) {
  bool obeyed = true;
  event::listen(widget, "event_one", [&] { obeyed = exec_once(); });

  exec_once();

  EXPECT_FALSE(obeyed);
}

TEST_F(ExecOnceTest, ListenerMayCallItForAnotherEvent) {
  event::listen(widget, "event_two", log.note("b"));
  event::listen(
      widget, "event_one", [this] { widget.exec_once<WidgetEvents::event_two>(1); });

  exec_once();

  EXPECT_EQ(log.take(), "b");
}

TEST_F(ExecOnceTest, AllListenersGetTheSameArguments) {
  event::listen(
      widget, "chain", [](const std::string& v) { return v + "a"; }, event::retval);
  event::listen(widget, "chain", [this](const std::string& v) { log.add(v); });
  std::string value = "v";

  widget.exec_once<WidgetEvents::chain>(value);

  EXPECT_EQ(log.take(), "v");
  EXPECT_EQ(value, "v");
}

TEST_F(ExecOnceTest, AnswerDoesNotEndIt) {
  event::listen(widget, "halt", [this] {
    log.add("a");
    return true;
  });
  event::listen(widget, "halt", log.note("b"));

  widget.exec_once<WidgetEvents::halt>(1);

  EXPECT_EQ(log.take(), "a b");
}

// Two threads: the one's listener runs until the other is about to call. Whenever that
// one is let in, it must not come back before the run has ended, and must not have run
// itself.
TEST_F(ExecOnceTest, AnotherThreadWaitsUntilItIsDone) {
  std::latch other_calls(1);
  std::latch listener_runs(1);
  std::atomic<bool> done{false};
  event::listen(widget, "event_one", [&] {
    listener_runs.count_down();
    other_calls.wait();
    done = true;
  });
  bool done_for_the_other = false;
  bool other_ran = true;
  std::thread one([&] { exec_once(); });
  std::thread other([&] {
    listener_runs.wait();
    other_calls.count_down();
    other_ran = exec_once();
    done_for_the_other = done;
  });

  one.join();
  other.join();

  EXPECT_FALSE(other_ran);
  EXPECT_TRUE(done_for_the_other);
}

TEST_F(ExecOnceTest, OneOfManyThreadsCalls) {
  std::atomic<int> calls{0};
  std::atomic<int> runs{0};
  event::listen(widget, "event_one", [&] { ++calls; });
  std::latch start(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      if (exec_once()) ++runs;
    });
  }

  for (auto& thread : threads) thread.join();

  EXPECT_EQ(calls, 1);
  EXPECT_EQ(runs, 1);
}

// -- exec_once_unless_exception ---------------------------------------------------------

TEST_F(ExecOnceTest, UnlessExceptionCallsTheListenersOnce) {
  event::listen(widget, "event_one", log.note("a"));

  EXPECT_TRUE(exec_once_unless_exception());
  EXPECT_FALSE(exec_once_unless_exception());
  EXPECT_EQ(log.take(), "a");
}

TEST_F(ExecOnceTest, UnlessExceptionTriesAgainAfterAFailure) {
  listen_with_failure();
  EXPECT_THROW(exec_once_unless_exception(), std::runtime_error);

  EXPECT_TRUE(exec_once_unless_exception());
  EXPECT_EQ(log.take(), "a a");
}

TEST_F(ExecOnceTest, UnlessExceptionCountsAfterTheFirstSuccess) {
  listen_with_failure();
  EXPECT_THROW(exec_once_unless_exception(), std::runtime_error);
  exec_once_unless_exception();

  EXPECT_FALSE(exec_once_unless_exception());
}

TEST_F(ExecOnceTest, UnlessExceptionSharesItsCountWithExecOnce) {
  exec_once();

  EXPECT_FALSE(exec_once_unless_exception());
}

TEST_F(ExecOnceTest, ExecOnceSharesItsCountWithUnlessException) {
  exec_once_unless_exception();

  EXPECT_FALSE(exec_once());
}

TEST_F(ExecOnceTest, FailedExecOnceIsNotTriedAgainUnlessException) {
  listen_with_failure();
  EXPECT_THROW(exec_once(), std::runtime_error);

  EXPECT_FALSE(exec_once_unless_exception());
}

TEST_F(ExecOnceTest, ListenerThatCallsUnlessExceptionAgainIsNotObeyed) {
  bool obeyed = true;
  event::listen(widget, "event_one", [&] { obeyed = exec_once_unless_exception(); });

  exec_once_unless_exception();

  EXPECT_FALSE(obeyed);
}

// The listener fails while the other thread waits: that one is to try again.
TEST_F(ExecOnceTest, WaitingThreadTriesAgainAfterAFailure) {
  std::latch other_calls(1);
  std::latch listener_runs(1);
  std::atomic<int> calls{0};
  event::listen(widget, "event_one", [&] {
    if (++calls > 1) return;
    listener_runs.count_down();
    other_calls.wait();
    throw std::runtime_error("no");
  });
  bool other_ran = false;
  std::thread one(
      [&] { EXPECT_THROW(exec_once_unless_exception(), std::runtime_error); });
  std::thread other([&] {
    listener_runs.wait();
    other_calls.count_down();
    other_ran = exec_once_unless_exception();
  });

  one.join();
  other.join();

  EXPECT_TRUE(other_ran);
  EXPECT_EQ(calls, 2);
}

// -- exec_sync_on_first_run -------------------------------------------------------------

TEST_F(ExecOnceTest, SyncOnFirstRunCallsTheListenersEveryTime) {
  event::listen(widget, "event_one", log.note("a"));

  exec_sync_on_first_run();
  exec_sync_on_first_run();

  EXPECT_EQ(log.take(), "a a");
}

TEST_F(ExecOnceTest, SyncOnFirstRunCallsLateListenersToo) {
  exec_sync_on_first_run();
  event::listen(widget, "event_one", log.note("late"));

  exec_sync_on_first_run();

  EXPECT_EQ(log.take(), "late");
}

TEST_F(ExecOnceTest, SyncOnFirstRunLetsAnExceptionOut) {
  listen_with_failure();

  EXPECT_THROW(exec_sync_on_first_run(), std::runtime_error);
  EXPECT_NO_THROW(exec_sync_on_first_run());
}

TEST_F(ExecOnceTest, SyncOnFirstRunIsIndependentOfExecOnce) {
  event::listen(widget, "event_one", log.note("a"));
  exec_sync_on_first_run();

  EXPECT_TRUE(exec_once());
  EXPECT_EQ(log.take(), "a a");
}

TEST_F(ExecOnceTest, SyncOnFirstRunMayBeCalledByItsListener) {
  int depth = 0;
  event::listen(widget, "event_one", [&] {
    if (++depth < 3) exec_sync_on_first_run();
  });

  exec_sync_on_first_run();

  EXPECT_EQ(depth, 3);
}

// Whoever comes while the first run is under way must find it ended when its own run
// begins.
TEST_F(ExecOnceTest, OtherThreadsWaitForTheFirstRun) {
  std::latch others_call(2);
  std::latch first_runs(1);
  std::atomic<bool> first{true};
  std::atomic<bool> first_ended{false};
  std::atomic<int> too_early{0};
  std::atomic<int> calls{0};
  event::listen(widget, "event_one", [&] {
    ++calls;
    if (first.exchange(false)) {
      first_runs.count_down();
      others_call.wait();
      first_ended = true;
    } else if (!first_ended) {
      ++too_early;
    }
  });
  std::vector<std::thread> threads;
  threads.emplace_back([&] { exec_sync_on_first_run(); });
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      first_runs.wait();
      others_call.count_down();
      exec_sync_on_first_run();
    });
  }

  for (auto& thread : threads) thread.join();

  EXPECT_EQ(too_early, 0);
  EXPECT_EQ(calls, 3);
}

// Nobody has succeeded yet, so the run after a failed one is exclusive too.
TEST_F(ExecOnceTest, FailedFirstRunIsFollowedByAnotherFirstRun) {
  std::latch other_calls(1);
  std::latch first_runs(1);
  std::atomic<bool> first{true};
  std::atomic<bool> first_failed{false};
  bool too_early = false;
  event::listen(widget, "event_one", [&] {
    if (first.exchange(false)) {
      first_runs.count_down();
      other_calls.wait();
      first_failed = true;
      throw std::runtime_error("no");
    }
    too_early = !first_failed;
  });
  std::thread one([&] { EXPECT_THROW(exec_sync_on_first_run(), std::runtime_error); });
  std::thread other([&] {
    first_runs.wait();
    other_calls.count_down();
    exec_sync_on_first_run();
  });

  one.join();
  other.join();

  EXPECT_FALSE(too_early);
}

}  // namespace
}  // namespace hark::test
