// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event/listeners.hpp>
#include <hark/event/report.hpp>

#include <algorithm>
#include <cstdio>
#include <string>

#include "error_lines.hpp"
#include "event/control.hpp"
#include "event/reclaimer.hpp"
#include "event/reporting.hpp"

namespace hark::event {
namespace {

using hark::detail::Lock;

void print_warning(const Warning& warning) {
  std::fprintf(stderr,
               "hark: warning: %s:%d: %s\n",
               warning.place.file,
               warning.place.line,
               warning.message.c_str());
}

void print_failure(const Failure& failure) {
  static hark::detail::ErrorLines lines;
  std::string what = "listener of '" + std::string(failure.event) + "'";
  if (!failure.label.empty()) what += " (" + std::string(failure.label) + ")";
  what += " from " + std::string(failure.place.file) + ":" +
          std::to_string(failure.place.line) + " threw";
  lines.print(what, failure.error);
}

constinit std::atomic<WarningHandler> warning_handler{&print_warning};
constinit std::atomic<FailureHandler> failure_handler{&print_failure};

}  // namespace

WarningHandler set_warning_handler(WarningHandler handler) noexcept {
  return warning_handler.exchange(handler == nullptr ? &print_warning : handler);
}

FailureHandler set_failure_handler(FailureHandler handler) noexcept {
  return failure_handler.exchange(handler == nullptr ? &print_failure : handler);
}

Statistics statistics() {
  const detail::Retired retired = detail::retired();
  return {retired.snapshots, retired.listeners, retired.threads};
}

void collect() noexcept { detail::collect_retired(); }

namespace detail {

void warn_deprecated(const EventInfo& event, Place place) noexcept {
  try {
    warning_handler.load()({"event '" + std::string(event.name) +
                                "' is deprecated: " + std::string(event.deprecated),
                            place});
  } catch (...) {  // a handler's trouble is not the caller's
  }
}

void report_failure(const Failure& failure) noexcept {
  try {
    failure_handler.load()(failure);
  } catch (...) {  // a handler's trouble is not the dispatch's
  }
}

namespace {

/// The class that a class-level listener was registered on: this one or one of its bases.
std::string_view class_of(const Listener& listener, const Level& level) noexcept {
  const ListenerList* home = listener.control->home;
  return home == nullptr ? level.class_info->name : home->level().class_info->name;
}

}  // namespace

void append_listeners(std::vector<ListenerInfo>& to, const Level& level, bool parent) {
  const Lock lock(state_of(*level.family).mutex);
  for (std::uint32_t event = 0; event < level.family->count; ++event) {
    const ListenerList* list = list_if_any(level, event);
    if (list == nullptr || is_internal(level.family->events[event].name)) continue;
    for (const Cell* cell : list->cells()) {
      const ListenerControl& control = *cell->listener->control;
      to.push_back({.event = control.event_info().name,
                    .class_name = level.class_info == nullptr
                                      ? std::string_view()
                                      : class_of(*cell->listener, level),
                    .parent = parent,
                    .label = std::string(control.options.label.view()),
                    .place = control.options.place,
                    .calls = read_counter(control.counter) + control.uncounted_calls,
                    .failures = control.failures,
                    .retval = control.options.retval,
                    .propagate = control.options.propagate,
                    .once = control.options.once,
                    .isolate = control.options.isolate,
                    .blocked = control.blocked});
    }
  }
}

void number_listeners(std::vector<ListenerInfo>& infos) {
  // Events in the order in which they first appear, each with its listeners in theirs.
  std::vector<ListenerInfo> grouped;
  grouped.reserve(infos.size());
  while (!infos.empty()) {
    const std::string_view event = infos.front().event;
    const auto rest =
        std::stable_partition(infos.begin(), infos.end(), [&](const ListenerInfo& info) {
          return info.event == event;
        });
    std::size_t order = 0;
    for (auto info = infos.begin(); info != rest; ++info) {
      info->order = order++;
      grouped.push_back(std::move(*info));
    }
    infos.erase(infos.begin(), rest);
  }
  infos = std::move(grouped);
}

}  // namespace detail
}  // namespace hark::event
