// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/reader.hpp>
#include <hark/event/detail/signature.hpp>
#include <hark/event/detail/snapshot.hpp>

#include <atomic>
#include <cstdint>
#include <type_traits>

/// The dispatch: from a slot to the calls.
namespace hark::event::detail {

/// Walks a pinned snapshot. True: `each` answered true, and the dispatch ends.
template <bool MayNeedFence, class Each>
[[gnu::always_inline]] inline bool walk(const Snapshot& snapshot, std::uint32_t size, Frame& frame,
                                        const ThreadRecord& record, Each& each) {
  try {
    for (std::uint32_t i = 0; i < size; ++i) {
      Listener* listener = snapshot.entries()[i].load(std::memory_order_acquire);
      frame.current.store(listener, announce);
      light_fence();
      if constexpr (MayNeedFence) heavy_fence_if_needed();
      count_call(record, listener->counter.load(std::memory_order_relaxed));
      if (each(*listener)) return true;
    }
  } catch (...) {
    note_failure(frame);
    throw;
  }
  return false;
}

/// Dispatches on the thread's first frame. False: it is taken, or `slot` has just changed.
template <class Each>
[[gnu::always_inline]] inline bool dispatch_first_frame(const std::atomic<Snapshot*>& slot,
                                                        const Snapshot* snapshot, Each& each) {
  ThreadRecord& record = *thread_record;
  Frame& frame = record.first;
  if (frame.snapshot.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
    return false;
  frame.snapshot.store(snapshot, announce);
  light_fence();
  if (slot.load(verify) != snapshot) [[unlikely]] {
    frame.snapshot.store(nullptr, std::memory_order_relaxed);
    return false;
  }
  struct Release {
    Frame& frame;
    ~Release() { frame.snapshot.store(nullptr, std::memory_order_release); }
  } release{frame};
  walk<false>(*snapshot, snapshot->size.load(std::memory_order_acquire), frame, record, each);
  return true;
}

/// The pinned levels of one dispatch, in order, as they were when it began.
class Pins {
 public:
  Pins() noexcept = default;
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;
  ~Pins() { unpin(first_); }

  void add(const std::atomic<Snapshot*>& slot) {
    Frame* frame = pin(slot);
    if (frame == nullptr) return;
    (first_ == nullptr ? first_ : last_->next) = frame;
    last_ = frame;
  }

  template <class Each>
  void dispatch(Each& each) {
    for (Frame* frame = first_; frame != nullptr; frame = frame->next) {
      const Snapshot& snapshot = *frame->snapshot.load(std::memory_order_relaxed);
      if (walk<true>(snapshot, frame->size, *frame, *frame->record, each)) return;
    }
  }

 private:
  Frame* first_ = nullptr;
  Frame* last_ = nullptr;
};

}  // namespace hark::event::detail
