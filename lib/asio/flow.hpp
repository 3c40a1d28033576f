// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/session.hpp>
#include <hark/detail/flow.hpp>
#include <hark/pool/reservation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "asio/context.hpp"
#include "asio/errand.hpp"
#include "asio/fiber.hpp"

namespace hark::detail {

/// A socket of somebody else's, registered with the executor's context for as long as both are
/// there.
class AsioWatch final : public SocketWatch {
 public:
  using Descriptor = boost::asio::posix::stream_descriptor;

  AsioWatch(const OwnersContext& context,
            std::shared_ptr<ContextMembers> members,
            int socket);
  ~AsioWatch() override;

  bool is_of(const OwnersContext& context, int socket) const {
    return registration_->descriptor &&
           registration_->descriptor->native_handle() == socket && is_of(context);
  }
  /// Requires: is_of() some context.
  Descriptor& descriptor() noexcept { return *registration_->descriptor; }
  void cancel() {
    if (registration_->descriptor) registration_->descriptor->cancel();
  }

 private:
  struct Registration final : ContextMember, std::enable_shared_from_this<Registration> {
    void release() noexcept;
    void context_goes() noexcept override { release(); }
    std::shared_ptr<void> hold() noexcept override { return weak_from_this().lock(); }

    std::mutex mutex;  // of who releases it
    std::optional<Descriptor> descriptor;
  };

  bool is_of(const OwnersContext& context) const {
    return io_ != nullptr
               ? io_ == context.io()
               : registration_->descriptor->get_executor() == context.executor();
  }

  boost::asio::io_context* const io_;  // null: it has none, or it cannot be told
  const std::shared_ptr<ContextMembers> members_;
  const std::shared_ptr<Registration> registration_;
};

/// One operation of a session, on its fiber.
///
/// Thread safety: the session's executor; unpark() any thread.
class AsyncFlow final : public Suspender, private ContextMember {
 public:
  /// Throws: std::bad_alloc.
  explicit AsyncFlow(AsyncSession& session);
  AsyncFlow(const AsyncFlow&) = delete;
  AsyncFlow& operator=(const AsyncFlow&) = delete;
  ~AsyncFlow() override;

  // -- on the fiber -----------------------------------------------------------------------

  [[gnu::hot]] bool wait_for(int socket,
                             Ready what,
                             SocketWatchPtr& watch,
                             const Deadline& deadline,
                             dbapi::Connection* interrupted) override;
  void run_elsewhere(WorkRef work, dbapi::Connection* interrupted) override;
  bool park(const Deadline& deadline) override;
  void unpark() noexcept override;
  void note_cancelled() noexcept override;

  /// Suspends while `start`, called off the fiber, has something done that calls the Wakener
  /// that it is given. Where the flow is cancelled, `signal` says so.
  template <class Start>
  void await(Start start);

  const boost::asio::any_io_executor& executor() const noexcept {
    return session_.executor();
  }
  boost::asio::cancellation_signal& signal() noexcept { return signal_; }
  /// What was awaited had ended before it could hear of a cancellation: the next wait does.
  void pass_cancellation_on() noexcept {
    if (is_told_) is_cancel_pending_ = true;
  }

  /// What comes next is not what was cancelled.
  void end_cancellation() noexcept;

  // -- off the fiber ----------------------------------------------------------------------

  /// Runs `work` until the fiber suspends itself or has ended. `is_cancelled`: as if cancel()
  /// were called at once.
  /// Requires: has_ended().
  [[gnu::hot]] void begin(Fiber::Work work,
                          void* argument,
                          bool is_cancelled = false) noexcept;
  bool has_ended() const noexcept { return fiber_.is_idle(); }
  /// Nothing of what has ended is left.
  [[gnu::hot]] void end() noexcept;
  FlowStates& states() noexcept { return fiber_.states(); }

  /// The wait of that number is over. True: the fiber has run, and may have ended.
  [[gnu::hot]] bool wake(std::uint64_t wait, Woken how) noexcept;
  void interrupt_done();
  /// Ends the present wait, or the next one that can be ended.
  void cancel();
  /// Every wait throws from now on.
  void abandon() noexcept { is_abandoned_ = true; }
  bool is_abandoned() const noexcept override { return is_abandoned_; }
  /// Forgets what it was told between operations. False: it has more behind it than that.
  bool forget() noexcept;

  /// Ends one wait, once. Where it is destroyed unused, nobody will.
  class Wakener {
   public:
    Wakener(std::shared_ptr<AsyncSession> session, std::uint64_t wait) noexcept
        : session_(std::move(session)), wait_(wait) {}
    Wakener(Wakener&&) noexcept = default;
    Wakener& operator=(Wakener&&) = delete;
    [[gnu::hot]] ~Wakener();
    /// On a thread of the engine's executor.
    /// Throws: what the handler of an operation that ends with it throws.
    [[gnu::hot]] void operator()(Woken how = Woken::ready);
    /// Not in this call; on any thread.
    void post() &&;

   private:
    std::shared_ptr<AsyncSession> session_;
    std::uint64_t wait_;
  };
  /// Of the wait that is begun now.
  Wakener wakener() noexcept;

 private:
  enum class Cancelling : std::uint8_t {
    nothing,  ///< the wait takes its time
    throws,
    interrupts,
    repeats,  ///< interrupts, until it is over
    signals
  };

  /// Throws where the flow was abandoned or, if `throws`, cancelled.
  [[gnu::hot]] Woken suspend(WorkRef start,
                             Cancelling cancelling,
                             dbapi::Connection* interrupted);
  void set_timer(const Deadline& deadline);
  [[gnu::hot]] void run() noexcept;
  void tell_to_interrupt();
  void interrupt_until(std::uint64_t wait, std::chrono::milliseconds pause);
  void give_up_after(std::chrono::milliseconds time);
  void give_up(std::uint64_t work);
  template <class Then>
  void set_cancel_timer(std::chrono::milliseconds time, Then then);
  void end_interruption() noexcept;
  [[noreturn]] void throw_cancelled(bool is_disconnect = true) const;
  void context_goes() noexcept override;
  std::shared_ptr<void> hold() noexcept override;

  AsyncSession& session_;
  const std::shared_ptr<ContextMembers> members_;
  Fiber fiber_;
  std::optional<WorkRef> start_;  // of the wait that begins
  std::exception_ptr start_failure_;
  std::uint64_t wait_ = 0;  // the number of the present one
  std::uint64_t work_ = 0;  // the number of the present one, too
  Woken woken_ = Woken::ready;
  Cancelling cancelling_ = Cancelling::nothing;
  dbapi::Connection* interrupted_ = nullptr;
  bool is_waiting_ = false;
  bool is_starting_ = false;
  bool is_woken_early_ = false;  // while the wait was being begun
  bool is_abandoned_ = false;
  bool is_told_ = false;                  // to end the present wait
  bool is_cancel_pending_ = false;        // no wait has been ended for it
  bool is_unanswered_ = false;            // one has, but nothing was cancelled
  bool gives_up_ = false;                 // the server did not answer a cancellation
  bool is_interrupting_ = false;          // on a thread that may block
  std::optional<Woken> woken_meanwhile_;  // while that is under way
  std::shared_ptr<Errand> errand_;        // null: there never was one
  std::shared_ptr<Errand> interruption_;  // null: there never was one
  std::optional<boost::asio::steady_timer> timer_;
  std::optional<boost::asio::steady_timer> cancel_timer_;
  boost::asio::cancellation_signal signal_;

  std::mutex mutex_;
  bool has_permit_ = false;        // guarded by mutex_
  std::optional<Wakener> parked_;  // guarded by mutex_
};

/// Of the fiber that runs here; null: a thread does.
AsyncFlow* current_flow() noexcept;

template <class Start>
void AsyncFlow::await(Start start) {
  auto begin = [&] {
    start(wakener());
    // It was cancelled when there was nobody to tell.
    if (!std::exchange(is_cancel_pending_, false)) return;
    is_told_ = true;
    signal_.emit(boost::asio::cancellation_type::terminal);
  };
  static_cast<void>(suspend(begin, Cancelling::signals, nullptr));
}

}  // namespace hark::detail
