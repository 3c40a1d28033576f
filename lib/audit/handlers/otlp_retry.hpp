// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

/// When OTLP over HTTP tries again.
/// Source: opentelemetry-proto docs/specification.md, OTLP/HTTP Response.
namespace hark::audit::detail {

enum class OtlpVerdict : std::uint8_t {
  accepted,
  again,  ///< it may succeed later
  refused
};

OtlpVerdict verdict_of(unsigned http_status) noexcept;

/// How long a Retry-After says to wait: seconds, or a date of RFC 7231's first form. An
/// hour at most; empty: it is neither.
std::optional<std::chrono::seconds> read_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now);

/// Waits that grow: each is between half of its bound and its bound, which doubles.
class Backoff {
 public:
  Backoff(std::chrono::nanoseconds initial, std::chrono::nanoseconds max) noexcept
      : bound_(initial < max ? initial : max), max_(max) {}

  template <class Generator>
  std::chrono::nanoseconds next(Generator& generator) {
    const std::int64_t bound = bound_.count();
    bound_ = bound_ < max_ / 2 ? bound_ * 2 : max_;
    return std::chrono::nanoseconds(
        std::uniform_int_distribution<std::int64_t>(bound / 2, bound)(generator));
  }

 private:
  std::chrono::nanoseconds bound_;
  std::chrono::nanoseconds max_;
};

}  // namespace hark::audit::detail
