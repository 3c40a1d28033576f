// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/handler.hpp>
#include <hark/audit/options.hpp>
#include <hark/audit/subscription.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/event/events.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>
#include <memory>
#include <utility>

namespace hark::audit {

/// Tells a handler of all requests and events of an engine, or of every engine.
///
///     auto subscription = audit::use_event_handler(
///         engine, std::make_shared<audit::JsonLinesEventHandler>("audit.jsonl"),
///         {.policy = audit::QueuePolicy::block});
///
/// An engine's copies, made by execution_options(), are recorded with it. A Connection that
/// is there already is recorded from its next statement on, until its DBAPI connection goes
/// back. When the engine is destroyed all that is open ends, and what is queued is delivered
/// until Options::shutdown_timeout is over; of every engine: when the program ends.
///
/// The handler runs on a thread of its own, or on the executor that is given, one call at a
/// time; never on the thread of the database work, but with QueuePolicy::inline_. The
/// executor is to have a thread that neither does the engine's work with QueuePolicy::block,
/// nor disconnects or flushes: who waits for the handler there waits for himself, until a
/// timeout.
///
/// What a handler does itself, in its calls, it is not told of; other handlers are, but
/// those with QueuePolicy::inline_. Two that work on an engine that both are told of go on
/// forever: let one of them use an engine of its own.
/// Throws: ArgumentError for options that make no sense.
/// Thread safety: safe at any time.
Subscription use_event_handler(Engine& engine,
                               std::shared_ptr<Handler> handler,
                               const Options& options = {});
Subscription use_event_handler(event::every_t<Engine> every,
                               std::shared_ptr<Handler> handler,
                               const Options& options = {});
Subscription use_event_handler(Engine& engine,
                               const boost::asio::any_io_executor& executor,
                               std::shared_ptr<Handler> handler,
                               const Options& options = {});
Subscription use_event_handler(event::every_t<Engine> every,
                               const boost::asio::any_io_executor& executor,
                               std::shared_ptr<Handler> handler,
                               const Options& options = {});

/// Of an AsyncEngine: the same as of the Engine within.
template <class AsyncEngine>
requires requires(AsyncEngine& engine) {
  { engine.sync_engine() } -> std::same_as<Engine&>;
}
Subscription use_event_handler(AsyncEngine& engine,
                               std::shared_ptr<Handler> handler,
                               const Options& options = {}) {
  return use_event_handler(engine.sync_engine(), std::move(handler), options);
}
template <class AsyncEngine>
requires requires(AsyncEngine& engine) {
  { engine.sync_engine() } -> std::same_as<Engine&>;
}
Subscription use_event_handler(AsyncEngine& engine,
                               const boost::asio::any_io_executor& executor,
                               std::shared_ptr<Handler> handler,
                               const Options& options = {}) {
  return use_event_handler(engine.sync_engine(), executor, std::move(handler), options);
}

}  // namespace hark::audit
