// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/audit_sinks.hpp"

#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/audit/handlers/otel_event_handler.hpp>
#include <hark/audit/use_event_handler.hpp>
#include <hark/error.hpp>

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <utility>

#include "cli/audit_command.hpp"
#include "cli/exit.hpp"
#include "cli/open.hpp"
#include "cli/screen.hpp"

namespace hark::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{30};

std::shared_ptr<audit::JsonLinesEventHandler> open_file(const AuditTargets& targets) {
  audit::JsonLinesOptions options;
  if (!targets.key_file.empty()) options.key = read_key(targets.key_file);
  try {
    return std::make_shared<audit::JsonLinesEventHandler>(targets.file, options);
  } catch (const Error& error) {
    throw Failure(ExitCode::unavailable, error.what());
  }
}

std::pair<std::string, std::string> header_of(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == 0 || sign == std::string::npos)
    throw Failure(ExitCode::usage, "trace: --otlp-header takes KEY=VALUE");
  return {text.substr(0, sign), text.substr(sign + 1)};
}

/// A URL without a path is the collector's, as in OTEL_EXPORTER_OTLP_ENDPOINT.
std::string traces_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;  // which is refused
  const std::size_t path = url.find_first_of("/?", scheme + 3);
  if (path == std::string::npos) return url + "/v1/traces";
  return path + 1 == url.size() && url.back() == '/' ? url + "v1/traces" : url;
}

std::shared_ptr<audit::OtelEventHandler> open_collector(const AuditTargets& targets) {
  try {
    audit::OtelOptions options;
    options.endpoint = traces_url(targets.otlp);
    for (const std::string& each : targets.otlp_headers)
      options.headers.push_back(header_of(each));
    return std::make_shared<audit::OtelEventHandler>(options);
  } catch (const Error& error) {
    throw Failure(ExitCode::usage, error.what());
  }
}

/// Empty: nothing was.
std::string lost_text(const audit::Statistics& told, const std::exception_ptr& error) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count != 0) text += (text.empty() ? "" : ", ") + counted(count, what);
  };
  add(told.lost_requests, "request");
  add(told.lost_events, "event");
  add(told.failures, "failed call");
  add(told.skipped, "skipped call");
  if (text.empty()) return text;
  text = "not all was recorded: lost were " + text;
  return error == nullptr ? text : text + ": " + reason_of(error);
}

}  // namespace

AuditSinks::AuditSinks(const AuditTargets& targets) {
  if (!targets.file.empty()) {
    file_ = open_file(targets);
    targets_.push_back({targets.file, file_});
  }
  if (targets.otlp.empty()) return;
  otel_ = open_collector(targets);
  targets_.push_back({"the collector", otel_});
}

AuditSinks::~AuditSinks() = default;

void AuditSinks::use(Engine& engine) {
  const std::lock_guard lock(mutex_);
  for (const Target& each : targets_)
    uses_.push_back({each.name,
                     audit::use_event_handler(
                         engine, each.handler, {.policy = audit::QueuePolicy::block})});
}

std::vector<std::string> AuditSinks::finish() {
  const std::lock_guard lock(mutex_);
  const auto deadline = Clock::now() + patience;
  std::vector<std::string> losses;
  for (Use& each : uses_) {
    const bool is_told = each.subscription.flush(deadline);
    each.subscription.disconnect();
    const std::string lost =
        lost_text(each.subscription.statistics(), each.subscription.last_error());
    if (!lost.empty()) {
      losses.push_back(each.name + ": " + lost);
    } else if (!is_told) {
      losses.push_back(each.name + ": not all was recorded in time");
    }
  }
  const std::uint64_t unwritten = file_ == nullptr ? 0 : file_->lines_waiting();
  if (unwritten != 0)
    losses.push_back(targets_.front().name + ": the last " +
                     counted(unwritten, "accepted line") + " could not be written");
  if (otel_ != nullptr) {
    otel_->flush(deadline - Clock::now());
    const audit::OtelStatistics sent = otel_->statistics();
    const std::uint64_t lost = sent.lost() + sent.rejected + sent.waiting;
    if (lost != 0)
      losses.push_back(fmt::format("the collector: {} of {} were not accepted",
                                   count_text(lost),
                                   counted(sent.spans, "span")));
  }
  uses_.clear();
  targets_.clear();
  file_.reset();
  otel_.reset();
  return losses;
}

}  // namespace hark::cli
