// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema/ddl_compiler.hpp>
#include <hark/schema/metadata.hpp>

#include <boost/uuid/detail/md5.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <utility>

#include "detail/nearest.hpp"
#include "schema/dialect_ddl_compilers.hpp"

namespace hark {
namespace {

/// Of SQL; sorted.
constexpr std::array<std::string_view, 94> reserved_words{"all",
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
                                                          "current_date",
                                                          "current_role",
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
                                                          "off",
                                                          "offset",
                                                          "old",
                                                          "on",
                                                          "only",
                                                          "or",
                                                          "order",
                                                          "outer",
                                                          "overlaps",
                                                          "placing",
                                                          "primary",
                                                          "references",
                                                          "right",
                                                          "select",
                                                          "session_user",
                                                          "set",
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
                                                          "verbose",
                                                          "when",
                                                          "where"};
static_assert(std::is_sorted(reserved_words.begin(), reserved_words.end()));

struct Registry {
  std::mutex mutex;
  // Guarded by mutex.
  std::map<std::string, const DDLCompiler*, std::less<>> known;
  std::vector<std::unique_ptr<const DDLCompiler>> all;

  Registry() {
    add("sqlite", detail::make_sqlite_ddl_compiler());
    add("postgresql", detail::make_postgresql_ddl_compiler());
    add("mysql", detail::make_mysql_ddl_compiler());
    add("mariadb", detail::make_mariadb_ddl_compiler());
  }
  void add(std::string_view dialect, std::unique_ptr<const DDLCompiler> compiler) {
    known[std::string(dialect)] = all.emplace_back(std::move(compiler)).get();
  }
};

Registry& registry() {
  static auto* const made = new Registry;
  return *made;
}

// -- text

std::string in_quotes(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char each : text) {
    if (each == quote) quoted += quote;
    quoted += each;
  }
  return quoted + quote;
}

char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string all(text);
  std::transform(all.begin(), all.end(), all.begin(), to_lower);
  return all;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// May it stand in a name without quotes? Capitals would be folded.
bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '$';
}

bool begins_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// In characters.
std::size_t length_of(std::string_view utf8) noexcept {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), begins_character));
}

/// The first so many characters.
std::string_view head_of(std::string_view utf8, std::size_t characters) noexcept {
  std::size_t end = 0;
  for (; end < utf8.size(); ++end) {
    if (begins_character(utf8[end]) && characters-- == 0) break;
  }
  return utf8.substr(0, end);
}

/// The last four hexadecimal digits.
std::string end_of_md5(std::string_view text) {
  boost::uuids::detail::md5 hash;
  hash.process_bytes(text.data(), text.size());
  boost::uuids::detail::md5::digest_type digest;  // words, the first digits highest
  hash.get_digest(digest);
  std::string end;
  for (const unsigned shift : {12U, 8U, 4U, 0U})
    end += "0123456789abcdef"[digest[3] >> shift & 0xFU];
  return end;
}

template <class Parts, class Write>
std::string joined(const Parts& parts, std::string_view separator, const Write& write) {
  std::string all;
  for (const auto& part : parts) {
    if (!all.empty()) all += separator;
    all += write(part);
  }
  return all;
}

// -- phrases

/// `given` as it is, if it is one of those allowed.
std::string phrase(std::string_view what,
                   std::string_view given,
                   std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), lower(given)) == allowed.end()) {
    std::string_view word = what;
    word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    word.remove_suffix(word.size() - word.find_last_not_of(' ') - 1);
    throw CompileError("'" + std::string(given) + "' cannot stand behind " +
                       std::string(word));
  }
  return std::string(what) + std::string(given);
}

std::string cascade(std::string_view what, std::string_view given) {
  if (given.empty()) return {};
  return phrase(
      what, given, {"restrict", "cascade", "set null", "no action", "set default"});
}

std::string deferrability(const Constraint& constraint) {
  std::string all;
  if (constraint.deferrable().has_value())
    all += *constraint.deferrable() ? " DEFERRABLE" : " NOT DEFERRABLE";
  if (!constraint.initially().empty())
    all += phrase(" INITIALLY ", constraint.initially(), {"deferred", "immediate"});
  return all;
}

/// The words in their order, with a blank between them.
std::string words(const IdentityOptions& options) {
  std::string all;
  const auto add = [&](std::string_view word) {
    if (!all.empty()) all += ' ';
    all += word;
  };
  const auto add_number = [&](std::string_view word,
                              const std::optional<std::int64_t>& number) {
    if (!number.has_value()) return;
    add(word);
    add(std::to_string(*number));
  };
  add_number("INCREMENT BY", options.increment);
  add_number("START WITH", options.start);
  add_number("MINVALUE", options.minvalue);
  add_number("MAXVALUE", options.maxvalue);
  if (options.nominvalue) add("NO MINVALUE");
  if (options.nomaxvalue) add("NO MAXVALUE");
  add_number("CACHE", options.cache);
  if (options.order.has_value()) add(*options.order ? "ORDER" : "NO ORDER");
  if (options.cycle.has_value()) add(*options.cycle ? "CYCLE" : "NO CYCLE");
  return all;
}

std::vector<Column*> key_columns(const PrimaryKeyConstraint& key) {
  std::vector<Column*> columns = key.columns();
  if (!key.is_implicit()) return columns;
  Column* const counting = key.autoincrement_column();
  const auto found = std::find(columns.begin(), columns.end(), counting);
  if (found != columns.end()) std::rotate(columns.begin(), found, found + 1);
  return columns;
}

bool stands_in_table(const Constraint& constraint,
                     bool supports_alter,
                     const std::vector<const ForeignKeyConstraint*>* include) {
  if (constraint.is_added_by_alter()) return false;
  const auto* const key = dynamic_cast<const ForeignKeyConstraint*>(&constraint);
  if (key == nullptr) return true;
  if (supports_alter && key->use_alter()) return false;
  return include == nullptr ||
         std::find(include->begin(), include->end(), key) != include->end();
}

/// The primary key first.
std::vector<const Constraint*> in_order(const Table& table) {
  std::vector<const Constraint*> all{&table.primary_key()};
  for (const auto& each : table.constraints()) {
    if (each.get() != all.front()) all.push_back(each.get());
  }
  return all;
}

}  // namespace

namespace detail {

std::string with_length(std::string name, const Type& type) {
  if (type.length().value_or(0) == 0) return name;
  return std::move(name) + "(" + std::to_string(*type.length()) + ")";
}

std::string with_precision(std::string name, const Type& type) {
  if (!type.precision().has_value()) return name;
  name += "(" + std::to_string(*type.precision());
  if (type.scale().has_value()) name += ", " + std::to_string(*type.scale());
  return name + ")";
}

}  // namespace detail

DDLCompiler::~DDLCompiler() = default;

// -- what the dialect can do ------------------------------------------------------------

bool DDLCompiler::supports_alter() const noexcept { return true; }
bool DDLCompiler::supports_sequences() const noexcept { return false; }
bool DDLCompiler::supports_comments() const noexcept { return false; }
bool DDLCompiler::inline_comments() const noexcept { return false; }
bool DDLCompiler::supports_native_enum() const noexcept { return false; }
bool DDLCompiler::creates_enum_types() const noexcept { return false; }
std::size_t DDLCompiler::max_identifier_length() const noexcept { return 9999; }
std::size_t DDLCompiler::max_made_name_length() const noexcept {
  return max_identifier_length();
}
bool DDLCompiler::supports_identity_columns() const noexcept { return false; }
bool DDLCompiler::supports_partial_indexes() const noexcept { return false; }
char DDLCompiler::quote() const noexcept { return '"'; }
bool DDLCompiler::is_reserved(std::string_view word) const noexcept {
  return std::binary_search(reserved_words.begin(), reserved_words.end(), word);
}

// -- names ------------------------------------------------------------------------------

void DDLCompiler::validate_identifier(std::string_view identifier) const {
  if (length_of(identifier) <= max_identifier_length()) return;
  throw IdentifierError("'" + std::string(identifier) + "' is longer than the " +
                        std::to_string(max_identifier_length()) +
                        " characters that a name may have");
}

bool DDLCompiler::requires_quotes(std::string_view identifier) const {
  return identifier.empty() || is_digit(identifier.front()) ||
         identifier.front() == '$' ||
         !std::all_of(identifier.begin(), identifier.end(), is_plain) ||
         is_reserved(identifier);
}

std::string DDLCompiler::quoted(std::string_view identifier,
                                std::optional<bool> quote) const {
  if (quote.has_value() ? *quote : requires_quotes(identifier))
    return in_quotes(identifier, this->quote());
  return std::string(identifier);
}

std::string DDLCompiler::with_schema(const std::string& schema,
                                     const std::string& name) const {
  return schema.empty() ? name : quoted(schema) + "." + name;
}

std::string DDLCompiler::format_table(const Table& table) const {
  return with_schema(table.schema(), quoted(table.name(), table.options().quote));
}

std::string DDLCompiler::format_column(const Column& column) const {
  return quoted(column.name(), column.quote());
}

std::string DDLCompiler::made_name(std::string_view name,
                                   bool is_made_by_convention) const {
  if (!is_made_by_convention) {
    validate_identifier(name);
    return quoted(name);
  }
  const std::size_t most = max_made_name_length();
  if (length_of(name) <= most) return quoted(name);
  return quoted(std::string(head_of(name, most - 8)) + "_" + end_of_md5(name));
}

std::string DDLCompiler::format_constraint(const Constraint& constraint) const {
  if (constraint.name().empty()) return {};
  return made_name(constraint.name(), constraint.is_named_by_convention());
}

std::string DDLCompiler::format_index(const Index& index, bool with_schema) const {
  std::string name = made_name(index.name(), index.is_named_by_convention());
  if (!with_schema || index.table() == nullptr) return name;
  return this->with_schema(index.table()->schema(), name);
}

std::string DDLCompiler::format_sequence(const Sequence& sequence) const {
  return with_schema(sequence.schema(), quoted(sequence.name()));
}

std::string DDLCompiler::format_enum_type(const Type& type) const {
  if (!type.name().empty())
    return with_schema(type.enum_options().schema, quoted(type.name()));
  throw CompileError("an Enum has no name, which it needs as a type of the database");
}

std::string DDLCompiler::names_of(const std::vector<Column*>& columns) const {
  return joined(columns, ", ", [&](const Column* each) { return format_column(*each); });
}

// -- tables -----------------------------------------------------------------------------

std::string DDLCompiler::create_table(
    const Table& table,
    const CreateOptions& options,
    const std::vector<const ForeignKeyConstraint*>* include) const {
  std::string sql = "\nCREATE ";
  for (const std::string& prefix : table.options().prefixes) sql += prefix + " ";
  sql += "TABLE ";
  if (options.if_not_exists) sql += "IF NOT EXISTS ";
  sql += format_table(table) + " (";
  std::string_view separator = "\n\t";
  const auto add = [&](const std::string& line) {
    if (line.empty()) return;
    sql.append(separator).append(line);
    separator = ", \n\t";
  };
  for (const auto& column : table.columns()) add(column_line(*column));
  for (const Constraint* each : in_order(table)) {
    if (stands_in_table(*each, supports_alter(), include)) add(table_constraint(*each));
  }
  return sql + "\n)" + table_suffix(table) + "\n\n";
}

std::string DDLCompiler::table_suffix(const Table&) const { return {}; }

std::string DDLCompiler::drop_table(const Table& table,
                                    const DropOptions& options) const {
  return std::string("\nDROP TABLE ") + (options.if_exists ? "IF EXISTS " : "") +
         format_table(table);
}

std::string DDLCompiler::set_table_comment(const Table& table) const {
  return "COMMENT ON TABLE " + format_table(table) + " IS " +
         (table.comment().empty() ? "NULL" : literal(table.comment()));
}

// -- columns ----------------------------------------------------------------------------

std::string DDLCompiler::column_line(const Column& column) const {
  try {
    std::string line = column_specification(column);
    for (const auto& each : column.constraints()) line += " " + check(*each);
    return line;
  } catch (const CompileError& error) {
    throw CompileError("(in table '" + std::string(column.table()->name()) +
                       "', column '" + std::string(column.name()) +
                       "'): " + error.what());
  }
}

std::string DDLCompiler::column_specification(const Column& column) const {
  return format_column(column) + " " + type(column.type()) + default_value(column) +
         computed(column) + identity(column) + nullability(column);
}

std::string DDLCompiler::default_value(const Column& column) const {
  const auto* const given = dynamic_cast<const DefaultClause*>(column.server_default());
  if (given == nullptr) return {};
  const ServerDefault& value = given->value();
  return " DEFAULT " + (value.is_sql ? value.text : literal(value.text));
}

std::string DDLCompiler::computed(const Column& column) const {
  const Computed* const given = column.computed();
  if (given == nullptr) return {};
  std::string sql = " GENERATED ALWAYS AS (" + given->sqltext() + ")";
  if (given->persisted().has_value()) sql += *given->persisted() ? " STORED" : " VIRTUAL";
  return sql;
}

std::string DDLCompiler::identity(const Column& column) const {
  const Identity* const given = column.identity();
  if (given == nullptr || !supports_identity_columns()) return {};
  const std::string options = words(given->options());
  return std::string(" GENERATED ") +
         (given->options().always ? "ALWAYS" : "BY DEFAULT") + " AS IDENTITY" +
         (options.empty() ? "" : " (" + options + ")");
}

std::string DDLCompiler::nullability(const Column& column) const {
  // An identity is never null.
  const bool is_said = column.identity() != nullptr && supports_identity_columns();
  return column.nullable() || is_said ? "" : " NOT NULL";
}

std::string DDLCompiler::set_column_comment(const Column& column) const {
  if (column.table() == nullptr) {
    throw CompileError("column '" + std::string(column.name()) +
                       "' is in no table, and its comment cannot be set");
  }
  return "COMMENT ON COLUMN " + format_table(*column.table()) + "." +
         format_column(column) + " IS " +
         (column.comment().empty() ? "NULL" : literal(column.comment()));
}

std::string DDLCompiler::literal(std::string_view text) const {
  return in_quotes(text, '\'');
}

// -- types ------------------------------------------------------------------------------

std::string DDLCompiler::type(const Type& type) const {
  std::string sql = type.spelling().empty() ? named_type(type) : spelled_type(type);
  if (!type.suffix().empty()) sql += " " + type.suffix();
  return sql + collation(type);
}

std::string DDLCompiler::named_type(const Type& type) const {
  switch (type.kind()) {
    case Type::Kind::integer:
      return "INTEGER";
    case Type::Kind::big_integer:
      return "BIGINT";
    case Type::Kind::small_integer:
      return "SMALLINT";
    case Type::Kind::string:
      return string_type(type);
    case Type::Kind::text:
      return text_type(type);
    case Type::Kind::float_:
      return float_type(type);
    case Type::Kind::numeric:
      return detail::with_precision("NUMERIC", type);
    case Type::Kind::boolean:
      return boolean_type();
    case Type::Kind::date:
      return "DATE";
    case Type::Kind::datetime:
      return datetime_type(type);
    case Type::Kind::time:
      return time_type(type);
    case Type::Kind::large_binary:
      return large_binary_type(type);
    case Type::Kind::json:
      return "JSON";
    case Type::Kind::uuid:
      return uuid_type();
    case Type::Kind::enum_:
      return is_native(type) ? enum_type(type) : string_type(type);
    case Type::Kind::array:
      return array_type(type);
    case Type::Kind::null:
    case Type::Kind::user_defined:
      break;
  }
  throw CompileError("the column has no type that is known; it was declared without one");
}

std::string DDLCompiler::spelled_type(const Type& type) const {
  return type.precision().has_value() ? detail::with_precision(type.spelling(), type)
                                      : detail::with_length(type.spelling(), type);
}

std::string DDLCompiler::string_type(const Type& type) const {
  return detail::with_length("VARCHAR", type);
}

std::string DDLCompiler::text_type(const Type& type) const {
  return detail::with_length("TEXT", type);
}

std::string DDLCompiler::float_type(const Type&) const { return "FLOAT"; }
std::string DDLCompiler::boolean_type() const { return "BOOLEAN"; }
std::string DDLCompiler::datetime_type(const Type&) const { return "DATETIME"; }
std::string DDLCompiler::time_type(const Type&) const { return "TIME"; }
std::string DDLCompiler::large_binary_type(const Type&) const { return "BLOB"; }
std::string DDLCompiler::uuid_type() const { return "CHAR(32)"; }

bool DDLCompiler::is_native(const Type& type) const noexcept {
  return type.enum_options().native_enum && supports_native_enum();
}

std::string DDLCompiler::values_of(const Type& type) const {
  return joined(
      type.enums(), ", ", [&](const std::string& each) { return literal(each); });
}

std::string DDLCompiler::enum_type(const Type& type) const {
  return "ENUM(" + values_of(type) + ")";
}

std::string DDLCompiler::array_type(const Type&) const {
  throw CompileError("the column is an array, which the dialect has not");
}

std::string DDLCompiler::collation(const Type& type) const {
  if (type.collation().empty()) return {};
  return " COLLATE " + in_quotes(type.collation(), '"');
}

// -- constraints ------------------------------------------------------------------------

std::string DDLCompiler::table_constraint(const Constraint& constraint) const {
  if (const auto* key = dynamic_cast<const PrimaryKeyConstraint*>(&constraint))
    return primary_key(*key);
  if (const auto* key = dynamic_cast<const ForeignKeyConstraint*>(&constraint))
    return foreign_key(*key);
  if (const auto* key = dynamic_cast<const UniqueConstraint*>(&constraint))
    return unique(*key);
  return check(dynamic_cast<const CheckConstraint&>(constraint));
}

std::string DDLCompiler::constraint_prefix(const Constraint& constraint) const {
  const std::string name = format_constraint(constraint);
  return name.empty() ? name : "CONSTRAINT " + name + " ";
}

std::string DDLCompiler::primary_key(const PrimaryKeyConstraint& constraint) const {
  if (constraint.columns().empty()) return {};
  std::string sql = constraint_prefix(constraint) + "PRIMARY KEY ";
  sql += "(" + names_of(key_columns(constraint)) + ")";
  return sql + deferrability(constraint);
}

std::string DDLCompiler::unique(const UniqueConstraint& constraint) const {
  if (constraint.columns().empty()) return {};
  std::string sql = constraint_prefix(constraint) + "UNIQUE ";
  sql += "(" + names_of(constraint.columns()) + ")";
  return sql + deferrability(constraint);
}

std::string DDLCompiler::check(const CheckConstraint& constraint) const {
  if (constraint.is_of_type() && is_native(constraint.column()->type())) return {};
  std::string sql = constraint_prefix(constraint) + "CHECK (";
  sql += constraint.is_of_type() ? is_one_of_enums(*constraint.column())
                                 : constraint.sqltext();
  return sql + ")" + deferrability(constraint);
}

/// Source: SQLAlchemy Enum._set_table.
std::string DDLCompiler::is_one_of_enums(const Column& column) const {
  return format_column(column) + " IN (" + values_of(column.type()) + ")";
}

std::string DDLCompiler::foreign_key(const ForeignKeyConstraint& constraint) const {
  const ForeignKeyOptions& options = constraint.options();
  const auto local = [&](const ForeignKey* each) {
    return format_column(*each->parent());
  };
  const auto remote = [&](const ForeignKey* each) {
    return format_column(each->column());
  };
  std::string sql = constraint_prefix(constraint) + "FOREIGN KEY(";
  sql += joined(constraint.elements(), ", ", local) + ") REFERENCES ";
  sql += remote_table(constraint.referred_table()) + " (";
  sql += joined(constraint.elements(), ", ", remote) + ")";
  sql += match(constraint);
  sql += cascade(" ON DELETE ", options.ondelete);
  sql += cascade(" ON UPDATE ", options.onupdate);
  return sql + deferrability(constraint);
}

std::string DDLCompiler::remote_table(const Table& table) const {
  return format_table(table);
}

std::string DDLCompiler::match(const ForeignKeyConstraint& constraint) const {
  const std::string& given = constraint.options().match;
  return given.empty() ? given : " MATCH " + given;
}

const Table& DDLCompiler::table_of(const Constraint& constraint) {
  if (constraint.table() != nullptr) return *constraint.table();
  throw CompileError("constraint '" + std::string(constraint.name()) +
                     "' is in no table, and cannot be added or dropped");
}

std::string DDLCompiler::require_name(const Constraint& constraint) const {
  std::string name = format_constraint(constraint);
  if (!name.empty()) return name;
  throw CompileError("a " + std::string(constraint.visit_name()) + " of table '" +
                     std::string(table_of(constraint).name()) +
                     "' has no name, and cannot be dropped");
}

std::string DDLCompiler::add_constraint(const Constraint& constraint) const {
  const Table& table = table_of(constraint);
  const std::string added = table_constraint(constraint);
  if (!added.empty()) return "ALTER TABLE " + format_table(table) + " ADD " + added;
  throw CompileError("constraint '" + std::string(constraint.name()) + "' of table '" +
                     std::string(table.name()) + "' cannot be added on this dialect");
}

std::string DDLCompiler::drop_constraint(const Constraint& constraint,
                                         const DropOptions& options) const {
  const std::string name = require_name(constraint);
  return "ALTER TABLE " + format_table(table_of(constraint)) + " DROP CONSTRAINT " +
         (options.if_exists ? "IF EXISTS " : "") + name +
         (options.cascade ? " CASCADE" : "");
}

// -- indexes ----------------------------------------------------------------------------

void DDLCompiler::require_complete(const Index& index) {
  if (index.table() == nullptr) {
    throw CompileError("index '" + std::string(index.name()) +
                       "' is in no table, and cannot be created or dropped");
  }
  if (index.name().empty()) {
    throw CompileError("an index of table '" + std::string(index.table()->name()) +
                       "' has no name, and cannot be created or dropped");
  }
}

std::string DDLCompiler::create_index(const Index& index,
                                      const CreateOptions& options) const {
  require_complete(index);
  std::string sql = index.unique() ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  if (options.if_not_exists) sql += "IF NOT EXISTS ";
  sql += name_of_created(index) + " ON " + table_of_created(index) + " ";
  sql += method(index) + "(" + elements_of(index) + ")" + storage(index);
  if (supports_partial_indexes() && !index.options().where.empty())
    sql += " WHERE " + index.options().where;
  return sql;
}

std::string DDLCompiler::name_of_created(const Index& index) const {
  return format_index(index);
}

std::string DDLCompiler::table_of_created(const Index& index) const {
  return format_table(*index.table());
}

std::string DDLCompiler::method(const Index&) const { return {}; }
std::string DDLCompiler::storage(const Index&) const { return {}; }

std::string DDLCompiler::elements_of(const Index& index) const {
  auto column = index.columns().begin();
  return joined(index.elements(), ", ", [&](const IndexElement& each) {
    return each.is_sql ? each.text : format_column(**column++);
  });
}

std::string DDLCompiler::drop_index(const Index& index,
                                    const DropOptions& options) const {
  require_complete(index);
  return std::string("\nDROP INDEX ") + (options.if_exists ? "IF EXISTS " : "") +
         format_index(index, true);
}

// -- sequences, types and schemas -------------------------------------------------------

std::string DDLCompiler::create_sequence(const Sequence& sequence,
                                         const CreateOptions& options) const {
  IdentityOptions counting = sequence.options();
  if (!counting.start.has_value()) counting.start = 1;
  return std::string("CREATE SEQUENCE ") +
         (options.if_not_exists ? "IF NOT EXISTS " : "") + format_sequence(sequence) +
         " " + words(counting);
}

std::string DDLCompiler::drop_sequence(const Sequence& sequence,
                                       const DropOptions& options) const {
  return std::string("DROP SEQUENCE ") + (options.if_exists ? "IF EXISTS " : "") +
         format_sequence(sequence);
}

std::string DDLCompiler::create_enum_type(const Type&) const {
  throw CompileError("the dialect creates no types of its own for Enums");
}

std::string DDLCompiler::drop_enum_type(const Type&, const DropOptions&) const {
  throw CompileError(
      "the dialect has no types of its own for Enums that could be dropped");
}

std::string DDLCompiler::create_schema(std::string_view name,
                                       const CreateOptions& options) const {
  return std::string("CREATE SCHEMA ") + (options.if_not_exists ? "IF NOT EXISTS " : "") +
         quoted(name);
}

std::string DDLCompiler::drop_schema(std::string_view name,
                                     const DropOptions& options) const {
  return std::string("DROP SCHEMA ") + (options.if_exists ? "IF EXISTS " : "") +
         quoted(name) + (options.cascade ? " CASCADE" : "");
}

// -- the dialects' compilers ------------------------------------------------------------

const DDLCompiler& ddl_compiler(std::string_view dialect) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.known.find(dialect); found != all.known.end())
    return *found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, compiler] : all.known) names.push_back(name);
  throw CompileError("no DDL is known for the dialect '" + std::string(dialect) + "'" +
                     detail::did_you_mean(dialect, names));
}

void register_ddl_compiler(std::string_view dialect,
                           std::unique_ptr<const DDLCompiler> compiler) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.add(dialect, std::move(compiler));
}

}  // namespace hark
