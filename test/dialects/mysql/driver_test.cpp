// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/mysql/driver_connection.hpp>
#include <hark/mysql.hpp>

#include <array>
#include <future>

#include "dialects/mysql/driver_fixture.hpp"

namespace hark::test {
namespace {

using dbapi::Value;

// -- statements -------------------------------------------------------------------------

using MySqlStatementTest = MySqlDriverTest;

TEST_F(MySqlStatementTest, IsPreparedOnce) {
  const auto connection = connect();

  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(scalar(*connection, "SELECT ? + 1", {i}), Value(i + 1));

  EXPECT_EQ(prepared(*connection), 1);
}

TEST_F(MySqlStatementTest, IsFoundByItsKey) {
  const auto connection = connect();
  const dbapi::CursorPtr cursor = connection->cursor();
  const std::vector<dbapi::ValueView> parameters{1};

  for (int i = 0; i < 3; ++i) {
    cursor->execute(dbapi::Operation("SELECT ? + 2", 7777), parameters);
    EXPECT_TRUE(cursor->fetch());
    EXPECT_EQ(cursor->value(0).integer(), 3);
  }

  EXPECT_EQ(prepared(*connection), 1);
}

TEST_F(MySqlStatementTest, LeastUsedOneIsClosed) {
  auto with_two = options();
  with_two.statement_cache_size = 2;
  const auto connection = connect(with_two);

  for (const char* const sql : {"SELECT 1", "SELECT 2", "SELECT 1", "SELECT 3"})
    query(*connection, sql);

  EXPECT_EQ(prepared(*connection), 3);
  query(*connection, "SELECT 1");
  EXPECT_EQ(prepared(*connection), 3) << "it was used later than SELECT 2";
  query(*connection, "SELECT 2");
  EXPECT_EQ(prepared(*connection), 4);
  EXPECT_EQ(count(*connection, "Com_stmt_close"), 2);
}

TEST_F(MySqlStatementTest, NoneIsKeptWithoutACache) {
  auto without = options();
  without.statement_cache_size = 0;
  const auto connection = connect(without);

  for (int i = 0; i < 3; ++i) EXPECT_EQ(scalar(*connection, "SELECT 5"), Value(5));

  EXPECT_EQ(prepared(*connection), 3);
  connection->run("DO 1");
  EXPECT_EQ(count(*connection, "Com_stmt_close"), 3);
}

TEST_F(MySqlStatementTest, IsThereForItsRowsHoweverSmallTheCache) {
  auto with_one = options();
  with_one.statement_cache_size = 1;
  const auto connection = connect(with_one);
  const dbapi::CursorPtr first = connection->cursor();
  const dbapi::CursorPtr second = connection->cursor();

  first->execute("SELECT 1 UNION ALL SELECT 2", {});
  second->execute("SELECT 3 UNION ALL SELECT 4", {});

  EXPECT_EQ(remaining(*first), (std::vector<Values>{{1}, {2}}));
  EXPECT_EQ(remaining(*second), (std::vector<Values>{{3}, {4}}));
}

TEST_F(MySqlStatementTest, GoesAsTextWhereItIsSeldom) {
  const auto connection = connect();

  run(*connection, "SET @one = 1");
  EXPECT_EQ(scalar(*connection, "SHOW VARIABLES LIKE 'autocommit'"), Value("autocommit"));

  EXPECT_EQ(prepared(*connection), 0);
}

TEST_F(MySqlStatementTest, WithParametersIsPreparedWhateverItIs) {
  const auto connection = connect();

  run(*connection, "SET @one = ?", {41});

  EXPECT_EQ(scalar(*connection, "SELECT @one"), Value(41));
}

TEST_F(MySqlStatementTest, SecondCursorExecutesWhatTheFirstIsFetching) {
  const auto connection = connect();
  const char* const sql = "SELECT 1 UNION SELECT 2";
  const dbapi::CursorPtr first = connection->cursor();
  first->execute(sql, {});
  ASSERT_TRUE(first->fetch());

  EXPECT_EQ(query(*connection, sql).size(), 2U);

  EXPECT_EQ(first->value(0).integer(), 1);
  ASSERT_TRUE(first->fetch());
  EXPECT_EQ(first->value(0).integer(), 2);
  EXPECT_FALSE(first->fetch());
}

TEST_F(MySqlStatementTest, CursorWithoutRowsKeepsItsNamesWhenAnotherTakesTheStatement) {
  const auto connection = connect();
  const dbapi::CursorPtr first = connection->cursor();
  first->execute("SELECT 1 AS one", {});
  while (first->fetch()) {
  }

  query(*connection, "SELECT 1 AS one");

  EXPECT_EQ(prepared(*connection), 1);
  EXPECT_EQ(first->column_name(0), "one");
  EXPECT_EQ(first->column_names()->at(0), "one");
}

TEST_F(MySqlStatementTest, ColumnThatIsNotThereIsNull) {
  const auto connection = connect();
  const dbapi::CursorPtr cursor = connection->cursor();
  cursor->execute("SELECT 1", {});
  EXPECT_TRUE(cursor->value(0).is_null()) << "it stands on no row yet";
  ASSERT_TRUE(cursor->fetch());

  EXPECT_TRUE(cursor->value(1).is_null());
  EXPECT_EQ(error_of([&] { static_cast<void>(cursor->column_name(1)); }).type,
            "InterfaceError");
}

TEST_F(MySqlStatementTest, CursorWalksRowsInPlaces) {
  const auto connection = connect();
  for (const char* const sql :
       {"SELECT 1, 'one' UNION SELECT 2, NULL",
        "EXECUTE IMMEDIATE 'SELECT 1, ''one'' UNION SELECT 2, NULL'"}) {
    const dbapi::CursorPtr cursor = connection->cursor();
    cursor->execute(sql, {});
    std::array<dbapi::ValueView, 2> cells;

    ASSERT_TRUE(cursor->fetch(cells));
    EXPECT_EQ(cells[0], dbapi::ValueView(1));
    EXPECT_EQ(cells[1], dbapi::ValueView("one"));
    ASSERT_TRUE(cursor->fetch(std::span(cells).first(1)));
    EXPECT_EQ(cells[0], dbapi::ValueView(2));
    EXPECT_TRUE(cursor->value(1).is_null());
    EXPECT_FALSE(cursor->fetch(cells));
  }
}

TEST_F(MySqlStatementTest, WrongNumberOfParametersIsRefused) {
  const auto connection = connect();
  for (const Values& parameters : {Values{}, Values{1, 2}}) {
    const Said said = error_of([&] { query(*connection, "SELECT ?", parameters); });

    EXPECT_EQ(said.type, "ProgrammingError");
    EXPECT_NE(said.words.find("1 parameters and was given"), std::string::npos);
  }
  EXPECT_EQ(scalar(*connection, "SELECT ?", {3}), Value(3));
}

TEST_F(MySqlStatementTest, ProceduresFirstResultIsTheResult) {
  const auto connection = connect();
  connection->set_autocommit(true);
  run(*connection,
      "CREATE PROCEDURE two(x INT) BEGIN SELECT x AS one; SELECT 'b' AS two, 3 AS three; "
      "END");
  for (int i = 0; i < 3; ++i) {
    const dbapi::CursorPtr cursor = connection->cursor();
    const std::vector<dbapi::ValueView> parameters{i};

    cursor->execute("CALL two(?)", parameters);

    EXPECT_EQ(remaining(*cursor), (std::vector<Values>{{i}}));
    EXPECT_EQ(cursor->column_name(0), "one");
  }
  EXPECT_EQ(query(*connection, "CALL two(8)"), (std::vector<Values>{{8}}));
}

TEST_F(MySqlStatementTest, FailureInAProceduresSecondResultIsThrown) {
  const auto connection = connect();
  connection->set_autocommit(true);
  run(*connection,
      "CREATE PROCEDURE fails(x INT) BEGIN SELECT x; SIGNAL SQLSTATE '45000' SET "
      "MESSAGE_TEXT = 'no way'; END");

  for (const char* const sql : {"CALL fails(1)", "CALL fails(?)"}) {
    const Said said =
        error_of([&] { query(*connection, sql, sql[11] == '?' ? Values{1} : Values{}); });
    EXPECT_EQ(said.sqlstate, "45000") << sql;
    EXPECT_EQ(said.words, "no way") << sql;
    EXPECT_EQ(scalar(*connection, "SELECT 1"), Value(1)) << "it is usable";
  }
}

// -- the schema changes -----------------------------------------------------------------

class MySqlSchemaChangeTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    other().run("CREATE TABLE changing (id INT, name VARCHAR(20))");
    other().run("INSERT INTO changing VALUES (1, 'one')");
    connection_ = connect();
    connection_->set_autocommit(true);
  }

  struct Answer {
    std::vector<Values> rows;
    dbapi::ColumnNames names;
  };
  Answer answer(bool streams = false) {
    const dbapi::CursorPtr cursor = connection_->cursor();
    dbapi::Operation operation("SELECT * FROM changing");
    operation.streams = streams;
    cursor->execute(operation, {});
    std::vector<Values> rows = remaining(*cursor);
    return {.rows = std::move(rows), .names = *cursor->column_names()};
  }

  std::unique_ptr<mysql::Connection> connection_;
};

TEST_F(MySqlSchemaChangeTest, NewColumnIsInTheNextAnswer) {
  answer();
  other().run("ALTER TABLE changing ADD COLUMN more DOUBLE DEFAULT 2.5");
  for (int i = 0; i < 2; ++i) {
    const Answer seen = answer(i == 0);

    EXPECT_EQ(seen.names, (dbapi::ColumnNames{"id", "name", "more"}));
    EXPECT_EQ(seen.rows, (std::vector<Values>{{1, "one", 2.5}}));
  }
}

TEST_F(MySqlSchemaChangeTest, ColumnThatWasDroppedIsNot) {
  answer();
  other().run("ALTER TABLE changing DROP COLUMN name");
  for (int i = 0; i < 2; ++i) {
    const Answer seen = answer();

    EXPECT_EQ(seen.names, (dbapi::ColumnNames{"id"}));
    EXPECT_EQ(seen.rows, (std::vector<Values>{{1}}));
  }
}

TEST_F(MySqlSchemaChangeTest, NewNamesAreSeen) {
  answer();
  answer();
  other().run("ALTER TABLE changing CHANGE name title VARCHAR(20)");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(answer().names, (dbapi::ColumnNames{"id", "title"})) << i;
}

TEST_F(MySqlSchemaChangeTest, NewTypesAreSeen) {
  answer();
  other().run("ALTER TABLE changing MODIFY id VARCHAR(5)");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answer().rows.at(0).at(0), Value("1")) << i;
}

TEST_F(MySqlSchemaChangeTest, RowIsInsertedOnceWhereTheAnswersColumnsChange) {
  const char* const sql = "INSERT INTO changing (id) VALUES (?) RETURNING *";
  query(*connection_, sql, {2});
  other().run("ALTER TABLE changing ADD COLUMN more INT DEFAULT 7");

  EXPECT_EQ(query(*connection_, sql, {3}), (std::vector<Values>{{3, Value(), 7}}));

  EXPECT_EQ(scalar(*connection_, "SELECT COUNT(*) FROM changing"), Value(3));
}

TEST_F(MySqlSchemaChangeTest, TableThatWasDroppedAndMadeAgainIsFound) {
  answer();
  other().run("DROP TABLE changing");
  EXPECT_EQ(error_of([&] { answer(); }).sqlstate, "42S02");
  other().run("CREATE TABLE changing (other INT)");

  EXPECT_EQ(answer().names, (dbapi::ColumnNames{"other"}));
}

TEST_F(MySqlSchemaChangeTest, StatementsThatTheServerForgotArePreparedAgain) {
  answer();
  ASSERT_EQ(mysql_reset_connection(connection_->handle()), 0);

  EXPECT_EQ(answer().rows.size(), 1U);
  EXPECT_EQ(answer().rows.size(), 1U);
}

// -- what was changed -------------------------------------------------------------------

class MySqlChangeTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    other().run("CREATE TABLE changed (id INT AUTO_INCREMENT PRIMARY KEY, n INT)");
    connection_ = connect();
    connection_->set_autocommit(true);
  }
  std::unique_ptr<mysql::Connection> connection_;
};

TEST_F(MySqlChangeTest, RowcountIsTheRowsThatMatched) {
  EXPECT_EQ(run(*connection_, "INSERT INTO changed (n) VALUES (1), (1), (2)"), 3);
  EXPECT_EQ(run(*connection_, "UPDATE changed SET n = 1 WHERE n = ?", {1}), 2);
  EXPECT_EQ(run(*connection_, "UPDATE changed SET n = 9 WHERE n = 8"), 0);
  EXPECT_EQ(run(*connection_, "DELETE FROM changed"), 3);
}

TEST_F(MySqlChangeTest, RowcountIsTheRowsThatAreDifferentNow) {
  auto without = options();
  without.found_rows = false;
  const auto connection = connect(without);
  connection->set_autocommit(true);
  run(*connection, "INSERT INTO changed (n) VALUES (1), (2)");

  EXPECT_EQ(run(*connection, "UPDATE changed SET n = 1"), 1);
}

TEST_F(MySqlChangeTest, QueryChangesNothing) {
  EXPECT_EQ(run(*connection_, "SELECT * FROM changed"), -1);
}

TEST_F(MySqlChangeTest, LastrowidIsTheNewNumber) {
  const dbapi::CursorPtr cursor = connection_->cursor();
  cursor->execute("INSERT INTO changed (n) VALUES (5)", {});
  EXPECT_EQ(cursor->lastrowid(), 1);
  cursor->execute("INSERT INTO changed (n) VALUES (5)", {});
  EXPECT_EQ(cursor->lastrowid(), 2);
  cursor->execute("SELECT 1", {});
  EXPECT_EQ(cursor->lastrowid(), 0);
}

TEST_F(MySqlChangeTest, ReturnedRowsAreARresult) {
  EXPECT_EQ(
      query(*connection_, "INSERT INTO changed (n) VALUES (?) RETURNING id, n", {4}),
      (std::vector<Values>{{1, 4}}));
}

// -- transactions -----------------------------------------------------------------------

class MySqlTransactionTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    other().run("CREATE TABLE t (id INT PRIMARY KEY, n INT)");
    other().run("INSERT INTO t VALUES (1, 0)");
    connection_ = connect();
  }
  std::int64_t seen() { return scalar(other(), "SELECT COUNT(*) FROM t").integer(); }
  std::int64_t rollbacks() { return count(*connection_, "Com_rollback"); }
  std::int64_t commits() { return count(*connection_, "Com_commit"); }

  std::unique_ptr<mysql::Connection> connection_;
};

TEST_F(MySqlTransactionTest, IsSeenByOthersAfterItsCommit) {
  connection_->begin();
  run(*connection_, "INSERT INTO t VALUES (2, 0)");
  EXPECT_TRUE(connection_->in_transaction());
  EXPECT_EQ(seen(), 1);

  connection_->commit();

  EXPECT_EQ(seen(), 2);
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(MySqlTransactionTest, IsUndoneByRollback) {
  connection_->begin();
  run(*connection_, "INSERT INTO t VALUES (2, 0)");
  connection_->rollback();

  EXPECT_EQ(seen(), 1);
}

TEST_F(MySqlTransactionTest, ReadsOneState) {
  connection_->begin();
  EXPECT_EQ(scalar(*connection_, "SELECT COUNT(*) FROM t"), Value(1));
  other().run("INSERT INTO t VALUES (2, 0)");

  EXPECT_EQ(scalar(*connection_, "SELECT COUNT(*) FROM t"), Value(1));
  connection_->rollback();
  connection_->begin();
  EXPECT_EQ(scalar(*connection_, "SELECT COUNT(*) FROM t"), Value(2));
}

TEST_F(MySqlTransactionTest, EndOfNothingCostsNothing) {
  connection_->begin();
  connection_->rollback();
  connection_->begin();
  connection_->commit();
  connection_->begin();
  scalar(*connection_, "SELECT 1");
  connection_->rollback();
  connection_->rollback();

  EXPECT_EQ(rollbacks(), 0);
  EXPECT_EQ(commits(), 0);
}

TEST_F(MySqlTransactionTest, WithoutBeginEachStatementIsItsOwn) {
  run(*connection_, "INSERT INTO t VALUES (2, 0)");

  EXPECT_EQ(seen(), 2);
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(MySqlTransactionTest, AutocommitMeansThatBeginDoesNothing) {
  connection_->set_autocommit(true);
  connection_->begin();
  run(*connection_, "INSERT INTO t VALUES (2, 0)");

  EXPECT_EQ(seen(), 2);
}

TEST_F(MySqlTransactionTest, ModeIsSetOnce) {
  const std::int64_t before = count(*connection_, "Com_set_option");
  for (int i = 0; i < 3; ++i) {
    connection_->begin();
    run(*connection_, "UPDATE t SET n = n + 1");
    connection_->commit();
  }
  EXPECT_EQ(count(*connection_, "Com_set_option") - before, 1);
}

TEST_F(MySqlTransactionTest, FirstStatementThatFailsLeavesNoLock) {
  connection_->begin();
  EXPECT_EQ(error_of([&] { run(*connection_, "INSERT INTO t VALUES (1, 0)"); }).number,
            1062);
  EXPECT_TRUE(connection_->in_transaction());

  connection_->rollback();

  other().run("SET innodb_lock_wait_timeout = 0");
  EXPECT_EQ(run(other(), "DELETE FROM t WHERE id = 1"), 1);
}

TEST_F(MySqlTransactionTest, BeginWithinOneIsRefused) {
  connection_->begin();

  EXPECT_EQ(error_of([&] { connection_->begin(); }).type, "OperationalError");
}

TEST_F(MySqlTransactionTest, SQLMayBeginOneInAutocommitMode) {
  connection_->set_autocommit(true);
  run(*connection_, "BEGIN");
  run(*connection_, "INSERT INTO t VALUES (2, 0)");
  EXPECT_TRUE(connection_->in_transaction());

  connection_->rollback();

  EXPECT_EQ(seen(), 1);
}

TEST_F(MySqlTransactionTest, OneInTwoPhasesIsKnownToBeOpen) {
  run(*connection_, "XA START 'hark driver'");
  EXPECT_TRUE(connection_->in_transaction());

  EXPECT_EQ(error_of([&] { connection_->rollback(); }).number, 1399);

  run(*connection_, "XA END 'hark driver'");
  run(*connection_, "XA ROLLBACK 'hark driver'");
  EXPECT_FALSE(connection_->in_transaction());
  connection_->rollback();
}

TEST_F(MySqlTransactionTest, StreamLeavesNothingOpenBehindRollback) {
  connection_->begin();
  const dbapi::CursorPtr cursor = connection_->cursor();
  dbapi::Operation operation("SELECT * FROM t");
  operation.streams = true;
  cursor->execute(operation, {});
  remaining(*cursor);

  connection_->rollback();

  EXPECT_EQ(rollbacks(), 1);
}

// -- the connection ---------------------------------------------------------------------

using MySqlConnectionTest = MySqlDriverTest;

TEST_F(MySqlConnectionTest, AnswersAPing) {
  const auto connection = connect();

  EXPECT_TRUE(connection->ping());
  EXPECT_TRUE(connection->is_connected());
}

TEST_F(MySqlConnectionTest, ClosedOneIsNotThere) {
  const auto connection = connect();
  dbapi::CursorPtr cursor = connection->cursor();
  cursor->execute("SELECT 1 UNION SELECT 2", {});
  connection->close();
  connection->close();

  EXPECT_FALSE(connection->ping());
  EXPECT_FALSE(connection->is_connected());
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_TRUE(error_of([&] { connection->cursor(); }).is_disconnect);
  EXPECT_EQ(error_of([&] { cursor->fetch(); }).type, "ProgrammingError");
}

TEST_F(MySqlConnectionTest, CursorThatOutlivesItsCheckoutIsCutOff) {
  auto connection = connect();
  dbapi::CursorPtr cursor = connection->cursor();
  cursor->execute("SELECT 1 UNION SELECT 2", {});
  connection->close_cursors();

  EXPECT_EQ(error_of([&] { cursor->fetch(); }).type, "ProgrammingError");
  EXPECT_EQ(error_of([&] { cursor->execute("SELECT 1", {}); }).type, "ProgrammingError");
  connection.reset();
  cursor.reset();
}

TEST_F(MySqlConnectionTest, TextIsInTheCharsetOfTheURL) {
  auto latin = options();
  latin.charset = "latin1";

  EXPECT_EQ(scalar(*connect(latin), "SELECT CAST(X'E9' AS CHAR CHARACTER SET latin1)"),
            Value("\xE9"));
  EXPECT_EQ(scalar(*connect(), "SELECT CONVERT(X'E9' USING latin1)"), Value("é"));
}

TEST_F(MySqlConnectionTest, OptionsOfTheSessionAreSet) {
  auto with_mode = options();
  with_mode.sql_mode = "ANSI_QUOTES,NO_ZERO_DATE";
  with_mode.init_command = "SET @mark = 'it''s'";
  const auto connection = connect(with_mode);

  EXPECT_EQ(scalar(*connection, "SELECT @@sql_mode"), Value("ANSI_QUOTES,NO_ZERO_DATE"));
  EXPECT_EQ(scalar(*connection, "SELECT @mark"), Value("it's"));
}

TEST_F(MySqlConnectionTest, CompressedOneReadsTheSame) {
  auto compressed = options();
  compressed.compress = true;
  const auto connection = connect(compressed);

  EXPECT_EQ(scalar(*connection, "SHOW STATUS LIKE 'Compression'"), Value("Compression"));
  EXPECT_EQ(scalar(*connection, "SELECT REPEAT('x', 100000)"),
            Value(std::string(100000, 'x')));
}

TEST_F(MySqlConnectionTest, InterruptEndsAStatementFromAnotherThread) {
  const auto connection = connect();
  const std::string thread = std::to_string(thread_id(*connection));
  auto slept = std::async(std::launch::async, [&] {
    return error_of([&] {
      query(*connection, "SELECT id, SLEEP(600) FROM (SELECT 1 AS id) AS one");
    });
  });
  const std::string sql =
      "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = " + thread +
      " AND STATE = 'User sleep'";
  while (other().run(sql).empty()) {
  }

  connection->interrupt();

  const Said said = slept.get();
  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_EQ(said.number, 1317);
  EXPECT_EQ(said.sqlstate, "70100");
  EXPECT_FALSE(said.is_disconnect);
  EXPECT_EQ(scalar(*connection, "SELECT 1"), Value(1)) << "it is usable";
}

TEST_F(MySqlConnectionTest, InterruptOfAnIdleOneDoesNothing) {
  const auto connection = connect();
  connection->interrupt();

  EXPECT_EQ(scalar(*connection, "SELECT 1"), Value(1));
  connection->close();
  connection->interrupt();
}

TEST_F(MySqlConnectionTest, TellsOfItsServerAndItsWarnings) {
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();
  const auto driver = mysql::driver_connection(connection);
  connection.exec_driver_sql("DROP TABLE IF EXISTS nobody");

  const auto warnings = driver.warnings();

  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].level, "Note");
  EXPECT_EQ(warnings[0].number, 1051);
  EXPECT_NE(warnings[0].message.find("nobody"), std::string::npos);
  EXPECT_EQ(driver.server_version(),
            connection.exec_driver_sql("SELECT VERSION()").scalar<std::string>());
  EXPECT_EQ(driver.thread_id(),
            connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar<std::uint64_t>());
  EXPECT_NE(driver.handle(), nullptr);
}

TEST_F(MySqlConnectionTest, ClosedOneTellsOnlyItsNumber) {
  const auto connection = connect();
  const mysql::DriverConnection driver(*connection);
  const unsigned long thread = driver.thread_id();
  connection->close();

  EXPECT_EQ(driver.handle(), nullptr);
  EXPECT_EQ(driver.thread_id(), thread);
  EXPECT_TRUE(error_of([&] { driver.server_version(); }).is_disconnect);
  EXPECT_TRUE(error_of([&] { driver.is_mariadb(); }).is_disconnect);
}

}  // namespace
}  // namespace hark::test
