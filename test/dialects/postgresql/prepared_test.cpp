// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Prepared statements: when they are made, when they are given up, and that nobody notices
// when the server has lost them or has changed what they are about.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

class PostgresPreparedTest : public PostgresEngineTest {
 protected:
  /// How many prepared statements the connection has on the server, of those whose text
  /// holds `part`.
  static std::int64_t prepared(Connection& connection, const std::string& part) {
    PooledConnection& pooled = connection.connection();
    const dbapi::CursorPtr cursor = pooled.dbapi_connection().cursor();
    // The text that asks is another one each time, so that it is not prepared itself.
    static int asked = 0;
    cursor->execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%" + part +
            "%' /* " + std::to_string(++asked) + " */",
        {});
    return cursor->fetch() ? cursor->value(0).integer() : -1;
  }

  void run(Connection& connection, const std::string& sql, int times) {
    for (int i = 0; i < times; ++i) connection.exec_driver_sql(sql);
  }
};

TEST_F(PostgresPreparedTest, TheSecondExecutionPrepares) {
  Connection connection(engine());

  run(connection, "SELECT 'twice'", 1);
  EXPECT_EQ(prepared(connection, "''twice''"), 0);
  run(connection, "SELECT 'twice'", 1);
  EXPECT_EQ(prepared(connection, "''twice''"), 1);
}

TEST_F(PostgresPreparedTest, APreparedStatementIsOneRoundTripWithoutItsText) {
  Connection connection(engine());
  run(connection, "SELECT 'known'", 2);
  Trace trace(connection);

  run(connection, "SELECT 'known'", 1);

  EXPECT_EQ(trace.round_trips(), 1U);
  EXPECT_EQ(trace.sent("Parse"), 0U);
}

TEST_F(PostgresPreparedTest, PreparingCostsNoRoundTrip) {
  Connection connection(engine());
  run(connection, "SELECT 'known'", 1);
  Trace trace(connection);

  run(connection, "SELECT 'known'", 1);

  EXPECT_EQ(trace.round_trips(), 1U);
  EXPECT_EQ(trace.sent("Parse"), 1U);
}

TEST_F(PostgresPreparedTest, StreamedStatementsArePreparedToo) {
  Connection connection(engine());
  connection.execution_options({{"stream_results", true}});

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(connection.exec_driver_sql("SELECT 'stream' FROM generate_series(1, 3)")
                  .all()
                  .size(),
              3U);
  }

  EXPECT_EQ(prepared(connection, "''stream''"), 1);
}

TEST_F(PostgresPreparedTest, WithoutACacheNothingIsPrepared) {
  const auto uncached = make_engine("statement_cache_size=0");
  Connection connection(*uncached);

  run(connection, "SELECT 'never'", 4);

  EXPECT_EQ(prepared(connection, ""), 0);
}

TEST_F(PostgresPreparedTest, LongTextsAreNotPrepared) {
  Connection connection(engine());
  const std::string sql = "SELECT 'long' || '" + std::string(20'000, 'x') + "'";

  run(connection, sql, 3);
  connection.execute("CREATE TEMPORARY TABLE t (a int)");
  connection.execute("INSERT INTO t VALUES (:a) /*" + std::string(20'000, 'x') + "long*/",
                     ParameterSets{{{"a", 1}}, {{"a", 2}}});

  EXPECT_EQ(prepared(connection, "long"), 0);
}

TEST_F(PostgresPreparedTest, WhatIsPushedOutOfTheCacheIsDeallocated) {
  const auto small = make_engine("statement_cache_size=3");
  Connection connection(*small);
  for (int i = 0; i < 10; ++i)
    run(connection, "SELECT 'text " + std::to_string(i) + "'", 2);

  // What asks is a text of the cache, too.
  EXPECT_LE(prepared(connection, "''text"), 3);
  EXPECT_EQ(prepared(connection, "''text 0"), 0);
}

TEST_F(PostgresPreparedTest, TheTextsUsedLastAreKept) {
  const auto small = make_engine("statement_cache_size=4");
  Connection connection(*small);
  run(connection, "SELECT 'kept'", 2);
  for (int i = 0; i < 10; ++i) {
    run(connection, "SELECT 'other " + std::to_string(i) + "'", 1);
    run(connection, "SELECT 'kept'", 1);
  }
  Trace trace(connection);

  run(connection, "SELECT 'kept'", 1);

  EXPECT_EQ(trace.sent("Parse"), 0U);
}

TEST_F(PostgresPreparedTest, OfManyKindsOfParametersAFewArePrepared) {
  Connection connection(engine());
  const std::string sql = "SELECT $1::text, $2::text, $3::text, 'kinds'";
  const Values kinds{1, "x", true, 2.5};
  for (int round = 0; round < 2; ++round) {
    for (const Value& a : kinds) {
      for (const Value& b : kinds) {
        for (const Value& c : kinds) {
          const dbapi::Row row{a, b, c};
          EXPECT_TRUE(connection.exec_driver_sql(sql, dbapi::Parameters(row)).first());
          EXPECT_TRUE(connection.exec_driver_sql(sql, dbapi::Parameters(row)).first());
        }
      }
    }
  }

  EXPECT_LE(prepared(connection, "''kinds''"), 9);
}

// -- kinds of parameters ----------------------------------------------------------------

TEST_F(PostgresPreparedTest, IntegersAndNullsMayAlternate) {
  Connection connection(engine());
  for (const Value& value : Values{5, Value(), 7, Value(), Value(), 8, 9}) {
    EXPECT_EQ(scalar(connection, "SELECT $1", {value.view()}), value);
    EXPECT_EQ(scalar(connection, "SELECT $1 + 1", {value.view()}).is_null(),
              value.is_null());
  }
}

TEST_F(PostgresPreparedTest, NullMayComeFirst) {
  Connection connection(engine());
  for (const Value& value : Values{Value(), 7, Value(), "x", Value(), 8, "y"})
    EXPECT_EQ(scalar(connection, "SELECT $1", {value.view()}), value);
}

TEST_F(PostgresPreparedTest, KindsMayAlternate) {
  Connection connection(engine());
  connection.exec_driver_sql("CREATE TEMPORARY TABLE t (id int8, price numeric)");
  connection.exec_driver_sql("INSERT INTO t VALUES (7, 7)");
  for (int round = 0; round < 3; ++round) {
    for (const Value& value :
         Values{7, std::int64_t{1} << 40, "7", 7.0, Value(), dbapi::Decimal{"7"}}) {
      const bool is_seven = !value.is_null() && value != Value(std::int64_t{1} << 40);
      EXPECT_EQ(scalar(connection,
                       "SELECT count(*) FROM t WHERE id = $1 AND price = $1",
                       {value.view()}),
                Value(is_seven ? 1 : 0))
          << to_string(value);
    }
  }
}

// -- what the server has lost -----------------------------------------------------------

TEST_F(PostgresPreparedTest, SurvivesDeallocateAll) {
  Connection connection(engine());
  run(connection, "SELECT 'here'", 3);

  run(connection, "DEALLOCATE ALL", 1);

  run(connection, "SELECT 'here'", 3);
  EXPECT_EQ(prepared(connection, "''here''"), 1);
}

TEST_F(PostgresPreparedTest, SurvivesDiscardAll) {
  Connection connection(engine());
  connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});
  run(connection, "SELECT 'here'", 3);

  run(connection, "DISCARD ALL", 1);

  run(connection, "SELECT 'here'", 3);
  EXPECT_EQ(prepared(connection, "''here''"), 1);
}

TEST_F(PostgresPreparedTest, SurvivesWhatItDoesNotHearOf) {
  Connection connection(engine());
  run(connection, "SELECT 'here'", 3);
  run(connection, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$", 1);
  connection.commit();

  run(connection, "SELECT 'here'", 3);  // the first of a transaction

  EXPECT_EQ(prepared(connection, "''here''"), 1);
}

TEST_F(PostgresPreparedTest, SurvivesThatWhatIsDueIsGone) {
  const auto small = make_engine("statement_cache_size=2");
  Connection connection(*small);
  run(connection, "SELECT 'one'", 2);
  run(connection, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$", 1);
  connection.commit();

  for (int i = 0; i < 5; ++i)
    run(connection, "SELECT 'other " + std::to_string(i) + "'", 1);

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresPreparedTest, LaterInATransactionALossIsToldOnce) {
  Connection connection(engine());
  run(connection, "SELECT 'here'", 3);
  run(connection, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$", 1);

  const Failure failure = failure_of([&] { run(connection, "SELECT 'here'", 1); });

  EXPECT_TRUE(is_failure<OperationalError>(failure, "26000", "does not exist"));
  connection.rollback();
  run(connection, "SELECT 'here'", 3);
}

// -- schemas that change ----------------------------------------------------------------

class PostgresSchemaChangeTest : public PostgresPreparedTest {
 protected:
  void SetUp() override {
    PostgresPreparedTest::SetUp();
    if (IsSkipped()) return;
    commit("CREATE TABLE t (a int4)");
    commit("INSERT INTO t VALUES (1)");
  }

  static constexpr std::string_view select = "SELECT * FROM t";

  std::size_t width(Connection& connection) {
    Result result = connection.exec_driver_sql(select);
    const std::size_t columns = result.columns().size();
    EXPECT_EQ(result.fetchall().at(0).size(), columns);
    return columns;
  }
  /// Has the connection prepare what select says.
  void warm(Connection& connection) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 1U);
    connection.commit();
  }
};

TEST_F(PostgresSchemaChangeTest, AnothersChangeIsNotNoticedInTheFirstStatement) {
  Connection connection(engine());
  warm(connection);
  commit("ALTER TABLE t ADD COLUMN b text");

  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
}

TEST_F(PostgresSchemaChangeTest, AnothersChangeIsNotNoticedInAutocommitMode) {
  Connection connection(engine());
  connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});
  warm(connection);
  commit("ALTER TABLE t ADD COLUMN b text");

  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
}

TEST_F(PostgresSchemaChangeTest, AnothersChangeFailsALaterStatementOnce) {
  Connection connection(engine());
  warm(connection);
  connection.exec_driver_sql("SELECT 1");
  commit("ALTER TABLE t ADD COLUMN b text");

  const Failure failure = failure_of([&] { width(connection); });

  EXPECT_TRUE(is_failure<NotSupportedError>(failure, "0A000", "cached plan"));
  connection.rollback();
  connection.exec_driver_sql("SELECT 1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
}

TEST_F(PostgresSchemaChangeTest, AStreamNoticesNothingInTheFirstStatement) {
  Connection connection(engine());
  connection.execution_options({{"stream_results", true}});
  warm(connection);
  commit("ALTER TABLE t ADD COLUMN b text");

  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
}

TEST_F(PostgresSchemaChangeTest, AStreamFailsOnceLaterInATransaction) {
  Connection connection(engine());
  connection.execution_options({{"stream_results", true}});
  warm(connection);
  connection.exec_driver_sql("SELECT 1").close();
  commit("ALTER TABLE t ADD COLUMN b text");

  const Failure failure = failure_of([&] { width(connection); });

  EXPECT_TRUE(is_failure<NotSupportedError>(failure, "0A000", "cached plan"));
  connection.rollback();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
}

TEST_F(PostgresSchemaChangeTest, ItsOwnChangeIsNotNoticed) {
  Connection connection(engine());
  warm(connection);

  run(connection, "ALTER TABLE t ADD COLUMN b text", 1);

  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
}

TEST_F(PostgresSchemaChangeTest, ItsOwnTableMayTakeAnothersName) {
  Connection connection(engine());
  warm(connection);

  run(connection, "CREATE TEMPORARY TABLE t AS SELECT 'x' AS b, 2 AS c", 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);
  run(connection, "DROP TABLE t", 1);
  run(connection, "CREATE TEMPORARY TABLE t (a int, b int, c int)", 1);
  run(connection, "INSERT INTO t VALUES (1, 2, 3)", 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 3U);
}

TEST_F(PostgresSchemaChangeTest, ItsOwnChangeMayBeRolledBack) {
  Connection connection(engine());
  warm(connection);
  run(connection, "ALTER TABLE t ADD COLUMN b text", 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);

  connection.rollback();

  connection.exec_driver_sql("SELECT 1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 1U);
}

TEST_F(PostgresSchemaChangeTest, ItsOwnChangeMayBeRolledBackToASavepoint) {
  Connection connection(engine());
  warm(connection);
  connection.exec_driver_sql("SELECT 1");
  Transaction nested = connection.begin_nested();
  run(connection, "ALTER TABLE t ADD COLUMN b text", 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 2U);

  nested.rollback();

  for (int i = 0; i < 3; ++i) EXPECT_EQ(width(connection), 1U);
}

TEST_F(PostgresSchemaChangeTest, AParametersTypeThatHasChangedFailsOnce) {
  Connection connection(engine());
  for (int i = 0; i < 3; ++i)
    connection.exec_driver_sql("INSERT INTO t VALUES ($1)", {"7"});
  connection.commit();
  commit("ALTER TABLE t ALTER COLUMN a TYPE text");

  const Failure failure =
      failure_of([&] { connection.exec_driver_sql("INSERT INTO t VALUES ($1)", {"x"}); });

  EXPECT_TRUE(is_failure<DataError>(failure, "22P02", "\"x\""));
  connection.rollback();
  connection.exec_driver_sql("INSERT INTO t VALUES ($1)", {"x"});
}

TEST_F(PostgresSchemaChangeTest, AColumnThatGrowsFailsExecutemanyOnce) {
  Connection connection(engine());
  const ParameterSets texts{{{"a", "x"}}, {{"a", "y"}}};
  const ParameterSets digits{{{"a", "1"}}, {{"a", "2"}}};
  for (int i = 0; i < 3; ++i) connection.execute("INSERT INTO t VALUES (:a)", digits);
  connection.commit();
  commit("ALTER TABLE t ALTER COLUMN a TYPE text");

  const Failure failure =
      failure_of([&] { connection.execute("INSERT INTO t VALUES (:a)", texts); });

  EXPECT_TRUE(is_failure<DataError>(failure, "22P02", "\"x\""));
  connection.rollback();
  connection.execute("INSERT INTO t VALUES (:a)", texts);
}

TEST_F(PostgresSchemaChangeTest, WhatIsDueDoesNotHinderARollbackToASavepoint) {
  const auto small = make_engine("statement_cache_size=1");
  Connection connection(*small);
  run(connection, "SELECT 'prepared'", 3);
  Transaction nested = connection.begin_nested();
  run(connection, "SELECT 'this, too'", 3);
  failure_of([&] { run(connection, "SELECT 1 / 0", 1); });

  nested.rollback();

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
  connection.commit();
}

}  // namespace
}  // namespace hark::test
