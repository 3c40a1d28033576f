// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/listening.hpp>
#include <hark/event/events.hpp>
#include <hark/event/options.hpp>
#include <hark/event/place.hpp>
#include <hark/event/subscription.hpp>

#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hark::event {

/// An event's name that is known only at run time: `event::runtime_name(text)`.
///
/// Lifetime: the text is valid during the call that it is given to.
struct runtime_name {
  constexpr explicit runtime_name(std::string_view text,
                                  Place place = Place::here()) noexcept
      : text_(text), place_(place) {}
  constexpr std::string_view text() const noexcept { return text_; }
  constexpr Place place() const noexcept { return place_; }

 private:
  std::string_view text_;
  Place place_;
};

/// Calls `listener` whenever the event happens on `target`: an object, or
/// `event::every<Class>`.
///
///     event::listen(pool, "checkout", [](Connection& connection) { … });
///     event::listen(event::every<Pool>, "checkout", on_checkout, event::once);
///
/// The name is checked by the compiler, and so is that the listener can be called with
/// the event's arguments (all, or some leading ones, or the named form) and that its
/// options fit. A generic lambda would be instantiated for every event of the target:
/// listen<Event>() is for it. A function pointer or an equality-comparable function
/// object that is listened to again on the same target and event stays one listener, as
/// first registered.
///
/// Throws: ArgumentError when the listener is empty, InvalidRequestError when the
/// target's accept_with rule names no object, std::bad_alloc. Nothing was registered.
/// Thread safety: safe at any time, also inside a listener; takes the family's mutex.
/// Order: the listener runs behind those of its level, or in front of them with
/// event::insert. Guarantees:
///  - <event.listen-1> Listeners of one level run in the order in which they were added.
///  - <event.listen-2> A listener added while the event runs is first called the next
///  time.
///  - <event.listen-3> A listener with identity is one listener per target and event.
///  - <event.listen-4> What throws registers nothing.
/// Source: SQLAlchemy lib/sqlalchemy/event/api.py, listen.
template <class T, class F, class... Options>
requires(!detail::event_type<T>) Subscription
    listen(T& target,
           std::type_identity_t<detail::checked_name<T, F, Options...>> name,
           F&& listener,
           Options... options) {
  return name.bind(target, std::forward<F>(listener), name.place, options...);
}

/// The same for a name known at run time; ListenOptions is one of the options.
///
/// Throws: InvalidRequestError when the target has no such event ("did you mean …?");
/// ArgumentError when the listener or an option does not fit it. Nothing was registered.
template <class T, class F, class... Options>
requires(!detail::event_type<T>) Subscription
    listen(T& target, runtime_name name, F&& listener, Options... options) {
  return detail::listen_found(target,
                              detail::find_or_throw<T>(name.text()),
                              name.place(),
                              std::forward<F>(listener),
                              options...);
}

/// The same with the event's type: `event::listen<PoolEvents::checkout>(pool,
/// [](auto&&...) {})`.
template <detail::event_type E,
          class T,
          class F,
          class A = detail::None,
          class B = detail::None,
          class C = detail::None,
          class D = detail::None,
          class G = detail::None,
          class H = detail::None,
          class I = detail::None>
Subscription listen(T& target,
                    F&& listener,
                    A a = {},
                    B b = {},
                    C c = {},
                    D d = {},
                    G g = {},
                    H h = {},
                    I i = {},
                    Place place = Place::here()) {
  return detail::listen_to<E, false>(
      target, std::forward<F>(listener), place, a, b, c, d, g, h, i);
}

namespace detail {

/// A name in a variable is no constant; it must be marked as one that is looked up at run
/// time.
template <class T, class Name>
concept name_in_variable =
    !event_type<T> && !std::is_array_v<std::remove_reference_t<Name>> &&
    std::is_convertible_v<Name, std::string_view>;

template <class T>
void reject_name_in_variable() noexcept {
  static_assert(sizeof(T) == 0,
                "a name known only at run time is written event::runtime_name(name)");
}

}  // namespace detail

template <class T, class Name, class F, class... Options>
requires detail::name_in_variable<T, Name> Subscription listen(T&,
                                                               Name&&,
                                                               F&&,
                                                               Options...) {
  detail::reject_name_in_variable<T>();
  return {};
}

namespace detail {

/// What listens_for returns: call it with the listener.
template <class T, class Listen>
class [[nodiscard]] Decorator {
 public:
  Decorator(T& target, Listen listen) : target_(target), listen_(std::move(listen)) {}

  template <class F>
  Subscription operator()(F&& listener, Place place = Place::here()) const {
    return listen_(target_, std::forward<F>(listener), place);
  }

 private:
  T& target_;
  Listen listen_;
};

template <class T, class... Options>
auto decorate_at(T& target, std::size_t index, Options&... options) {
  return Decorator(target, [index, options...](T& on, auto&& listener, Place place) {
    auto given = std::tuple(options...);
    return std::apply(
        [&](auto&... each) {
          return listen_found(
              on, index, place, std::forward<decltype(listener)>(listener), each...);
        },
        given);
  });
}

}  // namespace detail

/// The decorator's form: `event::listens_for(pool, "checkout")(f)` is listen(pool,
/// "checkout", f).
///
/// The compiler checks the name; that the listener fits is seen only when it is given,
/// and a misfit throws ArgumentError. With the event's type, listens_for<Event>(), it
/// checks both. Lifetime: the target outlives the returned object. Source: SQLAlchemy
/// lib/sqlalchemy/event/api.py, listens_for.
template <class T, class... Options>
requires(!detail::event_type<T>) auto listens_for(
    T& target, std::type_identity_t<detail::known_name<T>> name, Options... options) {
  return detail::decorate_at(target, name.index, options...);
}
template <class T, class... Options>
requires(!detail::event_type<T>) auto listens_for(T& target,
                                                  runtime_name name,
                                                  Options... options) {
  return detail::decorate_at(target, detail::find_or_throw<T>(name.text()), options...);
}
template <class T, class Name, class... Options>
requires detail::name_in_variable<T, Name>
void listens_for(T&, Name&&, Options...) { detail::reject_name_in_variable<T>(); }
template <detail::event_type E, class T, class... Options>
auto listens_for(T& target, Options... options) {
  return detail::Decorator(target, [options...](T& on, auto&& listener, Place place) {
    auto given = std::tuple(options...);
    return std::apply(
        [&](auto&... each) {
          return detail::listen_to<E, false>(
              on, std::forward<decltype(listener)>(listener), place, each...);
        },
        given);
  });
}

/// Removes a listener that has identity, from everything that its listen call reached.
///
/// Throws: InvalidRequestError when it is not registered for that event on that target.
/// Thread safety: safe at any time, also inside the listener; returns without waiting for
/// calls in progress. Source: SQLAlchemy lib/sqlalchemy/event/api.py, remove.
template <class T, class F>
requires(!detail::event_type<T>) void remove(
    T& target, std::type_identity_t<detail::known_name<T>> name, const F& listener) {
  detail::remove_at(target, name.index, listener);
}
template <class T, class F>
requires(!detail::event_type<T>) void remove(T& target,
                                             runtime_name name,
                                             const F& listener) {
  detail::remove_at(target, detail::find_or_throw<T>(name.text()), listener);
}
template <class T, class Name, class F>
requires detail::name_in_variable<T, Name>
void remove(T&, Name&&, const F&) { detail::reject_name_in_variable<T>(); }
template <detail::event_type E, class T, class F>
void remove(T& target, const F& listener) {
  detail::remove_at(target, detail::index_of_event<E, T>(), listener);
}

/// Is the listener registered for the event on this very target (not: on its class)?
///
/// Thread safety: safe at any time.
/// Source: SQLAlchemy lib/sqlalchemy/event/api.py, contains.
template <class T, class F>
requires(!detail::event_type<T>) bool contains(
    T& target, std::type_identity_t<detail::known_name<T>> name, const F& listener) {
  return detail::look_up(target, name.index, listener, &detail::contains);
}
template <class T, class F>
requires(!detail::event_type<T>) bool contains(T& target,
                                               runtime_name name,
                                               const F& listener) {
  return detail::look_up(
      target, detail::find_or_throw<T>(name.text()), listener, &detail::contains);
}
template <class T, class Name, class F>
requires detail::name_in_variable<T, Name>
bool contains(T&, Name&&, const F&) {
  detail::reject_name_in_variable<T>();
  return false;
}
template <detail::event_type E, class T, class F>
bool contains(T& target, const F& listener) {
  return detail::look_up(
      target, detail::index_of_event<E, T>(), listener, &detail::contains);
}

/// For a family's own code: its internal events, those whose name begins with
/// `_hark_event`.
namespace internal {

template <detail::event_type E, class T, class F, class... Options>
Subscription listen(T& target, F&& listener, Options... options) {
  return detail::listen_to<E, true>(
      target, std::forward<F>(listener), Place{}, options...);
}

}  // namespace internal

}  // namespace hark::event
