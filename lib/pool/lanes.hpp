// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/pool/connection_record.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "pool/idle_records.hpp"

namespace hark::detail {

/// A lock for a few instructions. Taking it is one atomic exchange and giving it back one
/// store, half of what a mutex needs; who finds it taken lets others run.
class SpinLock {
 public:
  bool try_lock() noexcept {
    return !is_taken_.exchange(true, std::memory_order_acquire);
  }
  void lock() noexcept;
  void unlock() noexcept { is_taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> is_taken_{false};
};

/// The records of a pool that are not lent, in several lanes, so that threads that take
/// and give at a time seldom meet.
///
/// A thread takes from and gives to one lane, and takes from the others when that is
/// empty; when it finds its lane locked it moves on to the next. One thread alone hence
/// uses one lane, and sees one queue.
///
/// Thread safety: shared objects safe.
class Lanes {
 public:
  enum class Order { fifo, lifo };

  explicit Lanes(Order order);

  /// Null: none was found, without looking at all lanes at a time.
  RecordPtr take() noexcept {
    if (own_lane == 0) [[unlikely]]
      own_lane = next_lane();
    Lane& own = lane(own_lane);
    if (!own.lock.try_lock()) [[unlikely]]
      return take_from_others();
    RecordPtr record = own.idle.take();
    own.lock.unlock();
    if (record == nullptr) [[unlikely]]
      return take_from_others();
    return record;
  }

  /// Keeps `record`. False: the gate is closed, and nothing was done.
  bool give(RecordPtr& record) noexcept {
    Lane& own = lock_one();
    const bool is_open = is_open_;
    if (is_open) [[likely]]
      add(own, std::move(record));
    own.lock.unlock();
    return is_open;
  }

  /// All lanes, locked.
  class All {
   public:
    explicit All(Lanes& lanes) noexcept;
    All(const All&) = delete;
    All& operator=(const All&) = delete;
    ~All();

    std::size_t size() const noexcept;
    RecordPtr take() noexcept;
    void add(RecordPtr record) noexcept;

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

  Lane& lane(std::size_t number) const noexcept { return lanes_[number & mask_]; }
  RecordPtr take_from_others() noexcept;
  Lane& lock_one() noexcept {
    Lane& own = lane(own_lane);
    return own.lock.try_lock() ? own : lock_another();
  }
  Lane& lock_another() noexcept;
  void add(Lane& lane, RecordPtr&& record) const noexcept {
    if (order_ == Order::fifo) {
      lane.idle.add_last(std::move(record));
    } else {
      lane.idle.add_first(std::move(record));
    }
  }

  /// For a new thread: threads that share a lane slow each other down, although they may
  /// not meet there for long.
  static std::size_t next_lane() noexcept;

  /// The number of this thread's lane, in all pools; 0: it has none yet.
  static inline thread_local constinit std::size_t own_lane = 0;

  const Order order_;
  const std::size_t mask_;  // there is a power of two of lanes
  const std::unique_ptr<Lane[]> lanes_;
  bool is_open_ = true;  // read with any lane's lock held, written with all of them
};

}  // namespace hark::detail
