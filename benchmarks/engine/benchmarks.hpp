// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "support/rows.hpp"

/// What is measured: everybody at the same work.
namespace bench {

void add_find_rows(Rows& rows);
void add_insert_rows(Rows& rows);
void add_fetch_rows(Rows& rows);
void add_transaction_rows(Rows& rows);
/// hark and the C interface in turn.
void add_race_rows(Rows& rows);
/// Instructions, counted one by one.
void add_instruction_rows(Rows& rows);

inline void add_engine_rows(Rows& rows) {
  add_find_rows(rows);
  add_insert_rows(rows);
  add_fetch_rows(rows);
  add_transaction_rows(rows);
  add_race_rows(rows);
  add_instruction_rows(rows);
}

}  // namespace bench
