// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <string_view>

#include "audit/lexer.hpp"

namespace hark::audit {

/// What statements have in common that differ in their literals, their layout, the case
/// of their words and the lengths of their lists:
///
///     select * from T where id in (1,2)   →   SELECT * FROM T WHERE id IN (?, …)
///
/// Lists of nothing but literals and rows of VALUES become one with a mark; comments go;
/// a sign goes with its number; NULL is a literal but where it is part of IS NULL, NOT
/// NULL and DEFAULT NULL; parameters without names are literals. Keywords are in capitals,
/// names as they were written: statements are of one kind when their fingerprints are the
/// same but for the case of ASCII letters.
///
/// Cost: linear in the length of the text.
std::string fingerprint(std::string_view sql, Syntax syntax = Syntax::any);

}  // namespace hark::audit
