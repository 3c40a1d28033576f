// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/schema_snapshot.hpp"

namespace hark::cli {

/// What differs between two schemas: one line for each difference, in the order of names.
///
/// What means the same is the same: a constraint without a name and one with a name, NO
/// ACTION and nothing, SQL with other blanks, another case or more parentheses, columns in
/// another order. Types of two dialects are compared by what they stand for, and their SQL
/// without the quotes around names; what only one of the dialects knows (options of tables,
/// triggers, virtual tables) is not.
std::vector<std::string> differences(const SchemaSnapshot& first,
                                     const SchemaSnapshot& second);

/// The words of SQL, names, numbers and signs, without blanks and comments; those without
/// quotes in small letters.
std::vector<std::string> words_of(std::string_view sql);

/// SQL by which two expressions can be compared: without comments and the parentheses
/// around all of it, blanks and the case of words made the same.
std::string normal_sql(std::string_view sql);

}  // namespace hark::cli
