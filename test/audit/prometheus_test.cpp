// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/prometheus_event_handler.hpp>
#include <hark/audit/use_event_handler.hpp>
#include <hark/engine.hpp>
#include <hark/error.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using audit::EventEnd;
using audit::EventKind;
using audit::PrometheusEventHandler;
using audit::PrometheusOptions;

/// As Prometheus is told.
std::string text_of(const prometheus::Collectable& from) {
  return prometheus::TextSerializer().Serialize(from.Collect());
}

/// The value of the series that begins so; empty: there is none.
std::string value_of(const std::string& text, const std::string& series) {
  const std::size_t at = text.find("\n" + series + " ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + series.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

EventEnd event(EventKind kind, std::chrono::nanoseconds elapsed = 7ms) {
  static const auto database = std::make_shared<const audit::Database>(
      audit::Database{.system = "postgresql",
                      .name = "music",
                      .server_address = "localhost",
                      .server_port = 5433});
  EventEnd made;
  made.kind = kind;
  made.elapsed = elapsed;
  made.database = database;
  return made;
}

EventEnd statement(std::string summary, EventKind kind = EventKind::statement) {
  auto described = std::make_shared<audit::Statement>();
  described->summary = std::move(summary);
  EventEnd made = event(kind);
  made.statement = std::move(described);
  return made;
}

class PrometheusTest : public testing::Test {
 protected:
  std::string text() const { return text_of(*registry); }

  const std::shared_ptr<prometheus::Registry> registry =
      std::make_shared<prometheus::Registry>();
  PrometheusEventHandler handler{registry, PrometheusOptions{.max_summaries = 2}};

  /// Prometheus-cpp gives labels in no order of their own.
  static std::string series_of(const std::string& text,
                               std::string_view name,
                               std::string_view label) {
    for (std::size_t at = 0;
         (at = text.find("\n" + std::string(name), at)) != std::string::npos;) {
      const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
      if (line.find(label) != std::string::npos) return line;
      ++at;
    }
    return {};
  }
};

TEST_F(PrometheusTest, MeasuresOperationsInTheAdvisedBuckets) {
  handler.event_end(statement("SELECT track"));

  const std::string all = text();
  const auto bucket = [&](const std::string& bound) {
    const std::string line = series_of(
        all, "db_client_operation_duration_seconds_bucket", "le=\"" + bound + "\"");
    return line.substr(line.rfind(' ') + 1);
  };
  for (const std::string below : {"0.001", "0.005"}) EXPECT_EQ(bucket(below), "0");
  for (const std::string above : {"0.01", "0.05", "0.1", "0.5", "1", "5", "10", "+Inf"})
    EXPECT_EQ(bucket(above), "1") << above;
  const std::string line = series_of(all, "db_client_operation_duration_seconds_sum", "");
  EXPECT_EQ(line.substr(line.rfind(' ') + 1), "0.007");
  for (const std::string_view label : {"db_system_name=\"postgresql\"",
                                       "db_namespace=\"music\"",
                                       "server_address=\"localhost\"",
                                       "server_port=\"5433\"",
                                       "db_query_summary=\"SELECT track\"",
                                       "error_type=\"\""})
    EXPECT_NE(line.find(label), std::string::npos) << line;
}

TEST_F(PrometheusTest, TellsErrorsApart) {
  EventEnd failed = statement("SELECT track");
  failed.outcome = Outcome::error;
  failed.failure = {.type = "IntegrityError", .sqlstate = "23505"};
  EventEnd without_state = failed;
  without_state.failure->sqlstate.clear();
  EventEnd cancelled = statement("SELECT track");
  cancelled.outcome = Outcome::cancelled;

  handler.event_end(failed);
  handler.event_end(without_state);
  handler.event_end(cancelled);

  for (const std::string type : {"23505", "IntegrityError", "cancelled"}) {
    EXPECT_NE(series_of(text(),
                        "db_client_operation_duration_seconds_count",
                        "error_type=\"" + type + "\""),
              "")
        << type;
  }
}

TEST_F(PrometheusTest, CountsAnExecutemanyOnceAsABatch) {
  EventEnd batch = statement("INSERT track", EventKind::executemany);
  batch.batch_size = 500;

  handler.event_end(batch);

  const std::string line = series_of(text(),
                                     "db_client_operation_duration_seconds_count",
                                     "db_query_summary=\"BATCH INSERT track\"");
  EXPECT_TRUE(line.ends_with(" 1")) << line;
}

TEST_F(PrometheusTest, BoundsTheNumberOfItsSeries) {
  for (const char* const summary :
       {"SELECT a", "SELECT b", "SELECT c", "SELECT d", "SELECT a"})
    handler.event_end(statement(summary));
  EventEnd elsewhere = event(EventKind::connect);
  PrometheusEventHandler narrow(registry, {.max_databases = 0});
  narrow.event_end(elsewhere);

  const auto count = [&](std::string_view summary) {
    const std::string line =
        series_of(text(),
                  "db_client_operation_duration_seconds_count",
                  "db_query_summary=\"" + std::string(summary) + "\"");
    return line.empty() ? "none" : line.substr(line.rfind(' ') + 1);
  };
  EXPECT_EQ(count("SELECT a"), "2");
  EXPECT_EQ(count("SELECT b"), "1");
  EXPECT_EQ(count("SELECT c"), "none");
  EXPECT_EQ(count("other"), "2");
  EXPECT_NE(series_of(text(),
                      "db_client_connection_create_time_seconds_count",
                      "db_namespace=\"other\""),
            "");
}

TEST_F(PrometheusTest, MeasuresConnectionsAndCountsTimeouts) {
  EventEnd refused = event(EventKind::connect);
  refused.outcome = Outcome::error;
  EventEnd late = event(EventKind::checkout);
  late.outcome = Outcome::error;
  late.failure = {.type = "TimeoutError"};

  handler.event_end(event(EventKind::connect));
  handler.event_end(refused);
  handler.event_end(event(EventKind::checkout));
  handler.event_end(late);

  const auto value = [&](std::string_view name) {
    const std::string line = series_of(text(), name, "db_namespace=\"music\"");
    return line.substr(line.rfind(' ') + 1);
  };
  EXPECT_EQ(value("db_client_connection_create_time_seconds_count"), "1");
  EXPECT_EQ(value("db_client_connection_wait_time_seconds_count"), "1");
  EXPECT_EQ(value("db_client_connection_timeouts_total"), "1");
}

TEST_F(PrometheusTest, CountsTransactionsByTheirEndsAndWhatWasLost) {
  EventEnd committed = event(EventKind::transaction);
  committed.ended_by = "commit";
  EventEnd lost = event(EventKind::lost);
  lost.name = "queue full";
  lost.attributes = {{"events", 17}, {"requests", 2}};

  handler.event_end(committed);
  handler.event_end(lost);
  handler.event_end(lost);

  const std::string transactions =
      series_of(text(), "hark_transactions_total", "ended_by=\"commit\"");
  EXPECT_NE(transactions.find("outcome=\"ok\""), std::string::npos);
  EXPECT_TRUE(transactions.ends_with(" 1")) << transactions;
  EXPECT_TRUE(
      series_of(text(), "hark_audit_lost_total", "what=\"events\"").ends_with(" 34"));
  EXPECT_TRUE(
      series_of(text(), "hark_audit_lost_total", "what=\"requests\"").ends_with(" 4"));
  EXPECT_NE(series_of(text(), "hark_audit_lost_total", "reason=\"queue full\""), "");
}

std::string gauge(const PrometheusEventHandler& handler,
                  const std::string& name,
                  const std::string& state = {}) {
  return value_of(
      text_of(*handler.pools()),
      name + "{db_client_connection_pool_name=\"pool\"" +
          (state.empty() ? "" : ",db_client_connection_state=\"" + state + "\"") + "}");
}

TEST_F(PrometheusTest, ShowsThePoolsThatItWatches) {
  std::unique_ptr<Engine> engine(new Engine(create_engine(
      "sqlite://",
      {.poolclass = PoolClass::queue, .pool = {.pool_size = 3, .max_overflow = 4}})));
  handler.watch(*engine, "pool");

  {
    Connection connection = engine->connect();
    EXPECT_EQ(gauge(handler, "db_client_connection_count", "used"), "1");
    EXPECT_EQ(gauge(handler, "db_client_connection_count", "idle"), "0");
  }

  EXPECT_EQ(gauge(handler, "db_client_connection_count", "used"), "0");
  EXPECT_EQ(gauge(handler, "db_client_connection_count", "idle"), "1");
  EXPECT_EQ(gauge(handler, "db_client_connection_max"), "7");
  EXPECT_EQ(gauge(handler, "db_client_connection_idle_max"), "3");
  EXPECT_EQ(gauge(handler, "db_client_connection_pending_requests"), "0");
  const std::string uses =
      series_of(text(), "db_client_connection_use_time_seconds_count", "\"pool\"");
  EXPECT_TRUE(uses.ends_with(" 1")) << uses;
  engine->dispose();
  EXPECT_EQ(gauge(handler, "db_client_connection_count", "idle"), "0");
  engine.reset();
  EXPECT_EQ(gauge(handler, "db_client_connection_count", "idle"), "");
}

TEST_F(PrometheusTest, IsToldByAnEngine) {
  const auto in_use = std::make_shared<PrometheusEventHandler>(registry);
  Engine engine = create_engine("sqlite://");
  audit::Subscription subscription =
      audit::use_event_handler(engine, in_use, {.policy = audit::QueuePolicy::block});

  engine.begin([](Connection& connection) {
    connection.execute("CREATE TABLE track (id INTEGER)");
    connection.execute("INSERT INTO track VALUES (:id)", {{"id", 17}});
  });
  ASSERT_TRUE(subscription.flush(30s));

  const std::string line = series_of(text(),
                                     "db_client_operation_duration_seconds_count",
                                     "db_query_summary=\"INSERT track\"");
  EXPECT_TRUE(line.ends_with(" 1")) << line;
  EXPECT_NE(line.find("db_system_name=\"sqlite\""), std::string::npos) << line;
  EXPECT_TRUE(series_of(text(), "hark_transactions_total", "ended_by=\"commit\"")
                  .ends_with(" 1"));
}

}  // namespace
}  // namespace hark::test
