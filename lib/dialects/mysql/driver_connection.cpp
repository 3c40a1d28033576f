// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/mysql/driver_connection.hpp>
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>

#include "dialects/mysql/connection.hpp"

namespace hark::mysql {

MYSQL* DriverConnection::handle() const noexcept { return connection_.handle(); }

std::string DriverConnection::server_version() const {
  return connection_.server_version();
}

bool DriverConnection::is_mariadb() const { return connection_.is_mariadb(); }

unsigned long DriverConnection::thread_id() const noexcept {
  return connection_.thread_id();
}

std::vector<Warning> DriverConnection::warnings() const {
  std::vector<Warning> warnings;
  for (std::vector<std::string>& row : connection_.run("SHOW WARNINGS")) {
    warnings.push_back({.level = std::move(row[0]),
                        .number = std::stoi(row[1]),
                        .message = std::move(row[2])});
  }
  return warnings;
}

DriverConnection driver_connection(hark::Connection& connection) {
  auto* const own =
      dynamic_cast<Connection*>(&connection.connection().dbapi_connection());
  if (own == nullptr)
    throw InvalidRequestError("the connection is none to MySQL or MariaDB");
  return DriverConnection(*own);
}

}  // namespace hark::mysql
