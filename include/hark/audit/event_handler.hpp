// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/detail/handler.hpp>
#include <hark/audit/event.hpp>

#include <boost/asio/awaitable.hpp>

namespace hark::audit {

/// Takes the events of a run to an external system, by four coroutines.
///
///     class Counting : public audit::EventHandler<Session, void> {
///       awaitable<Session> request_start(const RequestStart& request) override;
///       awaitable<void> event_start(const EventStart& event, Session& session) override;
///       awaitable<void> event_end(const EventEnd& event, Session& session) override;
///       awaitable<void> request_end(const RequestEnd& request, Session session) override;
///     };
///
/// What request_start() returns is given to all that follows for that request, and what
/// event_start() returns to that event's end. A context is of any movable type; of void
/// there is no parameter. Where nothing is awaited SyncEventHandler is the same with plain
/// functions.
///
/// Thread safety: one call at a time for each use_event_handler(), in the order of the
/// events; on the executor that was given there.
/// Guarantees:
///  - <audit.event_handler-1> Each start that has returned gets exactly one end, also where
///    the work was given up.
///  - <audit.event_handler-2> request_start() comes before the events of its request, and
///    request_end() after the ends of all of them.
///  - <audit.event_handler-3> What a call throws is counted and reported, and goes no
///    further. Where a start has thrown, its end is not called; where it was a request's,
///    nor are those of its events.
/// Source: db-ally EventHandler.
/// Differs: ends come whatever the body does; the work waits for no handler.
template <class RequestContext = void, class EventContext = void>
class EventHandler : public detail::AwaitableCalls<RequestContext, EventContext> {
  // From the base, for example:
  //   virtual awaitable<RequestContext> request_start(const RequestStart&) = 0;
  //   virtual awaitable<EventContext> event_start(const EventStart&, RequestContext&) = 0;
  //   virtual awaitable<void> event_end(const EventEnd&, RequestContext&, EventContext) = 0;
  //   virtual awaitable<void> request_end(const RequestEnd&, RequestContext) = 0;
  //   virtual awaitable<void> flush();  // makes durable what it was told; does nothing
};

/// An EventHandler of plain functions, which may block.
template <class RequestContext = void, class EventContext = void>
class SyncEventHandler : public detail::PlainCalls<RequestContext, EventContext> {
  // From the base, for example:
  //   virtual RequestContext request_start(const RequestStart&) = 0;
  //   virtual EventContext event_start(const EventStart&, RequestContext&) = 0;
  //   virtual void event_end(const EventEnd&, RequestContext&, EventContext) = 0;
  //   virtual void request_end(const RequestEnd&, RequestContext) = 0;
  //   virtual void flush();  // makes durable what it was told; does nothing
};

}  // namespace hark::audit
