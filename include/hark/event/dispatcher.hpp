// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/emission.hpp>
#include <hark/event/detail/level.hpp>
#include <hark/event/detail/lookup.hpp>
#include <hark/event/fwd.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hark::event {

/// One object's table of a family's events: the part of event::Target that is per family.
///
/// Two pointers, to the listeners of the object's class and to its own; three where the family
/// is joinable. A dispatch calls the class-level listeners, then the object's own, then, if it
/// is joined, those of the parent in the same order, as they all were when it began.
///
/// Thread safety: shared objects safe, except that an object is alive when a dispatch on it or
/// a call of `listen` begins. It may be destroyed while one is under way.
/// Lifetime: a parent outlives the objects that are joined to it.
/// Guarantees:
///  - <event.dispatcher-1> It occupies two pointers per family, and allocates nothing until
///    something is registered on the object itself.
///  - <event.dispatcher-2> Class-level listeners run before the object's own, and a joined
///    object's before its parent's.
///  - <event.dispatcher-3> Listeners that come or go on the class or the parent count from the
///    next dispatch on every object, existing ones included.
/// Source: SQLAlchemy lib/sqlalchemy/event/base.py, _Dispatch, _JoinedDispatcher.
template <class Family>
class Dispatcher {
  static constexpr std::uint32_t event_count = detail::table_of<Family>::count;
  using LevelOf = detail::LevelOf<event_count>;

 protected:
  Dispatcher() noexcept = default;

  /// The copy gets the listeners that were registered with event::propagate.
  Dispatcher(const Dispatcher& other) : class_(other.class_), parent_(other.parent_) {
    update(other, true);
  }

  /// The new object takes over what was registered on the old one.
  Dispatcher(Dispatcher&& other) noexcept
      : class_(other.class_),
        own_(other.own_.exchange(&nothing(), std::memory_order_acq_rel)),
        parent_(other.parent_) {}

  /// Listeners belong to the object, not to its value.
  Dispatcher& operator=(const Dispatcher&) noexcept { return *this; }

  ~Dispatcher() {
    detail::Level* own = own_.load(std::memory_order_acquire);
    if (own != &nothing()) {
      detail::end_level(*own);
      delete static_cast<LevelOf*>(own);
    }
  }

 private:
  friend struct detail::Access;

  /// Declares the object to be of class Class, as a constructor sets the virtual table.
  template <class Class>
  void set_class() {
    auto& level = detail::class_level_of<Family, Class>::level;
    if (!level.met.load(std::memory_order_acquire)) detail::meet(level);
    class_ = &level;
  }

  void join(const Dispatcher& parent) noexcept
    requires(Family::joinable)
  {
    parent_.pointer = &parent;
  }

  void update(const Dispatcher& source, bool only_propagate) {
    const detail::Level* from = source.own_.load(std::memory_order_acquire);
    if (from != &nothing()) detail::update(own_level(), *from, only_propagate);
  }

  /// Would a dispatch call anything?
  template <std::uint32_t Event>
  [[gnu::always_inline]] bool has_listeners() const noexcept {
    const Dispatcher* level = this;
    do {
      if (both(level->class_slot<Event>().load(std::memory_order_relaxed),
               level->own_slot<Event>().load(std::memory_order_relaxed)) != 0)
        return true;
      level = level->parent_.get();
    } while (level != nullptr);
    return false;
  }

  /// The usual case, inlined: nobody listens, or one level does and this thread is in no other
  /// dispatch. Calls `each` with every listener until it answers true.
  /// False: nothing was called, and it is the case for dispatch_pinned().
  template <std::uint32_t Event, class Each>
  [[gnu::always_inline]] bool dispatch(Each&& each) const {
    const std::atomic<detail::Snapshot*>* only = nullptr;
    const detail::Snapshot* snapshot = nullptr;
    const Dispatcher* level = this;
    do {
      const auto& of_class = level->class_slot<Event>();
      const auto& own = level->own_slot<Event>();
      const auto* class_snapshot = of_class.load(std::memory_order_relaxed);
      const auto* own_snapshot = own.load(std::memory_order_relaxed);
      if (both(class_snapshot, own_snapshot) != 0) [[unlikely]] {
        if (only != nullptr || (class_snapshot != nullptr && own_snapshot != nullptr))
          return false;
        only = own_snapshot != nullptr ? &own : &of_class;
        snapshot = own_snapshot != nullptr ? own_snapshot : class_snapshot;
      }
      level = level->parent_.get();
    } while (level != nullptr);
    if (only == nullptr) [[likely]]
      return true;
    return detail::dispatch_first_frame(*only, snapshot, each);
  }

  /// Every other case: several levels, a nested dispatch, a thread's first one. Pins all
  /// levels before the first call.
  template <std::uint32_t Event, class Each>
  void dispatch_pinned(Each&& each) const {
    detail::Pins pins;
    for (const Dispatcher* level = this; level != nullptr; level = level->parent_.get()) {
      pins.add(level->class_slot<Event>());
      pins.add(level->own_slot<Event>());
    }
    pins.dispatch(each);
  }

  /// Shows `visit` the object's levels, and its parent's, in the order of a dispatch.
  template <class Visit>
  void visit_levels(Visit& visit) const {
    for (const Dispatcher* level = this; level != nullptr; level = level->parent_.get()) {
      visit(static_cast<const detail::Level&>(*level->class_));
      visit(static_cast<const detail::Level&>(*level->own_.load(std::memory_order_acquire)));
    }
  }

  detail::Level& present_level() noexcept { return *own_.load(std::memory_order_acquire); }

  detail::Level& own_level() {
    return detail::own_level(own_, &nothing(), detail::family_info<Family>, []() -> detail::Level* {
      return new LevelOf(&detail::family_info<Family>, nullptr);
    });
  }

  /// The parent of a joined object, where the family has such.
  template <bool Joinable>
  struct Parent {
    static constexpr const Dispatcher* get() noexcept { return nullptr; }
  };
  template <bool Joinable>
    requires(Joinable)
  struct Parent<Joinable> {
    const Dispatcher* pointer = nullptr;
    const Dispatcher* get() const noexcept { return pointer; }
  };

  /// The own level of objects on which nothing is registered: never written.
  static LevelOf& nothing() noexcept { return nothing_; }

  template <std::uint32_t Event>
  const std::atomic<detail::Snapshot*>& class_slot() const noexcept {
    return class_->slot[Event];
  }
  template <std::uint32_t Event>
  const std::atomic<detail::Snapshot*>& own_slot() const noexcept {
    return static_cast<LevelOf*>(own_.load(std::memory_order_acquire))->slot[Event];
  }

  /// Zero where both are null, in one test.
  static std::uintptr_t both(const void* one, const void* other) noexcept {
    return reinterpret_cast<std::uintptr_t>(one) | reinterpret_cast<std::uintptr_t>(other);
  }

  static inline constinit LevelOf nothing_{&detail::family_info<Family>, nullptr};

  LevelOf* class_ = &nothing_;
  std::atomic<detail::Level*> own_{&nothing_};
  [[no_unique_address]] Parent<Family::joinable> parent_;
};

}  // namespace hark::event
