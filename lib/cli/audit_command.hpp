// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "cli/screen.hpp"

namespace hark::cli {

/// What `hark audit verify` is told.
struct AuditVerifyCommand {
  std::vector<std::string> files{};  ///< each with what was rotated away from it
  std::string key_file{};            ///< empty: the chain has no key
  std::string expected{};            ///< "SEQ:HASH" of a line; empty: none
  bool accepts_crashes = false;
};

/// What `hark audit summary` is told.
struct AuditSummaryCommand {
  std::string file{};
  std::size_t top = 10;  ///< rows of each table
};

/// What `hark audit tail` is told.
struct AuditTailCommand {
  std::string file{};
  std::uint64_t lines = 10;
  bool follow = false;
  bool as_json = false;
};

/// A key as a file has it, its last line's end apart.
///
/// Throws: Failure where it cannot be read, or is empty.
std::string read_key(const std::string& file);

/// Says of each audit whether it is intact, and else what is wrong with it, line by line.
///
/// Throws: Failure where a file cannot be read.
ExitCode run(const AuditVerifyCommand& command, Screen& screen);

/// Sums up what an audit tells.
///
/// Throws: Failure where a file cannot be read.
void run(const AuditSummaryCommand& command, Screen& screen);

/// Shows an audit's last lines; to follow it goes on until Ctrl-C, across rotations.
///
/// Throws: Failure where a file cannot be read.
ExitCode run(const AuditTailCommand& command, Screen& screen);

}  // namespace hark::cli
