// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/actions.hpp>
#include <hark/event/detail/lookup.hpp>
#include <hark/event/dispatcher.hpp>
#include <hark/event/events.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace hark::event {

namespace detail {

template <class Self, class Families>
class TargetOf;

template <class Self, class... Fs>
class TargetOf<Self, families<Fs...>> : public Dispatcher<Fs>...,
                                        public Actions<Self, families<Fs...>> {
  using Mine = Actions<Self, families<Fs...>>;

 public:
  TargetOf() { (Access::init_class<Self>(static_cast<Dispatcher<Fs>&>(*this)), ...); }
  TargetOf(const TargetOf& other) : Dispatcher<Fs>(other)... { set_class(); }
  TargetOf(TargetOf&& other) noexcept : Dispatcher<Fs>(std::move(other))... {
    set_class();
  }
  TargetOf& operator=(const TargetOf&) noexcept = default;
  ~TargetOf() = default;

 protected:
  using Mine::emit;
  using Mine::exec_once;
  using Mine::exec_once_unless_exception;
  using Mine::exec_sync_on_first_run;
  using Mine::has_listeners;
  using Mine::join;
  using Mine::leave_class;
  using Mine::listener_count;
  using Mine::update_listeners;

 private:
  void set_class() {
    (Access::set_class<Self>(static_cast<Dispatcher<Fs>&>(*this)), ...);
  }
};

/// The families of a closure for which Base has no dispatcher yet.
template <class Base, class... Fs>
struct added_to {
  using type = families<>;
};
template <class Base, class F, class... Fs>
struct added_to<Base, families<F, Fs...>> {
  template <class... Rest>
  static auto with(families<Rest...>)
      -> std::conditional_t<dispatches<Base, F>, families<Rest...>, families<F, Rest...>>;
  using type = decltype(with(typename added_to<Base, families<Fs...>>::type{}));
};

/// The dispatchers that a subclass adds to its base's.
template <class Self, class Families>
class AddedDispatchers;
template <class Self, class... Fs>
class AddedDispatchers<Self, families<Fs...>> : public Dispatcher<Fs>... {};

template <class Self, class Base, class... Families>
using Added = AddedDispatchers<
    Self,
    typename added_to<Base, closure<typename Base::event_families, Families...>>::type>;

/// `object` is what there is of a Self while its constructor runs.
template <class Self, class Object, class... Fs>
void set_class_of(Object& object, families<Fs...>) {
  (Access::set_class<Self>(static_cast<Dispatcher<Fs>&>(object)), ...);
}

/// Are Args not those of T's copy or move constructor?
template <class T, class... Args>
concept not_a_copy = sizeof...(Args) != 1 ||
                     !(std::is_base_of_v<T, std::remove_cvref_t<Args>> || ...);

}  // namespace detail

/// The base of a class that dispatches the events of some families.
///
///     class Pool : public event::Target<Pool, PoolEvents> {
///      public:
///       void checkout(Connection& connection) { emit<PoolEvents::checkout>(connection);
///       }
///     };
///
/// Everybody may listen on a Pool; Pool and its subclasses alone dispatch: the members
/// are protected, see detail/actions.hpp. A class to which `every<Subclass>` shall apply
/// derives from event::Subclass. Copying an object copies the listeners registered with
/// event::propagate, moving it moves all, and assigning to it changes none. A class that
/// declares a destructor has no moves unless it declares them too (noexcept, for a
/// std::vector of it): it is then copied. In a class template the members are called as
/// `this->template emit<E>(…)`.
///
/// Thread safety: as Dispatcher. No lock of hark's is held while a listener runs.
/// Cost: 16 bytes per family, 24 where it is joinable; a test at construction. Threads
/// that dispatch write no memory in common. Guarantees:
///  - <event.target-1> Listeners may be added and removed and the target destroyed on any
///  thread
///    at any time, also by a listener of the same event, at any depth of nesting.
///  - <event.target-2> A dispatch calls the listeners that were there when it began, in
///  order,
///    less those removed since and not yet called.
///  - <event.target-3> A listener may run for long, dispatch again, throw, and end its
///  own
///    subscription; meanwhile others listen, remove and dispatch without waiting for it.
///  - <event.target-4> An exception leaves the dispatch and reaches the emitter; the
///  listeners
///    behind are not called, and the next dispatch calls all.
///  - <event.target-5> Where nobody listens, nothing is called and nothing allocated.
template <class Self, class... Families>
class Target : public detail::TargetOf<Self, detail::closure<Families...>> {
 public:
  using event_class = Self;
  using event_base = void;
  using event_families = detail::closure<Families...>;
};

/// The base of a subclass of a target: `class QueuePool : public
/// event::Subclass<QueuePool, Pool>`.
///
/// Its objects get what is listened to on Pool and on QueuePool. Arguments of the
/// constructor go to Base. More families may join those of Base.
template <class Self, class Base, class... Families>
class Subclass
    : public Base,
      public detail::Added<Self, Base, Families...>,
      public detail::
          Actions<Self, detail::closure<typename Base::event_families, Families...>> {
  using Added = detail::Added<Self, Base, Families...>;
  using Mine =
      detail::Actions<Self, detail::closure<typename Base::event_families, Families...>>;

 public:
  using event_class = Self;
  using event_base = Base;
  using event_families = detail::closure<typename Base::event_families, Families...>;

  template <class... Args>
  requires detail::not_a_copy<Subclass, Args...>
  explicit(sizeof...(Args) == 1) Subclass(Args&&... arguments)
      : Base(std::forward<Args>(arguments)...) {
    set_class();
  }
  Subclass(const Subclass& other) : Base(other), Added(other) { set_class(); }
  Subclass(Subclass&& other) noexcept
      : Base(static_cast<Base&&>(other)), Added(static_cast<Added&&>(other)) {
    set_class();
  }
  Subclass& operator=(const Subclass&) = default;
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): as the base's
  Subclass& operator=(Subclass&&) = default;
  ~Subclass() = default;  // NOLINT(modernize-use-override): Base decides

 protected:
  using Mine::emit;
  using Mine::exec_once;
  using Mine::exec_once_unless_exception;
  using Mine::exec_sync_on_first_run;
  using Mine::has_listeners;
  using Mine::join;
  using Mine::leave_class;
  using Mine::listener_count;
  using Mine::update_listeners;

 private:
  void set_class() { detail::set_class_of<Self>(*this, event_families{}); }
};

}  // namespace hark::event
