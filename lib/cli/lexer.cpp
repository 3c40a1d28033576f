// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/lexer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hark::cli {
namespace {

using Kind = Token::Kind;

constexpr std::string_view blanks = " \t\r\n\f";

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// May it stand inside a name? All that is not ASCII may.
constexpr std::array<bool, 256> name_chars = [] {
  std::array<bool, 256> made{};
  for (std::size_t i = 0; i < made.size(); ++i) {
    const char c = folded(static_cast<char>(i));
    made[i] = (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '$' || i >= 0x80;
  }
  return made;
}();

std::size_t end_of_name(std::string_view text, std::size_t from) noexcept {
  while (from < text.size() && cli::is_name_char(text[from])) ++from;
  return from;
}

Token token(Kind kind, std::string_view text, std::size_t length) noexcept {
  return {.kind = kind, .text = text.substr(0, length)};
}

/// Up to and with `end`, which is looked for behind the first `skip` characters.
Token enclosed(Kind kind,
               std::string_view text,
               std::size_t skip,
               std::string_view end) noexcept {
  const std::size_t found = text.find(end, skip);
  if (found == std::string_view::npos)
    return {.kind = kind, .is_closed = false, .text = text};
  return token(kind, text, found + end.size());
}

/// A quote inside is written twice.
Token quoted(Kind kind, std::string_view text, std::size_t opening) noexcept {
  const std::string_view quote = text.substr(opening, 1);
  std::size_t end = opening + 1;
  for (;;) {
    end = text.find(quote, end);
    if (end == std::string_view::npos)
      return {.kind = kind, .is_closed = false, .text = text};
    ++end;
    if (end == text.size() || text[end] != quote[0]) return token(kind, text, end);
    ++end;
  }
}

Token number(std::string_view text) noexcept {
  std::size_t end = 0;
  for (;;) {
    end = end_of_name(text, end);
    const bool is_exponent = end > 0 && folded(text[end - 1]) == 'e' &&
                             end + 1 < text.size() &&
                             (text[end] == '-' || text[end] == '+') &&
                             is_digit(text[end + 1]) && !text.starts_with("0x");
    if (end == text.size() || (text[end] != '.' && !is_exponent)) break;
    ++end;
  }
  return token(Kind::number, text, end);
}

Token comment_to_end_of_line(std::string_view text) noexcept {
  return token(Kind::comment, text, std::min(text.find('\n'), text.size()));
}

Token parameter_or_symbol(std::string_view text) noexcept {
  const std::size_t end = end_of_name(text, 1);
  return token(end > 1 || text[0] == '?' ? Kind::parameter : Kind::symbol, text, end);
}

/// `'a\'b'`.
Token escaped(std::string_view text) noexcept {
  const char quote = text[0];
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (at + 1 == text.size() || text[at + 1] != quote)
        return token(Kind::string, text, at + 1);
      ++at;
    }
  }
  return {.kind = Kind::string, .is_closed = false, .text = text};
}

/// A comment in which others may stand.
Token nested_comment(std::string_view text) noexcept {
  std::size_t depth = 0;
  for (std::size_t at = 0; at + 1 < text.size();) {
    const std::string_view pair = text.substr(at, 2);
    if (pair == "/*") ++depth;
    if (pair == "*/" && --depth == 0) return token(Kind::comment, text, at + 2);
    at += pair == "/*" || pair == "*/" ? 2 : 1;
  }
  return {.kind = Kind::comment, .is_closed = false, .text = text};
}

/// `$$a$$`, `$tag$a$tag$`; or else a parameter.
Token dollar(std::string_view text) noexcept {
  std::size_t end = 1;
  while (end < text.size() && text[end] != '$' && cli::is_name_char(text[end])) ++end;
  const bool is_string =
      end < text.size() && text[end] == '$' && (end == 1 || !is_digit(text[1]));
  if (!is_string) return parameter_or_symbol(text);
  return enclosed(Kind::string, text, end + 1, text.substr(0, end + 1));
}

}  // namespace

bool is_name_char(char c) noexcept { return name_chars[static_cast<unsigned char>(c)]; }

Token first_postgresql_token(std::string_view text, bool is_escaped) noexcept {
  switch (text[0]) {
    case '\'':
      return is_escaped ? escaped(text) : quoted(Kind::string, text, 0);
    case '$':
      return dollar(text);
    case '/':
      return text.starts_with("/*") ? nested_comment(text) : token(Kind::symbol, text, 1);
    case '[':
    case '`':
      return token(Kind::symbol, text, 1);
    default:
      return first_token(text);
  }
}

Token first_mysql_token(std::string_view text) noexcept {
  switch (text[0]) {
    case '\'':
    case '"':
      return escaped(text);
    case '#':
      return comment_to_end_of_line(text);
    case '-': {
      const bool is_comment = text.starts_with("--") &&
                              (text.size() == 2 || blanks.find(text[2]) != blanks.npos);
      return is_comment ? comment_to_end_of_line(text) : token(Kind::symbol, text, 1);
    }
    case '/':
      // What some versions run is no comment.
      if (text.starts_with("/*!") || text.starts_with("/*M!"))
        return enclosed(Kind::symbol, text, 3, "*/");
      return first_token(text);
    case '[':
      return token(Kind::symbol, text, 1);
    default:
      return first_token(text);
  }
}

Token first_token(std::string_view text) noexcept {
  const char second = text.size() > 1 ? text[1] : '\0';
  switch (text[0]) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '\f':
      return token(
          Kind::blank, text, std::min(text.find_first_not_of(blanks), text.size()));
    case ';':
      return token(Kind::semicolon, text, 1);
    case '\'':
      return quoted(Kind::string, text, 0);
    case '"':
    case '`':
      return quoted(Kind::identifier, text, 0);
    case '[':
      return enclosed(Kind::identifier, text, 1, "]");
    case '-':
      return second == '-' ? comment_to_end_of_line(text) : token(Kind::symbol, text, 1);
    case '/':
      return second == '*' ? enclosed(Kind::comment, text, 2, "*/")
                           : token(Kind::symbol, text, 1);
    case '?':
    case ':':
    case '@':
    case '$':
      return parameter_or_symbol(text);
    case '.':
      return is_digit(second) ? number(text) : token(Kind::symbol, text, 1);
    case 'x':
    case 'X':
      if (second == '\'') return quoted(Kind::string, text, 1);
      break;
    default:
      break;
  }
  if (is_digit(text[0])) return number(text);
  const std::size_t end = end_of_name(text, 0);
  return end > 0 ? token(Kind::word, text, end) : token(Kind::symbol, text, 1);
}

std::size_t name_length(std::string_view text) noexcept { return end_of_name(text, 0); }

bool equal_folded(std::string_view one, std::string_view other) noexcept {
  return std::equal(
      one.begin(), one.end(), other.begin(), other.end(), [](char a, char b) {
        return folded(a) == folded(b);
      });
}

std::string to_folded(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), folded);
  return made;
}

}  // namespace hark::cli
