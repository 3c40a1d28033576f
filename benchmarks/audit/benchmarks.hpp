// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "support/rows.hpp"

/// What an audit adds on the database's thread.
namespace bench {

void add_audit_rows(Rows& rows);

}  // namespace bench
