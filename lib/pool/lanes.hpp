// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/connection_record.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "pool/idle_records.hpp"

namespace hark::detail {

/// A lock for a few instructions. Taking it is one atomic exchange and giving it back one
/// store, half of what a mutex needs; who finds it taken lets others run.
class SpinLock {
 public:
  bool try_lock() noexcept {
    return !is_taken_.load(std::memory_order_relaxed) &&
           !is_taken_.exchange(true, std::memory_order_acquire);
  }
  void lock() noexcept;
  void unlock() noexcept { is_taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> is_taken_{false};
};

/// The records of a pool that are not lent, in several lanes, so that threads that take
/// and give at a time seldom meet.
///
/// A thread takes from and gives to its own lane, and from the others when that is empty;
/// when it finds its lane locked it moves to the next. One thread alone hence uses one
/// lane, and sees one queue.
///
/// Thread safety: shared objects safe.
class Lanes {
 public:
  enum class Order { fifo, lifo };

  explicit Lanes(Order order);

  /// Null: none was found, without looking at all lanes at a time.
  std::shared_ptr<ConnectionRecord> take() noexcept;

  /// Keeps `record`. False: the gate is closed, and nothing was done.
  bool give(std::shared_ptr<ConnectionRecord>& record) noexcept;

  /// All lanes, locked.
  class All {
   public:
    explicit All(Lanes& lanes) noexcept;
    All(const All&) = delete;
    All& operator=(const All&) = delete;
    ~All();

    std::size_t size() const noexcept;
    std::shared_ptr<ConnectionRecord> take() noexcept;
    void add(std::shared_ptr<ConnectionRecord> record) noexcept;

    /// May give() keep what it is given?
    void open_gate(bool is_open) noexcept { lanes_.is_open_ = is_open; }

   private:
    Lanes& lanes_;
  };

 private:
  /// On cache lines of its own: processors fetch two at a time.
  struct alignas(128) Lane {
    SpinLock lock;
    IdleRecords idle;  // guarded by lock
  };

  Lane& lane(std::size_t number) noexcept { return lanes_[number & (lanes_.size() - 1)]; }
  Lane& lock_one() noexcept;
  void add(Lane& lane, std::shared_ptr<ConnectionRecord> record) const noexcept;

  const Order order_;
  std::vector<Lane> lanes_;  // as many as a power of two; constant after construction
  bool is_open_ = true;      // read with any lane's lock held, written with all of them
};

}  // namespace hark::detail
