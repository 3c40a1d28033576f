// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/decimal.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/dbapi/value.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace hark::test {
namespace {

using dbapi::Decimal;
using dbapi::Type;
using dbapi::Value;
using dbapi::ValueView;

static_assert(std::is_convertible_v<Decimal, Value>);
static_assert(std::is_convertible_v<const Decimal&, ValueView>);
static_assert(std::is_nothrow_move_constructible_v<Value>);
// No other type holds more than a text, nor shows more.
static_assert(sizeof(Value) == sizeof(std::string) + sizeof(void*));
static_assert(sizeof(ValueView) == sizeof(std::string_view) + sizeof(void*));

template <class T>
std::optional<T> read(std::string_view digits) {
  T number{};
  if (!dbapi::read_decimal(digits, number)) return std::nullopt;
  return number;
}

// -- as numbers -------------------------------------------------------------------------

TEST(DecimalTest, IntegersReadWhatIsWhole) {
  EXPECT_EQ(read<std::int64_t>("42"), 42);
  EXPECT_EQ(read<std::int64_t>("-42.00"), -42);
  EXPECT_EQ(read<std::int64_t>("0.0"), 0);
  EXPECT_EQ(read<std::int64_t>("9223372036854775807"),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(read<std::int64_t>("-9223372036854775808.000"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(DecimalTest, IntegersReadNothingElse) {
  EXPECT_EQ(read<std::int64_t>("42.50"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("0.01"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(read<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("NaN"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>(""), std::nullopt);
  EXPECT_EQ(read<std::int64_t>(".0"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("4 2"), std::nullopt);
}

TEST(DecimalTest, FloatingPointNumbersReadTheNearest) {
  EXPECT_EQ(read<double>("-12.50"), -12.5);
  EXPECT_EQ(read<double>("0.1"), 0.1);
  EXPECT_EQ(read<float>("0.1"), 0.1F);
  EXPECT_EQ(read<long double>("0.5"), 0.5L);
  EXPECT_EQ(read<double>("9007199254740993"), 9007199254740992.0);
  EXPECT_TRUE(std::isnan(read<double>("NaN").value()));
  EXPECT_EQ(read<double>("Infinity"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(read<double>("-Infinity"), -std::numeric_limits<double>::infinity());
}

TEST(DecimalTest, FloatingPointNumbersReadNothingElse) {
  EXPECT_EQ(read<double>(""), std::nullopt);
  EXPECT_EQ(read<double>("12.5.0"), std::nullopt);
  EXPECT_EQ(read<double>("1" + std::string(400, '0')), std::nullopt);
}

TEST(DecimalTest, NumbersHaveDigits) {
  EXPECT_EQ(dbapi::decimal_of(std::int64_t{-42}), Decimal{"-42"});
  EXPECT_EQ(dbapi::decimal_of(9.99), Decimal{"9.99"});
  EXPECT_EQ(dbapi::decimal_of(1e22), Decimal{"1" + std::string(22, '0')});
  EXPECT_EQ(dbapi::decimal_of(std::numeric_limits<double>::quiet_NaN()), Decimal{"NaN"});
  EXPECT_EQ(dbapi::decimal_of(-std::numeric_limits<double>::infinity()),
            Decimal{"-Infinity"});
}

TEST(DecimalTest, DigitsOfANumberReadAsTheSame) {
  for (const double number : {std::numeric_limits<double>::denorm_min(),
                              -std::numeric_limits<double>::denorm_min() * 12345,
                              std::numeric_limits<double>::min(),
                              -std::numeric_limits<double>::max(),
                              1.0 / 3}) {
    EXPECT_EQ(read<double>(dbapi::decimal_of(number).digits), number);
  }
}

// -- as values --------------------------------------------------------------------------

TEST(DecimalTest, IsAValueOfItsOwnType) {
  const Value value = Decimal{"-12.50"};

  EXPECT_EQ(value.type(), Type::decimal);
  EXPECT_EQ(name_of(value.type()), "decimal");
  EXPECT_EQ(value.decimal(), Decimal{"-12.50"});
  EXPECT_NE(value, Value("-12.50"));
}

TEST(DecimalTest, IsShownByAView) {
  const Decimal number{"12.50"};

  EXPECT_EQ(ValueView(number).type(), Type::decimal);
  EXPECT_EQ(ValueView(number).text(), "12.50");
  EXPECT_EQ(ValueView(number), ValueView::decimal("12.50"));
  EXPECT_EQ(Value(number).view(), ValueView::decimal("12.50"));
  EXPECT_NE(ValueView::decimal("12.50"), ValueView::decimal("12.5"));
  EXPECT_NE(ValueView::decimal("12.50"), ValueView("12.50"));
}

TEST(DecimalTest, IsAssignedToAnyValue) {
  Value text = "x";
  Value number = Decimal{"1"};

  text.assign(ValueView::decimal("2.0"));
  number.assign(ValueView::decimal("3.0"));

  EXPECT_EQ(text, Value(Decimal{"2.0"}));
  EXPECT_EQ(number, Value(Decimal{"3.0"}));
}

TEST(DecimalTest, IsShownWithoutQuotes) {
  EXPECT_EQ(to_string(Value(Decimal{"-12.50"})), "-12.50");
  EXPECT_EQ(to_string(dbapi::Parameters({Decimal{"12.50"}, "x"})), "(12.50, 'x')");
}

}  // namespace
}  // namespace hark::test
