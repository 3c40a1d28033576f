// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <array>

#include "schema/dialect_ddl_compilers.hpp"

namespace hark {
namespace {

/// Of PostgreSQL; sorted.
constexpr std::array<std::string_view, 102> reserved_words{"all",
                                                           "analyse",
                                                           "analyze",
                                                           "and",
                                                           "any",
                                                           "array",
                                                           "as",
                                                           "asc",
                                                           "asymmetric",
                                                           "authorization",
                                                           "between",
                                                           "binary",
                                                           "both",
                                                           "case",
                                                           "cast",
                                                           "check",
                                                           "collate",
                                                           "column",
                                                           "constraint",
                                                           "create",
                                                           "cross",
                                                           "current_catalog",
                                                           "current_date",
                                                           "current_role",
                                                           "current_schema",
                                                           "current_time",
                                                           "current_timestamp",
                                                           "current_user",
                                                           "default",
                                                           "deferrable",
                                                           "desc",
                                                           "distinct",
                                                           "do",
                                                           "else",
                                                           "end",
                                                           "except",
                                                           "false",
                                                           "fetch",
                                                           "for",
                                                           "foreign",
                                                           "freeze",
                                                           "from",
                                                           "full",
                                                           "grant",
                                                           "group",
                                                           "having",
                                                           "ilike",
                                                           "in",
                                                           "initially",
                                                           "inner",
                                                           "intersect",
                                                           "into",
                                                           "is",
                                                           "isnull",
                                                           "join",
                                                           "leading",
                                                           "left",
                                                           "like",
                                                           "limit",
                                                           "localtime",
                                                           "localtimestamp",
                                                           "natural",
                                                           "new",
                                                           "not",
                                                           "notnull",
                                                           "null",
                                                           "of",
                                                           "off",
                                                           "offset",
                                                           "old",
                                                           "on",
                                                           "only",
                                                           "or",
                                                           "order",
                                                           "outer",
                                                           "over",
                                                           "overlaps",
                                                           "placing",
                                                           "primary",
                                                           "references",
                                                           "returning",
                                                           "right",
                                                           "select",
                                                           "session_user",
                                                           "similar",
                                                           "some",
                                                           "symmetric",
                                                           "table",
                                                           "then",
                                                           "to",
                                                           "trailing",
                                                           "true",
                                                           "union",
                                                           "unique",
                                                           "user",
                                                           "using",
                                                           "variadic",
                                                           "verbose",
                                                           "when",
                                                           "where",
                                                           "window",
                                                           "with"};
static_assert(std::is_sorted(reserved_words.begin(), reserved_words.end()));

/// Source: SQLAlchemy lib/sqlalchemy/dialects/postgresql/base.py, PGDDLCompiler.
class PostgreSQLDDLCompiler final : public DDLCompiler {
 public:
  bool supports_sequences() const noexcept override { return true; }
  bool supports_comments() const noexcept override { return true; }
  std::size_t max_identifier_length() const noexcept override { return 63; }
  bool supports_native_enum() const noexcept override { return true; }
  bool creates_enum_types() const noexcept override { return true; }
  std::string column_specification(const Column& column) const override;
  std::string create_enum_type(const Type& type) const override;
  std::string drop_enum_type(const Type& type, const DropOptions& options) const override;

 protected:
  bool is_reserved(std::string_view word) const noexcept override {
    return std::binary_search(reserved_words.begin(), reserved_words.end(), word);
  }
  bool supports_identity_columns() const noexcept override { return true; }
  bool supports_partial_indexes() const noexcept override { return true; }

  std::string float_type(const Type& type) const override;
  std::string datetime_type(const Type& type) const override;
  std::string time_type(const Type& type) const override;
  std::string large_binary_type(const Type&) const override { return "BYTEA"; }
  std::string uuid_type() const override { return "UUID"; }
  std::string enum_type(const Type& type) const override {
    return format_enum_type(type);
  }
  std::string array_type(const Type& type) const override;

  std::string computed(const Column& column) const override;
  std::string nullability(const Column& column) const override;
  std::string method(const Index& index) const override;
  std::string storage(const Index& index) const override;
  std::string table_suffix(const Table& table) const override;
};

/// Does it count by a sequence that PostgreSQL makes for it?
bool is_serial(const Column& column) {
  return column.primary_key() && column.table() != nullptr &&
         column.table()->primary_key().autoincrement_column() == &column &&
         column.identity() == nullptr &&
         (column.sequence() == nullptr || column.sequence()->options().optional);
}

std::string serial(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::big_integer:
      return "BIGSERIAL";
    case Type::Kind::small_integer:
      return "SMALLSERIAL";
    default:
      return "SERIAL";
  }
}

std::string with_time_zone(const std::string& name, const Type& type) {
  return name + (type.timezone() ? " WITH TIME ZONE" : " WITHOUT TIME ZONE");
}

std::string PostgreSQLDDLCompiler::column_specification(const Column& column) const {
  std::string sql = format_column(column) + " ";
  if (is_serial(column)) {
    sql += serial(column.type());
  } else {
    sql += type(column.type());
    sql += default_value(column);
  }
  return sql + computed(column) + identity(column) + nullability(column);
}

std::string PostgreSQLDDLCompiler::computed(const Column& column) const {
  const Computed* const given = column.computed();
  if (given == nullptr) return {};
  if (given->persisted() == false)
    throw CompileError("PostgreSQL stores what is computed, and this is to be virtual");
  return " GENERATED ALWAYS AS (" + given->sqltext() + ") STORED";
}

std::string PostgreSQLDDLCompiler::nullability(const Column& column) const {
  if (column.nullable() && column.identity() != nullptr) return " NULL";
  return DDLCompiler::nullability(column);
}

std::string PostgreSQLDDLCompiler::float_type(const Type& type) const {
  return type.precision().value_or(0) == 0 ? "FLOAT"
                                           : detail::with_precision("FLOAT", type);
}

std::string PostgreSQLDDLCompiler::datetime_type(const Type& type) const {
  return with_time_zone("TIMESTAMP", type);
}

std::string PostgreSQLDDLCompiler::time_type(const Type& type) const {
  return with_time_zone("TIME", type);
}

/// A COLLATE stands behind the brackets.
std::string PostgreSQLDDLCompiler::array_type(const Type& type) const {
  const Type& item = type.item_type();
  return this->type(item.collated({})) + "[]" + collation(item);
}

std::string PostgreSQLDDLCompiler::create_enum_type(const Type& type) const {
  return "CREATE TYPE " + format_enum_type(type) + " AS ENUM (" + values_of(type) + ")";
}

std::string PostgreSQLDDLCompiler::drop_enum_type(const Type& type,
                                                  const DropOptions& options) const {
  return std::string("DROP TYPE ") + (options.if_exists ? "IF EXISTS " : "") +
         format_enum_type(type) + (options.cascade ? " CASCADE" : "");
}

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string PostgreSQLDDLCompiler::method(const Index& index) const {
  std::string name = index.options().postgresql_using;
  if (name.empty()) return name;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!std::all_of(name.begin(), name.end(), is_word)) {
    throw CompileError("'" + name + "', the method of index '" +
                       std::string(index.name()) + "', is no word");
  }
  return "USING " + name + " ";
}

std::string PostgreSQLDDLCompiler::storage(const Index& index) const {
  std::string names;
  for (const std::string& key : index.options().postgresql_include)
    names += (names.empty() ? "" : ", ") + format_column((*index.table())[key]);
  std::string sql = names.empty() ? names : " INCLUDE (" + names + ")";
  const std::string& with = index.options().postgresql_with;
  if (!with.empty()) sql += " WITH (" + with + ")";
  return sql;
}

std::string PostgreSQLDDLCompiler::table_suffix(const Table& table) const {
  const std::string& by = table.options().postgresql_partition_by;
  return by.empty() ? by : "\n PARTITION BY " + by;
}

}  // namespace

std::unique_ptr<const DDLCompiler> detail::make_postgresql_ddl_compiler() {
  return std::make_unique<PostgreSQLDDLCompiler>();
}

}  // namespace hark
