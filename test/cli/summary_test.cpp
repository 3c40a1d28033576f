// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/summary.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/screen.hpp"

namespace hark::cli {
namespace {

TEST(PercentileTest, IsOneOfTheDurations) {
  const std::vector<Moment> ten{1, 2, 3, 4, 5, 6, 7, 8, 9, 100};
  EXPECT_EQ(percentile(ten, 0.5), 5);
  EXPECT_EQ(percentile(ten, 0.9), 9);
  EXPECT_EQ(percentile(ten, 0.95), 100);
  EXPECT_EQ(percentile(ten, 1), 100);
}

TEST(PercentileTest, OfOneIsThatOne) {
  const std::vector<Moment> one{7};
  EXPECT_EQ(percentile(one, 0.01), 7);
  EXPECT_EQ(percentile(one, 0.95), 7);
}

/// Executes each statement of a script once, as a query of `rows` rows.
std::vector<Execution> executed(const Workload& workload, std::uint64_t rows = 1) {
  std::vector<Execution> made;
  for (std::uint32_t i = 0; i < workload.steps().size(); ++i)
    made.push_back({.step = i, .is_query = true, .rows = rows, .begin = 0, .end = 5});
  return made;
}

/// `count` queries, each for another id, with `between` behind each.
Workload queries(int count, const std::string& between = "") {
  std::string script;
  for (int i = 0; i < count; ++i)
    script += "SELECT a FROM t WHERE id = " + std::to_string(i) + ";" + between;
  Workload workload;
  workload.add("script", script);
  return workload;
}

TEST(RepeatedQueriesTest, FindsAQueryForEachRow) {
  const Workload workload = queries(12);

  const auto found = repeated_queries(executed(workload), workload, Kinds(workload));

  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].executions, 12U);
  EXPECT_EQ(found[0].runs, 1U);
  EXPECT_EQ(found[0].total, 60);
  EXPECT_EQ(found[0].first_step, 0U);
}

TEST(RepeatedQueriesTest, FindsTwoQueriesThatTakeTurns) {
  const Workload workload = queries(10, "SELECT b FROM u WHERE id = 1;");
  EXPECT_EQ(repeated_queries(executed(workload), workload, Kinds(workload)).size(), 1U);
}

TEST(RepeatedQueriesTest, CountsRunsApart) {
  Workload workload = queries(10);
  std::string script = "SELECT 1; SELECT 2 + a; SELECT b; SELECT c; SELECT d;";
  for (int i = 0; i < 11; ++i)
    script += "SELECT a FROM t WHERE id = " + std::to_string(i) + ";";
  workload.add("more", script);

  const auto found = repeated_queries(executed(workload), workload, Kinds(workload));

  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].runs, 2U);
  EXPECT_EQ(found[0].executions, 21U);
}

TEST(RepeatedQueriesTest, LeavesShortRunsAlone) {
  const Workload workload = queries(9);
  EXPECT_TRUE(repeated_queries(executed(workload), workload, Kinds(workload)).empty());
}

TEST(RepeatedQueriesTest, LeavesQueriesFarApartAlone) {
  const Workload workload = queries(20, "SELECT a + b; SELECT c; SELECT d, e; SELECT f;");
  EXPECT_TRUE(repeated_queries(executed(workload), workload, Kinds(workload)).empty());
}

TEST(RepeatedQueriesTest, LeavesQueriesForManyRowsAlone) {
  const Workload workload = queries(12);
  EXPECT_TRUE(repeated_queries(executed(workload, 2), workload, Kinds(workload)).empty());
}

TEST(RepeatedQueriesTest, LeavesTheSameQueryAlone) {
  Workload workload;
  std::string script;
  for (int i = 0; i < 20; ++i) script += "SELECT a FROM t WHERE id = 1;";
  workload.add("script", script);
  EXPECT_TRUE(repeated_queries(executed(workload), workload, Kinds(workload)).empty());
}

TEST(KindsTest, AreNumbered) {
  Workload workload;
  workload.add("a.sql", "SELECT 1; SELECT b");
  workload.add("b.sql", "\n select 2;");

  const Kinds kinds(workload);

  EXPECT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds.of(0), 0U);
  EXPECT_EQ(kinds.of(1), 1U);
  EXPECT_EQ(kinds.of(2), 0U);
  EXPECT_EQ(kinds.name(0), "SELECT ?");
}

TEST(WorkloadTest, KeepsScriptsApart) {
  Workload workload;
  workload.add("a.sql", "SELECT 1; SELECT b");
  workload.add("b.sql", "\n select 2;");

  ASSERT_EQ(workload.steps().size(), 3U);
  EXPECT_EQ(workload.place_of(workload.steps()[2]), "b.sql:2:2");
}

TEST(WorkloadTest, NamesTheScriptThatIsMalformed) {
  Workload workload;
  try {
    workload.add("a.sql", "SELECT 1;\nSELECT 'x");
    FAIL() << "no error";
  } catch (const ScriptError& error) {
    EXPECT_STREQ(error.what(),
                 "a.sql:2:8: the script ends inside a string that begins here");
  }
}

TEST(DurationTextTest, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(duration_text(0), "0 ns");
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(1'000), "1.00 µs");
  EXPECT_EQ(duration_text(12'345), "12.3 µs");
  EXPECT_EQ(duration_text(999'600), "1.00 ms");
  EXPECT_EQ(duration_text(123'456'789), "123 ms");
  EXPECT_EQ(duration_text(61'000'000'000), "61.0 s");
  EXPECT_EQ(duration_text(5'000'000'000'000), "5000 s");
}

TEST(CountTextTest, GroupsThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
}

TEST(ShortenedTest, KeepsOneLineOfWholeCharacters) {
  EXPECT_EQ(shortened("SELECT\n  1", 20), "SELECT 1");
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(shortened("äöüß", 3), "äöü…");
}

TEST(ShortenedTest, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(shortened("a\x1b[2J\x7f\xc2\x9b|", 20), "a\uFFFD[2J\uFFFD\uFFFD\uFFFD|");
  EXPECT_EQ(shortened("caf\xe9", 20), "caf\uFFFD");
}

}  // namespace
}  // namespace hark::cli
