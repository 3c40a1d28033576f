// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/fwd.hpp>

namespace hark::event {

/// The events of a family, in the order in which they are documented.
template <class... Es>
struct list {};

/// The families whose events a class offers: `using event_families =
/// event::families<…>;`.
///
/// event::Target declares it for the classes that own dispatchers; a class that only
/// stands for another (an Engine for its Pool) declares it itself. The first family with
/// a name wins.
template <class... Families>
struct families {};

/// "Listening on class From means listening on class To", inside event::resolves.
template <class From, class To>
struct to {};

/// A family's rules for classes: `using class_targets = event::resolves<event::to<Engine,
/// Pool>>;`.
template <class... Rules>
struct resolves {};

/// The base of an event family: a struct of events that is table and documentation at
/// once.
///
///     struct PoolEvents : event::Events<PoolEvents> {
///       struct checkout : event::signal<"checkout", void(Connection& connection)> {};
///       using all = event::list<checkout>;
///
///       static Pool& accept_with(Engine& engine) { return engine.pool(); }
///       using class_targets = event::resolves<event::to<Engine, Pool>>;
///     };
///
/// `all` lists the family's own events; those of Parents are inherited, and listeners of
/// a parent's event are shared with it. `accept_with(T&)` answers which object listening
/// on a T means: a reference, or a pointer that is null where this T has none. Without a
/// rule a class derived from event::Target stands for itself. `static constexpr bool
/// joinable = true;` lets an object's dispatch continue in another's (a Connection's in
/// its Engine's), at the price of one pointer more per object. Source: SQLAlchemy
/// lib/sqlalchemy/event/base.py, Events.
template <class Family, class... Parents>
struct Events {
  using event_parents = families<Parents...>;
  using class_targets = resolves<>;
  static constexpr bool joinable = false;
};

/// The target that stands for a class: `event::listen(event::every<Pool>, "checkout",
/// f)`.
template <class T>
struct every_t {};

/// Listening on it reaches every object of T and of T's subclasses, made before or after.
template <class T>
inline constexpr every_t<T> every{};

}  // namespace hark::event
