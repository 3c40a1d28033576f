// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/server.hpp"

#include <hark/engine/url.hpp>

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>

#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

/// The first value that a statement returns; what the server says, if it fails.
std::string ask_postgresql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&::PQfinish)> connection(
      ::PQconnectdb(url.c_str()), &::PQfinish);
  const std::unique_ptr<PGresult, decltype(&::PQclear)> result(
      ::PQexec(connection.get(), sql.c_str()), &::PQclear);
  if (::PQresultStatus(result.get()) == PGRES_TUPLES_OK)
    return ::PQgetvalue(result.get(), 0, 0);
  return ::PQerrorMessage(connection.get());
}

using MySql = std::unique_ptr<MYSQL, decltype(&::mysql_close)>;

MySql connect_mysql(const std::string& text) {
  const URL url(text);
  const std::string socket(url.query_value("unix_socket").value_or(""));
  MySql connection(::mysql_init(nullptr), &::mysql_close);
  ::mysql_real_connect(connection.get(),
                       url.host->c_str(),
                       url.username->c_str(),
                       nullptr,
                       url.database->c_str(),
                       url.port.value_or(0),
                       socket.empty() ? nullptr : socket.c_str(),
                       CLIENT_MULTI_STATEMENTS);
  return connection;
}

/// The first value that the last of these statements returns; what the server says, if one
/// fails. `sql` has semicolons between them.
std::string ask_mysql(const MySql& connection, const std::string& sql) {
  ::mysql_query(connection.get(), sql.c_str());
  std::string answer;
  do {
    const std::unique_ptr<MYSQL_RES, decltype(&::mysql_free_result)> result(
        ::mysql_store_result(connection.get()), &::mysql_free_result);
    if (result == nullptr) continue;
    MYSQL_ROW row = ::mysql_fetch_row(result.get());
    answer = row == nullptr ? "" : row[0];
  } while (::mysql_next_result(connection.get()) == 0);
  const std::string error = ::mysql_error(connection.get());
  return error.empty() ? answer : error;
}

std::string ask_mysql(const std::string& url, const std::string& sql) {
  return ask_mysql(connect_mysql(url), sql);
}

bool is_running(pid_t process) { return ::kill(process, 0) == 0; }

/// What a server was, after whoever started it.
struct Left {
  pid_t process = -1;
  std::string folder;
};

/// Starts a server in a process of its own, which then ends, by SIGKILL if it is killed;
/// returns when the server's keeper has ended, too.
template <class Started>
Left start_in_child(bool is_killed) {
  std::array<int, 2> pipe{-1, -1};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t starter = ::fork();
  if (starter == 0) {
    ::close(pipe[0]);
    {
      const Started server;
      const std::string line = std::to_string(server.id()) + ' ' + server.folder() + '\n';
      EXPECT_GT(::write(pipe[1], line.data(), line.size()), 0);
      if (is_killed) ::raise(SIGKILL);
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string text;
  // The keeper holds the pipe's other end open for as long as it lives.
  for (char c = 0; ::read(pipe[0], &c, 1) == 1;) text += c;
  ::close(pipe[0]);
  ::waitpid(starter, nullptr, 0);
  const std::size_t blank = text.find(' ');
  return {static_cast<pid_t>(std::atoi(text.c_str())),
          text.substr(blank + 1, text.size() - blank - 2)};
}

class TestPostgresServer : public PostgresServerTest {};
class TestMariaDbServer : public MariaDbServerTest {};

TEST_F(TestPostgresServer, AnswersOnItsSocket) {
  const PostgresServer server;

  EXPECT_EQ(ask_postgresql(server.url(), "SELECT 40 + 2"), "42");
  EXPECT_EQ(server.port(), 0);
}

TEST_F(TestMariaDbServer, AnswersOnItsSocket) {
  const MariaDbServer server;

  EXPECT_EQ(ask_mysql(server.url(), "SELECT 40 + 2"), "42");
  EXPECT_EQ(server.port(), 0);
}

TEST_F(TestPostgresServer, AnswersOnItsPortIfAsked) {
  const PostgresServer server({.has_port = true});

  EXPECT_EQ(ask_postgresql(server.port_url(), "SELECT host(inet_server_addr())"),
            "127.0.0.1");
  EXPECT_EQ(ask_postgresql(server.url(), "SELECT 1"), "1");
}

TEST_F(TestMariaDbServer, AnswersOnItsPortIfAsked) {
  const MariaDbServer server({.has_port = true});

  EXPECT_EQ(ask_mysql(server.port_url(), "SELECT @@port"), std::to_string(server.port()));
  EXPECT_EQ(ask_mysql(server.url(), "SELECT 1"), "1");
}

TEST_F(TestPostgresServer, HasTheSettingsThatItWasGiven) {
  const PostgresServer server({.settings = {"max_connections=7"}});

  EXPECT_EQ(ask_postgresql(server.url(), "SHOW max_connections"), "7");
}

TEST_F(TestMariaDbServer, HasTheSettingsThatItWasGiven) {
  const MariaDbServer server({.settings = {"max-connections=11"}});

  EXPECT_EQ(ask_mysql(server.url(), "SELECT @@max_connections"), "11");
}

TEST_F(TestPostgresServer, SaysWhyItDoesNotStart) {
  try {
    const PostgresServer server({.settings = {"no_such_setting=1"}});
    FAIL() << "it has started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such_setting"), std::string::npos);
  }
}

TEST_F(TestMariaDbServer, SaysWhyItDoesNotStart) {
  try {
    const MariaDbServer server({.settings = {"no-such-setting=1"}});
    FAIL() << "it has started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-setting"), std::string::npos);
  }
}

TEST_F(TestPostgresServer, KeepsWhatWasCommittedWhenItStopsAndWhenItIsKilled) {
  PostgresServer server;
  const std::string url = server.create_database("kept");
  ask_postgresql(url, "CREATE TABLE t (x int)");

  ask_postgresql(url, "INSERT INTO t VALUES (1)");
  server.stop();
  EXPECT_EQ(server.id(), -1);
  EXPECT_NE(ask_postgresql(url, "SELECT 1"), "1");
  server.start();
  ask_postgresql(url, "INSERT INTO t VALUES (2)");
  server.kill();
  server.start();

  EXPECT_TRUE(is_running(server.id()));
  EXPECT_EQ(ask_postgresql(url, "SELECT count(*) FROM t"), "2");
}

TEST_F(TestMariaDbServer, KeepsWhatWasCommittedWhenItStopsAndWhenItIsKilled) {
  MariaDbServer server;
  const std::string url = server.create_database("kept");
  ask_mysql(url, "CREATE TABLE t (x int)");

  ask_mysql(url, "INSERT INTO t VALUES (1)");
  server.stop();
  EXPECT_EQ(server.id(), -1);
  EXPECT_NE(ask_mysql(url, "SELECT 1"), "1");
  server.start();
  ask_mysql(url, "INSERT INTO t VALUES (2)");
  server.kill();
  server.start();

  EXPECT_TRUE(is_running(server.id()));
  EXPECT_EQ(ask_mysql(url, "SELECT count(*) FROM t"), "2");
}

TEST_F(TestPostgresServer, LeavesNothingBehind) {
  for (const bool is_killed : {false, true}) {
    const Left left = start_in_child<PostgresServer>(is_killed);

    EXPECT_FALSE(is_running(left.process));
    EXPECT_TRUE(left.folder.starts_with("/")) << left.folder;
    EXPECT_FALSE(std::filesystem::exists(left.folder)) << left.folder;
  }
}

TEST_F(TestMariaDbServer, LeavesNothingBehind) {
  for (const bool is_killed : {false, true}) {
    const Left left = start_in_child<MariaDbServer>(is_killed);

    EXPECT_FALSE(is_running(left.process));
    EXPECT_TRUE(left.folder.starts_with("/")) << left.folder;
    EXPECT_FALSE(std::filesystem::exists(left.folder)) << left.folder;
  }
}

/// The databases that tests of this program had.
std::string& previous() {
  static std::string url;
  return url;
}

TEST_F(PostgresTest, HasADatabaseOfItsOwn) {
  previous() = url();
  ask_postgresql(url(), "CREATE TABLE t (x int)");

  EXPECT_EQ(url(), previous());
  EXPECT_EQ(ask_postgresql(url(), "SELECT count(*) FROM t"), "0");

  // Nothing of this keeps the database from being dropped.
  ask_postgresql(url(), "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s'");
  EXPECT_EQ(ask_postgresql(url(), "SELECT gid FROM pg_prepared_xacts"), "it's");
}

TEST_F(PostgresTest, LosesItsDatabaseWhenItEnds) {
  ASSERT_FALSE(previous().empty());

  EXPECT_NE(url(), previous());
  EXPECT_NE(ask_postgresql(previous(), "SELECT 1"), "1");
  EXPECT_EQ(ask_postgresql(url(), "SELECT count(*) FROM pg_prepared_xacts"), "0");
}

/// A connection that is open when its test ends.
MySql& left_open() {
  static MySql connection(nullptr, &::mysql_close);
  return connection;
}

TEST_F(MySqlTest, HasADatabaseOfItsOwn) {
  previous() = url();
  ask_mysql(url(), "CREATE TABLE t (x int)");

  EXPECT_EQ(url(), previous());
  EXPECT_EQ(ask_mysql(url(), "SELECT count(*) FROM t"), "0");

  // Nothing of this keeps the database from being dropped.
  const std::string prepare =
      "XA START X; INSERT INTO t VALUES (1); XA END X; XA PREPARE X; SELECT 1";
  const auto prepared_as = [&](const std::string& xid) {
    return std::regex_replace(prepare, std::regex("X(?=;)"), xid);
  };
  left_open() = connect_mysql(url());
  EXPECT_EQ(ask_mysql(url(), prepared_as("'it''s','',1")), "1");
  EXPECT_EQ(ask_mysql(left_open(), prepared_as("'open'")), "1");
  EXPECT_EQ(ask_mysql(url(), "XA RECOVER"), "1");  // the column formatID
}

TEST_F(MySqlTest, LosesItsDatabaseWhenItEnds) {
  ASSERT_FALSE(previous().empty());

  EXPECT_NE(url(), previous());
  EXPECT_NE(ask_mysql(left_open(), "SELECT 1"), "1");
  EXPECT_NE(ask_mysql(previous(), "SELECT 1"), "1");
  EXPECT_EQ(ask_mysql(url(), "XA RECOVER"), "");
}

}  // namespace
}  // namespace hark::test
