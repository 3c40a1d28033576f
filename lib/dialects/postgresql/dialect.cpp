// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dialects/postgresql/dialect.hpp>
#include <hark/engine/connection.hpp>
#include <hark/error.hpp>
#include <hark/postgresql.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "detail/nearest.hpp"
#include "dialects/postgresql/driver.hpp"

namespace hark::postgresql {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view cache_size = "statement_cache_size";

/// The keywords that libpq knows, and the driver's own.
const std::vector<std::string>& known_options() {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> names{std::string(cache_size)};
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> all(
        PQconndefaults(), &PQconninfoFree);
    for (const auto* each = all.get(); each != nullptr && each->keyword != nullptr;
         ++each)
      names.emplace_back(each->keyword);
    return names;
  }();
  return known;
}

/// Throws: ArgumentError for an option that there is not.
void require_known(const std::string& name) {
  const std::vector<std::string>& known = known_options();
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::vector<std::string_view> views(known.begin(), known.end());
  throw ArgumentError("postgresql: there is no option '" + name + "'" +
                      hark::detail::did_you_mean(name, views));
}

std::string text_of(const std::string& name, const OptionValue& value) {
  struct Show {
    const std::string& name;
    std::string operator()(std::monostate) const {
      throw ArgumentError("postgresql: the option " + name + " has no value");
    }
    std::string operator()(bool flag) const { return flag ? "1" : "0"; }
    std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
    std::string operator()(double real) const { return std::to_string(real); }
    std::string operator()(const std::string& text) const {
      if (text.find('\0') == std::string::npos) return text;
      throw ArgumentError("postgresql: the option " + name + " has a null character");
    }
  };
  return std::visit(Show{name}, value);
}

std::size_t count_of(const std::string& text) {
  int count = -1;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end || count < 0) {
    throw ArgumentError("postgresql: the option " + std::string(cache_size) +
                        " is an integer from 0 to 2147483647, and it was given '" + text +
                        "'");
  }
  return static_cast<std::size_t>(count);
}

/// Throws: ArgumentError for another driver, and for what stands in the URL twice.
void require_plausible(const URL& url) {
  constexpr std::array drivers{"libpq"sv, "psycopg2"sv, "psycopg"sv, "asyncpg"sv};
  const std::string_view name = url.drivername;
  const std::size_t plus = name.find('+');
  if (plus != std::string_view::npos &&
      std::find(drivers.begin(), drivers.end(), name.substr(plus + 1)) == drivers.end()) {
    throw NoSuchModuleError("postgresql: " + url.render() +
                            " names another driver; write postgresql://");
  }
  std::set<std::string_view> seen;
  for (const auto& [key, value] : url.query) {
    if (!seen.insert(key).second)
      throw ArgumentError("postgresql: the URL has the option " + key + " twice");
  }
}

constexpr std::array levels{
    "READ COMMITTED"sv, "READ UNCOMMITTED"sv, "REPEATABLE READ"sv, "SERIALIZABLE"sv};

/// Throws: InvalidRequestError for a connection of another driver.
Connection& driver_of(dbapi::Connection& connection) {
  auto* const driver = dynamic_cast<Connection*>(&connection);
  if (driver == nullptr)
    throw InvalidRequestError("the connection is none of hark's driver for PostgreSQL");
  return *driver;
}

/// A text as SQL has it, with escapes that no setting changes.
std::string quoted(std::string_view text) {
  std::string made = text.find('\\') == std::string_view::npos ? "'" : " E'";
  for (const char c : text) {
    made += c;
    if (c == '\'' || c == '\\') made += c;
  }
  return made + "'";
}

dbapi::Connection& dbapi_of(hark::Connection& connection) {
  return connection.connection().dbapi_connection();
}

}  // namespace

ConnectArguments Dialect::connect_arguments(const URL& url) const {
  require_plausible(url);
  ConnectArguments arguments{.target = url.render()};
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value && !value->empty()) arguments.options.insert_or_assign(name, *value);
  };
  add("host", url.host);
  if (url.port)
    arguments.options.insert_or_assign("port", static_cast<std::int64_t>(*url.port));
  add("user", url.username);
  add("password", url.password);
  add("dbname", url.database);
  for (const auto& [name, value] : url.query) {
    require_known(name);
    arguments.options.insert_or_assign(name, value);
  }
  return arguments;
}

std::unique_ptr<dbapi::Connection> Dialect::connect(const ConnectArguments& arguments) {
  ConnectOptions options;
  for (const auto& [name, value] : arguments.options) {
    require_known(name);
    std::string text = text_of(name, value);
    if (name == cache_size) {
      options.statement_cache_size = count_of(text);
    } else {
      options.parameters.emplace_back(name, std::move(text));
    }
  }
  return std::make_unique<Connection>(options);
}

std::string Dialect::placeholder(std::size_t number) const {
  return "$" + std::to_string(number);
}

bool Dialect::is_disconnect(const dbapi::Error& error) const noexcept {
  return error.is_disconnect();
}

void Dialect::set_isolation_level(dbapi::Connection& connection,
                                  std::string_view level) const {
  Connection& driver = driver_of(connection);
  const bool is_autocommit = level == "AUTOCOMMIT";
  if (!is_autocommit && std::find(levels.begin(), levels.end(), level) == levels.end()) {
    throw ArgumentError(
        "postgresql: there is no isolation level '" + std::string(level) +
        "': AUTOCOMMIT, READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ "
        "and SERIALIZABLE are known");
  }
  driver.set_autocommit(is_autocommit);
  driver.set_isolation_level(is_autocommit ? std::string_view() : level);
}

void Dialect::reset_isolation_level(dbapi::Connection& connection) const {
  Connection& driver = driver_of(connection);
  driver.set_autocommit(false);
  driver.set_isolation_level({});
}

std::string Dialect::get_isolation_level(dbapi::Connection& connection) const {
  return driver_of(connection).isolation_level();
}

std::string_view Dialect::default_isolation_level() const noexcept {
  return "READ COMMITTED";
}

std::int64_t Dialect::input_size(const dbapi::ValueView& value) const noexcept {
  return type_of(value);
}

// -- transactions in two phases ---------------------------------------------------------

void Dialect::do_begin_twophase(hark::Connection& connection, const std::string&) const {
  Connection& driver = driver_of(dbapi_of(connection));
  if (driver.is_autocommit()) {
    throw dbapi::ProgrammingError(
        "in autocommit mode there is no transaction that could be prepared");
  }
  driver.begin();
}

void Dialect::do_prepare_twophase(hark::Connection& connection,
                                  const std::string& xid) const {
  Connection& driver = driver_of(dbapi_of(connection));
  // The server would prepare nothing, and say that all went well.
  if (!driver.in_transaction()) {
    throw dbapi::InternalError("the transaction is over, and cannot be prepared",
                               {.statement = "PREPARE TRANSACTION", .sqlstate = "25P01"});
  }
  if (PQtransactionStatus(driver.handle()) == PQTRANS_INERROR) {
    throw dbapi::InternalError(
        "the transaction has failed, and cannot be prepared: roll it back",
        {.statement = "PREPARE TRANSACTION", .sqlstate = "25P02"});
  }
  connection.exec_driver_sql("PREPARE TRANSACTION " + quoted(xid));
}

void Dialect::do_rollback_twophase(hark::Connection& connection,
                                   const std::string& xid,
                                   bool is_prepared,
                                   bool /*recover*/) const {
  if (!is_prepared) return dbapi_of(connection).rollback();
  connection.exec_driver_sql("ROLLBACK PREPARED " + quoted(xid));
}

void Dialect::do_commit_twophase(hark::Connection& connection,
                                 const std::string& xid,
                                 bool is_prepared,
                                 bool /*recover*/) const {
  if (!is_prepared) return dbapi_of(connection).commit();
  connection.exec_driver_sql("COMMIT PREPARED " + quoted(xid));
}

std::vector<std::string> Dialect::do_recover_twophase(
    hark::Connection& connection) const {
  static const Clause prepared = text(std::string(select_prepared));
  std::vector<std::string> xids;
  for (const auto& row : connection.execute(prepared))
    xids.push_back(row.get<std::string>(0));
  return xids;
}

// ---------------------------------------------------------------------------------------

DriverConnection& driver_connection(hark::Connection& connection) {
  return driver_of(dbapi_of(connection));
}

bool register_dialect() {
  return hark::register_dialect("postgresql", []() -> std::shared_ptr<hark::Dialect> {
    return std::make_shared<Dialect>();
  });
}

}  // namespace hark::postgresql
