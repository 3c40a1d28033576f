// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/audit_sinks.hpp"
#include "cli/exit.hpp"
#include "cli/screen.hpp"
#include "cli/trace.hpp"

namespace hark::cli {

/// What `hark trace` is told.
struct TraceCommand {
  TraceOptions trace{};
  std::vector<std::string> scripts{};   ///< names of files; "-" is standard input
  std::vector<std::string> commands{};  ///< SQL
  std::vector<std::string> events{};    ///< names of events or families; empty: all
  std::string json{};                   ///< a file's name; empty: none
  std::string chrome{};                 ///< a file's name; empty: none
  AuditTargets audit{};
  std::optional<double> slow{};  ///< milliseconds
  bool echo = false;
  std::size_t top = 10;
};

/// Throws: Failure, and what the library throws.
ExitCode run(TraceCommand command, Screen& screen);

}  // namespace hark::cli
