// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dialects/postgresql/driver_connection.hpp>
#include <hark/dialects/postgresql/errors.hpp>
#include <hark/engine.hpp>

/// PostgreSQL: including this makes `create_engine("postgresql://host/database")` work.
namespace hark::postgresql {

/// Makes the dialect known; called by including this header. Always true.
bool register_dialect();

namespace detail {
inline const bool is_registered = register_dialect();
}  // namespace detail

}  // namespace hark::postgresql
