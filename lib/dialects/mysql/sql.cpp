// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/sql.hpp"

#include <algorithm>

namespace hark::mysql {
namespace {

constexpr std::string_view blank = " \t\r\n\f\v";

bool is_blank(char each) noexcept { return blank.find(each) != std::string_view::npos; }

char upper(char each) noexcept {
  return each >= 'a' && each <= 'z' ? static_cast<char>(each - 'a' + 'A') : each;
}

bool is_word_character(char each) noexcept {
  const char letter = upper(each);
  return (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '_' || letter == '$';
}

/// `words` are in capitals.
bool is_same(std::string_view text, std::string_view words) noexcept {
  return std::equal(
      text.begin(), text.end(), words.begin(), words.end(), [](char one, char other) {
        return upper(one) == other;
      });
}

std::string_view without_end(std::string_view sql) noexcept {
  while (!sql.empty() && (is_blank(sql.back()) || sql.back() == ';'))
    sql.remove_suffix(1);
  return sql;
}

}  // namespace

std::string_view skip_blank(std::string_view sql) noexcept {
  for (;;) {
    const std::size_t start = sql.find_first_not_of(blank);
    if (start == std::string_view::npos) return {};
    sql.remove_prefix(start);
    std::string_view end;
    if (sql.starts_with("-- ") || sql.starts_with("#")) {
      end = "\n";
    } else if (sql.starts_with("/*") && !sql.starts_with("/*!") &&
               !sql.starts_with("/*M!")) {
      end = "*/";
    } else {
      return sql;
    }
    const std::size_t stop = sql.find(end, 1);
    if (stop == std::string_view::npos) return {};
    sql.remove_prefix(stop + end.size());
  }
}

bool begins_with_any(std::string_view sql,
                     std::initializer_list<std::string_view> words) noexcept {
  sql = skip_blank(sql);
  const auto* const end = std::find_if_not(
      sql.begin(), sql.end(), [](char each) { return is_word_character(each); });
  const std::string_view first =
      sql.substr(0, static_cast<std::size_t>(end - sql.begin()));
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return is_same(first, word);
  });
}

bool is_worth_preparing(std::string_view sql) noexcept {
  return begins_with_any(sql,
                         {"SELECT",
                          "WITH",
                          "VALUES",
                          "TABLE",
                          "INSERT",
                          "UPDATE",
                          "DELETE",
                          "REPLACE"}) ||
         skip_blank(sql).starts_with('(');
}

TwoPhaseStep two_phase_step(std::string_view sql) noexcept {
  constexpr std::string_view xa = "XA";
  if (!begins_with_any(sql, {xa})) return TwoPhaseStep::none;
  const std::string_view rest = skip_blank(sql).substr(xa.size());
  if (begins_with_any(rest, {"COMMIT", "ROLLBACK"})) return TwoPhaseStep::ends;
  return begins_with_any(rest, {"RECOVER"}) ? TwoPhaseStep::none
                                            : TwoPhaseStep::leaves_open;
}

std::string insert_of_many_rows(std::string_view sql, std::size_t times) {
  if (!begins_with_any(sql, {"INSERT", "REPLACE"})) return {};
  const std::string_view all = without_end(sql);
  const std::size_t open = all.rfind('(');
  if (open == std::string_view::npos || all.back() != ')') return {};
  const std::string_view row = all.substr(open);
  const std::string_view before = all.substr(0, open);
  const std::string_view words = before.substr(0, before.find_last_not_of(blank) + 1);
  constexpr std::string_view values = "VALUES";
  if (words.size() <= values.size()) return {};
  const std::size_t start = words.size() - values.size();
  const char in_front = words[start - 1];
  const bool is_plain = row.find_first_not_of("(?, \t\r\n)") == std::string_view::npos &&
                        before.find('?') == std::string_view::npos &&
                        is_same(words.substr(start), values) &&
                        (is_blank(in_front) || in_front == ')' || in_front == '`');
  if (!is_plain) return {};
  std::string many(before);
  many.reserve(before.size() + times * (row.size() + 1));
  for (std::size_t i = 0; i < times; ++i) {
    if (i != 0) many += ',';
    many += row;
  }
  return many;
}

}  // namespace hark::mysql
