// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>

#include "audit/lexer.hpp"
#include "cli/schema_postgresql.hpp"

namespace hark::cli {
namespace {

using audit::equal_folded;
using audit::first_token;
using audit::to_folded;
using audit::Token;

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

bool is_one_of_texts(const Token& token, const std::vector<std::string_view>& texts) {
  return std::find(texts.begin(), texts.end(), token.text) != texts.end();
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

/// A name in quotes, as it is.
std::string without_quotes(std::string_view identifier) {
  std::string made;
  for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
    made += identifier[i];
    if (identifier[i] == identifier[0]) ++i;  // it is written twice
  }
  return made;
}

/// MySQL's `'a\\b\n'` as the standard has it, with nothing escaped but quotes.
std::string without_backslashes(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      made += text[i];
      continue;
    }
    const char c = text[++i];
    made += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
  }
  return made;
}

/// The foreign key in which a column is, and the place of its column there.
std::optional<std::pair<const ReflectedForeignKey*, std::size_t>> reference_of(
    const TableSnapshot& table, const std::string& column) {
  for (const ReflectedForeignKey& key : table.foreign_keys)
    for (std::size_t i = 0; i < key.constrained_columns.size(); ++i)
      if (key.constrained_columns[i] == column) return std::pair(&key, i);
  return std::nullopt;
}

template <class Item>
const Item* find(const std::vector<Item>& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) {
    return equal_folded(item.name, name);
  });
  return found == items.end() ? nullptr : &*found;
}

/// The type of what a column refers to, however often that refers on; empty: it has none,
/// or the references end where they began.
std::optional<Type> type_of_referred(const SchemaSnapshot& schema,
                                     const TableSnapshot& table,
                                     const std::string& column) {
  const TableSnapshot* at = &table;
  std::string name = column;
  for (std::size_t steps = 0; steps <= schema.tables.size(); ++steps) {
    const auto reference = reference_of(*at, name);
    if (!reference) return std::nullopt;
    const auto& [key, place] = *reference;
    at = find(schema.tables, key->referred_table);
    if (at == nullptr || place >= key->referred_columns.size()) return std::nullopt;
    const ReflectedColumn* const referred =
        find(at->columns, key->referred_columns[place]);
    if (referred == nullptr) return std::nullopt;
    if (!is_typeless(referred->type)) return referred->type;
    name = referred->name;
  }
  return std::nullopt;
}

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

Translation::Translation(const SchemaSnapshot& there, std::string to, Warnings& warnings)
    : there_(there),
      to_(std::move(to)),
      compiler_(ddl_compiler(to_)),
      warnings_(warnings) {
  for (const TableSnapshot& table : there_.tables) names_.insert(to_folded(table.name));
}

void Translation::foreign_sql(std::string_view what, const std::string& place) {
  warnings_.add(
      fmt::format("{} is SQL of {}, and written as it is", what, there_.dialect), place);
}

void Translation::translate(TableSnapshot& table) {
  if (there_.dialect == "postgresql") generalize_postgresql(table, to_, warnings_);
  const auto place_of = [&](const std::string& part) { return table.name + "." + part; };
  for (ReflectedColumn& column : table.columns) {
    give_type(table, column, place_of(column.name));
    translate_type(column, place_of(column.name));
    if (column.type.kind() == Type::Kind::enum_ && column.type.name().empty())
      column.type = Enum(table.name + "_" + column.name, column.type.enums());
  }
  leave_out_indexes(table);
  if (is_to_mysql()) limit_keys(table);
  if (is_from_mysql()) {
    leave_out_options(table);
    rename_indexes(table);
    for (ReflectedCheckConstraint& check : table.check_constraints)
      check.sqltext = in_standard(check.sqltext);
  }
  for (ReflectedColumn& column : table.columns) {
    translate_default(column, place_of(column.name));
    translate_computed(column, place_of(column.name));
  }
  for (ReflectedForeignKey& key : table.foreign_keys) translate(key, table.name);
  if (!table.check_constraints.empty()) foreign_sql("a CHECK", table.name);
  for (ReflectedIndex& index : table.indexes) translate(index, place_of(index.name));
}

/// What only MySQL knows of a table: ENGINE and COLLATE are nothing to others.
void Translation::leave_out_options(TableSnapshot& table) {
  for (const std::string& option : table.mysql_options)
    if (option.starts_with("PARTITION") || option.starts_with("WITH SYSTEM"))
      warnings_.add("a table's partitions and versions are left out", table.name);
  table.mysql_options.clear();
}

/// SQL of MySQL with names in quotes and with strings as the standard has them.
std::string Translation::in_standard(std::string_view sql) const {
  std::string made;
  while (!sql.empty()) {
    const Token token = first_token(sql);
    sql.remove_prefix(token.text.size());
    if (token.kind == Token::Kind::identifier && token.text.starts_with('`')) {
      made += compiler_.quoted(without_quotes(token.text));
    } else if (is_text(token)) {
      made += without_backslashes(token.text);
    } else {
      made += token.text;
    }
  }
  return made;
}

// -- columns ----------------------------------------------------------------------------

/// A column without a type that refers to another one has that one's.
void Translation::give_type(const TableSnapshot& table,
                            ReflectedColumn& column,
                            const std::string& place) {
  if (!is_typeless(column.type)) return;
  const std::optional<Type> type = type_of_referred(there_, table, column.name);
  if (!type) return;
  column.type = *type;
  warnings_.add("a column without a type is written as what it refers to", place);
}

void Translation::translate_type(ReflectedColumn& column, const std::string& place) {
  const Type given = column.type;
  if (given.kind() == Type::Kind::user_defined && !is_typeless(given)) {
    warnings_.add(fmt::format("a type of {} is written as it is", there_.dialect), place);
    return;
  }
  column.type = given.as_generic().collated({});
  if (!given.collation().empty())
    warnings_.add(fmt::format("a COLLATE is {}'s own, and left out", there_.dialect),
                  place);
  if (given.kind() == Type::Kind::null || is_typeless(given)) {
    const bool is_bytes = !given.spelling().empty();
    warnings_.add(fmt::format("a column without a type that is known is written as {}",
                              is_bytes ? "bytes" : "TEXT"),
                  place);
    column.type = is_bytes ? Type(LargeBinary()) : Type(Text());
  }
  // SQLite takes what it does not know for a number.
  if (there_.dialect == "sqlite" && given.kind() == Type::Kind::numeric &&
      given.spelling() != "NUMERIC" && given.spelling() != "DECIMAL")
    warnings_.add("a type that is not known is written as NUMERIC",
                  fmt::format("{} {}", place, given.spelling()));
  translate_unsigned(given, column, place);
  if (is_to_mysql()) translate_type_for_mysql(given, column, place);
}

void Translation::translate_unsigned(const Type& given,
                                     ReflectedColumn& column,
                                     const std::string& place) {
  const std::string said = given.spelling() + " " + given.suffix();
  const Tokens words = tokens_of(said);
  if (!has_word(words, "unsigned") || column.type.kind() == Type::Kind::numeric) return;
  const bool is_big = has_word(words, "big") || has_word(words, "bigint");
  column.type = is_big ? Type(BigInteger()) : Type(Integer());
  if (is_to_mysql()) {
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
  if (is_from_mysql()) column.computed->sqltext = in_standard(column.computed->sqltext);
  foreign_sql("what a column is generated as", place);
  if (to_ != "postgresql" || column.computed->persisted.value_or(false)) return;
  column.computed->persisted = true;
  warnings_.add("postgresql has no VIRTUAL columns; they are written as STORED", place);
}

/// What MySQL writes as calls, the standard has as words; of an UPDATE it knows nothing.
void Translation::translate_default_of_mysql(ReflectedColumn& column,
                                             const std::string& place) {
  const Tokens tokens = tokens_of(*column.default_);
  std::size_t end = tokens.size();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (is_word(tokens[i], "on") && is_word(tokens[i + 1], "update")) end = i;
  if (end < tokens.size()) {
    warnings_.add(fmt::format("{} has no ON UPDATE of columns, which is left out", to_),
                  place);
    column.default_->resize(
        static_cast<std::size_t>(tokens[end].text.data() - column.default_->data()));
  }
  const auto is = [&](std::string_view word) {
    return end > 0 && is_word(tokens[0], word) && (end == 1 || tokens[1].text == "(");
  };
  if (end == 1 && is("null")) {
    column.default_.reset();
  } else if (is("current_timestamp")) {
    column.default_ = "CURRENT_TIMESTAMP";
  } else if (is("curdate") || is("current_date")) {
    column.default_ = "CURRENT_DATE";
  } else if (is("curtime") || is("current_time")) {
    column.default_ = "CURRENT_TIME";
  } else {
    column.default_ = in_standard(*column.default_);
  }
}

void Translation::translate_default(ReflectedColumn& column, const std::string& place) {
  if (column.default_ && is_from_mysql()) translate_default_of_mysql(column, place);
  if (!column.default_) return;
  const std::string given = *column.default_;
  const Tokens tokens = tokens_of(given);
  const bool is_one = tokens.size() == 1;
  if (there_.dialect == "sqlite" && is_one && tokens[0].kind == Token::Kind::identifier &&
      tokens[0].text.starts_with('"')) {
    column.default_ = as_string(tokens[0].text);
  } else if (to_ == "postgresql" && is_one && column.type.kind() == Type::Kind::boolean &&
             is_one_of_texts(tokens[0], {"0", "1", "'0'", "'1'"})) {
    const bool is_true = is_one_of_texts(tokens[0], {"1", "'1'"});
    column.default_ = is_true ? "true" : "false";
  } else if (!is_standard(tokens)) {
    foreign_sql("a DEFAULT", place);
  }
  if (!is_to_mysql()) return;
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

/// What the other dialect has not.
void Translation::leave_out_indexes(TableSnapshot& table) {
  std::erase_if(table.indexes, [&](const ReflectedIndex& index) {
    const std::string place = table.name + "." + index.name;
    if (!index.prefix.empty())
      warnings_.add(
          fmt::format("{} has no {} indexes; they are left out", to_, index.prefix),
          place);
    const bool is_partial = is_to_mysql() && !index.where.empty();
    if (is_partial)
      warnings_.add("mysql has no indexes of some rows; they are left out", place);
    return is_partial || !index.prefix.empty();
  });
}

/// In MySQL, two tables may have indexes of one name.
void Translation::rename_indexes(TableSnapshot& table) {
  for (ReflectedIndex& index : table.indexes) rename_index(index.name, table.name);
  for (ReflectedUniqueConstraint& unique : table.unique_constraints)
    rename_index(unique.name, table.name);
}

void Translation::rename_index(std::string& name, const std::string& table) {
  const std::string given = name;
  const std::string longer = fmt::format("{}_{}", table, given);
  for (int number = 1; !names_.insert(to_folded(name)).second; ++number)
    name = number == 1 ? longer : fmt::format("{}_{}", longer, number);
  if (name != given)
    warnings_.add(fmt::format("an index has another name, as {} wants each once", to_),
                  fmt::format("{}.{} as {}", table, given, name));
}

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
  if (!is_to_mysql()) return;
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
  index.using_.clear();
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
      warnings_.add(fmt::format("a COLLATE is {}'s own, and left out", there_.dialect),
                    place);
    if (is_from_mysql() && expression.find('(') != std::string::npos)
      warnings_.add("an index of a prefix is written as one of the whole", place);
    return order.empty() ? column : compiler_.quoted(column) + order;
  }
  foreign_sql("an index", place);
  std::string_view body = expression;
  if (has_order)
    body =
        body.substr(0, static_cast<std::size_t>(tokens.back().text.data() - body.data()));
  while (body.ends_with(' ')) body.remove_suffix(1);
  return in_parentheses(is_from_mysql() ? in_standard(body) : std::string(body)) + order;
}

}  // namespace hark::cli
