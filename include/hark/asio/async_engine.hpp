// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/async_connection.hpp>
#include <hark/asio/detail/engine_state.hpp>
#include <hark/asio/detail/statements.hpp>
#include <hark/asio/fwd.hpp>
#include <hark/asio/read.hpp>
#include <hark/engine/engine.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hark {

/// An Engine whose operations suspend instead of blocking: no thread per connection.
///
///     boost::asio::io_context io;
///     hark::AsyncEngine engine(io.get_executor(), "postgresql:///music");
///     hark::AsyncConnection connection = co_await engine.async_connect(asio::use_awaitable);
///
/// Every event fires as it does in the synchronous engine, in the same order, on the
/// connection's strand; a listener may return a boost::asio::awaitable, which is awaited before
/// the operation goes on. Listen on it as on an Engine: `event::listen(engine, "checkout",
/// …)`.
///
/// The operations run hark's synchronous code on fibers, which suspend where the database, the
/// pool or a listener lets them wait: sockets of PostgreSQL and MariaDB by the executor's
/// context, everything else, such as SQLite, on threads that may block.
///
/// Completion: every `async_` function takes a completion token of Boost.Asio
/// (use_awaitable, use_future, deferred, a callback). The handler is called once, through its
/// associated executor, or else on the connection's strand; never within the function that
/// began the operation. Its first argument is null, or what the synchronous function throws.
/// Cancellation: every type (terminal, partial, total) ends what is under way on the server,
/// too: the statement fails with Error::is_cancelled(), its ends say Outcome::cancelled, and
/// what is left of a transaction can be rolled back. Where the server does not answer within
/// AsyncEngineOptions::cancel_timeout the DBAPI connection is given up. An operation that
/// waits for its turn, or for a connection of the pool, ends at once. A wait that nobody can
/// end, such as for a name server, takes its time, and the next one is ended instead.
/// cancel_after() is a deadline.
/// Thread safety: shared objects safe.
/// Lifetime: its executor's context outlives it; it may be destroyed while its connections
/// live. A context that is destroyed drops what is under way: no handler is called, the DBAPI
/// connections are closed, and threads that do work for it are waited for.
/// Source: SQLAlchemy lib/sqlalchemy/ext/asyncio/engine.py, AsyncEngine.
class AsyncEngine {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// Throws: as create_engine(); ArgumentError where poolclass is singleton_thread, for
  /// fibers have no thread. Empty `poolclass`: QueuePool, and StaticPool for SQLite in
  /// memory.
  AsyncEngine(executor_type executor,
              std::string_view url,
              const AsyncEngineOptions& options = {},
              EngineOptions engine_options = {});

  /// Shares `engine` and its pool with who uses it synchronously.
  ///
  /// Throws: ArgumentError for a pool per thread.
  /// Lifetime: `engine` outlives it, its connections, and what they have under way.
  AsyncEngine(executor_type executor,
              Engine& engine,
              const AsyncEngineOptions& options = {});

  AsyncEngine(const AsyncEngine&) = delete;
  AsyncEngine& operator=(const AsyncEngine&) = delete;
  ~AsyncEngine();

  const executor_type& get_executor() const noexcept { return state_->executor(); }

  /// The Engine within. What blocks in it blocks the calling thread.
  Engine& sync_engine() const noexcept { return state_->engine(); }
  Pool& pool() const noexcept { return sync_engine().pool(); }
  Dialect& dialect() const noexcept { return sync_engine().dialect(); }
  const URL& url() const noexcept { return sync_engine().url(); }

  /// What listening on it means: the Engine within, its Pool and its Dialect.
  Engine& event_target() const noexcept { return sync_engine(); }

  /// Checks a connection out of the pool. Who finds none waits without a thread, in the order
  /// of coming among all who wait, synchronous or not, for as long as PoolOptions::timeout.
  ///
  /// Completion: void(std::exception_ptr, AsyncConnection): TimeoutError; as
  /// Engine::connect().
  template <class Token>
  auto async_connect(Token&& token) {
    return detail::async_start<AsyncConnection>(
        state_, detail::OpenConnection(), std::forward<Token>(token));
  }

  /// Executes one statement in a transaction of its own, on whatever connection of the pool,
  /// and makes `read(Result&)` of what it returns, such as `read::one<Track>` (read.hpp).
  ///
  ///     Track track = co_await engine.async_execute(
  ///         by_id, hark::parameters("id", 7), hark::read::one<Track>, asio::use_awaitable);
  ///
  /// It is committed when the operation completes. Single statements have no order among
  /// themselves. `read` is called once, on the strand of the connection that has executed it,
  /// when all rows are there, before the commit; it must not block or execute anything.
  ///
  /// On an engine with isolation_level AUTOCOMMIT, while nobody listens to statements,
  /// transactions, checkouts or checkins, those that find the pool empty share the connections of
  /// others, and PostgreSQL is sent up to 32 of them before the first answer is read
  /// (pipelining). Each is a transaction of its own all the same, and a failure or cancellation
  /// its own. Where the connection is lost, all that were sent fail as disconnects: as ever,
  /// nobody knows whether they were executed. What `read` throws rolls nothing back on such
  /// an engine.
  ///
  /// Completion: void(std::exception_ptr, R) with what `read` returns, an R that is default
  /// constructible and does not refer to the result; void(std::exception_ptr) where it returns
  /// nothing.
  template <class Read, class Token>
  requires std::invocable<Read&, Result&>
  auto async_execute(Clause clause, ParameterSet parameters, Read read, Token&& token) {
    using Work = detail::ExecuteAlone<Read>;
    return detail::async_start<typename Work::R>(
        state_->statements(),
        Work(std::move(clause), std::move(parameters), std::move(read)),
        std::forward<Token>(token));
  }
  template <class Read, class Token>
  requires std::invocable<Read&, Result&>
  auto async_execute(Clause clause, Read read, Token&& token) {
    return async_execute(
        std::move(clause), ParameterSet(), std::move(read), std::forward<Token>(token));
  }
  /// SQL as text(sql) takes it.
  template <class Read, class Token>
  requires std::invocable<Read&, Result&>
  auto async_execute(std::string_view sql,
                     ParameterSet parameters,
                     Read read,
                     Token&& token) {
    return async_execute(hark::text(std::string(sql)),
                         std::move(parameters),
                         std::move(read),
                         std::forward<Token>(token));
  }
  template <class Read, class Token>
  requires std::invocable<Read&, Result&>
  auto async_execute(std::string_view sql, Read read, Token&& token) {
    return async_execute(hark::text(std::string(sql)),
                         ParameterSet(),
                         std::move(read),
                         std::forward<Token>(token));
  }

  /// Does `work(Connection&)`, synchronous code that suspends where it would block, with a
  /// connection of its own: `engine.async_run([](Connection& connection) {
  /// metadata.create_all(connection); }, token)`. What it has not committed is rolled back.
  ///
  /// Completion: void(std::exception_ptr, R) with what `work` returns, an R that can be made
  /// of nothing; void(std::exception_ptr) where it returns nothing.
  template <class Work, class Token>
  auto async_run(Work work, Token&& token) {
    using R = std::invoke_result_t<Work&, Connection&>;
    return detail::async_start<R>(state_,
                                  detail::OpenAndClose<Work, R>{std::move(work)},
                                  std::forward<Token>(token));
  }

  /// The same in a transaction, which is committed when `work` returns and rolled back when it
  /// throws.
  template <class Work, class Token>
  auto async_begin(Work work, Token&& token) {
    return async_run(detail::InTransaction<Work>{std::move(work)},
                     std::forward<Token>(token));
  }

  /// Closes the pool's connections and begins anew with an empty pool. Those who wait for a
  /// connection wait until one of the old pool comes back, and then get one of the new pool.
  ///
  /// Completion: void(std::exception_ptr): as Engine::dispose().
  template <class Token>
  auto async_dispose(Token&& token) {
    return detail::async_start<void>(
        state_->make_session(),
        [](detail::AsyncSession& session) { session.engine().engine().dispose(); },
        std::forward<Token>(token));
  }

 private:
  std::shared_ptr<detail::AsyncEngineState> state_;
};

}  // namespace hark
