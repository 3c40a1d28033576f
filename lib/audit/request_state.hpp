// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/audit/request.hpp>
#include <hark/engine/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/delivery.hpp"

/// Requests and events of a program's own, which several handlers may be told of.
namespace hark::audit::detail {

class Tracker;

/// What a Request is to one tracker.
struct ToldRequest {
  std::shared_ptr<Tracker> tracker;
  RequestPtr request;
};

/// How something ends, as far as its program has said.
struct Verdict {
  std::optional<Outcome> outcome{};
  std::shared_ptr<const Failure> failure{};
  Attributes attributes{};  // that were set since its start

  void fail(const std::exception_ptr& error) noexcept;
  /// Of a scope that an exception may have ended.
  EndNote note(const Moment& start, Outcome otherwise) const noexcept;
};

struct TrackedState;

/// Events of a program's own that are under way, the innermost one last. A TrackedEvent owns
/// its state, and may end on another thread: what is over is empty here.
using TrackedStates = std::vector<std::weak_ptr<TrackedState>>;

struct RequestState {
  // Constant after construction.
  std::shared_ptr<RequestState> outer;  // the thread's one when it was made; null: none
  const Dialect* dialect = nullptr;     // its engine's
  std::uint64_t connection_id = 0;      // with which it ends; 0: with none
  Moment start{};
  std::vector<ToldRequest> told;

  std::atomic<bool> has_ended{false};

  /// Null: that tracker was not told of it.
  const RequestPtr* known_to(const Tracker& tracker) const noexcept;
  void set(std::string_view attribute, dbapi::Value value);
  void set_outcome(Outcome outcome) noexcept;
  void fail(const std::exception_ptr& error) noexcept;
  /// Again: no effect.
  void end(Outcome otherwise) noexcept;

  // Of what executors run in it, on whatever thread.
  void add_tracked(const std::shared_ptr<TrackedState>& added);
  void forget_tracked() noexcept;
  std::uint64_t tracked_parent(const RequestPtr& request) noexcept;

 private:
  std::mutex mutex_;
  // Guarded by mutex_: its Connection may end it on another thread.
  Verdict verdict_{};
  TrackedStates tracked_{};
};

/// What a TrackedEvent is to one tracker.
struct ToldEvent {
  const ToldRequest* of = nullptr;  // of the RequestState
  EventHandle event{};
};

struct TrackedState {
  // Constant after construction: read by whoever works within it.
  std::shared_ptr<RequestState> request;
  Moment start{};
  std::vector<ToldEvent> told;
  int exceptions = 0;

  // One thread at a time.
  std::optional<std::uint64_t> rows{};
  Verdict verdict{};

  /// Requires: once.
  void end(Outcome otherwise) const noexcept;
};

/// The innermost request of this thread that is not over; null: there is none.
RequestState* current_request() noexcept;
/// The parent of an event of this request on this thread; 0: the request itself.
std::uint64_t tracked_parent(const RequestPtr& request) noexcept;

}  // namespace hark::audit::detail
