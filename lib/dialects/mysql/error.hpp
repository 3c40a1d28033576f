// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <mysql.h>

#include <string>
#include <string_view>

namespace hark::mysql {

/// What the server, or the client library, says of a failure.
struct Failure {
  unsigned number = 0;
  std::string sqlstate{};  ///< empty: there is none
  std::string message{};
};

Failure failure_of(MYSQL* handle);
Failure failure_of(MYSQL_STMT* statement);

/// Does an error of that number mean that the connection is lost?
bool means_lost(unsigned number) noexcept;

/// Throws the error that PEP 249 has for a failure of `sql`. `is_lost`: the connection is
/// known to be.
///
/// Source: PyMySQL pymysql/err.py, error_map; mysqlclient src/MySQLdb/_mysql.c,
/// _mysql_Exception.
[[noreturn]] void throw_error(const Failure& failure,
                              std::string_view sql = {},
                              bool is_lost = false);

/// Throws ProgrammingError: the connection was closed.
[[noreturn]] void throw_closed();

}  // namespace hark::mysql
