// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/otel_event_handler.hpp>
#include <hark/audit/request.hpp>
#include <hark/audit/use_event_handler.hpp>
#include <hark/engine.hpp>
#include <hark/error.hpp>
#include <hark/event/report.hpp>
#include <hark/sqlite.hpp>
#include <hark/version.hpp>

#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include "audit/handlers/otel_span.hpp"
#include "audit/handlers/otlp_http.hpp"
#include "audit/handlers/otlp_json.hpp"
#include "audit/handlers/otlp_retry.hpp"
#include "support/collector.hpp"
#include "support/folder.hpp"

namespace hark::test {
namespace {

using audit::EventEnd;
using audit::EventKind;
using audit::OtelEventHandler;
using audit::OtelOptions;
using audit::OtelStatistics;
using audit::RequestEnd;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Json = nlohmann::json;
using How = Collector::Answer::How;

// -- what a handler is told -------------------------------------------------------------

constexpr audit::WallTime noon{nanoseconds(1'792'843'200'000'000'001)};

std::shared_ptr<const audit::Database> music() {
  static const auto made = std::make_shared<audit::Database>(
      audit::Database{.system = "postgresql",
                      .name = "music",
                      .server_address = "db.example",
                      .server_port = 6543,
                      .url = "postgresql://ada:***@db.example:6543/music"});
  return made;
}

RequestEnd request(std::uint64_t id, std::string name = "checkout") {
  RequestEnd made;
  made.id = id;
  made.name = std::move(name);
  made.start.wall = noon;
  made.elapsed = nanoseconds(9'000);
  made.thread_id = 77;
  return made;
}

EventEnd event(std::uint64_t id, EventKind kind) {
  EventEnd made;
  made.id = id;
  made.kind = kind;
  made.start.wall = noon + nanoseconds(1'000);
  made.elapsed = nanoseconds(2'000);
  made.database = music();
  return made;
}

EventEnd statement(std::uint64_t id, std::string text, std::string fingerprint) {
  EventEnd made = event(id, EventKind::statement);
  made.statement = std::make_shared<audit::Statement>(
      audit::Statement{.text = std::move(text),
                       .fingerprint = std::move(fingerprint),
                       .summary = "SELECT track",
                       .operation = "SELECT"});
  return made;
}

EventEnd simple_statement(std::uint64_t id) {
  return statement(id, "SELECT name FROM track", "SELECT name FROM track");
}

audit::Failure unique_failure() {
  return {.type = "IntegrityError", .message = "name is taken", .sqlstate = "23505"};
}

/// Tells of events, one after the other, in a request.
void tell(OtelEventHandler& handler,
          const RequestEnd& request,
          const std::vector<EventEnd>& events = {}) {
  auto context = handler.request_start(request);
  for (const EventEnd& event : events) {
    handler.event_start(event, context);
    handler.event_end(event, context);
  }
  handler.request_end(request, context);
}

// -- what a collector has got -----------------------------------------------------------

OtelOptions quick(std::string endpoint) {
  OtelOptions options;
  options.endpoint = std::move(endpoint);
  options.service_name = "tests";
  options.schedule_delay = milliseconds(1);
  options.initial_backoff = milliseconds(1);
  options.max_backoff = milliseconds(10);
  return options;
}

OtelOptions quick(const Collector& collector) { return quick(collector.url()); }

/// Keeps its spans until it is asked to export them, all in one batch.
OtelOptions patient(const Collector& collector) {
  OtelOptions options = quick(collector);
  options.schedule_delay = hours(1);
  return options;
}

std::vector<Json> spans_of(const Collector::Request& request) {
  return Json::parse(request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"];
}

std::vector<Json> accepted_spans(const Collector& collector) {
  std::vector<Json> all;
  for (const Collector::Request& request : collector.requests()) {
    if (!request.is_accepted) continue;
    for (Json& span : spans_of(request)) all.push_back(std::move(span));
  }
  return all;
}

std::set<std::string> ids_of(const std::vector<Json>& spans) {
  std::set<std::string> ids;
  for (const Json& span : spans) ids.insert(span["spanId"].get<std::string>());
  return ids;
}

Json attributes_of(const Json& span_or_event) {
  Json all = Json::object();
  for (const Json& attribute : span_or_event["attributes"]) {
    EXPECT_FALSE(all.contains(attribute["key"])) << attribute;
    all[attribute["key"].get<std::string>()] = *attribute["value"].begin();
  }
  return all;
}

Json span_named(const std::vector<Json>& spans, std::string_view name) {
  for (const Json& span : spans)
    if (span["name"] == name) return span;
  ADD_FAILURE() << "no span is named " << name;
  return Json::object();
}

/// What a collector gets for that.
std::vector<Json> exported(OtelOptions options,
                           const RequestEnd& request,
                           const std::vector<EventEnd>& events) {
  const Collector collector;
  options.endpoint = collector.url();
  OtelEventHandler handler(options);
  tell(handler, request, events);
  handler.flush();
  return accepted_spans(collector);
}

std::vector<Json> exported(const RequestEnd& request,
                           const std::vector<EventEnd>& events) {
  return exported(quick(""), request, events);
}

Json exported_statement(const EventEnd& event, const OtelOptions& options = quick("")) {
  return exported(options, request(1), {event}).at(0);
}

bool exports_all(OtelEventHandler& handler) { return handler.flush(seconds(20)); }

void expect_sum(const OtelStatistics& counts) {
  EXPECT_EQ(counts.spans,
            counts.waiting + counts.exported + counts.rejected + counts.lost());
}

/// Collects what is reported while it lives.
class Reports {
 public:
  Reports() : previous_(event::set_failure_handler(&note)) { clear(); }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports() { event::set_failure_handler(previous_); }

  std::vector<std::string> get() const {
    const std::lock_guard lock(mutex);
    return reported;
  }

 private:
  static void clear() {
    const std::lock_guard lock(mutex);
    reported.clear();
  }
  static void note(const event::Failure& failure) {
    const std::lock_guard lock(mutex);
    try {
      std::rethrow_exception(failure.error);
    } catch (const std::exception& error) {
      reported.emplace_back(error.what());
    }
  }

  inline static std::mutex mutex;
  inline static std::vector<std::string> reported;
  const event::FailureHandler previous_;
};

/// Sets a variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    ::setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* const name_;
};

class OtelEventHandlerTest : public ::testing::Test {
 protected:
  const Reports reports;
};

// -- what is exported -------------------------------------------------------------------

TEST_F(OtelEventHandlerTest, PostsJsonWithResourceAndScope) {
  const Collector collector;
  OtelOptions options = quick(collector);
  options.headers = {{"X-Api-Key", "k17"}};
  options.resource_attributes = {{"deployment.environment.name", "tests"},
                                 {"service.name", "not this one"}};
  OtelEventHandler handler(options);

  tell(handler, request(1));

  const Collector::Request got = collector.wait_for_requests(1).at(0);
  EXPECT_EQ(got.target, "/v1/traces");
  EXPECT_EQ(got.headers.at("content-type"), "application/json");
  EXPECT_EQ(got.headers.at("x-api-key"), "k17");
  EXPECT_EQ(got.headers.at("host"), "127.0.0.1:" + std::to_string(collector.port()));
  EXPECT_EQ(got.headers.at("user-agent"),
            std::string("OTel-OTLP-Exporter-hark/") + version);
  const Json body = Json::parse(got.body);
  ASSERT_EQ(body["resourceSpans"].size(), 1U);
  const Json resource = attributes_of(body["resourceSpans"][0]["resource"]);
  EXPECT_EQ(resource,
            (Json{{"service.name", "tests"},
                  {"deployment.environment.name", "tests"},
                  {"telemetry.sdk.name", "hark"},
                  {"telemetry.sdk.language", "cpp"},
                  {"telemetry.sdk.version", version}}));
  EXPECT_EQ(body["resourceSpans"][0]["scopeSpans"][0]["scope"],
            (Json{{"name", "hark"}, {"version", version}}));
}

TEST_F(OtelEventHandlerTest, ARequestIsTheRootOfATrace) {
  RequestEnd told = request(4, "checkout order 17");
  told.attributes = {{"shop.order", 17}, {"hark.outcome", "not this one"}};
  told.events = 3;
  told.lost = 2;
  told.connection_id = 8;

  const Json span = exported(told, {}).at(0);

  EXPECT_EQ(span["traceId"].get<std::string>().size(), 32U);
  EXPECT_EQ(span["spanId"].get<std::string>().size(), 16U);
  EXPECT_FALSE(span.contains("parentSpanId"));
  EXPECT_EQ(span["flags"], 0x101);
  EXPECT_EQ(span["name"], "checkout order 17");
  EXPECT_EQ(span["kind"], 1);
  EXPECT_EQ(span["startTimeUnixNano"], "1792843200000000001");
  EXPECT_EQ(span["endTimeUnixNano"], "1792843200000009001");
  EXPECT_FALSE(span.contains("status"));
  EXPECT_EQ(attributes_of(span),
            (Json{{"shop.order", "17"},
                  {"hark.request.id", "4"},
                  {"hark.connection.id", "8"},
                  {"thread.id", "77"},
                  {"hark.request.events", "3"},
                  {"hark.request.lost_events", "2"},
                  {"hark.outcome", "ok"}}));
}

TEST_F(OtelEventHandlerTest, AStatementIsAClientSpanWithTheStableAttributes) {
  EventEnd told = statement(5, "SELECT name FROM track WHERE id = :id", "SELECT …");
  told.parameter_count = 1;
  told.rows = 3;
  told.connection_id = 8;
  told.dbapi_connection_id = 9;
  told.execution_id = 10;
  told.thread_id = 77;
  told.open = milliseconds(2500);

  const std::vector<Json> spans = exported(request(4), {told});

  ASSERT_EQ(spans.size(), 2U);
  const Json& span = spans[0];
  EXPECT_EQ(span["traceId"], spans[1]["traceId"]);
  EXPECT_NE(span["spanId"], spans[1]["spanId"]);
  EXPECT_EQ(span["parentSpanId"], spans[1]["spanId"]);
  EXPECT_EQ(span["flags"], 0x101);
  EXPECT_EQ(span["name"], "SELECT track");
  EXPECT_EQ(span["kind"], 3);
  EXPECT_EQ(span["startTimeUnixNano"], "1792843200000001001");
  EXPECT_EQ(span["endTimeUnixNano"], "1792843200000003001");
  EXPECT_EQ(attributes_of(span),
            (Json{{"db.system.name", "postgresql"},
                  {"db.namespace", "music"},
                  {"server.address", "db.example"},
                  {"server.port", "6543"},
                  {"db.query.summary", "SELECT track"},
                  {"db.query.text", "SELECT name FROM track WHERE id = :id"},
                  {"hark.event.kind", "statement"},
                  {"hark.event.id", "5"},
                  {"hark.connection.id", "8"},
                  {"hark.dbapi_connection.id", "9"},
                  {"hark.execution.id", "10"},
                  {"thread.id", "77"},
                  {"hark.rows", "3"},
                  {"hark.result.open", 2.5},
                  {"hark.outcome", "ok"}}));
}

TEST_F(OtelEventHandlerTest, AServersDefaultPortIsNotSaid) {
  EventEnd told = simple_statement(5);
  audit::Database usual = *music();
  usual.server_port = 5432;
  told.database = std::make_shared<audit::Database>(usual);

  EXPECT_FALSE(attributes_of(exported_statement(told)).contains("server.port"));
}

TEST_F(OtelEventHandlerTest, LiteralsAreMarksUnlessTheyAreAskedFor) {
  const EventEnd told = statement(5,
                                  "SELECT name FROM track WHERE pin = '1234'",
                                  "SELECT name FROM track WHERE pin = ?");
  OtelOptions open = quick("");
  open.literals = true;

  const Json text = attributes_of(exported_statement(told))["db.query.text"];
  const Json whole = attributes_of(exported_statement(told, open))["db.query.text"];

  EXPECT_EQ(text, "SELECT name FROM track WHERE pin = ?");
  EXPECT_EQ(whole, "SELECT name FROM track WHERE pin = '1234'");
}

TEST_F(OtelEventHandlerTest, ATextWithoutLiteralsOrWithParametersIsShownAsItIs) {
  const EventEnd plain =
      statement(5, "select  name from track", "SELECT name FROM track");
  EventEnd parameterised =
      statement(5, "select ? from t where x = 'y'", "SELECT ? FROM t WHERE x = ?");
  parameterised.parameter_count = 1;

  EXPECT_EQ(attributes_of(exported_statement(plain))["db.query.text"],
            "select  name from track");
  EXPECT_EQ(attributes_of(exported_statement(parameterised))["db.query.text"],
            "select ? from t where x = 'y'");
}

TEST_F(OtelEventHandlerTest, ParametersAndReturnedRowsAreForThoseWhoAskForThem) {
  EventEnd told = simple_statement(5);
  told.rows = 3;
  told.parameters = {{.name = "artist", .type = dbapi::Type::text, .value = "O'Hara"},
                     {.name = {}, .type = dbapi::Type::integer, .value = 42},
                     {.name = "token", .redaction = audit::Redaction::left_out}};
  told.parameter_count = 3;
  OtelOptions open = quick("");
  open.parameters = true;
  open.returned_rows = true;

  const std::string silent = exported_statement(told).dump();
  const Json all = attributes_of(exported_statement(told, open));

  EXPECT_EQ(silent.find("db.query.parameter"), std::string::npos) << silent;
  EXPECT_EQ(silent.find("returned_rows"), std::string::npos) << silent;
  EXPECT_EQ(all["db.query.parameter.artist"], "O'Hara");
  EXPECT_EQ(all["db.query.parameter.1"], "42");
  EXPECT_FALSE(all.contains("db.query.parameter.token"));
  EXPECT_EQ(all["db.response.returned_rows"], "3");
}

TEST_F(OtelEventHandlerTest, RowsThatWereChangedWereNotReturned) {
  EventEnd told = event(5, EventKind::statement);
  told.statement = std::make_shared<audit::Statement>(
      audit::Statement{.text = "DELETE FROM track", .operation = "DELETE"});
  told.rows = 3;
  OtelOptions open = quick("");
  open.returned_rows = true;

  const Json all = attributes_of(exported_statement(told, open));

  EXPECT_FALSE(all.contains("db.response.returned_rows"));
  EXPECT_EQ(all["hark.rows"], "3");
}

TEST_F(OtelEventHandlerTest, ABatchHasItsSizeAndNoParameters) {
  EventEnd told = simple_statement(5);
  told.kind = EventKind::executemany;
  told.batch_size = 2;
  told.parameter_count = 2;
  told.parameters = {{.name = "artist", .value = "Miles"},
                     {.name = "artist", .row = 1, .value = "John"}};
  OtelOptions open = quick("");
  open.parameters = true;

  const Json span = exported_statement(told, open);
  told.batch_size = 1;
  const Json single = exported_statement(told, open);

  EXPECT_EQ(span["name"], "BATCH SELECT track");
  EXPECT_EQ(span["kind"], 3);
  EXPECT_EQ(attributes_of(span)["db.query.summary"], "BATCH SELECT track");
  EXPECT_EQ(attributes_of(span)["db.operation.batch.size"], "2");
  EXPECT_EQ(span.dump().find("db.query.parameter"), std::string::npos) << span;
  EXPECT_EQ(single["name"], "SELECT track");
  EXPECT_FALSE(attributes_of(single).contains("db.operation.batch.size"));
}

TEST_F(OtelEventHandlerTest, AStatementWithoutASummaryIsNamedByItsTarget) {
  EventEnd told = event(5, EventKind::statement);
  audit::Database database = *music();
  const auto name_of = [&] {
    told.database = std::make_shared<audit::Database>(database);
    return exported_statement(told)["name"];
  };

  EXPECT_EQ(name_of(), "music");
  database.name.clear();
  EXPECT_EQ(name_of(), "db.example:6543");
  database.server_address.clear();
  EXPECT_EQ(name_of(), "postgresql");
}

TEST_F(OtelEventHandlerTest, AFailureIsAStatusAnErrorTypeAndAnException) {
  EventEnd told = simple_statement(5);
  told.outcome = Outcome::error;
  told.failure = unique_failure();

  const Json span = exported_statement(told);

  EXPECT_EQ(span["status"], (Json{{"code", 2}, {"message", "name is taken"}}));
  EXPECT_EQ(attributes_of(span)["error.type"], "23505");
  EXPECT_EQ(attributes_of(span)["db.response.status_code"], "23505");
  EXPECT_EQ(attributes_of(span)["hark.outcome"], "error");
  ASSERT_EQ(span["events"].size(), 1U);
  EXPECT_EQ(span["events"][0]["name"], "exception");
  EXPECT_EQ(span["events"][0]["timeUnixNano"], span["endTimeUnixNano"]);
  EXPECT_EQ(attributes_of(span["events"][0]),
            (Json{{"exception.type", "IntegrityError"},
                  {"exception.message", "name is taken"}}));
}

TEST_F(OtelEventHandlerTest, WithoutACodeTheErrorTypeIsTheExceptions) {
  EventEnd told = simple_statement(5);
  told.outcome = Outcome::error;
  told.failure = audit::Failure{.type = "InterfaceError", .message = "no"};

  const Json all = attributes_of(exported_statement(told));

  EXPECT_EQ(all["error.type"], "InterfaceError");
  EXPECT_FALSE(all.contains("db.response.status_code"));
}

TEST_F(OtelEventHandlerTest, WhatWasCancelledHasFailedAndWhatIsUnknownHasNot) {
  EventEnd told = simple_statement(5);
  told.outcome = Outcome::cancelled;
  const Json cancelled = exported_statement(told);
  told.outcome = Outcome::unknown;
  const Json unknown = exported_statement(told);

  EXPECT_EQ(cancelled["status"], (Json{{"code", 2}, {"message", "cancelled"}}));
  EXPECT_EQ(attributes_of(cancelled)["error.type"], "_OTHER");
  EXPECT_FALSE(unknown.contains("status"));
  EXPECT_EQ(attributes_of(unknown)["hark.outcome"], "unknown");
}

TEST_F(OtelEventHandlerTest, AnErrorEventIsAnExceptionOfWhatItWasIn) {
  const Collector collector;
  OtelEventHandler handler(quick(collector));
  EventEnd failing = simple_statement(5);
  failing.outcome = Outcome::error;
  failing.failure = unique_failure();
  EventEnd error = event(6, EventKind::error);
  error.parent_id = 5;
  error.failure = unique_failure();
  EventEnd outside = event(7, EventKind::error);
  outside.failure = audit::Failure{.type = "Error", .message = "elsewhere"};

  auto context = handler.request_start(request(4));
  handler.event_start(failing, context);
  handler.event_start(error, context);
  handler.event_end(error, context);
  handler.event_end(failing, context);
  handler.event_start(outside, context);
  handler.event_end(outside, context);
  handler.request_end(request(4), context);
  ASSERT_TRUE(exports_all(handler));

  const std::vector<Json> spans = accepted_spans(collector);
  ASSERT_EQ(spans.size(), 2U);
  ASSERT_EQ(spans[0]["events"].size(), 1U) << "it was told of twice";
  EXPECT_EQ(spans[0]["events"][0]["timeUnixNano"], "1792843200000001001");
  ASSERT_EQ(spans[1]["events"].size(), 1U);
  EXPECT_EQ(attributes_of(spans[1]["events"][0])["exception.message"], "elsewhere");
}

TEST_F(OtelEventHandlerTest, EventsOfASpanAreLimited) {
  std::vector<EventEnd> errors;
  for (std::uint64_t id = 10; id < 210; ++id) {
    errors.push_back(event(id, EventKind::error));
    errors.back().failure =
        audit::Failure{.type = "Error", .message = std::to_string(id)};
  }

  const Json span = exported(request(1), errors).at(0);

  EXPECT_EQ(span["events"].size(), 128U);
  EXPECT_EQ(span["droppedEventsCount"], 72);
}

TEST_F(OtelEventHandlerTest, AnEventsParentIsTheEventAroundIt) {
  const Collector collector;
  OtelEventHandler handler(quick(collector));
  EventEnd transaction = event(5, EventKind::transaction);
  transaction.ended_by = "commit";
  EventEnd inner = simple_statement(6);
  inner.parent_id = 5;

  auto context = handler.request_start(request(4));
  handler.event_start(transaction, context);
  handler.event_start(inner, context);
  handler.event_end(transaction, context);  // its end may come first
  handler.event_end(inner, context);
  handler.request_end(request(4), context);
  ASSERT_TRUE(exports_all(handler));

  const std::vector<Json> spans = accepted_spans(collector);
  const Json outer = span_named(spans, "transaction");
  EXPECT_EQ(span_named(spans, "SELECT track")["parentSpanId"], outer["spanId"]);
  EXPECT_EQ(outer["parentSpanId"], span_named(spans, "checkout")["spanId"]);
  EXPECT_EQ(outer["kind"], 1);
  EXPECT_EQ(attributes_of(outer)["hark.transaction.ended_by"], "commit");
}

TEST_F(OtelEventHandlerTest, WhatIsNoStatementIsAnInternalSpan) {
  std::vector<EventEnd> told;
  for (const EventKind kind : {EventKind::connect,
                               EventKind::checkout,
                               EventKind::savepoint,
                               EventKind::twophase,
                               EventKind::ddl,
                               EventKind::reflection,
                               EventKind::custom}) {
    told.push_back(event(10 + told.size(), kind));
    told.back().name = "x17";
  }
  told[1].waited = milliseconds(1500);
  told[6].attributes = {{"flag", true}, {"ratio", 0.5}};

  const std::vector<Json> spans = exported(request(1), told);

  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(spans[i]["kind"], 1) << i;
  EXPECT_EQ(spans[0]["name"], "connect");
  EXPECT_EQ(attributes_of(spans[1])["hark.checkout.waited"], 1.5);
  EXPECT_EQ(attributes_of(spans[2])["hark.savepoint.name"], "x17");
  EXPECT_EQ(attributes_of(spans[3])["hark.twophase.id"], "x17");
  EXPECT_EQ(spans[4]["name"], "x17");
  EXPECT_EQ(attributes_of(spans[4])["hark.event.kind"], "ddl");
  EXPECT_EQ(spans[5]["name"], "x17");
  EXPECT_EQ(spans[6]["name"], "x17");
  EXPECT_EQ(attributes_of(spans[6])["flag"], true);
  EXPECT_EQ(attributes_of(spans[6])["ratio"], 0.5);
}

TEST_F(OtelEventHandlerTest, TheLifeOfAConnectionIsNamedSo) {
  EXPECT_EQ(exported(request(1, ""), {}).at(0)["name"], "connection");
}

TEST_F(OtelEventHandlerTest, LossesOfTheAuditAreTold) {
  EventEnd lost = event(2, EventKind::lost);
  lost.name = "queue full";
  lost.attributes = {{"events", 12}, {"requests", 1}};

  const Json span = exported(request(1, "hark.audit"), {lost}).at(0);

  EXPECT_EQ(span["name"], "hark.audit");
  ASSERT_EQ(span["events"].size(), 1U);
  EXPECT_EQ(span["events"][0]["name"], "hark.lost");
  EXPECT_EQ(attributes_of(span["events"][0]),
            (Json{{"hark.lost.reason", "queue full"},
                  {"hark.lost.events", "12"},
                  {"hark.lost.requests", "1"}}));
}

TEST_F(OtelEventHandlerTest, ValuesAreThoseOfProtobufsJson) {
  audit::detail::OtelSpan span;
  span.set("largest", std::numeric_limits<std::int64_t>::max());
  span.set("none", std::nullopt);
  span.set("nan", std::numeric_limits<double>::quiet_NaN());
  span.set("infinite", -std::numeric_limits<double>::infinity());
  span.set("bytes",
           dbapi::Blob{std::byte{0xff}, std::byte{0}, std::byte{1}, std::byte{2}});
  span.set("decimal", dbapi::Decimal{"1.50"});
  span.set("text", "\xff");

  const Json all = Json::parse(audit::detail::otlp_json(span))["attributes"];

  EXPECT_EQ(all, Json::parse(R"([
    {"key": "largest", "value": {"intValue": "9223372036854775807"}},
    {"key": "nan", "value": {"doubleValue": "NaN"}},
    {"key": "infinite", "value": {"doubleValue": "-Infinity"}},
    {"key": "bytes", "value": {"bytesValue": "/wABAg=="}},
    {"key": "decimal", "value": {"stringValue": "1.50"}},
    {"key": "text", "value": {"stringValue": "\ufffd"}}])"));
}

// -- traces -----------------------------------------------------------------------------

constexpr const char* parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST_F(OtelEventHandlerTest, ATraceparentIsContinued) {
  RequestEnd told = request(1);
  told.traceparent = parent;

  const std::vector<Json> spans = exported(told, {simple_statement(2)});

  EXPECT_EQ(spans[1]["traceId"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(spans[1]["parentSpanId"], "b7ad6b7169203331");
  EXPECT_NE(spans[1]["spanId"], "b7ad6b7169203331");
  EXPECT_EQ(spans[1]["flags"], 0x301);
  EXPECT_EQ(spans[0]["traceId"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(spans[0]["flags"], 0x101);
}

TEST_F(OtelEventHandlerTest, WhatIsNotSampledIsNotExported) {
  const Collector collector;
  OtelEventHandler handler(quick(collector));
  RequestEnd told = request(1);
  told.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
  RequestEnd inner = request(3, "inner");
  inner.parent_id = 1;

  auto context = handler.request_start(told);
  tell(handler, inner);
  handler.event_start(simple_statement(2), context);
  handler.event_end(simple_statement(2), context);
  handler.request_end(told, context);

  EXPECT_EQ(handler.statistics().spans, 0U);
}

TEST_F(OtelEventHandlerTest, ARequestInARequestIsInItsTrace) {
  const Collector collector;
  OtelEventHandler handler(quick(collector));
  RequestEnd inner = request(2, "inner");
  inner.parent_id = 1;
  RequestEnd late = request(3, "late");
  late.parent_id = 1;

  auto context = handler.request_start(request(1, "outer"));
  tell(handler, inner);
  handler.request_end(request(1, "outer"), context);
  tell(handler, late);
  ASSERT_TRUE(exports_all(handler));

  const std::vector<Json> spans = accepted_spans(collector);
  const Json outer = span_named(spans, "outer");
  EXPECT_EQ(span_named(spans, "inner")["traceId"], outer["traceId"]);
  EXPECT_EQ(span_named(spans, "inner")["parentSpanId"], outer["spanId"]);
  EXPECT_NE(span_named(spans, "late")["traceId"], outer["traceId"])
      << "nothing is kept of a request that is over";
}

TEST(OtelTraceparent, IsReadAsW3CSays) {
  using audit::detail::read_traceparent;
  const auto read = read_traceparent(parent);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(read->span_id, "b7ad6b7169203331");
  EXPECT_TRUE(read->is_sampled());
  EXPECT_TRUE(
      read_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
  EXPECT_FALSE(read_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe")
                   ->is_sampled());
  for (const char* malformed :
       {"",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333x-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(read_traceparent(malformed)) << malformed;
  }
}

TEST_F(OtelEventHandlerTest, AMalformedTraceparentIsIgnored) {
  RequestEnd told = request(1);
  told.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

  const Json span = exported(told, {}).at(0);

  EXPECT_NE(span["traceId"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(span.contains("parentSpanId"));
}

// -- when it is exported ----------------------------------------------------------------

TEST_F(OtelEventHandlerTest, SpansAreSentInBatches) {
  const Collector collector;
  OtelOptions options = patient(collector);
  options.max_batch_spans = 4;
  OtelEventHandler handler(options);

  for (std::uint64_t id = 1; id <= 10; ++id) tell(handler, request(id));
  collector.wait_for_requests(2);
  ASSERT_TRUE(exports_all(handler));

  std::vector<std::size_t> sizes;
  for (const Collector::Request& request : collector.requests())
    sizes.push_back(spans_of(request).size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 4, 2}));
}

TEST_F(OtelEventHandlerTest, ARequestIsNoLongerThanItMay) {
  const Collector collector;
  OtelOptions options = patient(collector);
  options.max_request_bytes = 4'000;
  OtelEventHandler handler(options);

  for (std::uint64_t id = 1; id <= 6; ++id)
    tell(handler, request(id, std::string(1'000, 'x')));
  tell(handler, request(7, std::string(4'000, 'x')));
  ASSERT_TRUE(exports_all(handler));

  const auto requests = collector.requests();
  EXPECT_GT(requests.size(), 1U);
  for (const Collector::Request& request : requests)
    EXPECT_LE(request.body.size(), 4'000U);
  EXPECT_EQ(handler.statistics().exported, 6U);
  EXPECT_EQ(handler.statistics().lost_full, 1U);
}

TEST_F(OtelEventHandlerTest, AConnectionIsKept) {
  const Collector collector;
  OtelEventHandler handler(patient(collector));

  for (std::uint64_t id = 1; id <= 3; ++id) {
    tell(handler, request(id));
    ASSERT_TRUE(exports_all(handler));
  }

  ASSERT_EQ(collector.requests().size(), 3U);
  EXPECT_EQ(collector.requests().back().connection, 0U);
}

TEST_F(OtelEventHandlerTest, AConnectionThatWasClosedMeanwhileIsNoFailure) {
  Collector collector;
  collector.answer({.how = How::whole_and_close});
  OtelEventHandler handler(patient(collector));

  for (std::uint64_t id = 1; id <= 2; ++id) {
    tell(handler, request(id));
    ASSERT_TRUE(exports_all(handler));
  }

  EXPECT_EQ(handler.statistics().failures, 0U);
  EXPECT_EQ(handler.statistics().exported, 2U);
  EXPECT_EQ(collector.requests().back().connection, 1U);
}

TEST_F(OtelEventHandlerTest, TheDestructorExportsWhatIsThere) {
  const Collector collector;
  {
    OtelEventHandler handler(patient(collector));
    tell(handler, request(1), {simple_statement(2)});
  }

  EXPECT_EQ(accepted_spans(collector).size(), 2U);
}

TEST_F(OtelEventHandlerTest, AnExecutorMayBeGiven) {
  const Collector collector;
  boost::asio::thread_pool pool(2);
  {
    OtelEventHandler handler(pool.get_executor(), quick(collector));
    tell(handler, request(1));
    ASSERT_TRUE(exports_all(handler));
    EXPECT_EQ(handler.statistics().exported, 1U);
  }
  pool.join();

  EXPECT_EQ(accepted_spans(collector).size(), 1U);
}

TEST_F(OtelEventHandlerTest, OneHandlerServesSeveralThreads) {
  const Collector collector;
  OtelEventHandler handler(quick(collector));
  std::vector<std::thread> threads;

  for (std::uint64_t thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&handler, thread] {
      for (std::uint64_t i = 0; i < 50; ++i)
        tell(handler, request(1 + 1'000 * thread + i), {simple_statement(2)});
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(exports_all(handler));

  EXPECT_EQ(ids_of(accepted_spans(collector)).size(), 300U);
}

// -- faults -----------------------------------------------------------------------------

// Evidence: audit.otel-2
TEST_F(OtelEventHandlerTest, AThousandSpansSurviveARestart) {
  std::set<std::string> got;
  std::uint16_t port = 0;
  const auto keep = [&](const Collector& collector) {
    got.merge(ids_of(accepted_spans(collector)));
  };
  auto collector = std::make_unique<Collector>();
  port = collector->port();
  OtelOptions options = quick(*collector);
  options.max_batch_spans = 20;
  OtelEventHandler handler(options);

  for (std::uint64_t id = 1; id <= 500; ++id) tell(handler, request(id));
  collector->wait_for_requests(3);
  collector->answer_all({.status = 503});
  keep(*collector);
  collector.reset();
  for (std::uint64_t id = 501; id <= 1'000; ++id) tell(handler, request(id));
  while (handler.statistics().failures < 3) std::this_thread::yield();
  collector = std::make_unique<Collector>(Collector::Options{.port = port});
  ASSERT_TRUE(exports_all(handler));
  keep(*collector);

  EXPECT_EQ(handler.statistics().exported, 1'000U);
  EXPECT_EQ(handler.statistics().lost(), 0U);
  EXPECT_GE(got.size(), 1'000U);
}

TEST_F(OtelEventHandlerTest, WhatMayComeBackIsTriedAgain) {
  for (const unsigned status : {429U, 502U, 503U, 504U}) {
    Collector collector;
    collector.answer({.status = status, .body = R"({"message": "busy"})"});
    OtelEventHandler handler(quick(collector));

    tell(handler, request(1));

    ASSERT_TRUE(exports_all(handler));
    EXPECT_EQ(handler.statistics().exported, 1U) << status;
    EXPECT_EQ(handler.statistics().failures, 1U) << status;
    EXPECT_EQ(collector.requests()[0].body, collector.requests()[1].body);
  }
}

// Evidence: audit.otel-2
TEST_F(OtelEventHandlerTest, WhatIsRefusedIsNotTriedAgainAndToldLater) {
  for (const unsigned status : {400U, 401U, 404U, 408U, 413U, 500U, 501U, 301U}) {
    Collector collector;
    collector.answer({.status = status});
    OtelEventHandler handler(patient(collector));

    tell(handler, request(1, "refused"));
    ASSERT_TRUE(exports_all(handler));
    EXPECT_EQ(handler.statistics().lost_refused, 1U) << status;
    EXPECT_EQ(handler.statistics().attempts, 1U) << status;
    tell(handler, request(2, "accepted"));
    ASSERT_TRUE(exports_all(handler));
    tell(handler, request(3, "accepted"));
    ASSERT_TRUE(exports_all(handler));

    const std::vector<Json> spans = accepted_spans(collector);
    ASSERT_EQ(spans.size(), 3U) << "two, and once that there was a loss";
    EXPECT_EQ(attributes_of(span_named(spans, "hark.export")),
              (Json{{"hark.lost.spans", "1"},
                    {"hark.lost.total.queue_full", "0"},
                    {"hark.lost.total.refused", "1"},
                    {"hark.lost.total.given_up", "0"}}));
    expect_sum(handler.statistics());
  }
}

TEST_F(OtelEventHandlerTest, WhatWasPartlyRejectedIsCountedAndNotTriedAgain) {
  Collector collector;
  collector.answer(
      {.body =
           R"({"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too old"}})"});
  OtelEventHandler handler(patient(collector));

  for (std::uint64_t id = 1; id <= 5; ++id) tell(handler, request(id));
  ASSERT_TRUE(exports_all(handler));

  const OtelStatistics counts = handler.statistics();
  EXPECT_EQ(counts.rejected, 2U);
  EXPECT_EQ(counts.exported, 3U);
  EXPECT_EQ(counts.attempts, 1U);
  expect_sum(counts);
  ASSERT_EQ(reports.get().size(), 1U);
  EXPECT_NE(reports.get()[0].find("2 spans were rejected: too old"), std::string::npos);
}

TEST_F(OtelEventHandlerTest, NoAnswerIsTriedAgain) {
  const std::vector<Collector::Answer> answers = {{.how = How::none_and_close},
                                                  {.how = How::endless_header},
                                                  {.raw = "+OK this is no HTTP\r\n"},
                                                  {.raw = "HTTP/1.1 200 O"}};
  for (const Collector::Answer& answer : answers) {
    Collector collector;
    collector.answer(answer);
    OtelEventHandler handler(quick(collector));

    tell(handler, request(1));

    ASSERT_TRUE(exports_all(handler));
    EXPECT_EQ(handler.statistics().exported, 1U);
    EXPECT_EQ(handler.statistics().unconfirmed, 0U);
    EXPECT_EQ(handler.statistics().failures, 1U);
  }
}

TEST_F(OtelEventHandlerTest, ASuccessThatSaysNothingSensibleIsUnconfirmed) {
  const std::vector<Collector::Answer> answers = {
      {.body = "<html>welcome to the guests' network</html>"},
      {.body = "[1, 2"},
      {.body = std::string(100'000, ' ')},
      {.body = std::string(50, ' '), .how = How::half_and_close},
      {.how = How::endless_body}};
  for (const Collector::Answer& answer : answers) {
    Collector collector;
    collector.answer(answer);
    OtelEventHandler handler(quick(collector));

    tell(handler, request(1));

    ASSERT_TRUE(exports_all(handler));
    EXPECT_EQ(handler.statistics().exported, 1U);
    EXPECT_EQ(handler.statistics().unconfirmed, 1U);
    EXPECT_EQ(handler.statistics().attempts, 1U);
  }
}

TEST_F(OtelEventHandlerTest, SilenceIsTriedAgainAfterTheTimeout) {
  Collector collector;
  collector.answer({.how = How::silence});
  OtelOptions options = quick(collector);
  options.timeout = milliseconds(50);
  OtelEventHandler handler(options);

  tell(handler, request(1));

  ASSERT_TRUE(exports_all(handler));
  EXPECT_EQ(handler.statistics().exported, 1U);
  EXPECT_GE(handler.statistics().failures, 1U);
}

// Evidence: audit.otel-1
TEST_F(OtelEventHandlerTest, ACollectorThatIsSilentBlocksNobody) {
  Collector collector;
  collector.answer_all({.how = How::silence});
  OtelOptions options = quick(collector);
  options.max_queue_spans = 10;
  options.flush_timeout = milliseconds(20);
  options.shutdown_timeout = milliseconds(20);
  const auto handler = std::make_unique<OtelEventHandler>(options);

  for (std::uint64_t id = 1; id <= 100; ++id) tell(*handler, request(id));
  handler->flush();
  EXPECT_FALSE(handler->flush(milliseconds(1)));

  const OtelStatistics counts = handler->statistics();
  EXPECT_EQ(counts.spans, 100U);
  EXPECT_GE(counts.lost_full, 80U);
  EXPECT_EQ(counts.waiting + counts.lost_full, 100U);
}

TEST_F(OtelEventHandlerTest, WhatIsTriedForTooLongIsGivenUp) {
  const std::string url = Collector().url();
  OtelOptions options = quick(url + "?key=s3cret");
  options.export_timeout = milliseconds(30);
  OtelEventHandler handler(options);

  tell(handler, request(1));
  tell(handler, request(2));

  ASSERT_TRUE(exports_all(handler));
  EXPECT_EQ(handler.statistics().lost_given_up, 2U);
  expect_sum(handler.statistics());
  ASSERT_EQ(reports.get().size(), 1U) << "one a minute";
  EXPECT_NE(reports.get()[0].find("cannot export spans to " + url + ": cannot connect"),
            std::string::npos)
      << reports.get()[0];
  EXPECT_EQ(reports.get()[0].find("s3cret"), std::string::npos);
}

TEST_F(OtelEventHandlerTest, WhoIsToldToWaitWaits) {
  Collector collector;
  collector.answer_all({.status = 503, .header = "Retry-After: 3600\r\n"});
  OtelOptions options = quick(collector);
  options.export_timeout = milliseconds(50);
  OtelStatistics counts;
  {
    OtelEventHandler handler(options);

    tell(handler, request(1));
    ASSERT_TRUE(exports_all(handler));
    tell(handler, request(2));
    EXPECT_FALSE(handler.flush(milliseconds(50)));
    counts = handler.statistics();
  }

  EXPECT_EQ(counts.lost_given_up, 1U);
  EXPECT_EQ(counts.waiting, 1U);
  EXPECT_EQ(collector.requests().size(), 1U) << "neither a flush nor the end asks again";
}

TEST_F(OtelEventHandlerTest, WhoWaitsForAFlushDoesNotWaitForABackOff) {
  Collector collector;
  collector.answer({.status = 503});
  OtelOptions options = quick(collector);
  options.initial_backoff = options.max_backoff = options.export_timeout = hours(1);
  OtelEventHandler handler(options);

  tell(handler, request(1));
  collector.wait_for_requests(1);
  while (handler.statistics().failures == 0) std::this_thread::yield();

  EXPECT_TRUE(exports_all(handler));
  EXPECT_EQ(handler.statistics().exported, 1U);
}

TEST_F(OtelEventHandlerTest, WhatIsLeftAtTheEndIsLost) {
  const std::string url = Collector().url();
  const auto exporter = [&] {
    OtelOptions options = quick(url);
    options.initial_backoff = options.max_backoff = options.export_timeout = hours(1);
    return std::make_unique<OtelEventHandler>(options);
  };
  auto handler = exporter();

  tell(*handler, request(1));
  const auto begin = std::chrono::steady_clock::now();
  handler.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5))
      << "there is no use in waiting for an hour";
}

TEST_F(OtelEventHandlerTest, TheEndAbandonsWhatIsUnderWay) {
  Collector collector;
  collector.answer_all({.how = How::silence});
  boost::asio::thread_pool pool(1);
  OtelOptions options = quick(collector);
  options.timeout = options.export_timeout = hours(1);
  options.shutdown_timeout = milliseconds(20);
  auto handler = std::make_unique<OtelEventHandler>(pool.get_executor(), options);
  tell(*handler, request(1));
  collector.wait_for_requests(1);

  handler.reset();

  pool.join();  // nothing of it is left there
}

// -- https ------------------------------------------------------------------------------

TEST_F(OtelEventHandlerTest, SpeaksHttpsWithAnAuthorityThatItTrusts) {
  const Folder folder;
  const Certificates certificates = make_certificates(folder.path(), "localhost");
  const Collector collector(Collector::Options{.certificates = certificates});
  OtelOptions options = patient(collector);
  options.ca_file = certificates.authority;
  OtelEventHandler handler(options);

  for (std::uint64_t id = 1; id <= 2; ++id) {
    tell(handler, request(id));
    ASSERT_TRUE(exports_all(handler));
  }

  EXPECT_EQ(accepted_spans(collector).size(), 2U);
  EXPECT_EQ(collector.requests().back().connection, 0U);
}

TEST_F(OtelEventHandlerTest, TellsNothingToWhomItDoesNotTrust) {
  const Folder folder;
  const Folder other_folder;
  const Certificates certificates = make_certificates(folder.path(), "localhost");
  const Certificates other = make_certificates(other_folder.path(), "localhost");
  const Collector collector(Collector::Options{.certificates = certificates});
  OtelOptions stranger = quick(collector);
  stranger.ca_file = other.authority;
  OtelOptions misnamed =
      quick("https://127.0.0.1:" + std::to_string(collector.port()) + "/v1/traces");
  misnamed.ca_file = certificates.authority;
  OtelOptions unknown = quick(collector);
  unknown.ca_file.clear();

  for (OtelOptions options : {stranger, misnamed, unknown}) {
    options.export_timeout = milliseconds(100);
    OtelEventHandler handler(options);
    tell(handler, request(1));
    ASSERT_TRUE(exports_all(handler));
    EXPECT_EQ(handler.statistics().lost_given_up, 1U);
  }

  EXPECT_TRUE(collector.requests().empty());
  ASSERT_FALSE(reports.get().empty());
  EXPECT_NE(reports.get()[0].find("no secure connection"), std::string::npos)
      << reports.get()[0];
}

// -- options ----------------------------------------------------------------------------

std::string refusal_of(const OtelOptions& options) {
  try {
    const OtelEventHandler handler(options);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST_F(OtelEventHandlerTest, OptionsThatMakeNoSenseAreRefused) {
  const auto refusal = [](auto change) {
    OtelOptions options = quick("http://127.0.0.1:4318/v1/traces");
    change(options);
    return refusal_of(options);
  };
  const auto endpoint = [&](const char* text) {
    return refusal([&](OtelOptions& options) { options.endpoint = text; });
  };

  EXPECT_NE(endpoint("localhost:4318").find("neither https:// nor http://"),
            std::string::npos);
  EXPECT_NE(endpoint("http://").find("no host"), std::string::npos);
  EXPECT_NE(endpoint("http://host:0/").find("port"), std::string::npos);
  EXPECT_NE(endpoint("http://host:65536/").find("port"), std::string::npos);
  EXPECT_NE(endpoint("http://[::1/").find("["), std::string::npos);
  EXPECT_NE(endpoint("http://host/\r\nX: y").find("blanks"), std::string::npos);
  EXPECT_NE(endpoint("http://ada:s3cret@host/").find("header"), std::string::npos);
  EXPECT_EQ(endpoint("http://ada:s3cret@host/").find("s3cret"), std::string::npos);
  EXPECT_NE(refusal([](OtelOptions& options) {
              options.headers = {{"X-Key", "s3cret\r\nX-Other: 1"}};
            }).find("'X-Key'"),
            std::string::npos);
  EXPECT_NE(refusal([](OtelOptions& options) {
              options.headers = {{"Content-Length", "1"}};
            }).find("'Content-Length'"),
            std::string::npos);
  EXPECT_NE(refusal([](OtelOptions& options) {
              options.endpoint = "https://localhost";
              options.ca_file = "/there/is/none.pem";
            }).find("/there/is/none.pem"),
            std::string::npos);
  EXPECT_NE(refusal([](OtelOptions& options) {
              options.max_queue_spans = 0;
            }).find("max_queue_spans"),
            std::string::npos);
  EXPECT_NE(refusal([](OtelOptions& options) {
              options.timeout = nanoseconds(0);
            }).find("timeout"),
            std::string::npos);
}

TEST(OtelEndpoint, IsTakenApart) {
  using audit::detail::read_http_endpoint;
  const auto usual = read_http_endpoint("http://localhost:4318/v1/traces");
  EXPECT_FALSE(usual.is_secure);
  EXPECT_EQ(usual.host, "localhost");
  EXPECT_EQ(usual.port, 4318);
  EXPECT_EQ(usual.authority, "localhost:4318");
  EXPECT_EQ(usual.target, "/v1/traces");

  const auto bare = read_http_endpoint("https://collector.example?key=k#x");
  EXPECT_TRUE(bare.is_secure);
  EXPECT_EQ(bare.port, 443);
  EXPECT_EQ(bare.target, "/?key=k");
  EXPECT_EQ(bare.shown, "https://collector.example/");

  const auto address = read_http_endpoint("http://[::1]:80/");
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.port, 80);
  EXPECT_EQ(address.authority, "[::1]:80");
}

TEST_F(OtelEventHandlerTest, DefaultsComeFromTheEnvironment) {
  const Variable endpoint("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/otel/");
  const Variable headers("OTEL_EXPORTER_OTLP_HEADERS", "X-Key=a%3Db , X-Tenant=t");
  const Variable resource("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,a=%2C");
  const Variable timeout("OTEL_EXPORTER_OTLP_TIMEOUT", "1500");
  const Variable delay("OTEL_BSP_SCHEDULE_DELAY", "0");
  const Variable queue("OTEL_BSP_MAX_QUEUE_SIZE", "17");
  using otel_pairs = audit::otel_environment::Pairs;

  const OtelOptions options;

  EXPECT_EQ(options.endpoint, "http://collector:4318/otel/v1/traces");
  EXPECT_EQ(options.headers, (otel_pairs{{"X-Key", "a=b"}, {"X-Tenant", "t"}}));
  EXPECT_EQ(options.resource_attributes,
            (otel_pairs{{"service.name", "shop"}, {"a", ","}}));
  EXPECT_EQ(options.service_name, "shop");
  EXPECT_EQ(options.timeout, milliseconds(1500));
  EXPECT_EQ(options.schedule_delay, nanoseconds(0));
  EXPECT_EQ(options.max_queue_spans, 17U);
  EXPECT_EQ(options.max_batch_spans, 512U);
  EXPECT_EQ(options.export_timeout, seconds(30));

  const Variable traces("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/as/is");
  const Variable service("OTEL_SERVICE_NAME", "cellar");
  EXPECT_EQ(OtelOptions().endpoint, "http://collector/as/is");
  EXPECT_EQ(OtelOptions().service_name, "cellar");
}

TEST_F(OtelEventHandlerTest, WithoutAnEnvironmentDefaultsAreTheSpecifications) {
  const OtelOptions options;

  EXPECT_EQ(options.endpoint, "http://localhost:4318/v1/traces");
  EXPECT_TRUE(options.headers.empty());
  EXPECT_EQ(options.timeout, seconds(10));
  EXPECT_EQ(options.schedule_delay, seconds(5));
  EXPECT_EQ(options.max_queue_spans, 2048U);
  EXPECT_TRUE(options.service_name.starts_with("unknown_service:"))
      << options.service_name;
}

TEST_F(OtelEventHandlerTest, AMalformedEnvironmentIsReportedAndNotHeeded) {
  const Variable headers("OTEL_EXPORTER_OTLP_HEADERS", "s3cret");
  const Variable delay("OTEL_BSP_SCHEDULE_DELAY", "5s");
  const Variable queue("OTEL_BSP_MAX_QUEUE_SIZE", "0");
  const Variable resource("OTEL_RESOURCE_ATTRIBUTES", "a=%2");

  const OtelOptions options;

  EXPECT_TRUE(options.headers.empty());
  EXPECT_TRUE(options.resource_attributes.empty());
  EXPECT_EQ(options.schedule_delay, seconds(5));
  EXPECT_EQ(options.max_queue_spans, 2048U);
  std::string all;
  for (const std::string& report : reports.get()) all += report + "\n";
  for (const char* name : {"OTEL_EXPORTER_OTLP_HEADERS",
                           "OTEL_BSP_SCHEDULE_DELAY",
                           "OTEL_BSP_MAX_QUEUE_SIZE",
                           "OTEL_RESOURCE_ATTRIBUTES"}) {
    EXPECT_NE(all.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(all.find("s3cret"), std::string::npos);
}

// -- an engine --------------------------------------------------------------------------

/// Does some work of each kind.
void work(Engine& engine, const audit::RequestOptions& options) {
  const audit::Request request(engine, "checkout", options);
  Connection connection = engine.connect();
  connection.execute("CREATE TABLE track (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
  connection.execute(text("INSERT INTO track (name) VALUES (:name)"),
                     ParameterSets{{{"name", "So What"}}, {{"name", "Naima"}}});
  connection.commit();
  connection.execute("SELECT name FROM track WHERE id = :id", {{"id", 1}}).fetchall();
  connection.execute("SELECT name FROM track WHERE name = 's3cret'").fetchall();
  EXPECT_THROW(connection.execute("INSERT INTO track (name) VALUES ('So What')"),
               IntegrityError);
  connection.rollback();
}

std::set<std::string> parents_of(const std::vector<Json>& spans) {
  std::set<std::string> ids;
  for (const Json& span : spans) ids.insert(span["parentSpanId"].get<std::string>());
  return ids;
}

TEST_F(OtelEventHandlerTest, ExportsWhatAnEngineDoes) {
  const Collector collector;
  Engine engine = create_engine("sqlite://");
  const auto handler = std::make_shared<OtelEventHandler>(quick(collector));
  audit::ScopedSubscription subscription = audit::use_event_handler(engine, handler);

  work(engine, {.traceparent = parent});
  ASSERT_TRUE(subscription->flush(seconds(20)));

  const std::vector<Json> spans = accepted_spans(collector);
  EXPECT_EQ(subscription->statistics().failures, 0U);
  for (const Json& span : spans) {
    EXPECT_EQ(span["traceId"], "0af7651916cd43dd8448eb211c80319c") << span;
    EXPECT_EQ(span["kind"],
              span["name"].get<std::string>().find("track") == std::string::npos ? 1 : 3)
        << span;
  }
  std::set<std::string> unknown = parents_of(spans);
  for (const std::string& id : ids_of(spans)) unknown.erase(id);
  EXPECT_EQ(unknown, std::set<std::string>{"b7ad6b7169203331"})
      << "each parent was exported, but the caller's";

  const Json checkout = span_named(spans, "checkout");
  const Json batch = span_named(spans, "BATCH INSERT track");
  EXPECT_EQ(attributes_of(batch)["db.operation.batch.size"], "2");
  EXPECT_EQ(attributes_of(batch)["db.system.name"], "sqlite");
  EXPECT_EQ(attributes_of(batch)["db.query.text"], "INSERT INTO track (name) VALUES (?)");
  const Json failed = span_named(spans, "INSERT track");
  EXPECT_EQ(failed["status"]["code"], 2);
  EXPECT_EQ(attributes_of(failed)["error.type"], "IntegrityError");
  EXPECT_EQ(failed["events"].size(), 1U) << failed;
  EXPECT_EQ(attributes_of(span_named(spans, "transaction"))["hark.transaction.ended_by"],
            "commit");
  for (const Collector::Request& request : collector.requests())
    EXPECT_EQ(request.body.find("s3cret"), std::string::npos);
}

TEST_F(OtelEventHandlerTest, AnEngineDoesNotNoticeThatTheCollectorIsAway) {
  Engine engine = create_engine("sqlite://");
  OtelOptions options = quick(Collector().url());
  options.flush_timeout = options.shutdown_timeout = milliseconds(20);
  const auto handler = std::make_shared<OtelEventHandler>(options);
  audit::ScopedSubscription subscription = audit::use_event_handler(engine, handler);

  work(engine, {});
  EXPECT_TRUE(subscription->flush(seconds(20)));
  subscription->disconnect();

  EXPECT_EQ(subscription->statistics().failures, 0U);
  EXPECT_EQ(subscription->statistics().lost_events, 0U);
  EXPECT_GT(handler->statistics().spans, 5U);
  EXPECT_EQ(handler->statistics().exported, 0U);
}

// -- when to try again ------------------------------------------------------------------

TEST(OtelRetry, RetryAfterIsSecondsOrADate) {
  using audit::detail::read_retry_after;
  const std::chrono::sys_seconds now(seconds(784'111'777));  // of RFC 7231's date
  EXPECT_EQ(read_retry_after("120", now), seconds(120));
  EXPECT_EQ(read_retry_after("0", now), seconds(0));
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), seconds(10));
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:49:27 GMT", now), seconds(0));
  EXPECT_EQ(read_retry_after("99999999999999999999", now), hours(1));
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1999 08:49:27 GMT", now), hours(1));
  for (const char* malformed : {"",
                                "-1",
                                "soon",
                                "1.5",
                                "Sun, 31 Feb 1994 08:49:37 GMT",
                                "Sun, 06 Nov 1994 08:49:37 CET",
                                "Sun, 06 Non 1994 08:49:37 GMT"}) {
    EXPECT_EQ(read_retry_after(malformed, now), std::nullopt) << malformed;
  }
}

TEST(OtelRetry, WaitsGrowToABoundWithJitter) {
  std::minstd_rand random(17);
  std::set<nanoseconds> first;
  for (int run = 0; run < 50; ++run) {
    audit::detail::Backoff backoff(seconds(1), seconds(5));
    for (const int bound : {1, 2, 4, 5, 5}) {
      const nanoseconds wait = backoff.next(random);
      EXPECT_GE(wait, seconds(bound) / 2);
      EXPECT_LE(wait, seconds(bound));
      if (bound == 1) first.insert(wait);
    }
  }
  EXPECT_GT(first.size(), 40U);
}

}  // namespace
}  // namespace hark::test
