// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/handlers/otel_event_handler.hpp>

#include <optional>
#include <string_view>

namespace hark::audit::detail {

/// Throws: ArgumentError for a size or a time that makes no sense.
void check(const OtelOptions& options);

/// "key=value,key=value", percent-encoded; empty: it is malformed.
std::optional<otel_environment::Pairs> read_pairs(std::string_view text);

}  // namespace hark::audit::detail
