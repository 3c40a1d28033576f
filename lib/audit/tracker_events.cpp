// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What a tracker makes of what it hears.
#include <hark/detail/flow.hpp>
#include <hark/schema/schema_item.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "audit/tracker.hpp"

namespace hark::audit::detail {
namespace {

/// The Connections that are acquiring a DBAPI connection here, each within the one before.
class AcquiringHere {
 public:
  void push(std::uint64_t tracker, std::uint64_t connection) noexcept {
    if (count_ == all_.size()) {  // the oldest is one whose end was never told
      std::copy(all_.begin() + 1, all_.end(), all_.begin());
      --count_;
    }
    all_[count_++] = {tracker, connection};
  }
  void pop(std::uint64_t tracker, std::uint64_t connection) noexcept {
    for (std::size_t at = count_; at-- > 0;) {
      if (all_[at].tracker != tracker || all_[at].connection != connection) continue;
      std::copy(all_.begin() + at + 1, all_.begin() + count_, all_.begin() + at);
      --count_;
      return;
    }
  }
  void clear() noexcept { count_ = 0; }
  /// 0: none is.
  std::uint64_t last_of(std::uint64_t tracker) const noexcept {
    for (std::size_t at = count_; at-- > 0;) {
      if (all_[at].tracker == tracker) return all_[at].connection;
    }
    return 0;
  }

 private:
  struct Entry {
    std::uint64_t tracker;
    std::uint64_t connection;
  };
  std::array<Entry, 16> all_{};
  std::size_t count_ = 0;
};

/// A DBAPI connection that was opened here for a checkout of which no more is known yet.
struct Opened {
  std::uint64_t tracker;
  std::uint64_t announcement;
  Moment start;
  std::uint64_t dbapi_connection_id;
  EndNote note;
};
constexpr std::size_t most_opened = 16;

constinit thread_local AcquiringHere acquiring_of_thread;
thread_local std::vector<Opened> opened_of_thread;  // the last ones

/// What is known on a fiber of the checkouts that are under way on it.
class CheckoutsOfFiber final : public hark::detail::FlowState {
 public:
  void enter() noexcept override { outside_ = std::exchange(current, this); }
  void leave() noexcept override { current = outside_; }
  void begin_work(const std::shared_ptr<void>& /*inherited*/) override {
    acquiring.clear();
    opened.clear();
  }

  AcquiringHere acquiring;
  std::vector<Opened> opened;

  static inline thread_local constinit CheckoutsOfFiber* current =
      nullptr;  // null: a thread

 private:
  CheckoutsOfFiber* outside_ = nullptr;
};

AcquiringHere& acquiring() noexcept {
  CheckoutsOfFiber* const fiber = CheckoutsOfFiber::current;
  return fiber != nullptr ? fiber->acquiring : acquiring_of_thread;
}
std::vector<Opened>& opened_here() noexcept {
  CheckoutsOfFiber* const fiber = CheckoutsOfFiber::current;
  return fiber != nullptr ? fiber->opened : opened_of_thread;
}

const bool has_checkouts_of_fibers =
    hark::detail::register_flow_state([]() -> std::unique_ptr<hark::detail::FlowState> {
      return std::make_unique<CheckoutsOfFiber>();
    });

Moment moment_of(MonotonicTime time) noexcept {
  const Moment now = Moment::now();
  return {now.wall - (now.monotonic - time), time};
}

/// Since the tracker was told of it. What listeners before it did is no part of it, and no
/// event ends after the one around it or after the next one's start.
std::chrono::nanoseconds elapsed_of(const Open& open, const Ending& ending) noexcept {
  return ending.start + ending.elapsed - open.start;
}

std::string name_of(std::string_view verb, const SchemaItem& target) {
  std::string name(verb);
  name.append(" ").append(target.visit_name());
  if (!target.name().empty()) name.append(" ").append(target.name());
  return name;
}

}  // namespace

// -- requests ---------------------------------------------------------------------------

void Tracker::open_own(ConnectionState& state, Connection& connection) {
  const RequestPtr* const around = request_of_thread(nullptr);
  const Moment now = Moment::now();
  state.own_start = now.monotonic;
  state.own = delivery_.start_request(
      {.parent_id = around == nullptr ? 0 : Delivery::id_of(*around),
       .start = now,
       .database = database_of(connection.engine()),
       .connection_id = state.connection_id.load(std::memory_order_relaxed)});
  state.has_own = true;
}

/// The one that was attached, else the thread's, else the Connection's own.
const RequestPtr& Tracker::request_of(ConnectionState& state, Connection& connection) {
  while (!state.attached.empty()) {
    const RequestState& last = *state.attached.back();
    if (!last.has_ended.load(std::memory_order_acquire)) {
      if (const RequestPtr* const known = last.known_to(*this)) return *known;
    }
    state.attached.pop_back();
  }
  if (const RequestPtr* const known = request_of_thread(state.dialect)) return *known;
  if (!state.has_own) open_own(state, connection);
  return state.own;
}

// -- events of a Connection -------------------------------------------------------------

namespace {

/// What lies within what: a transaction that begins while a table is created outlives that,
/// and is no part of it.
int depth_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::transaction:
    case EventKind::twophase:
      return 0;
    case EventKind::savepoint:
      return 1;
    case EventKind::ddl:
    case EventKind::reflection:
      return 2;
    default:
      return 3;
  }
}

/// Where an event of that kind stands among those that are open.
std::size_t place_of(const std::vector<Open>& open, EventKind kind) noexcept {
  std::size_t place = open.size();
  while (place != 0 && depth_of(open[place - 1].kind) > depth_of(kind)) --place;
  return place;
}

}  // namespace

std::uint64_t Tracker::parent_of(const ConnectionState& state,
                                 EventKind kind,
                                 const RequestPtr& request) noexcept {
  for (std::size_t place = place_of(state.open, kind); place-- > 0;) {
    const Open& each = state.open[place];
    if (each.request == request && each.event.id != 0) return each.event.id;
  }
  return tracked_parent(request);
}

EventNote Tracker::note_of(const ConnectionState& state,
                           EventKind kind,
                           const RequestPtr& request) noexcept {
  return {.kind = kind,
          .parent_id = parent_of(state, kind, request),
          .start = Moment::now(),
          .connection_id = state.connection_id.load(std::memory_order_relaxed),
          .dbapi_connection_id = state.dbapi_connection_id};
}

Open& Tracker::start(ConnectionState& state,
                     const RequestPtr& request,
                     const EventNote& note) {
  const auto place = static_cast<std::ptrdiff_t>(place_of(state.open, note.kind));
  Open& open = *state.open.emplace(state.open.begin() + place);
  open.request = request;
  open.event = delivery_.start_event(request, note);
  open.kind = note.kind;
  open.start = note.start.monotonic;
  open.execution_id = note.execution_id;
  return open;
}

Open& Tracker::start(Connection& connection, EventKind kind, std::string_view name) {
  ConnectionState& state = state_of(connection);
  const RequestPtr& request = request_of(state, connection);
  EventNote note = note_of(state, kind, request);
  note.name = name;
  return start(state, request, note);
}

void Tracker::finish(const Open& open, const EndNote& note) noexcept {
  delivery_.end_event(open.request, open.event, note);
}

/// Savepoints end with the transaction around them; of others the end was never told,
/// because a listener before this one has thrown.
void Tracker::end_within(ConnectionState& state,
                         std::size_t place,
                         Outcome outcome,
                         Clock::time_point now) {
  const bool is_transaction = depth_of(state.open[place].kind) < 2;
  for (std::size_t at = state.open.size(); --at > place;) {
    const Open& each = state.open[at];
    if (is_transaction && depth_of(each.kind) == 2) continue;  // which is around it
    const bool ends_with_it = each.kind == EventKind::savepoint;
    finish(each,
           {.outcome = ends_with_it ? outcome : Outcome::unknown,
            .elapsed = now - each.start});
    state.open.erase(state.open.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void Tracker::end(ConnectionState& state, const Open& open, const EndNote& note) {
  const std::ptrdiff_t place = &open - state.open.data();
  end_within(
      state, static_cast<std::size_t>(place), note.outcome, open.start + note.elapsed);
  finish(state.open[static_cast<std::size_t>(place)], note);
  state.open.erase(state.open.begin() + place);
}

bool Tracker::shows_values_of(const Engine* engine) const noexcept {
  return engine != nullptr && !engine->hides_parameters() &&
         options_.redaction.shows_all();
}

EndNote Tracker::end_of(const Ending& ending,
                        const Engine* engine,
                        const dbapi::Parameters* parameters) const {
  EndNote note{.outcome = ending.outcome, .elapsed = ending.elapsed};
  if (ending.error != nullptr) {
    note.failure = describe_failure(
        ending.error,
        {.shows_values = shows_values_of(engine), .parameters = parameters});
  }
  return note;
}

/// All that it has open ends, and it is forgotten.
void Tracker::over(ConnectionState& state) noexcept {
  const auto now = Clock::now();
  for (; !state.open.empty(); state.open.pop_back()) {
    const Open& last = state.open.back();
    // A transaction whose end was never told was ended by the pool.
    const bool is_transaction = depth_of(last.kind) == 0;
    finish(last,
           {.outcome = Outcome::unknown,
            .elapsed = now - last.start,
            .ended_by = is_transaction ? "reset" : ""});
  }
  for (const Open& each : state.results)
    finish(each, {.outcome = Outcome::unknown, .elapsed = each.elapsed});
  for (const auto& request : state.attached) {
    if (request->connection_id == state.connection_id.load(std::memory_order_relaxed))
      request->end(Outcome::ok);
  }
  if (state.has_own) {
    delivery_.end_request(state.own,
                          {.outcome = state.own_outcome,
                           .elapsed = now - state.own_start,
                           .failure = state.own_failure});
  }
  forget(state);
}

// -- checkouts --------------------------------------------------------------------------

ConnectionState* Tracker::acquiring_here() noexcept {
  const std::uint64_t id = acquiring().last_of(id_);
  return id == 0 ? nullptr : find(id);
}

void Tracker::acquire(Connection& connection) {
  acquiring().push(id_, connection.id());
  ConnectionState* const known = find(connection.id());
  ConnectionState& state = known != nullptr ? *known : new_state(connection);
  state.waited = {};
  state.dbapi_connection_id = 0;
  state.acquiring = request_of(state, connection);
  if (const Open* const last = state.find(EventKind::checkout))
    end(state,
        *last,
        {.outcome = Outcome::unknown, .elapsed = Clock::now() - last->start});
  if (wants(EventKind::checkout))
    start(state, state.acquiring, note_of(state, EventKind::checkout, state.acquiring));
}

void Tracker::acquire_end(Connection& connection, const Ending& ending) {
  acquiring().pop(id_, connection.id());
  ConnectionState* const state = find(connection.id());
  if (state == nullptr) return;
  EndNote note = end_of(ending, &connection.engine());
  note.waited = state->waited;
  state->own_outcome = note.outcome;
  state->own_failure = note.failure;
  if (ending.outcome == Outcome::ok) state->dbapi_connection_id = dbapi_id_of(connection);
  state->acquiring = nullptr;
  const Open* const open = state->find(EventKind::checkout);
  if (open == nullptr) return;
  note.elapsed = elapsed_of(*open, ending);
  end(*state, *open, note);
}

void Tracker::connection_closed(Connection& connection) {
  acquiring().pop(id_, connection.id());
  if (ConnectionState* const state = find(connection.id())) over(*state);
}

void Tracker::connect_end(const dbapi::Connection* connection, const Ending& ending) {
  const Moment start = moment_of(ending.start);
  const std::uint64_t id = connection == nullptr ? 0 : connection->id();
  ConnectionState* const state = acquiring_here();
  if (state == nullptr) {
    // A pool that is filled in advance opens connections for no checkout at all.
    auto& opened = opened_here();
    if (opened.size() == most_opened) opened.erase(opened.begin());
    opened.push_back({id_, ending.id, start, id, end_of(ending, nullptr)});
    return;
  }
  delivery_.point(state->acquiring,
                  {.kind = EventKind::connect,
                   .parent_id = parent_of(*state, EventKind::connect, state->acquiring),
                   .start = start,
                   .connection_id = state->connection_id.load(std::memory_order_relaxed),
                   .dbapi_connection_id = id},
                  end_of(ending, nullptr));
}

void Tracker::checkout_end(const dbapi::Connection* connection,
                           const Ending& ending,
                           std::chrono::nanoseconds waited) {
  if (ConnectionState* const state = acquiring_here()) {
    state->waited = waited;
  } else {
    raw_checkout_end(connection, ending, waited);
  }
  std::erase_if(opened_here(),
                [this](const Opened& each) { return each.tracker == id_; });
}

/// Of no Connection: it belongs to the thread's request, or is one. It is one where every
/// engine is tracked: which one it is of is not known then.
void Tracker::raw_checkout_end(const dbapi::Connection* connection,
                               const Ending& ending,
                               std::chrono::nanoseconds waited) {
  const Moment start = moment_of(ending.start);
  const std::uint64_t id = connection == nullptr ? 0 : connection->id();
  const RequestPtr* const outer = request_of_thread(nullptr);
  const RequestPtr* const around =
      dialect_ == nullptr ? nullptr : request_of_thread(dialect_);
  const RequestPtr request =
      around != nullptr
          ? *around
          : delivery_.start_request(
                {.parent_id = outer == nullptr ? 0 : Delivery::id_of(*outer),
                 .start = start,
                 .database = database_});
  EndNote note = end_of(ending, nullptr);
  note.waited = waited;
  EventHandle checkout;
  if (wants(EventKind::checkout)) {
    checkout = delivery_.start_event(request,
                                     {.kind = EventKind::checkout,
                                      .parent_id = tracked_parent(request),
                                      .start = start,
                                      .dbapi_connection_id = id});
  }
  for (const Opened& each : opened_here()) {
    // What was announced before the checkout is no part of it.
    if (each.tracker != id_ || each.announcement < ending.id) continue;
    delivery_.point(request,
                    {.kind = EventKind::connect,
                     .parent_id = checkout.id,
                     .start = each.start,
                     .dbapi_connection_id = each.dbapi_connection_id},
                    each.note);
  }
  if (wants(EventKind::checkout)) delivery_.end_event(request, checkout, note);
  if (around != nullptr) return;
  if (connection == nullptr) return delivery_.end_request(request, note);
  const std::lock_guard lock(mutex_);
  raw_.insert_or_assign(id, Raw{request, start.monotonic});
  watched_ = raw_.size() + adopted_.size();
}

/// What was lent goes back, or is dropped.
void Tracker::given_back(const dbapi::Connection* connection,
                         const std::exception_ptr& error) noexcept {
  if (connection == nullptr || watched_.load(std::memory_order_relaxed) == 0) return;
  Raw raw;
  std::uint64_t adopted = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = raw_.find(connection->id()); found != raw_.end()) {
      raw = std::move(found->second);
      raw_.erase(found);
    }
    if (const auto found = adopted_.find(connection->id()); found != adopted_.end()) {
      adopted = found->second;
      adopted_.erase(found);
    }
    watched_ = raw_.size() + adopted_.size();
  }
  if (raw.request != nullptr) {
    delivery_.end_request(raw.request,
                          {.outcome = error == nullptr ? Outcome::ok : Outcome::error,
                           .elapsed = Clock::now() - raw.start,
                           .failure = describe_failure(error)});
  }
  if (adopted == 0) return;
  if (ConnectionState* const state = find(adopted)) over(*state);
}

// -- statements -------------------------------------------------------------------------

void Tracker::before_execution(Connection& connection,
                               const dbapi::Cursor& cursor,
                               std::string_view statement,
                               const dbapi::Parameters& parameters,
                               const ExecutionContext& context) {
  const EventKind kind =
      parameters.is_many() ? EventKind::executemany : EventKind::statement;
  if (!wants(kind)) return;
  ConnectionState& state = state_of(connection);
  const RequestPtr& request = request_of(state, connection);
  EventNote note = note_of(state, kind, request);
  note.statement = statement;
  note.parameters = &parameters;
  note.parameter_names = context.parameter_names();
  note.hides_parameters = connection.engine().hides_parameters();
  note.execution_id = context.id();
  start(state, request, note).cursor = &cursor;
}

void Tracker::execution_end(Connection& connection,
                            const ExecutionContext& context,
                            const Ending& ending) {
  ConnectionState* const state = find(connection.id());
  Open* const open = state == nullptr ? nullptr : state->find_execution(context.id());
  if (open == nullptr) return;
  const bool is_ok = ending.outcome == Outcome::ok;
  EndNote note =
      end_of(ending, &connection.engine(), is_ok ? nullptr : &context.parameters());
  note.elapsed = elapsed_of(*open, ending);
  if (context.executed_statement().data() != context.statement().data())
    note.statement = context.executed_statement();
  // The cursor lives: it has become that of a Result.
  if (is_ok && open->cursor->column_count() != 0)
    return await_result(*state, *open, note);
  if (is_ok && open->cursor->rowcount() >= 0)
    note.rows = static_cast<std::uint64_t>(open->cursor->rowcount());
  end(*state, *open, note);
}

/// Its end comes with that of its rows.
void Tracker::await_result(ConnectionState& state,
                           const Open& open,
                           const EndNote& note) {
  const std::ptrdiff_t place = &open - state.open.data();
  end_within(state,
             static_cast<std::size_t>(place),
             Outcome::unknown,
             open.start + note.elapsed);
  Open& kept =
      state.results.emplace_back(std::move(state.open[static_cast<std::size_t>(place)]));
  state.open.erase(state.open.begin() + place);
  kept.elapsed = note.elapsed;
  kept.text = note.statement;
}

void Tracker::result_end(Connection& connection,
                         std::uint64_t execution_id,
                         const ResultEnding& ending) {
  ConnectionState* const state = find(connection.id());
  if (state == nullptr) return;
  EndNote note = end_of(ending, &connection.engine());
  note.rows = ending.rows_fetched;
  note.open = ending.elapsed;
  const auto found = std::find_if(
      state->results.begin(), state->results.end(), [execution_id](const Open& each) {
        return each.execution_id == execution_id;
      });
  if (found == state->results.end()) {
    // The end of the execution was not told, because a listener before this one has thrown.
    if (const Open* const open = state->find_execution(execution_id)) {
      note.elapsed = ending.start - open->start;
      end(*state, *open, note);
    }
    return;
  }
  note.elapsed = found->elapsed;
  note.statement = found->text;
  finish(*found, note);
  state->results.erase(found);
}

// -- transactions -----------------------------------------------------------------------

void Tracker::begin(Connection& connection, EventKind kind, std::string_view name) {
  if (kind == EventKind::transaction && connection.is_autocommit()) return;
  if (ConnectionState* const state = find(connection.id())) {
    // One that is not ending was forgotten by somebody, and is over.
    const Open* const last = state->find(kind);
    if (last != nullptr && !last->is_ending)
      end(*state,
          *last,
          {.outcome = Outcome::unknown, .elapsed = Clock::now() - last->start});
  }
  start(connection, kind, name).is_beginning = true;
}

void Tracker::begin_end(Connection& connection, EventKind kind, const Ending& ending) {
  ConnectionState* const state = find(connection.id());
  Open* const open = state == nullptr ? nullptr : state->find(kind);
  if (open == nullptr) return;
  open->is_beginning = false;
  if (ending.outcome == Outcome::ok) return;
  EndNote note = end_of(ending, &connection.engine());
  note.elapsed = elapsed_of(*open, ending);
  end(*state, *open, note);
}

void Tracker::ending_begins(Connection& connection, EventKind kind) {
  ConnectionState* const state = find(connection.id());
  Open* const open = state == nullptr ? nullptr : state->find(kind);
  if (open != nullptr) open->is_ending = true;
}

/// Also where COMMIT or ROLLBACK has failed: what that leaves is undone in silence.
void Tracker::transaction_end(Connection& connection,
                              EventKind kind,
                              std::string_view ended_by,
                              const Ending& ending) {
  ConnectionState* const state = find(connection.id());
  if (state == nullptr) return;
  // A listener may have begun another one while this one ended.
  const auto ends = [kind](const Open& each) {
    return each.kind == kind && each.is_ending;
  };
  const auto marked = std::find_if(state->open.begin(), state->open.end(), ends);
  const Open* const open = marked != state->open.end() ? &*marked : state->find(kind);
  // Where BEGIN fails it is rolled back, too: its end is that of BEGIN.
  if (open == nullptr || open->is_beginning) return;
  EndNote note = end_of(ending, &connection.engine());
  note.ended_by = ended_by;
  note.elapsed = Clock::now() - open->start;
  if (open->outcome != Outcome::ok) note.outcome = open->outcome;
  thread_local Attributes attributes;
  attributes.resize(kind == EventKind::twophase ? 2 : 1);
  attributes[0].name = "ending";
  attributes[0].value = ending.elapsed.count();
  if (kind == EventKind::twophase) {
    attributes[1].name = "prepared";
    attributes[1].value = open->is_prepared;
  }
  note.attributes = &attributes;
  end(*state, *open, note);
}

void Tracker::prepared(Connection& connection, const Ending& ending) {
  ConnectionState* const state = find(connection.id());
  Open* const open = state == nullptr ? nullptr : state->find(EventKind::twophase);
  if (open == nullptr) return;
  open->is_prepared = ending.outcome == Outcome::ok;
  if (ending.outcome == Outcome::unknown) open->outcome = Outcome::unknown;
}

void Tracker::savepoint(Connection& connection, const std::string& name) {
  start(connection, EventKind::savepoint, name).text = name;
}

void Tracker::savepoint_end(Connection& connection,
                            const std::string& name,
                            std::string_view ended_by,
                            const Ending& ending) {
  ConnectionState* const state = find(connection.id());
  if (state == nullptr) return;
  const auto found =
      std::find_if(state->open.rbegin(), state->open.rend(), [&](const Open& each) {
        return each.kind == EventKind::savepoint && each.text == name;
      });
  if (found == state->open.rend()) return;
  EndNote note = end_of(ending, &connection.engine());
  note.ended_by = ended_by;
  note.elapsed = Clock::now() - found->start;
  end(*state, *found, note);
}

// -- schemas and errors -----------------------------------------------------------------

void Tracker::on_schema(EventKind kind,
                        std::string_view verb,
                        const SchemaItem& target,
                        Connection& connection) {
  if (!tracks(connection.engine())) return;
  start(connection, kind, name_of(verb, target)).target = &target;
}

void Tracker::on_schema_end(EventKind kind,
                            const SchemaItem& target,
                            Connection& connection,
                            const Ending& ending) {
  if (!tracks(connection.engine())) return;
  ConnectionState* const state = find(connection.id());
  if (state == nullptr) return;
  const auto found =
      std::find_if(state->open.rbegin(), state->open.rend(), [&](const Open& each) {
        return each.kind == kind && each.target == &target;
      });
  if (found == state->open.rend()) return;
  EndNote note = end_of(ending, &connection.engine());
  note.elapsed = elapsed_of(*found, ending);
  end(*state, *found, note);
}

void Tracker::failed(const ExceptionContext& told) {
  ConnectionState* state = nullptr;
  if (told.connection == nullptr) {
    state = acquiring_here();
  } else if (told.connection->closed()) {
    state = find(told.connection->id());  // nothing would end another one
  } else {
    state = &state_of(*told.connection);
  }
  const RequestPtr* request = nullptr;
  if (told.connection != nullptr && state != nullptr) {
    request = &request_of(*state, *told.connection);
  } else if (state != nullptr) {
    request = &state->acquiring;
  } else {
    request =
        request_of_thread(told.engine == nullptr ? dialect_ : &told.engine->dialect());
  }
  if (request == nullptr) return;  // the failed checkout was a request, and is over
  const std::exception_ptr& error = told.sqlalchemy_exception != nullptr
                                        ? told.sqlalchemy_exception
                                        : told.original_exception;
  EventNote note{.kind = EventKind::error, .start = Moment::now()};
  if (state != nullptr) {
    note = note_of(*state, EventKind::error, *request);
  } else {
    note.parent_id = tracked_parent(*request);
  }
  delivery_.point(
      *request,
      note,
      {.outcome = Outcome::error,
       .failure = describe_failure(error,
                                   {.shows_values = shows_values_of(told.engine),
                                    .parameters = told.parameters})});
}

}  // namespace hark::audit::detail
