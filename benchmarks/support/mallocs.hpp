// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>

namespace bench {

/// How often this thread has asked the C library for memory, operator new included. Where
/// the C library is not glibc: operator new alone.
std::size_t mallocs() noexcept;

}  // namespace bench
