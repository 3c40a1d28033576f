// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/connection_record.hpp>

#include <chrono>
#include <cstdint>
#include <exception>

namespace hark {

/// Who waits for a connection of a pool without a thread, and what it was served. A checkout
/// of the flow whose detail::Suspender names it uses that.
///
/// Thread safety: the pool's, which calls served().
class PoolReservation {
 public:
  PoolReservation() = default;
  PoolReservation(const PoolReservation&) = delete;
  PoolReservation& operator=(const PoolReservation&) = delete;

  /// The wait is over: a checkout may begin. Called on any thread, with the pool locked: it
  /// passes the word on, and no more.
  virtual void served() noexcept = 0;

 protected:
  virtual ~PoolReservation() = default;

 private:
  friend class Pool;
  friend class QueuePool;

  enum class State : std::uint8_t {
    none,
    waiting,
    has_record,
    has_place,  // to make a connection
    failed
  };

  // Guarded by the pool's lock, while it waits.
  State state_ = State::none;
  Pool* pool_ = nullptr;  // whose queue it is or was in
  PoolReservation* previous_ = nullptr;
  PoolReservation* next_ = nullptr;
  RecordPtr record_;
  std::exception_ptr failure_;
  std::chrono::steady_clock::time_point begin_{};
  std::chrono::nanoseconds waited_{};
};

}  // namespace hark
