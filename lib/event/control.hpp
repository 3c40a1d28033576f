// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/flow.hpp>
#include <hark/detail/mutex.hpp>
#include <hark/event/detail/level.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "event/listener_list.hpp"
#include "event/reclaimer.hpp"

/// What the control plane knows of families, levels and listeners.
///
/// Locks: a family's mutex guards the lists of all its levels and the fields marked
/// below. It is never held while a listener runs or a callable is destroyed.
namespace hark::event::detail {

struct FamilyState {
  explicit FamilyState(const EventInfo* of_family) : events(of_family) {}

  const EventInfo* const events;
  hark::detail::Mutex mutex;
  // Those met, bases before their subclasses.
  std::vector<Level*> classes HARK_GUARDED_BY(mutex);
};

FamilyState& state_of(FamilyInfo& family);

struct ListenerControl {
  ListenerControl(FamilyState& of_family, std::uint32_t of_event, Registration registered)
      : family(&of_family), options(std::move(registered)), event(of_event) {}

  const EventInfo& event_info() const noexcept { return family->events[event]; }

  // Constant after registration.
  FamilyState* const family;
  const Registration options;
  const std::uint32_t event;
  std::uint32_t counter = 0;

  // Own synchronization.
  std::atomic<bool> connected{true};
  std::atomic<bool> consumed{false};  // a `once` that has run
  std::atomic<bool> blocked{false};
  std::atomic<bool> callable_destroyed{false};
  bool target_ends = false;  // while one of its targets is destroyed; guarded as below
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> uncounted_calls{0};  // where there is no counter to count on

  // Guarded by family->mutex.
  ListenerList* home = nullptr;  // whose key it is; null: the target is gone
  Cell* cells = nullptr;         // its places in lists
  std::exception_ptr last_error;

  // The reclaimer's.
  Listener* next_retired = nullptr;
};

// Many are freed at a time; glibc's malloc keeps more than a few only of what is smaller.
static_assert(sizeof(void*) != 8 || sizeof(ListenerControl) <= 120);

/// A fiber that waits for the end of a run.
struct ParkedRun {
  hark::detail::Suspender* flow;
  ParkedRun* next;
};

/// The state of exec_once and its kin, for one object and event.
struct OnceState {
  std::mutex mutex;
  std::condition_variable ended;
  bool running = false;                           // guarded by mutex
  std::thread::id runner;                         // guarded by mutex
  hark::detail::Suspender* running_on = nullptr;  // guarded by mutex; null: a thread
  ParkedRun* parked = nullptr;                    // guarded by mutex
  std::atomic<bool> done{false};                  // exec_once, exec_once_unless_exception
  std::atomic<bool> first_run_done{false};
  std::atomic<unsigned> owners{1};
};

struct LevelControl {
  explicit LevelControl(std::uint32_t events) : lists(events), once(events) {}

  std::vector<std::unique_ptr<ListenerList>> lists;  // by event; null: never listened to
  std::vector<OnceState*> once;
};

/// The list of that event, made if need be.
ListenerList& list_of(Level& level, std::uint32_t event);
ListenerList* list_if_any(const Level& level, std::uint32_t event) noexcept;

/// Takes `listener` out of all lists. Requires: the family's mutex is held.
void end_registration(Listener& listener, RetireBatch& batch) noexcept;

/// Stores the function that dispatches shall call. Requires: the family's mutex is held.
void refresh(Listener& listener) noexcept;

inline bool is_expired(const Listener& listener) noexcept {
  return listener.type->expired != nullptr && listener.type->expired(listener);
}

/// Are both the user's own callable, unwrapped, and equal?
bool same_plain_callable(const Listener& one, const Listener& other) noexcept;

}  // namespace hark::event::detail
