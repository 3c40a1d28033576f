// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/kinds.hpp"

#include <unordered_map>

#include "cli/fingerprint.hpp"

namespace hark::cli {

Kinds::Kinds(const Workload& workload) {
  std::unordered_map<std::string, std::uint32_t> by_fingerprint;
  of_step_.reserve(workload.steps().size());
  for (const Step& step : workload.steps()) {
    const auto [found, is_new] = by_fingerprint.try_emplace(
        fingerprint(step.text, Case::folded), static_cast<std::uint32_t>(firsts_.size()));
    if (is_new) firsts_.push_back(step.text);
    of_step_.push_back(found->second);
  }
}

std::string Kinds::name(std::uint32_t kind) const { return fingerprint(firsts_[kind]); }

}  // namespace hark::cli
