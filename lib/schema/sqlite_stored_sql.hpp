// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/column.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What SQLite's PRAGMAs do not tell, and the statements in its catalog do: the names of
/// constraints, CHECKs, generated columns, partial indexes.
namespace hark::detail {

/// A piece of SQL that is no blank and no comment.
struct SqlToken {
  enum class Kind : std::uint8_t { end, word, name, literal, symbol };

  Kind kind = Kind::end;
  std::string_view text{};  ///< as it is written
};

constexpr char folded(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Are two names the same to SQLite, which folds ASCII letters alone?
constexpr bool equal_folded(std::string_view one, std::string_view other) noexcept {
  return std::equal(
      one.begin(), one.end(), other.begin(), other.end(), [](char a, char b) {
        return folded(a) == folded(b);
      });
}

/// Cuts SQL into tokens as SQLite does. What is not closed reaches to the end.
///
/// Source: SQLite src/tokenize.c, sqlite3GetToken.
class SqlTokenizer {
 public:
  explicit SqlTokenizer(std::string_view sql) : rest_(sql) {}

  std::vector<SqlToken> all() {
    std::vector<SqlToken> tokens;
    for (skip_space(); !rest_.empty(); skip_space()) tokens.push_back(next());
    return tokens;
  }

 private:
  using Kind = SqlToken::Kind;
  static constexpr std::string_view blanks = " \t\r\n\f";

  static constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static constexpr bool is_name_char(char c) noexcept {
    return (folded(c) >= 'a' && folded(c) <= 'z') || is_digit(c) || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
  }

  void skip_space() {
    for (;;) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
      if (rest_.starts_with("--")) {
        skip_past("\n", 2);
      } else if (rest_.starts_with("/*")) {
        skip_past("*/", 2);
      } else {
        return;
      }
    }
  }
  void skip_past(std::string_view end, std::size_t from) {
    const std::size_t found = rest_.find(end, from);
    rest_.remove_prefix(found == rest_.npos ? rest_.size() : found + end.size());
  }

  SqlToken next() {
    const char first = rest_[0];
    const char second = rest_.size() > 1 ? rest_[1] : '\0';
    if (first == '\'') return take(Kind::literal, end_of_quoted(0));
    if (folded(first) == 'x' && second == '\'')
      return take(Kind::literal, end_of_quoted(1));
    if (first == '"' || first == '`') return take(Kind::name, end_of_quoted(0));
    if (first == '[') return take(Kind::name, end_of_bracketed());
    if (is_digit(first) || (first == '.' && is_digit(second)))
      return take(Kind::literal, end_of_number());
    if (is_name_char(first)) return take(Kind::word, end_of_name(0));
    return take(Kind::symbol, 1);
  }

  SqlToken take(Kind kind, std::size_t length) {
    const SqlToken token{kind, rest_.substr(0, length)};
    rest_.remove_prefix(token.text.size());
    return token;
  }

  /// A quote inside is written twice.
  std::size_t end_of_quoted(std::size_t opening) const {
    const char quote = rest_[opening];
    for (std::size_t at = opening + 1; at < rest_.size(); ++at) {
      if (rest_[at] != quote) continue;
      if (at + 1 == rest_.size() || rest_[at + 1] != quote) return at + 1;
      ++at;
    }
    return rest_.size();
  }
  std::size_t end_of_bracketed() const {
    return std::min(rest_.find(']'), rest_.size() - 1) + 1;
  }
  std::size_t end_of_name(std::size_t from) const {
    while (from < rest_.size() && is_name_char(rest_[from])) ++from;
    return from;
  }
  std::size_t end_of_number() const {
    const bool is_hexadecimal = rest_.starts_with("0x") || rest_.starts_with("0X");
    std::size_t end = 0;
    for (;;) {
      end = end_of_name(end);
      if (end == rest_.size()) return end;
      const bool is_exponent = !is_hexadecimal && end > 0 &&
                               folded(rest_[end - 1]) == 'e' &&
                               (rest_[end] == '-' || rest_[end] == '+');
      if (rest_[end] != '.' && !is_exponent) return end;
      ++end;
    }
  }

  std::string_view rest_;
};

/// A name without its quotes.
inline std::string unquoted(const SqlToken& token) {
  const std::string_view text = token.text;
  const bool is_quoted = !text.empty() && (token.kind == SqlToken::Kind::name ||
                                           token.kind == SqlToken::Kind::literal);
  if (!is_quoted || text.size() < 2) return std::string(text);
  const char quote = text.back();
  std::string name;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == quote) ++i;
  }
  return name;
}

/// A place in the tokens of a statement, which moves forward.
class SqlReader {
 public:
  explicit SqlReader(std::string_view sql) : tokens_(SqlTokenizer(sql).all()) {}

  bool at_end() const noexcept { return at_ == tokens_.size(); }
  const SqlToken& peek(std::size_t ahead = 0) const noexcept {
    static constexpr SqlToken end{};
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : end;
  }
  const SqlToken& next() noexcept {
    const SqlToken& token = peek();
    if (!at_end()) ++at_;
    return token;
  }
  /// Is a keyword there? A name in quotes is none.
  bool is(std::string_view keyword, std::size_t ahead = 0) const noexcept {
    const SqlToken& token = peek(ahead);
    return token.kind == SqlToken::Kind::word && equal_folded(token.text, keyword);
  }
  bool accept(std::string_view keyword) noexcept {
    const bool found = is(keyword);
    if (found) ++at_;
    return found;
  }
  bool is_symbol(char symbol) const noexcept {
    const SqlToken& token = peek();
    return token.kind == SqlToken::Kind::symbol && token.text[0] == symbol;
  }

  /// The text from here to the end, without what surrounds it.
  std::string rest() {
    const std::size_t from = at_;
    at_ = tokens_.size();
    return text(from, at_);
  }

  /// Behind what is in parentheses: its parts, which commas separate.
  ///
  /// Requires: is_symbol('(').
  struct Part {
    std::string text;
    std::vector<SqlToken> tokens;
  };
  std::vector<Part> parts() {
    std::vector<Part> found;
    std::size_t depth = 0;
    std::size_t from = at_ + 1;
    while (!at_end()) {
      const bool opens = is_symbol('(');
      const bool closes = is_symbol(')');
      if ((closes && depth == 1) || (is_symbol(',') && depth == 1)) {
        if (from < at_) found.push_back(part(from, at_));
        from = at_ + 1;
      }
      ++at_;
      if (opens) ++depth;
      if (closes && --depth == 0) break;
    }
    return found;
  }

  /// Behind what is in parentheses: its text.
  ///
  /// Requires: is_symbol('(').
  std::string group() {
    const std::size_t opening = at_;
    std::size_t depth = 0;
    while (!at_end()) {
      if (is_symbol('(')) ++depth;
      const bool closes = is_symbol(')');
      ++at_;
      if (closes && --depth == 0) return text(opening + 1, at_ - 1);
    }
    return text(opening + 1, at_);
  }

 private:
  Part part(std::size_t from, std::size_t to) const {
    const auto begin = tokens_.begin();
    return {text(from, to),
            {begin + static_cast<std::ptrdiff_t>(from),
             begin + static_cast<std::ptrdiff_t>(to)}};
  }
  std::string text(std::size_t from, std::size_t to) const {
    if (from >= to) return {};
    const char* const begin = tokens_[from].text.data();
    const std::string_view last = tokens_[to - 1].text;
    return {begin, last.data() + last.size()};
  }

  std::vector<SqlToken> tokens_;
  std::size_t at_ = 0;
};

/// A constraint as it stands in CREATE TABLE.
struct StoredConstraint {
  enum class Kind : std::uint8_t { primary_key, unique, check, foreign_key };

  Kind kind{};
  std::string name{};
  bool is_inline = false;              ///< in a column's definition?
  std::vector<std::string> columns{};  ///< of a CHECK: none
  std::string sqltext{};               ///< of a CHECK
  ForeignKeyOptions options{};         ///< of a foreign key
};

/// A column as it stands in CREATE TABLE.
struct StoredColumn {
  std::string name{};
  std::string collation{};
  std::string computed{};  ///< of a generated column
};

struct StoredTable {
  std::vector<StoredColumn> columns{};
  std::vector<StoredConstraint> constraints{};

  /// Null: there is none.
  const StoredColumn* find(std::string_view name) const noexcept {
    for (const StoredColumn& column : columns) {
      if (equal_folded(column.name, name)) return &column;
    }
    return nullptr;
  }
};

/// Reads a CREATE TABLE that SQLite has accepted.
///
/// Source: SQLite src/parse.y, columnlist and conslist.
class StoredTableReader {
 public:
  explicit StoredTableReader(std::string_view sql) : sql_(sql) {}

  /// Empty for a virtual table, whose statement has arguments in place of columns.
  StoredTable read() {
    if (sql_.is("VIRTUAL", 1)) return {};
    while (!sql_.at_end() && !sql_.is_symbol('(')) sql_.next();
    sql_.next();
    while (!sql_.at_end() && !sql_.is_symbol(')')) {
      if (sql_.is_symbol(',')) {
        sql_.next();
        name_.clear();
      } else if (!read_constraint(nullptr)) {
        read_column();
      }
    }
    return std::move(table_);
  }

 private:
  using Kind = StoredConstraint::Kind;

  void read_column() {
    StoredColumn column{.name = unquoted(sql_.next())};
    while (!sql_.at_end() && !sql_.is_symbol(',') && !sql_.is_symbol(')')) {
      if (!read_constraint(&column.name)) read_attribute(column);
    }
    name_.clear();
    table_.columns.push_back(std::move(column));
  }

  void read_attribute(StoredColumn& column) {
    if (sql_.accept("COLLATE")) {
      column.collation = unquoted(sql_.next());
    } else if (sql_.accept("DEFAULT")) {
      skip_default();
    } else if (sql_.accept("AS")) {
      if (sql_.is_symbol('(')) column.computed = sql_.group();
    } else if (sql_.is_symbol('(')) {
      sql_.group();  // of a type: VARCHAR(20)
    } else {
      sql_.next();
    }
    name_.clear();  // it was that of a NOT NULL, say
  }

  void skip_default() {
    if (sql_.is_symbol('(')) {
      sql_.group();
      return;
    }
    if (sql_.is_symbol('-') || sql_.is_symbol('+')) sql_.next();
    sql_.next();
  }

  /// `column`: in whose definition it stands; null: it is the table's.
  bool read_constraint(const std::string* column) {
    if (sql_.accept("CONSTRAINT")) {
      name_ = unquoted(sql_.next());
      return true;
    }
    StoredConstraint made{.is_inline = column != nullptr};
    if (column != nullptr) made.columns = {*column};
    if (!read_body(made)) return false;
    made.name = std::exchange(name_, {});
    table_.constraints.push_back(std::move(made));
    return true;
  }

  bool read_body(StoredConstraint& made) {
    if (sql_.accept("PRIMARY")) {
      sql_.accept("KEY");
      made.kind = Kind::primary_key;
      read_columns(made);
    } else if (sql_.accept("UNIQUE")) {
      made.kind = Kind::unique;
      read_columns(made);
    } else if (sql_.accept("CHECK")) {
      made.kind = Kind::check;
      made.columns.clear();
      if (sql_.is_symbol('(')) made.sqltext = sql_.group();
    } else if (sql_.accept("FOREIGN")) {
      sql_.accept("KEY");
      made.kind = Kind::foreign_key;
      read_columns(made);
      if (sql_.accept("REFERENCES")) read_reference(made.options);
    } else if (made.is_inline && sql_.accept("REFERENCES")) {
      made.kind = Kind::foreign_key;
      read_reference(made.options);
    } else {
      return false;
    }
    if (sql_.is("ON") && sql_.is("CONFLICT", 1)) {
      for (int words = 0; words < 3; ++words) sql_.next();
    }
    return true;
  }

  void read_columns(StoredConstraint& made) {
    if (made.is_inline || !sql_.is_symbol('(')) return;
    for (const SqlReader::Part& part : sql_.parts())
      made.columns.push_back(unquoted(part.tokens.front()));
  }

  /// What the PRAGMA tells is skipped.
  void read_reference(ForeignKeyOptions& options) {
    sql_.next();
    if (sql_.is_symbol('(')) sql_.group();
    for (;;) {
      if (sql_.is("ON") && !sql_.is("CONFLICT", 1)) {
        for (int words = is_action_of_two_words() ? 4 : 3; words > 0; --words)
          sql_.next();
      } else if (sql_.accept("MATCH")) {
        options.match = upper(unquoted(sql_.next()));
      } else if (sql_.is("DEFERRABLE") || (sql_.is("NOT") && sql_.is("DEFERRABLE", 1))) {
        options.deferrable = !sql_.accept("NOT");
        sql_.next();
        if (sql_.accept("INITIALLY")) options.initially = upper(unquoted(sql_.next()));
      } else {
        return;
      }
    }
  }
  /// ON DELETE SET NULL, ON UPDATE NO ACTION.
  bool is_action_of_two_words() const { return sql_.is("SET", 2) || sql_.is("NO", 2); }

  static std::string upper(std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
  }

  SqlReader sql_;
  std::string name_;  // that of the constraint that comes next
  StoredTable table_;
};

/// A CREATE INDEX: what it is on, and its WHERE.
struct StoredIndex {
  struct Element {
    std::string text{};
    bool is_column = false;  ///< a name and nothing else: no COLLATE, no DESC
  };
  std::vector<Element> elements{};
  std::string where{};
};

/// Reads a CREATE INDEX that SQLite has accepted.
inline StoredIndex read_stored_index(std::string_view sql) {
  SqlReader reader(sql);
  while (!reader.at_end() && !reader.is("ON")) reader.next();
  while (!reader.at_end() && !reader.is_symbol('(')) reader.next();
  StoredIndex index;
  for (SqlReader::Part& part : reader.parts()) {
    const bool is_name = part.tokens.size() == 1;
    index.elements.push_back({.text = std::move(part.text), .is_column = is_name});
  }
  if (reader.accept("WHERE")) index.where = reader.rest();
  return index;
}

/// The same SQL as it may stand behind DEFAULT: in parentheses, unless it is one value.
inline std::string as_default(const std::string& sql) {
  SqlReader reader(sql);
  if (reader.is_symbol('-') || reader.is_symbol('+')) reader.next();
  const bool is_value = reader.next().kind != SqlToken::Kind::symbol && reader.at_end();
  return is_value ? sql : "(" + sql + ")";
}

}  // namespace hark::detail
