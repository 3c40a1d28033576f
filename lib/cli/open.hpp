// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/engine.hpp>

#include <exception>
#include <string>

#include "cli/exit.hpp"

namespace hark::cli {

/// Throws: Failure for a URL that makes no sense, or names a dialect that is not known.
Engine open_engine(const std::string& url, const EngineOptions& options);

/// Says that a database cannot be reached, and why; the URL's password is not shown.
Failure unreachable(const std::string& url, const std::exception_ptr& error);

/// What went wrong, in one line: the driver's words where they are known.
std::string reason_of(const std::exception_ptr& error);

}  // namespace hark::cli
