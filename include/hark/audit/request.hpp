// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/engine/fwd.hpp>

#include <any>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hark::audit {

namespace detail {
struct RequestState;
struct TrackedState;

/// While it lives, that request is the current one of its thread; null: as without it.
class [[nodiscard]] CurrentRequest {
 public:
  explicit CurrentRequest(std::shared_ptr<RequestState> request) noexcept;
  CurrentRequest(const CurrentRequest&) = delete;
  CurrentRequest& operator=(const CurrentRequest&) = delete;
  ~CurrentRequest();

 private:
  std::shared_ptr<RequestState> previous_;
};

/// The same for work that is resumed now on this thread and then on that one: its
/// TrackedEvents go with it.
class [[nodiscard]] Resumed {
 public:
  explicit Resumed(std::shared_ptr<RequestState> request) noexcept;
  Resumed(const Resumed&) = delete;
  Resumed& operator=(const Resumed&) = delete;
  ~Resumed();

 private:
  RequestState* outside_;  // what the thread was resumed in before
  CurrentRequest current_;
};
}  // namespace detail

/// What else a Request can be told.
struct RequestOptions {
  std::string
      traceparent{};  ///< W3C Trace Context of the caller; what is malformed is ignored
  Attributes attributes{};
};

/// A piece of a program's work, with all that it does to databases.
///
///     audit::Request request(engine, "checkout order 17");
///     place(order);   // its statements are events of the request
///
/// What a Connection does belongs to the Request that it was given; else to that of the
/// thread: the last one made and not over; else to a request of its own, its life. The
/// parent of a Request is the thread's one when it is made.
///
/// It ends with its scope: with Outcome::error where an exception ends it. What is still
/// open then ends before it, with Outcome::unknown.
///
/// Thread safety: one thread at a time; events may come from several.
/// Cost: where no handler is in use, an atomic load.
class [[nodiscard]] Request {
 public:
  /// Of what this thread does to that engine.
  Request(Engine& engine, std::string_view name, const RequestOptions& options = {});
  /// Of what that Connection does, on whatever thread.
  ///
  /// Throws: ResourceClosedError where the Connection is closed. Nothing was told.
  /// Lifetime: of either's end, the first one ends it.
  Request(Connection& connection,
          std::string_view name,
          const RequestOptions& options = {});
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request();

  /// It has that Connection's events, too, from now on, until it ends.
  ///
  /// Throws: ResourceClosedError where the Connection is closed; nothing has changed.
  void attach(Connection& connection);
  void set(std::string_view attribute, dbapi::Value value);
  /// It ends with this error, or outcome, whatever comes.
  void fail(const std::exception_ptr& error);
  void set_outcome(Outcome outcome) noexcept;
  /// Ends it. Again: no effect.
  void end() noexcept;

  /// While it lives, the Request is the current one of the thread that made the Scope: for
  /// work that goes on elsewhere.
  ///
  /// Requires: it is destroyed on the thread that made it, before the Request.
  class [[nodiscard]] Scope {
   public:
    explicit Scope(Request& request) noexcept : current_(request.state_) {}

   private:
    detail::CurrentRequest current_;
  };

 private:
  friend class EventTracker;
  template <class Executor>
  friend class RequestExecutor;
  std::shared_ptr<detail::RequestState> state_;  // null: no handler is in use
  int exceptions_ = 0;
};

/// What can be an event of a program's own. It has a name, and may describe itself in attributes.
///
///     struct CacheLookup {
///       static constexpr std::string_view event_name = "cache.lookup";
///       std::string key;
///       void describe(audit::Attributes& to) const { to.push_back({"key", key}); }
///     };
template <class T>
concept CustomEvent = std::copy_constructible<T> && requires {
  { T::event_name } -> std::convertible_to<std::string_view>;
};

/// An event of a program's own, under way: it ends with its scope, with Outcome::error where
/// an exception ends it. What the thread does in its Request meanwhile is inside it; of work
/// that a RequestExecutor runs, as in_request() does, what the Request does on whatever thread.
///
/// Thread safety: one thread at a time, and any: a coroutine may end it where it was resumed.
class [[nodiscard]] TrackedEvent {
 public:
  TrackedEvent(const TrackedEvent&) = delete;
  TrackedEvent& operator=(const TrackedEvent&) = delete;
  ~TrackedEvent();

  void set(std::string_view attribute, dbapi::Value value);
  void set_rows(std::uint64_t rows) noexcept;
  void fail(const std::exception_ptr& error);
  void set_outcome(Outcome outcome) noexcept;
  /// Ends it. Again: no effect.
  void end() noexcept;

 private:
  friend class EventTracker;
  friend TrackedEvent track_event(std::string_view name, Attributes attributes);
  TrackedEvent(std::shared_ptr<detail::RequestState> request,
               std::string_view name,
               Attributes attributes,
               std::any payload);
  std::shared_ptr<detail::TrackedState>
      state_;  // the only owner; null: no handler is in use
};

/// Records work that is not the database's in a Request.
///
///     audit::EventTracker tracker(request);
///     auto lookup = tracker.track_event(CacheLookup{"order 17"});
///
/// Thread safety: shared objects safe. Lifetime: it may outlive the Request: nothing is
/// recorded then.
class EventTracker {
 public:
  explicit EventTracker(const Request& request) noexcept;
  /// Of the thread's current Request.
  static EventTracker current() noexcept;

  TrackedEvent track_event(std::string_view name, Attributes attributes = {}) const;
  template <CustomEvent T>
  TrackedEvent track_event(T event) const {
    Attributes attributes;
    if constexpr (requires { event.describe(attributes); }) event.describe(attributes);
    return make(T::event_name, std::move(attributes), std::any(std::move(event)));
  }

 private:
  explicit EventTracker(std::shared_ptr<detail::RequestState> request) noexcept;
  TrackedEvent make(std::string_view name, Attributes attributes, std::any payload) const;
  std::shared_ptr<detail::RequestState> request_;
};

/// An event of the thread's current Request; without one nothing is recorded.
///
///     auto rendering = audit::track_event("render page");
inline TrackedEvent track_event(std::string_view name, Attributes attributes = {}) {
  return EventTracker::current().track_event(name, std::move(attributes));
}
template <CustomEvent T>
TrackedEvent track_event(T event) {
  return EventTracker::current().track_event(std::move(event));
}

}  // namespace hark::audit
