// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_source.hpp"

#include <hark/engine/url.hpp>
#include <hark/error.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/exit.hpp"
#include "cli/open.hpp"
#include "cli/schema_diff.hpp"
#include "cli/schema_postgresql.hpp"
#include "detail/nearest.hpp"

namespace hark::cli {
namespace {

bool is_known_among(std::string_view name, std::span<const std::string> known) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

/// Why this file cannot be read; empty: it can, for all that is known of it.
std::string reason_not_to_read(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found)
    return fmt::format("there is no file '{}'", path);
  if (status.type() == std::filesystem::file_type::directory)
    return fmt::format("'{}' is a directory", path);
  if (::access(path.c_str(), R_OK) != 0 && errno == EACCES)
    return fmt::format("there is no permission to read '{}'", path);
  return {};
}

/// The URL, which asks SQLite to create no file.
///
/// Throws: Failure for a file that cannot be read; SQLite says of all that it was unable.
std::string read_only(const std::string& text) {
  try {
    URL url(text);
    const bool is_file = url.database && !url.database->empty() &&
                         *url.database != ":memory:" &&
                         !url.database->starts_with("file:");
    if (url.dialect_name() != "sqlite" || !is_file || url.query_value("mode"))
      return text;
    if (const std::string reason = reason_not_to_read(*url.database); !reason.empty())
      throw Failure(ExitCode::unavailable,
                    fmt::format("cannot connect to {}: {}", text, reason));
    url.query.emplace_back("mode", "ro");
    return url.render(false);
  } catch (const ArgumentError& error) {
    throw Failure(ExitCode::usage, error.what());
  }
}

std::string in_capitals(std::string word) {
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return word;
}

/// What a statement of SQLite says that a catalog does not.
void add_written_options(std::vector<std::string>& options, std::string_view sql) {
  const auto add = [&](std::string option) {
    if (!is_known_among(option, options)) options.push_back(std::move(option));
  };
  std::array<std::string, 2> before;
  for (const std::string& word : words_of(sql)) {
    if (word == "autoincrement") add("AUTOINCREMENT");
    const bool is_resolution = before[0] == "on" && before[1] == "conflict";
    if (is_resolution && word != "abort")  // which is what happens anyway
      add("ON CONFLICT " + in_capitals(word));
    before = {std::move(before[1]), word};
  }
}

/// Is it no more than a UNIQUE of its columns?
bool is_plain_unique(const ReflectedIndex& index) {
  return index.unique && index.expressions.empty() && index.where.empty() &&
         index.using_.empty();
}

/// What is described as a constraint and as its index as well stays one of them: the
/// constraint, if that says it all.
void leave_out_indexes_of_constraints(ReflectedTable& table) {
  const auto has_duplicate = [&](const ReflectedUniqueConstraint& unique) {
    return std::any_of(
        table.indexes.begin(), table.indexes.end(), [&](const ReflectedIndex& index) {
          return index.name == unique.duplicates_index;
        });
  };
  std::erase_if(table.indexes, [&](const ReflectedIndex& index) {
    return is_plain_unique(index) &&
           std::any_of(table.unique_constraints.begin(),
                       table.unique_constraints.end(),
                       [&](const ReflectedUniqueConstraint& unique) {
                         return unique.duplicates_index == index.name;
                       });
  });
  std::erase_if(table.unique_constraints, has_duplicate);
}

}  // namespace

void require_known(std::span<const std::string> names,
                   std::span<const std::string> known,
                   const std::string& what,
                   const std::string& where) {
  for (const std::string& name : names) {
    if (is_known_among(name, known)) continue;
    const std::vector<std::string_view> all(known.begin(), known.end());
    throw Failure(ExitCode::usage,
                  fmt::format("there is no {} '{}' in {}{}",
                              what,
                              name,
                              where,
                              hark::detail::did_you_mean(name, all)));
  }
}

/// What `act` returns; what goes wrong is told with the database's URL.
template <class Act>
auto SchemaSource::reading(Act&& act) {
  try {
    return std::forward<Act>(act)();
  } catch (const Failure&) {
    throw;
  } catch (const DBAPIError&) {
    throw unreachable(url_, std::current_exception());
  } catch (const Error& error) {
    throw Failure(
        ExitCode::unavailable,
        fmt::format(
            "{}: {}", URL(url_).render(), reason_of(std::make_exception_ptr(error))));
  }
}

SchemaSource::SchemaSource(std::string url, std::string schema)
    : url_(std::move(url)),
      schema_(std::move(schema)),
      engine_(open_engine(read_only(url_), {})),
      connection_(reading([&] { return Connection(engine_); })),
      inspector_(connection_) {
  reading([&] {
    if (!schema_.empty())
      require_known(
          {&schema_, 1}, inspector_.get_schema_names(), "schema", URL(url_).render());
    tables_ = inspector_.get_table_names(schema_);
    if (dialect() == "sqlite") read_sqlite();
    if (is_mysql(dialect())) read_mysql();
    if (dialect() == "postgresql") read_postgresql();
  });
}

/// Virtual tables are no tables: what they are made of is their module's business.
void SchemaSource::read_sqlite() {
  struct Listed {
    std::string name;
    std::string type;
    bool is_without_rowid;
    bool is_strict;
    std::string sql;
  };
  const auto listed = connection_
                          .exec_driver_sql(
                              "SELECT l.name, l.type, l.wr, l.strict, coalesce(m.sql, '')"
                              " FROM pragma_table_list AS l LEFT JOIN sqlite_master AS m"
                              " ON m.type = 'table' AND m.name = l.name"
                              " WHERE l.schema = 'main' ORDER BY l.name")
                          .all<Listed>();
  for (const Listed& each : listed) {
    const bool is_virtual = each.type == "virtual";
    if (is_virtual) virtual_tables_.push_back({each.name, each.sql});
    if (is_virtual || each.type == "shadow") std::erase(tables_, each.name);
    if (!is_known_among(each.name, tables_)) continue;
    std::vector<std::string>& options = options_[each.name];
    if (each.is_without_rowid) options.emplace_back("WITHOUT ROWID");
    if (each.is_strict) options.emplace_back("STRICT");
    add_written_options(options, each.sql);
  }
  read_sqlite_triggers();
}

void SchemaSource::read_sqlite_triggers() {
  triggers_ = connection_
                  .exec_driver_sql(
                      "SELECT name, tbl_name, sql FROM sqlite_master"
                      " WHERE type = 'trigger' ORDER BY name")
                  .all<TriggerSnapshot>();
}

void SchemaSource::read_mysql() {
  const std::string of_default_one = schema_.empty() ? "DATABASE()" : "?";
  const std::string sql =
      "SELECT trigger_name, event_object_table, CONCAT(action_timing, ' ',"
      " event_manipulation, ' ON ', event_object_table, ' FOR EACH ', action_orientation,"
      " ' ', action_statement) FROM information_schema.triggers WHERE trigger_schema = " +
      of_default_one + " ORDER BY trigger_name";
  triggers_ = (schema_.empty() ? connection_.exec_driver_sql(sql)
                               : connection_.exec_driver_sql(sql, {schema_}))
                  .all<TriggerSnapshot>();
}

void SchemaSource::read_postgresql() {
  PostgreSQLCatalog catalog = read_postgresql_catalog(connection_, schema_);
  options_ = std::move(catalog.options);
  additions_ = std::move(catalog.additions);
  triggers_ = std::move(catalog.triggers);
  virtual_tables_ = std::move(catalog.foreign_tables);
  materialized_views_ = std::move(catalog.materialized_views);
  owned_sequences_ = std::move(catalog.owned_sequences);
}

std::vector<ViewSnapshot> SchemaSource::views() {
  std::vector<ViewSnapshot> made;
  for (const std::string& name : inspector_.get_view_names(schema_))
    made.push_back(view(name));
  return made;
}

/// PostgreSQL says what a view selects; here it is the whole statement, as with SQLite.
ViewSnapshot SchemaSource::view(const std::string& name) {
  std::string selection = inspector_.get_view_definition(name, schema_);
  if (dialect() != "postgresql") return {name, std::move(selection)};
  const DDLCompiler& compiler = ddl_compiler("postgresql");
  while (selection.ends_with(';') || selection.ends_with(' ')) selection.pop_back();
  const bool is_materialized = is_known_among(name, materialized_views_);
  return {name,
          fmt::format("CREATE {}VIEW {}{} AS\n{}",
                      is_materialized ? "MATERIALIZED " : "",
                      schema_.empty() ? "" : compiler.quoted(schema_) + ".",
                      compiler.quoted(name),
                      selection)};
}

std::vector<ReflectedSequence> SchemaSource::sequences() {
  std::vector<ReflectedSequence> made = inspector_.get_sequences(schema_);
  std::erase_if(made, [&](const ReflectedSequence& each) {
    return is_known_among(each.name, owned_sequences_);
  });
  for (ReflectedSequence& each : made) each.schema = schema_;
  return made;
}

SchemaSnapshot SchemaSource::snapshot(const std::vector<std::string>& tables) {
  return reading([&] {
    SchemaSnapshot made{.dialect = dialect()};
    for (const std::string& name : tables_)
      if (tables.empty() || is_known_among(name, tables))
        made.tables.push_back(table(name));
    for (const TriggerSnapshot& each : triggers_)
      if (tables.empty() || is_known_among(each.table, tables))
        made.triggers.push_back(each);
    if (!tables.empty()) return made;
    made.views = views();
    made.sequences = sequences();
    made.enums = inspector_.get_enums(schema_);
    made.virtual_tables = virtual_tables_;
    return made;
  });
}

TableSnapshot SchemaSource::table(const std::string& name) {
  ReflectedTable there = inspector_.get_table(name, schema_);
  leave_out_indexes_of_constraints(there);
  return {.name = name,
          .comment = std::move(there.comment),
          .columns = std::move(there.columns),
          .primary_key = std::move(there.primary_key),
          .foreign_keys = std::move(there.foreign_keys),
          .unique_constraints = std::move(there.unique_constraints),
          .check_constraints = std::move(there.check_constraints),
          .indexes = std::move(there.indexes),
          .options = options_[name],
          .mysql_options = std::move(there.options),
          .additions = additions_[name]};
}

}  // namespace hark::cli
