// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/access.hpp>
#include <hark/event/detail/emission.hpp>
#include <hark/event/detail/lookup.hpp>
#include <hark/event/dispatcher.hpp>
#include <hark/event/events.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace hark::event {

namespace detail {

/// What a target may do with the events of its own families; all of it protected.
template <class Self, class Families>
class Actions {
 protected:
  /// Calls E's listeners. A `first` event returns the first true answer, or an empty one.
  ///
  /// Throws: what a listener throws, unless it was registered with event::isolate; the
  /// listeners behind it are then not called.
  /// Cost: nobody listening: two dependent loads, a test and a branch, inlined.
  template <class E, class... Args>
  [[gnu::always_inline]] decltype(auto) emit(Args&&... arguments) const {
    return Emitter<E, owner<E>>::emit(dispatcher<E>(), std::forward<Args>(arguments)...);
  }

  /// Would emit<E>() call anything? Asked before arguments are built that are dear.
  template <class E>
  [[gnu::always_inline]] bool has_listeners() const noexcept {
    return Access::has_listeners(dispatcher<E>(), index<E>);
  }

  /// How many listeners of E are registered on all levels, a `once` that has run included.
  template <class E>
  std::size_t listener_count() const {
    std::size_t sum = 0;
    Access::visit_levels(dispatcher<E>(), [&](const Level& level, bool) {
      sum += count(level, index<E>);
    });
    return sum;
  }

  /// Calls E's listeners once in the object's life, also when one throws. All get the same
  /// arguments and what they answer is dropped. Another thread that calls meanwhile waits until
  /// it is done; a listener that calls it again is not obeyed. True: this call was the one.
  /// Source: SQLAlchemy lib/sqlalchemy/event/attr.py, _CompoundListener.exec_once.
  template <class E, class... Args>
  bool exec_once(Args&&... arguments) {
    return exec<E>(OncePolicy::always_done, std::forward<Args>(arguments)...);
  }

  /// As exec_once, but a run that throws does not count, and the next call tries again.
  template <class E, class... Args>
  bool exec_once_unless_exception(Args&&... arguments) {
    return exec<E>(OncePolicy::done_on_success, std::forward<Args>(arguments)...);
  }

  /// Calls E's listeners as exec_once does, but on every call; until one call has succeeded,
  /// one thread at a time.
  /// Source: SQLAlchemy lib/sqlalchemy/event/attr.py, _exec_w_sync_on_first_run.
  template <class E, class... Args>
  void exec_sync_on_first_run(Args&&... arguments) {
    exec<E>(OncePolicy::synchronize_first, std::forward<Args>(arguments)...);
  }

  /// Registers the source's own listeners here too: those with event::propagate, or all. What
  /// is here already is not doubled.
  /// Source: SQLAlchemy lib/sqlalchemy/event/base.py, _Dispatch._update.
  template <class Source>
  void update_listeners(const Source& source, bool only_propagate = true) {
    static_assert(shares_family<Source, false>(Families{}),
                  "update_listeners: the source dispatches no family of this target");
    for_each(Families{}, [&]<class F>(std::type_identity<F>) {
      if constexpr (dispatches<Source, F>) {
        Dispatcher<F>& to = static_cast<Self&>(*this);
        Access::update(to, source, only_propagate);
      }
    });
  }

  /// Joins the dispatch of the joinable families to the parent's: own listeners first, then
  /// the parent's, whatever is registered on either later.
  ///
  /// Lifetime: the parent outlives this object, and does not move.
  /// Source: SQLAlchemy lib/sqlalchemy/event/base.py, _Dispatch._join.
  template <class Parent>
  void join(const Parent& parent) noexcept {
    static_assert(shares_family<Parent, true>(Families{}),
                  "join: the parent dispatches no joinable family of this target");
    for_each(Families{}, [&]<class F>(std::type_identity<F>) {
      if constexpr (F::joinable && dispatches<Parent, F>) {
        Dispatcher<F>& child = static_cast<Self&>(*this);
        Access::join<F>(child, parent);
      }
    });
  }

 private:
  template <class E>
  static constexpr auto find_owner() {
    using Owner = typename owner_in<E, Families>::type;
    static_assert(!std::is_void_v<Owner>, "this target does not emit this event");
    return std::type_identity<Owner>{};
  }
  template <class E>
  using owner = typename decltype(find_owner<E>())::type;
  template <class E>
  static constexpr std::uint32_t index = table_of<owner<E>>::template index_of<E>();

  template <class E>
  const Dispatcher<owner<E>>& dispatcher() const noexcept {
    return static_cast<const Self&>(*this);
  }

  template <class Other, bool Joinable, class... Fs>
  static constexpr bool shares_family(families<Fs...>) noexcept {
    return ((dispatches<Other, Fs> && (Fs::joinable || !Joinable)) || ...);
  }

  template <class... Fs, class Visit>
  static void for_each(families<Fs...>, Visit&& visit) {
    (visit(std::type_identity<Fs>{}), ...);
  }

  template <class E, class... Args>
  bool exec(OncePolicy policy, Args&&... arguments) {
    Dispatcher<owner<E>>& self = static_cast<Self&>(*this);
    OnceRun run(Access::own_level(self), index<E>, policy);
    if (!run.should_run()) return false;
    Emitter<E, owner<E>>::emit_to_all(self, std::forward<Args>(arguments)...);
    run.finish();
    return true;
  }
};

template <class Self, class Families>
class TargetOf;

template <class Self, class... Fs>
class TargetOf<Self, families<Fs...>> : public Dispatcher<Fs>...,
                                        public Actions<Self, families<Fs...>> {
  using Mine = Actions<Self, families<Fs...>>;

 public:
  TargetOf() { set_class(); }
  TargetOf(const TargetOf& other) : Dispatcher<Fs>(other)... {
    set_class();
  }
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
  using Mine::listener_count;
  using Mine::update_listeners;

 private:
  void set_class() { (Access::set_class<Self>(static_cast<Dispatcher<Fs>&>(*this)), ...); }
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
    Self, typename added_to<Base, closure<typename Base::event_families, Families...>>::type>;

template <class Self, class... Fs>
void set_class_of(Self& self, families<Fs...>) {
  (Access::set_class<Self>(static_cast<Dispatcher<Fs>&>(self)), ...);
}

}  // namespace detail

/// The base of a class that dispatches the events of some families.
///
///     class Pool : public event::Target<Pool, PoolEvents> {
///      public:
///       void checkout(Connection& connection) { emit<PoolEvents::checkout>(connection); }
///     };
///
/// Everybody may listen on a Pool; Pool and its subclasses alone dispatch: the members are
/// protected, see detail::Actions. A class to which `every<Subclass>` shall apply derives from
/// event::Subclass. Copying an object copies the listeners registered with event::propagate,
/// moving it moves all, and assigning to it changes none. A class that declares a destructor has
/// no moves unless it declares them too (noexcept, for a std::vector of it): it is then copied.
/// In a class template the members are called as `this->template emit<E>(…)`.
///
/// Thread safety: as Dispatcher.
/// Cost: 16 bytes per family, 24 where it is joinable; a test at construction.
template <class Self, class... Families>
class Target : public detail::TargetOf<Self, detail::closure<Families...>> {
 public:
  using event_class = Self;
  using event_base = void;
  using event_families = detail::closure<Families...>;
};

/// The base of a subclass of a target: `class QueuePool : public event::Subclass<QueuePool, Pool>`.
///
/// Its objects get what is listened to on Pool and on QueuePool. Arguments of the constructor go
/// to Base. More families may join those of Base.
template <class Self, class Base, class... Families>
class Subclass
    : public Base,
      public detail::Added<Self, Base, Families...>,
      public detail::Actions<Self, detail::closure<typename Base::event_families, Families...>> {
  using Added = detail::Added<Self, Base, Families...>;
  using Mine = detail::Actions<Self, detail::closure<typename Base::event_families, Families...>>;

 public:
  using event_class = Self;
  using event_base = Base;
  using event_families = detail::closure<typename Base::event_families, Families...>;

  template <class... Args>
    requires(!(sizeof...(Args) == 1 &&
               (std::is_base_of_v<Subclass, std::remove_cvref_t<Args>> || ...)))
  explicit(sizeof...(Args) == 1) Subclass(Args&&... arguments) : Base(std::forward<Args>(arguments)...) {
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
  ~Subclass() = default;

 protected:
  using Mine::emit;
  using Mine::exec_once;
  using Mine::exec_once_unless_exception;
  using Mine::exec_sync_on_first_run;
  using Mine::has_listeners;
  using Mine::join;
  using Mine::listener_count;
  using Mine::update_listeners;

 private:
  void set_class() { detail::set_class_of(static_cast<Self&>(*this), event_families{}); }
};

}  // namespace hark::event
