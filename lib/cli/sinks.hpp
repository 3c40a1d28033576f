// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <functional>
#include <string_view>

#include "cli/kinds.hpp"
#include "cli/summary.hpp"
#include "cli/trace.hpp"
#include "cli/workload.hpp"

namespace hark::cli {

/// Takes the next part of a text.
using Write = std::function<void(std::string_view)>;

/// One JSON object per event and line, in the order of their times.
///
/// An end and what it is the end of have the same `id`. Keys that say nothing are left out.
void write_json(const Trace& trace, const Workload& workload, const Write& write);

/// The trace in the Chrome trace event format: transactions, statements and what has an end
/// as spans, all else as instants.
///
/// Source: "Trace Event Format", which chrome://tracing and ui.perfetto.dev read.
void write_chrome(const Trace& trace,
                  const Workload& workload,
                  const Kinds& kinds,
                  const Summary& summary,
                  const Write& write);

}  // namespace hark::cli
