// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/act.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "support/clock.hpp"
#include "support/instructions.hpp"
#include "support/mallocs.hpp"

namespace bench {

Act& Lazy::get() {
  if (!act_) {
    act_ = make_();
    check();
  }
  return *act_;
}

void Lazy::check() {
  for (std::size_t turn = 0; turn < expected_.turns; ++turn) {
    if (act_->run(turn) != expected_.answer(turn)) {
      act_.reset();
      throw std::runtime_error("a wrong answer");
    }
    if (act_->most_turns == 1) act_->undo();
  }
  if (act_->undo) act_->undo();
}

void measure(benchmark::State& state, Act& act) {
  std::size_t turn = 0;
  const std::size_t before = mallocs();
  for (auto _ : state) {
    benchmark::DoNotOptimize(act.run(turn));
    if (++turn == act.most_turns) {
      state.PauseTiming();
      act.undo();
      turn = 0;
      state.ResumeTiming();
    }
  }
  state.counters["mallocs"] = benchmark::Counter(static_cast<double>(mallocs() - before),
                                                 benchmark::Counter::kAvgIterations);
  if (act.undo) act.undo();
}

namespace {

/// Nanoseconds for some turns.
double time_of(Act& act, std::size_t first, std::size_t turns) {
  if (first == 0 && act.undo) act.undo();
  const double began = cpu_now();
  for (std::size_t i = 0; i < turns; ++i) benchmark::DoNotOptimize(act.run(first + i));
  return cpu_now() - began;
}

}  // namespace

void race(benchmark::State& state, Act& act, Act& other) {
  constexpr std::size_t turns = 200;  // what takes a millisecond or less
  constexpr std::size_t races = 1000;
  std::vector<double> ratios;
  for (auto _ : state) {
    for (std::size_t i = 0; i < races; ++i) {
      const std::size_t first =
          act.most_turns == 0 ? i * turns : i * turns % act.most_turns;
      double own = 0;
      if (i % 2 == 0) own = time_of(act, first, turns);
      const double others = time_of(other, first, turns);
      if (i % 2 != 0) own = time_of(act, first, turns);
      ratios.push_back(own / others);
    }
  }
  state.counters["ratio"] = median(std::move(ratios));
  if (act.undo) act.undo();
  if (other.undo) other.undo();
}

void count(benchmark::State& state, Act& act) {
  // As many as it takes to have one note in five missing; each step takes its time.
  constexpr std::size_t turns = 5;
  std::size_t instructions = 0;
  for (auto _ : state) {
    instructions = count_instructions(
        [&act, turn = std::size_t{0}](std::size_t times) mutable {
          for (std::size_t i = 0; i < times; ++i) act.run(turn++);
        },
        turns);
  }
  state.counters["instructions"] =
      static_cast<double>(instructions) / static_cast<double>(turns);
}

}  // namespace bench
