// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/reader.hpp>
#include <hark/event/detail/snapshot.hpp>

#include <cstddef>
#include <cstdint>

/// Frees snapshots and destroys callables when no dispatch uses them any more.
///
/// Process-wide, so that one membarrier serves what all events have retired. Its mutex is
/// a leaf: it is taken under a family's mutex or none, and nothing is taken under it.
namespace hark::event::detail {

/// A list through the items themselves: adding to it cannot fail.
template <class T>
class RetiredList {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  std::size_t size() const noexcept { return size_; }
  void push(T* item) noexcept {
    next_of(*item) = first_;
    first_ = item;
    ++size_;
  }
  T* pop() noexcept {
    T* item = first_;
    first_ = next_of(*item);
    --size_;
    return item;
  }
  void take_all(RetiredList& other) noexcept {
    while (!other.empty()) push(other.pop());
  }

 private:
  static T*& next_of(T& item) noexcept;

  T* first_ = nullptr;
  std::size_t size_ = 0;
};

/// What a change of listeners has taken out of use. Handed to the reclaimer when it goes
/// out of scope: declare it before the lock, because destroying a callable runs the
/// user's code.
class RetireBatch {
 public:
  RetireBatch() noexcept = default;
  RetireBatch(const RetireBatch&) = delete;
  RetireBatch& operator=(const RetireBatch&) = delete;
  ~RetireBatch();

  void add(Snapshot* snapshot) noexcept { snapshots_.push(snapshot); }
  /// Takes over a reference.
  void add(Listener* listener) noexcept { listeners_.push(listener); }

 private:
  void free_unused_here() noexcept;

  RetiredList<Snapshot> snapshots_;
  RetiredList<Listener> listeners_;
};

Snapshot* new_snapshot(std::uint32_t capacity);

inline void add_reference(Listener& listener) noexcept {
  listener.references.fetch_add(1, std::memory_order_relaxed);
}
void drop_reference(Listener* listener) noexcept;

/// Frees what can be freed, with one membarrier if other threads dispatch.
void collect_retired() noexcept;

/// Waits for others for a moment: a thread by letting others run, a fiber by suspending
/// itself, so that its thread can go on with what is waited for.
class Patience {
 public:
  void wait() noexcept;
  /// A fiber that was abandoned cannot suspend itself: it waits for threads, not for fibers.
  static bool has_fibers() noexcept;

 private:
  unsigned rounds_ = 0;
};

/// Waits until no thread and no fiber is in a call of `listener` that began before; returns
/// false at once if this one is, or if it cannot wait for the fiber that is.
bool wait_for_calls(const Listener& listener) noexcept;

/// A number in every thread's call counters, zero; 0 when there are none left.
std::uint32_t new_counter();
void free_counter(std::uint32_t counter) noexcept;
std::uint64_t read_counter(std::uint32_t counter) noexcept;

/// Counts a call on this thread; false where it has no record to count on.
bool count_call_here(std::uint32_t counter) noexcept;

struct Retired {
  std::size_t snapshots;
  std::size_t listeners;
  std::size_t threads;
};
Retired retired();

}  // namespace hark::event::detail
