// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/workload.hpp"

#include <utility>

namespace hark::cli {

void Workload::add(const std::string& name, std::string text) {
  const auto number = static_cast<std::uint32_t>(scripts_.size());
  try {
    scripts_.emplace_back(name, std::move(text), shell_);
  } catch (const ScriptError& error) {
    throw ScriptError(to_string(name, error.place()) + ": " + error.what(),
                      error.place());
  }
  const auto& statements = scripts_.back().statements();
  steps_.reserve(steps_.size() + statements.size());
  for (const Statement& statement : statements) {
    steps_.push_back(
        {.text = statement.text, .place = statement.place, .script = number});
  }
}

std::string Workload::place_of(const Step& step) const {
  return to_string(scripts_[step.script].name(), step.place);
}

}  // namespace hark::cli
