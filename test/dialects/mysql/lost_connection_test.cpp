// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine.hpp>
#include <hark/mysql.hpp>

#include <sys/socket.h>

#include <functional>

#include "dialects/mysql/driver_fixture.hpp"

namespace hark::test {
namespace {

using dbapi::Value;

class MySqlLostConnectionTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    other().run("CREATE TABLE t (id INT PRIMARY KEY)");
    connection_ = connect();
    connection_->begin();
    run(*connection_, "INSERT INTO t VALUES (1)");
  }

  void lose() { kill(thread_id(*connection_)); }

  /// `act` finds that the connection is lost, and so does all that follows.
  void expect_lost(const std::function<void()>& act) {
    const Said said = error_of(act);
    EXPECT_TRUE(said.is_disconnect) << said.words;
    EXPECT_FALSE(said.sqlstate.empty());
    EXPECT_TRUE(error_of([&] { run(*connection_, "SELECT 1"); }).is_disconnect);
    EXPECT_FALSE(connection_->ping());
    EXPECT_FALSE(connection_->is_connected());
    connection_->close();
  }

  std::int64_t committed() { return scalar(other(), "SELECT COUNT(*) FROM t").integer(); }

  std::unique_ptr<mysql::Connection> connection_;
};

TEST_F(MySqlLostConnectionTest, StatementThrows) {
  lose();
  expect_lost([&] { run(*connection_, "INSERT INTO t VALUES (2)"); });
  EXPECT_EQ(committed(), 0);
}

TEST_F(MySqlLostConnectionTest, StatementThatWasPreparedThrows) {
  run(*connection_, "INSERT INTO t VALUES (?)", {2});
  lose();
  expect_lost([&] { run(*connection_, "INSERT INTO t VALUES (?)", {3}); });
}

TEST_F(MySqlLostConnectionTest, StatementThatGoesAsTextThrows) {
  lose();
  expect_lost([&] { run(*connection_, "SET @a = 1"); });
}

TEST_F(MySqlLostConnectionTest, ManyRowsThrow) {
  lose();
  expect_lost([&] {
    RowsOf rows(std::vector<Values>{{2}, {3}});
    connection_->cursor()->executemany("INSERT INTO t VALUES (?)", rows);
  });
}

TEST_F(MySqlLostConnectionTest, CommitThrows) {
  lose();
  expect_lost([&] { connection_->commit(); });
  EXPECT_EQ(committed(), 0);
}

TEST_F(MySqlLostConnectionTest, RollbackThrows) {
  lose();
  expect_lost([&] { connection_->rollback(); });
}

TEST_F(MySqlLostConnectionTest, StreamThrows) {
  const dbapi::CursorPtr cursor = connection_->cursor();
  dbapi::Operation operation("SELECT seq, REPEAT('x', 10000) FROM seq_1_to_100000");
  operation.streams = true;
  cursor->execute(operation, {});
  ASSERT_TRUE(cursor->fetch());
  lose();

  expect_lost([&] {
    while (cursor->fetch()) {
    }
  });
}

TEST_F(MySqlLostConnectionTest, StreamThrowsToItsReaderAfterAnotherStatement) {
  const dbapi::CursorPtr cursor = connection_->cursor();
  dbapi::Operation operation("SELECT seq, REPEAT('x', 10000) FROM seq_1_to_100000");
  operation.streams = true;
  cursor->execute(operation, {});
  ASSERT_TRUE(cursor->fetch());
  lose();

  EXPECT_TRUE(error_of([&] { run(*connection_, "SELECT 1"); }).is_disconnect);
  expect_lost([&] { cursor->fetch(); });
}

TEST_F(MySqlLostConnectionTest, RowsThatHaveComeStay) {
  const dbapi::CursorPtr cursor = connection_->cursor();
  cursor->execute("SELECT 1 UNION SELECT 2", {});
  lose();

  EXPECT_TRUE(cursor->fetch());
  EXPECT_EQ(remaining(*cursor), (std::vector<Values>{{2}}));
}

TEST_F(MySqlLostConnectionTest, SocketKnowsWithoutAsking) {
  EXPECT_TRUE(connection_->is_connected());
  lose();
  EXPECT_FALSE(connection_->is_connected());
}

TEST_F(MySqlLostConnectionTest, PingFindsOut) {
  lose();
  EXPECT_FALSE(connection_->ping());
}

TEST_F(MySqlLostConnectionTest, SocketThatIsShutDownIsLost) {
  ::shutdown(mysql_get_socket(connection_->handle()), SHUT_RDWR);
  expect_lost([&] { run(*connection_, "SELECT 2"); });
}

TEST_F(MySqlLostConnectionTest, InterruptIsHarmless) {
  lose();
  connection_->interrupt();
  expect_lost([&] { run(*connection_, "SELECT 2"); });
}

TEST_F(MySqlLostConnectionTest, SilenceLongerThanTheTimeoutIsALoss) {
  auto impatient = options();
  impatient.read_timeout = std::chrono::seconds(1);
  connection_ = connect(impatient);

  expect_lost([&] { query(*connection_, "SELECT SLEEP(600) FROM (SELECT 1) AS one"); });
}

TEST_F(MySqlLostConnectionTest, KilledStatementIsLostWithItsConnection) {
  // KILL comes while the statement runs, by its own hand.
  const Said said = error_of(
      [&] { run(*connection_, "KILL " + std::to_string(thread_id(*connection_))); });

  EXPECT_TRUE(said.is_disconnect) << said.number << said.words;
}

// -- by the engine ----------------------------------------------------------------------

class MySqlRecoveryTest : public MySqlDriverTest {
 protected:
  static std::string thread(hark::Connection& connection) {
    return std::to_string(
        *connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar<int>());
  }
};

TEST_F(MySqlRecoveryTest, NextStatementsGetAnotherConnection) {
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();
  const std::string first = thread(connection);
  connection.rollback();
  kill(std::stoul(first));

  EXPECT_THROW(connection.exec_driver_sql("SELECT 1"), hark::OperationalError);

  EXPECT_TRUE(connection.invalidated());
  connection.rollback();
  EXPECT_NE(thread(connection), first);
}

TEST_F(MySqlRecoveryTest, PingBeforeUseReplacesIt) {
  for (const PrePing kind : {PrePing::passive, PrePing::round_trip}) {
    Engine engine = create_engine(url(), {.pool = {.pre_ping = kind}});
    std::string first;
    {
      hark::Connection connection = engine.connect();
      first = thread(connection);
    }
    kill(std::stoul(first));

    hark::Connection connection = engine.connect();

    EXPECT_NE(thread(connection), first);
  }
}

TEST_F(MySqlRecoveryTest, CommitOnALostConnectionIsUnknown) {
  Engine engine = create_engine(url());
  other().run("CREATE TABLE t (id INT)");
  hark::Connection connection = engine.connect();
  std::vector<Outcome> outcomes;
  event::listen(connection, "commit_end", [&](hark::Connection&, const Ending& ending) {
    outcomes.push_back(ending.outcome);
  });
  const std::string first = thread(connection);
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  kill(std::stoul(first));

  EXPECT_THROW(connection.commit(), hark::OperationalError);

  EXPECT_EQ(outcomes, std::vector{Outcome::unknown});
}

}  // namespace
}  // namespace hark::test
