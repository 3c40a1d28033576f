// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <string_view>

namespace hark::detail {

/// Are they equal? For names: a few characters are compared here sooner than memcmp() is
/// called.
constexpr bool is_same_name(std::string_view one, std::string_view other) noexcept {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i] != other[i]) return false;
  }
  return true;
}

}  // namespace hark::detail
