// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/handlers/otel_span.hpp"

/// OTLP's JSON.
/// Source: opentelemetry-proto docs/specification.md, JSON Protobuf Encoding.
namespace hark::audit::detail {

/// A Span message.
std::string otlp_json(const OtelSpan& span);

/// What stands before and after the spans, with commas between them, of an
/// ExportTraceServiceRequest.
struct OtlpEnvelope {
  explicit OtlpEnvelope(const Attributes& resource);

  std::string before;
  std::string after = "]}]}]}";
};

/// What an ExportTraceServiceResponse says.
struct OtlpResponse {
  bool is_one = false;  ///< else the collector did not answer as one
  std::uint64_t rejected_spans = 0;
  std::string message{};  ///< of the rejection, or a warning; empty: none
};
OtlpResponse read_otlp_response(std::string_view body);

/// The message of a Status, for people: one line of 200 bytes at most; empty: there is none.
std::string read_otlp_status(std::string_view body);

}  // namespace hark::audit::detail
