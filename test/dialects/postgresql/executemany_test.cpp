// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// One statement for many rows: executemany, and COPY … FROM STDIN.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

using namespace std::string_literals;
using dbapi::Decimal;

dbapi::Blob blob_of(std::string_view bytes) {
  const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

/// Rows of one integer, from 1 on; before the row behind the last one `at_end` is called.
class CountedRows final : public dbapi::ParameterRows {
 public:
  CountedRows(std::int64_t count, std::function<void()> at_end)
      : count_(count), at_end_(std::move(at_end)) {}
  bool next(dbapi::ParameterRow& row) override {
    if (at_ == count_) {
      at_end_();
      return false;
    }
    value_ = ++at_;
    row = {&value_, 1};
    return true;
  }
  void rewind() override { at_ = 0; }

 private:
  const std::int64_t count_;
  const std::function<void()> at_end_;
  std::int64_t at_ = 0;
  ValueView value_;
};

class PostgresManyTest : public PostgresEngineTest {
 protected:
  void SetUp() override {
    PostgresEngineTest::SetUp();
    if (IsSkipped()) return;
    commit("CREATE TABLE t (a int8 PRIMARY KEY, b text)");
  }

  static ParameterSets sets(std::int64_t count, std::int64_t first = 1) {
    ParameterSets made;
    for (std::int64_t i = first; i < first + count; ++i)
      made.push_back(ParameterSet{{"a", i}, {"b", "text " + std::to_string(i)}});
    return made;
  }
  std::int64_t stored() {
    Connection connection(engine());
    return scalar(connection, "SELECT count(*) FROM t").integer();
  }
  /// What the driver's executemany throws on rows that throw.
  static void throw_at_end(Connection& connection,
                           std::string_view sql,
                           std::int64_t count) {
    dbapi::Connection& driver = connection.connection().dbapi_connection();
    driver.begin();
    const dbapi::CursorPtr cursor = driver.cursor();
    CountedRows rows(count, [] { throw std::runtime_error("no more"); });
    cursor->executemany(sql, rows);
  }
  std::unique_ptr<Engine> make_autocommit_engine() {
    return make_engine({}, EngineOptions{.isolation_level = "AUTOCOMMIT"});
  }

  static constexpr std::string_view insert = "INSERT INTO t (a, b) VALUES (:a, :b)";
};

// -- executemany ------------------------------------------------------------------------

TEST_F(PostgresManyTest, StoresAnyNumberOfRows) {
  for (const bool is_cached : {true, false}) {
    const auto other = make_engine(is_cached ? "" : "statement_cache_size=0");
    for (const std::int64_t count : {1, 2, 99, 100, 101, 200, 10'000}) {
      Connection connection(*other);
      const Result result = connection.execute(insert, sets(count));

      EXPECT_EQ(result.rowcount(), count);
      EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(count));
      EXPECT_EQ(scalar(connection, "SELECT sum(a) FROM t WHERE b = 'text ' || a"),
                Value(Decimal{std::to_string(count * (count + 1) / 2)}));
      connection.rollback();
    }
  }
}

TEST_F(PostgresManyTest, NoRowsAreNoStatement) {
  Connection connection(engine());
  const dbapi::CursorPtr cursor = connection.connection().dbapi_connection().cursor();
  CountedRows rows(0, [] {});
  Trace trace(connection);

  cursor->executemany("INSERT INTO t (a) VALUES ($1)", rows);

  EXPECT_EQ(cursor->rowcount(), 0);
  EXPECT_EQ(trace.messages(), std::vector<std::string>{});
}

TEST_F(PostgresManyTest, TakesFewRoundTrips) {
  Connection connection(engine());
  Trace trace(connection);

  connection.execute(insert, sets(10'000));

  EXPECT_LE(trace.round_trips(), 4U);
  EXPECT_LE(trace.sent("Execute"), 110U);
}

TEST_F(PostgresManyTest, AColumnMayHaveValuesOfManyTypesAndNulls) {
  commit("CREATE TABLE mixed (id int4, n numeric, b text)");
  ParameterSets rows;
  const Values numbers{1, 2.5, Decimal{"3.5"}, "4.5", Value(), std::int64_t{1} << 40};
  const Values texts{"x", Value(), ""};
  for (std::size_t i = 0; i < 600; ++i) {
    rows.push_back(ParameterSet{
        {"id", i}, {"n", numbers[i % numbers.size()]}, {"b", texts[i % texts.size()]}});
  }
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution) {
    EXPECT_EQ(
        connection.execute("INSERT INTO mixed VALUES (:id, :n, :b)", rows).rowcount(),
        600);
    EXPECT_EQ(
        scalar(
            connection,
            "SELECT count(*) FROM mixed WHERE n IS NOT DISTINCT FROM (ARRAY[1, 2.5, 3.5, "
            "4.5, NULL, 1099511627776])[id % 6 + 1] AND b IS NOT DISTINCT FROM "
            "(ARRAY['x', NULL, ''])[id % 3 + 1]"),
        Value(600));
    connection.rollback();
  }
}

TEST_F(PostgresManyTest, ManyKindsOfRowsMayCome) {
  commit("CREATE TABLE kinds (a text, b text, c text)");
  const Values kinds{1, std::int64_t{1} << 40, "x", true, 2.5, Value()};
  ParameterSets rows;
  for (std::size_t i = 0; i < 500; ++i) {
    rows.push_back(ParameterSet{
        {"a", kinds[i % 6]}, {"b", kinds[i / 6 % 6]}, {"c", kinds[i / 36 % 6]}});
  }
  Connection connection(engine());
  for (int execution = 0; execution < 3; ++execution) {
    EXPECT_EQ(connection
                  .execute("INSERT INTO kinds VALUES (CAST(:a AS text), CAST(:b AS "
                           "text), CAST(:c AS text))",
                           rows)
                  .rowcount(),
              500);
  }
}

TEST_F(PostgresManyTest, IntegersGrowWithinAColumn) {
  ParameterSets rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back(
        ParameterSet{{"a", (i % 2 == 0 ? std::int64_t{i} : (std::int64_t{1} << 40) + i)},
                     {"b", Value()}});
  }
  rows[1] = ParameterSet{{"a", -1}, {"b", "x"}};
  Connection connection(engine());

  connection.execute(insert, rows);

  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t WHERE a < 100"), Value(51));
  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t WHERE a >= 1099511627776"),
            Value(49));
}

TEST_F(PostgresManyTest, BlobsComeAsTheyAre) {
  commit("CREATE TABLE blobs (id int4, b bytea)");
  ParameterSets rows;
  for (int i = 0; i < 250; ++i) {
    rows.push_back(ParameterSet{
        {"id", i},
        {"b", blob_of(std::string(static_cast<std::size_t>(i), static_cast<char>(i)))}});
  }
  Connection connection(engine());

  connection.execute("INSERT INTO blobs VALUES (:id, :b)", rows);

  EXPECT_EQ(
      scalar(connection,
             "SELECT count(*) FROM blobs WHERE b = decode(repeat(lpad(to_hex(id), 2, "
             "'0'), id), 'hex')"),
      Value(250));
}

TEST_F(PostgresManyTest, ADuplicateIsToldInTheServersWords) {
  ParameterSets rows = sets(1'000);
  rows.push_back(ParameterSet{{"a", 777}, {"b", "again"}});
  Connection connection(engine());

  const Failure failure = failure_of([&] { connection.execute(insert, rows); });

  EXPECT_TRUE(
      is_failure<IntegrityError>(failure, "23505", "Key (a)=(777) already exists"));
  connection.rollback();
  EXPECT_EQ(stored(), 0);
  connection.execute(insert, sets(1'000));
  connection.commit();
  EXPECT_EQ(stored(), 1'000);
}

TEST_F(PostgresManyTest, InAutocommitModeItIsAllRowsOrNone) {
  const auto other = make_autocommit_engine();
  Connection connection(*other);
  ParameterSets rows = sets(1'000);
  rows.push_back(ParameterSet{{"a", 777}, {"b", "again"}});

  failure_of([&] { connection.execute(insert, rows); });

  EXPECT_EQ(stored(), 0);
  connection.execute(insert, sets(1'000));
  EXPECT_EQ(stored(), 1'000);
}

TEST_F(PostgresManyTest, UpdatesAndConflictsGoRowByRow) {
  Connection connection(engine());
  connection.execute(insert, sets(300));

  EXPECT_EQ(
      connection.execute("UPDATE t SET b = :b WHERE a = :a", sets(300, 200)).rowcount(),
      101);
  EXPECT_EQ(connection
                .execute("INSERT INTO t (a, b) VALUES (:a, :b) ON CONFLICT DO NOTHING",
                         sets(300, 200))
                .rowcount(),
            199);
  EXPECT_EQ(connection
                .execute("INSERT INTO t (a, b) VALUES (:a, :b) ON CONFLICT (a) DO UPDATE "
                         "SET b = excluded.b",
                         sets(300))
                .rowcount(),
            300);
}

TEST_F(PostgresManyTest, AQueryThatEndsWithValuesGoesRowByRow) {
  commit("CREATE TABLE u (a int8)");
  Connection connection(engine());
  ParameterSets rows(250, ParameterSet{{"a", 7}});

  connection.execute("INSERT INTO u SELECT 1 UNION VALUES (CAST(:a AS int8))", rows);
  connection.execute("INSERT INTO u SELECT 1::int8 UNION VALUES (:a)", rows);

  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM u"), Value(1'000));
}

TEST_F(PostgresManyTest, RowsThatAreReturnedAreRefused) {
  const std::string returning = std::string(insert) + " RETURNING a";
  {
    Connection connection(engine());
    const Failure failure = failure_of([&] { connection.execute(returning, sets(3)); });
    EXPECT_TRUE(failure.is<ProgrammingError>()) << failure;
    EXPECT_TRUE(contains(failure.what, "returns rows")) << failure;
    connection.rollback();
  }
  const auto other = make_autocommit_engine();
  Connection connection(*other);
  failure_of([&] { connection.execute(returning, sets(3)); });

  EXPECT_EQ(stored(), 0);
}

TEST_F(PostgresManyTest, RowsThatThrowWhileTheyAreMadeLeaveTheConnectionUsable) {
  for (const std::int64_t count : {0, 1, 100, 25'000}) {
    Connection connection(engine());

    EXPECT_THROW(throw_at_end(connection, "INSERT INTO t (a) VALUES ($1)", count),
                 std::runtime_error);

    connection.connection().dbapi_connection().rollback();
    EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(0));
  }
}

TEST_F(PostgresManyTest, InAutocommitModeRowsThatThrowAreNotStored) {
  const auto other = make_autocommit_engine();
  for (const std::int64_t count : {0, 1, 100, 25'000}) {
    Connection connection(*other);

    EXPECT_THROW(throw_at_end(connection, "INSERT INTO t (a) VALUES ($1)", count),
                 std::runtime_error);

    EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(0));
  }
}

TEST_F(PostgresManyTest, ListenersChooseTheTypesOfAllRows) {
  constexpr std::int64_t jsonb = 3802;
  event::listen(
      engine(), "do_setinputsizes", [](InputSizes& sizes) { sizes.back().type = jsonb; });
  Connection connection(engine());
  connection.execute("CREATE TEMPORARY TABLE kinds (a integer, b text)");
  const ParameterSets rows = {{{"a", 1}, {"b", "{}"}}, {{"a", 2}, {"b", "[1]"}}};

  connection.execute("INSERT INTO kinds SELECT :a, jsonb_typeof(:b)", rows);

  EXPECT_EQ(connection.execute("SELECT string_agg(b, ' ' ORDER BY a) FROM kinds")
                .scalar_one<std::string>(),
            "object array");
}

TEST_F(PostgresManyTest, WhatMakesRowsMayAskTheConnectionThatTheyAreFor) {
  for (const std::int64_t count : {1, 100, 1'000}) {
    Connection connection(engine());
    dbapi::Connection& driver = connection.connection().dbapi_connection();
    driver.begin();
    const dbapi::CursorPtr cursor = driver.cursor();
    const dbapi::CursorPtr other = driver.cursor();
    CountedRows rows(count, [&] {
      other->execute("SELECT 7", {});
      ASSERT_TRUE(other->fetch());
      EXPECT_EQ(other->value(0), ValueView(7));
    });

    cursor->executemany("INSERT INTO t (a) VALUES ($1)", rows);

    EXPECT_EQ(cursor->rowcount(), count);
    other->execute("SELECT count(*) FROM t", {});
    EXPECT_TRUE(other->fetch());
    EXPECT_EQ(other->value(0), ValueView(count));
    driver.rollback();
  }
}

TEST_F(PostgresManyTest, ATextWithANullCharacterIsRefused) {
  Connection connection(engine());
  ParameterSets rows = sets(250);
  rows.push_back(ParameterSet{{"a", 251}, {"b", "a\0b"s}});

  const Failure failure = failure_of([&] { connection.execute(insert, rows); });

  EXPECT_TRUE(failure.is<DataError>()) << failure;
  connection.rollback();
  EXPECT_EQ(stored(), 0);
}

// -- COPY … FROM STDIN ------------------------------------------------------------------

class PostgresCopyTest : public PostgresManyTest {
 protected:
  using Records = std::vector<std::tuple<std::int64_t, std::string>>;

  static Records records(std::int64_t count) {
    Records made;
    for (std::int64_t i = 1; i <= count; ++i)
      made.emplace_back(i, "text " + std::to_string(i));
    return made;
  }

  static constexpr std::string_view copy = "COPY t FROM STDIN";
};

TEST_F(PostgresCopyTest, TakesRows) {
  Connection connection(engine());

  const Result result = connection.execute(copy, records(10'000));

  EXPECT_EQ(result.rowcount(), 10'000);
  connection.commit();
  EXPECT_EQ(stored(), 10'000);
}

TEST_F(PostgresCopyTest, TakesValuesOfEveryType) {
  using namespace std::chrono_literals;
  commit(
      "CREATE TABLE all_types (a bool, b int8, c float8, d text, e bytea, f date, g "
      "timestamptz, h numeric, i timestamp, j int4)");
  const dbapi::Date day = std::chrono::year(-43) / 3 / 15;
  const dbapi::DateTime time = dbapi::DateTime(day) + 12h + 250ms;
  const Values values{true,
                      std::numeric_limits<std::int64_t>::min(),
                      0.1,
                      "\\N",
                      blob_of("\x00\xFF\\\n"s),
                      day,
                      time,
                      Decimal{"-12.50"},
                      time,
                      Value()};
  Connection connection(engine());
  connection.exec_driver_sql("SET TIME ZONE 'America/St_Johns'");

  connection.exec_driver_sql("COPY all_types FROM STDIN",
                             dbapi::Parameters::many({values}));

  const Row row = connection.exec_driver_sql("SELECT * FROM all_types").one();
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(Value(row[i]), values[i]) << "column " << i;
}

TEST_F(PostgresCopyTest, RealsMayBeInfiniteOrNoNumber) {
  commit("CREATE TABLE reals (a float8)");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Connection connection(engine());

  connection.exec_driver_sql(
      "COPY reals FROM STDIN",
      dbapi::Parameters::many(
          {{infinity}, {-infinity}, {std::numeric_limits<double>::quiet_NaN()}}));

  EXPECT_EQ(column(connection, "SELECT a::text FROM reals"),
            (Values{"Infinity", "-Infinity", "NaN"}));
}

TEST_F(PostgresCopyTest, TextsAreTheSameWhateverIsInThem) {
  const std::vector<std::string> texts{"a\tb",
                                       "a\nb",
                                       "a\r\nb",
                                       "\\",
                                       "\\N",
                                       "\\.",
                                       "\\x41",
                                       "",
                                       "\xC3\xBC",
                                       std::string(200'000, 'x') + "\n",
                                       "\b\f\v\x01\x7F"};
  Records rows;
  for (const std::string& each : texts) rows.emplace_back(rows.size(), each);
  Connection connection(engine());

  connection.execute(copy, rows);

  EXPECT_EQ(column(connection, "SELECT b FROM t ORDER BY a"),
            Values(texts.begin(), texts.end()));
}

TEST_F(PostgresCopyTest, AnErrorInARowIsToldInTheServersWords) {
  Connection connection(engine());
  std::vector<dbapi::Row> rows;
  for (int i = 1; i <= 1'000; ++i) rows.push_back({i, "x"});
  rows.push_back({"x", "y"});

  const Failure failure = failure_of(
      [&] { connection.exec_driver_sql(copy, dbapi::Parameters::many(rows)); });

  EXPECT_TRUE(is_failure<DataError>(failure, "22P02", "COPY t, line 1001, column a"));
  connection.rollback();
  EXPECT_EQ(stored(), 0);
}

TEST_F(PostgresCopyTest, RowsOfAnotherWidthAreAnError) {
  Connection connection(engine());

  const Failure failure = failure_of([&] {
    connection.exec_driver_sql(copy, dbapi::Parameters::many({{1, "x"}, {2}}));
  });

  EXPECT_TRUE(is_failure<DataError>(failure, "22P04", "missing data for column"));
}

TEST_F(PostgresCopyTest, RowsThatThrowWhileTheyAreMadeAreForgotten) {
  const auto autocommit = make_autocommit_engine();
  for (Engine* const each : {&engine(), autocommit.get()}) {
    for (const std::int64_t count : {0, 1, 100'000}) {
      Connection connection(*each);

      EXPECT_THROW(throw_at_end(connection, "COPY t (a) FROM STDIN", count),
                   std::runtime_error);

      connection.connection().dbapi_connection().rollback();
      EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(0));
    }
  }
}

TEST_F(PostgresCopyTest, WhatMakesRowsCannotAskTheConnectionThatTheyAreFor) {
  Connection connection(engine());
  dbapi::Connection& driver = connection.connection().dbapi_connection();
  driver.begin();
  const dbapi::CursorPtr cursor = driver.cursor();
  const dbapi::CursorPtr other = driver.cursor();
  CountedRows rows(7, [&] {
    EXPECT_THROW(other->execute("SELECT 1", {}), dbapi::ProgrammingError);
    EXPECT_THROW(driver.commit(), dbapi::ProgrammingError);
  });

  cursor->executemany("COPY t (a) FROM STDIN", rows);

  EXPECT_EQ(cursor->rowcount(), 7);
  other->execute("SELECT count(*) FROM t", {});
  EXPECT_TRUE(other->fetch());
  EXPECT_EQ(other->value(0), ValueView(7));
  driver.rollback();
}

TEST_F(PostgresCopyTest, WithoutRowsItIsAnError) {
  Connection connection(engine());

  const Failure failure = failure_of([&] { connection.exec_driver_sql(copy); });

  EXPECT_TRUE(is_failure<OperationalError>(failure, "57014", "no rows were given"));
  EXPECT_FALSE(failure.is_cancelled);
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresCopyTest, RowsAreNoParameters) {
  Connection connection(engine());

  const Failure failure = failure_of([&] { connection.exec_driver_sql(copy, {1, "x"}); });

  EXPECT_TRUE(failure.is<ProgrammingError>()) << failure;
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresCopyTest, NamedParametersAreNoRows) {
  Connection connection(engine());

  const Failure failure = failure_of([&] { connection.execute(copy, sets(3)); });

  EXPECT_TRUE(failure.is<ProgrammingError>()) << failure;
  connection.rollback();
  EXPECT_EQ(stored(), 0);
}

TEST_F(PostgresCopyTest, FormatsThatRowsAreNotSentInAreRefused) {
  for (const std::string options : {"(FORMAT binary)",
                                    "WITH (FORMAT csv)",
                                    "CSV",
                                    "(DELIMITER ',')",
                                    "(NULL 'none')",
                                    "(HEADER)"}) {
    Connection connection(engine());
    const Failure failure = failure_of(
        [&] { connection.execute(std::string(copy) + " " + options, records(3)); });

    EXPECT_TRUE(failure.is<NotSupportedError>()) << options << ": " << failure;
    connection.rollback();
    EXPECT_EQ(stored(), 0);
  }
}

TEST_F(PostgresCopyTest, OptionsThatChangeNoFormatAreTaken) {
  Connection connection(engine());

  connection.execute("COPY t (a, b) FROM STDIN WITH (FORMAT text) WHERE b IS NOT NULL",
                     records(3));

  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(3));
}

TEST_F(PostgresCopyTest, CopyToTakesNoRows) {
  Connection connection(engine());
  connection.execute(insert, sets(1'000));

  const Failure failure =
      failure_of([&] { connection.execute("COPY t TO STDOUT", records(3)); });

  EXPECT_TRUE(failure.is<ProgrammingError>()) << failure;
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresCopyTest, ListenersSeeExecutemany) {
  std::vector<std::pair<std::string, bool>> heard;
  const event::ScopedSubscription listening = event::listen(
      engine(),
      "before_cursor_execute",
      [&](Connection&,
          dbapi::Cursor&,
          const std::string& statement,
          const dbapi::Parameters&,
          ExecutionContext&,
          bool executemany) { heard.emplace_back(statement, executemany); });
  Connection connection(engine());

  connection.execute(copy, records(3));

  EXPECT_EQ(heard,
            (std::vector<std::pair<std::string, bool>>{{std::string(copy), true}}));
}

// -- COPY … TO STDOUT -------------------------------------------------------------------

TEST_F(PostgresCopyTest, GivesLines) {
  Connection connection(engine());
  connection.execute(insert, sets(3));
  connection.exec_driver_sql("INSERT INTO t VALUES (4, NULL), (5, E'tab\\tline\\n')");

  Result result = connection.exec_driver_sql("COPY t TO STDOUT");

  EXPECT_EQ(result.columns(), dbapi::ColumnNames{"line"});
  EXPECT_EQ(result.scalars<std::string>(),
            (std::vector<std::string>{
                "1\ttext 1", "2\ttext 2", "3\ttext 3", "4\t\\N", "5\ttab\\tline\\n"}));
  EXPECT_EQ(result.rowcount(), 5);
}

TEST_F(PostgresCopyTest, AnotherStatementMayComeBetweenLines) {
  Connection connection(engine());
  connection.execute(insert, sets(1'000));
  Result result = connection.exec_driver_sql("COPY t TO STDOUT");
  EXPECT_EQ(result.fetchone()->get<std::string>(0), "1\ttext 1");

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));

  const auto lines = result.scalars<std::string>();
  ASSERT_EQ(lines.size(), 999U);
  EXPECT_EQ(lines.front(), "2\ttext 2");
  EXPECT_EQ(lines.back(), "1000\ttext 1000");
}

TEST_F(PostgresCopyTest, LinesMayBeLeft) {
  Connection connection(engine());
  connection.execute(insert, sets(1'000));
  connection.commit();

  connection.exec_driver_sql("COPY t TO STDOUT").close();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
  {
    Result left = connection.exec_driver_sql("COPY t TO STDOUT");
    connection.rollback();
  }
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresCopyTest, BinaryLinesAreRefused) {
  Connection connection(engine());

  const Failure failure =
      failure_of([&] { connection.exec_driver_sql("COPY t TO STDOUT (FORMAT binary)"); });

  EXPECT_TRUE(failure.is<NotSupportedError>()) << failure;
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresCopyTest, AnErrorBetweenLinesIsThrown) {
  Connection connection(engine());
  Result result = connection.exec_driver_sql(
      "COPY (SELECT 1 / (500 - i) FROM generate_series(1, 1000) AS i) TO STDOUT");

  const Failure failure = failure_of([&] { result.fetchall(); });

  EXPECT_TRUE(is_failure<DataError>(failure, "22012", "division by zero"));
  connection.rollback();
}

}  // namespace
}  // namespace hark::test
