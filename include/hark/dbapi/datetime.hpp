// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Days and points in time, which are UTC, or whatever the program takes them for: no time
/// zone is kept.
namespace hark::dbapi {

using Date = std::chrono::sys_days;
using DateTime = std::chrono::sys_time<std::chrono::microseconds>;

/// `2026-11-21`, and `2026-11-21 18:07:08.000000`: as a database without such types keeps
/// them, so that they sort as text.
///
/// Throws: DataError for a year that has not four digits.
/// Source: SQLAlchemy lib/sqlalchemy/dialects/sqlite/base.py, DATE and DATETIME.
std::string to_iso(Date date);
std::string to_iso(DateTime time);

/// The same read; empty: it is none. A time may leave out its end from the fraction or the
/// time of the day on, have a `T` in the middle and a `Z` at the end.
std::optional<Date> date_of(std::string_view text) noexcept;
std::optional<DateTime> datetime_of(std::string_view text) noexcept;

}  // namespace hark::dbapi
