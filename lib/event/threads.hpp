// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/reader.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

/// The records of the threads that dispatch: hazard frames and call counters.
namespace hark::event::detail {

inline constexpr std::size_t frames_per_chunk = 7;

/// Frames for nested dispatches and for the levels of one.
struct FrameChunk {
  Frame frames[frames_per_chunk];
  std::atomic<FrameChunk*> next{nullptr};
};

/// A ThreadRecord as the library sees it. Records stay in one list for ever.
struct Record : ThreadRecord {
  FrameChunk more;
  Record* next = nullptr;          // constant after publication
  std::atomic<bool> in_use{true};  // by a thread, or by one dispatch
  bool transient = false;          // by one dispatch of a thread that is exiting
};

Record* first_record() noexcept;
Record* record_of_this_thread() noexcept;  // null: none

template <class Visit>
void visit_frames_of(const Record& record, Visit& visit) {
  visit(record.first);
  for (const FrameChunk* chunk = &record.more; chunk != nullptr;
       chunk = chunk->next.load(std::memory_order_acquire)) {
    for (const Frame& frame : chunk->frames) visit(frame);
  }
}

template <class Visit>
void visit_frames(Visit&& visit) {
  for (const Record* record = first_record(); record != nullptr; record = record->next) {
    visit_frames_of(*record, visit);
  }
}

template <class Visit>
void visit_frames_of_this_thread(Visit&& visit) {
  if (const Record* record = record_of_this_thread()) visit_frames_of(*record, visit);
}

/// Is no thread but this one able to be in a dispatch, now or until it registers itself?
bool only_thread() noexcept;
std::size_t running_threads() noexcept;

/// After it, what any thread announced before is seen, and every later verification sees what
/// this thread wrote before: membarrier(2), or a fence where readers fence themselves.
void heavy_fence() noexcept;

}  // namespace hark::event::detail
