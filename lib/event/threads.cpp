// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "event/threads.hpp"

#include <hark/detail/flow.hpp>
#include <hark/detail/mutex.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "event/reclaimer.hpp"

namespace hark::event::detail {
namespace {

using hark::detail::Lock;
using hark::detail::Mutex;

/// Can a writer fence the readers? Settled once, before the first thread registers.
bool asymmetric() noexcept {
  static const bool registered =
      std::getenv("HARK_NO_MEMBARRIER") == nullptr &&
      syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
}

struct Registry {
  Mutex mutex;  // a leaf
  std::atomic<Record*> first{nullptr};
  std::atomic<std::size_t> in_use{0};
  std::vector<std::uint32_t> free_counters HARK_GUARDED_BY(mutex);
  std::uint32_t next_counter HARK_GUARDED_BY(mutex) = 1;
};

Registry& registry() {
  static auto* const made = new Registry;
  return *made;
}

Record* take_record() {
  auto& all = registry();
  const Lock lock(all.mutex);
  for (Record* record = all.first.load(std::memory_order_relaxed); record != nullptr;
       record = record->next) {
    if (!record->in_use.load(std::memory_order_acquire)) {
      record->in_use.store(true, std::memory_order_relaxed);
      all.in_use.fetch_add(1, std::memory_order_seq_cst);
      return record;
    }
  }
  auto* record = new Record;
  // Zeroed by the kernel, page by page, as counters come into use.
  record->calls = static_cast<std::atomic<std::uint64_t>*>(
      std::calloc(counter_limit, sizeof(std::atomic<std::uint64_t>)));
  if (record->calls == nullptr) {
    delete record;
    throw std::bad_alloc();
  }
  record->slow.record = record;
  for (Frame& frame : record->more.frames) frame.record = record;
  record->next = all.first.load(std::memory_order_relaxed);
  all.first.store(record, std::memory_order_release);
  all.in_use.fetch_add(1, std::memory_order_seq_cst);
  return record;
}

void give_back(Record& record) noexcept {
  auto& all = registry();
  const Lock lock(all.mutex);
  record.transient = false;
  record.ending.store(nullptr, std::memory_order_relaxed);
  record.is_suspended.store(false, std::memory_order_relaxed);
  record.in_use.store(false, std::memory_order_release);
  all.in_use.fetch_sub(1, std::memory_order_seq_cst);
}

constinit thread_local Record* mine = nullptr;
constinit thread_local bool exiting = false;

/// Parts this thread from its record when the thread ends.
struct ExitGuard {
  ~ExitGuard() {
    exiting = true;
    if (mine == nullptr) return;
    {
      const Lock lock(registry().mutex);
      mine->fast = nullptr;
    }
    this_thread.first.shown.store(shown_nothing, std::memory_order_relaxed);
    give_back(*mine);
    mine = nullptr;
  }
};

Record& register_this_thread() {
  thread_local const ExitGuard guard;
  static_cast<void>(&guard);
  mine = take_record();
  if (!asymmetric()) return *mine;
  this_thread.first.record = mine;
  this_thread.first.shown.store(0, std::memory_order_relaxed);
  this_thread.calls = mine->calls;
  const Lock lock(registry().mutex);
  mine->fast = &this_thread;
  return *mine;
}

/// A free frame of this thread; the caller fills it.
Frame& free_frame() {
  if (exiting && mine == nullptr) {
    Record* record = take_record();
    record->transient = true;
    record->ending.store(&exiting, std::memory_order_relaxed);
    return record->slow;
  }
  Record& record = mine != nullptr ? *mine : register_this_thread();
  const auto is_free = [](const Frame& frame) {
    return frame.shown.load(std::memory_order_relaxed) == 0;
  };
  Frame& first = asymmetric() ? this_thread.first : record.slow;
  if (is_free(first)) return first;
  for (FrameChunk* chunk = &record.more;;) {
    for (Frame& frame : chunk->frames) {
      if (is_free(frame)) return frame;
    }
    FrameChunk* next = chunk->next.load(std::memory_order_relaxed);
    if (next == nullptr) {
      next = new FrameChunk;
      for (Frame& frame : next->frames) frame.record = &record;
      chunk->next.store(next, std::memory_order_release);
    }
    chunk = next;
  }
}

void free(Frame& frame) noexcept {
  frame.shown.store(0, std::memory_order_release);
  frame.pinned.store(false, std::memory_order_release);
  if (frame.record->transient) give_back(*frame.record);
}

void visit_record(const Record& record, FrameVisitor visit, void* context) {
  if (record.fast != nullptr) visit(record.fast->first, context);
  visit(record.slow, context);
  for (const FrameChunk* chunk = &record.more; chunk != nullptr;
       chunk = chunk->next.load(std::memory_order_acquire)) {
    for (const Frame& frame : chunk->frames) visit(frame, context);
  }
}

/// A fiber dispatches on a record of its own, wherever it runs. There the thread's first
/// frame is taken, so that it is never used by a dispatch that may end on another thread.
class FiberRecord final : public hark::detail::FlowState {
 public:
  FiberRecord() : record_(take_record()) {}
  ~FiberRecord() override { give_back(*record_); }

  [[gnu::hot]] void enter() noexcept override {
    record_->is_suspended.store(false, std::memory_order_relaxed);
    outside_ = std::exchange(mine, record_);
    auto& first = this_thread.first.shown;
    has_taken_ = first.load(std::memory_order_relaxed) == 0;
    if (has_taken_) first.store(shown_nothing, std::memory_order_relaxed);
  }
  [[gnu::hot]] void leave() noexcept override {
    if (has_taken_) this_thread.first.shown.store(0, std::memory_order_relaxed);
    mine = outside_;
    record_->is_suspended.store(true, std::memory_order_relaxed);
  }

 private:
  Record* const record_;
  Record* outside_ = nullptr;
  bool has_taken_ = false;
};

const bool is_registered =
    hark::detail::register_flow_state([]() -> std::unique_ptr<hark::detail::FlowState> {
      return std::make_unique<FiberRecord>();
    });

}  // namespace

void prepare_to_dispatch() noexcept { static_cast<void>(asymmetric()); }

constinit thread_local ThreadRecord this_thread
    __attribute__((tls_model("initial-exec"))){};

void visit_frames(FrameVisitor visit, void* context) {
  auto& all = registry();
  const Lock lock(all.mutex);
  for (const Record* record = all.first.load(std::memory_order_relaxed);
       record != nullptr;
       record = record->next) {
    visit_record(*record, visit, context);
  }
}

void visit_frames_of_this_thread(FrameVisitor visit, void* context) {
  if (mine != nullptr) visit_record(*mine, visit, context);
  if (!exiting) return;
  auto& all = registry();
  const Lock lock(all.mutex);
  for (const Record* record = all.first.load(std::memory_order_relaxed);
       record != nullptr;
       record = record->next) {
    if (record->ending.load(std::memory_order_relaxed) == &exiting) {
      visit_record(*record, visit, context);
    }
  }
}

std::atomic<std::uint64_t>* calls_of(const Frame& frame) noexcept {
  return frame.record->calls;
}

bool is_suspended(const Frame& frame) noexcept {
  return frame.record->is_suspended.load(std::memory_order_relaxed);
}

bool only_thread() noexcept {
  return registry().in_use.load(std::memory_order_seq_cst) <= (mine != nullptr ? 1U : 0U);
}

std::size_t running_threads() noexcept {
  return registry().in_use.load(std::memory_order_relaxed);
}

void heavy_fence() noexcept {
  if (asymmetric() && !only_thread()) {
    syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void heavy_fence_if_needed() noexcept {
  if (!asymmetric()) std::atomic_thread_fence(std::memory_order_seq_cst);
}

Frame* pin(const std::atomic<Shown>& slot) {
  if (slot.load(std::memory_order_relaxed) == 0) return nullptr;
  Frame& frame = free_frame();
  for (;;) {
    const Shown shown = slot.load(std::memory_order_acquire);
    if (shown == 0) {
      free(frame);
      return nullptr;
    }
    frame.current.store(nullptr, std::memory_order_relaxed);
    frame.pinned.store(true, std::memory_order_relaxed);
    frame.shown.store(shown, announce);
    light_fence();
    heavy_fence_if_needed();
    if (slot.load(verify) == shown) {
      frame.next = nullptr;
      frame.size = is_several(shown)
                       ? snapshot_of(shown)->size.load(std::memory_order_acquire)
                       : 1;
      return &frame;
    }
  }
}

void unpin(Frame* frame) noexcept {
  while (frame != nullptr) {
    Frame* next = frame->next;
    free(*frame);
    frame = next;
  }
}

std::uint32_t new_counter() {
  auto& all = registry();
  const Lock lock(all.mutex);
  if (!all.free_counters.empty()) {
    const std::uint32_t counter = all.free_counters.back();
    all.free_counters.pop_back();
    return counter;
  }
  if (all.next_counter == counter_limit) return 0;
  if (all.free_counters.capacity() < all.next_counter) {
    all.free_counters.reserve(std::size_t{2} *
                              all.next_counter);  // so that giving it back cannot throw
  }
  return all.next_counter++;
}

void free_counter(std::uint32_t counter) noexcept {
  if (counter == 0) return;
  auto& all = registry();
  const Lock lock(all.mutex);
  for (Record* record = all.first.load(std::memory_order_relaxed); record != nullptr;
       record = record->next) {
    record->calls[counter].store(0, std::memory_order_relaxed);
  }
  all.free_counters.push_back(counter);
}

std::uint64_t read_counter(std::uint32_t counter) noexcept {
  std::uint64_t sum = 0;
  if (counter == 0) return sum;
  for (const Record* record = registry().first.load(std::memory_order_acquire);
       record != nullptr;
       record = record->next) {
    sum += record->calls[counter].load(std::memory_order_relaxed);
  }
  return sum;
}

bool count_call_here(std::uint32_t counter) noexcept {
  if (counter == 0 || mine == nullptr) return false;
  count_call(mine->calls, counter);
  return true;
}

}  // namespace hark::event::detail
