// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/otel_options.hpp"

#include <hark/error.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "event/reporting.hpp"

namespace hark::audit {
namespace {

using otel_environment::Pairs;
using std::chrono::milliseconds;

/// Values are not shown: they may have secrets.
void report_malformed(const char* variable) {
  const std::string message = "the environment variable " + std::string(variable) +
                              " is malformed, and not heeded";
  event::detail::report_failure({.event = "environment",
                                 .label = "OtelOptions",
                                 .place = event::Place::here(),
                                 .error = std::make_exception_ptr(ArgumentError(message)),
                                 .failures = 1});
}

/// What is empty is as good as not there.
std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// The first one that is there.
const char* first_of(std::initializer_list<const char*> names) {
  const auto* const found =
      std::find_if(names.begin(), names.end(), [](const char* name) {
        return !variable(name).empty();
      });
  return found == names.end() ? *names.begin() : *found;
}

std::size_t read_number(const char* name, std::size_t least, std::size_t otherwise) {
  const std::string_view text = variable(name);
  if (text.empty()) return otherwise;
  constexpr std::size_t most = 1'000'000'000;
  std::size_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least &&
      number <= most)
    return number;
  report_malformed(name);
  return otherwise;
}

milliseconds read_time(const char* name, std::size_t least, milliseconds otherwise) {
  return milliseconds(
      read_number(name, least, static_cast<std::size_t>(otherwise.count())));
}

Pairs read_list(const char* name) {
  std::optional<Pairs> pairs = detail::read_pairs(variable(name));
  if (pairs) return *std::move(pairs);
  report_malformed(name);
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
      return std::nullopt;
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

}  // namespace

namespace otel_environment {

std::string endpoint() {
  if (const auto traces = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"); !traces.empty())
    return std::string(traces);
  std::string base(variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
  if (base.empty()) base = "http://localhost:4318";
  if (!base.ends_with('/')) base += '/';
  return base + "v1/traces";
}

Pairs headers() {
  return read_list(
      first_of({"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"}));
}

std::string ca_file() {
  return std::string(variable(first_of(
      {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"})));
}

milliseconds timeout() {
  return read_time(
      first_of({"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"}),
      1,
      milliseconds(10'000));
}

std::string service_name() {
  if (const auto name = variable("OTEL_SERVICE_NAME"); !name.empty())
    return std::string(name);
  for (const auto& [key, value] : resource_attributes())
    if (key == "service.name" && !value.empty()) return value;
  return "unknown_service:" + std::string(program_invocation_short_name);
}

Pairs resource_attributes() { return read_list("OTEL_RESOURCE_ATTRIBUTES"); }

milliseconds schedule_delay() {
  return read_time("OTEL_BSP_SCHEDULE_DELAY", 0, milliseconds(5'000));
}

milliseconds export_timeout() {
  return read_time("OTEL_BSP_EXPORT_TIMEOUT", 1, milliseconds(30'000));
}

std::size_t max_queue_spans() { return read_number("OTEL_BSP_MAX_QUEUE_SIZE", 1, 2048); }

std::size_t max_batch_spans() {
  return read_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, 512);
}

}  // namespace otel_environment

namespace detail {

std::optional<Pairs> read_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto key = decoded(trimmed(pair.substr(0, equals)));
    const auto value = decoded(trimmed(pair.substr(equals + 1)));
    if (!key || key->empty() || !value) return std::nullopt;
    pairs.emplace_back(*key, *value);
  }
  return pairs;
}

void check(const OtelOptions& options) {
  using std::chrono::nanoseconds;
  constexpr nanoseconds longest = std::chrono::hours(24 * 365);
  const auto check_size = [](const char* name, std::size_t size) {
    if (size == 0) throw ArgumentError("OtelOptions::" + std::string(name) + " is 0");
  };
  const auto check_time = [&](const char* name, nanoseconds time, nanoseconds least) {
    if (time >= least && time <= longest) return;
    throw ArgumentError("OtelOptions::" + std::string(name) +
                        " is not positive, or more than a year");
  };
  check_size("max_queue_spans", options.max_queue_spans);
  check_size("max_batch_spans", options.max_batch_spans);
  check_size("max_request_bytes", options.max_request_bytes);
  check_time("schedule_delay", options.schedule_delay, nanoseconds(0));
  check_time("timeout", options.timeout, nanoseconds(1));
  check_time("export_timeout", options.export_timeout, nanoseconds(1));
  check_time("initial_backoff", options.initial_backoff, nanoseconds(1));
  check_time("max_backoff", options.max_backoff, nanoseconds(1));
  check_time("flush_timeout", options.flush_timeout, nanoseconds(0));
  check_time("shutdown_timeout", options.shutdown_timeout, nanoseconds(0));
}

}  // namespace detail
}  // namespace hark::audit
