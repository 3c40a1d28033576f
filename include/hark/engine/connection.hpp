// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/clause.hpp>
#include <hark/engine/connection_events.hpp>
#include <hark/engine/exception_context.hpp>
#include <hark/engine/execution_context.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/parameter_rows.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/engine/result.hpp>
#include <hark/engine/transaction.hpp>
#include <hark/event/target.hpp>
#include <hark/pool/connection_fairy.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark {

namespace detail {
class Bound;
class StatementAhead;
class StreamScope;
struct Given;
struct Told;
}  // namespace detail

/// A checked-out database connection with its transaction.
///
/// Commit as you go: the first statement begins a transaction, commit() and rollback()
/// end it, close() and the destructor roll back what is left.
///
/// Thread safety: one thread at a time.
/// Lifetime: its Engine outlives it. Results that outlive it are closed.
/// Source: SQLAlchemy lib/sqlalchemy/future/engine.py, Connection.
class Connection : public event::Target<Connection, ConnectionEvents> {
 public:
  [[gnu::hot]] explicit Connection(Engine& engine);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  [[gnu::hot]] ~Connection();

  /// Executes a clause: `execute(by_id, {{"id", 7}})`.
  ///
  /// Throws: StatementError for parameters that do not fit; the wrapped error of the
  /// driver; what a listener throws.
  [[gnu::hot]] Result execute(const Clause& clause,
                              std::initializer_list<Parameter> parameters = {});
  [[gnu::hot]] Result execute(const Clause& clause, const ParameterSet& parameters);
  /// Once per set (executemany).
  Result execute(const Clause& clause, const ParameterSets& parameters);
  /// The same, once per tuple or plain struct of a range, whose fields are the statement's
  /// parameters in their order: `execute(insert, tracks)`. Nothing is copied.
  template <detail::RecordRange Range>
  Result execute(const Clause& clause, const Range& records) {
    static_assert(!detail::is_map<Range>,
                  "hark: a map is no range of rows; parameters by name are a "
                  "hark::ParameterSet");
    detail::RecordRows<Range> rows(records);
    return execute_rows(clause, rows);
  }
  /// SQL as text(sql) takes it. What is executed often is better made once by text().
  Result execute(std::string_view sql, std::initializer_list<Parameter> parameters = {});
  template <class Parameters>
  requires std::same_as<Parameters, ParameterSet> ||
      std::same_as<Parameters, ParameterSets> || detail::RecordRange<Parameters>
          Result execute(std::string_view sql, const Parameters& parameters) {
    return execute(hark::text(std::string(sql)), parameters);
  }

  /// Executes SQL as the driver takes it; before_execute and after_execute are not fired.
  Result exec_driver_sql(std::string_view sql,
                         std::initializer_list<dbapi::ValueView> parameters = {});
  Result exec_driver_sql(std::string_view sql, const dbapi::Parameters& parameters);

  /// Begins a transaction.
  ///
  /// Throws: InvalidRequestError when there is one.
  Transaction begin();
  /// Sets a savepoint, in a transaction that is begun if need be.
  Transaction begin_nested();
  /// Begins a transaction in two phases; its name is made where none is given.
  ///
  /// Throws: InvalidRequestError when there is one; NotSupportedError where the database
  /// has none in two phases.
  TwoPhaseTransaction begin_twophase(std::string_view xid = {});
  /// The names of those that were prepared, and are neither committed nor rolled back.
  std::vector<std::string> recover_twophase();
  /// Ends one that was prepared; `recover`: by another session, or an earlier one.
  void rollback_prepared(const std::string& xid, bool recover = false);
  void commit_prepared(const std::string& xid, bool recover = false);
  void commit();
  void rollback();
  bool in_transaction() const noexcept;
  bool in_nested_transaction() const noexcept;

  Connection& execution_options(const ExecutionOptions& options);
  const ExecutionOptions& get_execution_options() const noexcept {
    return detail::options_of(options_);
  }

  /// The isolation level that the database says it has now.
  std::string get_isolation_level();
  /// Is it to be AUTOCOMMIT, by the execution options or else by the engine's? Transactions
  /// are announced then too, but the database commits each statement.
  bool is_autocommit() const noexcept;

  /// Drops the DBAPI connection; the next statement gets another one.
  void invalidate(const std::exception_ptr& exception = nullptr);
  void detach();
  /// Rolls back and gives the DBAPI connection back. Again: no effect.
  [[gnu::hot]] void close();
  /// Would close() neither ask the database nor be heard of by a listener?
  bool closes_at_once() const noexcept;
  bool closed() const noexcept { return !connection_ && !can_reconnect_; }
  bool invalidated() const noexcept { return !connection_ && can_reconnect_; }

  /// The DBAPI connection; another one when the last was invalidated.
  PooledConnection& connection() { return connection_ ? connection_ : reconnect(); }
  Engine& engine() const noexcept { return engine_; }

  /// Unique in the process; given when somebody asks for it first.
  std::uint64_t id() const noexcept;

 private:
  friend class Result;
  friend class Transaction;
  friend class TwoPhaseTransaction;
  friend class detail::StreamScope;
  friend class detail::StatementAhead;
  using State = detail::TransactionState;
  using StatePtr = detail::TransactionStatePtr;
  struct Failed;
  struct Opening {};

  Connection(Engine& engine, Opening);
  Engine& join_engine(Engine& engine) noexcept;
  bool hears_life() const noexcept;
  PooledConnection acquire_unheard();
  template <class Checkout>
  [[gnu::noinline]] void announce_acquire(const Checkout& checkout);
  [[gnu::cold]] void announce_closed();
  [[gnu::cold]] void announce_lost() noexcept;

  /// Does `act`; tells the listeners of End how it ended, with `arguments` in front.
  template <class End, class Act, class... Args>
  auto announced(Act&& act, Args&... arguments) -> decltype(act());

  bool is_shareable() const noexcept;
  bool sends_ahead() const noexcept;
  std::uint64_t send_ahead(const Clause& clause, const ParameterSet& parameters);
  Result execute_sent(const Clause& clause,
                      const ParameterSet& parameters,
                      std::uint64_t number);
  PooledConnection& reconnect();
  PooledConnection& revalidate();
  [[noreturn]] void throw_invalid_transaction() const;
  dbapi::Operation operation_of(std::string_view sql, std::uint64_t key = 0) const;
  [[gnu::cold]] bool streams() const noexcept;
  Result execute_rows(const Clause& clause, dbapi::ParameterRows& rows);
  [[gnu::hot]] Result execute_given(const Clause& clause, const detail::Given& given);
  Result execute_announced(const Clause& original, const detail::Given& given);
  ParameterSets sets_of(const detail::Given& given, const ClauseElement& clause) const;
  [[gnu::hot]] Result execute_listening(const Clause& clause, const detail::Given& given);
  template <bool MayBeHeard>
  Result execute_compiled(const Compiled& compiled, const detail::Given& given);
  template <bool MayBeHeard, class Bind>
  [[gnu::hot]] Result execute_bound(const dbapi::Operation& operation, const Bind& bind);
  [[gnu::hot]] Result execute_heard(const dbapi::Operation& operation,
                                    detail::Bound& bound,
                                    dbapi::CursorPtr cursor);
  [[gnu::hot]] Result execute_in(ExecutionContext& context,
                                 const dbapi::Operation& operation,
                                 detail::Told& told);
  bool hears_driver_calls() const noexcept;
  bool tells_input_sizes() const noexcept;
  template <class... More>
  bool hears_statements() const noexcept;
  void set_input_sizes(ExecutionContext& context);
  bool call_dialect(ExecutionContext& context,
                    const std::string& statement,
                    const dbapi::Parameters& parameters);
  Result make_result(ExecutionContext& context);

  [[noreturn]] void fail(ExecutionContext& context);
  [[noreturn]] void handle_exception(const std::exception_ptr& error,
                                     const Failed& failed);
  [[noreturn]] void fetch_failed(const std::exception_ptr& error, dbapi::Cursor& cursor);
  void tell_dbapi_error(const ExceptionContext& told);
  void autorollback();

  StatePtr make_root();
  template <class Special>
  StatePtr make_special(Special special);
  void begin_transaction(StatePtr state);
  template <bool MayBeHeard>
  [[gnu::hot]] void autobegin();
  void begin_impl();
  void rollback_impl();
  void commit_impl();
  [[gnu::noinline]] void announce_begin();
  [[gnu::noinline]] void announce_rollback();
  [[gnu::noinline]] void announce_commit();
  [[gnu::hot]] void begin_in_driver();
  void rollback_in_driver();
  void commit_in_driver();
  template <class About, class End, class Act, class... Args>
  void do_twophase(const Act& act, const std::string& xid, Args... arguments);
  void begin_twophase_impl(const std::string& xid);
  void rollback_twophase_impl(const detail::TwoPhase& state);
  void commit_twophase_impl(const detail::TwoPhase& state);
  template <class Act>
  auto do_on_prepared(const Act& act) -> decltype(act());
  [[gnu::hot]] void close_root(State& state);
  // The same, for those who are called for every statement.
  void close_root_inline(State& state);
  void close_inline();
  [[gnu::cold]] void close_special_root(State& state);
  template <class Rollback>
  void end_root(State& state, const Rollback& rollback);
  void leave_root(State& state) noexcept;
  void undo_failed_commit(const State& state);
  void commit_root(State& state);
  void prepare_root(State& state);
  void close_nested(State& state);
  void commit_nested(State& state);
  [[gnu::cold]] void leave_savepoints() noexcept;
  void cancel_nested() noexcept;
  void leave_nested(State& state) noexcept;
  bool is_valid() const noexcept { return connection_.is_valid(); }

  [[gnu::noinline]] void announce();
  void change_isolation_level();
  void apply_isolation_level();
  void reset_isolation_level() noexcept;
  void close_results() noexcept;

  Engine& engine_;
  PooledConnection connection_;
  SharedExecutionOptions options_;  // null: none
  mutable std::uint64_t id_ = 0;    // 0: nobody has asked yet
  StatePtr transaction_;
  StatePtr nested_;
  /// What transaction_ points to when nobody has called begin(): no handle refers to it.
  State autobegun_{.connection = this, .owners = 1};
  Result* results_ = nullptr;  // that are not destroyed, linked
  unsigned savepoints_ = 0;
  unsigned endings_ = 0;  // of root transactions, under way
  bool can_reconnect_ = true;
  bool is_in_begin_ = false;
  bool is_handling_error_ = false;
  bool has_isolation_level_ = false;
  bool is_acquiring_ = false;
  bool is_announced_ = false;  // its end has to be told
};

inline void Result::link(Connection& connection) noexcept {
  connection_ = &connection;
  link_ = &connection.results_;
  next_ = std::exchange(connection.results_, this);
  if (next_ != nullptr) next_->link_ = &next_;
}

}  // namespace hark
