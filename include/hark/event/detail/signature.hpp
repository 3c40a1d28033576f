// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/fwd.hpp>
#include <hark/event/signal.hpp>

#include <concepts>
#include <string_view>
#include <tuple>
#include <type_traits>

/// What an event's signature means: how arguments travel, what listeners see, what
/// answers are.
namespace hark::event::detail {

template <class T>
struct is_answer : std::false_type {};
template <class T>
struct is_answer<answer<T>> : std::true_type {};

/// How one argument of type A travels through a dispatch and what a listener is called
/// with.
template <class A>
struct argument {
  static_assert(
      !std::is_rvalue_reference_v<A>,
      "an event's argument is a value or an lvalue reference: several listeners see it");
  static constexpr bool in_register =
      std::is_reference_v<A> ||
      // NOLINTNEXTLINE(bugprone-sizeof-expression): a pointer's own size is meant
      (std::is_trivially_copyable_v<A> && sizeof(A) <= 2 * sizeof(void*));
  using pass = std::conditional_t<in_register, A, const A&>;
  using seen = pass;   // by a listener
  using taken = pass;  // by a listener whose answer replaces it
};

template <class T>
struct argument<answer<T>> {
  using pass = T&;
  using seen = const T&;
  using taken = T&&;
};

/// A list of types.
template <class... Ts>
struct pack {};

/// The arguments marked `answer<T>`: their types, and how to store an answer in them.
template <class... As>
struct answers {
  using values = std::tuple<>;
};
template <class T, class... As>
struct answers<answer<T>, As...> {
  using values = decltype(std::tuple_cat(
      std::declval<std::tuple<T>>(), std::declval<typename answers<As...>::values>()));
};
template <class A, class... As>
struct answers<A, As...> : answers<As...> {};

/// E with the arguments that listeners on a Target see: those of E::signature_on<Target>.
template <class E, class Target>
struct on_target : E {
  using listener_signature = typename E::template signature_on<Target>;
};

template <class E, class Target>
concept differs_on = requires {
  typename E::template signature_on<Target>;
};

/// E as listeners on a Target see it.
template <class E, class Target>
struct seen_on {
  using type = E;
};
template <class E, class Target>
requires differs_on<E, Target>
struct seen_on<E, Target> {
  using type = on_target<E, Target>;
};

/// What listeners of E are called with, where it is not what is passed.
template <class E, class Seen>
struct seen_arguments {
  using type = Seen;
};
template <class Signature>
struct arguments_of;
template <class R, class... As>
struct arguments_of<R(As...)> {
  using type = pack<As...>;
};
template <class E, class Seen>
requires requires { typename E::listener_signature; }
struct seen_arguments<E, Seen> : arguments_of<typename E::listener_signature> {};

template <class E, class Signature = typename E::signature>
struct signature_of;

template <class E, class R, class... As>
struct signature_of<E, R(As...)> {
  static_assert(
      E::kind == Kind::first || std::is_void_v<R>,
      "a notify or chain event returns void: answers replace arguments marked answer<T>");
  static_assert(E::kind == Kind::chain || !(is_answer<As>::value || ...),
                "answer<T> marks arguments of chain events only");

  static constexpr bool lacks_result = E::kind == Kind::first && std::is_void_v<R>;
  static_assert(!lacks_result, "a first event returns its listeners' answer, not void");

  using result = std::conditional_t<lacks_result, bool, R>;
  using invoke = result (*)(Listener&, typename argument<As>::pass...);
  using seen = typename seen_arguments<E, pack<typename argument<As>::seen...>>::type;
  using taken = typename seen_arguments<E, pack<typename argument<As>::taken...>>::type;
  using passed = pack<typename argument<As>::pass...>;
  using answer_values = typename answers<As...>::values;

  static result idle(Listener&, typename argument<As>::pass...) { return result(); }
};

template <class E>
concept accepts_retval_declared = requires {
  { E::accepts_retval } -> std::convertible_to<bool>;
};

/// May listeners of E be registered with event::retval?
template <class E>
constexpr bool accepts_retval() noexcept {
  if constexpr (accepts_retval_declared<E>) {
    return E::accepts_retval;
  } else {
    return E::kind != Kind::notify;
  }
}

template <class E>
constexpr std::string_view deprecated_message() noexcept {
  if constexpr (requires { E::deprecated; }) {
    return E::deprecated;
  } else {
    return {};
  }
}

constexpr bool is_internal(std::string_view event) noexcept {
  return event.starts_with("_hark_event");
}

}  // namespace hark::event::detail
