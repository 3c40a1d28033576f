// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/handlers/json_lines_event_handler.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "audit/audit_file.hpp"
#include "audit/audit_file_chain.hpp"

namespace hark::audit {

/// A file descriptor of its own.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int get() const noexcept { return number_; }

 private:
  int number_ = -1;
};

/// The types of lines that tell what a handler is told.
enum class LineType : std::uint8_t { request_start, event_start, request_end, event_end };

/// Appends lines to an audit file, and makes of them a chain.
///
/// A line is accepted, or append() throws, and it is in no file: then it is counted, and a
/// `loss` line tells of it when the next one is accepted.
/// Thread safety: one thread at a time.
class AuditFileWriter {
 public:
  /// Throws: Error.
  AuditFileWriter(std::string path, const JsonLinesOptions& options);
  AuditFileWriter(const AuditFileWriter&) = delete;
  AuditFileWriter& operator=(const AuditFileWriter&) = delete;
  ~AuditFileWriter() = default;

  /// `members`: those of the line behind its type, each with a comma in front.
  void append(LineType type, std::string_view members);
  /// To the file; what cannot be written goes on waiting.
  void write();
  /// Brings what is in the file to the disk.
  ///
  /// Throws: Error; and from then on at each call, as long as a line is in the file that was
  /// there when it failed: the system takes it for written, and another try proves nothing.
  void sync();
  /// Throws what has failed since the last call without a call to tell: a rotation.
  void throw_late_error();
  /// Writes the file's last line.
  void close();

  bool has_waiting() const noexcept { return !waiting_.empty(); }
  std::uint64_t waiting_lines() const noexcept;
  bool has_unsynced() const noexcept { return has_unsynced_; }
  /// A descriptor of the same file, to bring it to the disk meanwhile.
  Descriptor duplicate();
  void note_failed_sync(int error);
  std::uint64_t lines() const noexcept { return lines_; }

 private:
  /// Where a line begins: what it takes to leave it out again.
  struct Place {
    std::uint64_t seq = 0;
    LineHash hash{};
  };
  struct Missing {
    std::string reason{};
    WallTime since{};
    std::array<std::uint64_t, 4> counts{};  // by LineType
    bool any() const noexcept { return !reason.empty(); }
  };

  void open();
  void go_on();
  void go_on_behind(const std::string& path, int descriptor);
  void add_file_start(std::string_view reason);
  void add_loss();
  std::size_t add_line(std::string_view type, std::string_view members);
  void take_back(const Place& place, std::size_t size);
  void append_line(LineType type, std::string_view members);
  void miss(LineType type, std::string_view reason);
  void cut(std::uint64_t size);
  [[noreturn]] void keep_whole_lines(std::size_t written, int error);
  bool has_to_rotate(std::size_t more) const;
  void try_to_rotate();
  void rotate();
  std::string next_rotated() const;
  void remove_oldest() const;
  void sync_folder() const;
  [[noreturn]] void fail(std::string_view attempt, int error) const;

  const std::string path_;
  const JsonLinesOptions options_;
  HashChain chain_;
  Descriptor file_;
  std::uint64_t size_ = 0;    // of the file, as far as its lines are whole
  bool has_records_ = false;  // besides a file_start
  bool has_half_ = false;     // behind them is what could not be cut off
  std::chrono::steady_clock::time_point rotate_at_{};
  std::uint64_t rotate_bytes_ = 0;
  std::string waiting_;  // whole lines, to be written
  Place last_{};         // line
  std::uint64_t lines_ = 0;
  bool is_failing_ = false;
  bool has_unsynced_ = false;
  std::uint64_t synced_size_ = 0;  // of the file, as far as sync() has brought it
  int sync_error_ = 0;             // of a line that is in the file
  Missing missing_;
  std::exception_ptr late_error_;
  // What file_start tells of what was there before.
  std::string previous_file_;
  bool is_unclosed_ = false;
  std::string torn_;
};

}  // namespace hark::audit
