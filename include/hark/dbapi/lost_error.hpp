// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <exception>
#include <string_view>

namespace hark {

/// Hears of an error that nobody can catch: it came up in a destructor, or while another
/// one was on its way. `what` failed, in a few words: "closing a connection failed".
using LostErrorHandler = void (*)(std::string_view what, const std::exception_ptr& error);

/// Replaces the process-wide handler and returns the one before; null means the default,
/// which writes one line to standard error, at most ten a second, and says how many it
/// left out. What a handler throws is dropped.
///
/// Thread safety: safe at any time; a handler runs on the thread that reports, with no
/// lock held.
LostErrorHandler set_lost_error_handler(LostErrorHandler handler) noexcept;

namespace detail {

void report_lost_error(
    std::string_view what,
    const std::exception_ptr& error = std::current_exception()) noexcept;

}  // namespace detail

}  // namespace hark
