// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/fwd.hpp>

#include <cstdint>
#include <exception>
#include <utility>

namespace hark::event {

/// The handle of a registered listener: removes it, pauses it, tells how it fares.
///
///     auto subscription = event::listen(pool, "checkout", [&](Connection&) { … });
///     subscription.disconnect();
///
/// Letting go of it changes nothing (see ScopedSubscription). Copies are handles of the
/// same listener. A default-made or moved-from one is handle of none: never connected.
///
/// Thread safety: distinct objects safe; shared objects safe, assignment and moving
/// apart. Lifetime: it may outlive the target; the listener is then disconnected.
/// Guarantees:
///  - <event.subscription-1> After disconnect() has returned no new call begins.
///  - <event.subscription-2> After disconnect_and_wait() has returned none is running on
///  another
///    thread either, and the listener with all that it captured is destroyed.
///  - <event.subscription-3> Called from inside the listener, disconnect_and_wait()
///  returns at
///    once; the listener is destroyed after it has returned.
///  - <event.subscription-4> When the last target that the listener reached is destroyed,
///  or
///    the object that it tracks, connected() is false.
class Subscription {
 public:
  Subscription() noexcept = default;
  Subscription(const Subscription& other) noexcept;
  Subscription(Subscription&& other) noexcept
      : listener_(std::exchange(other.listener_, nullptr)) {}
  Subscription& operator=(Subscription other) noexcept {
    std::swap(listener_, other.listener_);
    return *this;
  }
  ~Subscription();

  /// Takes the listener out of everything that it reached. Again: no effect.
  void disconnect() noexcept;

  /// disconnect(), then waits for calls under way elsewhere: a fiber without its thread, and
  /// not for fibers once it was abandoned. Requires: no such call waits for the caller, nor
  /// in a fiber that only the calling thread, which is blocked, would resume.
  void disconnect_and_wait() noexcept;

  /// Keeps the listener registered and uncalled until unblock(). Again: no effect.
  void block() noexcept;
  void unblock() noexcept;
  bool blocked() const noexcept;

  /// Is it registered anywhere?
  bool connected() const noexcept;

  /// Calls begun so far, on all threads. Calls in progress elsewhere may be missing.
  std::uint64_t calls() const noexcept;

  /// Calls that an exception ended.
  std::uint64_t failures() const noexcept;

  /// The exception of the last such call; null if there was none.
  std::exception_ptr last_error() const noexcept;

  /// Do both stand for the same listener?
  friend bool operator==(const Subscription&, const Subscription&) noexcept = default;

 private:
  friend struct detail::Access;
  explicit Subscription(detail::Listener* counted) noexcept : listener_(counted) {}

  detail::Listener* listener_ = nullptr;
};

/// A Subscription that ends with its scope, as std::jthread ends its thread.
///
///     const event::ScopedSubscription logging = event::listen(pool, "checkout",
///     log_checkout);
///
/// The destructor is disconnect_and_wait(), so what the listener captured by reference
/// may be destroyed next. In a class whose listener captures `this` it is the last
/// member: the first to be destroyed. Assigning ends the subscription that was held.
///
/// Thread safety: distinct objects safe.
/// Guarantees:
///  - <event.scoped_subscription-1> After the destructor, or an assignment, no call of
///  the
///    listener that was held is running on another thread.
class [[nodiscard]] ScopedSubscription {
 public:
  ScopedSubscription() noexcept = default;
  ScopedSubscription(
      Subscription subscription) noexcept  // NOLINT(google-explicit-constructor)
      : subscription_(std::move(subscription)) {}
  ScopedSubscription(ScopedSubscription&& other) noexcept = default;
  ScopedSubscription& operator=(ScopedSubscription&& other) noexcept {
    ScopedSubscription old(std::move(*this));
    subscription_ = std::move(other.subscription_);
    return *this;
  }
  ~ScopedSubscription() { subscription_.disconnect_and_wait(); }

  const Subscription& get() const noexcept { return subscription_; }
  Subscription* operator->() noexcept { return &subscription_; }
  const Subscription* operator->() const noexcept { return &subscription_; }

  /// Lets the listener stay and gives the handle back.
  Subscription release() noexcept { return std::move(subscription_); }

 private:
  Subscription subscription_;
};

}  // namespace hark::event
