// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/engine/clause.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

class TextClauseTest : public ::testing::Test {
 protected:
  Compiled compile(std::string sql) const {
    return TextClause(std::move(sql)).compile(dialect);
  }
  void expect_unchanged(const std::string& sql) const {
    const Compiled compiled = compile(sql);
    EXPECT_EQ(compiled.sql, sql);
    EXPECT_EQ(compiled.names, Names{}) << sql;
  }

  sqlite::Dialect dialect;
};

// -- parameters -------------------------------------------------------------------------

TEST_F(TextClauseTest, SqlWithoutParametersStaysAsItIs) {
  expect_unchanged("");
  expect_unchanged("SELECT 1");
  expect_unchanged("SELECT ?, $1, @x, \\, ':' FROM \"a\\b\"");
}

TEST_F(TextClauseTest, ParametersBecomePlaceholders) {
  const Compiled compiled = compile("SELECT * FROM t WHERE id = :id AND name = :name");

  EXPECT_EQ(compiled.sql, "SELECT * FROM t WHERE id = ? AND name = ?");
}

TEST_F(TextClauseTest, NamesAreInTheOrderOfThePlaceholders) {
  const Compiled compiled = compile("SELECT :b, :a, :c");

  EXPECT_EQ(compiled.names, (Names{"b", "a", "c"}));
}

TEST_F(TextClauseTest, NameThatStandsTwiceIsNamedTwice) {
  const Compiled compiled = compile("SELECT :a, :b, :a");

  EXPECT_EQ(compiled.sql, "SELECT ?, ?, ?");
  EXPECT_EQ(compiled.names, (Names{"a", "b", "a"}));
}

TEST_F(TextClauseTest, ParameterMayBeAllThereIs) {
  const Compiled compiled = compile(":a");

  EXPECT_EQ(compiled.sql, "?");
  EXPECT_EQ(compiled.names, Names{"a"});
}

TEST_F(TextClauseTest, NamesAreOfLettersDigitsAndUnderscores) {
  const Compiled compiled = compile("SELECT :a_1, :_b, :2, :C3$, :\xC3\xBC");

  EXPECT_EQ(compiled.sql, "SELECT ?, ?, ?, ?, ?");
  EXPECT_EQ(compiled.names, (Names{"a_1", "_b", "2", "C3$", "\xC3\xBC"}));
}

TEST_F(TextClauseTest, OtherCharactersEndAName) {
  const Compiled compiled = compile("(:a,:b)+:c-:d;:e\n:f'");

  EXPECT_EQ(compiled.sql, "(?,?)+?-?;?\n?'");
  EXPECT_EQ(compiled.names, (Names{"a", "b", "c", "d", "e", "f"}));
}

TEST_F(TextClauseTest, QuotesAreNoException) {
  const Compiled compiled = compile("SELECT ':a'");

  EXPECT_EQ(compiled.sql, "SELECT '?'");
  EXPECT_EQ(compiled.names, Names{"a"});
}

TEST_F(TextClauseTest, CompilingTwiceGivesTheSame) {
  const TextClause clause("SELECT :a");

  const Compiled once = clause.compile(dialect);
  const Compiled twice = clause.compile(dialect);

  EXPECT_EQ(once.sql, twice.sql);
  EXPECT_EQ(once.names, twice.names);
}

// -- what is no parameter ---------------------------------------------------------------

TEST_F(TextClauseTest, CastsAreLeftAlone) {
  expect_unchanged("SELECT x::integer, '1'::text::varchar");
  expect_unchanged("::x");
}

TEST_F(TextClauseTest, ParameterMayStandBesideACast) {
  const Compiled compiled = compile("SELECT x::integer, :a, CAST(:b AS text)");

  EXPECT_EQ(compiled.sql, "SELECT x::integer, ?, CAST(? AS text)");
  EXPECT_EQ(compiled.names, (Names{"a", "b"}));
}

TEST_F(TextClauseTest, CastBehindANameMakesItNone) {
  expect_unchanged("SELECT :a::integer");
}

TEST_F(TextClauseTest, ColonBehindAWordCharacterBeginsNone) {
  expect_unchanged("SELECT a:b, 1:c, _:d, $:e");
  expect_unchanged("SELECT '12:30:59'");
  expect_unchanged("SELECT \xC3\xBC:a");
}

TEST_F(TextClauseTest, ColonBehindANameMakesItNone) {
  expect_unchanged("SELECT :a:");
  expect_unchanged("SELECT :a:b");
}

TEST_F(TextClauseTest, ColonWithoutANameIsItself) {
  expect_unchanged("SELECT a : b");
  expect_unchanged(":");
  expect_unchanged("SELECT :-1, x[1 :]");
  expect_unchanged(":=");
}

// -- escapes ----------------------------------------------------------------------------

TEST_F(TextClauseTest, EscapedColonIsAColon) {
  const Compiled compiled = compile(R"(SELECT \:a, x[1\:2], '\:b')");

  EXPECT_EQ(compiled.sql, "SELECT :a, x[1:2], ':b'");
  EXPECT_EQ(compiled.names, Names{});
}

TEST_F(TextClauseTest, EscapedColonMayStandAlone) {
  EXPECT_EQ(compile(R"(SELECT a \: b)").sql, "SELECT a : b");
  EXPECT_EQ(compile(R"(\:)").sql, ":");
}

TEST_F(TextClauseTest, EscapedColonsMayFollowEachOther) {
  const Compiled compiled = compile(R"(SELECT x\:\:integer)");

  EXPECT_EQ(compiled.sql, "SELECT x::integer");
  EXPECT_EQ(compiled.names, Names{});
}

TEST_F(TextClauseTest, EscapeMayStandBesideAParameter) {
  const Compiled compiled = compile(R"(SELECT \:a, :b, \:c, :d)");

  EXPECT_EQ(compiled.sql, "SELECT :a, ?, :c, ?");
  EXPECT_EQ(compiled.names, (Names{"b", "d"}));
}

TEST_F(TextClauseTest, EscapeInFrontOfTwoColonsStays) {
  expect_unchanged(R"(SELECT \::a)");
}

TEST_F(TextClauseTest, OtherBackslashesStay) {
  expect_unchanged(R"(SELECT '\n', '\\', '%\_%' ESCAPE '\')");
}

// -- what it says of itself -------------------------------------------------------------

TEST_F(TextClauseTest, IsAText) {
  const Clause clause = text("SELECT :a");

  EXPECT_EQ(clause->visit_name(), "text");
}

TEST_F(TextClauseTest, ShowsItsSqlAsItWasWritten) {
  const Clause clause = text(R"(SELECT :a, \:b)");

  EXPECT_EQ(clause->text(), R"(SELECT :a, \:b)");
}

// -- savepoints -------------------------------------------------------------------------

class SavepointClauseTest : public ::testing::Test {
 protected:
  const SavepointClause savepoint{SavepointClause::Kind::savepoint, "sp_1"};
  const SavepointClause rollback_to{SavepointClause::Kind::rollback_to, "sp_1"};
  const SavepointClause release{SavepointClause::Kind::release, "sp_1"};

  sqlite::Dialect dialect;
};

TEST_F(SavepointClauseTest, NamesItsKind) {
  EXPECT_EQ(savepoint.visit_name(), "savepoint_clause");
  EXPECT_EQ(rollback_to.visit_name(), "rollback_to_savepoint_clause");
  EXPECT_EQ(release.visit_name(), "release_savepoint_clause");
}

TEST_F(SavepointClauseTest, TextIsTheNameOfTheSavepoint) {
  EXPECT_EQ(savepoint.text(), "sp_1");
  EXPECT_EQ(rollback_to.text(), "sp_1");
  EXPECT_EQ(release.text(), "sp_1");
}

TEST_F(SavepointClauseTest, CompilesToItsStatement) {
  EXPECT_EQ(savepoint.compile(dialect).sql, "SAVEPOINT sp_1");
  EXPECT_EQ(rollback_to.compile(dialect).sql, "ROLLBACK TO SAVEPOINT sp_1");
  EXPECT_EQ(release.compile(dialect).sql, "RELEASE SAVEPOINT sp_1");
}

TEST_F(SavepointClauseTest, HasNoParameters) {
  EXPECT_TRUE(savepoint.compile(dialect).names.empty());
  EXPECT_TRUE(rollback_to.compile(dialect).names.empty());
  EXPECT_TRUE(release.compile(dialect).names.empty());
}

}  // namespace
}  // namespace hark::test
