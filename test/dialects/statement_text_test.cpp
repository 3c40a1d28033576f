// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "detail/statement_text.hpp"

#include <gtest/gtest.h>

namespace hark::test {
namespace {

using detail::begins_with_any;
using detail::begins_with_words;
using detail::insert_of_many_rows;
using detail::skip_blank;
using detail::Syntax;

TEST(StatementTextTest, BlankIsWhatTheDatabaseTakesForIt) {
  EXPECT_EQ(skip_blank(" \n-- why\n/* a */ /**/ SELECT", Syntax::sqlite), "SELECT");
  EXPECT_EQ(skip_blank("; ;SELECT", Syntax::sqlite), "SELECT");
  EXPECT_EQ(skip_blank("# why\n-- why\n--\n/* a */SELECT", Syntax::mysql), "SELECT");
  EXPECT_EQ(skip_blank("/* a /* b */ c */ SELECT", Syntax::postgresql), "SELECT");
  EXPECT_EQ(skip_blank("/* a /* b */ SELECT", Syntax::sqlite), "SELECT");
  EXPECT_EQ(skip_blank("/*/ SELECT", Syntax::sqlite), "");
  for (const char* const sql : {"--5", "/*! x */", "/*M! x */", ";"})
    EXPECT_EQ(skip_blank(sql, Syntax::mysql), sql);
  for (const Syntax syntax : {Syntax::mysql, Syntax::postgresql, Syntax::sqlite}) {
    for (const char* const sql : {"", " ", "-- why", "/* why", "/* why *"})
      EXPECT_EQ(skip_blank(sql, syntax), "") << sql;
  }
}

TEST(StatementTextTest, WordsAreWhole) {
  EXPECT_TRUE(begins_with_any(" select(1)", Syntax::sqlite, {"WITH", "SELECT"}));
  EXPECT_FALSE(begins_with_any("SELECTED", Syntax::sqlite, {"SELECT"}));
  EXPECT_FALSE(begins_with_any("SEL", Syntax::sqlite, {"SELECT"}));
  EXPECT_TRUE(
      begins_with_words("xa /* 2 */ commit 'a'", Syntax::mysql, {"XA", "COMMIT"}));
  EXPECT_FALSE(begins_with_words("XA", Syntax::mysql, {"XA", "COMMIT"}));
}

TEST(StatementTextTest, RowOfParametersIsWrittenManyTimes) {
  EXPECT_EQ(insert_of_many_rows("INSERT INTO t VALUES (?, ?)", Syntax::mysql, 2, 2),
            "INSERT INTO t VALUES (?,?),(?,?)");
  EXPECT_EQ(insert_of_many_rows("insert into t(a)values ( ? ) ; ", Syntax::sqlite, 1, 3),
            "insert into t(a)values (?),(?),(?)");
  EXPECT_EQ(
      insert_of_many_rows("INSERT INTO t VALUES ($1, $2)", Syntax::postgresql, 2, 2),
      "INSERT INTO t VALUES ($1,$2),($3,$4)");
  EXPECT_NE(insert_of_many_rows(
                "INSERT INTO reunion (unions) VALUES (?)", Syntax::sqlite, 1, 2),
            "");
}

TEST(StatementTextTest, AnythingButARowOfAllParametersIsNot) {
  for (const char* const sql : {"INSERT INTO t VALUES (?, 1)",
                                "INSERT INTO t VALUES (?, ?)",
                                "INSERT INTO t VALUES (?1)",
                                "INSERT INTO t VALUES (?) ON CONFLICT (a) DO NOTHING",
                                "INSERT INTO t VALUES (?), (?)",
                                "INSERT INTO t VALUES (1), (?)",
                                "INSERT INTO t VALUES (?) RETURNING (a)",
                                "INSERT INTO t VALUES ()",
                                "INSERT INTO t SELECT (?)",
                                "INSERT INTO t SELECT 1 WHERE 1 IN (VALUES (?))",
                                "INSERT INTO t SELECT 5 UNION ALL VALUES (?)",
                                "INSERT INTO t SELECT 5 EXCEPT VALUES (?)",
                                "INSERT INTO t (SELECT 5)intersect VALUES (?)",
                                "INSERT INTO t WITH u AS (SELECT 1) VALUES (?)",
                                "INSERT INTO t XVALUES (?)",
                                "VALUES (?)",
                                ")",
                                ""}) {
    EXPECT_EQ(insert_of_many_rows(sql, Syntax::sqlite, 1, 2), "") << sql;
  }
  EXPECT_EQ(insert_of_many_rows("INSERT INTO t VALUES ()", Syntax::sqlite, 0, 2), "");
  EXPECT_EQ(
      insert_of_many_rows("INSERT INTO t VALUES ($2, $1)", Syntax::postgresql, 2, 2), "");
  EXPECT_EQ(insert_of_many_rows("INSERT INTO t VALUES ($1)", Syntax::sqlite, 1, 2), "");
}

}  // namespace
}  // namespace hark::test
