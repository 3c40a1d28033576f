// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hark::cli {

/// Nanoseconds since the trace began.
using Moment = std::int64_t;

/// One execution of a step of a workload.
struct Execution {
  enum class Outcome : std::uint8_t { ok, failed, interrupted };

  std::uint32_t step = 0;
  Outcome outcome = Outcome::ok;
  bool is_query = false;   ///< does it return rows?
  std::uint64_t rows = 0;  ///< fetched, or changed
  Moment begin = 0;
  Moment end = 0;  ///< when its last row was fetched

  Moment duration() const noexcept { return end - begin; }
};

/// What one thread has executed, in order.
struct ThreadLog {
  /// Why an execution failed.
  struct Failure {
    std::size_t execution;  ///< which of `executions`
    std::string message;
  };
  /// How often a connection was lent, opened, waited for; all times in nanoseconds.
  struct PoolUse {
    std::uint64_t checkouts = 0;
    std::uint64_t failed_checkouts = 0;
    std::uint64_t connects = 0;
    std::uint64_t waits = 0;
    Moment checkout_time = 0;
    Moment connect_time = 0;
    Moment longest_wait = 0;
  };

  std::vector<Execution> executions{};
  std::vector<Failure> failures{};
  /// Where a pass over the workload begins: an index into executions.
  std::vector<std::size_t> passes{};
  PoolUse pool{};
};

}  // namespace hark::cli
