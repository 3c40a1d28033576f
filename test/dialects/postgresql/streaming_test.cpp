// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Rows that come as they are fetched.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

/// Every test, in a transaction and in autocommit mode.
class PostgresStreamingTest : public PostgresEngineTest,
                              public ::testing::WithParamInterface<bool> {
 protected:
  bool is_autocommit() const { return GetParam(); }

  /// An engine whose results are streamed.
  std::unique_ptr<Engine> make_streaming_engine(EngineOptions options = {}) {
    if (is_autocommit()) options.isolation_level = "AUTOCOMMIT";
    options.execution_options = {{"stream_results", true}};
    return make_engine({}, options);
  }
  /// Fetches from `row` on.
  static void expect_rows(Result& result, std::int64_t first, std::int64_t last) {
    for (std::int64_t row = first; row <= last; ++row) {
      const auto fetched = result.fetchone();
      ASSERT_TRUE(fetched) << row;
      ASSERT_EQ(fetched->get<std::int64_t>(0), row);
    }
  }

  static constexpr std::string_view thousand =
      "SELECT i FROM generate_series(1, 1000) AS i";
  /// Fails in its row 1000.
  static constexpr std::string_view failing =
      "SELECT i, 1 / (1000 - i) FROM generate_series(1, 2000) AS i";

  /// Behind FROM, a function's rows would be collected first.
  static constexpr std::string_view endless =
      "SELECT generate_series(1, 1000000000000000)";

  static constexpr std::string_view after_a_failure = "25P02";
};

INSTANTIATE_TEST_SUITE_P(In,
                         PostgresStreamingTest,
                         ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& test) {
                           return test.param ? "AutocommitMode" : "ATransaction";
                         });

TEST_P(PostgresStreamingTest, RowsComeBeforeTheStatementHasEnded) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  Result result = connection.exec_driver_sql(failing);

  expect_rows(result, 1, 999);
  const Failure failure = failure_of([&] { result.fetchone(); });

  EXPECT_TRUE(is_failure<DataError>(failure, "22012", "division by zero"));
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_P(PostgresStreamingTest, WithoutStreamingRowsComeAllAtOnce) {
  Connection connection(engine());
  if (is_autocommit()) connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});

  const Failure failure = failure_of([&] { connection.exec_driver_sql(failing); });

  EXPECT_TRUE(is_failure<DataError>(failure, "22012", "division by zero"));
  connection.rollback();
}

TEST_P(PostgresStreamingTest, TheSameIsReadInEveryExecution) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  for (int execution = 0; execution < 4; ++execution) {
    Result result = connection.exec_driver_sql(thousand);
    expect_rows(result, 1, 1000);
    EXPECT_EQ(result.fetchone(), std::nullopt);
  }
}

TEST_P(PostgresStreamingTest, AResultMayBeEmpty) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  for (int execution = 0; execution < 3; ++execution) {
    Result result = connection.exec_driver_sql("SELECT 1 AS one WHERE false");

    EXPECT_EQ(result.columns(), dbapi::ColumnNames{"one"});
    EXPECT_EQ(result.fetchone(), std::nullopt);
  }
}

TEST_P(PostgresStreamingTest, StatementsWithoutRowsAreExecutedToo) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  connection.exec_driver_sql("CREATE TEMPORARY TABLE t (a int4)");

  for (int execution = 0; execution < 3; ++execution) {
    EXPECT_EQ(connection.exec_driver_sql("INSERT INTO t VALUES (1), (2)").rowcount(), 2);
  }
  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(6));
}

TEST_P(PostgresStreamingTest, AFailureBeforeTheFirstRowIsTheStatements) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);

  const Failure failure =
      failure_of([&] { connection.exec_driver_sql("SELECT nothing"); });

  EXPECT_TRUE(is_failure<ProgrammingError>(failure, "42703", "\"nothing\""));
  connection.rollback();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_P(PostgresStreamingTest, AnotherStatementMayComeBetweenRows) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  for (int execution = 0; execution < 3; ++execution) {
    Result one = connection.exec_driver_sql(thousand);
    expect_rows(one, 1, 10);
    Result other = connection.exec_driver_sql(thousand);
    expect_rows(other, 1, 10);

    expect_rows(one, 11, 1000);
    EXPECT_EQ(one.fetchone(), std::nullopt);
    expect_rows(other, 11, 1000);
    EXPECT_EQ(other.fetchone(), std::nullopt);
  }
}

TEST_P(PostgresStreamingTest, AnotherStatementMayComeBeforeTheFirstRow) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  Result result = connection.exec_driver_sql(thousand);

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));

  expect_rows(result, 1, 1000);
  EXPECT_EQ(result.fetchone(), std::nullopt);
}

TEST_P(PostgresStreamingTest, ThePresentRowStaysWhileAnotherStatementIsExecuted) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  dbapi::Connection& driver = connection.connection().dbapi_connection();
  const dbapi::CursorPtr cursor = driver.cursor();
  dbapi::Operation operation(
      "SELECT 'row ' || i, decode('00ff', 'hex'), NULL, '' FROM generate_series(1, 1000) "
      "AS i");
  operation.streams = true;
  cursor->execute(operation, {});
  cursor->fetch();
  const ValueView text = cursor->value(0);
  const ValueView blob = cursor->value(1);

  const dbapi::CursorPtr other = driver.cursor();
  other->execute("SELECT 1", {});

  EXPECT_EQ(text, ValueView("row 1"));
  EXPECT_EQ(blob.blob().size(), 2U);
  EXPECT_EQ(cursor->value(0), ValueView("row 1"));
  EXPECT_TRUE(cursor->value(2).is_null());
  EXPECT_EQ(cursor->value(3), ValueView(""));
  EXPECT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(0), ValueView("row 2"));
}

TEST_P(PostgresStreamingTest, AFailureBehindTheRowsIsThrownThereNotElsewhere) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  Result result = connection.exec_driver_sql(failing);
  expect_rows(result, 1, 10);

  if (is_autocommit()) {
    EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
  } else {
    EXPECT_EQ(failure_of([&] { scalar(connection, "SELECT 1"); }).sqlstate,
              after_a_failure);
  }

  expect_rows(result, 11, 999);
  const Failure failure = failure_of([&] { result.fetchone(); });
  EXPECT_TRUE(is_failure<DataError>(failure, "22012", "division by zero"));
  connection.rollback();
}

TEST_P(PostgresStreamingTest, RowsMayBeLeftInAllWays) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);

  Result closed = connection.exec_driver_sql(thousand);
  expect_rows(closed, 1, 2);
  closed.close();
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));

  { Result destroyed = connection.exec_driver_sql(thousand); }
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));

  Result first = connection.exec_driver_sql(thousand);
  EXPECT_EQ(first.first()->get<int>(0), 1);
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_P(PostgresStreamingTest, ClosingEarlyUndoesNothing) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  connection.exec_driver_sql("CREATE TEMPORARY TABLE t (a int4)");

  // More rows than the socket takes: the server waits with the statement's end.
  Result result = connection.exec_driver_sql(
      "INSERT INTO t SELECT generate_series(1, 300000) RETURNING a, repeat('x', 100)");
  result.close();
  connection.commit();

  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(300'000));
}

TEST_P(PostgresStreamingTest, ARollbackEndsAnEndlessStatement) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  Result result = connection.exec_driver_sql(endless);
  expect_rows(result, 1, 10);

  connection.rollback();

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_P(PostgresStreamingTest, ACommitKeepsTheRows) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  Result result = connection.exec_driver_sql(thousand);
  expect_rows(result, 1, 10);

  connection.commit();

  expect_rows(result, 11, 1000);
  EXPECT_EQ(result.fetchone(), std::nullopt);
}

TEST_P(PostgresStreamingTest, AConnectionThatIsClosedEndsAnEndlessStatement) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  Result result = connection.exec_driver_sql(endless);
  expect_rows(result, 1, 10);

  connection.close();

  EXPECT_THROW(result.fetchone(), ResourceClosedError);
  EXPECT_EQ(streaming->pool().checked_out(), 0U);
  Connection next(*streaming);
  EXPECT_EQ(scalar(next, "SELECT 1"), Value(1));
}

TEST_P(PostgresStreamingTest, ACheckoutThatIsOverEndsAnEndlessStatementWithoutAReset) {
  EngineOptions options;
  options.pool.reset_on_return = ResetOnReturn::none;
  const auto streaming = make_streaming_engine(options);
  dbapi::CursorPtr left;
  {
    PooledConnection pooled = streaming->raw_connection();
    left = pooled.dbapi_connection().cursor();
    dbapi::Operation operation(endless);
    operation.streams = true;
    left->execute(operation, {});
    left->fetch();
  }

  Connection next(*streaming);
  EXPECT_EQ(scalar(next, "SELECT 1"), Value(1));
  EXPECT_THROW(left->fetch(), dbapi::Error);
}

TEST_P(PostgresStreamingTest, ExecutingAgainDropsWhatWasLeft) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  const dbapi::CursorPtr cursor = connection.connection().dbapi_connection().cursor();
  dbapi::Operation operation(thousand);
  operation.streams = true;
  for (int execution = 0; execution < 3; ++execution) {
    cursor->execute(operation, {});
    EXPECT_TRUE(cursor->fetch());
    EXPECT_EQ(cursor->value(0), ValueView(1));
  }
}

TEST_P(PostgresStreamingTest, ExecutemanyMayComeBetweenRows) {
  const auto streaming = make_streaming_engine();
  Connection connection(*streaming);
  connection.exec_driver_sql("CREATE TEMPORARY TABLE t (a int4)");
  Result result = connection.exec_driver_sql(thousand);
  expect_rows(result, 1, 10);

  connection.execute("INSERT INTO t VALUES (:a)", ParameterSets{{{"a", 1}}, {{"a", 2}}});

  expect_rows(result, 11, 1000);
  EXPECT_EQ(scalar(connection, "SELECT count(*) FROM t"), Value(2));
}

class PostgresStreamedSavepointTest : public PostgresEngineTest {};

TEST_F(PostgresStreamedSavepointTest, MayComeBetweenRows) {
  Connection connection(engine());
  connection.execution_options({{"stream_results", true}});
  Result result = connection.exec_driver_sql("SELECT generate_series(1, 1000)");
  result.fetchmany(10);

  Transaction nested = connection.begin_nested();
  nested.rollback();

  EXPECT_EQ(result.fetchall().size(), 990U);
}

}  // namespace
}  // namespace hark::test
