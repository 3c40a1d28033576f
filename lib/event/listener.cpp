// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event/detail/reader.hpp>

#include <utility>

#include "event/control.hpp"
#include "event/reporting.hpp"

namespace hark::event::detail {
namespace {

using hark::detail::Lock;

/// Counts the exception in flight and keeps it; returns how many there were.
std::uint64_t keep_failure(ListenerControl& control) noexcept {
  std::exception_ptr error = std::current_exception();
  const std::uint64_t failures =
      control.failures.fetch_add(1, std::memory_order_relaxed) + 1;
  const Lock lock(control.family->mutex);
  std::swap(control.last_error, error);
  return failures;
}

}  // namespace

bool admit(Listener& listener) noexcept {
  ListenerControl& control = *listener.control;
  if (control.options.once) {
    RetireBatch batch;
    if (control.consumed.load(std::memory_order_relaxed)) return false;
    const Lock lock(control.family->mutex);
    if (!control.connected || control.blocked || control.consumed.exchange(true))
      return false;
    refresh(listener);
    for (Cell* cell = control.cells; cell != nullptr; cell = cell->next_of_listener) {
      cell->list->leave(batch);
    }
  }
  if (!count_call_here(control.counter)) {
    control.uncounted_calls.fetch_add(1, std::memory_order_relaxed);
  }
  return true;
}

bool contain(Listener& listener) noexcept {
  ListenerControl& control = *listener.control;
  if (!control.options.isolate) return false;
  const std::uint64_t failures = keep_failure(control);
  report_failure({.event = control.event_info().name,
                  .label = control.options.label.view(),
                  .place = control.options.place,
                  .error = std::current_exception(),
                  .failures = failures});
  return true;
}

void expire(Listener& listener) noexcept {
  RetireBatch batch;
  const Lock lock(listener.control->family->mutex);
  end_registration(listener, batch);
}

void note_failure(const Listener& listener) noexcept { keep_failure(*listener.control); }

}  // namespace hark::event::detail
