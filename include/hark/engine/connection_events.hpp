// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/ending.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/detail/flow.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/event/events.hpp>
#include <hark/event/signal.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace hark {

/// What happens on Connections: statements, transactions, errors.
///
/// For every event: it runs on the connection's thread, no lock of hark's is held, and
/// the references are valid during the call. Those of transactions announce: they come
/// before the driver is called. What a listener throws reaches the caller as it is, and
/// what was announced is not done.
/// Source: SQLAlchemy lib/sqlalchemy/engine/events.py, ConnectionEvents.
struct ConnectionEvents : event::Events<ConnectionEvents> {
  static constexpr bool joinable = true;

  /// A clause is about to be executed.
  ///
  /// When:     before it is compiled; not for exec_driver_sql. A single set of parameters
  ///           is `params`, several are `multiparams`.
  /// Throwing: the exception reaches the caller, handle_error is not asked, and nothing
  ///           is executed.
  /// Returns:  with event::retval a std::tuple of clause, multiparams and params.
  /// Source:   ConnectionEvents.before_execute.
  struct before_execute : event::chain<"before_execute",
                                       void(Connection& conn,
                                            event::answer<Clause> clauseelement,
                                            event::answer<ParameterSets> multiparams,
                                            event::answer<ParameterSet> params,
                                            const ExecutionOptions& execution_options)> {
  };

  /// The same clause has been executed.
  ///
  /// When:     after all else; with the clause and parameters that before_execute left.
  ///           Not where it failed.
  /// Throwing: the exception reaches the caller, handle_error is not asked; the statement
  ///           is done, and its result is lost.
  /// Source:   ConnectionEvents.after_execute.
  struct after_execute : event::signal<"after_execute",
                                       void(Connection& conn,
                                            const Clause& clauseelement,
                                            const ParameterSets& multiparams,
                                            const ParameterSet& params,
                                            const ExecutionOptions& execution_options,
                                            Result& result)> {};

  /// A statement is about to go to the driver.
  ///
  /// When:     after the transaction has begun, for every statement, savepoints'
  ///           included.
  /// Throwing: the exception reaches the caller, handle_error is not asked, and nothing
  ///           is executed.
  /// Returns:  with event::retval a std::tuple of statement and parameters.
  /// Source:   ConnectionEvents.before_cursor_execute.
  struct before_cursor_execute
      : event::chain<"before_cursor_execute",
                     void(Connection& conn,
                          dbapi::Cursor& cursor,
                          event::answer<std::string> statement,
                          event::answer<dbapi::Parameters> parameters,
                          ExecutionContext& context,
                          bool executemany)> {
    using Answer = std::tuple<std::string, dbapi::Parameters>;
    template <class Given>
    requires std::constructible_from<Answer, Given>
    static void replace(Given&& answer,
                        Connection& /*conn*/,
                        dbapi::Cursor& /*cursor*/,
                        std::string& statement,
                        dbapi::Parameters& parameters,
                        ExecutionContext& context,
                        bool /*executemany*/) {
      std::tie(statement, parameters) = Answer(std::forward<Given>(answer));
      note_replaced(context);
    }

   private:
    static void note_replaced(ExecutionContext& context) noexcept;
  };

  /// The driver has executed a statement.
  ///
  /// When:     right after it, before a row is fetched by the caller. Not where it
  ///           failed.
  /// Throwing: handle_error is asked, and the cursor is closed.
  /// Source:   ConnectionEvents.after_cursor_execute.
  struct after_cursor_execute : event::signal<"after_cursor_execute",
                                              void(Connection& conn,
                                                   dbapi::Cursor& cursor,
                                                   const std::string& statement,
                                                   const dbapi::Parameters& parameters,
                                                   ExecutionContext& context,
                                                   bool executemany)> {};

  /// An exception passes through: of the driver, or of a listener of the statement.
  ///
  /// When:     before it reaches the caller, from statements, transactions, fetching and
  ///           connecting; not with the execution option skip_user_error_events.
  /// Throwing: what is thrown takes the exception's place, and no further listener is
  ///           asked.
  /// Returns:  with event::retval the exception to throw instead, or null.
  /// Source:   ConnectionEvents.handle_error, engine/base.py
  ///           Connection._handle_dbapi_exception.
  struct handle_error
      : event::chain<"handle_error", void(ExceptionContext& exception_context)> {
    static void replace(const std::exception_ptr& answer,
                        ExceptionContext& exception_context);
  };

  /// The driver has failed to execute a statement.
  ///
  /// When:     before handle_error, with the driver's own error.
  /// Throwing: what is thrown takes the exception's place, and handle_error is not asked.
  /// Source:   ConnectionEvents.dbapi_error, until SQLAlchemy 1.3.
  struct dbapi_error : event::signal<"dbapi_error",
                                     void(Connection& conn,
                                          dbapi::Cursor& cursor,
                                          const std::string& statement,
                                          const dbapi::Parameters& parameters,
                                          ExecutionContext& context,
                                          const std::exception_ptr& exception)> {
    static constexpr std::string_view deprecated =
        "listen to handle_error, which can also replace the exception";
  };

  /// A Connection was made.
  ///
  /// When:     after the checkout; not when it gets another DBAPI connection. `branch` is
  ///           false.
  /// Throwing: the exception reaches the caller of Engine::connect(), and the DBAPI
  ///           connection goes back to the pool.
  /// Source:   ConnectionEvents.engine_connect.
  struct engine_connect
      : event::signal<"engine_connect", void(Connection& conn, bool branch)> {};

  /// A Connection got execution options.
  ///
  /// When:     when it has them. `opts` are the new ones.
  /// Throwing: the exception reaches the caller; the options stay.
  /// Source:   ConnectionEvents.set_connection_execution_options.
  struct set_connection_execution_options
      : event::signal<"set_connection_execution_options",
                      void(Connection& conn, const ExecutionOptions& opts)> {};

  /// An Engine got execution options.
  ///
  /// When:     when it has them. `opts` are the new ones.
  /// Throwing: the exception reaches the caller; the options stay.
  /// Source:   ConnectionEvents.set_engine_execution_options.
  struct set_engine_execution_options
      : event::signal<"set_engine_execution_options",
                      void(Engine& engine, const ExecutionOptions& opts)> {};

  /// An Engine has a new pool.
  ///
  /// When:     after the old one was disposed of, and the new one is in its place.
  /// Throwing: the exception reaches the caller of dispose(); the pool is replaced.
  /// Source:   ConnectionEvents.engine_disposed.
  struct engine_disposed : event::signal<"engine_disposed", void(Engine& engine)> {};

  /// A Connection is about to check a DBAPI connection out of the pool.
  ///
  /// When:     before all else, as it is made, and after an invalidation, when it needs
  ///           another one. Only id() and engine() of `conn` are usable.
  /// Throwing: the exception reaches the caller of Engine::connect(), and nothing is
  ///           checked out. After an invalidation it passes handle_error, as what the
  ///           pool's listeners throw, and the Connection stays invalidated.
  /// Differs:  SQLAlchemy has none.
  struct acquire : event::signal<"acquire", void(Connection& conn)> {};

  /// A transaction is about to begin.
  ///
  /// When:     at begin(), or at the first statement; before the driver is called. Not
  ///           for begin_twophase.
  /// Throwing: the exception reaches the caller, and nothing has begun.
  /// Source:   ConnectionEvents.begin.
  /// Differs:  a listener that throws leaves no half-begun state.
  struct begin : event::signal<"begin", void(Connection& conn)> {};

  /// A transaction is about to be rolled back.
  ///
  /// When:     before the driver is called; also where the connection is gone already.
  ///           Not for what the pool resets.
  /// Throwing: the exception reaches the caller, and the driver is not called; the
  ///           transaction is over, and the pool rolls it back with the connection's
  ///           return.
  /// Source:   ConnectionEvents.rollback.
  struct rollback : event::signal<"rollback", void(Connection& conn)> {};

  /// A transaction is about to be committed.
  ///
  /// When:     before the driver is called.
  /// Throwing: the exception reaches the caller, and the driver is not called; rollback()
  ///           must come next.
  /// Source:   ConnectionEvents.commit.
  struct commit : event::signal<"commit", void(Connection& conn)> {};

  /// A savepoint is about to be set.
  ///
  /// When:     before its statement, which has events of its own.
  /// Throwing: the exception reaches the caller, and the savepoint is not set.
  /// Source:   ConnectionEvents.savepoint.
  /// Differs:  the name is told; SQLAlchemy's is always None.
  struct savepoint
      : event::signal<"savepoint", void(Connection& conn, const std::string& name)> {};

  /// A savepoint is about to be rolled back to.
  ///
  /// When:     before its statement; not when the transaction around it ends.
  /// Throwing: the exception reaches the caller, and the statement is not sent; the
  ///           savepoint is over.
  /// Source:   ConnectionEvents.rollback_savepoint.
  struct rollback_savepoint
      : event::signal<"rollback_savepoint",
                      void(Connection& conn, const std::string& name)> {};

  /// A savepoint is about to be released.
  ///
  /// When:     before its statement; not when the transaction around it ends.
  /// Throwing: the exception reaches the caller, and the statement is not sent; the
  ///           savepoint is over.
  /// Source:   ConnectionEvents.release_savepoint.
  struct release_savepoint
      : event::signal<"release_savepoint",
                      void(Connection& conn, const std::string& name)> {};

  /// A transaction in two phases is about to begin.
  ///
  /// When:     before the driver is called; instead of begin.
  /// Throwing: the exception reaches the caller, and nothing has begun.
  /// Source:   ConnectionEvents.begin_twophase.
  /// Differs:  a listener that throws leaves no half-begun state.
  struct begin_twophase
      : event::signal<"begin_twophase", void(Connection& conn, const std::string& xid)> {
  };

  /// The first phase of such a transaction is about to be made.
  ///
  /// When:     at prepare(), before the driver is called.
  /// Throwing: the exception reaches the caller, and the driver is not called; the
  ///           transaction goes on, and is not prepared.
  /// Source:   ConnectionEvents.prepare_twophase.
  struct prepare_twophase
      : event::signal<"prepare_twophase",
                      void(Connection& conn, const std::string& xid)> {};

  /// A transaction in two phases is about to be rolled back.
  ///
  /// When:     before the driver is called; instead of rollback. Not for
  ///           rollback_prepared().
  /// Throwing: the exception reaches the caller, and the driver is not called; the
  ///           transaction is over. The pool rolls it back with the connection's return,
  ///           but not what was prepared.
  /// Source:   ConnectionEvents.rollback_twophase.
  /// Differs:  it fails where the connection of a prepared transaction is lost, which the
  ///           database keeps.
  struct rollback_twophase
      : event::signal<"rollback_twophase",
                      void(Connection& conn, const std::string& xid, bool is_prepared)> {
  };

  /// A transaction in two phases is about to be committed.
  ///
  /// When:     before the driver is called; instead of commit. Not for
  ///           commit_prepared().
  /// Throwing: the exception reaches the caller, and the driver is not called; rollback()
  ///           must come next, which leaves what was prepared as it is.
  /// Source:   ConnectionEvents.commit_twophase.
  /// Differs:  it fails where the connection is lost.
  struct commit_twophase
      : event::signal<"commit_twophase",
                      void(Connection& conn, const std::string& xid, bool is_prepared)> {
  };

  // -- ends: one for each announcement --------------------------------------------------
  //
  // When they fire, the work is done or has failed for good, handle_error included.

  /// A Connection's checkout of a DBAPI connection has ended.
  ///
  /// When:     once for each acquire, before engine_connect, also where it failed. After
  ///           an invalidation a failure is told before handle_error is asked.
  /// Throwing: where the work succeeded the exception goes the way of what acquire throws,
  ///           and the DBAPI connection back to the pool; where it failed it is reported.
  /// Differs:  SQLAlchemy has none.
  struct acquire_end
      : event::signal<"acquire_end", void(Connection& conn, const Ending& ending)> {};

  /// A Connection is over.
  ///
  /// When:     last of all, once for each Connection that was to announce acquire: after
  ///           close() or the destructor has given the DBAPI connection back, or when the
  ///           constructor has failed. Only id() and engine() of `conn` are usable.
  /// Throwing: the exception reaches the caller of close(), and is reported elsewhere.
  /// Differs:  SQLAlchemy has none.
  struct connection_closed : event::signal<"connection_closed", void(Connection& conn)> {
  };

  /// The execution of a clause has ended.
  ///
  /// When:     last, once for each before_execute, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct execute_end
      : event::signal<
            "execute_end",
            void(Connection& conn, const Clause& clauseelement, const Ending& ending)> {};

  /// The driver's execution of a statement has ended.
  ///
  /// When:     last, once for each before_cursor_execute, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct cursor_execute_end
      : event::signal<
            "cursor_execute_end",
            void(Connection& conn, ExecutionContext& context, const Ending& ending)> {};

  /// A result that returns rows has ended: the last row was fetched, it was closed, or it
  /// failed.
  ///
  /// When:     once per result that was made while somebody listened. `execution_id` is
  ///           that of its ExecutionContext.
  /// Throwing: the exception is reported where the result is closed or has failed, and
  ///           reaches the caller where the last row was fetched.
  /// Differs:  SQLAlchemy has none.
  struct result_end : event::signal<"result_end",
                                    void(Connection& conn,
                                         std::uint64_t execution_id,
                                         const ResultEnding& ending)> {};

  /// Beginning a transaction has ended.
  ///
  /// When:     last, once for each begin, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct begin_end
      : event::signal<"begin_end", void(Connection& conn, const Ending& ending)> {};

  /// Committing a transaction has ended.
  ///
  /// When:     last, once for each commit, also where it failed. The outcome `unknown`
  ///           means that the connection was lost on the way.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct commit_end
      : event::signal<"commit_end", void(Connection& conn, const Ending& ending)> {};

  /// Rolling a transaction back has ended.
  ///
  /// When:     last, once for each rollback, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct rollback_end
      : event::signal<"rollback_end", void(Connection& conn, const Ending& ending)> {};

  /// Setting a savepoint has ended.
  ///
  /// When:     last, once for each savepoint, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct savepoint_end
      : event::signal<
            "savepoint_end",
            void(Connection& conn, const std::string& name, const Ending& ending)> {};

  /// Rolling back to a savepoint has ended.
  ///
  /// When:     last, once for each rollback_savepoint, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct rollback_savepoint_end
      : event::signal<
            "rollback_savepoint_end",
            void(Connection& conn, const std::string& name, const Ending& ending)> {};

  /// Releasing a savepoint has ended.
  ///
  /// When:     last, once for each release_savepoint, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct release_savepoint_end
      : event::signal<
            "release_savepoint_end",
            void(Connection& conn, const std::string& name, const Ending& ending)> {};

  /// Beginning a transaction in two phases has ended.
  ///
  /// When:     last, once for each begin_twophase, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct begin_twophase_end
      : event::signal<
            "begin_twophase_end",
            void(Connection& conn, const std::string& xid, const Ending& ending)> {};

  /// Preparing a transaction in two phases has ended.
  ///
  /// When:     last, once for each prepare_twophase, also where it failed. The outcome
  ///           `unknown` means that the connection was lost on the way.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct prepare_twophase_end
      : event::signal<
            "prepare_twophase_end",
            void(Connection& conn, const std::string& xid, const Ending& ending)> {};

  /// Rolling a transaction in two phases back has ended.
  ///
  /// When:     last, once for each rollback_twophase, also where it failed.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct rollback_twophase_end : event::signal<"rollback_twophase_end",
                                               void(Connection& conn,
                                                    const std::string& xid,
                                                    bool is_prepared,
                                                    const Ending& ending)> {};

  /// Committing a transaction in two phases has ended.
  ///
  /// When:     last, once for each commit_twophase, also where it failed. The outcome
  ///           `unknown` means that the connection was lost on the way.
  /// Throwing: the exception reaches the caller where the work succeeded, and is reported
  ///           where it failed.
  /// Differs:  SQLAlchemy has none.
  struct commit_twophase_end : event::signal<"commit_twophase_end",
                                             void(Connection& conn,
                                                  const std::string& xid,
                                                  bool is_prepared,
                                                  const Ending& ending)> {};

  using all = event::list<before_execute,
                          after_execute,
                          before_cursor_execute,
                          after_cursor_execute,
                          handle_error,
                          dbapi_error,
                          engine_connect,
                          set_connection_execution_options,
                          set_engine_execution_options,
                          engine_disposed,
                          acquire,
                          begin,
                          rollback,
                          commit,
                          savepoint,
                          rollback_savepoint,
                          release_savepoint,
                          begin_twophase,
                          prepare_twophase,
                          rollback_twophase,
                          commit_twophase,
                          acquire_end,
                          connection_closed,
                          execute_end,
                          cursor_execute_end,
                          result_end,
                          begin_end,
                          commit_end,
                          rollback_end,
                          savepoint_end,
                          rollback_savepoint_end,
                          release_savepoint_end,
                          begin_twophase_end,
                          prepare_twophase_end,
                          rollback_twophase_end,
                          commit_twophase_end>;

  /// Engines of every kind use what is listened to on a class.
  template <class C>
  static bool awaits_on(const event::every_t<C>& /*every*/) noexcept {
    return detail::fibers_are_served();
  }
};

}  // namespace hark
