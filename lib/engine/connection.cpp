// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/counter.hpp>
#include <hark/engine/connection.hpp>
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/bound.hpp"
#include "engine/flag.hpp"
#include "engine/wrap.hpp"

namespace hark {
namespace {

constinit detail::Counter connection_ids;
constinit detail::Counter execution_ids;

using ParameterViews = boost::container::small_vector<Parameter, 16>;

[[gnu::hot]] ParameterViews views_of(const ParameterSet& parameters) {
  ParameterViews views;
  for (const auto& [name, value] : parameters) views.push_back({name, value.view()});
  return views;
}

}  // namespace

/// What listeners of statements are told of.
struct detail::Told {
  std::string statement;
  dbapi::Parameters parameters;
};

namespace {

using detail::Told;

/// In memory that the thread keeps for the next time.
class ToldLease {
 public:
  ToldLease() : told_(std::move(spare())) {
    if (told_ == nullptr) told_ = std::make_unique<Told>();
  }
  ToldLease(const ToldLease&) = delete;
  ToldLease& operator=(const ToldLease&) = delete;
  ~ToldLease() { spare() = std::move(told_); }
  Told& operator*() const noexcept { return *told_; }

 private:
  /// Not inlined: between two calls a fiber may have changed threads.
  [[gnu::noinline]] static std::unique_ptr<Told>& spare() noexcept {
    thread_local std::unique_ptr<Told> one;
    __asm__ volatile("");  // no compiler takes it for a constant
    return one;
  }
  std::unique_ptr<Told> told_;
};

}  // namespace

const ExecutionOptions& detail::options_of(
    const SharedExecutionOptions& options) noexcept {
  static const ExecutionOptions none;
  return options == nullptr ? none : *options;
}

void ConnectionEvents::before_cursor_execute::note_replaced(
    ExecutionContext& context) noexcept {
  context.is_replaced_ = true;
}

void ConnectionEvents::handle_error::replace(const std::exception_ptr& answer,
                                             ExceptionContext& exception_context) {
  if (answer != nullptr) exception_context.chained_exception = answer;
}

// -- ExecutionContext -------------------------------------------------------------------

ExecutionContext::ExecutionContext(Connection& connection,
                                   SharedExecutionOptions options,
                                   std::string_view statement,
                                   detail::Bound& bound,
                                   dbapi::CursorPtr cursor)
    : connection_(connection),
      options_(std::move(options)),
      statement_(statement),
      executed_(statement),
      bound_(bound),
      cursor_(std::move(cursor)) {}

bool ExecutionContext::executemany() const noexcept { return bound_.is_many(); }

const dbapi::Parameters& ExecutionContext::parameters() const {
  if (!parameters_) bound_.copy_to(parameters_.emplace());
  return *parameters_;
}

const std::vector<std::string>& ExecutionContext::parameter_names() const noexcept {
  return bound_.names();
}

std::uint64_t ExecutionContext::id() const noexcept {
  if (id_ == 0) id_ = execution_ids.next();
  return id_;
}

/// Where an exception came from.
struct Connection::Failed {
  const std::string_view* statement = nullptr;    // null: it was none's
  const dbapi::Parameters* parameters = nullptr;  // null: the context knows them
  ExecutionContext* context = nullptr;            // null: there was none
  dbapi::Cursor* cursor = nullptr;
};

/// Is it the end of what may have been done where the connection is lost?
template <class End>
constexpr bool may_be_unknown =
    std::is_same_v<End, ConnectionEvents::commit_end> ||
    std::is_same_v<End, ConnectionEvents::prepare_twophase_end> ||
    std::is_same_v<End, ConnectionEvents::commit_twophase_end>;

template <class End, class Act, class... Args>
auto Connection::announced(Act&& act, Args&... arguments) -> decltype(act()) {
  if (!has_listeners<End>()) return act();
  const bool was_valid = is_valid();
  return detail::run_to_end(
      act,
      [&](const Ending& ending) { emit<End>(*this, arguments..., ending); },
      [&] { return may_be_unknown<End> && was_valid && !is_valid(); });
}

// -- life -------------------------------------------------------------------------------

// Here, where results are made.
inline Result::Result(Connection& connection,
                      dbapi::CursorPtr cursor,
                      std::uint64_t execution)
    : cursor_(std::move(cursor)), width_(cursor_->column_count()), execution_(execution) {
  if (execution != 0 && returns_rows()) [[unlikely]]
    announcement_.emplace();
  link(connection);
}

inline Engine& Connection::join_engine(Engine& engine) noexcept {
  join(engine);
  return engine;
}

/// Does anybody hear when it acquires a DBAPI connection, or that it is over?
inline bool Connection::hears_life() const noexcept {
  return has_listeners<ConnectionEvents::acquire,
                       ConnectionEvents::acquire_end,
                       ConnectionEvents::connection_closed>();
}

/// Null: somebody is to be told first.
inline PooledConnection Connection::acquire_unheard() {
  if (hears_life()) [[unlikely]]
    return {};
  return engine_.raw_connection();
}

inline Connection::Connection(Engine& engine, Opening)
    : engine_(join_engine(engine)),
      connection_(acquire_unheard()),
      options_(engine.shared_options()) {}

// Where this throws, the destructor runs.
Connection::Connection(Engine& engine) : Connection(engine, Opening()) {
  if (!connection_) [[unlikely]]
    announce_acquire([this] { return engine_.raw_connection(); });
  if (options_ != nullptr) [[unlikely]]
    change_isolation_level();
  if (has_listeners<ConnectionEvents::engine_connect>()) [[unlikely]]
    announce();
}

template <class Checkout>
void Connection::announce_acquire(const Checkout& checkout) {
  is_announced_ = true;
  const detail::FlagScope acquiring(is_acquiring_);
  try {
    announced<ConnectionEvents::acquire_end>([&] {
      emit<ConnectionEvents::acquire>(*this);
      connection_ = checkout();
    });
  } catch (...) {
    connection_ = {};
    throw;
  }
}

void Connection::announce_closed() {
  is_announced_ = false;
  emit<ConnectionEvents::connection_closed>(*this);
}

/// Where closing has failed.
void Connection::announce_lost() noexcept {
  can_reconnect_ = false;
  connection_ = {};
  try {
    announce_closed();
  } catch (...) {
    detail::report_lost_error("a listener of connection_closed threw");
  }
}

void Connection::announce() { emit<ConnectionEvents::engine_connect>(*this, false); }

std::uint64_t Connection::id() const noexcept {
  if (id_ == 0) id_ = connection_ids.next();
  return id_;
}

Connection::~Connection() {
  try {
    close_inline();
  } catch (...) {
    detail::report_lost_error("closing a connection failed");
  }
  // What closing may have left where it failed.
  close_results();
  if (transaction_ != nullptr) [[unlikely]]
    transaction_->connection = nullptr;
  if (nested_ != nullptr) [[unlikely]]
    leave_savepoints();
  if (is_announced_) [[unlikely]]
    announce_lost();
}

void Connection::leave_savepoints() noexcept {
  for (auto state = nested_; state != nullptr; state = state->savepoint()->outer)
    state->connection = nullptr;
}

void Connection::close_results() noexcept {
  while (results_ != nullptr) results_->leave_connection();
}

void Connection::close() { close_inline(); }

inline void Connection::close_inline() {
  bool was_reset = false;
  if (transaction_ != nullptr) {
    const StatePtr state = transaction_;
    close_root_inline(*state);
    was_reset = true;
  }
  close_results();
  if (connection_) {
    if (has_isolation_level_) [[unlikely]]
      reset_isolation_level();
    can_reconnect_ = false;
    connection_.close(was_reset);
  }
  can_reconnect_ = false;
  if (is_announced_) [[unlikely]]
    announce_closed();
}

bool Connection::closes_at_once() const noexcept {
  const bool has_more_to_end =
      results_ != nullptr || nested_ != nullptr || has_isolation_level_ || is_announced_;
  if (has_more_to_end) return false;
  if (closed()) return true;
  if (!connection_.closes_at_once()) return false;
  if (transaction_ == nullptr) return true;
  return transaction_->is_active && transaction_->special == nullptr &&
         !has_listeners<ConnectionEvents::rollback, ConnectionEvents::rollback_end>();
}

void Connection::invalidate(const std::exception_ptr& exception) {
  if (invalidated()) return;
  if (closed()) throw ResourceClosedError("this connection is closed");
  close_results();
  if (is_valid()) connection_.invalidate(exception);
  connection_ = {};
}

void Connection::detach() {
  if (closed()) throw ResourceClosedError("this connection is closed");
  if (!connection_) {
    throw InvalidRequestError("an invalidated connection cannot be detached");
  }
  connection_.detach();
}

PooledConnection& Connection::reconnect() {
  try {
    return revalidate();
  } catch (const PendingRollbackError&) {
    throw;
  } catch (const ResourceClosedError&) {
    throw;
  } catch (...) {
    handle_exception(std::current_exception(), {});
  }
}

PooledConnection& Connection::revalidate() {
  if (!invalidated()) throw ResourceClosedError("this connection is closed");
  if (transaction_ != nullptr) throw_invalid_transaction();
  if (is_acquiring_) {
    throw ResourceClosedError(
        "a listener of acquire can't use the connection that is to come");
  }
  if (hears_life()) [[unlikely]] {
    announce_acquire([this] { return engine_.connect_pooled(); });
  } else {
    connection_ = engine_.connect_pooled();
  }
  apply_isolation_level();
  return connection_;
}

void Connection::throw_invalid_transaction() const {
  const std::string savepoint = nested_ != nullptr ? "savepoint " : "";
  if (invalidated()) {
    throw PendingRollbackError("can't reconnect until the invalid " + savepoint +
                               "transaction is rolled back");
  }
  throw PendingRollbackError("this connection is on an inactive " + savepoint +
                             "transaction: roll it back before proceeding");
}

// -- options ----------------------------------------------------------------------------

Connection& Connection::execution_options(const ExecutionOptions& options) {
  const bool sets_level = options.contains("isolation_level");
  if (sets_level && transaction_ != nullptr) {
    throw InvalidRequestError(
        "the isolation level can't change within a transaction: commit or roll back "
        "first");
  }
  ExecutionOptions merged = get_execution_options();
  for (const auto& [name, value] : options) merged.insert_or_assign(name, value);
  options_ = std::make_shared<const ExecutionOptions>(std::move(merged));
  emit<ConnectionEvents::set_connection_execution_options>(*this, options);
  if (sets_level) change_isolation_level();
  return *this;
}

/// Differs: the driver's errors are wrapped.
void Connection::change_isolation_level() {
  try {
    apply_isolation_level();
  } catch (const dbapi::Error&) {
    handle_exception(std::current_exception(), {});
  }
}

void Connection::apply_isolation_level() {
  if (options_ == nullptr) return;
  const auto found = options_->find("isolation_level");
  if (found == options_->end()) return;
  const auto* level = std::get_if<std::string>(&found->second);
  if (level == nullptr) throw ArgumentError("isolation_level is a text");
  engine_.dialect().set_isolation_level(connection().dbapi_connection(), *level);
  has_isolation_level_ = true;
}

std::string Connection::get_isolation_level() {
  try {
    return engine_.dialect().get_isolation_level(connection().dbapi_connection());
  } catch (...) {
    handle_exception(std::current_exception(), {});
  }
}

bool Connection::is_autocommit() const noexcept {
  constexpr std::string_view autocommit = "AUTOCOMMIT";
  if (options_ != nullptr) {
    const auto found = options_->find("isolation_level");
    if (found != options_->end()) {
      const auto* const level = std::get_if<std::string>(&found->second);
      return level != nullptr && *level == autocommit;
    }
  }
  return engine_.isolation_level() == autocommit;
}

/// The next user of the DBAPI connection finds it as it was. Where that fails, nobody
/// does.
void Connection::reset_isolation_level() noexcept {
  if (!is_valid()) return;
  try {
    dbapi::Connection& connection = connection_.dbapi_connection();
    const std::string_view level = engine_.isolation_level();
    if (level.empty()) {
      engine_.dialect().reset_isolation_level(connection);
    } else {
      engine_.dialect().set_isolation_level(connection, level);
    }
  } catch (...) {
    try {
      connection_.invalidate(std::current_exception());
    } catch (...) {
      detail::report_lost_error("resetting an isolation level failed");
    }
  }
}

// -- transactions -----------------------------------------------------------------------

bool Connection::in_transaction() const noexcept {
  return transaction_ != nullptr && transaction_->is_active;
}

bool Connection::in_nested_transaction() const noexcept {
  return nested_ != nullptr && nested_->is_active;
}

Connection::StatePtr Connection::make_root() {
  return StatePtr(new State{.connection = this});
}

template <class Special>
Connection::StatePtr Connection::make_special(Special special) {
  using Any = std::variant<detail::Savepoint, detail::TwoPhase>;
  return StatePtr(new State{.connection = this,
                            .special = std::make_unique<Any>(std::move(special))});
}

void Connection::begin_transaction(StatePtr state) {
  if (const detail::TwoPhase* const two_phase = state->two_phase()) {
    begin_twophase_impl(two_phase->xid);
  } else {
    begin_impl();
  }
  transaction_ = std::move(state);
  transaction_->is_active = true;
}

/// Requires: there is no transaction.
template <bool MayBeHeard>
inline void Connection::autobegin() {
  if (is_in_begin_) [[unlikely]]
    return;
  if (endings_ != 0) [[unlikely]]  // a listener executes as the last transaction ends
    return begin_transaction(make_root());
  if constexpr (MayBeHeard) {
    begin_impl();
  } else {
    begin_in_driver();
  }
  autobegun_.connection = this;
  autobegun_.is_active = true;
  transaction_ = StatePtr(&autobegun_);
}

Transaction Connection::begin() {
  if (is_in_begin_) return {};
  if (transaction_ != nullptr) {
    throw InvalidRequestError(
        "this connection is in a transaction already: commit or roll back first, or call "
        "begin_nested for a savepoint");
  }
  begin_transaction(make_root());
  return Transaction(transaction_);
}

Transaction Connection::begin_nested() {
  if (transaction_ == nullptr) autobegin<true>();
  std::string name = "sa_savepoint_" + std::to_string(savepoints_ + 1);
  announced<ConnectionEvents::savepoint_end>(
      [&] {
        emit<ConnectionEvents::savepoint>(*this, name);
        ++savepoints_;
        if (is_valid()) {
          execute(std::make_shared<const SavepointClause>(
              SavepointClause::Kind::savepoint, name));
        }
      },
      name);
  nested_ = make_special(detail::Savepoint{.name = std::move(name), .outer = nested_});
  nested_->is_active = true;
  return Transaction(nested_);
}

void Connection::commit() {
  if (const StatePtr state = transaction_) commit_root(*state);
}

void Connection::rollback() {
  if (const StatePtr state = transaction_) close_root(*state);
}

void Connection::begin_impl() {
  if (has_listeners<ConnectionEvents::begin, ConnectionEvents::begin_end>()) [[unlikely]]
    return announce_begin();
  begin_in_driver();
}

void Connection::announce_begin() {
  // Differs: also a listener that throws leaves no half-begun state.
  const detail::FlagScope in_begin(is_in_begin_);
  announced<ConnectionEvents::begin_end>([this] {
    emit<ConnectionEvents::begin>(*this);
    begin_in_driver();
  });
}

inline void Connection::rollback_impl() {
  if (has_listeners<ConnectionEvents::rollback, ConnectionEvents::rollback_end>())
      [[unlikely]]
    return announce_rollback();
  rollback_in_driver();
}

void Connection::announce_rollback() {
  announced<ConnectionEvents::rollback_end>([this] {
    emit<ConnectionEvents::rollback>(*this);
    rollback_in_driver();
  });
}

void Connection::commit_impl() {
  if (has_listeners<ConnectionEvents::commit, ConnectionEvents::commit_end>())
      [[unlikely]]
    return announce_commit();
  commit_in_driver();
}

void Connection::announce_commit() {
  announced<ConnectionEvents::commit_end>([this] {
    emit<ConnectionEvents::commit>(*this);
    commit_in_driver();
  });
}

inline void Connection::begin_in_driver() {
  try {
    connection()->begin();
  } catch (...) {
    const std::exception_ptr error = std::current_exception();
    const detail::FlagScope in_begin(is_in_begin_);
    handle_exception(error, {});
  }
}

void Connection::commit_in_driver() {
  try {
    connection()->commit();
  } catch (...) {
    handle_exception(std::current_exception(), {});
  }
}

inline void Connection::rollback_in_driver() {
  if (!is_valid()) return;
  try {
    connection_->rollback();
  } catch (...) {
    handle_exception(std::current_exception(), {});
  }
}

void Connection::autorollback() {
  if (!in_transaction()) rollback_impl();
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, RootTransaction._close_impl.
void Connection::close_root(State& state) { close_root_inline(state); }

inline void Connection::close_root_inline(State& state) {
  if (!state.is_active || state.special != nullptr) [[unlikely]]
    return close_special_root(state);
  end_root(state, [this] { rollback_impl(); });
}

void Connection::close_special_root(State& state) {
  end_root(state, [&] {
    if (state.is_active) {
      rollback_twophase_impl(*state.two_phase());
    } else {
      undo_failed_commit(state);
    }
  });
}

template <class Rollback>
inline void Connection::end_root(State& state, const Rollback& rollback) {
  try {
    const detail::CountScope ending(endings_);
    rollback();
    if (nested_ != nullptr) [[unlikely]]
      cancel_nested();
  } catch (...) {
    leave_root(state);
    throw;
  }
  leave_root(state);
}

/// Differs: what a failed commit has left open is undone, with no further event.
void Connection::undo_failed_commit(const State& state) {
  if (state.two_phase() == nullptr) return rollback_in_driver();
  if (!is_valid()) return;
  try {
    connection_->rollback();
  } catch (...) {  // a plain rollback is nothing to it
    invalidate(std::current_exception());
  }
}

void Connection::leave_root(State& state) noexcept {
  state.is_active = false;
  if (transaction_.get() != &state) return;
  state.connection = nullptr;
  transaction_ = {};
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, RootTransaction._do_commit.
void Connection::commit_root(State& state) {
  if (!state.is_active) {
    if (transaction_.get() == &state) throw_invalid_transaction();
    throw InvalidRequestError("this transaction is inactive");
  }
  const detail::CountScope ending(endings_);
  std::exception_ptr failure;
  try {
    if (const detail::TwoPhase* const two_phase = state.two_phase()) {
      commit_twophase_impl(*two_phase);
    } else {
      commit_impl();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  cancel_nested();
  state.is_active = false;
  if (failure != nullptr) std::rethrow_exception(failure);
  state.connection = nullptr;
  transaction_ = {};
}

/// All savepoints end with the transaction around them.
void Connection::cancel_nested() noexcept {
  while (nested_ != nullptr) {
    nested_->is_active = false;
    nested_->connection = nullptr;
    nested_ = nested_->savepoint()->outer;
  }
}

void Connection::leave_nested(State& state) noexcept {
  if (nested_.get() != &state) return;
  state.connection = nullptr;
  nested_ = state.savepoint()->outer;
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, NestedTransaction._close_impl.
void Connection::close_nested(State& state) {
  const std::string& name = state.savepoint()->name;
  std::exception_ptr failure;
  try {
    if (state.is_active && transaction_ != nullptr && transaction_->is_active) {
      announced<ConnectionEvents::rollback_savepoint_end>(
          [&] {
            emit<ConnectionEvents::rollback_savepoint>(*this, name);
            if (is_valid()) {
              execute(std::make_shared<const SavepointClause>(
                  SavepointClause::Kind::rollback_to, name));
            }
          },
          name);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  state.is_active = false;
  leave_nested(state);
  if (failure != nullptr) std::rethrow_exception(failure);
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, NestedTransaction._do_commit.
void Connection::commit_nested(State& state) {
  if (!state.is_active) {
    if (nested_.get() == &state) throw_invalid_transaction();
    throw InvalidRequestError("this nested transaction is inactive");
  }
  const std::string& name = state.savepoint()->name;
  try {
    announced<ConnectionEvents::release_savepoint_end>(
        [&] {
          emit<ConnectionEvents::release_savepoint>(*this, name);
          if (is_valid()) {
            execute(std::make_shared<const SavepointClause>(
                SavepointClause::Kind::release, name));
          }
        },
        name);
  } catch (...) {
    state.is_active = false;
    throw;
  }
  state.is_active = false;
  leave_nested(state);
}

// -- transactions in two phases ---------------------------------------------------------

TwoPhaseTransaction Connection::begin_twophase(std::string_view xid) {
  if (transaction_ != nullptr || is_in_begin_) {
    throw InvalidRequestError(
        "a transaction in two phases can't begin within another one: commit or roll back "
        "first");
  }
  begin_transaction(make_special(detail::TwoPhase{
      .xid = xid.empty() ? engine_.dialect().create_xid() : std::string(xid)}));
  return TwoPhaseTransaction(transaction_);
}

/// Announces, and lets the dialect act.
template <class About, class End, class Act, class... Args>
void Connection::do_twophase(const Act& act, const std::string& xid, Args... arguments) {
  announced<End>(
      [&] {
        emit<About>(*this, xid, arguments...);
        try {
          act();
        } catch (...) {
          handle_exception(std::current_exception(), {});
        }
      },
      xid,
      arguments...);
}

void Connection::begin_twophase_impl(const std::string& xid) {
  const detail::FlagScope in_begin(is_in_begin_);
  do_twophase<ConnectionEvents::begin_twophase, ConnectionEvents::begin_twophase_end>(
      [&] {
        connection();
        engine_.dialect().do_begin_twophase(*this, xid);
      },
      xid);
}

void Connection::prepare_root(State& state) {
  if (!state.is_active) throw InvalidRequestError("this transaction is inactive");
  detail::TwoPhase& two_phase = *state.two_phase();
  // Differs: not again; what the database makes of that is anybody's guess.
  if (two_phase.is_prepared)
    throw InvalidRequestError("this transaction is prepared already");
  do_twophase<ConnectionEvents::prepare_twophase, ConnectionEvents::prepare_twophase_end>(
      [&] {
        connection();
        engine_.dialect().do_prepare_twophase(*this, two_phase.xid);
        two_phase.is_prepared = true;
      },
      two_phase.xid);
}

void Connection::rollback_twophase_impl(const detail::TwoPhase& state) {
  do_twophase<ConnectionEvents::rollback_twophase,
              ConnectionEvents::rollback_twophase_end>(
      [&] {
        if (is_valid()) {
          engine_.dialect().do_rollback_twophase(
              *this, state.xid, state.is_prepared, false);
        } else if (state.is_prepared) {
          throw InvalidRequestError(
              "the connection was lost, and the database keeps the "
              "prepared transaction '" +
              state.xid + "': end it with rollback_prepared");
        }
      },
      state.xid,
      state.is_prepared);
}

void Connection::commit_twophase_impl(const detail::TwoPhase& state) {
  do_twophase<ConnectionEvents::commit_twophase, ConnectionEvents::commit_twophase_end>(
      [&] {
        connection();
        engine_.dialect().do_commit_twophase(*this, state.xid, state.is_prepared, false);
      },
      state.xid,
      state.is_prepared);
}

/// Statements handle their errors themselves.
template <class Act>
auto Connection::do_on_prepared(const Act& act) -> decltype(act()) {
  try {
    return act();
  } catch (const dbapi::Error&) {
    handle_exception(std::current_exception(), {});
  }
}

std::vector<std::string> Connection::recover_twophase() {
  return do_on_prepared([this] { return engine_.dialect().do_recover_twophase(*this); });
}

void Connection::rollback_prepared(const std::string& xid, bool recover) {
  do_on_prepared(
      [&] { engine_.dialect().do_rollback_twophase(*this, xid, true, recover); });
}

void Connection::commit_prepared(const std::string& xid, bool recover) {
  do_on_prepared(
      [&] { engine_.dialect().do_commit_twophase(*this, xid, true, recover); });
}

// -- execution --------------------------------------------------------------------------

Result Connection::execute(const Clause& clause,
                           std::initializer_list<Parameter> parameters) {
  return execute_given(clause, {.parameters = parameters});
}

Result Connection::execute(const Clause& clause, const ParameterSet& parameters) {
  const ParameterViews views = views_of(parameters);
  return execute_given(clause, {.parameters = {views.data(), views.size()}});
}

Result Connection::execute(const Clause& clause, const ParameterSets& parameters) {
  if (parameters.empty()) return execute(clause);
  if (parameters.size() == 1) return execute(clause, parameters.front());
  return execute_given(clause, {.sets = &parameters});
}

Result Connection::execute(std::string_view sql,
                           std::initializer_list<Parameter> parameters) {
  return execute(hark::text(std::string(sql)), parameters);
}

/// Would nobody see that statements of several users are executed, or that they share it?
bool Connection::is_shareable() const noexcept {
  return connection_ && is_autocommit() && !hears_life() && connection_.is_unheard() &&
         !hears_statements<ConnectionEvents::before_execute,
                           ConnectionEvents::after_execute,
                           ConnectionEvents::execute_end,
                           ConnectionEvents::begin,
                           ConnectionEvents::begin_end,
                           ConnectionEvents::rollback,
                           ConnectionEvents::rollback_end,
                           ConnectionEvents::commit,
                           ConnectionEvents::commit_end>();
}

/// Requires: is_shareable().
bool Connection::sends_ahead() const noexcept {
  return connection_.dbapi_connection().sends_ahead();
}

/// As dbapi::Connection::send_ahead().
std::uint64_t Connection::send_ahead(const Clause& clause,
                                     const ParameterSet& parameters) {
  const Compiled& compiled = clause->compiled(engine_.dialect());
  const ParameterViews views = views_of(parameters);
  detail::Bound bound;
  bound.bind({.parameters = {views.data(), views.size()}}, compiled.names);
  dbapi::Connection& connection = connection_.dbapi_connection();
  return connection.send_ahead(operation_of(compiled.sql, compiled.key), bound.row());
}

/// What was sent is not heard by those who have begun to listen since.
Result Connection::execute_sent(const Clause& clause,
                                const ParameterSet& parameters,
                                std::uint64_t number) {
  const Compiled& compiled = clause->compiled(engine_.dialect());
  const ParameterViews views = views_of(parameters);
  if (!connection_.is_valid()) {
    const std::string_view sql = compiled.sql;
    handle_exception(std::make_exception_ptr(dbapi::OperationalError(
                         "the connection was lost while the statement was under way",
                         {.statement = compiled.sql, .is_disconnect = true})),
                     {.statement = &sql});
  }
  dbapi::Operation operation = operation_of(compiled.sql, compiled.key);
  operation.sent = number;
  return execute_bound<false>(operation, [&](detail::Bound& bound) {
    bound.bind({.parameters = {views.data(), views.size()}}, compiled.names);
  });
}

Result Connection::execute_rows(const Clause& clause, dbapi::ParameterRows& rows) {
  return execute_given(clause, {.rows = &rows});
}

Result Connection::exec_driver_sql(std::string_view sql,
                                   std::initializer_list<dbapi::ValueView> parameters) {
  return execute_bound<true>(
      operation_of(sql), [&](detail::Bound& bound) { bound.bind_values(parameters); });
}

Result Connection::exec_driver_sql(std::string_view sql,
                                   const dbapi::Parameters& parameters) {
  return execute_bound<true>(operation_of(sql),
                             [&](detail::Bound& bound) { bound.bind(parameters); });
}

inline dbapi::Operation Connection::operation_of(std::string_view sql,
                                                 std::uint64_t key) const {
  dbapi::Operation operation(sql, key);
  if (options_ != nullptr) [[unlikely]]
    operation.streams = streams();
  return operation;
}

bool Connection::streams() const noexcept { return is_set(*options_, "stream_results"); }

/// Does anybody hear what the driver is called with, or told of?
inline bool Connection::hears_driver_calls() const noexcept {
  return engine_.dialect()
      .has_listeners<DialectEvents::do_execute,
                     DialectEvents::do_executemany,
                     DialectEvents::do_execute_no_params,
                     DialectEvents::do_setinputsizes>();
}

/// Is the driver told the types of parameters?
inline bool Connection::tells_input_sizes() const noexcept {
  const Dialect& dialect = engine_.dialect();
  return dialect.has_listeners<DialectEvents::do_setinputsizes>() &&
         dialect.uses_input_sizes();
}

/// Would anybody see an execution's context, or hear one of `More`?
template <class... More>
inline bool Connection::hears_statements() const noexcept {
  return has_listeners<More...,
                       ConnectionEvents::before_cursor_execute,
                       ConnectionEvents::after_cursor_execute,
                       ConnectionEvents::cursor_execute_end,
                       ConnectionEvents::result_end>() ||
         hears_driver_calls();
}

inline Result Connection::execute_given(const Clause& clause,
                                        const detail::Given& given) {
  // One look for all that an execution announces.
  if (hears_statements<ConnectionEvents::before_execute,
                       ConnectionEvents::after_execute,
                       ConnectionEvents::execute_end,
                       ConnectionEvents::begin,
                       ConnectionEvents::begin_end>()) [[unlikely]]
    return execute_listening(clause, given);
  return execute_compiled<false>(clause->compiled(engine_.dialect()), given);
}

Result Connection::execute_listening(const Clause& clause, const detail::Given& given) {
  if (has_listeners<ConnectionEvents::before_execute,
                    ConnectionEvents::after_execute,
                    ConnectionEvents::execute_end>()) [[unlikely]]
    return execute_announced(clause, given);
  return execute_compiled<true>(clause->compiled(engine_.dialect()), given);
}

/// With what was given as listeners see it.
Result Connection::execute_announced(const Clause& original, const detail::Given& given) {
  Clause clause = original;  // which a listener may replace
  return announced<ConnectionEvents::execute_end>(
      [&] {
        const ExecutionOptions options = get_execution_options();
        ParameterSets multiparams = sets_of(given, *clause);
        ParameterSet params(given.parameters);
        // Rows that no names fit go as they came, and listeners do not see them.
        const bool is_nameless = given.rows != nullptr && multiparams.empty();
        emit<ConnectionEvents::before_execute>(
            *this, clause, multiparams, params, options);
        if (!multiparams.empty() && !params.empty()) {
          throw InvalidRequestError(
              "a listener of before_execute can't return multiparams and params at once");
        }
        const bool keeps_rows = is_nameless && multiparams.empty() && params.empty();
        const bool is_many =
            multiparams.size() > 1 || (given.rows != nullptr && params.empty());
        const ParameterSet& single =
            multiparams.size() == 1 ? multiparams.front() : params;
        const ParameterViews views = views_of(single);
        Result result =
            execute_compiled<true>(clause->compiled(engine_.dialect()),
                                   {.parameters = {views.data(), views.size()},
                                    .sets = is_many ? &multiparams : nullptr,
                                    .rows = keeps_rows ? given.rows : nullptr});
        emit<ConnectionEvents::after_execute>(
            *this, clause, multiparams, params, options, result);
        return result;
      },
      clause);
}

ParameterSets Connection::sets_of(const detail::Given& given,
                                  const ClauseElement& clause) const {
  if (given.sets != nullptr) return *given.sets;
  if (given.rows == nullptr) return {};
  return detail::sets_of(*given.rows, clause.compiled(engine_.dialect()).names);
}

template <bool MayBeHeard>
inline Result Connection::execute_compiled(const Compiled& compiled,
                                           const detail::Given& given) {
  return execute_bound<MayBeHeard>(
      operation_of(compiled.sql, compiled.key),
      [&](detail::Bound& bound) { bound.bind(given, compiled.names); });
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Connection._execute_context.
template <bool MayBeHeard, class Bind>
Result Connection::execute_bound(const dbapi::Operation& operation, const Bind& bind) {
  detail::Bound bound;
  dbapi::CursorPtr cursor;
  try {
    if (!connection_) revalidate();
    bind(bound);
    cursor = connection_->cursor();
  } catch (const PendingRollbackError&) {
    throw;
  } catch (const ResourceClosedError&) {
    throw;
  } catch (...) {
    handle_exception(std::current_exception(), {.statement = &operation.text});
  }
  if ((transaction_ != nullptr && !transaction_->is_active) ||
      (nested_ != nullptr && !nested_->is_active)) {
    throw_invalid_transaction();
  }
  if (transaction_ == nullptr) autobegin<MayBeHeard>();
  if constexpr (MayBeHeard) {
    if (hears_statements()) return execute_heard(operation, bound, std::move(cursor));
  }
  try {
    bound.execute(*cursor, operation);
    return {*this, std::move(cursor), 0};
  } catch (...) {
    ExecutionContext context(*this, options_, operation.text, bound, std::move(cursor));
    fail(context);
  }
}

Result Connection::execute_heard(const dbapi::Operation& operation,
                                 detail::Bound& bound,
                                 dbapi::CursorPtr cursor) {
  ExecutionContext context(*this, options_, operation.text, bound, std::move(cursor));
  if (tells_input_sizes()) [[unlikely]]
    set_input_sizes(context);
  const ToldLease told;
  if (!has_listeners<ConnectionEvents::cursor_execute_end>())
    return execute_in(context, operation, *told);
  return announced<ConnectionEvents::cursor_execute_end>(
      [&] { return execute_in(context, operation, *told); }, context);
}

void Connection::fail(ExecutionContext& context) {
  const std::string_view statement = context.statement();
  handle_exception(
      std::current_exception(),
      {.statement = &statement, .context = &context, .cursor = &context.cursor()});
}

inline Result Connection::make_result(ExecutionContext& context) {
  const bool is_awaited = has_listeners<ConnectionEvents::result_end>();
  return {*this, std::move(context.cursor_), is_awaited ? context.id() : 0};
}

Result Connection::execute_in(ExecutionContext& context,
                              const dbapi::Operation& operation,
                              Told& told) {
  std::string& statement = told.statement;
  dbapi::Parameters& parameters = told.parameters;
  statement = operation.text;
  context.bound_.copy_to(parameters);
  dbapi::Cursor& cursor = context.cursor();
  emit<ConnectionEvents::before_cursor_execute>(
      *this, cursor, statement, parameters, context, context.executemany());
  if (context.is_replaced_) [[unlikely]]
    context.executed_ = statement;
  try {
    if (hears_driver_calls() && call_dialect(context, statement, parameters))
        [[unlikely]] {
      // Listeners have executed it.
    } else if (context.is_replaced_) [[unlikely]] {
      detail::Bound bound;
      bound.bind(parameters);
      dbapi::Operation replaced(statement);
      replaced.streams = operation.streams;
      bound.execute(cursor, replaced);
    } else {
      context.bound_.execute(cursor, operation);
    }
    emit<ConnectionEvents::after_cursor_execute>(
        *this, cursor, statement, parameters, context, context.executemany());
    return make_result(context);
  } catch (...) {
    const std::string_view sql = statement;
    handle_exception(std::current_exception(),
                     {.statement = &sql,
                      .parameters = &parameters,
                      .context = &context,
                      .cursor = &cursor});
  }
}

/// Tells the driver the types of the parameters, as listeners leave them.
void Connection::set_input_sizes(ExecutionContext& context) {
  const Dialect& dialect = engine_.dialect();
  const bool is_many = context.bound_.is_many();
  std::vector<std::int64_t> types;  // as the dialect has them
  context.bound_.with_first_row([&](dbapi::ParameterRow row) {
    for (const dbapi::ValueView& value : row) types.push_back(dialect.input_size(value));
  });
  if (types.empty()) return;
  InputSizes sizes;
  const std::vector<std::string>& names = context.bound_.names();
  for (const std::int64_t type : types) {
    const std::size_t at = sizes.size();
    sizes.push_back(
        {.name = at < names.size() ? names[at] : std::string(), .type = type});
  }
  const std::string statement(context.statement());
  dialect.emit<DialectEvents::do_setinputsizes>(
      sizes, context.cursor(), statement, context.parameters(), context);
  types.resize(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    // What holds for the first of many rows need not hold for the others.
    const bool is_own = is_many && sizes[i].type == types[i];
    types[i] = is_own ? 0 : sizes[i].type;
  }
  try {
    context.cursor().setinputsizes(types);
  } catch (...) {
    fail(context);
  }
}

/// Do listeners of the dialect do it instead of the driver?
bool Connection::call_dialect(ExecutionContext& context,
                              const std::string& statement,
                              const dbapi::Parameters& parameters) {
  const Dialect& dialect = engine_.dialect();
  dbapi::Cursor& cursor = context.cursor();
  if (parameters.is_many()) {
    return dialect.emit<DialectEvents::do_executemany>(
        cursor, statement, parameters, context);
  }
  if (parameters.row().empty() && is_set(context.execution_options(), "no_parameters")) {
    return dialect.emit<DialectEvents::do_execute_no_params>(cursor, statement, context);
  }
  return dialect.emit<DialectEvents::do_execute>(cursor, statement, parameters, context);
}

// -- errors -----------------------------------------------------------------------------

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Connection._handle_dbapi_exception.
void Connection::handle_exception(const std::exception_ptr& error, const Failed& failed) {
  const std::string statement(failed.statement != nullptr ? *failed.statement : "");
  const dbapi::Parameters* const parameters =
      failed.parameters != nullptr || failed.context == nullptr
          ? failed.parameters
          : &failed.context->parameters();
  const bool has_statement = failed.statement != nullptr;
  const bool is_of_driver = detail::is_driver_error(error);
  detail::Failing failing{
      .statement = has_statement ? &statement : nullptr,
      .parameters = engine_.hides_parameters() ? nullptr : parameters,
      .is_disconnect = !closed() && detail::is_disconnect(error, engine_.dialect())};
  if (is_handling_error_) std::rethrow_exception(detail::wrap(error, failing));

  ExceptionContext told;
  told.engine = &engine_;
  told.connection = this;
  told.cursor = failed.cursor;
  told.statement = failing.statement;
  told.parameters = parameters;
  told.execution_context = failed.context;
  told.original_exception = error;
  told.is_disconnect = failing.is_disconnect;
  const bool is_wrapped = is_of_driver || (has_statement && failed.context == nullptr);
  if (is_wrapped) told.sqlalchemy_exception = detail::wrap(error, failing);
  std::exception_ptr raised;
  try {
    const detail::FlagScope handling(is_handling_error_);
    if (!is_set(get_execution_options(), "skip_user_error_events")) {
      raised = detail::ask(
          [&] {
            if (is_wrapped && failed.context != nullptr) tell_dbapi_error(told);
            emit<ConnectionEvents::handle_error>(told);
          },
          told,
          failing);
    } else {
      raised = is_wrapped ? told.sqlalchemy_exception : error;
    }
    if (failed.cursor != nullptr) failed.cursor->close();
    if (failed.context != nullptr) failed.context->cursor_.reset();
    if (!told.is_disconnect) autorollback();
  } catch (...) {
    raised = std::current_exception();
  }
  if (told.is_disconnect && !invalidated()) {
    if (told.invalidate_pool_on_disconnect && connection_) {
      engine_.pool().invalidate_all(connection_.fairy());
    }
    if (!closed()) invalidate(error);
  }
  std::rethrow_exception(raised);
}

void Connection::fetch_failed(const std::exception_ptr& error, dbapi::Cursor& cursor) {
  handle_exception(error, {.cursor = &cursor});
}

/// The event that handle_error has replaced.
void Connection::tell_dbapi_error(const ExceptionContext& told) {
  if (!has_listeners<ConnectionEvents::dbapi_error>()) return;
  emit<ConnectionEvents::dbapi_error>(*this,
                                      *told.cursor,
                                      *told.statement,
                                      *told.parameters,
                                      *told.execution_context,
                                      told.original_exception);
}

}  // namespace hark
