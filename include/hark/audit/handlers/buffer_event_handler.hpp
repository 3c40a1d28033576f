// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event_handler.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace hark::audit {

/// What a handler is told.
using Record = std::variant<RequestStart, EventStart, EventEnd, RequestEnd>;
using Records = std::deque<Record>;

/// Keeps the record in memory: for tests, and to look at what was last.
///
///     auto buffer = std::make_shared<audit::BufferEventHandler>();
///     auto subscription = audit::use_event_handler(engine, buffer);
///     place(order);
///     subscription.flush(5s);
///     EXPECT_EQ(buffer->events(audit::EventKind::statement).size(), 2);
///
/// Thread safety: shared objects safe; one handler may be used for several engines.
class BufferEventHandler final : public SyncEventHandler<> {
 public:
  /// `capacity`: when there are more, the oldest ones are dropped.
  explicit BufferEventHandler(std::size_t capacity = 100'000);
  ~BufferEventHandler() override;

  /// All of it, in its order.
  Records records() const;
  /// Events that have ended, in the order of their ends.
  std::vector<EventEnd> events() const;
  std::vector<EventEnd> events(EventKind kind) const;
  /// Requests that have ended, in the order of their ends.
  std::vector<RequestEnd> requests() const;
  /// Records that have given way to others since the last clear().
  std::uint64_t dropped() const;
  void clear();

  /// Waits until `holds` is true of all records. It is asked first of all, and then after
  /// each one that is added, and must not call the handler.
  ///
  /// Returns: was it true in time?
  /// Throws: what `holds` throws.
  bool wait_for(const std::function<bool(const Records&)>& holds,
                std::chrono::nanoseconds timeout) const {
    return wait_until(holds, std::chrono::steady_clock::now() + timeout);
  }
  bool wait_until(const std::function<bool(const Records&)>& holds,
                  std::chrono::steady_clock::time_point deadline) const;

  void request_start(const RequestStart& request) override;
  void event_start(const EventStart& event) override;
  void event_end(const EventEnd& event) override;
  void request_end(const RequestEnd& end) override;

 private:
  struct State;
  void add(Record record);
  template <class Wanted, class Fits>
  std::vector<Wanted> all_of(const Fits& fits) const;

  const std::unique_ptr<State> state_;
};

}  // namespace hark::audit
