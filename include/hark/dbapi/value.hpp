// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/datetime.hpp>
#include <hark/dbapi/decimal.hpp>
#include <hark/dbapi/fwd.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hark::dbapi {

using Blob = std::vector<std::byte>;

/// What a Value can be; the order is that of Value's alternatives.
enum class Type : std::uint8_t {
  null,
  boolean,
  integer,
  real,
  text,
  blob,
  date,
  datetime,
  decimal
};

/// The name of a type, for messages: "integer".
std::string_view name_of(Type type) noexcept;

/// Throws DataError: a number that no 64-bit signed integer holds.
[[noreturn]] void throw_out_of_range(std::uint64_t number);

/// Throws DataError: there is no such day.
[[noreturn]] void throw_no_day(const std::chrono::year_month_day& date);

constexpr Date day_of(const std::chrono::year_month_day& date) {
  if (!date.ok()) throw_no_day(date);
  return Date(date);
}

/// A value that belongs to somebody else: a parameter on its way to the driver, or a
/// column of the row on which a cursor stands.
///
/// Lifetime: as its owner says; a cursor's until its next call.
/// Thread safety: distinct objects safe.
class ValueView {
 public:
  constexpr ValueView() noexcept : payload_{.integer = 0}, type_(Type::null) {}
  constexpr ValueView(std::nullopt_t) noexcept  // NOLINT(google-explicit-constructor)
      : ValueView() {}
  ValueView(std::nullptr_t) = delete;  // NULL is std::nullopt
  template <std::integral T>
  constexpr ValueView(T number)  // NOLINT(google-explicit-constructor)
      : payload_{.integer = static_cast<std::int64_t>(number)},
        type_(std::is_same_v<T, bool> ? Type::boolean : Type::integer) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::uint64_t)) {
      if (payload_.integer < 0) throw_out_of_range(number);
    }
  }
  template <std::floating_point T>
  constexpr ValueView(T number) noexcept  // NOLINT(google-explicit-constructor)
      : payload_{.real = static_cast<double>(number)}, type_(Type::real) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr ValueView(std::string_view text) noexcept
      : payload_{.bytes = {text.data(), text.size()}}, type_(Type::text) {}
  constexpr ValueView(const char* text) noexcept  // NOLINT(google-explicit-constructor)
      : ValueView(std::string_view(text)) {}
  ValueView(const std::string& text) noexcept  // NOLINT(google-explicit-constructor)
      : ValueView(std::string_view(text)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  ValueView(std::span<const std::byte> blob) noexcept
      : payload_{.bytes = {reinterpret_cast<const char*>(blob.data()), blob.size()}},
        type_(Type::blob) {}
  ValueView(const Blob& blob) noexcept  // NOLINT(google-explicit-constructor)
      : ValueView(std::span<const std::byte>(blob)) {}
  constexpr ValueView(Date date) noexcept  // NOLINT(google-explicit-constructor)
      : payload_{.integer = date.time_since_epoch().count()}, type_(Type::date) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr ValueView(const std::chrono::year_month_day& date)
      : ValueView(day_of(date)) {}
  /// Down to microseconds; what is finer is cut off.
  template <class Duration>
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr ValueView(std::chrono::sys_time<Duration> time) noexcept
      : payload_{.integer = std::chrono::floor<DateTime::duration>(time)
                                .time_since_epoch()
                                .count()},
        type_(Type::datetime) {}
  /// Only a Decimal itself: what is written in braces is none.
  template <std::same_as<Decimal> T>
  ValueView(const T& number) noexcept  // NOLINT(google-explicit-constructor)
      : ValueView(decimal(number.digits)) {}
  template <class T>
  constexpr ValueView(
      const std::optional<T>& value)  // NOLINT(google-explicit-constructor)
      : ValueView() {
    if (value) *this = ValueView(*value);
  }

  /// The digits of a Decimal.
  static constexpr ValueView decimal(std::string_view digits) noexcept {
    ValueView made(digits);
    made.type_ = Type::decimal;
    return made;
  }

  constexpr Type type() const noexcept { return type_; }
  constexpr bool is_null() const noexcept { return type_ == Type::null; }

  // Requires: the type is the one asked for; a boolean is an integer, too: 0 or 1, and a
  // decimal's digits are text.
  constexpr bool boolean() const noexcept { return payload_.integer != 0; }
  constexpr std::int64_t integer() const noexcept { return payload_.integer; }
  constexpr double real() const noexcept { return payload_.real; }
  constexpr std::string_view text() const noexcept {
    return {payload_.bytes.data, payload_.bytes.size};
  }
  constexpr Date date() const noexcept {
    return Date(std::chrono::days(payload_.integer));
  }
  constexpr DateTime datetime() const noexcept {
    return DateTime(DateTime::duration(payload_.integer));
  }
  std::span<const std::byte> blob() const noexcept {
    return {reinterpret_cast<const std::byte*>(payload_.bytes.data), payload_.bytes.size};
  }

  friend bool operator==(const ValueView& one, const ValueView& other) noexcept;

 private:
  struct Bytes {
    const char* data;
    std::size_t size;
  };
  union Payload {
    std::int64_t integer;
    double real;
    Bytes bytes;
  };

  Payload payload_;
  Type type_;
};

/// A value of a database: a parameter or a result. Owns what it holds.
///
///     dbapi::Value nothing;                       // NULL
///     dbapi::Value price = 9.99, name = "Ada";
///
/// A database without booleans stores them as integers, 0 and 1; one without dates and
/// times stores them as text, as to_iso() writes it, and one without decimals their digits.
/// Throws: DataError for an unsigned number above the largest 64-bit signed integer, and
/// for a day that there is not, as 31 February.
/// Thread safety: distinct objects safe.
class Value {
 public:
  Value() noexcept = default;
  Value(std::nullopt_t) noexcept {}  // NOLINT(google-explicit-constructor)
  Value(std::nullptr_t) = delete;    // NULL is std::nullopt
  template <std::integral T>
  Value(T number) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_same_v<T, bool>) {
      value_ = number;
    } else {
      value_ = ValueView(number).integer();
    }
  }
  template <std::floating_point T>
  Value(T number) noexcept  // NOLINT(google-explicit-constructor)
      : value_(static_cast<double>(number)) {}
  Value(std::string text) noexcept  // NOLINT(google-explicit-constructor)
      : value_(std::move(text)) {}
  Value(std::string_view text)  // NOLINT(google-explicit-constructor)
      : value_(std::string(text)) {}
  Value(const char* text)  // NOLINT(google-explicit-constructor)
      : value_(std::string(text)) {}
  Value(Blob blob) noexcept  // NOLINT(google-explicit-constructor)
      : value_(std::move(blob)) {}
  Value(std::span<const std::byte> blob)  // NOLINT(google-explicit-constructor)
      : value_(Blob(blob.begin(), blob.end())) {}
  Value(Date date) noexcept : value_(date) {}  // NOLINT(google-explicit-constructor)
  // NOLINTNEXTLINE(google-explicit-constructor)
  Value(const std::chrono::year_month_day& date) : value_(day_of(date)) {}
  template <class Duration>
  // NOLINTNEXTLINE(google-explicit-constructor)
  Value(std::chrono::sys_time<Duration> time) noexcept
      : value_(std::chrono::floor<DateTime::duration>(time)) {}
  /// Only a Decimal itself: what is written in braces is none.
  template <std::same_as<Decimal> T>
  Value(T number) noexcept  // NOLINT(google-explicit-constructor)
      : value_(std::move(number)) {}
  template <class T>
  Value(const std::optional<T>& value) {  // NOLINT(google-explicit-constructor)
    if (value) *this = Value(*value);
  }
  explicit Value(const ValueView& view);
  /// Becomes what `view` shows; memory that is there is used again.
  [[gnu::hot]] void assign(const ValueView& view);

  Type type() const noexcept { return static_cast<Type>(value_.index()); }
  bool is_null() const noexcept { return type() == Type::null; }

  [[gnu::hot]] ValueView view() const noexcept;
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator ValueView() const noexcept { return view(); }

  /// The alternative of that type. Requires: it is the one held.
  bool boolean() const noexcept { return *std::get_if<bool>(&value_); }
  std::int64_t integer() const noexcept { return *std::get_if<std::int64_t>(&value_); }
  double real() const noexcept { return *std::get_if<double>(&value_); }
  const std::string& text() const noexcept { return *std::get_if<std::string>(&value_); }
  const Blob& blob() const noexcept { return *std::get_if<Blob>(&value_); }
  Date date() const noexcept { return *std::get_if<Date>(&value_); }
  DateTime datetime() const noexcept { return *std::get_if<DateTime>(&value_); }
  const Decimal& decimal() const noexcept { return *std::get_if<Decimal>(&value_); }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<std::monostate,
               bool,
               std::int64_t,
               double,
               std::string,
               Blob,
               Date,
               DateTime,
               Decimal>
      value_;
};

/// For people: 'it''s', 42, 12.50, NULL, <3 bytes>.
std::string to_string(const ValueView& value);

}  // namespace hark::dbapi
