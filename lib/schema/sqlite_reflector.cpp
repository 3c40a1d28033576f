// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>
#include <hark/schema/inspector.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/reflectors.hpp"
#include "schema/sqlite_stored_sql.hpp"

namespace hark {
namespace {

using detail::StoredConstraint;
using detail::StoredTable;
using Names = std::vector<std::string>;

constexpr std::string_view default_schema = "main";

std::string in_quotes(std::string_view name) {
  std::string made = "\"";
  for (const char c : name) {
    made += c;
    if (c == '"') made += c;
  }
  return made + '"';
}

/// The catalog of a schema; of the default one, temporary tables are left out.
std::string master(std::string_view schema) {
  return schema.empty() ? "sqlite_master" : in_quotes(schema) + ".sqlite_master";
}

// -- types ------------------------------------------------------------------------------

struct KnownType {
  std::string_view name;
  Type::Kind kind;
};

/// Names that mean more than their affinity.
constexpr std::array known_types{
    KnownType{"BIGINT", Type::Kind::big_integer},
    KnownType{"BLOB", Type::Kind::large_binary},
    KnownType{"BOOL", Type::Kind::boolean},
    KnownType{"BOOLEAN", Type::Kind::boolean},
    KnownType{"CHAR", Type::Kind::string},
    KnownType{"DATE", Type::Kind::date},
    KnownType{"DATE_CHAR", Type::Kind::date},
    KnownType{"DATETIME", Type::Kind::datetime},
    KnownType{"DATETIME_CHAR", Type::Kind::datetime},
    KnownType{"JSON", Type::Kind::json},
    KnownType{"NCHAR", Type::Kind::string},
    KnownType{"NVARCHAR", Type::Kind::string},
    KnownType{"SMALLINT", Type::Kind::small_integer},
    KnownType{"TIME", Type::Kind::time},
    KnownType{"TIME_CHAR", Type::Kind::time},
    KnownType{"TIMESTAMP", Type::Kind::datetime},
    KnownType{"VARCHAR", Type::Kind::string},
};

/// Source: SQLite's manual, "Datatypes in SQLite", 3.1; SQLAlchemy
/// dialects/sqlite/base.py, _resolve_type_affinity.
Type::Kind kind_of(std::string_view name) {
  for (const KnownType& type : known_types) {
    if (type.name == name) return type.kind;
  }
  const auto has = [name](std::string_view part) { return name.find(part) != name.npos; };
  if (has("INT")) return Type::Kind::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return Type::Kind::text;
  if (name.empty()) return Type::Kind::user_defined;
  if (has("BLOB")) return Type::Kind::null;
  if (has("REAL") || has("FLOA") || has("DOUB")) return Type::Kind::float_;
  return Type::Kind::numeric;
}

/// "(10, 2)": the numbers in it.
std::vector<int> numbers_in(std::string_view text) {
  std::vector<int> numbers;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    int number = 0;
    const auto [behind, error] = std::from_chars(at, end, number);
    if (error == std::errc() && number >= 0) numbers.push_back(number);
    at = behind == at ? at + 1 : behind;
  }
  return numbers;
}

Type make_type(Type::Kind kind, const std::vector<int>& arguments) {
  const auto argument = [&](std::size_t place) {
    return place < arguments.size() ? std::optional<int>(arguments[place]) : std::nullopt;
  };
  switch (kind) {
    case Type::Kind::string:
      return String(argument(0));
    case Type::Kind::text:
      return Text(argument(0));
    case Type::Kind::large_binary:
      return LargeBinary(argument(0));
    case Type::Kind::float_:
      return Float(argument(0));
    case Type::Kind::numeric:
      return Numeric(argument(0), argument(1));
    default:
      return Type(kind);
  }
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Some versions say "INTEGER GENERATED ALWAYS" for a generated column.
std::string_view without_generated(std::string_view declared) {
  constexpr std::string_view suffix = "GENERATED ALWAYS";
  return trimmed(declared.ends_with(suffix)
                     ? declared.substr(0, declared.size() - suffix.size())
                     : declared);
}

Type type_of(std::string declared, std::string_view collation) {
  for (char& c : declared) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const std::string_view text = without_generated(declared);
  const std::size_t opening = std::min(text.find('('), text.size());
  const std::string_view name = trimmed(text.substr(0, opening));
  Type type = make_type(kind_of(name), numbers_in(text.substr(opening)));
  if (!name.empty()) type = type.spelled(std::string(name));
  const bool is_text =
      type.kind() == Type::Kind::string || type.kind() == Type::Kind::text;
  return is_text && !collation.empty() ? type.collated(std::string(collation)) : type;
}

// -- the catalog ------------------------------------------------------------------------

/// A table or view in the catalog.
struct Found {
  std::string database;
  std::string type;
  std::string name;
  std::string sql;  // empty: SQLite's own

  StoredTable table() const {
    if (type != "table") return {};
    return detail::StoredTableReader(sql).read();
  }
};

[[noreturn]] void throw_missing(const char* kind,
                                std::string_view name,
                                std::string_view schema) {
  std::string message = std::string("the database has no ") + kind + " '";
  message += name;
  message += "'";
  if (!schema.empty()) message += " in schema '" + std::string(schema) + "'";
  throw NoSuchTableError(message);
}

std::string pragma_of(std::string_view database,
                      std::string_view pragma,
                      std::string_view table) {
  std::string sql = "PRAGMA ";
  sql += database;
  sql += '.';
  sql += pragma;
  return sql + "(" + in_quotes(table) + ")";
}

/// Asks as SQLAlchemy does, whose listeners know these statements.
bool table_is_there(Connection& connection,
                    std::string_view table,
                    std::string_view schema) {
  const auto is_in = [&](std::string_view database) {
    Result rows = connection.exec_driver_sql(pragma_of(database, "table_info", table));
    return rows.begin() != Result::end();
  };
  if (!schema.empty()) return is_in(in_quotes(schema));
  return is_in(default_schema) || is_in("temp");
}

/// A table or a view, if there is one of that name.
std::optional<Found> look_up(Connection& connection,
                             std::string_view table,
                             std::string_view schema) {
  const std::string_view database = schema.empty() ? default_schema : schema;
  const std::string catalog = in_quotes(database) + ".sqlite_master";
  constexpr std::string_view where =
      " WHERE type IN ('table', 'view') AND name = ?2 COLLATE NOCASE";
  std::string sql = "SELECT ?1, type, name, coalesce(sql, '') FROM " + catalog;
  sql += where;
  if (schema.empty()) {
    sql += " UNION ALL SELECT 'temp', type, name, coalesce(sql, '')";
    sql += " FROM temp.sqlite_master";
    sql += where;
  }
  if (std::optional<Found> found =
          connection.exec_driver_sql(sql, {database, table}).first<Found>())
    return found;
  // SQLite's own tables are not in their own catalog.
  if (table_is_there(connection, table, schema))
    return Found{std::string(database), "table", std::string(table), {}};
  return std::nullopt;
}

/// Throws NoSuchTableError.
Found find(Connection& connection, std::string_view table, std::string_view schema) {
  if (std::optional<Found> found = look_up(connection, table, schema))
    return *std::move(found);
  throw_missing("table", table, schema);
}

/// The same names, whatever the case of their letters.
bool equal_names(const Names& some, const Names& others) {
  return std::equal(some.begin(),
                    some.end(),
                    others.begin(),
                    others.end(),
                    [](const std::string& one, const std::string& other) {
                      return detail::equal_folded(one, other);
                    });
}

std::vector<const StoredConstraint*> constraints_of(const StoredTable& table,
                                                    StoredConstraint::Kind kind) {
  std::vector<const StoredConstraint*> found;
  for (const StoredConstraint& constraint : table.constraints) {
    if (constraint.kind == kind) found.push_back(&constraint);
  }
  return found;
}

// -- the answers ------------------------------------------------------------------------

struct ColumnRow {
  std::int64_t cid;
  std::string name;
  std::string type;
  bool notnull;
  std::optional<std::string> dflt_value;
  int pk;
  int hidden;

  bool is_generated() const noexcept { return hidden == 2 || hidden == 3; }
  bool is_hidden() const noexcept { return hidden == 1; }
};

std::vector<ColumnRow> rows_of(Connection& connection, const Found& found) {
  return connection
      .exec_driver_sql(pragma_of(in_quotes(found.database), "table_xinfo", found.name))
      .all<ColumnRow>();
}

ReflectedColumn column_of(const ColumnRow& row, const StoredTable& stored) {
  const detail::StoredColumn* const written = stored.find(row.name);
  ReflectedColumn column{
      .name = row.name,
      .type = type_of(row.type, written != nullptr ? written->collation : ""),
      .nullable = !row.notnull,
      .primary_key = row.pk};
  if (row.dflt_value) column.default_ = detail::as_default(*row.dflt_value);
  if (row.is_generated()) {
    column.computed = {.sqltext = written != nullptr ? written->computed : "",
                       .persisted = row.hidden == 3};
  }
  return column;
}

std::vector<ReflectedColumn> columns_of(const std::vector<ColumnRow>& rows,
                                        const StoredTable& stored) {
  std::vector<ReflectedColumn> columns;
  for (const ColumnRow& row : rows) {
    if (!row.is_hidden()) columns.push_back(column_of(row, stored));
  }
  return columns;
}

ReflectedPrimaryKey primary_key_of(const std::vector<ColumnRow>& rows,
                                   const StoredTable& stored) {
  std::map<int, std::string> by_place;
  for (const ColumnRow& row : rows)
    if (row.pk > 0) by_place.emplace(row.pk, row.name);
  ReflectedPrimaryKey key;
  for (auto& [place, name] : by_place) key.constrained_columns.push_back(std::move(name));
  for (const StoredConstraint* written :
       constraints_of(stored, StoredConstraint::Kind::primary_key))
    key.name = written->name;
  return key;
}

struct ForeignKeyRow {
  std::int64_t id;
  std::string from;
  std::string table;
  std::string to;
  std::string on_update;
  std::string on_delete;
};

/// NO ACTION is what happens where nothing is said.
std::string action_of(std::string&& text) {
  return text == "NO ACTION" ? std::string() : std::move(text);
}

/// In the order of the PRAGMA: the last one first. What the catalog knows by other letters,
/// or not at all because it is the primary key, is called by its own name.
std::vector<ReflectedForeignKey> listed_foreign_keys(Connection& connection,
                                                     const Found& found,
                                                     std::string_view schema) {
  const std::string sql =
      "SELECT k.id, k.\"from\", coalesce(m.name, k.\"table\"), coalesce((SELECT c.name"
      " FROM pragma_table_info(k.\"table\", ?2) AS c WHERE CASE WHEN k.\"to\" IS NULL"
      " THEN c.pk = k.seq + 1 ELSE c.name = k.\"to\" COLLATE NOCASE END),"
      " k.\"to\", k.\"from\"), k.on_update, k.on_delete"
      " FROM pragma_foreign_key_list(?1, ?2) AS k LEFT JOIN " +
      in_quotes(found.database) +
      ".sqlite_master AS m ON m.type = 'table' AND m.name = k.\"table\" COLLATE NOCASE"
      " ORDER BY k.id, k.seq";
  std::vector<ReflectedForeignKey> keys;
  std::optional<std::int64_t> last;
  for (ForeignKeyRow& row : connection.exec_driver_sql(sql, {found.name, found.database})
                                .all<ForeignKeyRow>()) {
    if (last != row.id) {
      keys.push_back({.referred_schema = std::string(schema),
                      .referred_table = std::move(row.table),
                      .options = {.onupdate = action_of(std::move(row.on_update)),
                                  .ondelete = action_of(std::move(row.on_delete))}});
      last = row.id;
    }
    keys.back().constrained_columns.push_back(std::move(row.from));
    keys.back().referred_columns.push_back(std::move(row.to));
  }
  return keys;
}

/// Those of the table, as they are written, and then those of its columns, the last one
/// first, as with SQLAlchemy.
std::vector<ReflectedForeignKey> foreign_keys_of(Connection& connection,
                                                 const Found& found,
                                                 const StoredTable& stored,
                                                 std::string_view schema) {
  std::vector<ReflectedForeignKey> keys = listed_foreign_keys(connection, found, schema);
  const auto written = constraints_of(stored, StoredConstraint::Kind::foreign_key);
  if (written.size() != keys.size()) return keys;

  std::vector<ReflectedForeignKey> ordered;
  std::vector<ReflectedForeignKey> inlined;
  for (std::size_t i = 0; i < written.size(); ++i) {
    ReflectedForeignKey& key = keys[keys.size() - 1 - i];
    key.name = written[i]->name;
    key.options.deferrable = written[i]->options.deferrable;
    key.options.initially = written[i]->options.initially;
    key.options.match = written[i]->options.match;
    (written[i]->is_inline ? inlined : ordered).push_back(std::move(key));
  }
  std::move(inlined.rbegin(), inlined.rend(), std::back_inserter(ordered));
  return ordered;
}

struct IndexRow {
  std::string index;
  bool is_unique;
  std::string origin;  // of an index "c", of a UNIQUE "u", of a primary key "pk"
  std::string sql;
  std::string column;  // empty: an expression
};

std::vector<IndexRow> index_rows(Connection& connection, const Found& found) {
  const std::string sql =
      "SELECT l.name, l.\"unique\", l.origin, coalesce(m.sql, ''), coalesce(c.name, '')"
      " FROM pragma_index_list(?1, ?2) AS l JOIN pragma_index_info(l.name, ?2) AS c"
      " LEFT JOIN " +
      in_quotes(found.database) +
      ".sqlite_master AS m ON m.type = 'index' AND m.name = l.name"
      " ORDER BY l.name, c.seqno";
  return connection.exec_driver_sql(sql, {found.name, found.database}).all<IndexRow>();
}

/// An index that SQLite made for a constraint.
struct ConstraintIndex {
  std::string name;
  Names columns;
};

std::vector<ConstraintIndex> constraint_indexes(const std::vector<IndexRow>& rows) {
  std::vector<ConstraintIndex> indexes;
  for (const IndexRow& row : rows) {
    if (row.origin == "c") continue;
    if (indexes.empty() || indexes.back().name != row.index)
      indexes.push_back({.name = row.index, .columns = {}});
    indexes.back().columns.push_back(row.column);
  }
  return indexes;
}

/// SQL where it is more than a column's name.
std::string expression_of(const detail::StoredIndex& stored,
                          std::size_t place,
                          const std::string& column) {
  if (place >= stored.elements.size()) return column;
  const detail::StoredIndex::Element& element = stored.elements[place];
  return element.is_column && !column.empty() ? column : element.text;
}

std::vector<ReflectedIndex> indexes_of(const std::vector<IndexRow>& rows) {
  std::vector<ReflectedIndex> indexes;
  for (const IndexRow& row : rows) {
    if (row.origin != "c") continue;
    detail::StoredIndex stored = detail::read_stored_index(row.sql);
    if (indexes.empty() || indexes.back().name != row.index) {
      indexes.push_back(
          {.name = row.index, .unique = row.is_unique, .where = std::move(stored.where)});
    }
    ReflectedIndex& index = indexes.back();
    index.expressions.push_back(
        expression_of(stored, index.column_names.size(), row.column));
    index.column_names.push_back(row.column);
  }
  for (ReflectedIndex& index : indexes) {
    if (index.expressions == index.column_names) index.expressions.clear();
  }
  return indexes;
}

/// Those of the table, as they are written, and then those of its columns.
std::vector<ReflectedUniqueConstraint> unique_constraints_of(
    const std::vector<IndexRow>& rows, const StoredTable& stored) {
  std::vector<ConstraintIndex> indexes = constraint_indexes(rows);
  auto written = constraints_of(stored, StoredConstraint::Kind::unique);
  std::stable_partition(written.begin(), written.end(), [](const StoredConstraint* one) {
    return !one->is_inline;
  });

  std::vector<ReflectedUniqueConstraint> constraints;
  for (const StoredConstraint* one : written) {
    // Two that say the same have one index.
    const auto index =
        std::find_if(indexes.begin(), indexes.end(), [one](const ConstraintIndex& each) {
          return equal_names(each.columns, one->columns);
        });
    if (index == indexes.end()) continue;
    constraints.push_back({.name = one->name, .column_names = index->columns});
    indexes.erase(index);
  }
  return constraints;
}

std::vector<ReflectedCheckConstraint> check_constraints_of(const StoredTable& stored) {
  std::vector<ReflectedCheckConstraint> constraints;
  for (const StoredConstraint* written :
       constraints_of(stored, StoredConstraint::Kind::check))
    constraints.push_back({.name = written->name, .sqltext = written->sqltext});
  return constraints;
}

/// Answers as SQLAlchemy's dialect does.
///
/// Source: SQLAlchemy lib/sqlalchemy/dialects/sqlite/base.py, SQLiteDialect.
/// Differs: SQLite's own tables (sqlite_sequence …) are no tables of the user's; what
/// constraints stand in a statement is read by SQLite's grammar, so that those of columns
/// have names and options too; elements of indexes may be expressions; names are found as
/// SQLite finds them, by their letters whatever their case.
class SQLiteReflector final : public Reflector {
 public:
  std::string default_schema_name(Connection& /*connection*/) const override {
    return std::string(default_schema);
  }

  Names schema_names(Connection& connection) const override {
    Names names;
    for (auto& [seq, name, file] :
         connection.exec_driver_sql("PRAGMA database_list")
             .all<std::int64_t, std::string, std::optional<std::string>>()) {
      if (name != "temp") names.push_back(std::move(name));
    }
    return names;
  }

  Names table_names(Connection& connection, std::string_view schema) const override {
    Names names = names_of(connection, "table", schema);
    std::erase_if(names,
                  [](const std::string& name) { return name.starts_with("sqlite_"); });
    return names;
  }
  Names view_names(Connection& connection, std::string_view schema) const override {
    return names_of(connection, "view", schema);
  }
  std::vector<ReflectedSequence> sequences(Connection& /*connection*/,
                                           std::string_view /*schema*/) const override {
    return {};
  }

  std::string view_definition(Connection& connection,
                              std::string_view view,
                              std::string_view schema) const override {
    std::optional<Found> found = look_up(connection, view, schema);
    if (!found || found->type != "view") throw_missing("view", view, schema);
    return std::move(found->sql);
  }

  bool has_table(Connection& connection,
                 std::string_view table,
                 std::string_view schema) const override {
    return table_is_there(connection, table, schema);
  }

  ReflectedTable table(Connection& connection,
                       std::string_view table,
                       std::string_view schema) const override {
    const Found found = find(connection, table, schema);
    const StoredTable stored = found.table();
    const std::vector<ColumnRow> rows = rows_of(connection, found);
    const std::vector<IndexRow> indexes = index_rows(connection, found);
    return {.name = found.name,
            .columns = columns_of(rows, stored),
            .primary_key = primary_key_of(rows, stored),
            .foreign_keys = foreign_keys_of(connection, found, stored, schema),
            .indexes = indexes_of(indexes),
            .unique_constraints = unique_constraints_of(indexes, stored),
            .check_constraints = check_constraints_of(stored),
            .comment = {},
            .options = {}};
  }

  std::vector<ReflectedColumn> columns(Connection& connection,
                                       std::string_view table,
                                       std::string_view schema) const override {
    const Found found = find(connection, table, schema);
    return columns_of(rows_of(connection, found), found.table());
  }

  ReflectedPrimaryKey primary_key(Connection& connection,
                                  std::string_view table,
                                  std::string_view schema) const override {
    const Found found = find(connection, table, schema);
    return primary_key_of(rows_of(connection, found), found.table());
  }

  std::vector<ReflectedForeignKey> foreign_keys(Connection& connection,
                                                std::string_view table,
                                                std::string_view schema) const override {
    const Found found = find(connection, table, schema);
    return foreign_keys_of(connection, found, found.table(), schema);
  }

  std::vector<ReflectedUniqueConstraint> unique_constraints(
      Connection& connection,
      std::string_view table,
      std::string_view schema) const override {
    const Found found = find(connection, table, schema);
    return unique_constraints_of(index_rows(connection, found), found.table());
  }

  std::vector<ReflectedCheckConstraint> check_constraints(
      Connection& connection,
      std::string_view table,
      std::string_view schema) const override {
    return check_constraints_of(find(connection, table, schema).table());
  }

  std::vector<ReflectedIndex> indexes(Connection& connection,
                                      std::string_view table,
                                      std::string_view schema) const override {
    return indexes_of(index_rows(connection, find(connection, table, schema)));
  }

  std::string table_comment(Connection& connection,
                            std::string_view table,
                            std::string_view schema) const override {
    find(connection, table, schema);
    return {};
  }

 private:
  static Names names_of(Connection& connection,
                        std::string_view type,
                        std::string_view schema) {
    return connection
        .exec_driver_sql(
            "SELECT name FROM " + master(schema) + " WHERE type = ? ORDER BY name",
            {type})
        .scalars<std::string>();
  }
};

}  // namespace

std::unique_ptr<const Reflector> detail::make_sqlite_reflector() {
  return std::make_unique<SQLiteReflector>();
}

}  // namespace hark
