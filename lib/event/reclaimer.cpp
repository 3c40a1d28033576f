// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "event/reclaimer.hpp"

#include <hark/detail/flow.hpp>
#include <hark/detail/mutex.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

#include "event/control.hpp"
#include "event/threads.hpp"

namespace hark::event::detail {

template <>
Snapshot*& RetiredList<Snapshot>::next_of(Snapshot& item) noexcept {
  return item.next_retired;
}
template <>
Listener*& RetiredList<Listener>::next_of(Listener& item) noexcept {
  return item.control->next_retired;
}

namespace {

using hark::detail::Lock;
using hark::detail::Mutex;

/// One membarrier frees at least so many, where other threads dispatch.
constexpr std::size_t batch_size = 32;

/// Lives as long as the process: threads may dispatch while static objects are destroyed.
struct Reclaimer {
  Mutex mutex;
  RetiredList<Snapshot> snapshots HARK_GUARDED_BY(mutex);
  RetiredList<Listener> listeners HARK_GUARDED_BY(mutex);
  std::size_t survivors HARK_GUARDED_BY(mutex) = 0;  // of the last collection
};

Reclaimer& reclaimer() {
  static auto* const made = new Reclaimer;
  return *made;
}

/// The listener that the frame's dispatch is calling, or is about to.
const Listener* listener_in(const Frame& frame, Shown shown) noexcept {
  if (shown == 0 || shown == shown_nothing) return nullptr;
  const bool announced =
      is_several(shown) || frame.pinned.load(std::memory_order_seq_cst);
  return announced ? frame.current.load(std::memory_order_seq_cst) : listener_of(shown);
}

bool is_calling(const Frame& frame, const Listener& listener) noexcept {
  return listener_in(frame, frame.shown.load(std::memory_order_seq_cst)) == &listener;
}

/// What some frame shows.
struct InUse {
  std::vector<const Snapshot*> snapshots;
  std::vector<const Listener*> shown_alone;  // their memory is in use
  std::vector<const Listener*> called;       // their callables are, too

  void look() {
    visit_frames([this](const Frame& frame) {
      const Shown shown = frame.shown.load(std::memory_order_seq_cst);
      if (shown == 0 || shown == shown_nothing) return;
      if (is_several(shown)) {
        snapshots.push_back(snapshot_of(shown));
      } else {
        shown_alone.push_back(listener_of(shown));
      }
      called.push_back(listener_in(frame, shown));
    });
  }
};

bool is_shown_here(Shown wanted) noexcept {
  bool found = false;
  visit_frames_of_this_thread([&](const Frame& frame) {
    found |= frame.shown.load(std::memory_order_relaxed) == wanted;
  });
  return found;
}

/// Takes out of `all` what is not used.
template <class T>
RetiredList<T> take_unused(RetiredList<T>& all, const std::vector<const T*>& used) {
  RetiredList<T> unused;
  RetiredList<T> rest;
  while (!all.empty()) {
    T* item = all.pop();
    (std::find(used.begin(), used.end(), item) == used.end() ? unused : rest).push(item);
  }
  all = rest;
  return unused;
}

void delete_snapshot(Snapshot* snapshot) noexcept {
  const std::uint32_t size = snapshot->size.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < size; ++i) {
    Listener* listener = snapshot->entries()[i].load(std::memory_order_relaxed);
    if (listener != nullptr && listener->control != nullptr) drop_reference(listener);
  }
  if (snapshot->kept != nullptr) {
    for (Listener** kept = snapshot->kept; *kept != nullptr; ++kept)
      drop_reference(*kept);
    delete[] snapshot->kept;
  }
  ::operator delete(snapshot);
}

void destroy_callable(Listener& listener) noexcept {
  if (listener.control->callable_destroyed.load(std::memory_order_relaxed)) return;
  listener.type->destroy(listener);
  listener.control->callable_destroyed.store(true, std::memory_order_release);
}

}  // namespace

Snapshot* new_snapshot(std::uint32_t capacity) {
  void* memory =
      ::operator new(sizeof(Snapshot) + capacity * sizeof(std::atomic<Listener*>));
  auto* snapshot = new (memory) Snapshot{capacity, 0};
  for (std::uint32_t i = 0; i < capacity; ++i) {
    new (snapshot->entries() + i) std::atomic<Listener*>(nullptr);
  }
  return snapshot;
}

void drop_reference(Listener* listener) noexcept {
  if (listener->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  free_counter(listener->control->counter);
  delete listener->control;
  listener->type->deallocate(listener);
}

RetireBatch::~RetireBatch() {
  if (snapshots_.empty() && listeners_.empty()) return;
  if (only_thread()) free_unused_here();
  if (snapshots_.empty() && listeners_.empty()) return;
  auto& global = reclaimer();
  bool due = false;
  {
    const Lock lock(global.mutex);
    global.snapshots.take_all(snapshots_);
    global.listeners.take_all(listeners_);
    due = global.snapshots.size() + global.listeners.size() >=
          global.survivors + batch_size;
  }
  if (due) collect_retired();
}

/// No other thread is in a dispatch: what this one does not show need not wait.
void RetireBatch::free_unused_here() noexcept {
  RetiredList<Snapshot> shown_snapshots;
  while (!snapshots_.empty()) {
    Snapshot* snapshot = snapshots_.pop();
    if (is_shown_here(show(snapshot))) {
      shown_snapshots.push(snapshot);
    } else {
      delete_snapshot(snapshot);
    }
  }
  snapshots_ = shown_snapshots;
  RetiredList<Listener> shown_listeners;
  while (!listeners_.empty()) {
    Listener* listener = listeners_.pop();
    bool running = false;
    visit_frames_of_this_thread(
        [&](const Frame& frame) { running |= is_calling(frame, *listener); });
    if (!running) destroy_callable(*listener);
    if (running || is_shown_here(show(listener))) {
      shown_listeners.push(listener);
    } else {
      drop_reference(listener);
    }
  }
  listeners_ = shown_listeners;
}

void collect_retired() noexcept {
  auto& global = reclaimer();
  RetiredList<Snapshot> snapshots;
  RetiredList<Listener> listeners;
  InUse in_use;
  try {
    const Lock lock(global.mutex);
    if (global.snapshots.empty() && global.listeners.empty()) return;
    heavy_fence();
    in_use.look();
    snapshots = take_unused(global.snapshots, in_use.snapshots);
    listeners = take_unused(global.listeners, in_use.called);
    global.survivors = global.snapshots.size() + global.listeners.size();
  } catch (const std::bad_alloc&) {
    return;  // nothing was taken: the next collection finds it
  }
  while (!snapshots.empty()) delete_snapshot(snapshots.pop());
  // The user's destructors run here, no lock held; they may listen and remove in turn.
  RetiredList<Listener> shown_alone;
  while (!listeners.empty()) {
    Listener* listener = listeners.pop();
    destroy_callable(*listener);
    const auto& shown = in_use.shown_alone;
    if (std::find(shown.begin(), shown.end(), listener) == shown.end()) {
      drop_reference(listener);
    } else {
      shown_alone.push(listener);
    }
  }
  if (shown_alone.empty()) return;
  const Lock lock(global.mutex);
  global.listeners.take_all(shown_alone);
}

bool wait_for_calls(const Listener& listener) noexcept {
  bool here = false;
  visit_frames_of_this_thread(
      [&](const Frame& frame) { here |= is_calling(frame, listener); });
  if (here) return false;
  heavy_fence();
  for (Patience patience;; patience.wait()) {
    bool is_running = false;
    bool is_suspended_there = false;
    visit_frames([&](const Frame& frame) {
      if (!is_calling(frame, listener)) return;
      (is_suspended(frame) ? is_suspended_there : is_running) = true;
    });
    if (is_running) continue;
    if (!is_suspended_there) return true;
    if (!Patience::has_fibers()) return false;
  }
}

void Patience::wait() noexcept {
  constexpr unsigned impatient_rounds = 64;
  const bool is_impatient = rounds_ < impatient_rounds;
  if (is_impatient) ++rounds_;
  if (hark::detail::Suspender* const flow = hark::detail::current_suspender();
      flow != nullptr && !flow->is_abandoned()) {
    using std::chrono::milliseconds;
    try {
      static_cast<void>(flow->park(hark::detail::Suspender::Clock::now() +
                                   milliseconds(is_impatient ? 0 : 1)));
    } catch (...) {  // cancelled: what is waited for is waited for all the same
    }
  } else if (is_impatient) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

bool Patience::has_fibers() noexcept {
  const hark::detail::Suspender* const flow = hark::detail::current_suspender();
  return flow == nullptr || !flow->is_abandoned();
}

Retired retired() {
  auto& global = reclaimer();
  const Lock lock(global.mutex);
  return {global.snapshots.size(), global.listeners.size(), running_threads()};
}

}  // namespace hark::event::detail
