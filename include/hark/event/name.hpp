// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <string_view>

namespace hark::event {

/// An event's name as a template argument: `signal<"checkout", void(Connection&)>`.
template <std::size_t N>
struct name {
  char text[N]{};

  consteval name(const char (&literal)[N]) {  // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }

  constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

}  // namespace hark::event
