// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/names.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

/// Listening, removing and asking by a name known at run time, by index, and by type.
namespace hark::event::detail {

// -- at run time ------------------------------------------------------------------------

/// Throws InvalidRequestError, with the nearest of the names if one is near.
[[noreturn]] void throw_no_event(std::string_view name,
                                 std::string_view target,
                                 std::string_view (*name_at)(std::size_t),
                                 std::size_t count);

/// Throws ArgumentError: why this listener cannot be registered.
[[noreturn]] void throw_verdict(Verdict verdict,
                                std::string_view event,
                                std::string_view target);

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
        name,
        target_name<T>::value,
        [](std::size_t i) { return offered<T>::table.events[i].name; },
        offered<T>::count);
  }
  return index;
}

template <bool Retval, class T, class F, class... Options>
Subscription listen_at(
    T& target, std::size_t index, Place place, F&& callable, Options&... options) {
  static_assert(option_set<Options...>::known,
                "listen: this is no option of event::listen");
  static_assert(option_set<Options...>::distinct,
                "listen: the same option is given twice");
  using Binders = binders<T, F, Retval, Options...>;
  const auto& binder = Binders::table.binders[index];
  if (binder.verdict != Verdict::ok) {
    throw_verdict(
        binder.verdict, offered<T>::table.events[index].name, target_name<T>::value);
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
Subscription listen_found(
    T& target, std::size_t index, Place place, F&& callable, Options&... options) {
  using Set = option_set<Options...>;
  if constexpr (Set::at_run_time && !Set::retval) {
    if (asks_retval(options...)) {
      return listen_at<true>(target, index, place, std::forward<F>(callable), options...);
    }
  }
  return listen_at<Set::retval>(
      target, index, place, std::forward<F>(callable), options...);
}

// -- by type ----------------------------------------------------------------------------

/// Registers for E itself; the sentences that the compiler says are here.
template <class E, bool Internal, class T, class F, class... Options>
Subscription listen_to(T& target, F&& callable, Place place, Options&... options) {
  using Set = option_set<Options...>;
  using Owner = typename owner_in<E, typename events_of<T>::target_families>::type;
  static_assert(!std::is_void_v<Owner>, "this target does not emit this event");
  if constexpr (!std::is_void_v<Owner>) {
    using Family =
        typename accepting<Owner, T, typename events_of<T>::target_families>::type;
    constexpr Verdict verdict = [] {
      if constexpr (std::is_void_v<Family>) {
        return Verdict::ok;
      } else {
        return judge_on<Family,
                        T,
                        seen_at<E, Family, Owner, T>,
                        std::decay_t<F>,
                        Set::retval,
                        Set::may_be_guarded>();
      }
    }();
    constexpr bool accepted = !std::is_void_v<Family>;
    constexpr bool offered = Internal || !is_internal(E::id);
    static_assert(accepted, "this target does not emit this event");
    static_assert(offered, "this event is internal to its family");
    static_assert(Set::known, "listen: this is no option of event::listen");
    static_assert(!Set::at_run_time,
                  "listen: ListenOptions goes with event::runtime_name");
    static_assert(Set::distinct, "listen: the same option is given twice");
    static_assert(verdict != Verdict::not_callable,
                  "listener cannot be called with this event's arguments");
    static_assert(verdict != Verdict::takes_no_answer,
                  "event::retval: this event takes no answer");
    static_assert(verdict != Verdict::gives_no_answer,
                  "event::retval: the listener returns nothing");
    static_assert(verdict != Verdict::wrong_answer,
                  "the listener's answer is not of the type that this event takes");
    static_assert(verdict != Verdict::not_awaited,
                  "nobody awaits this listener: it is to return a "
                  "boost::asio::awaitable, with hark/asio.hpp");
    static_assert(verdict != Verdict::target_is_synchronous,
                  "this target is synchronous: listeners are awaited on an AsyncEngine "
                  "or AsyncConnection");
    if constexpr (accepted && offered && Set::known && Set::distinct &&
                  verdict == Verdict::ok) {
      return bind<Family, Owner, E, Set::retval>(
          target, std::forward<F>(callable), place, options...);
    }
  }
  return {};
}

/// Throws InvalidRequestError: nothing to remove.
[[noreturn]] void throw_not_registered(std::string_view event, std::string_view target);

/// Takes `callable` out, or asks whether it is registered, by the index of the event.
template <class T, class F>
bool look_up(T& target,
             std::size_t index,
             const F& callable,
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
  static_assert(!is_internal(E::id), "this event is internal to its family");
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
