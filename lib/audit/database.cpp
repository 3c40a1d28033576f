// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/database.hpp"

#include <charconv>
#include <string>
#include <string_view>

namespace hark::audit::detail {
namespace {

/// A part of the URL, wherever it stands: "host" may be in the query.
std::string value_of(const std::optional<std::string>& part,
                     const URL& url,
                     std::string_view key) {
  if (part && !part->empty()) return *part;
  return std::string(url.query_value(key).value_or(""));
}

std::optional<std::uint16_t> port_of(const URL& url, std::uint16_t usual) {
  if (url.port) return url.port;
  const std::string_view text = url.query_value("port").value_or("");
  std::uint16_t port = usual;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

void add_server(Database& to, const URL& url, std::string socket, std::uint16_t port) {
  std::string host = value_of(url.host, url, "host");
  if (host.starts_with('/')) socket = host;
  if (!socket.empty()) {
    to.server_address = std::move(socket);
    return;
  }
  to.server_address = host.empty() ? "localhost" : std::move(host);
  to.server_port = port_of(url, port);
}

}  // namespace

Database database_of(const URL& url) {
  Database made{.system = std::string(url.dialect_name()), .url = url.render()};
  if (made.system == "sqlite") {
    made.name = url.database && !url.database->empty() ? *url.database : ":memory:";
  } else if (made.system == "postgresql") {
    made.name = value_of(url.database, url, "dbname");
    add_server(made, url, "", 5432);
  } else if (made.system == "mysql" || made.system == "mariadb") {
    made.name = url.database.value_or("");
    add_server(made, url, std::string(url.query_value("unix_socket").value_or("")), 3306);
  } else {
    made.name = url.database.value_or("");
    made.server_address = url.host.value_or("");
    made.server_port = url.port;
  }
  return made;
}

}  // namespace hark::audit::detail
