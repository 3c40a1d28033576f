// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "asio/flow.hpp"

#include <hark/asio/detail/engine_state.hpp>
#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hark::detail {

using boost::asio::bind_executor;
using boost::system::error_code;

constexpr std::chrono::milliseconds first_repetition{5};
constexpr std::chrono::milliseconds longest_repetition{500};

AsyncFlow::AsyncFlow(AsyncSession& session) noexcept : session_(session) {}

AsyncFlow::~AsyncFlow() = default;

AsyncFlow* current_flow() noexcept {
  // No other Suspender is made.
  return static_cast<AsyncFlow*>(current_suspender());
}

// -- Wakener ----------------------------------------------------------------------------

AsyncFlow::Wakener AsyncFlow::wakener() noexcept {
  return {session_.shared_from_this(), wait_};
}

AsyncFlow::Wakener::~Wakener() {
  if (session_ != nullptr) session_->wake(wait_, Woken::abandoned);
}

void AsyncFlow::Wakener::operator()(Woken how) noexcept {
  const std::shared_ptr<AsyncSession> session = std::move(session_);
  session->wake(wait_, how);
}

// -- waits ------------------------------------------------------------------------------

Woken AsyncFlow::suspend(WorkRef start,
                         Cancelling cancelling,
                         dbapi::Connection* interrupted) {
  if (is_abandoned_) throw_cancelled();
  start_ = start;
  cancelling_ = cancelling;
  interrupted_ = interrupted;
  is_waiting_ = true;
  has_suspended_ = true;
  ++wait_;
  fiber_->suspend();
  if (start_failure_ != nullptr)
    std::rethrow_exception(std::exchange(start_failure_, nullptr));
  if (woken_ == Woken::abandoned ||
      (woken_ == Woken::cancelled && cancelling != Cancelling::signals))
    throw_cancelled();
  return woken_;
}

void AsyncFlow::set_timer(const Deadline& deadline) {
  if (!timer_) timer_.emplace(executor());
  timer_->expires_at(deadline.value_or(Clock::time_point::max()));
  timer_->async_wait(
      bind_executor(executor(), [waker = wakener()](const error_code& error) mutable {
        // A timer that was cancelled belongs to a wait that is over.
        waker(error ? Woken::cancelled : Woken::timeout);
      }));
}

bool AsyncFlow::wait_for(int socket,
                         Ready what,
                         SocketWatchPtr& watch,
                         const Deadline& deadline,
                         dbapi::Connection* interrupted) {
  using Descriptor = boost::asio::posix::stream_descriptor;
  // The engine's executor: connections change strands.
  const boost::asio::any_io_executor& context = session_.engine().executor();
  auto* watched = static_cast<AsioWatch*>(watch.get());
  if (watched == nullptr || !watched->is_of(context, socket)) {
    watch.reset();
    watch = std::make_unique<AsioWatch>(context, socket);
    watched = static_cast<AsioWatch*>(watch.get());
  }
  Descriptor& descriptor = watched->descriptor();
  const auto wait = [&](Descriptor::wait_type type) {
    descriptor.async_wait(
        type,
        bind_executor(executor(), [waker = wakener()](const error_code& error) mutable {
          waker(error == boost::asio::error::operation_aborted ? Woken::cancelled
                                                               : Woken::ready);
        }));
  };
  const auto begin = [&] {
    if (what != Ready::write) wait(Descriptor::wait_read);
    if (what != Ready::read) wait(Descriptor::wait_write);
    if (deadline) set_timer(deadline);
  };
  Woken how = Woken::ready;
  try {
    how = suspend(begin,
                  interrupted != nullptr ? Cancelling::interrupts : Cancelling::throws,
                  interrupted);
  } catch (...) {
    descriptor.cancel();
    if (timer_) timer_->cancel();
    throw;
  }
  // Where several were waited for, the others are left.
  if (what == Ready::both || how == Woken::timeout) descriptor.cancel();
  if (deadline && how != Woken::timeout) timer_->cancel();
  return how != Woken::timeout;
}

void AsyncFlow::run_elsewhere(WorkRef work, dbapi::Connection* interrupted) {
  std::exception_ptr failure;
  const auto begin = [&] {
    boost::asio::post(
        session_.engine().blocking_executor(),
        [&work, &failure, waker = wakener()]() mutable {
          try {
            work();
          } catch (...) {
            failure = std::current_exception();
          }
          const boost::asio::any_io_executor back = waker.session()->executor();
          boost::asio::post(
              back, [waker = std::move(waker)]() mutable { waker(Woken::ready); });
        });
  };
  // Never thrown out of while it is done: it is told again and again instead.
  static_cast<void>(
      suspend(begin,
              interrupted != nullptr ? Cancelling::repeats : Cancelling::nothing,
              interrupted));
  if (failure != nullptr) std::rethrow_exception(failure);
}

bool AsyncFlow::park(const Deadline& deadline) {
  if (is_abandoned_) throw_cancelled();
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_permit_, false)) return true;
  }
  const auto begin = [&] {
    set_timer(deadline);
    Wakener waker = wakener();
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(has_permit_, false)) {
        parked_.emplace(std::move(waker));
        return;
      }
    }
    waker(Woken::ready);
  };
  const auto leave = [&]() noexcept {
    std::optional<Wakener> unused;
    {
      const std::lock_guard lock(mutex_);
      if (parked_) unused.emplace(std::move(*parked_));
      parked_.reset();
      has_permit_ = false;
    }
    timer_->cancel();
  };
  Woken how = Woken::ready;
  try {
    how = suspend(begin, Cancelling::throws, nullptr);
  } catch (...) {
    leave();
    throw;
  }
  leave();
  return how != Woken::timeout;
}

void AsyncFlow::unpark() noexcept {
  std::optional<Wakener> waker;
  {
    const std::lock_guard lock(mutex_);
    if (!parked_) {
      has_permit_ = true;
      return;
    }
    waker.emplace(std::move(*parked_));
    parked_.reset();
  }
  boost::asio::post(executor(),
                    [waker = std::move(*waker)]() mutable { waker(Woken::ready); });
}

void AsyncFlow::throw_cancelled() const {
  throw dbapi::OperationalError(is_abandoned_
                                    ? "the operation was abandoned: its executor has gone"
                                    : "the operation was cancelled",
                                {.is_disconnect = true, .is_cancelled = true});
}

// -- off the fiber ----------------------------------------------------------------------

void AsyncFlow::begin(std::unique_ptr<Fiber> fiber,
                      Fiber::Work work,
                      void* argument) noexcept {
  fiber_ = std::move(fiber);
  has_suspended_ = false;
  fiber_->begin(*this, work, argument);
  run();
}

std::unique_ptr<Fiber> AsyncFlow::end() noexcept {
  reservation = nullptr;
  if (cancel_timer_) cancel_timer_->cancel();
  return std::move(fiber_);
}

/// The fiber has suspended itself, and said what has to be begun now.
void AsyncFlow::run() noexcept {
  while (!has_ended()) {
    is_starting_ = true;
    try {
      const WorkRef start = *start_;
      start();
    } catch (...) {
      start_failure_ = std::current_exception();
      is_woken_early_ = true;
      is_waiting_ = false;
    }
    is_starting_ = false;
    if (!std::exchange(is_woken_early_, false)) return;
    fiber_->resume();
  }
}

bool AsyncFlow::wake(std::uint64_t wait, Woken how) noexcept {
  if (!is_waiting_ || wait != wait_) return false;
  if (how == Woken::abandoned) {
    is_abandoned_ = true;
  } else if (interrupts_ != 0) {
    // What is interrupted must not be the next statement.
    woken_meanwhile_ = how;
    return false;
  }
  is_waiting_ = false;
  woken_ = how;
  if (is_starting_) {
    is_woken_early_ = true;
    return false;
  }
  fiber_->resume();
  run();
  return true;
}

// -- cancellation -----------------------------------------------------------------------

void AsyncFlow::cancel() noexcept {
  if (!is_waiting_) return;
  switch (std::exchange(cancelling_, Cancelling::nothing)) {
    case Cancelling::nothing:
      break;
    case Cancelling::throws:
      session_.wake(wait_, Woken::cancelled);
      break;
    case Cancelling::interrupts:
      interrupt(*interrupted_);
      break;
    case Cancelling::repeats:
      interrupt_repeatedly(session_.shared_from_this(), wait_, first_repetition);
      break;
    case Cancelling::signals:
      signal_.emit(boost::asio::cancellation_type::terminal);
      break;
  }
}

/// Tells the driver until the wait is over: what is told before the statement has quite begun
/// has no effect.
void AsyncFlow::interrupt_repeatedly(const std::shared_ptr<AsyncSession>& session,
                                     std::uint64_t wait,
                                     std::chrono::milliseconds pause) noexcept {
  if (!is_waiting_ || wait != wait_) return;
  dbapi::Connection& connection = *interrupted_;
  try {
    if (!connection.interrupt_blocks()) {
      connection.interrupt();
    } else if (interrupts_ == 0) {
      ++interrupts_;
      boost::asio::post(session_.engine().blocking_executor(), [session, &connection] {
        connection.interrupt();
        boost::asio::post(session->executor(), [session] { session->interrupt_done(); });
      });
    }
    if (!cancel_timer_) cancel_timer_.emplace(executor());
    cancel_timer_->expires_after(pause);
    cancel_timer_->async_wait(
        bind_executor(executor(), [this, session, wait, pause](const error_code& error) {
          if (!error)
            interrupt_repeatedly(session, wait, std::min(pause * 2, longest_repetition));
        }));
  } catch (...) {  // it takes its time
  }
}

/// Tells the driver, which may block, and gives the connection up where that has no effect.
void AsyncFlow::interrupt(dbapi::Connection& connection) noexcept {
  const std::shared_ptr<AsyncSession> session = session_.shared_from_this();
  try {
    ++interrupts_;
    boost::asio::post(session_.engine().blocking_executor(), [session, &connection] {
      connection.interrupt();
      boost::asio::post(session->executor(), [session] { session->interrupt_done(); });
    });
    if (!cancel_timer_) cancel_timer_.emplace(executor());
    cancel_timer_->expires_after(session_.engine().options().cancel_timeout);
    cancel_timer_->async_wait(
        bind_executor(executor(), [session, wait = wait_](const error_code& error) {
          if (!error) session->wake(wait, Woken::cancelled);
        }));
  } catch (...) {  // it takes its time
  }
}

void AsyncFlow::interrupt_done() noexcept {
  --interrupts_;
  if (interrupts_ != 0 || !woken_meanwhile_) return;
  const Woken how = *std::exchange(woken_meanwhile_, std::nullopt);
  session_.wake(wait_, how);
}

}  // namespace hark::detail
