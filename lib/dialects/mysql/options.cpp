// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/options.hpp"

#include <hark/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <initializer_list>
#include <limits>
#include <optional>
#include <variant>

#include "detail/nearest.hpp"

namespace hark::mysql {
namespace {

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
  // A password is nobody's business, also where it makes no sense.
  const std::string what =
      name == "password" ? std::string("something else") : shown(given);
  throw ArgumentError("mysql: the option " + std::string(name) + " is " +
                      std::string(wanted) + ", and it was given " + what);
}

std::optional<std::int64_t> integer_of(const OptionValue& value) noexcept {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::int64_t integer_between(std::string_view name,
                             const OptionValue& value,
                             std::int64_t least,
                             std::int64_t most) {
  const std::optional<std::int64_t> integer = integer_of(value);
  if (!integer || *integer < least || *integer > most) {
    throw_unfit(
        name,
        "an integer from " + std::to_string(least) + " to " + std::to_string(most),
        value);
  }
  return *integer;
}

void read(std::string_view name, const OptionValue& value, std::string& to) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->find('\0') != std::string::npos)
    throw_unfit(name, "a text without null characters", value);
  to = *text;
}

void read(std::string_view name, const OptionValue& value, bool& to) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr && std::find(words.begin(), words.end(), *text) != words.end();
  };
  if (const auto* flag = std::get_if<bool>(&value)) {
    to = *flag;
  } else if (is_one_of({"true", "yes", "on", "1"})) {
    to = true;
  } else if (is_one_of({"false", "no", "off", "0"})) {
    to = false;
  } else {
    throw_unfit(name, "true or false", value);
  }
}

void read(std::string_view name, const OptionValue& value, std::chrono::seconds& to) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() / 1000;
  to = std::chrono::seconds(integer_between(name, value, 0, most));
}

template <std::unsigned_integral Number>
void read(std::string_view name, const OptionValue& value, Number& to) {
  constexpr std::uint64_t most = std::min<std::uint64_t>(
      std::numeric_limits<std::uint32_t>::max(), std::numeric_limits<Number>::max());
  to = static_cast<Number>(integer_between(name, value, 0, std::int64_t{most}));
}

/// Has it letters, digits and those signs only? Then it can be part of a statement.
bool consists_of(const std::string& text, std::string_view signs) noexcept {
  return std::all_of(text.begin(), text.end(), [signs](char each) {
    return (each >= 'A' && each <= 'Z') || (each >= 'a' && each <= 'z') ||
           (each >= '0' && each <= '9') || signs.find(each) != std::string_view::npos;
  });
}

void check_session(const ConnectOptions& options) {
  if (!consists_of(options.sql_mode, "_,"))
    throw_unfit("sql_mode", "a list of names with commas", options.sql_mode);
  if (!consists_of(options.time_zone, "+-:/_"))
    throw_unfit("time_zone", "a name or a distance like +01:00", options.time_zone);
}

template <auto Member>
void set(ConnectOptions& options, std::string_view name, const OptionValue& value) {
  read(name, value, options.*Member);
}

struct Option {
  std::string_view name;
  void (*set)(ConnectOptions&, std::string_view, const OptionValue&);
};

constexpr std::array known_options{
    Option{"host", set<&ConnectOptions::host>},
    Option{"port", set<&ConnectOptions::port>},
    Option{"user", set<&ConnectOptions::user>},
    Option{"password", set<&ConnectOptions::password>},
    Option{"database", set<&ConnectOptions::database>},
    Option{"unix_socket", set<&ConnectOptions::unix_socket>},
    Option{"charset", set<&ConnectOptions::charset>},
    Option{"connect_timeout", set<&ConnectOptions::connect_timeout>},
    Option{"read_timeout", set<&ConnectOptions::read_timeout>},
    Option{"write_timeout", set<&ConnectOptions::write_timeout>},
    Option{"ssl", set<&ConnectOptions::ssl>},
    Option{"ssl_ca", set<&ConnectOptions::ssl_ca>},
    Option{"ssl_capath", set<&ConnectOptions::ssl_capath>},
    Option{"ssl_cert", set<&ConnectOptions::ssl_cert>},
    Option{"ssl_key", set<&ConnectOptions::ssl_key>},
    Option{"ssl_cipher", set<&ConnectOptions::ssl_cipher>},
    Option{"ssl_verify_cert", set<&ConnectOptions::ssl_verify_cert>},
    Option{"read_default_file", set<&ConnectOptions::read_default_file>},
    Option{"read_default_group", set<&ConnectOptions::read_default_group>},
    Option{"init_command", set<&ConnectOptions::init_command>},
    Option{"sql_mode", set<&ConnectOptions::sql_mode>},
    Option{"time_zone", set<&ConnectOptions::time_zone>},
    Option{"compress", set<&ConnectOptions::compress>},
    Option{"found_rows", set<&ConnectOptions::found_rows>},
    Option{"local_infile", set<&ConnectOptions::local_infile>},
    Option{"bulk", set<&ConnectOptions::bulk>},
    Option{"client_flag", set<&ConnectOptions::client_flag>},
    Option{"statement_cache_size", set<&ConnectOptions::statement_cache_size>}};

[[noreturn]] void throw_unknown(std::string_view name) {
  std::array<std::string_view, known_options.size()> names;
  std::transform(known_options.begin(),
                 known_options.end(),
                 names.begin(),
                 [](const Option& option) { return option.name; });
  throw ArgumentError("mysql: there is no option '" + std::string(name) + "'" +
                      hark::detail::did_you_mean(name, names));
}

}  // namespace

void set_option(ConnectOptions& options,
                std::string_view name,
                const OptionValue& value) {
  const auto* const found =
      std::find_if(known_options.begin(), known_options.end(), [&](const Option& option) {
        return option.name == name;
      });
  if (found == known_options.end()) throw_unknown(name);
  found->set(options, name, value);
  check_session(options);
}

ConnectOptions connect_options_of(const ExecutionOptions& given) {
  ConnectOptions options;
  for (const auto& [name, value] : given) set_option(options, name, value);
  return options;
}

}  // namespace hark::mysql
