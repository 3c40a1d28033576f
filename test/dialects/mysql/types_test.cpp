// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <chrono>
#include <cstddef>
#include <limits>

#include "dialects/mysql/driver_fixture.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using dbapi::Blob;
using dbapi::Date;
using dbapi::DateTime;
using dbapi::Decimal;
using dbapi::Value;

constexpr Date day = std::chrono::sys_days(2026y / 11 / 22);
const DateTime noon = DateTime(day) + 12h + 34min + 56s;

Blob blob(std::initializer_list<unsigned char> bytes) {
  Blob made;
  for (const unsigned char each : bytes) made.push_back(std::byte{each});
  return made;
}

class MySqlTypesTest : public MySqlDriverTest {
 protected:
  /// What a column of that type gives back for a literal, by both protocols.
  void expect_column(const std::string& type,
                     const std::string& literal,
                     const Value& expected) {
    SCOPED_TRACE(type + " " + literal);
    const auto connection = connect();
    connection->set_autocommit(true);
    run(*connection, "CREATE OR REPLACE TABLE one (it " + type + ")");
    run(*connection, "INSERT IGNORE INTO one VALUES (" + literal + ")");
    EXPECT_EQ(scalar(*connection, "SELECT it FROM one"), expected) << "prepared";
    // What does not begin as a query goes as text.
    EXPECT_EQ(scalar(*connection, "EXECUTE IMMEDIATE 'SELECT it FROM one'"), expected)
        << "as text";
  }

  Value back(const Value& value) { return scalar(*connect(), "SELECT ? AS it", {value}); }
  Value back_as(const std::string& type, const Value& value) {
    return scalar(*connect(), "SELECT CAST(? AS " + type + ")", {value});
  }
};

TEST_F(MySqlTypesTest, IntegersOfAllWidths) {
  expect_column("TINYINT", "-128", -128);
  expect_column("TINYINT UNSIGNED", "255", 255);
  expect_column("SMALLINT", "-32768", -32768);
  expect_column("SMALLINT UNSIGNED", "65535", 65535);
  expect_column("MEDIUMINT", "-8388608", -8388608);
  expect_column("MEDIUMINT UNSIGNED", "16777215", 16777215);
  expect_column("INT", "-2147483648", std::numeric_limits<std::int32_t>::min());
  expect_column("INT UNSIGNED", "4294967295", 4294967295);
  expect_column(
      "BIGINT", "-9223372036854775808", std::numeric_limits<std::int64_t>::min());
  expect_column(
      "BIGINT UNSIGNED", "9223372036854775807", std::numeric_limits<std::int64_t>::max());
  expect_column("BOOLEAN", "TRUE", 1);
}

TEST_F(MySqlTypesTest, IntegerBeyond64SignedBitsIsADecimal) {
  expect_column(
      "BIGINT UNSIGNED", "18446744073709551615", Decimal{"18446744073709551615"});
  expect_column("BIT(64)", "~0", Decimal{"18446744073709551615"});
}

TEST_F(MySqlTypesTest, RealNumbers) {
  expect_column("FLOAT", "0.15625", 0.15625);
  expect_column("DOUBLE", "1.7976931348623157e308", std::numeric_limits<double>::max());
  expect_column("DOUBLE", "-0.1", -0.1);
}

TEST_F(MySqlTypesTest, DecimalsAreExact) {
  expect_column("DECIMAL(10, 3)", "-12.50", Decimal{"-12.500"});
  expect_column("DECIMAL(38, 0)",
                "12345678901234567890123456789012345678",
                Decimal{"12345678901234567890123456789012345678"});
}

TEST_F(MySqlTypesTest, DaysAndTimes) {
  expect_column("DATE", "'2026-11-22'", day);
  expect_column("DATETIME", "'2026-11-22 12:34:56'", noon);
  expect_column("DATETIME", "'2026-11-22'", DateTime(day));
  expect_column("DATETIME(6)", "'2026-11-22 12:34:56.000789'", noon + 789us);
  expect_column("TIMESTAMP", "'2026-11-22 12:34:56'", noon);
  expect_column("DATE", "'0001-01-01'", std::chrono::sys_days(1y / 1 / 1));
  expect_column("DATE", "'9999-12-31'", std::chrono::sys_days(9999y / 12 / 31));
}

TEST_F(MySqlTypesTest, DayThatThereIsNotIsTextAsTheServerWritesIt) {
  expect_column("DATE", "'0000-00-00'", "0000-00-00");
  expect_column("DATETIME", "'0000-00-00'", "0000-00-00 00:00:00");
  expect_column("DATETIME(3)", "'0000-00-00'", "0000-00-00 00:00:00.000");
}

TEST_F(MySqlTypesTest, DayWithoutMonthIsTextAsTheServerWritesIt) {
  auto with_mode = options();
  with_mode.sql_mode = "ALLOW_INVALID_DATES";
  const auto connection = connect(with_mode);

  EXPECT_EQ(scalar(*connection, "SELECT CAST('2026-00-00' AS DATE)"),
            Value("2026-00-00"));
  EXPECT_EQ(scalar(*connection, "SELECT CAST('2026-02-31 10:11:12.5' AS DATETIME(1))"),
            Value("2026-02-31 10:11:12.5"));
}

TEST_F(MySqlTypesTest, TimeIsText) {
  expect_column("TIME", "'12:34:56'", "12:34:56");
  expect_column("TIME", "'-838:59:59'", "-838:59:59");
  expect_column("TIME(3)", "'00:00:01.5'", "00:00:01.500");
  expect_column("TIME", "'0:0:0'", "00:00:00");
  expect_column("TIME(2)", "'0:0:0'", "00:00:00.00");
}

TEST_F(MySqlTypesTest, YearAndBitsAreIntegers) {
  expect_column("YEAR", "2026", 2026);
  expect_column("BIT(1)", "1", 1);
  expect_column("BIT(12)", "b'101010101010'", 0xaaa);
}

TEST_F(MySqlTypesTest, Texts) {
  expect_column("VARCHAR(20) CHARACTER SET utf8mb4", "'Zoë 😀'", "Zoë 😀");
  expect_column("CHAR(5)", "'ab'", "ab");
  expect_column("VARCHAR(20) CHARACTER SET latin1", "'Zoë'", "Zoë");
  expect_column("TEXT", "''", "");
  expect_column("JSON", "'{\"a\": [1, null]}'", "{\"a\": [1, null]}");
  expect_column("ENUM('red', 'green')", "'green'", "green");
  expect_column("SET('a', 'b', 'c')", "'a,c'", "a,c");
}

TEST_F(MySqlTypesTest, TextsOfAllLengths) {
  for (const std::size_t size : {0U, 1U, 250U, 251U, 65535U, 65536U, 3000000U}) {
    const std::string text(size, 'x');

    EXPECT_EQ(back(text), Value(text)) << size;
  }
}

TEST_F(MySqlTypesTest, Blobs) {
  expect_column("VARBINARY(10)", "X'00FF27'", blob({0x00, 0xff, 0x27}));
  expect_column("BINARY(2)", "X'41'", blob({0x41, 0x00}));
  expect_column("LONGBLOB", "''", Blob());
}

TEST_F(MySqlTypesTest, NullIsNullInEachType) {
  for (const char* const type : {"INT",
                                 "DOUBLE",
                                 "DECIMAL(5, 2)",
                                 "DATE",
                                 "TIME",
                                 "TEXT",
                                 "BLOB",
                                 "BIT(3)",
                                 "YEAR",
                                 "JSON"}) {
    expect_column(type, "NULL", Value());
  }
}

TEST_F(MySqlTypesTest, ParametersComeBack) {
  EXPECT_EQ(back(Value()), Value());
  EXPECT_EQ(back(true), Value(1));
  EXPECT_EQ(back(std::numeric_limits<std::int64_t>::min()),
            Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(back(0.1), Value(0.1));
  EXPECT_EQ(back("Zoë's \\ \"x\""), Value("Zoë's \\ \"x\""));
  EXPECT_EQ(back(""), Value(""));
  EXPECT_EQ(back(std::string("a\0b", 3)), Value(std::string("a\0b", 3)));
  EXPECT_EQ(back(Decimal{"-12.500"}), Value(Decimal{"-12.500"}));
}

TEST_F(MySqlTypesTest, ParametersOfTypesComeBack) {
  EXPECT_EQ(back_as("DATE", day), Value(day));
  EXPECT_EQ(back_as("DATETIME(6)", noon + 789us), Value(noon + 789us));
  EXPECT_EQ(back_as("DATETIME", DateTime(day)), Value(DateTime(day)));
  EXPECT_EQ(back_as("BINARY", blob({0x00, 0xff})), Value(blob({0x00, 0xff})));
  EXPECT_EQ(back_as("BINARY", Blob()), Value(Blob()));
}

TEST_F(MySqlTypesTest, WhatIsNoNumberToTheServerIsRefused) {
  for (const Value& value : {Value(std::numeric_limits<double>::infinity()),
                             Value(-std::numeric_limits<double>::infinity()),
                             Value(std::numeric_limits<double>::quiet_NaN()),
                             Value(Decimal{"Infinity"}),
                             Value(Decimal{"NaN"})}) {
    EXPECT_EQ(error_of([&] { back(value); }).type, "DataError");
  }
  EXPECT_EQ(back(Decimal{"1.5e3"}), Value(Decimal{"1500"}));
}

TEST_F(MySqlTypesTest, TimestampIsInUTC) {
  const auto connection = connect();
  run(*connection, "CREATE TEMPORARY TABLE one (it TIMESTAMP NULL)");

  run(*connection, "INSERT INTO one VALUES (?)", {noon});

  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(noon.time_since_epoch());
  EXPECT_EQ(scalar(*connection, "SELECT UNIX_TIMESTAMP(it) FROM one"),
            Value(seconds.count()));
  EXPECT_EQ(scalar(*connection, "SELECT @@time_zone"), Value("+00:00"));
}

TEST_F(MySqlTypesTest, TimeZoneIsTheOneOfTheURLOrTheServers) {
  auto zoned = options();
  zoned.time_zone = "+05:00";
  EXPECT_EQ(scalar(*connect(zoned), "SELECT @@time_zone"), Value("+05:00"));
  zoned.time_zone.clear();
  EXPECT_EQ(scalar(*connect(zoned), "SELECT @@time_zone = @@global.time_zone"), Value(1));
  zoned.init_command = "SET time_zone = '+02:00'";
  zoned.time_zone = "+05:00";
  EXPECT_EQ(scalar(*connect(zoned), "SELECT @@time_zone"), Value("+02:00"));
}

TEST_F(MySqlTypesTest, YearWithoutFourDigitsIsRefused) {
  const Said said = error_of(
      [&] { back(Date(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1))); });

  EXPECT_EQ(said.type, "DataError");
  EXPECT_NE(said.words.find("10000"), std::string::npos);
}

TEST_F(MySqlTypesTest, TypeOfAParameterMayChange) {
  const auto connection = connect();

  EXPECT_EQ(scalar(*connection, "SELECT ?", {1}), Value(1));
  EXPECT_EQ(scalar(*connection, "SELECT ?", {"one"}), Value("one"));
  EXPECT_EQ(scalar(*connection, "SELECT ?", {Value()}), Value());
  EXPECT_EQ(scalar(*connection, "SELECT ?", {1.5}), Value(1.5));
  EXPECT_EQ(prepared(*connection), 1);
}

TEST_F(MySqlTypesTest, MoreColumnsThanABitmapByte) {
  std::string sql = "SELECT 0";
  for (int i = 1; i < 40; ++i) sql += i % 3 == 0 ? ", NULL" : ", " + std::to_string(i);

  const Values row = query(*connect(), sql).at(0);

  for (std::size_t i = 0; i < row.size(); ++i)
    EXPECT_EQ(row[i], i % 3 == 0 && i != 0 ? Value() : Value(i)) << i;
}

}  // namespace
}  // namespace hark::test
