// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/parameters.hpp"

#include <hark/dbapi/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

namespace hark::mysql {
namespace {

using dbapi::Type;
using dbapi::ValueView;

MYSQL_TIME time_of(dbapi::DateTime time) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  constexpr int most = 9999;
  const int year = static_cast<int>(date.year());
  if (year < 0 || year > most) {
    throw dbapi::DataError("MySQL has no year " + std::to_string(year) +
                           ": its years have four digits");
  }
  const std::chrono::hh_mm_ss clock(time - day);
  MYSQL_TIME made{};
  made.year = static_cast<unsigned>(year);
  made.month = static_cast<unsigned>(date.month());
  made.day = static_cast<unsigned>(date.day());
  made.hour = static_cast<unsigned>(clock.hours().count());
  made.minute = static_cast<unsigned>(clock.minutes().count());
  made.second = static_cast<unsigned>(clock.seconds().count());
  made.second_part = static_cast<unsigned long>(clock.subseconds().count());
  made.time_type = MYSQL_TIMESTAMP_DATETIME;
  return made;
}

MYSQL_TIME time_of(dbapi::Date date) {
  MYSQL_TIME made = time_of(dbapi::DateTime(date));
  made.time_type = MYSQL_TIMESTAMP_DATE;
  return made;
}

enum_field_types type_of(const ValueView& value) noexcept {
  switch (value.type()) {
    case Type::null:
      return MYSQL_TYPE_NULL;
    case Type::boolean:
    case Type::integer:
      return MYSQL_TYPE_LONGLONG;
    case Type::real:
      return MYSQL_TYPE_DOUBLE;
    case Type::text:
      return MYSQL_TYPE_STRING;
    case Type::blob:
      return MYSQL_TYPE_BLOB;
    case Type::date:
      return MYSQL_TYPE_DATE;
    case Type::datetime:
      return MYSQL_TYPE_DATETIME;
    case Type::decimal:
      return MYSQL_TYPE_NEWDECIMAL;
  }
  return MYSQL_TYPE_NULL;
}

bool has_bytes(Type type) noexcept {
  return type == Type::text || type == Type::blob || type == Type::decimal;
}

/// The client library reads what it is given, and takes it as if it wrote.
void* for_library(const void* bytes) noexcept { return const_cast<void*>(bytes); }

/// A buffer that is null would be NULL.
const void* bytes_of(const ValueView& value) noexcept {
  const char* const bytes = value.text().data();
  return bytes == nullptr ? "" : bytes;
}

}  // namespace

void require_number(const ValueView& value) {
  constexpr std::string_view of_numbers = "0123456789.+-eE";
  const bool is_number =
      value.type() == Type::real
          ? std::isfinite(value.real())
          : value.text().find_first_not_of(of_numbers) == std::string_view::npos;
  if (is_number) return;
  throw dbapi::DataError("MySQL has no number " + (value.type() == Type::real
                                                       ? std::to_string(value.real())
                                                       : std::string(value.text())));
}

// -- BoundRow ---------------------------------------------------------------------------

MYSQL_BIND* BoundRow::bind(std::span<const ValueView> values) {
  binds_.resize(values.size());
  slots_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ValueView& value = values[i];
    MYSQL_BIND& bind = binds_[i];
    Slot& slot = slots_[i];
    bind = {};
    bind.buffer_type = type_of(value);
    bind.buffer = &slot;
    switch (value.type()) {
      case Type::null:
        break;
      case Type::boolean:
      case Type::integer:
        slot.integer = value.integer();
        break;
      case Type::real:
        require_number(value);
        slot.real = value.real();
        break;
      case Type::date:
        slot.time = time_of(value.date());
        break;
      case Type::datetime:
        slot.time = time_of(value.datetime());
        break;
      case Type::decimal:
        require_number(value);
        [[fallthrough]];
      case Type::text:
      case Type::blob:
        bind.buffer = for_library(bytes_of(value));
        bind.buffer_length = value.text().size();
        break;
    }
  }
  return binds_.data();
}

// -- Chunk ------------------------------------------------------------------------------

void Chunk::add(dbapi::ParameterRow row) {
  for (ValueView value : row) {
    const std::string_view bytes =
        has_bytes(value.type()) ? value.text() : std::string_view();
    bytes_ += sizeof(std::int64_t) + bytes.size();
    if (!keeps_bytes_ && !bytes.empty()) {
      char* const copy = static_cast<char*>(copies_.allocate(bytes.size(), 1));
      std::memcpy(copy, bytes.data(), bytes.size());
      const std::string_view copied(copy, bytes.size());
      if (value.type() == Type::text) {
        value = ValueView(copied);
      } else if (value.type() == Type::decimal) {
        value = ValueView::decimal(copied);
      } else {
        value = ValueView(std::as_bytes(std::span(copied)));
      }
    }
    values_.push_back(value);
  }
}

/// What is sent at once stays below the packets that any server takes by default.
bool Chunk::is_full() const noexcept {
  constexpr std::size_t most_rows = 2000;
  constexpr std::size_t most_bytes = std::size_t{512} * 1024;
  return row_count() >= most_rows || bytes_ >= most_bytes;
}

void Chunk::clear() noexcept {
  bytes_ = 0;
  values_.clear();
  copies_.release();
}

// -- BoundArrays ------------------------------------------------------------------------

void BoundArrays::ColumnArrays::clear() {
  type = MYSQL_TYPE_NULL;
  cells.clear();
  lengths.clear();
  indicators.clear();
  times.clear();
}

void BoundArrays::ColumnArrays::add(const ValueView& value) {
  Cell cell{.integer = 0};
  unsigned long length = 0;
  switch (value.type()) {
    case Type::null:
      break;
    case Type::boolean:
    case Type::integer:
      cell.integer = value.integer();
      break;
    case Type::real:
      require_number(value);
      cell.real = value.real();
      break;
    case Type::date:
      cell.bytes = &times.emplace_back(time_of(value.date()));
      break;
    case Type::datetime:
      cell.bytes = &times.emplace_back(time_of(value.datetime()));
      break;
    case Type::decimal:
      require_number(value);
      [[fallthrough]];
    case Type::text:
    case Type::blob:
      cell.bytes = bytes_of(value);
      length = value.text().size();
      break;
  }
  if (!value.is_null()) type = type_of(value);
  cells.push_back(cell);
  lengths.push_back(length);
  indicators.push_back(value.is_null() ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
}

bool BoundArrays::takes(std::span<const ValueView> row) const noexcept {
  return std::equal(row.begin(),
                    row.end(),
                    columns_.begin(),
                    [](const ValueView& value, const ColumnArrays& column) {
                      return value.is_null() || column.type == MYSQL_TYPE_NULL ||
                             column.type == type_of(value);
                    });
}

std::size_t BoundArrays::bind(const Chunk& chunk, std::size_t first) {
  for (ColumnArrays& column : columns_) column.clear();
  std::size_t at = first;
  for (; at != chunk.row_count(); ++at) {
    const std::span row = chunk.rows(at, 1);
    if (!takes(row)) break;
    for (std::size_t i = 0; i < row.size(); ++i) columns_[i].add(row[i]);
  }
  binds_.assign(columns_.size(), MYSQL_BIND{});
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    ColumnArrays& column = columns_[i];
    binds_[i].buffer_type = column.type;
    binds_[i].buffer = column.cells.data();
    binds_[i].length = column.lengths.data();
    binds_[i].u.indicator = column.indicators.data();
  }
  return at - first;
}

}  // namespace hark::mysql
