// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Values of every type, on their way to the server and back. A statement's rows come as
// text at first, and in binary from its third execution on: the same must be read.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using dbapi::Date;
using dbapi::DateTime;
using dbapi::Decimal;
using dbapi::Type;

/// The same, where one NaN is like another.
bool is_same(const Value& one, const Value& other) {
  if (one.type() == Type::real && other.type() == Type::real && std::isnan(one.real()))
    return std::isnan(other.real());
  return one == other;
}

dbapi::Blob blob_of(std::string_view bytes) {
  const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

Date day(int year, unsigned month, unsigned day) {
  return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
}

/// A day of a year that std::chrono::year does not know: the calendar comes again every 400
/// years, which are 146,097 days.
Date far_day(int eras, const Date& near) {
  return near + std::chrono::days(146'097) * eras;
}

class PostgresTypesTest : public PostgresEngineTest {
 protected:
  using Table = std::vector<Values>;

  static Table table_of(Connection& connection, const std::string& sql) {
    Table table;
    for (const Row& row : connection.exec_driver_sql(sql).all()) {
      Values values;
      for (std::size_t i = 0; i < row.size(); ++i) values.emplace_back(row[i]);
      table.push_back(std::move(values));
    }
    return table;
  }

  static void expect_same(const Table& one, const Table& other) {
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t row = 0; row < one.size(); ++row) {
      ASSERT_EQ(one[row].size(), other[row].size());
      for (std::size_t i = 0; i < one[row].size(); ++i) {
        EXPECT_TRUE(is_same(one[row][i], other[row][i]))
            << "row " << row << ", column " << i << ": " << to_string(one[row][i])
            << " and " << to_string(other[row][i]);
      }
    }
  }

  /// What `sql` returns, which is the same as text, in binary, and without a cache.
  Table read_in_all_ways(Connection& connection, const std::string& sql) {
    const Table first = table_of(connection, sql);
    expect_same(first, table_of(connection, sql));
    Trace trace(connection);
    expect_same(first, table_of(connection, sql));
    EXPECT_TRUE(asks_for_binary(trace)) << sql;
    return first;
  }

  /// Does Bind ask for results in binary?
  static bool asks_for_binary(Trace& trace) {
    for (const std::string& message : trace.messages()) {
      if (contains(message, "\tBind\t") && message.ends_with(" 1 1")) return true;
    }
    return false;
  }

  /// What is read of one cell, in all ways.
  Value cell(const std::string& expression) {
    Connection connection(engine());
    return read_in_all_ways(connection, "SELECT " + expression).at(0).at(0);
  }

  /// What becomes of a value in a column of that type.
  Value stored(const std::string& type, const Value& value) {
    Connection connection(engine());
    connection.exec_driver_sql("CREATE TEMPORARY TABLE stored (value " + type + ")");
    connection.exec_driver_sql("INSERT INTO stored VALUES ($1)", {value.view()});
    const Value read = scalar(connection, "SELECT value FROM stored");
    connection.rollback();
    return read;
  }
  /// What becomes of a value that is only a parameter.
  Value bare(const Value& value) {
    Connection connection(engine());
    return connection.execute("SELECT :value", {{"value", value.view()}})
        .scalar()
        .value_or(Value());
  }
};

// -- cells ------------------------------------------------------------------------------

TEST_F(PostgresTypesTest, SmallIntegersAreIntegers) {
  EXPECT_EQ(cell("'-32768'::int2"), Value(-32768));
  EXPECT_EQ(cell("32767::int2"), Value(32767));
}

TEST_F(PostgresTypesTest, IntegersAreIntegers) {
  EXPECT_EQ(cell("'-2147483648'::int4"), Value(std::numeric_limits<std::int32_t>::min()));
  EXPECT_EQ(cell("2147483647::int4"), Value(std::numeric_limits<std::int32_t>::max()));
}

TEST_F(PostgresTypesTest, BigIntegersAreIntegers) {
  EXPECT_EQ(cell("'-9223372036854775808'::int8"),
            Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(cell("9223372036854775807::int8"),
            Value(std::numeric_limits<std::int64_t>::max()));
}

TEST_F(PostgresTypesTest, ObjectIdentifiersAreUnsigned) {
  EXPECT_EQ(cell("4294967295::oid"), Value(std::int64_t{4'294'967'295}));
}

TEST_F(PostgresTypesTest, BooleansAreBooleans) {
  EXPECT_EQ(cell("true"), Value(true));
  EXPECT_EQ(cell("false"), Value(false));
}

TEST_F(PostgresTypesTest, SinglesAreTheRealsThatTheyAre) {
  EXPECT_EQ(cell("1.1::float4"), Value(static_cast<double>(1.1F)));
  EXPECT_EQ(cell("'1.4e-45'::float4"),
            Value(static_cast<double>(std::numeric_limits<float>::denorm_min())));
}

TEST_F(PostgresTypesTest, DoublesKeepEveryBit) {
  EXPECT_EQ(cell("0.1::float8 + 0.2::float8"), Value(0.1 + 0.2));
  EXPECT_EQ(cell("'5e-324'::float8"), Value(std::numeric_limits<double>::denorm_min()));
  EXPECT_EQ(cell("'1.7976931348623157e308'::float8"),
            Value(std::numeric_limits<double>::max()));
}

TEST_F(PostgresTypesTest, RealsMayBeInfiniteOrNoNumber) {
  constexpr double infinity = std::numeric_limits<double>::infinity();

  for (const std::string type : {"float4", "float8"}) {
    EXPECT_EQ(cell("'Infinity'::" + type), Value(infinity));
    EXPECT_EQ(cell("'-Infinity'::" + type), Value(-infinity));
    EXPECT_TRUE(is_same(cell("'NaN'::" + type), Value(std::nan(""))));
  }
}

TEST_F(PostgresTypesTest, MinusZeroKeepsItsSign) {
  EXPECT_TRUE(std::signbit(cell("'-0'::float8").real()));
}

TEST_F(PostgresTypesTest, NumericsKeepTheirDigits) {
  const std::string huge = "-" + std::string(1000, '9') + "." + std::string(200, '1');
  Connection connection(engine());

  for (const std::string& digits : {"-12.50"s, "0.00"s, "NaN"s, "Infinity"s, huge}) {
    EXPECT_EQ(scalar(connection, "SELECT '" + digits + "'::numeric"),
              Value(Decimal{digits}));
  }
}

TEST_F(PostgresTypesTest, BlobsAreReadUnderBothOutputs) {
  Connection connection(engine());
  for (const std::string output : {"hex", "escape"}) {
    connection.exec_driver_sql("SET bytea_output = " + output);

    const auto table = read_in_all_ways(
        connection,
        "SELECT '\\x00015c5c27ff80'::bytea, ''::bytea, 'plain'::bytea, '" + output + "'");

    EXPECT_EQ(table.at(0).at(0), Value(blob_of("\x00\x01\\\\'\xFF\x80"s)));
    EXPECT_EQ(table.at(0).at(1), Value(blob_of("")));
    EXPECT_EQ(table.at(0).at(2), Value(blob_of("plain")));
  }
}

TEST_F(PostgresTypesTest, DatesAreDates) {
  EXPECT_EQ(cell("'2026-11-21'::date"), Value(day(2026, 11, 21)));
  EXPECT_EQ(cell("'1969-12-31'::date"), Value(day(1969, 12, 31)));
  EXPECT_EQ(cell("'2000-02-29'::date"), Value(day(2000, 2, 29)));
  EXPECT_EQ(cell("'0001-01-01 BC'::date"), Value(day(0, 1, 1)));
  EXPECT_EQ(cell("'4713-01-01 BC'::date"), Value(day(-4712, 1, 1)));
  EXPECT_EQ(cell("'10000-01-01'::date"), Value(day(10000, 1, 1)));
  EXPECT_EQ(cell("'800004-03-01'::date"), Value(far_day(2000, day(4, 3, 1))));
  EXPECT_EQ(cell("'5874897-12-31'::date"), Value(far_day(14687, day(97, 12, 31))));
}

TEST_F(PostgresTypesTest, InfiniteTimesAreText) {
  for (const std::string type : {"date", "timestamp", "timestamptz"}) {
    EXPECT_EQ(cell("'infinity'::" + type), Value("infinity"));
    EXPECT_EQ(cell("'-infinity'::" + type), Value("-infinity"));
  }
}

TEST_F(PostgresTypesTest, TimestampsKeepMicroseconds) {
  const DateTime noon = DateTime(day(2026, 11, 21)) + 12h;

  EXPECT_EQ(cell("'2026-11-21 12:00:00'::timestamp"), Value(noon));
  EXPECT_EQ(cell("'2026-11-21 12:00:00.5'::timestamp"), Value(noon + 500ms));
  EXPECT_EQ(cell("'2026-11-21 12:00:00.000001'::timestamp"), Value(noon + 1us));
  EXPECT_EQ(cell("'1969-12-31 23:59:59.999999'::timestamp"),
            Value(DateTime(day(1970, 1, 1)) - 1us));
  EXPECT_EQ(cell("'0044-03-15 12:00:00.25 BC'::timestamp"),
            Value(DateTime(day(-43, 3, 15)) + 12h + 250ms));
  EXPECT_EQ(cell("'12345-01-02 03:04:05'::timestamp"),
            Value(DateTime(day(12345, 1, 2)) + 3h + 4min + 5s));
}

TEST_F(PostgresTypesTest, TheLastPointsInTimeAreRefusedInAllWays) {
  // Microseconds since 1970 end earlier than PostgreSQL's, which begin in 2000.
  EXPECT_EQ(cell("'294246-12-31 00:00:00'::timestamp"),
            Value(DateTime(far_day(735, day(246, 12, 31)))));
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution) {
    const Failure failure = failure_of(
        [&] { scalar(connection, "SELECT '294276-12-31 23:59:59.5'::timestamp"); });
    EXPECT_TRUE(contains(failure.what, "after the year 294246")) << failure;
  }
}

TEST_F(PostgresTypesTest, PointsInTimeAreUtcUnderAnySessionsTimeZone) {
  const DateTime winter = DateTime(day(2026, 1, 2)) + 3h + 4min + 5s + 678ms;
  const DateTime old = DateTime(day(1850, 1, 2)) + 3h;
  for (const std::string zone : {"UTC",
                                 "Europe/Berlin",
                                 "Asia/Kolkata",
                                 "America/St_Johns",
                                 "Pacific/Chatham",
                                 "<-03:30>+03:30"}) {
    Connection connection(engine());
    connection.exec_driver_sql("SET TIME ZONE '" + zone + "'");

    const auto table = read_in_all_ways(connection,
                                        "SELECT '2026-01-02 03:04:05.678Z'::timestamptz, "
                                        "'1850-01-02 03:00Z'::timestamptz, '" +
                                            zone + "'");

    EXPECT_EQ(table.at(0).at(0), Value(winter)) << zone;
    EXPECT_EQ(table.at(0).at(1), Value(old)) << zone;
  }
}

TEST_F(PostgresTypesTest, TimesInAnotherStyleAreText) {
  Connection connection(engine());
  connection.exec_driver_sql("SET DateStyle = German");

  EXPECT_EQ(scalar(connection, "SELECT '2026-11-21'::date"), Value("21.11.2026"));
}

TEST_F(PostgresTypesTest, ADatabasesOwnDateStyleDoesNotMatter) {
  Connection connection(engine());
  const std::string name = scalar(connection, "SELECT current_database()").text();
  connection.exec_driver_sql("ALTER DATABASE \"" + name +
                             "\" SET DateStyle = 'SQL, DMY'");
  connection.commit();
  const auto other = make_engine();
  Connection fresh(*other);

  EXPECT_EQ(scalar(fresh, "SELECT '2026-11-21'::date"), Value(day(2026, 11, 21)));
}

TEST_F(PostgresTypesTest, OtherTypesAreTheirText) {
  Connection connection(engine());
  connection.exec_driver_sql("CREATE TYPE mood AS ENUM ('sad', 'glad')");
  connection.exec_driver_sql(
      "CREATE DOMAIN percent AS int4 CHECK (value BETWEEN 0 AND 100)");

  EXPECT_EQ(scalar(connection, "SELECT 'glad'::mood"), Value("glad"));
  EXPECT_EQ(scalar(connection, "SELECT 7::percent"), Value(7));
  EXPECT_EQ(scalar(connection, "SELECT ARRAY[1, NULL, 3]"), Value("{1,NULL,3}"));
  EXPECT_EQ(scalar(connection, "SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid"),
            Value("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
  EXPECT_EQ(scalar(connection, "SELECT '1 day 02:03'::interval"),
            Value("1 day 02:03:00"));
  EXPECT_EQ(scalar(connection, "SELECT '12:34:56.5'::time"), Value("12:34:56.5"));
  EXPECT_EQ(scalar(connection, "SELECT 'pg_class'::regclass"), Value("pg_class"));
}

TEST_F(PostgresTypesTest, TextsAreTheSameInAllWays) {
  Connection connection(engine());
  const auto table = read_in_all_ways(
      connection,
      "SELECT 'it''s \xC3\xBC'::text, ''::varchar, 'x'::char(3), 'n'::name, "
      "'{\"a\": [1, null]}'::json, '{\"a\": [1, null]}'::jsonb");

  const Values expected{
      "it's \xC3\xBC", "", "x  ", "n", "{\"a\": [1, null]}", "{\"a\": [1, null]}"};
  EXPECT_EQ(table.at(0), expected);
}

TEST_F(PostgresTypesTest, SingleBytesAndXmlAreTheSameInAllWays) {
  const auto latin = make_engine("client_encoding=LATIN1");
  Connection connection(*latin);
  const std::string sql =
      "SELECT ''::\"char\", 'r'::\"char\", "
      "'<?xml version=\"1.0\" standalone=\"yes\"?><a/>'::xml";
  const Table first = table_of(connection, sql);

  EXPECT_EQ(first.at(0).at(0), Value(""));
  expect_same(first, table_of(connection, sql));
  expect_same(first, table_of(connection, sql));
}

TEST_F(PostgresTypesTest, NullIsNullInEveryType) {
  Connection connection(engine());
  const auto table = read_in_all_ways(
      connection,
      "SELECT NULL::int2, NULL::int4, NULL::int8, NULL::oid, NULL::bool, NULL::float4, "
      "NULL::float8, NULL::bytea, NULL::date, NULL::timestamp, NULL::timestamptz, "
      "NULL::text, NULL::jsonb");

  EXPECT_EQ(table.at(0), Values(13));
}

TEST_F(PostgresTypesTest, AnUnreadableColumnLeavesTheOthersAsTheyAre) {
  Connection connection(engine());
  const std::string sql = "SELECT 1.50::numeric, 7, ARRAY[1], NULL::numeric";
  const Values expected{Decimal{"1.50"}, 7, "{1}", Value()};

  for (int execution = 0; execution < 4; ++execution)
    EXPECT_EQ(table_of(connection, sql).at(0), expected);
}

TEST_F(PostgresTypesTest, ManyRandomValuesAreTheSameInAllWays) {
  Connection connection(engine());
  connection.exec_driver_sql(
      "CREATE TEMPORARY TABLE many (a int2, b int4, c int8, d float4, e float8, f bytea, "
      "g date, h timestamp, i timestamptz, j text, k bool)");
  connection.exec_driver_sql("SELECT setseed(0.5)");
  connection.exec_driver_sql(
      "INSERT INTO many SELECT (r * 32767)::int2, (r * 2147483647)::int4, "
      "(r * 9e18)::int8, (r * 10 ^ (random() * 70 - 35))::float4, "
      "r * 10 ^ (random() * 600 - 300), decode(md5(r::text), 'hex'), "
      "'2000-01-01'::date + (r * 700000)::int4, "
      "'2000-01-01'::timestamp + r * '6000 years'::interval, "
      "'2000-01-01'::timestamptz + r * '6000 years'::interval, md5(r::text), r > 0 "
      "FROM (SELECT random() * 2 - 1 AS r FROM generate_series(1, 5000)) AS source");
  connection.exec_driver_sql("SET TIME ZONE 'America/St_Johns'");

  EXPECT_EQ(read_in_all_ways(connection, "SELECT * FROM many").size(), 5000U);
}

TEST_F(PostgresTypesTest, WithoutACacheTheSameIsRead) {
  const std::string sql =
      "SELECT 1::int2, 2.5::float8, '\\x00ff'::bytea, '2026-11-21'::date, "
      "'2026-11-21 12:00'::timestamptz, true, 'x', NULL::int4, 1.50";
  const auto uncached = make_engine("statement_cache_size=0");
  Connection one(engine());
  Connection other(*uncached);

  for (int execution = 0; execution < 3; ++execution)
    expect_same(table_of(one, sql), table_of(other, sql));
}

// -- shapes of results ------------------------------------------------------------------

TEST_F(PostgresTypesTest, AResultMayHaveNoRows) {
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution) {
    Result result = connection.exec_driver_sql("SELECT 1 AS one WHERE false");

    EXPECT_TRUE(result.returns_rows());
    EXPECT_EQ(result.columns(), dbapi::ColumnNames{"one"});
    EXPECT_EQ(result.fetchone(), std::nullopt);
  }
}

TEST_F(PostgresTypesTest, AResultMayHaveNoColumns) {
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution)
    EXPECT_FALSE(connection.exec_driver_sql("SELECT FROM pg_class").returns_rows());
}

TEST_F(PostgresTypesTest, AResultMayHave1600Columns) {
  std::string sql = "SELECT ";
  for (int i = 0; i < 1600; ++i) sql += (i == 0 ? "" : ",") + std::to_string(i);
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution) {
    const auto table = table_of(connection, sql);

    ASSERT_EQ(table.at(0).size(), 1600U);
    EXPECT_EQ(table[0][1599], Value(1599));
  }
}

TEST_F(PostgresTypesTest, AnEmptyStatementHasNoResult) {
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution)
    EXPECT_FALSE(connection.exec_driver_sql("").returns_rows());
}

// -- parameters -------------------------------------------------------------------------

TEST_F(PostgresTypesTest, BareParametersComeBack) {
  for (const Value& value : Values{true,
                                   false,
                                   0,
                                   -1,
                                   std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::int32_t>::max(),
                                   std::int64_t{2'147'483'648},
                                   std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max(),
                                   2.5,
                                   -0.0,
                                   std::numeric_limits<double>::denorm_min(),
                                   std::numeric_limits<double>::infinity(),
                                   "",
                                   "it's \\ \xC3\xBC",
                                   blob_of(""),
                                   blob_of("\x00\xFF'\\"s),
                                   day(2026, 11, 21),
                                   day(-4000, 3, 1),
                                   Decimal{"-12.50"},
                                   Decimal{"NaN"},
                                   Value()}) {
    EXPECT_EQ(bare(value), value) << to_string(value);
  }
}

TEST_F(PostgresTypesTest, ParametersComeBackFromColumns) {
  EXPECT_EQ(stored("bool", true), Value(true));
  EXPECT_EQ(stored("int2", -7), Value(-7));
  EXPECT_EQ(stored("int8", 7), Value(7));
  EXPECT_EQ(stored("int8", std::int64_t{1} << 40), Value(std::int64_t{1} << 40));
  EXPECT_EQ(stored("numeric", 7), Value(Decimal{"7"}));
  EXPECT_EQ(stored("float4", 0.5), Value(0.5));
  EXPECT_EQ(stored("float8", 0.1), Value(0.1));
  EXPECT_EQ(stored("numeric(10,2)", Decimal{"12.5"}), Value(Decimal{"12.50"}));
  EXPECT_EQ(stored("bytea", blob_of("\x00\xFF"s)), Value(blob_of("\x00\xFF"s)));
  EXPECT_EQ(stored("date", day(2026, 11, 21)), Value(day(2026, 11, 21)));
  EXPECT_EQ(stored("text", "t"), Value("t"));
  EXPECT_EQ(stored("int4", Value()), Value());
}

TEST_F(PostgresTypesTest, TextsBecomeWhatThePlaceWants) {
  EXPECT_EQ(stored("int4", "7"), Value(7));
  EXPECT_EQ(stored("jsonb", "{\"a\":1}"), Value("{\"a\": 1}"));
  EXPECT_EQ(stored("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
            Value("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
  EXPECT_EQ(stored("int4[]", "{1,2}"), Value("{1,2}"));
  EXPECT_EQ(stored("date", "infinity"), Value("infinity"));
}

TEST_F(PostgresTypesTest, PointsInTimeComeBackUnderAnySessionsTimeZone) {
  for (const DateTime time : {DateTime(day(2026, 7, 1)) + 1h + 2min + 3s + 4us,
                              DateTime(day(1969, 12, 31)) + 23h + 59min + 59s + 999'999us,
                              DateTime(day(-43, 3, 15)) + 12h,
                              DateTime(day(10000, 1, 1)),
                              DateTime(far_day(100, day(7, 2, 28))) + 1h,
                              DateTime(far_day(735, day(246, 12, 31)))}) {
    Connection connection(engine());
    connection.exec_driver_sql("SET TIME ZONE 'America/St_Johns'");
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE times (plain timestamp, zoned timestamptz)");

    connection.exec_driver_sql("INSERT INTO times VALUES ($1, $2)", {time, time});

    const Table table = table_of(connection, "SELECT plain, zoned FROM times");
    EXPECT_EQ(table.at(0), (Values{time, time}));
    connection.rollback();
  }
}

TEST_F(PostgresTypesTest, DatesOfFarYearsComeBack) {
  for (const Date& date :
       {far_day(100, day(7, 2, 28)), far_day(14687, day(97, 12, 31)), day(-4712, 1, 1)}) {
    EXPECT_EQ(stored("date", date), Value(date));
  }
}

TEST_F(PostgresTypesTest, ADateThatNoServerKnowsIsRefused) {
  // The days that PostgreSQL takes for its infinities are none that a program means.
  const Date epoch = day(2000, 1, 1);
  for (const std::int64_t days : {std::int64_t{std::numeric_limits<std::int32_t>::max()},
                                  std::int64_t{std::numeric_limits<std::int32_t>::min()},
                                  std::int64_t{1} << 40}) {
    const Failure failure =
        failure_of([&] { stored("date", epoch + std::chrono::days(days)); });
    EXPECT_TRUE(failure.is<DataError>()) << failure;
    EXPECT_FALSE(failure.is_disconnect);
  }
}

TEST_F(PostgresTypesTest, ATextWithANullCharacterIsRefusedBeforeAnythingIsSent) {
  Connection connection(engine());
  scalar(connection, "SELECT 1");
  Trace trace(connection);

  const Failure failure = failure_of([&] { scalar(connection, "SELECT $1", {"a\0b"s}); });

  EXPECT_TRUE(failure.is<DataError>()) << failure;
  EXPECT_TRUE(contains(failure.what, "null character")) << failure;
  EXPECT_EQ(trace.messages(), std::vector<std::string>{});
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresTypesTest, AStatementWithANullCharacterIsRefused) {
  Connection connection(engine());

  const Failure failure = failure_of([&] { scalar(connection, "SELECT 1\0 + 1"s); });

  EXPECT_TRUE(failure.is<ProgrammingError>()) << failure;
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresTypesTest, MoreParametersThanTheProtocolTakesAreRefused) {
  Connection connection(engine());
  const dbapi::Row row(65'536, Value(1));

  const Failure failure =
      failure_of([&] { connection.exec_driver_sql("SELECT 1", dbapi::Parameters(row)); });

  EXPECT_TRUE(failure.is<ProgrammingError>()) << failure;
  EXPECT_FALSE(failure.is_disconnect);
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresTypesTest,
       AnotherNumberOfParametersThanTheStatementHasIsNoLostConnection) {
  Connection connection(engine());

  const Failure failure =
      failure_of([&] { scalar(connection, "SELECT $1::int4 + $2::int4", {1}); });

  EXPECT_FALSE(failure.is_disconnect) << failure;
  EXPECT_EQ(failure.sqlstate, "08P01");
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

}  // namespace
}  // namespace hark::test
