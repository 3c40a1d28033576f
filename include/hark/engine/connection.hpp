// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/clause.hpp>
#include <hark/engine/connection_events.hpp>
#include <hark/engine/exception_context.hpp>
#include <hark/engine/execution_context.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/engine/result.hpp>
#include <hark/engine/transaction.hpp>
#include <hark/event/target.hpp>
#include <hark/pool/connection_fairy.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace hark {

/// A checked-out database connection with its transaction.
///
/// Commit as you go: the first statement begins a transaction, commit() and rollback()
/// end it, close() and the destructor roll back what is left.
///
/// Thread safety: one thread at a time.
/// Lifetime: its Engine outlives it; it outlives its Results.
/// Source: SQLAlchemy lib/sqlalchemy/future/engine.py, Connection.
class Connection : public event::Target<Connection, ConnectionEvents> {
 public:
  explicit Connection(Engine& engine);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Executes a clause.
  ///
  /// Throws: StatementError for parameters that do not fit; the wrapped error of the
  /// driver; what a listener throws.
  Result execute(Clause clause, ParameterSet parameters = {});
  Result execute(Clause clause, ParameterSets parameters);
  Result execute(std::string_view sql, ParameterSet parameters = {});

  /// Executes SQL as the driver takes it; before_execute and after_execute are not fired.
  Result exec_driver_sql(std::string_view sql, dbapi::Parameters parameters = {});

  /// Begins a transaction.
  ///
  /// Throws: InvalidRequestError when there is one.
  Transaction begin();
  /// Sets a savepoint, in a transaction that is begun if need be.
  Transaction begin_nested();
  void commit();
  void rollback();
  bool in_transaction() const noexcept;
  bool in_nested_transaction() const noexcept;

  Connection& execution_options(const ExecutionOptions& options);
  const ExecutionOptions& get_execution_options() const noexcept { return options_; }

  /// Drops the DBAPI connection; the next statement gets another one.
  void invalidate(const std::exception_ptr& exception = nullptr);
  void detach();
  /// Rolls back and gives the DBAPI connection back. Again: no effect.
  void close();
  bool closed() const noexcept { return !connection_ && !can_reconnect_; }
  bool invalidated() const noexcept { return !connection_ && can_reconnect_; }

  /// The DBAPI connection; another one when the last was invalidated.
  PooledConnection& connection();
  Engine& engine() const noexcept { return engine_; }

  /// Unique in the process, growing.
  std::uint64_t id() const noexcept { return id_; }

 private:
  friend class Result;
  friend class Transaction;
  using State = detail::TransactionState;
  struct Prepared;

  /// Does `act`; tells the listeners of End how it ended, with `arguments` in front.
  template <class End, class Act, class... Args>
  auto announced(Act&& act, Args&... arguments) -> decltype(act());

  PooledConnection& revalidate();
  [[noreturn]] void throw_invalid_transaction() const;
  Result execute_clause(Clause clause, ParameterSets sets);
  Result execute_announced(Clause& clause, ParameterSets sets);
  Result execute_prepared(const Prepared& prepared);
  Result execute_context(ExecutionContext& context);
  bool call_driver(ExecutionContext& context,
                   const std::string& statement,
                   const dbapi::Parameters& parameters);

  [[noreturn]] void handle_exception(const std::exception_ptr& error,
                                     const std::string* statement,
                                     const dbapi::Parameters* parameters,
                                     dbapi::Cursor* cursor,
                                     ExecutionContext* context);
  void autorollback();

  void begin_transaction();
  void begin_impl();
  void rollback_impl();
  void commit_impl();
  void close_root(State& state);
  void commit_root(State& state);
  void close_nested(State& state);
  void commit_nested(State& state);
  void cancel_nested() noexcept;
  void leave_nested(State& state) noexcept;
  bool is_valid() const noexcept { return connection_.is_valid(); }

  Engine& engine_;
  const std::uint64_t id_;
  PooledConnection connection_;
  ExecutionOptions options_;
  std::shared_ptr<State> transaction_;
  std::shared_ptr<State> nested_;
  unsigned savepoints_ = 0;
  bool can_reconnect_ = true;
  bool is_in_begin_ = false;
  bool is_handling_error_ = false;
};

}  // namespace hark
