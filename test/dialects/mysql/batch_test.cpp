// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <array>
#include <limits>

#include "dialects/mysql/driver_fixture.hpp"
#include "dialects/mysql/infile.hpp"
#include "dialects/mysql/sql.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using dbapi::Decimal;
using dbapi::Value;

std::vector<Values> numbered(int count) {
  std::vector<Values> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back(
        {i, i * 0.5, "row " + std::to_string(i), i % 5 == 0 ? Value() : Value(-i)});
  }
  return rows;
}

/// Each test is run with arrays, with statements for many rows, and one by one.
class MySqlBatchTest : public MySqlDriverTest,
                       public ::testing::WithParamInterface<mysql::Batching> {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    other().run("CREATE TABLE many (id INT PRIMARY KEY, x DOUBLE, name TEXT, n INT)");
    auto as_chosen = options();
    as_chosen.bulk = GetParam() == mysql::Batching::arrays;
    connection_ = connect(as_chosen);
  }

  /// A plain INSERT, or one that is none.
  std::string insert() const {
    return GetParam() == mysql::Batching::single
               ? "INSERT INTO many VALUES (?, ?, CONCAT(?, ''), ?)"
               : "INSERT INTO many VALUES (?, ?, ?, ?)";
  }

  std::int64_t execute(const std::string& sql,
                       std::vector<Values> rows,
                       bool keeps = false) {
    const dbapi::CursorPtr cursor = connection_->cursor();
    RowsOf all(std::move(rows), keeps);
    cursor->executemany(sql, all);
    return cursor->rowcount();
  }

  std::vector<Values> all() {
    return query(*connection_, "SELECT id, x, name, n FROM many ORDER BY id");
  }

  std::unique_ptr<mysql::Connection> connection_;
};

INSTANTIATE_TEST_SUITE_P(,
                         MySqlBatchTest,
                         ::testing::Values(mysql::Batching::arrays,
                                           mysql::Batching::statements,
                                           mysql::Batching::single),
                         [](const auto& batching) {
                           switch (batching.param) {
                             case mysql::Batching::arrays:
                               return "Arrays";
                             case mysql::Batching::statements:
                               return "Statements";
                             default:
                               return "Single";
                           }
                         });

TEST_P(MySqlBatchTest, RefusesRowsAndLeavesTheSessionUsable) {
  if (GetParam() != mysql::Batching::arrays) return;  // the others expect no rows
  EXPECT_THROW(execute(insert() + " RETURNING id", numbered(3)), dbapi::ProgrammingError);

  connection_->rollback();
  EXPECT_EQ(execute(insert(), numbered(3)), 3);
}

TEST_P(MySqlBatchTest, AllRowsArrive) {
  for (const int size : {1, 3, 99, 100, 101, 207}) {
    connection_->begin();
    EXPECT_EQ(execute(insert(), numbered(size)), size);
    EXPECT_EQ(all(), numbered(size));
    connection_->rollback();
  }
}

TEST_P(MySqlBatchTest, RowsThatKeepTheirBytesArrive) {
  EXPECT_EQ(execute(insert(), numbered(120), true), 120);
  EXPECT_EQ(all(), numbered(120));
}

TEST_P(MySqlBatchTest, NoRowsAreNoStatement) {
  EXPECT_EQ(execute(insert(), {}), 0);
  EXPECT_EQ(all(), std::vector<Values>());
}

TEST_P(MySqlBatchTest, TypesOfAColumnMayDiffer) {
  const std::vector<Values> rows{{1, 1, "text", Value()},
                                 {2, 2.5, Value(), 4},
                                 {3, Value(), 17, "5"},
                                 {Decimal{"4"}, Decimal{"4.25"}, "four", Decimal{"6"}}};

  EXPECT_EQ(execute(insert(), rows), 4);

  EXPECT_EQ(all(),
            (std::vector<Values>{{1, 1.0, "text", Value()},
                                 {2, 2.5, Value(), 4},
                                 {3, Value(), "17", 5},
                                 {4, 4.25, "four", 6}}));
}

TEST_P(MySqlBatchTest, FailureIsTheServersOwn) {
  std::vector<Values> rows = numbered(120);
  rows[60][0] = 3;
  connection_->begin();

  const Said said = error_of([&] { execute(insert(), rows); });

  EXPECT_EQ(said.type, "IntegrityError");
  EXPECT_EQ(said.number, 1062);
  EXPECT_NE(said.words.find("'3'"), std::string::npos);
  connection_->rollback();
  EXPECT_EQ(all(), std::vector<Values>());
}

TEST_P(MySqlBatchTest, AllRowsAreThereOrNoneInAutocommitMode) {
  connection_->set_autocommit(true);
  std::vector<Values> rows = numbered(4100);
  rows.back()[0] = 3;
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_EQ(error_of([&] { execute(insert(), rows); }).type, "IntegrityError");
    EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM many"), Value(0));
  }

  rows.pop_back();
  EXPECT_EQ(execute(insert(), rows), 4099);

  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM many"), Value(4099));
  run(*connection_, "DELETE FROM many");
  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM many"), Value(0));
}

/// Asks the connection for each row while others are on their way; the last one repeats
/// the first.
class AskingRows final : public dbapi::ParameterRows {
 public:
  explicit AskingRows(dbapi::Connection& connection) : connection_(connection) {}
  bool next(dbapi::ParameterRow& row) override {
    constexpr int count = 2500;
    if (at_ == count) return false;
    const dbapi::CursorPtr cursor = connection_.cursor();
    values_[0] = dbapi::ValueView(++at_ % count);
    cursor->execute("SELECT ? % 2499", {values_.data(), 1});
    if (!cursor->fetch()) return false;
    values_[0] = dbapi::ValueView(cursor->value(0).integer());
    row = values_;
    return true;
  }
  void rewind() override { at_ = 0; }

 private:
  dbapi::Connection& connection_;
  int at_ = 0;
  std::array<dbapi::ValueView, 4> values_{};
};

TEST_P(MySqlBatchTest, RowsMayAskTheirConnectionAndAreAllThereOrNone) {
  connection_->set_autocommit(true);
  AskingRows rows(*connection_);

  const Said said = error_of([&] { connection_->cursor()->executemany(insert(), rows); });

  EXPECT_EQ(said.number, 1062);
  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM many"), Value(0));
}

TEST_P(MySqlBatchTest, RowsAreUndoneWithTheTransactionTheyAreIn) {
  connection_->set_autocommit(true);
  run(*connection_, "BEGIN");
  execute(insert(), numbered(3));
  run(*connection_, "ROLLBACK");

  EXPECT_EQ(all(), std::vector<Values>());
}

TEST_P(MySqlBatchTest, LockedTablesStayLocked) {
  connection_->set_autocommit(true);
  run(*connection_, "LOCK TABLES many WRITE");
  execute(insert(), numbered(3));

  EXPECT_EQ(error_of([&] { run(*connection_, "SELECT 1 FROM mysql.user"); }).number,
            1100);
}

TEST_P(MySqlBatchTest, StatementIsUsableAfterwards) {
  execute(insert(), numbered(110));

  EXPECT_EQ(run(*connection_, insert(), {1000, 1.5, "single", 1}), 1);
  EXPECT_EQ(execute(insert(), {{1001, 1.5, "again", 1}}), 1);
  EXPECT_EQ(all().size(), 112U);
}

TEST_P(MySqlBatchTest, RowcountIsTheSum) {
  execute(insert(), numbered(10));
  const std::vector<Values> rows{{"a", 1}, {"b", 2}, {"c", 99}, {"d", 3}};

  EXPECT_EQ(execute("UPDATE many SET name = ? WHERE id = ?", rows), 3);
  EXPECT_EQ(execute("DELETE FROM many WHERE id = ?", {{1}, {77}, {2}}), 2);
  EXPECT_EQ(all().size(), 8U);
}

TEST_P(MySqlBatchTest, RowOfAnotherWidthIsRefused) {
  std::vector<Values> rows = numbered(3);
  rows[1].pop_back();
  connection_->begin();

  EXPECT_EQ(error_of([&] { execute(insert(), rows); }).type, "ProgrammingError");
}

TEST_P(MySqlBatchTest, RowsOfMegabytesArrive) {
  std::vector<Values> rows;
  for (int i = 0; i < 6; ++i)
    rows.push_back({i, Value(), std::string(40000, static_cast<char>('a' + i)), i});

  execute(insert(), rows);

  EXPECT_EQ(all(), rows);
}

using MySqlBatchKindsTest = MySqlDriverTest;

TEST_F(MySqlBatchKindsTest, ArraysSpareTheRoundTrips) {
  const auto connection = connect();
  connection->begin();
  run(*connection, "CREATE TEMPORARY TABLE many (id INT, x DOUBLE, name TEXT, n INT)");
  const std::int64_t before = count(*connection, "Questions");
  RowsOf rows(numbered(5000));

  connection->cursor()->executemany("INSERT INTO many VALUES (?, ?, ?, ?)", rows);

  EXPECT_LE(count(*connection, "Questions") - before, 8);
}

TEST_F(MySqlBatchKindsTest, StatementsForManyRowsSpareThemToo) {
  auto without = options();
  without.bulk = false;
  const auto connection = connect(without);
  connection->begin();
  run(*connection, "CREATE TEMPORARY TABLE many (id INT, x DOUBLE, name TEXT, n INT)");
  const std::int64_t before = count(*connection, "Questions");
  RowsOf rows(numbered(5000));

  connection->cursor()->executemany("INSERT INTO many VALUES (?, ?, ?, ?)", rows);

  EXPECT_LE(count(*connection, "Questions") - before, 60);
  EXPECT_EQ(scalar(*connection, "SELECT COUNT(*) FROM many"), Value(5000));
}

TEST_F(MySqlBatchKindsTest, AllTypesTravelInArrays) {
  const auto connection = connect();
  run(*connection,
      "CREATE TEMPORARY TABLE kinds (a BIGINT, b DOUBLE, c VARCHAR(9), d VARBINARY(9), e "
      "DATE, "
      "f DATETIME(6), g DECIMAL(9, 3), h BOOLEAN)");
  const auto day = dbapi::Date(std::chrono::sys_days(2026y / 2 / 28));
  const auto time = dbapi::DateTime(day) + 1h + 2us;
  const dbapi::Blob blob{std::byte{0}, std::byte{255}};
  const std::vector<Values> rows{
      {-1, 0.25, "", blob, day, time, Decimal{"1.500"}, true},
      {Value(), Value(), Value(), Value(), Value(), Value(), Value(), Value()},
      {2,
       1e300,
       "Zo\\ë",
       dbapi::Blob(),
       day,
       dbapi::DateTime(day),
       Decimal{"-2.000"},
       false}};
  RowsOf all(rows);

  connection->cursor()->executemany("INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                    all);

  std::vector<Values> expected = rows;
  expected[0][7] = 1;
  expected[2][7] = 0;
  EXPECT_EQ(query(*connection, "SELECT * FROM kinds"), expected);
}

TEST_F(MySqlBatchKindsTest, WhatArraysCannotDoGoesOneByOne) {
  const auto connection = connect();
  run(*connection, "CREATE TEMPORARY TABLE few (id INT)");
  RowsOf rows({{1}, {2}, {3}});
  const dbapi::CursorPtr cursor = connection->cursor();

  cursor->executemany("INSERT INTO few SELECT ?", rows);

  EXPECT_EQ(cursor->rowcount(), 3);
  EXPECT_EQ(query(*connection, "SELECT id FROM few ORDER BY id"),
            (std::vector<Values>{{1}, {2}, {3}}));
}

TEST_F(MySqlBatchKindsTest, RowAmongQueriesIsInsertedWithThemForEach) {
  auto without = options();
  without.bulk = false;
  for (const auto& connection : {connect(), connect(without)}) {
    run(*connection, "CREATE TEMPORARY TABLE few (id INT)");
    RowsOf rows(std::vector<Values>(100, {1}));

    connection->cursor()->executemany("INSERT INTO few SELECT 5 UNION ALL VALUES (?)",
                                      rows);

    EXPECT_EQ(scalar(*connection, "SELECT COUNT(*) FROM few"), Value(200));
  }
}

TEST_F(MySqlBatchKindsTest, StatementWithRowsIsRefused) {
  const auto connection = connect();
  RowsOf rows(std::vector<Values>{{1}});

  EXPECT_EQ(error_of([&] { connection->cursor()->executemany("SELECT ?", rows); }).type,
            "ProgrammingError");
}

TEST_F(MySqlBatchKindsTest, WithoutParametersIsExecutedOncePerRow) {
  const auto connection = connect();
  run(*connection, "CREATE TEMPORARY TABLE few (id INT)");
  RowsOf rows(std::vector<Values>(3));

  connection->cursor()->executemany("INSERT INTO few VALUES (1)", rows);

  EXPECT_EQ(scalar(*connection, "SELECT COUNT(*) FROM few"), Value(3));
}

// -- files ------------------------------------------------------------------------------

using MySqlLoadTest = MySqlDriverTest;

TEST_F(MySqlLoadTest, RowsOfTheProgramAreTheFile) {
  const auto connection = connect();
  connection->begin();
  run(*connection,
      "CREATE TEMPORARY TABLE loaded (id INT, x DOUBLE, name VARCHAR(99), n INT) "
      "CHARACTER SET "
      "utf8mb4");
  std::vector<Values> rows = numbered(20000);
  rows[7][2] = "tab\t, line\n, back\\slash, Zoë, \\N";
  RowsOf all(rows);
  const dbapi::CursorPtr cursor = connection->cursor();

  cursor->executemany(
      "LOAD DATA LOCAL INFILE 'rows' INTO TABLE loaded CHARACTER SET utf8mb4", all);

  EXPECT_EQ(cursor->rowcount(), 20000);
  EXPECT_EQ(query(*connection, "SELECT * FROM loaded"), rows);
}

TEST_F(MySqlLoadTest, TextIsWhatItIsWhateverTheDatabasesCharset) {
  const auto connection = connect();
  run(*connection, "CREATE TABLE loaded (name VARCHAR(9) CHARACTER SET utf8mb4)");
  const auto database = scalar(*connection, "SELECT DATABASE()");
  run(*connection, "ALTER DATABASE CHARACTER SET latin1");
  run(*connection, "USE `" + database.text() + "`");
  RowsOf rows(std::vector<Values>{{"été"}});

  connection->cursor()->executemany("LOAD DATA LOCAL INFILE 'rows' INTO TABLE loaded",
                                    rows);

  EXPECT_EQ(scalar(*connection, "SELECT name FROM loaded"), Value("été"));
}

/// Ends with an exception behind enough rows for the server to have some.
class FailingRows final : public dbapi::ParameterRows {
 public:
  bool next(dbapi::ParameterRow& row) override {
    if (at_ == 50000) throw std::runtime_error("mine");
    value_ = dbapi::ValueView(++at_);
    row = {&value_, 1};
    return true;
  }
  void rewind() override { at_ = 0; }

 private:
  int at_ = 0;
  dbapi::ValueView value_;
};

TEST_F(MySqlLoadTest, RowsThatThrowLeaveNothing) {
  const auto connection = connect();
  connection->set_autocommit(true);
  run(*connection, "CREATE TABLE loaded (id INT)");
  FailingRows rows;

  EXPECT_THROW(connection->cursor()->executemany(
                   "load data local infile 'x' into table loaded", rows),
               std::runtime_error);

  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM loaded"), Value(0));
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_EQ(run(*connection, "INSERT INTO loaded VALUES (1)"), 1);
  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM loaded"), Value(1));
}

TEST_F(MySqlLoadTest, RowsOfAnOpenTransactionAreItsOwn) {
  const auto connection = connect();
  run(*connection, "CREATE TABLE loaded (id INT)");
  connection->begin();
  RowsOf rows(std::vector<Values>{{1}, {2}});

  connection->cursor()->executemany("LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded", rows);

  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM loaded"), Value(0));
  connection->commit();
  EXPECT_EQ(scalar(other(), "SELECT COUNT(*) FROM loaded"), Value(2));
}

TEST_F(MySqlLoadTest, WhatIsNoNumberToTheServerIsRefused) {
  auto loose = options();
  loose.sql_mode = "NO_ENGINE_SUBSTITUTION";
  const auto connection = connect(loose);
  run(*connection, "CREATE TEMPORARY TABLE loaded (x DOUBLE)");
  for (const Value& value : {Value(std::numeric_limits<double>::infinity()),
                             Value(std::numeric_limits<double>::quiet_NaN()),
                             Value(Decimal{"NaN"})}) {
    for (const char* const sql : {"LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded",
                                  "INSERT INTO loaded VALUES (?)"}) {
      RowsOf rows(std::vector<Values>{{value}});
      EXPECT_EQ(error_of([&] { connection->cursor()->executemany(sql, rows); }).type,
                "DataError")
          << sql;
    }
  }
  EXPECT_EQ(scalar(*connection, "SELECT COUNT(*) FROM loaded"), Value(0));
}

TEST_F(MySqlLoadTest, FileIsRefusedUnlessItIsAllowed) {
  const auto connection = connect();
  run(*connection, "CREATE TEMPORARY TABLE loaded (line TEXT)");
  const char* const sql = "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE loaded";

  const Said said = error_of([&] { run(*connection, sql); });

  EXPECT_NE(said.words.find("local_infile=true"), std::string::npos) << said.words;
  EXPECT_EQ(scalar(*connection, "SELECT COUNT(*) FROM loaded"), Value(0));
}

TEST_F(MySqlLoadTest, FileIsLoadedWhereItIsAllowed) {
  auto with_files = options();
  with_files.local_infile = true;
  const auto connection = connect(with_files);
  run(*connection, "CREATE TEMPORARY TABLE loaded (line TEXT)");

  EXPECT_EQ(run(*connection, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE loaded"),
            1);
}

// -- the text ---------------------------------------------------------------------------

TEST(MySqlTextTest, OnlyAPlainInsertOrReplaceIsWrittenForManyRows) {
  using mysql::insert_of_many_rows;
  EXPECT_EQ(insert_of_many_rows("insert ignore into t(a) values(?) ; ", 1, 3),
            "insert ignore into t(a) values(?),(?),(?)");
  EXPECT_EQ(insert_of_many_rows("/* x */ REPLACE INTO `t`VALUES (?)", 1, 2),
            "/* x */ REPLACE INTO `t`VALUES (?),(?)");
  for (const char* const other : {"UPDATE t SET a = VALUES (?)", "VALUES (?)", "INSERT"})
    EXPECT_EQ(insert_of_many_rows(other, 1, 2), "") << other;
}

TEST(MySqlTextTest, RowsAreLoadedByLoadDataLocal) {
  EXPECT_TRUE(mysql::loads_rows("LOAD DATA LOCAL INFILE 'x' INTO TABLE t"));
  EXPECT_TRUE(mysql::loads_rows("# why\nload  data local\ninfile 'x' into table t"));
  EXPECT_FALSE(mysql::loads_rows("LOAD DATA INFILE 'x' INTO TABLE t"));
  EXPECT_FALSE(mysql::loads_rows("LOAD DATA LOCAL"));
}

TEST(MySqlTextTest, FileGetsItsCharsetWhereItHasNone) {
  const auto expect = [](const std::string& table, const std::string& rest) {
    const std::string load = "LOAD DATA LOCAL INFILE 'it''s into table' ";
    EXPECT_EQ(mysql::with_charset(load + table + rest, "latin1"),
              load + table + " CHARACTER SET latin1" + rest);
  };
  expect("INTO TABLE t", "");
  expect("ignore into table t", " (a, b)");
  expect("INTO TABLE shop.t", "\nFIELDS TERMINATED BY ','");
  expect("INTO TABLE `sh``op` . `a``b`", "(a)");
  expect("INTO TABLE /* it */ t PARTITION (p, q)", " SET a = 1");
  for (const char* const sql :
       {"LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET utf8mb3 (a)",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE `t`charset utf8mb3"})
    EXPECT_EQ(mysql::with_charset(sql, "latin1"), sql);
}

TEST(MySqlTextTest, FirstWordSaysWhatIsPrepared) {
  for (const char* const sql : {"SELECT 1",
                                " \n(select 1)",
                                "-- why\nselect 1",
                                "# why\nSELECT 1",
                                "/* why */ WITH x AS (SELECT 1) SELECT 1",
                                "insert into t values (1)",
                                "Update t set a = 1",
                                "select(1)"}) {
    EXPECT_TRUE(mysql::is_worth_preparing(sql)) << sql;
  }
  for (const char* const sql : {"",
                                "SET a = 1",
                                "SELECTED",
                                "CREATE TABLE t (a INT)",
                                "COMMIT",
                                "/* never ends"}) {
    EXPECT_FALSE(mysql::is_worth_preparing(sql)) << sql;
  }
}

TEST(MySqlTextTest, StepsOfTwoPhasesAreKnown) {
  using mysql::two_phase_step;
  using mysql::TwoPhaseStep;
  for (const char* const sql :
       {"XA START 'a'", "xa begin 'a'", "XA END 'a'", "XA PREPARE X'61'"})
    EXPECT_EQ(two_phase_step(sql), TwoPhaseStep::leaves_open) << sql;
  for (const char* const sql : {"XA COMMIT 'a'", " xa /* why */ rollback 'a'"})
    EXPECT_EQ(two_phase_step(sql), TwoPhaseStep::ends) << sql;
  for (const char* const sql : {"XA RECOVER", "COMMIT", "SELECT 1"})
    EXPECT_EQ(two_phase_step(sql), TwoPhaseStep::none) << sql;
}

TEST(MySqlTextTest, LineOfAFileIsEscaped) {
  std::string lines;
  const Values values{Value(),
                      true,
                      -5,
                      0.1,
                      std::string("a\tb\nc\\d\0", 8),
                      Decimal{"1.50"},
                      dbapi::Date(std::chrono::sys_days(2026y / 1 / 2))};
  const std::vector<dbapi::ValueView> row(values.begin(), values.end());

  mysql::add_line(lines, row);

  EXPECT_EQ(lines, "\\N\t1\t-5\t0.1\ta\\tb\\nc\\\\d\\0\t1.50\t2026-01-02\n");
}

}  // namespace
}  // namespace hark::test
