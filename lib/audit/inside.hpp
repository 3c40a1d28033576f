// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <type_traits>
#include <utility>
#include <vector>

namespace hark::audit::detail {

/// While it lives the thread is inside a call of that delivery's handler: what it does then
/// that delivery does not record, nor one whose policy is inline_.
class Inside {
 public:
  explicit Inside(const void* delivery) noexcept
      : call_{delivery, std::exchange(innermost, &call_)} {}
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { innermost = call_.outer; }

  /// In any delivery's handler?
  static bool is_in_any() noexcept { return innermost != nullptr; }
  static bool is_in(const void* delivery) noexcept {
    const Call* inside = innermost;
    while (inside != nullptr && inside->delivery != delivery) inside = inside->outer;
    return inside != nullptr;
  }
  /// The deliveries, the innermost one last.
  static std::vector<const void*> all() {
    std::vector<const void*> found;
    for (const Call* call = innermost; call != nullptr; call = call->outer)
      found.insert(found.begin(), call->delivery);
    return found;
  }

 private:
  friend class InsideOfFiber;
  struct Call {
    const void* delivery;
    const Call* outer;
  };
  static inline thread_local constinit const Call* innermost = nullptr;

  const Call call_;
};

/// Inside which calls a fiber works: those in which its work was begun, on whatever thread.
class InsideOfFiber {
 public:
  InsideOfFiber() = default;
  InsideOfFiber(const InsideOfFiber&) = delete;
  InsideOfFiber& operator=(const InsideOfFiber&) = delete;

  /// The fiber begins to run on this thread, or ceases to.
  void exchange() noexcept { std::swap(innermost_, Inside::innermost); }

  // While it runs.
  void clear() noexcept {
    Inside::innermost = nullptr;
    calls_.clear();
  }
  void enter(const std::vector<const void*>& deliveries) {
    calls_.reserve(deliveries.size());  // they refer to each other
    for (const void* const delivery : deliveries) {
      calls_.push_back({delivery, Inside::innermost});
      Inside::innermost = &calls_.back();
    }
  }

 private:
  std::vector<Inside::Call> calls_;
  const Inside::Call* innermost_ = nullptr;  // of the side that does not run
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
