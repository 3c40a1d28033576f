// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/mysql/dialect.hpp>
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>
#include <hark/mysql.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

#include "dialects/mysql/connection.hpp"
#include "dialects/mysql/options.hpp"

namespace hark::mysql {
namespace {

using namespace std::string_view_literals;

constexpr std::array drivers{
    "libmariadb"sv, "mariadbconnector"sv, "mysqldb"sv, "pymysql"sv};
constexpr std::array levels{
    "READ UNCOMMITTED"sv, "READ COMMITTED"sv, "REPEATABLE READ"sv, "SERIALIZABLE"sv};

template <class Names>
bool is_among(std::string_view name, const Names& names) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Throws: NoSuchModuleError for a URL that names a driver that is none of MySQL's.
void require_driver(const URL& url) {
  const std::string_view dialect = url.dialect_name();
  if (url.drivername.size() == dialect.size()) return;
  if (!is_among(std::string_view(url.drivername).substr(dialect.size() + 1), drivers)) {
    throw NoSuchModuleError("mysql: " + url.render() +
                            " names another driver; write mysql:// or mariadb://");
  }
}

/// Throws: ArgumentError for an option that is given twice.
void require_each_once(const URL& url) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : url.query) {
    if (!seen.insert(name).second)
      throw ArgumentError("mysql: the URL has the option " + name + " twice");
  }
}

/// An xid as SQL. Others than what create_xid() makes go as numbers.
std::string literal(const std::string& xid) {
  const auto is_plain = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '_' || each == '-' || each == '.';
  };
  if (std::all_of(xid.begin(), xid.end(), is_plain)) return "'" + xid + "'";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string hexadecimal = "X'";
  for (const char each : xid) {
    const auto byte = static_cast<unsigned char>(each);
    hexadecimal += digits[byte >> 4U];
    hexadecimal += digits[byte & 0xfU];
  }
  return hexadecimal + "'";
}

void run(hark::Connection& connection, std::string_view words, const std::string& xid) {
  connection.exec_driver_sql(std::string(words) + literal(xid));
}

Connection& own(dbapi::Connection& connection) {
  return dynamic_cast<Connection&>(connection);
}

}  // namespace

ConnectArguments Dialect::connect_arguments(const URL& url) const {
  require_driver(url);
  require_each_once(url);
  ConnectArguments arguments;
  ConnectOptions checked;
  const auto add = [&](const std::string& name, OptionValue value) {
    set_option(checked, name, value);
    arguments.options.insert_or_assign(name, std::move(value));
  };
  if (url.host) add("host", *url.host);
  if (url.port) add("port", std::int64_t{*url.port});
  if (url.username) add("user", *url.username);
  if (url.password) add("password", *url.password);
  if (url.database) add("database", *url.database);
  for (const auto& [name, value] : url.query) add(name, value);
  arguments.target = url.render();
  return arguments;
}

std::unique_ptr<dbapi::Connection> Dialect::connect(const ConnectArguments& arguments) {
  auto made = std::make_unique<Connection>(connect_options_of(arguments.options));
  if (name() == "mariadb" && !made->is_mariadb()) {
    throw InvalidRequestError(
        "mariadb: the server is not MariaDB but MySQL; write mysql:// for it");
  }
  is_mariadb_.store(made->is_mariadb(), std::memory_order_relaxed);
  return made;
}

std::string Dialect::placeholder(std::size_t) const { return "?"; }

bool Dialect::is_disconnect(const dbapi::Error& error) const noexcept {
  return error.is_disconnect();
}

bool Dialect::wants_one_connection(const URL&) const noexcept { return false; }

void Dialect::set_isolation_level(dbapi::Connection& connection,
                                  std::string_view level) const {
  if (level == "AUTOCOMMIT") {
    connection.set_autocommit(true);
    return;
  }
  if (!is_among(level, levels)) {
    throw ArgumentError("mysql: there is no isolation level '" + std::string(level) +
                        "': AUTOCOMMIT, READ UNCOMMITTED, READ COMMITTED, REPEATABLE "
                        "READ and SERIALIZABLE are known");
  }
  connection.set_autocommit(false);
  own(connection).set_isolation_level(level);
}

std::string_view Dialect::default_isolation_level() const noexcept {
  return "REPEATABLE READ";
}

void Dialect::reset_isolation_level(dbapi::Connection& connection) const {
  connection.set_autocommit(false);
  own(connection).reset_isolation_level();
}

std::string Dialect::get_isolation_level(dbapi::Connection& connection) const {
  Connection& asked = own(connection);
  return asked.is_autocommit() ? "AUTOCOMMIT" : asked.isolation_level();
}

void Dialect::do_begin_twophase(hark::Connection& connection,
                                const std::string& xid) const {
  run(connection, "XA BEGIN ", xid);
}

void Dialect::do_prepare_twophase(hark::Connection& connection,
                                  const std::string& xid) const {
  run(connection, "XA END ", xid);
  run(connection, "XA PREPARE ", xid);
}

void Dialect::do_rollback_twophase(hark::Connection& connection,
                                   const std::string& xid,
                                   bool is_prepared,
                                   bool /*recover*/) const {
  if (!is_prepared) run(connection, "XA END ", xid);
  run(connection, "XA ROLLBACK ", xid);
}

void Dialect::do_commit_twophase(hark::Connection& connection,
                                 const std::string& xid,
                                 bool is_prepared,
                                 bool /*recover*/) const {
  if (!is_prepared) do_prepare_twophase(connection, xid);
  run(connection, "XA COMMIT ", xid);
}

std::vector<std::string> Dialect::do_recover_twophase(
    hark::Connection& connection) const {
  std::vector<std::string> xids;
  Result result = connection.exec_driver_sql("XA RECOVER");
  for (const auto& row : result) {
    // Bytes, whatever they look like.
    const auto data = row.get<dbapi::ValueView>("data").text();
    xids.emplace_back(data.substr(0, row.get<std::size_t>("gtrid_length")));
  }
  return xids;
}

bool register_dialects() {
  hark::register_dialect("mysql", []() -> std::shared_ptr<hark::Dialect> {
    return std::make_shared<Dialect>("mysql");
  });
  return hark::register_dialect("mariadb", []() -> std::shared_ptr<hark::Dialect> {
    return std::make_shared<Dialect>("mariadb");
  });
}

}  // namespace hark::mysql
