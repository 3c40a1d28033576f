// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/snapshot.hpp>
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
/// A thread announces what it is about to call with plain stores to memory of its own;
/// who wants to free or to wait makes those stores visible with one membarrier(2) on all
/// threads, and then looks. So a dispatch writes no cache line that another thread
/// writes.
namespace hark::event::detail {

// ThreadSanitizer knows no membarrier: there every announcement is a sequentially
// consistent one.
#if defined(HARK_EVENT_TSAN)
inline constexpr std::memory_order announce = std::memory_order_seq_cst;
inline constexpr std::memory_order verify = std::memory_order_seq_cst;
#else
inline constexpr std::memory_order announce = std::memory_order_release;
inline constexpr std::memory_order verify = std::memory_order_acquire;
#endif

/// Orders an announcement before the load that verifies it. The processor's half of the
/// fence is the membarrier of whoever looks.
inline void light_fence() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// Does `slot` hold `shown` still? Asked after the announcement.
[[gnu::always_inline]] inline bool still_holds(const std::atomic<Shown>& slot,
                                               Shown shown) noexcept {
#if defined(__x86_64__) && !defined(HARK_EVENT_TSAN)
  bool holds = false;
  __asm__ volatile("cmpq %2, %1"  // compilers load it into a register first
                   : "=@cce"(holds)
                   : "m"(slot), "r"(shown)
                   : "memory");
  return holds;
#else
  return slot.load(verify) == shown;
#endif
}

struct Record;

/// What one dispatch shows of one level.
struct Frame {
  std::atomic<Shown> shown{0};  // 0: free
  std::atomic<const Listener*> current{
      nullptr};                     // being called, if several are shown or pinned
  std::atomic<bool> pinned{false};  // by pin(): shown before it is called, and after
  Frame* next = nullptr;            // the dispatch's next level
  Record* record = nullptr;         // whose frame it is
  std::uint32_t size = 0;           // of the snapshot, when it was pinned by pin()
};

inline constexpr std::uint32_t counter_limit = 1U << counter_bits;

/// A thread's frame for dispatches that are nested in no other, and its call counters.
struct alignas(64) ThreadRecord {
  // Taken from the start, and again when the thread ends: so that one test finds the
  // nested dispatch, the thread that is not registered and the kernel without membarrier.
  Frame first{.shown{shown_nothing}};
  std::atomic<std::uint64_t>* calls =
      nullptr;  // counter_limit numbers, by Listener::counter
};

extern constinit thread_local ThreadRecord this_thread
    __attribute__((tls_model("initial-exec")));

/// Counts a call of the listener with that counter; only this thread writes the number.
inline void count_call(std::atomic<std::uint64_t>* calls,
                       std::uint32_t counter) noexcept {
  auto& number = calls[counter];
#if defined(__x86_64__) && !defined(HARK_EVENT_TSAN)
  __asm__("addq $1, %0"
          : "+m"(number));  // compilers make three instructions of the next line
#else
  number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
#endif
}

/// Announces what is in `slot` on a free frame of this thread, nested or not, and returns
/// the frame; null where the slot is empty.
Frame* pin(const std::atomic<Shown>& slot);

/// Gives `frame` and those behind it back; null: nothing.
void unpin(Frame* frame) noexcept;

/// The numbers on which the dispatch of a pinned frame counts its calls.
std::atomic<std::uint64_t>* calls_of(const Frame& frame) noexcept;

/// The processor's half of an announcement, where membarrier is not to be had.
void heavy_fence_if_needed() noexcept;

/// A call of the listener is left by an exception: counted and kept for its Subscription.
void note_failure(const Listener& listener) noexcept;

}  // namespace hark::event::detail
