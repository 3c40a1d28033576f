// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/engine/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hark {

/// What a statement returned. Rows are fetched as they are asked for.
///
/// Lifetime: the Connection outlives it.
/// Thread safety: the connection's thread.
/// Source: SQLAlchemy lib/sqlalchemy/engine/cursor.py, CursorResult.
class Result {
 public:
  Result(Result&& other) noexcept = default;
  Result& operator=(Result&& other) noexcept = default;
  ~Result() = default;

  bool returns_rows() const noexcept { return !columns_.empty(); }
  const std::vector<std::string>& columns() const noexcept { return columns_; }

  /// Rows changed; -1: it is not known.
  std::int64_t rowcount() const noexcept { return rowcount_; }
  std::int64_t lastrowid() const noexcept { return lastrowid_; }

  /// The next row; empty: there is none.
  ///
  /// Throws: ResourceClosedError when the statement returns no rows; what the driver
  /// throws.
  std::optional<dbapi::Row> fetchone();
  std::vector<dbapi::Row> fetchall();

  /// The first column of the first row, and closes; empty: there is no row.
  std::optional<dbapi::Value> scalar();

  void close() noexcept { cursor_.reset(); }

 private:
  friend class Connection;
  Result(Connection& connection, dbapi::CursorPtr cursor);

  bool fetch();

  Connection* connection_;
  dbapi::CursorPtr cursor_;  // null: all rows were fetched
  std::vector<std::string> columns_;
  std::int64_t rowcount_ = -1;
  std::int64_t lastrowid_ = 0;
};

}  // namespace hark
