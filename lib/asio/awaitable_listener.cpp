// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio/awaitable_listener.hpp>
#include <hark/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "asio/flow.hpp"

namespace hark::detail {
namespace {

namespace asio = boost::asio;
using asio::any_io_executor;

/// What runs through an executor for a fiber that waits for it. On the strand alone.
struct OnBehalf {
  FlowStates* states = nullptr;  // null: the fiber waits no longer
  bool is_entered = false;
};

/// While it lives the thread has the states of the fiber, but for its suspender: what runs is
/// part of the fiber's work, and must not block less than the thread does.
class Entered {
 public:
  explicit Entered(OnBehalf& of) noexcept
      : of_(of), states_(of.is_entered ? nullptr : of.states) {
    if (states_ == nullptr) return;
    of_.is_entered = true;
    states_->enter(nullptr);
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() {
    if (states_ == nullptr) return;
    states_->leave();
    of_.is_entered = false;
  }

 private:
  OnBehalf& of_;
  FlowStates* const states_;
};

/// A strand on which all that runs does so on behalf of a fiber that waits for it.
class OnBehalfExecutor {
 public:
  OnBehalfExecutor(any_io_executor strand, std::shared_ptr<OnBehalf> of) noexcept
      : strand_(std::move(strand)), of_(std::move(of)) {}

  template <class Property>
  auto query(const Property& property) const
      -> decltype(asio::query(std::declval<const any_io_executor&>(), property)) {
    return asio::query(strand_, property);
  }
  template <class Property>
  auto require(const Property& property) const
      -> std::enable_if_t<asio::can_require_v<const any_io_executor&, Property>,
                          OnBehalfExecutor> {
    return {asio::require(strand_, property), of_};
  }
  template <class Property>
  auto prefer(const Property& property) const
      -> std::enable_if_t<asio::can_prefer_v<const any_io_executor&, Property>,
                          OnBehalfExecutor> {
    return {asio::prefer(strand_, property), of_};
  }
  template <class Function>
  void execute(Function&& function) const {
    strand_.execute(
        [of = of_,
         act = std::decay_t<Function>(std::forward<Function>(function))]() mutable {
          const Entered entered(*of);
          std::move(act)();
        });
  }
  friend bool operator==(const OnBehalfExecutor& one,
                         const OnBehalfExecutor& other) noexcept {
    return one.strand_ == other.strand_ && one.of_ == other.of_;
  }
  friend bool operator!=(const OnBehalfExecutor& one,
                         const OnBehalfExecutor& other) noexcept {
    return !(one == other);
  }

 private:
  any_io_executor strand_;
  std::shared_ptr<OnBehalf> of_;
};

/// Wakes the fiber when the listener has ended, or was dropped. Not at once: what runs then
/// may still do so on the fiber's behalf.
class Ended {
 public:
  Ended(std::shared_ptr<OnBehalf> of,
        std::exception_ptr& failure,
        AsyncFlow::Wakener waker) noexcept
      : of_(std::move(of)), failure_(&failure), waker_(std::move(waker)) {}
  Ended(Ended&& other) noexcept
      : of_(std::move(other.of_)),
        failure_(other.failure_),
        waker_(std::move(other.waker_)) {
    other.waker_.reset();
  }
  Ended& operator=(Ended&&) = delete;
  ~Ended() {
    if (!waker_) return;
    // What it awaited has gone; where the fiber's executor has, too, nobody will read this.
    *failure_ = std::make_exception_ptr(
        CancelledError("a listener was destroyed before it had ended"));
    wake();
  }

  void operator()(std::exception_ptr failure) noexcept {
    *failure_ = std::move(failure);
    wake();
  }

 private:
  void wake() noexcept {
    of_->states = nullptr;
    AsyncFlow::Wakener waker(std::move(*waker_));
    waker_.reset();
    try {
      std::move(waker).post();
    } catch (...) {  // the fiber was woken by what could not be posted
    }
  }

  std::shared_ptr<OnBehalf> of_;
  std::exception_ptr* failure_;
  std::optional<AsyncFlow::Wakener> waker_;
};

/// `was_cancelled`: while it could hear of it.
asio::awaitable<void> watch(asio::awaitable<void> listener, bool& was_cancelled) {
  std::exception_ptr failure;
  try {
    co_await std::move(listener);
  } catch (...) {
    failure = std::current_exception();
  }
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  was_cancelled = state.cancelled() != asio::cancellation_type::none;
  if (failure != nullptr) std::rethrow_exception(failure);
}

[[noreturn]] void rethrow(const std::exception_ptr& failure, bool was_cancelled) {
  if (!was_cancelled) std::rethrow_exception(failure);
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
  }
  throw CancelledError("the operation was cancelled while a listener was awaited");
}

}  // namespace

void await_listener(asio::awaitable<void> listener) {
  AsyncFlow* const flow = current_flow();
  if (flow == nullptr) {
    throw InvalidRequestError(
        "a listener that returns an awaitable was met by a thread, which cannot wait for "
        "it: do this by an AsyncConnection, or listen synchronously");
  }
  const auto of = std::make_shared<OnBehalf>();
  of->states = &flow->states();
  std::exception_ptr failure;
  bool was_cancelled = false;
  const auto forget = [&]() noexcept { flow->signal().slot().clear(); };
  try {
    flow->await([&](AsyncFlow::Wakener waker) {
      const any_io_executor strand = flow->executor();
      asio::co_spawn(
          OnBehalfExecutor(strand, of),
          watch(std::move(listener), was_cancelled),
          asio::bind_cancellation_slot(
              flow->signal().slot(),
              asio::bind_executor(strand, Ended(of, failure, std::move(waker)))));
    });
  } catch (...) {
    forget();
    throw;
  }
  forget();
  if (!was_cancelled) flow->pass_cancellation_on();
  if (failure != nullptr) rethrow(failure, was_cancelled);
}

}  // namespace hark::detail
