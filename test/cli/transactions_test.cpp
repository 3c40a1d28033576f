// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/transactions.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace hark::cli {
namespace {

using Verb = TransactionControl::Verb;
using Outcome = ScriptTransaction::Outcome;

/// What a connection executes; each statement begins and ends one moment later.
class Log {
 public:
  Log& ok(std::string_view sql) { return note(sql, Execution::Outcome::ok); }
  Log& failed(std::string_view sql) { return note(sql, Execution::Outcome::failed); }
  const TransactionLog& finish() {
    log_.finish(now_);
    return log_;
  }

 private:
  Log& note(std::string_view sql, Execution::Outcome outcome) {
    log_.note({.outcome = outcome, .begin = now_, .end = now_ + 1}, sql);
    ++now_;
    return *this;
  }

  TransactionLog log_;
  Moment now_ = 0;
};

TEST(TransactionControlTest, KnowsEachVerb) {
  EXPECT_EQ(transaction_control("BEGIN IMMEDIATE")->verb, Verb::begin);
  EXPECT_EQ(transaction_control("start transaction")->verb, Verb::begin);
  EXPECT_EQ(transaction_control("/* x */ commit")->verb, Verb::commit);
  EXPECT_EQ(transaction_control("END TRANSACTION")->verb, Verb::commit);
  EXPECT_EQ(transaction_control("ROLLBACK")->verb, Verb::rollback);
  EXPECT_EQ(transaction_control("ROLLBACK TRANSACTION TO SAVEPOINT a")->verb,
            Verb::rollback_to);
  EXPECT_EQ(transaction_control("SAVEPOINT a")->savepoint, "a");
  EXPECT_EQ(transaction_control("release savepoint b")->savepoint, "b");
  EXPECT_EQ(transaction_control("RELEASE c")->savepoint, "c");
}

TEST(TransactionControlTest, KnowsWhatIsNone) {
  EXPECT_FALSE(transaction_control("SELECT 1"));
  EXPECT_FALSE(transaction_control("INSERT INTO begin VALUES (1)"));
  EXPECT_FALSE(transaction_control(""));
}

TEST(TransactionLogTest, TellsHowTransactionsEnd) {
  const auto log = Log()
                       .ok("BEGIN")
                       .ok("INSERT")
                       .ok("COMMIT")
                       .ok("BEGIN")
                       .ok("ROLLBACK")
                       .ok("BEGIN")
                       .ok("INSERT")
                       .finish();

  ASSERT_EQ(log.transactions().size(), 3U);
  EXPECT_EQ(log.transactions()[0].outcome, Outcome::committed);
  EXPECT_EQ(log.transactions()[0].statements, 1U);
  EXPECT_EQ(log.transactions()[0].first.begin, 0);
  EXPECT_EQ(log.transactions()[0].end, 3);
  EXPECT_EQ(log.transactions()[1].outcome, Outcome::rolled_back);
  EXPECT_EQ(log.transactions()[2].outcome, Outcome::left_open);
}

TEST(TransactionLogTest, CountsStatementsOutside) {
  const auto log = Log().ok("A").ok("BEGIN").ok("B").ok("END").failed("C").finish();
  EXPECT_EQ(log.autocommitted(), 2U);
}

TEST(TransactionLogTest, StaysOpenWhenCommitFails) {
  const auto log = Log().ok("BEGIN").failed("COMMIT").ok("ROLLBACK").finish();

  ASSERT_EQ(log.transactions().size(), 1U);
  EXPECT_EQ(log.transactions()[0].outcome, Outcome::rolled_back);
  EXPECT_EQ(log.transactions()[0].failures, 1U);
}

TEST(TransactionLogTest, BeginsNothingWhenBeginFails) {
  EXPECT_TRUE(Log().failed("BEGIN").finish().transactions().empty());
}

TEST(TransactionLogTest, SeesThatTheDatabaseHasEndedOne) {
  const auto log = Log().ok("BEGIN").failed("INSERT").ok("BEGIN").ok("COMMIT").finish();

  ASSERT_EQ(log.transactions().size(), 2U);
  EXPECT_EQ(log.transactions()[0].outcome, Outcome::ended_by_database);
  EXPECT_EQ(log.transactions()[1].outcome, Outcome::committed);
}

TEST(TransactionLogTest, BeginsWithASavepointAndCommitsWithItsRelease) {
  const auto log = Log()
                       .ok("SAVEPOINT a")
                       .ok("SAVEPOINT b")
                       .ok("ROLLBACK TO b")
                       .ok("RELEASE B")
                       .ok("INSERT")
                       .ok("RELEASE a")
                       .ok("INSERT")
                       .finish();

  ASSERT_EQ(log.transactions().size(), 1U);
  EXPECT_EQ(log.transactions()[0].outcome, Outcome::committed);
  EXPECT_EQ(log.transactions()[0].savepoints, 2U);
  EXPECT_EQ(log.transactions()[0].end, 6);
  EXPECT_EQ(log.autocommitted(), 1U);
}

TEST(TransactionLogTest, StaysOpenWhenASavepointInsideIsReleased) {
  const auto log = Log().ok("BEGIN").ok("SAVEPOINT a").ok("RELEASE a").finish();
  EXPECT_EQ(log.transactions().at(0).outcome, Outcome::left_open);
}

}  // namespace
}  // namespace hark::cli
