// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/connection_events.hpp>
#include <hark/engine/dialect_events.hpp>
#include <hark/event/detail/type_name.hpp>
#include <hark/event/events.hpp>
#include <hark/event/signal.hpp>
#include <hark/pool/events.hpp>
#include <hark/schema/events.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// The events that hark announces, as its signal tables have them.
namespace hark::cli {

namespace detail {

/// Is it for hark's own use alone?
template <class Event>
constexpr bool is_internal() noexcept {
  return Event::id.starts_with('_');
}

template <class Family, class List>
struct events_of;

template <class Family, class... Es>
struct events_of<Family, event::list<Es...>> {
  static constexpr std::size_t count = ((is_internal<Es>() ? 0 : 1) + ... + 0);
  template <class Visit>
  static constexpr void visit(Visit&& visit) {
    (visit_one<Es>(visit), ...);
  }

 private:
  template <class E, class Visit>
  static constexpr void visit_one(Visit&& visit) {
    if constexpr (!is_internal<E>()) visit.template operator()<Family, E>();
  }
};

}  // namespace detail

/// Calls `visit.operator()<Family, Event>()` for each event that an Engine announces, in
/// order.
template <class Visit>
constexpr void for_each_engine_event(Visit&& visit) {
  detail::events_of<PoolEvents, PoolEvents::all>::visit(visit);
  detail::events_of<ConnectionEvents, ConnectionEvents::all>::visit(visit);
  detail::events_of<DialectEvents, DialectEvents::all>::visit(visit);
}

/// The same for each event of each family; those of an Engine come first.
template <class Visit>
constexpr void for_each_event(Visit&& visit) {
  for_each_engine_event(visit);
  detail::events_of<DDLEvents, DDLEvents::all>::visit(visit);
}

/// An event's place in the order of for_each_event.
template <class Event>
constexpr std::uint16_t index_of() noexcept {
  std::uint16_t index = 0;
  std::uint16_t found = 0;
  for_each_event([&]<class Family, class E>() {
    if (std::is_same_v<E, Event>) found = index;
    ++index;
  });
  return found;
}

struct EventEntry {
  std::string_view family;
  std::string_view name;
  event::Kind kind;
};

inline constexpr std::size_t engine_event_count =
    detail::events_of<PoolEvents, PoolEvents::all>::count +
    detail::events_of<ConnectionEvents, ConnectionEvents::all>::count +
    detail::events_of<DialectEvents, DialectEvents::all>::count;
inline constexpr std::size_t event_count =
    engine_event_count + detail::events_of<DDLEvents, DDLEvents::all>::count;

/// In the order of for_each_event.
inline constexpr std::array<EventEntry, event_count> events = [] {
  std::array<EventEntry, event_count> made{};
  std::size_t index = 0;
  for_each_event([&]<class Family, class E>() {
    made[index++] = {event::detail::type_name<Family>(), E::id, E::kind};
  });
  return made;
}();

/// The event that announces what `name` is the end of; empty: `name` is no end.
constexpr std::string_view announcement_of(std::string_view name) noexcept {
  constexpr std::string_view ending = "_end";
  if (!name.ends_with(ending)) return {};
  const std::string_view base = name.substr(0, name.size() - ending.size());
  constexpr std::string_view before = "before_";
  for (const EventEntry& entry : events) {
    if (entry.name == base) return entry.name;
    if (entry.name.starts_with(before) && entry.name.substr(before.size()) == base)
      return entry.name;
  }
  return {};
}

std::string_view name_of(event::Kind kind) noexcept;

/// Throws: Failure for a name that is neither an event's nor a family's; it says what may
/// have been meant.
void require_event(std::string_view name);

/// Of what an Engine announces.
using EventSet = std::bitset<engine_event_count>;

/// All but those that are deprecated.
EventSet present_events();

/// The events, and those of the families, of the given names; of no names: present_events.
///
/// Throws: Failure for a name that is neither, or is not announced by an Engine.
EventSet events_named(const std::vector<std::string>& names);

}  // namespace hark::cli
