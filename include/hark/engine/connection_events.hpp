// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/ending.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/event/events.hpp>
#include <hark/event/signal.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace hark {

/// What happens on Connections: statements, transactions, errors.
///
/// For every event: it runs on the connection's thread, no lock of hark's is held, and
/// the references are valid during the call. Those of transactions announce: they come
/// before the driver is called. What a listener throws reaches the caller as it is, and
/// what was announced is not done. Source: SQLAlchemy lib/sqlalchemy/engine/events.py,
/// ConnectionEvents.
struct ConnectionEvents : event::Events<ConnectionEvents> {
  static constexpr bool joinable = true;

  /// A clause is about to be executed.
  ///
  /// When:     before it is compiled; not for exec_driver_sql. A single set of parameters
  /// is
  ///           `params`, several are `multiparams`.
  /// Returns:  with event::retval a std::tuple of clause, multiparams and params.
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
  struct after_execute : event::signal<"after_execute",
                                       void(Connection& conn,
                                            const Clause& clauseelement,
                                            const ParameterSets& multiparams,
                                            const ParameterSet& params,
                                            const ExecutionOptions& execution_options,
                                            Result& result)> {};

  /// A statement is about to go to the driver.
  ///
  /// Throwing: handle_error is not asked.
  /// Returns:  with event::retval a std::tuple of statement and parameters.
  struct before_cursor_execute
      : event::chain<"before_cursor_execute",
                     void(Connection& conn,
                          dbapi::Cursor& cursor,
                          event::answer<std::string> statement,
                          event::answer<dbapi::Parameters> parameters,
                          ExecutionContext& context,
                          bool executemany)> {};

  /// The driver has executed a statement.
  ///
  /// Throwing: handle_error is asked, and the cursor is closed.
  struct after_cursor_execute : event::signal<"after_cursor_execute",
                                              void(Connection& conn,
                                                   dbapi::Cursor& cursor,
                                                   const std::string& statement,
                                                   const dbapi::Parameters& parameters,
                                                   ExecutionContext& context,
                                                   bool executemany)> {};

  /// An exception passes through: of the driver, or of a listener of the statement.
  ///
  /// Throwing: what is thrown takes the exception's place, and no further listener is
  /// asked. Returns:  with event::retval the exception to throw instead, or null.
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
  /// When:     after the checkout. `branch` is false.
  struct engine_connect
      : event::signal<"engine_connect", void(Connection& conn, bool branch)> {};

  /// A Connection got execution options.
  struct set_connection_execution_options
      : event::signal<"set_connection_execution_options",
                      void(Connection& conn, const ExecutionOptions& opts)> {};

  /// An Engine got execution options.
  struct set_engine_execution_options
      : event::signal<"set_engine_execution_options",
                      void(Engine& engine, const ExecutionOptions& opts)> {};

  /// An Engine has a new pool.
  struct engine_disposed : event::signal<"engine_disposed", void(Engine& engine)> {};

  /// A transaction is about to begin.
  struct begin : event::signal<"begin", void(Connection& conn)> {};
  /// A transaction is about to be rolled back; also where the connection is gone already.
  struct rollback : event::signal<"rollback", void(Connection& conn)> {};
  /// A transaction is about to be committed.
  struct commit : event::signal<"commit", void(Connection& conn)> {};

  /// A savepoint is about to be set.
  ///
  /// Differs: the name is told; SQLAlchemy's is always None.
  struct savepoint
      : event::signal<"savepoint", void(Connection& conn, const std::string& name)> {};
  /// A savepoint is about to be rolled back to.
  struct rollback_savepoint
      : event::signal<"rollback_savepoint",
                      void(Connection& conn, const std::string& name)> {};
  /// A savepoint is about to be released.
  struct release_savepoint
      : event::signal<"release_savepoint",
                      void(Connection& conn, const std::string& name)> {};

  /// A transaction in two phases is about to begin.
  struct begin_twophase
      : event::signal<"begin_twophase", void(Connection& conn, const std::string& xid)> {
  };
  /// Its first phase is about to be made.
  struct prepare_twophase
      : event::signal<"prepare_twophase",
                      void(Connection& conn, const std::string& xid)> {};
  /// It is about to be rolled back.
  struct rollback_twophase
      : event::signal<"rollback_twophase",
                      void(Connection& conn, const std::string& xid, bool is_prepared)> {
  };
  /// It is about to be committed.
  struct commit_twophase
      : event::signal<"commit_twophase",
                      void(Connection& conn, const std::string& xid, bool is_prepared)> {
  };

  // -- ends: one for each announcement --------------------------------------------------
  //
  // When they fire, the work is done or has failed for good, handle_error included. What
  // a listener throws reaches the caller where the work succeeded, and is reported where
  // it did not. Differs: SQLAlchemy has none of them.

  /// The execution of a clause has ended.
  struct execute_end
      : event::signal<
            "execute_end",
            void(Connection& conn, const Clause& clauseelement, const Ending& ending)> {};
  /// The driver's execution of a statement has ended.
  struct cursor_execute_end
      : event::signal<
            "cursor_execute_end",
            void(Connection& conn, ExecutionContext& context, const Ending& ending)> {};
  /// A result that returns rows has ended: the last row was fetched, it was closed, or it
  /// failed.
  ///
  /// When:     once per result that was made while somebody listened. `execution_id` is
  ///           that of its ExecutionContext.
  struct result_end : event::signal<"result_end",
                                    void(Connection& conn,
                                         std::uint64_t execution_id,
                                         const ResultEnding& ending)> {};
  /// begin has ended.
  struct begin_end
      : event::signal<"begin_end", void(Connection& conn, const Ending& ending)> {};
  /// commit has ended; `unknown`: the connection was lost, and nobody knows what became
  /// of it.
  struct commit_end
      : event::signal<"commit_end", void(Connection& conn, const Ending& ending)> {};
  /// rollback has ended.
  struct rollback_end
      : event::signal<"rollback_end", void(Connection& conn, const Ending& ending)> {};
  /// savepoint has ended.
  struct savepoint_end
      : event::signal<
            "savepoint_end",
            void(Connection& conn, const std::string& name, const Ending& ending)> {};
  /// rollback_savepoint has ended.
  struct rollback_savepoint_end
      : event::signal<
            "rollback_savepoint_end",
            void(Connection& conn, const std::string& name, const Ending& ending)> {};
  /// release_savepoint has ended.
  struct release_savepoint_end
      : event::signal<
            "release_savepoint_end",
            void(Connection& conn, const std::string& name, const Ending& ending)> {};

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
                          execute_end,
                          cursor_execute_end,
                          result_end,
                          begin_end,
                          commit_end,
                          rollback_end,
                          savepoint_end,
                          rollback_savepoint_end,
                          release_savepoint_end>;
};

}  // namespace hark
