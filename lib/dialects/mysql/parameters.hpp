// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>

#include <mysql.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory_resource>
#include <span>
#include <vector>

/// Parameters as the client library takes them.
namespace hark::mysql {

/// Throws: DataError for NaN and infinities, which MySQL does not have: it would store
/// something else.
void require_number(const dbapi::ValueView& value);

/// The parameters of one execution.
class BoundRow {
 public:
  /// Lifetime: until the next call; texts and blobs are read where they are.
  MYSQL_BIND* bind(std::span<const dbapi::ValueView> values);

 private:
  union Slot {
    std::int64_t integer;
    double real;
    MYSQL_TIME time;
  };

  std::vector<MYSQL_BIND> binds_;
  std::vector<Slot> slots_;
};

/// Rows of parameters that wait for being sent together.
class Chunk {
 public:
  /// `keeps_bytes`: do texts and blobs outlast the rows to come? Else they are copied.
  Chunk(std::size_t width, bool keeps_bytes) : width_(width), keeps_bytes_(keeps_bytes) {}

  /// Requires: the row has that width.
  void add(dbapi::ParameterRow row);
  bool is_full() const noexcept;
  bool empty() const noexcept { return values_.empty(); }
  std::size_t width() const noexcept { return width_; }
  std::size_t row_count() const noexcept { return values_.size() / width_; }
  std::span<const dbapi::ValueView> rows(std::size_t first, std::size_t count) const {
    return std::span(values_).subspan(first * width_, count * width_);
  }
  void clear() noexcept;

 private:
  const std::size_t width_;
  const bool keeps_bytes_;
  std::size_t bytes_ = 0;
  std::vector<dbapi::ValueView> values_;
  std::pmr::monotonic_buffer_resource copies_;
};

/// Rows of parameters, column by column.
class BoundArrays {
 public:
  explicit BoundArrays(std::size_t width) : columns_(width) {}

  /// Takes rows from the `first` one on for as long as each column keeps to one type,
  /// and returns how many.
  std::size_t bind(const Chunk& chunk, std::size_t first);
  /// Lifetime: until the next call of bind().
  MYSQL_BIND* binds() noexcept { return binds_.data(); }

 private:
  union Cell {
    std::int64_t integer;
    double real;
    const void* bytes;
  };
  struct ColumnArrays {
    enum_field_types type = MYSQL_TYPE_NULL;
    std::vector<Cell> cells;
    std::vector<unsigned long> lengths;
    std::vector<char> indicators;
    std::deque<MYSQL_TIME> times;
    void clear();
    void add(const dbapi::ValueView& value);
  };

  bool takes(std::span<const dbapi::ValueView> row) const noexcept;

  std::vector<ColumnArrays> columns_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace hark::mysql
