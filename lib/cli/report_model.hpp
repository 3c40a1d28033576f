// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/audit_file.hpp"
#include "cli/execution.hpp"
#include "cli/foremost.hpp"
#include "cli/repetition.hpp"

namespace hark::cli {

/// How much of an audit file a report shows.
struct ReportLimits {
  std::size_t rows = 50;             ///< of each table
  std::size_t spans = 50'000;        ///< events of the timeline
  std::size_t requests = 10'000;     ///< requests of the timeline
  std::size_t span_text = 2'000;     ///< bytes of a statement in the timeline
  std::size_t row_text = 20'000;     ///< bytes of a statement in a table
  std::size_t parameter_text = 300;  ///< bytes of the parameters of one execution
};

/// A request or an event on the timeline or in a table.
struct Span {
  std::uint64_t id = 0;
  std::uint64_t request = 0;  ///< of a request: its own id
  std::uint64_t run = 0;      ///< of the program, from 1: ids are unique in it
  std::optional<audit::EventKind> kind{};  ///< empty: it is a request
  std::optional<Outcome> outcome{};        ///< empty: its end is not in the file
  Moment start = 0;                        ///< UTC, since 1970
  Moment elapsed = 0;
  std::uint32_t depth = 0;  ///< how many events and requests are around it
  std::string request_name{};
  std::string name{};
  std::string text{};           ///< SQL
  std::uint64_t text_size = 0;  ///< bytes; more than `text` has: it was cut
  std::string parameters{};
  std::string failure{};
  std::string ended_by{};
  std::optional<std::uint64_t> rows{};
  std::uint64_t batch_size = 0;
  std::uint64_t statements = 0;  ///< inside a request or a transaction
  std::uint64_t events = 0;      ///< of a request: those inside it
  std::uint64_t failures = 0;    ///< of a request: those inside it
  std::uint64_t lost = 0;        ///< of a request
  Moment waited = 0;
  Moment open = 0;
  Moment statement_time = 0;  ///< of a request
};

/// The statements of one fingerprint.
struct StatementGroup {
  std::string fingerprint{};
  std::string summary{};
  std::uint64_t count = 0;
  std::uint64_t failures = 0;
  std::uint64_t rows = 0;
  Moment total = 0;
  Moment mean = 0;
  Moment p50 = 0;
  Moment p95 = 0;
  Moment max = 0;
};

/// A query that requests executed again and again, for another row each time.
struct Suspect {
  std::string fingerprint{};
  std::uint64_t requests = 0;
  std::uint64_t runs = 0;
  std::uint64_t executions = 0;
  Moment total = 0;
  std::uint64_t worst = 0;  ///< executions in the request that has most
  std::uint64_t worst_request = 0;
  std::uint64_t worst_run = 0;
  std::string worst_request_name{};
};

/// Transactions that ended alike.
struct TransactionGroup {
  audit::EventKind kind = audit::EventKind::transaction;
  std::string ended_by{};
  std::optional<Outcome> outcome{};
  std::uint64_t count = 0;
  Moment total = 0;
  Moment max = 0;
};

/// What failed with one class of exceptions and one SQLSTATE.
struct FailureGroup {
  std::string type{};
  std::string sqlstate{};
  std::uint64_t count = 0;  ///< events other than EventKind::error
  std::map<audit::EventKind, std::uint64_t> kinds{};
  std::uint64_t disconnects = 0;
  std::string message{};  ///< of the first one
  Moment first = 0;
  Moment last = 0;
};

/// What was not recorded, for one reason.
struct Loss {
  std::string reason{};
  std::uint64_t times = 0;
  std::uint64_t events = 0;    ///< as far as the file tells
  std::uint64_t requests = 0;  ///< as far as the file tells
  std::uint64_t ends = 0;      ///< of requests and events whose starts were recorded
};

/// One life of the program that wrote the file.
struct Run {
  std::string program{};
  std::uint64_t pid = 0;
  std::string host{};
  std::string hark_version{};
  Moment start = 0;  ///< UTC, since 1970
};

/// The checkouts, and how long they waited for a connection to be free.
struct PoolReport {
  static constexpr std::array<Moment, 6> bounds{
      100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000};

  std::uint64_t checkouts = 0;
  std::uint64_t failures = 0;
  std::uint64_t waits = 0;
  Moment checkout_time = 0;
  Moment waited = 0;
  Moment longest = 0;
  std::uint64_t connects = 0;
  Moment connect_time = 0;
  /// Waits up to each bound; the last are those above all of them.
  std::array<std::uint64_t, bounds.size() + 1> histogram{};
};

/// What an audit file tells.
struct AuditReport {
  std::uint64_t requests = 0;
  std::uint64_t failed_requests = 0;
  std::uint64_t events = 0;
  std::uint64_t statements = 0;
  std::uint64_t failed_statements = 0;
  std::uint64_t rows = 0;
  std::uint64_t unended = 0;  ///< requests and events without an end
  std::uint64_t lost_in_requests = 0;
  Moment statement_time = 0;
  Moment begin = 0;  ///< UTC, since 1970
  Moment end = 0;
  std::vector<Run> runs{};
  std::vector<std::string> databases{};  ///< URLs
  std::map<audit::EventKind, std::uint64_t> kinds{};
  std::vector<Span> timeline{};  ///< in the order of their starts
  std::vector<Span> longest_requests{};
  std::vector<Span> slowest{};
  std::vector<StatementGroup> statement_groups{};  ///< the dearest first
  std::size_t statement_group_count = 0;           ///< also those that are not shown
  std::vector<Suspect> suspects{};
  std::vector<TransactionGroup> transaction_groups{};
  std::vector<Span> longest_transactions{};
  std::vector<Span> longest_waits{};
  PoolReport pool{};
  std::vector<FailureGroup> failures{};
  std::size_t failure_group_count = 0;
  std::vector<Loss> losses{};
};

/// Makes a report of requests and events, in the order in which they were recorded. What it
/// keeps is bounded by the limits and by the kinds of statements, and has eight bytes for
/// each statement.
class AuditReportBuilder {
 public:
  explicit AuditReportBuilder(const ReportLimits& limits);

  /// Where it does not go on in another file, another run begins: what is open will not end.
  void add(const audit::FileStart& file);
  void add(const audit::RequestStart& request);
  void add(const audit::EventStart& event);
  /// What its start has told is found by its id.
  void add(const audit::EventEnd& event);
  void add(const audit::RequestEnd& request);
  void add(const audit::WriteLoss& loss);
  void add(const audit::FileEnd& /*file*/) {}
  AuditReport finish();

 private:
  struct Request {
    Span span{};
    RepetitionFinder repetitions{};
    std::uint64_t open = 0;  // events without an end as yet
  };
  struct Event {
    audit::EventStart start{};
    std::uint32_t depth = 1;
    std::uint64_t statements = 0;
  };
  struct Group {
    StatementGroup statements{};
    std::vector<Moment> durations{};
  };

  Request& request_of(const audit::EventStart& event);
  std::uint32_t depth_of(const audit::EventStart& event) const;
  Span span_of(const audit::EventStart& event, std::uint32_t depth) const;
  Span span_of(const audit::EventEnd& event, std::uint32_t depth) const;
  std::uint64_t run() const noexcept { return report_.runs.size(); }
  void note_whole(const audit::EventEnd& event, Span span);
  void see(Moment start, Moment elapsed);
  void note(const audit::Database* database);
  void note_statement(const audit::EventEnd& event, Request& request, const Span& span);
  void note_transaction(const audit::EventEnd& event, const Span& span);
  void note_checkout(const audit::EventEnd& event, const Span& span);
  void note_failure(const audit::EventEnd& event);
  void note_loss(const audit::EventEnd& event);
  void end(Request& request);
  void end_events_of(const Request& request);
  void end_unended(const Event& event, Moment at);
  void end_what_is_open();
  std::uint32_t group_of(const audit::Statement& statement);
  std::vector<StatementGroup> finish_groups();

  const ReportLimits limits_;
  AuditReport report_;
  bool has_seen_ = false;
  std::unordered_map<std::uint64_t, Request> requests_;  // those that are open
  std::unordered_map<std::uint64_t, Event> events_;      // those that are open
  std::set<std::string, std::less<>> databases_;
  std::unordered_map<std::string, std::uint32_t> group_ids_;
  std::vector<Group> groups_;
  std::map<std::uint32_t, Suspect> suspects_;
  std::map<std::tuple<audit::EventKind, std::string, int>, TransactionGroup>
      transactions_;
  std::map<std::pair<std::string, std::string>, FailureGroup> failures_;
  std::map<std::string, Loss> losses_;
  Sample<Span> timeline_;
  Sample<Span> request_timeline_;
  Foremost<Span> slowest_;
  Foremost<Span> longest_requests_;
  Foremost<Span> longest_transactions_;
  Foremost<Span> longest_waits_;
};

/// How a span ended: "ok", "error", "cancelled", "unknown"; "open": its end is not there.
std::string_view state_of(const std::optional<Outcome>& outcome) noexcept;

}  // namespace hark::cli
