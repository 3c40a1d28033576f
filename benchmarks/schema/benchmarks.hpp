// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "support/rows.hpp"

/// What is measured.
namespace bench {

/// create_all and drop_all, beside the same statements through the C interface, and with
/// a stopwatch in the driver.
void add_create_rows(Rows& rows);
/// MetaData::sorted_tables.
void add_sort_rows(Rows& rows);
/// A Table from the database.
void add_reflect_rows(Rows& rows);

inline void add_schema_rows(Rows& rows) {
  add_create_rows(rows);
  add_sort_rows(rows);
  add_reflect_rows(rows);
}

}  // namespace bench
