// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/mysql.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "dialects/mysql/driver_fixture.hpp"

namespace hark::test {
namespace {

using dbapi::Value;

class MySqlErrorTest : public MySqlDriverTest {
 protected:
  void SetUp() override {
    MySqlDriverTest::SetUp();
    if (IsSkipped()) return;
    other().run("CREATE TABLE parent (id INT PRIMARY KEY)");
    other().run(
        "CREATE TABLE child (id INT NOT NULL, short VARCHAR(3) CHARACTER SET utf8mb4, "
        "parent INT REFERENCES parent (id), CHECK (id < 100))");
    connection_ = connect();
    connection_->set_autocommit(true);
  }

  /// Each failure leaves the connection usable.
  void expect(const std::string& sql,
              const std::string& type,
              int number,
              const std::string& sqlstate,
              const Values& parameters = {}) {
    SCOPED_TRACE(sql);
    const Said said = error_of([&] { query(*connection_, sql, parameters); });
    EXPECT_EQ(said.type, type);
    EXPECT_EQ(said.number, number);
    EXPECT_EQ(said.sqlstate, sqlstate);
    EXPECT_FALSE(said.is_disconnect);
    EXPECT_FALSE(said.words.empty());
    EXPECT_EQ(scalar(*connection_, "SELECT 1"), Value(1));
  }

  /// What connecting says where the options are changed like that.
  template <class Change>
  Said refused(Change&& change) {
    mysql::ConnectOptions changed = options();
    changed.password = "secret";
    change(changed);
    Said said = error_of([&] { connect(changed); });
    EXPECT_EQ(said.words.find("secret"), std::string::npos) << said.words;
    return said;
  }

  std::unique_ptr<mysql::Connection> connection_;
};

TEST_F(MySqlErrorTest, HasItsClassAndSQLSTATE) {
  expect("SELEC 1", "ProgrammingError", 1064, "42000");
  expect("SELECT FROM", "ProgrammingError", 1064, "42000");
  expect("SELECT * FROM nobody", "ProgrammingError", 1146, "42S02");
  expect("SELECT nobody FROM child", "OperationalError", 1054, "42S22");
  expect("INSERT INTO child VALUES (NULL, '', NULL)", "IntegrityError", 1048, "23000");
  expect("INSERT INTO child VALUES (1, '', 8)", "IntegrityError", 1452, "23000");
  expect("INSERT INTO child VALUES (100, '', NULL)", "IntegrityError", 4025, "23000");
  expect("INSERT INTO child VALUES (1, 'long', NULL)", "DataError", 1406, "22001");
  expect(
      "INSERT INTO child VALUES (?, '', NULL)", "DataError", 1264, "22003", {5000000000});
  expect("INSERT INTO child VALUES (?, '', NULL)", "DataError", 1366, "22007", {"one"});
  expect("CREATE TABLE x (a INT) ENGINE = nobody", "NotSupportedError", 1286, "42000");
}

TEST_F(MySqlErrorTest, TextInTheWrongEncodingIsRefused) {
  expect("INSERT INTO child VALUES (1, ?, NULL)", "DataError", 1366, "22007", {"\xE9"});
}

TEST_F(MySqlErrorTest, StatementIsNamed) {
  try {
    query(*connection_, "SELECT * FROM nobody");
    FAIL();
  } catch (const hark::Error& error) {
    EXPECT_EQ(error.statement(), "SELECT * FROM nobody");
  }
}

TEST_F(MySqlErrorTest, StatementTimeoutIsNoCancellation) {
  connection_->run("SET max_statement_time = 0.05");
  try {
    query(*connection_, "SELECT SLEEP(600) FROM (SELECT 1) AS one");
    FAIL();
  } catch (const dbapi::OperationalError& error) {
    EXPECT_EQ(error.driver_code(), 1969);
    EXPECT_EQ(error.sqlstate(), "70100");
    EXPECT_FALSE(error.is_cancelled());
    EXPECT_FALSE(error.is_disconnect());
  }
  EXPECT_EQ(scalar(*connection_, "SELECT 1"), Value(1));
}

TEST_F(MySqlErrorTest, StatementThatSomebodyKillsIsCancelled) {
  const std::string thread = std::to_string(thread_id(*connection_));
  auto slept = std::async(std::launch::async, [&] {
    try {
      query(*connection_, "SELECT SLEEP(600) FROM (SELECT 1) AS one");
    } catch (const dbapi::OperationalError& error) {
      return error.is_cancelled();
    }
    return false;
  });
  const std::string sql =
      "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep' AND ID "
      "= " +
      thread;
  while (other().run(sql).empty()) {
  }
  other().run("KILL QUERY " + thread);

  EXPECT_TRUE(slept.get());
}

TEST_F(MySqlErrorTest, LockThatDoesNotComeIsAnOperationalError) {
  other().run("INSERT INTO parent VALUES (1)");
  other().set_autocommit(false);
  other().begin();
  run(other(), "UPDATE parent SET id = 2");
  connection_->run("SET innodb_lock_wait_timeout = 0");

  expect("UPDATE parent SET id = 3", "OperationalError", 1205, "HY000");

  other().rollback();
}

TEST_F(MySqlErrorTest, OneOfTwoInADeadlockIsToldAndUndone) {
  other().run("INSERT INTO parent VALUES (1), (11)");
  const auto first = connect();
  const auto second = connect();
  first->begin();
  second->begin();
  run(*first, "UPDATE parent SET id = 2 WHERE id = 1");
  run(*second, "UPDATE parent SET id = 12 WHERE id = 11");
  const auto failure_of = [](mysql::Connection& connection, const char* sql) {
    try {
      run(connection, sql);
    } catch (const hark::Error& error) {
      return std::pair(error.driver_code(), std::string(error.sqlstate()));
    }
    return std::pair(0, std::string());
  };
  auto waits = std::async(std::launch::async, [&] {
    return failure_of(*first, "UPDATE parent SET id = 13 WHERE id = 11");
  });
  const char* const waiting = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'";
  while (other().run(waiting).at(0).at(1) == "0") {
  }

  const auto crossed = failure_of(*second, "UPDATE parent SET id = 3 WHERE id = 1");
  const auto waited = waits.get();

  const std::pair deadlock(1213, std::string("40001"));
  EXPECT_TRUE(crossed == deadlock || waited == deadlock);
  EXPECT_TRUE(crossed.first == 0 || waited.first == 0);
  first->rollback();
  second->rollback();
  EXPECT_EQ(scalar(*first, "SELECT COUNT(*) FROM parent WHERE id IN (1, 11)"), Value(2));
}

// -- connecting -------------------------------------------------------------------------

TEST_F(MySqlErrorTest, WrongPasswordIsRefused) {
  other().run("CREATE OR REPLACE USER hark_wrong IDENTIFIED BY 'right'");
  const Said said = refused([](auto& options) { options.user = "hark_wrong"; });
  other().run("DROP USER hark_wrong");

  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_EQ(said.number, 1045);
  EXPECT_EQ(said.sqlstate, "28000");
  EXPECT_NE(said.words.find("as user 'hark_wrong'"), std::string::npos) << said.words;
}

TEST_F(MySqlErrorTest, UnknownDatabaseIsRefused) {
  const Said said = refused([](auto& options) {
    options.password.clear();
    options.database = "nobody's";
  });

  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_EQ(said.number, 1049);
  EXPECT_EQ(said.sqlstate, "42000");
  EXPECT_NE(said.words.find("database 'nobody's'"), std::string::npos) << said.words;
}

TEST_F(MySqlErrorTest, SocketThatIsNotThereIsRefused) {
  const Said said =
      refused([](auto& options) { options.unix_socket = "/nowhere/socket"; });

  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_EQ(said.number, 2002);
  EXPECT_NE(said.words.find("/nowhere/socket"), std::string::npos) << said.words;
}

TEST_F(MySqlErrorTest, TLSThatTheServerDoesNotHaveIsRefused) {
  if (connection_->run("SELECT @@have_ssl").at(0).at(0) == "YES")
    GTEST_SKIP() << "it has";
  const Said said = refused([](auto& options) {
    options.password.clear();
    options.ssl = true;
  });

  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_EQ(said.number, 2026);
}

TEST_F(MySqlErrorTest, InitCommandThatFailsIsToldOf) {
  const Said said = refused([](auto& options) {
    options.password.clear();
    options.init_command = "SELEC 1";
  });

  EXPECT_EQ(said.number, 1064);
}

/// A socket that listens and never answers.
class SilentServer {
 public:
  SilentServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    if (::bind(socket_, generic, size) != 0 || ::listen(socket_, 5) != 0 ||
        ::getsockname(socket_, generic, &size) != 0)
      throw std::runtime_error("no socket");
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { ::close(socket_); }
  std::uint16_t port() const noexcept { return port_; }

 private:
  const int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
};

TEST(MySqlUnreachableTest, ServerThatNeverAnswersIsGivenUpInTime) {
  const SilentServer silent;
  mysql::ConnectOptions options;
  options.host = "127.0.0.1";
  options.port = silent.port();
  options.user = "root";
  options.connect_timeout = std::chrono::seconds(1);

  const Said said = error_of([&] {
    mysql::Waiter waiter;
    mysql::open_handle(options, waiter);
  });

  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_TRUE(said.number == 2013 || said.number == 2003) << said.number;
  EXPECT_NE(said.words.find("port " + std::to_string(silent.port())), std::string::npos);
}

TEST(MySqlUnreachableTest, PortWhereNobodyListensIsRefused) {
  std::uint16_t port = 0;
  { port = SilentServer().port(); }
  mysql::ConnectOptions options;
  options.host = "localhost";
  options.port = port;

  const Said said = error_of([&] {
    mysql::Waiter waiter;
    mysql::open_handle(options, waiter);
  });

  EXPECT_EQ(said.type, "OperationalError");
  EXPECT_TRUE(said.number == 2002 || said.number == 2003) << said.number;
  EXPECT_NE(said.words.find("host 'localhost'"), std::string::npos) << said.words;
}

}  // namespace
}  // namespace hark::test
