// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report_model.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "cli/report_recording.hpp"

namespace hark::cli {
namespace {

using audit::EventKind;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

AuditReport report_of(const std::vector<Recording::Record>& records,
                      const ReportLimits& limits = {}) {
  AuditReportBuilder builder(limits);
  for (const Recording::Record& record : records)
    std::visit([&](const auto& what) { builder.add(what); }, record);
  return builder.finish();
}

const Span& span_named(const AuditReport& report, const std::string& name) {
  static const Span none;
  for (const Span& span : report.timeline)
    if (span.name == name) return span;
  ADD_FAILURE() << "no span " << name;
  return none;
}

TEST(ForemostTest, KeepsTheGreatestAndOfEqualOnesTheFirst) {
  Foremost<std::string> foremost(3);

  EXPECT_FALSE(foremost.add(5, "five").has_value());
  EXPECT_FALSE(foremost.add(7, "seven").has_value());
  EXPECT_FALSE(foremost.add(5, "another five").has_value());
  EXPECT_EQ(foremost.add(6, "six"), "another five");
  EXPECT_EQ(foremost.add(5, "a third five"), "a third five");

  EXPECT_EQ(foremost.take(), (std::vector<std::string>{"seven", "six", "five"}));
}

TEST(ForemostTest, OfNoneKeepsNone) {
  Foremost<int> foremost(0);

  EXPECT_EQ(foremost.add(1, 1), 1);

  EXPECT_TRUE(foremost.take().empty());
}

std::vector<int> sample_of(int count) {
  Sample<int> sample(40);
  for (int i = 0; i < count; ++i) sample.add(i, i, i < 5);
  return sample.take();
}

TEST(SampleTest, KeepsWhatStandsOutTheLongestAndSomeOfTheOthers) {
  const std::vector<int> made = sample_of(10'000);

  const std::set<int> kept(made.begin(), made.end());
  EXPECT_EQ(kept.size(), 40U);
  for (const int i : {0, 1, 2, 3, 4}) EXPECT_TRUE(kept.contains(i)) << i;
  for (int i = 9'980; i < 10'000; ++i) EXPECT_TRUE(kept.contains(i)) << i;
  EXPECT_TRUE(kept.lower_bound(100) != kept.lower_bound(5'000));
  EXPECT_TRUE(kept.lower_bound(5'000) != kept.lower_bound(9'900));
}

TEST(SampleTest, IsTheSameEachTime) { EXPECT_EQ(sample_of(1'000), sample_of(1'000)); }

TEST(SampleTest, IsAllWhereThereIsRoom) { EXPECT_EQ(sample_of(40).size(), 40U); }

TEST(AuditReportTest, OfNothingIsEmpty) {
  const AuditReport report = report_of({});

  EXPECT_EQ(report.requests, 0U);
  EXPECT_EQ(report.begin, report.end);
  EXPECT_TRUE(report.timeline.empty());
}

TEST(AuditReportTest, CountsRequestsEventsAndRows) {
  Recording recording;
  for (int i = 0; i < 3; ++i) {
    const auto request = recording.begin_request("order");
    recording.execute(request, "SELECT 1", milliseconds(2), 10);
    recording.end_request(request, i == 0 ? Outcome::error : Outcome::ok);
  }

  const AuditReport report = report_of(recording.records());

  EXPECT_EQ(report.requests, 3U);
  EXPECT_EQ(report.failed_requests, 1U);
  EXPECT_EQ(report.events, 3U);
  EXPECT_EQ(report.statements, 3U);
  EXPECT_EQ(report.rows, 30U);
  EXPECT_EQ(report.statement_time, 6'000'000);
  EXPECT_EQ(report.begin, Recording::epoch);
  EXPECT_EQ(report.end, Recording::epoch + 6'000'000);
  EXPECT_EQ(report.unended, 0U);
  EXPECT_EQ(report.databases, std::vector<std::string>{"sqlite:///music.db"});
}

TEST(AuditReportTest, GroupsStatementsByTheirFingerprints) {
  Recording recording;
  const auto request = recording.begin_request("order");
  for (int i = 1; i <= 20; ++i)
    recording.execute(request, "UPDATE a = " + std::to_string(i), milliseconds(i), 2);
  recording.execute(request, "DELETE b = 1", milliseconds(500), 0);
  recording.fail(request, "UPDATE a = x", {.type = "ProgrammingError"});
  recording.end_request(request);

  const AuditReport report = report_of(recording.records());

  ASSERT_EQ(report.statement_groups.size(), 2U);
  EXPECT_EQ(report.statement_groups[0].fingerprint, "DELETE b");
  const StatementGroup& group = report.statement_groups[1];
  EXPECT_EQ(group.fingerprint, "UPDATE a");
  EXPECT_EQ(group.count, 21U);
  EXPECT_EQ(group.failures, 1U);
  EXPECT_EQ(group.rows, 40U);
  EXPECT_EQ(group.total, 210'001'000);
  EXPECT_EQ(group.mean, 10'000'047);
  EXPECT_EQ(group.p50, 10'000'000);
  EXPECT_EQ(group.p95, 19'000'000);
  EXPECT_EQ(group.max, 20'000'000);
}

TEST(AuditReportTest, ShowsTheSlowestStatementsAndNoMoreThanAsked) {
  Recording recording;
  const auto request = recording.begin_request("order");
  for (int i = 1; i <= 20; ++i)
    recording.execute(request, "UPDATE a" + std::to_string(i), milliseconds(i));
  recording.end_request(request);

  const AuditReport report = report_of(recording.records(), {.rows = 2});

  ASSERT_EQ(report.slowest.size(), 2U);
  EXPECT_EQ(report.slowest[0].text, "UPDATE a20");
  EXPECT_EQ(report.slowest[1].text, "UPDATE a19");
  EXPECT_EQ(report.slowest[0].request_name, "order");
  EXPECT_EQ(report.statement_groups.size(), 2U);
  EXPECT_EQ(report.statement_group_count, 20U);
}

/// Queries for one row each, with a parameter that `value` gives.
template <class Value>
void query(Recording& recording,
           const audit::RequestStart& request,
           int count,
           Value value) {
  for (int i = 0; i < count; ++i) {
    audit::EventEnd event = Recording::statement(request, "SELECT a FROM t WHERE id = ?");
    event.parameters = {value(i)};
    event.parameter_count = 1;
    event.rows = 1;
    event = recording.begin(std::move(event));
    recording.pass(microseconds(5));
    recording.end(std::move(event));
  }
}

audit::Parameter number(int value) {
  return {.type = dbapi::Type::integer, .value = dbapi::Value(value)};
}

TEST(AuditReportTest, SuspectsQueriesForOneRowAfterTheOther) {
  Recording recording;
  for (const int count : {12, 30}) {
    const auto request = recording.begin_request("list " + std::to_string(count));
    query(recording, request, count, number);
    recording.end_request(request);
  }

  const AuditReport report = report_of(recording.records());

  ASSERT_EQ(report.suspects.size(), 1U);
  const Suspect& suspect = report.suspects[0];
  EXPECT_EQ(suspect.fingerprint, "SELECT a FROM t WHERE id");
  EXPECT_EQ(suspect.requests, 2U);
  EXPECT_EQ(suspect.executions, 42U);
  EXPECT_EQ(suspect.total, 210'000);
  EXPECT_EQ(suspect.worst, 30U);
  EXPECT_EQ(suspect.worst_request_name, "list 30");
}

TEST(AuditReportTest, SuspectsNoQueriesOfSeveralRequests) {
  Recording recording;
  for (int i = 0; i < 20; ++i) {
    const auto request = recording.begin_request("show");
    query(recording, request, 1, [&](int) { return number(i); });
    recording.end_request(request);
  }

  EXPECT_TRUE(report_of(recording.records()).suspects.empty());
}

TEST(AuditReportTest, SuspectsNoQueryThatAsksForTheSameRow) {
  Recording recording;
  const auto request = recording.begin_request("wait");
  query(recording, request, 20, [](int) { return number(7); });
  recording.end_request(request);

  EXPECT_TRUE(report_of(recording.records()).suspects.empty());
}

TEST(AuditReportTest, TakesParametersThatAreLeftOutForOthers) {
  Recording recording;
  const auto request = recording.begin_request("list");
  query(recording, request, 20, [](int) {
    return audit::Parameter{.redaction = audit::Redaction::left_out};
  });
  recording.end_request(request);

  EXPECT_EQ(report_of(recording.records()).suspects.size(), 1U);
}

TEST(AuditReportTest, TellsHowTransactionsEnded) {
  Recording recording;
  const auto request = recording.begin_request("order");
  for (const char* ended_by : {"commit", "commit", "rollback"}) {
    audit::EventEnd outer = recording.begin(request, EventKind::transaction);
    audit::EventEnd inner = recording.begin(request, EventKind::savepoint, outer.id);
    recording.execute(request, "INSERT", milliseconds(1), 1, inner.id);
    inner.ended_by = "release";
    recording.end(inner);
    recording.execute(request, "INSERT", milliseconds(1), 1, outer.id);
    outer.ended_by = ended_by;
    recording.end(outer);
  }
  recording.end_request(request);

  const AuditReport report = report_of(recording.records());

  ASSERT_EQ(report.transaction_groups.size(), 3U);
  EXPECT_EQ(report.transaction_groups[0].kind, EventKind::savepoint);
  EXPECT_EQ(report.transaction_groups[0].count, 3U);
  EXPECT_EQ(report.transaction_groups[1].ended_by, "commit");
  EXPECT_EQ(report.transaction_groups[1].count, 2U);
  EXPECT_EQ(report.transaction_groups[1].total, 4'000'000);
  EXPECT_EQ(report.transaction_groups[2].ended_by, "rollback");
  ASSERT_EQ(report.longest_transactions.size(), 6U);
  EXPECT_EQ(report.longest_transactions[0].statements, 2U);
  EXPECT_EQ(report.longest_transactions[5].statements, 1U);
}

TEST(AuditReportTest, SortsWaitsForConnections) {
  Recording recording;
  const auto request = recording.begin_request("order");
  for (const nanoseconds wait : {nanoseconds(0),
                                 nanoseconds(100'000),
                                 nanoseconds(100'001),
                                 nanoseconds(20'000'000'000)}) {
    audit::EventEnd checkout = recording.begin(request, EventKind::checkout);
    recording.pass(wait + microseconds(3));
    checkout.waited = wait;
    recording.end(checkout);
  }
  recording.end_request(request);

  const AuditReport report = report_of(recording.records());

  EXPECT_EQ(report.pool.checkouts, 4U);
  EXPECT_EQ(report.pool.waits, 3U);
  EXPECT_EQ(report.pool.longest, 20'000'000'000);
  EXPECT_EQ(report.pool.histogram,
            (decltype(report.pool.histogram){1, 1, 0, 0, 0, 0, 1}));
  ASSERT_EQ(report.longest_waits.size(), 3U);
  EXPECT_EQ(report.longest_waits[0].waited, 20'000'000'000);
}

TEST(AuditReportTest, GroupsFailuresByClassAndSqlstate) {
  Recording recording;
  const auto request = recording.begin_request("order");
  const audit::Failure unique{
      .type = "IntegrityError", .message = "is there", .sqlstate = "23505"};
  for (int i = 0; i < 3; ++i) {
    recording.fail(request, "INSERT", unique);
    audit::EventEnd error = recording.begin(request, EventKind::error);
    error.outcome = Outcome::error;
    error.failure = unique;
    recording.end(error);
  }
  recording.fail(request, "INSERT", {.type = "IntegrityError", .sqlstate = "23503"});
  recording.fail(request, "INSERT", {.type = "OperationalError", .is_disconnect = true});
  recording.end_request(request, Outcome::error);

  const AuditReport report = report_of(recording.records());

  ASSERT_EQ(report.failures.size(), 3U);
  EXPECT_EQ(report.failures[0].sqlstate, "23505");
  EXPECT_EQ(report.failures[0].count, 3U);
  EXPECT_EQ(report.failures[0].kinds.at(EventKind::error), 3U);
  EXPECT_EQ(report.failures[0].message, "is there");
  EXPECT_EQ(report.failures[2].disconnects, 1U);
  EXPECT_EQ(report.failed_statements, 5U);
}

TEST(AuditReportTest, AddsUpWhatWasLostByItsReason) {
  Recording recording;
  const auto request = recording.begin_request("hark.audit");
  for (int i = 0; i < 2; ++i) recording.lose(request, "queue full", 100, 3);
  recording.end_request(request, Outcome::ok, 7);
  AuditReportBuilder builder({});
  for (const Recording::Record& record : recording.records())
    std::visit([&](const auto& what) { builder.add(what); }, record);
  builder.add(audit::WriteLoss{.reason = "No space left on device",
                               .request_starts = 1,
                               .event_starts = 2,
                               .request_ends = 3,
                               .event_ends = 4});

  const AuditReport report = builder.finish();

  EXPECT_EQ(report.lost_in_requests, 7U);
  ASSERT_EQ(report.losses.size(), 2U);
  EXPECT_EQ(report.losses[0].reason, "could not be written: No space left on device");
  EXPECT_EQ(report.losses[0].events, 2U);
  EXPECT_EQ(report.losses[0].ends, 7U);
  EXPECT_EQ(report.losses[1].times, 2U);
  EXPECT_EQ(report.losses[1].events, 200U);
  EXPECT_EQ(report.losses[1].requests, 6U);
}

TEST(AuditReportTest, ShowsWhatHasNoEnd) {
  Recording recording;
  const auto request = recording.begin_request("order");
  audit::EventEnd render;
  render.request_id = request.id;
  render.name = "render";
  recording.begin(render);
  recording.execute(request, "SELECT 1", milliseconds(3));

  const AuditReport report = report_of(recording.records());

  EXPECT_EQ(report.unended, 2U);
  EXPECT_EQ(report.requests, 1U);
  EXPECT_EQ(report.events, 2U);
  EXPECT_FALSE(span_named(report, "render").outcome.has_value());
  EXPECT_EQ(span_named(report, "render").elapsed, 3'000'000);
  EXPECT_EQ(state_of(span_named(report, "render").outcome), "open");
}

TEST(AuditReportTest, EndsWithItsRequestWhatHasLostItsEnd) {
  Recording recording;
  const auto request = recording.begin_request("order");
  audit::EventEnd render;
  render.request_id = request.id;
  render.name = "render";
  recording.begin(render);
  recording.pass(milliseconds(2));
  recording.end_request(request);
  const auto later = recording.begin_request("later");
  recording.pass(milliseconds(100));
  recording.end_request(later);

  const AuditReport report = report_of(recording.records());

  EXPECT_EQ(report.unended, 1U);
  EXPECT_EQ(span_named(report, "render").elapsed, 2'000'000);
}

TEST(AuditReportTest, TellsRunsApartWhoseIdsAreTheSame) {
  Recording first;
  first.begin_request("crashed");
  first.pass(milliseconds(1));
  Recording second;
  const auto request = second.begin_request("restarted");
  second.pass(milliseconds(1));
  second.end_request(request);
  AuditReportBuilder builder({});
  builder.add(audit::FileStart{.program = "shop", .pid = 1, .reason = "new"});
  builder.add(std::get<audit::RequestStart>(first.records()[0]));
  builder.add(audit::FileStart{.program = "shop", .pid = 2, .reason = "reopened"});
  for (const Recording::Record& record : second.records())
    std::visit([&](const auto& what) { builder.add(what); }, record);
  builder.add(audit::FileStart{.program = "shop", .pid = 2, .reason = "rotated"});

  const AuditReport report = builder.finish();

  EXPECT_EQ(report.requests, 2U);
  EXPECT_EQ(report.unended, 1U);
  ASSERT_EQ(report.runs.size(), 2U);
  EXPECT_EQ(report.runs[1].pid, 2U);
  ASSERT_EQ(report.timeline.size(), 2U);
  EXPECT_EQ(report.timeline[0].id, report.timeline[1].id);
  EXPECT_NE(report.timeline[0].run, report.timeline[1].run);
}

TEST(AuditReportTest, FindsTheDepthOfWhatIsNested) {
  Recording recording;
  const auto request = recording.begin_request("order");
  audit::EventEnd outer = recording.begin(request, EventKind::transaction);
  audit::EventEnd inner = recording.begin(request, EventKind::savepoint, outer.id);
  recording.execute(request, "SELECT 1", milliseconds(1), 1, inner.id);
  recording.end(inner);
  recording.end(outer);
  recording.end_request(request);

  const AuditReport report = report_of(recording.records());

  std::vector<std::uint32_t> depths;
  for (const Span& span : report.timeline) depths.push_back(span.depth);
  EXPECT_EQ(depths, (std::vector<std::uint32_t>{0, 1, 2, 3}));
}

TEST(AuditReportTest, TakesAnEndWithoutItsStartForWhatItTells) {
  Recording recording;
  const auto request = recording.begin_request("order");
  recording.execute(request, "SELECT 1", milliseconds(1));
  recording.end_request(request);
  std::vector<Recording::Record> rest = recording.records();
  rest.erase(rest.begin(), rest.begin() + 2);

  const AuditReport report = report_of(rest);

  EXPECT_EQ(report.requests, 1U);
  EXPECT_EQ(report.events, 1U);
  EXPECT_EQ(report.timeline[0].request_name, "(began before this file)");
}

TEST(AuditReportTest, KeepsABoundedTimelineAndCountsAll) {
  Recording recording;
  for (int i = 0; i < 500; ++i) {
    const auto request = recording.begin_request("order");
    recording.execute(request, "SELECT 1", i == 250 ? milliseconds(90) : milliseconds(1));
    if (i == 100) recording.fail(request, "SELECT 2", {.type = "DataError"});
    recording.end_request(request);
  }

  const AuditReport report =
      report_of(recording.records(), {.spans = 20, .requests = 10});

  EXPECT_EQ(report.events, 501U);
  EXPECT_EQ(report.requests, 500U);
  ASSERT_EQ(report.timeline.size(), 30U);
  int slow = 0;
  int failed = 0;
  for (const Span& span : report.timeline) {
    if (span.kind && span.elapsed == 90'000'000) ++slow;
    if (span.kind && span.outcome == Outcome::error) ++failed;
  }
  EXPECT_EQ(slow, 1);
  EXPECT_EQ(failed, 1);
}

TEST(AuditReportTest, CutsTextsWhereACharacterEnds) {
  Recording recording;
  const auto request = recording.begin_request("order");
  recording.execute(request, "SELECT 'ää'", milliseconds(1));
  recording.end_request(request);

  const AuditReport report = report_of(recording.records(), {.row_text = 11});

  ASSERT_EQ(report.slowest.size(), 1U);
  EXPECT_EQ(report.slowest[0].text, "SELECT 'ä");
  EXPECT_EQ(report.slowest[0].text_size, 13U);
}

TEST(AuditReportTest, StaysWithinTheNumbersThatThereAre) {
  constexpr nanoseconds longest = nanoseconds::max();
  audit::RequestEnd end;
  end.id = 1;
  end.start = Recording::moment(0);
  end.elapsed = longest;
  audit::EventEnd event = Recording::statement(end, "SELECT 1");
  event.id = 2;
  event.start = Recording::moment(0);
  event.elapsed = longest;
  audit::EventEnd another = event;
  another.id = 3;

  const AuditReport report = report_of({event, another, end});

  EXPECT_EQ(report.statement_time, std::numeric_limits<Moment>::max());
  EXPECT_EQ(report.end, std::numeric_limits<Moment>::max());
}

}  // namespace
}  // namespace hark::cli
