// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/error.hpp>
#include <hark/sqlite.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>

#include "detail/nearest.hpp"
#include "detail/percent.hpp"
#include "dialects/sqlite/driver.hpp"

namespace hark::sqlite {
namespace {

using namespace std::string_view_literals;

/// The keys of a URL's query: the driver's options, then the parameters of SQLite's URIs.
constexpr std::array known_options{"timeout"sv,
                                   "statement_cache_size"sv,
                                   "uri"sv,
                                   "check_same_thread"sv,
                                   "mode"sv,
                                   "cache"sv,
                                   "immutable"sv,
                                   "nolock"sv,
                                   "psow"sv,
                                   "vfs"sv};

bool is_uri_parameter(std::string_view name) noexcept {
  return std::find(known_options.begin() + 4, known_options.end(), name) !=
         known_options.end();
}

[[noreturn]] void throw_unknown(std::string_view name) {
  std::string message = "sqlite: there is no option '" + std::string(name) + "'";
  if (name == "cached_statements") {
    message += "; it is called statement_cache_size";
  } else {
    message += hark::detail::did_you_mean(name, known_options);
  }
  throw ArgumentError(message);
}

std::string shown(const OptionValue& value) {
  struct Show {
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
    std::string operator()(double real) const { return std::to_string(real); }
    std::string operator()(const std::string& text) const { return "'" + text + "'"; }
  };
  return std::visit(Show{}, value);
}

[[noreturn]] void throw_unfit(std::string_view name,
                              std::string_view wanted,
                              const OptionValue& given) {
  throw ArgumentError("sqlite: the option " + std::string(name) + " is " +
                      std::string(wanted) + ", and it was given " + shown(given));
}

template <class Number>
std::optional<Number> parsed(std::string_view text) noexcept {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<bool> parsed_flag(std::string_view text) noexcept {
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
  };
  if (is_one_of({"true", "yes", "on", "1"})) return true;
  if (is_one_of({"false", "no", "off", "0"})) return false;
  return std::nullopt;
}

double seconds_of(std::string_view name, const OptionValue& value) {
  constexpr int most = std::numeric_limits<int>::max() / 1000;  // SQLite's int, in ms
  std::optional<double> seconds;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    seconds = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    seconds = *real;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    seconds = parsed<double>(*text);
  }
  if (!seconds || !(*seconds >= 0 && *seconds <= most))  // a NaN is neither
    throw_unfit(name, "a number of seconds from 0 to 2147483", value);
  return *seconds;
}

std::int64_t count_of(std::string_view name, const OptionValue& value) {
  std::optional<std::int64_t> count;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    count = *integer;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    count = parsed<std::int64_t>(*text);
  }
  if (!count || *count < 0 || *count > std::numeric_limits<int>::max())
    throw_unfit(name, "an integer from 0 to 2147483647", value);
  return *count;
}

bool flag_of(std::string_view name, const OptionValue& value) {
  std::optional<bool> flag;
  if (const auto* given = std::get_if<bool>(&value)) {
    flag = *given;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    flag = parsed_flag(*text);
  }
  if (!flag) throw_unfit(name, "true or false", value);
  return *flag;
}

/// An option of the driver, in the type that it has.
///
/// Throws: ArgumentError when there is none of that name, or `value` does not fit.
OptionValue checked(std::string_view name, const OptionValue& value) {
  if (name == "timeout") return seconds_of(name, value);
  if (name == "statement_cache_size") return count_of(name, value);
  if (name == "uri") return flag_of(name, value);
  if (name == "check_same_thread") {
    if (flag_of(name, value)) throw_unfit(name, "always false", value);
    return false;
  }
  throw_unknown(name);
}

/// The value of a parameter of SQLite's URIs, checked; SQLite ignores what it does not
/// understand.
std::string uri_value(std::string_view name, const std::string& value) {
  if (name == "mode") {
    if (value != "ro" && value != "rw" && value != "rwc" && value != "memory")
      throw_unfit(name, "one of ro, rw, rwc and memory", value);
  } else if (name == "cache") {
    if (value != "shared" && value != "private")
      throw_unfit(name, "one of shared and private", value);
  } else if (name == "vfs") {
    if (value.empty() || value.find('\0') != std::string::npos)
      throw_unfit(name, "the name of a file system", value);
  } else {
    return flag_of(name, value) ? "1" : "0";
  }
  return hark::detail::percent_encoded(value);
}

/// Is the database the URI of a file? As for Python's driver, `uri=true` says so.
bool names_uri(const URL& url) noexcept {
  const auto uri = url.query_value("uri");
  return url.database && url.database->starts_with("file:") && uri &&
         parsed_flag(*uri).value_or(false);
}

std::string_view file_of(const URL& url) noexcept {
  return url.database && !url.database->empty() ? *url.database : ":memory:"sv;
}

/// The URI of the file that a URL names.
std::string uri_of(const URL& url) {
  const std::string_view file = file_of(url);
  if (names_uri(url)) return std::string(file);
  // Two slashes at the beginning would name a host; an empty one goes in front.
  return std::string(file.starts_with('/') ? "file://" : "file:") +
         hark::detail::percent_encoded(file, "/:");
}

bool is_in_memory(const URL& url) noexcept {
  return !url.database || url.database->empty() || *url.database == ":memory:" ||
         (names_uri(url) && *url.database == "file::memory:") ||
         url.query_value("mode") == "memory";
}

/// Throws: ArgumentError for what a URL of SQLite has not.
void require_local(const URL& url) {
  if (url.host || url.username || url.port) {
    throw ArgumentError("sqlite: " + url.render() +
                        " names a host; the path of a file follows three slashes");
  }
  if (url.drivername.size() != url.dialect_name().size() &&
      url.drivername != "sqlite+sqlite3" && url.drivername != "sqlite+pysqlite") {
    throw NoSuchModuleError("sqlite: " + url.render() +
                            " names another driver; write sqlite://");
  }
  if (url.database && url.database->find('\0') != std::string::npos)
    throw ArgumentError("sqlite: the file's name contains a null character");
}

/// Throws: ArgumentError for an option that is given twice.
void require_each_once(const URL& url) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : url.query) {
    if (!seen.insert(name).second)
      throw ArgumentError("sqlite: the URL has the option " + name + " twice");
  }
}

}  // namespace

ConnectArguments Dialect::connect_arguments(const URL& url) const {
  require_local(url);
  require_each_once(url);
  ConnectArguments arguments;
  std::string parameters;
  for (const auto& [name, value] : url.query) {
    if (is_uri_parameter(name)) {
      parameters +=
          (parameters.empty() ? "?" : "&") + name + "=" + uri_value(name, value);
    } else {
      arguments.options.insert_or_assign(name, checked(name, value));
    }
  }
  const bool is_uri = names_uri(url) || !parameters.empty();
  arguments.target = is_uri ? uri_of(url) + parameters : std::string(file_of(url));
  arguments.options.insert_or_assign("uri", is_uri);
  return arguments;
}

std::unique_ptr<dbapi::Connection> Dialect::connect(const ConnectArguments& arguments) {
  ConnectOptions options{.database = arguments.target};
  for (const auto& [name, given] : arguments.options) {
    const OptionValue value = checked(name, given);
    if (name == "uri") {
      options.uri = std::get<bool>(value);
    } else if (name == "timeout") {
      options.busy_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::duration<double>(std::get<double>(value)));
    } else if (name == "statement_cache_size") {
      options.statement_cache_size =
          static_cast<std::size_t>(std::get<std::int64_t>(value));
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

std::string Dialect::get_isolation_level(dbapi::Connection& connection) const {
  const dbapi::CursorPtr cursor = connection.cursor();
  cursor->execute("PRAGMA read_uncommitted", {});
  const bool reads_uncommitted = cursor->fetch() && cursor->value(0).integer() != 0;
  return reads_uncommitted ? "READ UNCOMMITTED" : std::string(default_isolation_level());
}

bool register_dialect() {
  return hark::register_dialect("sqlite", []() -> std::shared_ptr<hark::Dialect> {
    return std::make_shared<Dialect>();
  });
}

}  // namespace hark::sqlite
