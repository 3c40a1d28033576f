// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/catalog.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit.hpp"
#include "detail/nearest.hpp"

namespace hark::cli {
namespace {

bool is_called(const EventEntry& entry, std::string_view name) noexcept {
  return entry.name == name || entry.family == name;
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

void require_event(std::string_view name) {
  std::vector<std::string_view> known;
  for (const EventEntry& each : events) {
    if (is_called(each, name)) return;
    known.push_back(each.name);
    known.push_back(each.family);
  }
  throw Failure(ExitCode::usage,
                fmt::format("no such event or family '{}'{}",
                            name,
                            hark::detail::did_you_mean(name, known)));
}

EventSet present_events() {
  EventSet present;
  for_each_engine_event([&]<class Family, class E>() {
    present[index_of<E>()] = !requires { E::deprecated; };
  });
  return present;
}

EventSet events_named(const std::vector<std::string>& names) {
  if (names.empty()) return present_events();
  EventSet chosen;
  for (const std::string& name : names) {
    require_event(name);
    bool is_announced = false;
    for (std::size_t i = 0; i < engine_event_count; ++i) {
      if (!is_called(events.at(i), name)) continue;
      is_announced = true;
      chosen.set(i);
    }
    if (!is_announced) {
      throw Failure(ExitCode::usage,
                    fmt::format("'{}' is of schemas, which SQL does not announce", name));
    }
  }
  return chosen;
}

}  // namespace hark::cli
