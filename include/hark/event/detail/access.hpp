// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/dispatcher.hpp>
#include <hark/event/subscription.hpp>

#include <atomic>
#include <cstdint>

namespace hark::event::detail {

/// The gate through which targets and `listen` reach a Dispatcher's private functions.
struct Access {
  template <class Class, class Family>
  static void set_class(Dispatcher<Family>& dispatcher) {
    dispatcher.template set_class<Class>();
  }
  template <class Class, class Family>
  static void init_class(Dispatcher<Family>& dispatcher) {
    dispatcher.template init_class<Class>();
  }
  template <class Family>
  static void join(Dispatcher<Family>& child, const Dispatcher<Family>& parent) noexcept {
    child.join(parent);
  }
  template <class Family>
  static void update(Dispatcher<Family>& to,
                     const Dispatcher<Family>& from,
                     bool only_propagate) {
    to.update(from, only_propagate);
  }
  template <class Family>
  static Level& own_level(Dispatcher<Family>& dispatcher) {
    return dispatcher.own_level();
  }
  template <class Family>
  static Level* own_level_if_any(const Dispatcher<Family>& dispatcher) noexcept {
    return dispatcher.own_level_if_any();
  }
  template <class Family, class Visit>
  static void visit_levels(const Dispatcher<Family>& dispatcher, Visit&& visit) {
    dispatcher.visit_levels(visit);
  }
  template <class Family, class... Events>
  [[gnu::always_inline]] static bool has_listeners(const Dispatcher<Family>& dispatcher,
                                                   Events... events) noexcept {
    return dispatcher.has_listeners(events...);
  }
  template <class Family>
  [[gnu::always_inline]] static const std::atomic<Shown>& slot(
      const Dispatcher<Family>& dispatcher, std::uint32_t event) noexcept {
    return dispatcher.slot(event);
  }
  template <class Family>
  [[gnu::always_inline]] static const Dispatcher<Family>* parent(
      const Dispatcher<Family>& dispatcher) noexcept {
    return dispatcher.parent();
  }
  static Subscription subscription(Listener* counted) noexcept {
    return Subscription(counted);
  }
};

}  // namespace hark::event::detail
