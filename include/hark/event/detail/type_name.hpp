// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string_view>

namespace hark::event::detail {

/// T's name without its namespaces, for messages: "Engine".
template <class T>
constexpr std::string_view type_name() noexcept {
  std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("T = ") + 4;
  text = text.substr(begin, text.find_first_of(";]", begin) - begin);
  std::size_t depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '(') ++depth;
    if (text[i] == '>' || text[i] == ')') --depth;
    if (text[i] == ':' && depth == 0) start = i + 1;
  }
  return text.substr(start);
}

/// An address that stands for T.
template <class T>
inline constexpr char type_tag = 0;

}  // namespace hark::event::detail
