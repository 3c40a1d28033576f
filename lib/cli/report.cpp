// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "cli/statement_table.hpp"

namespace hark::cli {
namespace {

template <class... Args>
void append(std::string& to, fmt::format_string<Args...> format, Args&&... arguments) {
  fmt::format_to(std::back_inserter(to), format, std::forward<Args>(arguments)...);
}

/// First what did not go well, then what took longest.
bool is_more_telling(const ScriptTransaction& one, const ScriptTransaction& other) {
  const auto went_well = [](const ScriptTransaction& each) {
    return each.outcome == ScriptTransaction::Outcome::committed && each.failures == 0;
  };
  const auto duration = [](const ScriptTransaction& each) {
    return each.end - each.first.begin;
  };
  if (went_well(one) != went_well(other)) return went_well(other);
  return duration(one) > duration(other);
}

}  // namespace

std::string line_of(const Workload& workload, const Execution& execution) {
  const Step& step = workload.steps()[execution.step];
  return fmt::format("{:>9}  {:>12}  {}  {}\n",
                     duration_text(execution.duration()),
                     counted(execution.rows, "row"),
                     workload.place_of(step),
                     shortened(step.text, widest_statement));
}

std::string Report::write(const Trace& trace, const Summary& summary) {
  write_totals(trace, summary);
  write_kinds(summary);
  write_slowest(summary);
  write_failures(summary);
  write_transactions(summary);
  write_repeated(summary);
  write_pool(summary.pool);
  write_events(trace);
  return std::move(out_);
}

void Report::write_totals(const Trace& trace, const Summary& summary) {
  const double seconds = static_cast<double>(trace.duration()) / 1e9;
  const double rate = seconds > 0 ? static_cast<double>(summary.executions) / seconds : 0;
  append(out_,
         "{} in {} ({}/s), {}, {}{}\n",
         counted(summary.executions, "statement"),
         duration_text(trace.duration()),
         count_text(static_cast<std::uint64_t>(rate)),
         counted(summary.rows, "row"),
         summary.failures.empty()
             ? screen_.styled(Style::good, "no failures")
             : screen_.styled(Style::bad, counted(summary.failures.size(), "failure")),
         trace.was_interrupted() ? screen_.styled(Style::bad, ", interrupted") : "");
}

void Report::write_kinds(const Summary& summary) {
  if (summary.kinds.empty()) return;
  heading("Statements by kind");
  append_statement_table(out_,
                         std::span(summary.kinds).first(shown(summary.kinds.size())),
                         [&](const KindSummary& kind) { return kinds_.name(kind.kind); });
  mention_rest(summary.kinds.size());
}

void Report::write_slowest(const Summary& summary) {
  if (summary.slowest.empty()) return;
  heading("Slowest statements");
  for (const Summary::Place& slow : summary.slowest)
    out_ += line_of(workload_, slow.execution);
}

void Report::write_failures(const Summary& summary) {
  if (!summary.failures.empty()) heading("Failures");
  for (std::size_t i = 0; i < shown(summary.failures.size()); ++i) {
    const Summary::Failed& failed = summary.failures[i];
    append(out_,
           "  {}  {}\n    {}\n",
           place_of(failed.place.execution),
           screen_.styled(Style::bad, failed.message),
           text_of(failed.place.execution));
  }
  mention_rest(summary.failures.size());
  for (const Summary::Place& interrupted : summary.interrupted) {
    append(out_,
           "\nInterrupted: {}  {}\n",
           place_of(interrupted.execution),
           text_of(interrupted.execution));
  }
}

void Report::write_transactions(const Summary& summary) {
  heading("Transactions");
  std::array<std::uint64_t, 4> counts{};
  for (const Summary::Ended& ended : summary.transactions)
    ++counts.at(static_cast<std::size_t>(ended.transaction.outcome));
  append(out_,
         "  {} committed, {} rolled back, {} left open, {} ended by the database; {} "
         "outside of transactions\n",
         count_text(counts[0]),
         count_text(counts[1]),
         count_text(counts[2]),
         count_text(counts[3]),
         counted(summary.autocommitted, "statement"));
  if (summary.transactions.empty()) return;
  append(out_,
         "  {:>8}  {:>10}  {:>6}  {:>10}  {:<22}  {}\n",
         "duration",
         "statements",
         "failed",
         "savepoints",
         "outcome",
         "begun at");
  std::vector<ScriptTransaction> transactions;
  for (const Summary::Ended& ended : summary.transactions)
    transactions.push_back(ended.transaction);
  std::stable_sort(transactions.begin(), transactions.end(), is_more_telling);
  for (std::size_t i = 0; i < shown(transactions.size()); ++i) {
    const ScriptTransaction& each = transactions[i];
    append(out_,
           "  {:>8}  {:>10}  {:>6}  {:>10}  {:<22}  {}\n",
           duration_text(each.end - each.first.begin),
           count_text(each.statements),
           count_text(each.failures),
           count_text(each.savepoints),
           name_of(each.outcome),
           place_of(each.first));
  }
  mention_rest(summary.transactions.size());
}

void Report::write_repeated(const Summary& summary) {
  if (summary.repeated.empty()) return;
  heading("Repeated for one row each (N+1): ask for all rows at once");
  for (const RepeatedQuery& query : summary.repeated) {
    append(out_,
           "  {} in {}, {}, first at {}\n    {}\n",
           counted(query.executions, "execution"),
           counted(query.runs, "run"),
           duration_text(query.total),
           workload_.place_of(workload_.steps()[query.first_step]),
           shortened(kinds_.name(query.kind), widest_statement));
  }
}

void Report::write_pool(const ThreadLog::PoolUse& pool) {
  heading("Pool");
  append(out_,
         "  {} in {}, {} in {}, {}",
         counted(pool.connects, "connect"),
         duration_text(pool.connect_time),
         counted(pool.checkouts, "checkout"),
         duration_text(pool.checkout_time),
         counted(pool.waits, "wait"));
  if (pool.waits != 0) append(out_, ", the longest {}", duration_text(pool.longest_wait));
  if (pool.failed_checkouts != 0)
    append(out_, ", {}", counted(pool.failed_checkouts, "failed checkout"));
  out_ += '\n';
}

void Report::write_events(const Trace& trace) {
  heading("Events");
  for (std::size_t i = 0; i < event_count; ++i) {
    std::uint64_t count = 0;
    for (const Recorder& recorder : trace.recorders()) count += recorder.counts().at(i);
    if (count != 0) append(out_, "  {:>9}  {}\n", count_text(count), events.at(i).name);
  }
}

void Report::heading(std::string_view text) {
  append(out_, "\n{}\n", screen_.styled(Style::heading, text));
}

std::size_t Report::shown(std::size_t count) const noexcept {
  return most_ == 0 ? count : std::min(most_, count);
}

void Report::mention_rest(std::size_t count) {
  if (const std::size_t rest = count - shown(count); rest != 0) {
    append(out_,
           "  {}\n",
           screen_.styled(Style::faint, fmt::format("and {} more (--top 0)", rest)));
  }
}

std::string Report::place_of(const Execution& execution) const {
  return workload_.place_of(workload_.steps()[execution.step]);
}

std::string Report::text_of(const Execution& execution) const {
  return shortened(workload_.steps()[execution.step].text, widest_statement);
}

}  // namespace hark::cli
