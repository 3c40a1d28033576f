// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>

namespace hark::audit {

namespace detail {
class Tracker;
}  // namespace detail

/// What became of what a handler was to be told. All counts since it was subscribed.
///
/// Nothing is counted twice, nor left out: what was offered is requests + lost_requests and
/// events + lost_events, and at any time
///
///     delivered + skipped + queued + open == 2 * (requests + events)
///
/// What tells the handler of losses is in none of these.
struct Statistics {
  std::uint64_t requests = 0;   ///< that were started, and were not lost
  std::uint64_t events = 0;     ///< that were started, and were not lost
  std::uint64_t delivered = 0;  ///< starts and ends that the handler has been called for
  /// Starts and ends that it was not called for, because the call for their start, or for
  /// that of their request, has thrown; or ends for which no time was left at the stop.
  std::uint64_t skipped = 0;
  std::uint64_t lost_requests =
      0;                          ///< for which there was no room, or no time at the stop
  std::uint64_t lost_events = 0;  ///< likewise, or with their request
  std::uint64_t failures = 0;     ///< calls of the handler that threw or took too long
  std::uint64_t queued = 0;       ///< starts and ends that wait now
  std::uint64_t most_queued = 0;  ///< that have ever waited
  std::uint64_t open = 0;         ///< requests and events that have not ended
};

/// The handle of a handler in use.
///
/// Letting go of it changes nothing: the handler stays in use as long as its engine lives.
/// Copies are handles of the same use. A default-made one is handle of none.
///
/// Thread safety: distinct objects safe; shared objects safe, assignment and moving apart.
class Subscription {
 public:
  Subscription() noexcept = default;
  explicit Subscription(std::shared_ptr<detail::Tracker> tracker) noexcept;

  /// Nothing more is recorded. What is open ends with Outcome::unknown; what is queued is
  /// delivered until Options::shutdown_timeout is over, and the rest counted as lost. When
  /// it has returned, the handler is not called again, but for a call that did not return
  /// in time, and no longer kept. From within a call of the handler it returns at once, and
  /// the rest follows. Again: no effect.
  ///
  /// Requires: the handler's executor, where it is the user's, has another thread than the
  /// one that calls this. Else that waits for itself until the time is over, and what is
  /// queued is lost. The engine's end and ~ScopedSubscription are the same.
  void disconnect() noexcept;
  bool connected() const noexcept;

  /// Waits until the handler has been told all that was recorded before, and has made it
  /// durable. From within a call of the handler it does nothing.
  ///
  /// Requires: the handler's executor has another thread, where it is the user's; else it
  /// returns false when the time is over. With QueuePolicy::inline_ the handler's flush()
  /// runs on the calling thread, and is waited for.
  /// Returns: was there time enough, and did the handler's flush() succeed?
  bool flush(std::chrono::steady_clock::time_point deadline) noexcept;
  bool flush(std::chrono::nanoseconds timeout) noexcept {
    return flush(std::chrono::steady_clock::now() + timeout);
  }

  Statistics statistics() const noexcept;
  /// What the handler threw last; null: nothing yet.
  std::exception_ptr last_error() const noexcept;

 private:
  std::shared_ptr<detail::Tracker> tracker_;
};

/// A Subscription that ends with its scope, which is not to be on the only thread of the
/// handler's executor: see Subscription::disconnect().
class [[nodiscard]] ScopedSubscription {
 public:
  ScopedSubscription() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  ScopedSubscription(Subscription subscription) noexcept
      : subscription_(std::move(subscription)) {}
  ScopedSubscription(ScopedSubscription&& other) noexcept = default;
  ScopedSubscription& operator=(ScopedSubscription&& other) noexcept {
    subscription_.disconnect();
    subscription_ = std::move(other.subscription_);
    return *this;
  }
  ~ScopedSubscription() { subscription_.disconnect(); }

  Subscription* operator->() noexcept { return &subscription_; }
  const Subscription* operator->() const noexcept { return &subscription_; }

 private:
  Subscription subscription_;
};

}  // namespace hark::audit
