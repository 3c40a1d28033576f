// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>

#include "cli/schema_snapshot.hpp"

namespace hark::cli {

/// The schema as JSON, for other programs.
std::string schema_json(const SchemaSnapshot& schema);

}  // namespace hark::cli
