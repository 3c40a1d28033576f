// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace hark {

namespace detail {

/// The timer of one operation, and the signal by which it and the user's own slot cancel.
///
/// Thread safety: shared objects safe: the timer's thread need not be the user's.
class Deadline : public std::enable_shared_from_this<Deadline> {
 public:
  explicit Deadline(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

  void begin(std::chrono::steady_clock::duration time) {
    const std::lock_guard lock(mutex_);
    if (is_over_) return;
    timer_.expires_after(time);
    timer_.async_wait(
        [self = shared_from_this()](const boost::system::error_code& error) {
          if (!error) self->cancel(boost::asio::cancellation_type::terminal);
        });
  }
  void cancel(boost::asio::cancellation_type type) {
    const std::lock_guard lock(mutex_);
    if (!is_over_) signal_.emit(type);
  }
  void end() noexcept {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    boost::system::error_code ignored;
    timer_.cancel(ignored);
  }

 private:
  std::recursive_mutex mutex_;  // a cancellation may end it at once
  bool is_over_ = false;
  boost::asio::steady_timer timer_;
  boost::asio::cancellation_signal signal_;
};

template <class Handler>
class CancelAfterHandler {
 public:
  using cancellation_slot_type = boost::asio::cancellation_slot;

  CancelAfterHandler(Handler&& handler, std::shared_ptr<Deadline> deadline)
      : handler_(std::move(handler)), deadline_(std::move(deadline)) {}

  cancellation_slot_type get_cancellation_slot() const noexcept {
    return deadline_->slot();
  }
  /// Requires: the slot's operation is over.
  void leave_slot() const noexcept { deadline_->end(); }
  const Handler& handler() const noexcept { return handler_; }

  template <class... Args>
  void operator()(Args&&... args) {
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler_);
        slot.is_connected())
      slot.clear();
    deadline_->end();
    std::move(handler_)(std::forward<Args>(args)...);
  }

 private:
  Handler handler_;
  std::shared_ptr<Deadline> deadline_;
};

template <class Initiation>
struct InitiateCancelAfter {
  Initiation initiation;
  std::chrono::steady_clock::duration time;

  template <class Handler, class... Args>
  void operator()(Handler&& handler, Args&&... args) {
    using Kept = std::decay_t<Handler>;
    auto deadline = std::make_shared<Deadline>(executor_of(handler, args...));
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler);
        slot.is_connected()) {
      slot.assign([asked = std::weak_ptr<Deadline>(deadline)](
                      boost::asio::cancellation_type type) {
        if (const auto deadline_asked = asked.lock()) deadline_asked->cancel(type);
      });
    }
    Kept kept(std::forward<Handler>(handler));
    std::move(initiation)(CancelAfterHandler<Kept>(std::move(kept), deadline),
                          std::forward<Args>(args)...);
    deadline->begin(time);
  }

 private:
  /// Of hark's operations their owner's; Boost.Asio's initiations have one.
  template <class Handler, class... Args>
  boost::asio::any_io_executor executor_of(const Handler& handler,
                                           const Args&... args) const {
    if constexpr (requires { initiation.get_executor(); }) {
      return initiation.get_executor();
    } else if constexpr (requires { owner_of(args...).executor(); }) {
      return owner_of(args...).executor();
    } else {
      return boost::asio::get_associated_executor(handler);
    }
  }
  template <class Owner>
  static const Owner& owner_of(const std::shared_ptr<Owner>& owner,
                               const auto&... /*rest*/) {
    return *owner;
  }
};

}  // namespace detail

/// The completion token of cancel_after().
template <class Token>
struct CancelAfter {
  std::chrono::steady_clock::duration time;
  Token token;
};

/// A completion token that cancels an operation which takes longer:
///
///     co_await connection.async_execute(sql, hark::cancel_after(2s, asio::use_awaitable));
///     co_await asio::co_spawn(executor, checkout(17), hark::cancel_after(5s, use_awaitable));
///
/// The operation then fails as with any cancellation: hark's with Error::is_cancelled(); a
/// coroutine with what it throws, because that which it waits for is cancelled. The token's own
/// cancellation slot goes on to work.
///
/// Requires: a coroutine that is spawned with it runs on a strand, where several threads run its
/// context: Boost.Asio's cancellation is for one thread at a time.
template <class Token>
CancelAfter<std::decay_t<Token>> cancel_after(std::chrono::steady_clock::duration time,
                                              Token&& token) {
  return {time, std::forward<Token>(token)};
}

}  // namespace hark

template <class Token, class... Signatures>
class boost::asio::async_result<hark::CancelAfter<Token>, Signatures...> {
 public:
  template <class Initiation, class Given, class... Args>
  static auto initiate(Initiation&& initiation, Given&& token, Args&&... args) {
    Token own(std::forward<Given>(token).token);
    return boost::asio::async_initiate<Token, Signatures...>(
        hark::detail::InitiateCancelAfter<std::decay_t<Initiation>>{
            std::forward<Initiation>(initiation), token.time},
        own,
        std::forward<Args>(args)...);
  }
};

/// All but the slot is the handler's.
template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::
    associator<Associator, hark::detail::CancelAfterHandler<Handler>, Default> {
  using type = typename Associator<Handler, Default>::type;

  static type get(const hark::detail::CancelAfterHandler<Handler>& handler) noexcept {
    return Associator<Handler, Default>::get(handler.handler());
  }
  static decltype(auto) get(const hark::detail::CancelAfterHandler<Handler>& handler,
                            const Default& otherwise) noexcept {
    return Associator<Handler, Default>::get(handler.handler(), otherwise);
  }
};
