// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The files that JsonLinesEventHandler writes; its comment has the format.
namespace hark::audit {

/// The longest line that a file may have, its end not counted.
inline constexpr std::size_t longest_line = std::size_t{16} << 20U;

/// The first line of a file, or of a run.
struct FileStart {
  Moment time{};
  int format = 0;
  std::string hark_version{};
  std::string program{};
  std::uint64_t pid = 0;
  std::string host{};
  std::string reason{};                       ///< "new", "reopened", "rotated"
  std::string key_id{};                       ///< empty: the chain has no key
  std::optional<std::uint64_t> keep_files{};  ///< as JsonLinesOptions's
  std::string previous_file{};     ///< its name without its folder; empty: there is none
  std::uint64_t previous_seq = 0;  ///< 0: there is no line before
  std::string previous_hash{};
  bool unclosed = false;   ///< the run before has no file_end
  std::uint64_t torn = 0;  ///< bytes of a last line that was not whole
};

/// The last line of a file, or of a run.
struct FileEnd {
  Moment time{};
  std::string reason{};  ///< "closed", "rotated"
};

/// What could not be written.
struct WriteLoss {
  Moment time{};
  WallTime since{};
  std::string reason{};
  std::uint64_t request_starts = 0;  ///< with all their events
  std::uint64_t event_starts = 0;    ///< with their ends
  std::uint64_t request_ends = 0;
  std::uint64_t event_ends = 0;
};

/// A line that was read.
///
/// An end has what its line says: ids, start (the moment), what came of it, and no more of
/// what its start has said: find the start by `id`. The database of an event is null where it
/// is its request's. Ids are unique from a FileStart that is not "rotated" to the next.
struct AuditRecord {
  std::uint64_t seq = 0;
  std::variant<FileStart,
               RequestStart,
               EventStart,
               EventEnd,
               RequestEnd,
               WriteLoss,
               FileEnd>
      what{};
  std::string hash{};
};

/// A line is none of such a file.
class AuditFormatError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The record of one line, without its end.
///
/// Throws: AuditFormatError.
AuditRecord parse_record(std::string_view line);

/// A line of a file, as it is there.
struct AuditLine {
  std::string text{};        ///< without its end
  std::uint64_t number = 0;  ///< in its file, from 1
  bool is_whole = true;      ///< false: the file ends within it, or it is too long
};

/// A file line by line, in memory that does not grow with it.
class AuditReader {
 public:
  /// Throws: std::system_error where it cannot be opened.
  explicit AuditReader(const std::string& path);
  /// Lifetime: `stream` lives as long.
  explicit AuditReader(std::istream& stream);
  AuditReader(const AuditReader&) = delete;
  AuditReader& operator=(const AuditReader&) = delete;
  ~AuditReader();

  /// Empty: there is no more, for now: asked again, it reads what has been written since. A
  /// last line that is not whole is given out as it is, and again when it has grown.
  ///
  /// Throws: std::system_error where it cannot be read.
  std::optional<AuditLine> next_line();
  /// Throws: AuditFormatError for a line that is none, with its number; reading goes on
  /// behind it. std::system_error as above.
  std::optional<AuditRecord> next();

  /// Of the line that was read last.
  std::uint64_t line_number() const noexcept;

  /// Has something been written behind what was read? Reads it.
  bool has_more();
  /// Of the file; -1: it is a stream.
  int descriptor() const noexcept;
  /// The next line is the one that begins there. Requires: it is a file.
  void seek(std::uint64_t offset);

 private:
  struct Source;
  std::unique_ptr<Source> source_;
};

/// Does a process have that file open for writing its audit?
bool is_being_written(int descriptor) noexcept;

/// `path` and what was rotated away from it, the oldest first; files that are not there are
/// left out. Of one that was itself rotated away ("audit.jsonl.3") it is that file alone.
std::vector<std::string> audit_files(const std::string& path);

/// A file with all that was rotated away from it, as one; also while it is rotated on.
class AuditTrail {
 public:
  /// Throws: std::system_error where there is none, or it cannot be read.
  explicit AuditTrail(std::string path);

  /// As AuditReader's; behind a file's last line comes the next file's first.
  std::optional<AuditLine> next_line();
  /// Goes to the last lines, as many of these as there are.
  void seek_last(std::uint64_t lines);

  /// The one whose line was read last.
  const std::string& file() const noexcept { return file_; }
  /// Does a process have it open for writing?
  bool is_being_written() const noexcept;

 private:
  void open(const std::string& file);
  bool open_next();

  const std::string path_;
  std::string file_;
  std::unique_ptr<AuditReader> reader_;
};

}  // namespace hark::audit
