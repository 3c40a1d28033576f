// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <mysql.h>

#include <memory>

#include "dialects/mysql/options.hpp"

namespace hark::mysql {

struct CloseHandle {
  void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
};
using HandlePtr = std::unique_ptr<MYSQL, CloseHandle>;

/// Connects to a server.
///
/// Throws: dbapi::Error, which names host, user and database.
HandlePtr open_handle(const ConnectOptions& options);

/// Is the other side of an idle connection still there, as far as its socket knows?
bool is_socket_open(MYSQL* handle) noexcept;

}  // namespace hark::mysql
