// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>

struct pg_result;

namespace hark::postgresql {

/// Has the server done what the result is of?
[[gnu::hot]] bool is_success(const pg_result* result) noexcept;

/// How many rows an INSERT, UPDATE, DELETE, MERGE or COPY has changed; -1: it is none.
std::int64_t rows_changed(pg_result* result) noexcept;

}  // namespace hark::postgresql
