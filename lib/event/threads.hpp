// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/reader.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

/// The records of the threads that dispatch: hazard frames and call counters.
namespace hark::event::detail {

/// Does what the first dispatch would otherwise do, which takes the kernel milliseconds
/// where several threads run.
void prepare_to_dispatch() noexcept;

inline constexpr std::size_t frames_per_chunk = 7;

/// Frames for nested dispatches and for the levels of one.
struct FrameChunk {
  Frame frames[frames_per_chunk];
  std::atomic<FrameChunk*> next{nullptr};
};

/// One thread's or fiber's frames and counters, as the library sees them. Records stay in one list
/// for ever; a thread that starts takes over the record of one that has ended.
struct Record {
  ThreadRecord* fast =
      nullptr;  // guarded by the registry's mutex; null: `slow` is the first frame
  Frame slow;
  FrameChunk more;
  std::atomic<std::uint64_t>* calls = nullptr;
  Record* next = nullptr;                    // constant after publication
  std::atomic<bool> in_use{true};            // by a thread, or by one dispatch
  bool transient = false;                    // by one dispatch of a thread that is ending
  std::atomic<const void*> ending{nullptr};  // that thread, if so
  std::atomic<bool> is_suspended{false};     // a fiber's, which no thread runs now
};

using FrameVisitor = void (*)(const Frame& frame, void* context);

/// Shows `visit` all frames of all threads.
void visit_frames(FrameVisitor visit, void* context);
void visit_frames_of_this_thread(FrameVisitor visit, void* context);

template <class Visit>
void visit_frames(Visit&& visit) {
  visit_frames(
      [](const Frame& frame, void* context) { (*static_cast<Visit*>(context))(frame); },
      &visit);
}
template <class Visit>
void visit_frames_of_this_thread(Visit&& visit) {
  visit_frames_of_this_thread(
      [](const Frame& frame, void* context) { (*static_cast<Visit*>(context))(frame); },
      &visit);
}

/// Is it the frame of a fiber that no thread runs now?
bool is_suspended(const Frame& frame) noexcept;

/// Is no thread but this one able to be in a dispatch, now or until it registers itself?
bool only_thread() noexcept;
std::size_t running_threads() noexcept;

/// After it, what any thread announced before is seen, and every later verification sees
/// what this thread wrote before: membarrier(2), or a fence where readers fence
/// themselves.
void heavy_fence() noexcept;

}  // namespace hark::event::detail
