// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/stored.hpp>
#include <hark/event/dispatcher.hpp>
#include <hark/event/subscription.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hark::event::detail {

/// The gate through which targets and `listen` reach a Dispatcher's private functions.
struct Access {
  template <class Class, class Family>
  static void set_class(Dispatcher<Family>& dispatcher) {
    dispatcher.template set_class<Class>();
  }
  template <class Family>
  static void join(Dispatcher<Family>& child, const Dispatcher<Family>& parent) noexcept {
    child.join(parent);
  }
  template <class Family>
  static void update(Dispatcher<Family>& to, const Dispatcher<Family>& from, bool only_propagate) {
    to.update(from, only_propagate);
  }
  template <class Family>
  static Level& own_level(Dispatcher<Family>& dispatcher) {
    return dispatcher.own_level();
  }
  template <class Family>
  static Level& present_level(Dispatcher<Family>& dispatcher) noexcept {
    return dispatcher.present_level();
  }
  static Subscription subscription(Listener* counted) noexcept { return Subscription(counted); }
  template <class Family, class Visit>
  static void visit_levels(const Dispatcher<Family>& dispatcher, Visit&& visit) {
    dispatcher.visit_levels(visit);
  }
  template <std::uint32_t Event, class Family>
  [[gnu::always_inline]] static bool has_listeners(const Dispatcher<Family>& dispatcher) noexcept {
    return dispatcher.template has_listeners<Event>();
  }
  template <std::uint32_t Event, class Family, class Each>
  [[gnu::always_inline]] static bool dispatch(const Dispatcher<Family>& dispatcher, Each&& each) {
    return dispatcher.template dispatch<Event>(each);
  }
  template <std::uint32_t Event, class Family, class Each>
  static void dispatch_pinned(const Dispatcher<Family>& dispatcher, Each&& each) {
    dispatcher.template dispatch_pinned<Event>(each);
  }
};

/// The arguments of one call that shall change none of them: answers are given copies.
template <class Signature>
struct unshared;
template <class R, class... As>
struct unshared<R(As...)> {
  template <class A>
  using kept = std::conditional_t<is_answer<A>::value,
                                  std::remove_reference_t<typename argument<A>::pass>,
                                  typename argument<A>::pass>;
  using arguments = std::tuple<kept<As>...>;
};

/// Dispatches event E of Family.
template <class E, class Family, class Invoke_ = typename signature_of<E>::invoke>
struct Emitter;

template <class E, class Family, class R, class... Ps>
struct Emitter<E, Family, R (*)(Listener&, Ps...)> {
  static constexpr std::uint32_t index = table_of<Family>::template index_of<E>();

  [[gnu::always_inline]] static R emit(const Dispatcher<Family>& dispatcher, Ps... arguments) {
    if constexpr (E::kind == Kind::first) {
      R answer{};
      const bool done = Access::dispatch<index>(dispatcher, [&](Listener& listener) {
        answer = call(listener, arguments...);
        return static_cast<bool>(answer);
      });
      if (!done) [[unlikely]]
        return emit_pinned(dispatcher, arguments...);
      return answer;
    } else {
      const bool done = Access::dispatch<index>(dispatcher, [&](Listener& listener) {
        call(listener, arguments...);
        return false;
      });
      if (!done) [[unlikely]]
        emit_pinned(dispatcher, arguments...);
    }
  }

  /// Calls every listener with the same arguments; what they answer is dropped.
  static void emit_to_all(const Dispatcher<Family>& dispatcher, Ps... arguments) {
    Access::dispatch_pinned<index>(dispatcher, [&](Listener& listener) {
      typename unshared<typename E::signature>::arguments copies{arguments...};
      std::apply([&](auto&... each) { static_cast<void>(call(listener, each...)); }, copies);
      return false;
    });
  }

 private:
  [[gnu::always_inline]] static R call(Listener& listener, Ps&... arguments) {
    const Invoke function = listener.invoke.load(verify);
    return reinterpret_cast<R (*)(Listener&, Ps...)>(function)(listener, arguments...);
  }

  // Apart, so that the usual case can keep the arguments in registers.
  [[gnu::noinline]] static R emit_pinned(const Dispatcher<Family>& dispatcher, Ps... arguments) {
    if constexpr (E::kind == Kind::first) {
      R answer{};
      Access::dispatch_pinned<index>(dispatcher, [&](Listener& listener) {
        answer = call(listener, arguments...);
        return static_cast<bool>(answer);
      });
      return answer;
    } else {
      Access::dispatch_pinned<index>(dispatcher, [&](Listener& listener) {
        call(listener, arguments...);
        return false;
      });
    }
  }
};

}  // namespace hark::event::detail
