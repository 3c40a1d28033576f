// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/access.hpp>
#include <hark/event/detail/emission.hpp>
#include <hark/event/detail/lookup.hpp>
#include <hark/event/dispatcher.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace hark::event::detail {

/// The class of objects that have left theirs; nobody can listen on it.
struct Classless {
  using event_class = Classless;
  using event_base = void;
};

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

  /// Would emit<E>() call anything, for one of them? Asked before arguments are built that
  /// are dear. Those of one family are cheaper to ask for together.
  template <class E, class... More>
  [[gnu::always_inline]] bool has_listeners() const noexcept {
    return Access::has_listeners(dispatcher<E>(), index<E>, index<More>...);
  }

  /// How many listeners of E are registered on all levels, a `once` that has run
  /// included.
  template <class E>
  std::size_t listener_count() const {
    std::size_t sum = 0;
    Access::visit_levels(dispatcher<E>(), [&](const Level& level, bool) {
      sum += count(level, index<E>);
    });
    return sum;
  }

  /// Calls E's listeners once in the object's life, also when one throws. All get the
  /// same arguments and what they answer is dropped. Another thread that calls meanwhile
  /// waits until it is done; a listener that calls it again is not obeyed. True: this
  /// call was the one. Source: SQLAlchemy lib/sqlalchemy/event/attr.py,
  /// _CompoundListener.exec_once.
  template <class E, class... Args>
  bool exec_once(Args&&... arguments) {
    return exec<E>(OncePolicy::always_done, std::forward<Args>(arguments)...);
  }

  /// As exec_once, but a run that throws does not count, and the next call tries again.
  template <class E, class... Args>
  bool exec_once_unless_exception(Args&&... arguments) {
    return exec<E>(OncePolicy::done_on_success, std::forward<Args>(arguments)...);
  }

  /// Calls E's listeners as exec_once does, but on every call; until one call has
  /// succeeded, one thread at a time. Source: SQLAlchemy lib/sqlalchemy/event/attr.py,
  /// _exec_w_sync_on_first_run.
  template <class E, class... Args>
  void exec_sync_on_first_run(Args&&... arguments) {
    exec<E>(OncePolicy::synchronize_first, std::forward<Args>(arguments)...);
  }

  /// Registers the source's own listeners here too: those with event::propagate, or all.
  /// What is here already is not doubled. Source: SQLAlchemy
  /// lib/sqlalchemy/event/base.py, _Dispatch._update.
  template <class Source>
  void update_listeners(const Source& source, bool only_propagate = true) {
    static_assert(shares_family<Source, false>(Families{}),
                  "update_listeners: the source dispatches no family of this target");
    for_each(Families{}, [&]<class F>(std::type_identity<F>) {
      if constexpr (dispatches<Source, F>) {
        Dispatcher<F>& to = static_cast<Self&>(*this);
        Access::update<F>(to, source, only_propagate);
      }
    });
  }

  /// Class-level listeners reach this object only through what it is joined to.
  /// Source: SQLAlchemy, _sa_propagate_class_events.
  void leave_class() {
    for_each(Families{}, [&]<class F>(std::type_identity<F>) {
      Access::set_class<Classless>(
          static_cast<Dispatcher<F>&>(static_cast<Self&>(*this)));
    });
  }

  /// Joins the dispatch of the joinable families to the parent's: own listeners first,
  /// then the parent's, whatever is registered on either later.
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
  template <class Family, class... Fs>
  static auto first_of(families<Family, Fs...>) -> Family;

  /// Where there is none, one sentence is enough: the compiler goes on with another
  /// family.
  template <class E>
  static constexpr auto find_owner() {
    using Owner = typename owner_in<E, Families>::type;
    constexpr bool is_found = !std::is_void_v<Owner>;
    static_assert(is_found, "this target does not emit this event");
    using Found = std::conditional_t<is_found, Owner, decltype(first_of(Families{}))>;
    return std::type_identity<Found>{};
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

}  // namespace hark::event::detail
