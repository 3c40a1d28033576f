// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/handlers/json_lines_event_handler.hpp>
#include <hark/error.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_file.hpp"
#include "audit/audit_file_chain.hpp"
#include "audit/audit_file_check.hpp"

namespace hark::test {

inline audit::Moment moment_at(std::int64_t nanoseconds) {
  return {audit::WallTime(std::chrono::nanoseconds(nanoseconds)),
          audit::MonotonicTime(std::chrono::nanoseconds(nanoseconds))};
}

inline std::shared_ptr<const audit::Statement> statement_of(std::string text) {
  auto made = std::make_shared<audit::Statement>();
  made->fingerprint = text;
  made->summary = "SELECT track";
  made->operation = "SELECT";
  made->text = std::move(text);
  return made;
}

/// Tells a handler of requests with statements, as a delivery does.
class Narrator {
 public:
  explicit Narrator(audit::JsonLinesEventHandler& handler) : handler_(handler) {}

  audit::detail::JsonLinesRequest begin() {
    request_.id = ++id_;
    request_.name = "order " + std::to_string(id_);
    request_.start = moment_at(static_cast<std::int64_t>(id_) * 1000);
    return handler_.request_start(request_);
  }

  void execute(audit::detail::JsonLinesRequest& request, std::string_view text) {
    const audit::EventEnd event = next_event(text);
    auto context = handler_.event_start(event, request);
    handler_.event_end(event, request, std::move(context));
  }

  void end(audit::detail::JsonLinesRequest request) {
    audit::RequestEnd end;
    static_cast<audit::RequestStart&>(end) = request_;
    end.elapsed = std::chrono::nanoseconds(900);
    end.events = 1;
    handler_.request_end(end, std::move(request));
  }

  /// Four calls, but those for what has not started. Returns what they have thrown.
  std::vector<std::string> deliver() {
    std::vector<std::string> errors;
    const auto call = [&](auto&& act) {
      try {
        act();
        return true;
      } catch (const Error& error) {
        errors.emplace_back(error.what());
        return false;
      }
    };
    audit::detail::JsonLinesRequest context;
    if (!call([&] { context = begin(); })) return errors;
    audit::EventEnd event = next_event("SELECT 1");
    audit::detail::JsonLinesEvent started;
    if (call([&] { started = handler_.event_start(event, context); }))
      call([&] { handler_.event_end(event, context, started); });
    call([&] { end(context); });
    return errors;
  }

  /// Four lines.
  void request(std::string_view text = "SELECT * FROM track WHERE id = ?") {
    auto context = begin();
    execute(context, text);
    end(std::move(context));
  }

 private:
  audit::EventEnd next_event(std::string_view text) {
    audit::EventEnd event;
    event.id = ++id_;
    event.request_id = request_.id;
    event.kind = audit::EventKind::statement;
    event.start = moment_at(static_cast<std::int64_t>(id_) * 1000);
    event.statement = statement_of(std::string(text));
    event.elapsed = std::chrono::nanoseconds(500);
    event.rows = 3;
    return event;
  }

  audit::JsonLinesEventHandler& handler_;
  audit::RequestStart request_;
  std::uint64_t id_ = 0;
};

inline std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

inline std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& each : lines) text += each + "\n";
  return text;
}

/// The lines with numbers and hashes made anew, as somebody would who may compute them.
inline std::vector<std::string> chained(const std::vector<std::string>& lines,
                                        const std::string& key = {}) {
  audit::HashChain chain(key);
  audit::LineHash hash{};
  std::vector<std::string> made;
  for (const std::string& each : lines) {
    const std::string_view body = audit::split_line(each)->body;
    std::string line = "{\"seq\":" + std::to_string(made.size() + 1) +
                       std::string(body.substr(body.find(',')));
    hash = chain.next(hash, line);
    line += std::string(audit::hash_key) + audit::hex_of(hash) + "\"}";
    made.push_back(std::move(line));
  }
  return made;
}

inline audit::CheckReport check(const std::string& path,
                                const audit::CheckOptions& options = {}) {
  audit::AuditCheck check(options);
  audit::AuditTrail trail(path);
  while (const auto line = trail.next_line()) {
    if (line->number == 1) check.begin_file(trail.file());
    check.add(*line);
  }
  return check.finish(trail.is_being_written());
}

}  // namespace hark::test
