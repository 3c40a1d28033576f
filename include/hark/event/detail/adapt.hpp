// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/signature.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

/// How a listener is called: with all of an event's arguments, a leading part, or the
/// named form; and what becomes of its answer.
namespace hark::event::detail {

template <class F, class... Args>
concept callable_with = requires(F& f) {
  f(std::declval<Args>()...);
};

/// Does a call that returns an R only begin something, for somebody to co_await?
template <class R>
concept awaited_by_somebody = std::is_class_v<R> &&(
    requires { typename R::promise_type; } || requires(R & r) { r.await_ready(); } ||
    requires(R & r) { r.operator co_await(); });

/// What a listener that returns an R answers. hark/asio specializes it for what its fibers
/// wait for: with is_awaited, and `static type wait(R)`, which waits for the answer.
template <class R>
struct listener_answer {
  static constexpr bool is_awaited = false;
  using type = R;
};

/// Is F callable with the first Count of Ts?
template <std::size_t Count, class F, class Ts, class Done = pack<>>
struct leading;
template <class F, class... Ts, class... Done>
struct leading<0, F, pack<Ts...>, pack<Done...>> {
  static constexpr bool callable = callable_with<F, Done...>;
  template <class G = F>
  static auto result()
      -> std::type_identity<decltype(std::declval<G&>()(std::declval<Done>()...))>;
};
template <std::size_t Count, class F, class T, class... Ts, class... Done>
requires(Count > 0) struct leading<Count, F, pack<T, Ts...>, pack<Done...>>
    : leading<Count - 1, F, pack<Ts...>, pack<Done..., T>> {
};

inline constexpr int no_call = -1;

/// The largest number of leading arguments that F can be called with.
template <int Count, class F, class Ts>
constexpr int longest_call() noexcept {
  if constexpr (Count == no_call) {
    return no_call;
  } else if constexpr (leading<static_cast<std::size_t>(Count), F, Ts>::callable) {
    return Count;
  } else {
    return longest_call<Count - 1, F, Ts>();
  }
}

template <class T, class... Args>
concept brace_constructible = requires(Args&&... args) {
  T{static_cast<Args&&>(args)...};
};

template <class E, class F>
constexpr bool takes_named_form() noexcept {
  if constexpr (requires { typename E::arguments; }) {
    return callable_with<F, const typename E::arguments&>;
  } else {
    return false;
  }
}

/// How F is called on E when arguments are of types Ts. Positions are preferred to names.
template <class E, class F, class Ts>
struct call_form;

template <class E, class F, class... Ts>
struct call_form<E, F, pack<Ts...>> {
  static constexpr int positions =
      longest_call<static_cast<int>(sizeof...(Ts)), F, pack<Ts...>>();
  static constexpr bool named = [] {
    if constexpr (positions == no_call) {
      return takes_named_form<E, F>();
    } else {
      return false;
    }
  }();
  static constexpr bool possible = named || positions != no_call;

  /// What the call returns; void where it is not possible.
  static constexpr auto returned() noexcept {
    if constexpr (named) {
      using Arguments = const typename E::arguments&;
      return std::type_identity<decltype(std::declval<F&>()(
          std::declval<Arguments>()))>{};
    } else if constexpr (possible) {
      using Leading = leading<static_cast<std::size_t>(positions), F, pack<Ts...>>;
      return decltype(Leading::result()){};
    } else {
      return std::type_identity<void>{};
    }
  }

  using Answer = listener_answer<typename decltype(returned())::type>;
  static constexpr bool awaited = Answer::is_awaited;
  /// A coroutine that nobody would await.
  static constexpr bool is_lost =
      !awaited &&
      awaited_by_somebody<std::remove_cvref_t<typename decltype(returned())::type>>;
  /// What the listener answers; void where it cannot be called.
  static constexpr auto result() noexcept {
    return std::type_identity<typename Answer::type>{};
  }

  // What is awaited is awaited within the call's expression: its temporaries live until then.
  template <class... As>
  static decltype(auto) call(F& f, As&... arguments) {
    if constexpr (named) {
      constexpr bool has_fields = brace_constructible<typename E::arguments, As&...>;
      static_assert(has_fields,
                    "struct arguments has a field for each argument, in order");
      if constexpr (has_fields && awaited) {
        return Answer::wait(f(typename E::arguments{arguments...}));
      } else if constexpr (has_fields) {
        return f(typename E::arguments{arguments...});
      }
    } else {
      return call_at(f,
                     std::make_index_sequence<static_cast<std::size_t>(positions)>{},
                     std::tuple<As&...>(arguments...));
    }
  }

 private:
// A listener is judged on every event of its target: of the others nobody is to be
// warned.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wfloat-conversion"
  template <std::size_t... Is, class... As>
  static decltype(auto) call_at(F& f,
                                std::index_sequence<Is...>,
                                [[maybe_unused]] std::tuple<As&...> arguments) {
    if constexpr (awaited) {
      return Answer::wait(f(static_cast<std::tuple_element_t<Is, std::tuple<Ts...>>>(
          std::get<Is>(arguments))...));
    } else {
      return f(static_cast<std::tuple_element_t<Is, std::tuple<Ts...>>>(
          std::get<Is>(arguments))...);
    }
  }
#pragma GCC diagnostic pop
};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

/// Stores the elements of an answer in the arguments marked for it, in order.
template <class... As>
struct answer_store;
template <>
struct answer_store<> {
  template <std::size_t I, class Answers>
  static void store(Answers&) noexcept {}
};
template <class A, class... As>
struct answer_store<A, As...> {
  template <std::size_t I, class Answers, class P, class... Ps>
  static void store(Answers& answers, P& argument, Ps&... rest) {
    if constexpr (is_answer<A>::value) {
      argument = std::get<I>(std::move(answers));
      answer_store<As...>::template store<I + 1>(answers, rest...);
    } else {
      answer_store<As...>::template store<I>(answers, rest...);
    }
  }
};

/// A chain event's answer of type Answer put in the place of arguments.
template <class E, class Signature = typename E::signature>
struct replacement;

template <class E, class... As>
struct replacement<E, void(As...)> {
  using values = typename answers<As...>::values;

  template <class Answer>
  static constexpr bool accepts() noexcept {
    if constexpr (is_optional<Answer>::value) {
      return accepts<typename Answer::value_type>();
    } else if constexpr (requires(Answer a) {
                           E::replace(std::move(a),
                                      std::declval<typename argument<As>::pass&>()...);
                         }) {
      return true;
    } else if constexpr (std::tuple_size_v<values> == 1) {
      return std::is_assignable_v<std::tuple_element_t<0, values>&, Answer> ||
             std::is_constructible_v<values, Answer>;
    } else {
      return std::tuple_size_v<values> > 1 && std::is_constructible_v<values, Answer>;
    }
  }

  template <class Answer>
  static void apply(Answer&& given, typename argument<As>::pass&... arguments) {
    using Plain = std::remove_cvref_t<Answer>;
    if constexpr (is_optional<Plain>::value) {
      if (given) apply(*std::forward<Answer>(given), arguments...);
    } else if constexpr (requires {
                           E::replace(std::forward<Answer>(given), arguments...);
                         }) {
      E::replace(std::forward<Answer>(given), arguments...);
    } else if constexpr (std::tuple_size_v<values> == 1 &&
                         std::is_assignable_v<std::tuple_element_t<0, values>&, Answer>) {
      std::tuple<Answer&&> one(std::forward<Answer>(given));
      answer_store<As...>::template store<0>(one, arguments...);
    } else {
      values all(std::forward<Answer>(given));
      answer_store<As...>::template store<0>(all, arguments...);
    }
  }
};

}  // namespace hark::event::detail
