// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/execution.hpp"
#include "cli/kinds.hpp"
#include "cli/trace.hpp"
#include "cli/transactions.hpp"
#include "cli/workload.hpp"

namespace hark::cli {

/// The least of some durations that is no smaller than the given share of them.
///
/// Requires: they are in ascending order, there is one at least, and 0 < share <= 1.
Moment percentile(std::span<const Moment> ascending, double share) noexcept;

/// The executions of the statements of one kind.
struct KindSummary {
  std::uint32_t kind = 0;
  std::uint64_t count = 0;
  std::uint64_t failures = 0;
  std::uint64_t rows = 0;
  Moment total = 0;
  Moment mean = 0;
  Moment p50 = 0;
  Moment p95 = 0;
  Moment max = 0;
};

/// Queries of one kind that were executed again and again, for another row each time: what
/// a program does that asks for each row of a list by itself ("N+1").
struct RepeatedQuery {
  std::uint32_t kind = 0;
  std::uint64_t runs = 0;
  std::uint64_t executions = 0;  ///< in all runs
  Moment total = 0;
  std::uint32_t first_step = 0;
};

/// Finds the runs of repeated queries in what one connection executed. A run has at least
/// `shortest_run` executions with at most `widest_gap` other statements between two, each
/// with a row at most, and at least half of them with another text than the one before.
std::vector<RepeatedQuery> repeated_queries(std::span<const Execution> executions,
                                            const Workload& workload,
                                            const Kinds& kinds);
inline constexpr std::uint64_t shortest_run = 10;
inline constexpr std::size_t widest_gap = 3;

/// What came of a trace.
struct Summary {
  struct Place {
    std::size_t thread;  ///< from 1
    Execution execution;
  };
  struct Failed {
    Place place;
    std::string message;
  };
  struct Ended {
    std::size_t thread;  ///< from 1
    ScriptTransaction transaction;
  };

  std::uint64_t executions = 0;
  std::uint64_t rows = 0;
  Moment statement_time = 0;            ///< of all threads
  std::vector<KindSummary> kinds;       ///< the dearest first
  std::vector<Place> slowest;           ///< the slowest first
  std::vector<Failed> failures;         ///< thread by thread, in order
  std::vector<Place> interrupted;       ///< statements that were under way
  std::vector<Ended> transactions;      ///< thread by thread, in order
  std::uint64_t autocommitted = 0;      ///< statements outside of transactions
  std::vector<RepeatedQuery> repeated;  ///< those with most executions first
  ThreadLog::PoolUse pool;
};

/// `slowest`: how many statements Summary::slowest has at most.
Summary summarize(const Workload& workload,
                  const Kinds& kinds,
                  const std::deque<Recorder>& recorders,
                  std::size_t slowest);

}  // namespace hark::cli
