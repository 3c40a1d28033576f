// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

/// What drivers have to know of a statement's text.
namespace hark::detail {

/// Whose comments and placeholders a text has.
enum class Syntax : std::uint8_t {
  mysql,       ///< `#` and `-- ` to the end of the line; `/*! … */` is no comment; `?`
  postgresql,  ///< comments nest; `$1`
  sqlite       ///< empty statements in front are blank; `?`
};

/// Without the white space and comments in front.
std::string_view skip_blank(std::string_view sql, Syntax syntax) noexcept;

/// Is its first word one of these, which are in capitals?
bool begins_with_any(std::string_view sql,
                     Syntax syntax,
                     std::initializer_list<std::string_view> words) noexcept;

/// Are its first words these, which are in capitals?
bool begins_with_words(std::string_view sql,
                       Syntax syntax,
                       std::initializer_list<std::string_view> words) noexcept;

/// `… VALUES (?, …)`, of which the last parentheses have all `width` parameters and
/// nothing else, with these parentheses `times` times; empty for any other statement. Whether
/// it is an INSERT is the caller's to know.
std::string insert_of_many_rows(std::string_view sql,
                                Syntax syntax,
                                std::size_t width,
                                std::size_t times);

}  // namespace hark::detail
