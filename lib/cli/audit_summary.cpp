// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "audit/audit_file.hpp"
#include "audit/json_text.hpp"
#include "audit/terminal_text.hpp"
#include "cli/audit_command.hpp"
#include "cli/report_model.hpp"
#include "cli/statement_table.hpp"

namespace hark::cli {
namespace {

template <class... Args>
void append(std::string& to, fmt::format_string<Args...> format, Args&&... arguments) {
  fmt::format_to(std::back_inserter(to), format, std::forward<Args>(arguments)...);
}

/// The events of one kind.
struct KindCounts {
  std::array<std::uint64_t, 4> outcomes{};  // by Outcome
  Moment total = 0;
  Moment max = 0;
};

/// What the summary shows of an audit.
struct AuditSummary {
  AuditReport report{};
  std::map<audit::EventKind, KindCounts> kinds{};
  std::uint64_t unreadable = 0;  ///< lines
};

class Summing {
 public:
  explicit Summing(std::size_t rows)
      : builder_({.rows = rows, .spans = 0, .requests = 0}) {}

  void add(std::string_view line) {
    try {
      const audit::AuditRecord record = audit::parse_record(line);
      std::visit([this](const auto& what) { builder_.add(what); }, record.what);
      if (const auto* const end = std::get_if<audit::EventEnd>(&record.what)) count(*end);
    } catch (const audit::AuditFormatError&) {
      ++summary_.unreadable;
    }
  }

  AuditSummary finish() {
    summary_.report = builder_.finish();
    return std::move(summary_);
  }

 private:
  void count(const audit::EventEnd& event) {
    KindCounts& counts = summary_.kinds[event.kind];
    ++counts.outcomes.at(static_cast<std::size_t>(event.outcome));
    counts.total += event.elapsed.count();
    counts.max = std::max<Moment>(counts.max, event.elapsed.count());
  }

  AuditReportBuilder builder_;
  AuditSummary summary_;
};

std::string time_text(Moment since_1970) {
  std::string text;
  audit::append_time(text, audit::WallTime(std::chrono::nanoseconds(since_1970)));
  text.resize(19);
  text[10] = ' ';
  return text;
}

/// A summary for people.
class SummaryPage {
 public:
  SummaryPage(const AuditSummary& summary, const Screen& screen)
      : summary_(summary), report_(summary.report), screen_(screen) {}

  std::string write() {
    write_totals();
    write_losses();
    write_kinds();
    write_statements();
    write_failures();
    write_pool();
    return std::move(out_);
  }

 private:
  void heading(std::string_view text) {
    append(out_, "\n{}\n", screen_.styled(Style::heading, text));
  }

  void write_totals() {
    append(out_,
           "{}, {}, {}, {}, {}\n",
           counted(report_.requests, "request"),
           counted(report_.events, "event"),
           counted(report_.statements, "statement"),
           counted(report_.rows, "row"),
           report_.failed_requests + report_.failed_statements == 0
               ? screen_.styled(Style::good, "no failures")
               : screen_.styled(
                     Style::bad,
                     fmt::format("{} and {} failed",
                                 counted(report_.failed_requests, "request"),
                                 counted(report_.failed_statements, "statement"))));
    if (report_.end != 0)
      append(out_,
             "{} to {} UTC, {} of statements in {}\n",
             time_text(report_.begin),
             time_text(report_.end),
             duration_text(report_.statement_time),
             duration_text(report_.end - report_.begin));
    for (const Run& run : report_.runs)
      append(out_,
             "  {} {} on {}, hark {}, since {}\n",
             audit::shown(run.program),
             run.pid,
             audit::shown(run.host),
             audit::shown(run.hark_version),
             time_text(run.start));
    if (report_.unended != 0)
      append(out_, "{} without an end\n", counted(report_.unended, "start"));
    if (summary_.unreadable != 0)
      append(out_,
             "{}: hark audit verify says more\n",
             screen_.styled(Style::bad,
                            counted(summary_.unreadable, "line") + " could not be read"));
  }

  void write_losses() {
    if (report_.losses.empty() && report_.lost_in_requests == 0) return;
    heading("Lost");
    for (const Loss& loss : report_.losses)
      append(out_,
             "  {}, {}, {}: {}\n",
             screen_.styled(Style::bad, counted(loss.events, "event")),
             counted(loss.requests, "request"),
             counted(loss.ends, "end"),
             audit::shown(loss.reason));
    if (report_.lost_in_requests != 0)
      append(out_,
             "  {} of requests that are here\n",
             counted(report_.lost_in_requests, "event"));
  }

  void write_kinds() {
    if (summary_.kinds.empty()) return;
    heading("Events");
    append(out_,
           "  {:<12} {:>10} {:>8} {:>9} {:>8}  {:>8}  {:>8}  {:>8}\n",
           "kind",
           "ok",
           "error",
           "cancelled",
           "unknown",
           "total",
           "mean",
           "max");
    for (const auto& [kind, counts] : summary_.kinds) {
      const auto& by = counts.outcomes;
      const std::uint64_t all = by[0] + by[1] + by[2] + by[3];
      append(out_,
             "  {:<12} {:>10} {:>8} {:>9} {:>8}  {:>8}  {:>8}  {:>8}\n",
             audit::name_of(kind),
             count_text(by[0]),
             count_text(by[1]),
             count_text(by[2]),
             count_text(by[3]),
             duration_text(counts.total),
             duration_text(counts.total / static_cast<Moment>(all)),
             duration_text(counts.max));
    }
  }

  void write_statements() {
    if (report_.statement_groups.empty()) return;
    heading("Statements by kind");
    append_statement_table(
        out_, report_.statement_groups, [](const StatementGroup& each) -> const auto& {
          return each.fingerprint;
        });
    mention_rest(report_.statement_groups.size(), report_.statement_group_count);
  }

  void write_failures() {
    if (report_.failures.empty()) return;
    heading("Failures");
    for (const FailureGroup& each : report_.failures)
      append(out_,
             "  {:>8}  {}{}  {}{}\n",
             count_text(each.count),
             screen_.styled(Style::bad, audit::shown(each.type)),
             each.sqlstate.empty() ? "" : " " + audit::shown(each.sqlstate),
             each.count > 1 ? "first: " : "",
             shortened(each.message, widest_statement));
    mention_rest(report_.failures.size(), report_.failure_group_count);
  }

  void write_pool() {
    const PoolReport& pool = report_.pool;
    if (pool.checkouts + pool.connects == 0) return;
    heading("Pool");
    append(out_,
           "  {} in {}, {} in {}, {}{}\n",
           counted(pool.connects, "connect"),
           duration_text(pool.connect_time),
           counted(pool.checkouts, "checkout"),
           duration_text(pool.checkout_time),
           counted(pool.waits, "wait"),
           pool.waits == 0
               ? ""
               : fmt::format(", the longest {}", duration_text(pool.longest)));
  }

  void mention_rest(std::size_t shown, std::size_t all) {
    if (shown < all) append(out_, "  … and {} more\n", count_text(all - shown));
  }

  const AuditSummary& summary_;
  const AuditReport& report_;
  const Screen& screen_;
  std::string out_;
};

}  // namespace

void run(const AuditSummaryCommand& command, Screen& screen) {
  try {
    audit::AuditTrail trail(command.file);
    Summing summing(command.top);
    while (const auto line = trail.next_line())
      if (line->is_whole) summing.add(line->text);
    const AuditSummary summary = summing.finish();
    screen.print(SummaryPage(summary, screen).write());
  } catch (const std::system_error& error) {
    throw Failure(ExitCode::unavailable, error.what());
  }
}

}  // namespace hark::cli
