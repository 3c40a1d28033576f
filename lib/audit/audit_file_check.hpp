// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_file.hpp"

/// Are the lines of an audit file what was written?
namespace hark::audit {

enum class Fault : std::uint8_t {
  edited,             ///< what the line says is not what its hash was made of
  missing,            ///< lines before it are gone
  reordered,          ///< it does not stand in its place
  repeated,           ///< it has been there before
  truncated,          ///< the end, or the beginning, is gone
  torn,               ///< the last line is not whole
  wrong_key,          ///< its chain has another key, or none
  start_without_end,  ///< and nothing tells why
  end_without_start,
  ended_twice,
};

/// "edited", "missing" …, "started without an end" …
std::string_view name_of(Fault fault) noexcept;

struct Finding {
  Fault fault = Fault::edited;
  std::string file{};
  std::uint64_t line = 0;  ///< of the file, from 1
  std::uint64_t seq = 0;   ///< that the line has; 0: none
  std::string message{};   ///< "line 7 was expected here, and is nowhere"
};

struct Anchor {
  std::uint64_t seq = 0;
  std::string hash{};
};

struct CheckOptions {
  std::string key{};  ///< empty: the chain has none
  /// A line that must be there: with its hash kept elsewhere, nothing before it can have
  /// been changed, and nothing be cut off up to it.
  std::optional<Anchor> expected{};
  bool is_part = false;  ///< may another file go on where these end?
  /// Is a run without its end fine, where the next one says so?
  bool accepts_crashes = false;
};

struct CheckReport {
  /// The first hundred, in the order of the lines; empty: all is intact.
  std::vector<Finding> findings{};
  std::uint64_t findings_count = 0;
  std::uint64_t files = 0;
  std::uint64_t lines = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::string last_hash{};
  bool has_key = false;
  bool is_being_written = false;  ///< so that the end is not the end
  std::uint64_t crashes = 0;      ///< runs without their end
  std::uint64_t lost_starts = 0;  ///< that the lines themselves tell
  std::uint64_t lost_ends = 0;

  bool is_intact() const noexcept { return findings_count == 0; }
};

/// Looks at the lines of some files, in their order, one at a time.
class AuditCheck {
 public:
  explicit AuditCheck(const CheckOptions& options);
  AuditCheck(const AuditCheck&) = delete;
  AuditCheck& operator=(const AuditCheck&) = delete;
  ~AuditCheck();

  void begin_file(const std::string& name);
  void add(const AuditLine& line);
  /// `is_being_written`: a process has the last file open for writing.
  CheckReport finish(bool is_being_written);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hark::audit
