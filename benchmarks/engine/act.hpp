// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "support/rows.hpp"

/// Work that is measured, and how that is done.
namespace bench {

/// Work, ready to be done.
struct Act {
  /// Does it once; `turn` counts up from 0. Answers with the sum of the tracks that it
  /// read, or with how many it wrote.
  std::function<std::uint64_t(std::size_t turn)> run;
  /// Undoes all that was done, so that turns begin at 0 again; empty: no need.
  std::function<void()> undo{};
  std::size_t most_turns = 0;  ///< before all must be undone; 0: any number
};

/// What an Act must answer in that turn, and in how many turns that is checked.
struct Expected {
  std::uint64_t (*answer)(std::size_t turn);
  std::size_t turns;
};

/// An Act that is made, and checked, when it is wanted for the first time.
class Lazy {
 public:
  Lazy(std::function<Act()> make, const Expected& expected)
      : make_(std::move(make)), expected_(expected) {}

  /// Throws: what making it throws; std::runtime_error for a wrong answer.
  Act& get();

 private:
  void check();

  std::function<Act()> make_;
  Expected expected_;
  std::optional<Act> act_;
};

/// Has an Act done as often as the benchmark wants it; counts allocations, too.
void measure(benchmark::State& state, Act& act);

/// Counts the instructions of an Act, one by one.
void count(benchmark::State& state, Act& act);

/// Has two Acts done in turn, and tells how many times as long the first one takes: the
/// median of many short races, as what disturbs the machine meanwhile disturbs both.
void race(benchmark::State& state, Act& act, Act& other);

/// Adds `who` to a row; what it throws is the row's error.
template <class Measure>
benchmark::internal::Benchmark* add(Row& row,
                                    const std::string& who,
                                    const std::shared_ptr<Lazy>& act,
                                    Measure measure_act) {
  return row.by(who, [act, measure_act](benchmark::State& state) {
    try {
      measure_act(state, act->get());
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
    }
  });
}

}  // namespace bench
