// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/site.hpp>
#include <hark/event/detail/stored.hpp>
#include <hark/event/options.hpp>
#include <hark/event/place.hpp>
#include <hark/event/subscription.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

/// From the arguments of `listen` to a registered listener.
namespace hark::event::detail {

// -- options ----------------------------------------------------------------------------

/// Stands for an option that was not given.
struct None {};

template <class Option>
inline constexpr bool is_option = one_of<Option,
                                         None,
                                         retval_t,
                                         propagate_t,
                                         once_t,
                                         insert_t,
                                         isolate_t,
                                         label,
                                         ListenOptions>;
template <class Weak>
inline constexpr bool is_option<track<Weak>> = true;

template <class Option>
struct tracker_of {
  using type = Untracked;
};
template <class Weak>
struct tracker_of<track<Weak>> {
  using type = Weak;
};

template <class... Options>
struct tracker_among {
  using type = Untracked;
};
template <class Option, class... Options>
struct tracker_among<Option, Options...> {
  using type =
      std::conditional_t<std::is_same_v<typename tracker_of<Option>::type, Untracked>,
                         typename tracker_among<Options...>::type,
                         typename tracker_of<Option>::type>;
};

/// The options of one listen call, as types.
template <class... Options>
struct option_set {
  static constexpr bool known = (is_option<Options> && ...);
  template <class Option>
  static constexpr int times = (static_cast<int>(std::is_same_v<Option, Options>) + ... +
                                0);
  static constexpr bool distinct =
      ((times<Options> == 1 || std::is_same_v<Options, None>)&&...);
  static constexpr bool retval = one_of<retval_t, Options...>;
  static constexpr bool at_run_time = one_of<ListenOptions, Options...>;
  using tracker = typename tracker_among<Options...>::type;
  static constexpr bool guarded = one_of<once_t, Options...> ||
                                  one_of<isolate_t, Options...> ||
                                  !std::is_same_v<tracker, Untracked>;
  static constexpr bool may_be_guarded = guarded || at_run_time;
};

inline void apply(Registration&, None) noexcept {}
inline void apply(Registration& to, retval_t) noexcept { to.retval = true; }
inline void apply(Registration& to, propagate_t) noexcept { to.propagate = true; }
inline void apply(Registration& to, once_t) noexcept { to.once = true; }
inline void apply(Registration& to, insert_t) noexcept { to.insert = true; }
inline void apply(Registration& to, isolate_t) noexcept { to.isolate = true; }
inline void apply(Registration& to, label& option) {
  to.label = Label(std::move(option.text));
}
template <class Weak>
void apply(Registration&, track<Weak>&) noexcept {}
inline void apply(Registration& to, ListenOptions& options) {
  to.retval |= options.retval;
  to.propagate |= options.propagate;
  to.once |= options.once;
  to.insert |= options.insert;
  to.isolate |= options.isolate;
  if (!options.label.empty()) to.label = Label(std::move(options.label));
}

// -- the tracker among the options ------------------------------------------------------

inline Untracked take_tracker() noexcept { return {}; }
template <class Option, class... Options>
auto take_tracker(Option& option, Options&... options) {
  if constexpr (requires { option.weak; }) {
    return std::move(option.weak);
  } else {
    return take_tracker(options...);
  }
}

// -- registration -----------------------------------------------------------------------

[[noreturn]] void throw_empty_listener(std::string_view event, std::string_view target);

/// Throws ArgumentError: nobody would await it there.
[[noreturn]] void throw_not_awaited_there(std::string_view event,
                                          std::string_view target);

/// judge() for a listener on a T, whose events are those of Family.
template <class Family, class T, class E, class F, bool Retval, bool Guarded>
constexpr Verdict judge_on() noexcept {
  constexpr Verdict verdict = judge<E, F, Retval, Guarded>();
  constexpr bool is_refused = call_of<E, F, Retval, Guarded>::type::awaited &&
                              awaiting<Family, T>() == Awaiting::never;
  if constexpr (verdict == Verdict::ok && is_refused) {
    return Verdict::target_is_synchronous;
  } else {
    return verdict;
  }
}

template <class F>
bool is_empty(const F& f) noexcept {
  if constexpr (!std::is_function_v<F> && requires { static_cast<bool>(f == nullptr); }) {
    return f == nullptr;
  } else {
    return false;
  }
}

template <class E, class F, bool Retval, bool Guarded, class Tracker, class G>
Listener* make_listener(G&& callable, Tracker tracker) {
  return new Stored<E, F, Retval, Guarded, Tracker>(std::forward<G>(callable),
                                                    std::move(tracker));
}

/// Registers `callable` for E on `target`; judge() has found it fit.
template <class Family,
          class Owner,
          class E,
          bool Retval,
          class T,
          class F,
          class... Options>
Subscription bind(T& target, F&& callable, Place place, Options&... options) {
  using Set = option_set<Options...>;
  using Callable = std::decay_t<F>;
  using Found = Site<Family, Owner, T>;
  using Seen = seen_at<E, Family, Owner, T>;
  if (is_empty(callable)) throw_empty_listener(E::id, Found::target_name);
  using Call = call_of<Seen, Callable, Retval, Set::may_be_guarded>;
  if constexpr (Call::type::awaited && awaiting<Family, T>() == Awaiting::asked) {
    if (!Family::awaits_on(target)) throw_not_awaited_there(E::id, Found::target_name);
  }
  Registration registration;
  registration.place = place;
  (apply(registration, options), ...);
  Level& level = Found::level(target, registration.via, E::id);
  Listener* listener = nullptr;
  if constexpr (Set::at_run_time && !Set::guarded) {
    if (registration.once || registration.isolate) {
      listener = make_listener<Seen, Callable, Retval, true>(std::forward<F>(callable),
                                                             Untracked{});
    }
  }
  if (listener == nullptr) {
    listener = make_listener<Seen, Callable, Retval, Set::guarded>(
        std::forward<F>(callable), take_tracker(options...));
  }
  return Access::subscription(add(
      level, table_of<Owner>::template index_of<E>(), listener, std::move(registration)));
}

}  // namespace hark::event::detail
