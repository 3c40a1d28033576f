// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>

#include <cstdint>
#include <string>

namespace hark {

/// One execution of a statement.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/default.py, DefaultExecutionContext.
class ExecutionContext {
 public:
  Connection& connection() const noexcept { return connection_; }
  dbapi::Cursor& cursor() const noexcept { return *cursor_; }
  const ExecutionOptions& execution_options() const noexcept { return options_; }
  bool executemany() const noexcept { return parameters_.is_many(); }

  /// As compiled; listeners of before_cursor_execute may have replaced it since.
  const std::string& statement() const noexcept { return statement_; }
  const dbapi::Parameters& parameters() const noexcept { return parameters_; }

  /// Unique in the process, growing.
  std::uint64_t id() const noexcept { return id_; }

 private:
  friend class Connection;
  ExecutionContext(Connection& connection, ExecutionOptions options);

  Connection& connection_;
  const std::uint64_t id_;
  ExecutionOptions options_;
  dbapi::CursorPtr cursor_;
  std::string statement_;
  dbapi::Parameters parameters_;
};

}  // namespace hark
