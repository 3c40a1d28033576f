// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Requests, events of a program's own, and what belongs to whom.
#include <hark/audit.hpp>
#include <hark/engine.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audit/recorder.hpp"
#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

namespace asio = boost::asio;
using audit::EventEnd;
using audit::EventKind;
using audit::Request;

struct CacheLookup {
  static constexpr std::string_view event_name = "cache.lookup";
  std::string key;
  void describe(audit::Attributes& to) const { to.push_back({"key", key}); }
};

class RequestTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(recording->complaints(false), ""); }

  static void execute(Engine& on) {
    Connection connection = on.connect();
    connection.execute("SELECT 1").fetchall();
  }
  audit::RequestEnd ended(std::string_view name) {
    for (const audit::RequestEnd& each : recording->requests()) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << name << " has not ended: " << recording->tree();
    return {};
  }

  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://");
  }();
  Recording recording{engine};
};

// -- whose an event is ------------------------------------------------------------------

TEST_F(RequestTest, WhatTheThreadDoesBelongsToItsRequest) {
  {
    const Request request(engine, "order 17");
    execute(engine);
  }
  execute(engine);

  EXPECT_EQ(recording->tree(),
            "order 17{checkout(connect) transaction(statement)} "
            "{checkout transaction(statement)}");
  EXPECT_EQ(ended("order 17").outcome, Outcome::ok);
  EXPECT_EQ(ended("order 17").events, 4U);
  EXPECT_EQ(ended("order 17").lost, 0U);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, InnermostRequestOfTheThreadCounts) {
  std::uint64_t outer_id = 0;
  {
    const Request outer(engine, "outer");
    {
      const Request inner(engine, "inner");
      execute(engine);
    }
    execute(engine);
    outer_id = recording->request_starts().front().id;
  }

  EXPECT_EQ(recording->tree(),
            "outer{checkout transaction(statement)} "
            "inner{checkout(connect) transaction(statement)}");
  EXPECT_EQ(ended("inner").parent_id, outer_id);
  EXPECT_EQ(ended("outer").parent_id, 0U);
}

TEST_F(RequestTest, RequestsMayEndInAnyOrder) {
  std::optional<Request> first(std::in_place, engine, "first");
  std::optional<Request> second(std::in_place, engine, "second");
  first.reset();
  execute(engine);
  second.reset();
  execute(engine);

  EXPECT_EQ(recording->tree(),
            "first{} second{checkout(connect) transaction(statement)} "
            "{checkout transaction(statement)}");
}

TEST_F(RequestTest, OfAnotherEngineThereIsNothingInIt) {
  Engine other = create_engine("fake://");
  const Recording others(other);
  {
    const Request request(other, "other");
    execute(engine);
  }

  EXPECT_EQ(recording->tree(), "{checkout(connect) transaction(statement)}");
}

TEST_F(RequestTest, RequestOfAnEngineBeyondThatOfAnotherIsFound) {
  Engine other = create_engine("fake://");
  Recording others(other);
  {
    const Request mine(engine, "mine");
    const Request theirs(other, "theirs");
    execute(engine);
    execute(other);
  }

  EXPECT_EQ(recording->tree(), "mine{checkout(connect) transaction(statement)}");
  EXPECT_EQ(others->tree(), "theirs{checkout(connect) transaction(statement)}");
}

TEST_F(RequestTest, OtherThreadsAreNotInIt) {
  {
    const Request request(engine, "mine");
    std::thread([this] { execute(engine); }).join();
  }

  EXPECT_EQ(recording->tree(), "mine{} {checkout(connect) transaction(statement)}");
}

TEST_F(RequestTest, ScopeMakesItCurrentElsewhere) {
  Request request(engine, "mine");
  std::thread([&] {
    const Request own(engine, "own");
    {
      const Request::Scope scope(request);
      execute(engine);
    }
    execute(engine);
  }).join();
  request.end();

  EXPECT_EQ(recording->tree(),
            "mine{checkout(connect) transaction(statement)} "
            "own{checkout transaction(statement)}");
}

TEST_F(RequestTest, ConnectionsRequestComesBeforeTheThreads) {
  const Request threads(engine, "thread's");
  Connection connection = engine.connect();
  {
    const Request request(connection, "connection's");
    EXPECT_EQ(recording->request_starts().back().connection_id, connection.id());
    std::thread([&] { connection.execute("SELECT 1").fetchall(); }).join();
    connection.commit();
    execute(engine);
  }
  connection.execute("SELECT 2").fetchall();
  connection.close();

  EXPECT_EQ(recording->tree(),
            "thread's{checkout(connect) checkout(connect) transaction(statement) "
            "transaction(statement)} connection's{transaction(statement)}");
}

TEST_F(RequestTest, ConnectionsRequestEndsWithTheConnection) {
  std::optional<Connection> connection(std::in_place, engine);
  Request request(*connection, "short");
  connection.reset();

  EXPECT_EQ(ended("short").outcome, Outcome::ok);
  request.end();
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, ConnectionMayEndWhileTheProgramSpeaksOfItsRequest) {
  for (int i = 0; i < 100; ++i) {
    std::optional<Connection> connection(std::in_place, engine);
    Request request(*connection, "both");
    std::thread closing([&] { connection.reset(); });
    request.set("a", 1);
    request.fail(std::make_exception_ptr(TimeoutError("too late")));
    request.set_outcome(Outcome::cancelled);
    closing.join();
  }

  EXPECT_EQ(recording->requests().size(), 200U);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, ClosedConnectionIsRefused) {
  Connection connection = engine.connect();
  connection.close();
  Request request(engine, "open");
  EXPECT_THROW(static_cast<void>(Request(connection, "late")), ResourceClosedError);
  EXPECT_THROW(request.attach(connection), ResourceClosedError);
  EXPECT_THROW(connection.execute("SELECT 1"), ResourceClosedError);
  request.end();

  EXPECT_EQ(recording->tree(), "{checkout(connect)} open{}");
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, AttachedConnectionLeavesTheRequestOpen) {
  Request request(engine, "attached");
  std::thread([&] {
    Connection connection = engine.connect();
    request.attach(connection);
    connection.execute("SELECT 1").fetchall();
  }).join();
  EXPECT_TRUE(recording->requests().size() == 1 && recording->requests()[0].name.empty());
  request.end();

  EXPECT_EQ(recording->tree(), "attached{transaction(statement)} {checkout(connect)}");
}

TEST_F(RequestTest, RawConnectionBelongsToTheRequest) {
  {
    const Request request(engine, "raw");
    const PooledConnection raw = engine.raw_connection();
  }

  EXPECT_EQ(recording->tree(), "raw{checkout(connect)}");
  EXPECT_EQ(recording->requests().size(), 1U);
}

TEST_F(RequestTest, WhatIsOpenEndsBeforeItsRequest) {
  Connection connection = engine.connect();
  {
    const Request request(engine, "left open");
    connection.execute("INSERT");
  }
  connection.commit();
  connection.execute("INSERT");
  connection.close();

  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(recording->tree(),
            "{checkout(connect) transaction(statement)} "
            "left open{transaction(statement)}");
  EXPECT_EQ(recording->events(EventKind::transaction)[0].outcome, Outcome::unknown);
}

// -- how it ends ------------------------------------------------------------------------

TEST_F(RequestTest, ExceptionIsItsError) {
  try {
    const Request request(engine, "throws");
    throw std::runtime_error("away");
  } catch (const std::runtime_error&) {
    const Request request(engine, "within a handler");
  }

  EXPECT_EQ(ended("throws").outcome, Outcome::error);
  EXPECT_EQ(ended("within a handler").outcome, Outcome::ok);
}

TEST_F(RequestTest, ProgramSaysHowItEnds) {
  {
    Request request(engine, "failed");
    request.fail(std::make_exception_ptr(TimeoutError("too late")));
    request.set("retries", 3);
  }
  {
    Request request(engine, "cancelled");
    request.set_outcome(Outcome::cancelled);
    request.end();
    request.end();
  }

  EXPECT_EQ(ended("failed").outcome, Outcome::error);
  ASSERT_TRUE(ended("failed").failure.has_value());
  EXPECT_EQ(ended("failed").failure->type, "TimeoutError");
  EXPECT_EQ(ended("failed").failure->message, "too late");
  EXPECT_EQ(text_of(ended("failed").attributes), "retries=3");
  EXPECT_EQ(ended("cancelled").outcome, Outcome::cancelled);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, TraceparentIsTakenWhereItIsOne) {
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::vector<std::string> bad{
      "",
      "nonsense",
      "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      good + "-more"};
  {
    const Request request(engine, "good", {.traceparent = good});
    for (const std::string& each : bad)
      const Request malformed(engine, "bad", {.traceparent = each});
  }

  EXPECT_EQ(ended("good").traceparent, good);
  for (const audit::RequestStart& each : recording->request_starts()) {
    if (each.name != "bad") continue;
    EXPECT_EQ(each.traceparent, "");
  }
}

TEST_F(RequestTest, AttributesAreToldAtItsStart) {
  const Request request(engine, "order", {.attributes = {{"user", 17}}});

  EXPECT_EQ(text_of(recording->request_starts().front().attributes), "user=17");
}

TEST_F(RequestTest, EveryHandlerIsToldOfIt) {
  Recording second(engine);
  {
    Request request(engine, "both");
    auto event = audit::track_event("work");
    execute(engine);
  }

  EXPECT_EQ(recording->tree(), "both{custom(checkout(connect) transaction(statement))}");
  EXPECT_EQ(second->tree(), recording->tree());
  EXPECT_NE(second->requests()[0].id, recording->requests()[0].id);
}

TEST(RequestWithoutHandler, DoesNothing) {
  FakeDatabase database;
  FakeDialect::use(database);
  Engine engine = create_engine("fake://");
  Request request(engine, "nobody hears");
  Connection connection = engine.connect();
  request.attach(connection);
  request.set("a", 1);
  request.fail(nullptr);
  request.set_outcome(Outcome::ok);
  const Request::Scope scope(request);
  auto event = audit::EventTracker(request).track_event(CacheLookup{"x"});
  event.set("b", 2);
  event.set_rows(1);
  event.end();
  request.end();

  EXPECT_EQ(database.take(), "connect");
}

// -- events of its own ------------------------------------------------------------------

TEST_F(RequestTest, TrackedEventsLieWithinEachOther) {
  {
    const Request request(engine, "page");
    auto outer = audit::track_event("render", {{"page", 1}});
    {
      auto inner = audit::track_event(CacheLookup{"order 17"});
      inner.set_rows(2);
      execute(engine);
    }
    outer.set("bytes", 100);
  }

  EXPECT_EQ(recording->tree(),
            "page{custom(custom(checkout(connect) transaction(statement)))}");
  const std::vector<EventEnd> all = recording->events(EventKind::custom);
  EXPECT_EQ(all[0].name, "render");
  EXPECT_EQ(text_of(all[0].attributes), "page=1 bytes=100");
  EXPECT_EQ(all[1].name, "cache.lookup");
  EXPECT_EQ(text_of(all[1].attributes), "key='order 17'");
  EXPECT_EQ(all[1].rows, 2U);
  ASSERT_NE(all[1].get_if<CacheLookup>(), nullptr);
  EXPECT_EQ(all[1].get_if<CacheLookup>()->key, "order 17");
  EXPECT_EQ(all[1].get_if<int>(), nullptr);
  EXPECT_GE(all[0].elapsed, all[1].elapsed);
}

TEST_F(RequestTest, TrackedEventEndsAsItsScopeDoes) {
  const Request request(engine, "page");
  try {
    const auto event = audit::track_event("fails");
    throw std::runtime_error("away");
  } catch (const std::runtime_error& error) {
    auto event = audit::track_event("says so");
    event.fail(std::current_exception());
    event.end();
    event.end();
  }
  audit::track_event("given up").set_outcome(Outcome::cancelled);

  const std::vector<EventEnd> all = recording->events(EventKind::custom);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].outcome, Outcome::error);
  EXPECT_EQ(all[1].outcome, Outcome::error);
  EXPECT_EQ(all[1].failure->type, "std::runtime_error");
  EXPECT_EQ(all[2].outcome, Outcome::cancelled);
}

TEST_F(RequestTest, WithoutARequestNoEventIsTracked) {
  audit::track_event("nobody's").set("a", 1);
  std::optional<audit::EventTracker> tracker;
  {
    const Request request(engine, "short");
    tracker.emplace(request);
    static_cast<void>(tracker->track_event("in time"));
  }
  static_cast<void>(tracker->track_event("too late"));

  EXPECT_EQ(recording->tree(), "short{custom}");
}

TEST_F(RequestTest, TrackerRecordsInItsRequestOnEveryThread) {
  Request request(engine, "shared");
  const audit::EventTracker tracker(request);
  std::thread([&] {
    const Request own(engine, "own");
    const auto event = tracker.track_event("elsewhere");
    execute(engine);
  }).join();
  request.end();

  EXPECT_EQ(recording->tree(),
            "shared{custom} own{checkout(connect) transaction(statement)}");
}

TEST_F(RequestTest, TrackedEventThatOutlivesItsRequestEndsOnce) {
  std::unique_ptr<audit::TrackedEvent> event;
  {
    const Request request(engine, "short");
    event.reset(new audit::TrackedEvent(audit::track_event("long")));
  }
  event.reset();

  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(recording->events(EventKind::custom)[0].outcome, Outcome::unknown);
}

// -- executors and coroutines -----------------------------------------------------------

TEST_F(RequestTest, ExecutorBringsTheRequestToItsThreads) {
  Request request(engine, "pool");
  {
    asio::thread_pool pool(2);
    const audit::RequestExecutor executor(pool.get_executor(), request);
    asio::post(executor, [&] { execute(engine); });
    pool.join();
  }
  asio::thread_pool pool(1);
  asio::post(pool, [&] { execute(engine); });
  pool.join();
  request.end();

  EXPECT_EQ(recording->tree(),
            "pool{checkout(connect) transaction(statement)} "
            "{checkout transaction(statement)}");
}

TEST_F(RequestTest, ExecutorIsOneOfAsio) {
  asio::io_context context;
  Request request(engine, "executor");
  using Inner = asio::io_context::executor_type;
  using Executor = audit::RequestExecutor<Inner>;
  static_assert(asio::execution::is_executor_v<Executor>);
  const Executor executor(context.get_executor(), request);
  const asio::any_io_executor any = executor;
  const auto strand = asio::make_strand(any);

  EXPECT_EQ(&asio::query(any, asio::execution::context), &context);
  EXPECT_EQ(any, asio::any_io_executor(Executor(context.get_executor(), request)));
  EXPECT_NE(any, asio::any_io_executor(context.get_executor()));
  asio::post(strand, [&] { execute(engine); });
  asio::post(asio::require(executor, asio::execution::blocking.never),
             [&] { execute(engine); });
  context.run();
  request.end();
  EXPECT_EQ(recording->tree(),
            "executor{checkout(connect) transaction(statement) "
            "checkout transaction(statement)}");
}

asio::awaitable<void> hop() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

asio::awaitable<int> order(Engine& engine, int number) {
  for (int i = 0; i < 5; ++i) {
    {
      Connection connection = engine.connect();
      connection.execute("SELECT :n", {{"n", number}}).fetchall();
      const auto event = audit::track_event(std::to_string(number));
    }
    co_await hop();
  }
  co_return number;
}

TEST(RequestCoroutineTest, EachStatementBelongsToItsRequestOnWhateverThread) {
  Engine engine =
      create_engine("sqlite:///file:audit_coroutines?mode=memory&cache=shared&uri=true");
  Recording recording(engine);
  constexpr int orders = 20;
  std::vector<std::future<int>> results;
  {
    asio::thread_pool pool(4);
    for (int i = 0; i < orders; ++i) {
      results.push_back(
          asio::co_spawn(pool,
                         audit::in_request(engine, std::to_string(i), order(engine, i)),
                         asio::use_future));
    }
    pool.join();
  }

  for (int i = 0; i < orders; ++i) EXPECT_EQ(results[std::size_t(i)].get(), i);
  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(recording->requests().size(), std::size_t{orders});
  for (const audit::RequestEnd& request : recording->requests()) {
    EXPECT_EQ(request.outcome, Outcome::ok);
    int statements = 0;
    int customs = 0;
    for (const EventEnd& each : recording->events()) {
      if (each.request_id != request.id) continue;
      if (each.kind == EventKind::custom && each.name == request.name) ++customs;
      if (each.kind != EventKind::statement) continue;
      ++statements;
      EXPECT_EQ(each.parameters[0].value, dbapi::Value(std::stoi(request.name)));
    }
    EXPECT_EQ(statements, 5);
    EXPECT_EQ(customs, 5);
  }
}

TEST_F(RequestTest, TrackedEventGoesWithItsCoroutine) {
  asio::io_context context;
  std::thread::id began;
  std::thread::id ended_on;
  const auto work = [&]() -> asio::awaitable<void> {
    const auto event = audit::track_event("render");
    began = std::this_thread::get_id();
    co_await hop();
    ended_on = std::this_thread::get_id();
    execute(engine);
  };
  const auto speak = [&](std::string_view name) {
    const Request request(engine, name);
    const auto event = audit::track_event("work");
    execute(engine);
  };
  asio::co_spawn(context, audit::in_request(engine, "page", work), asio::detached);
  while (began == std::thread::id()) context.run_one();
  speak("meanwhile");
  std::thread([&] { context.run(); }).join();
  speak("after");

  EXPECT_NE(began, ended_on);
  EXPECT_EQ(recording->tree(),
            "page{custom(checkout transaction(statement))} "
            "meanwhile{custom(checkout(connect) transaction(statement))} "
            "after{custom(checkout transaction(statement))}");
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, TrackedEventsMayEndOnAnyThreadOfAPool) {
  constexpr std::size_t pages = 200;
  {
    asio::thread_pool pool(4);
    const auto page = []() -> asio::awaitable<void> {
      {
        const auto render = audit::track_event("render");
        co_await hop();
        const auto part = audit::track_event("part");
        co_await hop();
      }
      static_cast<void>(audit::track_event("again"));
    };
    for (std::size_t i = 0; i < pages; ++i)
      asio::co_spawn(pool, audit::in_request(engine, "page", page), asio::detached);
    pool.join();
  }

  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(recording->requests().size(), pages);
  for (const EventEnd& each : recording->events()) {
    EXPECT_EQ(each.parent_id != 0, each.name == "part");
    EXPECT_EQ(each.outcome, Outcome::ok);
  }
}

TEST_F(RequestTest, IsAwaitedWithinACoroutine) {
  asio::io_context context;
  const auto page = [&]() -> asio::awaitable<void> {
    co_await audit::in_request(engine, "a name that is not short", order(engine, 1));
    co_await audit::in_request(
        engine, "a callable's name, not short either", [&] { return order(engine, 2); });
    const audit::RequestOptions options{.traceparent = "a text that is on the heap"};
    co_await audit::in_request(engine, "one that has options", order(engine, 3), options);
  };
  asio::co_spawn(context, page(), asio::detached);
  context.run();

  EXPECT_EQ(recording->requests().size(), 3);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, CoroutinesExceptionIsThrownOn) {
  asio::io_context context;
  const auto fails = []() -> asio::awaitable<int> {
    co_await hop();
    throw TimeoutError("too late");
  };
  auto result = asio::co_spawn(
      context, audit::in_request(engine, "fails", fails), asio::use_future);
  context.run();

  EXPECT_THROW(result.get(), TimeoutError);
  EXPECT_EQ(ended("fails").outcome, Outcome::error);
  EXPECT_EQ(ended("fails").failure->message, "too late");
}

asio::awaitable<void> wait_forever(Engine& engine) {
  Connection connection = engine.connect();
  connection.execute("INSERT");
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(asio::use_awaitable);
}

TEST_F(RequestTest, CoroutineThatIsCancelledSaysSo) {
  asio::io_context context;
  asio::cancellation_signal signal;
  std::exception_ptr caught;
  asio::co_spawn(context,
                 audit::in_request(engine, "cancelled", wait_forever(engine)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr error) { caught = error; }));
  context.poll();
  EXPECT_TRUE(recording->requests().empty());
  signal.emit(asio::cancellation_type::terminal);
  context.run();

  EXPECT_NE(caught, nullptr);
  EXPECT_EQ(ended("cancelled").outcome, Outcome::cancelled);
  EXPECT_EQ(recording->tree(), "cancelled{checkout(connect) transaction(statement)}");
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(RequestTest, CoroutineThatIsDestroyedIsCancelled) {
  {
    asio::io_context context;
    asio::co_spawn(context,
                   audit::in_request(engine, "destroyed", wait_forever(engine)),
                   [](const std::exception_ptr&) {});
    context.poll();
  }

  EXPECT_EQ(ended("destroyed").outcome, Outcome::cancelled);
  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(RequestTest, CoroutineThatNeverBeganIsNoRequest) {
  static_cast<void>(audit::in_request(engine, "never", wait_forever(engine)));

  EXPECT_TRUE(recording->request_starts().empty());
}

TEST_F(RequestTest, CoroutineWithoutHandlerRuns) {
  Engine silent = create_engine("fake://");
  asio::io_context context;
  auto result = asio::co_spawn(
      context, audit::in_request(silent, "silent", order(silent, 3)), asio::use_future);
  context.run();

  EXPECT_EQ(result.get(), 3);
}

}  // namespace
}  // namespace hark::test
