// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace hark::event {

struct retval_t {};
struct propagate_t {};
struct once_t {};
struct insert_t {};
struct isolate_t {};

/// The listener's answer counts; chain and first events only.
inline constexpr retval_t retval{};

/// Copies of the target get the listener too. Without effect on classes.
inline constexpr propagate_t propagate{};

/// The listener runs at most once, whatever it reached; it stays registered afterwards.
inline constexpr once_t once{};

/// In front of the others of its own level, instead of behind them.
inline constexpr insert_t insert{};

/// What the listener throws ends there, and the dispatch goes on.
///
/// Guarantees:
///  - <event.isolate-1> The exception is counted, kept as the Subscription's last error
///  and
///    reported to the handler of set_failure_handler(); the emitter does not see it.
inline constexpr isolate_t isolate{};

/// A name for people, shown by event::listeners and in reports.
struct label {
  std::string text;
  explicit label(std::string_view name) : text(name) {}
};

/// The listener lives while the object does that `weak` observes, and that object is held
/// while the listener runs.
///
/// Weak is a std::weak_ptr or anything else with `lock()` and `expired()`.
template <class Weak>
struct track {
  static_assert(
      requires(const Weak& object) { object.lock(), object.expired(); },
      "event::track takes a weak pointer: something with lock() and expired()");
  Weak weak;
  explicit track(Weak object) : weak(std::move(object)) {}
};

/// Options known only at run time, for event::runtime_name.
struct ListenOptions {
  bool retval = false;
  bool propagate = false;
  bool once = false;
  bool insert = false;
  bool isolate = false;
  std::string label{};  ///< empty means none
};

}  // namespace hark::event
