// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine.hpp>

/// SQLite: including this makes `create_engine("sqlite:///file.db")` work.
namespace hark::sqlite {

/// Makes the dialect known; called by including this header. Always true.
bool register_dialect();

namespace detail {
inline const bool is_registered = register_dialect();
}  // namespace detail

}  // namespace hark::sqlite
