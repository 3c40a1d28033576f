// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/row.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string_view>

namespace hark::mysql {
namespace {

using dbapi::ValueView;

constexpr unsigned binary_charset = 63;

Kind of_integer(const MYSQL_FIELD& field, Kind signed_one, Kind unsigned_one) noexcept {
  return (field.flags & UNSIGNED_FLAG) != 0 ? unsigned_one : signed_one;
}

Kind kind_of(const MYSQL_FIELD& field) noexcept {
  switch (field.type) {
    case MYSQL_TYPE_NULL:
      return Kind::null;
    case MYSQL_TYPE_TINY:
      return of_integer(field, Kind::int8, Kind::uint8);
    case MYSQL_TYPE_SHORT:
      return of_integer(field, Kind::int16, Kind::uint16);
    case MYSQL_TYPE_YEAR:
      return Kind::uint16;
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
      return of_integer(field, Kind::int32, Kind::uint32);
    case MYSQL_TYPE_LONGLONG:
      return of_integer(field, Kind::int64, Kind::uint64);
    case MYSQL_TYPE_FLOAT:
      return Kind::real4;
    case MYSQL_TYPE_DOUBLE:
      return Kind::real8;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      return Kind::decimal;
    case MYSQL_TYPE_BIT:
      return Kind::bits;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return Kind::date;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
      return Kind::datetime;
    case MYSQL_TYPE_TIME:
      return Kind::time;
    case MYSQL_TYPE_JSON:
      return Kind::text;
    case MYSQL_TYPE_GEOMETRY:
      return Kind::blob;
    default:
      return field.charsetnr == binary_charset ? Kind::blob : Kind::text;
  }
}

template <class T>
T load(const unsigned char* at) noexcept {
  std::array<unsigned char, sizeof(T)> bytes{};
  std::copy_n(at, sizeof(T), bytes.begin());
  if constexpr (std::endian::native == std::endian::big)
    std::reverse(bytes.begin(), bytes.end());
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

/// The bytes of a text, and `at` behind them.
std::string_view take_bytes(const unsigned char*& at) noexcept {
  std::uint64_t size = *at++;
  if (size == 0xfc) {
    size = load<std::uint16_t>(at);
    at += 2;
  } else if (size == 0xfd) {
    size = load<std::uint16_t>(at) | std::uint64_t{at[2]} << 16U;
    at += 3;
  } else if (size == 0xfe) {
    size = load<std::uint64_t>(at);
    at += 8;
  }
  const auto* const bytes = reinterpret_cast<const char*>(at);
  at += size;
  return {bytes, static_cast<std::size_t>(size)};
}

/// 0: a length stands in front.
constexpr std::size_t width_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::int8:
    case Kind::uint8:
      return 1;
    case Kind::int16:
    case Kind::uint16:
      return 2;
    case Kind::int32:
    case Kind::uint32:
    case Kind::real4:
      return 4;
    case Kind::int64:
    case Kind::uint64:
    case Kind::real8:
      return 8;
    default:
      return 0;
  }
}

template <class Scratch>
ValueView unsigned_in(Scratch& scratch, std::uint64_t number) noexcept {
  if (number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return {static_cast<std::int64_t>(number)};
  const auto [end, error] =
      std::to_chars(scratch.data(), scratch.data() + scratch.size(), number);
  return ValueView::decimal(
      {scratch.data(), static_cast<std::size_t>(end - scratch.data())});
}

template <class Scratch>
ValueView bits_in(Scratch& scratch, std::string_view bytes) noexcept {
  std::uint64_t number = 0;
  for (const char each : bytes) number = number << 8U | static_cast<unsigned char>(each);
  return unsigned_in(scratch, number);
}

/// What the server writes of a day or a time, number by number.
struct Moment {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned microsecond = 0;

  explicit Moment(std::string_view bytes) noexcept {
    const auto* const at = reinterpret_cast<const unsigned char*>(bytes.data());
    if (bytes.size() >= 4) {
      year = load<std::uint16_t>(at);
      month = at[2];
      day = at[3];
    }
    if (bytes.size() >= 7) {
      hour = at[4];
      minute = at[5];
      second = at[6];
    }
    if (bytes.size() >= 11) microsecond = load<std::uint32_t>(at + 7);
  }

  std::chrono::year_month_day date() const noexcept {
    return {std::chrono::year(static_cast<int>(year)),
            std::chrono::month(month),
            std::chrono::day(day)};
  }
};

/// A text that was printed into `scratch`.
template <class Scratch, class... Args>
std::string_view printed(Scratch& scratch, const char* format, Args... args) noexcept {
  const int size = std::snprintf(scratch.data(), scratch.size(), format, args...);
  return {scratch.data(), std::min(static_cast<std::size_t>(size), scratch.size() - 1)};
}

/// The same with `digits` digits of a fraction of a second behind it.
template <class Scratch>
ValueView with_fraction(Scratch& scratch,
                        std::string_view whole,
                        unsigned microsecond,
                        unsigned digits) noexcept {
  if (digits == 0 || digits > 6) return {whole};
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06u", microsecond);
  const std::size_t room = scratch.size() - whole.size();
  const std::size_t size = std::min<std::size_t>(digits + 1, room);
  std::copy_n(fraction.begin(), size, scratch.data() + whole.size());
  return {std::string_view(scratch.data(), whole.size() + size)};
}

template <class Scratch>
ValueView date_in(Scratch& scratch, std::string_view bytes) noexcept {
  const Moment moment(bytes);
  const std::chrono::year_month_day date = moment.date();
  if (date.ok()) return {dbapi::Date(date)};
  return {printed(scratch, "%04u-%02u-%02u", moment.year, moment.month, moment.day)};
}

template <class Scratch>
ValueView datetime_in(Scratch& scratch,
                      std::string_view bytes,
                      unsigned digits) noexcept {
  const Moment moment(bytes);
  const std::chrono::year_month_day date = moment.date();
  if (!date.ok()) {
    return with_fraction(scratch,
                         printed(scratch,
                                 "%04u-%02u-%02u %02u:%02u:%02u",
                                 moment.year,
                                 moment.month,
                                 moment.day,
                                 moment.hour,
                                 moment.minute,
                                 moment.second),
                         moment.microsecond,
                         digits);
  }
  return {dbapi::DateTime(dbapi::Date(date)) + std::chrono::hours(moment.hour) +
          std::chrono::minutes(moment.minute) + std::chrono::seconds(moment.second) +
          std::chrono::microseconds(moment.microsecond)};
}

/// A time may be longer than a day, and negative.
template <class Scratch>
ValueView time_in(Scratch& scratch, std::string_view bytes, unsigned digits) noexcept {
  const auto* const at = reinterpret_cast<const unsigned char*>(bytes.data());
  const bool is_there = bytes.size() >= 8;
  const unsigned days = is_there ? load<std::uint32_t>(at + 1) : 0;
  const std::string_view whole = printed(scratch,
                                         "%s%02u:%02u:%02u",
                                         is_there && at[0] != 0 ? "-" : "",
                                         is_there ? days * 24 + at[5] : 0,
                                         is_there ? unsigned{at[6]} : 0U,
                                         is_there ? unsigned{at[7]} : 0U);
  return with_fraction(
      scratch, whole, bytes.size() >= 12 ? load<std::uint32_t>(at + 8) : 0, digits);
}

std::span<const std::byte> blob_of(std::string_view bytes) noexcept {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

/// A value that is written with its length in front.
template <class Scratch>
ValueView read_bytes(Column column, Scratch& scratch, std::string_view bytes) noexcept {
  switch (column.kind) {
    case Kind::decimal:
      return ValueView::decimal(bytes);
    case Kind::blob:
      return {blob_of(bytes)};
    case Kind::bits:
      return bits_in(scratch, bytes);
    case Kind::date:
      return date_in(scratch, bytes);
    case Kind::datetime:
      return datetime_in(scratch, bytes, column.decimals);
    case Kind::time:
      return time_in(scratch, bytes, column.decimals);
    default:
      return {bytes};
  }
}

template <class Scratch>
ValueView take(Column column, Scratch& scratch, const unsigned char*& at) noexcept {
  const unsigned char* const from = at;
  at += width_of(column.kind);
  switch (column.kind) {
    case Kind::null:
      return {};
    case Kind::int8:
      return {load<std::int8_t>(from)};
    case Kind::uint8:
      return {load<std::uint8_t>(from)};
    case Kind::int16:
      return {load<std::int16_t>(from)};
    case Kind::uint16:
      return {load<std::uint16_t>(from)};
    case Kind::int32:
      return {load<std::int32_t>(from)};
    case Kind::uint32:
      return {load<std::uint32_t>(from)};
    case Kind::int64:
      return {load<std::int64_t>(from)};
    case Kind::uint64:
      return unsigned_in(scratch, load<std::uint64_t>(from));
    case Kind::real4:
      return {load<float>(from)};
    case Kind::real8:
      return {load<double>(from)};
    default:
      return read_bytes(column, scratch, take_bytes(at));
  }
}

template <class Number>
bool parse(std::string_view text, Number& number) noexcept {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

ValueView parsed_integer(std::string_view text) noexcept {
  std::int64_t number = 0;
  return parse(text, number) ? ValueView(number) : ValueView::decimal(text);
}

ValueView parsed_real(std::string_view text) noexcept {
  double number = 0;
  return parse(text, number) ? ValueView(number) : ValueView(text);
}

template <class Scratch>
ValueView parsed(Column column, Scratch& scratch, std::string_view text) noexcept {
  switch (column.kind) {
    case Kind::int8:
    case Kind::uint8:
    case Kind::int16:
    case Kind::uint16:
    case Kind::int32:
    case Kind::uint32:
    case Kind::int64:
    case Kind::uint64:
      return parsed_integer(text);
    case Kind::real4:
    case Kind::real8:
      return parsed_real(text);
    case Kind::date:
      if (const auto date = dbapi::date_of(text)) return {*date};
      return {text};
    case Kind::datetime:
      if (const auto time = dbapi::datetime_of(text)) return {*time};
      return {text};
    case Kind::time:
      return {text};
    default:
      return read_bytes(column, scratch, text);
  }
}

/// Is a column of a row NULL? The first two bits say nothing.
bool is_null(const unsigned char* bitmap, std::size_t column) noexcept {
  const std::size_t bit = column + 2;
  return (bitmap[bit / 8] >> (bit % 8) & 1U) != 0;
}

constexpr std::size_t header_size(std::size_t columns) noexcept {
  return 1 + (columns + 9) / 8;
}

}  // namespace

Column Column::of(const MYSQL_FIELD& field) noexcept {
  constexpr unsigned most = 6;
  return {
      .kind = kind_of(field),
      .decimals = static_cast<std::uint8_t>(field.decimals > most ? 0 : field.decimals)};
}

void Columns::assign(std::span<const MYSQL_FIELD> fields) {
  columns_.clear();
  for (const MYSQL_FIELD& field : fields) columns_.push_back(Column::of(field));
  if (scratch_.size() < columns_.size()) scratch_.resize(columns_.size());
}

void Columns::read_binary(const unsigned char* row, std::span<ValueView> cells) {
  const unsigned char* const bitmap = row + 1;
  const unsigned char* at = row + header_size(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = is_null(bitmap, i) ? ValueView() : take(columns_[i], scratch_[i], at);
  }
}

const unsigned char* Columns::end_of_binary(const unsigned char* row) const noexcept {
  const unsigned char* const bitmap = row + 1;
  const unsigned char* at = row + header_size(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (is_null(bitmap, i) || columns_[i].kind == Kind::null) continue;
    const std::size_t width = width_of(columns_[i].kind);
    if (width == 0) {
      take_bytes(at);
    } else {
      at += width;
    }
  }
  return at;
}

void Columns::read_text(const char* const* row,
                        const unsigned long* lengths,
                        std::span<ValueView> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = row[i] == nullptr ? ValueView()
                                 : parsed(columns_[i], scratch_[i], {row[i], lengths[i]});
  }
}

}  // namespace hark::mysql
