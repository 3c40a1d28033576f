// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hark::audit {
namespace {

/// Of the bytes that a character of UTF-8 begins with. What a terminal would obey is none.
std::size_t length_of_character(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  const bool is_control =
      first < ' ' || first == 0x7F ||
      (first == 0xC2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0);
  if (is_control || length > text.size()) return 0;
  const bool is_whole = std::all_of(
      text.begin() + 1,
      text.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(length, 1)),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
  return is_whole ? length : 0;
}

bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string on_one_line(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (!is_blank(c)) {
      made += c;
    } else if (!made.empty() && made.back() != ' ') {
      made += ' ';
    }
  }
  return made;
}

std::string shown(std::string_view text, std::size_t most) {
  std::string made;
  for (std::size_t characters = 0; !text.empty(); ++characters) {
    if (characters == most) return made += "…";
    const std::size_t length = length_of_character(text);
    made += length == 0 ? "\uFFFD" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return made;
}

std::string duration_text(std::chrono::nanoseconds duration) {
  constexpr std::array<std::string_view, 4> units{"ns", "µs", "ms", "s"};
  auto amount = static_cast<double>(duration.count());
  std::size_t unit = 0;
  for (; amount >= 999.5 && unit + 1 < units.size(); ++unit) amount /= 1000;
  const int digits = unit == 0 || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", amount, digits, units.at(unit));
}

}  // namespace hark::audit
