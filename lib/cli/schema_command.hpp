// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "cli/screen.hpp"

namespace hark::cli {

/// What `hark schema` is told.
struct SchemaCommand {
  std::vector<std::string> urls{};
  std::string dialect{};              ///< of the DDL; empty: the database's own
  std::string schema{};               ///< empty: the default one
  std::vector<std::string> tables{};  ///< empty: all, and the views
  bool diff = false;
  bool as_dot = false;
  bool as_mermaid = false;
  bool as_json = false;
};

/// Shows a database's schema as DDL, as a diagram or as JSON; or how two differ.
///
/// Returns: ExitCode::failed when they differ.
/// Throws: Failure for a URL or a name that makes no sense, and for a database that cannot
/// be read.
ExitCode run(const SchemaCommand& command, Screen& screen);

}  // namespace hark::cli
