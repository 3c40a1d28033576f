// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <array>

#include "schema/dialect_ddl_compilers.hpp"

namespace hark {
namespace {

/// Of SQLite; sorted.
constexpr std::array<std::string_view, 117> reserved_words{
    "add",          "after",
    "all",          "alter",
    "analyze",      "and",
    "as",           "asc",
    "attach",       "autoincrement",
    "before",       "begin",
    "between",      "by",
    "cascade",      "case",
    "cast",         "check",
    "collate",      "column",
    "commit",       "conflict",
    "constraint",   "create",
    "cross",        "current_date",
    "current_time", "current_timestamp",
    "database",     "default",
    "deferrable",   "deferred",
    "delete",       "desc",
    "detach",       "distinct",
    "drop",         "each",
    "else",         "end",
    "escape",       "except",
    "exclusive",    "exists",
    "explain",      "fail",
    "false",        "for",
    "foreign",      "from",
    "full",         "glob",
    "group",        "having",
    "if",           "ignore",
    "immediate",    "in",
    "index",        "indexed",
    "initially",    "inner",
    "insert",       "instead",
    "intersect",    "into",
    "is",           "isnull",
    "join",         "key",
    "left",         "like",
    "limit",        "match",
    "natural",      "not",
    "notnull",      "null",
    "of",           "offset",
    "on",           "or",
    "order",        "outer",
    "plan",         "pragma",
    "primary",      "query",
    "raise",        "references",
    "reindex",      "rename",
    "replace",      "restrict",
    "right",        "rollback",
    "row",          "select",
    "set",          "table",
    "temp",         "temporary",
    "then",         "to",
    "transaction",  "trigger",
    "true",         "union",
    "unique",       "update",
    "using",        "vacuum",
    "values",       "view",
    "virtual",      "when",
    "where"};
static_assert(std::is_sorted(reserved_words.begin(), reserved_words.end()));

/// Source: SQLAlchemy lib/sqlalchemy/dialects/sqlite/base.py, SQLiteDDLCompiler.
class SQLiteDDLCompiler final : public DDLCompiler {
 public:
  bool supports_alter() const noexcept override { return false; }
  std::string column_specification(const Column& column) const override;
  std::string type(const Type& type) const override;

 protected:
  bool is_reserved(std::string_view word) const noexcept override {
    return std::binary_search(reserved_words.begin(), reserved_words.end(), word);
  }
  bool supports_partial_indexes() const noexcept override { return true; }
  std::string foreign_key(const ForeignKeyConstraint& constraint) const override;
  // What an attached database refers to is in it.
  std::string remote_table(const Table& table) const override { return bare(table); }
  std::string name_of_created(const Index& index) const override {
    return format_index(index, true);
  }
  std::string table_of_created(const Index& index) const override {
    return bare(*index.table());
  }

 private:
  std::string bare(const Table& table) const {
    return quoted(table.name(), table.options().quote);
  }
};

std::string SQLiteDDLCompiler::column_specification(const Column& column) const {
  const Table* const table = column.table();
  if (column.primary_key() && column.autoincrement() == Autoincrement::yes &&
      table != nullptr && table->primary_key().columns().size() != 1)
    throw CompileError(
        "SQLite counts in a column only where it is the whole primary key");
  const std::string type_name = type(column.type());
  return format_column(column) + (type_name.empty() ? "" : " " + type_name) +
         default_value(column) + nullability(column) + computed(column);
}

/// Nothing for a column that was reflected without a type.
std::string SQLiteDDLCompiler::type(const Type& type) const {
  const bool is_typeless =
      type.kind() == Type::Kind::user_defined && type.spelling().empty();
  return is_typeless ? std::string() : DDLCompiler::type(type);
}

std::string SQLiteDDLCompiler::foreign_key(const ForeignKeyConstraint& constraint) const {
  if (table_of(constraint).schema() != constraint.referred_table().schema()) return {};
  return DDLCompiler::foreign_key(constraint);
}

}  // namespace

std::unique_ptr<const DDLCompiler> detail::make_sqlite_ddl_compiler() {
  return std::make_unique<SQLiteDDLCompiler>();
}

}  // namespace hark
