// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hark::cli {

/// How a fingerprint writes names and keywords.
enum class Case : std::uint8_t {
  folded,   ///< in small letters: statements of one kind have one
  display,  ///< keywords in capitals, names as they are
};

/// What statements have in common that differ in their literals, their layout, the case
/// of their words and the lengths of their lists:
///
///     select * from T where id in (1,2)   →   SELECT * FROM T WHERE id IN (?, …)
///
/// Lists of nothing but literals and rows of VALUES become one with a mark; comments go;
/// a sign goes with its number; NULL is a literal but where it is part of IS NULL, NOT
/// NULL and DEFAULT NULL.
std::string fingerprint(std::string_view sql, Case words = Case::display);

}  // namespace hark::cli
