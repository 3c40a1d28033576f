// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/metadata.hpp>

#include <vector>

namespace hark::detail {

/// Tables in an order in which they can be created.
struct SortedTables {
  struct Entry {
    Table* table;
    std::vector<const ForeignKeyConstraint*> inline_keys;  // they stand in CREATE TABLE
  };
  std::vector<Entry> tables;
  std::vector<const ForeignKeyConstraint*> remaining;  // to be added by ALTER TABLE
};

/// May a foreign key be left out of the order, to be added or dropped by ALTER TABLE?
using CanAlter = bool (*)(const ForeignKeyConstraint& constraint);

/// Each behind those that it refers to; in the order given where that leaves a choice.
///
/// Throws: CircularDependencyError when a cycle has a table none of whose keys may be left
/// out; NoReferencedTableError.
/// Cost: linear in tables and foreign keys.
/// Source: SQLAlchemy lib/sqlalchemy/sql/ddl.py, sort_tables_and_constraints.
SortedTables sort_tables_and_constraints(const std::vector<Table*>& tables,
                                         CanAlter can_alter = nullptr);

}  // namespace hark::detail
