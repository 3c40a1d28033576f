// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/sql.hpp"

#include <algorithm>
#include <initializer_list>

#include "detail/statement_text.hpp"

namespace hark::mysql {
namespace {

using hark::detail::begins_with_words;
using hark::detail::Syntax;

std::string_view skip_blank(std::string_view sql) noexcept {
  return hark::detail::skip_blank(sql, Syntax::mysql);
}

/// A word, what is in quotes, or one sign.
std::size_t size_of_token(std::string_view sql) noexcept {
  if (sql.empty()) return 0;
  constexpr std::string_view quotes = "'\"`";
  if (quotes.find(sql.front()) != std::string_view::npos) {
    const std::size_t end = sql.find(sql.front(), 1);
    return end == std::string_view::npos ? sql.size() : end + 1;
  }
  const std::size_t size = sql.find_first_of(" \t\r\n\f\v.,;()#/'\"`");
  return std::max<std::size_t>(std::min(size, sql.size()), 1);
}

std::string_view skip_token(std::string_view sql) noexcept {
  sql = skip_blank(sql);
  return sql.substr(size_of_token(sql));
}

/// `a`, `a.b`; a quote that is doubled begins what is in quotes again.
std::string_view skip_name(std::string_view sql) noexcept {
  for (;;) {
    sql = skip_blank(sql);
    const char first = sql.empty() ? '\0' : sql.front();
    sql = skip_token(sql);
    const bool is_doubled = first == '`' && sql.starts_with(first);
    if (is_doubled) continue;
    if (!skip_blank(sql).starts_with('.')) return sql;
    sql = skip_token(sql);
  }
}

/// What follows the table in LOAD DATA … INTO TABLE; empty: there is no table.
std::string_view behind_table(std::string_view sql) noexcept {
  while (!sql.empty() && !begins_with_words(sql, Syntax::mysql, {"INTO", "TABLE"}))
    sql = skip_token(sql);
  sql = skip_name(skip_token(skip_token(sql)));
  if (!begins_with_words(sql, Syntax::mysql, {"PARTITION"})) return sql;
  const std::size_t end = sql.find(')');
  return end == std::string_view::npos ? std::string_view() : sql.substr(end + 1);
}

}  // namespace

bool is_worth_preparing(std::string_view sql) noexcept {
  return hark::detail::begins_with_any(sql,
                                       Syntax::mysql,
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
  const auto begins = [sql](std::initializer_list<std::string_view> words) {
    return begins_with_words(sql, Syntax::mysql, words);
  };
  if (!begins({"XA"}) || begins({"XA", "RECOVER"})) return TwoPhaseStep::none;
  return begins({"XA", "COMMIT"}) || begins({"XA", "ROLLBACK"})
             ? TwoPhaseStep::ends
             : TwoPhaseStep::leaves_open;
}

bool loads_rows(std::string_view sql) noexcept {
  return begins_with_words(sql, Syntax::mysql, {"LOAD", "DATA", "LOCAL", "INFILE"});
}

std::string with_charset(std::string_view sql, std::string_view charset) {
  const std::string_view rest = behind_table(sql);
  std::string made(sql);
  if (begins_with_words(rest, Syntax::mysql, {"CHARACTER", "SET"}) ||
      begins_with_words(rest, Syntax::mysql, {"CHARSET"}))
    return made;
  const std::string clause = " CHARACTER SET " + std::string(charset);
  return made.insert(sql.size() - rest.size(), clause);
}

std::string insert_of_many_rows(std::string_view sql,
                                std::size_t width,
                                std::size_t times) {
  if (!hark::detail::begins_with_any(sql, Syntax::mysql, {"INSERT", "REPLACE"}))
    return {};
  return hark::detail::insert_of_many_rows(sql, Syntax::mysql, width, times);
}

}  // namespace hark::mysql
