// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/sqlite/dialect.hpp>
#include <hark/engine/clause.hpp>

#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "support/fake_dbapi.hpp"

/// Threads execute one clause on the databases of several dialects.
/// Worth most under ThreadSanitizer.
namespace hark::test {
namespace {

class SharedClauseTest : public ::testing::Test {
 protected:
  SharedClauseTest() { FakeDialect::use(database_); }

  sqlite::Dialect one;

 private:
  FakeDatabase database_;
};

TEST_F(SharedClauseTest, KeepsWhatItWasCompiledToForEach) {
  const FakeDialect other;
  const Clause clause = text("SELECT :a");

  const Compiled& first = clause->compiled(one);
  const Compiled& second = clause->compiled(other);

  EXPECT_NE(&first, &second);
  EXPECT_NE(first.key, second.key);
  EXPECT_EQ(first.kind(), one.kind());
  EXPECT_EQ(second.kind(), other.kind());
  EXPECT_EQ(first.sql, "SELECT ?");
  EXPECT_EQ(second.sql, "SELECT ?");
  EXPECT_EQ(&clause->compiled(one), &first);
  EXPECT_EQ(&clause->compiled(other), &second);
}

TEST_F(SharedClauseTest, ThreadsMayCompileItAtATime) {
  constexpr int rounds = 200;
  constexpr int thread_count = 4;
  const FakeDialect other;
  for (int round = 0; round < rounds; ++round) {
    const Clause clause = text("SELECT :a, :b");
    std::latch start(thread_count);
    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i) {
      const bool is_even = i % 2 == 0;
      threads.emplace_back([&, is_even] {
        const Dialect& dialect = is_even ? static_cast<const Dialect&>(one) : other;
        start.arrive_and_wait();
        const Compiled& compiled = clause->compiled(dialect);
        EXPECT_EQ(compiled.kind(), dialect.kind());
        EXPECT_EQ(compiled.sql, "SELECT ?, ?");
        EXPECT_EQ(compiled.names, (std::vector<std::string>{"a", "b"}));
        EXPECT_EQ(clause->compiled(dialect).kind(), dialect.kind());
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace hark::test
