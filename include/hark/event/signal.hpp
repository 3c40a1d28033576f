// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/name.hpp>

#include <string_view>

namespace hark::event {

/// How an event uses what its listeners answer.
enum class Kind {
  notify,  ///< not at all
  chain,   ///< with event::retval an answer replaces arguments for the next listener
  first,   ///< the first answer that is true ends the dispatch and is its result
};

/// Marks an argument of a chain event that listeners may replace.
///
/// Listeners see a `const T&`; with event::retval they return the new T, a std::tuple of
/// all the marked arguments where there are several, or a std::optional of either to
/// leave them be.
template <class T>
struct answer;

/// An event whose listeners are told and not asked. The base of an event's declaration:
///
///     struct checkout : event::signal<"checkout", void(Connection& connection)> {};
///
/// Arguments are values or lvalue references; a value that is large or not trivially
/// copyable reaches the listeners as a reference to const. Members that the event may
/// add:
///  - `struct arguments { … };` one field per argument, in order: the named form;
///  - `static constexpr std::string_view deprecated = "…";` what to say when it is
///  listened to.
///  - `template <class Target> using signature_on = void(…);` what listeners on a Target
///  are called with, where that is more than the signature knows: each argument is a
///  static_cast of the signature's, `Table&` of `SchemaItem&`.
/// A name that begins with `_hark_event` is internal: users' listen does not offer it.
template <name Name, class Signature>
struct signal {
  using signature = Signature;
  static constexpr std::string_view id = Name.view();
  static constexpr Kind kind = Kind::notify;
};

/// An event whose listeners may replace the arguments marked `answer<T>`:
///
///     struct before_execute
///         : event::chain<"before_execute", void(Connection&,
///         event::answer<std::string>)> {};
///
/// An event with another use for the answer declares, instead of marking arguments,
/// `static void replace(Answer answer, Args&… args)`.
template <name Name, class Signature>
struct chain : signal<Name, Signature> {
  static constexpr Kind kind = Kind::chain;
};

/// An event that asks until one answers: `first<"do_connect",
/// std::shared_ptr<Connection>(…)>`.
///
/// The result type is default-constructible (no answer) and converts to bool (is it
/// one?). An event that refuses event::retval declares `static constexpr bool
/// accepts_retval = false;`.
template <name Name, class Signature>
struct first : signal<Name, Signature> {
  static constexpr Kind kind = Kind::first;
};

}  // namespace hark::event
