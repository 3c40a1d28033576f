// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/audit_line.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "audit/audit_file.hpp"
#include "audit/json_text.hpp"
#include "audit/terminal_text.hpp"

namespace hark::cli {
namespace {

std::string time_text(audit::WallTime time) {
  std::string text;
  audit::append_time(text, time);
  // To the microsecond, as people read it: 2026-11-22 09:12:23.123456
  text.resize(26);
  text[10] = ' ';
  return text;
}

/// The columns of a line, as they were written, by whomever.
struct Columns {
  audit::WallTime time{};
  std::string who{};
  std::string_view how{};
  Style style = Style::faint;
  std::string what{};
};

std::string with(std::string_view before, std::string_view text) {
  return text.empty() ? std::string() : std::string(before) + std::string(text);
}

std::string failure_text(const std::optional<audit::Failure>& failure) {
  if (!failure) return {};
  return fmt::format(
      "  {}: {}", failure->type, shortened(failure->message, widest_statement));
}

std::string rows_text(const std::optional<std::uint64_t>& rows) {
  if (!rows) return {};
  return fmt::format("  {} row{}", count_text(*rows), *rows == 1 ? "" : "s");
}

Style style_of(Outcome outcome) {
  return outcome == Outcome::ok ? Style::good : Style::bad;
}

Columns columns_of(const audit::FileStart& start) {
  return {start.time.wall,
          "file",
          start.reason,
          Style::faint,
          fmt::format("{} {} on {}, hark {}{}",
                      start.program,
                      start.pid,
                      start.host,
                      start.hark_version,
                      start.unclosed ? "; the run before did not end" : "")};
}

Columns columns_of(const audit::FileEnd& end) {
  return {end.time.wall, "file", end.reason, Style::faint, ""};
}

Columns columns_of(const audit::RequestStart& request) {
  const std::string name = request.name.empty()
                               ? fmt::format("connection {}", request.connection_id)
                               : request.name;
  return {request.start.wall,
          fmt::format("request {}", request.id),
          "start",
          Style::faint,
          name + (request.database == nullptr ? "" : with("  ", request.database->url))};
}

Columns columns_of(const audit::EventStart& event) {
  std::string what(audit::name_of(event.kind));
  what += with("  ", event.name);
  if (event.statement != nullptr)
    what += "  " + shortened(event.statement->text, widest_statement);
  if (event.batch_size != 0)
    what += fmt::format("  {} times", count_text(event.batch_size));
  return {event.start.wall,
          fmt::format("event {}", event.id),
          "start",
          Style::faint,
          std::move(what)};
}

Columns columns_of(const audit::EventEnd& event) {
  return {event.start.wall + event.elapsed,
          fmt::format("event {}", event.id),
          name_of(event.outcome),
          style_of(event.outcome),
          fmt::format("{}  {}{}{}{}",
                      audit::name_of(event.kind),
                      duration_text(event.elapsed.count()),
                      rows_text(event.rows),
                      with("  ", event.ended_by),
                      failure_text(event.failure))};
}

Columns columns_of(const audit::RequestEnd& request) {
  return {request.start.wall + request.elapsed,
          fmt::format("request {}", request.id),
          name_of(request.outcome),
          style_of(request.outcome),
          fmt::format(
              "{}{}  {} event{}{}{}",
              request.name.empty() ? "" : request.name + "  ",
              duration_text(request.elapsed.count()),
              count_text(request.events),
              request.events == 1 ? "" : "s",
              request.lost == 0 ? "" : fmt::format(", {} lost", count_text(request.lost)),
              failure_text(request.failure))};
}

Columns columns_of(const audit::WriteLoss& loss) {
  return {loss.time.wall,
          "file",
          "lost",
          Style::bad,
          fmt::format("{} starts and {} ends since {}: {}",
                      count_text(loss.request_starts + loss.event_starts),
                      count_text(loss.request_ends + loss.event_ends),
                      time_text(loss.since),
                      loss.reason)};
}

/// The text in a column of that width, in colour.
std::string column(std::string_view text,
                   std::size_t width,
                   Style style,
                   const Screen& screen) {
  const std::size_t blanks = width - std::min(width, text.size());
  return screen.styled(style, text) + std::string(blanks, ' ');
}

}  // namespace

std::string audit_line(std::string_view json, const Screen& screen) {
  try {
    const audit::AuditRecord record = audit::parse_record(json);
    const Columns columns =
        std::visit([](const auto& what) { return columns_of(what); }, record.what);
    return fmt::format("{}  {:<13} {} {}",
                       screen.styled(Style::faint, time_text(columns.time)),
                       columns.who,
                       column(audit::shown(columns.how), 9, columns.style, screen),
                       audit::shown(columns.what));
  } catch (const audit::AuditFormatError&) {
    return audit::shown(json);
  }
}

}  // namespace hark::cli
