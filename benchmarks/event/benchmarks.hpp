// SPDX-License-Identifier: MIT
#pragma once

#include "support/rows.hpp"

/// What each file of this folder measures.
namespace bench {

void add_emit_rows(Rows& rows);
void add_listen_rows(Rows& rows);
void add_thread_rows(Rows& rows);
void add_memory_rows(Rows& rows);
void add_compile_rows(Rows& rows);

}  // namespace bench
