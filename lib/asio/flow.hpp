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

#include "asio/fiber.hpp"

namespace hark::detail {

/// A socket of somebody else's, registered with the executor's context.
class AsioWatch final : public SocketWatch {
 public:
  AsioWatch(const boost::asio::any_io_executor& executor, int socket)
      : descriptor_(executor, socket) {}
  ~AsioWatch() override { descriptor_.release(); }

  bool is_of(const boost::asio::any_io_executor& executor, int socket) {
    return descriptor_.native_handle() == socket &&
           descriptor_.get_executor() == executor;
  }
  boost::asio::posix::stream_descriptor& descriptor() noexcept { return descriptor_; }

 private:
  boost::asio::posix::stream_descriptor descriptor_;
};

/// One operation of a session, on its fiber.
///
/// Thread safety: the session's executor; unpark() any thread.
class AsyncFlow final : public Suspender {
 public:
  explicit AsyncFlow(AsyncSession& session) noexcept;
  AsyncFlow(const AsyncFlow&) = delete;
  AsyncFlow& operator=(const AsyncFlow&) = delete;
  ~AsyncFlow();

  // -- on the fiber -----------------------------------------------------------------------

  bool wait_for(int socket,
                Ready what,
                SocketWatchPtr& watch,
                const Deadline& deadline,
                dbapi::Connection* interrupted) override;
  void run_elsewhere(WorkRef work, dbapi::Connection* interrupted) override;
  bool park(const Deadline& deadline) override;
  void unpark() noexcept override;

  /// Suspends while `start`, called off the fiber, has something done that calls the Wakener
  /// that it is given. Where the flow is cancelled, `signal` says so.
  template <class Start>
  void await(Start start);

  const boost::asio::any_io_executor& executor() const noexcept {
    return session_.executor();
  }
  boost::asio::cancellation_signal& signal() noexcept { return signal_; }

  // -- off the fiber ----------------------------------------------------------------------

  /// Runs `work` until the fiber suspends itself or has ended.
  void begin(std::unique_ptr<Fiber> fiber, Fiber::Work work, void* argument) noexcept;
  bool has_ended() const noexcept { return fiber_->is_idle(); }
  /// What has ended gives its fiber back.
  std::unique_ptr<Fiber> end() noexcept;
  bool has_suspended() const noexcept { return has_suspended_; }
  FlowStates& states() noexcept { return fiber_->states(); }

  /// The wait of that number is over. True: the fiber has run, and may have ended.
  bool wake(std::uint64_t wait, Woken how) noexcept;
  void interrupt_done() noexcept;
  void cancel() noexcept;
  /// Every wait throws from now on.
  void abandon() noexcept { is_abandoned_ = true; }
  bool is_abandoned() const noexcept override { return is_abandoned_; }

  /// Ends one wait, once. Where it is destroyed unused, nobody will.
  class Wakener {
   public:
    Wakener(std::shared_ptr<AsyncSession> session, std::uint64_t wait) noexcept
        : session_(std::move(session)), wait_(wait) {}
    Wakener(Wakener&&) noexcept = default;
    Wakener& operator=(Wakener&&) = delete;
    ~Wakener();
    /// On the session's executor.
    void operator()(Woken how = Woken::ready) noexcept;
    const std::shared_ptr<AsyncSession>& session() const noexcept { return session_; }

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
  Woken suspend(WorkRef start, Cancelling cancelling, dbapi::Connection* interrupted);
  void set_timer(const Deadline& deadline);
  void run() noexcept;
  void interrupt(dbapi::Connection& connection) noexcept;
  void interrupt_repeatedly(const std::shared_ptr<AsyncSession>& session,
                            std::uint64_t wait,
                            std::chrono::milliseconds pause) noexcept;
  [[noreturn]] void throw_cancelled() const;

  AsyncSession& session_;
  std::unique_ptr<Fiber> fiber_;
  std::optional<WorkRef> start_;  // of the wait that begins
  std::exception_ptr start_failure_;
  std::uint64_t wait_ = 0;  // the number of the present one
  Woken woken_ = Woken::ready;
  Cancelling cancelling_ = Cancelling::nothing;
  dbapi::Connection* interrupted_ = nullptr;
  bool is_waiting_ = false;
  bool is_starting_ = false;
  bool is_woken_early_ = false;  // while the wait was being begun
  bool is_abandoned_ = false;
  bool has_suspended_ = false;
  unsigned interrupts_ = 0;               // under way
  std::optional<Woken> woken_meanwhile_;  // while those are
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
  auto begin = [&] { start(wakener()); };
  static_cast<void>(suspend(begin, Cancelling::signals, nullptr));
}

}  // namespace hark::detail
