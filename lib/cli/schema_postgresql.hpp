// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/connection.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/schema_snapshot.hpp"
#include "cli/schema_translation.hpp"

namespace hark::cli {

/// What PostgreSQL's catalog says of a schema, and an Inspector does not.
struct PostgreSQLCatalog {
  // Of tables.
  std::map<std::string, std::vector<std::string>> options{};
  std::map<std::string, std::vector<TableAddition>> additions{};
  std::vector<TriggerSnapshot> triggers{};
  std::vector<VirtualTableSnapshot> foreign_tables{};
  std::vector<std::string> materialized_views{};
  /// Sequences that belong to a column.
  std::vector<std::string> owned_sequences{};
};

/// An empty schema is the default one.
PostgreSQLCatalog read_postgresql_catalog(Connection& connection,
                                          std::string_view schema);

/// Makes of a table of PostgreSQL one that any database can have, as far as that goes; the
/// rest is left out with a warning.
void generalize_postgresql(TableSnapshot& table,
                           const std::string& to,
                           Warnings& warnings);

/// An expression of PostgreSQL's as other databases understand it: without casts, with IN
/// and LIKE, and with CURRENT_TIMESTAMP for now().
std::string in_standard_sql(std::string_view postgresql);

}  // namespace hark::cli
