// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/bind.hpp>
#include <hark/event/detail/site.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

/// Names of events, at compile time and at run time.
namespace hark::event::detail {

/// What a T offers, as data.
template <class T>
struct offered {
  struct Event {
    std::string_view name;
    std::uint32_t index;
    Level& (*level)(T&, Via&, std::string_view);
    Level* (*present_level)(T&, Via&, std::string_view);
  };
  static constexpr std::size_t count = [] {
    std::size_t n = 0;
    events_of<T>::visit([&]<class F, class O, class E>() { n += is_internal(E::id) ? 0 : 1; });
    return n;
  }();
  struct Table {
    Event events[count + 1];
  };
  static constexpr Table table = [] {
    Table made{};
    std::size_t n = 0;
    events_of<T>::visit([&]<class F, class O, class E>() {
      if (!is_internal(E::id)) {
        made.events[n++] = {E::id, table_of<O>::template index_of<E>(), &Site<F, O, T>::level,
                            &Site<F, O, T>::present_level};
      }
    });
    return made;
  }();
  static constexpr std::size_t not_found = count;

  static constexpr std::size_t find(std::string_view name) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      if (table.events[i].name == name) return i;
    }
    return not_found;
  }
};

/// Whether and how a callable listens to each event of a T, in the order of offered<T>.
template <class T, class F, bool Retval, class... Options>
struct binders {
  using Bind = Subscription (*)(T&, F&&, Place, Options&...);
  struct Binder {
    Verdict verdict;
    Bind bind;
  };
  struct Table {
    Binder binders[offered<T>::count + 1];
  };

  template <class Family, class Owner, class E>
  static Subscription bind(T& target, F&& callable, Place place, Options&... options) {
    return detail::bind<Family, Owner, E, Retval>(target, std::forward<F>(callable), place,
                                                  options...);
  }

  static constexpr Table make() {
    Table made{};
    std::size_t n = 0;
    events_of<T>::visit([&]<class Family, class Owner, class E>() {
      if constexpr (!is_internal(E::id)) {
        constexpr Verdict verdict = judge<E, std::decay_t<F>, Retval>();
        if constexpr (verdict == Verdict::ok) {
          made.binders[n++] = {verdict, &bind<Family, Owner, E>};
        } else {
          made.binders[n++] = {verdict, nullptr};
        }
      }
    });
    return made;
  }
  static constexpr Table table = make();
};

/// An event's name that the compiler has looked up for a listener on a T, and found to fit.
template <class T, class F, class... Options>
struct checked_name {
 private:
  using Set = option_set<Options...>;
  using Offered = offered<T>;
  using Binders = binders<T, F, Set::retval, Options...>;

 public:
  // What is thrown here is shown by the compiler: the literal is an immediate argument.
  template <std::size_t N>
  consteval checked_name(  // NOLINT(google-explicit-constructor)
      const char (&text)[N], const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : place{file, line} {
    constexpr bool is_target = Offered::count > 0;
    static_assert(is_target, "this type is no event target");
    static_assert(Set::known, "listen: this is no option of event::listen");
    static_assert(!Set::at_run_time, "listen: ListenOptions goes with event::runtime_name");
    static_assert(Set::distinct, "listen: the same option is given twice");
    if constexpr (is_target && Set::known && !Set::at_run_time && Set::distinct) {
      look_up({text, N - 1});
    }
  }

  typename Binders::Bind bind = nullptr;
  Place place;

 private:
  consteval void look_up(std::string_view text) {
    const std::size_t index = Offered::find(text);
    if (index == Offered::not_found) throw "no event of this name in the target's event table";
    switch (Binders::table.binders[index].verdict) {
      case Verdict::not_callable:
        throw "listener cannot be called with this event's arguments";
      case Verdict::takes_no_answer:
        throw "event::retval: this event takes no answer";
      case Verdict::gives_no_answer:
        throw "event::retval: the listener returns nothing";
      case Verdict::wrong_answer:
        throw "the listener's answer is not of the type that this event takes";
      case Verdict::ok:
        bind = Binders::table.binders[index].bind;
    }
  }
};

/// An event's name that the compiler has looked up on a T; for what needs no listener's type.
template <class T>
struct known_name {
  template <std::size_t N>
  consteval known_name(  // NOLINT(google-explicit-constructor)
      const char (&text)[N], const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : index(offered<T>::find({text, N - 1})), place{file, line} {
    constexpr bool is_target = offered<T>::count > 0;
    static_assert(is_target, "this type is no event target");
    if (is_target && index == offered<T>::not_found) {
      throw "no event of this name in the target's event table";
    }
  }

  std::size_t index;
  Place place;
};

// -- at run time ---------------------------------------------------------------------------

/// Throws InvalidRequestError, with the nearest of the names if one is near.
[[noreturn]] void throw_no_event(std::string_view name, std::string_view target,
                                 std::string_view (*name_at)(std::size_t), std::size_t count);

/// Throws ArgumentError: why this listener cannot be registered.
[[noreturn]] void throw_verdict(Verdict verdict, std::string_view event, std::string_view target);

template <class T>
struct target_name {
  static constexpr std::string_view value = type_name<T>();
};
template <class C>
struct target_name<const every_t<C>> : target_name<C> {};

template <class T>
std::size_t find_or_throw(std::string_view name) {
  const std::size_t index = offered<T>::find(name);
  if (index == offered<T>::not_found) {
    throw_no_event(
        name, target_name<T>::value,
        [](std::size_t i) { return offered<T>::table.events[i].name; }, offered<T>::count);
  }
  return index;
}

template <bool Retval, class T, class F, class... Options>
Subscription listen_at(T& target, std::size_t index, Place place, F&& callable,
                       Options&... options) {
  static_assert(option_set<Options...>::known, "listen: this is no option of event::listen");
  static_assert(option_set<Options...>::distinct, "listen: the same option is given twice");
  using Binders = binders<T, F, Retval, Options...>;
  const auto& binder = Binders::table.binders[index];
  if (binder.verdict != Verdict::ok) {
    throw_verdict(binder.verdict, offered<T>::table.events[index].name, target_name<T>::value);
  }
  return binder.bind(target, std::forward<F>(callable), place, options...);
}

inline bool asks_retval() noexcept { return false; }
template <class Option, class... Options>
bool asks_retval(const Option& option, const Options&... options) noexcept {
  if constexpr (std::is_same_v<Option, ListenOptions>) {
    if (option.retval) return true;
  }
  return asks_retval(options...);
}

template <class T, class F, class... Options>
Subscription listen_found(T& target, std::size_t index, Place place, F&& callable,
                          Options&... options) {
  using Set = option_set<Options...>;
  if constexpr (Set::at_run_time && !Set::retval) {
    if (asks_retval(options...)) {
      return listen_at<true>(target, index, place, std::forward<F>(callable), options...);
    }
  }
  return listen_at<Set::retval>(target, index, place, std::forward<F>(callable), options...);
}

// -- by type -------------------------------------------------------------------------------

template <class E>
concept event_type = requires {
  typename E::signature;
  E::id;
  E::kind;
};

/// Registers for E itself; the sentences that the compiler says are here.
template <class E, bool Internal, class T, class F, class... Options>
Subscription listen_to(T& target, F&& callable, Place place, Options&... options) {
  using Set = option_set<Options...>;
  using Owner = typename owner_in<E, typename events_of<T>::target_families>::type;
  static_assert(!std::is_void_v<Owner>, "this target does not emit this event");
  if constexpr (!std::is_void_v<Owner>) {
    using Family = typename accepting<Owner, T, typename events_of<T>::target_families>::type;
    constexpr Verdict verdict = judge<E, std::decay_t<F>, Set::retval>();
    constexpr bool accepted = !std::is_void_v<Family>;
    constexpr bool offered = Internal || !is_internal(E::id);
    static_assert(accepted, "this target does not emit this event");
    static_assert(offered, "this event is internal to its family");
    static_assert(Set::known, "listen: this is no option of event::listen");
    static_assert(!Set::at_run_time, "listen: ListenOptions goes with event::runtime_name");
    static_assert(Set::distinct, "listen: the same option is given twice");
    static_assert(verdict != Verdict::not_callable,
                  "listener cannot be called with this event's arguments");
    static_assert(verdict != Verdict::takes_no_answer,
                  "event::retval: this event takes no answer");
    static_assert(verdict != Verdict::gives_no_answer,
                  "event::retval: the listener returns nothing");
    static_assert(verdict != Verdict::wrong_answer,
                  "the listener's answer is not of the type that this event takes");
    if constexpr (accepted && offered && Set::known && Set::distinct && verdict == Verdict::ok) {
      return bind<Family, Owner, E, Set::retval>(target, std::forward<F>(callable), place,
                                                 options...);
    }
  }
  return {};
}

/// Throws InvalidRequestError: nothing to remove.
[[noreturn]] void throw_not_registered(std::string_view event, std::string_view target);

/// Takes `callable` out, or asks whether it is registered, by the index of the event.
template <class T, class F>
bool look_up(T& target, std::size_t index, const F& callable,
             bool (*action)(Level&, std::uint32_t, const Probe&)) {
  using Callable = std::decay_t<F>;
  static_assert(has_identity<Callable>,
                "this listener has no identity to find it by: keep its Subscription");
  if constexpr (has_identity<Callable>) {
    const Callable& wanted = callable;
    const auto& event = offered<T>::table.events[index];
    Probe probe{&wanted, &type_tag<Callable>, fingerprint_of<Callable>(&wanted), {}};
    Level* level = event.present_level(target, probe.via, event.name);
    return level != nullptr && action(*level, event.index, probe);
  }
  return false;
}

template <class T, class F>
void remove_at(T& target, std::size_t index, const F& callable) {
  if (!look_up(target, index, callable, &remove)) {
    throw_not_registered(offered<T>::table.events[index].name, target_name<T>::value);
  }
}

/// The index of E among what a T offers.
template <class E, class T>
constexpr std::size_t index_of_event() noexcept {
  using Owner = typename owner_in<E, typename events_of<T>::target_families>::type;
  static_assert(!std::is_void_v<Owner>, "this target does not emit this event");
  std::size_t found = offered<T>::not_found;
  std::size_t index = 0;
  events_of<T>::visit([&]<class F, class O, class Each>() {
    if (is_internal(Each::id)) return;
    if (std::is_same_v<Each, E>) found = index;
    ++index;
  });
  return found;
}

}  // namespace hark::event::detail
