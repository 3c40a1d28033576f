// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema/inspector.hpp>

#include <string_view>

namespace hark::detail {

/// Is it a table, and no view, that SHOW CREATE TABLE tells of by this statement?
bool creates_mysql_table(std::string_view sql);

/// What SHOW CREATE TABLE says of a table. `schema`: where it is, and what it refers to if
/// nothing else is said; empty: the default one.
ReflectedTable read_mysql_table(std::string_view sql, std::string_view schema);

/// A line of it that tells of a column: "`id` int(10) unsigned NOT NULL".
ReflectedColumn read_mysql_column(std::string_view sql);

}  // namespace hark::detail
