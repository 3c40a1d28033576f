// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Values: they come back from SQLite as they were, and are read as another type where they
// fit, and only there.
#include <hark/dbapi/value.hpp>
#include <hark/engine/value_traits.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/sqlite/driver.hpp"
#include "fuzz/fuzz.hpp"

namespace hark::test {
namespace {

using dbapi::Type;
using dbapi::Value;
using dbapi::ValueView;

/// Reads values from an input: a byte for the type, then what it takes.
class Reader {
 public:
  explicit Reader(std::string_view input) noexcept : input_(input) {}

  bool has_more() const noexcept { return !input_.empty(); }

  Value value() {
    switch (static_cast<Type>(number<std::uint8_t>() % 9)) {
      case Type::null:
        break;
      case Type::boolean:
        return number<std::uint8_t>() % 2 == 0;
      case Type::integer:
        return integer();
      case Type::real:
        return number<double>();
      case Type::text:
        return take(number<std::uint8_t>());
      case Type::blob: {
        const std::string_view bytes = take(number<std::uint8_t>());
        return std::as_bytes(std::span(bytes));
      }
      case Type::date:
        return hark::dbapi::Date(std::chrono::days(number<std::int16_t>()));
      case Type::datetime:
        return hark::dbapi::DateTime(
            std::chrono::microseconds(std::int64_t{number<std::int32_t>()} * 1'000'003));
      case Type::decimal: {
        const std::string_view digits = take(number<std::uint8_t>());
        return hark::dbapi::Decimal{std::string(digits.empty() ? "0" : digits)};
      }
    }
    return {};
  }

 private:
  std::string_view take(std::size_t size) noexcept {
    const std::string_view taken = input_.substr(0, size);
    input_.remove_prefix(taken.size());
    return taken;
  }

  template <class T>
  T number() noexcept {
    T number{};
    const std::string_view bytes = take(sizeof(T));
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
  }

  /// Mostly next to where a type ends.
  std::int64_t integer() noexcept {
    const auto bits = number<std::uint8_t>();
    if (bits >= 64) return number<std::int64_t>();
    const auto near = static_cast<std::uint64_t>(number<std::int8_t>());
    return static_cast<std::int64_t>((std::uint64_t{1} << bits) + near);
  }

  std::string_view input_;
};

/// What SQLite makes of a value.
Value stored(const Value& value) {
  if (value.type() == Type::boolean) return value.boolean() ? 1 : 0;
  if (value.type() == Type::real && std::isnan(value.real())) return {};
  if (value.type() == Type::date) return dbapi::to_iso(value.date());
  if (value.type() == Type::datetime) return dbapi::to_iso(value.datetime());
  if (value.type() == Type::decimal) return value.decimal().digits;
  return value;
}

void expect_round_trip(const std::vector<Value>& values) {
  static sqlite::Connection connection{sqlite::ConnectOptions{}};
  const std::vector<ValueView> views(values.begin(), values.end());
  std::string sql = "select 0";
  for (std::size_t i = 0; i < views.size(); ++i) sql += ", ?";
  const dbapi::CursorPtr cursor = connection.cursor();
  cursor->execute(sql, views);
  require(cursor->fetch(), "there is a row");
  for (std::size_t i = 0; i < values.size(); ++i) {
    require(Value(cursor->value(i + 1)) == stored(values[i]), "values come back");
  }
}

template <std::integral T>
bool fits(const Value& value) {
  if (value.type() == Type::boolean) return true;
  if (value.type() != Type::integer) return false;
  return std::in_range<T>(value.integer());
}

/// Decimals read as the C library reads them, where they are read.
template <class T>
void expect_of_decimal(const Value& value) {
  T read{};
  if (!detail::read_value(value.view(), read)) return;
  if constexpr (std::floating_point<T>) {
    const double number = std::strtod(value.decimal().digits.c_str(), nullptr);
    require(number == read || (std::isnan(number) && std::isnan(read)), "it is nearest");
  } else {
    const long double number = std::strtold(value.decimal().digits.c_str(), nullptr);
    require(number == static_cast<long double>(read), "it is exact");
  }
}

template <std::integral T>
void expect_integer(const Value& value) {
  if (value.type() == Type::decimal) return expect_of_decimal<T>(value);
  T read{};
  const bool is_read = detail::read_value(value.view(), read);
  require(is_read == fits<T>(value), "what fits is read, and nothing else");
  const std::int64_t number = value.type() == Type::boolean   ? (value.boolean() ? 1 : 0)
                              : value.type() == Type::integer ? value.integer()
                                                              : 0;
  if (is_read) require(std::cmp_equal(read, number), "integers are not truncated");
}

void expect_real(const Value& value) {
  if (value.type() == Type::decimal) return expect_of_decimal<double>(value);
  double read = 0;
  const bool is_read = detail::read_value(value.view(), read);
  if (value.type() == Type::integer) {
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    const bool is_exact = value.integer() >= -exact && value.integer() <= exact;
    require(is_read || !is_exact, "an integer that is exact is read");
    if (is_read)
      require(static_cast<std::int64_t>(read) == value.integer(), "it is exact");
  } else {
    require(is_read == (value.type() == Type::real), "other types are no numbers");
  }
}

template <class T>
void expect_bytes(const Value& value, Type type) {
  T read{};
  const bool is_read = detail::read_value(value.view(), read);
  require(is_read == (value.type() == type), "text is text, and a blob is a blob");
  if (is_read) require(ValueView(read) == value.view(), "they are read as they are");
}

/// Text, or a decimal's digits.
template <class T>
void expect_text(const Value& value) {
  if (value.type() != Type::decimal) return expect_bytes<T>(value, Type::text);
  T read{};
  require(detail::read_value(value.view(), read), "a decimal's digits are text");
  require(read == value.decimal().digits, "all of them");
}

/// Times read what they have written, and from other texts what comes back as it was.
void expect_time(const Value& value) {
  dbapi::DateTime read;
  const bool is_read = detail::read_value(value.view(), read);
  require(is_read || value.type() != Type::datetime, "a time is a time");
  if (value.type() == Type::datetime) require(read == value.datetime(), "the same");
  if (is_read)
    require(dbapi::datetime_of(dbapi::to_iso(read)) == read, "a time comes back");
}

void expect_null(const Value& value) {
  if (value.type() == Type::decimal) return;  // no NULL
  std::optional<std::int64_t> read = 7;
  const bool is_read = detail::read_value(value.view(), read);
  require(is_read == (value.is_null() || fits<std::int64_t>(value)), "NULL is read");
  if (is_read) require(read.has_value() != value.is_null(), "NULL is no number");
}

}  // namespace
}  // namespace hark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hark::test;
  std::vector<Value> values;
  for (Reader reader(text_of(data, size)); reader.has_more();)
    values.push_back(reader.value());
  for (const Value& value : values) {
    require(Value(value.view()) == value || value != value, "a view shows the value");
    require(!hark::dbapi::to_string(value).empty(), "a value is shown as something");
    expect_integer<std::int8_t>(value);
    expect_integer<std::uint8_t>(value);
    expect_integer<std::int16_t>(value);
    expect_integer<std::uint16_t>(value);
    expect_integer<std::int32_t>(value);
    expect_integer<std::uint32_t>(value);
    expect_integer<std::int64_t>(value);
    expect_integer<std::uint64_t>(value);
    expect_real(value);
    expect_text<std::string>(value);
    expect_text<std::string_view>(value);
    expect_bytes<hark::dbapi::Blob>(value, Type::blob);
    expect_time(value);
    expect_null(value);
  }
  expect_round_trip(values);
  return 0;
}
