// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/value.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace hark {

/// How a column's value becomes a T. For types of your own, specialize it:
///
///     template <>
///     struct hark::ValueTraits<Money> {
///       static constexpr std::string_view name = "Money";
///       static bool read(const hark::dbapi::ValueView& value, Money& to);
///     };
///
/// `read` answers false where the value is none of the type; a DataError that names the
/// column is then thrown. NULL is never shown to it: that is for std::optional. Nothing is
/// converted that would not come back as it was: no text to numbers, no numbers that do
/// not fit. But a decimal becomes the nearest floating point number.
template <class T>
struct ValueTraits;

namespace detail {

// Apart from the types that are read all the time, which are inlined. False: it is no
// decimal, or `to` cannot hold it.
template <std::integral T>
[[gnu::cold, gnu::noinline]] bool read_decimal(const dbapi::ValueView& value,
                                               T& to) noexcept {
  std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> number{};
  if (value.type() != dbapi::Type::decimal) return false;
  if (!dbapi::read_decimal(value.text(), number)) return false;
  to = static_cast<T>(number);
  return to == number;
}

template <std::floating_point T>
[[gnu::cold, gnu::noinline]] bool read_decimal(const dbapi::ValueView& value,
                                               T& to) noexcept {
  return value.type() == dbapi::Type::decimal && dbapi::read_decimal(value.text(), to);
}

}  // namespace detail

template <std::integral T>
requires(!std::same_as<T, bool>) struct ValueTraits<T> {
  static constexpr std::string_view name = std::is_signed_v<T> ? "integer" : "unsigned";
  static bool read(const dbapi::ValueView& value, T& to) noexcept {
    if (value.type() != dbapi::Type::integer && value.type() != dbapi::Type::boolean)
        [[unlikely]]
      return detail::read_decimal(value, to);
    const std::int64_t number = value.integer();
    to = static_cast<T>(number);
    return static_cast<std::int64_t>(to) == number && (number >= 0) == (to >= T{});
  }
};

template <>
struct ValueTraits<bool> {
  static constexpr std::string_view name = "bool";
  static bool read(const dbapi::ValueView& value, bool& to) noexcept {
    if (value.type() != dbapi::Type::integer && value.type() != dbapi::Type::boolean) {
      return false;
    }
    to = value.integer() != 0;
    return value.integer() == 0 || value.integer() == 1;
  }
};

template <std::floating_point T>
struct ValueTraits<T> {
  static constexpr std::string_view name = "floating point";
  static bool read(const dbapi::ValueView& value, T& to) noexcept {
    if (value.type() == dbapi::Type::real) {
      to = static_cast<T>(value.real());
      return true;
    }
    if (value.type() != dbapi::Type::integer) [[unlikely]]
      return detail::read_decimal(value, to);
    to = static_cast<T>(value.integer());
    // Beyond 2^digits not every integer has a number.
    constexpr std::int64_t exact = std::int64_t{1}
                                   << (std::numeric_limits<T>::digits < 63
                                           ? std::numeric_limits<T>::digits
                                           : 62);
    return value.integer() <= exact && value.integer() >= -exact;
  }
};

/// An exact number; of a floating point number, the fewest digits that read as the same.
template <>
struct ValueTraits<dbapi::Decimal> {
  static constexpr std::string_view name = "decimal";
  static bool read(const dbapi::ValueView& value, dbapi::Decimal& to);
};

/// Text, or the digits of a decimal. Lifetime: valid until the result's next row.
template <>
struct ValueTraits<std::string_view> {
  static constexpr std::string_view name = "text";
  static bool read(const dbapi::ValueView& value, std::string_view& to) noexcept {
    to = value.text();
    return value.type() == dbapi::Type::text || value.type() == dbapi::Type::decimal;
  }
};

/// Text, or the digits of a decimal.
template <>
struct ValueTraits<std::string> {
  static constexpr std::string_view name = "text";
  [[gnu::hot]] static bool read(const dbapi::ValueView& value, std::string& to);
};

/// Lifetime: valid until the result's next row.
template <>
struct ValueTraits<std::span<const std::byte>> {
  static constexpr std::string_view name = "blob";
  static bool read(const dbapi::ValueView& value,
                   std::span<const std::byte>& to) noexcept {
    to = value.blob();
    return value.type() == dbapi::Type::blob;
  }
};

template <>
struct ValueTraits<dbapi::Blob> {
  static constexpr std::string_view name = "blob";
  static bool read(const dbapi::ValueView& value, dbapi::Blob& to) {
    if (value.type() != dbapi::Type::blob) return false;
    to.assign(value.blob().begin(), value.blob().end());
    return true;
  }
};

/// A day, also from text as dbapi::to_iso() writes it.
template <>
struct ValueTraits<dbapi::Date> {
  static constexpr std::string_view name = "date";
  static bool read(const dbapi::ValueView& value, dbapi::Date& to) noexcept {
    if (value.type() == dbapi::Type::date) {
      to = value.date();
      return true;
    }
    if (value.type() != dbapi::Type::text) return false;
    const std::optional<dbapi::Date> date = dbapi::date_of(value.text());
    to = date.value_or(dbapi::Date());
    return date.has_value();
  }
};

template <>
struct ValueTraits<std::chrono::year_month_day> {
  static constexpr std::string_view name = "date";
  static bool read(const dbapi::ValueView& value,
                   std::chrono::year_month_day& to) noexcept {
    dbapi::Date date;
    if (!ValueTraits<dbapi::Date>::read(value, date)) return false;
    to = date;
    return true;
  }
};

/// A point in time that a Duration can hold exactly, also from text.
template <class Duration>
struct ValueTraits<std::chrono::sys_time<Duration>> {
  static constexpr std::string_view name = "datetime";
  static bool read(const dbapi::ValueView& value,
                   std::chrono::sys_time<Duration>& to) noexcept {
    std::optional<dbapi::DateTime> time;
    if (value.type() == dbapi::Type::datetime) time = value.datetime();
    if (value.type() == dbapi::Type::text) time = dbapi::datetime_of(value.text());
    if (!time) return false;
    to = std::chrono::floor<Duration>(*time);
    return to == *time;
  }
};

/// Can a column be read as a T?
template <class T>
concept Readable = requires(const dbapi::ValueView& value, T& to) {
  { ValueTraits<T>::read(value, to) } -> std::same_as<bool>;
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What T reads as, or what an optional holds.
template <class T>
struct value_of {
  using type = T;
};
template <class T>
struct value_of<std::optional<T>> {
  using type = T;
};

/// Reads any type, NULL and the untyped values included; false: it does not convert.
template <class T>
[[gnu::always_inline]] inline bool read_value(const dbapi::ValueView& value, T& to) {
  if constexpr (std::same_as<T, dbapi::ValueView>) {
    to = value;
    return true;
  } else if constexpr (std::same_as<T, dbapi::Value>) {
    to = dbapi::Value(value);
    return true;
  } else if constexpr (is_optional<T>) {
    if (value.is_null()) {
      to.reset();
      return true;
    }
    return ValueTraits<typename T::value_type>::read(value, to.emplace());
  } else {
    return !value.is_null() && ValueTraits<T>::read(value, to);
  }
}

template <class T>
concept ReadableColumn = std::same_as<T, dbapi::ValueView> ||
    std::same_as<T, dbapi::Value> || Readable<typename value_of<T>::type>;

/// Does a T look into the row, so that it is gone with the next one?
template <class T>
inline constexpr bool is_borrowed =
    std::same_as<typename value_of<T>::type, std::string_view> ||
    std::same_as<typename value_of<T>::type, std::span<const std::byte>> ||
    std::same_as<T, dbapi::ValueView>;

/// The name of what was asked for, for messages.
template <class T>
constexpr std::string_view name_of_value() {
  return ValueTraits<typename value_of<T>::type>::name;
}

}  // namespace detail

}  // namespace hark
