// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report_html.hpp"

namespace hark::cli {
namespace {

/// What stands for a byte of a text; empty: the byte itself.
std::string_view reference_of(char c) noexcept {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\t':
    case '\n':
      return {};
    case '\r':
      return "\n";  // a page knows no other line's end
    default:
      break;
  }
  const bool is_control = static_cast<unsigned char>(c) < 0x20U || c == '\x7F';
  return is_control ? "�" : std::string_view();
}

std::string_view escape_of(char c) noexcept {
  switch (c) {
    case '<':
      return "\\u003c";
    case '>':
      return "\\u003e";
    case '&':
      return "\\u0026";
    default:
      return {};
  }
}

template <class Replacement>
void append(std::string& page, std::string_view text, Replacement replacement) {
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view other = replacement(text[i]);
    if (other.empty()) continue;
    page += text.substr(copied, i - copied);
    page += other;
    copied = i + 1;
  }
  page += text.substr(copied);
}

}  // namespace

Html& Html::operator<<(Text text) {
  append(page_, text.text, reference_of);
  return *this;
}

Html& Html::operator<<(JsonText json) {
  append(page_, json.text, escape_of);
  return *this;
}

}  // namespace hark::cli
