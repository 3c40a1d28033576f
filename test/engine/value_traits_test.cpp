// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What decimals are read as.
#include <hark/engine/value_traits.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hark::test {
namespace {

using dbapi::Decimal;
using dbapi::ValueView;

template <class T>
std::optional<T> read(const ValueView& value) {
  T to{};
  if (!detail::read_value(value, to)) return std::nullopt;
  return to;
}

TEST(ValueTraitsTest, DecimalIsAnIntegerWhereItIsWhole) {
  EXPECT_EQ(read<int>(ValueView::decimal("42.00")), 42);
  EXPECT_EQ(read<std::uint64_t>(ValueView::decimal("18446744073709551615")),
            18446744073709551615U);
  EXPECT_EQ(read<std::int8_t>(ValueView::decimal("128")), std::nullopt);
  EXPECT_EQ(read<unsigned>(ValueView::decimal("-1")), std::nullopt);
  EXPECT_EQ(read<int>(ValueView::decimal("42.50")), std::nullopt);
}

TEST(ValueTraitsTest, DecimalIsAFloatingPointNumber) {
  EXPECT_EQ(read<double>(ValueView::decimal("12.50")), 12.5);
  EXPECT_EQ(read<float>(ValueView::decimal("0.1")), 0.1F);
}

TEST(ValueTraitsTest, DecimalIsTextAsItsDigits) {
  EXPECT_EQ(read<std::string>(ValueView::decimal("12.50")), "12.50");
  EXPECT_EQ(read<std::string_view>(ValueView::decimal("12.50")), "12.50");
}

TEST(ValueTraitsTest, DecimalIsNeitherBlobNorTruth) {
  EXPECT_EQ(read<dbapi::Blob>(ValueView::decimal("1")), std::nullopt);
  EXPECT_EQ(read<bool>(ValueView::decimal("1")), std::nullopt);
}

TEST(ValueTraitsTest, DecimalReadsNumbers) {
  EXPECT_EQ(read<Decimal>(ValueView::decimal("12.50")), Decimal{"12.50"});
  EXPECT_EQ(read<Decimal>(-42), Decimal{"-42"});
  EXPECT_EQ(read<Decimal>(9.99), Decimal{"9.99"});
  EXPECT_EQ(read<std::optional<Decimal>>(std::nullopt).value(), std::nullopt);
}

TEST(ValueTraitsTest, DecimalReadsNothingElse) {
  EXPECT_EQ(read<Decimal>("12.50"), std::nullopt);
  EXPECT_EQ(read<Decimal>(true), std::nullopt);
  EXPECT_EQ(read<Decimal>(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace hark::test
