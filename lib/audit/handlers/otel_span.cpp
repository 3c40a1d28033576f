// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/otel_span.hpp"

#include <hark/error.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace hark::audit::detail {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

bool is_hexadecimal(std::string_view text) noexcept {
  return text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_id(std::string_view text) noexcept {
  return is_hexadecimal(text) && text.find_first_not_of('0') != std::string_view::npos;
}

unsigned byte_of(std::string_view two) noexcept {
  return static_cast<unsigned>(digits.find(two[0]) << 4U | digits.find(two[1]));
}

template <std::size_t Bytes>
std::string random_id() {
  std::array<unsigned char, Bytes> bytes{};
  do {
    if (RAND_bytes(bytes.data(), static_cast<int>(Bytes)) != 1)
      throw Error("cannot make the id of a span: OpenSSL has no randomness");
  } while (std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; }));
  std::string id;
  id.reserve(2 * Bytes);
  for (const unsigned char byte : bytes) {
    id += digits[byte >> 4U];
    id += digits[byte & 15U];
  }
  return id;
}

}  // namespace

std::optional<TraceContext> read_traceparent(std::string_view text) {
  // version "-" trace-id "-" parent-id "-" trace-flags
  constexpr std::size_t size = 55;
  if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return std::nullopt;
  const std::string_view version = text.substr(0, 2);
  if (!is_hexadecimal(version) || version == "ff") return std::nullopt;
  // Later versions may add fields.
  if (text.size() > size && (version == "00" || text[size] != '-')) return std::nullopt;
  const std::string_view trace_id = text.substr(3, 32);
  const std::string_view parent_id = text.substr(36, 16);
  const std::string_view flags = text.substr(53, 2);
  if (!is_id(trace_id) || !is_id(parent_id) || !is_hexadecimal(flags))
    return std::nullopt;
  // Sampled and random; what the other bits mean is not known.
  return TraceContext{.trace_id = std::string(trace_id),
                      .span_id = std::string(parent_id),
                      .flags = static_cast<std::uint8_t>(byte_of(flags) & 3U)};
}

std::string random_trace_id() { return random_id<16>(); }
std::string random_span_id() { return random_id<8>(); }

void OtelSpan::set(std::string_view key, dbapi::Value value) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& attribute) {
        return attribute.name == key;
      });
  if (found != attributes.end()) {
    found->value = std::move(value);
  } else {
    attributes.push_back({std::string(key), std::move(value)});
  }
}

}  // namespace hark::audit::detail
