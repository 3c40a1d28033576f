// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/dbapi/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// JSON written straight into a text, as fast as a line an event needs.
namespace hark::audit {

bool is_utf8(std::string_view text) noexcept;

/// A string, or {"$bytes": base64} for what is not UTF-8.
void append_json(std::string& to, std::string_view text);
void append_json(std::string& to, std::uint64_t number);
void append_json(std::string& to, std::int64_t number);
void append_json_value(std::string& to, const dbapi::ValueView& value);
/// A string; bytes that are not UTF-8 become U+FFFD.
void append_json_key(std::string& to, std::string_view key);

/// A member that is not the first: `,"key":value`.
template <class T>
void append_member(std::string& to, std::string_view key, const T& value) {
  to += ",\"";
  to += key;
  to += "\":";
  append_json(to, value);
}
/// The same, but where it says nothing: 0, or an empty text.
inline void append_any(std::string& to, std::string_view key, std::uint64_t number) {
  if (number != 0) append_member(to, key, number);
}
inline void append_any(std::string& to, std::string_view key, std::string_view text) {
  if (!text.empty()) append_member(to, key, text);
}

/// "2026-11-22T09:12:23.123456789Z"
void append_time(std::string& to, WallTime time);
/// `,"time":…,"mono_ns":…`
void append_moment(std::string& to, const Moment& moment);
/// Empty: it is none.
std::optional<WallTime> time_of(std::string_view text) noexcept;

void append_base64(std::string& to, std::string_view bytes);
/// Empty: it is none.
std::optional<std::string> from_base64(std::string_view text);

void append_hex(std::string& to, std::span<const unsigned char> bytes);

}  // namespace hark::audit
