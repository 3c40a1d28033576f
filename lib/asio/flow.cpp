// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "asio/flow.hpp"

#include <hark/asio/detail/engine_state.hpp>
#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hark::detail {

using boost::system::error_code;

constexpr std::chrono::milliseconds first_repetition{5};
constexpr std::chrono::milliseconds longest_repetition{500};

// -- AsioWatch --------------------------------------------------------------------------

AsioWatch::AsioWatch(const OwnersContext& context,
                     std::shared_ptr<ContextMembers> members,
                     int socket)
    : io_(context.io()),
      members_(std::move(members)),
      registration_(std::make_shared<Registration>()) {
  registration_->descriptor.emplace(context.executor(), socket);
  if (!members_->add(*registration_)) registration_->release();
}

AsioWatch::~AsioWatch() {
  registration_->release();
  members_->remove(*registration_);
}

void AsioWatch::Registration::release() noexcept {
  const std::lock_guard lock(mutex);
  if (!descriptor) return;
  try {
    static_cast<void>(descriptor->release());
  } catch (...) {  // it was not registered
  }
  descriptor.reset();
}

// -- AsyncFlow --------------------------------------------------------------------------

AsyncFlow::AsyncFlow(AsyncSession& session)
    : session_(session),
      members_(session.engine().context_members()),
      fiber_(session.engine().options().stack_size) {
  if (!members_->add(*this)) is_abandoned_ = true;
}

AsyncFlow::~AsyncFlow() { members_->remove(*this); }

std::shared_ptr<void> AsyncFlow::hold() noexcept {
  return session_.weak_from_this().lock();
}

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

void AsyncFlow::Wakener::operator()(Woken how) {
  const std::shared_ptr<AsyncSession> session = std::move(session_);
  if (const Strand::Turn turn(session->strand()); turn) return session->wake(wait_, how);
  session->strand().post(
      [waker = Wakener(session, wait_), how]() mutable { waker(how); });
}

void AsyncFlow::Wakener::post() && {
  Strand& strand = session_->strand();
  strand.post([waker = std::move(*this)]() mutable { waker(); });
}

// -- waits ------------------------------------------------------------------------------

Woken AsyncFlow::suspend(WorkRef start,
                         Cancelling cancelling,
                         dbapi::Connection* interrupted) {
  if (is_abandoned_) throw_cancelled();
  if (std::exchange(is_unanswered_, false)) is_cancel_pending_ = true;
  if (is_cancel_pending_ &&
      (cancelling == Cancelling::throws || cancelling == Cancelling::repeats)) {
    is_cancel_pending_ = false;
    throw_cancelled(cancelling == Cancelling::throws);
  }
  start_ = start;
  cancelling_ = cancelling;
  interrupted_ = interrupted;
  is_waiting_ = true;
  is_told_ = false;
  ++wait_;
  fiber_.suspend();
  if (start_failure_ != nullptr)
    std::rethrow_exception(std::exchange(start_failure_, nullptr));
  if (woken_ == Woken::abandoned ||
      (woken_ == Woken::cancelled && cancelling != Cancelling::signals))
    throw_cancelled();
  is_unanswered_ = is_told_ && cancelling != Cancelling::signals;
  return woken_;
}

void AsyncFlow::set_timer(const Deadline& deadline) {
  if (!timer_) timer_.emplace(session_.engine().executor());
  timer_->expires_at(deadline.value_or(Clock::time_point::max()));
  timer_->async_wait([waker = wakener()](const error_code& error) mutable {
    // A timer that was cancelled belongs to a wait that is over.
    waker(error ? Woken::cancelled : Woken::timeout);
  });
}

bool AsyncFlow::wait_for(int socket,
                         Ready what,
                         SocketWatchPtr& watch,
                         const Deadline& deadline,
                         dbapi::Connection* interrupted) {
  using Descriptor = AsioWatch::Descriptor;
  if (is_abandoned_) throw_cancelled();
  // The engine's: connections change strands.
  const OwnersContext& context = session_.engine().context();
  auto* watched = static_cast<AsioWatch*>(watch.get());
  if (watched == nullptr || !watched->is_of(context, socket)) {
    watch.reset();
    watch = std::make_unique<AsioWatch>(context, members_, socket);
    watched = static_cast<AsioWatch*>(watch.get());
  }
  const auto wait = [&](Descriptor::wait_type type) {
    watched->descriptor().async_wait(
        type, [waker = wakener()](const error_code& error) mutable {
          waker(error == boost::asio::error::operation_aborted ? Woken::cancelled
                                                               : Woken::ready);
        });
  };
  const auto begin = [&] {
    if (what != Ready::write) wait(Descriptor::wait_read);
    if (what != Ready::read) wait(Descriptor::wait_write);
    if (deadline) set_timer(deadline);
  };
  Woken how = Woken::ready;
  try {
    how = suspend(begin,
                  interrupted != nullptr && !gives_up_ ? Cancelling::interrupts
                                                       : Cancelling::throws,
                  interrupted);
  } catch (...) {
    watched->cancel();
    if (timer_) timer_->cancel();
    throw;
  }
  // Where several were waited for, the others are left.
  if (what == Ready::both || how == Woken::timeout) watched->cancel();
  if (deadline && how != Woken::timeout) timer_->cancel();
  return how != Woken::timeout;
}

void AsyncFlow::run_elsewhere(WorkRef work, dbapi::Connection* interrupted) {
  struct Task {
    WorkRef work;
    std::exception_ptr failure;
  };
  Task task{work, nullptr};
  if (errand_ == nullptr) errand_ = std::make_shared<Errand>();
  const auto begin = [&] {
    errand_->begin(session_.engine().blocking_executor(),
                   {.session = session_.shared_from_this(),
                    .wait = wait_,
                    .act =
                        [](void* given) noexcept {
                          auto& done = *static_cast<Task*>(given);
                          try {
                            done.work();
                          } catch (...) {
                            done.failure = std::current_exception();
                          }
                        },
                    .argument = &task,
                    .end =
                        [](AsyncSession& session, std::uint64_t wait, bool was_done) {
                          session.wake(wait, was_done ? Woken::ready : Woken::cancelled);
                        },
                    .lose =
                        [](AsyncSession& session, std::uint64_t wait) noexcept {
                          session.wake(wait, Woken::abandoned);
                        }});
  };
  // Never thrown out of while it is done: it is told again and again instead.
  static_cast<void>(
      suspend(begin,
              interrupted != nullptr ? Cancelling::repeats : Cancelling::nothing,
              interrupted));
  if (task.failure != nullptr) std::rethrow_exception(task.failure);
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
    if (timer_) timer_->cancel();  // the wait may never have begun
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
  std::move(*waker).post();
}

void AsyncFlow::note_cancelled() noexcept {
  is_unanswered_ = false;
  boost::system::error_code ignored;
  if (cancel_timer_) cancel_timer_->cancel(ignored);
}

void AsyncFlow::end_cancellation() noexcept {
  if (is_cancel_pending_ || is_unanswered_ || gives_up_ || is_told_) [[unlikely]]
    note_cancelled();
  is_cancel_pending_ = false;
  gives_up_ = false;
  is_told_ = false;
  ++work_;
}

void AsyncFlow::throw_cancelled(bool is_disconnect) const {
  throw dbapi::OperationalError(is_abandoned_
                                    ? "the operation was abandoned: its executor has gone"
                                    : "the operation was cancelled",
                                {.is_disconnect = is_disconnect, .is_cancelled = true});
}

// -- off the fiber ----------------------------------------------------------------------

void AsyncFlow::begin(Fiber::Work work, void* argument, bool is_cancelled) noexcept {
  ++work_;
  is_cancel_pending_ = is_cancelled;
  is_unanswered_ = false;
  gives_up_ = false;
  woken_meanwhile_.reset();
  fiber_.begin(*this, work, argument);
  run();
}

void AsyncFlow::end() noexcept {
  reservation = nullptr;
  if (cancel_timer_) cancel_timer_->cancel();
}

bool AsyncFlow::forget() noexcept {
  const std::lock_guard lock(mutex_);
  has_permit_ = false;
  return !is_abandoned_ && !is_waiting_ && interruption_ == nullptr && has_ended();
}

/// The fiber has suspended itself, and said what has to be begun now.
void AsyncFlow::run() noexcept {
  while (!has_ended()) {
    is_starting_ = true;
    try {
      const WorkRef start = *start_;
      start();
      if (is_cancel_pending_ && is_waiting_) {
        is_cancel_pending_ = false;
        cancel();
      }
    } catch (...) {
      start_failure_ = std::current_exception();
      is_woken_early_ = true;
      is_waiting_ = false;
    }
    is_starting_ = false;
    if (!std::exchange(is_woken_early_, false)) return;
    fiber_.resume();
  }
}

bool AsyncFlow::wake(std::uint64_t wait, Woken how) noexcept {
  if (!is_waiting_ || wait != wait_) return false;
  if (how == Woken::abandoned) {
    is_abandoned_ = true;
    end_interruption();
  } else if (is_interrupting_) {
    // What is interrupted must not be the next statement.
    if (!woken_meanwhile_) woken_meanwhile_ = how;
    return false;
  }
  is_waiting_ = false;
  woken_ = how;
  if (is_starting_) {
    is_woken_early_ = true;
    return false;
  }
  fiber_.resume();
  run();
  return true;
}

// -- cancellation -----------------------------------------------------------------------

void AsyncFlow::cancel() {
  if (!is_waiting_ || cancelling_ == Cancelling::nothing) {
    is_cancel_pending_ = true;
    return;
  }
  if (std::exchange(is_told_, true)) return;
  switch (cancelling_) {
    case Cancelling::nothing:
      break;
    case Cancelling::throws:
      session_.wake(wait_, Woken::cancelled);
      break;
    case Cancelling::interrupts:
      tell_to_interrupt();
      give_up_after(session_.engine().options().cancel_timeout);
      break;
    case Cancelling::repeats:
      if (errand_->take_back()) {
        session_.wake(wait_, Woken::cancelled);
      } else {
        interrupt_until(wait_, first_repetition);
      }
      break;
    case Cancelling::signals:
      signal_.emit(boost::asio::cancellation_type::terminal);
      break;
  }
}

void AsyncFlow::tell_to_interrupt() {
  if (!interrupted_->interrupt_blocks()) return interrupted_->interrupt();
  if (is_interrupting_) return;
  if (interruption_ == nullptr) interruption_ = std::make_shared<Errand>();
  is_interrupting_ = true;
  try {
    interruption_->begin(
        session_.engine().blocking_executor(),
        {.session = session_.shared_from_this(),
         .wait = wait_,
         .act =
             [](void* told) noexcept {
               static_cast<dbapi::Connection*>(told)->interrupt();
             },
         .argument = interrupted_,
         .end = [](AsyncSession& session,
                   std::uint64_t /*wait*/,
                   bool /*was_done*/) { session.interrupt_done(); },
         .lose = [](AsyncSession& /*session*/, std::uint64_t /*wait*/) noexcept {}});
  } catch (...) {  // it takes its time
    is_interrupting_ = false;
  }
}

void AsyncFlow::interrupt_done() {
  is_interrupting_ = false;
  if (!woken_meanwhile_) return;
  const Woken how = *std::exchange(woken_meanwhile_, std::nullopt);
  session_.wake(wait_, how);
}

/// The connection is not needed by an interruption any more.
void AsyncFlow::end_interruption() noexcept {
  if (!std::exchange(is_interrupting_, false)) return;
  if (interruption_->take_back()) return;
  while (!interruption_->wait_for_end(longest_repetition)) {
  }
}

template <class Then>
void AsyncFlow::set_cancel_timer(std::chrono::milliseconds time, Then then) {
  try {
    if (!cancel_timer_) cancel_timer_.emplace(session_.engine().executor());
    cancel_timer_->expires_after(time);
    cancel_timer_->async_wait(
        [session = session_.shared_from_this(), then](const error_code& error) {
          if (error) return;
          if (const Strand::Turn turn(session->strand()); turn) return then();
          session->strand().post([session, then] { then(); });
        });
  } catch (...) {  // it takes its time
  }
}

/// Tells the driver until the wait is over: what is told before the statement has quite begun
/// has no effect.
void AsyncFlow::interrupt_until(std::uint64_t wait, std::chrono::milliseconds pause) {
  if (!is_waiting_ || wait != wait_) return;
  tell_to_interrupt();
  set_cancel_timer(pause, [this, wait, pause] {
    interrupt_until(wait, std::min(pause * 2, longest_repetition));
  });
}

/// Gives the connection up where the server does not end what it was asked to end.
void AsyncFlow::give_up_after(std::chrono::milliseconds time) {
  set_cancel_timer(time, [this, work = work_] { give_up(work); });
}

void AsyncFlow::give_up(std::uint64_t work) {
  if (has_ended() || work != work_) return;
  gives_up_ = true;
  if (is_waiting_ && cancelling_ == Cancelling::interrupts) {
    session_.wake(wait_, Woken::cancelled);
  } else {
    is_cancel_pending_ = true;
  }
}

void AsyncFlow::context_goes() noexcept {
  if (errand_ != nullptr && !errand_->take_back()) {
    while (!errand_->wait_for_end(first_repetition)) {
      if (is_waiting_ && cancelling_ == Cancelling::repeats) interrupted_->interrupt();
    }
  }
  end_interruption();
  // What a coroutine of a listener uses is there until the coroutine has gone.
  if (is_waiting_ && cancelling_ != Cancelling::signals)
    session_.wake(wait_, Woken::abandoned);
}

}  // namespace hark::detail
