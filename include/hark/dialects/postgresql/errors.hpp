// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string_view>

namespace hark::postgresql {

/// The name that PostgreSQL has for an SQLSTATE: "undefined_table" for 42P01; empty: it is
/// not one of its codes.
///
///     catch (const hark::Error& error) {
///       if (postgresql::condition_name(error.sqlstate()) == "unique_violation") …
///
/// Lifetime: of what is returned, the program's.
/// Source: PostgreSQL's documentation, Appendix A, "PostgreSQL Error Codes".
std::string_view condition_name(std::string_view sqlstate) noexcept;

}  // namespace hark::postgresql
