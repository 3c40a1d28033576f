// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace hark::detail {

/// What a flow has done by a thread that may block, one thing after the other. Until it has
/// begun it can be taken back.
///
/// Thread safety: the flow's, but for run().
class Errand : public std::enable_shared_from_this<Errand> {
 public:
  /// What is done, and for whom. Null: it will not be done, for the threads have gone.
  using Act = void (*)(void* argument) noexcept;
  /// Tells the session, on its executor.
  using End = void (*)(AsyncSession& session, std::uint64_t wait, bool was_done);
  /// The same where the executor has gone; on any thread.
  using Lose = void (*)(AsyncSession& session, std::uint64_t wait) noexcept;

  struct Order {
    std::shared_ptr<AsyncSession> session;
    std::uint64_t wait = 0;
    Act act = nullptr;
    void* argument = nullptr;
    End end = nullptr;
    Lose lose = nullptr;
  };

  /// Requires: nothing is under way. Throws: std::bad_alloc.
  void begin(const boost::asio::any_io_executor& threads, Order order);
  /// True: it had not begun, and will not.
  bool take_back() noexcept;
  /// False: it goes on.
  bool wait_for_end(std::chrono::milliseconds time) noexcept;

 private:
  class Ticket;
  class Ended;
  void run(std::uint64_t number, bool has_thread) noexcept;

  std::mutex mutex_;
  std::condition_variable ended_;
  // Guarded by mutex_.
  std::uint64_t number_ = 0;
  std::optional<Order> order_;  // empty: it has begun, or there is none
  unsigned running_ = 0;
};

}  // namespace hark::detail
