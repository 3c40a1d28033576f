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
#include "cli/percentile.hpp"
#include "cli/trace.hpp"
#include "cli/transactions.hpp"
#include "cli/workload.hpp"

namespace hark::cli {

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

/// What a RepetitionFinder finds in what one connection executed; it tells queries of one
/// kind apart by their texts.
std::vector<RepeatedQuery> repeated_queries(std::span<const Execution> executions,
                                            const Workload& workload,
                                            const Kinds& kinds);

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
