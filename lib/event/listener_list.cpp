// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "event/listener_list.hpp"

#include "event/control.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

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

bool is_dispatched(const Listener& listener) noexcept {
  return !listener.control->consumed.load(std::memory_order_relaxed);
}

}  // namespace

ListenerList::ListenerList(Level& level, std::uint32_t event) : level_(level), event_(event) {}

void ListenerList::connect(Cell& cell, bool in_front) {
  Signal::slot_type slot{Slot{&cell}};
  if (cell.listener->type->expired != nullptr) slot.track_foreign(Life{cell.listener});
  cell.connection = signal_.connect(
      slot, in_front ? boost::signals2::at_front : boost::signals2::at_back);
}

void ListenerList::attach(Listener& listener, bool in_front, RetireBatch& batch) {
  const bool twin = !twins_ && listener.type->same != nullptr &&
                    find([&](const Listener& other) {
                      return same_plain_callable(listener, other);
                    }) != nullptr;
  auto cell = std::make_unique<Cell>(Cell{.listener = &listener, .list = this, .connection = {}});
  connect(*cell, in_front);
  const bool first = live_ == 0;
  try {
    live_ += is_dispatched(listener) ? 1 : 0;
    if (in_front && !first) {
      rebuild(batch);
    } else if (is_dispatched(listener)) {
      append(listener, batch);
    }
  } catch (...) {
    live_ -= is_dispatched(listener) ? 1 : 0;
    cell->connection.disconnect();
    throw;
  }
  link(*cell);
  cell->next = std::exchange(cells_, cell.get());
  if (cell->next != nullptr) cell->next->previous = cell.get();
  cell.release();
  ++count_;
  twins_ |= twin;
}

void ListenerList::append(Listener& listener, RetireBatch& batch) {
  if (snapshot_ == nullptr ||
      snapshot_->size.load(std::memory_order_relaxed) == snapshot_->capacity) {
    rebuild(batch);
    return;
  }
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  add_reference(listener);
  snapshot_->entries()[size].store(&listener, std::memory_order_release);
  snapshot_->size.store(size + 1, std::memory_order_release);
  publish();
}

void ListenerList::rebuild(RetireBatch& batch) {
  const std::vector<Cell*> ordered = cells();
  Snapshot* made = new_snapshot(capacity_for(live_));
  std::uint32_t size = 0;
  for (const Cell* cell : ordered) {
    if (!is_dispatched(*cell->listener)) continue;
    add_reference(*cell->listener);
    made->entries()[size++].store(cell->listener, std::memory_order_relaxed);
  }
  made->size.store(size, std::memory_order_relaxed);
  live_ = size;
  Snapshot* old = std::exchange(snapshot_, made);
  publish();
  if (old != nullptr) batch.add(old);
}

void ListenerList::publish() noexcept {
  level_.slots[event_].store(live_ == 0 ? nullptr : snapshot_, std::memory_order_seq_cst);
}

std::vector<Cell*> ListenerList::cells() const { return signal_(); }

std::size_t ListenerList::count() const noexcept {
  std::size_t expired = 0;
  for (const Cell* cell = cells_; cell != nullptr; cell = cell->next) {
    expired += is_expired(*cell->listener) ? 1 : 0;
  }
  return count_ - expired;
}

void ListenerList::silence() noexcept {
  if (--live_ == 0) publish();
}

/// Where a callable stands in the list under several keys, removing one of them takes out the
/// place in front, whichever key that was, as Python's deque.remove does.
Cell* ListenerList::exchange_with_first_twin(Cell& cell) noexcept {
  const std::vector<Cell*> ordered = cells();
  const auto first = std::find_if(ordered.begin(), ordered.end(), [&](const Cell* other) {
    return other == &cell || same_plain_callable(*other->listener, *cell.listener);
  });
  if (first == ordered.end() || *first == &cell) return &cell;
  Cell& twin = **first;
  unlink_from_listener(cell);
  unlink_from_listener(twin);
  std::swap(cell.listener, twin.listener);
  link(cell);
  link(twin);
  return &twin;
}

void ListenerList::unlink(Cell& cell) noexcept {
  (cell.previous == nullptr ? cells_ : cell.previous->next) = cell.next;
  if (cell.next != nullptr) cell.next->previous = cell.previous;
  unlink_from_listener(cell);
  --count_;
}

void ListenerList::detach(Cell* cell, RetireBatch& batch) noexcept {
  Cell* gone = twins_ ? exchange_with_first_twin(*cell) : cell;
  const bool moved = gone != cell;
  const bool was_live = is_dispatched(*gone->listener);
  gone->connection.disconnect();
  unlink(*gone);
  delete gone;
  if (was_live && --live_ == 0) {
    publish();
    return;
  }
  if (snapshot_ == nullptr) return;
  const std::size_t dead = snapshot_->size.load(std::memory_order_relaxed) - live_;
  if (moved || dead > std::max<std::size_t>(live_, smallest_capacity)) {
    try {
      rebuild(batch);
    } catch (const std::bad_alloc&) {
      // The old snapshot serves as well: what was taken out is idle.
    }
  }
}

void ListenerList::end(RetireBatch& batch) noexcept {
  live_ = 0;
  publish();
  while (cells_ != nullptr) {
    Cell* cell = cells_;
    Listener& listener = *cell->listener;
    if (listener.control->home == this) listener.control->home = nullptr;
    cell->connection.disconnect();
    unlink(*cell);
    delete cell;
    if (listener.control->cells == nullptr) end_registration(listener, batch);
  }
  if (snapshot_ == nullptr) return;
  silence_survivors();
  batch.add(std::exchange(snapshot_, nullptr));
}

/// A dispatch on the level that is going may still be under way: what lives on elsewhere, by
/// event::propagate, is not called by it any more either. The references stay with the snapshot.
void ListenerList::silence_survivors() noexcept {
  const std::uint32_t size = snapshot_->size.load(std::memory_order_relaxed);
  const auto survives = [&](std::uint32_t i) {
    const Listener* listener = snapshot_->entries()[i].load(std::memory_order_relaxed);
    return listener->control->connected.load(std::memory_order_relaxed);
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
    snapshot_->entries()[i].store(listener->type->silence, std::memory_order_seq_cst);
  }
}

}  // namespace hark::event::detail
