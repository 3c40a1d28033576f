// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/catalog.hpp"

#include <hark/engine.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "cli/exit.hpp"
#include "detail/nearest.hpp"

namespace hark::cli {
namespace {

/// Throws: Failure, which says what may have been meant.
void require_event(const std::string& name) {
  std::vector<std::string_view> families;
  families.reserve(events.size());
  for (const EventEntry& each : events) families.push_back(each.family);
  const std::string advice = hark::detail::did_you_mean(name, families);
  if (!advice.empty())
    throw Failure(ExitCode::usage, "no such event or family '" + name + "'" + advice);
  try {
    event::listen(event::every<Engine>, event::runtime_name(name), [] {}).disconnect();
  } catch (const InvalidRequestError& error) {
    throw Failure(ExitCode::usage, error.what());
  }
}

}  // namespace

std::string_view name_of(event::Kind kind) noexcept {
  switch (kind) {
    case event::Kind::notify:
      return "notify";
    case event::Kind::chain:
      return "chain";
    case event::Kind::first:
      return "first";
  }
  return {};
}

EventSet present_events() {
  EventSet present;
  for_each_event([&]<class Family, class E>() {
    present[index_of<E>()] = !requires { E::deprecated; };
  });
  return present;
}

EventSet events_named(const std::vector<std::string>& names) {
  if (names.empty()) return present_events();
  EventSet chosen;
  for (const std::string& name : names) {
    bool is_known = false;
    for (std::size_t i = 0; i < event_count; ++i) {
      if (events.at(i).name != name && events.at(i).family != name) continue;
      is_known = true;
      chosen.set(i);
    }
    if (!is_known) require_event(name);
  }
  return chosen;
}

}  // namespace hark::cli
