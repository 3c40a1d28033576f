// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/summary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

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

/// A series of executions of one kind, close together.
struct Run {
  std::size_t last = 0;  // the number of its last execution
  std::uint32_t first_step = 0;
  std::string_view last_text{};
  std::uint64_t count = 0;
  std::uint64_t changes = 0;  // of the text, from one to the next
  Moment total = 0;
};

class RunFinder {
 public:
  RunFinder(const Workload& workload, const Kinds& kinds)
      : workload_(workload), kinds_(kinds) {}

  void note(std::size_t number, const Execution& execution) {
    const std::uint32_t kind = kinds_.of(execution.step);
    const std::string_view text = workload_.steps()[execution.step].text;
    const bool may_repeat = execution.is_query && execution.rows <= 1 &&
                            execution.outcome == Execution::Outcome::ok;
    const auto found = runs_.find(kind);
    if (found != runs_.end() &&
        (!may_repeat || number - found->second.last > widest_gap + 1)) {
      end(kind, found->second);
      runs_.erase(found);
    }
    if (!may_repeat) return;
    Run& run = runs_[kind];
    if (run.count == 0) {
      run.first_step = execution.step;
    } else if (text != run.last_text) {
      ++run.changes;
    }
    ++run.count;
    run.last = number;
    run.last_text = text;
    run.total += execution.duration();
  }

  std::vector<RepeatedQuery> finish() {
    for (const auto& [kind, run] : runs_) end(kind, run);
    std::vector<RepeatedQuery> made;
    for (const auto& [kind, query] : found_) made.push_back(query);
    return made;
  }

 private:
  void end(std::uint32_t kind, const Run& run) {
    if (run.count < shortest_run || run.changes * 2 < run.count - 1) return;
    RepeatedQuery& query = found_[kind];
    if (query.runs == 0) query.first_step = run.first_step;
    query.kind = kind;
    ++query.runs;
    query.executions += run.count;
    query.total += run.total;
  }

  const Workload& workload_;
  const Kinds& kinds_;
  std::map<std::uint32_t, Run> runs_;
  std::map<std::uint32_t, RepeatedQuery> found_;
};

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

Moment percentile(std::span<const Moment> ascending, double share) noexcept {
  const auto count = static_cast<double>(ascending.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share * count));
  return ascending[std::clamp<std::size_t>(rank, 1, ascending.size()) - 1];
}

std::vector<RepeatedQuery> repeated_queries(std::span<const Execution> executions,
                                            const Workload& workload,
                                            const Kinds& kinds) {
  RunFinder finder(workload, kinds);
  for (std::size_t i = 0; i < executions.size(); ++i) finder.note(i, executions[i]);
  return finder.finish();
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
