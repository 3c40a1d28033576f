// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "event/listener_list.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "event/control.hpp"

namespace hark::event::detail {

/// A tracked listener's life, as Signals2 observes foreign weak pointers.
struct Life {
  const Listener* listener;  // null: gone
  Life lock() const noexcept { return is_expired(*listener) ? Life{nullptr} : *this; }
  bool expired() const noexcept { return is_expired(*listener); }
};

}  // namespace hark::event::detail

namespace boost::signals2 {
template <>
struct shared_ptr_traits<hark::event::detail::Life> {};
template <>
struct weak_ptr_traits<hark::event::detail::Life> {
  using shared_type = hark::event::detail::Life;
};
}  // namespace boost::signals2

namespace hark::event::detail {
namespace {

constexpr std::uint32_t smallest_capacity = 8;

std::uint32_t capacity_for(std::size_t live) noexcept {
  return static_cast<std::uint32_t>(std::max<std::size_t>(smallest_capacity, 2 * live));
}

/// Adds `cell` to its listener's places.
void link(Cell& cell) noexcept {
  cell.next_of_listener = std::exchange(cell.listener->control->cells, &cell);
}

void unlink_from_listener(Cell& cell) noexcept {
  Cell** place = &cell.listener->control->cells;
  while (*place != &cell) place = &(*place)->next_of_listener;
  *place = cell.next_of_listener;
}

/// 0: the callable has no identity.
std::size_t fingerprint_of(const Listener& listener) noexcept {
  const ListenerType& type = *listener.type;
  return type.same == nullptr ? 0 : type.fingerprint(type.callable(listener));
}

bool is_live(const Listener& listener) noexcept {
  return listener.control->connected.load(std::memory_order_relaxed) &&
         !listener.control->consumed.load(std::memory_order_relaxed);
}

}  // namespace

void Places::make_room() {
  if (cells_.size() < cells_.capacity()) return;
  fingerprints_.reserve(2 * cells_.size() + 1);
  cells_.reserve(2 * cells_.size() + 1);
}

bool Places::holds(Folded wanted) const noexcept {
  Folded found = 0;  // no early end: compilers then compare several at a time
  for (const Folded each : fingerprints_) found |= each == wanted ? 1U : 0U;
  return found != 0;
}

void Places::add(Cell& cell, std::size_t fingerprint) noexcept {
  cell.index = cells_.size();
  fingerprints_.push_back(fold(fingerprint));
  cells_.push_back(&cell);
  absent_ = 0;
}

void Places::remove(const Cell& cell) noexcept {
  fingerprints_[cell.index] = fingerprints_.back();
  cells_[cell.index] = cells_.back();
  cells_[cell.index]->index = cell.index;
  fingerprints_.pop_back();
  cells_.pop_back();
}

void ListenerList::connect(Cell& cell, bool in_front) {
  Signal::slot_type slot{Slot{&cell}};
  if (cell.listener->type->expired != nullptr) slot.track_foreign(Life{cell.listener});
  cell.connection = signal_.connect(
      slot, in_front ? boost::signals2::at_front : boost::signals2::at_back);
}

void ListenerList::attach(Listener& listener, bool in_front, RetireBatch& batch) {
  const std::size_t fingerprint = fingerprint_of(listener);
  twins_ = twins_ ||
           (fingerprint != 0 && places_.find(fingerprint, [&](const Listener& other) {
             return same_plain_callable(listener, other);
           }) != nullptr);
  places_.make_room();
  auto cell =
      std::make_unique<Cell>(Cell{.listener = &listener, .list = this, .connection = {}});
  try {
    connect(*cell, in_front);
  } catch (...) {
    // Signals2 may have kept the slot.
    cell->listener = nullptr;
    cell->next_of_listener = std::exchange(orphans_, cell.get());
    static_cast<void>(cell.release());
    throw;
  }
  link(*cell);
  places_.add(*cell.release(), fingerprint);
  tracking_ += listener.type->expired != nullptr ? 1 : 0;
  try {
    // What an object's slot has shown so far was its class's.
    const bool joins_class =
        level_.of_class != nullptr && places_.size() == 1 &&
        level_.of_class->slots[event_].load(std::memory_order_relaxed) != 0;
    if (joins_class || (in_front && live_ != 0)) {
      rebuild(batch);
    } else if (is_live(listener)) {
      append(listener, batch);
    }
  } catch (...) {
    Cell* added = &places_.last();
    added->connection.disconnect();
    unlink(*added);
    delete added;
    throw;
  }
  if (level_.objects != nullptr) publish_to_objects(batch);
}

/// The usual change: one more behind the others, in place if there is room.
void ListenerList::append(Listener& listener, RetireBatch& batch) {
  if (snapshot_ == nullptr) {
    if (live_ != 0) return rebuild(batch);
    only_ = &listener;
  } else {
    if (snapshot_->size.load(std::memory_order_relaxed) == snapshot_->capacity)
      compact(batch);
    if (snapshot_ == nullptr) return append(listener, batch);  // fewer than two were live
    const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
    add_reference(listener);
    snapshot_->entries()[size].store(&listener, std::memory_order_release);
    snapshot_->size.store(size + 1, std::memory_order_release);
  }
  ++live_;
  publish();
}

std::vector<Listener*> ListenerList::live_listeners() const {
  std::vector<Listener*> live;
  const auto add = [&](const ListenerList& list) {
    for (const Cell* cell : list.cells()) {
      if (is_live(*cell->listener)) live.push_back(cell->listener);
    }
  };
  if (level_.of_class != nullptr) {
    if (const ListenerList* inherited = list_if_any(*level_.of_class, event_))
      add(*inherited);
  }
  add(*this);
  return live;
}

void ListenerList::rebuild(RetireBatch& batch) {
  if (level_.of_class != nullptr && places_.empty()) return follow_class(batch);
  replace_snapshot(live_listeners(), batch);
}

/// An object without listeners of its own shows what its class does.
void ListenerList::follow_class(RetireBatch& batch) noexcept {
  live_ = 0;
  only_ = nullptr;
  publish();
  drop_snapshot(batch);
}

/// Leaves the dead entries of the snapshot behind; the order is known.
void ListenerList::compact(RetireBatch& batch) {
  std::vector<Listener*> live;
  live.reserve(live_ + 1);
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < size; ++i) {
    Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    if (is_live(*listener)) live.push_back(listener);
  }
  replace_snapshot(live, batch);
}

void ListenerList::replace_snapshot(const std::vector<Listener*>& live,
                                    RetireBatch& batch) {
  Snapshot* made = nullptr;
  if (live.size() > 1) {
    made = new_snapshot(capacity_for(live.size()));
    std::uint32_t size = 0;
    for (Listener* listener : live) {
      add_reference(*listener);
      made->entries()[size++].store(listener, std::memory_order_relaxed);
    }
    made->size.store(size, std::memory_order_relaxed);
  }
  live_ = live.size();
  only_ = live.size() == 1 ? live.front() : nullptr;
  std::swap(snapshot_, made);
  publish();
  if (made != nullptr) batch.add(made);
}

Listener* ListenerList::only_live_entry() const noexcept {
  if (snapshot_ == nullptr) return only_;
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < size; ++i) {
    Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    if (is_live(*listener)) return listener;
  }
  return nullptr;
}

void ListenerList::publish() noexcept {
  Shown shown = 0;
  if (level_.of_class != nullptr && places_.empty()) {
    shown = level_.of_class->slots[event_].load(std::memory_order_relaxed);
  } else if (live_ == 1) {
    shown = show(only_live_entry());
  } else if (live_ > 1) {
    shown = show(snapshot_);
  }
  level_.show(event_, shown);
}

/// The class's slot has changed: so do those of its objects that have a level.
void ListenerList::publish_to_objects(RetireBatch& batch) {
  // First what needs no memory: nobody may keep what this class has given up.
  for (Level* object = level_.objects; object != nullptr; object = object->next) {
    const ListenerList* list = list_if_any(*object, event_);
    if (list == nullptr || list->places_.empty()) {
      object->show(event_, level_.slots[event_].load(std::memory_order_relaxed));
    }
  }
  for (Level* object = level_.objects; object != nullptr; object = object->next) {
    ListenerList* list = list_if_any(*object, event_);
    if (list != nullptr && !list->places_.empty()) list->rebuild(batch);
  }
}

void ListenerList::drop_snapshot(RetireBatch& batch) noexcept {
  if (snapshot_ != nullptr) batch.add(std::exchange(snapshot_, nullptr));
}

std::vector<Cell*> ListenerList::cells() const {
  std::vector<Cell*> all = signal_();
  std::erase_if(all, [](const Cell* cell) { return cell->listener == nullptr; });
  return all;
}

ListenerList::~ListenerList() {
  while (orphans_ != nullptr) {
    Cell* orphan = orphans_;
    orphans_ = orphan->next_of_listener;
    delete orphan;
  }
}

std::size_t ListenerList::count() const noexcept {
  if (tracking_ == 0) return places_.size();
  return static_cast<std::size_t>(
      std::count_if(places_.begin(), places_.end(), [](const Cell* cell) {
        return !is_expired(*cell->listener);
      }));
}

Cell* ListenerList::find_expired() const noexcept {
  if (tracking_ == 0) return nullptr;
  const auto found = std::find_if(places_.begin(), places_.end(), [](const Cell* cell) {
    return is_expired(*cell->listener);
  });
  return found == places_.end() ? nullptr : *found;
}

/// One that was live is so no more.
void ListenerList::leave(RetireBatch& batch) noexcept {
  --live_;
  if (live_ == 0) only_ = nullptr;
  settle(batch);
}

/// Some that were live may be so no more.
void ListenerList::shed(RetireBatch& batch) noexcept {
  if (snapshot_ == nullptr) {
    if (only_ != nullptr && !is_live(*only_)) only_ = nullptr;
    live_ = only_ == nullptr ? 0 : 1;
  } else {
    live_ = 0;
    const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
    for (std::uint32_t i = 0; i < size; ++i) {
      live_ += is_live(*snapshot_->entries()[i].load(std::memory_order_relaxed)) ? 1 : 0;
    }
  }
  settle(batch);
}

/// Shows what is left, here and on the class's objects; needs no memory.
void ListenerList::settle(RetireBatch& batch) noexcept {
  if (level_.of_class != nullptr && places_.empty()) return follow_class(batch);
  publish();
  const std::size_t size =
      snapshot_ == nullptr ? live_ : snapshot_->size.load(std::memory_order_relaxed);
  try {
    // Not rarely, because a dispatch calls the dead entries; not each time, because it
    // costs.
    if (size - live_ > std::max<std::size_t>(live_, 4)) compact(batch);
  } catch (const std::bad_alloc&) {
    // The old snapshot serves as well: what was taken out is idle.
  }
  for (Level* object = level_.objects; object != nullptr; object = object->next) {
    ListenerList* list = list_if_any(*object, event_);
    if (list != nullptr && !list->places_.empty()) {
      list->shed(batch);
    } else {
      object->show(event_, level_.slots[event_].load(std::memory_order_relaxed));
    }
  }
}

/// Where a callable stands in the list under several keys, removing one of them takes out
/// the place in front, whichever key that was, as Python's deque.remove does. Those are
/// plain callables, all of them live.
Cell* ListenerList::first_twin(Cell& cell) const noexcept {
  if (snapshot_ == nullptr) return &cell;
  Cell* twin = nullptr;
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < size; ++i) {
    const Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    if (listener == cell.listener) return twin != nullptr ? twin : &cell;
    if (twin == nullptr && is_live(*listener) &&
        same_plain_callable(*listener, *cell.listener)) {
      twin = place_here(*listener);
    }
  }
  return &cell;  // it has been left behind already
}

/// The listener's place in this list; null: it has none.
Cell* ListenerList::place_here(const Listener& listener) const noexcept {
  Cell* place = listener.control->cells;
  while (place != nullptr && place->list != this) place = place->next_of_listener;
  return place;
}

/// `cell` and its twin in front of it change listeners, and so do they in what dispatches
/// find. Needs no Signals2: where memory is short, its emission may end the process.
void ListenerList::exchange(Cell& cell, Cell& twin, RetireBatch& batch) noexcept {
  Listener& gone = *cell.listener;
  Listener& stays = *twin.listener;
  unlink_from_listener(cell);
  unlink_from_listener(twin);
  std::swap(cell.listener, twin.listener);
  link(cell);
  link(twin);
  try {
    exchange_entries(gone, stays, batch);
    for (Level* object = level_.objects; object != nullptr; object = object->next) {
      ListenerList* list = list_if_any(*object, event_);
      if (list != nullptr && !list->places_.empty()) {
        list->exchange_entries(gone, stays, batch);
      }
    }
  } catch (const std::bad_alloc&) {
    // The order stays as it was: what was taken out is idle.
  }
}

/// `stays` moves to where `gone` was.
void ListenerList::exchange_entries(const Listener& gone,
                                    Listener& stays,
                                    RetireBatch& batch) {
  if (snapshot_ == nullptr) return;
  std::vector<Listener*> live;
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  live.reserve(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    if (listener == &gone) {
      live.push_back(&stays);
    } else if (listener != &stays && is_live(*listener)) {
      live.push_back(listener);
    }
  }
  replace_snapshot(live, batch);
}

void ListenerList::unlink(Cell& cell) noexcept {
  places_.remove(cell);
  unlink_from_listener(cell);
  tracking_ -= cell.listener->type->expired != nullptr ? 1 : 0;
}

void ListenerList::detach(Cell* cell, RetireBatch& batch) noexcept {
  Cell* const twin = twins_ ? first_twin(*cell) : cell;
  const bool has_moved = twin != cell;
  if (has_moved) {
    exchange(*cell, *twin, batch);
    cell = twin;
  }
  const bool was_live =
      !cell->listener->control->consumed.load(std::memory_order_relaxed);
  // An expired one may have been left out already, when another change came first.
  const bool is_tracking = cell->listener->type->expired != nullptr;
  cell->connection.disconnect();
  unlink(*cell);
  delete cell;
  if (is_tracking || has_moved) {
    shed(batch);
  } else if (was_live) {
    leave(batch);
  }
}

void ListenerList::end(RetireBatch& batch) noexcept {
  live_ = 0;
  only_ = nullptr;
  level_.show(event_, 0);
  for (const Cell* cell : places_) cell->listener->control->target_ends = true;
  while (!places_.empty()) {
    Cell* cell = &places_.last();
    Listener& listener = *cell->listener;
    if (listener.control->home == this) listener.control->home = nullptr;
    cell->connection.disconnect();
    unlink(*cell);
    delete cell;
    if (listener.control->cells == nullptr) end_registration(listener, batch);
  }
  if (snapshot_ == nullptr) return;
  silence_survivors();
  drop_snapshot(batch);
}

/// A dispatch on the level that is going may still be under way: what lives on elsewhere,
/// by event::propagate, is not called by it any more either; what is the class's still
/// is. The references stay with the snapshot.
void ListenerList::silence_survivors() noexcept {
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  const auto survives = [&](std::uint32_t i) {
    const Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    return listener->control->target_ends &&
           listener->control->connected.load(std::memory_order_relaxed);
  };
  std::size_t survivors = 0;
  for (std::uint32_t i = 0; i < size; ++i) survivors += survives(i) ? 1 : 0;
  if (survivors == 0) return;
  snapshot_->kept = new (std::nothrow) Listener* [survivors + 1] {};
  if (snapshot_->kept == nullptr) return;
  Listener** kept = snapshot_->kept;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (!survives(i)) continue;
    Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    *kept++ = listener;
    listener->control->target_ends = false;
    snapshot_->entries()[i].store(listener->type->silence, std::memory_order_seq_cst);
  }
}

}  // namespace hark::event::detail
