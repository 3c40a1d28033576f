// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/summary.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

#include "cli/repetition.hpp"

namespace hark::cli {
namespace {

KindSummary summary_of(std::uint32_t kind, std::vector<Moment>& durations) {
  std::sort(durations.begin(), durations.end());
  KindSummary made{.kind = kind, .count = durations.size()};
  for (const Moment duration : durations) made.total += duration;
  made.mean = made.total / static_cast<Moment>(made.count);
  made.p50 = percentile(durations, 0.5);
  made.p95 = percentile(durations, 0.95);
  made.max = durations.back();
  return made;
}

/// The kinds of statements that a trace has seen.
class Tally {
 public:
  explicit Tally(std::size_t count) : durations_(count), failures_(count), rows_(count) {}

  void note(std::uint32_t kind, const Execution& execution) {
    durations_[kind].push_back(execution.duration());
    rows_[kind] += execution.rows;
    if (execution.outcome == Execution::Outcome::failed) ++failures_[kind];
  }

  std::vector<KindSummary> finish() {
    std::vector<KindSummary> made;
    for (std::uint32_t i = 0; i < durations_.size(); ++i) {
      if (durations_[i].empty()) continue;
      KindSummary& kind = made.emplace_back(summary_of(i, durations_[i]));
      kind.failures = failures_[i];
      kind.rows = rows_[i];
    }
    std::stable_sort(made.begin(), made.end(), [](const auto& one, const auto& other) {
      return one.total > other.total;
    });
    return made;
  }

 private:
  std::vector<std::vector<Moment>> durations_;
  std::vector<std::uint64_t> failures_;
  std::vector<std::uint64_t> rows_;
};

RepetitionFinder::Statement statement_of(const Execution& execution,
                                         const Workload& workload,
                                         const Kinds& kinds) {
  const std::string_view text = workload.steps()[execution.step].text;
  return {.kind = kinds.of(execution.step),
          .gives_one_row = execution.is_query && execution.rows <= 1 &&
                           execution.outcome == Execution::Outcome::ok,
          .text = std::hash<std::string_view>()(text),
          .duration = execution.duration(),
          .place = execution.step};
}

void add(ThreadLog::PoolUse& sum, const ThreadLog::PoolUse& use) {
  sum.checkouts += use.checkouts;
  sum.failed_checkouts += use.failed_checkouts;
  sum.connects += use.connects;
  sum.waits += use.waits;
  sum.checkout_time += use.checkout_time;
  sum.connect_time += use.connect_time;
  sum.longest_wait = std::max(sum.longest_wait, use.longest_wait);
}

/// Takes what one thread did into a summary.
class Collector {
 public:
  Collector(const Workload& workload, const Kinds& kinds, Summary& summary, Tally& tally)
      : workload_(workload), kinds_(kinds), summary_(summary), tally_(tally) {}

  void collect(std::size_t thread, const ThreadLog& log) {
    for (const Execution& execution : log.executions) note(thread, execution);
    for (const ThreadLog::Failure& failure : log.failures) {
      summary_.failures.push_back(
          {{thread, log.executions[failure.execution]}, failure.message});
    }
    for (std::size_t i = 0; i < log.passes.size(); ++i) {
      const std::size_t begin = log.passes[i];
      const std::size_t end =
          i + 1 < log.passes.size() ? log.passes[i + 1] : log.executions.size();
      collect_pass(thread, std::span(log.executions).subspan(begin, end - begin));
    }
    add(summary_.pool, log.pool);
  }

  std::vector<RepeatedQuery> repeated() const {
    std::vector<RepeatedQuery> made;
    for (const auto& [kind, query] : repeated_) made.push_back(query);
    std::stable_sort(made.begin(), made.end(), [](const auto& one, const auto& other) {
      return one.executions > other.executions;
    });
    return made;
  }

 private:
  void note(std::size_t thread, const Execution& execution) {
    ++summary_.executions;
    summary_.rows += execution.rows;
    summary_.statement_time += execution.duration();
    summary_.slowest.push_back({thread, execution});
    if (execution.outcome == Execution::Outcome::interrupted)
      summary_.interrupted.push_back({thread, execution});
    tally_.note(kinds_.of(execution.step), execution);
  }

  /// What one connection executed.
  void collect_pass(std::size_t thread, std::span<const Execution> executions) {
    TransactionLog transactions;
    for (const Execution& execution : executions)
      transactions.note(execution, workload_.steps()[execution.step].text);
    transactions.finish(executions.empty() ? 0 : executions.back().end);
    for (const ScriptTransaction& transaction : transactions.transactions())
      summary_.transactions.push_back({thread, transaction});
    summary_.autocommitted += transactions.autocommitted();

    for (const RepeatedQuery& query : repeated_queries(executions, workload_, kinds_)) {
      const auto [found, is_new] = repeated_.try_emplace(query.kind, query);
      if (is_new) continue;
      found->second.runs += query.runs;
      found->second.executions += query.executions;
      found->second.total += query.total;
    }
  }

  const Workload& workload_;
  const Kinds& kinds_;
  Summary& summary_;
  Tally& tally_;
  std::map<std::uint32_t, RepeatedQuery> repeated_;
};

}  // namespace

std::vector<RepeatedQuery> repeated_queries(std::span<const Execution> executions,
                                            const Workload& workload,
                                            const Kinds& kinds) {
  RepetitionFinder finder;
  for (const Execution& execution : executions)
    finder.note(statement_of(execution, workload, kinds));
  std::vector<RepeatedQuery> made;
  for (const Repetition& repetition : finder.finish()) {
    made.push_back({.kind = repetition.kind,
                    .runs = repetition.runs,
                    .executions = repetition.executions,
                    .total = repetition.total,
                    .first_step = static_cast<std::uint32_t>(repetition.first)});
  }
  return made;
}

Summary summarize(const Workload& workload,
                  const Kinds& kinds,
                  const std::deque<Recorder>& recorders,
                  std::size_t slowest) {
  Summary summary;
  Tally tally(kinds.size());
  Collector collector(workload, kinds, summary, tally);
  for (std::size_t thread = 0; thread < recorders.size(); ++thread)
    collector.collect(thread, recorders[thread].log());
  summary.kinds = tally.finish();
  summary.repeated = collector.repeated();

  const auto is_slower = [](const Summary::Place& one, const Summary::Place& other) {
    return one.execution.duration() > other.execution.duration();
  };
  const std::size_t kept = std::min(slowest, summary.slowest.size());
  std::partial_sort(summary.slowest.begin(),
                    summary.slowest.begin() + static_cast<std::ptrdiff_t>(kept),
                    summary.slowest.end(),
                    is_slower);
  summary.slowest.resize(kept);
  return summary;
}

}  // namespace hark::cli
