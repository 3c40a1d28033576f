// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/delivery.hpp"

#include <hark/audit/event_handler.hpp>
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/audit/handlers/otel_event_handler.hpp>
#include <hark/error.hpp>
#include <hark/event/report.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "audit/statistics.hpp"
#include "support/folder.hpp"
#include "support/sanitizers.hpp"

/// From notes to a handler's calls, on threads.
namespace hark::test {
namespace {

using namespace std::chrono_literals;
using namespace audit;
using audit::detail::Delivery;
using audit::detail::EventHandle;
using audit::detail::EventNote;
using audit::detail::RequestPtr;
using boost::asio::awaitable;
using std::chrono::steady_clock;

constexpr std::chrono::nanoseconds long_time = 60s;

/// Whoever comes waits until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_open_; });
  }
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ != 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool is_open_ = false;
};

struct Told {
  std::string call{};
  std::uint64_t id = 0;
  std::uint64_t request = 0;
  std::string name{};
  Outcome outcome = Outcome::ok;
  std::thread::id thread{};
  std::string attributes{};
};
using Script = std::function<void(const Told&)>;

/// What handlers were told, and what they are to do meanwhile.
class Log {
 public:
  explicit Log(Script script = {}) : script_(std::move(script)) {}

  void add(Told told) {
    told.thread = std::this_thread::get_id();
    {
      const std::lock_guard lock(mutex_);
      all_.push_back(told);
    }
    if (script_) script_(told);
  }
  void add(std::string_view call, const RequestStart& request, Outcome outcome = {}) {
    add({.call = std::string(call),
         .id = request.id,
         .request = request.id,
         .name = request.name,
         .outcome = outcome});
  }
  void add(std::string_view call, const EventStart& event, Outcome outcome = {}) {
    std::string attributes;
    for (const Attribute& attribute : event.attributes)
      attributes += attribute.name + "=" + dbapi::to_string(attribute.value) + " ";
    add({.call = std::string(call),
         .id = event.id,
         .request = event.request_id,
         .name = event.name,
         .outcome = outcome,
         .attributes = attributes});
  }

  std::vector<Told> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  /// "event_start a", in the order of the calls.
  std::vector<std::string> lines() const {
    std::vector<std::string> made;
    for (const Told& told : all()) made.push_back(told.call + " " + told.name);
    return made;
  }
  std::size_t count(const std::string& line) const {
    const auto lines = this->lines();
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Told> all_;
  const Script script_;
};

/// A context that can be moved, and only that: whose it is.
using Owner = std::unique_ptr<std::uint64_t>;

/// Checks that contexts come back.
class SyncRecorder final : public SyncEventHandler<Owner, Owner> {
 public:
  explicit SyncRecorder(Log& log) : log_(log) {}
  Owner request_start(const RequestStart& request) override {
    log_.add("request_start", request);
    return std::make_unique<std::uint64_t>(request.id);
  }
  Owner event_start(const EventStart& event, Owner& request) override {
    EXPECT_EQ(*request, event.request_id);
    log_.add("event_start", event);
    return std::make_unique<std::uint64_t>(event.id);
  }
  void event_end(const EventEnd& event, Owner& request, Owner start) override {
    EXPECT_EQ(*request, event.request_id);
    EXPECT_EQ(*start, event.id);
    log_.add("event_end", event, event.outcome);
  }
  void request_end(const RequestEnd& end, Owner start) override {
    EXPECT_EQ(*start, end.id);
    log_.add("request_end", end, end.outcome);
  }
  void flush() override { log_.add({.call = "flush"}); }

 private:
  Log& log_;
};

/// The same with coroutines, which let others run in the middle of each call.
class AsyncRecorder final : public EventHandler<Owner, Owner> {
 public:
  explicit AsyncRecorder(Log& log) : log_(log) {}
  awaitable<Owner> request_start(const RequestStart& request) override {
    co_await pause();
    log_.add("request_start", request);
    co_return std::make_unique<std::uint64_t>(request.id);
  }
  awaitable<Owner> event_start(const EventStart& event, Owner& request) override {
    EXPECT_EQ(*request, event.request_id);
    co_await pause();
    log_.add("event_start", event);
    co_return std::make_unique<std::uint64_t>(event.id);
  }
  awaitable<void> event_end(const EventEnd& event, Owner& request, Owner start) override {
    co_await pause();
    EXPECT_EQ(*request, event.request_id);
    EXPECT_EQ(*start, event.id);
    log_.add("event_end", event, event.outcome);
  }
  awaitable<void> request_end(const RequestEnd& end, Owner start) override {
    co_await pause();
    EXPECT_EQ(*start, end.id);
    log_.add("request_end", end, end.outcome);
  }
  awaitable<void> flush() override {
    co_await pause();
    log_.add({.call = "flush"});
  }

 private:
  static awaitable<void> pause() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
  }
  Log& log_;
};

std::shared_ptr<Handler> recorder(Log& log, bool is_async = false) {
  if (is_async) return std::make_shared<AsyncRecorder>(log);
  return std::make_shared<SyncRecorder>(log);
}

/// Opens `gone` when nobody has it any more.
std::shared_ptr<Handler> recorder(Log& log, Gate& gone) {
  return {new SyncRecorder(log), [&gone](Handler* handler) {
            delete handler;
            gone.open();
          }};
}

RequestPtr start(Delivery& delivery, std::string_view name) {
  return delivery.start_request({.name = name, .start = Moment::now()});
}
EventHandle start(Delivery& delivery, const RequestPtr& request, std::string_view name) {
  return delivery.start_event(request, {.start = Moment::now(), .name = name});
}
void run_event(Delivery& delivery, const RequestPtr& request, std::string_view name) {
  delivery.end_event(request, start(delivery, request, name), {});
}
void run_request(Delivery& delivery, std::string_view name) {
  const RequestPtr request = start(delivery, name);
  run_event(delivery, request, "event");
  delivery.end_request(request, {});
}
bool flush(Delivery& delivery) { return delivery.flush(steady_clock::now() + long_time); }

/// Each start has one end after it, and a request is around its events.
void expect_pairs(const std::vector<Told>& all) {
  std::map<std::uint64_t, int> open;  // events of each open request
  std::map<std::uint64_t, std::uint64_t> events;
  for (const Told& told : all) {
    if (told.call == "request_start") {
      EXPECT_TRUE(open.emplace(told.id, 0).second);
    } else if (told.call == "event_start") {
      ASSERT_TRUE(open.contains(told.request));
      ++open[told.request];
      EXPECT_TRUE(events.emplace(told.id, told.request).second);
    } else if (told.call == "event_end") {
      EXPECT_EQ(events.erase(told.id), 1U);
      --open[told.request];
    } else if (told.call == "request_end") {
      ASSERT_TRUE(open.contains(told.id));
      EXPECT_EQ(open[told.id], 0);
      open.erase(told.id);
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_TRUE(events.empty());
}

using Lines = std::vector<std::string>;

// What is told

/// Keeps the last of each.
class LastOne final : public SyncEventHandler<> {
 public:
  void request_start(const RequestStart& told) override { request = told; }
  void event_start(const EventStart& told) override { event = told; }
  void event_end(const EventEnd& told) override { end = told; }
  void request_end(const RequestEnd& told) override { request_ended = told; }
  RequestStart request;
  EventStart event;
  EventEnd end;
  RequestEnd request_ended;
};

class DeliveryNotesTest : public testing::Test {
 protected:
  void run(const EventNote& note, const audit::detail::EndNote& end_note) {
    const RequestPtr request = delivery_->start_request(request_note);
    delivery_->end_event(request, delivery_->start_event(request, note), end_note);
    delivery_->end_request(request, request_end_note);
    ASSERT_TRUE(flush(*delivery_));
  }
  void make(const Options& options) {
    delivery_.emplace(handler, options, boost::asio::any_io_executor());
  }

  std::shared_ptr<LastOne> handler = std::make_shared<LastOne>();
  audit::detail::RequestNote request_note;
  audit::detail::EndNote request_end_note;

 private:
  std::optional<Delivery> delivery_{
      std::in_place, handler, Options(), boost::asio::any_io_executor()};
};

TEST_F(DeliveryNotesTest, TellsAllThatWasNoted) {
  const Moment begin = Moment::now();
  const Attributes attributes{{"first", 1}};
  const Attributes more{{"second", "two"}};
  const auto database = std::make_shared<const Database>();
  const auto failure = std::make_shared<const Failure>(Failure{.type = "DataError"});
  request_note = {.parent_id = 7,
                  .name = "checkout",
                  .start = begin,
                  .database = database,
                  .connection_id = 3,
                  .traceparent = "00-trace",
                  .attributes = &attributes};
  request_end_note = {.outcome = Outcome::cancelled,
                      .elapsed = 5s,
                      .failure = failure,
                      .attributes = &more};
  const std::any payload = std::string("an object");
  const EventNote note{.kind = EventKind::transaction,
                       .parent_id = 8,
                       .start = begin,
                       .name = "savepoint_1",
                       .connection_id = 3,
                       .dbapi_connection_id = 4,
                       .execution_id = 5,
                       .attributes = &attributes,
                       .payload = &payload};
  run(note,
      {.outcome = Outcome::error,
       .elapsed = 3s,
       .failure = failure,
       .rows = 17,
       .waited = 1s,
       .open = 2s,
       .ended_by = "rollback",
       .attributes = &more});

  const RequestEnd& request = handler->request_ended;
  EXPECT_NE(request.id, 0U);
  EXPECT_EQ(handler->request.id, request.id);
  EXPECT_EQ(request.parent_id, 7U);
  EXPECT_EQ(handler->request.name, "checkout");
  EXPECT_EQ(handler->request.start, begin);
  EXPECT_EQ(request.database, database);
  EXPECT_EQ(request.connection_id, 3U);
  EXPECT_NE(request.thread_id, 0U);
  EXPECT_EQ(request.traceparent, "00-trace");
  EXPECT_EQ(handler->request.attributes.size(), 1U);
  EXPECT_EQ(request.attributes.back().value, dbapi::Value("two"));
  EXPECT_EQ(request.outcome, Outcome::cancelled);
  EXPECT_EQ(request.elapsed, 5s);
  EXPECT_EQ(request.failure.value().type, "DataError");
  EXPECT_EQ(request.events, 1U);
  EXPECT_EQ(request.lost, 0U);

  const EventEnd& event = handler->end;
  EXPECT_GT(event.id, request.id);
  EXPECT_EQ(handler->event.id, event.id);
  EXPECT_EQ(event.request_id, request.id);
  EXPECT_EQ(event.parent_id, 8U);
  EXPECT_EQ(handler->event.kind, EventKind::transaction);
  EXPECT_EQ(event.kind, EventKind::transaction);
  EXPECT_EQ(handler->event.name, "savepoint_1");
  EXPECT_EQ(event.start, begin);
  EXPECT_EQ(handler->event.database, database);
  EXPECT_EQ(event.statement, nullptr);
  EXPECT_EQ(event.connection_id, 3U);
  EXPECT_EQ(event.dbapi_connection_id, 4U);
  EXPECT_EQ(event.execution_id, 5U);
  EXPECT_NE(event.thread_id, 0U);
  EXPECT_EQ(handler->event.attributes.size(), 1U);
  EXPECT_EQ(event.attributes.front().value, dbapi::Value(1));
  EXPECT_EQ(event.attributes.back().value, dbapi::Value("two"));
  EXPECT_EQ(*handler->event.get_if<std::string>(), "an object");
  EXPECT_EQ(event.outcome, Outcome::error);
  EXPECT_EQ(event.elapsed, 3s);
  EXPECT_EQ(event.failure.value().type, "DataError");
  EXPECT_EQ(event.rows, 17U);
  EXPECT_EQ(event.waited, 1s);
  EXPECT_EQ(event.open, 2s);
  EXPECT_EQ(event.ended_by, "rollback");
}

TEST_F(DeliveryNotesTest, TellsStatementsWithTheirParameters) {
  const dbapi::Blob blob{std::byte{1}, std::byte{2}};
  const dbapi::Row row{std::nullopt,
                       true,
                       -5,
                       2.5,
                       "text",
                       blob,
                       dbapi::Date(std::chrono::days(3)),
                       dbapi::DateTime(std::chrono::microseconds(4)),
                       dbapi::Decimal{"12.50"}};
  const dbapi::Parameters parameters(row);
  const std::vector<std::string> names{"nothing"};

  run({.kind = EventKind::statement,
       .statement = "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?",
       .parameters = &parameters,
       .parameter_names = names},
      {});

  const EventStart& event = handler->event;
  EXPECT_EQ(event.statement->text, "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?");
  EXPECT_EQ(event.parameter_count, row.size());
  EXPECT_EQ(event.batch_size, 0U);
  ASSERT_EQ(event.parameters.size(), row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_EQ(event.parameters[i].value, row[i]);
    EXPECT_EQ(event.parameters[i].type, row[i].type());
    EXPECT_EQ(event.parameters[i].redaction, Redaction::none);
  }
  EXPECT_EQ(event.parameters[0].name, "nothing");
  EXPECT_EQ(event.parameters[1].name, "");
}

TEST_F(DeliveryNotesTest, AnEndMayHaveAnotherStatement) {
  run({.kind = EventKind::statement, .statement = "SELECT 1"}, {.statement = "SELECT 2"});
  EXPECT_EQ(handler->event.statement->text, "SELECT 1");
  EXPECT_EQ(handler->end.statement->text, "SELECT 2");
}

TEST_F(DeliveryNotesTest, KeepsTheFirstParametersOfManyRows) {
  make({.max_parameters = 5});
  const auto parameters =
      dbapi::Parameters::many(std::vector<dbapi::Row>(100, dbapi::Row{1, 2}));

  run({.kind = EventKind::executemany, .parameters = &parameters}, {});

  const EventStart& event = handler->event;
  EXPECT_EQ(event.parameter_count, 200U);
  EXPECT_EQ(event.batch_size, 100U);
  ASSERT_EQ(event.parameters.size(), 5U);
  EXPECT_EQ(event.parameters[4].row, 2U);
}

TEST_F(DeliveryNotesTest, CutsWhatIsLong) {
  make({.redaction = RedactionRules::none(),
        .max_statement_bytes = 10,
        .max_parameter_bytes = 4});
  const dbapi::Parameters parameters(dbapi::Row{"a€€", std::string(3, 'x')});

  run({.kind = EventKind::statement,
       .statement = "SELECT '12345'",
       .parameters = &parameters},
      {});

  const EventStart& event = handler->event;
  EXPECT_EQ(event.statement->text, "SELECT '12");
  EXPECT_EQ(event.parameters[0].value, dbapi::Value("a€"));  // in whole characters
  EXPECT_EQ(event.parameters[0].redaction, Redaction::truncated);
  EXPECT_EQ(event.parameters[1].redaction, Redaction::none);
}

TEST_F(DeliveryNotesTest, OfHiddenParametersOnlyTheCountIsTold) {
  const dbapi::Parameters parameters(dbapi::Row{1, 2});
  run({.kind = EventKind::statement, .parameters = &parameters, .hides_parameters = true},
      {});
  EXPECT_TRUE(handler->event.parameters.empty());
  EXPECT_EQ(handler->event.parameter_count, 2U);

  make({.redaction = RedactionRules::leave_out_all()});
  run({.kind = EventKind::statement, .parameters = &parameters}, {});
  EXPECT_TRUE(handler->event.parameters.empty());
  EXPECT_EQ(handler->event.parameter_count, 2U);
}

TEST_F(DeliveryNotesTest, SecretsAreRedacted) {
  const dbapi::Parameters parameters(dbapi::Row{"hunter2", "Ada"});
  const std::vector<std::string> names{"password", "name"};
  run({.kind = EventKind::statement, .parameters = &parameters, .parameter_names = names},
      {});
  EXPECT_EQ(handler->event.parameters[0].redaction, Redaction::left_out);
  EXPECT_TRUE(handler->event.parameters[0].value.is_null());
  EXPECT_EQ(handler->event.parameters[1].value, dbapi::Value("Ada"));
}

TEST(DeliveryTest, KindsThatAreNotWantedAreNotRecorded) {
  Log log;
  Delivery delivery(recorder(log), {.kinds = {EventKind::statement}}, {});
  const RequestPtr request = start(delivery, "request");
  const EventHandle event =
      delivery.start_event(request, {.kind = EventKind::connect, .name = "connect"});
  delivery.end_event(request, event, {});
  delivery.point(request, {.kind = EventKind::statement, .name = "statement"}, {});
  flush(delivery);

  EXPECT_EQ(log.lines(),
            (Lines{"request_start request",
                   "event_start statement",
                   "event_end statement",
                   "flush "}));
  EXPECT_EQ(delivery.statistics().lost_events, 0U);
}

// Every policy, on every kind of consumer

enum class On { own_thread, thread_pool };

class DeliveryOnThreadsTest
    : public testing::TestWithParam<std::tuple<QueuePolicy, On, bool>> {
 protected:
  QueuePolicy policy() const { return std::get<0>(GetParam()); }
  bool is_async() const { return std::get<2>(GetParam()); }
  boost::asio::any_io_executor executor() {
    if (std::get<1>(GetParam()) == On::own_thread) return {};
    return pool_.get_executor();
  }

 private:
  boost::asio::thread_pool pool_{4};
};

// Evidence: audit.event_handler-1, audit.event_handler-2
TEST_P(DeliveryOnThreadsTest, EachStartHasItsEndInOrder) {
  constexpr std::uint64_t threads = 8;
  constexpr std::uint64_t rounds = 100;
  std::atomic<int> calls{0};
  Log log([&](const Told&) {
    EXPECT_EQ(++calls, 1);  // one at a time
    --calls;
  });
  Delivery delivery(
      recorder(log, is_async()), {.policy = policy(), .capacity = 64}, executor());
  const RequestPtr shared = start(delivery, "shared");
  const auto work = [&] {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      const RequestPtr request = start(delivery, "own");
      const EventHandle outer = start(delivery, request, "outer");
      run_event(delivery, shared, "shared");
      run_event(delivery, request, "inner");
      start(delivery, request, "open");
      delivery.end_event(request, outer, {});
      delivery.end_request(request, {});
    }
  };

  std::vector<std::thread> workers;
  for (std::uint64_t i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  delivery.end_request(shared, {});
  ASSERT_TRUE(flush(delivery));

  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.requests + counts.lost_requests, threads * rounds + 1);
  EXPECT_EQ(counts.events + counts.lost_events, threads * rounds * 4);
  EXPECT_EQ(counts.delivered, 2 * (counts.requests + counts.events));
  EXPECT_EQ(counts.queued + counts.skipped + counts.open + counts.failures, 0U);
  if (policy() == QueuePolicy::block || policy() == QueuePolicy::inline_) {
    EXPECT_EQ(counts.lost_requests + counts.lost_events, 0U);
  }
  delivery.stop();
  expect_pairs(log.all());
  std::uint64_t told_losses = 0;
  for (const Told& told : log.all()) {
    if (told.call == "event_start" && told.attributes.starts_with("events="))
      told_losses += std::stoul(told.attributes.substr(7));
  }
  EXPECT_EQ(told_losses, counts.lost_events);
}

using Way = std::tuple<QueuePolicy, On, bool>;

std::string name_of_way(const testing::TestParamInfo<Way>& info) {
  static constexpr std::array policies{"Block", "DropNewest", "DropOldest", "Inline"};
  const auto& [policy, on, is_async] = info.param;
  return std::string(policies.at(static_cast<std::size_t>(policy))) +
         (on == On::own_thread ? "OnOwnThread" : "OnThreadPool") +
         (is_async ? "Coroutine" : "Plain");
}

const auto each_way = testing::Combine(testing::Values(QueuePolicy::block,
                                                       QueuePolicy::drop_newest,
                                                       QueuePolicy::drop_oldest,
                                                       QueuePolicy::inline_),
                                       testing::Values(On::own_thread, On::thread_pool),
                                       testing::Bool());

INSTANTIATE_TEST_SUITE_P(EachWay, DeliveryOnThreadsTest, each_way, name_of_way);

TEST(DeliveryTest, NothingIsLostUnderBlockWithASlowHandler) {
  Log log([](const Told&) { std::this_thread::sleep_for(100us); });
  Delivery delivery(recorder(log), {.policy = QueuePolicy::block, .capacity = 16}, {});
  for (int i = 0; i < 100; ++i) run_request(delivery, "request");
  flush(delivery);
  EXPECT_EQ(delivery.statistics().delivered, 400U);
  EXPECT_LE(delivery.statistics().most_queued, 18U);  // two are open at a time
}

// Contexts

template <class R, class E>
class OfContexts;
template <>
class OfContexts<void, void> final : public SyncEventHandler<void, void> {
 public:
  void request_start(const RequestStart&) override { ++calls; }
  void event_start(const EventStart&) override { ++calls; }
  void event_end(const EventEnd&) override { ++calls; }
  void request_end(const RequestEnd&) override { ++calls; }
  int calls = 0;
};
template <>
class OfContexts<int, void> final : public EventHandler<int, void> {
 public:
  awaitable<int> request_start(const RequestStart&) override { co_return ++calls; }
  awaitable<void> event_start(const EventStart&, int& request) override {
    calls += request++;
    co_return;
  }
  awaitable<void> event_end(const EventEnd&, int& request) override {
    calls += request++ - 1;
    co_return;
  }
  awaitable<void> request_end(const RequestEnd&, int request) override {
    calls += request - 2;
    co_return;
  }
  int calls = 0;
};
template <>
class OfContexts<void, int> final : public EventHandler<void, int> {
 public:
  awaitable<void> request_start(const RequestStart&) override {
    ++calls;
    co_return;
  }
  awaitable<int> event_start(const EventStart&) override {
    ++calls;
    co_return 1;
  }
  awaitable<void> event_end(const EventEnd&, int start) override {
    calls += start;
    co_return;
  }
  awaitable<void> request_end(const RequestEnd&) override {
    ++calls;
    co_return;
  }
  int calls = 0;
};
template <>
class OfContexts<int, int> final : public SyncEventHandler<int, int> {
 public:
  int request_start(const RequestStart&) override { return ++calls; }
  int event_start(const EventStart&, int& request) override {
    calls += request++;
    return 1;
  }
  void event_end(const EventEnd&, int& request, int start) override {
    calls += start + request - 2;
  }
  void request_end(const RequestEnd&, int request) override { calls += request - 1; }
  int calls = 0;
};

template <class T>
class DeliveryContextsTest : public testing::Test {};
using AllContexts = testing::Types<OfContexts<void, void>,
                                   OfContexts<int, void>,
                                   OfContexts<void, int>,
                                   OfContexts<int, int>>;
TYPED_TEST_SUITE(DeliveryContextsTest, AllContexts);

TYPED_TEST(DeliveryContextsTest, GoFromStartsToEnds) {
  const auto handler = std::make_shared<TypeParam>();
  Delivery delivery(handler, {}, {});
  run_request(delivery, "request");
  flush(delivery);
  EXPECT_EQ(handler->calls, 4);
  EXPECT_EQ(delivery.statistics().failures, 0U);
}

TEST(DeliveryTest, ContextsAreDestroyedWhereTheHandlerRuns) {
  struct Context {
    explicit Context(std::atomic<int>& of) : on_consumer(&of) {}
    Context(Context&& other) noexcept
        : on_consumer(std::exchange(other.on_consumer, nullptr)),
          home(std::this_thread::get_id()) {}
    ~Context() {
      if (on_consumer != nullptr && home == std::this_thread::get_id()) ++*on_consumer;
    }
    std::atomic<int>* on_consumer;
    std::thread::id home = std::this_thread::get_id();
  };
  class Making final : public SyncEventHandler<Context, Context> {
   public:
    explicit Making(std::atomic<int>& of) : count_(of) {}
    Context request_start(const RequestStart&) override { return Context(count_); }
    Context event_start(const EventStart&, Context&) override { return Context(count_); }
    void event_end(const EventEnd&, Context&, Context) override {}
    void request_end(const RequestEnd&, Context) override {}

   private:
    std::atomic<int>& count_;
  };
  std::atomic<int> count{0};
  {
    Delivery delivery(
        std::make_shared<Making>(count), {.shutdown_timeout = long_time}, {});
    run_request(delivery, "ended");
    const RequestPtr open = start(delivery, "left open");
    start(delivery, open, "left open, too");
  }
  EXPECT_EQ(count, 4);
}

// Failures

class DeliveryFailureTest : public testing::Test {
 protected:
  void SetUp() override {
    all_reported();
    before_ = event::set_failure_handler(&note);
  }
  void TearDown() override { event::set_failure_handler(before_); }
  static void note(const event::Failure& failure) {
    const std::lock_guard lock(mutex);
    reported.push_back(std::string(failure.event));
    label = failure.label;
  }
  static std::vector<std::string> all_reported() {
    const std::lock_guard lock(mutex);
    return std::exchange(reported, {});
  }

  static inline std::mutex mutex;
  static inline std::vector<std::string> reported;
  static inline std::string label;

 private:
  event::FailureHandler before_ = nullptr;
};

class DeliveryThrowingTest : public DeliveryFailureTest,
                             public testing::WithParamInterface<bool> {};

Script throwing_in(const std::string& call) {
  return [call](const Told& told) {
    if (told.call == call && told.name == "bad") throw std::runtime_error("no");
    if (told.call == call && told.name == "worse") throw 17;
  };
}

/// Its flush is no coroutine, and throws before there is one.
class BadFlush final : public EventHandler<> {
 public:
  awaitable<void> request_start(const RequestStart&) override { co_return; }
  awaitable<void> event_start(const EventStart&) override { co_return; }
  awaitable<void> event_end(const EventEnd&) override { co_return; }
  awaitable<void> request_end(const RequestEnd&) override { co_return; }
  awaitable<void> flush() override { throw std::runtime_error("disk full"); }
};

TEST_F(DeliveryFailureTest, AFlushMayThrowBeforeItIsACoroutine) {
  for (const QueuePolicy policy : {QueuePolicy::block, QueuePolicy::inline_}) {
    Delivery delivery(std::make_shared<BadFlush>(), {.policy = policy}, {});
    run_request(delivery, "request");
    EXPECT_FALSE(delivery.flush(steady_clock::now() + 5s));
    EXPECT_EQ(delivery.statistics().failures, 1U);
    delivery.stop();
    EXPECT_EQ(delivery.statistics().failures, 2U) << "the stop's flush";
    EXPECT_EQ(all_reported(), (Lines{"flush", "flush"}));
  }
}

// Evidence: audit.event_handler-3
TEST_P(DeliveryThrowingTest, AStartThatHasThrownHasNoEnd) {
  Log log(throwing_in("event_start"));
  Delivery delivery(recorder(log, GetParam()), {}, {});
  const RequestPtr request = start(delivery, "request");
  run_event(delivery, request, "bad");
  run_event(delivery, request, "worse");
  run_event(delivery, request, "good");
  delivery.end_request(request, {});
  flush(delivery);

  EXPECT_EQ(log.lines(),
            (Lines{"request_start request",
                   "event_start bad",
                   "event_start worse",
                   "event_start good",
                   "event_end good",
                   "request_end request",
                   "flush "}));
  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.failures, 2U);
  EXPECT_EQ(counts.skipped, 2U);
  expect_sums(counts);
  EXPECT_EQ(all_reported(), (Lines{"event_start", "event_start"}));
  EXPECT_NE(label.find("Recorder"), std::string::npos);
  EXPECT_THROW(std::rethrow_exception(delivery.last_error()), int);
}

// Evidence: audit.event_handler-3
TEST_P(DeliveryThrowingTest, ARequestsStartThatHasThrownLeavesOutItsEvents) {
  Log log(throwing_in("request_start"));
  Delivery delivery(recorder(log, GetParam()), {}, {});
  run_request(delivery, "bad");
  run_request(delivery, "good");
  flush(delivery);

  EXPECT_EQ(log.lines(),
            (Lines{"request_start bad",
                   "request_start good",
                   "event_start event",
                   "event_end event",
                   "request_end good",
                   "flush "}));
  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.failures, 1U);
  EXPECT_EQ(counts.skipped, 3U);
  expect_sums(counts);
  EXPECT_EQ(all_reported(), (Lines{"request_start"}));
}

// Evidence: audit.event_handler-3
TEST_P(DeliveryThrowingTest, AnEndThatHasThrownIsOver) {
  Log log([](const Told& told) {
    if (told.call.ends_with("_end")) throw std::runtime_error("no");
  });
  Delivery delivery(recorder(log, GetParam()), {}, {});
  run_request(delivery, "one");
  run_request(delivery, "two");
  flush(delivery);

  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.failures, 4U);
  EXPECT_EQ(counts.delivered, 8U);
  EXPECT_EQ(all_reported(),
            (Lines{"event_end", "request_end", "event_end", "request_end"}));
  expect_pairs(log.all());
}

TEST_P(DeliveryThrowingTest, AFlushThatHasThrownIsNone) {
  Log log([](const Told& told) {
    if (told.call == "flush") throw std::runtime_error("the disk is full");
  });
  Delivery delivery(recorder(log, GetParam()), {}, {});
  EXPECT_FALSE(flush(delivery));
  EXPECT_EQ(all_reported(), (Lines{"flush"}));
}

INSTANTIATE_TEST_SUITE_P(PlainAndCoroutine, DeliveryThrowingTest, testing::Bool());

/// Throws when it is moved for the n-th time.
struct Fragile {
  explicit Fragile(int moves) : left(moves) {}
  Fragile(Fragile&& other) : left(other.left - 1) {  // NOLINT: it is meant to throw
    if (left < 0) throw std::runtime_error("broken");
  }
  int left;
};

template <class Base>
class OfFragile;
template <>
class OfFragile<SyncEventHandler<Fragile, Fragile>> final
    : public SyncEventHandler<Fragile, Fragile> {
 public:
  Fragile request_start(const RequestStart& request) override {
    return Fragile(std::stoi(request.name));
  }
  Fragile event_start(const EventStart& event, Fragile&) override {
    return Fragile(std::stoi(event.name));
  }
  void event_end(const EventEnd&, Fragile&, Fragile) override { ++ends; }
  void request_end(const RequestEnd&, Fragile) override { ++ends; }
  std::atomic<int> ends{0};
};
template <>
class OfFragile<EventHandler<Fragile, Fragile>> final
    : public EventHandler<Fragile, Fragile> {
 public:
  awaitable<Fragile> request_start(const RequestStart& request) override {
    co_return Fragile(std::stoi(request.name));
  }
  awaitable<Fragile> event_start(const EventStart& event, Fragile&) override {
    co_return Fragile(std::stoi(event.name));
  }
  awaitable<void> event_end(const EventEnd&, Fragile&, Fragile) override {
    ++ends;
    co_return;
  }
  awaitable<void> request_end(const RequestEnd&, Fragile) override {
    ++ends;
    co_return;
  }
  std::atomic<int> ends{0};
};

template <class T>
class DeliveryFragileTest : public DeliveryFailureTest {};
using BothKinds =
    testing::Types<SyncEventHandler<Fragile, Fragile>, EventHandler<Fragile, Fragile>>;
TYPED_TEST_SUITE(DeliveryFragileTest, BothKinds);

TYPED_TEST(DeliveryFragileTest, AContextThatBreaksHarmsOnlyItself) {
  constexpr int unbroken = 100;
  const auto handler = std::make_shared<OfFragile<TypeParam>>();
  Delivery delivery(handler, {}, {});
  const auto run = [&](int request_moves, int event_moves) {
    const RequestPtr request = start(delivery, std::to_string(request_moves));
    run_event(delivery, request, std::to_string(event_moves));
    delivery.end_request(request, {});
    flush(delivery);
    return std::pair(handler->ends.exchange(0), this->all_reported().size());
  };

  int moves = 0;  // as often as an event's context is moved
  for (; moves < 10; ++moves) {
    const auto [ends, failures] = run(unbroken, moves);
    EXPECT_EQ(ends + static_cast<int>(failures), 2);
    if (failures == 0) break;
  }
  EXPECT_GT(moves, 1);
  EXPECT_LT(moves, 10);
  for (int i = 0; i < moves; ++i) {
    const auto [ends, failures] = run(i, unbroken);
    EXPECT_EQ(failures, 1U);
    EXPECT_LE(ends, 1);
  }
  EXPECT_EQ(run(unbroken, unbroken), std::pair(2, std::size_t{0}));
  expect_sums(delivery.statistics());
}

// Handlers that hang

/// Hangs in event_start() of what is called "hang".
class Hanging final : public EventHandler<> {
 public:
  Hanging(Log& log, bool can_be_cancelled)
      : log_(log), can_be_cancelled_(can_be_cancelled) {}
  awaitable<void> request_start(const RequestStart& request) override {
    log_.add("request_start", request);
    co_return;
  }
  awaitable<void> event_start(const EventStart& event) override {
    log_.add("event_start", event);
    if (event.name != "hang") co_return;
    if (!can_be_cancelled_) {
      co_await boost::asio::this_coro::reset_cancellation_state(
          boost::asio::disable_cancellation());
    }
    co_await timer_wait();
  }
  awaitable<void> event_end(const EventEnd& event) override {
    log_.add("event_end", event);
    co_return;
  }
  awaitable<void> request_end(const RequestEnd& end) override {
    log_.add("request_end", end);
    co_return;
  }
  void release() { is_released_ = true; }

 private:
  awaitable<void> timer_wait() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!is_released_) {
      timer.expires_after(can_be_cancelled_ ? long_time : 1ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }
  Log& log_;
  const bool can_be_cancelled_;
  std::atomic<bool> is_released_{false};
};

class DeliveryHangingTest : public DeliveryFailureTest {};

void expect_timed_out(Delivery& delivery) {
  try {
    std::rethrow_exception(delivery.last_error());
  } catch (const TimeoutError& error) {
    EXPECT_NE(std::string(error.what()).find("timed out: event_start"),
              std::string::npos);
  }
}

TEST_F(DeliveryHangingTest, ACoroutineThatHangsIsCancelled) {
  for (const bool is_inline : {false, true}) {
    Log log;
    const QueuePolicy policy = is_inline ? QueuePolicy::inline_ : QueuePolicy::block;
    Delivery delivery(std::make_shared<Hanging>(log, true),
                      {.policy = policy, .call_timeout = 20ms},
                      {});
    const RequestPtr request = start(delivery, "request");
    run_event(delivery, request, "hang");
    run_event(delivery, request, "next");
    ASSERT_TRUE(flush(delivery));

    EXPECT_EQ(log.lines(),
              (Lines{"request_start request",
                     "event_start hang",
                     "event_start next",
                     "event_end next"}));
    EXPECT_EQ(delivery.statistics().failures, 1U);
    expect_timed_out(delivery);
  }
}

TEST_F(DeliveryHangingTest, OneThatCannotBeCancelledIsWaitedForNoLonger) {
  Log log;
  const auto handler = std::make_shared<Hanging>(log, false);
  Delivery delivery(
      handler, {.policy = QueuePolicy::block, .capacity = 16, .call_timeout = 10ms}, {});
  const RequestPtr request = start(delivery, "request");
  run_event(delivery, request, "hang");
  for (int i = 0; i < 100; ++i) run_event(delivery, request, "e");
  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.events + counts.lost_events, 101U);
  EXPECT_GT(counts.lost_events, 0U);
  EXPECT_EQ(counts.failures, 1U);  // it takes too long now

  handler->release();
  flush(delivery);
  EXPECT_EQ(log.count("event_start handler stalled"), 1U);
  expect_sums(delivery.statistics());
}

TEST_F(DeliveryHangingTest, APlainHandlerThatHangsHarmsNobodyElse) {
  Gate gate;
  Log log([&](const Told& told) {
    if (told.name == "hang") gate.pass();
  });
  Log other_log;
  const Options options{
      .policy = QueuePolicy::block, .capacity = 16, .call_timeout = 10ms};
  Delivery delivery(recorder(log), options, {});
  Delivery other(recorder(other_log), {.policy = QueuePolicy::block, .capacity = 16}, {});
  const RequestPtr request = start(delivery, "request");
  run_event(delivery, request, "hang");
  gate.wait_for_arrival();

  for (int i = 0; i < 100; ++i) {
    run_event(delivery, request, "e");
    run_request(other, "other");
  }
  EXPECT_TRUE(flush(other));
  EXPECT_EQ(other.statistics().delivered, 400U);
  EXPECT_FALSE(delivery.flush(steady_clock::now() + 10ms));

  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.events + counts.lost_events, 101U);
  EXPECT_GT(counts.lost_events, 0U);
  gate.open();
  EXPECT_TRUE(flush(delivery));
  EXPECT_EQ(log.count("event_start handler stalled"), 1U);
  EXPECT_EQ(log.count("event_end hang"), 1U);  // its start has returned
  run_event(delivery, request, "after");
  flush(delivery);
  EXPECT_EQ(log.count("event_end after"), 1U);
}

// Flush and stop

TEST(DeliveryTest, AFlushComesAfterWhatWasRecordedBefore) {
  Log log;
  Delivery delivery(recorder(log), {}, {});
  for (std::size_t i = 1; i <= 100; ++i) {
    run_request(delivery, "request");
    ASSERT_TRUE(flush(delivery));
    const Lines lines = log.lines();
    ASSERT_EQ(lines.size(), i * 5);
    ASSERT_EQ(lines.back(), "flush ");
  }
}

TEST(DeliveryTest, AFlushDuringTrafficComesToAnEnd) {
  Log log;
  Delivery delivery(recorder(log), {.policy = QueuePolicy::block, .capacity = 16}, {});
  std::atomic<bool> is_over{false};
  std::thread work([&] {
    while (!is_over) run_request(delivery, "request");
  });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(flush(delivery));
  is_over = true;
  work.join();
}

TEST(DeliveryTest, AFlushFromTheHandlerReturnsAtOnce) {
  std::optional<Delivery> delivery;
  std::optional<bool> answer;
  Log log([&](const Told& told) {
    if (told.call == "event_start") answer = flush(*delivery);
  });
  delivery.emplace(recorder(log), Options(), boost::asio::any_io_executor());
  run_request(*delivery, "request");
  flush(*delivery);
  EXPECT_EQ(answer, false);
  delivery.reset();  // before the log
}

// Evidence: audit.event_handler-1
TEST(DeliveryTest, AStopEndsWhatIsOpenAndDeliversAll) {
  Log log;
  std::weak_ptr<Handler> handler;
  {
    auto made = recorder(log);
    handler = made;
    Delivery delivery(std::move(made), {}, {});
    const RequestPtr request = start(delivery, "request");
    const EventHandle event = start(delivery, request, "event");
    delivery.stop();
    EXPECT_TRUE(handler.expired());

    delivery.end_event(request, event, {});
    delivery.end_request(request, {});
    run_request(delivery, "late");
    delivery.stop();
    expect_sums(delivery.statistics());
    EXPECT_EQ(delivery.statistics().delivered, 4U);
  }
  EXPECT_EQ(log.lines(),
            (Lines{"request_start request",
                   "event_start event",
                   "event_end event",
                   "request_end request",
                   "flush "}));
  EXPECT_EQ(log.all().at(2).outcome, Outcome::unknown);
  EXPECT_EQ(log.all().at(3).outcome, Outcome::unknown);
}

TEST(DeliveryTest, AStopHasADeadline) {
  Gate gate;
  Log log([&](const Told& told) {
    if (told.name == "hang") gate.pass();
  });
  Gate gone;
  {
    Delivery delivery(recorder(log, gone), {.shutdown_timeout = 20ms}, {});
    const RequestPtr request = start(delivery, "request");
    run_event(delivery, request, "hang");
    gate.wait_for_arrival();
    for (int i = 0; i < 10; ++i) run_event(delivery, request, "e");
    delivery.stop();

    const Statistics counts = delivery.statistics();
    EXPECT_EQ(counts.lost_events, 10U);
    EXPECT_EQ(counts.delivered, 2U);
    EXPECT_EQ(counts.skipped, 2U);
    EXPECT_EQ(counts.queued, 0U);
    expect_sums(counts);
  }
  const std::size_t told = log.all().size();
  gate.open();
  gone.pass();
  EXPECT_EQ(log.all().size(), told);
}

TEST(DeliveryTest, WhatASlowHandlerCannotBeToldAtAStopIsToldAsLost) {
  Log log([&](const Told&) { std::this_thread::sleep_for(1ms); });
  Delivery delivery(recorder(log), {.shutdown_timeout = 1s}, {});
  for (int i = 0; i < 1000; ++i) run_request(delivery, "request");
  delivery.stop();

  const Statistics counts = delivery.statistics();
  EXPECT_GT(counts.lost_requests, 0U);
  EXPECT_EQ(counts.requests + counts.lost_requests, 1000U);
  EXPECT_EQ(counts.skipped, 0U);
  EXPECT_EQ(log.count("event_start shut down"), 1U);
  EXPECT_EQ(log.lines().back(), "flush ");
  expect_pairs(log.all());
}

TEST(DeliveryTest, TheHandlerMayStopItsOwnDelivery) {
  for (const QueuePolicy policy : {QueuePolicy::block, QueuePolicy::inline_}) {
    std::optional<Delivery> delivery;
    Log log([&](const Told& told) {
      if (told.call == "event_start") delivery->stop();
    });
    delivery.emplace(
        recorder(log), Options{.policy = policy}, boost::asio::any_io_executor());
    run_request(*delivery, "request");
    delivery->stop();
    EXPECT_EQ(log.lines(),
              (Lines{"request_start request",
                     "event_start event",
                     "event_end event",
                     "request_end request",
                     "flush "}));
  }
}

TEST(DeliveryTest, TheHandlerMayLetGoOfItsDelivery) {
  std::unique_ptr<Delivery> delivery;
  Log log([&](const Told& told) {
    if (told.call == "event_start") delivery.reset();
  });
  Gate gone;
  delivery = std::make_unique<Delivery>(
      recorder(log, gone), Options(), boost::asio::any_io_executor());
  const RequestPtr request = start(*delivery, "request");
  start(*delivery, request, "event");
  gone.pass();
  EXPECT_EQ(log.lines(),
            (Lines{"request_start request",
                   "event_start event",
                   "event_end event",
                   "request_end request",
                   "flush "}));
}

// Executors

TEST(DeliveryTest, AnExecutorIsLeftInPeaceWhenThereIsNothingToDo) {
  boost::asio::io_context context;
  Log log;
  Delivery delivery(recorder(log), {.shutdown_timeout = 10ms}, context.get_executor());
  run_request(delivery, "request");
  context.run();  // returns
  EXPECT_EQ(log.all().size(), 4U);
  run_request(delivery, "another");
  context.restart();
  context.run();
  EXPECT_EQ(log.all().size(), 8U);
}

TEST(DeliveryTest, AnExecutorThatNobodyRunsIsNoTrap) {
  boost::asio::io_context context;
  Log log;
  Delivery delivery(recorder(log),
                    {.policy = QueuePolicy::block,
                     .capacity = 16,
                     .call_timeout = 10ms,
                     .shutdown_timeout = 10ms},
                    context.get_executor());
  for (int i = 0; i < 100; ++i) run_request(delivery, "request");
  EXPECT_FALSE(delivery.flush(steady_clock::now() + 10ms));
  delivery.stop();

  const Statistics counts = delivery.statistics();
  EXPECT_EQ(counts.lost_requests, 100U);
  EXPECT_EQ(counts.lost_events, 100U);
  EXPECT_TRUE(log.all().empty());
}

TEST(DeliveryTest, AnExecutorMayBeDestroyedFirst) {
  for (const std::string_view event : {"hang", "event"}) {  // in a call, and at rest
    for (const bool is_run : {true, false}) {
      Log log;
      std::optional<boost::asio::io_context> context(std::in_place);
      Delivery delivery(std::make_shared<Hanging>(log, true),
                        {.shutdown_timeout = long_time},
                        context->get_executor());
      const RequestPtr request = start(delivery, "request");
      run_event(delivery, request, event);
      if (is_run) context->run_for(200ms);

      context.reset();
      run_event(delivery, request, "late");
      delivery.end_request(request, {});
      EXPECT_FALSE(flush(delivery));
      delivery.stop();
      expect_sums(delivery.statistics());
    }
  }
}

// Inline

TEST(DeliveryTest, InlineCallsComeOnTheThreadOfTheWork) {
  for (const bool is_async : {false, true}) {
    Log log;
    Delivery delivery(recorder(log, is_async), {.policy = QueuePolicy::inline_}, {});
    const RequestPtr request = start(delivery, "request");
    EXPECT_EQ(log.all().size(), 1U);
    const EventHandle event = start(delivery, request, "event");
    EXPECT_EQ(log.all().size(), 2U);
    delivery.end_event(request, event, {});
    EXPECT_EQ(log.all().size(), 3U);
    delivery.end_request(request, {});
    EXPECT_EQ(log.all().size(), 4U);
    EXPECT_TRUE(flush(delivery));
    EXPECT_EQ(log.lines().back(), "flush ");
    for (const Told& told : log.all()) EXPECT_EQ(told.thread, std::this_thread::get_id());
  }
}

TEST(DeliveryTest, AnInlineStopDoesNotWaitForeverForAnothersCall) {
  Gate gate;
  Log log([&](const Told& told) {
    if (told.name == "hang") gate.pass();
  });
  std::weak_ptr<Handler> handler;
  auto made = recorder(log);
  handler = made;
  Delivery delivery(
      std::move(made), {.policy = QueuePolicy::inline_, .shutdown_timeout = 10ms}, {});
  const RequestPtr request = start(delivery, "request");
  std::thread work([&] { run_event(delivery, request, "hang"); });
  gate.wait_for_arrival();
  delivery.stop();
  expect_sums(delivery.statistics());
  gate.open();
  work.join();
  EXPECT_TRUE(handler.expired());
}

TEST(DeliveryTest, AnInlineStopGivesUpAtItsDeadline) {
  for (const bool is_async : {false, true}) {
    Log log([](const Told& told) {
      if (told.call == "event_end") std::this_thread::sleep_for(20ms);
    });
    Delivery delivery(recorder(log, is_async),
                      {.policy = QueuePolicy::inline_, .shutdown_timeout = 10ms},
                      {});
    const RequestPtr request = start(delivery, "request");
    for (int i = 0; i < 5; ++i) start(delivery, request, "open");
    delivery.stop();

    EXPECT_LE(log.count("event_end open"), 1U) << "one call takes longer than there is";
    EXPECT_GE(delivery.statistics().skipped, 5U);
    expect_sums(delivery.statistics());
  }
}

// The library's threads

/// Of the threads of this process the numbers, and the signals that they block.
std::map<std::string, std::uint64_t> blocked_signals() {
  std::map<std::string, std::uint64_t> made;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigBlk:"))
        made[task.path().filename()] = std::stoull(line.substr(7), nullptr, 16);
  }
  return made;
}

TEST(DeliveryTest, SignalsAreForTheProgramsOwnThreads) {
  const Folder folder;
  const auto before = blocked_signals();
  Log log;
  const Delivery delivery(recorder(log), {}, {});
  const JsonLinesEventHandler lines(folder.path("audit.jsonl"));
  OtelOptions options;
  options.endpoint = "http://127.0.0.1:9/v1/traces";
  const OtelEventHandler spans(options);

  int count = 0;
  for (const auto& [thread, blocked] : blocked_signals()) {
    if (before.contains(thread)) continue;
    ++count;
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD})
      EXPECT_NE(blocked & (std::uint64_t{1} << (signal - 1)), 0U) << signal;
  }
#if HARK_TEST_TSAN
  EXPECT_GE(count, 3);  // it may have begun one of its own
#else
  EXPECT_EQ(count, 3);
#endif
}

// What the handler does itself

class DeliveryReentrancyTest
    : public testing::TestWithParam<std::tuple<QueuePolicy, On, bool>> {};

TEST_P(DeliveryReentrancyTest, WhatAHandlerDoesIsNotRecorded) {
  boost::asio::thread_pool pool(4);
  const auto& [policy, on, is_async] = GetParam();
  std::optional<Delivery> delivery;
  RequestPtr outer;
  Log log([&](const Told&) {
    EXPECT_EQ(start(*delivery, "by the handler"), nullptr);
    EXPECT_EQ(start(*delivery, outer, "by the handler").id, 0U);
    delivery->point(outer, {.name = "by the handler"}, {});
  });
  delivery.emplace(recorder(log, is_async),
                   Options{.policy = policy, .capacity = 16},
                   on == On::own_thread
                       ? boost::asio::any_io_executor()
                       : boost::asio::any_io_executor(pool.get_executor()));
  outer = start(*delivery, "outer");
  for (int i = 0; i < 100; ++i) {
    run_event(*delivery, outer, "event");
    if (policy != QueuePolicy::block) flush(*delivery);
  }
  flush(*delivery);

  const Statistics counts = delivery->statistics();
  EXPECT_EQ(counts.events, 100U);
  EXPECT_EQ(counts.requests, 1U);
  EXPECT_EQ(counts.lost_events + counts.lost_requests, 0U);
  delivery.reset();  // before the log
}

INSTANTIATE_TEST_SUITE_P(EachWay, DeliveryReentrancyTest, each_way, name_of_way);

TEST(DeliveryTest, AHandlerMayEndWhatOthersHaveStarted) {
  for (const QueuePolicy policy : {QueuePolicy::block, QueuePolicy::inline_}) {
    std::optional<Delivery> delivery;
    RequestPtr outer;
    Log log([&](const Told& told) {
      if (told.name == "event") delivery->end_request(outer, {});
    });
    delivery.emplace(
        recorder(log), Options{.policy = policy}, boost::asio::any_io_executor());
    outer = start(*delivery, "outer");
    run_event(*delivery, outer, "event");
    delivery->stop();
    EXPECT_EQ(log.count("request_end outer"), 1U);
    expect_pairs(log.all());
  }
}

TEST(DeliveryTest, AnotherDeliverysHandlerIsRecorded) {
  Log log;
  Delivery delivery(recorder(log), {.policy = QueuePolicy::block}, {});
  Log other_log([&](const Told& told) {
    if (told.call == "request_start") run_request(delivery, "by another's handler");
  });
  Delivery other(recorder(other_log), {.policy = QueuePolicy::inline_}, {});
  run_request(other, "request");
  EXPECT_TRUE(flush(delivery));
  EXPECT_EQ(log.count("request_end by another's handler"), 1U);
}

// Else two would wait for each other's turn.
TEST(DeliveryTest, InlineNoHandlersWorkIsRecorded) {
  std::optional<Delivery> one;
  std::optional<Delivery> other;
  Gate both;
  std::atomic<int> inside{0};
  const auto work_on = [&](std::optional<Delivery>& delivery) {
    return [&](const Told& told) {
      if (told.name != "request" || told.call != "request_start") return;
      if (++inside == 2) both.open();
      both.pass();  // both are in their turns
      run_request(*delivery, "by a handler");
    };
  };
  Log log(work_on(other));
  Log other_log(work_on(one));
  const Options options{.policy = QueuePolicy::inline_};
  one.emplace(recorder(log), options, boost::asio::any_io_executor());
  other.emplace(recorder(other_log), options, boost::asio::any_io_executor());

  std::thread thread([&] { run_request(*other, "request"); });
  run_request(*one, "request");
  thread.join();

  for (const Log* told : {&log, &other_log}) {
    EXPECT_EQ(told->count("request_end request"), 1U);
    EXPECT_EQ(told->count("request_start by a handler"), 0U);
  }
  one.reset();  // before the logs
  other.reset();
}

TEST(DeliveryTest, InlineAHandlerMayEndWhatAnotherWasToldOf) {
  Log log;
  Delivery delivery(recorder(log), {.policy = QueuePolicy::inline_}, {});
  const RequestPtr request = start(delivery, "request");
  const EventHandle event = start(delivery, request, "event");
  Log other_log([&](const Told& told) {
    if (told.call == "request_start") delivery.end_event(request, event, {});
  });
  Delivery other(recorder(other_log), {.policy = QueuePolicy::inline_}, {});
  run_request(other, "request");
  EXPECT_EQ(log.count("event_end event"), 1U);
}

TEST(DeliveryTest, WorkOfThreadLocalObjectsIsRecordedWhenAThreadEnds) {
  Log log;
  Delivery delivery(recorder(log), {}, {});
  struct AtExit {
    ~AtExit() {
      if (delivery != nullptr)
        delivery->end_request(request, {.attributes = &attributes});
    }
    Delivery* delivery = nullptr;
    RequestPtr request;
    Attributes attributes{{"key", "value"}};
  };
  std::thread([&] {
    thread_local AtExit at_exit;
    at_exit.delivery = &delivery;
    at_exit.request = start(delivery, "request");
    run_event(delivery, at_exit.request, "event");
  }).join();
  flush(delivery);
  EXPECT_EQ(log.count("request_end request"), 1U);
}

}  // namespace
}  // namespace hark::test
