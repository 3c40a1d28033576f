// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/schema_source.hpp"

#include <hark/engine/url.hpp>
#include <hark/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/exit.hpp"
#include "cli/open.hpp"
#include "detail/nearest.hpp"

namespace hark::cli {
namespace {

bool is_known_among(std::string_view name, std::span<const std::string> known) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

/// The URL, which asks SQLite to create no file.
std::string read_only(const std::string& text) {
  try {
    URL url(text);
    const bool is_file =
        url.database && !url.database->empty() && *url.database != ":memory:";
    if (url.dialect_name() != "sqlite" || !is_file || url.query_value("mode"))
      return text;
    url.query.emplace_back("mode", "ro");
    return url.render(false);
  } catch (const ArgumentError& error) {
    throw Failure(ExitCode::usage, error.what());
  }
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
    if (dialect() == "sqlite") omit_of_sqlite();
  });
}

/// Virtual tables are no tables: what they are made of is their module's business.
void SchemaSource::omit_of_sqlite() {
  struct Listed {
    std::string name;
    std::string type;
    bool is_without_rowid;
    bool is_strict;
    bool counts_for_ever;
  };
  const auto listed = connection_
                          .exec_driver_sql(
                              "SELECT l.name, l.type, l.wr, l.strict,"
                              " coalesce(m.sql LIKE '%AUTOINCREMENT%', 0)"
                              " FROM pragma_table_list AS l LEFT JOIN sqlite_master AS m"
                              " ON m.type = 'table' AND m.name = l.name"
                              " WHERE l.schema = 'main' ORDER BY l.name")
                          .all<Listed>();
  for (const Listed& each : listed) {
    const auto omit = [&](const char* what) {
      omissions_.push_back({what, each.name, each.name});
    };
    const bool is_virtual = each.type == "virtual";
    if (is_virtual || each.type == "shadow") std::erase(tables_, each.name);
    if (is_virtual) omit("a virtual table is left out");
    if (!is_known_among(each.name, tables_)) continue;
    if (each.is_without_rowid) omit("WITHOUT ROWID is left out");
    if (each.is_strict) omit("STRICT is left out");
    if (each.counts_for_ever) omit("AUTOINCREMENT is left out");
  }
  struct Trigger {
    std::string name;
    std::string table;
  };
  const auto triggers = connection_
                            .exec_driver_sql(
                                "SELECT name, tbl_name FROM sqlite_master"
                                " WHERE type = 'trigger' ORDER BY name")
                            .all<Trigger>();
  for (const Trigger& each : triggers)
    omissions_.push_back({"a trigger is left out", each.name, each.table});
}

std::vector<ViewSnapshot> SchemaSource::views() {
  return reading([&] {
    std::vector<ViewSnapshot> made;
    for (const std::string& name : inspector_.get_view_names(schema_))
      made.push_back({name, inspector_.get_view_definition(name, schema_)});
    return made;
  });
}

SchemaSnapshot SchemaSource::snapshot(const std::vector<std::string>& tables) {
  return reading([&] {
    SchemaSnapshot made{.dialect = dialect()};
    for (const std::string& name : tables_)
      if (tables.empty() || is_known_among(name, tables))
        made.tables.push_back(table(name));
    if (tables.empty()) made.views = views();
    return made;
  });
}

void SchemaSource::reflect(MetaData& metadata, const std::vector<std::string>& tables) {
  if (tables.empty()) return;  // which would ask for all
  reading([&] { metadata.reflect(connection_, {.schema = schema_, .only = tables}); });
}

TableSnapshot SchemaSource::table(const std::string& name) {
  return {.name = name,
          .comment = inspector_.get_table_comment(name, schema_),
          .columns = inspector_.get_columns(name, schema_),
          .primary_key = inspector_.get_pk_constraint(name, schema_),
          .foreign_keys = inspector_.get_foreign_keys(name, schema_),
          .unique_constraints = inspector_.get_unique_constraints(name, schema_),
          .check_constraints = inspector_.get_check_constraints(name, schema_),
          .indexes = inspector_.get_indexes(name, schema_)};
}

}  // namespace hark::cli
