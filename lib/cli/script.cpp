// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "audit/lexer.hpp"

namespace hark::cli {
namespace {

using audit::equal_folded;
using audit::first_mysql_token;
using audit::first_postgresql_token;
using audit::first_token;
using audit::folded;
using audit::is_name_char;
using audit::name_length;

/// How far a statement has come, as far as its end depends on it.
enum class State {
  start,
  inside,
  explain,            // EXPLAIN, and a CREATE may follow
  create,             // CREATE, and TRIGGER may follow
  trigger,            // a semicolon is part of it
  trigger_semicolon,  // END may follow
  trigger_end,        // a semicolon ends it
};

State state_after_other(State state) noexcept {
  switch (state) {
    case State::explain:
      return State::explain;
    case State::trigger:
    case State::trigger_semicolon:
    case State::trigger_end:
      return State::trigger;
    default:
      return State::inside;
  }
}

State state_after_word(State state, std::string_view word) noexcept {
  const auto is = [&](std::string_view keyword) { return equal_folded(word, keyword); };
  switch (state) {
    case State::start:
      if (is("create")) return State::create;
      return is("explain") ? State::explain : State::inside;
    case State::explain:
      if (is("create")) return State::create;
      return is("explain") || is("temp") || is("temporary") || is("trigger") || is("end")
                 ? State::inside
                 : State::explain;
    case State::create:
      if (is("temp") || is("temporary")) return State::create;
      return is("trigger") ? State::trigger : State::inside;
    case State::trigger_semicolon:
      return is("end") ? State::trigger_end : State::trigger;
    default:
      return state_after_other(state);
  }
}

/// sqlite3_complete() sees the names inside of parameters and numbers, too.
State state_after(State state, const Token& token) noexcept {
  if (token.kind == Token::Kind::string || token.kind == Token::Kind::identifier)
    return state_after_other(state);
  std::string_view rest = token.text;
  while (!rest.empty()) {
    const std::size_t length = name_length(rest);
    state = length == 0 ? state_after_other(state)
                        : state_after_word(state, rest.substr(0, length));
    rest.remove_prefix(length == 0 ? 1 : length);
  }
  return state;
}

std::string_view name_of(const Token& unclosed) noexcept {
  switch (unclosed.kind) {
    case Token::Kind::string:
      return "a string";
    case Token::Kind::comment:
      return "a comment";
    default:
      return "a quoted name";
  }
}

/// Does a token begin with it in which a semicolon may stand, or is it one?
bool is_special(char c) noexcept {
  static constexpr std::array<bool, 256> special = [] {
    std::array<bool, 256> made{};
    for (const char each : std::string_view(";'\"`[-/$#"))
      made[static_cast<unsigned char>(each)] = true;
    return made;
  }();
  return special[static_cast<unsigned char>(c)];
}

std::size_t characters_in(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

Shell shell_of(std::string_view url) noexcept {
  if (url.starts_with("mysql") || url.starts_with("mariadb")) return Shell::mysql;
  return url.starts_with("postgresql") ? Shell::psql : Shell::sqlite3;
}

Splitter::Splitter(std::string_view text, Shell shell) noexcept
    : text_(text),
      shell_(shell),
      first_(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0) {}

std::optional<Statement> Splitter::next() {
  State state = State::start;
  std::optional<std::size_t> begin;
  std::size_t end = offset_;
  while (offset_ < text_.size()) {
    const bool is_plain_text = state == State::inside || state == State::trigger;
    if (is_plain_text && delimiter_ == ";") end = skip_plain(end);
    if (offset_ == text_.size()) break;
    const std::size_t here = offset_;
    if (state == State::start && is_shell_command(here)) return take_line();
    if (state == State::start && take_delimiter_command(here)) continue;
    const Token token = token_at(here);
    offset_ += token.text.size();
    if (!token.is_closed) {
      throw ScriptError(
          fmt::format("the script ends inside {} that begins here", name_of(token)),
          place_of(here));
    }
    if (token.kind == Token::Kind::blank || token.kind == Token::Kind::comment) continue;
    if (token.kind == Token::Kind::semicolon) {
      if (state == State::trigger || state == State::trigger_semicolon) {
        state = State::trigger_semicolon;
      } else if (begin) {
        break;
      } else {
        continue;
      }
    } else {
      // Of PostgreSQL, what a trigger does is a function's; MySQL's shell knows none.
      state = shell_ == Shell::sqlite3 ? state_after(state, token) : State::inside;
    }
    if (!begin) begin = here;
    end = offset_;
  }
  if (!begin) return std::nullopt;
  return Statement{.text = text_.substr(*begin, end - *begin), .place = place_of(*begin)};
}

/// Is it a line for the database's shell, as `.mode csv`? Those begin with a full stop, of
/// psql with a backslash.
bool Splitter::is_shell_command(std::size_t here) const noexcept {
  if (shell_ == Shell::psql) return text_[here] == '\\';
  if (shell_ == Shell::mysql) return false;
  return text_[here] == '.' && (here == first_ || text_[here - 1] == '\n');
}

Token Splitter::token_at(std::size_t here) const noexcept {
  const std::string_view rest = text_.substr(here);
  if (shell_ == Shell::sqlite3) {
    Token token = first_token(rest);
    // `?1create` is a parameter and a word, but sqlite3_complete() sees the word `1create`.
    if (token.kind == Token::Kind::parameter) {
      const std::size_t size = token.text.size();
      token.text = rest.substr(0, size + name_length(rest.substr(size)));
    }
    return token;
  }
  if (shell_ == Shell::mysql) {
    if (delimiter_ != ";" && rest.starts_with(delimiter_))
      return {.kind = Token::Kind::semicolon, .text = rest.substr(0, delimiter_.size())};
    Token token = first_mysql_token(rest);
    if (token.kind == Token::Kind::semicolon && delimiter_ != ";")
      token.kind = Token::Kind::symbol;
    return token;
  }
  // E'a\'b'
  const bool is_escaped = here > first_ && folded(text_[here - 1]) == 'e' &&
                          (here - 1 == first_ || !is_name_char(text_[here - 2]));
  return first_postgresql_token(rest, is_escaped);
}

/// `DELIMITER //`: a line for MySQL's shell, which says what ends statements behind it.
bool Splitter::take_delimiter_command(std::size_t here) noexcept {
  constexpr std::string_view command = "delimiter ";
  if (shell_ != Shell::mysql ||
      !equal_folded(text_.substr(here, command.size()), command))
    return false;
  std::string_view line = take_line().text.substr(command.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (!line.empty()) delimiter_ = line;
  return true;
}

Statement Splitter::take_line() noexcept {
  const std::size_t begin = offset_;
  offset_ = std::min(text_.find('\n', begin), text_.size());
  const std::string_view line = text_.substr(begin, offset_ - begin);
  return {.text = line.substr(0, line.find_last_not_of(" \t\r\f") + 1),
          .place = place_of(begin)};
}

/// Goes to what may end the statement, a string, a name in quotes or a comment; returns
/// where the statement ends for all that is known then.
std::size_t Splitter::skip_plain(std::size_t end) noexcept {
  const std::size_t begin = offset_;
  while (offset_ < text_.size() && !is_special(text_[offset_])) ++offset_;
  const std::size_t last =
      text_.substr(begin, offset_ - begin).find_last_not_of(" \t\r\n\f");
  return last == std::string_view::npos ? end : begin + last + 1;
}

Place Splitter::place_of(std::size_t offset) noexcept {
  for (std::size_t at = known_.offset;;) {
    at = text_.find('\n', at);
    if (at >= offset) break;
    ++known_.line;
    line_start_ = ++at;
  }
  known_.offset = offset;
  known_.column = static_cast<std::uint32_t>(
      characters_in(text_.substr(line_start_, offset - line_start_)) + 1);
  return known_;
}

Script::Script(std::string name, std::string text, Shell shell)
    : name_(std::move(name)), text_(std::move(text)) {
  Splitter splitter(text_, shell);
  while (const auto statement = splitter.next()) statements_.push_back(*statement);
}

std::string to_string(std::string_view script, const Place& place) {
  return fmt::format("{}:{}:{}", script, place.line, place.column);
}

}  // namespace hark::cli
