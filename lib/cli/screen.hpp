// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace hark::cli {

enum class Style : std::uint8_t { heading, faint, good, bad };

/// Standard output and standard error. Colours and the line of progress are for terminals
/// alone, so that what a pipe gets depends on nothing but the work.
///
/// A reader that went away is no error: what it would have read is dropped.
/// Thread safety: shared objects safe.
class Screen {
 public:
  /// `may_color`: neither --no-color nor the environment's NO_COLOR forbids it.
  explicit Screen(bool may_color);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  /// To standard output.
  void print(std::string_view text);
  /// To standard error, as "hark: …" and a line's end.
  void complain(std::string_view message);

  bool shows_progress() const noexcept { return shows_progress_; }
  /// Replaces the line of progress; empty: takes it away. Without a terminal: no effect.
  void progress(std::string_view line);

  /// The text, in the style's colour where standard output takes colours.
  std::string styled(Style style, std::string_view text) const;

  /// Throws: Failure when standard output could not be written, a reader that went away
  /// apart.
  void finish();

 private:
  void hide_progress();

  const bool shows_progress_;
  const bool has_colors_;
  std::mutex mutex_;
  std::string progress_;     // guarded by mutex_
  bool has_failed_ = false;  // guarded by mutex_
};

/// The first `most` characters of a text on one line, marked where it is longer. What a
/// terminal would obey is replaced.
std::string shortened(std::string_view text, std::size_t most);
/// How much of a statement or a message is shown among others.
inline constexpr std::size_t widest_statement = 100;

/// "1 row", "2 rows".
std::string counted(std::uint64_t count, std::string_view what);

/// "1.23 ms": three digits and a unit.
std::string duration_text(std::int64_t nanoseconds);

/// "12,345"
std::string count_text(std::uint64_t count);

}  // namespace hark::cli
