// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "cli/catalog.hpp"
#include "cli/nest.hpp"
#include "support/program.hpp"

namespace hark::cli {
namespace {

using nlohmann::json;
using test::Finished;
using test::Folder;
using test::run;

struct Interval {
  int begin;
  int end;
  friend bool operator==(const Interval&, const Interval&) = default;
};

TEST(NestTest, KeepsWhatIsNested) {
  std::vector<Interval> spans{{0, 10}, {1, 4}, {2, 3}, {4, 9}};
  nest(spans);
  EXPECT_EQ(spans, (std::vector<Interval>{{2, 3}, {1, 4}, {4, 9}, {0, 10}}));
}

TEST(NestTest, MovesABeginningThatIsTooEarly) {
  std::vector<Interval> spans{{2, 10}, {1, 4}, {4, 9}};
  nest(spans);
  EXPECT_EQ(spans, (std::vector<Interval>{{2, 4}, {4, 9}, {2, 10}}));
}

TEST(NestTest, TakesTheFirstForTheOuterOfTwoThatEndAtOnce) {
  std::vector<Interval> spans{{2, 10}, {1, 10}};
  nest(spans);
  EXPECT_EQ(spans, (std::vector<Interval>{{2, 10}, {2, 10}}));
}

const std::string workload =
    "CREATE TABLE t(a UNIQUE);\n"
    "BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); COMMIT;\n"
    "BEGIN; INSERT INTO t VALUES (2); ROLLBACK;\n"
    "SELECT a FROM t; SELECT nothing;";

class SinksTest : public testing::Test {
 protected:
  /// Traces the workload on a file, which two threads share.
  Finished trace(std::vector<std::string> options) const {
    options.insert(options.begin(),
                   {"trace",
                    "sqlite:///" + folder_.path("a.db"),
                    folder_.write("work.sql", workload)});
    return run(options);
  }

  std::vector<json> events(std::vector<std::string> options = {}) const {
    options.insert(options.end(), {"--json", folder_.path("events.json")});
    trace(options);
    std::vector<json> made;
    std::istringstream lines(folder_.read("events.json"));
    for (std::string line; std::getline(lines, line);) made.push_back(json::parse(line));
    return made;
  }

  json chrome(std::vector<std::string> options = {}) const {
    options.insert(options.end(), {"--chrome", folder_.path("chrome.json")});
    trace(options);
    return json::parse(folder_.read("chrome.json"))["traceEvents"];
  }

  Folder folder_;
};

std::string announcement(const json& event) {
  return std::string(announcement_of(event["event"].get<std::string>()));
}

TEST_F(SinksTest, TellEachEventWithTimeAndThread) {
  const auto all = events();

  ASSERT_FALSE(all.empty());
  std::int64_t last = 0;
  for (const json& event : all) {
    EXPECT_GE(event["at_ns"], last);
    last = event["at_ns"];
    EXPECT_EQ(event["time"].get<std::string>().size(), 30U);
    EXPECT_LE(event["thread"], 1);
    EXPECT_TRUE(event.contains("family"));
  }
}

TEST_F(SinksTest, GiveEachAnnouncementOneEndWithItsId) {
  for (const auto& options :
       {std::vector<std::string>{}, {"--threads", "2", "--repeat", "3"}}) {
    const auto all = events(options);
    std::set<std::string> announcing;
    for (const EventEntry& entry : cli::events)
      announcing.emplace(announcement_of(entry.name));

    std::map<std::tuple<std::string, std::uint64_t>, int> open;
    std::size_t ends = 0;
    for (const json& event : all) {
      const std::string name = event["event"];
      if (announcing.contains(name)) {
        ASSERT_TRUE(event.contains("id")) << event;
        ++open[{name, event["id"]}];
      }
      const std::string ended = announcement(event);
      if (ended.empty()) continue;
      ++ends;
      ASSERT_TRUE(event.contains("outcome")) << event;
      EXPECT_EQ((open[{ended, event["id"]}]), 1) << event;
      open.erase({ended, event["id"]});
    }
    EXPECT_TRUE(open.empty());
    EXPECT_GT(ends, 10U);
  }
}

TEST_F(SinksTest, TellStatementsPlacesAndErrors) {
  const std::string place = folder_.path("work.sql") + ":2:34";
  json before;
  json after;
  for (const json& event : events()) {
    if (event.value("place", "") != place) continue;
    if (event["event"] == "before_cursor_execute") before = event;
    if (event["event"] == "cursor_execute_end") after = event;
  }

  EXPECT_EQ(before["statement"], "INSERT INTO t VALUES (1)");
  EXPECT_EQ(after["outcome"], "error");
  EXPECT_EQ(after["error"], "UNIQUE constraint failed: t.a");
  EXPECT_GT(after["elapsed_ns"], 0);
  EXPECT_EQ(after["execution"], before["execution"]);
  EXPECT_EQ(after["connection"], before["connection"]);
}

TEST_F(SinksTest, TellTheChosenEventsOnly) {
  for (const json& event : events({"--events", "checkout,checkin"})) {
    EXPECT_TRUE(event["event"] == "checkout" || event["event"] == "checkin") << event;
  }
}

TEST_F(SinksTest, WriteTextThatIsNoUtf8) {
  const std::string script = folder_.write("bad.sql", "SELECT '\xFF\"\\\n'");
  run({"trace", "sqlite://", script, "--json", folder_.path("bad.json")});

  std::istringstream lines(folder_.read("bad.json"));
  std::size_t statements = 0;
  for (std::string line; std::getline(lines, line);)
    statements += json::parse(line).contains("statement") ? 1 : 0;
  EXPECT_EQ(statements, 1U);
}

TEST_F(SinksTest, NestSpansOfChrome) {
  for (const auto& options :
       {std::vector<std::string>{}, {"--threads", "2", "--repeat", "3"}}) {
    std::set<std::string> categories;
    std::map<int, std::vector<std::tuple<double, double>>> spans;
    for (const json& event : chrome(options)) {
      if (event["ph"] != "X") continue;
      categories.insert(event["cat"]);
      EXPECT_GE(event["dur"], 0);
      const double begin = event["ts"];
      spans[event["tid"]].emplace_back(begin, begin + event["dur"].get<double>());
    }
    EXPECT_EQ(categories, (std::set<std::string>{"event", "statement", "transaction"}));
    for (const auto& [thread, all] : spans) {
      for (const auto& [begin, end] : all) {
        for (const auto& [other_begin, other_end] : all) {
          constexpr double rounding = 0.0005;
          const bool is_apart =
              end <= other_begin + rounding || other_end <= begin + rounding;
          const bool is_inside =
              begin + rounding >= other_begin && end <= other_end + rounding;
          const bool is_around =
              other_begin + rounding >= begin && other_end <= end + rounding;
          EXPECT_TRUE(is_apart || is_inside || is_around)
              << begin << ".." << end << " and " << other_begin << ".." << other_end;
        }
      }
    }
  }
}

TEST_F(SinksTest, ShowTransactionsAndInstantsInChrome) {
  std::vector<std::string> outcomes;
  std::set<std::string> instants;
  for (const json& event : chrome()) {
    if (event.value("cat", "") == "transaction")
      outcomes.push_back(event["args"]["outcome"]);
    if (event["ph"] == "i") instants.insert(event["name"]);
  }
  EXPECT_EQ(outcomes, (std::vector<std::string>{"committed", "rolled back"}));
  EXPECT_TRUE(instants.contains("handle_error"));
  EXPECT_FALSE(instants.contains("before_cursor_execute"));
}

}  // namespace
}  // namespace hark::cli
