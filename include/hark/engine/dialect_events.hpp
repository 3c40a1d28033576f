// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/detail/flow.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/event/events.hpp>
#include <hark/event/signal.hpp>
#include <hark/pool/fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hark {

/// What a dialect's connect() is called with.
struct ConnectArguments {
  std::string target;          ///< a file's name, or a connection string
  ExecutionOptions options{};  ///< by name
};

/// A parameter's type, as a driver knows it.
struct InputSize {
  std::string name;       ///< of the parameter; empty: it has none
  std::int64_t type = 0;  ///< the driver's number; 0: its own choice
};
using InputSizes = std::vector<InputSize>;  ///< in the order of the placeholders

/// What happens between the core and the driver.
///
/// For every event: it runs on the thread that uses the connection, no lock of hark's is
/// held, and the references are valid during the call. Listening on an Engine means its
/// Dialect, and on the class Engine every Dialect.
/// Source: SQLAlchemy lib/sqlalchemy/engine/events.py, DialectEvents.
struct DialectEvents : event::Events<DialectEvents> {
  /// A DBAPI connection is about to be opened.
  ///
  /// When:     before the driver is called; what is changed in `arguments` counts for
  ///           this call.
  /// Throwing: as if the driver had thrown it.
  /// Returns:  a connection instead of the driver's, or null.
  /// Source:   DialectEvents.do_connect.
  /// Differs:  each call gets fresh arguments.
  struct do_connect : event::first<"do_connect",
                                   std::unique_ptr<dbapi::Connection>(
                                       Dialect& dialect,
                                       ConnectionRecord& connection_record,
                                       ConnectArguments& arguments)> {};

  /// A statement is about to be executed by the driver.
  ///
  /// When:     after before_cursor_execute.
  /// Throwing: as if the driver had thrown it: handle_error is asked, and the cursor is
  ///           closed.
  /// Returns:  true: it has been done, and the driver is not called.
  /// Source:   DialectEvents.do_execute.
  struct do_execute : event::first<"do_execute",
                                   bool(dbapi::Cursor& cursor,
                                        const std::string& statement,
                                        const dbapi::Parameters& parameters,
                                        ExecutionContext& context)> {};

  /// A statement with several rows of parameters is about to be executed by the driver.
  ///
  /// When:     instead of do_execute.
  /// Throwing: as do_execute.
  /// Returns:  true: it has been done, and the driver is not called.
  /// Source:   DialectEvents.do_executemany.
  struct do_executemany : event::first<"do_executemany",
                                       bool(dbapi::Cursor& cursor,
                                            const std::string& statement,
                                            const dbapi::Parameters& parameters,
                                            ExecutionContext& context)> {};

  /// A statement without parameters is about to be executed by the driver.
  ///
  /// When:     instead of do_execute, with the execution option no_parameters.
  /// Throwing: as do_execute.
  /// Returns:  true: it has been done, and the driver is not called.
  /// Source:   DialectEvents.do_execute_no_params.
  struct do_execute_no_params : event::first<"do_execute_no_params",
                                             bool(dbapi::Cursor& cursor,
                                                  const std::string& statement,
                                                  ExecutionContext& context)> {};

  /// A driver is about to be told the types of the parameters.
  ///
  /// When:     before before_cursor_execute, where the dialect can tell it, for one row of
  ///           parameters. What is changed in `inputsizes` counts. Where nobody listens,
  ///           the driver is told none, and chooses by itself.
  /// Throwing: handle_error is not asked, and nothing is executed.
  /// Source:   DialectEvents.do_setinputsizes.
  struct do_setinputsizes : event::signal<"do_setinputsizes",
                                          void(InputSizes& inputsizes,
                                               dbapi::Cursor& cursor,
                                               const std::string& statement,
                                               const dbapi::Parameters& parameters,
                                               ExecutionContext& context)> {};

  using all = event::list<do_connect,
                          do_execute,
                          do_executemany,
                          do_execute_no_params,
                          do_setinputsizes>;

  static Dialect& accept_with(Dialect& dialect) { return dialect; }
  static Dialect& accept_with(Engine& engine);
  using class_targets = event::resolves<event::to<Engine, Dialect>>;

  /// Engines of every kind use what is listened to on a class.
  template <class C>
  static bool awaits_on(const event::every_t<C>& /*every*/) noexcept {
    return detail::fibers_are_served();
  }
};

}  // namespace hark
