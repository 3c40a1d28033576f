// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hark {

namespace detail {
class Bound;
}  // namespace detail

/// One execution of a statement.
///
/// Lifetime: that of the execution; listeners do not keep it.
/// Source: SQLAlchemy lib/sqlalchemy/engine/default.py, DefaultExecutionContext.
class ExecutionContext {
 public:
  ExecutionContext(const ExecutionContext&) = delete;
  ExecutionContext& operator=(const ExecutionContext&) = delete;

  Connection& connection() const noexcept { return connection_; }
  dbapi::Cursor& cursor() const noexcept { return *cursor_; }
  const ExecutionOptions& execution_options() const noexcept {
    return detail::options_of(options_);
  }
  bool executemany() const noexcept;

  /// As compiled; listeners of before_cursor_execute may have replaced it since.
  std::string_view statement() const noexcept { return statement_; }
  const dbapi::Parameters& parameters() const;
  /// Of text(), in the order of the placeholders; empty for exec_driver_sql().
  const std::vector<std::string>& parameter_names() const noexcept;

  /// What goes to the driver: as listeners of before_cursor_execute have left it.
  std::string_view executed_statement() const noexcept { return executed_; }

  /// Unique in the process; given when somebody asks for it first.
  std::uint64_t id() const noexcept;

 private:
  friend class Connection;
  friend struct ConnectionEvents;
  ExecutionContext(Connection& connection,
                   SharedExecutionOptions options,
                   std::string_view statement,
                   detail::Bound& bound,
                   dbapi::CursorPtr cursor);
  ~ExecutionContext() = default;

  Connection& connection_;
  const SharedExecutionOptions options_;
  const std::string_view statement_;
  std::string_view executed_;
  detail::Bound& bound_;
  dbapi::CursorPtr cursor_;
  // Made when they are asked for: most executions have no listeners.
  mutable std::optional<dbapi::Parameters> parameters_;
  mutable std::uint64_t id_ = 0;
  bool is_replaced_ = false;  // by listeners of before_cursor_execute: what is executed
};

}  // namespace hark
