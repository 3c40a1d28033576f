// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/fingerprint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "audit/lexer.hpp"

namespace hark::audit {
namespace {

bool are_one_kind(std::string_view one, std::string_view other) {
  return equal_folded(fingerprint(one), fingerprint(other));
}

TEST(FingerprintTest, ReplacesLiterals) {
  EXPECT_EQ(fingerprint("SELECT 1, 'a''b', x'00', 1.5e-3, .5, 0xFF, NULL, true"),
            "SELECT ?, ?, ?, ?, ?, ?, ?, ?");
}

TEST(FingerprintTest, ReplacesASignWithItsNumber) {
  EXPECT_TRUE(are_one_kind("SELECT a WHERE b = -1", "SELECT a WHERE b=1"));
  EXPECT_TRUE(are_one_kind("VALUES (-1, + 2)", "VALUES (1, 2)"));
  EXPECT_EQ(fingerprint("SELECT a-1, (b) - 2, -c"), "SELECT a - ?, (b) - ?, - c");
}

TEST(FingerprintTest, FoldsWhiteSpaceAndComments) {
  EXPECT_TRUE(are_one_kind("SELECT  a ,b\n FROM t -- x\n WHERE a<=1",
                           "SELECT a, b/* y */FROM t WHERE a <= 2"));
}

TEST(FingerprintTest, FoldsCase) {
  EXPECT_TRUE(are_one_kind("select A from T", "SELECT a FROM t"));
}

TEST(FingerprintTest, ShowsKeywordsInCapitalsAndNamesAsTheyAre) {
  EXPECT_EQ(fingerprint("select Name from [My Table] as t where t.Id=1"),
            "SELECT Name FROM [My Table] AS t WHERE t.Id = ?");
}

TEST(FingerprintTest, FoldsInLists) {
  EXPECT_EQ(fingerprint("SELECT a FROM t WHERE b IN (1, 2,3) AND c"),
            "SELECT a FROM t WHERE b IN (?, …) AND c");
  EXPECT_TRUE(are_one_kind("b IN (1)", "b in ('x', ?, :y, NULL)"));
  EXPECT_EQ(fingerprint("b IN (SELECT 1)"), "b IN (SELECT ?)");
  EXPECT_EQ(fingerprint("b IN (1, c)"), "b IN (?, c)");
}

TEST(FingerprintTest, FoldsRowsOfValues) {
  EXPECT_EQ(fingerprint("INSERT INTO t(a, b) VALUES (1, 'x'), (2, NULL), (-3, 'z')"),
            "INSERT INTO t(a, b) VALUES (?, ?), …");
  EXPECT_EQ(fingerprint("INSERT INTO t VALUES (1, 2)"), "INSERT INTO t VALUES (?, ?)");
  EXPECT_EQ(fingerprint("VALUES (1), (f(2)), (f(3)) ON CONFLICT (a) DO NOTHING"),
            "VALUES (?), (f(?)), (f(?)) ON CONFLICT (a) DO NOTHING");
}

TEST(FingerprintTest, KeepsNullWhereItIsNoValue) {
  EXPECT_EQ(fingerprint("SELECT a FROM t WHERE a IS NULL OR b is not null"),
            "SELECT a FROM t WHERE a IS NULL OR b IS NOT NULL");
}

TEST(FingerprintTest, TellsOtherStatementsApart) {
  EXPECT_FALSE(are_one_kind("SELECT a FROM t", "SELECT b FROM t"));
  EXPECT_FALSE(are_one_kind("SELECT a < 1", "SELECT a > 1"));
  EXPECT_FALSE(are_one_kind("SELECT a - b", "SELECT a + b"));
  EXPECT_FALSE(are_one_kind("SELECT a WHERE b = 1", "SELECT a WHERE b = c"));
}

TEST(FingerprintTest, WritesParametersAsLiterals) {
  EXPECT_TRUE(are_one_kind("SELECT ?", "SELECT ?2"));
  EXPECT_TRUE(are_one_kind("SELECT ?", "SELECT 2"));
  EXPECT_EQ(fingerprint("SELECT :name, $b, @c"), "SELECT :name, $b, @c");
}

TEST(FingerprintTest, IsTheSameWhateverTheDatabasesPlaceholders) {
  const std::string_view fingerprint_of_all =
      "SELECT a FROM t WHERE b = ? AND c IN (?, …)";
  for (const std::string_view sql : {"SELECT a FROM t WHERE b = ? AND c IN (?, ?)",
                                     "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)",
                                     "SELECT a FROM t WHERE b=?1 AND c IN (?2)",
                                     "SELECT a FROM t WHERE b = %s AND c IN (%s, %s)",
                                     "SELECT a FROM t WHERE b = 1 AND c IN (:c, NULL)"})
    EXPECT_EQ(fingerprint(sql), fingerprint_of_all);
}

TEST(FingerprintTest, KnowsTheLiteralsOfEachDatabase) {
  EXPECT_EQ(fingerprint("SELECT $$it's$$, $a$ $$ $a$, E'it\\'s', B'1'::int",
                        Syntax::postgresql),
            "SELECT ?, ?, ?, ?::int");
  EXPECT_EQ(fingerprint("SELECT \"it's\", 'a\\'b', `c d` # e", Syntax::mysql),
            "SELECT ?, ?, `c d`");
  EXPECT_EQ(fingerprint("SELECT $$it's$$, E'it\\'s', `c`, a::int # b"),
            "SELECT ?, ?, `c`, a::int");
}

TEST(FingerprintTest, IsItsOwnFingerprint) {
  for (const std::string_view sql :
       {"INSERT INTO t(a) VALUES (1) ON CONFLICT DO NOTHING",
        "SELECT count(*), a.b FROM t WHERE c || 'x' <> '' AND -d < -2 AND e->>'f' = 1",
        "SELECT a FROM t WHERE b BETWEEN 1 AND 2 ORDER BY 1 LIMIT 5"}) {
    const std::string once = fingerprint(sql);
    EXPECT_EQ(fingerprint(once), once);
  }
}

TEST(FingerprintTest, TakesWhatIsNoSql) {
  EXPECT_EQ(fingerprint(""), "");
  EXPECT_EQ(fingerprint("))) 'abc"), "))) ?");
  EXPECT_EQ(fingerprint("VALUES ((1), "), "VALUES ((?),");
}

}  // namespace
}  // namespace hark::audit
