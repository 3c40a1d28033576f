// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Requests whose work is done on fibers, interleaved on one thread or spread over several.
#include <hark/asio.hpp>
#include <hark/audit.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "asio/support.hpp"
#include "audit/recorder.hpp"

namespace {
namespace audit_test {

namespace asio = boost::asio;
namespace audit = hark::audit;
namespace event = hark::event;
using asio::awaitable;
using asio::use_awaitable;

awaitable<void> pause() {
  for (int i = 0; i < 3; ++i)
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
}

hark::EngineOptions options_of(std::size_t connections) {
  return {.poolclass = hark::PoolClass::queue,
          .pool = {.pool_size = connections, .max_overflow = 0}};
}

class AsyncAuditTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(recording_->complaints(), ""); }

  void run(awaitable<void> work) { test::run(context_, std::move(work)); }
  /// Two statements in a transaction.
  awaitable<void> work() {
    hark::AsyncConnection connection = co_await engine_.async_connect(use_awaitable);
    co_await pause();
    co_await execute(connection);
    co_await pause();
    co_await execute(connection);
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  }
  static awaitable<void> execute(hark::AsyncConnection& connection) {
    hark::AsyncResult result =
        co_await connection.async_execute("SELECT 7", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 7);
  }
  void spawn_request(const std::string& name) {
    asio::co_spawn(
        context_,
        [](AsyncAuditTest& test, std::string of) -> awaitable<void> {
          co_await audit::in_request(test.engine_.sync_engine(), of, test.work());
        }(*this, name),
        [](const std::exception_ptr& error) { EXPECT_EQ(error, nullptr); });
  }

  asio::io_context context_;
  hark::AsyncEngine engine_{context_.get_executor(), "sqlite://", {}, options_of(2)};
  hark::test::Recording recording_{engine_};
};

constexpr const char* whole = "{checkout(connect) transaction(statement statement)}";
constexpr const char* pooled = "{checkout transaction(statement statement)}";

TEST_F(AsyncAuditTest, WithoutARequestAConnectionIsOne) {
  run(work());
  EXPECT_EQ(recording_->tree(), whole);
}

TEST_F(AsyncAuditTest, RequestsThatAreInterleavedHaveTheirOwnEvents) {
  spawn_request("first");
  spawn_request("second");
  context_.run();

  EXPECT_EQ(recording_->tree(), std::string("first") + whole + " second" + whole);
}

TEST_F(AsyncAuditTest, WhoWaitsForAConnectionGoesOnInItsRequest) {
  for (const char* name : {"a", "b", "c", "d"}) spawn_request(name);
  context_.run();

  EXPECT_EQ(recording_->tree(),
            std::string("a") + whole + " b" + whole + " c" + pooled + " d" + pooled);
}

TEST_F(AsyncAuditTest, RequestOfTheThreadHasWhatIsBegunInIt) {
  run([&]() -> awaitable<void> {
    hark::AsyncConnection mine = co_await engine_.async_connect(use_awaitable);
    hark::AsyncConnection other = co_await engine_.async_connect(use_awaitable);
    audit::Request request(engine_.sync_engine(), "mine");
    int done = 0;
    {
      const audit::Request::Scope scope(request);
      mine.async_execute("SELECT 7",
                         [&](const std::exception_ptr&, hark::AsyncResult) { ++done; });
    }
    std::optional<audit::Request> others(std::in_place, engine_.sync_engine(), "other");
    other.async_execute("SELECT 7",
                        [&](const std::exception_ptr&, hark::AsyncResult) { ++done; });
    while (done != 2) co_await pause();
    others.reset();
    co_await mine.async_close(use_awaitable);
    co_await other.async_close(use_awaitable);
  }());

  for (const audit::RequestEnd& each : recording_->requests()) {
    if (!each.name.empty()) {
      EXPECT_EQ(each.events, 2U) << each.name;
    }
  }
}

TEST_F(AsyncAuditTest, RequestThatIsMadeOnAFiberStaysOnIt) {
  const auto in_own = [&](const char* name) -> awaitable<void> {
    co_await engine_.async_run(
        [name](hark::Connection& connection) {
          const audit::Request request(connection.engine(), name);
          for (int i = 0; i < 2; ++i) connection.execute("SELECT 7").fetchall();
          connection.commit();
        },
        use_awaitable);
  };
  asio::co_spawn(context_, in_own("first"), asio::detached);
  asio::co_spawn(context_, in_own("second"), asio::detached);
  context_.run();

  for (const audit::RequestEnd& each : recording_->requests()) {
    if (!each.name.empty()) {
      EXPECT_EQ(each.events, 3U) << each.name;
    }
  }
}

TEST_F(AsyncAuditTest, WhatIsBegunWithinATrackedEventIsInsideIt) {
  run([&]() -> awaitable<void> {
    co_await audit::in_request(engine_.sync_engine(), "order", [&]() -> awaitable<void> {
      hark::AsyncConnection connection = co_await engine_.async_connect(use_awaitable);
      const audit::TrackedEvent tracked = audit::track_event("look up");
      co_await pause();
      co_await execute(connection);
      co_await connection.async_close(use_awaitable);
    });
  }());

  EXPECT_EQ(recording_->tree(),
            "order{checkout(connect) custom(transaction(statement))}");
}

TEST_F(AsyncAuditTest, WhatAnAwaitedListenerDoesIsInTheRequest) {
  bool is_nested = false;
  const event::ScopedSubscription listening =
      event::listen(engine_, "begin", [&](hark::Connection&) -> awaitable<void> {
        if (std::exchange(is_nested, true)) co_return;
        co_await pause();
        co_await work();
      });
  spawn_request("order");
  context_.run();

  for (const audit::RequestStart& each : recording_->request_starts())
    EXPECT_EQ(each.name, "order");
  EXPECT_EQ(recording_->events(audit::EventKind::statement).size(), 4U);
}

TEST_F(AsyncAuditTest, IdleFiberKeepsNoHandlerAlive) {
  spawn_request("order");
  context_.run();
  EXPECT_EQ(recording_->requests().size(), 1U);

  auto other = std::make_shared<hark::test::Recorder>();
  const std::weak_ptr<hark::test::Recorder> observed = other;
  audit::Subscription subscription = audit::use_event_handler(engine_, std::move(other));
  context_.restart();
  spawn_request("another");
  context_.run();
  subscription.disconnect();
  subscription = {};

  EXPECT_TRUE(observed.expired());
}

TEST(ThreadedAuditTest, EachRequestHasItsEventsOnAllThreads) {
  constexpr int users = 8;
  constexpr int rounds = 10;
  asio::thread_pool threads(4);
  hark::AsyncEngine engine(threads.get_executor(), "sqlite://", {}, options_of(3));
  hark::test::Recording recording(engine);
  const auto work = [&]() -> awaitable<void> {
    hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    for (int i = 0; i < 3; ++i) {
      hark::AsyncResult result =
          co_await connection.async_execute("SELECT 7", use_awaitable);
      EXPECT_EQ(result.scalar_one<int>(), 7);
    }
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_close(use_awaitable);
  };
  const auto use = [&](int user) -> awaitable<void> {
    for (int round = 0; round < rounds; ++round) {
      const std::string name = std::to_string(user) + "." + std::to_string(round);
      co_await audit::in_request(engine.sync_engine(), name, work());
    }
  };
  for (int user = 0; user < users; ++user)
    asio::co_spawn(asio::make_strand(threads), use(user), asio::detached);
  threads.join();

  EXPECT_EQ(recording->complaints(), "");
  const std::vector<audit::RequestEnd> requests = recording->requests();
  EXPECT_EQ(requests.size(), std::size_t{users} * rounds);
  std::size_t connects = recording->events(audit::EventKind::connect).size();
  std::size_t events = 0;
  for (const audit::RequestEnd& each : requests) {
    EXPECT_FALSE(each.name.empty());
    EXPECT_GE(each.events, 5U) << each.name;
    events += each.events;
  }
  EXPECT_EQ(events, requests.size() * 5 + connects);
}

}  // namespace audit_test
}  // namespace
