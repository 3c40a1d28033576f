// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/event/detail/snapshot.hpp>
#include <hark/event/fwd.hpp>
#include <hark/event/place.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// The control plane as the templates see it; its body, on Boost.Signals2, is in
/// lib/event.
namespace hark::event::detail {

struct EventInfo {
  std::string_view name;
  std::string_view deprecated;  // empty: it is not
};

/// One per family. `state` (mutex and classes) is made at the first use and never freed.
struct FamilyInfo {
  std::string_view name;
  const EventInfo* events;
  std::uint32_t count;
  std::atomic<FamilyState*> state{nullptr};
};

struct ClassInfo {
  std::string_view name;
  Level* base;  // null: a root
};

/// What dispatches find, event by event, for the objects of one class, or for one object:
/// the class's listeners and then the object's own, merged.
struct Level {
  /// Of how many events `heard` knows.
  static constexpr std::uint32_t most_heard = 64;

  FamilyInfo* family;
  const ClassInfo* class_info;          // null: an object's
  std::atomic<Shown>* slots;            // family->count of them
  std::atomic<std::uint64_t> heard{0};  // a bit per event: is its slot not empty?
  LevelControl* control{nullptr};       // guarded by the family's mutex
  std::atomic<bool> met{false};         // a class: known to its bases

  // Guarded by the family's mutex.
  Level* of_class{nullptr};  // an object's: its class's level
  Level* objects{nullptr};   // a class's: those of its objects that have one
  Level* next{nullptr};      // in that list
  Level* previous{nullptr};

  /// Requires: the family's mutex is held.
  void show(std::uint32_t event, Shown shown) noexcept {
    slots[event].store(shown, std::memory_order_seq_cst);
    const std::uint64_t bit = std::uint64_t{1} << event % most_heard;
    const std::uint64_t before = heard.load(std::memory_order_relaxed);
    heard.store(shown != 0 ? before | bit : before & ~bit, std::memory_order_relaxed);
  }
};

template <std::size_t Count>
struct LevelOf : Level {
  std::atomic<Shown> slot[Count == 0 ? 1 : Count]{};

  constexpr LevelOf(FamilyInfo* of_family, const ClassInfo* info) noexcept
      : Level{of_family, info, slot} {}
};

/// The object or class that stood for the target; null and null if it was the target
/// itself. The type is there so that equal addresses of other types are other keys.
struct Via {
  const void* object = nullptr;
  const void* type = nullptr;

  friend bool operator==(const Via&, const Via&) = default;
};

/// A listener's label, which few have: one pointer, and without the header that
/// std::unique_ptr would bring.
class Label {
 public:
  Label() noexcept = default;
  explicit Label(std::string text) : text_(new std::string(std::move(text))) {}
  Label(Label&& other) noexcept : text_(std::exchange(other.text_, nullptr)) {}
  Label& operator=(Label&& other) noexcept {
    std::swap(text_, other.text_);
    return *this;
  }
  ~Label() { delete text_; }

  std::string_view view() const noexcept {
    return text_ == nullptr ? std::string_view() : *text_;
  }

 private:
  const std::string* text_ = nullptr;
};

/// What `listen` was called with, beside the listener itself.
struct Registration {
  bool retval = false;
  bool propagate = false;
  bool once = false;
  bool insert = false;
  bool isolate = false;
  bool internal = false;
  Via via;
  Place place;
  Label label;
};

/// A callable to look for.
struct Probe {
  const void* callable;
  const void* callable_type;
  std::size_t fingerprint;
  Via via;
};

/// Makes a class known to its bases, from which it inherits what was listened to before.
void meet(Level& level);

/// The object's level, made by `make` where `table` is still its class's.
Level& own_level(std::atomic<Level*>& table, Level& of_class, Level* (*make)());

/// An object that has a level is now of another class.
void change_class(Level& own, Level& of_class);

/// Ends everything registered on an object's own level, and deletes its control;
/// noexcept.
void end_level(Level& level) noexcept;

/// Registers `listener`, whose only reference is taken over, and returns a reference to
/// it or to the one with the same key that was there before.
Listener* add(Level& level,
              std::uint32_t event,
              Listener* listener,
              Registration registration);

/// Takes the listener that `probe` finds out of every list that it reached; false: none
/// found.
bool remove(Level& level, std::uint32_t event, const Probe& probe);
bool contains(Level& level, std::uint32_t event, const Probe& probe);

/// How many are registered; a `once` that has run is among them.
std::size_t count(const Level& level, std::uint32_t event);

/// Registers the listeners of an object's level on its copy as well.
void update(Level& to, const Level& from, bool only_propagate);

struct OnceState;

/// exec_once, exec_once_unless_exception, exec_sync_on_first_run.
enum class OncePolicy { always_done, done_on_success, synchronize_first };

/// One call of them; the state is one per object and event, and outlives the object here.
class OnceRun {
 public:
  /// Waits for a run in progress on another thread.
  OnceRun(Level& level, std::uint32_t event, OncePolicy policy);
  OnceRun(const OnceRun&) = delete;
  OnceRun& operator=(const OnceRun&) = delete;
  ~OnceRun();  // left by an exception unless finish() was called

  bool should_run() const noexcept { return should_run_; }
  void finish() noexcept { finished_ = true; }

 private:
  OnceState* state_;
  OncePolicy policy_;
  bool should_run_ = false;
  bool holds_ = false;
  bool finished_ = false;
};

}  // namespace hark::event::detail
