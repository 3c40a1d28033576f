// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include "event/reclaimer.hpp"

#include <hark/event/detail/level.hpp>

#include <boost/signals2/dummy_mutex.hpp>
#include <boost/signals2/signal.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace hark::event::detail {

class ListenerList;

/// One listener's place in one list.
struct Cell {
  Listener* listener;
  ListenerList* list;
  boost::signals2::connection connection;
  Cell* next_of_listener = nullptr;
  Cell* next = nullptr;  // in the list, in no order
  Cell* previous = nullptr;
};

/// The listeners of one event on one level: Boost.Signals2 keeps them and their order, and the
/// snapshot that dispatches walk is written from its emission.
///
/// Thread safety: distinct objects safe; the family's mutex guards every call.
class ListenerList {
 public:
  ListenerList(Level& level, std::uint32_t event);
  ListenerList(const ListenerList&) = delete;
  ListenerList& operator=(const ListenerList&) = delete;

  /// Registers `listener` here, behind the others or in front of them.
  ///
  /// Throws: std::bad_alloc. Nothing has changed.
  void attach(Listener& listener, bool in_front, RetireBatch& batch);

  /// Takes a place out of the list and deletes it.
  void detach(Cell* cell, RetireBatch& batch) noexcept;

  /// The listener stays registered and is not dispatched to any more.
  void silence() noexcept;

  /// Everything that is registered here ends; the level is being destroyed.
  void end(RetireBatch& batch) noexcept;

  /// The places in Signals2's order; those whose tracked object is gone are left out.
  std::vector<Cell*> cells() const;

  template <class Predicate>
  Cell* find(Predicate&& predicate) const {
    Cell* cell = cells_;
    while (cell != nullptr && !predicate(*cell->listener)) cell = cell->next;
    return cell;
  }

  std::size_t count() const noexcept;
  Level& level() const noexcept { return level_; }
  std::uint32_t event() const noexcept { return event_; }

 private:
  /// A slot answers its place; the combiner gathers the answers.
  struct Slot {
    Cell* cell;
    Cell* operator()() const noexcept { return cell; }
  };
  struct Gather {
    using result_type = std::vector<Cell*>;
    template <class Iterator>
    result_type operator()(Iterator begin, Iterator end) const {
      return {begin, end};
    }
  };
  using Signal =
      boost::signals2::signal<Cell*(), Gather, int, std::less<>, boost::function<Cell*()>,
                              boost::function<Cell*(const boost::signals2::connection&)>,
                              boost::signals2::dummy_mutex>;

  void connect(Cell& cell, bool in_front);
  void append(Listener& listener, RetireBatch& batch);
  void rebuild(RetireBatch& batch);
  void publish() noexcept;
  void unlink(Cell& cell) noexcept;
  void silence_survivors() noexcept;
  Cell* exchange_with_first_twin(Cell& cell) noexcept;

  Level& level_;
  const std::uint32_t event_;
  mutable Signal signal_;
  Cell* cells_ = nullptr;
  std::size_t count_ = 0;         // cells
  std::size_t live_ = 0;          // of the snapshot's entries, those that are to be called
  Snapshot* snapshot_ = nullptr;  // published, or kept for the next listener while live_ is 0
  bool twins_ = false;            // a callable may stand here more than once
};

}  // namespace hark::event::detail
