// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>
#include <hark/error.hpp>

#include <algorithm>
#include <charconv>

#include "detail/percent.hpp"

namespace hark {
namespace {

using detail::percent_encoded;

[[noreturn]] void throw_malformed(std::string_view why) {
  throw ArgumentError(
      "malformed database URL: " + std::string(why) +
      "; it is written dialect://user:password@host:port/database?key=value");
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, bool plus_is_blank = false) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 &&
        digit_of(text[i + 2]) >= 0) {
      plain += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else {
      plain += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

bool is_name(std::string_view text) noexcept {
  for (const char c : text) {
    const bool is_part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '+';
    if (!is_part) return false;
  }
  return !text.empty();
}

/// Is it what may stand in brackets: an IPv6 address, perhaps with a zone (fe80::1%eth0)?
bool is_ipv6_address(std::string_view text) noexcept {
  const std::string_view address = text.substr(0, text.find('%'));
  const std::string_view zone = text.substr(address.size());
  return address.find(':') != std::string_view::npos &&
         address.find_first_not_of("0123456789abcdefABCDEF:.") ==
             std::string_view::npos &&
         zone.find_first_of("[]/?@") == std::string_view::npos;
}

/// Cuts `text` at the first `mark`: what is behind it, if it is there.
std::optional<std::string_view> cut(std::string_view& text, char mark) noexcept {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

/// Where the colon of a password would stand, or whatever comes in its place. A [ at the
/// beginning, or behind an @, begins a host.
std::size_t end_of_username(std::string_view text) noexcept {
  std::size_t end = text.find_first_of(":/[");
  while (end != std::string_view::npos && text[end] == '[' && end != 0 &&
         text[end - 1] != '@') {
    end = text.find_first_of(":/[", end + 1);
  }
  return end;
}

/// Where the @ stands that ends user and password; npos: there are none.
///
/// Behind the colon of a password anything may stand, so that one that is not encoded is
/// not taken for a host, a database or a query, which are shown. No host has an @: the
/// last one in front of the host's end counts.
/// Source: SQLAlchemy lib/sqlalchemy/engine/url.py, _parse_url.
std::size_t end_of_user(std::string_view text) noexcept {
  const std::size_t end = end_of_username(text);
  if (end != std::string_view::npos && text[end] == ':') {
    const std::size_t at = text.find('@', end);
    if (at != std::string_view::npos)
      return text.substr(0, text.find_first_of("/?", at)).rfind('@');
  }
  return text.substr(0, std::min(end, text.find('?'))).rfind('@');
}

/// Removes the host from the front of `text`; what is left is a port, or nothing.
std::optional<std::string> take_host(std::string_view& text) {
  std::optional<std::string> host;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) throw_malformed("the host's ] is missing");
    host = text.substr(1, end - 1);
    if (!is_ipv6_address(*host))
      throw_malformed("what stands in brackets is no IPv6 address");
    text.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    if (end != 0) host = decoded(text.substr(0, end));
    text.remove_prefix(end);
  }
  return host;
}

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end)
    throw_malformed("the port is no number up to 65535");
  return port;
}

std::vector<std::pair<std::string, std::string>> query_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    std::string_view key = text;
    text = cut(key, '&').value_or("");
    if (key.empty()) continue;
    const std::string_view value = cut(key, '=').value_or("");
    query.emplace_back(decoded(key, true), decoded(value, true));
  }
  return query;
}

}  // namespace

URL::URL(std::string_view text) {
  const std::size_t end_of_name = text.find("://");
  if (end_of_name == std::string_view::npos) throw_malformed("there is no ://");
  drivername = text.substr(0, end_of_name);
  if (!is_name(drivername)) throw_malformed("the dialect's name is not made of letters");
  text.remove_prefix(end_of_name + 3);

  if (const std::size_t end = end_of_user(text); end != std::string_view::npos) {
    std::string_view user = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (const auto secret = cut(user, ':')) password = decoded(*secret);
    username = decoded(user);
  }
  if (const auto pairs = cut(text, '?')) query = query_of(*pairs);
  if (const auto path = cut(text, '/')) database = *path;
  host = take_host(text);
  if (!text.empty() && text.front() != ':')
    throw_malformed("there is something behind the host's ]");
  if (text.size() > 1) port = port_of(text.substr(1));
}

std::string_view URL::dialect_name() const noexcept {
  return std::string_view(drivername).substr(0, drivername.find('+'));
}

std::optional<std::string_view> URL::query_value(std::string_view key) const noexcept {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  return std::nullopt;
}

namespace {

/// Is the value of that key of a query a password? libpq has `password` and
/// `sslpassword`.
bool is_secret(std::string_view key) noexcept {
  return key.ends_with("password") || key == "passwd" || key == "pwd";
}

}  // namespace

std::string URL::render(bool hide_password) const {
  std::string text = drivername + "://";
  if (username) {
    text += percent_encoded(*username);
    if (password) text += ":" + (hide_password ? "***" : percent_encoded(*password));
    text += '@';
  }
  if (host) text += is_ipv6_address(*host) ? "[" + *host + "]" : percent_encoded(*host);
  if (port) text += ":" + std::to_string(*port);
  if (database) text += "/" + *database;
  char mark = '?';
  for (const auto& [name, value] : query) {
    text += mark;
    text += percent_encoded(name) + "=";
    text += hide_password && is_secret(name) ? "***" : percent_encoded(value);
    mark = '&';
  }
  return text;
}

}  // namespace hark
