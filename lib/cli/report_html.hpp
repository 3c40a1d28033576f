// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hark::cli {

/// What is written into a page as it is: a literal of this program, and nothing else.
struct Markup {
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval Markup(const char (&literal)[N]) : text(literal, N - 1) {}
  std::string_view text;
};

/// What is written so that it shows as itself, in an element or a quoted attribute.
struct Text {
  explicit Text(std::string_view shown) : text(shown) {}
  std::string_view text;
};

/// JSON, written so that it ends no script element.
struct JsonText {
  explicit JsonText(std::string_view json) : text(json) {}
  std::string_view text;
};

/// A page that is being written: what is not of this program cannot become markup.
///
///     page << "<p title=\"" << Text(name) << "\">" << Text(message) << "</p>";
class Html {
 public:
  Html& operator<<(Markup markup) {
    page_ += markup.text;
    return *this;
  }
  Html& operator<<(Text text);
  Html& operator<<(JsonText json);
  Html& operator<<(std::int64_t number) {
    page_ += std::to_string(number);
    return *this;
  }
  Html& operator<<(std::uint64_t number) {
    page_ += std::to_string(number);
    return *this;
  }

  /// The page. Nothing is left.
  std::string take() { return std::move(page_); }

 private:
  std::string page_;
};

}  // namespace hark::cli
