// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/statement.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/counting_new.hpp"

namespace hark::test {
namespace {

using audit::describe_statement;
using audit::query_summary;
using audit::StatementCache;
using audit::Syntax;
using Columns = std::vector<std::string>;

Columns columns(std::string_view sql, Syntax syntax = Syntax::any) {
  return describe_statement(sql, syntax).columns;
}

// -- pieces ---------------------------------------------------------------------------------

std::vector<std::string> pieces(std::string_view sql, Syntax syntax) {
  std::vector<std::string> made;
  audit::Scanner scanner(sql, syntax);
  while (const auto token = scanner.next()) made.emplace_back(token->text);
  return made;
}
using Pieces = std::vector<std::string>;

TEST(ScannerTest, TakesStringsWithWhatBelongsToThem) {
  EXPECT_EQ(pieces("E'it\\'s' N'a' B'1' U&'x' e", Syntax::postgresql),
            (Pieces{"E'it\\'s'", "N'a'", "B'1'", "U&'x'", "e"}));
  EXPECT_EQ(pieces("$$it's$$ $b$ $$ $b$ $1", Syntax::postgresql),
            (Pieces{"$$it's$$", "$b$ $$ $b$", "$1"}));
  EXPECT_EQ(pieces("_utf8'it\\'s' \"a\\\"b\" `c d`", Syntax::mysql),
            (Pieces{"_utf8'it\\'s'", "\"a\\\"b\"", "`c d`"}));
}

TEST(ScannerTest, KnowsWhatIsAPlaceholderAndWhatAnOperator) {
  EXPECT_EQ(pieces("a?'b' c::int d[1:n]", Syntax::postgresql),
            (Pieces{"a", "?", "'b'", "c", "::", "int", "d", "[", "1", ":", "n", "]"}));
  EXPECT_EQ(pieces("a=?AND b=?2 c", Syntax::sqlite),
            (Pieces{"a", "=", "?", "AND", "b", "=", "?2", "c"}));
  EXPECT_EQ(pieces("a=%s AND b LIKE %(n)s OR c%s", Syntax::any),
            (Pieces{"a", "=", "%s", "AND", "b", "LIKE", "%(n)s", "OR", "c", "%", "s"}));
}

TEST(ScannerTest, LeavesCommentsOut) {
  EXPECT_EQ(pieces("a # b\n-- c\n/* d */e", Syntax::mysql), (Pieces{"a", "e"}));
  EXPECT_EQ(pieces("a /* b /* c */ d */ e", Syntax::postgresql), (Pieces{"a", "e"}));
  EXPECT_EQ(pieces("a #> b", Syntax::postgresql), (Pieces{"a", "#", ">", "b"}));
}

TEST(ScannerTest, ReadsWhatSomeVersionsOfMySqlRun) {
  EXPECT_EQ(pieces("SET /*!40101 NAMES 'x' */ a", Syntax::mysql),
            (Pieces{"SET", "NAMES", "'x'", "a"}));
}

TEST(ScannerTest, WithoutASyntaxADollarThatEndsNoStringIsAParameter) {
  EXPECT_EQ(pieces("$a$ b", Syntax::any), (Pieces{"$a$", "b"}));
  EXPECT_EQ(pieces("$a$ b $a$ c", Syntax::any), (Pieces{"$a$ b $a$", "c"}));
}

TEST(ScannerTest, FindsTheSyntaxOfASystem) {
  EXPECT_EQ(audit::syntax_of("sqlite"), Syntax::sqlite);
  EXPECT_EQ(audit::syntax_of("postgresql"), Syntax::postgresql);
  EXPECT_EQ(audit::syntax_of("mysql"), Syntax::mysql);
  EXPECT_EQ(audit::syntax_of("mariadb"), Syntax::mysql);
  EXPECT_EQ(audit::syntax_of("oracle.db"), Syntax::any);
}

// -- summaries ------------------------------------------------------------------------------

TEST(QuerySummaryTest, IsThatOfOpenTelemetrysExamples) {
  EXPECT_EQ(query_summary("SELECT *\nFROM wuser_table\nWHERE username = ?"),
            "SELECT wuser_table");
  EXPECT_EQ(query_summary("INSERT INTO shipping_details (order_id, address) SELECT "
                          "order_id, address FROM orders WHERE order_id = ?"),
            "INSERT shipping_details SELECT orders");
  EXPECT_EQ(query_summary("SELECT * FROM songs, artists WHERE songs.a == artists.b"),
            "SELECT songs artists");
  EXPECT_EQ(query_summary("SELECT order_date FROM (SELECT * FROM orders o JOIN customers "
                          "c ON o.customer_id = c.customer_id)"),
            "SELECT SELECT orders customers");
  EXPECT_EQ(query_summary("SELECT * FROM \"song list\", 'artists'"),
            "SELECT \"song list\" 'artists'");
  EXPECT_EQ(query_summary("{call some_stored_procedure}"), "call some_stored_procedure");
}

TEST(QuerySummaryTest, KeepsNamesAsTheyAreWritten) {
  EXPECT_EQ(query_summary("select * from Public . \"Users\" u"),
            "select Public.\"Users\"");
  EXPECT_EQ(query_summary("DELETE FROM [a b] WHERE c = 'd'"), "DELETE [a b]");
  EXPECT_EQ(query_summary("SELECT 1 FROM `user`", Syntax::mysql), "SELECT `user`");
}

TEST(QuerySummaryTest, TellsWhatChangesRows) {
  EXPECT_EQ(query_summary("UPDATE OR IGNORE t AS x SET a = 1 FROM u WHERE x.b = u.b"),
            "UPDATE t u");
  EXPECT_EQ(query_summary("INSERT INTO t VALUES (1), (2) ON CONFLICT (a) DO UPDATE SET "
                          "b = 3"),
            "INSERT t");
  EXPECT_EQ(query_summary("REPLACE INTO t SELECT replace(a, 'b', 'c') FROM u"),
            "REPLACE t SELECT u");
  EXPECT_EQ(query_summary("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE"),
            "MERGE t s");
  EXPECT_EQ(query_summary("DELETE FROM t WHERE a IN (SELECT a FROM u FOR UPDATE)"),
            "DELETE t SELECT u");
}

TEST(QuerySummaryTest, LeavesOutWhatWithNames) {
  EXPECT_EQ(
      query_summary("WITH RECURSIVE r(a) AS (SELECT a FROM orders), q AS (SELECT 1) "
                    "SELECT * FROM R JOIN q ON 1 JOIN customers USING (a)"),
      "SELECT orders SELECT SELECT customers");
}

TEST(QuerySummaryTest, GoesThroughSetsOfQueriesAndSeveralStatements) {
  EXPECT_EQ(
      query_summary("(SELECT a FROM t UNION ALL SELECT b FROM u) EXCEPT (SELECT 1)"),
      "SELECT t SELECT u SELECT");
  EXPECT_EQ(query_summary("SELECT 1; DELETE FROM t"), "SELECT DELETE t");
}

TEST(QuerySummaryTest, NamesTheObjectsOfDdl) {
  EXPECT_EQ(query_summary("CREATE TABLE IF NOT EXISTS t (a INT, b TEXT DEFAULT 'c')"),
            "CREATE TABLE t");
  EXPECT_EQ(query_summary("create unique index i on t (a, b)"), "create index i t");
  EXPECT_EQ(query_summary("DROP TABLE IF EXISTS a, \"b c\" CASCADE"),
            "DROP TABLE a \"b c\"");
  EXPECT_EQ(query_summary("ALTER TABLE ONLY t ADD a INT, ADD b INT"), "ALTER TABLE t");
  EXPECT_EQ(query_summary("CREATE OR REPLACE VIEW v AS SELECT * FROM t"),
            "CREATE VIEW v SELECT t");
  EXPECT_EQ(query_summary("CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM u; END"),
            "CREATE TRIGGER r");
  EXPECT_EQ(query_summary("TRUNCATE t, u"), "TRUNCATE t u");
}

TEST(QuerySummaryTest, TellsWhatElseThereIs) {
  EXPECT_EQ(query_summary("EXPLAIN QUERY PLAN SELECT * FROM t"), "EXPLAIN SELECT t");
  EXPECT_EQ(query_summary("EXPLAIN (ANALYZE, FORMAT JSON) DELETE FROM t"),
            "EXPLAIN DELETE t");
  EXPECT_EQ(query_summary("PRAGMA table_info(t)"), "PRAGMA table_info");
  EXPECT_EQ(query_summary("CALL p(?, 2)"), "CALL p");
  EXPECT_EQ(query_summary("SAVEPOINT sa_savepoint_17"), "SAVEPOINT");
  EXPECT_EQ(query_summary("BEGIN"), "BEGIN");
  EXPECT_EQ(query_summary(""), "");
  EXPECT_EQ(query_summary("17 )) 'x"), "");
}

TEST(QuerySummaryTest, HasNoLiterals) {
  for (const std::string_view sql :
       {"SELECT trim(' ' FROM 'secret'), extract(year FROM 'secret')",
        "SELECT a IS DISTINCT FROM 'secret'",
        "COPY t FROM 'secret'",
        "SET password = 'secret'",
        "PREPARE TRANSACTION 'secret'",
        "ALTER USER u PASSWORD 'secret'",
        "INSERT INTO t VALUES ('secret')",
        "CALL p('secret')"}) {
    EXPECT_EQ(query_summary(sql).find("secret"), std::string::npos) << sql;
  }
}

TEST(QuerySummaryTest, IsCutBetweenTwoNames) {
  std::string sql = "SELECT * FROM " + std::string(100, 'a') + ", " +
                    std::string(140, 'b') + ", " + std::string(100, 'c') + ", d";

  EXPECT_EQ(query_summary(sql),
            "SELECT " + std::string(100, 'a') + " " + std::string(140, 'b'));
}

// -- columns --------------------------------------------------------------------------------

TEST(StatementColumnsTest, AreThoseOfAnInsert) {
  EXPECT_EQ(columns("INSERT INTO t (a, \"B c\") VALUES (?, ?), (1, lower(?))"),
            (Columns{"t.a", "t.B c", "t.B c"}));
  EXPECT_EQ(columns("INSERT INTO s.t (a, b) SELECT ?, c + ? FROM u WHERE d = ?"),
            (Columns{"t.a", "t.b", "u.d"}));
  EXPECT_EQ(columns("INSERT INTO t (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET b = "
                    "excluded.b + ?, c = ? WHERE t.d > ?"),
            (Columns{"t.a", "t.b", "t.c", "t.d"}));
  EXPECT_EQ(
      columns("INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE b = VALUES(b) + ?",
              Syntax::mysql),
      (Columns{"t.a", "t.b"}));
  EXPECT_EQ(columns("INSERT INTO t VALUES (?, ?)"), (Columns{"", ""}));
}

TEST(StatementColumnsTest, AreThoseOfAssignments) {
  EXPECT_EQ(columns("UPDATE t SET a = ?, b = f(c, ?) WHERE id = ?"),
            (Columns{"t.a", "t.b", "t.id"}));
  EXPECT_EQ(columns("UPDATE t SET a = CASE b WHEN ? THEN ? ELSE ? END, c = ?"),
            (Columns{"t.b", "t.a", "t.a", "t.c"}));
  EXPECT_EQ(columns("UPDATE t SET a = ? FROM u WHERE u.b = ? AND c = ?"),
            (Columns{"t.a", "u.b", "c"}));
  EXPECT_EQ(columns("MERGE INTO t x USING u ON x.id = u.id AND u.c = ? WHEN MATCHED THEN "
                    "UPDATE SET a = ? WHEN NOT MATCHED THEN INSERT (a, b) VALUES (?, ?)"),
            (Columns{"u.c", "t.a", "t.a", "t.b"}));
}

TEST(StatementColumnsTest, AreThoseOfComparisons) {
  EXPECT_EQ(
      columns("SELECT 1 FROM t WHERE a = ? AND t.b >= ? OR c IN (?, ?) AND d LIKE ?"),
      (Columns{"t.a", "t.b", "t.c", "t.c", "t.d"}));
  EXPECT_EQ(columns("SELECT 1 FROM t WHERE a BETWEEN ? AND ? AND ? = b AND lower(c) = ?"),
            (Columns{"t.a", "t.a", "t.b", "t.c"}));
  EXPECT_EQ(
      columns("SELECT 1 FROM t WHERE (a, b) = (?, ?) AND (c, d) IN ((?, ?), (?, ?))"),
      (Columns{"t.a", "t.b", "t.c", "t.d", "t.c", "t.d"}));
  EXPECT_EQ(columns("SELECT 1 FROM t WHERE NOT (a = ? OR b IS NOT DISTINCT FROM ?)"),
            (Columns{"t.a", "t.b"}));
  EXPECT_EQ(
      columns("SELECT 1 FROM t WHERE a = ANY($1) AND b ? 'c' AND cast(d AS text) = $2",
              Syntax::postgresql),
      (Columns{"t.a", "t.d"}));
}

TEST(StatementColumnsTest, AreOfTheTablesThatAliasesTell) {
  EXPECT_EQ(
      columns("SELECT 1 FROM s.users AS u JOIN \"Orders\" o ON o.u = u.id AND o.x = ? "
              "WHERE u.email = ? AND z = ? AND other.y = ?"),
      (Columns{"Orders.x", "users.email", "z", "other.y"}));
  EXPECT_EQ(
      columns("SELECT 1 FROM a x WHERE EXISTS (SELECT 1 FROM b WHERE x.c = ? AND d = "
              "?) AND e = ?"),
      (Columns{"a.c", "b.d", "a.e"}));
  EXPECT_EQ(
      columns("WITH r AS (SELECT 1 FROM t WHERE a = ?) SELECT 1 FROM r WHERE r.b = ?"),
      (Columns{"t.a", "b"}));
  EXPECT_EQ(columns("DELETE FROM t x WHERE x.a = ?"), (Columns{"t.a"}));
}

TEST(StatementColumnsTest, AreNoneOfWhatHasNone) {
  EXPECT_EQ(columns("SELECT ?, ? AS x, a FROM t ORDER BY a LIMIT ? OFFSET ?"),
            (Columns{"", "", "", ""}));
  EXPECT_EQ(columns("SELECT substr(a, ?) FROM t WHERE replace(b, ?, 'x') = ?"),
            (Columns{"", "", "t.b"}));
  EXPECT_EQ(columns("CALL p(?, ?)"), (Columns{"", ""}));
}

TEST(StatementColumnsTest, AreInTheOrderOfThePlaceholders) {
  EXPECT_EQ(columns("UPDATE t SET a = $2, b = $1 WHERE c = $2", Syntax::postgresql),
            (Columns{"t.b", "t.a"}));
  EXPECT_EQ(columns("SELECT 1 FROM t WHERE a = ?3 AND b = ? AND c = :n AND d = :n",
                    Syntax::sqlite),
            (Columns{"", "", "t.a", "t.b", "t.c"}));
  EXPECT_EQ(columns("SELECT 1 FROM t WHERE a = @v AND b = ?", Syntax::mysql),
            (Columns{"t.b"}));
}

TEST(StatementColumnsTest, MakeNoRoomForNumbersThatNoDatabaseTakes) {
  EXPECT_EQ(columns("SELECT $99999999999999999999, $70000, $0", Syntax::postgresql),
            Columns());
}

// -- all of it ------------------------------------------------------------------------------

TEST(DescribeStatementTest, TellsAllOfIt) {
  const audit::Statement told = describe_statement("select a from t where b = 7");

  EXPECT_EQ(told.text, "select a from t where b = 7");
  EXPECT_EQ(told.fingerprint, "SELECT a FROM t WHERE b = ?");
  EXPECT_EQ(told.summary, "select t");
  EXPECT_EQ(told.operation, "SELECT");
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string made;
  while (made.size() < bytes) made += piece;
  return made;
}

/// Each of these would take minutes if the cost were that of all pairs.
TEST(DescribeStatementTest, TakesWhatNestsWithoutAnEndInLinearTime) {
  constexpr std::size_t bytes = 200'000;
  const std::array texts{
      repeated("(", 1'000'000),
      repeated("(a,", bytes),
      repeated("CASE WHEN ", bytes),
      repeated("(SELECT * FROM a, b WHERE c.d = ? ", bytes),
      repeated("$a$ $b$ $c", bytes),
      repeated("VALUES (", bytes / 2) + repeated(") VALUES", bytes / 2)};

  for (const std::string& text : texts)
    EXPECT_EQ(describe_statement(text).text.size(), text.size());
}

TEST(DescribeStatementTest, BoundsTheNamesOfItsColumns) {
  const std::string sql = "INSERT INTO t (" + std::string(100'000, 'n') + ") VALUES " +
                          repeated("(?),", 4'000) + "(?)";

  const Columns told = columns(sql);

  ASSERT_EQ(told.size(), 1'001);
  EXPECT_LE(told.back().size(), 300U);
}

// -- the cache ------------------------------------------------------------------------------

TEST(StatementCacheTest, GivesTheSameStatementAgain) {
  StatementCache cache;

  const auto first = cache.get("SELECT a FROM t WHERE b = ?");

  EXPECT_EQ(first->columns, Columns{"t.b"});
  EXPECT_EQ(cache.get(std::string("SELECT a FROM t WHERE b = ?")), first);
}

TEST(StatementCacheTest, TellsSyntaxesApart) {
  StatementCache cache;

  EXPECT_EQ(cache.get("SELECT \"a\"", Syntax::mysql)->fingerprint, "SELECT ?");
  EXPECT_EQ(cache.get("SELECT \"a\"", Syntax::sqlite)->fingerprint, "SELECT \"a\"");
}

TEST(StatementCacheTest, AllocatesNothingForWhatItHas) {
  StatementCache cache;
  const auto kept = cache.get("SELECT a FROM t");

  std::shared_ptr<const audit::Statement> again;
  const std::size_t made = allocations_of([&] { again = cache.get("SELECT a FROM t"); });

  EXPECT_EQ(made, 0U);
  EXPECT_EQ(again, kept);
}

TEST(StatementCacheTest, ForgetsWhatWasUsedLongestAgo) {
  StatementCache cache(2);
  const auto first = cache.get("SELECT 1");
  const auto second = cache.get("SELECT 2");
  cache.get("SELECT 1");

  cache.get("SELECT 3");

  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.get("SELECT 1"), first);
  EXPECT_NE(cache.get("SELECT 2"), second);
}

TEST(StatementCacheTest, IsBoundedInBytes) {
  StatementCache cache(1'000, 10'000);

  for (char letter = 'a'; letter <= 'z'; ++letter)
    cache.get("SELECT " + std::string(1'000, letter));
  const std::size_t size = cache.size();
  cache.get(std::string(20'000, 'x'));  // it is not kept

  EXPECT_GT(size, 1U);
  EXPECT_EQ(cache.size(), size);
  EXPECT_LE(cache.bytes(), 10'000U);
}

}  // namespace
}  // namespace hark::test
