// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/work.hpp"

#include <hark/audit.hpp>
#include <hark/sqlite.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/tracks.hpp"

namespace bench {
namespace {

namespace audit = hark::audit;
namespace event = hark::event;

class CountingHandler final : public audit::SyncEventHandler<> {
 public:
  void request_start(const audit::RequestStart&) override { count(); }
  void event_start(const audit::EventStart&) override { count(); }
  void event_end(const audit::EventEnd&) override { count(); }
  void request_end(const audit::RequestEnd&) override { count(); }
  std::uint64_t calls() const noexcept { return calls_.load(); }

 private:
  void count() noexcept { calls_.fetch_add(1, std::memory_order_relaxed); }
  std::atomic<std::uint64_t> calls_{0};
};

struct Audited {
  std::shared_ptr<CountingHandler> handler;
  audit::ScopedSubscription subscription;
};

template <class... Events>
void listen_idly(hark::Engine& engine) {
  (event::listen<Events>(engine, [] {}), ...);
}

void listen_idly(hark::Engine& engine) {
  using C = hark::ConnectionEvents;
  using P = hark::PoolEvents;
  listen_idly<C::acquire,
              C::acquire_end,
              C::connection_closed,
              P::connect_end,
              P::checkout_end,
              P::checkin,
              C::begin,
              C::begin_end,
              C::commit,
              C::commit_end,
              C::rollback,
              C::rollback_end,
              C::before_cursor_execute,
              C::cursor_execute_end,
              C::result_end,
              C::handle_error>(engine);
}

std::vector<hark::Clause> clauses_that_find() {
  std::vector<hark::Clause> clauses;
  for (const std::string& sql : statements_that_find(":id"))
    clauses.push_back(hark::text(sql));
  return clauses;
}

}  // namespace

struct Subject::Parts {
  explicit Parts(Audience audience) {
    fill();
    if (audience == Audience::listeners) listen_idly(engine);
    if (audience == Audience::handler || audience == Audience::two_handlers)
      use_handler();
    if (audience == Audience::two_handlers) use_handler();
  }

  void fill() {
    hark::Connection filling = engine.connect();
    for (const std::string& sql : statements_that_fill(wanted_count))
      filling.execute(sql);
    filling.commit();
  }
  void use_handler() {
    auto handler = std::make_shared<CountingHandler>();
    audited.push_back({handler, audit::use_event_handler(engine, handler)});
  }
  std::uint64_t find(hark::Connection& connection, std::size_t turn) {
    return sum_of(
        *connection.execute(clauses[turn % statement_count], {{"id", id_in_turn(turn)}})
             .first<Track>());
  }

  hark::Engine engine = hark::create_engine(
      "sqlite://",
      {.poolclass = hark::PoolClass::queue, .pool = {.pool_size = 1, .max_overflow = 0}});
  const std::vector<hark::Clause> clauses = clauses_that_find();
  std::vector<Audited> audited;
  std::optional<audit::Request> request;
  std::optional<hark::Connection> held;
};

Subject::Subject(Work work, Audience audience)
    : parts_(std::make_unique<Parts>(audience)) {
  if (work == Work::pooled) return;
  parts_->request.emplace(parts_->engine, "find");
  parts_->held.emplace(parts_->engine);
}

Subject::~Subject() {
  parts_->held.reset();
  parts_->request.reset();
}

std::uint64_t Subject::run(std::size_t turn) {
  if (parts_->held) return parts_->find(*parts_->held, turn);
  hark::Connection connection = parts_->engine.connect();
  return parts_->find(connection, turn);
}

void Subject::settle() {
  for (Audited& each : parts_->audited)
    if (!each.subscription->flush(std::chrono::seconds(30)))
      throw std::runtime_error("a handler is too slow");
}

void Subject::check() const {
  for (const Audited& each : parts_->audited) {
    const audit::Statistics told = each.subscription->statistics();
    if (told.lost_events + told.lost_requests + told.failures != 0)
      throw std::runtime_error("something was lost");
    if (told.events == 0 || each.handler->calls() != told.delivered)
      throw std::runtime_error("a handler was not told");
  }
}

}  // namespace bench
