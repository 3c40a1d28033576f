// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/metadata.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "schema/dialect_ddl_compilers.hpp"

namespace hark {
namespace {

/// Of MySQL and MariaDB alike; sorted.
constexpr std::array<std::string_view, 237> reserved_words{
    "accessible",
    "add",
    "all",
    "alter",
    "analyze",
    "and",
    "as",
    "asc",
    "asensitive",
    "before",
    "between",
    "bigint",
    "binary",
    "blob",
    "both",
    "by",
    "call",
    "cascade",
    "case",
    "change",
    "char",
    "character",
    "check",
    "collate",
    "column",
    "condition",
    "constraint",
    "continue",
    "convert",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "cursor",
    "database",
    "databases",
    "day_hour",
    "day_microsecond",
    "day_minute",
    "day_second",
    "dec",
    "decimal",
    "declare",
    "default",
    "delayed",
    "delete",
    "desc",
    "describe",
    "deterministic",
    "distinct",
    "distinctrow",
    "div",
    "double",
    "drop",
    "dual",
    "each",
    "else",
    "elseif",
    "enclosed",
    "escaped",
    "except",
    "exists",
    "exit",
    "explain",
    "false",
    "fetch",
    "float",
    "float4",
    "float8",
    "for",
    "force",
    "foreign",
    "from",
    "fulltext",
    "general",
    "grant",
    "group",
    "having",
    "high_priority",
    "hour_microsecond",
    "hour_minute",
    "hour_second",
    "if",
    "ignore",
    "ignore_server_ids",
    "in",
    "index",
    "infile",
    "inner",
    "inout",
    "insensitive",
    "insert",
    "int",
    "int1",
    "int2",
    "int3",
    "int4",
    "int8",
    "integer",
    "interval",
    "into",
    "is",
    "iterate",
    "join",
    "key",
    "keys",
    "kill",
    "leading",
    "leave",
    "left",
    "like",
    "limit",
    "linear",
    "lines",
    "load",
    "localtime",
    "localtimestamp",
    "lock",
    "long",
    "longblob",
    "longtext",
    "loop",
    "low_priority",
    "master_heartbeat_period",
    "master_ssl_verify_server_cert",
    "match",
    "maxvalue",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "middleint",
    "minute_microsecond",
    "minute_second",
    "mod",
    "modifies",
    "natural",
    "no_write_to_binlog",
    "not",
    "null",
    "numeric",
    "on",
    "optimize",
    "option",
    "optionally",
    "or",
    "order",
    "out",
    "outer",
    "outfile",
    "over",
    "partition",
    "precision",
    "primary",
    "procedure",
    "purge",
    "range",
    "read",
    "read_write",
    "reads",
    "real",
    "recursive",
    "references",
    "regexp",
    "release",
    "rename",
    "repeat",
    "replace",
    "require",
    "resignal",
    "restrict",
    "return",
    "revoke",
    "right",
    "rlike",
    "rows",
    "schema",
    "schemas",
    "second_microsecond",
    "select",
    "sensitive",
    "separator",
    "set",
    "show",
    "signal",
    "slow",
    "smallint",
    "spatial",
    "specific",
    "sql",
    "sql_big_result",
    "sql_calc_found_rows",
    "sql_small_result",
    "sqlexception",
    "sqlstate",
    "sqlwarning",
    "ssl",
    "starting",
    "straight_join",
    "system",
    "table",
    "terminated",
    "then",
    "tinyblob",
    "tinyint",
    "tinytext",
    "to",
    "trailing",
    "trigger",
    "true",
    "undo",
    "union",
    "unique",
    "unlock",
    "unsigned",
    "update",
    "usage",
    "use",
    "using",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "values",
    "varbinary",
    "varchar",
    "varcharacter",
    "varying",
    "when",
    "where",
    "while",
    "window",
    "with",
    "write",
    "xor",
    "year_month",
    "zerofill"};
static_assert(std::is_sorted(reserved_words.begin(), reserved_words.end()));

/// Of MySQL alone; sorted.
constexpr std::array<std::string_view, 38> reserved_by_mysql{"admin",
                                                             "array",
                                                             "cube",
                                                             "cume_dist",
                                                             "dense_rank",
                                                             "empty",
                                                             "first_value",
                                                             "function",
                                                             "generated",
                                                             "get",
                                                             "get_master_public_key",
                                                             "grouping",
                                                             "groups",
                                                             "io_after_gtids",
                                                             "io_before_gtids",
                                                             "json_table",
                                                             "lag",
                                                             "last_value",
                                                             "lateral",
                                                             "lead",
                                                             "master_bind",
                                                             "member",
                                                             "nth_value",
                                                             "ntile",
                                                             "of",
                                                             "optimizer_costs",
                                                             "parse_gcol_expr",
                                                             "percent_rank",
                                                             "persist",
                                                             "persist_only",
                                                             "rank",
                                                             "role",
                                                             "row",
                                                             "row_number",
                                                             "sql_after_gtids",
                                                             "sql_before_gtids",
                                                             "stored",
                                                             "virtual"};
static_assert(std::is_sorted(reserved_by_mysql.begin(), reserved_by_mysql.end()));

/// Of MariaDB alone; sorted.
constexpr std::array<std::string_view, 25> reserved_by_mariadb{"body",
                                                               "current_role",
                                                               "do_domain_ids",
                                                               "elsif",
                                                               "goto",
                                                               "history",
                                                               "ignore_domain_ids",
                                                               "intersect",
                                                               "offset",
                                                               "others",
                                                               "package",
                                                               "page_checksum",
                                                               "parse_vcol_expr",
                                                               "period",
                                                               "position",
                                                               "raise",
                                                               "ref_system_id",
                                                               "returning",
                                                               "rowtype",
                                                               "stats_auto_recalc",
                                                               "stats_persistent",
                                                               "stats_sample_pages",
                                                               "system_time",
                                                               "versioning",
                                                               "without"};
static_assert(std::is_sorted(reserved_by_mariadb.begin(), reserved_by_mariadb.end()));

template <std::size_t Size>
bool has(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

bool equal_but_for_case(std::string_view text, std::string_view upper) {
  const auto same = [](char a, char b) {
    return a == b || (a >= 'a' && a <= 'z' && a - 'a' + 'A' == b);
  };
  return std::equal(text.begin(), text.end(), upper.begin(), upper.end(), same);
}

/// Source: SQLAlchemy lib/sqlalchemy/dialects/mysql/base.py, MySQLDDLCompiler.
class MySQLDDLCompiler : public DDLCompiler {
 public:
  bool supports_comments() const noexcept override { return true; }
  bool inline_comments() const noexcept override { return true; }
  bool supports_native_enum() const noexcept override { return true; }
  std::size_t max_identifier_length() const noexcept override { return 255; }

  std::string column_specification(const Column& column) const override;
  std::string drop_constraint(const Constraint& constraint,
                              const DropOptions& options) const override;
  std::string create_index(const Index& index,
                           const CreateOptions& options) const override;
  std::string drop_index(const Index& index, const DropOptions& options) const override;
  std::string create_sequence(const Sequence& sequence,
                              const CreateOptions& options) const override;
  std::string set_table_comment(const Table& table) const override;
  std::string set_column_comment(const Column& column) const override;
  std::string literal(std::string_view text) const override;

 protected:
  char quote() const noexcept override { return '`'; }
  bool is_reserved(std::string_view word) const noexcept override {
    return has(reserved_words, word) || has(reserved_by_mysql, word);
  }
  std::size_t max_made_name_length() const noexcept override { return 64; }

  std::string string_type(const Type& type) const override;
  std::string float_type(const Type& type) const override;
  std::string boolean_type() const override { return "BOOL"; }
  std::string large_binary_type(const Type& type) const override;
  std::string enum_type(const Type& type) const override;
  std::string spelled_type(const Type& type) const override;
  std::string collation(const Type& type) const override;

  std::string nullability(const Column& column) const override;
  std::string match(const ForeignKeyConstraint& constraint) const override;
  std::string table_suffix(const Table& table) const override;
  /// What DROP calls a CHECK.
  virtual std::string_view word_for_check() const noexcept { return "CHECK "; }

 private:
  bool counts(const Column& column) const;
  std::string_view word_for(const Constraint& constraint) const;
};

class MariaDBDDLCompiler final : public MySQLDDLCompiler {
 public:
  bool supports_sequences() const noexcept override { return true; }

 protected:
  bool is_reserved(std::string_view word) const noexcept override {
    return has(reserved_words, word) || has(reserved_by_mariadb, word);
  }
  std::string_view word_for_check() const noexcept override { return "CONSTRAINT "; }
};

// -- columns ----------------------------------------------------------------------------

/// Has it AUTO_INCREMENT?
bool MySQLDDLCompiler::counts(const Column& column) const {
  if (column.table() == nullptr ||
      column.table()->primary_key().autoincrement_column() != &column)
    return false;
  if (column.server_default() != nullptr && column.identity() == nullptr) return false;
  const Sequence* const sequence = column.sequence();
  return !supports_sequences() || sequence == nullptr || sequence->options().optional;
}

std::string MySQLDDLCompiler::column_specification(const Column& column) const {
  std::string sql = format_column(column) + " " + type(column.type()) + computed(column) +
                    nullability(column);
  if (!column.comment().empty()) sql += " COMMENT " + literal(column.comment());
  return sql + (counts(column) ? " AUTO_INCREMENT" : default_value(column));
}

std::string MySQLDDLCompiler::nullability(const Column& column) const {
  // A TIMESTAMP is NOT NULL of itself.
  const bool is_to_be_said = equal_but_for_case(column.type().spelling(), "TIMESTAMP");
  if (column.nullable()) return is_to_be_said ? " NULL" : "";
  return " NOT NULL";
}

std::string MySQLDDLCompiler::literal(std::string_view text) const {
  std::string sql;
  for (const char each : DDLCompiler::literal(text)) {
    if (each == '\\') sql += '\\';
    sql += each;
  }
  return sql;
}

std::string MySQLDDLCompiler::set_column_comment(const Column& column) const {
  if (column.table() == nullptr) return DDLCompiler::set_column_comment(column);
  return "ALTER TABLE " + format_table(*column.table()) + " CHANGE " +
         format_column(column) + " " + column_specification(column);
}

// -- types ------------------------------------------------------------------------------

void require_length(const Type& type, const std::string& name) {
  if (type.length().value_or(0) != 0) return;
  throw CompileError("MySQL wants to know the length of a " + name);
}

std::string MySQLDDLCompiler::string_type(const Type& type) const {
  require_length(type, "VARCHAR");
  return DDLCompiler::string_type(type);
}

std::string MySQLDDLCompiler::spelled_type(const Type& type) const {
  if (equal_but_for_case(type.spelling(), "VARCHAR") ||
      equal_but_for_case(type.spelling(), "NVARCHAR"))
    require_length(type, type.spelling());
  return DDLCompiler::spelled_type(type);
}

std::string MySQLDDLCompiler::float_type(const Type& type) const {
  return detail::with_precision("FLOAT", type);
}

std::string MySQLDDLCompiler::large_binary_type(const Type& type) const {
  return detail::with_length("BLOB", type);
}

std::string MySQLDDLCompiler::enum_type(const Type& type) const {
  std::string values;
  for (const std::string& each : type.enums())
    values += (values.empty() ? "" : ",") + literal(each);
  return "ENUM(" + values + ")";
}

std::string MySQLDDLCompiler::collation(const Type& type) const {
  if (type.collation().empty()) return {};
  return " COLLATE " + type.collation();
}

// -- constraints, indexes and comments --------------------------------------------------

std::string MySQLDDLCompiler::match(const ForeignKeyConstraint& constraint) const {
  if (constraint.options().match.empty()) return {};
  throw CompileError(
      "MySQL ignores MATCH, and ON DELETE and ON UPDATE with it: a foreign "
      "key of table '" +
      std::string(table_of(constraint).name()) + "' has it");
}

std::string MySQLDDLCompiler::table_suffix(const Table& table) const {
  std::string sql;
  if (!table.comment().empty()) sql = "COMMENT=" + literal(table.comment());
  for (const std::string& option : table.options().mysql_options)
    sql += (sql.empty() ? "" : " ") + option;
  return sql;
}

std::string MySQLDDLCompiler::set_table_comment(const Table& table) const {
  return "ALTER TABLE " + format_table(table) + " COMMENT " + literal(table.comment());
}

std::string_view MySQLDDLCompiler::word_for(const Constraint& constraint) const {
  if (dynamic_cast<const ForeignKeyConstraint*>(&constraint) != nullptr)
    return "FOREIGN KEY ";
  if (dynamic_cast<const UniqueConstraint*>(&constraint) != nullptr) return "INDEX ";
  return word_for_check();
}

std::string MySQLDDLCompiler::drop_constraint(const Constraint& constraint,
                                              const DropOptions& options) const {
  const std::string sql = "ALTER TABLE " + format_table(table_of(constraint)) + " DROP ";
  if (dynamic_cast<const PrimaryKeyConstraint*>(&constraint) != nullptr)
    return sql + "PRIMARY KEY ";
  return sql + std::string(word_for(constraint)) +
         (options.if_exists ? "IF EXISTS " : "") + require_name(constraint);
}

std::string MySQLDDLCompiler::create_index(const Index& index,
                                           const CreateOptions& options) const {
  const IndexOptions& own = index.options();
  std::string sql = DDLCompiler::create_index(index, options);
  if (!own.mysql_prefix.empty())
    sql.insert(std::string_view("CREATE ").size(), own.mysql_prefix + " ");
  if (!own.mysql_with_parser.empty()) sql += " WITH PARSER " + own.mysql_with_parser;
  if (!own.mysql_using.empty()) sql += " USING " + own.mysql_using;
  return sql;
}

std::string MySQLDDLCompiler::drop_index(const Index& index,
                                         const DropOptions& options) const {
  require_complete(index);
  return std::string("\nDROP INDEX ") + (options.if_exists ? "IF EXISTS " : "") +
         format_index(index) + " ON " + format_table(*index.table());
}

// -- sequences --------------------------------------------------------------------------

/// MariaDB has them, under whichever name it is reached, and writes NOCYCLE in one word.
std::string MySQLDDLCompiler::create_sequence(const Sequence& sequence,
                                              const CreateOptions& options) const {
  IdentityOptions counting = sequence.options();
  if (counting.order.has_value()) {
    throw CompileError("MariaDB has no sequences with ORDER or NO ORDER, as '" +
                       std::string(sequence.name()) + "' has it");
  }
  const std::optional<bool> cycle = std::exchange(counting.cycle, std::nullopt);
  const Sequence known(std::string(sequence.name()), counting, sequence.schema());
  const std::string sql = DDLCompiler::create_sequence(known, options);
  return cycle ? sql + (*cycle ? " CYCLE" : " NOCYCLE") : sql;
}

}  // namespace

std::unique_ptr<const DDLCompiler> detail::make_mysql_ddl_compiler() {
  return std::make_unique<MySQLDDLCompiler>();
}

std::unique_ptr<const DDLCompiler> detail::make_mariadb_ddl_compiler() {
  return std::make_unique<MariaDBDDLCompiler>();
}

}  // namespace hark
