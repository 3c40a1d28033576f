// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/repetition.hpp"

namespace hark::cli {

void RepetitionFinder::note(const Statement& statement) {
  const std::uint64_t number = count_++;
  const auto found = runs_.find(statement.kind);
  if (found != runs_.end() &&
      (!statement.gives_one_row || number - found->second.last > widest_gap + 1)) {
    end(statement.kind, found->second);
    runs_.erase(found);
  }
  if (!statement.gives_one_row) return;
  Run& run = runs_[statement.kind];
  if (run.count == 0) {
    run.first = statement.place;
  } else if (statement.text != run.last_text) {
    ++run.changes;
  }
  ++run.count;
  run.last = number;
  run.last_text = statement.text;
  run.total += statement.duration;
}

std::vector<Repetition> RepetitionFinder::finish() {
  for (const auto& [kind, run] : runs_) end(kind, run);
  runs_.clear();
  std::vector<Repetition> made;
  for (const auto& [kind, repetition] : found_) made.push_back(repetition);
  return made;
}

void RepetitionFinder::end(std::uint32_t kind, const Run& run) {
  if (run.count < shortest_run || run.changes * 2 < run.count - 1) return;
  Repetition& repetition = found_[kind];
  if (repetition.runs == 0) repetition.first = run.first;
  repetition.kind = kind;
  ++repetition.runs;
  repetition.executions += run.count;
  repetition.total += run.total;
}

}  // namespace hark::cli
