// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/handlers/cli_event_handler.hpp>
#include <hark/error.hpp>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "audit/terminal_text.hpp"

namespace hark::audit {
namespace {

using std::chrono::nanoseconds;

enum class Style : std::uint8_t { plain, heading, faint, bad };

bool has_color_terminal() noexcept {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::size_t terminal_width() noexcept {
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 120;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string attributes_text(const Attributes& attributes) {
  std::string made;
  for (const Attribute& each : attributes)
    made += fmt::format(" {}={}", each.name, dbapi::to_string(each.value));
  return made;
}

/// What it is, without its duration and its end.
std::string subject_of(const EventStart& event, bool shows_sql) {
  std::string made;
  if (event.statement == nullptr) {
    made = name_of(event.kind);
    if (event.kind == EventKind::custom) made.clear();
    if (!event.name.empty()) made += (made.empty() ? "" : " ") + event.name;
  } else {
    made = shows_sql ? event.statement->text : event.statement->summary;
    if (event.batch_size > 1) made = fmt::format("{} × {}", event.batch_size, made);
  }
  if (event.kind == EventKind::custom || event.kind == EventKind::lost)
    made += attributes_text(event.attributes);
  return on_one_line(made);
}

std::string failure_text(Outcome outcome, const std::optional<Failure>& failure) {
  if (!failure) return std::string(hark::name_of(outcome));
  return on_one_line(fmt::format("{}: {}", failure->type, failure->message));
}

bool has_failed(const EventEnd& event) noexcept {
  return event.outcome != Outcome::ok || event.failure || event.kind == EventKind::lost ||
         event.kind == EventKind::error;
}

bool is_of_statement(const EventStart& event) noexcept {
  return event.kind == EventKind::statement || event.kind == EventKind::executemany;
}

std::string heading_of(const RequestStart& request) {
  if (!request.name.empty()) return on_one_line(request.name);
  return fmt::format("connection {}", request.connection_id);
}

}  // namespace

struct CLIEventHandler::State {
  explicit State(const CLIOptions& given)
      : options(given),
        has_colors(
            given.has_colors.value_or(given.stream == nullptr && has_color_terminal())),
        width(given.width != 0          ? given.width
              : given.stream == nullptr ? terminal_width()
                                        : 120) {}

  void print(std::uint64_t request, Style style, std::string_view text) {
    const std::string id = fmt::format("#{} ", request);
    std::string line = shown(text, width > id.size() + 1 ? width - id.size() - 1 : 1);
    if (has_colors && style != Style::plain) {
      constexpr std::array<int, 4> codes{0, 1, 2, 31};
      line = fmt::format(
          "\x1b[{}m{}\x1b[0m", codes.at(static_cast<std::size_t>(style)), line);
    }
    write(fmt::format("{}{}\n", id, line));
  }

  void write(std::string_view line) {
    const std::lock_guard lock(mutex);
    if (options.stream != nullptr) {
      *options.stream << line;
      has_lost = has_lost || options.stream->fail();
    } else if (std::fwrite(line.data(), 1, line.size(), stderr) != line.size()) {
      has_lost = true;
    }
  }

  const CLIOptions options;
  const bool has_colors;
  const std::size_t width;
  std::mutex mutex;       // of one line
  bool has_lost = false;  // guarded by mutex
};

CLIEventHandler::CLIEventHandler(const CLIOptions& options)
    : state_(std::make_unique<State>(options)) {}

CLIEventHandler::~CLIEventHandler() = default;

CLIRequestContext CLIEventHandler::request_start(const RequestStart& request) {
  state_->print(request.id, Style::heading, heading_of(request));
  return {};
}

std::size_t CLIEventHandler::event_start(const EventStart& event,
                                         CLIRequestContext& request) {
  const auto outer = request.depths.find(event.parent_id);
  const std::size_t depth = outer == request.depths.end() ? 0 : outer->second + 1;
  request.depths.emplace(event.id, depth);
  if (state_->options.shows_starts) {
    state_->print(event.request_id,
                  Style::faint,
                  fmt::format("{:{}}  {:>8}  {}",
                              "",
                              2 * std::min<std::size_t>(depth, 20),
                              "…",
                              subject_of(event, state_->options.shows_sql)));
  }
  return depth;
}

void CLIEventHandler::event_end(const EventEnd& event,
                                CLIRequestContext& request,
                                std::size_t depth) {
  request.depths.erase(event.id);
  const bool is_bad = has_failed(event);
  // An exception's own event tells it once more.
  if (is_bad && event.kind != EventKind::error && event.kind != EventKind::lost)
    ++request.errors;
  if (is_of_statement(event)) {
    ++request.statements;
    request.in_statements += event.elapsed;
  }
  if (!is_bad && event.elapsed < state_->options.at_least) return;

  const bool is_point = event.kind == EventKind::lost || event.kind == EventKind::error;
  std::string line = fmt::format("{:{}}  {:>8}  ",
                                 "",
                                 2 * std::min<std::size_t>(depth, 20),
                                 is_point ? "" : duration_text(event.elapsed));
  if (is_bad && event.kind != EventKind::lost)
    line += failure_text(event.outcome, event.failure) + "  ";
  if (event.rows) line += counted(*event.rows, "row") + "  ";
  if (event.waited > event.waited.zero())
    line += fmt::format("waited {}  ", duration_text(event.waited));
  line += subject_of(event, state_->options.shows_sql);
  if (!event.ended_by.empty()) line += " " + event.ended_by;
  state_->print(event.request_id, is_bad ? Style::bad : Style::plain, line);
}

void CLIEventHandler::request_end(const RequestEnd& end, CLIRequestContext request) {
  const bool is_bad = end.outcome != Outcome::ok;
  std::string line = fmt::format("{} in {}: {}",
                                 is_bad ? failure_text(end.outcome, end.failure) : "ok",
                                 duration_text(end.elapsed),
                                 counted(end.events, "event"));
  if (request.statements != 0) {
    line += fmt::format(", {} in {}",
                        counted(request.statements, "statement"),
                        duration_text(request.in_statements));
  }
  if (request.errors != 0) line += ", " + counted(request.errors, "failure");
  if (end.lost != 0) line += fmt::format(", {} lost", end.lost);
  state_->print(end.id, is_bad || end.lost != 0 ? Style::bad : Style::faint, line);
}

void CLIEventHandler::flush() {
  const std::lock_guard lock(state_->mutex);
  if (state_->options.stream != nullptr) {
    state_->options.stream->flush();
    state_->has_lost = state_->has_lost || state_->options.stream->fail();
  }
  if (std::exchange(state_->has_lost, false))
    throw Error("lines of the record could not be written");
}

}  // namespace hark::audit
