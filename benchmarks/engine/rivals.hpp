// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "engine/contestants.hpp"

/// Each where it is installed.
namespace bench {

Contestant sqlitecpp();
Contestant soci_contestant();
Contestant poco();

}  // namespace bench
