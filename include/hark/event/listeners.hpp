// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/site.hpp>
#include <hark/event/place.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hark::event {

/// A registered listener, as event::listeners shows it.
struct ListenerInfo {
  std::string_view event;
  std::size_t order =
      0;  ///< among the event's listeners, in the order of a dispatch; from 0
  std::string_view
      class_name;       ///< of a class-level listener; empty: on the object itself
  bool parent = false;  ///< it is the joined parent's
  std::string label;    ///< empty if it has none
  Place place;          ///< of the listen call
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  bool retval = false;
  bool propagate = false;
  bool once = false;
  bool isolate = false;
  bool blocked = false;
};

namespace detail {

/// Appends what is registered on `level`, event by event.
void append_listeners(std::vector<ListenerInfo>& to, const Level& level, bool parent);

/// Brings the events together, keeping the order of levels, and numbers them.
void number_listeners(std::vector<ListenerInfo>& infos);

}  // namespace detail

/// What is registered on an object, on its classes and its joined parents, event by
/// event, in the order of a dispatch; internal listeners left out.
///
/// Thread safety: safe at any time.
template <class T>
std::vector<ListenerInfo> listeners(T& target) {
  std::vector<ListenerInfo> infos;
  detail::visit_levels(target, [&](const detail::Level& level, bool parent) {
    detail::append_listeners(infos, level, parent);
  });
  detail::number_listeners(infos);
  return infos;
}

}  // namespace hark::event
