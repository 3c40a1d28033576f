// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "audit/terminal_text.hpp"
#include "cli/exit.hpp"

namespace hark::cli {
namespace {

constexpr std::string_view clear_line = "\r\x1b[K";

bool write(std::FILE* file, std::string_view text) noexcept {
  return std::fwrite(text.data(), 1, text.size(), file) == text.size() || errno == EPIPE;
}

bool is_forbidden_by_environment() noexcept {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return (no_color != nullptr && *no_color != '\0') ||
         (terminal != nullptr && std::string_view(terminal) == "dumb");
}

}  // namespace

Screen::Screen(bool may_color)
    : shows_progress_(isatty(STDERR_FILENO) == 1),
      has_colors_(may_color && isatty(STDOUT_FILENO) == 1 &&
                  !is_forbidden_by_environment()) {}

Screen::~Screen() { progress({}); }

void Screen::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  hide_progress();
  if (!write(stdout, text)) has_failed_ = true;
}

void Screen::complain(std::string_view message) {
  const std::lock_guard lock(mutex_);
  hide_progress();
  std::fflush(stdout);
  write(stderr, fmt::format("hark: {}\n", message));
}

void Screen::progress(std::string_view line) {
  if (!shows_progress_) return;
  const std::lock_guard lock(mutex_);
  hide_progress();
  progress_ = line;
  write(stderr, progress_);
}

void Screen::hide_progress() {
  if (progress_.empty()) return;
  std::fflush(stdout);
  write(stderr, clear_line);
  progress_.clear();
}

std::string Screen::styled(Style style, std::string_view text) const {
  if (!has_colors_) return std::string(text);
  constexpr std::array<int, 4> codes{1, 2, 32, 31};
  return fmt::format(
      "\x1b[{}m{}\x1b[0m", codes.at(static_cast<std::size_t>(style)), text);
}

void Screen::finish() {
  const std::lock_guard lock(mutex_);
  hide_progress();
  if (std::fflush(stdout) != 0 && errno != EPIPE) has_failed_ = true;
  if (has_failed_)
    throw Failure(ExitCode::unavailable, "standard output could not be written");
}

std::string shortened(std::string_view text, std::size_t most) {
  return audit::shown(audit::on_one_line(text), most);
}

std::string duration_text(std::int64_t nanoseconds) {
  return audit::duration_text(std::chrono::nanoseconds(nanoseconds));
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count_text(count), what, count == 1 ? "" : "s");
}

}  // namespace hark::cli
