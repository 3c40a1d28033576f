// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/recorder.hpp"

#include <hark/event.hpp>

#include <algorithm>
#include <utility>

#include "cli/open.hpp"

namespace hark::cli {
namespace {

/// Shorter is the work of lending and not a wait.
constexpr Moment shortest_wait = 1'000'000;

template <class Event, class... Args>
void record(const Args&... arguments) {
  if (Recorder* const recorder = Recorder::current()) {
    recorder->note<Event>(arguments...);
  }
}

}  // namespace

Recorder*& Recorder::current() noexcept {
  static thread_local constinit Recorder* recorder = nullptr;
  return recorder;
}

void Recorder::note_connect(const Ending& ending) noexcept {
  connecting_ += ending.elapsed.count();
  log_.pool.connect_time += ending.elapsed.count();
  if (ending.outcome == hark::Outcome::ok) ++log_.pool.connects;
}

void Recorder::note_checkout(const Ending& ending) noexcept {
  ThreadLog::PoolUse& pool = log_.pool;
  const Moment waited = ending.elapsed.count() - std::exchange(connecting_, 0);
  pool.checkout_time += ending.elapsed.count();
  ++(ending.outcome == hark::Outcome::ok ? pool.checkouts : pool.failed_checkouts);
  if (waited < shortest_wait) return;
  ++pool.waits;
  pool.longest_wait = std::max(pool.longest_wait, waited);
}

void Recorder::use(dbapi::Connection* connection) {
  const std::lock_guard lock(mutex_);
  interruptible_ = connection;
}

void Recorder::leave(const dbapi::Connection* connection) {
  const std::lock_guard lock(mutex_);
  if (interruptible_ == connection) interruptible_ = nullptr;
}

void Recorder::interrupt() {
  const std::lock_guard lock(mutex_);
  if (interruptible_ != nullptr) interruptible_->interrupt();
}

void Recorder::add(Note& to, const ConnectionFairy& fairy) noexcept {
  if (fairy.dbapi_connection() != nullptr) add(to, *fairy.dbapi_connection());
}

void Recorder::add(Note& to, const Ending& ending) {
  to.outcome = ending.outcome;
  to.elapsed = ending.elapsed.count();
  to.id = ending.id;
  add(to, ending.error);
}

void Recorder::add(Note& to, const ResultEnding& ending) {
  add(to, static_cast<const Ending&>(ending));
  to.rows = ending.rows_fetched;
}

void Recorder::add(Note& to, const ExceptionContext& context) {
  if (context.connection != nullptr) add(to, *context.connection);
  if (context.execution_context != nullptr) add(to, *context.execution_context);
  add(to, context.original_exception);
}

void Recorder::add(Note& to, const std::exception_ptr& error) {
  if (error != nullptr) add_text(to, reason_of(error));
}

void Recorder::add_text(Note& to, std::string text) {
  texts_.push_back(std::move(text));
  to.text = static_cast<std::uint32_t>(texts_.size());
}

void listen(Engine& engine, const EventSet& chosen) {
  for_each_engine_event([&]<class Family, class E>() {
    if (!chosen[index_of<E>()]) return;
    // Who has not asked for it by itself need not read that it is deprecated.
    if (requires { E::deprecated; } && chosen.count() != 1) return;
    event::listen<E>(engine, [](const auto&... arguments) { record<E>(arguments...); });
  });
  event::listen<PoolEvents::connect_end>(
      engine, [](dbapi::Connection*, ConnectionRecord&, const Ending& ending) {
        if (Recorder* const to = Recorder::current()) to->note_connect(ending);
      });
  event::listen<PoolEvents::checkout_end>(
      engine, [](dbapi::Connection* connection, const Ending& ending) {
        Recorder* const to = Recorder::current();
        if (to == nullptr) return;
        to->note_checkout(ending);
        to->use(connection);
      });
  event::listen<PoolEvents::checkin>(engine, [](dbapi::Connection* connection) {
    if (Recorder* const to = Recorder::current()) to->leave(connection);
  });
  event::listen<PoolEvents::close>(engine, [](dbapi::Connection& connection) {
    if (Recorder* const to = Recorder::current()) to->leave(&connection);
  });
}

}  // namespace hark::cli
