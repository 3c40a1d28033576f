// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <mysql.h>

#include <memory>

#include "dialects/mysql/options.hpp"
#include "dialects/mysql/wait.hpp"

namespace hark::mysql {

/// Its farewell is not answered: nothing is waited for.
struct CloseHandle {
  void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
};
using HandlePtr = std::unique_ptr<MYSQL, CloseHandle>;

/// Connects to a server. On a fiber a host's name is looked up by a thread that may block;
/// where TLS, or a file of options, may come into it, or `host` is no plain name, that thread
/// connects.
///
/// Throws: dbapi::Error, which names host, user and database; as Waiter.
HandlePtr open_handle(const ConnectOptions& options, Waiter& waiter);

/// Is the other side of an idle connection still there, as far as its socket knows?
bool is_socket_open(MYSQL* handle) noexcept;

}  // namespace hark::mysql
