// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/place.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace hark::event {

/// Something is reported that is no error of the caller: a deprecated event is listened
/// to.
struct Warning {
  std::string message;  ///< one sentence
  Place place;          ///< of the listen call
};

/// An isolated listener threw.
struct Failure {
  std::string_view event;
  std::string_view label;  ///< empty if it has none
  Place place;             ///< of the listen call
  std::exception_ptr error;
  std::uint64_t failures;  ///< of this listener so far, this one included
};

using WarningHandler = void (*)(const Warning&);
using FailureHandler = void (*)(const Failure&);

/// Replaces the process-wide handler and returns the one before; null means the default,
/// which writes one line to standard error. The default for failures writes at most ten a
/// second and says how many it left out. What a handler throws is dropped.
///
/// Thread safety: safe at any time; a handler runs on the thread that reports, no lock
/// held.
WarningHandler set_warning_handler(WarningHandler handler) noexcept;
FailureHandler set_failure_handler(FailureHandler handler) noexcept;

/// What the event framework holds, process-wide.
struct Statistics {
  std::size_t
      retired_snapshots;  ///< replaced, and not yet freed: some thread may walk them
  std::size_t retired_listeners;  ///< disconnected, and not yet destroyed
  std::size_t threads;            ///< threads that have dispatched and are running
};

/// Thread safety: safe at any time.
Statistics statistics();

/// Frees now what was retired and no thread is using; nobody need call it.
///
/// What is retired is freed in batches. A program that wants the memory, or the
/// destructors of what listeners captured, at a point of its own choice calls this there.
void collect() noexcept;

}  // namespace hark::event
