// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/url.hpp>
#include <hark/error.hpp>

#include <charconv>

namespace hark {
namespace {

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

std::string encoded(std::string_view plain) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                          c == '~';
    if (is_plain) {
      text += c;
    } else {
      text += '%';
      text += digits[byte >> 4U];
      text += digits[byte & 15U];
    }
  }
  return text;
}

bool is_name(std::string_view text) noexcept {
  for (const char c : text) {
    const bool is_part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '+';
    if (!is_part) return false;
  }
  return !text.empty();
}

/// Cuts `text` at the first `mark`: what is behind it, if it is there.
std::optional<std::string_view> cut(std::string_view& text,
                                    std::string_view marks) noexcept {
  const std::size_t at = text.find_first_of(marks);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

}  // namespace

URL::URL(std::string_view text) {
  const std::size_t end_of_name = text.find("://");
  if (end_of_name == std::string_view::npos) throw_malformed("there is no ://");
  drivername = text.substr(0, end_of_name);
  if (!is_name(drivername)) throw_malformed("the dialect's name is not made of letters");
  text.remove_prefix(end_of_name + 3);

  if (auto rest = cut(text, "?")) {
    while (!rest->empty()) {
      std::string_view pair = *rest;
      rest = cut(pair, "&").value_or("");
      const auto value = cut(pair, "=");
      if (!pair.empty())
        query.emplace_back(decoded(pair, true), decoded(value.value_or(""), true));
    }
  }
  if (const auto path = cut(text, "/")) database = *path;
  const std::size_t end_of_user = text.rfind('@');
  if (end_of_user != std::string_view::npos) {
    std::string_view user = text.substr(0, end_of_user);
    text.remove_prefix(end_of_user + 1);
    const auto secret = cut(user, ":");
    username = decoded(user);
    if (secret) password = decoded(*secret);
  }
  std::optional<std::string_view> port_text;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) throw_malformed("the host's ] is missing");
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.starts_with(':')) {
      port_text = text.substr(1);
    } else if (!text.empty()) {
      throw_malformed("there is something behind the host's ]");
    }
  } else {
    port_text = cut(text, ":");
    if (!text.empty()) host = decoded(text);
  }
  if (port_text && !port_text->empty()) {
    std::uint16_t number = 0;
    const char* const end = port_text->data() + port_text->size();
    const auto [stop, error] = std::from_chars(port_text->data(), end, number);
    if (error != std::errc() || stop != end)
      throw_malformed("the port is no number up to 65535");
    port = number;
  }
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

std::string URL::render(bool hide_password) const {
  std::string text = drivername + "://";
  if (username) {
    text += encoded(*username);
    if (password) text += ":" + (hide_password ? "***" : encoded(*password));
    text += '@';
  }
  if (host)
    text += host->find(':') == std::string::npos ? encoded(*host) : "[" + *host + "]";
  if (port) text += ":" + std::to_string(*port);
  if (database) text += "/" + *database;
  char mark = '?';
  for (const auto& [name, value] : query) {
    text += mark;
    text += encoded(name) + "=";
    text += encoded(value);
    mark = '&';
  }
  return text;
}

}  // namespace hark
