// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "cli/execution.hpp"

namespace hark::cli {

/// The least of some durations that is no smaller than the given share of them.
///
/// Requires: they are in ascending order, there is one at least, and 0 < share <= 1.
inline Moment percentile(std::span<const Moment> ascending, double share) noexcept {
  const auto count = static_cast<double>(ascending.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share * count));
  return ascending[std::clamp<std::size_t>(rank, 1, ascending.size()) - 1];
}

}  // namespace hark::cli
