// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>

#include <mysql.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/server.hpp"
#include "support/server_database.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

constexpr const char* not_installed =
    "MariaDB's server is not installed (Debian's package mariadb-server)";

struct Close {
  void operator()(MYSQL* connection) const noexcept { ::mysql_close(connection); }
  void operator()(MYSQL_RES* result) const noexcept { ::mysql_free_result(result); }
};
using Connection = std::unique_ptr<MYSQL, Close>;

const char* pointer_to(const std::optional<std::string>& text) {
  return text && !text->empty() ? text->c_str() : nullptr;
}

Connection connect(const URL& url) {
  Connection made(::mysql_init(nullptr));
  const std::string socket(url.query_value("unix_socket").value_or(""));
  if (::mysql_real_connect(made.get(),
                           pointer_to(url.host),
                           pointer_to(url.username),
                           pointer_to(url.password),
                           nullptr,
                           url.port.value_or(0),
                           pointer_to(socket),
                           0) == nullptr) {
    throw std::runtime_error(::mysql_error(made.get()));
  }
  return made;
}

using Row = std::vector<std::string>;

std::vector<Row> execute(const Connection& connection, const std::string& sql) {
  if (::mysql_real_query(connection.get(), sql.data(), sql.size()) != 0)
    throw std::runtime_error(sql + ": " + ::mysql_error(connection.get()));
  const std::unique_ptr<MYSQL_RES, Close> result(::mysql_store_result(connection.get()));
  std::vector<Row> made;
  if (result == nullptr) return made;
  const unsigned columns = ::mysql_num_fields(result.get());
  while (MYSQL_ROW row = ::mysql_fetch_row(result.get())) {
    const unsigned long* const sizes = ::mysql_fetch_lengths(result.get());
    Row& texts = made.emplace_back();
    for (unsigned i = 0; i < columns; ++i) texts.emplace_back(row[i], sizes[i]);
  }
  return made;
}

std::string quoted(const std::string& name) {
  std::string made("`");
  for (const char c : name) made += c == '`' ? "``" : std::string(1, c);
  return made + '`';
}

/// A transaction's name as XA statements take it, whatever its bytes are. `row`: of XA
/// RECOVER: format, size of the global part, size of the branch's, both parts.
std::string xid_of(const Row& row) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto hexadecimal = [](std::string_view bytes) {
    std::string made("X'");
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      made += digits[byte >> 4U];
      made += digits[byte & 15U];
    }
    return made + '\'';
  };
  const std::size_t size = std::stoul(row.at(1));
  const std::string_view both = row.at(3);
  return hexadecimal(both.substr(0, size)) + ',' + hexadecimal(both.substr(size)) + ',' +
         row.at(0);
}

/// Returns when nobody else is connected to the database: they may have locked its tables,
/// and what they prepared is theirs for as long as they are there.
void end_others(const Connection& connection, const std::string& database) {
  const std::string others =
      "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND db "
      "= "
      "'" +
      database + "'";
  for (;;) {
    const std::vector<Row> found = execute(connection, others);
    if (found.empty()) return;
    // It may have gone meanwhile, which is an error.
    for (const Row& each : found)
      ::mysql_query(connection.get(), ("KILL " + each.at(0)).c_str());
  }
}

}  // namespace

std::string MariaDbServer::create_database(const std::string& name) const {
  return create_mysql_database(url(), name);
}

std::string create_mysql_database(const std::string& url, const std::string& name) {
  URL made(url);
  execute(connect(made), "CREATE DATABASE " + quoted(name));
  made.database = name;
  return made.render(/*hide_password=*/false);
}

void drop_mysql_database(const std::string& url) {
  const URL parsed(url);
  const Connection connection = connect(parsed);
  end_others(connection, parsed.database.value());
  for (const Row& prepared : execute(connection, "XA RECOVER"))
    execute(connection, "XA ROLLBACK " + xid_of(prepared));
  execute(connection, "DROP DATABASE " + quoted(parsed.database.value()));
}

std::string mysql_url() {
  static TestDatabase& database =
      TestDatabase::make(create_mysql_database, drop_mysql_database);
  const std::string set = variable("HARK_TEST_MYSQL");
  if (!set.empty()) return database.url(set);
  static const MariaDbServer server;
  return database.url(server.url());
}

void MySqlTest::SetUp() {
  if (variable("HARK_TEST_MYSQL").empty() && !MariaDbServer::is_installed())
    GTEST_SKIP() << not_installed;
}

void MariaDbServerTest::SetUp() {
  if (!MariaDbServer::is_installed()) GTEST_SKIP() << not_installed;
}

}  // namespace hark::test
