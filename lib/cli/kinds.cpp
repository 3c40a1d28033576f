// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/kinds.hpp"

#include <unordered_map>
#include <utility>

#include "audit/fingerprint.hpp"
#include "audit/lexer.hpp"

namespace hark::cli {

using audit::fingerprint;
using audit::to_folded;

Kinds::Kinds(const Workload& workload) {
  std::unordered_map<std::string, std::uint32_t> by_fingerprint;
  of_step_.reserve(workload.steps().size());
  for (const Step& step : workload.steps()) {
    std::string name = fingerprint(step.text);
    const auto [found, is_new] = by_fingerprint.try_emplace(
        to_folded(name), static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(std::move(name));
    of_step_.push_back(found->second);
  }
}

}  // namespace hark::cli
