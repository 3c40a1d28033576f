// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/level.hpp>
#include <hark/event/report.hpp>

namespace hark::event::detail {

/// Calls the process-wide handlers. Requires: no lock is held.
void warn_deprecated(const EventInfo& event, Place place) noexcept;
void report_failure(const Failure& failure) noexcept;

}  // namespace hark::event::detail
