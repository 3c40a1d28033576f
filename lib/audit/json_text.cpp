// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace hark::audit {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Is it a byte that a JSON string has as it is, and that is a character of its own?
constexpr bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/// Are these eight all plain? In each step the highest bit of a byte says no.
bool are_plain(std::uint64_t eight) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = ones * 0x80;
  const auto has_zero = [](std::uint64_t v) { return (v - ones) & ~v; };
  const std::uint64_t is_control = eight - ones * 0x20;
  const std::uint64_t quotes = has_zero(eight ^ (ones * '"'));
  const std::uint64_t slashes = has_zero(eight ^ (ones * '\\'));
  return ((eight | is_control | quotes | slashes) & highs) == 0;
}

std::size_t plain_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (!are_plain(eight)) break;
  }
  while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

/// The bytes of the UTF-8 character at the beginning; 0: there is none.
std::size_t character_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto continues =
      [&](std::size_t at, unsigned least = 0x80, unsigned most = 0xBF) {
        return byte(at) >= least && byte(at) <= most;
      };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    // No overlong form, and no half of a surrogate pair.
    const unsigned least = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : 0xBF;
    return continues(1, least, most) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned least = first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xF4 ? 0x8F : 0xBF;
    return continues(1, least, most) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& to, char c) {
  switch (c) {
    case '"':
      to += "\\\"";
      return;
    case '\\':
      to += "\\\\";
      return;
    case '\n':
      to += "\\n";
      return;
    case '\r':
      to += "\\r";
      return;
    case '\t':
      to += "\\t";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(c);
  to += "\\u00";
  to += hex_digits[code >> 4U];
  to += hex_digits[code & 0xFU];
}

void append_characters(std::string& to, std::string_view text) {
  for (;;) {
    const std::size_t plain = plain_prefix(text);
    to.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const std::size_t size = character_size(text);
    if (size == 0) {
      to += "\xEF\xBF\xBD";
    } else if (size == 1) {
      append_escaped(to, text.front());
    } else {
      to.append(text.substr(0, size));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

template <class Number>
void append_number(std::string& to, Number number) {
  std::array<char, 32> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  to.append(digits.begin(), end);
}

void append_typed(std::string& to, std::string_view type, std::string_view text) {
  to += "{\"";
  to += type;
  to += "\":";
  append_json_key(to, text);
  to += '}';
}

void append_real(std::string& to, double number) {
  if (std::isnan(number)) return append_typed(to, "$real", "NaN");
  if (std::isinf(number))
    return append_typed(to, "$real", number < 0 ? "-Infinity" : "Infinity");
  const std::size_t begin = to.size();
  append_number(to, number);
  if (to.find_first_of(".e", begin) == std::string::npos) to += ".0";
}

void append_encoded(std::string& to, std::string_view type, std::string_view bytes) {
  to += "{\"";
  to += type;
  to += "\":\"";
  append_base64(to, bytes);
  to += "\"}";
}

std::string_view bytes_of(std::span<const std::byte> blob) noexcept {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

/// Days and times whose years have not four digits have no text.
template <class Time>
void append_iso(std::string& to, std::string_view type, Time time) {
  std::string text;
  try {
    text = dbapi::to_iso(time);
  } catch (const std::exception&) {
    text = std::to_string(time.time_since_epoch().count());
  }
  append_typed(to, type, text);
}

void append_digits(std::string& to, unsigned number, unsigned count) {
  const std::size_t begin = to.size();
  to.resize(begin + count);
  for (std::size_t at = begin + count; at-- > begin; number /= 10)
    to[at] = static_cast<char>('0' + number % 10);
}

/// Reads `count` digits at `at`; empty: they are none.
std::optional<unsigned> digits_of(std::string_view text, std::size_t at, unsigned count) {
  unsigned number = 0;
  const char* const begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + count, number);
  if (error != std::errc() || end != begin + count) return std::nullopt;
  return number;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void append_json(std::string& to, std::string_view text) {
  const std::size_t plain = plain_prefix(text);
  if (plain != text.size() && !is_utf8(text.substr(plain)))
    return append_encoded(to, "$bytes", text);
  to += '"';
  to.append(text.substr(0, plain));
  if (plain != text.size()) append_characters(to, text.substr(plain));
  to += '"';
}

void append_json(std::string& to, std::uint64_t number) { append_number(to, number); }
void append_json(std::string& to, std::int64_t number) { append_number(to, number); }

void append_json_value(std::string& to, const dbapi::ValueView& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      to += "null";
      break;
    case dbapi::Type::boolean:
      to += value.boolean() ? "true" : "false";
      break;
    case dbapi::Type::integer:
      append_number(to, value.integer());
      break;
    case dbapi::Type::real:
      append_real(to, value.real());
      break;
    case dbapi::Type::text:
      append_json(to, value.text());
      break;
    case dbapi::Type::blob:
      append_encoded(to, "$blob", bytes_of(value.blob()));
      break;
    case dbapi::Type::date:
      append_iso(to, "$date", value.date());
      break;
    case dbapi::Type::datetime:
      append_iso(to, "$datetime", value.datetime());
      break;
    case dbapi::Type::decimal:
      append_typed(to, "$decimal", value.text());
      break;
  }
}

void append_json_key(std::string& to, std::string_view key) {
  to += '"';
  append_characters(to, key);
  to += '"';
}

void append_time(std::string& to, WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(days);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time - days);
  const auto count = static_cast<unsigned>(seconds.count());
  // A time_point of 64-bit nanoseconds has years of four digits only.
  append_digits(to, static_cast<unsigned>(static_cast<int>(day.year())), 4);
  to += '-';
  append_digits(to, static_cast<unsigned>(day.month()), 2);
  to += '-';
  append_digits(to, static_cast<unsigned>(day.day()), 2);
  to += 'T';
  append_digits(to, count / 3600, 2);
  to += ':';
  append_digits(to, count / 60 % 60, 2);
  to += ':';
  append_digits(to, count % 60, 2);
  to += '.';
  append_digits(to, static_cast<unsigned>((time - days - seconds).count()), 9);
  to += 'Z';
}

void append_moment(std::string& to, const Moment& moment) {
  to += R"(,"time":")";
  append_time(to, moment.wall);
  to += R"(","mono_ns":)";
  append_number(to, moment.monotonic.time_since_epoch().count());
}

std::optional<WallTime> time_of(std::string_view text) noexcept {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000000000Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t at = 0; at < shape.size(); ++at)
    if (shape[at] != '0' && shape[at] != text[at]) return std::nullopt;
  const auto year = digits_of(text, 0, 4);
  const auto month = digits_of(text, 5, 2);
  const auto day = digits_of(text, 8, 2);
  const auto hour = digits_of(text, 11, 2);
  const auto minute = digits_of(text, 14, 2);
  const auto second = digits_of(text, 17, 2);
  const auto nanosecond = digits_of(text, 20, 9);
  if (!year || !month || !day || !hour || !minute || !second || !nanosecond)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         std::chrono::nanoseconds(*nanosecond);
}

void append_base64(std::string& to, std::string_view bytes) {
  const auto byte = [&](std::size_t at) {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
  };
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const unsigned three = byte(at) << 16U | byte(at + 1) << 8U | byte(at + 2);
    to += base64_digits[three >> 18U];
    to += base64_digits[three >> 12U & 63U];
    to += at + 1 < bytes.size() ? base64_digits[three >> 6U & 63U] : '=';
    to += at + 2 < bytes.size() ? base64_digits[three & 63U] : '=';
  }
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t size = text.find_last_not_of('=') + 1;  // npos + 1 is 0
  if (text.size() - size > 2) return std::nullopt;
  std::string bytes;
  unsigned bits = 0;
  for (std::size_t at = 0; at < size; ++at) {
    const std::size_t digit = base64_digits.find(text[at]);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<unsigned>(digit);
    // With each digit but the first of four a byte becomes whole.
    if (at % 4 != 0) bytes += static_cast<char>(bits >> (6 - 2 * (at % 4)) & 0xFFU);
  }
  return bytes;
}

void append_hex(std::string& to, std::span<const unsigned char> bytes) {
  for (const unsigned char each : bytes) {
    to += hex_digits[each >> 4U];
    to += hex_digits[each & 0xFU];
  }
}

}  // namespace hark::audit
