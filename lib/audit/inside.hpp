// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <type_traits>
#include <utility>

namespace hark::audit::detail {

/// While it lives the thread is inside a call of that delivery's handler: what it does then
/// that delivery does not record, nor one whose policy is inline_.
class Inside {
 public:
  explicit Inside(const void* delivery) noexcept
      : delivery_(delivery), outer_(std::exchange(innermost, this)) {}
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { innermost = outer_; }

  /// In any delivery's handler?
  static bool is_in_any() noexcept { return innermost != nullptr; }
  static bool is_in(const void* delivery) noexcept {
    const Inside* inside = innermost;
    while (inside != nullptr && inside->delivery_ != delivery) inside = inside->outer_;
    return inside != nullptr;
  }

 private:
  static inline thread_local constinit const Inside* innermost = nullptr;

  const void* const delivery_;
  const Inside* const outer_;
};

/// An executor on which all that runs is inside.
class InsideExecutor {
 public:
  InsideExecutor(boost::asio::any_io_executor inner, const void* delivery) noexcept
      : inner_(std::move(inner)), delivery_(delivery) {}

  template <class Property>
  auto query(const Property& property) const
      -> decltype(boost::asio::query(std::declval<const boost::asio::any_io_executor&>(),
                                     property)) {
    return boost::asio::query(inner_, property);
  }
  template <class Property>
  auto require(const Property& property) const -> std::enable_if_t<
      boost::asio::can_require_v<const boost::asio::any_io_executor&, Property>,
      InsideExecutor> {
    return {boost::asio::require(inner_, property), delivery_};
  }
  template <class Property>
  auto prefer(const Property& property) const -> std::enable_if_t<
      boost::asio::can_prefer_v<const boost::asio::any_io_executor&, Property>,
      InsideExecutor> {
    return {boost::asio::prefer(inner_, property), delivery_};
  }
  template <class Function>
  void execute(Function&& function) const {
    inner_.execute(
        [delivery = delivery_, act = std::forward<Function>(function)]() mutable {
          const Inside inside(delivery);
          std::move(act)();
        });
  }
  friend bool operator==(const InsideExecutor& one,
                         const InsideExecutor& other) noexcept {
    return one.inner_ == other.inner_ && one.delivery_ == other.delivery_;
  }
  friend bool operator!=(const InsideExecutor& one,
                         const InsideExecutor& other) noexcept {
    return !(one == other);
  }

 private:
  boost::asio::any_io_executor inner_;
  const void* delivery_;
};

}  // namespace hark::audit::detail
