// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/lexer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hark::audit {
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
  while (from < text.size() && audit::is_name_char(text[from])) ++from;
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

/// `?`, `?2`.
Token question_mark(std::string_view text) noexcept {
  std::size_t end = 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return token(Kind::parameter, text, end);
}

Token parameter_or_symbol(std::string_view text) noexcept {
  if (text[0] == '?') return question_mark(text);
  const std::size_t end = end_of_name(text, 1);
  return token(end > 1 ? Kind::parameter : Kind::symbol, text, end);
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
  while (end < text.size() && text[end] != '$' && audit::is_name_char(text[end])) ++end;
  const bool is_string =
      end < text.size() && text[end] == '$' && (end == 1 || !is_digit(text[1]));
  if (!is_string) return parameter_or_symbol(text);
  return enclosed(Kind::string, text, end + 1, text.substr(0, end + 1));
}

}  // namespace

namespace {

/// The characters before a string's quote that belong to it: the E of E'a'; 0: there are none.
std::size_t prefix_length(std::string_view text) noexcept {
  if (text.size() < 2) return 0;
  if (text.starts_with("_")) {
    const std::size_t end = end_of_name(text, 0);
    return end < text.size() && text[end] == '\'' ? end : 0;
  }
  const char letter = folded(text[0]);
  if (text[1] == '\'') return letter == 'e' || letter == 'n' || letter == 'b' ? 1 : 0;
  return letter == 'u' && text.size() > 2 && text[1] == '&' && text[2] == '\'' ? 2 : 0;
}

/// The string behind its prefix.
Token prefixed(std::string_view text, std::size_t prefix, bool is_escaped) noexcept {
  const std::string_view string = text.substr(prefix);
  Token made = is_escaped ? escaped(string) : quoted(Kind::string, string, 0);
  made.text = text.substr(0, prefix + made.text.size());
  return made;
}

/// `%s`, `%(name)s`; 0: it is none.
std::size_t percent_parameter_length(std::string_view text) noexcept {
  std::size_t end = 1;
  if (text.starts_with("%(")) {
    end = end_of_name(text, 2);
    if (end == 2 || end == text.size() || text[end] != ')') return 0;
    ++end;
  }
  const bool is_whole =
      end < text.size() && text[end] == 's' &&
      (end + 1 == text.size() || !name_chars[static_cast<unsigned char>(text[end + 1])]);
  return is_whole ? end + 1 : 0;
}

/// The length of what opens a comment that MySQL runs, and its version; 0: none begins here.
std::size_t run_comment_length(std::string_view text) noexcept {
  std::size_t end = text.starts_with("/*!") ? 3 : text.starts_with("/*M!") ? 4 : 0;
  while (end != 0 && end < text.size() && is_digit(text[end])) ++end;
  return end;
}

bool ends_operand(const Token& token) noexcept {
  switch (token.kind) {
    case Kind::symbol:
      return token.text == ")" || token.text == "]";
    case Kind::blank:
    case Kind::comment:
    case Kind::semicolon:
      return false;
    default:
      return true;
  }
}

}  // namespace

Syntax syntax_of(std::string_view system) noexcept {
  if (system == "sqlite") return Syntax::sqlite;
  if (system == "postgresql") return Syntax::postgresql;
  if (system == "mysql" || system == "mariadb") return Syntax::mysql;
  return Syntax::any;
}

std::optional<Token> Scanner::next() noexcept {
  while (!rest_.empty()) {
    const Token piece = cut();
    before_ = piece.text.back();
    rest_.remove_prefix(piece.text.size());
    if (piece.kind == Kind::blank || piece.kind == Kind::comment) continue;
    is_operand_ = ends_operand(piece);
    return piece;
  }
  return std::nullopt;
}

Token Scanner::cut() noexcept {
  if (rest_.starts_with("::")) return token(Kind::symbol, rest_, 2);
  if (const std::size_t prefix = prefix_length(rest_); prefix != 0) {
    const bool is_escaped = syntax_ == Syntax::mysql || folded(rest_[0]) == 'e';
    return prefixed(rest_, prefix, is_escaped);
  }
  switch (syntax_) {
    case Syntax::sqlite:
      return first_token(rest_);
    case Syntax::postgresql:
      return cut_postgresql();
    case Syntax::mysql:
      return cut_mysql();
    case Syntax::any:
      break;
  }
  return cut_any();
}

/// Its operators may be of ?, : and @.
Token Scanner::cut_postgresql() const noexcept {
  if (rest_[0] == '?' || rest_[0] == ':' || rest_[0] == '@')
    return token(Kind::symbol, rest_, 1);
  return first_postgresql_token(rest_, false);
}

Token Scanner::cut_mysql() const noexcept {
  if (const std::size_t length = run_comment_length(rest_); length != 0)
    return token(Kind::blank, rest_, length);
  if (rest_.starts_with("*/")) return token(Kind::blank, rest_, 2);
  return first_mysql_token(rest_);
}

Token Scanner::cut_any() noexcept {
  switch (rest_[0]) {
    case '$':
      if (is_dollar_string()) return dollar(rest_);
      break;
    case '%': {
      const bool is_modulo = is_operand_ && blanks.find(before_) == blanks.npos;
      const std::size_t length = is_modulo ? 0 : percent_parameter_length(rest_);
      return token(length != 0 ? Kind::parameter : Kind::symbol,
                   rest_,
                   std::max<std::size_t>(length, 1));
    }
    case '#': {
      const bool is_operator = rest_.starts_with("#>") || rest_.starts_with("#-");
      return is_operator ? token(Kind::symbol, rest_, 1) : comment_to_end_of_line(rest_);
    }
    case '[':
      if (!begins_name_in_brackets()) return token(Kind::symbol, rest_, 1);
      break;
    default:
      break;
  }
  return first_token(rest_);
}

/// Not where it would have no end: then it is a parameter.
bool Scanner::is_dollar_string() noexcept {
  if (searches_ == 0) return false;
  const Token found = dollar(rest_);
  if (found.kind == Kind::string && !found.is_closed) --searches_;
  return found.kind == Kind::string && found.is_closed;
}

/// Or is it a part of an array?
bool Scanner::begins_name_in_brackets() const noexcept {
  const char first = rest_.size() > 1 ? rest_[1] : '\0';
  return !audit::is_name_char(before_) && before_ != ']' && before_ != ')' &&
         audit::is_name_char(first) && !is_digit(first) && first != '$';
}

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

}  // namespace hark::audit
