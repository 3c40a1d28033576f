// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "event/control.hpp"
#include "event/reporting.hpp"
#include "event/threads.hpp"

namespace hark::event::detail {
namespace {

using hark::detail::Lock;

bool derives_from(const Level& level, const Level& base) noexcept {
  const Level* ancestor = &level;
  while (ancestor != nullptr && ancestor != &base) ancestor = ancestor->class_info->base;
  return ancestor == &base;
}

bool matches(const Listener& listener,
             const ListenerList& home,
             const Probe& probe) noexcept {
  // A key that names an object standing for the target holds for all that it has stood
  // for.
  const bool is_key =
      listener.control->home == &home || listener.control->options.via.object != nullptr;
  return is_key && listener.control->options.via == probe.via &&
         listener.type->callable_type == probe.callable_type && !is_expired(listener) &&
         listener.type->same(listener, probe.callable);
}

Cell* find(const Level& level, std::uint32_t event, const Probe& probe) noexcept {
  const ListenerList* list = list_if_any(level, event);
  if (list == nullptr) return nullptr;
  return list->places().find(probe.fingerprint, [&](const Listener& listener) {
    return matches(listener, *list, probe);
  });
}

/// Takes the tracked listeners out whose object is gone.
void reap(const ListenerList& list, RetireBatch& batch) noexcept {
  while (Cell* cell = list.find_expired()) end_registration(*cell->listener, batch);
}

void meet_locked(Level& level, FamilyState& state, RetireBatch& batch)
    HARK_REQUIRES(state.mutex) {
  if (level.met.load(std::memory_order_relaxed)) return;
  Level* base = level.class_info->base;
  if (base != nullptr) meet_locked(*base, state, batch);
  state.classes.reserve(state.classes.size() + 1);
  try {
    for (std::uint32_t event = 0; base != nullptr && event < level.family->count;
         ++event) {
      const ListenerList* inherited = list_if_any(*base, event);
      if (inherited == nullptr) continue;
      ListenerList& list = list_of(level, event);
      for (const Cell* cell : inherited->cells())
        list.attach(*cell->listener, false, batch);
    }
  } catch (...) {
    if (level.control != nullptr) {
      for (const auto& list : level.control->lists) {
        if (list != nullptr) list->end(batch);
      }
      delete std::exchange(level.control, nullptr);
    }
    throw;
  }
  state.classes.push_back(&level);
  level.met.store(true, std::memory_order_release);
}

/// An object's level, in the list of its class's.
void link_to_class(Level& level, Level& of_class) noexcept {
  level.of_class = &of_class;
  level.previous = nullptr;
  level.next = std::exchange(of_class.objects, &level);
  if (level.next != nullptr) level.next->previous = &level;
}

void unlink_from_class(Level& level) noexcept {
  (level.previous == nullptr ? level.of_class->objects : level.previous->next) =
      level.next;
  if (level.next != nullptr) level.next->previous = level.previous;
}

/// Attaches to the level, and where it is a class's to those of the subclasses.
void attach_everywhere(Level& level,
                       std::uint32_t event,
                       Listener& listener,
                       FamilyState& state,
                       RetireBatch& batch) HARK_REQUIRES(state.mutex) {
  const bool in_front = listener.control->options.insert;
  list_of(level, event).attach(listener, in_front, batch);
  if (level.class_info == nullptr) return;
  for (Level* other : state.classes) {
    if (other != &level && derives_from(*other, level)) {
      list_of(*other, event).attach(listener, in_front, batch);
    }
  }
}

template <class Predicate>
bool holds(const std::vector<Cell*>& cells, Predicate&& predicate) {
  return std::any_of(cells.begin(), cells.end(), [&](const Cell* cell) {
    return predicate(*cell->listener);
  });
}

/// A listener that is not registered yet.
struct Unregistered {
  Listener* listener;
  explicit Unregistered(Listener* made) noexcept : listener(made) {}
  Unregistered(const Unregistered&) = delete;
  Unregistered& operator=(const Unregistered&) = delete;
  ~Unregistered() {
    if (listener == nullptr) return;
    listener->type->destroy(*listener);
    if (listener->control != nullptr) {
      drop_reference(listener);
    } else {
      listener->type->deallocate(listener);
    }
  }
};

}  // namespace

FamilyState& state_of(FamilyInfo& family) {
  FamilyState* state = family.state.load(std::memory_order_acquire);
  if (state != nullptr) return *state;
  auto made = std::make_unique<FamilyState>(family.events);
  if (family.state.compare_exchange_strong(
          state, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *state;
}

ListenerList& list_of(Level& level, std::uint32_t event) {
  if (level.control == nullptr) level.control = new LevelControl(level.family->count);
  auto& list = level.control->lists[event];
  if (list == nullptr) list = std::make_unique<ListenerList>(level, event);
  return *list;
}

ListenerList* list_if_any(const Level& level, std::uint32_t event) noexcept {
  return level.control == nullptr ? nullptr : level.control->lists[event].get();
}

bool same_plain_callable(const Listener& one, const Listener& other) noexcept {
  if (one.type->wrapped || other.type->wrapped || one.type->same == nullptr ||
      one.type->callable_type != other.type->callable_type) {
    return false;
  }
  return one.type->same(one, other.type->callable(other));
}

void refresh(Listener& listener) noexcept {
  const ListenerControl& control = *listener.control;
  const bool active = control.connected && !control.blocked && !control.consumed;
  listener.route.store({active ? listener.type->active : listener.type->idle,
                        active && !listener.type->guarded ? control.counter : 0},
                       std::memory_order_seq_cst);
}

void end_registration(Listener& listener, RetireBatch& batch) noexcept {
  ListenerControl& control = *listener.control;
  if (!control.connected.exchange(false)) return;
  refresh(listener);
  while (control.cells != nullptr) control.cells->list->detach(control.cells, batch);
  control.home = nullptr;
  batch.add(&listener);
}

void meet(Level& level) {
  RetireBatch batch;
  FamilyState& state = state_of(*level.family);
  const Lock lock(state.mutex);
  meet_locked(level, state, batch);
}

Level& own_level(std::atomic<Level*>& table, Level& of_class, Level* (*make)()) {
  Level* level = table.load(std::memory_order_acquire);
  if (level != &of_class) return *level;
  const Lock lock(state_of(*of_class.family).mutex);
  level = table.load(std::memory_order_acquire);
  if (level != &of_class) return *level;
  level = make();
  link_to_class(*level, of_class);
  for (std::uint32_t event = 0; event < level->family->count; ++event) {
    level->slots[event].store(of_class.slots[event].load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
  }
  level->heard.store(of_class.heard.load(std::memory_order_relaxed),
                     std::memory_order_relaxed);
  table.store(level, std::memory_order_release);
  return *level;
}

void change_class(Level& own, Level& of_class) {
  RetireBatch batch;
  const Lock lock(state_of(*own.family).mutex);
  if (own.of_class == &of_class) return;
  unlink_from_class(own);
  link_to_class(own, of_class);
  for (std::uint32_t event = 0; event < own.family->count; ++event) {
    ListenerList* list = list_if_any(own, event);
    if (list != nullptr && list->count() != 0) {
      list->rebuild(batch);
    } else {
      own.show(event, of_class.slots[event].load(std::memory_order_relaxed));
    }
  }
}

void end_level(Level& level) noexcept {
  RetireBatch batch;
  std::unique_ptr<LevelControl> control;
  {
    const Lock lock(state_of(*level.family).mutex);
    unlink_from_class(level);
    control.reset(level.control);
    if (control == nullptr) return;
    for (const auto& list : control->lists) {
      if (list != nullptr) list->end(batch);
    }
    level.control = nullptr;
  }
  for (OnceState* once : control->once) {
    if (once != nullptr && once->owners.fetch_sub(1) == 1) delete once;
  }
}

Listener* add(Level& level,
              std::uint32_t event,
              Listener* listener,
              Registration registration) {
  Unregistered owned(listener);
  prepare_to_dispatch();
  FamilyState& state = state_of(*level.family);
  const EventInfo& info = level.family->events[event];
  const Place place = registration.place;
  {
    RetireBatch batch;
    const Lock lock(state.mutex);
    if (listener->type->same != nullptr) {
      const void* callable = listener->type->callable(*listener);
      const Probe probe{callable,
                        listener->type->callable_type,
                        listener->type->fingerprint(callable),
                        registration.via};
      if (const Cell* present = find(level, event, probe)) {
        add_reference(*present->listener);
        return present->listener;
      }
    }
    auto control =
        std::make_unique<ListenerControl>(state, event, std::move(registration));
    control->counter = new_counter();
    listener->control = control.release();
    refresh(*listener);
    ListenerList& home = list_of(level, event);
    reap(home, batch);
    listener->control->home = &home;
    try {
      attach_everywhere(level, event, *listener, state, batch);
    } catch (...) {
      owned.listener = nullptr;
      end_registration(*listener, batch);
      throw;
    }
    owned.listener = nullptr;
    add_reference(*listener);
  }
  if (!info.deprecated.empty()) warn_deprecated(info, place);
  return listener;
}

bool remove(Level& level, std::uint32_t event, const Probe& probe) {
  RetireBatch batch;
  const Lock lock(state_of(*level.family).mutex);
  Cell* cell = find(level, event, probe);
  if (cell == nullptr) return false;
  end_registration(*cell->listener, batch);
  return true;
}

bool contains(Level& level, std::uint32_t event, const Probe& probe) {
  const Lock lock(state_of(*level.family).mutex);
  return find(level, event, probe) != nullptr;
}

std::size_t count(const Level& level, std::uint32_t event) {
  const Lock lock(state_of(*level.family).mutex);
  const ListenerList* list = list_if_any(level, event);
  return list == nullptr ? 0 : list->count();
}

void update(Level& to, const Level& from, bool only_propagate) {
  if (&to == &from) return;
  RetireBatch batch;
  const Lock lock(state_of(*to.family).mutex);
  for (std::uint32_t event = 0; event < from.family->count; ++event) {
    const ListenerList* source = list_if_any(from, event);
    if (source == nullptr) continue;
    ListenerList& list = list_of(to, event);
    const std::vector<Cell*> given = source->cells();
    const std::vector<Cell*> before = list.cells();
    for (const Cell* cell : given) {
      Listener& listener = *cell->listener;
      if (holds(before, [&](const Listener& other) { return &other == &listener; }))
        continue;
      // As in SQLAlchemy, event::propagate is the callable's, under whichever key it was
      // given.
      const auto propagates = [&](const Listener& other) {
        return other.control->options.propagate &&
               (&other == &listener || same_plain_callable(other, listener));
      };
      const auto is_twin = [&](const Listener& other) {
        return same_plain_callable(other, listener);
      };
      if (holds(given, propagates) || (!only_propagate && !holds(before, is_twin))) {
        list.attach(listener, false, batch);
      }
    }
  }
}

}  // namespace hark::event::detail
