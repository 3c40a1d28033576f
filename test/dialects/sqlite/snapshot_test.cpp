// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// A transaction sees one state of the database from its first statement on, whether the
// driver has sent BEGIN or a query stands for it.

#include <hark/dbapi/error.hpp>
#include <hark/dbapi/value.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/sqlite/driver.hpp"
#include "support/folder.hpp"

namespace hark::test::snapshots {
namespace {

using dbapi::ValueView;
using sqlite::Connection;
using sqlite::ConnectOptions;

constexpr std::string_view find_item = "SELECT value FROM items WHERE id = ?";
constexpr std::string_view all_items = "SELECT value FROM items ORDER BY id";

/// Does not wait for locks.
ConnectOptions options_of(const std::string& file) {
  return {.database = file, .busy_timeout = std::chrono::milliseconds(0)};
}

void execute(dbapi::Cursor& cursor,
             std::string_view sql,
             const std::vector<ValueView>& values = {}) {
  cursor.execute(sql, values);
}

void run(Connection& connection,
         std::string_view sql,
         const std::vector<ValueView>& values = {}) {
  execute(*connection.cursor(), sql, values);
}

/// The first column of the first row; empty: there is none. No other row is asked for.
std::optional<std::int64_t> first(Connection& connection,
                                  std::string_view sql,
                                  const std::vector<ValueView>& values = {}) {
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, sql, values);
  if (!cursor->fetch()) return std::nullopt;
  return cursor->value(0).integer();
}

std::optional<std::int64_t> find(Connection& connection, std::int64_t id) {
  return first(connection, find_item, {ValueView(id)});
}

int code_of_first_error(Connection& connection, std::string_view sql) {
  try {
    run(connection, sql);
  } catch (const dbapi::Error& error) {
    return static_cast<int>(error.driver_code());
  }
  return SQLITE_OK;
}

/// A transaction, in which the first statement is one that has found something before.
class SnapshotTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    run(other, std::string("PRAGMA journal_mode = ") + GetParam());
    run(other, "CREATE TABLE items (id INTEGER PRIMARY KEY, value)");
    run(other, "INSERT INTO items VALUES (1, 10), (2, 20), (3, 30)");
    EXPECT_EQ(find(connection, 1), 10);
    EXPECT_EQ(first(connection, all_items), 10);
    connection.begin();
  }

  bool has_begun() const { return sqlite3_get_autocommit(connection.handle()) == 0; }
  bool holds_snapshot() const {
    return sqlite3_txn_state(connection.handle(), "main") == SQLITE_TXN_READ;
  }
  bool keeps_writers_out() const { return std::string_view(GetParam()) == "DELETE"; }
  /// Another connection writes; false: what `connection` holds keeps it out.
  bool write(std::string_view sql) {
    const int code = code_of_first_error(other, sql);
    EXPECT_EQ(code, keeps_writers_out() && holds_snapshot() ? SQLITE_BUSY : SQLITE_OK);
    return code == SQLITE_OK;
  }

  Folder folder;
  Connection connection{options_of(folder.path("test.db"))};
  Connection other{options_of(folder.path("test.db"))};
};

INSTANTIATE_TEST_SUITE_P(Journals,
                         SnapshotTest,
                         ::testing::Values("DELETE", "WAL"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(SnapshotTest, QueryThatIsNotOverStandsForBegin) {
  EXPECT_EQ(find(connection, 1), 10);

  EXPECT_FALSE(has_begun());
  EXPECT_TRUE(holds_snapshot());
  EXPECT_TRUE(connection.in_transaction());
}

TEST_P(SnapshotTest, BeginIsSentBeforeASecondStatement) {
  EXPECT_EQ(find(connection, 1), 10);
  EXPECT_EQ(find(connection, 2), 20);

  EXPECT_TRUE(has_begun());
  EXPECT_TRUE(holds_snapshot());
}

TEST_P(SnapshotTest, BeginIsSentBeforeASecondRow) {
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, all_items);
  EXPECT_TRUE(cursor->fetch());
  EXPECT_FALSE(has_begun());

  EXPECT_TRUE(cursor->fetch());

  EXPECT_TRUE(has_begun());
  EXPECT_EQ(cursor->value(0).integer(), 20);
}

TEST_P(SnapshotTest, WhatWasSeenIsSeenAgain) {
  EXPECT_EQ(find(connection, 1), 10);
  write("UPDATE items SET value = 11");

  EXPECT_EQ(find(connection, 1), 10);
  EXPECT_EQ(find(connection, 2), 20);
}

TEST_P(SnapshotTest, RowsThatFollowAreOfTheSameState) {
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, all_items);
  write("UPDATE items SET value = 11");

  std::vector<std::int64_t> values;
  while (cursor->fetch()) values.push_back(cursor->value(0).integer());
  EXPECT_EQ(values, (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_EQ(find(connection, 1), 10);
}

TEST_P(SnapshotTest, WhatWasNotThereIsNotThereLater) {
  EXPECT_EQ(find(connection, 4), std::nullopt);
  EXPECT_TRUE(holds_snapshot());
  write("INSERT INTO items VALUES (4, 40)");

  EXPECT_EQ(find(connection, 4), std::nullopt);
}

TEST_P(SnapshotTest, CommitLetsItGo) {
  EXPECT_EQ(find(connection, 1), 10);

  connection.commit();

  EXPECT_FALSE(holds_snapshot());
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_TRUE(write("UPDATE items SET value = 11"));
  EXPECT_EQ(find(connection, 1), 11);
}

TEST_P(SnapshotTest, RollbackLetsItGo) {
  EXPECT_EQ(find(connection, 1), 10);

  connection.rollback();

  EXPECT_FALSE(holds_snapshot());
  EXPECT_TRUE(write("UPDATE items SET value = 11"));
  EXPECT_EQ(find(connection, 1), 11);
}

TEST_P(SnapshotTest, RowsMayBeReadWhenTheTransactionIsOver) {
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, all_items);

  connection.commit();

  EXPECT_TRUE(cursor->fetch());
  EXPECT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(0).integer(), 20);
  EXPECT_TRUE(holds_snapshot());
  cursor->close();
  EXPECT_FALSE(holds_snapshot());
}

TEST_P(SnapshotTest, WhatIsWrittenLaterIsRolledBack) {
  EXPECT_EQ(find(connection, 1), 10);
  run(connection, "UPDATE items SET value = 11");
  run(connection, "CREATE TABLE more (id)");

  connection.rollback();

  EXPECT_EQ(find(connection, 1), 10);
  EXPECT_THROW(run(connection, "SELECT * FROM more"), dbapi::OperationalError);
}

TEST_P(SnapshotTest, StatementThatIsIdleMayBeExecutedAgain) {
  for (std::int64_t id = 1; id <= 3; ++id) EXPECT_EQ(find(connection, id), id * 10);
  connection.commit();
  connection.begin();
  for (std::int64_t id = 3; id >= 1; --id) EXPECT_EQ(find(connection, id), id * 10);
}

TEST_P(SnapshotTest, TableMayBeDroppedThatWasRead) {
  EXPECT_EQ(find(connection, 1), 10);

  run(connection, "DROP TABLE items");
  connection.commit();

  EXPECT_THROW(find(connection, 1), dbapi::OperationalError);
}

TEST_P(SnapshotTest, ClosingLetsItGo) {
  EXPECT_EQ(find(connection, 1), 10);

  connection.close();

  EXPECT_EQ(code_of_first_error(other, "UPDATE items SET value = 11"), SQLITE_OK);
}

constexpr std::string_view find_by_text = "SELECT value FROM items WHERE ? <> ''";

/// Does something that is kept prepared still have that parameter?
bool keeps(const Connection& connection, std::string_view text) {
  for (sqlite3_stmt* each = nullptr;
       (each = sqlite3_next_stmt(connection.handle(), each)) != nullptr;) {
    const std::unique_ptr<char, void (*)(void*)> shown(sqlite3_expanded_sql(each),
                                                       sqlite3_free);
    if (std::string_view(shown.get()).find(text) != std::string_view::npos) return true;
  }
  return false;
}

TEST_P(SnapshotTest, ParametersAreForgottenWithIt) {
  const std::string title(1000, 'x');
  for (int i = 0; i < 2; ++i) {
    connection.begin();
    EXPECT_EQ(first(connection, find_by_text, {ValueView(title)}), 10);
    connection.rollback();

    EXPECT_FALSE(keeps(connection, title));
  }
}

TEST_P(SnapshotTest, ParametersAreForgottenWhereItFails) {
  const std::string title(1000, 'x');
  EXPECT_EQ(first(connection, find_by_text, {ValueView(title)}), 10);
  connection.commit();
  connection.begin();
  run(other, "BEGIN EXCLUSIVE");

  bool has_failed = false;
  try {
    first(connection, find_by_text, {ValueView(title)});
  } catch (const dbapi::OperationalError&) {
    has_failed = true;
  }

  EXPECT_EQ(has_failed, keeps_writers_out());
  EXPECT_EQ(keeps(connection, title), !has_failed);
}

/// How often a statement's text was executed by a connection.
int runs_of(const Connection& connection, std::string_view sql) {
  for (sqlite3_stmt* each = nullptr;
       (each = sqlite3_next_stmt(connection.handle(), each)) != nullptr;) {
    if (sqlite3_sql(each) == sql)
      return sqlite3_stmt_status(each, SQLITE_STMTSTATUS_RUN, 0);
  }
  return 0;
}

TEST_P(SnapshotTest, QueryThatFindsNothingIsExecutedAgainOnlyOnce) {
  const int before = runs_of(connection, find_item);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(find(connection, 4), std::nullopt);
    connection.commit();
    connection.begin();
    EXPECT_EQ(find(connection, 1), 10);
    connection.commit();
    connection.begin();
  }
  EXPECT_EQ(runs_of(connection, find_item), before + 21);
}

TEST_P(SnapshotTest, QueryIsNotExecutedTwiceInItsLife) {
  constexpr std::string_view new_one = "SELECT value FROM items WHERE id = 4";
  EXPECT_EQ(first(connection, new_one), std::nullopt);
  EXPECT_EQ(runs_of(connection, new_one), 1);
}

// -- interruption -----------------------------------------------------------------------

TEST_P(SnapshotTest, InterruptionBetweenStatementsHasNoEffect) {
  EXPECT_EQ(find(connection, 1), 10);

  connection.interrupt();

  EXPECT_EQ(find(connection, 1), 10);
  EXPECT_EQ(find(connection, 2), 20);
}

TEST_P(SnapshotTest, InterruptionOfItsRowsNamesTheQuery) {
  for (const bool has_begun_before : {false, true}) {
    const dbapi::CursorPtr cursor = connection.cursor();
    execute(*cursor, all_items);
    EXPECT_TRUE(cursor->fetch());
    connection.interrupt();

    try {
      cursor->fetch();
      ADD_FAILURE() << "it was not interrupted";
    } catch (const dbapi::OperationalError& error) {
      EXPECT_TRUE(error.is_cancelled());
      EXPECT_EQ(error.statement(), all_items) << has_begun_before;
    }
    cursor->close();
    connection.rollback();
    connection.begin();
    run(connection, "UPDATE items SET value = value");  // BEGIN is kept prepared now
    connection.rollback();
    connection.begin();
  }
}

TEST_P(SnapshotTest, InterruptionOfItsRowsEndsTheTransaction) {
  {
    const dbapi::CursorPtr cursor = connection.cursor();
    execute(*cursor, all_items);
    EXPECT_TRUE(cursor->fetch());
    connection.interrupt();
  }

  try {
    find(connection, 1);
    ADD_FAILURE() << "what the transaction has seen may have changed";
  } catch (const dbapi::OperationalError& error) {
    EXPECT_TRUE(error.is_cancelled());
  }
  connection.rollback();
  connection.begin();
  EXPECT_EQ(find(connection, 1), 10);
}

// -- any order --------------------------------------------------------------------------

/// Two connections to a file. What is kept prepared may stand for BEGIN, and without a cache
/// BEGIN is always sent: so nobody can tell which of the two is used.
class Pair {
 public:
  Pair(const std::string& file, const char* journal, std::size_t kept)
      : mine_({.database = file,
               .busy_timeout = std::chrono::milliseconds(0),
               .statement_cache_size = kept}),
        other_(options_of(file)) {
    run(other_, std::string("PRAGMA journal_mode = ") + journal);
    run(other_, "PRAGMA synchronous = OFF");
    run(other_, "CREATE TABLE items (id INTEGER PRIMARY KEY, value)");
    run(other_, "INSERT INTO items VALUES (1, 10), (2, 20), (3, 30)");
  }

  /// What comes of the next step, as text.
  template <class Random>
  std::string step(Random& random) {
    const auto pick = [&](std::size_t count) { return random() % count; };
    const auto id = static_cast<std::int64_t>(1 + pick(5));
    const auto value = static_cast<std::int64_t>(pick(100));
    const std::size_t at = pick(cursors_.size());
    const std::size_t rows = pick(4);
    switch (pick(10)) {
      case 0:
        return told("begin", [&] { return begin(); });
      case 1:
        return told("commit", [&] { return end([&] { mine_.commit(); }); });
      case 2:
        return told("rollback", [&] { return end([&] { mine_.rollback(); }); });
      case 3:
        return told("insert", [&] {
          run(mine_,
              "INSERT INTO items VALUES (?, ?)",
              {ValueView(id), ValueView(value)});
          return std::string();
        });
      case 4:
        return told("other", [&] {
          run(other_,
              "INSERT OR REPLACE INTO items VALUES (?, ?)",
              {ValueView(id), ValueView(value)});
          return std::string();
        });
      case 5:
        return told("delete", [&] {
          run(other_, "DELETE FROM items WHERE id = ?", {ValueView(id)});
          return std::string();
        });
      case 6:
        return told("open", [&] {
          cursors_[at] = mine_.cursor();
          execute(*cursors_[at], all_items);
          return walk(*cursors_[at], rows);
        });
      case 7:
        return told("go on", [&] {
          return cursors_[at] == nullptr ? "" : walk(*cursors_[at], rows);
        });
      case 8:
        cursors_[at].reset();
        return "close\n";
      default:
        return told("find", [&] {
          const auto found =
              first(mine_, "SELECT value FROM items WHERE id = " + std::to_string(id));
          return found ? std::to_string(*found) : "nothing";
        });
    }
  }

 private:
  template <class Act>
  static std::string told(std::string_view what, const Act& act) {
    std::string line(what);
    try {
      line += ": " + act();
    } catch (const dbapi::Error& error) {
      line += " fails: " + std::to_string(error.driver_code()) + ' ' + error.what();
    }
    return line + '\n';
  }

  std::string begin() {
    if (mine_.in_transaction()) return "not again";
    mine_.begin();
    return "";
  }
  template <class Act>
  std::string end(const Act& act) {
    act();
    return mine_.in_transaction() ? "still open" : "over";
  }
  static std::string walk(dbapi::Cursor& cursor, std::size_t rows) {
    std::string seen;
    for (std::size_t i = 0; i < rows && cursor.fetch(); ++i)
      seen += std::to_string(cursor.value(0).integer()) + ' ';
    return seen;
  }

  Connection mine_;
  Connection other_;
  std::vector<dbapi::CursorPtr> cursors_{3};
};

class AnyOrderTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Journals,
                         AnyOrderTest,
                         ::testing::Values("DELETE", "WAL"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(AnyOrderTest, NobodySeesWhetherBeginWasSent) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const Folder folder;
    Pair with(folder.path("with.db"), GetParam(), 100);
    Pair without(folder.path("without.db"), GetParam(), 0);
    std::minstd_rand one(seed + 1);
    std::minstd_rand same(seed + 1);
    std::string story;
    for (int step = 0; step < 80; ++step) {
      const std::string is = with.step(one);
      const std::string should_be = without.step(same);
      story += is;
      ASSERT_EQ(is, should_be) << "seed " << seed << ", step " << step << ":\n" << story;
    }
  }
}

}  // namespace
}  // namespace hark::test::snapshots
