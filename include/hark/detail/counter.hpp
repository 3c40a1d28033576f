// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <atomic>
#include <cstdint>

namespace hark::detail {

/// Gives numbers that are unique and grow: 1, 2, 3, …
///
/// Thread safety: shared objects safe.
class Counter {
 public:
  constexpr Counter() noexcept = default;

  std::uint64_t next() noexcept {
    return last_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

 private:
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace hark::detail
