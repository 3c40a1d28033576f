// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <benchmark/benchmark.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

#include "audit/benchmarks.hpp"
#include "audit/work.hpp"
#include "engine/tracks.hpp"
#include "support/clock.hpp"
#include "support/mallocs.hpp"

namespace bench {
namespace {

/// So many at a time find room in a handler's queue, which is emptied meanwhile on another
/// core, and waited for in between.
constexpr std::size_t at_a_time = 100;
constexpr int warm_ups = 10;

/// Each by itself: what it took, and how often it asked for memory.
struct Costs {
  std::vector<double> nanoseconds = std::vector<double>(at_a_time);
  std::vector<double> mallocs = std::vector<double>(at_a_time);

  void of_next(Subject& subject) {
    for (std::size_t i = 0; i < at_a_time; ++i, ++turn) {
      const std::size_t asked = bench::mallocs();
      const double begin = wall_now();
      benchmark::DoNotOptimize(subject.run(turn));
      nanoseconds[i] = wall_now() - begin;
      mallocs[i] = static_cast<double>(bench::mallocs() - asked);
    }
    subject.settle();
  }

  std::size_t turn = 0;
};

void check_answers(Subject& subject) {
  for (std::size_t turn = 0; turn < statement_count; ++turn)
    if (subject.run(turn) != sum_of(track_of(id_in_turn(turn))))
      throw std::runtime_error("a wrong answer");
  subject.settle();
}

/// The median over statements.
void measure(benchmark::State& state, Work work, Audience audience) {
  Subject subject(work, audience);
  check_answers(subject);
  Costs costs;
  for (int i = 0; i < warm_ups; ++i) costs.of_next(subject);
  for (auto _ : state) {
    costs.of_next(subject);
    state.SetIterationTime(median(costs.nanoseconds) * 1e-9);
  }
  state.counters["mallocs"] = median(costs.mallocs);
  subject.check();
}

void add(Row& row, const char* who, Work work, Audience audience) {
  row.by(who,
         [work, audience](benchmark::State& state) {
           try {
             measure(state, work, audience);
           } catch (const std::exception& error) {
             state.SkipWithError(error.what());
           }
         })
      ->UseManualTime()
      ->Iterations(100);
}

void add_all(Row& row, Work work) {
  add(row, "nobody", work, Audience::nobody);
  add(row, "listeners", work, Audience::listeners);
  add(row, "handler", work, Audience::handler);
  add(row, "two_handlers", work, Audience::two_handlers);
}

}  // namespace

void add_audit_rows(Rows& rows) {
  add_all(
      rows.add("find", "statement", "a track by its id, on a connection that is held"),
      Work::statement);
  add_all(rows.add("find", "pooled", "the same with a checkout and a request each time"),
          Work::pooled);
}

}  // namespace bench
