// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/datetime.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/value.hpp>
#include <hark/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace hark::test {
namespace {

using dbapi::Date;
using dbapi::date_of;
using dbapi::DateTime;
using dbapi::datetime_of;
using dbapi::to_iso;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr Date day = 2026y / 11 / 21;

TEST(DateTimeTest, IsWrittenSuchThatItSorts) {
  EXPECT_EQ(to_iso(day), "2026-11-21");
  EXPECT_EQ(to_iso(Date(7y / 1 / 2)), "0007-01-02");
  EXPECT_EQ(to_iso(DateTime(day) + 18h + 7min + 8s + 9us), "2026-11-21 18:07:08.000009");
  EXPECT_EQ(to_iso(DateTime(day)), "2026-11-21 00:00:00.000000");
}

TEST(DateTimeTest, BeforeTheEpochToo) {
  EXPECT_EQ(to_iso(DateTime(-1us)), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(datetime_of("1969-12-31 23:59:59.999999"), DateTime(-1us));
}

TEST(DateTimeTest, YearHasFourDigits) {
  EXPECT_THROW(to_iso(Date(10000y / 1 / 1)), dbapi::DataError);
  EXPECT_THROW(to_iso(Date(-1y / 1 / 1)), dbapi::DataError);
}

TEST(DateTimeTest, WhatIsWrittenIsRead) {
  for (const int step : {0, 1, 59, 365, 366, 20000}) {
    const Date date = Date(1900y / 1 / 1) + std::chrono::days(step);
    const DateTime time = DateTime(date) + microseconds(step) * 1'000'003;
    EXPECT_EQ(date_of(to_iso(date)), date);
    EXPECT_EQ(datetime_of(to_iso(time)), time);
  }
}

TEST(DateTimeTest, ReadsTheFormsOfIso8601) {
  EXPECT_EQ(datetime_of("2026-11-21"), DateTime(day));
  EXPECT_EQ(datetime_of("2026-11-21T18:07:08Z"), DateTime(day) + 18h + 7min + 8s);
  EXPECT_EQ(datetime_of("2026-11-21 18:07:08.5"), DateTime(day) + 18h + 7min + 8500ms);
}

TEST(DateTimeTest, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "2026",
                           "2026-11",
                           "2026-02-29",
                           "2026-13-01",
                           "2026-11-21x",
                           "2026-1-21",
                           "20261121"}) {
    EXPECT_EQ(date_of(text), std::nullopt) << text;
    EXPECT_EQ(datetime_of(text), std::nullopt) << text;
  }
  for (const char* text : {"2026-11-21 ",
                           "2026-11-21 24:00:00",
                           "2026-11-21 18:60:00",
                           "2026-11-21 18:07:60",
                           "2026-11-21 18:07",
                           "2026-11-21 18:07:08.",
                           "2026-11-21 18:07:08.1234567",
                           "2026-11-21 18:07:08+01:00"}) {
    EXPECT_EQ(datetime_of(text), std::nullopt) << text;
  }
}

TEST(DateTimeTest, DayThatThereIsNotIsRefused) {
  EXPECT_THROW(dbapi::Value(2026y / 2 / 31), DataError);
  EXPECT_THROW(dbapi::ValueView(2026y / 2 / 31), DataError);
}

TEST(DateTimeTest, WhatCannotBeWrittenIsStillShown) {
  EXPECT_EQ(dbapi::to_string(dbapi::Value(20260y / 1 / 1)), "<a time out of range>");
}

TEST(DateTimeTest, ValuesHoldThem) {
  const dbapi::Value date = day;
  const dbapi::Value time = DateTime(day) + 1us;
  const dbapi::Value finer = std::chrono::sys_time<std::chrono::nanoseconds>(1999ns);
  const dbapi::Value civil = 2026y / std::chrono::November / 21;

  EXPECT_EQ(date.type(), dbapi::Type::date);
  EXPECT_EQ(date.view().date(), day);
  EXPECT_EQ(civil, date);
  EXPECT_EQ(time.type(), dbapi::Type::datetime);
  EXPECT_EQ(dbapi::Value(time.view()), time);
  EXPECT_EQ(finer.datetime(), DateTime(1us));
  EXPECT_EQ(dbapi::to_string(time), "'2026-11-21 00:00:00.000001'");
}

}  // namespace
}  // namespace hark::test
