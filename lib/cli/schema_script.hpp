// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <vector>

#include "cli/schema_source.hpp"

namespace hark::cli {

/// The statements that create a schema, each ended by a semicolon.
struct SchemaScript {
  std::string text{};
  std::vector<std::string> warnings{};  ///< what the dialect has not, or has otherwise
};

/// What creates these tables, each behind those that it refers to, in another database of
/// `dialect`; of no tables named: all, and the views. What cannot be said is left out with
/// a warning.
///
/// Throws: Failure when the database cannot be read.
SchemaScript schema_script(SchemaSource& source,
                           const std::vector<std::string>& tables,
                           const std::string& dialect);

}  // namespace hark::cli
