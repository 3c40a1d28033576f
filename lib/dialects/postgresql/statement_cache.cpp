// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/statement_cache.hpp"

#include <hark/dbapi/error.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "detail/statement_text.hpp"

namespace hark::postgresql {
namespace {

using hark::detail::Syntax;

/// `capital` is one.
bool is_same_letter(char letter, char capital) noexcept {
  return std::toupper(static_cast<unsigned char>(letter)) == capital;
}

bool is_same_word(std::string_view text, std::string_view word) noexcept {
  return text.size() == word.size() &&
         std::equal(text.begin(), text.end(), word.begin(), is_same_letter);
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

/// Is it COMMIT PREPARED or ROLLBACK PREPARED?
bool ends_prepared(std::string_view sql) noexcept {
  const auto begins = [sql](std::string_view word) {
    return hark::detail::begins_with_words(sql, Syntax::postgresql, {word, "PREPARED"});
  };
  return begins("COMMIT") || begins("ROLLBACK");
}

bool begins_with(std::string_view sql, std::string_view word) noexcept {
  return hark::detail::begins_with_any(sql, Syntax::postgresql, {word});
}

/// libpq takes texts that end with a null character.
CachedText make_text(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos)
    throw dbapi::ProgrammingError("the statement contains a null character");
  return {.sql = std::string(sql),
          .is_copy = begins_with(sql, "COPY"),
          .is_outside = ends_prepared(sql) || sql == select_prepared,
          .is_of_rows = hark::detail::begins_with_any(
              sql,
              Syntax::postgresql,
              {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "TABLE"})};
}

}  // namespace

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
  if (!begins_with(sql, "INSERT")) return {};
  return hark::detail::insert_of_many_rows(sql, Syntax::postgresql, width, times);
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
