// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/async_result.hpp>
#include <hark/asio/async_transaction.hpp>
#include <hark/asio/detail/session.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/connection.hpp>
#include <hark/engine/parameter_set.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>
#include <exception>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hark {

/// A Connection whose operations suspend instead of blocking. Operations that are begun while
/// another one is under way wait for their turn.
///
///     hark::AsyncResult result = co_await connection.async_execute(
///         by_id, hark::parameters("id", 7), asio::use_awaitable);
///     Track track = result.one<Track>();
///     co_await connection.async_commit(asio::use_awaitable);
///
/// Its destructor closes it at once where that neither asks the database nor is heard of by a
/// listener, else in the background, when what was begun is done; a transaction that is open
/// is rolled back then. async_close() tells when, and what went wrong.
///
/// Completion, cancellation: as AsyncEngine has them. Throws, by the completion's first
/// argument: what the function of the same name of Connection throws.
/// Thread safety: operations may be begun on any thread, one at a time; observers while none
/// is under way.
/// Lifetime: it may outlive the AsyncEngine, not its executor's context.
/// Source: SQLAlchemy lib/sqlalchemy/ext/asyncio/engine.py, AsyncConnection.
class AsyncConnection {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// None: every function but the destructor and closed() requires another one.
  AsyncConnection() noexcept = default;
  AsyncConnection(AsyncConnection&&) noexcept = default;
  AsyncConnection& operator=(AsyncConnection&& other) noexcept {
    AsyncConnection old(std::move(*this));
    session_ = std::move(other.session_);
    return *this;
  }
  ~AsyncConnection() {
    if (session_ != nullptr) session_->close_in_background();
  }

  /// The strand on which its events fire.
  const executor_type& get_executor() const noexcept { return session_->executor(); }

  // -- statements -------------------------------------------------------------------------

  /// Executes a clause. All rows are there when it completes, unless the execution option
  /// "stream_results" is set.
  ///
  /// Completion: void(std::exception_ptr, AsyncResult).
  template <class Token>
  auto async_execute(Clause clause,
                     std::initializer_list<Parameter> parameters,
                     Token&& token) {
    return execute(std::move(clause),
                   ParameterSet(std::span(parameters.begin(), parameters.size())),
                   std::forward<Token>(token));
  }
  template <class Token>
  auto async_execute(Clause clause, ParameterSet parameters, Token&& token) {
    return execute(std::move(clause), std::move(parameters), std::forward<Token>(token));
  }
  template <class Token>
  auto async_execute(Clause clause, Token&& token) {
    return execute(std::move(clause), ParameterSet(), std::forward<Token>(token));
  }
  /// Once per set (executemany).
  template <class Token>
  auto async_execute(Clause clause, ParameterSets parameters, Token&& token) {
    return execute(std::move(clause), std::move(parameters), std::forward<Token>(token));
  }
  /// SQL as text(sql) takes it, with parameters as above, or none.
  template <class Token>
  auto async_execute(std::string_view sql,
                     std::initializer_list<Parameter> parameters,
                     Token&& token) {
    return async_execute(hark::text(std::string(sql)),
                         ParameterSet(std::span(parameters.begin(), parameters.size())),
                         std::forward<Token>(token));
  }
  template <class Parameters, class Token>
  requires std::same_as<Parameters, ParameterSet> ||
      std::same_as<Parameters, ParameterSets>
  auto async_execute(std::string_view sql, Parameters parameters, Token&& token) {
    return async_execute(
        hark::text(std::string(sql)), std::move(parameters), std::forward<Token>(token));
  }
  template <class Token>
  auto async_execute(std::string_view sql, Token&& token) {
    return async_execute(hark::text(std::string(sql)), std::forward<Token>(token));
  }

  /// Executes a clause whose rows come as they are asked for, by the `async_` functions of
  /// AsyncResult.
  ///
  /// Completion: void(std::exception_ptr, AsyncResult).
  template <class Token>
  auto async_stream(Clause clause, ParameterSet parameters, Token&& token) {
    return async_work<AsyncResult>(
        [clause = std::move(clause),
         parameters = std::move(parameters)](detail::AsyncSession& session) {
          return detail::stream(session, clause, parameters);
        },
        std::forward<Token>(token));
  }
  template <class Token>
  auto async_stream(Clause clause, Token&& token) {
    return async_stream(std::move(clause), ParameterSet(), std::forward<Token>(token));
  }
  template <class Token>
  auto async_stream(std::string_view sql, ParameterSet parameters, Token&& token) {
    return async_stream(
        hark::text(std::string(sql)), std::move(parameters), std::forward<Token>(token));
  }
  template <class Token>
  auto async_stream(std::string_view sql, Token&& token) {
    return async_stream(hark::text(std::string(sql)), std::forward<Token>(token));
  }

  /// Executes SQL as the driver takes it; before_execute and after_execute are not fired.
  ///
  /// Completion: void(std::exception_ptr, AsyncResult).
  template <class Token>
  auto async_exec_driver_sql(std::string sql,
                             dbapi::Parameters parameters,
                             Token&& token) {
    return async_work<AsyncResult>(
        [sql = std::move(sql),
         parameters = std::move(parameters)](detail::AsyncSession& session) {
          return detail::make_result(session, [&] {
            return session.connection().exec_driver_sql(sql, parameters);
          });
        },
        std::forward<Token>(token));
  }
  template <class Token>
  auto async_exec_driver_sql(std::string sql, Token&& token) {
    return async_exec_driver_sql(
        std::move(sql), dbapi::Parameters(), std::forward<Token>(token));
  }

  /// Does `work(Connection&)`: synchronous code, which suspends where it would block.
  ///
  /// Completion: void(std::exception_ptr, R) with what `work` returns, an R that can be made
  /// of nothing; void(std::exception_ptr) where it returns nothing.
  /// Requires: what it returns does not refer to the connection.
  /// Source: SQLAlchemy lib/sqlalchemy/ext/asyncio/engine.py, AsyncConnection.run_sync.
  template <class Work, class Token>
  requires std::invocable<Work&, Connection&>
  auto async_run(Work work, Token&& token) {
    using R = std::invoke_result_t<Work&, Connection&>;
    return async_work<R>(
        [work = std::move(work)](detail::AsyncSession& session) mutable -> R {
          return work(session.connection());
        },
        std::forward<Token>(token));
  }

  // -- transactions -----------------------------------------------------------------------

  /// Begins a transaction. Completion: void(std::exception_ptr, AsyncTransaction).
  template <class Token>
  auto async_begin(Token&& token) {
    return async_work<AsyncTransaction>(
        [](detail::AsyncSession& session) {
          return AsyncTransaction(session, session.connection().begin());
        },
        std::forward<Token>(token));
  }
  /// Sets a savepoint. Completion: void(std::exception_ptr, AsyncTransaction).
  template <class Token>
  auto async_begin_nested(Token&& token) {
    return async_work<AsyncTransaction>(
        [](detail::AsyncSession& session) {
          return AsyncTransaction(session, session.connection().begin_nested());
        },
        std::forward<Token>(token));
  }
  /// Begins a transaction in two phases; its name is made where `xid` is empty.
  ///
  /// Completion: void(std::exception_ptr, AsyncTwoPhaseTransaction).
  template <class Token>
  auto async_begin_twophase(std::string xid, Token&& token) {
    return async_work<AsyncTwoPhaseTransaction>(
        [xid = std::move(xid)](detail::AsyncSession& session) {
          return AsyncTwoPhaseTransaction(session,
                                          session.connection().begin_twophase(xid));
        },
        std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_commit(Token&& token) {
    return async_run([](Connection& connection) { connection.commit(); },
                     std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_rollback(Token&& token) {
    return async_run([](Connection& connection) { connection.rollback(); },
                     std::forward<Token>(token));
  }

  // -- life -------------------------------------------------------------------------------

  /// Rolls back and gives the DBAPI connection back. Again: no effect.
  ///
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_close(Token&& token) {
    return async_work<void>([](detail::AsyncSession& session) { session.close(); },
                            std::forward<Token>(token));
  }
  /// Drops the DBAPI connection; the next statement gets another one.
  ///
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_invalidate(Token&& token) {
    return async_run([](Connection& connection) { connection.invalidate(); },
                     std::forward<Token>(token));
  }

  bool closed() const noexcept {
    const Connection* const connection = present();
    return connection == nullptr || connection->closed();
  }
  bool invalidated() const noexcept {
    const Connection* const connection = present();
    return connection != nullptr && connection->invalidated();
  }
  bool in_transaction() const noexcept {
    const Connection* const connection = present();
    return connection != nullptr && connection->in_transaction();
  }
  bool in_nested_transaction() const noexcept {
    const Connection* const connection = present();
    return connection != nullptr && connection->in_nested_transaction();
  }

  /// The Connection within, for what does not block: to listen on it, its options, its id.
  ///
  /// Requires: no operation is under way.
  /// Throws: ResourceClosedError.
  Connection& sync_connection() const { return session_->connection(); }
  /// What listening on it means. Throws: ResourceClosedError.
  Connection& event_target() const { return sync_connection(); }

 private:
  friend struct detail::OpenConnection;
  explicit AsyncConnection(std::shared_ptr<detail::AsyncSession> session) noexcept
      : session_(std::move(session)) {}

  const Connection* present() const noexcept {
    return session_ == nullptr ? nullptr : session_->connection_if_any();
  }

  template <class R, class Work, class Token>
  auto async_work(Work&& work, Token&& token) {
    return detail::async_start<R>(
        session_, std::forward<Work>(work), std::forward<Token>(token));
  }

  template <class Parameters, class Token>
  auto execute(Clause&& clause, Parameters&& parameters, Token&& token) {
    return async_work<AsyncResult>(
        [clause = std::move(clause), parameters = std::forward<Parameters>(parameters)](
            detail::AsyncSession& session) {
          return detail::make_result(
              session, [&] { return session.connection().execute(clause, parameters); });
        },
        std::forward<Token>(token));
  }

  std::shared_ptr<detail::AsyncSession> session_;
};

}  // namespace hark
