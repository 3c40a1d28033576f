// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <regex>
#include <string>

#include "support/program.hpp"

namespace hark::cli {
namespace {

using test::Finished;
using test::run;

TEST(PingCommandTest, ShowsVersionsAndTimes) {
  const Finished shown = run({"ping", "sqlite://", "--count", "3"});

  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out.find("sqlite " SQLITE_VERSION ", driver "), 0U);
  const std::string amount = R"( +[\d.]+ (ns|µs|ms|s))";
  for (const char* what : {"connect", "checkout", "SELECT 1"}) {
    EXPECT_TRUE(std::regex_search(shown.out, std::regex(what + amount + amount)))
        << what << " in " << shown.out;
  }
}

TEST(PingCommandTest, FailsWhereNoDatabaseIs) {
  const Finished shown = run({"ping", "sqlite:////nowhere/at/all.db"});

  EXPECT_EQ(shown.code, 3);
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(shown.err.find("hark: cannot connect to sqlite:////nowhere/at/all.db: "), 0U);
}

TEST(PingCommandTest, FailsForADatabaseThatIsNone) {
  const test::Folder folder;
  const std::string file = folder.write("a.db", std::string(4096, 'x'));

  const Finished shown = run({"ping", "sqlite:///" + file});

  EXPECT_EQ(shown.code, 3);
  EXPECT_NE(shown.err.find("file is not a database"), std::string::npos) << shown.err;
}

TEST(PingCommandTest, RefusesAWrongUrl) {
  EXPECT_EQ(run({"ping", "nonsense"}).code, 2);
  EXPECT_EQ(run({"ping", "oracle://x"}).code, 2);
  EXPECT_EQ(run({"ping"}).code, 2);
}

}  // namespace
}  // namespace hark::cli
