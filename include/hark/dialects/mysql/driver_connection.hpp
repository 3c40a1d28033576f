// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/fwd.hpp>

#include <string>
#include <vector>

struct st_mysql;  // MYSQL, of the client library

namespace hark::mysql {

class Connection;

/// What the server has to remark on the last statement.
struct Warning {
  std::string level{};  ///< "Note", "Warning", "Error"
  int number = 0;
  std::string message{};

  friend bool operator==(const Warning&, const Warning&) = default;
};

/// What a connection to MySQL or MariaDB has beyond others.
///
/// Lifetime: until the DBAPI connection is given back.
/// Thread safety: as the connection's.
class DriverConnection {
 public:
  explicit DriverConnection(Connection& connection) noexcept : connection_(connection) {}

  /// The client library's own object, `MYSQL*`; null when closed.
  st_mysql* handle() const noexcept;
  /// "10.11.6-MariaDB-0+deb12u1".
  ///
  /// Throws: dbapi::ProgrammingError when closed.
  std::string server_version() const;
  /// Throws: dbapi::ProgrammingError when closed.
  bool is_mariadb() const;
  /// The session's number on the server, as SHOW PROCESSLIST has it; also when closed.
  unsigned long thread_id() const noexcept;
  /// Of the last statement; what the server did not keep is not there.
  ///
  /// Throws: dbapi::Error.
  std::vector<Warning> warnings() const;

 private:
  Connection& connection_;
};

/// Throws: InvalidRequestError where the connection is none to MySQL or MariaDB.
DriverConnection driver_connection(hark::Connection& connection);

}  // namespace hark::mysql
