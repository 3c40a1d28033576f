// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/level.hpp>

#include <boost/signals2/dummy_mutex.hpp>
#include <boost/signals2/signal.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "event/reclaimer.hpp"

namespace hark::event::detail {

class ListenerList;

/// One listener's place in one list.
struct Cell {
  Listener* listener;
  ListenerList* list;
  boost::signals2::connection connection;
  Cell* next_of_listener = nullptr;
  std::size_t index = 0;  // among the list's cells, which are in no order
};

/// Places in no order, which are found by their callables' fingerprints.
class Places {
 public:
  bool empty() const noexcept { return cells_.empty(); }
  std::size_t size() const noexcept { return cells_.size(); }
  auto begin() const noexcept { return cells_.begin(); }
  auto end() const noexcept { return cells_.end(); }
  Cell& last() const noexcept { return *cells_.back(); }

  /// After it, one add() cannot throw.
  void make_room();
  void add(Cell& cell, std::size_t fingerprint) noexcept;
  void remove(const Cell& cell) noexcept;

  /// Any with that fingerprint whose listener satisfies `predicate`; null: none.
  template <class Predicate>
  Cell* find(std::size_t fingerprint, Predicate&& predicate) const {
    const Folded wanted = fold(fingerprint);
    if (wanted == absent_) return nullptr;
    if (!holds(wanted)) {
      absent_ = wanted;
      return nullptr;
    }
    for (std::size_t i = 0; i < fingerprints_.size(); ++i) {
      if (fingerprints_[i] == wanted && predicate(*cells_[i]->listener)) return cells_[i];
    }
    return nullptr;
  }

 private:
  using Folded = std::uint32_t;

  /// 0 stays what it means, and nothing else becomes it.
  static Folded fold(std::size_t fingerprint) noexcept {
    return fingerprint == 0 ? 0
                            : static_cast<Folded>(fingerprint ^ fingerprint >> 32U) | 1U;
  }
  bool holds(Folded wanted) const noexcept;

  std::vector<Folded> fingerprints_;  // beside each other: most searches end here
  std::vector<Cell*> cells_;
  mutable Folded absent_ = 0;  // the last that was looked for in vain; 0: unknown
};

/// The listeners of one event on one level: Boost.Signals2 keeps them and their order,
/// and what dispatches find in the level's slot is written from its emission.
///
/// An object's slot merges its class's listeners and its own; while it has none of its
/// own it shows what the class's slot does.
///
/// Thread safety: distinct objects safe; the family's mutex guards every call.
class ListenerList {
 public:
  ListenerList(Level& level, std::uint32_t event) : level_(level), event_(event) {}
  ListenerList(const ListenerList&) = delete;
  ListenerList& operator=(const ListenerList&) = delete;
  ~ListenerList();

  /// Registers `listener` here, behind the others or in front of them.
  ///
  /// Throws: std::bad_alloc. The listener is not registered here, or it is and some of
  /// the class's objects do not show it; end_registration() mends that.
  void attach(Listener& listener, bool in_front, RetireBatch& batch);

  /// Takes a place out of the list and deletes it.
  void detach(Cell* cell, RetireBatch& batch) noexcept;

  /// A listener stays registered and is not dispatched to any more.
  void leave(RetireBatch& batch) noexcept;

  /// Writes the slot anew. Throws: std::bad_alloc. What dispatches find is then as
  /// before.
  void rebuild(RetireBatch& batch);

  /// Everything that is registered here ends; the level is being destroyed.
  void end(RetireBatch& batch) noexcept;

  /// The places in Signals2's order; those whose tracked object is gone are left out.
  std::vector<Cell*> cells() const;

  const Places& places() const noexcept { return places_; }

  /// Any place of a listener whose tracked object is gone; null: none.
  Cell* find_expired() const noexcept;

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
      boost::signals2::signal<Cell*(),
                              Gather,
                              int,
                              std::less<>,
                              boost::function<Cell*()>,
                              boost::function<Cell*(const boost::signals2::connection&)>,
                              boost::signals2::dummy_mutex>;

  void connect(Cell& cell, bool in_front);
  void append(Listener& listener, RetireBatch& batch);
  void compact(RetireBatch& batch);
  void replace_snapshot(const std::vector<Listener*>& live, RetireBatch& batch);
  void follow_class(RetireBatch& batch) noexcept;
  void shed(RetireBatch& batch) noexcept;
  void settle(RetireBatch& batch) noexcept;
  void publish() noexcept;
  void publish_to_objects(RetireBatch& batch);
  void drop_snapshot(RetireBatch& batch) noexcept;
  void unlink(Cell& cell) noexcept;
  void silence_survivors() noexcept;
  Cell* first_twin(Cell& cell) const noexcept;
  Cell* place_here(const Listener& listener) const noexcept;
  void exchange(Cell& cell, Cell& twin, RetireBatch& batch) noexcept;
  void exchange_entries(const Listener& gone, Listener& stays, RetireBatch& batch);
  std::vector<Listener*> live_listeners() const;
  Listener* only_live_entry() const noexcept;

  Level& level_;
  const std::uint32_t event_;
  mutable Signal signal_;
  Places places_;
  Cell* orphans_ = nullptr;   // of slots that were refused; without listener
  std::size_t tracking_ = 0;  // of listeners that end with another object
  bool twins_ = false;        // a callable may stand here more than once

  // What the slot shows: one, or those entries of the snapshot that are live. The
  // snapshot may stay when it is not shown, for the listeners to come; it then has all
  // that are live, too.
  std::size_t live_ = 0;
  Listener* only_ = nullptr;  // while there is no snapshot
  Snapshot* snapshot_ = nullptr;
};

}  // namespace hark::event::detail
