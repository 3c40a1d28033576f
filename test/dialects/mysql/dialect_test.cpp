// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dialects/mysql/dialect.hpp>
#include <hark/engine.hpp>
#include <hark/mysql.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/mysql/options.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

mysql::ConnectOptions options_of(std::string_view url) {
  return mysql::connect_options_of(
      mysql::Dialect("mysql").connect_arguments(URL(url)).options);
}

/// What the error says that the URL throws.
std::string complaint_about(std::string_view url) {
  try {
    mysql::Dialect("mysql").connect_arguments(URL(url));
  } catch (const ArgumentError& error) {
    return error.what();
  }
  ADD_FAILURE() << url << " is accepted";
  return {};
}

// -- URLs -------------------------------------------------------------------------------

TEST(MySqlDialectTest, URLSaysWhereTheServerIs) {
  const auto options = options_of("mysql://ada:p%40ss@db.example:3307/music");

  EXPECT_EQ(options.host, "db.example");
  EXPECT_EQ(options.port, 3307);
  EXPECT_EQ(options.user, "ada");
  EXPECT_EQ(options.password, "p@ss");
  EXPECT_EQ(options.database, "music");
  EXPECT_EQ(options.charset, "utf8mb4");
  EXPECT_TRUE(options.found_rows);
}

TEST(MySqlDialectTest, QueryHasTheOptions) {
  const auto options = options_of(
      "mysql://?unix_socket=%2Ftmp%2Fa&charset=latin1&connect_timeout=3&read_timeout=4"
      "&write_timeout=5&ssl=true&ssl_ca=ca&ssl_capath=path&ssl_cert=cert&ssl_key=key"
      "&ssl_cipher=AES&ssl_verify_cert=yes&read_default_file=f&read_default_group=g"
      "&init_command=SET+a&sql_mode=ANSI_QUOTES&compress=1&found_rows=off&local_infile=on"
      "&bulk=no&client_flag=256&statement_cache_size=7&time_zone=Europe%2FBerlin");

  EXPECT_EQ(options.unix_socket, "/tmp/a");
  EXPECT_EQ(options.charset, "latin1");
  EXPECT_EQ(options.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(options.read_timeout, std::chrono::seconds(4));
  EXPECT_EQ(options.write_timeout, std::chrono::seconds(5));
  EXPECT_TRUE(options.ssl);
  EXPECT_EQ(options.ssl_ca, "ca");
  EXPECT_EQ(options.ssl_capath, "path");
  EXPECT_EQ(options.ssl_cert, "cert");
  EXPECT_EQ(options.ssl_key, "key");
  EXPECT_EQ(options.ssl_cipher, "AES");
  EXPECT_TRUE(options.ssl_verify_cert);
  EXPECT_EQ(options.read_default_file, "f");
  EXPECT_EQ(options.read_default_group, "g");
  EXPECT_EQ(options.init_command, "SET a");
  EXPECT_EQ(options.sql_mode, "ANSI_QUOTES");
  EXPECT_TRUE(options.compress);
  EXPECT_FALSE(options.found_rows);
  EXPECT_TRUE(options.local_infile);
  EXPECT_FALSE(options.bulk);
  EXPECT_EQ(options.client_flag, 256U);
  EXPECT_EQ(options.statement_cache_size, 7U);
  EXPECT_EQ(options.time_zone, "Europe/Berlin");
}

TEST(MySqlDialectTest, UnknownOptionIsNamedWithTheOneThatIsMeant) {
  EXPECT_EQ(
      complaint_about("mysql://?conect_timeout=3"),
      "mysql: there is no option 'conect_timeout'; did you mean 'connect_timeout'?");
  EXPECT_EQ(complaint_about("mysql://?weather=fine"),
            "mysql: there is no option 'weather'");
}

TEST(MySqlDialectTest, ValueThatDoesNotFitIsNamed) {
  for (const char* const query : {"connect_timeout=-1",
                                  "connect_timeout=soon",
                                  "compress=perhaps",
                                  "port=70000",
                                  "statement_cache_size=1.5",
                                  "sql_mode=x'y",
                                  "time_zone=x'y",
                                  "charset=a%00b"}) {
    const std::string said = complaint_about("mysql://?" + std::string(query));
    const std::string name(query, std::string_view(query).find('='));

    EXPECT_NE(said.find("the option " + name + " is "), std::string::npos) << said;
  }
}

TEST(MySqlDialectTest, OptionTwiceIsRefused) {
  EXPECT_EQ(complaint_about("mysql://?ssl=true&ssl=false"),
            "mysql: the URL has the option ssl twice");
}

TEST(MySqlDialectTest, PasswordIsNotShown) {
  mysql::ConnectOptions options;
  try {
    mysql::set_option(options, "password", std::string("se\0cret", 7));
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_EQ(std::string_view(error.what()).find("cret"), std::string_view::npos)
        << error.what();
  }
}

TEST(MySqlDialectTest, DriversOfPythonAreSpellingsOfIt) {
  for (const char* const name : {"mysql", "mariadb"}) {
    for (const char* const driver : {"", "+mariadbconnector", "+mysqldb", "+pymysql"}) {
      const URL url(name + std::string(driver) + "://h/d");

      EXPECT_EQ(make_dialect(url.dialect_name())->name(), name);
      EXPECT_EQ(
          mysql::connect_options_of(make_dialect(name)->connect_arguments(url).options)
              .host,
          "h");
    }
  }
  EXPECT_NE(complaint_about("mysql+asyncmy://h").find("write mysql://"),
            std::string::npos);
}

// -- with an engine ---------------------------------------------------------------------

class MySqlEngineTest : public MySqlTest {
 protected:
  template <class T>
  static T scalar(hark::Connection& connection, std::string_view sql) {
    return connection.exec_driver_sql(sql).scalar_one<T>();
  }
};

TEST_F(MySqlEngineTest, NamedParametersGoAsQuestionMarks) {
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();

  EXPECT_EQ(
      connection.execute("SELECT :a - :b + :a", {{"b", 2}, {"a", 5}}).scalar_one<int>(),
      8);
}

TEST_F(MySqlEngineTest, StructsTravelBothWays) {
  struct Track {
    int id;
    std::string name;
    std::optional<double> length;
    bool operator==(const Track&) const = default;
  };
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();
  connection.exec_driver_sql(
      "CREATE TABLE tracks (id INT, name VARCHAR(20), length DOUBLE)");
  const std::vector<Track> tracks{{1, "one", 1.5}, {2, "two", std::nullopt}};

  connection.execute("INSERT INTO tracks VALUES (:id, :name, :length)", tracks);

  EXPECT_EQ(connection.execute("SELECT * FROM tracks ORDER BY id").all<Track>(), tracks);
}

TEST_F(MySqlEngineTest, MariaDBIsRequiredByItsName) {
  std::string as_mariadb = url();
  as_mariadb.replace(0, as_mariadb.find(':'), "mariadb+mariadbconnector");
  Engine engine = create_engine(as_mariadb);
  hark::Connection connection = engine.connect();

  EXPECT_NE(scalar<std::string>(connection, "SELECT VERSION()").find("MariaDB"),
            std::string::npos);
  EXPECT_EQ(engine.dialect().name(), "mariadb");
}

TEST_F(MySqlEngineTest, SavepointsAreReleasedAndUndone) {
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();
  connection.exec_driver_sql("CREATE TABLE t (id INT)");
  {
    Transaction kept = connection.begin_nested();
    connection.exec_driver_sql("INSERT INTO t VALUES (1)");
    kept.commit();
    Transaction undone = connection.begin_nested();
    connection.exec_driver_sql("INSERT INTO t VALUES (2)");
    undone.rollback();
  }
  connection.commit();

  EXPECT_EQ(scalar<int>(connection, "SELECT SUM(id) FROM t"), 1);
}

TEST_F(MySqlEngineTest, IsolationLevelIsOfTheCheckout) {
  Engine engine = create_engine(url());
  const char* const ask = "SELECT @@tx_isolation";
  {
    hark::Connection connection = engine.connect();
    connection.execution_options({{"isolation_level", "SERIALIZABLE"}});
    EXPECT_EQ(scalar<std::string>(connection, ask), "SERIALIZABLE");
    EXPECT_EQ(connection.get_isolation_level(), "SERIALIZABLE");
  }
  hark::Connection connection = engine.connect();
  EXPECT_EQ(scalar<std::string>(connection, ask), "REPEATABLE-READ");
  EXPECT_EQ(connection.get_isolation_level(), "REPEATABLE READ");
}

TEST_F(MySqlEngineTest, ResetIsToWhatTheServerIsConfiguredFor) {
  Engine engine = create_engine(
      url(),
      {.connect_args = {
           {"init_command", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"}}});
  {
    hark::Connection connection = engine.connect();
    connection.execution_options({{"isolation_level", "SERIALIZABLE"}});
  }
  hark::Connection connection = engine.connect();

  EXPECT_EQ(connection.get_isolation_level(), "READ COMMITTED");
}

TEST_F(MySqlEngineTest, AutocommitIsALevel) {
  Engine engine = create_engine(url(), {.isolation_level = "AUTOCOMMIT"});
  hark::Connection connection = engine.connect();
  connection.exec_driver_sql("CREATE TABLE t (id INT)");
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  connection.rollback();

  EXPECT_EQ(scalar<int>(connection, "SELECT COUNT(*) FROM t"), 1);
}

TEST_F(MySqlEngineTest, LevelIsAutocommitInThatMode) {
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();

  connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});
  EXPECT_EQ(connection.get_isolation_level(), "AUTOCOMMIT");

  connection.execution_options({{"isolation_level", "READ COMMITTED"}});
  EXPECT_EQ(connection.get_isolation_level(), "READ COMMITTED");
}

TEST_F(MySqlEngineTest, UnknownLevelIsRefused) {
  Engine engine = create_engine(url());
  hark::Connection connection = engine.connect();

  EXPECT_THROW(connection.execution_options({{"isolation_level", "CHAOS"}}),
               ArgumentError);
}

// -- two phases -------------------------------------------------------------------------

class MySqlTwoPhaseTest : public MySqlEngineTest {
 protected:
  void SetUp() override {
    MySqlEngineTest::SetUp();
    if (IsSkipped()) return;
    engine_.emplace(url(), EngineOptions{});
    hark::Connection connection = engine_->connect();
    connection.exec_driver_sql("CREATE TABLE t (id INT)");
  }

  int seen() {
    hark::Connection connection = engine_->connect();
    return scalar<int>(connection, "SELECT COUNT(*) FROM t");
  }

  struct OnURL : Engine {
    OnURL(std::string_view url, const EngineOptions& options)
        : Engine(URL(url), options) {}
  };
  std::optional<OnURL> engine_;
};

TEST_F(MySqlTwoPhaseTest, PreparedOneIsCommitted) {
  hark::Connection connection = engine_->connect();
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  transaction.prepare();
  EXPECT_EQ(seen(), 0);

  transaction.commit();

  EXPECT_EQ(seen(), 1);
}

TEST_F(MySqlTwoPhaseTest, CommitPreparesWhereNobodyHas) {
  hark::Connection connection = engine_->connect();
  TwoPhaseTransaction transaction = connection.begin_twophase();
  connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  transaction.commit();

  EXPECT_EQ(seen(), 1);
}

TEST_F(MySqlTwoPhaseTest, RollbackUndoesItPreparedOrNot) {
  for (const bool is_prepared : {false, true}) {
    hark::Connection connection = engine_->connect();
    TwoPhaseTransaction transaction = connection.begin_twophase();
    connection.exec_driver_sql("INSERT INTO t VALUES (1)");
    if (is_prepared) transaction.prepare();
    transaction.rollback();

    EXPECT_EQ(scalar<int>(connection, "SELECT COUNT(*) FROM t"), 0);
  }
}

TEST_F(MySqlTwoPhaseTest, ConnectionIsUsableAfterOneThatWasForgotten) {
  {
    hark::Connection connection = engine_->connect();
    TwoPhaseTransaction transaction = connection.begin_twophase();
    connection.exec_driver_sql("INSERT INTO t VALUES (1)");
  }
  hark::Connection connection = engine_->connect();
  connection.exec_driver_sql("INSERT INTO t VALUES (2)");
  connection.commit();

  EXPECT_EQ(scalar<int>(connection, "SELECT SUM(id) FROM t"), 2);
}

TEST_F(MySqlTwoPhaseTest, PreparedOneSurvivesItsSession) {
  for (const bool commits : {true, false}) {
    const std::string xid =
        "it's " + std::to_string(::getpid()) + (commits ? " a" : " b");
    {
      hark::Connection connection = engine_->connect();
      TwoPhaseTransaction transaction = connection.begin_twophase(xid);
      connection.exec_driver_sql("INSERT INTO t VALUES (1)");
      transaction.prepare();
      connection.invalidate();
      EXPECT_THROW(transaction.rollback(), InvalidRequestError);
    }
    hark::Connection connection = engine_->connect();
    std::vector<std::string> prepared = connection.recover_twophase();
    EXPECT_NE(std::find(prepared.begin(), prepared.end(), xid), prepared.end());

    if (commits) {
      connection.commit_prepared(xid, true);
    } else {
      connection.rollback_prepared(xid, true);
    }

    prepared = connection.recover_twophase();
    EXPECT_EQ(std::find(prepared.begin(), prepared.end(), xid), prepared.end());
    EXPECT_EQ(seen(), 1);
  }
}

TEST_F(MySqlTwoPhaseTest, XidThatTheServerRefusesIsAnError) {
  hark::Connection connection = engine_->connect();

  EXPECT_THROW(static_cast<void>(connection.begin_twophase(std::string(65, 'x'))),
               hark::DBAPIError);

  EXPECT_EQ(scalar<int>(connection, "SELECT 1"), 1);
}

}  // namespace
}  // namespace hark::test
