// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hark::audit::detail {

/// The place of a span among all spans. Ids are hexadecimal, in lower case.
struct TraceContext {
  std::string trace_id{};  ///< 32 digits
  std::string span_id{};   ///< 16 digits
  std::uint8_t flags = 1;  ///< W3C's: 1 is "sampled"

  bool is_sampled() const noexcept { return (flags & 1U) != 0; }
};

/// What a W3C traceparent says; empty: it is malformed.
std::optional<TraceContext> read_traceparent(std::string_view text);

/// Throws: Error where there is no randomness.
std::string random_trace_id();
std::string random_span_id();

struct OtelSpanEvent {
  std::string name{};
  WallTime time{};
  Attributes attributes{};
};

/// A span, as OTLP has it.
struct OtelSpan {
  enum class Kind : std::uint8_t { internal = 1, client = 3 };

  TraceContext context{};
  std::string parent_span_id{};  ///< empty: it is a trace's root
  bool parent_is_remote = false;
  std::string name{};
  Kind kind = Kind::internal;
  WallTime start{};
  WallTime end{};
  Attributes attributes{};  ///< each name once; what is NULL is not there
  std::vector<OtelSpanEvent> events{};
  std::uint32_t dropped_events = 0;
  std::optional<std::string> error{};  ///< its status is ERROR, with that description

  /// Replaces what has that name.
  void set(std::string_view name, dbapi::Value value);
};

}  // namespace hark::audit::detail
