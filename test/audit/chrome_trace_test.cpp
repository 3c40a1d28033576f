// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/chrome_trace_event_handler.hpp>
#include <hark/audit/request.hpp>
#include <hark/audit/use_event_handler.hpp>
#include <hark/engine.hpp>
#include <hark/error.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "support/folder.hpp"

namespace hark::test {
namespace {

using audit::ChromeTraceEventHandler;
using audit::EventEnd;
using audit::EventKind;
using audit::RequestEnd;
using std::chrono::nanoseconds;
using Json = nlohmann::json;

RequestEnd trace_request(std::uint64_t id) {
  RequestEnd made;
  made.id = id;
  made.name = "checkout";
  made.start.monotonic = audit::MonotonicTime(nanoseconds(5'000'500));
  made.elapsed = nanoseconds(9'000);
  made.thread_id = 77;
  return made;
}

EventEnd trace_event(std::uint64_t id,
                     EventKind kind,
                     std::uint64_t dbapi_connection_id) {
  EventEnd made;
  made.id = id;
  made.request_id = 1;
  made.kind = kind;
  made.start.monotonic = audit::MonotonicTime(nanoseconds(5'001'500));
  made.elapsed = nanoseconds(2'250);
  made.dbapi_connection_id = dbapi_connection_id;
  made.thread_id = 77;
  return made;
}

EventEnd trace_statement(std::uint64_t id, std::uint64_t dbapi_connection_id) {
  EventEnd made = trace_event(id, EventKind::statement, dbapi_connection_id);
  made.statement = std::make_shared<audit::Statement>(audit::Statement{
      .text = "SELECT \"name\" FROM track WHERE id = :id", .summary = "SELECT track"});
  return made;
}

class ChromeTraceEventHandlerTest : public ::testing::Test {
 protected:
  void tell(const EventEnd& event) {
    handler.event_start(event);
    handler.event_end(event);
  }

  std::string text() const { return folder.read("trace.json"); }

  /// What viewers read: the array's end may be missing.
  std::vector<Json> records() {
    handler.flush();
    return Json::parse(text() + "]");
  }

  Json record_named(std::string_view name) {
    for (const Json& record : records())
      if (record["name"] == name) return record;
    ADD_FAILURE() << "no record is named " << name;
    return Json::object();
  }

  /// The names of rows, by group and number.
  std::map<std::pair<int, int>, std::string> rows() {
    std::map<std::pair<int, int>, std::string> named;
    for (const Json& record : records())
      if (record["name"] == "thread_name")
        named[{record["pid"], record["tid"]}] = record["args"]["name"];
    return named;
  }

  std::string row_of(const Json& record) {
    return rows()[{record["pid"], record["tid"]}];
  }

  const Folder folder;
  ChromeTraceEventHandler handler{folder.path("trace.json")};
};

TEST_F(ChromeTraceEventHandlerTest, AStatementIsACompleteEventOfItsConnectionsRow) {
  EventEnd told = trace_statement(2, 8);
  told.parameters = {{.name = "id", .value = 5},
                     {.name = "token", .redaction = audit::Redaction::left_out}};
  told.rows = 3;

  tell(told);

  const Json record = record_named("SELECT track");
  EXPECT_EQ(record["ph"], "X");
  EXPECT_EQ(record["cat"], "statement");
  EXPECT_EQ(record["ts"], 5001.5);
  EXPECT_EQ(record["dur"], 2.25);
  EXPECT_EQ(row_of(record), "connection 8");
  EXPECT_EQ(record["args"]["sql"], "SELECT \"name\" FROM track WHERE id = :id");
  EXPECT_EQ(record["args"]["rows"], 3);
  EXPECT_EQ(record["args"]["outcome"], "ok");
  EXPECT_EQ(record["args"]["parameters"],
            Json::array({{{"id", 5}}, {{"token", "(left out)"}}}));
}

TEST_F(ChromeTraceEventHandlerTest, RowsAreOfConnectionsTransactionsAndThreads) {
  tell(trace_event(2, EventKind::transaction, 8));
  tell(trace_event(3, EventKind::connect, 8));
  tell(trace_event(6, EventKind::savepoint, 8));
  tell(trace_event(4, EventKind::checkout, 0));
  tell(trace_statement(5, 9));

  EXPECT_EQ(row_of(record_named("transaction")), "connection 8: transactions");
  EXPECT_EQ(row_of(record_named("savepoint")), "connection 8: savepoints");
  EXPECT_EQ(row_of(record_named("connect")), "connection 8");
  EXPECT_EQ(row_of(record_named("checkout")), "thread 77");
  EXPECT_EQ(row_of(record_named("SELECT track")), "connection 9");
  EXPECT_EQ(rows().size(), 5U) << "each has a row, and one only";
}

TEST_F(ChromeTraceEventHandlerTest, KnowsTheLatestRowsOnly) {
  constexpr std::uint64_t most = 4'096;
  const auto rows_named = [this](const std::string& wanted) {
    const auto all = rows();  // by their numbers
    return std::count_if(
        all.begin(), all.end(), [&](const auto& row) { return row.second == wanted; });
  };
  for (std::uint64_t id = 1; id <= most; ++id) tell(trace_statement(id, id));
  tell(trace_statement(1, 1));
  EXPECT_EQ(rows_named("connection 1"), 1);

  tell(trace_statement(1, most + 1));
  tell(trace_statement(1, 1));

  EXPECT_EQ(rows_named("connection 1"), 2);
  EXPECT_EQ(rows().size(), most + 2) << "no two rows have the same number";
}

TEST_F(ChromeTraceEventHandlerTest, RequestsAndOwnEventsAreAsynchronous) {
  RequestEnd told = trace_request(1);
  told.attributes = {{"order", 17}};
  EventEnd own = trace_event(2, EventKind::custom, 0);
  own.name = "render";

  handler.request_start(told);
  tell(own);
  handler.request_end(told);

  std::vector<Json> asynchronous;
  for (const Json& record : records())
    if (record.contains("id")) asynchronous.push_back(record);
  ASSERT_EQ(asynchronous.size(), 4U);
  const std::vector<std::string> phases = {"b", "b", "e", "e"};
  const std::vector<std::string> names = {"checkout", "render", "render", "checkout"};
  const std::vector<double> times = {5000.5, 5001.5, 5003.75, 5009.5};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(asynchronous[i]["ph"], phases[i]);
    EXPECT_EQ(asynchronous[i]["name"], names[i]);
    EXPECT_EQ(asynchronous[i]["ts"], times[i]);
    EXPECT_EQ(asynchronous[i]["id"], "1");
    EXPECT_EQ(asynchronous[i]["cat"], "request");
  }
  EXPECT_EQ(asynchronous[3]["args"]["order"], 17);
}

TEST_F(ChromeTraceEventHandlerTest, ErrorsAndLossesAreInstants) {
  EventEnd error = trace_event(2, EventKind::error, 8);
  error.outcome = Outcome::error;
  error.failure = audit::Failure{.type = "IntegrityError", .message = "name is taken"};
  EventEnd lost = trace_event(3, EventKind::lost, 0);
  lost.name = "queue full";
  lost.attributes = {{"events", 12}};

  tell(error);
  tell(lost);

  EXPECT_EQ(record_named("error")["ph"], "i");
  EXPECT_EQ(record_named("error")["args"]["error"], "IntegrityError: name is taken");
  EXPECT_EQ(record_named("lost queue full")["s"], "g");
  EXPECT_EQ(record_named("lost queue full")["args"]["events"], 12);
}

// Evidence: audit.chrome_trace-1
TEST_F(ChromeTraceEventHandlerTest, TheFileIsReadableBeforeAndAfterItWasClosed) {
  tell(trace_statement(2, 8));
  handler.flush();
  const std::string open = text();

  handler.close();
  handler.close();

  EXPECT_FALSE(Json::parse(open + "]", nullptr, false).is_discarded());
  const Json closed = Json::parse(text());
  EXPECT_EQ(closed.size(), Json::parse(open + "]").size());
  EXPECT_THROW(tell(trace_statement(3, 8)), Error);
}

TEST_F(ChromeTraceEventHandlerTest, BytesThatAreNoTextDoNotSpoilTheFile) {
  EventEnd own = trace_event(2, EventKind::custom, 0);
  own.name = "\xff";
  own.attributes = {{"blob", dbapi::Blob{std::byte{1}}}, {"nothing", std::nullopt}};

  tell(own);

  EXPECT_EQ(record_named("\xef\xbf\xbd")["args"]["nothing"], nullptr)
      << "the last one of that name is the end";
}

/// Does each complete event of a row lie within another one, or beside it?
void expect_nested(std::vector<std::pair<double, double>> spans, const std::string& row) {
  std::sort(spans.begin(), spans.end(), [](const auto& one, const auto& other) {
    return one.first != other.first ? one.first < other.first : one.second > other.second;
  });
  std::vector<double> ends;
  for (const auto& [begin, end] : spans) {
    while (!ends.empty() && ends.back() <= begin) ends.pop_back();
    EXPECT_TRUE(ends.empty() || end <= ends.back()) << row;
    ends.push_back(end);
  }
}

TEST_F(ChromeTraceEventHandlerTest, WhatAnEngineDoesIsNestedInEachRow) {
  Engine engine = create_engine("sqlite://");
  // Not the fixture's: the delivery keeps a handler for as long as it needs it.
  const auto shared =
      std::make_shared<ChromeTraceEventHandler>(folder.path("engine.json"));
  audit::ScopedSubscription subscription = audit::use_event_handler(engine, shared);
  MetaData metadata;
  metadata.table("track", Column("id", Integer(), {.primary_key = true}));

  {
    const audit::Request request(engine, "set up");
    metadata.create_all(engine);
    Connection connection = engine.connect();
    const auto savepoint = connection.begin_nested();
    connection.execute("SELECT * FROM track").fetchall();
    connection.commit();
  }
  subscription->disconnect();
  shared->close();

  const Json all = Json::parse(folder.read("engine.json"));
  std::map<std::string, std::vector<std::pair<double, double>>> rows;
  std::set<std::string> names;
  for (const Json& record : all) {
    names.insert(record["name"].get<std::string>());
    if (record["ph"] != "X") continue;
    const double begin = record["ts"];
    rows[record["pid"].dump() + "/" + record["tid"].dump()].emplace_back(
        begin, begin + record["dur"].get<double>());
  }
  EXPECT_GE(rows.size(), 2U);
  for (const auto& [row, spans] : rows) expect_nested(spans, row);
  for (const char* name : {"set up", "checkout", "transaction", "SELECT track"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(ChromeTraceFile, ThatCannotBeOpenedIsRefused) {
  EXPECT_THROW(ChromeTraceEventHandler("/there/is/no/folder/trace.json"), Error);
}

TEST(ChromeTraceFile, IsTheOwnersAlone) {
  const Folder folder;
  const ::mode_t before = ::umask(0);
  const ChromeTraceEventHandler handler(folder.path("trace.json"));
  ::umask(before);

  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder.path("trace.json")).permissions(),
            perms::owner_read | perms::owner_write);
}

// Evidence: audit.chrome_trace-2
TEST(ChromeTraceFile, NothingIsWrittenAfterAFailure) {
  ChromeTraceEventHandler handler("/dev/full");
  const RequestEnd told = trace_request(1);

  handler.request_start(told);

  EXPECT_THROW(handler.flush(), Error);
  EXPECT_THROW(handler.request_end(told), Error);
  EXPECT_THROW(handler.flush(), Error);
}

}  // namespace
}  // namespace hark::test
