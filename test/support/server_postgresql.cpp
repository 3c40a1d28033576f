// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>

#include <libpq-fe.h>

#include <memory>
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
    "PostgreSQL's server is not installed (Debian's package postgresql)";

struct Finish {
  void operator()(PGconn* connection) const noexcept { ::PQfinish(connection); }
  void operator()(PGresult* result) const noexcept { ::PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

std::string text_of(URL url) {
  url.drivername = "postgresql";  // libpq knows nothing of drivers
  return url.render(/*hide_password=*/false);
}

Connection connect(const URL& url) {
  Connection made(::PQconnectdb(text_of(url).c_str()));
  if (::PQstatus(made.get()) != CONNECTION_OK)
    throw std::runtime_error(::PQerrorMessage(made.get()));
  return made;
}

/// The first column of what it returns.
std::vector<std::string> execute(const Connection& connection, const std::string& sql) {
  const std::unique_ptr<PGresult, Finish> result(::PQexec(connection.get(), sql.c_str()));
  const ExecStatusType status = ::PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(sql + ": " + ::PQerrorMessage(connection.get()));
  std::vector<std::string> made;
  for (int row = 0; row < ::PQntuples(result.get()); ++row)
    made.emplace_back(::PQgetvalue(result.get(), row, 0));
  return made;
}

std::string quoted(const std::string& name, char quote) {
  std::string made(1, quote);
  for (const char c : name) made += c == quote ? std::string(2, c) : std::string(1, c);
  return made + quote;
}

/// Drops the database although prepared transactions would not let it.
void roll_back_prepared(const URL& url) {
  const Connection connection = connect(url);
  const auto prepared = execute(
      connection,
      "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()");
  for (const std::string& xid : prepared)
    execute(connection, "ROLLBACK PREPARED " + quoted(xid, '\''));
}

}  // namespace

std::string PostgresServer::create_database(const std::string& name) const {
  return create_postgresql_database(url(), name);
}

std::string create_postgresql_database(const std::string& url, const std::string& name) {
  URL made(url);
  execute(connect(made), "CREATE DATABASE " + quoted(name, '"'));
  made.database = name;
  return made.render(/*hide_password=*/false);
}

void drop_postgresql_database(const std::string& url) {
  URL of_server(url);
  roll_back_prepared(of_server);
  const std::string name = std::exchange(of_server.database, "postgres").value();
  execute(connect(of_server), "DROP DATABASE " + quoted(name, '"') + " WITH (FORCE)");
}

std::string postgresql_url() {
  static TestDatabase& database =
      TestDatabase::make(create_postgresql_database, drop_postgresql_database);
  const std::string set = variable("HARK_TEST_POSTGRESQL");
  if (!set.empty()) return database.url(set);
  static const PostgresServer server;
  return database.url(server.url());
}

void PostgresTest::SetUp() {
  if (variable("HARK_TEST_POSTGRESQL").empty() && !PostgresServer::is_installed())
    GTEST_SKIP() << not_installed;
}

void PostgresServerTest::SetUp() {
  if (!PostgresServer::is_installed()) GTEST_SKIP() << not_installed;
}

}  // namespace hark::test
