// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

#include "cli/catalog.hpp"
#include "support/program.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::run;

TEST(EventsCommandTest, ShowsEveryEventOfEveryFamily) {
  const Finished shown = run({"events"});

  EXPECT_EQ(shown.code, 0);
  for (const EventEntry& entry : events)
    EXPECT_NE(shown.out.find("\n  " + std::string(entry.name) + "\n"), std::string::npos)
        << entry.name;
}

TEST(EventsCommandTest, ShowsOneEvent) {
  const Finished shown = run({"events", "checkout"});

  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out.find("  checkout\n      dbapi::Connection& dbapi_connection\n"
                           "      ConnectionRecord& connection_record\n"
                           "      ConnectionFairy& connection_proxy\n"),
            0U);
  EXPECT_NE(shown.out.find("When:"), std::string::npos);
  EXPECT_NE(shown.out.find("Throwing: DisconnectionError drops"), std::string::npos);
  EXPECT_EQ(shown.out.find("checkin"), std::string::npos);
}

TEST(EventsCommandTest, ShowsOneFamily) {
  const Finished shown = run({"events", "DialectEvents"});

  EXPECT_EQ(shown.out.find("DialectEvents\n"), 0U);
  EXPECT_NE(shown.out.find("\n  do_execute\n"), std::string::npos);
  EXPECT_EQ(shown.out.find("\n  checkout\n"), std::string::npos);
}

TEST(EventsCommandTest, ShowsTheEventsOfSchemas) {
  const Finished shown = run({"events", "DDLEvents"});

  EXPECT_EQ(shown.out.find("DDLEvents\n"), 0U);
  EXPECT_NE(shown.out.find("\n  before_create\n      SchemaItem& target\n"
                           "      Connection& connection\n"
                           "      const DDLOptions& options\n"),
            std::string::npos)
      << shown.out;
}

TEST(EventsCommandTest, HidesWhatIsInternal) {
  const Finished shown = run({"events", "--json"});
  EXPECT_EQ(shown.out.find("_hark_event"), std::string::npos);
}

TEST(EventsCommandTest, SaysWhichArgumentsMayBeReplaced) {
  const Finished shown = run({"events", "before_cursor_execute"});
  EXPECT_NE(shown.out.find("std::string statement  (may be replaced)\n"),
            std::string::npos);
  EXPECT_NE(shown.out.find("ExecutionContext& context\n"), std::string::npos);
}

TEST(EventsCommandTest, WritesJson) {
  const Finished shown = run({"events", "--json"});

  const auto all = nlohmann::json::parse(shown.out);

  ASSERT_EQ(all.size(), event_count);
  for (const EventEntry& entry : events) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) {
      return each["family"] == entry.family && each["event"] == entry.name;
    });
    ASSERT_NE(found, all.end()) << entry.name;
    EXPECT_EQ((*found)["kind"], name_of(entry.kind));
    EXPECT_FALSE((*found)["when"].get<std::string>().empty());
    EXPECT_FALSE((*found)["throwing"].get<std::string>().empty());
    EXPECT_FALSE((*found)["summary"].get<std::string>().empty());
  }
  EXPECT_EQ(all[2]["event"], "checkout");
  EXPECT_EQ(all[2]["parameters"][2]["name"], "connection_proxy");
  EXPECT_EQ(all[2]["parameters"][2]["type"], "ConnectionFairy&");
}

TEST(EventsCommandTest, GuessesWhatAWrongNameMeans) {
  const Finished shown = run({"events", "chekout"});

  EXPECT_EQ(shown.code, 2);
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(shown.err,
            "hark: no such event or family 'chekout'; did you mean 'checkout'?\n");
}

TEST(EventsCommandTest, GuessesWhatAWrongNameOfAFamilyMeans) {
  const Finished shown = run({"events", "PoolEvent"});

  EXPECT_EQ(shown.code, 2);
  EXPECT_EQ(shown.err,
            "hark: no such event or family 'PoolEvent'; did you mean 'PoolEvents'?\n");
}

TEST(CatalogTest, RefusesToTraceWhatNoEngineAnnounces) {
  for (const char* name : {"before_create", "DDLEvents"}) {
    const Finished traced =
        run({"trace", "sqlite://", "-c", "SELECT 1", "--events", name});
    EXPECT_EQ(traced.code, 2);
    EXPECT_EQ(
        traced.err,
        "hark: '" + std::string(name) + "' is of schemas, which SQL does not announce\n");
  }
}

TEST(CatalogTest, KnowsWhatEndsBelongTo) {
  EXPECT_EQ(announcement_of("create_end"), "before_create");
  EXPECT_EQ(announcement_of("cursor_execute_end"), "before_cursor_execute");
  EXPECT_EQ(announcement_of("commit_end"), "commit");
  EXPECT_EQ(announcement_of("checkout"), "");
}

}  // namespace
}  // namespace hark::cli
