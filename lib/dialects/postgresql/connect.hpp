// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "dialects/postgresql/driver.hpp"

namespace hark::postgresql {

/// Opens a connection, in the time that `connect_timeout` gives.
///
/// Throws: dbapi::OperationalError with the server's SQLSTATE where it has answered, and
/// 08001 where it has not; the message names where it was looked for, and no password.
ConnectionHandle open_connection(const ConnectOptions& options);

}  // namespace hark::postgresql
