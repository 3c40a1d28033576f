// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>

#include "cli/lexer.hpp"

namespace hark::cli {
namespace {

using Tokens = std::vector<Token>;

Tokens tokens_of(std::string_view sql) {
  Tokens tokens;
  while (!sql.empty()) {
    const Token token = first_token(sql);
    sql.remove_prefix(token.text.size());
    if (token.kind != Token::Kind::blank && token.kind != Token::Kind::comment)
      tokens.push_back(token);
  }
  return tokens;
}

bool is_word(const Token& token, std::string_view word) {
  return token.kind == Token::Kind::word && equal_folded(token.text, word);
}

bool has_word(const Tokens& tokens, std::string_view word) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
    return is_word(token, word);
  });
}

/// A string without the x of a blob.
bool is_text(const Token& token) {
  return token.kind == Token::Kind::string && token.text.starts_with('\'');
}

bool is_one_of(const Token& token, const std::vector<std::string_view>& words) {
  return std::any_of(
      words.begin(), words.end(), [&](auto word) { return is_word(token, word); });
}

/// Is it a constant that every dialect knows?
bool is_standard(const Tokens& tokens) {
  return std::all_of(tokens.begin(), tokens.end(), [](const Token& token) {
    if (token.kind == Token::Kind::symbol)
      return token.text == "-" || token.text == "+" || token.text == "(" ||
             token.text == ")";
    return is_text(token) || token.kind == Token::Kind::number ||
           is_one_of(token,
                     {"null",
                      "true",
                      "false",
                      "current_timestamp",
                      "current_date",
                      "current_time"});
  });
}

/// Is it a number, a text or the like, perhaps with a sign?
bool is_literal(const Tokens& tokens) {
  if (tokens.empty() || tokens.size() > 2) return false;
  if (tokens.size() == 2 && tokens[0].text != "-" && tokens[0].text != "+") return false;
  const Token& last = tokens.back();
  return last.kind == Token::Kind::number || last.kind == Token::Kind::string ||
         is_one_of(last, {"null", "true", "false"});
}

/// `"a"`, which SQLite takes for a text, as `'a'`.
std::string as_string(std::string_view identifier) {
  std::string made = "'";
  for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
    if (identifier[i] == '"') ++i;  // it is written twice
    if (identifier[i] == '\'') made += '\'';
    made += identifier[i];
  }
  return made + "'";
}

/// In MySQL's strings a backslash says how the next character is meant.
std::string with_backslashes_doubled(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '\\') made += '\\';
    made += c;
  }
  return made;
}

std::string in_parentheses(const std::string& sql) { return "(" + sql + ")"; }

/// Has a value of it no greatest length that is known?
bool is_unbounded(const Type& type) {
  return type.kind() == Type::Kind::text || type.kind() == Type::Kind::large_binary;
}

/// All the columns by which rows are looked up.
std::set<std::string> key_columns(const TableSnapshot& table) {
  std::set<std::string> all;
  const auto add = [&](const std::vector<std::string>& names) {
    all.insert(names.begin(), names.end());
  };
  add(table.primary_key.constrained_columns);
  for (const auto& unique : table.unique_constraints) add(unique.column_names);
  for (const auto& key : table.foreign_keys) add(key.constrained_columns);
  for (const auto& index : table.indexes) add(index.column_names);
  return all;
}

}  // namespace

// -- warnings ---------------------------------------------------------------------------

void Warnings::add(const std::string& what, const std::string& place) {
  const auto found = std::find_if(
      all_.begin(), all_.end(), [&](const auto& each) { return each.first == what; });
  auto& places =
      found == all_.end() ? all_.emplace_back(what, Places()).second : found->second;
  if (std::find(places.begin(), places.end(), place) == places.end())
    places.push_back(place);
}

std::vector<std::string> Warnings::lines() const {
  std::vector<std::string> made;
  for (const auto& [what, places] : all_)
    made.push_back(fmt::format("warning: {}: {}", what, fmt::join(places, ", ")));
  return made;
}

// -- tables -----------------------------------------------------------------------------

Translation::Translation(std::string from, std::string to, Warnings& warnings)
    : from_(std::move(from)),
      to_(std::move(to)),
      compiler_(ddl_compiler(to_)),
      warnings_(warnings) {}

void Translation::foreign_sql(std::string_view what, const std::string& place) {
  warnings_.add(fmt::format("{} is SQL of {}, and written as it is", what, from_), place);
}

void Translation::translate(TableSnapshot& table) {
  const auto place_of = [&](const std::string& part) { return table.name + "." + part; };
  for (ReflectedColumn& column : table.columns)
    translate_type(column, place_of(column.name));
  if (to_ == "mysql")
    std::erase_if(table.indexes, [&](const ReflectedIndex& index) {
      if (!index.where.empty())
        warnings_.add("mysql has no indexes of some rows; they are left out",
                      place_of(index.name));
      return !index.where.empty();
    });
  if (to_ == "mysql") limit_keys(table);
  for (ReflectedColumn& column : table.columns) {
    translate_default(column, place_of(column.name));
    translate_computed(column, place_of(column.name));
  }
  for (ReflectedForeignKey& key : table.foreign_keys) translate(key, table.name);
  if (!table.check_constraints.empty()) foreign_sql("a CHECK", table.name);
  for (ReflectedIndex& index : table.indexes) translate(index, place_of(index.name));
}

// -- columns ----------------------------------------------------------------------------

void Translation::translate_type(ReflectedColumn& column, const std::string& place) {
  const Type given = column.type;
  if (given.kind() == Type::Kind::user_defined && !is_typeless(given)) {
    warnings_.add(fmt::format("a type of {} is written as it is", from_), place);
    return;
  }
  column.type = given.as_generic().collated({});
  if (!given.collation().empty())
    warnings_.add(fmt::format("a COLLATE is {}'s own, and left out", from_), place);
  if (given.kind() == Type::Kind::null || is_typeless(given)) {
    const bool is_bytes = !given.spelling().empty();
    warnings_.add(fmt::format("a column without a type that is known is written as {}",
                              is_bytes ? "bytes" : "TEXT"),
                  place);
    column.type = is_bytes ? Type(LargeBinary()) : Type(Text());
  }
  // SQLite takes what it does not know for a number.
  if (given.kind() == Type::Kind::numeric && given.spelling() != "NUMERIC" &&
      given.spelling() != "DECIMAL")
    warnings_.add("a type that is not known is written as NUMERIC",
                  fmt::format("{} {}", place, given.spelling()));
  translate_unsigned(given, column, place);
  if (to_ == "mysql") translate_type_for_mysql(given, column, place);
}

void Translation::translate_unsigned(const Type& given,
                                     ReflectedColumn& column,
                                     const std::string& place) {
  const Tokens words = tokens_of(given.spelling());
  if (!has_word(words, "unsigned") || column.type.kind() == Type::Kind::numeric) return;
  const bool is_big = has_word(words, "big") || has_word(words, "bigint");
  column.type = is_big ? Type(BigInteger()) : Type(Integer());
  if (to_ == "mysql") {
    column.type = column.type.spelled(is_big ? "BIGINT UNSIGNED" : "INTEGER UNSIGNED");
  } else {
    warnings_.add(fmt::format("{} has no UNSIGNED, which is left out", to_), place);
  }
}

void Translation::translate_type_for_mysql(const Type& given,
                                           ReflectedColumn& column,
                                           const std::string& place) {
  if (given.kind() == Type::Kind::string && !given.length()) {
    warnings_.add("mysql has no VARCHAR without a length; it is written as TEXT", place);
    column.type = Text();
  }
  // Its FLOAT has four bytes.
  if (given.kind() == Type::Kind::float_) column.type = Float().spelled("DOUBLE");
  // Without digits its NUMERIC has none behind the point.
  if (given.kind() == Type::Kind::numeric && !given.precision()) {
    warnings_.add(
        "mysql has no NUMERIC without digits; it is written as its widest, with 30 of 65 "
        "behind the point",
        place);
    column.type = Numeric(65, 30);
  }
}

void Translation::translate_computed(ReflectedColumn& column, const std::string& place) {
  if (!column.computed) return;
  foreign_sql("what a column is generated as", place);
  if (to_ != "postgresql" || column.computed->persisted.value_or(false)) return;
  column.computed->persisted = true;
  warnings_.add("postgresql has no VIRTUAL columns; they are written as STORED", place);
}

void Translation::translate_default(ReflectedColumn& column, const std::string& place) {
  if (!column.default_) return;
  const std::string given = *column.default_;
  const Tokens tokens = tokens_of(given);
  const bool is_one = tokens.size() == 1;
  if (from_ == "sqlite" && is_one && tokens[0].kind == Token::Kind::identifier &&
      tokens[0].text.starts_with('"')) {
    column.default_ = as_string(tokens[0].text);
  } else if (to_ == "postgresql" && is_one && column.type.kind() == Type::Kind::boolean &&
             (tokens[0].text == "0" || tokens[0].text == "1")) {
    column.default_ = tokens[0].text == "1" ? "true" : "false";
  } else if (!is_standard(tokens)) {
    foreign_sql("a DEFAULT", place);
  }
  if (to_ != "mysql") return;
  const bool is_now = is_one && is_word(tokens[0], "current_timestamp") &&
                      column.type.kind() == Type::Kind::datetime;
  const Tokens made = tokens_of(*column.default_);
  const bool stands_alone = is_literal(made) && !is_unbounded(column.type);
  std::string sql = made.size() == 1 && is_text(made[0])
                        ? with_backslashes_doubled(*column.default_)
                        : *column.default_;
  const bool is_enclosed = sql.starts_with('(') && sql.ends_with(')');
  column.default_ = is_now || stands_alone || is_enclosed ? sql : in_parentheses(sql);
}

// -- keys and indexes -------------------------------------------------------------------

/// MySQL's keys are of what has a greatest length.
void Translation::limit_keys(TableSnapshot& table) {
  const std::set<std::string> keys = key_columns(table);
  for (ReflectedColumn& column : table.columns)
    if (keys.count(column.name) != 0 && is_unbounded(column.type))
      limit(column, table.name + "." + column.name);
}

void Translation::limit(ReflectedColumn& column, const std::string& place) {
  const bool is_text = column.type.kind() == Type::Kind::text;
  column.type = is_text ? Type(String(255)) : LargeBinary(255).spelled("VARBINARY");
  warnings_.add(fmt::format("mysql has no keys and indexes of {}; their columns are "
                            "written as {}(255)",
                            is_text ? "TEXT" : "BLOB",
                            is_text ? "VARCHAR" : "VARBINARY"),
                place);
}

void Translation::translate(ReflectedForeignKey& key, const std::string& place) {
  if (to_ != "mysql") return;
  const auto leave_out = [&](std::string_view what) {
    warnings_.add(fmt::format("mysql has no {}, which is left out", what), place);
  };
  ForeignKeyOptions& options = key.options;
  if (!options.match.empty()) leave_out("MATCH " + options.match);
  options.match.clear();
  if (options.deferrable.value_or(false)) leave_out("DEFERRABLE");
  options.deferrable.reset();
  options.initially.clear();
  for (std::string* action : {&options.ondelete, &options.onupdate}) {
    if (!equal_folded(*action, "SET DEFAULT")) continue;
    leave_out("SET DEFAULT of foreign keys");
    action->clear();
  }
}

void Translation::translate(ReflectedIndex& index, const std::string& place) {
  if (!index.where.empty()) foreign_sql("an index", place);
  for (std::size_t i = 0; i < index.expressions.size(); ++i)
    index.expressions[i] = element(index.column_names[i], index.expressions[i], place);
  if (index.expressions == index.column_names) index.expressions.clear();
}

/// An element of an index: a column, or an expression in the parentheses that other
/// dialects want; and DESC.
std::string Translation::element(const std::string& column,
                                 const std::string& expression,
                                 const std::string& place) {
  if (expression == column) return column;
  const Tokens tokens = tokens_of(expression);
  const bool has_order = !tokens.empty() && is_one_of(tokens.back(), {"asc", "desc"});
  const std::string order = has_order && is_word(tokens.back(), "desc") ? " DESC" : "";
  if (!column.empty()) {
    if (has_word(tokens, "collate"))
      warnings_.add(fmt::format("a COLLATE is {}'s own, and left out", from_), place);
    return order.empty() ? column : compiler_.quoted(column) + order;
  }
  foreign_sql("an index", place);
  std::string_view body = expression;
  if (has_order)
    body =
        body.substr(0, static_cast<std::size_t>(tokens.back().text.data() - body.data()));
  while (body.ends_with(' ')) body.remove_suffix(1);
  return in_parentheses(std::string(body)) + order;
}

}  // namespace hark::cli
