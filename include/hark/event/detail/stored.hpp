// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/adapt.hpp>
#include <hark/event/detail/snapshot.hpp>
#include <hark/event/detail/type_name.hpp>

#include <concepts>
#include <new>
#include <type_traits>
#include <utility>

/// A listener with its callable, and the functions through which a dispatch calls it.
namespace hark::event::detail {

/// What is wrong with a listener and its options on an event; `ok` if nothing is.
enum class Verdict {
  ok,
  not_callable,
  takes_no_answer,
  gives_no_answer,
  wrong_answer,
  not_awaited,           ///< a coroutine that nobody would await
  target_is_synchronous  ///< and the listener is to be awaited
};

/// How F is called on E. Answers are moved in and out of the arguments, unless the
/// listener can fail to give one back: it returns an optional, or is isolated.
template <class E, class F, bool Retval, bool Guarded>
struct call_of {
  using Seen = typename signature_of<E>::seen;
  using Taken = typename signature_of<E>::taken;

  template <class Ts>
  static constexpr bool can_take() noexcept {
    using Form = call_form<E, F, Ts>;
    if constexpr (Form::possible && !Form::named) {
      using Result = typename decltype(Form::result())::type;
      return !is_optional<std::remove_cvref_t<Result>>::value;
    } else {
      return false;
    }
  }
  static constexpr auto form() noexcept {
    if constexpr (E::kind == Kind::chain && Retval && !Guarded) {
      if constexpr (can_take<Taken>()) {
        return call_form<E, F, Taken>{};
      } else {
        return call_form<E, F, Seen>{};
      }
    } else {
      return call_form<E, F, Seen>{};
    }
  }
  using type = decltype(form());
  using result = typename decltype(type::result())::type;
};

template <class E, class F, bool Retval, bool Guarded>
constexpr Verdict judge() noexcept {
  using Call = call_of<E, F, Retval, Guarded>;
  using Answer = typename Call::result;
  if constexpr (!Call::type::possible) {
    return Verdict::not_callable;
  } else if constexpr (Call::type::is_lost) {
    return Verdict::not_awaited;
  } else if constexpr (Retval && !accepts_retval<E>()) {
    return Verdict::takes_no_answer;
  } else if constexpr (Retval && std::is_void_v<Answer>) {
    return Verdict::gives_no_answer;
  } else if constexpr (E::kind == Kind::first) {
    using Result = typename signature_of<E>::result;
    return std::is_void_v<Answer> || std::is_convertible_v<Answer, Result>
               ? Verdict::ok
               : Verdict::wrong_answer;
  } else if constexpr (E::kind == Kind::chain && Retval) {
    return replacement<E>::template accepts<std::remove_cvref_t<Answer>>()
               ? Verdict::ok
               : Verdict::wrong_answer;
  } else {
    return Verdict::ok;
  }
}

/// Calls `f` on E once, and puts its answer where it belongs.
template <class E, class F, bool Retval, bool Guarded, class... Ps>
typename signature_of<E>::result call_listener(F& f, Ps&... arguments) {
  using Call = call_of<E, F, Retval, Guarded>;
  using Form = typename Call::type;
  using Result = typename signature_of<E>::result;
  if constexpr (E::kind == Kind::first) {
    if constexpr (std::is_void_v<typename Call::result>) {
      Form::call(f, arguments...);
      return Result();
    } else {
      return Form::call(f, arguments...);
    }
  } else if constexpr (E::kind == Kind::chain && Retval) {
    replacement<E>::apply(Form::call(f, arguments...), arguments...);
  } else {
    static_cast<void>(Form::call(f, arguments...));
  }
}

/// A lambda without captures becomes a function pointer by itself, and equal ones compare
/// equal.
template <class F>
concept decays_to_function = std::is_class_v<F> && requires(const F& f) {
  requires std::is_pointer_v<decltype(+f)>;
};

/// Has F an equality that answers whether two listeners are one? Lambdas have none.
template <class F>
concept has_identity = std::equality_comparable<F> && !decays_to_function<F>;

/// The listener that is always idle.
template <class E>
Listener* silence() noexcept {
  static constinit Listener listener{};
  listener.route.store({reinterpret_cast<Invoke>(&signature_of<E>::idle)},
                       std::memory_order_relaxed);
  return &listener;
}

/// A number that callables have in common if they are the same.
template <class F>
std::size_t fingerprint_of(const void* callable) noexcept {
  if constexpr (std::is_pointer_v<F>) {
    return reinterpret_cast<std::size_t>(*static_cast<const F*>(callable));
  } else {
    return reinterpret_cast<std::size_t>(&type_tag<F>);
  }
}

/// No object's life is tracked.
struct Untracked {};

template <class E,
          class F,
          bool Retval,
          bool Guarded,
          class Tracker,
          class Function = typename signature_of<E>::invoke>
struct Stored;

template <class E,
          class F,
          bool Retval,
          bool Guarded,
          class Tracker,
          class R,
          class... Ps>
struct Stored<E, F, Retval, Guarded, Tracker, R (*)(Listener&, Ps...)> : Listener {
  static constexpr bool is_tracking = !std::is_same_v<Tracker, Untracked>;

  union {
    F callable;  // destroyed by ListenerType::destroy, before the rest
  };
  [[no_unique_address]] Tracker tracker;

  template <class G>
  Stored(G&& g, Tracker tracks)
      : callable(std::forward<G>(g)), tracker(std::move(tracks)) {
    type = &listener_type();
  }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;
  ~Stored() {}  // NOLINT(modernize-use-equals-default): the union

  static Stored& self(Listener& listener) noexcept {
    return static_cast<Stored&>(listener);
  }

  static R active(Listener& listener, Ps... arguments) {
    return call_listener<E, F, Retval, false>(self(listener).callable, arguments...);
  }

  static R guarded(Listener& listener, Ps... arguments) {
    if constexpr (is_tracking) {
      if (const auto held = self(listener).tracker.lock())
        return admitted(listener, arguments...);
      expire(listener);
      return R();
    } else {
      return admitted(listener, arguments...);
    }
  }

  static R admitted(Listener& listener, Ps&... arguments) {
    if (!admit(listener)) return R();
    try {
      return call_listener<E, F, Retval, true>(self(listener).callable, arguments...);
    } catch (...) {
      if (!contain(listener)) throw;
      return R();
    }
  }

  static const void* address(const Listener& listener) {
    return &static_cast<const Stored&>(listener).callable;
  }
  static void destroy(Listener& listener) noexcept { self(listener).callable.~F(); }
  static void deallocate(Listener* listener) noexcept {
    delete static_cast<Stored*>(listener);
  }
  static bool expired(const Listener& listener) noexcept {
    if constexpr (is_tracking) {
      return static_cast<const Stored&>(listener).tracker.expired();
    } else {
      return false;
    }
  }

  static constexpr auto same() noexcept -> bool (*)(const Listener&, const void*) {
    if constexpr (has_identity<F>) {
      return [](const Listener& listener, const void* other) {
        return static_cast<bool>(static_cast<const Stored&>(listener).callable ==
                                 *static_cast<const F*>(other));
      };
    } else {
      return nullptr;
    }
  }

  static constexpr bool wrapped =
      Guarded || call_form<E, F, typename signature_of<E>::seen>::named ||
      (E::kind == Kind::chain && !Retval);

  static constexpr auto call_function() noexcept {
    if constexpr (Guarded) {
      return &Stored::guarded;
    } else {
      return &Stored::active;
    }
  }

  // Pointers to functions of other types are no constants: made at the first use.
  static const ListenerType& listener_type() noexcept {
    static const ListenerType made{
        .active = reinterpret_cast<Invoke>(call_function()),
        .idle = reinterpret_cast<Invoke>(&signature_of<E>::idle),
        .silence = silence<E>(),
        .destroy = &Stored::destroy,
        .deallocate = &Stored::deallocate,
        .callable = &Stored::address,
        .same = Stored::same(),
        .fingerprint = &fingerprint_of<F>,
        .callable_type = &type_tag<F>,
        .expired = is_tracking ? &Stored::expired : nullptr,
        .wrapped = Stored::wrapped,
        .guarded = Guarded,
    };
    return made;
  }
};

}  // namespace hark::event::detail
