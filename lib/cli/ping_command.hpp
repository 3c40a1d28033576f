// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>

#include "cli/screen.hpp"

namespace hark::cli {

/// What `hark ping` is told.
struct PingCommand {
  std::string url{};
  unsigned count = 10;  ///< how often each thing is timed
};

/// Shows the versions of a database and its driver, and how long it takes to connect, to
/// check a connection out, and to execute a trivial statement.
///
/// Throws: Failure for a URL that makes no sense, or a database that cannot be reached.
void run(const PingCommand& command, Screen& screen);

}  // namespace hark::cli
