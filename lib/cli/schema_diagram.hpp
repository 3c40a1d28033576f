// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>

#include "cli/schema_snapshot.hpp"

namespace hark::cli {

/// The tables as a graph for Graphviz: a node for each, with its columns; an edge for each
/// column that refers to another one, with a crow's foot where many rows refer to one.
std::string dot_diagram(const SchemaSnapshot& schema);

/// The tables as an entity relationship diagram for Mermaid.
std::string mermaid_diagram(const SchemaSnapshot& schema);

}  // namespace hark::cli
