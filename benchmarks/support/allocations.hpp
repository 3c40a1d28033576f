// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace bench {

/// What this thread asked of operator new; the program's is one that counts.
struct Allocations {
  std::size_t count = 0;
  std::size_t bytes = 0;

  friend Allocations operator-(Allocations now, Allocations before) noexcept {
    return {now.count - before.count, now.bytes - before.bytes};
  }
};

/// Since the thread began.
Allocations allocations() noexcept;

}  // namespace bench
