// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/script.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "audit/lexer.hpp"

namespace hark::cli {
namespace {

using audit::first_token;
using audit::Token;

std::vector<std::string> statements_of(std::string_view text,
                                       Shell shell = Shell::sqlite3) {
  std::vector<std::string> made;
  Splitter splitter(text, shell);
  while (const auto statement = splitter.next()) made.emplace_back(statement->text);
  return made;
}

Place place_of_last(std::string_view text) {
  Place last;
  Splitter splitter(text);
  while (const auto statement = splitter.next()) last = statement->place;
  return last;
}

Place place_of_error(std::string_view text) {
  try {
    statements_of(text);
  } catch (const ScriptError& error) {
    return error.place();
  }
  ADD_FAILURE() << "no error";
  return {};
}

using Texts = std::vector<std::string>;

TEST(SplitterTest, CutsAtSemicolons) {
  EXPECT_EQ(statements_of("SELECT 1;SELECT 2 ; SELECT 3;"),
            (Texts{"SELECT 1", "SELECT 2", "SELECT 3"}));
}

TEST(SplitterTest, TakesALastStatementWithoutSemicolon) {
  EXPECT_EQ(statements_of("SELECT 1; SELECT 2\n"), (Texts{"SELECT 1", "SELECT 2"}));
}

TEST(SplitterTest, FindsNothingInBlanksCommentsAndSemicolons) {
  EXPECT_EQ(statements_of(" ;;\n-- SELECT 1;\n/* SELECT 2; */ ; "), Texts{});
  EXPECT_EQ(statements_of(""), Texts{});
}

TEST(SplitterTest, LeavesSemicolonsInStringsAlone) {
  EXPECT_EQ(statements_of("SELECT 'a;''b;' ; SELECT 2"),
            (Texts{"SELECT 'a;''b;'", "SELECT 2"}));
}

TEST(SplitterTest, LeavesSemicolonsInQuotedNamesAlone) {
  EXPECT_EQ(statements_of(R"(SELECT "a;""b", `c;`, [d;'] ; SELECT 2)"),
            (Texts{R"(SELECT "a;""b", `c;`, [d;'])", "SELECT 2"}));
}

TEST(SplitterTest, LeavesSemicolonsInCommentsAlone) {
  EXPECT_EQ(statements_of("SELECT /* ; ' */ 1 -- ; '\n + 2; SELECT 3 -- ;"),
            (Texts{"SELECT /* ; ' */ 1 -- ; '\n + 2", "SELECT 3"}));
}

TEST(SplitterTest, KeepsATriggerInOnePiece) {
  const std::string trigger =
      "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN\n"
      "  UPDATE a SET b = CASE WHEN 1 THEN 2 END;\n"
      "  DELETE FROM c;\n"
      "END";
  EXPECT_EQ(statements_of(trigger + "; SELECT 1;"), (Texts{trigger, "SELECT 1"}));
  EXPECT_EQ(statements_of("explain " + trigger + "; SELECT 1;"),
            (Texts{"explain " + trigger, "SELECT 1"}));
}

TEST(SplitterTest, KnowsNoBlockButATriggers) {
  EXPECT_EQ(statements_of("BEGIN; CREATE TABLE trigger_of(a); END; COMMIT"),
            (Texts{"BEGIN", "CREATE TABLE trigger_of(a)", "END", "COMMIT"}));
}

TEST(SplitterTest, CopiesNothing) {
  const std::string text = "SELECT 1; SELECT 2";
  Splitter splitter(text);
  splitter.next();
  EXPECT_EQ(splitter.next()->text.data(), text.data() + 10);
}

TEST(SplitterTest, TellsOffsetLineAndColumn) {
  EXPECT_EQ(place_of_last("SELECT 1;\n\n  -- x\n  SELECT 2"),
            (Place{.offset = 20, .line = 4, .column = 3}));
}

TEST(SplitterTest, CountsColumnsInCharacters) {
  EXPECT_EQ(place_of_last("SELECT 'äöü'; SELECT 2"),
            (Place{.offset = 17, .line = 1, .column = 15}));
}

TEST(SplitterTest, SkipsAByteOrderMark) {
  EXPECT_EQ(statements_of("\xEF\xBB\xBFSELECT 1"), Texts{"SELECT 1"});
  EXPECT_EQ(place_of_last("\xEF\xBB\xBFSELECT 1"), (Place{.offset = 3}));
}

TEST(SplitterTest, SaysWhereAnUnclosedStringBegins) {
  EXPECT_EQ(place_of_error("SELECT 1;\nSELECT 'abc;\n"),
            (Place{.offset = 17, .line = 2, .column = 8}));
}

TEST(SplitterTest, SaysWhatIsNotClosed) {
  const auto message_of = [](std::string_view text) -> std::string {
    try {
      statements_of(text);
    } catch (const ScriptError& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(message_of("SELECT 'a''"),
            "the script ends inside a string that begins here");
  EXPECT_EQ(message_of("SELECT \"a"),
            "the script ends inside a quoted name that begins here");
  EXPECT_EQ(message_of("SELECT [a"),
            "the script ends inside a quoted name that begins here");
  EXPECT_EQ(message_of("SELECT 1 /* a"),
            "the script ends inside a comment that begins here");
}

TEST(SplitterTest, ReturnsWhatStandsBeforeAnUnclosedString) {
  Splitter splitter("SELECT 1; SELECT 'a");
  EXPECT_EQ(splitter.next()->text, "SELECT 1");
  EXPECT_THROW(splitter.next(), ScriptError);
}

TEST(SplitterTest, TakesANullCharacterForText) {
  const std::string text("SELECT \0; SELECT 2", 18);
  EXPECT_EQ(statements_of(text).size(), 2U);
}

TEST(SplitterTest, TakesALineOfTheShellForItself) {
  EXPECT_EQ(statements_of(".mode csv\nselect 1;\n.import a;b c\r\nselect 2"),
            (Texts{".mode csv", "select 1", ".import a;b c", "select 2"}));
  EXPECT_EQ(statements_of("select 1\n.5; select\n.6"),
            (Texts{"select 1\n.5", "select\n.6"}));
  EXPECT_EQ(statements_of("\xEF\xBB\xBF.quit"), Texts{".quit"});
}

// -- as psql cuts -----------------------------------------------------------------------

Texts cut_by_psql(std::string_view text) { return statements_of(text, Shell::psql); }

TEST(PsqlSplitterTest, TakesALineWithABackslashForItself) {
  EXPECT_EQ(
      cut_by_psql("CREATE DATABASE a;\n\\c a;\r\nSELECT 1;\n  \\echo it's\nSELECT 2"),
      (Texts{"CREATE DATABASE a", "\\c a;", "SELECT 1", "\\echo it's", "SELECT 2"}));
  EXPECT_EQ(cut_by_psql("SELECT 1\n.5; SELECT 2"), (Texts{"SELECT 1\n.5", "SELECT 2"}));
}

TEST(PsqlSplitterTest, KnowsStringsBetweenDollars) {
  EXPECT_EQ(cut_by_psql("DO $$BEGIN x; END$$; SELECT $a$ ; $$ ; $a$; SELECT $1; a$b$;"),
            (Texts{"DO $$BEGIN x; END$$", "SELECT $a$ ; $$ ; $a$", "SELECT $1", "a$b$"}));
  EXPECT_THROW(cut_by_psql("SELECT $a$ ; $b$"), ScriptError);
}

TEST(PsqlSplitterTest, KnowsBackslashesInStringsOfE) {
  EXPECT_EQ(
      cut_by_psql(R"(SELECT E'\';' ; SELECT e'a\\'; SELECT 'a\'; SELECT 2)"),
      (Texts{R"(SELECT E'\';')", R"(SELECT e'a\\')", R"(SELECT 'a\')", "SELECT 2"}));
  EXPECT_EQ(cut_by_psql(R"(SELECT E'a''\';'; SELECT 2)"),
            (Texts{R"(SELECT E'a''\';')", "SELECT 2"}));
  EXPECT_EQ(cut_by_psql(R"(SELECT date'\'; SELECT 2)"),
            (Texts{R"(SELECT date'\')", "SELECT 2"}));
  EXPECT_THROW(cut_by_psql(R"(SELECT E'\')"), ScriptError);
}

TEST(PsqlSplitterTest, KnowsCommentsInComments) {
  EXPECT_EQ(cut_by_psql("/* a; /* b; */ c; */ SELECT 1; /* ; */ SELECT 2"),
            (Texts{"SELECT 1", "SELECT 2"}));
  EXPECT_THROW(cut_by_psql("SELECT 1 /* /* */"), ScriptError);
}

TEST(PsqlSplitterTest, KnowsNoBracketsAndNoBlocksOfTriggers) {
  EXPECT_EQ(cut_by_psql("SELECT a[1;2]; CREATE TRIGGER t AFTER INSERT ON a EXECUTE "
                        "FUNCTION f(); SELECT 2"),
            (Texts{"SELECT a[1",
                   "2]",
                   "CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()",
                   "SELECT 2"}));
}

// -- as MySQL's shell cuts ---------------------------------------------------------------

Texts cut_by_mysql(std::string_view text) { return statements_of(text, Shell::mysql); }

TEST(MySQLSplitterTest, KnowsBackslashesInStrings) {
  EXPECT_EQ(
      cut_by_mysql(R"(SELECT 'a\';'; SELECT "b\";" ; SELECT 'c\\'; SELECT N'd'';')"),
      (Texts{R"(SELECT 'a\';')",
             R"(SELECT "b\";")",
             R"(SELECT 'c\\')",
             R"(SELECT N'd'';')"}));
  EXPECT_THROW(cut_by_mysql(R"(SELECT 'a\')"), ScriptError);
}

TEST(MySQLSplitterTest, KnowsItsComments) {
  EXPECT_EQ(
      cut_by_mysql("# a; 'b\nSELECT 1; -- it's; one\nSELECT 2--1; SELECT 3 # ;\n+1"),
      (Texts{"SELECT 1", "SELECT 2--1", "SELECT 3 # ;\n+1"}));
}

TEST(MySQLSplitterTest, ExecutesWhatSomeVersionsRun) {
  EXPECT_EQ(
      cut_by_mysql("/*!40101 SET NAMES utf8; */; /* no; */; /*M!100100 SELECT 1 */"),
      (Texts{"/*!40101 SET NAMES utf8; */", "/*M!100100 SELECT 1 */"}));
}

TEST(MySQLSplitterTest, EndsStatementsByTheDelimiterThatIsSaid) {
  EXPECT_EQ(
      cut_by_mysql("SELECT 0;\nDELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT "
                   "'//'; END//\nSELECT 2 // \ndelimiter ;\nSELECT 3; SELECT 4"),
      (Texts{"SELECT 0",
             "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT '//'; END",
             "SELECT 2",
             "SELECT 3",
             "SELECT 4"}));
}

TEST(MySQLSplitterTest, KnowsNoBlocksOfTriggersAndNoBrackets) {
  EXPECT_EQ(
      cut_by_mysql("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = `a[;`; "
                   "SELECT 1[; .quit"),
      (Texts{"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = `a[;`",
             "SELECT 1[",
             ".quit"}));
}

TEST(ShellTest, IsThatOfTheDatabase) {
  EXPECT_EQ(shell_of("mysql://a@b/c"), Shell::mysql);
  EXPECT_EQ(shell_of("mariadb://a@b/c"), Shell::mysql);
  EXPECT_EQ(shell_of("postgresql://a@b/c"), Shell::psql);
  EXPECT_EQ(shell_of("sqlite://"), Shell::sqlite3);
}

/// Pieces from which every state of the splitter is reached.
std::string random_script(std::mt19937& random) {
  static const std::vector<std::string> pieces{
      ";",     ";",       ";",         " ",          "\n",      "create",   "CREATE ",
      "temp ", "TRIGGER", " trigger ", "end",        " END ",   "explain ", "EXPLAIN",
      "begin", "'",       "'a;'",      "''",         "\"b;\"",  "`",        "[c;]",
      "--",    "-- ;\n",  "/*",        "*/",         "/* ; */", "a",        "_end",
      "end_",  "1.5e-3",  "x'00'",     "temporary ", "-",       "/",        "*",
      "(",     ")",       "\xC3\xA4",  "select",     "\t\r\f",  "=",        "?",
      ":",     "@",       "$",         "1.",         "7"};
  std::uniform_int_distribution<std::size_t> piece(0, pieces.size() - 1);
  std::uniform_int_distribution<int> length(1, 30);
  std::string made;
  for (int i = length(random); i > 0; --i) made += pieces[piece(random)];
  return made;
}

/// Without blanks and comments at both ends.
std::string trimmed(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Token token = first_token(text.substr(at));
    const std::size_t next = at + token.text.size();
    if (token.kind != Token::Kind::blank && token.kind != Token::Kind::comment) {
      begin = std::min(begin, at);
      end = next;
    }
    at = next;
  }
  return begin < end ? std::string(text.substr(begin, end - begin)) : std::string();
}

/// The statements of a script by what the shell asks: is what was read so far complete?
Texts statements_by_sqlite(const std::string& script) {
  Texts made;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    const std::string statement = trimmed(script.substr(begin, end - begin));
    if (!statement.empty()) made.push_back(statement);
    begin = end + 1;
  };
  for (std::size_t end = 0; end < script.size(); ++end) {
    if (script[end] != ';') continue;
    const std::string piece = script.substr(begin, end + 1 - begin);
    if (sqlite3_complete(piece.c_str()) != 0) add(end);
  }
  if (begin < script.size()) add(script.size());
  return made;
}

TEST(SplitterTest, AgreesWithSqliteOnRandomScripts) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp)
  std::size_t compared = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string script = random_script(random);
    Texts expected = statements_by_sqlite(script);
    Texts found;
    try {
      Splitter splitter(script);
      while (const auto statement = splitter.next()) found.emplace_back(statement->text);
    } catch (const ScriptError&) {
      // What is not closed is in SQLite's last statement.
      if (!expected.empty() && expected.size() > found.size()) expected.pop_back();
    }
    ASSERT_EQ(found, expected) << script;
    compared += found.size();
  }
  EXPECT_GT(compared, 15'000U);
}

TEST(LexerTest, LosesNothing) {
  std::mt19937 random(2);  // NOLINT(cert-msc51-cpp)
  for (int round = 0; round < 2'000; ++round) {
    const std::string script = random_script(random);
    std::string joined;
    std::string_view rest = script;
    while (!rest.empty()) {
      const Token token = first_token(rest);
      ASSERT_FALSE(token.text.empty()) << script;
      joined += token.text;
      rest.remove_prefix(token.text.size());
    }
    EXPECT_EQ(joined, script);
  }
}

}  // namespace
}  // namespace hark::cli
