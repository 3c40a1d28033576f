// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "support/rows.hpp"

namespace bench {

void add_pool_rows(Rows& rows);

}  // namespace bench
