// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/engine/engine.hpp>
#include <hark/error.hpp>

#include <atomic>
#include <functional>
#include <utility>

#include "engine/wrap.hpp"

namespace hark {
namespace {

std::uint64_t next_id() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::uint64_t next_execution() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

void ConnectionEvents::handle_error::replace(const std::exception_ptr& answer,
                                             ExceptionContext& exception_context) {
  if (answer != nullptr) exception_context.chained_exception = answer;
}

ExecutionContext::ExecutionContext(Connection& connection, ExecutionOptions options)
    : connection_(connection), id_(next_execution()), options_(std::move(options)) {}

template <class End, class Act, class... Args>
auto Connection::announced(Act&& act, Args&... arguments) -> decltype(act()) {
  if (!has_listeners<End>()) return act();
  const bool was_valid = is_valid();
  return detail::run_to_end(
      act,
      [&] {
        return std::is_same_v<End, ConnectionEvents::commit_end> && was_valid &&
               !is_valid();
      },
      [&](const Ending& ending) { emit<End>(*this, arguments..., ending); });
}

// -- life -------------------------------------------------------------------------------

Connection::Connection(Engine& engine)
    : engine_(engine),
      id_(next_id()),
      connection_(engine.raw_connection()),
      options_(engine.get_execution_options()) {
  join(engine);
  emit<ConnectionEvents::engine_connect>(*this, false);
}

Connection::~Connection() {
  try {
    close();
  } catch (...) {
    report_pool_failure("closing a connection failed", std::current_exception());
  }
  if (transaction_ != nullptr) transaction_->connection = nullptr;
  for (auto state = nested_; state != nullptr; state = state->previous)
    state->connection = nullptr;
}

void Connection::close() {
  bool was_reset = false;
  if (transaction_ != nullptr) {
    const std::shared_ptr<State> state = transaction_;
    close_root(*state);
    was_reset = true;
  }
  if (connection_) {
    PooledConnection closing = std::move(connection_);
    can_reconnect_ = false;
    closing.close(was_reset);
  }
  can_reconnect_ = false;
}

void Connection::invalidate(const std::exception_ptr& exception) {
  if (invalidated()) return;
  if (closed()) throw ResourceClosedError("this connection is closed");
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

PooledConnection& Connection::connection() {
  if (connection_) return connection_;
  try {
    return revalidate();
  } catch (const PendingRollbackError&) {
    throw;
  } catch (const ResourceClosedError&) {
    throw;
  } catch (...) {
    handle_exception(std::current_exception(), nullptr, nullptr, nullptr, nullptr);
  }
}

PooledConnection& Connection::revalidate() {
  if (!invalidated()) throw ResourceClosedError("this connection is closed");
  if (transaction_ != nullptr) throw_invalid_transaction();
  connection_ = engine_.shared_pool()->connect();
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

Connection& Connection::execution_options(const ExecutionOptions& options) {
  for (const auto& [name, value] : options) options_.insert_or_assign(name, value);
  emit<ConnectionEvents::set_connection_execution_options>(*this, options);
  return *this;
}

// -- transactions -----------------------------------------------------------------------

bool Connection::in_transaction() const noexcept {
  return transaction_ != nullptr && transaction_->is_active;
}

bool Connection::in_nested_transaction() const noexcept {
  return nested_ != nullptr && nested_->is_active;
}

void Connection::begin_transaction() {
  auto state =
      std::make_shared<State>(State{.connection = this, .kind = State::Kind::root});
  begin_impl();
  transaction_ = std::move(state);
  transaction_->is_active = true;
}

Transaction Connection::begin() {
  if (is_in_begin_) return {};
  if (transaction_ != nullptr) {
    throw InvalidRequestError(
        "this connection is in a transaction already: commit or roll back first, or call "
        "begin_nested for a savepoint");
  }
  begin_transaction();
  return Transaction(transaction_);
}

Transaction Connection::begin_nested() {
  if (transaction_ == nullptr && !is_in_begin_) begin_transaction();
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
  nested_ = std::make_shared<State>(State{.connection = this,
                                          .kind = State::Kind::nested,
                                          .is_active = true,
                                          .savepoint = std::move(name),
                                          .previous = nested_});
  return Transaction(nested_);
}

void Connection::commit() {
  if (const std::shared_ptr<State> state = transaction_) commit_root(*state);
}

void Connection::rollback() {
  if (const std::shared_ptr<State> state = transaction_) close_root(*state);
}

void Connection::begin_impl() {
  // Differs: also a listener that throws leaves no half-begun state.
  struct InBegin {
    bool& flag;
    explicit InBegin(bool& of) : flag(of) { flag = true; }
    InBegin(const InBegin&) = delete;
    InBegin& operator=(const InBegin&) = delete;
    ~InBegin() { flag = false; }
  };
  const InBegin in_begin(is_in_begin_);
  announced<ConnectionEvents::begin_end>([this] {
    emit<ConnectionEvents::begin>(*this);
    try {
      connection()->begin();
    } catch (...) {
      handle_exception(std::current_exception(), nullptr, nullptr, nullptr, nullptr);
    }
  });
}

void Connection::rollback_impl() {
  announced<ConnectionEvents::rollback_end>([this] {
    emit<ConnectionEvents::rollback>(*this);
    if (!is_valid()) return;
    try {
      connection_->rollback();
    } catch (...) {
      handle_exception(std::current_exception(), nullptr, nullptr, nullptr, nullptr);
    }
  });
}

void Connection::commit_impl() {
  announced<ConnectionEvents::commit_end>([this] {
    emit<ConnectionEvents::commit>(*this);
    try {
      connection()->commit();
    } catch (...) {
      handle_exception(std::current_exception(), nullptr, nullptr, nullptr, nullptr);
    }
  });
}

void Connection::autorollback() {
  if (!in_transaction()) rollback_impl();
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, RootTransaction._close_impl.
void Connection::close_root(State& state) {
  std::exception_ptr failure;
  try {
    if (state.is_active) rollback_impl();
    cancel_nested();
  } catch (...) {
    failure = std::current_exception();
  }
  state.is_active = false;
  if (transaction_.get() == &state) {
    state.connection = nullptr;
    transaction_.reset();
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, RootTransaction._do_commit.
void Connection::commit_root(State& state) {
  if (!state.is_active) {
    if (transaction_.get() == &state) throw_invalid_transaction();
    throw InvalidRequestError("this transaction is inactive");
  }
  std::exception_ptr failure;
  try {
    commit_impl();
  } catch (...) {
    failure = std::current_exception();
  }
  cancel_nested();
  state.is_active = false;
  if (failure != nullptr) std::rethrow_exception(failure);
  state.connection = nullptr;
  transaction_.reset();
}

/// All savepoints end with the transaction around them.
void Connection::cancel_nested() noexcept {
  while (nested_ != nullptr) {
    nested_->is_active = false;
    nested_->connection = nullptr;
    nested_ = nested_->previous;
  }
}

void Connection::leave_nested(State& state) noexcept {
  if (nested_.get() != &state) return;
  state.connection = nullptr;
  nested_ = state.previous;
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, NestedTransaction._close_impl.
void Connection::close_nested(State& state) {
  std::exception_ptr failure;
  try {
    if (state.is_active && transaction_ != nullptr && transaction_->is_active) {
      announced<ConnectionEvents::rollback_savepoint_end>(
          [&] {
            emit<ConnectionEvents::rollback_savepoint>(*this, state.savepoint);
            if (is_valid()) {
              execute(std::make_shared<const SavepointClause>(
                  SavepointClause::Kind::rollback_to, state.savepoint));
            }
          },
          state.savepoint);
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
  try {
    announced<ConnectionEvents::release_savepoint_end>(
        [&] {
          emit<ConnectionEvents::release_savepoint>(*this, state.savepoint);
          if (is_valid()) {
            execute(std::make_shared<const SavepointClause>(
                SavepointClause::Kind::release, state.savepoint));
          }
        },
        state.savepoint);
  } catch (...) {
    state.is_active = false;
    throw;
  }
  state.is_active = false;
  leave_nested(state);
}

// -- execution --------------------------------------------------------------------------

/// What is executed, before there is a cursor.
struct Connection::Prepared {
  const ExecutionOptions& options;
  const std::string& sql;
  /// Makes the parameters; throws where a value is missing.
  const std::function<dbapi::Parameters()>& parameters;
};

Result Connection::execute(Clause clause, ParameterSet parameters) {
  ParameterSets sets;
  if (!parameters.empty()) sets.push_back(std::move(parameters));
  return execute_clause(std::move(clause), std::move(sets));
}

Result Connection::execute(Clause clause, ParameterSets parameters) {
  return execute_clause(std::move(clause), std::move(parameters));
}

Result Connection::execute(std::string_view sql, ParameterSet parameters) {
  return execute(hark::text(std::string(sql)), std::move(parameters));
}

Result Connection::execute_clause(Clause clause, ParameterSets sets) {
  return announced<ConnectionEvents::execute_end>(
      [&] { return execute_announced(clause, std::move(sets)); }, clause);
}

Result Connection::execute_announced(Clause& clause, ParameterSets sets) {
  const ExecutionOptions options = options_;
  ParameterSets multiparams;
  ParameterSet params;
  const bool has_listeners_before = has_listeners<ConnectionEvents::before_execute>();
  if (sets.size() == 1) {
    params = std::move(sets.front());
  } else {
    multiparams = std::move(sets);
  }
  if (has_listeners_before) {
    emit<ConnectionEvents::before_execute>(*this, clause, multiparams, params, options);
    if (!multiparams.empty() && !params.empty()) {
      throw InvalidRequestError(
          "a listener of before_execute can't return multiparams and params at once");
    }
  }
  const Compiled compiled = clause->compile(engine_.dialect());
  const auto row_of = [&](const ParameterSet& set) {
    dbapi::Row row;
    row.reserve(compiled.names.size());
    for (const std::string& name : compiled.names) {
      const dbapi::Value* value = set.find(name);
      if (value == nullptr) {
        throw InvalidRequestError("a value is required for the parameter '" + name + "'");
      }
      row.push_back(*value);
    }
    return row;
  };
  const std::function<dbapi::Parameters()> parameters = [&] {
    if (multiparams.size() > 1) {
      std::vector<dbapi::Row> rows;
      rows.reserve(multiparams.size());
      for (const ParameterSet& set : multiparams) rows.push_back(row_of(set));
      return dbapi::Parameters::many(std::move(rows));
    }
    return dbapi::Parameters(row_of(multiparams.empty() ? params : multiparams.front()));
  };
  Result result = execute_prepared({options, compiled.sql, parameters});
  emit<ConnectionEvents::after_execute>(
      *this, clause, multiparams, params, options, result);
  return result;
}

Result Connection::exec_driver_sql(std::string_view sql, dbapi::Parameters parameters) {
  const ExecutionOptions options = options_;
  const std::string statement(sql);
  const std::function<dbapi::Parameters()> given = [&] { return parameters; };
  return execute_prepared({options, statement, given});
}

/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Connection._execute_context.
Result Connection::execute_prepared(const Prepared& prepared) {
  ExecutionContext context(*this, prepared.options);
  try {
    if (!connection_) revalidate();
    context.statement_ = prepared.sql;
    context.parameters_ = prepared.parameters();
    context.cursor_ = connection_->cursor();
  } catch (const PendingRollbackError&) {
    throw;
  } catch (const ResourceClosedError&) {
    throw;
  } catch (...) {
    handle_exception(std::current_exception(), &prepared.sql, nullptr, nullptr, nullptr);
  }
  if ((transaction_ != nullptr && !transaction_->is_active) ||
      (nested_ != nullptr && !nested_->is_active)) {
    throw_invalid_transaction();
  }
  if (transaction_ == nullptr && !is_in_begin_) begin_transaction();

  return announced<ConnectionEvents::cursor_execute_end>(
      [&] { return execute_context(context); }, context);
}

Result Connection::execute_context(ExecutionContext& context) {
  std::string statement = context.statement_;
  dbapi::Parameters parameters = context.parameters_;
  dbapi::Cursor& cursor = context.cursor();
  emit<ConnectionEvents::before_cursor_execute>(
      *this, cursor, statement, parameters, context, context.executemany());
  try {
    if (!call_driver(context, statement, parameters)) {
      std::vector<dbapi::ValueView> values;
      std::vector<dbapi::ParameterRow> rows;
      std::size_t count = 0;
      for (const dbapi::Row& row : parameters.rows()) count += row.size();
      values.reserve(count);
      rows.reserve(parameters.rows().size());
      for (const dbapi::Row& row : parameters.rows()) {
        const std::size_t start = values.size();
        for (const dbapi::Value& value : row) values.push_back(value.view());
        rows.emplace_back(values.data() + start, row.size());
      }
      if (parameters.is_many()) {
        cursor.executemany(statement, rows);
      } else {
        cursor.execute(statement, rows.front());
      }
    }
    emit<ConnectionEvents::after_cursor_execute>(
        *this, cursor, statement, parameters, context, context.executemany());
    return {*this, std::move(context.cursor_)};
  } catch (...) {
    handle_exception(
        std::current_exception(), &statement, &parameters, &cursor, &context);
  }
}

/// Do listeners of the dialect do it instead of the driver?
bool Connection::call_driver(ExecutionContext& context,
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
void Connection::handle_exception(const std::exception_ptr& error,
                                  const std::string* statement,
                                  const dbapi::Parameters* parameters,
                                  dbapi::Cursor* cursor,
                                  ExecutionContext* context) {
  const bool is_of_driver = detail::is_driver_error(error);
  bool is_disconnect = false;
  if (is_of_driver && !closed()) {
    try {
      std::rethrow_exception(error);
    } catch (const dbapi::Error& failure) {
      is_disconnect = engine_.dialect().is_disconnect(failure);
    }
  }
  const bool is_wrapped = is_of_driver || (statement != nullptr && context == nullptr);
  detail::Failing failing{.statement = statement,
                          .parameters = engine_.hides_parameters() ? nullptr : parameters,
                          .is_disconnect = is_disconnect};
  if (is_handling_error_) std::rethrow_exception(detail::wrap(error, failing));

  struct Handling {
    bool& flag;
    explicit Handling(bool& of) : flag(of) { flag = true; }
    Handling(const Handling&) = delete;
    Handling& operator=(const Handling&) = delete;
    ~Handling() { flag = false; }
  };
  std::exception_ptr raised = is_wrapped ? detail::wrap(error, failing) : error;
  bool invalidates_pool = true;
  try {
    const Handling handling(is_handling_error_);
    if (has_listeners<ConnectionEvents::handle_error>() &&
        !is_set(options_, "skip_user_error_events")) {
      ExceptionContext told;
      told.engine = &engine_;
      told.connection = this;
      told.cursor = cursor;
      told.statement = statement;
      told.parameters = parameters;
      told.execution_context = context;
      told.original_exception = error;
      told.sqlalchemy_exception = is_wrapped ? raised : nullptr;
      told.is_disconnect = is_disconnect;
      std::exception_ptr replaced;
      try {
        emit<ConnectionEvents::handle_error>(told);
        replaced = told.chained_exception;
      } catch (...) {
        replaced = std::current_exception();
      }
      if (told.is_disconnect != is_disconnect) {
        is_disconnect = failing.is_disconnect = told.is_disconnect;
        if (is_wrapped) raised = detail::wrap(error, failing);
      }
      invalidates_pool = told.invalidate_pool_on_disconnect;
      if (replaced != nullptr) raised = replaced;
    }
    if (cursor != nullptr) cursor->close();
    if (context != nullptr) context->cursor_.reset();
    if (!is_disconnect) autorollback();
  } catch (...) {
    raised = std::current_exception();
  }
  if (is_disconnect && !invalidated()) {
    if (invalidates_pool && connection_)
      engine_.shared_pool()->invalidate_all(connection_.fairy());
    if (!closed()) invalidate(error);
  }
  std::rethrow_exception(raised);
}

}  // namespace hark
