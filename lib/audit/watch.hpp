// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

namespace hark::audit::detail {

/// Longer than anybody's, and can still be added to a time.
constexpr std::chrono::nanoseconds longest_timeout = std::chrono::hours(24 * 365);

/// Cancels what takes too long. One timer serves many calls: it is set anew when it has
/// expired, and only where a call is under way.
///
/// Thread safety: one thread at a time.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const boost::asio::any_io_executor& executor, std::chrono::nanoseconds timeout)
      : timer_(executor), timeout_(std::min(timeout, longest_timeout)) {}

  boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }
  void begin() {
    deadline_ = std::chrono::steady_clock::now() + timeout_;
    is_calling_ = true;
    has_expired_ = false;
    if (!is_set_) set();
  }
  /// Was it cancelled?
  bool end() noexcept {
    is_calling_ = false;
    return has_expired_;
  }
  void stop() noexcept {
    is_calling_ = false;
    timer_.cancel();
  }

 private:
  void set() {
    timer_.expires_at(deadline_);
    is_set_ = true;
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& code) {
      self->is_set_ = false;
      if (!code) self->look();
    });
  }
  void look() {
    if (!is_calling_ || has_expired_) return;
    if (std::chrono::steady_clock::now() < deadline_) {
      set();
      return;
    }
    has_expired_ = true;
    signal_.emit(boost::asio::cancellation_type::all);
  }

  boost::asio::steady_timer timer_;
  boost::asio::cancellation_signal signal_;
  const std::chrono::nanoseconds timeout_;
  std::chrono::steady_clock::time_point deadline_{};
  bool is_set_ = false;
  bool is_calling_ = false;
  bool has_expired_ = false;
};

}  // namespace hark::audit::detail
