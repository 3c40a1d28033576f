// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/driver_fixture.hpp"

namespace hark::test {
namespace {

using dbapi::Value;

/// Numbers from 1 on, with a text beside each.
constexpr const char* numbers =
    "SELECT seq, CONCAT('number ', seq), IF(seq % 3 = 0, NULL, seq / 4) FROM "
    "seq_1_to_5000";

Values row_of(int number) {
  const int quarter = number * 2500;
  std::string digits = std::to_string(quarter / 10000);
  digits += "." + std::to_string(10000 + quarter % 10000).substr(1);
  return {number,
          "number " + std::to_string(number),
          number % 3 == 0 ? Value() : Value(dbapi::Decimal{digits})};
}

class MySqlStreamTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (!IsSkipped()) connection_ = connect();
  }

  dbapi::CursorPtr stream(std::string_view sql = numbers, const Values& parameters = {}) {
    dbapi::CursorPtr cursor = connection_->cursor();
    dbapi::Operation operation(sql);
    operation.streams = true;
    const std::vector<dbapi::ValueView> views(parameters.begin(), parameters.end());
    cursor->execute(operation, views);
    return cursor;
  }

  static void expect_next(dbapi::Cursor& cursor, int from, int to) {
    for (int i = from; i <= to; ++i) {
      ASSERT_TRUE(cursor.fetch()) << i;
      const Values row = row_of(i);
      for (std::size_t column = 0; column < row.size(); ++column)
        ASSERT_EQ(Value(cursor.value(column)), row[column]) << i;
    }
  }

  std::unique_ptr<mysql::Connection> connection_;
};

TEST_F(MySqlStreamTest, GivesAllRows) {
  const auto cursor = stream();

  expect_next(*cursor, 1, 5000);
  EXPECT_FALSE(cursor->fetch());
  EXPECT_FALSE(cursor->fetch());
  EXPECT_EQ(cursor->column_count(), 3U);
}

TEST_F(MySqlStreamTest, GivesRowsBeforeTheLastOneIsThere) {
  const auto cursor =
      stream("SELECT REPEAT('x', 100000), IF(seq < 9, 0, SLEEP(600)) FROM seq_1_to_9");

  EXPECT_TRUE(cursor->fetch());

  connection_->interrupt();
}

TEST_F(MySqlStreamTest, OtherStatementLeavesItWhole) {
  const auto cursor = stream();
  expect_next(*cursor, 1, 10);

  EXPECT_EQ(scalar(*connection_, "SELECT ? + 1", {41}), Value(42));
  EXPECT_EQ(cursor->value(1), dbapi::ValueView("number 10"));
  run(*connection_, "SET @other = 1");

  expect_next(*cursor, 11, 5000);
  EXPECT_FALSE(cursor->fetch());
}

TEST_F(MySqlStreamTest, ValuesOfItsRowAreParametersOfAnother) {
  const auto cursor = stream();
  expect_next(*cursor, 1, 3);
  const dbapi::ValueView name = cursor->value(1);
  const dbapi::CursorPtr other_one = connection_->cursor();

  other_one->execute("SELECT ?", std::span(&name, 1));

  ASSERT_TRUE(other_one->fetch());
  EXPECT_EQ(other_one->value(0), dbapi::ValueView("number 3"));
}

TEST_F(MySqlStreamTest, TwoOfThemWork) {
  const auto first = stream();
  expect_next(*first, 1, 7);
  const auto second = stream();
  expect_next(*second, 1, 9);

  expect_next(*first, 8, 5000);
  expect_next(*second, 10, 5000);
  EXPECT_FALSE(first->fetch());
  EXPECT_FALSE(second->fetch());
}

TEST_F(MySqlStreamTest, EndOfAnotherResultLeavesItWhole) {
  dbapi::CursorPtr stored = connection_->cursor();
  stored->execute("SELECT 1 UNION SELECT 2", {});
  ASSERT_TRUE(stored->fetch());
  const auto cursor = stream();
  expect_next(*cursor, 1, 5);

  stored.reset();

  expect_next(*cursor, 6, 5000);
}

TEST_F(MySqlStreamTest, StatementThatIsNotKeptIsClosedWithoutHarm) {
  auto without = options();
  without.statement_cache_size = 0;
  connection_ = connect(without);
  dbapi::CursorPtr stored = connection_->cursor();
  stored->execute("SELECT 1 UNION SELECT 2", {});
  const auto cursor = stream();
  expect_next(*cursor, 1, 5);

  stored.reset();

  expect_next(*cursor, 6, 4000);
  EXPECT_EQ(scalar(*connection_, "SELECT 3"), Value(3));
  expect_next(*cursor, 4001, 5000);
}

TEST_F(MySqlStreamTest, OneThatIsGivenUpLeavesTheConnectionUsable) {
  auto cursor = stream();
  expect_next(*cursor, 1, 5);
  cursor->close();
  EXPECT_FALSE(cursor->fetch());
  EXPECT_EQ(scalar(*connection_, "SELECT 1"), Value(1));

  cursor = stream();
  cursor.reset();

  EXPECT_EQ(scalar(*connection_, "SELECT 2"), Value(2));
}

TEST_F(MySqlStreamTest, CommitLeavesItWhole) {
  connection_->begin();
  const auto cursor = stream();
  expect_next(*cursor, 1, 5);

  connection_->commit();

  expect_next(*cursor, 6, 5000);
}

TEST_F(MySqlStreamTest, RollbackCutsItOff) {
  connection_->begin();
  const auto cursor = stream();
  expect_next(*cursor, 1, 5);

  connection_->rollback();

  EXPECT_EQ(error_of([&] { cursor->fetch(); }).type, "ProgrammingError");
  EXPECT_EQ(scalar(*connection_, "SELECT 1"), Value(1));
}

TEST_F(MySqlStreamTest, FailureAmidTheRowsIsThrown) {
  const char* const sql =
      "SELECT REPEAT('x', 20000), IF(seq = 100, (SELECT 1 UNION SELECT 2), 0) FROM "
      "seq_1_to_200";
  const auto fetch_all = [](dbapi::Cursor& cursor) {
    while (cursor.fetch()) {
    }
  };
  const auto cursor = stream(sql);
  const Said said = error_of([&] { fetch_all(*cursor); });
  EXPECT_EQ(said.number, 1242);
  EXPECT_FALSE(said.is_disconnect);
  EXPECT_EQ(scalar(*connection_, "SELECT 1"), Value(1)) << "it is usable";

  const auto buffered = stream(sql);
  EXPECT_EQ(scalar(*connection_, "SELECT 2"), Value(2))
      << "another statement has no part in it";
  EXPECT_EQ(error_of([&] { fetch_all(*buffered); }).number, 1242);
}

TEST_F(MySqlStreamTest, LongRowsArrive) {
  const auto cursor = stream(
      "SELECT REPEAT(CHAR(64 + seq USING utf8mb4), seq * 70000), seq FROM seq_1_to_26");
  for (int i = 1; i <= 26; ++i) {
    ASSERT_TRUE(cursor->fetch());
    EXPECT_EQ(cursor->value(0),
              dbapi::ValueView(std::string(static_cast<std::size_t>(i) * 70000,
                                           static_cast<char>(64 + i))));
    EXPECT_EQ(cursor->value(1).integer(), i);
  }
  EXPECT_FALSE(cursor->fetch());
}

TEST_F(MySqlStreamTest, ConnectionMayCloseUnderIt) {
  auto cursor = stream();
  expect_next(*cursor, 1, 5);

  connection_->close();

  EXPECT_TRUE(error_of([&] { cursor->fetch(); }).is_disconnect);
}

}  // namespace
}  // namespace hark::test
