// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/fwd.hpp>

#include <atomic>
#include <cstdint>

#if defined(__SANITIZE_THREAD__)
#define HARK_EVENT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HARK_EVENT_TSAN 1
#endif
#endif

/// What a dispatching thread shows to the threads that change listeners: hazard pointers.
///
/// A thread announces the snapshot that it walks and the listener that it is about to call, with
/// plain stores; who wants to free or to wait makes those stores visible with one membarrier(2)
/// on all threads and then looks. So a dispatch writes only memory of its own thread.
namespace hark::event::detail {

// ThreadSanitizer knows no membarrier: there every announcement is a sequentially consistent one.
#if defined(HARK_EVENT_TSAN)
inline constexpr std::memory_order announce = std::memory_order_seq_cst;
inline constexpr std::memory_order verify = std::memory_order_seq_cst;
#else
inline constexpr std::memory_order announce = std::memory_order_release;
inline constexpr std::memory_order verify = std::memory_order_acquire;
#endif

/// Orders an announcement before the load that verifies it. The processor's half of the fence
/// is the membarrier of whoever looks.
inline void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// One snapshot that one dispatch walks.
struct Frame {
  std::atomic<const Snapshot*> snapshot{nullptr};  // null means free
  std::atomic<const Listener*> current{nullptr};   // stale while `snapshot` is null
  Frame* next = nullptr;           // the dispatch's next level
  ThreadRecord* record = nullptr;  // whose frame it is
  std::uint32_t size = 0;          // of the snapshot, when it was pinned by pin()
};

inline constexpr std::uint32_t counter_limit = 1U << 17U;

/// One thread's announcements and call counters. Never freed; reused when the thread is gone.
struct ThreadRecord {
  Frame first;
  std::atomic<std::uint64_t>* calls = nullptr;  // counter_limit numbers, indexed by Listener::counter
};

/// This thread's record. Where it has none (not yet, no longer, or the kernel has no membarrier)
/// a stand-in whose first frame is taken, so that one test finds every unusual case.
extern constinit thread_local ThreadRecord* thread_record
    __attribute__((tls_model("initial-exec")));

/// Counts a call of the listener with that counter; only this thread writes the number.
inline void count_call(const ThreadRecord& record, std::uint32_t counter) noexcept {
  auto& number = record.calls[counter];
  number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// Announces the snapshot in `slot` on a free frame of this thread, nested or not, and returns
/// the frame; null where the slot is empty.
Frame* pin(const std::atomic<Snapshot*>& slot);

/// Gives `frame` and those behind it back.
void unpin(Frame* frame) noexcept;  // null: nothing

/// The processor's half of an announcement, where membarrier is not to be had.
void heavy_fence_if_needed() noexcept;

/// A call of `frame.current` is left by an exception: counted and kept for its Subscription.
void note_failure(const Frame& frame) noexcept;

}  // namespace hark::event::detail
