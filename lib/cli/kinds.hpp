// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/workload.hpp"

namespace hark::cli {

/// The kinds of statements of a workload: those of one kind have one fingerprint.
///
/// Thread safety: shared objects safe.
class Kinds {
 public:
  explicit Kinds(const Workload& workload);

  std::size_t size() const noexcept { return names_.size(); }
  /// The kind of a step, which is given by its number; from 0.
  std::uint32_t of(std::uint32_t step) const noexcept { return of_step_[step]; }
  /// What the statements of a kind have in common, for people.
  const std::string& name(std::uint32_t kind) const noexcept { return names_[kind]; }

 private:
  std::vector<std::uint32_t> of_step_;
  std::vector<std::string> names_;
};

}  // namespace hark::cli
