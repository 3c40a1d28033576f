// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <string>

#include "cli/exit.hpp"
#include "cli/screen.hpp"

namespace hark::cli {

/// What `hark report` is told.
struct ReportCommand {
  std::string file{};      ///< an audit file; with it, what was rotated away from it
  std::string html{};      ///< a file's name; "-" is standard output
  std::string key_file{};  ///< with the key of its chain; empty: none
  std::string title{};     ///< empty: of the file's name
  std::size_t top = 50;    ///< rows of each table
};

/// Renders an audit file as one page of HTML, also one that is damaged: the page says so. A
/// file that is made for it is its owner's alone, as the audit is.
///
/// Throws: Failure where a file cannot be read or written.
ExitCode run(const ReportCommand& command, Screen& screen);

}  // namespace hark::cli
