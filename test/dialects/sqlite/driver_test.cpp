// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/sqlite/driver.hpp"

#include <hark/dbapi/error.hpp>
#include <hark/dbapi/value.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "support/folder.hpp"

namespace hark::test {
namespace {

using dbapi::Blob;
using dbapi::Value;
using dbapi::ValueView;
using sqlite::CachedStatement;
using sqlite::Connection;
using sqlite::ConnectOptions;
using sqlite::Cursor;
using sqlite::StatementCache;

static_assert(!std::is_copy_constructible_v<Connection>);
static_assert(!std::is_copy_constructible_v<sqlite::Cursor>);

using Values = std::vector<Value>;

class RowsOf final : public dbapi::ParameterRows {
 public:
  explicit RowsOf(const std::vector<Values>& rows) : rows_(rows) {}
  bool next(dbapi::ParameterRow& row) override {
    if (at_ == rows_.size()) return false;
    const Values& values = rows_[at_++];
    views_.assign(values.begin(), values.end());
    row = views_;
    return true;
  }
  void rewind() override { at_ = 0; }
  bool keeps_bytes() const noexcept override { return true; }

 private:
  const std::vector<Values>& rows_;
  std::size_t at_ = 0;
  std::vector<dbapi::ValueView> views_;
};

void execute(dbapi::Cursor& cursor, std::string_view sql, const Values& values = {}) {
  const std::vector<ValueView> views(values.begin(), values.end());
  cursor.execute(sql, views);
}

void executemany(dbapi::Cursor& cursor,
                 std::string_view sql,
                 const std::vector<Values>& values) {
  RowsOf rows(values);
  cursor.executemany(sql, rows);
}

void run(Connection& connection, std::string_view sql, const Values& values = {}) {
  execute(*connection.cursor(), sql, values);
}

/// The first column of all rows.
Values column_of(Connection& connection,
                 std::string_view sql,
                 const Values& values = {}) {
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, sql, values);
  Values column;
  while (cursor->fetch()) column.emplace_back(cursor->value(0));
  return column;
}

Value scalar(Connection& connection, std::string_view sql, const Values& values = {}) {
  return column_of(connection, sql, values).at(0);
}

/// The error of the driver that `act` throws.
template <class Act>
dbapi::Error error_of(Act act) {
  try {
    act();
  } catch (const dbapi::Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return dbapi::Error("nothing was thrown");
}

/// Does `act` throw an E, and not something derived from it?
template <class E, class Act>
::testing::AssertionResult throws_exactly(Act act) {
  try {
    act();
  } catch (const std::exception& error) {
    if (typeid(error) == typeid(E)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << typeid(error).name() << ": " << error.what();
  }
  return ::testing::AssertionFailure() << "nothing was thrown";
}

/// How many prepared statements a connection has.
int prepared_statements(const Connection& connection) {
  int count = 0;
  sqlite3_stmt* each = nullptr;
  while ((each = sqlite3_next_stmt(connection.handle(), each)) != nullptr) ++count;
  return count;
}

/// Does not wait for locks.
Connection connect(const std::string& file) {
  return Connection(
      ConnectOptions{.database = file, .busy_timeout = std::chrono::milliseconds(0)});
}

/// A database in memory with a table that takes values of every type.
class SQLiteTest : public ::testing::Test {
 protected:
  SQLiteTest() { run(connection, "CREATE TABLE items (value)"); }

  Values items() {
    return column_of(connection, "SELECT value FROM items ORDER BY rowid");
  }

  /// What becomes of a value that is written and read.
  Value round_trip(const Value& value) {
    run(connection, "INSERT INTO items VALUES (?)", {value});
    return scalar(connection, "SELECT value FROM items");
  }

  Connection connection{ConnectOptions{}};
};

class SQLiteCursorTest : public SQLiteTest {
 protected:
  dbapi::CursorPtr cursor = connection.cursor();
};

class SQLiteConnectionTest : public SQLiteTest {};

// -- values -----------------------------------------------------------------------------

Blob blob_of_size(std::size_t size) {
  Blob blob(size);
  for (std::size_t i = 0; i < size; ++i) blob[i] = static_cast<std::byte>(i * 31 % 256);
  return blob;
}

TEST_F(SQLiteCursorTest, KeepsNull) { EXPECT_EQ(round_trip(Value()), Value()); }

TEST_F(SQLiteCursorTest, BooleansBecomeIntegers) {
  EXPECT_EQ(round_trip(true), Value(1));
}

TEST_F(SQLiteCursorTest, KeepsTheSmallestInteger) {
  const Value value = std::numeric_limits<std::int64_t>::min();

  EXPECT_EQ(round_trip(value), value);
}

TEST_F(SQLiteCursorTest, KeepsTheLargestInteger) {
  const Value value = std::numeric_limits<std::int64_t>::max();

  EXPECT_EQ(round_trip(value), value);
}

TEST_F(SQLiteCursorTest, KeepsReals) { EXPECT_EQ(round_trip(9.99), Value(9.99)); }

TEST_F(SQLiteCursorTest, KeepsARealWithoutFraction) {
  EXPECT_EQ(round_trip(1.0), Value(1.0));
}

TEST_F(SQLiteCursorTest, KeepsInfinity) {
  constexpr double infinity = std::numeric_limits<double>::infinity();

  EXPECT_EQ(round_trip(-infinity), Value(-infinity));
}

TEST_F(SQLiteCursorTest, NotANumberBecomesNull) {
  EXPECT_EQ(round_trip(std::numeric_limits<double>::quiet_NaN()), Value());
}

TEST_F(SQLiteCursorTest, DecimalsBecomeTheirDigits) {
  EXPECT_EQ(round_trip(dbapi::Decimal{"-12.50"}), Value("-12.50"));
}

TEST_F(SQLiteCursorTest, KeepsText) {
  EXPECT_EQ(round_trip("it's \xC3\xBC"), Value("it's \xC3\xBC"));
}

TEST_F(SQLiteCursorTest, KeepsEmptyText) { EXPECT_EQ(round_trip(""), Value("")); }

TEST_F(SQLiteCursorTest, KeepsTextWithNullCharacters) {
  const Value value = std::string("a\0b\0", 4);

  EXPECT_EQ(round_trip(value), value);
}

TEST_F(SQLiteCursorTest, KeepsABlob) {
  const Value value = blob_of_size(300);

  EXPECT_EQ(round_trip(value), value);
}

TEST_F(SQLiteCursorTest, KeepsAnEmptyBlob) {
  EXPECT_EQ(round_trip(Blob()), Value(Blob()));
}

TEST_F(SQLiteCursorTest, KeepsABlobOfAMegabyte) {
  const Value value = blob_of_size(1024 * 1024);

  EXPECT_TRUE(round_trip(value) == value);
}

TEST_F(SQLiteCursorTest, ViewWithoutAddressIsEmptyText) {
  const ValueView view = std::string_view();

  cursor->execute("SELECT ?", {&view, 1});

  ASSERT_TRUE(cursor->fetch());
  EXPECT_EQ(Value(cursor->value(0)), Value(""));
}

TEST_F(SQLiteCursorTest, ParametersAreNotNeededAfterExecute) {
  std::string text = "a text that no small string holds";
  const ValueView view = text;
  cursor->execute("SELECT ? FROM (VALUES (1), (2))", {&view, 1});

  text.assign(text.size(), 'x');

  while (cursor->fetch()) {
    EXPECT_EQ(cursor->value(0).text(), "a text that no small string holds");
  }
}

// -- rows -------------------------------------------------------------------------------

TEST_F(SQLiteCursorTest, WalksTheRows) {
  EXPECT_EQ(column_of(connection, "VALUES (1), (2), (3)"), (Values{1, 2, 3}));
}

TEST_F(SQLiteCursorTest, HasTheNamesOfTheColumns) {
  execute(*cursor, "SELECT 1 AS one, 2 AS \"two words\", 3 AS one");

  ASSERT_EQ(cursor->column_count(), 3U);
  EXPECT_EQ(cursor->column_name(0), "one");
  EXPECT_EQ(cursor->column_name(1), "two words");
  EXPECT_EQ(cursor->column_name(2), "one");
}

TEST_F(SQLiteCursorTest, HasTheColumnsOfAResultWithoutRows) {
  execute(*cursor, "SELECT value AS v FROM items");

  ASSERT_EQ(cursor->column_count(), 1U);
  EXPECT_EQ(cursor->column_name(0), "v");
  EXPECT_FALSE(cursor->fetch());
}

TEST_F(SQLiteCursorTest, ColumnBehindTheLastHasNoName) {
  execute(*cursor, "SELECT 1");

  EXPECT_THROW(cursor->column_name(1), dbapi::InterfaceError);
}

TEST_F(SQLiteCursorTest, StatementWithoutResultHasNoColumns) {
  execute(*cursor, "INSERT INTO items VALUES (1)");

  EXPECT_EQ(cursor->column_count(), 0U);
  EXPECT_FALSE(cursor->fetch());
  EXPECT_THROW(cursor->column_name(0), dbapi::InterfaceError);
}

TEST_F(SQLiteCursorTest, FindsNoRowPastTheEnd) {
  execute(*cursor, "SELECT 1");
  ASSERT_TRUE(cursor->fetch());

  EXPECT_FALSE(cursor->fetch());
  EXPECT_FALSE(cursor->fetch());
}

TEST_F(SQLiteCursorTest, FindsNoRowBeforeItExecutes) {
  EXPECT_FALSE(cursor->fetch());
  EXPECT_EQ(cursor->column_count(), 0U);
}

TEST_F(SQLiteCursorTest, FindsNoRowOnceClosed) {
  execute(*cursor, "VALUES (1), (2)");

  cursor->close();
  cursor->close();

  EXPECT_FALSE(cursor->fetch());
  EXPECT_EQ(cursor->column_name(0), "column1");  // what was known of it stays
}

TEST_F(SQLiteCursorTest, FindsNoRowAfterAFailure) {
  execute(*cursor,
          "SELECT abs(column1) FROM (VALUES (1), (?))",
          {std::numeric_limits<std::int64_t>::min()});
  ASSERT_TRUE(cursor->fetch());
  ASSERT_THROW(cursor->fetch(), dbapi::OperationalError);

  bool is_on_a_row = false;
  try {
    is_on_a_row = cursor->fetch();
  } catch (const dbapi::Error&) {
  }

  EXPECT_FALSE(is_on_a_row) << "it began again, with " << to_string(cursor->value(0));
}

TEST_F(SQLiteCursorTest, ExecutesOneStatementAfterTheOther) {
  execute(*cursor, "VALUES (1), (2)");
  ASSERT_TRUE(cursor->fetch());

  execute(*cursor, "SELECT 3 AS three");

  ASSERT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(0).integer(), 3);
  EXPECT_EQ(cursor->column_name(0), "three");
}

TEST_F(SQLiteCursorTest, ClosingItGivesItsLocksBack) {
  execute(*cursor, "VALUES (1), (2)");
  execute(*cursor, "SELECT name FROM sqlite_master");
  ASSERT_THROW(run(connection, "DROP TABLE items"), dbapi::OperationalError);

  cursor->close();

  EXPECT_NO_THROW(run(connection, "DROP TABLE items"));
}

TEST_F(SQLiteCursorTest, ReadingToTheEndGivesItsLocksBack) {
  execute(*cursor, "SELECT name FROM sqlite_master");

  while (cursor->fetch()) continue;

  EXPECT_NO_THROW(run(connection, "DROP TABLE items"));
}

// -- counts -----------------------------------------------------------------------------

TEST_F(SQLiteCursorTest, RowcountIsUnknownBeforeItExecutes) {
  EXPECT_EQ(cursor->rowcount(), -1);
}

TEST_F(SQLiteCursorTest, RowcountIsThatOfTheRowsChanged) {
  execute(*cursor, "INSERT INTO items VALUES (1), (2), (3)");
  const std::int64_t inserted = cursor->rowcount();
  execute(*cursor, "UPDATE items SET value = 0 WHERE value > 1");
  const std::int64_t updated = cursor->rowcount();
  execute(*cursor, "DELETE FROM items");
  const std::int64_t deleted = cursor->rowcount();

  EXPECT_EQ(inserted, 3);
  EXPECT_EQ(updated, 2);
  EXPECT_EQ(deleted, 3);
}

TEST_F(SQLiteCursorTest, RowcountIsZeroWhereNothingMatched) {
  run(connection, "INSERT INTO items VALUES (1)");

  execute(*cursor, "UPDATE items SET value = 0 WHERE value = 2");

  EXPECT_EQ(cursor->rowcount(), 0);
}

TEST_F(SQLiteCursorTest, RowcountOfAQueryIsUnknown) {
  execute(*cursor, "INSERT INTO items VALUES (1), (2)");

  execute(*cursor, "SELECT value FROM items");

  EXPECT_EQ(cursor->rowcount(), -1);
}

TEST_F(SQLiteCursorTest, RowcountOfDdlIsNotThatOfTheStatementBefore) {
  execute(*cursor, "INSERT INTO items VALUES (1), (2)");

  execute(*cursor, "CREATE TABLE others (value)");

  EXPECT_EQ(cursor->rowcount(), -1);
}

TEST_F(SQLiteCursorTest, RowcountOfAFailedStatementIsUnknown) {
  execute(*cursor, "INSERT INTO items VALUES (1), (2)");

  EXPECT_THROW(execute(*cursor, "INSERT INTO items VALUES (?)"), dbapi::ProgrammingError);

  EXPECT_EQ(cursor->rowcount(), -1);
}

TEST_F(SQLiteCursorTest, LastrowidIsThatOfTheRowInserted) {
  execute(*cursor, "INSERT INTO items (rowid, value) VALUES (41, 'a')");

  execute(*cursor, "INSERT INTO items VALUES ('b')");

  EXPECT_EQ(cursor->lastrowid(), 42);
}

TEST_F(SQLiteCursorTest, LastrowidIsKnownWhereAnInsertReturnsRows) {
  execute(*cursor, "INSERT INTO items VALUES ('a') RETURNING value");

  EXPECT_EQ(cursor->lastrowid(), 1);
}

TEST_F(SQLiteCursorTest, LastrowidIsZeroBeforeAnInsert) {
  execute(*cursor, "UPDATE items SET value = 1");

  EXPECT_EQ(cursor->lastrowid(), 0);
}

// -- executemany ------------------------------------------------------------------------

TEST_F(SQLiteCursorTest, ExecutesOncePerRow) {
  executemany(*cursor, "INSERT INTO items VALUES (?)", {{1}, {"b"}, {Value()}});

  EXPECT_EQ(items(), (Values{1, "b", Value()}));
}

TEST_F(SQLiteCursorTest, RowcountOfManyIsTheSum) {
  executemany(*cursor, "INSERT INTO items VALUES (?), (?)", {{1, 2}, {3, 4}, {5, 6}});
  const std::int64_t inserted = cursor->rowcount();
  executemany(*cursor, "DELETE FROM items WHERE value > ?", {{5}, {2}, {2}});
  const std::int64_t deleted = cursor->rowcount();

  EXPECT_EQ(inserted, 6);
  EXPECT_EQ(deleted, 4);
}

TEST_F(SQLiteCursorTest, LastrowidOfManyIsTheLast) {
  executemany(*cursor, "INSERT INTO items VALUES (?)", {{"a"}, {"b"}, {"c"}});

  EXPECT_EQ(cursor->lastrowid(), 3);
}

TEST_F(SQLiteCursorTest, RowAmongQueriesIsInsertedWithThemForEach) {
  executemany(*cursor,
              "INSERT INTO items SELECT 5 UNION ALL VALUES (?)",
              std::vector<Values>(100, Values{1}));

  EXPECT_EQ(items().size(), 200U);
}

TEST_F(SQLiteCursorTest, ManyWithoutARowDoNothing) {
  executemany(*cursor, "INSERT INTO items VALUES (?)", {});

  EXPECT_EQ(cursor->rowcount(), 0);
  EXPECT_TRUE(items().empty());
}

TEST_F(SQLiteCursorTest, WhatCameBeforeAFailingRowCountsUntilRollback) {
  run(connection, "CREATE UNIQUE INDEX one_of_each ON items (value)");
  connection.begin();

  EXPECT_THROW(executemany(*cursor, "INSERT INTO items VALUES (?)", {{1}, {2}, {1}, {3}}),
               dbapi::IntegrityError);

  EXPECT_EQ(items(), (Values{1, 2}));
  connection.rollback();
  EXPECT_EQ(items(), Values{});
}

TEST_F(SQLiteCursorTest, IsUsableAfterAFailingRow) {
  run(connection, "CREATE UNIQUE INDEX one_of_each ON items (value)");
  EXPECT_THROW(executemany(*cursor, "INSERT INTO items VALUES (?)", {{1}, {1}}),
               dbapi::IntegrityError);

  executemany(*cursor, "INSERT INTO items VALUES (?)", {{2}, {3}});

  EXPECT_EQ(cursor->rowcount(), 2);
}

TEST_F(SQLiteCursorTest, ManyQueriesAreRejected) {
  EXPECT_THROW(executemany(*cursor, "SELECT ?", {{1}, {2}}), dbapi::ProgrammingError);
}

TEST_F(SQLiteCursorTest, RowOfTheWrongLengthIsRejected) {
  EXPECT_THROW(executemany(*cursor, "INSERT INTO items VALUES (?)", {{1}, {2, 3}}),
               dbapi::ProgrammingError);
}

// -- errors -----------------------------------------------------------------------------

TEST_F(SQLiteCursorTest, TooFewParametersAreAProgrammingError) {
  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>(
      [&] { execute(*cursor, "SELECT ?, ?", {1}); }));
}

TEST_F(SQLiteCursorTest, TooManyParametersAreAProgrammingError) {
  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>([&] {
    execute(*cursor, "SELECT ?", {1, 2});
  }));
  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>(
      [&] { execute(*cursor, "INSERT INTO items VALUES (0)", {1}); }));
}

TEST_F(SQLiteCursorTest, WrongNumberOfParametersIsNamedWithItsStatement) {
  const dbapi::Error error = error_of([&] {
    execute(*cursor, "SELECT ?, ?", {1, 2, 3});
  });

  EXPECT_EQ(error.statement(), "SELECT ?, ?");
  EXPECT_STREQ(error.what(), "the statement has 2 parameters and was given 3");
}

TEST_F(SQLiteCursorTest, SyntaxErrorIsAnOperationalError) {
  EXPECT_TRUE(
      throws_exactly<dbapi::OperationalError>([&] { execute(*cursor, "SELEKT 1"); }));
}

TEST_F(SQLiteCursorTest, SyntaxErrorShowsItsStatement) {
  const dbapi::Error error = error_of([&] { execute(*cursor, "SELEKT 1"); });

  EXPECT_EQ(error.statement(), "SELEKT 1");
  EXPECT_STREQ(error.what(), "near \"SELEKT\": syntax error");
  EXPECT_EQ(error.driver_code(), SQLITE_ERROR);
  EXPECT_FALSE(error.is_disconnect());
}

TEST_F(SQLiteCursorTest, MissingTableIsAnOperationalError) {
  EXPECT_TRUE(throws_exactly<dbapi::OperationalError>(
      [&] { execute(*cursor, "SELECT * FROM nowhere"); }));
}

TEST_F(SQLiteCursorTest, ViolatedConstraintIsAnIntegrityError) {
  run(connection, "CREATE TABLE strict_ones (value UNIQUE NOT NULL CHECK (value > 0))");
  run(connection, "INSERT INTO strict_ones VALUES (1)");

  for (const Value& value : {Value(), Value(0), Value(1)}) {
    EXPECT_TRUE(throws_exactly<dbapi::IntegrityError>(
        [&] { execute(*cursor, "INSERT INTO strict_ones VALUES (?)", {value}); }));
  }
}

TEST_F(SQLiteCursorTest, ViolatedConstraintHasItsCode) {
  run(connection, "CREATE UNIQUE INDEX one_of_each ON items (value)");
  run(connection, "INSERT INTO items VALUES (1)");

  const dbapi::Error error =
      error_of([&] { execute(*cursor, "INSERT INTO items VALUES (?)", {1}); });

  EXPECT_EQ(error.driver_code(), SQLITE_CONSTRAINT_UNIQUE);
  EXPECT_EQ(error.statement(), "INSERT INTO items VALUES (?)");
  EXPECT_STREQ(error.what(), "UNIQUE constraint failed: items.value");
}

TEST_F(SQLiteCursorTest, TextLongerThanTheLimitIsADataError) {
  sqlite3_limit(connection.handle(), SQLITE_LIMIT_LENGTH, 1000);

  EXPECT_TRUE(throws_exactly<dbapi::DataError>([&] {
    execute(*cursor, "INSERT INTO items VALUES (?)", {std::string(1001, 'a')});
  }));
}

TEST_F(SQLiteCursorTest, FailureWhileFetchingShowsItsStatement) {
  const std::string sql = "SELECT abs(column1) FROM (VALUES (1), (?))";
  execute(*cursor, sql, {std::numeric_limits<std::int64_t>::min()});
  ASSERT_TRUE(cursor->fetch());

  const dbapi::Error error = error_of([&] { cursor->fetch(); });

  EXPECT_EQ(error.statement(), sql);
  EXPECT_STREQ(error.what(), "integer overflow");
}

TEST_F(SQLiteCursorTest, IsUsableAfterAFailure) {
  EXPECT_THROW(execute(*cursor, "SELECT ?"), dbapi::ProgrammingError);
  EXPECT_THROW(execute(*cursor, "SELEKT ?"), dbapi::OperationalError);

  execute(*cursor, "SELECT ?", {7});

  ASSERT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(0).integer(), 7);
}

// -- what is one statement --------------------------------------------------------------

TEST_F(SQLiteCursorTest, TwoStatementsInOneAreAProgrammingError) {
  const std::string sql = "INSERT INTO items VALUES (1); INSERT INTO items VALUES (2)";

  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>([&] { execute(*cursor, sql); }));
}

TEST_F(SQLiteCursorTest, NeitherOfTwoStatementsIsExecuted) {
  const std::string sql = "INSERT INTO items VALUES (1); INSERT INTO items VALUES (2)";

  const dbapi::Error error = error_of([&] { execute(*cursor, sql); });

  EXPECT_EQ(error.statement(), sql);
  EXPECT_TRUE(items().empty());
}

TEST_F(SQLiteCursorTest, SemicolonsAndCommentsMayFollow) {
  for (const char* const tail : {";",
                                 " ; ;\n\t",
                                 " -- a comment",
                                 "; -- a comment",
                                 "; -- a comment\n;",
                                 "; /* a comment */ -- another\n /* open",
                                 "; /**/",
                                 "; --"}) {
    EXPECT_NO_THROW(run(connection, "SELECT 1" + std::string(tail))) << tail;
  }
}

TEST_F(SQLiteCursorTest, StatementBehindACommentIsASecondOne) {
  for (const char* const tail : {"; -- a comment\n SELECT 2",
                                 "; /* a comment */ SELECT 2",
                                 "; /*/ SELECT 2 */ SELECT 2",
                                 "; - 2",
                                 "; / 2"}) {
    EXPECT_THROW(run(connection, "SELECT 1" + std::string(tail)), dbapi::ProgrammingError)
        << tail;
  }
}

TEST_F(SQLiteCursorTest, CommentsMayComeFirst) {
  EXPECT_EQ(scalar(connection, "-- a comment\n/* another */ SELECT 1"), Value(1));
}

TEST_F(SQLiteCursorTest, NothingToExecuteIsAProgrammingError) {
  for (const std::string_view sql :
       {"", " \n", ";", "-- a comment", "/* a comment */;"}) {
    EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>([&] { execute(*cursor, sql); }))
        << sql;
  }
}

TEST_F(SQLiteCursorTest, NoTextToExecuteIsAProgrammingError) {
  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>(
      [&] { execute(*cursor, std::string_view()); }));
}

TEST_F(SQLiteCursorTest, NullCharacterInAStatementIsAProgrammingError) {
  const std::string sql("SELECT 1\0; DROP TABLE items", 27);

  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>([&] { execute(*cursor, sql); }));
}

TEST_F(SQLiteCursorTest, StatementNeedsNoNullCharacterBehindIt) {
  const std::string_view sql = "SELECT 12345";

  EXPECT_EQ(scalar(connection, sql.substr(0, 9)), Value(12));
}

// -- transactions -----------------------------------------------------------------------

TEST_F(SQLiteConnectionTest, CommitKeepsWhatWasWritten) {
  connection.begin();
  run(connection, "INSERT INTO items VALUES (1)");
  connection.commit();

  connection.rollback();

  EXPECT_EQ(items(), Values{1});
}

TEST_F(SQLiteConnectionTest, RollbackUndoesWhatWasWritten) {
  run(connection, "INSERT INTO items VALUES (1)");
  connection.begin();
  run(connection, "INSERT INTO items VALUES (2)");
  run(connection, "DELETE FROM items WHERE value = 1");

  connection.rollback();

  EXPECT_EQ(items(), Values{1});
}

TEST_F(SQLiteConnectionTest, RollbackUndoesDdl) {
  connection.begin();
  run(connection, "CREATE TABLE others (value)");
  run(connection, "DROP TABLE items");

  connection.rollback();

  EXPECT_EQ(column_of(connection, "SELECT name FROM sqlite_master"), Values{"items"});
}

TEST_F(SQLiteConnectionTest, RollbackWithoutTransactionHasNoEffect) {
  run(connection, "INSERT INTO items VALUES (1)");

  EXPECT_NO_THROW(connection.rollback());

  EXPECT_EQ(items(), Values{1});
}

TEST_F(SQLiteConnectionTest, CommitWithoutTransactionHasNoEffect) {
  EXPECT_NO_THROW(connection.commit());
}

TEST_F(SQLiteConnectionTest, SecondBeginGoesOnWithTheTransaction) {
  connection.begin();
  connection.begin();
  run(connection, "INSERT INTO items VALUES (1)");
  connection.begin();
  connection.rollback();

  EXPECT_EQ(items(), Values());
  EXPECT_FALSE(connection.in_transaction());
}

TEST_F(SQLiteConnectionTest, RollbackMayInterruptAResult) {
  run(connection, "INSERT INTO items VALUES (1), (2)");
  connection.begin();
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, "SELECT value FROM items");

  EXPECT_NO_THROW(connection.rollback());

  EXPECT_EQ(items(), (Values{1, 2}));
}

TEST_F(SQLiteConnectionTest, TransactionMayFollowATransaction) {
  for (int i = 0; i < 3; ++i) {
    connection.begin();
    run(connection, "INSERT INTO items VALUES (?)", {i});
    connection.commit();
  }

  EXPECT_EQ(items(), (Values{0, 1, 2}));
}

// -- life of a connection ---------------------------------------------------------------

TEST_F(SQLiteConnectionTest, IsAlive) { EXPECT_TRUE(connection.ping()); }

TEST_F(SQLiteConnectionTest, HasAnIdOfItsOwn) {
  const Connection other{ConnectOptions{}};

  EXPECT_GT(other.id(), connection.id());
}

TEST_F(SQLiteConnectionTest, ReleasedCursorIsLentAgain) {
  dbapi::CursorPtr cursor = connection.cursor();
  const dbapi::Cursor* const first = cursor.get();
  cursor.reset();

  cursor = connection.cursor();

  EXPECT_EQ(cursor.get(), first);
}

TEST_F(SQLiteConnectionTest, CursorInUseIsNotLent) {
  const dbapi::CursorPtr one = connection.cursor();
  const dbapi::CursorPtr other = connection.cursor();

  EXPECT_NE(one.get(), other.get());
}

TEST_F(SQLiteConnectionTest, CursorThatIsLentAgainKnowsNothing) {
  run(connection, "INSERT INTO items VALUES (1)");

  const dbapi::CursorPtr cursor = connection.cursor();

  EXPECT_EQ(cursor->rowcount(), -1);
  EXPECT_EQ(cursor->lastrowid(), 0);
  EXPECT_EQ(cursor->column_count(), 0U);
}

TEST_F(SQLiteConnectionTest, ClosedOneThrowsADisconnect) {
  const dbapi::CursorPtr cursor = connection.cursor();
  connection.close();

  EXPECT_THROW(connection.cursor(), dbapi::ProgrammingError);
  EXPECT_TRUE(error_of([&] { connection.cursor(); }).is_disconnect());
  EXPECT_TRUE(error_of([&] { connection.begin(); }).is_disconnect());
  EXPECT_TRUE(error_of([&] { connection.commit(); }).is_disconnect());
  EXPECT_TRUE(error_of([&] { connection.rollback(); }).is_disconnect());
}

TEST_F(SQLiteConnectionTest, CursorOfAClosedOneThrowsADisconnect) {
  const dbapi::CursorPtr cursor = connection.cursor();
  connection.close();

  EXPECT_THROW(execute(*cursor, "SELECT 1"), dbapi::ProgrammingError);
  EXPECT_TRUE(error_of([&] { execute(*cursor, "SELECT 1"); }).is_disconnect());
  EXPECT_TRUE(error_of([&] { executemany(*cursor, "SELECT 1", {}); }).is_disconnect());
}

TEST_F(SQLiteConnectionTest, RowsThatAClosedOneHasNotFetchedAreMissed) {
  const dbapi::CursorPtr begun = connection.cursor();
  execute(*begun, "VALUES (1), (2)");
  begun->fetch();
  const dbapi::CursorPtr read = connection.cursor();
  execute(*read, "VALUES (1)");
  while (read->fetch()) continue;

  connection.close();

  EXPECT_TRUE(error_of([&] { begun->fetch(); }).is_disconnect());
  EXPECT_FALSE(read->fetch());
}

TEST_F(SQLiteConnectionTest, KnowsWhetherATransactionIsOpen) {
  EXPECT_FALSE(connection.in_transaction());
  connection.begin();
  EXPECT_TRUE(connection.in_transaction());
  run(connection, "INSERT INTO items VALUES (1)");
  EXPECT_TRUE(connection.in_transaction());
  connection.commit();
  EXPECT_FALSE(connection.in_transaction());
  run(connection, "BEGIN");
  EXPECT_TRUE(connection.in_transaction());
  connection.close();
  EXPECT_FALSE(connection.in_transaction());
}

TEST_F(SQLiteConnectionTest, KnowsWhetherItIsClosed) {
  EXPECT_TRUE(connection.is_connected());

  connection.close();

  EXPECT_FALSE(connection.is_connected());
}

TEST_F(SQLiteConnectionTest, ClosedOneIsNotAlive) {
  connection.close();

  EXPECT_FALSE(connection.ping());
  EXPECT_EQ(connection.handle(), nullptr);
}

TEST_F(SQLiteConnectionTest, ClosingAgainHasNoEffect) {
  connection.close();

  EXPECT_NO_THROW(connection.close());
}

TEST_F(SQLiteConnectionTest, InterruptingAClosedOneHasNoEffect) {
  connection.close();

  connection.interrupt();
}

TEST_F(SQLiteConnectionTest, CursorsMayOutliveIt) {
  auto short_lived = std::make_unique<Connection>(ConnectOptions{});
  const dbapi::CursorPtr idle = short_lived->cursor();
  const dbapi::CursorPtr busy = short_lived->cursor();
  execute(*busy, "VALUES (1), (2)");

  short_lived.reset();

  EXPECT_TRUE(error_of([&] { busy->fetch(); }).is_disconnect());
  EXPECT_EQ(busy->column_count(), 1U);  // what was known of it stays
  EXPECT_THROW(execute(*idle, "SELECT 1"), dbapi::ProgrammingError);
  EXPECT_TRUE(error_of([&] { execute(*busy, "SELECT 1"); }).is_disconnect());
  busy->close();
}

TEST_F(SQLiteConnectionTest, CursorsMayOutliveItOnceClosed) {
  auto short_lived = std::make_unique<Connection>(ConnectOptions{});
  const dbapi::CursorPtr busy = short_lived->cursor();
  execute(*busy, "VALUES (1), (2)");
  short_lived->close();

  short_lived.reset();

  EXPECT_TRUE(error_of([&] { busy->fetch(); }).is_disconnect());
}

TEST_F(SQLiteConnectionTest, CursorThatWasCutOffSaysSo) {
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, "VALUES (1), (2)");

  connection.close_cursors();

  EXPECT_THROW(cursor->fetch(), dbapi::ProgrammingError);
  EXPECT_THROW(execute(*cursor, "SELECT 1"), dbapi::ProgrammingError);
  EXPECT_EQ(cursor->column_name(0), "column1");
}

/// A read that is still open would keep its lock, and forbid to drop the table.
TEST_F(SQLiteConnectionTest, CutOffCursorsHoldNothing) {
  run(connection, "CREATE TABLE t (x)");
  run(connection, "INSERT INTO t VALUES (1), (2)");
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, "SELECT x FROM t");

  connection.close_cursors();

  EXPECT_NO_THROW(run(connection, "DROP TABLE t"));
}

TEST_F(SQLiteConnectionTest, MakesNewCursorsOnceOthersWereCutOff) {
  const dbapi::CursorPtr cut_off = connection.cursor();
  connection.close_cursors();

  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, "VALUES (1)");

  EXPECT_TRUE(cursor->fetch());
}

// -- interruption -----------------------------------------------------------------------

/// Interrupts a connection until it is destroyed: an interruption without a statement
/// under way is lost.
class Interruptions {
 public:
  explicit Interruptions(Connection& connection)
      : thread_([this, &connection] {
          while (!is_over_) {
            connection.interrupt();
            std::this_thread::yield();
          }
        }) {}
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
  ~Interruptions() {
    is_over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

constexpr std::string_view endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n";

TEST_F(SQLiteConnectionTest, InterruptFromAnotherThreadEndsAStatement) {
  const dbapi::CursorPtr cursor = connection.cursor();
  const Interruptions interruptions(connection);

  EXPECT_TRUE(
      throws_exactly<dbapi::OperationalError>([&] { execute(*cursor, endless); }));
}

TEST_F(SQLiteConnectionTest, InterruptionHasItsCode) {
  const Interruptions interruptions(connection);

  const dbapi::Error error = error_of([&] { run(connection, endless); });

  EXPECT_EQ(error.driver_code(), SQLITE_INTERRUPT);
  EXPECT_FALSE(error.is_disconnect());
}

TEST_F(SQLiteConnectionTest, IsUsableAfterAnInterruption) {
  {
    const Interruptions interruptions(connection);
    EXPECT_THROW(run(connection, endless), dbapi::OperationalError);
  }

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

// -- files ------------------------------------------------------------------------------

class SQLiteFileTest : public ::testing::Test {
 protected:
  Folder folder;
  const std::string file = folder.path("test.db");
};

TEST_F(SQLiteFileTest, ConnectionsShareAFile) {
  Connection one = connect(file);
  Connection other = connect(file);

  run(one, "CREATE TABLE items AS SELECT 7 AS value");

  EXPECT_EQ(scalar(other, "SELECT value FROM items"), Value(7));
}

TEST_F(SQLiteFileTest, ClosingUndoesAnOpenTransaction) {
  Connection one = connect(file);
  run(one, "CREATE TABLE items AS SELECT 7 AS value");
  const dbapi::CursorPtr cursor = one.cursor();
  one.begin();
  execute(*cursor, "DELETE FROM items RETURNING value");

  one.close();

  Connection other = connect(file);
  EXPECT_EQ(scalar(other, "SELECT count(*) FROM items"), Value(1));
}

TEST_F(SQLiteFileTest, CorruptFileIsADatabaseError) {
  std::ofstream(file) << std::string(4096, 'x');
  Connection connection = connect(file);

  EXPECT_TRUE(throws_exactly<dbapi::DatabaseError>(
      [&] { run(connection, "SELECT * FROM sqlite_master"); }));
}

TEST_F(SQLiteFileTest, FolderAsFileIsAnOperationalError) {
  EXPECT_TRUE(throws_exactly<dbapi::OperationalError>([&] { connect(folder.path()); }));
}

TEST_F(SQLiteFileTest, NullCharacterInANameIsAProgrammingError) {
  EXPECT_TRUE(throws_exactly<dbapi::ProgrammingError>(
      [&] { connect(file + std::string(1, '\0') + ".db"); }));
}

TEST_F(SQLiteFileTest, FileThatCannotBeOpenedIsNamed) {
  const std::string missing = folder.path("missing/test.db");

  const dbapi::Error error = error_of([&] { connect(missing); });

  EXPECT_EQ(error.driver_code() & 0xff, SQLITE_CANTOPEN);
  EXPECT_NE(std::string_view(error.what()).find(missing), std::string_view::npos);
}

TEST_F(SQLiteFileTest, BusyDatabaseIsAnOperationalError) {
  Connection one = connect(file);
  Connection other = connect(file);
  run(one, "BEGIN IMMEDIATE");

  EXPECT_TRUE(
      throws_exactly<dbapi::OperationalError>([&] { run(other, "BEGIN IMMEDIATE"); }));
}

TEST_F(SQLiteFileTest, BusyDatabaseHasItsCode) {
  Connection one = connect(file);
  Connection other = connect(file);
  run(one, "BEGIN IMMEDIATE");

  const dbapi::Error error = error_of([&] { run(other, "BEGIN IMMEDIATE"); });

  EXPECT_EQ(error.driver_code(), SQLITE_BUSY);
  EXPECT_FALSE(error.is_disconnect());
}

TEST_F(SQLiteFileTest, DatabaseIsFreeAfterTheTransaction) {
  Connection one = connect(file);
  Connection other = connect(file);
  run(one, "BEGIN IMMEDIATE");
  EXPECT_THROW(run(other, "BEGIN IMMEDIATE"), dbapi::OperationalError);

  one.rollback();

  EXPECT_NO_THROW(run(other, "BEGIN IMMEDIATE"));
}

TEST_F(SQLiteFileTest, UnreadResultKeepsWritersOutUntilItIsClosed) {
  Connection reader = connect(file);
  Connection writer = connect(file);
  run(writer, "CREATE TABLE items (value)");
  run(writer, "INSERT INTO items VALUES (1), (2)");
  const dbapi::CursorPtr cursor = reader.cursor();
  execute(*cursor, "SELECT value FROM items");
  EXPECT_THROW(run(writer, "DELETE FROM items"), dbapi::OperationalError);

  cursor->close();

  EXPECT_NO_THROW(run(writer, "DELETE FROM items"));
}

TEST_F(SQLiteFileTest, InterruptEndsTheWaitForALock) {
  Connection holder = connect(file);
  run(holder, "CREATE TABLE items (value)");
  run(holder, "BEGIN EXCLUSIVE");
  Connection waiting(
      ConnectOptions{.database = file, .busy_timeout = std::chrono::hours(1)});
  const Interruptions interruptions(waiting);

  const dbapi::Error error = error_of([&] { run(waiting, "DELETE FROM items"); });

  EXPECT_TRUE(error.is_cancelled());
  EXPECT_EQ(error.driver_code(), SQLITE_INTERRUPT);
}

TEST_F(SQLiteFileTest, UriMayAskForReadingOnly) {
  Connection writer = connect(file);
  run(writer, "CREATE TABLE items (value)");
  Connection reader(ConnectOptions{.database = "file:" + file + "?mode=ro", .uri = true});

  EXPECT_EQ(scalar(reader, "SELECT count(*) FROM items"), Value(0));
  EXPECT_THROW(run(reader, "DELETE FROM items"), dbapi::OperationalError);
}

TEST_F(SQLiteFileTest, NameIsNoUriUnlessItIsSaidToBe) {
  EXPECT_THROW(connect("file:" + file), dbapi::OperationalError);  // no folder "file:"
}

// -- the statement cache ----------------------------------------------------------------

/// A cache of statements that are not prepared.
class SQLiteStatementCacheTest : public ::testing::Test {
 protected:
  CachedStatement statement(std::string_view sql) {
    return {.holder = &holder, .sql = std::string(sql)};
  }
  CachedStatement* use(std::string_view sql) {
    CachedStatement* const cached = cache.find(sql);
    return cached != nullptr ? cached : cache.add(statement(sql));
  }
  void use_and_give_back(std::initializer_list<std::string_view> statements) {
    for (const std::string_view sql : statements) cache.give_back(use(sql));
  }
  /// Is it in the cache and free?
  bool has(std::string_view sql) {
    CachedStatement* const cached = cache.find(sql);
    if (cached != nullptr) cache.give_back(cached);
    return cached != nullptr;
  }

  Connection connection{ConnectOptions{}};
  Cursor holder{connection};
  StatementCache cache{2};
};

TEST_F(SQLiteStatementCacheTest, IsEmptyAtFirst) { EXPECT_EQ(cache.find("a"), nullptr); }

TEST_F(SQLiteStatementCacheTest, GivesAStatementOutAgain) {
  CachedStatement* const added = cache.add(statement("a"));
  cache.give_back(added);

  EXPECT_EQ(cache.find("a"), added);
}

TEST_F(SQLiteStatementCacheTest, OwnsTheTextOfItsStatements) {
  std::string sql = "a statement that no small string holds";
  cache.give_back(cache.add(statement(sql)));

  sql.assign(sql.size(), 'x');

  EXPECT_TRUE(has("a statement that no small string holds"));
}

TEST_F(SQLiteStatementCacheTest, KnowsWhoHoldsAStatement) {
  CachedStatement* const added = cache.add(statement("a"));
  EXPECT_EQ(cache.find("a")->holder, &holder);

  cache.give_back(added);

  EXPECT_EQ(cache.find("a")->holder, nullptr);
}

TEST_F(SQLiteStatementCacheTest, IsNotMisledByATextThatHasChanged) {
  std::string sql = "a statement that no small string holds";
  CachedStatement* const added = cache.add(statement(sql));
  EXPECT_EQ(cache.find(sql), added);

  sql.back() = 'x';

  EXPECT_EQ(cache.find(sql), nullptr);
}

TEST_F(SQLiteStatementCacheTest, SecondStatementOfATextIsNotKept) {
  CachedStatement* const first = cache.add(statement("a"));
  CachedStatement* const second = cache.add(statement("a"));
  cache.give_back(second);
  cache.give_back(first);

  EXPECT_EQ(cache.find("a"), first);
}

TEST_F(SQLiteStatementCacheTest, KeepsThoseUsedLast) {
  use_and_give_back({"a", "b", "a", "c"});

  EXPECT_TRUE(has("a"));
  EXPECT_FALSE(has("b"));
  EXPECT_TRUE(has("c"));
}

TEST_F(SQLiteStatementCacheTest, KeepsThoseInUse) {
  CachedStatement* const in_use = use("a");

  use_and_give_back({"b", "c", "d"});

  cache.give_back(in_use);
  EXPECT_EQ(cache.find("a"), in_use);
}

TEST_F(SQLiteStatementCacheTest, KeepsNothingWithoutCapacity) {
  StatementCache none(0);
  none.give_back(none.add(statement("a")));

  EXPECT_EQ(none.find("a"), nullptr);
}

TEST_F(SQLiteStatementCacheTest, ForgetsAllWhenCleared) {
  use_and_give_back({"a", "b"});

  cache.clear();

  EXPECT_FALSE(has("a"));
  EXPECT_FALSE(has("b"));
}

TEST(SQLiteConnectionCacheTest, StatementIsPreparedOnce) {
  Connection connection{ConnectOptions{}};

  for (int i = 0; i < 3; ++i) scalar(connection, "SELECT ?", {i});

  EXPECT_EQ(prepared_statements(connection), 1);
}

TEST(SQLiteConnectionCacheTest, ReusedStatementTakesNewParameters) {
  Connection connection{ConnectOptions{}};

  EXPECT_EQ(scalar(connection, "SELECT ?", {1}), Value(1));
  EXPECT_EQ(scalar(connection, "SELECT ?", {"b"}), Value("b"));
  EXPECT_EQ(scalar(connection, "SELECT ?", {Value()}), Value());
}

TEST(SQLiteConnectionCacheTest, ReusedStatementBeginsAtItsFirstRow) {
  Connection connection{ConnectOptions{}};
  const dbapi::CursorPtr cursor = connection.cursor();
  execute(*cursor, "VALUES (1), (2)");
  ASSERT_TRUE(cursor->fetch());

  execute(*cursor, "VALUES (1), (2)");

  ASSERT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(0).integer(), 1);
}

TEST(SQLiteConnectionCacheTest, MoreStatementsThanAreKeptStillWork) {
  Connection connection(ConnectOptions{.statement_cache_size = 2});

  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(scalar(connection, "SELECT " + std::to_string(i)), Value(i));
    }
  }

  EXPECT_EQ(prepared_statements(connection), 2);
}

TEST(SQLiteConnectionCacheTest, MoreOpenResultsThanAreKeptStillWork) {
  Connection connection(ConnectOptions{.statement_cache_size = 2});
  std::vector<dbapi::CursorPtr> cursors;
  for (int i = 0; i < 5; ++i) {
    cursors.push_back(connection.cursor());
    execute(*cursors.back(), "SELECT " + std::to_string(i));
  }

  Values read;
  for (const dbapi::CursorPtr& cursor : cursors) {
    ASSERT_TRUE(cursor->fetch());
    read.emplace_back(cursor->value(0));
  }

  EXPECT_EQ(read, (Values{0, 1, 2, 3, 4}));
}

TEST(SQLiteConnectionCacheTest, NothingIsKeptWithoutACache) {
  Connection connection(ConnectOptions{.statement_cache_size = 0});

  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));

  EXPECT_EQ(prepared_statements(connection), 0);
}

TEST(SQLiteConnectionCacheTest, SameSqlMayBeOpenInTwoCursors) {
  Connection connection{ConnectOptions{}};
  const dbapi::CursorPtr one = connection.cursor();
  const dbapi::CursorPtr other = connection.cursor();
  const std::string sql = "SELECT column1 + ? FROM (VALUES (1), (2))";

  execute(*one, sql, {10});
  execute(*other, sql, {20});

  ASSERT_TRUE(one->fetch());
  ASSERT_TRUE(other->fetch());
  EXPECT_EQ(one->value(0).integer(), 11);
  EXPECT_EQ(other->value(0).integer(), 21);
  ASSERT_TRUE(one->fetch());
  ASSERT_TRUE(other->fetch());
  EXPECT_EQ(one->value(0).integer(), 12);
  EXPECT_EQ(other->value(0).integer(), 22);
}

TEST(SQLiteConnectionCacheTest, OneOfTwoStatementsOfTheSameSqlIsKept) {
  Connection connection{ConnectOptions{}};
  dbapi::CursorPtr one = connection.cursor();
  dbapi::CursorPtr other = connection.cursor();
  execute(*one, "SELECT 1");
  execute(*other, "SELECT 1");

  one.reset();
  other.reset();

  EXPECT_EQ(prepared_statements(connection), 1);
}

/// A statement that is in the cache while its table changes.
class SQLiteChangedTableTest : public ::testing::Test {
 protected:
  SQLiteChangedTableTest() { run(connection, "CREATE TABLE items (a)"); }

  void keep_query() { run(connection, all); }
  void add_column() { run(connection, "ALTER TABLE items ADD COLUMN b DEFAULT 2"); }

  const std::string all = "SELECT * FROM items";
  Connection connection{ConnectOptions{}};
};

TEST_F(SQLiteChangedTableTest, QueryHasTheColumnThatWasAdded) {
  run(connection, "INSERT INTO items VALUES (1)");
  keep_query();
  add_column();
  const dbapi::CursorPtr cursor = connection.cursor();

  execute(*cursor, all);

  ASSERT_EQ(cursor->column_count(), 2U);
  EXPECT_EQ(cursor->column_name(1), "b");
  ASSERT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(1).integer(), 2);
}

TEST_F(SQLiteChangedTableTest, QueryWithoutRowsHasTheColumnThatWasAdded) {
  keep_query();
  add_column();
  const dbapi::CursorPtr cursor = connection.cursor();

  execute(*cursor, all);

  ASSERT_EQ(cursor->column_count(), 2U);
  EXPECT_EQ(cursor->column_name(1), "b");
}

TEST_F(SQLiteChangedTableTest, QueryHasLostTheColumnThatWasDropped) {
  add_column();
  keep_query();
  run(connection, "ALTER TABLE items DROP COLUMN b");
  const dbapi::CursorPtr cursor = connection.cursor();

  execute(*cursor, all);

  ASSERT_EQ(cursor->column_count(), 1U);
  EXPECT_THROW(cursor->column_name(1), dbapi::InterfaceError);
}

TEST_F(SQLiteChangedTableTest, QueryOfADroppedTableFails) {
  keep_query();
  run(connection, "DROP TABLE items");

  EXPECT_THROW(run(connection, all), dbapi::OperationalError);
}

TEST_F(SQLiteChangedTableTest, QueryOfATableThatIsBackSucceeds) {
  keep_query();
  run(connection, "DROP TABLE items");
  EXPECT_THROW(run(connection, all), dbapi::OperationalError);
  run(connection, "CREATE TABLE items AS SELECT 7 AS a");

  EXPECT_EQ(scalar(connection, all), Value(7));
}

}  // namespace
}  // namespace hark::test
