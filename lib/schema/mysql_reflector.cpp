// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>
#include <hark/schema/inspector.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/mysql_create_table.hpp"
#include "schema/reflectors.hpp"

namespace hark {
namespace {

using Names = std::vector<std::string>;

constexpr int no_such_table = 1146;

std::string in_quotes(std::string_view text, char quote) {
  std::string made(1, quote);
  for (const char c : text) {
    made += c;
    if (c == quote) made += c;
  }
  return made + quote;
}

std::string quoted_name(std::string_view name, std::string_view schema) {
  const std::string table = in_quotes(name, '`');
  return schema.empty() ? table : in_quotes(schema, '`') + "." + table;
}

[[noreturn]] void throw_missing(const char* kind,
                                std::string_view name,
                                std::string_view schema) {
  std::string message = std::string("the database has no ") + kind + " '";
  message += name;
  message += "'";
  if (!schema.empty()) message += " in schema '" + std::string(schema) + "'";
  throw NoSuchTableError(message);
}

/// Throws: NoSuchTableError.
Result ask_of(Connection& connection,
              const std::string& statement,
              std::string_view table,
              std::string_view schema) {
  try {
    return connection.exec_driver_sql(statement);
  } catch (const DBAPIError& error) {
    if (error.driver_code() == no_such_table) throw_missing("table", table, schema);
    throw;
  }
}

std::string show_create(Connection& connection,
                        std::string_view table,
                        std::string_view schema) {
  const std::string statement = "SHOW CREATE TABLE " + quoted_name(table, schema);
  const std::optional<Row> row = ask_of(connection, statement, table, schema).first();
  if (!row) throw_missing("table", table, schema);
  return row->get<std::string>(1);
}

/// While it lives, the session has no SQL mode, so that it writes as any reads it.
class WithoutSqlMode {
 public:
  explicit WithoutSqlMode(Connection& connection)
      : connection_(connection),
        before_(connection.exec_driver_sql("SELECT @@sql_mode")
                    .scalar<std::string>()
                    .value_or("")) {
    set("");
  }
  WithoutSqlMode(const WithoutSqlMode&) = delete;
  WithoutSqlMode& operator=(const WithoutSqlMode&) = delete;
  ~WithoutSqlMode() {
    try {
      set(before_);
    } catch (const Error&) {
      // It can only fail with the session.
    }
  }

 private:
  void set(const std::string& mode) {
    connection_.exec_driver_sql("SET sql_mode = '" + mode + "'");
  }

  Connection& connection_;
  const std::string before_;
};

/// A table's or a view's. In ANSI_QUOTES, the names in a table's expressions would be
/// texts to sessions without it.
std::string create_statement(Connection& connection,
                             std::string_view table,
                             std::string_view schema) {
  std::string sql = show_create(connection, table, schema);
  const std::size_t quote = sql.find_first_of("\"`");
  if (!detail::creates_mysql_table(sql) || quote == std::string::npos ||
      sql[quote] == '`')
    return sql;
  const WithoutSqlMode mode(connection);
  return show_create(connection, table, schema);
}

// -- views ------------------------------------------------------------------------------

struct DescribedColumn {
  std::string field;
  std::string type;
  std::string null;
  std::string key;
  std::optional<std::string> default_;  // NOLINT(readability-identifier-naming)
  std::string extra;
};

/// DESCRIBE shows texts without quotes, and calls as they are.
std::string default_of(const std::string& shown) {
  return shown.ends_with(')') || shown.starts_with("CURRENT_TIMESTAMP")
             ? shown
             : in_quotes(shown, '\'');
}

ReflectedColumn column_of(const DescribedColumn& described) {
  ReflectedColumn column =
      detail::read_mysql_column(in_quotes(described.field, '`') + " " + described.type);
  column.nullable = described.null != "NO";
  if (described.default_) column.default_ = default_of(*described.default_);
  return column;
}

ReflectedTable view(Connection& connection,
                    std::string_view name,
                    std::string_view schema) {
  ReflectedTable described{.name = std::string(name)};
  const std::string statement = "DESCRIBE " + quoted_name(name, schema);
  for (const DescribedColumn& column :
       ask_of(connection, statement, name, schema).all<DescribedColumn>())
    described.columns.push_back(column_of(column));
  return described;
}

// -- sequences --------------------------------------------------------------------------

struct SequenceRow {
  std::string name;
  std::int64_t start;
  std::int64_t minimum;
  std::int64_t maximum;
  std::int64_t increment;
  std::int64_t cache;
  bool cycles;
};

ReflectedSequence sequence_of(SequenceRow&& row) {
  return {.name = std::move(row.name),
          .options = {.start = row.start,
                      .increment = row.increment,
                      .minvalue = row.minimum,
                      .maxvalue = row.maximum,
                      .cycle = row.cycles,
                      .cache = row.cache}};
}

/// A sequence is a table of one row, of which all are asked at once.
std::string question_about(const Names& names, std::string_view schema) {
  std::string sql;
  for (const std::string& name : names) {
    if (!sql.empty()) sql += " UNION ALL ";
    sql += "SELECT " + in_quotes(name, '\'') +
           ", start_value, minimum_value, maximum_value, increment, cache_size,"
           " cycle_option FROM " +
           quoted_name(name, schema);
  }
  return sql;
}

/// Takes what is asked for out of what SHOW FULL TABLES says.
Names names_of_type(Connection& connection,
                    std::string_view type,
                    std::string_view schema) {
  std::string statement = "SHOW FULL TABLES";
  if (!schema.empty()) statement += " FROM " + in_quotes(schema, '`');
  Names names;
  for (auto& [name, kind] :
       connection.exec_driver_sql(statement).all<std::string, std::string>())
    if (kind.ends_with(type)) names.push_back(std::move(name));
  return names;
}

/// "nextval(`shop`.`ids`)" of the very database, as it would be said in any.
void remove_database(std::string& sql, const std::string& database) {
  const std::string call = "nextval(";
  const std::string said = call + in_quotes(database, '`') + ".";
  for (std::size_t at = sql.find(said); at != std::string::npos; at = sql.find(said, at))
    sql.replace(at, said.size(), call);
}

bool uses_sequence(const ReflectedColumn& column) {
  return column.default_ && column.default_->find("nextval(") != std::string::npos;
}

/// Answers as SQLAlchemy's dialect does, of what SHOW CREATE TABLE says.
///
/// Source: SQLAlchemy lib/sqlalchemy/dialects/mysql/base.py, MySQLDialect; reflection.py,
/// MySQLTableDefinitionParser.
/// Differs: TINYINT(1) stands for a Boolean, and MariaDB's JSON is one; CHECKs of columns,
/// expressions as defaults and the lengths of prefixes are told of; what a column is
/// generated as has no parentheses around it; a view's columns are NOT NULL where they
/// are.
class MySQLReflector final : public Reflector {
 public:
  std::string default_schema_name(Connection& connection) const override {
    return connection.exec_driver_sql("SELECT DATABASE()")
        .scalar<std::string>()
        .value_or("");
  }
  Names schema_names(Connection& connection) const override {
    return connection.exec_driver_sql("SHOW SCHEMAS").scalars<std::string>();
  }
  Names table_names(Connection& connection, std::string_view schema) const override {
    return names_of_type(connection, "BASE TABLE", schema);
  }
  Names view_names(Connection& connection, std::string_view schema) const override {
    return names_of_type(connection, "VIEW", schema);
  }

  std::vector<ReflectedSequence> sequences(Connection& connection,
                                           std::string_view schema) const override {
    const Names names = names_of_type(connection, "SEQUENCE", schema);
    std::vector<ReflectedSequence> all;
    if (names.empty()) return all;
    for (SequenceRow& row :
         connection.exec_driver_sql(question_about(names, schema)).all<SequenceRow>())
      all.push_back(sequence_of(std::move(row)));
    return all;
  }

  std::string view_definition(Connection& connection,
                              std::string_view view,
                              std::string_view schema) const override {
    std::string sql = create_statement(connection, view, schema);
    if (detail::creates_mysql_table(sql)) throw_missing("view", view, schema);
    return sql;
  }

  bool has_table(Connection& connection,
                 std::string_view table,
                 std::string_view schema) const override {
    constexpr std::string_view sql =
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ";
    const auto is_there = [](Result result) {
      return result.scalar_one<std::int64_t>() != 0;
    };
    if (schema.empty()) {
      return is_there(connection.exec_driver_sql(
          std::string(sql) + "DATABASE() AND table_name = ?", {table}));
    }
    return is_there(connection.exec_driver_sql(std::string(sql) + "? AND table_name = ?",
                                               {schema, table}));
  }

  bool tells_all_at_once() const noexcept override { return true; }
  ReflectedTable table(Connection& connection,
                       std::string_view table,
                       std::string_view schema) const override {
    const std::string sql = create_statement(connection, table, schema);
    if (!detail::creates_mysql_table(sql)) return view(connection, table, schema);
    ReflectedTable described = detail::read_mysql_table(sql, schema);
    if (schema.empty()) remove_default_schema(connection, described.columns);
    return described;
  }

  std::vector<ReflectedColumn> columns(Connection& connection,
                                       std::string_view table,
                                       std::string_view schema) const override {
    return this->table(connection, table, schema).columns;
  }
  ReflectedPrimaryKey primary_key(Connection& connection,
                                  std::string_view table,
                                  std::string_view schema) const override {
    return this->table(connection, table, schema).primary_key;
  }
  std::vector<ReflectedForeignKey> foreign_keys(Connection& connection,
                                                std::string_view table,
                                                std::string_view schema) const override {
    return this->table(connection, table, schema).foreign_keys;
  }
  std::vector<ReflectedUniqueConstraint> unique_constraints(
      Connection& connection,
      std::string_view table,
      std::string_view schema) const override {
    return this->table(connection, table, schema).unique_constraints;
  }
  std::vector<ReflectedCheckConstraint> check_constraints(
      Connection& connection,
      std::string_view table,
      std::string_view schema) const override {
    return this->table(connection, table, schema).check_constraints;
  }
  std::vector<ReflectedIndex> indexes(Connection& connection,
                                      std::string_view table,
                                      std::string_view schema) const override {
    return this->table(connection, table, schema).indexes;
  }
  std::string table_comment(Connection& connection,
                            std::string_view table,
                            std::string_view schema) const override {
    return this->table(connection, table, schema).comment;
  }
  Names table_options(Connection& connection,
                      std::string_view table,
                      std::string_view schema) const override {
    return this->table(connection, table, schema).options;
  }

 private:
  void remove_default_schema(Connection& connection,
                             std::vector<ReflectedColumn>& columns) const {
    std::string database;
    for (ReflectedColumn& column : columns) {
      if (!uses_sequence(column)) continue;
      if (database.empty()) database = default_schema_name(connection);
      remove_database(*column.default_, database);
    }
  }
};

}  // namespace

std::unique_ptr<const Reflector> detail::make_mysql_reflector() {
  return std::make_unique<MySQLReflector>();
}

}  // namespace hark
