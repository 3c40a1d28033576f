// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/otlp_json.hpp"

#include <hark/version.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "audit/json_text.hpp"

namespace hark::audit::detail {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string base64(const dbapi::Blob& blob) {
  std::string text;
  append_base64(text, {reinterpret_cast<const char*>(blob.data()), blob.size()});
  return text;
}

/// JSON has no such numbers; Protobuf's mapping has these names.
Json double_of(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

Json any_value(const dbapi::Value& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      return Json::object();
    case dbapi::Type::boolean:
      return {{"boolValue", value.boolean()}};
    case dbapi::Type::integer:
      return {{"intValue", std::to_string(value.integer())}};
    case dbapi::Type::real:
      return {{"doubleValue", double_of(value.real())}};
    case dbapi::Type::text:
      return {{"stringValue", value.text()}};
    case dbapi::Type::blob:
      return {{"bytesValue", base64(value.blob())}};
    case dbapi::Type::date:
      return {{"stringValue", dbapi::to_iso(value.date())}};
    case dbapi::Type::datetime:
      return {{"stringValue", dbapi::to_iso(value.datetime())}};
    case dbapi::Type::decimal:
      return {{"stringValue", value.decimal().digits}};
  }
  return Json::object();
}

Json key_values(const Attributes& attributes) {
  Json list = Json::array();
  for (const Attribute& attribute : attributes) {
    if (attribute.value.is_null()) continue;
    list.push_back({{"key", attribute.name}, {"value", any_value(attribute.value)}});
  }
  return list;
}

std::string unix_nanoseconds(WallTime time) {
  return std::to_string(time.time_since_epoch().count());
}

Json events_of(const OtelSpan& span) {
  Json list = Json::array();
  for (const OtelSpanEvent& event : span.events) {
    list.push_back({{"timeUnixNano", unix_nanoseconds(event.time)},
                    {"name", event.name},
                    {"attributes", key_values(event.attributes)}});
  }
  return list;
}

/// W3C's flags, and whether the parent is remote, which is known.
unsigned flags_of(const OtelSpan& span) {
  constexpr unsigned has_is_remote = 0x100;
  constexpr unsigned is_remote = 0x200;
  return span.context.flags | has_is_remote | (span.parent_is_remote ? is_remote : 0U);
}

/// A 64-bit number may be a string.
std::uint64_t number_of(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  std::uint64_t number = 0;
  if (const auto* const text = value.get_ptr<const std::string*>())
    std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  std::string text = found->get<std::string>().substr(0, 200);
  std::replace_if(
      text.begin(),
      text.end(),
      [](char letter) { return static_cast<unsigned char>(letter) < ' '; },
      ' ');
  return text;
}

/// Discarded: it is no JSON.
Json parsed(std::string_view body) { return Json::parse(body, nullptr, false); }

}  // namespace

std::string otlp_json(const OtelSpan& span) {
  Json json{{"traceId", span.context.trace_id}, {"spanId", span.context.span_id}};
  if (!span.parent_span_id.empty()) json["parentSpanId"] = span.parent_span_id;
  json["flags"] = flags_of(span);
  json["name"] = span.name;
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = unix_nanoseconds(span.start);
  json["endTimeUnixNano"] = unix_nanoseconds(span.end);
  json["attributes"] = key_values(span.attributes);
  if (!span.events.empty()) json["events"] = events_of(span);
  if (span.dropped_events != 0) json["droppedEventsCount"] = span.dropped_events;
  constexpr int status_code_error = 2;
  if (span.error)
    json["status"] = {{"message", *span.error}, {"code", status_code_error}};
  return dumped(json);
}

OtlpEnvelope::OtlpEnvelope(const Attributes& resource)
    : before(R"({"resourceSpans":[{"resource":{"attributes":)" +
             dumped(key_values(resource)) +
             R"(},"scopeSpans":[{"scope":{"name":"hark","version":")" + version +
             R"("},"spans":[)") {}

OtlpResponse read_otlp_response(std::string_view body) {
  if (body.empty()) return {.is_one = true};
  const Json json = parsed(body);
  if (!json.is_object()) return {};
  OtlpResponse response{.is_one = true};
  const auto partial = json.find("partialSuccess");
  if (partial == json.end() || !partial->is_object()) return response;
  const auto rejected = partial->find("rejectedSpans");
  if (rejected != partial->end()) response.rejected_spans = number_of(*rejected);
  response.message = text_of(*partial, "errorMessage");
  return response;
}

std::string read_otlp_status(std::string_view body) {
  const Json json = parsed(body);
  return json.is_object() ? text_of(json, "message") : std::string();
}

}  // namespace hark::audit::detail
