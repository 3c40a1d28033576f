// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/value.hpp>

#include <mysql.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Rows as the server writes them, read in place.
namespace hark::mysql {

/// How a column's values are written and what becomes of them.
enum class Kind : std::uint8_t {
  null,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  real4,
  real8,
  decimal,
  text,
  blob,
  bits,
  date,
  datetime,
  time
};

struct Column {
  Kind kind = Kind::null;
  std::uint8_t decimals = 0;  ///< digits of a fraction of a second

  static Column of(const MYSQL_FIELD& field) noexcept;
};

/// The columns of a result, and the memory for what is not in its rows as it is read: a
/// number beyond 64 signed bits, a day that there is not, a time.
class Columns {
 public:
  /// Forgets the ones before.
  void assign(std::span<const MYSQL_FIELD> fields);
  std::size_t size() const noexcept { return columns_.size(); }

  /// Reads the first columns of a row of a prepared statement, as many as `cells` has
  /// places for.
  ///
  /// Source: MariaDB, "Resultset row", binary; <https://mariadb.com/kb/en/resultset-row/>.
  void read_binary(const unsigned char* row, std::span<dbapi::ValueView> cells);
  /// Where such a row ends.
  const unsigned char* end_of_binary(const unsigned char* row) const noexcept;
  /// The same of a row that is text.
  void read_text(const char* const* row,
                 const unsigned long* lengths,
                 std::span<dbapi::ValueView> cells);

 private:
  using Scratch = std::array<char, 32>;

  std::vector<Column> columns_;
  std::vector<Scratch> scratch_;  // one per column
};

}  // namespace hark::mysql
