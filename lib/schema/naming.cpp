// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "schema/access.hpp"

namespace hark {
namespace {

/// What a convention can ask about.
struct Named {
  const Table& table;
  std::string given;                          // the name that it has; empty: none
  std::vector<const Column*> columns{};       // those that refer, of a foreign key
  const ForeignKeyConstraint* key = nullptr;  // null: it is none
};

std::string label_of(const Column& column) {
  const Table& table = *column.table();
  std::string label = table.schema();
  std::replace(label.begin(), label.end(), '.', '_');
  if (!label.empty()) label += '_';
  return label + std::string(table.name()) + "_" + std::string(column.name());
}

std::string referred_table_name(const ForeignKeyConstraint& key) {
  const std::string full = key.referred_table_key();
  const std::size_t point = full.rfind('.');
  return point == std::string::npos ? full : full.substr(point + 1);
}

/// A column's part of a token: "column_0_name" asks for `name` of `column`.
struct ColumnToken {
  bool is_referred;
  std::size_t index;
  bool is_each;  // all columns' instead
  std::string_view separator;
  std::string_view what;
};

std::optional<ColumnToken> column_token(std::string_view token) {
  ColumnToken parsed{};
  parsed.is_referred = token.starts_with("referred_");
  if (parsed.is_referred) token.remove_prefix(9);
  if (!token.starts_with("column_")) return std::nullopt;
  token.remove_prefix(7);
  const auto [end, error] =
      std::from_chars(token.data(), token.data() + token.size(), parsed.index);
  if (error != std::errc()) return std::nullopt;
  token.remove_prefix(static_cast<std::size_t>(end - token.data()));
  if (token.starts_with("_N_")) {
    parsed.is_each = true;
    parsed.separator = "_";
    token.remove_prefix(3);
  } else if (token.starts_with("N_")) {
    parsed.is_each = true;
    token.remove_prefix(2);
  } else if (token.starts_with("_")) {
    token.remove_prefix(1);
  } else {
    return std::nullopt;
  }
  parsed.what = token;
  const bool is_known =
      parsed.what == "name" ||
      (!parsed.is_referred && (parsed.what == "key" || parsed.what == "label"));
  return is_known ? std::optional(parsed) : std::nullopt;
}

std::string part(const ColumnToken& token, const Named& named, std::size_t index) {
  if (index >= named.columns.size()) return {};
  if (token.is_referred)
    return named.key == nullptr
               ? std::string()
               : std::string(named.key->elements()[index]->column().name());
  const Column& column = *named.columns[index];
  if (token.what == "name") return std::string(column.name());
  if (token.what == "key") return column.key();
  return label_of(column);
}

std::string value_of(const ColumnToken& token, const Named& named) {
  if (!token.is_each) return part(token, named, token.index);
  std::string all;
  for (std::size_t i = 0; i < named.columns.size(); ++i) {
    if (i != 0) all += token.separator;
    all += part(token, named, i);
  }
  return all;
}

std::string value_of(std::string_view token, const Named& named) {
  if (token == "table_name") return std::string(named.table.name());
  if (token == "referred_table_name" && named.key != nullptr)
    return referred_table_name(*named.key);
  if (token == "constraint_name") {
    if (named.given.empty()) {
      throw InvalidRequestError("a constraint of table '" + named.table.key() +
                                "' needs a name: the naming convention uses "
                                "%(constraint_name)s");
    }
    return named.given;
  }
  if (const auto parsed = column_token(token)) return value_of(*parsed, named);
  throw ArgumentError("a naming convention uses %(" + std::string(token) +
                      ")s, which is not known");
}

std::string applied(std::string_view convention, const Named& named) {
  std::string name;
  while (!convention.empty()) {
    const std::size_t percent = convention.find('%');
    name += convention.substr(0, percent);
    if (percent == std::string_view::npos) break;
    convention.remove_prefix(percent + 1);
    if (convention.starts_with('%')) {
      name += '%';
      convention.remove_prefix(1);
      continue;
    }
    const std::size_t end = convention.find(")s");
    if (!convention.starts_with('(') || end == std::string_view::npos) {
      throw ArgumentError(
          "a naming convention has a % that begins no token, as in "
          "%(table_name)s");
    }
    name += value_of(convention.substr(1, end - 1), named);
    convention.remove_prefix(end + 2);
  }
  return name;
}

std::string_view convention_of(const MetaData& metadata, const char* kind) {
  const auto found = metadata.naming_convention().find(kind);
  return found == metadata.naming_convention().end() ? std::string_view() : found->second;
}

/// The name by the convention; empty: the one that was given stays.
std::string name_for(std::string_view convention, const Named& named) {
  const bool uses_given = convention.find("%(constraint_name)s") != std::string::npos;
  if (convention.empty() || (!named.given.empty() && !uses_given)) return {};
  return applied(convention, named);
}

const char* kind_of(const Constraint& constraint) noexcept {
  const std::string_view what = constraint.visit_name();
  if (what == "primary_key_constraint") return "pk";
  if (what == "foreign_key_constraint") return "fk";
  if (what == "unique_constraint") return "uq";
  return "ck";
}

}  // namespace

/// Source: SQLAlchemy lib/sqlalchemy/sql/naming.py.
void detail::SchemaAccess::name(Constraint& constraint, const Table& table) {
  if (constraint.is_named_by_convention_) return;
  Named named{.table = table, .given = constraint.options_.name};
  if (const auto* with_columns =
          dynamic_cast<const ColumnCollectionConstraint*>(&constraint)) {
    named.columns.assign(with_columns->columns().begin(), with_columns->columns().end());
    named.key = dynamic_cast<const ForeignKeyConstraint*>(&constraint);
  }
  std::string made =
      name_for(convention_of(table.metadata(), kind_of(constraint)), named);
  if (made.empty()) return;
  constraint.options_.name = std::move(made);
  constraint.is_named_by_convention_ = true;
}

void detail::SchemaAccess::name(Index& index, const Table& table) {
  if (index.is_named_by_convention_) return;
  Named named{.table = table, .given = index.name_};
  named.columns.assign(index.columns_.begin(), index.columns_.end());
  std::string made = name_for(convention_of(table.metadata(), "ix"), named);
  if (made.empty()) return;
  index.name_ = std::move(made);
  index.is_named_by_convention_ = true;
}

}  // namespace hark
