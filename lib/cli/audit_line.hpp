// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <string_view>

#include "cli/screen.hpp"

namespace hark::cli {

/// A line of an audit file for people: when, who, how, what. One that is none stays as it
/// is. What a terminal would obey is replaced in either.
std::string audit_line(std::string_view json, const Screen& screen);

}  // namespace hark::cli
