// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/access.hpp>
#include <hark/event/detail/lookup.hpp>
#include <hark/event/place.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

/// From a target as the user gives it to the level on which its listeners are kept.
namespace hark::event::detail {

template <class T>
inline constexpr bool is_class_target = false;
template <class C>
inline constexpr bool is_class_target<const every_t<C>> = true;

/// Throws InvalidRequestError: the rule of the family answered null.
[[noreturn]] void throw_no_target(std::string_view event, std::string_view target);

/// What dispatches on a T runs on fibers, which can wait for a listener: it stands for the
/// object that event_target() answers.
template <class T>
concept asynchronous_target = requires(T& target) {
  target.event_target();
};
template <asynchronous_target T>
using object_within =
    std::remove_reference_t<decltype(std::declval<T&>().event_target())>;

/// May a listener on a T be awaited?
enum class Awaiting { never, asked, always };

/// Asked is the family's rule `awaits_on(T&)`.
template <class Family, class T>
constexpr Awaiting awaiting() noexcept {
  if constexpr (asynchronous_target<T>) {
    return Awaiting::always;
  } else if constexpr (requires(T & target) { Family::awaits_on(target); }) {
    return Awaiting::asked;
  } else {
    return Awaiting::never;
  }
}

/// Where listeners of one event on a T are kept. T is not const.
template <class Family, class Owner, class T>
struct Site {
  static constexpr bool exists = !std::is_const_v<T> && accepts_object<Family, T>;
  static constexpr std::string_view target_name = type_name<T>();

  static auto* resolve(T& target) {
    if constexpr (has_accept_rule<Family, T>) {
      if constexpr (std::is_pointer_v<decltype(Family::accept_with(target))>) {
        return Family::accept_with(target);
      } else {
        return &Family::accept_with(target);
      }
    } else {
      return &target;
    }
  }

  using Class = std::remove_pointer_t<decltype(resolve(std::declval<T&>()))>;

  /// The dispatcher; null: the family's rule names no object.
  static Dispatcher<Owner>* dispatcher_if_any(T& target) { return resolve(target); }

  /// The dispatcher, and in `via` the target if it only stands for the dispatcher's
  /// object.
  static Dispatcher<Owner>& dispatcher(T& target, Via& via, std::string_view event) {
    auto* accepted = resolve(target);
    if (accepted == nullptr) throw_no_target(event, target_name);
    Dispatcher<Owner>& found = *accepted;
    bool itself = false;
    if constexpr (dispatches<T, Owner>) {
      itself = &static_cast<Dispatcher<Owner>&>(target) == &found;
    }
    if (!itself) via = {static_cast<const void*>(&target), &type_tag<T>};
    return found;
  }

  static Level& level(T& target, Via& via, std::string_view event) {
    return Access::own_level(dispatcher(target, via, event));
  }
  /// The same without making one; null: nothing was ever registered on the object itself.
  static Level* present_level(T& target, Via& via, std::string_view event) {
    return Access::own_level_if_any(dispatcher(target, via, event));
  }
};

template <class Family, class Owner, class C>
struct Site<Family, Owner, const every_t<C>> {
  using Class = class_target<Family, C>;
  static constexpr bool exists = !std::is_void_v<Class>;
  static constexpr std::string_view target_name = type_name<C>();

  static Level& level(const every_t<C>&, Via& via, std::string_view) {
    static_assert(std::is_same_v<typename Class::event_class, Class>,
                  "this class shares its base's class-level listeners: derive it from "
                  "event::Subclass to listen on it");
    if constexpr (!std::is_same_v<Class, C>) via = {nullptr, &type_tag<C>};
    Level& level = class_level_of<Owner, Class>::level;
    if (!level.met.load(std::memory_order_acquire)) meet(level);
    return level;
  }
  static Level* present_level(const every_t<C>& target,
                              Via& via,
                              std::string_view event) {
    return &level(target, via, event);
  }
};

/// An asynchronous target: listening on it is listening on the object within.
template <class Family, class Owner, asynchronous_target T>
struct Site<Family, Owner, T> {
  using Within = Site<Family, Owner, object_within<T>>;
  using Class = typename Within::Class;
  static constexpr bool exists = !std::is_const_v<T> && Within::exists;
  static constexpr std::string_view target_name = type_name<T>();

  static auto* dispatcher_if_any(T& target) {
    return Within::dispatcher_if_any(target.event_target());
  }
  static Level& level(T& target, Via& via, std::string_view event) {
    return Within::level(target.event_target(), via, event);
  }
  static Level* present_level(T& target, Via& via, std::string_view event) {
    return Within::present_level(target.event_target(), via, event);
  }
};

/// Event E as listeners on a T see it.
template <class E, class Family, class Owner, class T>
using seen_at = typename seen_on<E, typename Site<Family, Owner, T>::Class>::type;

template <class T>
struct families_of_target {
  using type = closure<typename declared_families<std::remove_cv_t<T>>::type>;
};
template <class C>
struct families_of_target<const every_t<C>> : families_of_target<C> {};
template <asynchronous_target T>
struct families_of_target<T> : families_of_target<object_within<T>> {};

/// The family whose rules accept a T for the events that Owner declares: Owner itself or
/// one that inherits from it; void if none.
template <class Owner, class T, class Families>
struct accepting {
  using type = void;
};
template <class Owner, class T, class F, class... Fs>
struct accepting<Owner, T, families<F, Fs...>> {
  static auto find() {
    if constexpr (contains_family<closure<F>, Owner> && Site<F, Owner, T>::exists) {
      return std::type_identity<F>{};
    } else {
      return std::type_identity<typename accepting<Owner, T, families<Fs...>>::type>{};
    }
  }
  using type = typename decltype(find())::type;
};

/// Every event that a T offers: calls visit.operator()<Family, Owner, Event>() on each.
template <class T>
struct events_of {
  using target_families = typename families_of_target<T>::type;

  template <class Visit>
  static constexpr void visit(Visit&& visit) {
    over_families(target_families{}, visit);
  }

 private:
  template <class... Os, class Visit>
  static constexpr void over_families(families<Os...>, Visit& visit) {
    (over_family<Os>(typename events_in<Os>::type{}, visit), ...);
  }
  template <class Owner, class... Es, class Visit>
  static constexpr void over_family(list<Es...>, Visit& visit) {
    using Family = typename accepting<Owner, T, target_families>::type;
    if constexpr (!std::is_void_v<Family>) {
      (visit.template operator()<Family, Owner, Es>(), ...);
    }
  }
};

template <class Owner, class T, class Visit>
void visit_family(T& target, Visit& visit) {
  using Family =
      typename accepting<Owner, T, typename events_of<T>::target_families>::type;
  if constexpr (!std::is_void_v<Family>) {
    using Found = Site<Family, Owner, T>;
    if constexpr (is_class_target<T>) {
      Via via;
      visit(Found::level(target, via, {}), false);
    } else if (const auto* dispatcher = Found::dispatcher_if_any(target)) {
      Access::visit_levels(*dispatcher, visit);
    }
  }
}

template <class T, class... Os, class Visit>
void visit_families(families<Os...>, T& target, Visit& visit) {
  (visit_family<Os>(target, visit), ...);
}

/// Shows `visit` the levels whose listeners a dispatch on `target` calls, and whether
/// each is a joined parent's; of a class its own level.
template <class T, class Visit>
void visit_levels(T& target, Visit&& visit) {
  visit_families(typename events_of<T>::target_families{}, target, visit);
}

}  // namespace hark::event::detail
