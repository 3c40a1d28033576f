// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/act.hpp"

#include <stdexcept>

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
