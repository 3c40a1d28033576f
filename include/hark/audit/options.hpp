// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/redaction.hpp>

#include <chrono>
#include <cstddef>
#include <initializer_list>

namespace hark::audit {

/// What happens to an event for which the queue has no room.
///
/// The end of an event that was recorded always has room, so that none is lost alone.
enum class QueuePolicy : std::uint8_t {
  block,        ///< the work waits for room: nothing is lost
  drop_newest,  ///< it is not recorded
  /// What the handler has not seen gives way: the oldest requests that have ended, with all
  /// their events, then the oldest events. Events whose parent gave way keep its
  /// id, which nobody was told of.
  drop_oldest,
  /// There is no queue: the handler runs on the thread of the work. What any handler does
  /// itself is not recorded then, lest two handlers wait for each other.
  inline_,
};

/// A set of kinds.
class EventKinds {
 public:
  constexpr EventKinds() noexcept = default;  // none
  constexpr EventKinds(std::initializer_list<EventKind> kinds) noexcept {
    for (const EventKind kind : kinds) bits_ |= bit(kind);
  }
  static constexpr EventKinds all() noexcept {
    EventKinds made;
    made.bits_ = ~0U;
    return made;
  }
  constexpr bool contains(EventKind kind) const noexcept {
    return (bits_ & bit(kind)) != 0;
  }
  constexpr EventKinds without(EventKind kind) const noexcept {
    EventKinds made = *this;
    made.bits_ &= ~bit(kind);
    return made;
  }

 private:
  static constexpr unsigned bit(EventKind kind) noexcept {
    return 1U << static_cast<unsigned>(kind);
  }
  unsigned bits_ = 0;
};

/// What use_event_handler() can be told.
struct Options {
  QueuePolicy policy = QueuePolicy::drop_newest;
  /// Starts and ends that may wait for the handler; 16 at least. Room is kept for the ends of
  /// what is open; where that leaves none, there is room for 16 more. What waits has no more
  /// than the limits below in each.
  std::size_t capacity = 8192;
  EventKinds kinds = EventKinds::all();  ///< what was lost is told in any case
  RedactionRules redaction{};
  std::size_t max_statement_bytes = 16'384;  ///< of a statement; the rest is cut off
  std::size_t max_parameters = 100;          ///< kept of one execution, of all its rows
  std::size_t max_parameter_bytes = 1'024;   ///< of one value; the rest is cut off
  /// A call that takes longer is cancelled, where it is a coroutine, and a failure. Where a
  /// plain function takes longer, or a coroutine twice as long, or an executor does not come
  /// to run it, `block` waits no longer until it goes on: events are lost, and counted.
  std::chrono::nanoseconds call_timeout = std::chrono::seconds(30);
  /// How long disconnect() and the end of the engine wait for what is in the queue. The last
  /// fifth is for ends of what the handler has seen, and to tell what else was lost. With
  /// `inline_` a call under way on the same thread is waited for; none begins after it.
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds(5);
};

}  // namespace hark::audit
