// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "cli/execution.hpp"

namespace hark::cli {

/// Executions of one kind of query that follow each other closely, for another row each
/// time: what a program does that asks for each row of a list by itself ("N+1").
struct Repetition {
  std::uint32_t kind = 0;
  std::uint64_t runs = 0;
  std::uint64_t executions = 0;  ///< in all runs
  Moment total = 0;
  std::uint64_t first = 0;  ///< the place of the first execution
};

inline constexpr std::uint64_t shortest_run = 10;
inline constexpr std::size_t widest_gap = 3;

/// Finds the runs of repeated queries in what is executed one after the other. A run has at
/// least `shortest_run` executions with at most `widest_gap` other statements between two,
/// each with a row at most, and at least half of them with another text or other
/// parameters than the one before.
class RepetitionFinder {
 public:
  struct Statement {
    std::uint32_t kind = 0;
    bool gives_one_row = false;  ///< a query that succeeded, with a row at most
    std::uint64_t text = 0;      ///< a hash of what sets it apart from its kind
    Moment duration = 0;
    std::uint64_t place = 0;  ///< the caller's
  };

  void note(const Statement& statement);
  /// Kind by kind.
  std::vector<Repetition> finish();

 private:
  struct Run {
    std::uint64_t last = 0;  // the number of its last execution
    std::uint64_t first = 0;
    std::uint64_t last_text = 0;
    std::uint64_t count = 0;
    std::uint64_t changes = 0;  // of the text, from one to the next
    Moment total = 0;
  };

  void end(std::uint32_t kind, const Run& run);

  std::uint64_t count_ = 0;
  std::map<std::uint32_t, Run> runs_;
  std::map<std::uint32_t, Repetition> found_;
};

}  // namespace hark::cli
