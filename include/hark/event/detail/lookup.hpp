// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/level.hpp>
#include <hark/event/detail/signature.hpp>
#include <hark/event/detail/type_name.hpp>
#include <hark/event/events.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

/// Which families, events and classes there are: questions to types, answered by the
/// compiler.
namespace hark::event::detail {

// -- packs of families ------------------------------------------------------------------

template <class T, class... Ts>
inline constexpr bool one_of = (std::is_same_v<T, Ts> || ...);

template <class E>
concept event_type = requires {
  typename E::signature;
  E::id;
  E::kind;
};

template <class List>
inline constexpr bool lists_events = false;
template <event_type... Es>
inline constexpr bool lists_events<list<Es...>> = true;

/// A family's own events. A mistake in the family is said once: none are the result.
template <class Family>
struct events_in {
  static auto find() {
    if constexpr (!requires { typename Family::all; }) {
      static_assert(sizeof(Family) == 0,
                    "an event family lists its events: using all = event::list<...>");
      return std::type_identity<list<>>{};
    } else if constexpr (!lists_events<typename Family::all>) {
      static_assert(
          sizeof(Family) == 0,
          "event::list takes events: types derived from event::signal, chain or first");
      return std::type_identity<list<>>{};
    } else {
      return std::type_identity<typename Family::all>{};
    }
  }
  using type = typename decltype(find())::type;
};

template <class F>
concept declares_parents = requires {
  typename F::event_parents;
};

/// Appends to a list of families those that it lacks, each behind its parents.
template <class Done, class... More>
struct closed;
template <class... Done>
struct closed<families<Done...>> {
  using type = families<Done...>;
};
template <class... Done, class... Nested, class... More>
struct closed<families<Done...>, families<Nested...>, More...>
    : closed<families<Done...>, Nested..., More...> {};
template <class... Done, class F, class... More>
struct closed<families<Done...>, F, More...> : closed<families<Done...>, More...> {
  static_assert(declares_parents<F>,
                "an event family derives from event::Events<Family>");
};
template <class... Done, declares_parents F, class... More>
struct closed<families<Done...>, F, More...> {
  using parents = typename closed<families<Done...>, typename F::event_parents>::type;
  template <class... Ps>
  static auto with(families<Ps...>)
      -> std::conditional_t<one_of<F, Ps...>, families<Ps...>, families<Ps..., F>>;
  using type = typename closed<decltype(with(parents{})), More...>::type;
};

/// A family and all that it inherits from.
template <class... Fs>
using closure = typename closed<families<>, Fs...>::type;

template <class Families, class F>
inline constexpr bool contains_family = false;
template <class... Fs, class F>
inline constexpr bool contains_family<families<Fs...>, F> = one_of<F, Fs...>;

// -- the events of a family -------------------------------------------------------------

template <class List>
struct event_table;
template <class... Es>
struct event_table<list<Es...>> {
  static constexpr std::uint32_t count = sizeof...(Es);
  static constexpr EventInfo events[count + 1] = {{Es::id, deprecated_message<Es>()}...,
                                                  {"", ""}};

  static consteval bool names_differ() {
    for (std::uint32_t i = 0; i < count; ++i) {
      for (std::uint32_t j = 0; j < i; ++j) {
        if (events[i].name == events[j].name) return false;
      }
    }
    return true;
  }
  static_assert(names_differ(), "two events of this family have the same name");

  template <class E>
  static constexpr bool has = one_of<E, Es...>;

  template <class E>
  static consteval std::uint32_t index_of() {
    std::uint32_t index = 0;
    static_cast<void>(((std::is_same_v<E, Es> || (++index, false)) || ...));
    return index;
  }
};

template <class Family>
using table_of = event_table<typename events_in<Family>::type>;

template <class Family>
inline constinit FamilyInfo family_info{
    type_name<Family>(), table_of<Family>::events, table_of<Family>::count};

/// The family in whose own list E stands, among those of a closure; void if none.
template <class E, class Families>
struct owner_in {
  using type = void;
};
template <class E, class F, class... Fs>
struct owner_in<E, families<F, Fs...>> {
  static auto find() {
    if constexpr (table_of<F>::template has<E>) {
      return std::type_identity<F>{};
    } else {
      return std::type_identity<typename owner_in<E, families<Fs...>>::type>{};
    }
  }
  using type = typename decltype(find())::type;
};

// -- classes ----------------------------------------------------------------------------

template <class T, class Family>
concept dispatches = std::derived_from<T, Dispatcher<Family>>;

template <class Family, class Class>
struct class_level_of;

/// The class-level listeners of Family on Class, for the life of the process.
template <class Family, class Class>
Level& class_level() noexcept {
  return class_level_of<Family, Class>::level;
}

template <class Family, class Class>
struct class_level_of {
  static constexpr Level* base() noexcept {
    using Base = typename Class::event_base;
    if constexpr (dispatches<Base, Family>) {
      return &class_level_of<Family, typename Base::event_class>::level;
    } else {
      return nullptr;
    }
  }
  static inline constinit ClassInfo info{type_name<Class>(), base()};
  static inline constinit LevelOf<table_of<Family>::count> level{&family_info<Family>,
                                                                 &info};
};

// -- targets ----------------------------------------------------------------------------

template <class Family, class T>
concept has_accept_rule = requires(T& target) {
  Family::accept_with(target);
};

/// Does Family have something to dispatch on, when a T is listened to?
template <class Family, class T>
concept accepts_object = has_accept_rule<Family, T> || dispatches<T, Family>;

/// The class that stands for class T in the rules of Family: itself where none applies,
/// and T is a dispatching class; else void.
template <class Family, class T, class Rules>
struct class_rule {
  using type = std::conditional_t<dispatches<T, Family>, T, void>;
};
template <class Family, class T, class From, class To, class... Rules>
struct class_rule<Family, T, resolves<to<From, To>, Rules...>> {
  using type =
      std::conditional_t<std::derived_from<T, From>,
                         To,
                         typename class_rule<Family, T, resolves<Rules...>>::type>;
};

template <class Family, class T>
using class_target = typename class_rule<Family, T, typename Family::class_targets>::type;

template <class T>
constexpr bool knows_itself() noexcept {
  if constexpr (requires { typename T::event_class; }) {
    return std::derived_from<T, typename T::event_class>;
  } else {
    return true;
  }
}

/// The families declared for T, without those that they inherit from.
template <class T>
struct declared_families {
  using type = families<>;
};
template <class T>
requires requires { typename T::event_families; }
struct declared_families<T> {
  static_assert(
      knows_itself<T>(),
      "the first argument of event::Target and event::Subclass is the class itself");
  using type = typename T::event_families;
};

}  // namespace hark::event::detail
