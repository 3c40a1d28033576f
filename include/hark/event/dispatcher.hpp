// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/level.hpp>
#include <hark/event/detail/lookup.hpp>
#include <hark/event/fwd.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hark::event {

/// One object's table of a family's events: the part of event::Target that is per family.
///
/// Two pointers, to what is dispatched and to the object's class; three where the family
/// is joinable. Until something is registered on the object itself it shares its class's
/// table. A dispatch calls the class-level listeners, then the object's own, then, if it
/// is joined, the parent's in the same order, all as they were when it began.
///
/// Thread safety: shared objects safe, except that an object is alive when a dispatch on
/// it or a call of `listen` begins. It may be destroyed while one is under way. Lifetime:
/// a parent outlives the objects that are joined to it, and does not move. Guarantees:
///  - <event.dispatcher-1> It occupies two pointers per family, and allocates nothing
///  until
///    something is registered on the object itself.
///  - <event.dispatcher-2> Class-level listeners run before the object's own, and a
///  joined
///    object's before its parent's.
///  - <event.dispatcher-3> Listeners that come or go on the class or the parent count
///  from the
///    next dispatch on every object, existing ones included.
/// Source: SQLAlchemy lib/sqlalchemy/event/base.py, _Dispatch, _JoinedDispatcher.
template <class Family>
class Dispatcher {
  static constexpr std::uint32_t event_count = detail::table_of<Family>::count;
  using LevelOf = detail::LevelOf<event_count>;

 protected:
  Dispatcher() noexcept = default;

  /// The copy gets the listeners that were registered with event::propagate.
  Dispatcher(const Dispatcher& other)
      : table_(other.class_), class_(other.class_), parent_(other.parent_) {
    try {
      update(other, true);
    } catch (...) {
      end();
      throw;
    }
  }

  /// The new object takes over what was registered on the old one.
  Dispatcher(Dispatcher&& other) noexcept
      : table_(other.table_.exchange(other.class_, std::memory_order_acq_rel)),
        class_(other.class_),
        parent_(other.parent_) {}

  /// Listeners belong to the object, not to its value.
  // NOLINTNEXTLINE(bugprone-unhandled-self-assignment): nothing is assigned
  Dispatcher& operator=(const Dispatcher& /*other*/) noexcept { return *this; }

  ~Dispatcher() { end(); }

 private:
  friend struct detail::Access;

  /// Declares the object to be of class Class, as a constructor sets the virtual table.
  template <class Class>
  void set_class() {
    LevelOf& level = detail::class_level_of<Family, Class>::level;
    if (!level.met.load(std::memory_order_acquire)) detail::meet(level);
    if (detail::Level* own = own_level_if_any()) {
      detail::change_class(*own, level);
    } else {
      table_.store(&level, std::memory_order_relaxed);
    }
    class_ = &level;
  }

  /// The same for an object that nobody can have listened on.
  template <class Class>
  void init_class() {
    LevelOf& level = detail::class_level_of<Family, Class>::level;
    if (!level.met.load(std::memory_order_acquire)) [[unlikely]]
      detail::meet(level);
    table_.store(&level, std::memory_order_relaxed);
    class_ = &level;
  }

  void end() noexcept {
    if (detail::Level* own = own_level_if_any()) {
      detail::end_level(*own);
      delete static_cast<LevelOf*>(own);
    }
  }

  void join(const Dispatcher& parent) noexcept requires(Family::joinable) {
    parent_.pointer = &parent;
  }

  void update(const Dispatcher& source, bool only_propagate) {
    const detail::Level* from = source.own_level_if_any();
    if (from != nullptr) detail::update(own_level(), *from, only_propagate);
  }

  const Dispatcher* parent() const noexcept { return parent_.get(); }

  /// What this object's dispatch finds, its parent apart.
  [[gnu::always_inline]] const std::atomic<detail::Shown>& slot(
      std::uint32_t event) const noexcept {
    return static_cast<const LevelOf*>(table_.load(std::memory_order_acquire))
        ->slot[event];
  }

  /// Would a dispatch of one of the events call anything?
  template <class... Events>
  [[gnu::always_inline]] bool has_listeners(Events... events) const noexcept {
    const Dispatcher* level = this;
    do {
      if (level->hears(events...)) return true;
      level = level->parent_.get();
    } while (level != nullptr);
    return false;
  }

  template <class... Events>
  [[gnu::always_inline]] bool hears(Events... events) const noexcept {
    if constexpr (event_count <= detail::Level::most_heard) {
      const std::uint64_t asked = ((std::uint64_t{1} << events) | ...);
      return (table_.load(std::memory_order_acquire)
                  ->heard.load(std::memory_order_relaxed) &
              asked) != 0;
    } else {
      return ((slot(events).load(std::memory_order_relaxed) != 0) || ...);
    }
  }

  template <class Visit>
  void visit_levels(Visit& visit) const {
    for (const Dispatcher* level = this; level != nullptr; level = level->parent_.get()) {
      const bool of_parent = level != this;
      visit(static_cast<const detail::Level&>(*level->class_), of_parent);
      if (const detail::Level* own = level->own_level_if_any()) visit(*own, of_parent);
    }
  }

  detail::Level* own_level_if_any() const noexcept {
    detail::Level* table = table_.load(std::memory_order_acquire);
    return table == class_ ? nullptr : table;
  }

  detail::Level& own_level() {
    return detail::own_level(table_, *class_, []() -> detail::Level* {
      return new LevelOf(&detail::family_info<Family>, nullptr);
    });
  }

  /// The parent of a joined object, where the family has such.
  template <bool Joinable>
  struct Parent {
    static constexpr const Dispatcher* get() noexcept { return nullptr; }
  };
  template <bool Joinable>
  requires(Joinable) struct Parent<Joinable> {
    const Dispatcher* pointer = nullptr;
    const Dispatcher* get() const noexcept { return pointer; }
  };

  /// The table before a constructor has said which class it is.
  static inline constinit LevelOf no_class{&detail::family_info<Family>, nullptr};

  std::atomic<detail::Level*> table_{&no_class};
  LevelOf* class_ = &no_class;
  [[no_unique_address]] Parent<Family::joinable> parent_;
};

}  // namespace hark::event
