// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dialects/mysql/driver_connection.hpp>
#include <hark/engine.hpp>

/// MySQL and MariaDB: including this makes `create_engine("mysql://root@localhost/music")`
/// work, and `mariadb://…`.
namespace hark::mysql {

/// Makes both dialects known; called by including this header. Always true.
bool register_dialects();

namespace detail {
inline const bool is_registered = register_dialects();
}  // namespace detail

}  // namespace hark::mysql
