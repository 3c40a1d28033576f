// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace hark {

/// std::monostate is null.
using OptionValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// Options by name, of an engine, a connection or one statement. Known to hark are
/// `no_parameters` (bool: execute without parameters by do_execute_no_params),
/// `skip_user_error_events` (bool: no handle_error), `stream_results` (bool: rows come as
/// they are fetched, where the driver otherwise takes them all at once) and
/// `isolation_level` (text: "AUTOCOMMIT", "SERIALIZABLE" …, for as long as the connection
/// is checked out); the others are for listeners.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Connection.execution_options.
using ExecutionOptions = std::map<std::string, OptionValue, std::less<>>;

/// Options that no longer change; null: none.
using SharedExecutionOptions = std::shared_ptr<const ExecutionOptions>;

namespace detail {
[[gnu::hot]] const ExecutionOptions& options_of(
    const SharedExecutionOptions& options) noexcept;
}  // namespace detail

/// Is an option there and true?
inline bool is_set(const ExecutionOptions& options, std::string_view name) noexcept {
  const auto found = options.find(name);
  const bool* value =
      found == options.end() ? nullptr : std::get_if<bool>(&found->second);
  return value != nullptr && *value;
}

}  // namespace hark
