// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "detail/statement_text.hpp"

#include <algorithm>
#include <array>

namespace hark::detail {
namespace {

constexpr std::string_view blank = " \t\r\n\f\v";

bool is_blank(char each) noexcept { return blank.find(each) != std::string_view::npos; }

char upper(char each) noexcept {
  return each >= 'a' && each <= 'z' ? static_cast<char>(each - 'a' + 'A') : each;
}

bool is_of_word(char each) noexcept {
  const char letter = upper(each);
  return (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '_' || letter == '$';
}

/// `capitals` are some.
bool is_same(std::string_view text, std::string_view capitals) noexcept {
  return std::equal(text.begin(),
                    text.end(),
                    capitals.begin(),
                    capitals.end(),
                    [](char one, char other) { return upper(one) == other; });
}

std::string_view first_word(std::string_view text) noexcept {
  const auto* const end = std::find_if_not(text.begin(), text.end(), is_of_word);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view without_blank_start(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
  return text;
}

std::string_view without_blank_end(std::string_view text) noexcept {
  return text.substr(0, text.find_last_not_of(blank) + 1);
}

bool begins_with_line_comment(std::string_view text, Syntax syntax) noexcept {
  if (syntax != Syntax::mysql) return text.starts_with("--");
  constexpr std::size_t dashes = 2;
  return text.starts_with('#') ||
         (text.starts_with("--") && (text.size() == dashes || is_blank(text[dashes])));
}

bool begins_with_comment(std::string_view text, Syntax syntax) noexcept {
  const bool is_executed =
      syntax == Syntax::mysql && (text.starts_with("/*!") || text.starts_with("/*M!"));
  return text.starts_with("/*") && !is_executed;
}

/// Where a comment ends that begins the text.
std::size_t end_of_comment(std::string_view text, Syntax syntax) noexcept {
  std::size_t depth = 1;
  std::size_t at = 2;
  while (depth != 0) {
    const std::string_view two = text.substr(at, 2);
    if (two.size() < 2) return text.size();
    const bool begins = two == "/*" && syntax == Syntax::postgresql;
    const bool ends = two == "*/";
    depth += begins ? 1 : 0;
    depth -= ends ? 1 : 0;
    at += begins || ends ? 2 : 1;
  }
  return at;
}

/// Is there a word that makes VALUES a query among others? It may be a name: the worst of
/// it is that rows go one by one.
bool has_queries(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 5> words{
      "UNION", "EXCEPT", "INTERSECT", "MINUS", "WITH"};
  for (const auto* start = text.begin(); start != text.end();) {
    const std::string_view word = first_word({start, text.end()});
    if (std::any_of(words.begin(), words.end(), [&](std::string_view each) {
          return is_same(word, each);
        }))
      return true;
    start = std::find_if(start + word.size(), text.end(), is_of_word);
  }
  return false;
}

void add_placeholder(std::string& text, Syntax syntax, std::size_t number) {
  if (syntax == Syntax::postgresql) {
    text += '$';
    text += std::to_string(number);
  } else {
    text += '?';
  }
}

/// Are the parameters from the first to the last all that is there, with commas?
bool lists_all_parameters(std::string_view list, Syntax syntax, std::size_t width) {
  for (std::size_t number = 1; number <= width; ++number) {
    std::string wanted(number == 1 ? "" : ",");
    if (!list.starts_with(wanted)) return false;
    list = without_blank_start(list.substr(wanted.size()));
    wanted.clear();
    add_placeholder(wanted, syntax, number);
    if (!list.starts_with(wanted)) return false;
    list = without_blank_start(list.substr(wanted.size()));
  }
  return list.empty();
}

bool ends_with_values(std::string_view text) noexcept {
  constexpr std::string_view values = "VALUES";
  if (text.size() <= values.size()) return false;
  const std::size_t start = text.size() - values.size();
  const char in_front = text[start - 1];
  return is_same(text.substr(start), values) &&
         (is_blank(in_front) || in_front == ')' || in_front == '`');
}

std::string row_of_parameters(Syntax syntax, std::size_t width, std::size_t first) {
  std::string row = "(";
  for (std::size_t i = 0; i < width; ++i) {
    if (i != 0) row += ',';
    add_placeholder(row, syntax, first + i);
  }
  return row + ')';
}

}  // namespace

std::string_view skip_blank(std::string_view sql, Syntax syntax) noexcept {
  for (;;) {
    sql = without_blank_start(sql);
    if (begins_with_line_comment(sql, syntax)) {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (begins_with_comment(sql, syntax)) {
      sql.remove_prefix(end_of_comment(sql, syntax));
    } else if (syntax == Syntax::sqlite && sql.starts_with(';')) {
      sql.remove_prefix(1);
    } else {
      return sql;
    }
  }
}

bool begins_with_any(std::string_view sql,
                     Syntax syntax,
                     std::initializer_list<std::string_view> words) noexcept {
  const std::string_view first = first_word(skip_blank(sql, syntax));
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return is_same(first, word);
  });
}

bool begins_with_words(std::string_view sql,
                       Syntax syntax,
                       std::initializer_list<std::string_view> words) noexcept {
  return std::all_of(words.begin(), words.end(), [&](std::string_view word) {
    sql = skip_blank(sql, syntax);
    const std::string_view first = first_word(sql);
    sql.remove_prefix(first.size());
    return is_same(first, word);
  });
}

std::string insert_of_many_rows(std::string_view sql,
                                Syntax syntax,
                                std::size_t width,
                                std::size_t times) {
  sql = sql.substr(0, sql.find_last_not_of(std::string(blank) + ';') + 1);
  const std::size_t open = sql.rfind('(');
  if (width == 0 || open == std::string_view::npos || !sql.ends_with(')')) return {};
  const std::string_view list = sql.substr(open + 1, sql.size() - open - 2);
  const std::string_view before = sql.substr(0, open);
  const char sign = syntax == Syntax::postgresql ? '$' : '?';
  if (before.find(sign) != std::string_view::npos ||
      !ends_with_values(without_blank_end(before)) || has_queries(before) ||
      !lists_all_parameters(without_blank_start(list), syntax, width))
    return {};
  std::string many(before);
  for (std::size_t i = 0; i < times; ++i) {
    if (i != 0) many += ',';
    many += row_of_parameters(syntax, width, 1 + i * width);
  }
  return many;
}

}  // namespace hark::detail
