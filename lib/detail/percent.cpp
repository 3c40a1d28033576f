// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "detail/percent.hpp"

namespace hark::detail {
namespace {

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string percent_encoded(std::string_view plain, std::string_view kept) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  text.reserve(plain.size());
  for (const char c : plain) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += '%';
      text += digits[byte >> 4U];
      text += digits[byte & 15U];
    }
  }
  return text;
}

}  // namespace hark::detail
