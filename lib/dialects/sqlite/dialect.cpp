// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/error.hpp>
#include <hark/sqlite.hpp>

#include <charconv>
#include <chrono>

#include "dialects/sqlite/driver.hpp"

namespace hark::sqlite {
namespace {

bool is_in_memory(const URL& url) noexcept {
  return !url.database || url.database->empty() || *url.database == ":memory:";
}

double number_of(std::string_view name, std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) {
    throw ArgumentError("sqlite: " + std::string(name) + "=" + std::string(text) +
                        " is no number");
  }
  return number;
}

double number_in(const OptionValue& value, std::string_view name) {
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  throw ArgumentError("sqlite: the option " + std::string(name) + " is a number");
}

}  // namespace

ConnectArguments Dialect::connect_arguments(const URL& url) const {
  if (url.host || url.username || url.port) {
    throw ArgumentError("sqlite: " + url.render() +
                        " names a host; the path of a file follows three slashes");
  }
  ConnectArguments arguments;
  std::string uri_query;
  for (const auto& [name, value] : url.query) {
    if (name == "timeout" || name == "statement_cache_size") {
      arguments.options[name] = number_of(name, value);
    } else if (name == "mode" || name == "cache" || name == "immutable" ||
               name == "vfs") {
      uri_query += (uri_query.empty() ? '?' : '&');
      uri_query += name;
      uri_query += '=';
      uri_query += value;
    } else {
      throw ArgumentError("sqlite: the URL has no option '" + name + "'");
    }
  }
  const std::string file = is_in_memory(url) ? ":memory:" : *url.database;
  arguments.target = uri_query.empty() ? file : "file:" + file + uri_query;
  arguments.options["uri"] = !uri_query.empty();
  return arguments;
}

std::unique_ptr<dbapi::Connection> Dialect::connect(const ConnectArguments& arguments) {
  ConnectOptions options{.database = arguments.target};
  for (const auto& [name, value] : arguments.options) {
    if (name == "uri") {
      options.uri = is_set(arguments.options, name);
    } else if (name == "timeout") {
      options.busy_timeout = std::chrono::milliseconds(
          static_cast<std::chrono::milliseconds::rep>(number_in(value, name) * 1000));
    } else if (name == "statement_cache_size") {
      options.statement_cache_size = static_cast<std::size_t>(number_in(value, name));
    } else {
      throw ArgumentError("sqlite: the driver has no option '" + name + "'");
    }
  }
  return std::make_unique<Connection>(options);
}

std::string Dialect::placeholder(std::size_t) const { return "?"; }

bool Dialect::is_disconnect(const dbapi::Error& error) const noexcept {
  return error.is_disconnect();
}

bool Dialect::wants_one_connection(const URL& url) const noexcept {
  return is_in_memory(url);
}

void Dialect::set_isolation_level(dbapi::Connection& connection,
                                  std::string_view level) const {
  if (level == "AUTOCOMMIT") {
    connection.set_autocommit(true);
    return;
  }
  const bool reads_uncommitted = level == "READ UNCOMMITTED";
  if (!reads_uncommitted && level != default_isolation_level()) {
    throw ArgumentError("sqlite: there is no isolation level '" + std::string(level) +
                        "': AUTOCOMMIT, SERIALIZABLE and READ UNCOMMITTED are known");
  }
  connection.set_autocommit(false);
  connection.cursor()->execute(
      reads_uncommitted ? "PRAGMA read_uncommitted = 1" : "PRAGMA read_uncommitted = 0",
      {});
}

std::string_view Dialect::default_isolation_level() const noexcept {
  return "SERIALIZABLE";
}

bool register_dialect() {
  return hark::register_dialect("sqlite", []() -> std::shared_ptr<hark::Dialect> {
    return std::make_shared<Dialect>();
  });
}

}  // namespace hark::sqlite
