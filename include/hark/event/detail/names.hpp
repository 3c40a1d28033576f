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
    events_of<T>::visit(
        [&]<class F, class O, class E>() { n += is_internal(E::id) ? 0 : 1; });
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
        made.events[n++] = {E::id,
                            table_of<O>::template index_of<E>(),
                            &Site<F, O, T>::level,
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
    return detail::bind<Family, Owner, E, Retval>(
        target, std::forward<F>(callable), place, options...);
  }

  static constexpr Table make() {
    Table made{};
    std::size_t n = 0;
    events_of<T>::visit([&]<class Family, class Owner, class E>() {
      if constexpr (!is_internal(E::id)) {
        constexpr Verdict verdict = judge_on<Family,
                                             T,
                                             seen_at<E, Family, Owner, T>,
                                             std::decay_t<F>,
                                             Retval,
                                             option_set<Options...>::may_be_guarded>();
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

/// An event's name that the compiler has looked up for a listener on a T, and found to
/// fit.
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
      const char (&text)[N],
      const char* file = __builtin_FILE(),
      int line = __builtin_LINE())
      : place{file, line} {
    constexpr bool is_target = Offered::count > 0;
    static_assert(is_target, "this type is no event target");
    static_assert(Set::known, "listen: this is no option of event::listen");
    static_assert(!Set::at_run_time,
                  "listen: ListenOptions goes with event::runtime_name");
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
    if (index == Offered::not_found)
      throw "no event of this name in the target's event table";
    switch (Binders::table.binders[index].verdict) {
      case Verdict::not_callable:
        throw "listener cannot be called with this event's arguments";
      case Verdict::takes_no_answer:
        throw "event::retval: this event takes no answer";
      case Verdict::gives_no_answer:
        throw "event::retval: the listener returns nothing";
      case Verdict::wrong_answer:
        throw "the listener's answer is not of the type that this event takes";
      case Verdict::not_awaited:
        throw "nobody awaits this listener: it is to return a boost::asio::awaitable, with hark/asio.hpp";
      case Verdict::target_is_synchronous:
        throw "this target is synchronous: listeners are awaited on an AsyncEngine or AsyncConnection";
      case Verdict::ok:
        bind = Binders::table.binders[index].bind;
    }
  }
};

/// An event's name that the compiler has looked up on a T; for what needs no listener's
/// type.
template <class T>
struct known_name {
  template <std::size_t N>
  consteval known_name(  // NOLINT(google-explicit-constructor)
      const char (&text)[N],
      const char* file = __builtin_FILE(),
      int line = __builtin_LINE())
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

}  // namespace hark::event::detail
