// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "asio/flows.hpp"
#include "support/sanitizers.hpp"
#include "support/widgets.hpp"

/// Events that are dispatched on fibers, which are suspended in listeners and go on wherever.
namespace hark::test {
namespace {
namespace flow_test {

using event::ScopedSubscription;
using event::Subscription;
using event_one = WidgetEvents::event_one;
using event_two = WidgetEvents::event_two;

#if HARK_TEST_TSAN
constexpr int rounds = 60;
#else
constexpr int rounds = 300;
#endif

/// Is set while what holds it lives.
using Life = std::shared_ptr<const int>;
Life begin_life() { return std::make_shared<const int>(0); }

class FlowEventsTest : public testing::Test {
 protected:
  Widget widget;
  Flows flows;
};

// -- one dispatch -----------------------------------------------------------------------

/// Is resumed by hand.
class ByHand final : public detail::Suspender {
 public:
  bool park(const Deadline&) override {
    fiber.suspend();
    return true;
  }
  void unpark() noexcept override {}
  bool wait_for(
      int, Ready, detail::SocketWatchPtr&, const Deadline&, dbapi::Connection*) override {
    return true;
  }
  void run_elsewhere(detail::WorkRef, dbapi::Connection*) override {}

  void begin(std::function<void()> act) {
    work = std::move(act);
    fiber.begin(
        *this, [](void* self) noexcept { static_cast<ByHand*>(self)->work(); }, this);
  }
  static void on_another_thread(const std::function<void()>& act) {
    std::jthread thread(act);
  }

  std::function<void()> work;
  detail::Fiber fiber{std::size_t{64} * 1024};
};

TEST_F(FlowEventsTest, DispatchGoesOnOnAnotherThread) {
  Log log;
  std::vector<pid_t> threads;
  const Subscription first = event::listen(widget, "event_one", [&] {
    threads.push_back(gettid());  // std::this_thread::get_id() may be kept across a wait
    pause();
    threads.push_back(gettid());
    log.add("first");
  });
  const Subscription second = event::listen(widget, "event_one", log.note("second"));
  ByHand flow;

  flow.begin([&] {
    widget.emit<event_one>(1, 2);
    widget.emit<event_one>(1, 2);
  });
  ByHand::on_another_thread([&] { flow.fiber.resume(); });  // into the second dispatch
  flow.fiber.resume();

  ASSERT_TRUE(flow.fiber.is_idle());
  EXPECT_EQ(log.take(), "first second first second");
  EXPECT_EQ(first.calls(), 2U);
  EXPECT_EQ(second.calls(), 2U);
  ASSERT_EQ(threads.size(), 4U);
  EXPECT_NE(threads[0], threads[1]);
  EXPECT_EQ(threads[1], threads[2]);
}

TEST_F(FlowEventsTest, ThreadDispatchesWhileAFiberOfItsOwnIsSuspendedInTheListener) {
  std::vector<std::string> order;
  const Subscription listener = event::listen(widget, "event_one", [&](int x, int) {
    order.push_back("begin " + std::to_string(x));
    if (detail::current_suspender() != nullptr) pause();
    order.push_back("end " + std::to_string(x));
  });
  ByHand flow;

  flow.begin([&] { widget.emit<event_one>(1, 0); });
  widget.emit<event_one>(2, 0);
  flow.fiber.resume();

  EXPECT_EQ(order, (std::vector<std::string>{"begin 1", "begin 2", "end 2", "end 1"}));
  EXPECT_EQ(listener.calls(), 2U);
}

TEST_F(FlowEventsTest, FiberThatIsBegunInAListenerOutlivesTheDispatch) {
  Log log;
  ByHand flow;
  event::listen(widget, "event_two", [&] {
    log.add("in");
    pause();
    log.add("out");
  });
  event::listen(widget, "event_one", [&] {
    flow.begin([&] { widget.emit<event_two>(1); });
    log.add("listener");
  });

  widget.emit<event_one>(1, 2);
  log.add("dispatched");
  flow.fiber.resume();

  EXPECT_EQ(log.take(), "in listener dispatched out");
}

TEST_F(FlowEventsTest, ExceptionOfASuspendedListenerReachesTheFiber) {
  const Subscription listener = event::listen(widget, "event_one", [] {
    pause();
    throw std::runtime_error("no");
  });
  bool is_caught = false;
  ByHand flow;

  flow.begin([&] {
    try {
      widget.emit<event_one>(1, 2);
    } catch (const std::runtime_error&) {
      pause();
      is_caught = true;
    }
  });
  ByHand::on_another_thread([&] { flow.fiber.resume(); });
  flow.fiber.resume();

  EXPECT_TRUE(is_caught);
  EXPECT_EQ(listener.failures(), 1U);
}

// -- changes meanwhile ------------------------------------------------------------------

TEST_F(FlowEventsTest, RemovedListenerKeepsWhatItCapturedUntilItsSuspendedCallHasEnded) {
  bool was_alive = false;
  Life life = begin_life();
  Subscription removed =
      event::listen(widget,
                    "event_one",
                    [&was_alive, watched = std::weak_ptr<const int>(life), held = life] {
                      pause();
                      was_alive = !watched.expired();
                    });
  life.reset();
  ByHand flow;
  flow.begin([&] { widget.emit<event_one>(1, 2); });

  removed.disconnect();
  auto other = std::make_unique<Widget>();
  for (int i = 0; i < 100; ++i) event::listen(*other, "event_one", [] {});
  other.reset();  // so much is retired that there is a collection

  flow.fiber.resume();

  EXPECT_TRUE(was_alive);
}

TEST_F(FlowEventsTest, ListenerThatIsRemovedMeanwhileIsNotCalledByASuspendedDispatch) {
  Log log;
  event::listen(widget, "event_one", [&] {
    log.add("first");
    pause();
  });
  Subscription second = event::listen(widget, "event_one", log.note("second"));
  ByHand flow;

  flow.begin([&] { widget.emit<event_one>(1, 2); });
  second.disconnect();
  event::listen(widget, "event_one", log.note("third"));
  flow.fiber.resume();

  EXPECT_EQ(log.take(), "first");
}

TEST_F(FlowEventsTest, TargetMayBeDestroyedWhileADispatchIsSuspended) {
  Log log;
  auto target = std::make_unique<Widget>();
  const Life life = begin_life();
  event::listen(*target, "event_one", [&log, life] {
    log.add("first");
    pause();
    log.add("on");
  });
  event::listen(*target, "event_one", log.note("second"));
  ByHand flow;

  flow.begin([&] { target->emit<event_one>(1, 2); });
  target.reset();
  EXPECT_GT(life.use_count(), 1);
  ByHand::on_another_thread([&] { flow.fiber.resume(); });

  EXPECT_EQ(log.take(), "first on");
}

// -- many fibers ------------------------------------------------------------------------

/// Dispatches, nested ones too, each of which is suspended in its listeners.
class ManyFlowsTest : public FlowEventsTest {
 protected:
  void SetUp() override {
    event::listen(widget, "event_one", [this](int x, int depth) {
      calls[0].fetch_add(1);
      pause();
      if (depth > 0) widget.emit<event_one>(x, depth - 1);
      pause();
    });
    last_ =
        event::listen(widget, "event_one", [this](int, int) { calls[1].fetch_add(1); });
  }

  void start_dispatching(int fibers, int times) {
    for (int i = 0; i < fibers; ++i) {
      flows.start([this, times, i](Flow&) {
        for (int round = 0; round < times; ++round) {
          widget.emit<event_one>(i, 2);
          expected.fetch_add(3);
        }
        ++done;
      });
      ++started;
    }
  }

  /// Listens and removes until the others have done.
  void start_changing(int fibers) {
    for (int i = 0; i < fibers; ++i) flows.start([this](Flow&) { change(); });
  }
  void change() {
    while (done.load() < started.load()) {
      auto life = begin_life();
      const std::weak_ptr<const int> watched = life;
      Subscription added =
          event::listen(widget, "event_one", [this, watched, held = std::move(life)] {
            pause();
            if (watched.expired()) ADD_FAILURE() << "destroyed while it is called";
            others.fetch_add(1);
          });
      pause();
      pause();
      added.disconnect_and_wait();
      if (!watched.expired()) ADD_FAILURE() << "not destroyed";
      const std::uint64_t before = added.calls();
      pause();
      if (added.calls() != before) ADD_FAILURE() << "called after it was removed";
      counted.fetch_add(before);
    }
  }

  void expect_right_counts() {
    EXPECT_EQ(calls[0].load(), expected.load());
    EXPECT_EQ(calls[1].load(), expected.load());
    EXPECT_EQ(last_.calls(), expected.load());
    EXPECT_EQ(others.load(), counted.load());
  }

  std::atomic<std::uint64_t> calls[2]{};
  std::atomic<std::uint64_t> expected{0};
  std::atomic<std::uint64_t> others{0};
  std::atomic<std::uint64_t> counted{0};
  std::atomic<int> started{0};
  std::atomic<int> done{0};

 private:
  Subscription last_;
};

TEST_F(ManyFlowsTest, InterleaveOnOneThread) {
  start_dispatching(40, 20);
  flows.run();

  EXPECT_EQ(expected.load(), 40U * 20U * 3U);
  expect_right_counts();
}

TEST_F(ManyFlowsTest, InterleaveOnOneThreadWhileListenersComeAndGo) {
  start_dispatching(12, 40);
  start_changing(4);
  flows.run();

  expect_right_counts();
}

// Four threads hand sixteen fibers around, which are suspended in the middle of nested
// dispatches and listen, remove and wait meanwhile; two threads without fibers do the same.
TEST_F(ManyFlowsTest, AreHandedAroundByFourThreads) {
  start_dispatching(12, rounds);
  start_changing(4);
  ++started;
  std::jthread dispatching([this] {
    for (int round = 0; round < rounds; ++round) {
      widget.emit<event_one>(100, 2);
      expected.fetch_add(3);
    }
    ++done;
  });
  std::jthread changing([this] { change(); });
  flows.run(4);
  dispatching.join();
  changing.join();

  expect_right_counts();
}

// -- disconnect_and_wait() --------------------------------------------------------------

class FlowWaitTest : public FlowEventsTest {
 protected:
  /// A listener that is suspended until the gate is open.
  void listen_suspended() {
    subscription = event::listen(widget, "event_one", [this, life = begin_life()] {
      life_ = life;
      is_inside = true;
      pause_until([&] { return is_open.load(); });
      is_inside = false;
    });
  }
  Flow& start_dispatch() {
    return flows.start([this](Flow&) { widget.emit<event_one>(1, 2); });
  }
  bool is_destroyed() const { return life_.expired(); }

  Subscription subscription;
  std::atomic<bool> is_open{false};
  std::atomic<bool> is_inside{false};
  std::atomic<bool> has_waited{false};

 private:
  std::weak_ptr<const int> life_;
};

// Evidence: event.subscription-2
TEST_F(FlowWaitTest, WaitsOnAFiberForAnotherOneOfTheSameThread) {
  listen_suspended();
  start_dispatch();
  flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load(); });
    subscription.disconnect_and_wait();
    EXPECT_FALSE(is_inside);
    EXPECT_TRUE(is_destroyed());
    has_waited = true;
  });
  flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load(); });
    for (int i = 0; i < 300; ++i) pause();
    EXPECT_FALSE(has_waited);
    is_open = true;
  });

  flows.run();

  EXPECT_TRUE(has_waited);
}

// Evidence: event.subscription-3
TEST_F(FlowWaitTest, ReturnsAtOnceInTheListenersOwnFiber) {
  bool has_returned = false;
  const Life life = begin_life();
  subscription = event::listen(widget, "event_one", [&, life] {
    pause();
    subscription.disconnect_and_wait();
    has_returned = true;
    EXPECT_GT(life.use_count(), 1);
    pause();
  });
  start_dispatch();

  flows.run();

  EXPECT_TRUE(has_returned);
}

TEST_F(FlowWaitTest, WaitsOnAThreadForASuspendedFiber) {
  listen_suspended();
  start_dispatch();
  std::jthread waiting([&] {
    pause_until([&] { return is_inside.load(); });
    subscription.disconnect_and_wait();
    EXPECT_FALSE(is_inside);
    EXPECT_TRUE(is_destroyed());
    has_waited = true;
  });
  flows.start([&](Flow&) {
    pause_until([&] { return !subscription.connected(); });
    for (int i = 0; i < 300; ++i) pause();
    EXPECT_FALSE(has_waited);
    is_open = true;
  });

  flows.run();
  waiting.join();

  EXPECT_TRUE(has_waited);
}

TEST_F(FlowWaitTest, WaitsOnAFiberForAThread) {
  listen_suspended();
  std::jthread dispatching([&] { widget.emit<event_one>(1, 2); });
  flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load(); });
    subscription.disconnect_and_wait();
    EXPECT_FALSE(is_inside);
    EXPECT_TRUE(is_destroyed());
  });
  flows.start([&](Flow&) {
    pause_until([&] { return !subscription.connected(); });
    is_open = true;
  });

  flows.run();
}

TEST_F(FlowWaitTest, GoesOnWaitingAlthoughItIsCancelled) {
  listen_suspended();
  start_dispatch();
  Flow& waiting = flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load(); });
    subscription.disconnect_and_wait();
    EXPECT_FALSE(is_inside);
    has_waited = true;
  });
  flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load() && !subscription.connected(); });
    for (int i = 0; i < 10; ++i) {
      waiting.cancel();
      pause();
    }
    EXPECT_FALSE(has_waited);
    is_open = true;
  });

  flows.run();

  EXPECT_TRUE(has_waited);
}

TEST_F(FlowWaitTest, DoesNotWaitForFibersWhereItWasAbandoned) {
  listen_suspended();
  start_dispatch();
  Flow& waiting = flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load(); });
    subscription.disconnect_and_wait();
    EXPECT_TRUE(is_inside);
    is_open = true;
  });
  flows.start([&](Flow&) {
    pause_until([&] { return is_inside.load() && !subscription.connected(); });
    waiting.abandon();
  });

  flows.run();

  EXPECT_TRUE(is_open);
}

// -- exec_once and its kin --------------------------------------------------------------

class FlowOnceTest : public FlowEventsTest {
 protected:
  /// A listener that notes its runs, and is suspended in the middle.
  void listen_slowly(int failures = 0) {
    event::listen(widget, "event_one", [this, failures]() mutable {
      EXPECT_FALSE(is_running.exchange(true));
      ++runs;
      for (int i = 0; i < 5; ++i) pause();
      is_running = false;
      if (failures-- > 0) throw std::runtime_error("no");
    });
  }
  /// Says whether this call has run the listeners.
  bool exec_once() {
    const bool has_run = widget.exec_once_unless_exception<event_one>(1, 2);
    EXPECT_FALSE(is_running);
    EXPECT_GE(runs, 1);
    return has_run;
  }

  std::atomic<bool> is_running{false};
  std::atomic<int> runs{0};
};

TEST_F(FlowOnceTest, FibersWaitForTheFiberThatRuns) {
  listen_slowly();
  int have_run = 0;
  for (int i = 0; i < 10; ++i) {
    flows.start([&](Flow&) { have_run += exec_once() ? 1 : 0; });
  }

  flows.run();

  EXPECT_EQ(runs, 1);
  EXPECT_EQ(have_run, 1);
}

TEST_F(FlowOnceTest, FiberRunsInTurnWhereTheOneBeforeHasFailed) {
  listen_slowly(2);
  int failed = 0;
  for (int i = 0; i < 10; ++i) {
    flows.start([&](Flow&) {
      try {
        exec_once();
      } catch (const std::runtime_error&) {
        ++failed;
      }
    });
  }

  flows.run();

  EXPECT_EQ(runs, 3);
  EXPECT_EQ(failed, 2);
}

TEST_F(FlowOnceTest, EachRunsAloneUntilTheFirstHasEnded) {
  listen_slowly();
  for (int i = 0; i < 5; ++i) {
    flows.start([&](Flow&) { widget.exec_sync_on_first_run<event_one>(1, 2); });
    flows.start([&, i](Flow&) {
      for (int j = 0; j < i; ++j) pause();
      pause_until([&] { return runs > 0 && !is_running; });
    });
  }

  flows.run();

  EXPECT_EQ(runs, 5);
}

TEST_F(FlowOnceTest, FiberMayCallAgainInItsOwnRunAfterItHasChangedThreads) {
  bool inner = true;
  event::listen(widget, "event_one", [&] {
    pause();
    inner = widget.exec_once<event_one>(1, 2);
  });
  ByHand flow;

  flow.begin([&] { widget.exec_once<event_one>(1, 2); });
  ByHand::on_another_thread([&] { flow.fiber.resume(); });

  EXPECT_TRUE(flow.fiber.is_idle());
  EXPECT_FALSE(inner);
}

TEST_F(FlowOnceTest, FiberWaitsForAThreadAndAThreadForAFiber) {
  for (const bool thread_first : {true, false}) {
    Widget target;
    std::atomic<bool> is_inside{false};
    std::atomic<bool> is_open{false};
    std::atomic<int> waited{0};
    event::listen(target, "event_one", [&] {
      is_inside = true;
      pause_until([&] { return is_open.load(); });
    });
    const auto run = [&] { target.exec_once<event_one>(1, 2); };
    const auto wait = [&] {
      pause_until([&] { return is_inside.load(); });
      EXPECT_FALSE(target.exec_once<event_one>(1, 2));
      EXPECT_TRUE(is_open);
      ++waited;
    };
    Flows own;
    std::jthread thread([&] { thread_first ? run() : wait(); });
    own.start([&](Flow&) { thread_first ? wait() : run(); });
    own.start([&](Flow&) {
      pause_until([&] { return is_inside.load(); });
      for (int i = 0; i < 50; ++i) pause();
      EXPECT_EQ(waited, 0);
      is_open = true;
    });

    own.run();
    thread.join();

    EXPECT_EQ(waited, 1);
  }
}

TEST_F(FlowOnceTest, CancelledFiberWaitsNoLongerAndTheOthersDo) {
  std::atomic<bool> is_open{false};
  event::listen(widget, "event_one", [&] {
    ++runs;
    pause_until([&] { return is_open.load(); });
  });
  std::vector<Flow*> waiting;
  int cancelled = 0;
  int ended = 0;
  flows.start([&](Flow&) { widget.exec_once<event_one>(1, 2); });
  for (int i = 0; i < 9; ++i) {
    waiting.push_back(&flows.start([&](Flow&) {
      pause_until([&] { return runs > 0; });
      try {
        EXPECT_FALSE((widget.exec_once<event_one>(1, 2)));
        EXPECT_TRUE(is_open);
        ++ended;
      } catch (const Error& error) {
        EXPECT_TRUE(error.is_cancelled());
        EXPECT_FALSE(is_open);
        ++cancelled;
      }
    }));
  }
  flows.start([&](Flow&) {
    for (Flow* const each : waiting) pause_until([&] { return each->is_parked(); });
    // The one who came first, one in the middle, and the last; and one for good.
    for (const std::size_t i : {0U, 4U, 8U}) waiting[i]->cancel();
    waiting[2]->abandon();
    pause_until([&] { return cancelled == 4; });
    is_open = true;
  });

  flows.run();

  EXPECT_EQ(runs, 1);
  EXPECT_EQ(cancelled, 4);
  EXPECT_EQ(ended, 5);
}

// Four threads, fibers and threads mixed, some of which are cancelled as the run ends.
TEST_F(FlowOnceTest, IsRunOnceByFibersAndThreadsTogether) {
  for (int round = 0; round < rounds / 10; ++round) {
    Widget target;
    std::atomic<int> calls{0};
    std::atomic<bool> is_inside{false};
    event::listen(target, "event_one", [&] {
      EXPECT_FALSE(is_inside.exchange(true));
      ++calls;
      pause();
      is_inside = false;
    });
    const auto call = [&] {
      try {
        target.exec_once<event_one>(1, 2);
        EXPECT_FALSE(is_inside);
      } catch (const Error& error) {
        EXPECT_TRUE(error.is_cancelled());
      }
    };
    Flows own;
    std::vector<Flow*> started;
    for (int i = 0; i < 8; ++i) started.push_back(&own.start([&](Flow&) { call(); }));
    own.start([&](Flow&) {
      for (std::size_t i = 0; i < 4; ++i) {
        started[i]->cancel();
        pause();
      }
    });
    std::jthread thread([&] { call(); });
    own.run(3);
    thread.join();
    call();  // where all were cancelled

    EXPECT_GE(calls, 1);
  }
}

}  // namespace flow_test
}  // namespace
}  // namespace hark::test
