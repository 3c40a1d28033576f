// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>

#include "cli/screen.hpp"

namespace hark::cli {

/// What `hark events` is told.
struct EventsCommand {
  std::string name{};    ///< of an event or a family; empty: all of them
  bool as_json = false;  ///< one array of objects
};

/// Shows what the signal tables have.
///
/// Throws: Failure for a name that is neither.
void run(const EventsCommand& command, Screen& screen);

}  // namespace hark::cli
