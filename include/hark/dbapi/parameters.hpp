// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/value.hpp>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace hark::dbapi {

using Row = std::vector<Value>;

/// What a statement is executed with: one row of values, or several for executemany. Each
/// row is in the order of the statement's placeholders.
class Parameters {
 public:
  /// One row without values.
  Parameters() : rows_(1) {}
  Parameters(Row row) {  // NOLINT(google-explicit-constructor)
    rows_.push_back(std::move(row));
  }
  /// For executemany, also with a single row.
  static Parameters many(std::vector<Row> rows) {
    Parameters made;
    made.rows_ = std::move(rows);
    made.is_many_ = true;
    return made;
  }

  /// Becomes one row of those values; memory that is there is used again.
  [[gnu::hot]] void assign(std::span<const ValueView> row);

  bool is_many() const noexcept { return is_many_; }
  const std::vector<Row>& rows() const noexcept { return rows_; }
  std::vector<Row>& rows() noexcept { return rows_; }
  /// The only row. Requires: !is_many().
  const Row& row() const noexcept { return rows_.front(); }
  Row& row() noexcept { return rows_.front(); }

  friend bool operator==(const Parameters&, const Parameters&) = default;

 private:
  std::vector<Row> rows_;
  bool is_many_ = false;
};

/// For people: (1, 'x').
std::string to_string(const Parameters& parameters);

}  // namespace hark::dbapi
