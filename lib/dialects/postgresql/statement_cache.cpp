// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/statement_cache.hpp"

#include <hark/dbapi/error.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace hark::postgresql {
namespace {

constexpr std::string_view blank = " \t\r\n\f\v";

/// Without the blanks and comments in front; comments nest.
std::string_view skip_blank(std::string_view text) noexcept {
  for (;;) {
    const std::size_t start = text.find_first_not_of(blank);
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    if (text.starts_with("--")) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) return {};
      text.remove_prefix(end);
    } else if (text.starts_with("/*")) {
      std::size_t depth = 0;
      std::size_t at = 0;
      do {
        const std::string_view two = text.substr(at, 2);
        if (two.size() < 2) return {};
        depth += two == "/*" ? 1 : 0;
        depth -= two == "*/" ? 1 : 0;
        at += two == "/*" || two == "*/" ? 2 : 1;
      } while (depth != 0);
      text.remove_prefix(at);
    } else {
      return text;
    }
  }
}

/// `capital` is one.
bool is_same_letter(char letter, char capital) noexcept {
  return std::toupper(static_cast<unsigned char>(letter)) == capital;
}

bool is_same_word(std::string_view text, std::string_view word) noexcept {
  return text.size() == word.size() &&
         std::equal(text.begin(), text.end(), word.begin(), is_same_letter);
}

std::string_view without_blank_end(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(blank);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Is it `$1, $2, … $width`?
bool lists_all_parameters(std::string_view list, std::size_t width) noexcept {
  for (std::size_t number = 1; number <= width; ++number) {
    list.remove_prefix(std::min(list.find_first_not_of(blank), list.size()));
    const std::string wanted = "$" + std::to_string(number);
    if (!list.starts_with(wanted)) return false;
    list.remove_prefix(wanted.size());
    list.remove_prefix(std::min(list.find_first_not_of(blank), list.size()));
    if (number != width) {
      if (!list.starts_with(',')) return false;
      list.remove_prefix(1);
    }
  }
  return list.empty();
}

bool is_of_word(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Keywords, names, numbers, and what is in quotes.
std::vector<std::string_view> words_of(std::string_view sql) {
  std::vector<std::string_view> words;
  for (auto start = sql.begin(); start != sql.end();) {
    const auto end = std::find_if_not(start, sql.end(), is_of_word);
    if (start != end) words.emplace_back(start, end);
    start = std::find_if(end, sql.end(), is_of_word);
  }
  return words;
}

template <std::size_t Count>
bool is_one_of(std::string_view word,
               const std::array<std::string_view, Count>& wanted) noexcept {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view each) {
    return is_same_word(word, each);
  });
}

/// Is there a word that joins queries, of which VALUES is only the last? It may be a name:
/// the worst of it is that rows go one by one.
bool joins_queries(std::string_view sql) {
  constexpr std::array<std::string_view, 3> joins{"UNION", "EXCEPT", "INTERSECT"};
  const std::vector<std::string_view> words = words_of(sql);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return is_one_of(word, joins);
  });
}

std::string row_of_parameters(std::size_t first, std::size_t width) {
  std::string row = "(";
  for (std::size_t i = 0; i < width; ++i) {
    if (i != 0) row += ',';
    row += '$';
    row += std::to_string(first + i);
  }
  return row + ')';
}

}  // namespace

namespace {

/// Is it COMMIT PREPARED or ROLLBACK PREPARED?
bool ends_prepared(std::string_view sql) noexcept {
  for (const std::string_view word : {"COMMIT", "ROLLBACK"}) {
    if (begins_with_word(sql, word))
      return begins_with_word(skip_blank(sql).substr(word.size()), "PREPARED");
  }
  return false;
}

/// libpq takes texts that end with a null character.
CachedText make_text(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos)
    throw dbapi::ProgrammingError("the statement contains a null character");
  return {.sql = std::string(sql),
          .is_copy = begins_with_word(sql, "COPY"),
          .is_outside = ends_prepared(sql) || sql == select_prepared};
}

}  // namespace

bool begins_with_word(std::string_view sql, std::string_view word) noexcept {
  sql = skip_blank(sql);
  const bool ends = sql.size() == word.size() ||
                    (sql.size() > word.size() && !is_of_word(sql[word.size()]));
  return ends && is_same_word(sql.substr(0, word.size()), word);
}

bool copies_plain_text(std::string_view sql) {
  constexpr std::array<std::string_view, 9> others{"BINARY",
                                                   "CSV",
                                                   "DEFAULT",
                                                   "DELIMITER",
                                                   "DELIMITERS",
                                                   "ENCODING",
                                                   "HEADER",
                                                   "NULL",
                                                   "QUOTE"};
  const std::vector<std::string_view> words = words_of(sql);
  const auto is_word = [](std::string_view wanted) {
    return [wanted](std::string_view word) { return is_same_word(word, wanted); };
  };
  const auto options = std::find_if(words.begin(), words.end(), is_word("STDIN"));
  const auto end = std::find_if(options, words.end(), is_word("WHERE"));
  return std::none_of(
      options, end, [&](std::string_view word) { return is_one_of(word, others); });
}

bool has_word(std::string_view sql, std::string_view word) {
  const std::vector<std::string_view> words = words_of(sql);
  return std::any_of(words.begin(), words.end(), [&](std::string_view each) {
    return is_same_word(each, word);
  });
}

std::string insert_of_many_rows(std::string_view sql,
                                std::size_t width,
                                std::size_t times) {
  sql = without_blank_end(sql);
  if (sql.ends_with(';')) sql = without_blank_end(sql.substr(0, sql.size() - 1));
  const std::size_t open = sql.rfind('(');
  if (width == 0 || open == std::string_view::npos || !sql.ends_with(')') ||
      !begins_with_word(sql, "INSERT") ||
      !lists_all_parameters(sql.substr(open + 1, sql.size() - open - 2), width)) {
    return {};
  }
  const std::string_view before = without_blank_end(sql.substr(0, open));
  constexpr std::string_view values = "VALUES";
  if (before.size() <= values.size() || before.find('$') != std::string_view::npos)
    return {};
  if (joins_queries(before)) return {};
  const char in_front = before[before.size() - values.size() - 1];
  const bool is_word = blank.find(in_front) != std::string_view::npos || in_front == ')';
  if (!is_word || !is_same_word(before.substr(before.size() - values.size()), values))
    return {};
  std::string many(sql.substr(0, open));
  for (std::size_t i = 0; i < times; ++i) {
    if (i != 0) many += ',';
    many += row_of_parameters(1 + i * width, width);
  }
  return many;
}

Statement* CachedText::find(const EncodedParameters& parameters) noexcept {
  for (const auto& each : statements) {
    if (parameters.fit(each->types)) return each.get();
  }
  return nullptr;
}

Statement& StatementCache::add(CachedText& text, const EncodedParameters& parameters) {
  auto& statements = text.statements;
  if (statements.size() == most_statements) {
    std::string& oldest = statements.front()->name;
    if (!oldest.empty()) due_.push_back(std::move(oldest));
    statements.erase(statements.begin());
  }
  statements.push_back(std::make_unique<Statement>());
  statements.back()->types.assign(parameters.types, parameters.types + parameters.count);
  return *statements.back();
}

CachedText& StatementCache::find_by_text(std::string_view sql, std::uint64_t key) {
  if (!is_on() || sql.size() > longest) {
    uncached_ = make_text(sql);
    uncached_.is_kept = false;
    return uncached_;
  }
  auto found = texts_.find(sql);
  if (found == texts_.end()) {
    auto made = std::make_unique<CachedText>(make_text(sql));
    const std::string_view text = made->sql;
    found = texts_.emplace(text, std::move(made)).first;
    found->second->last_used = ++uses_;
    shrink();
  }
  CachedText* const cached = found->second.get();
  cached->last_used = ++uses_;
  if (key != 0) known_[key % known_.size()] = {.key = key, .cached = cached};
  return *cached;
}

namespace {

void collect_names(CachedText& text, std::vector<std::string>& names) {
  for (const auto& each : text.statements) {
    if (!each->name.empty()) names.push_back(std::exchange(each->name, {}));
  }
  if (text.of_many_rows != nullptr) collect_names(*text.of_many_rows, names);
}

}  // namespace

void StatementCache::give_up(CachedText& text) {
  collect_names(text, due_);
  text.statements.clear();
  if (text.of_many_rows != nullptr) text.of_many_rows->statements.clear();
}

void StatementCache::shrink() {
  while (texts_.size() > capacity_) {
    // One pass for each text that is new, which costs far more.
    const auto oldest = std::min_element(
        texts_.begin(), texts_.end(), [](const auto& one, const auto& other) {
          if (one.second->is_pinned != other.second->is_pinned)
            return other.second->is_pinned;
          return one.second->last_used < other.second->last_used;
        });
    if (oldest->second->is_pinned) return;
    for (Known& known : known_) {
      if (known.cached == oldest->second.get()) known = {};
    }
    collect_names(*oldest->second, due_);
    texts_.erase(oldest);
  }
}

void StatementCache::discard_prepared() {
  for (const auto& [sql, text] : texts_) give_up(*text);
}

void StatementCache::forget_prepared() noexcept {
  for (const auto& [sql, text] : texts_) {
    text->statements.clear();
    if (text->of_many_rows != nullptr) text->of_many_rows->statements.clear();
  }
  due_.clear();
}

void StatementCache::clear() noexcept {
  known_ = {};
  texts_.clear();
  due_.clear();
}

}  // namespace hark::postgresql
