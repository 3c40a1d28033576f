// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/statement_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "detail/statement_text.hpp"

namespace hark::test {
namespace {

using postgresql::CachedText;
using postgresql::copies_plain_text;
using postgresql::EncodedRows;
using postgresql::insert_of_many_rows;
using postgresql::Statement;
using postgresql::StatementCache;

TEST(PostgresFirstWordTest, StandsBehindBlanksAndComments) {
  for (const std::string_view sql : {"COPY t",
                                     "copy t",
                                     " \n\tCoPy\nt",
                                     "-- note\nCOPY t",
                                     "/* a /* nested */ note */ COPY t",
                                     "COPY",
                                     "COPY(t)"}) {
    EXPECT_TRUE(detail::begins_with_any(sql, detail::Syntax::postgresql, {"COPY"}))
        << sql;
  }
  for (const std::string_view sql : {"",
                                     "COP",
                                     "COPYING",
                                     "COPY_t",
                                     "-- COPY",
                                     "/* COPY */",
                                     "/* not closed COPY",
                                     "/*/ COPY",
                                     "SELECT COPY"}) {
    EXPECT_FALSE(detail::begins_with_any(sql, detail::Syntax::postgresql, {"COPY"}))
        << sql;
  }
}

TEST(PostgresManyRowsTest, APlainInsertTakesMany) {
  EXPECT_EQ(insert_of_many_rows("INSERT INTO t VALUES ($1, $2)", 2, 2),
            "INSERT INTO t VALUES ($1,$2),($3,$4)");
  EXPECT_EQ(insert_of_many_rows("insert into t(a)values ( $1 ) ; ", 1, 3),
            "insert into t(a)values ($1),($2),($3)");
}

TEST(PostgresManyRowsTest, AnyOtherStatementDoesNot) {
  for (const std::string_view sql :
       {"",
        "VALUES ($1, $2)",
        "INSERT INTO t VALUES ($2, $1)",
        "INSERT INTO t VALUES ($1, $1)",
        "INSERT INTO t VALUES ($1)",
        "INSERT INTO t VALUES ($1, $2, $3)",
        "INSERT INTO t VALUES ($1, $2 + 1)",
        "INSERT INTO t VALUES ($1, $2), ($1, $2)",
        "INSERT INTO t VALUES ($1, $2) RETURNING a",
        "INSERT INTO t VALUES ($1, $2) ON CONFLICT DO NOTHING",
        "INSERT INTO t (a, b) SELECT f($1, $2)",
        "INSERT INTO t SELECT 1, 2 UNION VALUES ($1, $2)",
        "INSERT INTO t SELECT 1, 2 union all values ($1, $2)",
        "INSERT INTO t SELECT $1, 2 EXCEPT VALUES ($1, $2)",
        "INSERT INTO t SELECT 1, 2 INTERSECT VALUES ($1, $2)",
        "INSERT INTO t DEVALUES ($1, $2)",
        "INSERT INTO t_VALUES ($1, $2)",
        "UPDATE t SET (a, b) = ($1, $2)",
        "WITH x AS (SELECT 1) INSERT INTO t VALUES ($1, $2)",
        "INSERT INTO t VALUES ($1, $2"}) {
    EXPECT_EQ(insert_of_many_rows(sql, 2, 10), "") << sql;
  }
  EXPECT_EQ(insert_of_many_rows("INSERT INTO t VALUES ()", 0, 10), "");
}

TEST(PostgresManyRowsTest, NamesThatHoldAWordThatJoinsAreNames) {
  EXPECT_NE(insert_of_many_rows("INSERT INTO reunion (unions) VALUES ($1)", 1, 2), "");
}

TEST(PostgresCopyTextTest, IsWithoutOptionsThatChangeIt) {
  for (const std::string_view sql : {"COPY t FROM STDIN",
                                     "COPY t (a, \"null\") FROM stdin",
                                     "COPY t FROM STDIN WITH (FORMAT text, FREEZE)",
                                     "COPY t FROM STDIN WHERE a IS NOT NULL"}) {
    EXPECT_TRUE(copies_plain_text(sql)) << sql;
  }
  for (const std::string_view sql : {"COPY t FROM STDIN (FORMAT csv)",
                                     "COPY t FROM STDIN csv",
                                     "COPY t FROM STDIN WITH BINARY",
                                     "COPY t FROM STDIN (delimiter '|')",
                                     "COPY t FROM STDIN DELIMITERS '|'",
                                     "COPY t FROM STDIN (NULL '')",
                                     "COPY t FROM STDIN (HEADER)",
                                     "COPY t FROM STDIN (ENCODING 'latin1')",
                                     "COPY t FROM STDIN (HEADER) WHERE a > 1"}) {
    EXPECT_FALSE(copies_plain_text(sql)) << sql;
  }
}

// -- the cache --------------------------------------------------------------------------

std::string text_number(int i) { return "SELECT " + std::to_string(i); }

/// The statement of a text for one parameter of that value.
Statement& statement_of(StatementCache& cache,
                        CachedText& text,
                        const dbapi::Value& value) {
  EncodedRows rows;
  const std::vector<dbapi::ValueView> views{value};
  rows.add(views);
  return cache.find_or_add(text, rows.all());
}

TEST(PostgresStatementCacheTest, FindsATextByItselfAndByItsKey) {
  StatementCache cache(2);
  CachedText& one = cache.find_or_add("SELECT 1", 7);

  EXPECT_EQ(&cache.find_or_add("SELECT 1", 7), &one);
  EXPECT_EQ(&cache.find_or_add("SELECT 1", 0), &one);
  EXPECT_NE(&cache.find_or_add("SELECT 2", 7 + 256), &one);
  EXPECT_EQ(&cache.find_or_add("SELECT 1", 7), &one);
}

TEST(PostgresStatementCacheTest, PushesTheTextOutThatWasUsedLongestAgo) {
  StatementCache cache(2);
  for (const int i : {1, 2}) {
    Statement& statement = statement_of(cache, cache.find_or_add(text_number(i), 0), 1);
    statement.name = "name_" + std::to_string(i);
  }
  cache.find_or_add(text_number(1), 0);

  cache.find_or_add(text_number(3), 0);

  EXPECT_EQ(cache.due(), std::vector<std::string>{"name_2"});
  EXPECT_EQ(cache.find_or_add(text_number(1), 0).statements.size(), 1U);
}

TEST(PostgresStatementCacheTest, AKeyOfATextThatWasPushedOutFindsANewOne) {
  StatementCache cache(1);
  statement_of(cache, cache.find_or_add(text_number(1), 1), 1);
  cache.find_or_add(text_number(2), 2);

  EXPECT_TRUE(cache.find_or_add(text_number(1), 1).statements.empty());
}

TEST(PostgresStatementCacheTest, WithoutACapacityNothingIsKept) {
  StatementCache cache(0);
  EXPECT_FALSE(cache.is_on());
  statement_of(cache, cache.find_or_add(text_number(1), 1), 1);

  EXPECT_TRUE(cache.find_or_add(text_number(1), 1).statements.empty());
  EXPECT_FALSE(cache.find_or_add(text_number(1), 1).is_kept);
}

TEST(PostgresStatementCacheTest, LongTextsAreNotKept) {
  StatementCache cache(10);
  const std::string sql = "SELECT '" + std::string(16'384, 'x') + "'";
  statement_of(cache, cache.find_or_add(sql, 1), 1);

  EXPECT_TRUE(cache.find_or_add(sql, 1).statements.empty());
}

TEST(PostgresStatementCacheTest, ATextHasAFewStatementsAtMost) {
  StatementCache cache(10);
  CachedText& text = cache.find_or_add("SELECT $1, $2", 0);
  const std::vector<dbapi::Value> kinds{1, "x", true, 2.5};
  for (const dbapi::Value& one : kinds) {
    for (const dbapi::Value& other : kinds) {
      EncodedRows rows;
      const std::vector<dbapi::ValueView> views{one, other};
      rows.add(views);
      cache.find_or_add(text, rows.all()).name = cache.next_name();
    }
  }

  EXPECT_EQ(text.statements.size(), 8U);
  EXPECT_EQ(cache.due().size(), 8U);
}

TEST(PostgresStatementCacheTest, NamesNeverComeAgain) {
  StatementCache cache(10);
  const std::string first = cache.next_name();
  cache.clear();

  EXPECT_NE(cache.next_name(), first);
}

TEST(PostgresStatementCacheTest, WhatIsDiscardedIsDueAndWhatIsForgottenIsNot) {
  StatementCache cache(10);
  statement_of(cache, cache.find_or_add("SELECT $1", 0), 1).name = "one";

  cache.discard_prepared();
  EXPECT_EQ(cache.due(), std::vector<std::string>{"one"});
  EXPECT_TRUE(cache.find_or_add("SELECT $1", 0).statements.empty());

  cache.forget_prepared();
  EXPECT_TRUE(cache.due().empty());
}

TEST(PostgresStatementCacheTest, KnowsWhatIsCopyAndWhatRunsOutsideOfTransactions) {
  StatementCache cache(10);
  EXPECT_TRUE(cache.find_or_add("copy t from stdin", 0).is_copy);
  EXPECT_FALSE(cache.find_or_add("SELECT 1", 0).is_copy);
  EXPECT_TRUE(cache.find_or_add("COMMIT /* it */ PREPARED 'x'", 0).is_outside);
  EXPECT_TRUE(cache.find_or_add("rollback prepared 'x'", 0).is_outside);
  EXPECT_FALSE(cache.find_or_add("ROLLBACK TO SAVEPOINT prepared", 0).is_outside);
  EXPECT_FALSE(cache.find_or_add("COMMIT", 0).is_outside);
}

}  // namespace
}  // namespace hark::test
