// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Ways to a server, and those that lead to none.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;

/// A socket that takes connections, and never answers.
class SilentListener {
 public:
  SilentListener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  ~SilentListener() { ::close(socket_); }

  std::string url(const std::string& query = {}) const {
    return "postgresql://ada:secret@127.0.0.1:" + std::to_string(port_) + "/db" + query;
  }

 private:
  int socket_;
  int port_ = 0;
};

/// A variable of the environment, while this lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    ::setenv(name, value, /*overwrite=*/1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

/// What connecting fails with.
Failure failure_of_url(const std::string& url) {
  Engine engine(URL(url), EngineOptions{});
  Failure failure = failure_of([&] { Connection connection(engine); });
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  EXPECT_FALSE(contains(failure.what, "secret")) << failure;
  return failure;
}

::testing::AssertionResult is_unreachable(const Failure& failure,
                                          std::string_view sqlstate,
                                          std::string_view words) {
  if (failure.is<OperationalError>() && failure.sqlstate == sqlstate &&
      contains(failure.what, words) && contains(failure.what, "cannot connect to"))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << failure;
}

class PostgresConnectingTest : public PostgresServerTest {
 protected:
  /// The server of all tests of this class; `ada` has a password.
  static PostgresServer& server() {
    static PostgresServer& made = *[] {
      static PostgresServer started({.has_port = true});
      Engine engine(URL(started.url()), EngineOptions{});
      Connection connection(engine);
      connection.exec_driver_sql("CREATE ROLE ada LOGIN PASSWORD 'right'");
      connection.commit();
      return &started;
    }();
    return made;
  }
  static std::string url_of_ada(const std::string& password) {
    return "postgresql://ada:" + password +
           "@127.0.0.1:" + std::to_string(server().port()) + "/postgres";
  }
  static int connect(const std::string& url) {
    Engine engine(URL(url), EngineOptions{});
    Connection connection(engine);
    return connection.exec_driver_sql("SELECT 1").scalar<int>().value();
  }
};

TEST_F(PostgresConnectingTest, BySocketAndByPort) {
  EXPECT_EQ(connect(server().url()), 1);
  EXPECT_EQ(connect(server().port_url()), 1);
  EXPECT_EQ(connect(url_of_ada("right")), 1);
}

TEST_F(PostgresConnectingTest, AWrongPasswordIsToldWithoutIt) {
  EXPECT_TRUE(is_unreachable(
      failure_of_url(url_of_ada("secret")), "28P01", "password authentication failed"));
}

TEST_F(PostgresConnectingTest, APasswordInTheQueryIsNotToldEither) {
  const std::string url =
      "postgresql://ada@127.0.0.1:" + std::to_string(server().port()) +
      "/postgres?password=secret";

  EXPECT_TRUE(
      is_unreachable(failure_of_url(url), "28P01", "password authentication failed"));
}

TEST_F(PostgresConnectingTest, AnUnknownDatabaseIsNamed) {
  EXPECT_TRUE(is_unreachable(
      failure_of_url(server().url("nowhere")), "3D000", "\"nowhere\" does not exist"));
}

TEST_F(PostgresConnectingTest, EncryptionThatTheServerHasNotIsRefused) {
  EXPECT_TRUE(is_unreachable(failure_of_url(server().port_url() + "?sslmode=require"),
                             "08001",
                             "does not support SSL"));
}

TEST_F(PostgresConnectingTest, TheFirstOfSeveralHostsThatAnswersIsTaken) {
  const std::string port = std::to_string(server().port());
  EXPECT_EQ(
      connect("postgresql://postgres@/postgres?host=/nowhere,127.0.0.1&port=1," + port),
      1);
  EXPECT_TRUE(is_unreachable(
      failure_of_url("postgresql://postgres@/postgres?host=/nowhere,/neither&port=1,2"),
      "08001",
      "/neither"));
}

TEST_F(PostgresConnectingTest, AFullServerSaysSo) {
  const PostgresServer full({.settings = {"max_connections=4",
                                          "superuser_reserved_connections=0",
                                          "max_wal_senders=0"}});
  EngineOptions options;
  options.poolclass = PoolClass::null;
  Engine engine(URL(full.url()), options);
  std::vector<std::unique_ptr<Connection>> open;
  const Failure failure = failure_of([&] {
    for (;;) open.push_back(std::make_unique<Connection>(engine));
  });

  EXPECT_TRUE(is_unreachable(failure, "53300", "too many clients"));
  EXPECT_EQ(open.size(), 4U);
}

TEST_F(PostgresConnectingTest, AServerThatDoesNotRunIsUnreachable) {
  PostgresServer other;
  const std::string url = other.url();
  other.stop();

  EXPECT_TRUE(is_unreachable(failure_of_url(url), "08001", other.folder()));
}

TEST(PostgresConnectTimeoutTest, EndsTheWaitForASilentServer) {
  const SilentListener silent;

  EXPECT_TRUE(is_unreachable(
      failure_of_url(silent.url("?connect_timeout=1")), "08001", "no answer within 1 s"));
}

TEST(PostgresConnectTimeoutTest, MayComeFromTheEnvironment) {
  const SilentListener silent;
  const Variable timeout("PGCONNECT_TIMEOUT", "1");

  EXPECT_TRUE(
      is_unreachable(failure_of_url(silent.url()), "08001", "no answer within 1 s"));
}

TEST(PostgresConnectTimeoutTest, IsANumber) {
  const SilentListener silent;

  EXPECT_TRUE(is_unreachable(
      failure_of_url(silent.url("?connect_timeout=soon")), "08001", "\"soon\""));
}

TEST(PostgresConnectTimeoutTest, TellsWhereItWasLookedFor) {
  const SilentListener silent;
  const Failure failure = failure_of_url(silent.url("?connect_timeout=1"));

  EXPECT_TRUE(contains(failure.what, "'db' on '127.0.0.1'")) << failure;
  EXPECT_TRUE(contains(failure.what, "as 'ada'")) << failure;
}

TEST_F(PostgresConnectingTest, AListenerMayChangeTheOptions) {
  Engine engine(URL(server().url("nowhere")), EngineOptions{});
  event::listen<DialectEvents::do_connect>(
      engine, [](Dialect&, ConnectionRecord&, ConnectArguments& arguments) {
        arguments.options.insert_or_assign("dbname", std::string("postgres"));
        arguments.options.insert_or_assign("application_name", std::string("mine"));
      });
  Connection connection(engine);

  EXPECT_EQ(connection.exec_driver_sql("SHOW application_name").scalar<std::string>(),
            "mine");
}

TEST_F(PostgresConnectingTest, ProgramsAreNamedHarkUnlessTheySayOtherwise) {
  const auto name_of = [](const std::string& url) {
    Engine engine(URL(url), EngineOptions{});
    Connection connection(engine);
    return connection.exec_driver_sql("SHOW application_name").scalar<std::string>();
  };

  EXPECT_EQ(name_of(server().url()), "hark");
  EXPECT_EQ(name_of(server().url() + "&application_name=mine"), "mine");
}

TEST_F(PostgresConnectingTest, OptionsReachTheServer) {
  EngineOptions options;
  options.connect_args = {{"options", std::string("-c search_path=mine,public")}};
  Engine engine(URL(server().url()), options);
  Connection connection(engine);

  EXPECT_EQ(connection.exec_driver_sql("SHOW search_path").scalar<std::string>(),
            "mine,public");
}

TEST_F(PostgresConnectingTest, NoticesOfALoginAreNotPrinted) {
  Engine engine(URL(server().url() + "&options=-c%20client_min_messages=debug5"),
                EngineOptions{});
  ::testing::internal::CaptureStderr();
  {
    Connection connection(engine);
    connection.exec_driver_sql("SELECT 1");
  }

  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

// -- what is wrong before anybody is asked ----------------------------------------------

Failure refusal_of(const std::string& url) {
  return failure_of([&] {
    Engine engine(URL(url), EngineOptions{});
    Connection connection(engine);
  });
}

::testing::AssertionResult is_refused(const std::string& url, std::string_view words) {
  const Failure failure = refusal_of(url);
  if (failure.is<ArgumentError>() && contains(failure.what, words))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << failure;
}

TEST(PostgresUrlTest, AnUnknownOptionIsToldWithTheNearestOne) {
  EXPECT_TRUE(is_refused("postgresql://h/db?sslmod=require", "'sslmod'"));
  EXPECT_TRUE(is_refused("postgresql://h/db?sslmod=require", "did you mean 'sslmode'"));
}

TEST(PostgresUrlTest, AnOptionThatStandsTwiceIsRefused) {
  EXPECT_TRUE(is_refused("postgresql://h/db?sslmode=require&sslmode=disable", "twice"));
}

TEST(PostgresUrlTest, TheSizeOfTheCacheIsACount) {
  for (const std::string wrong : {"-1", "many", "1.5", "99999999999", ""}) {
    EXPECT_TRUE(is_refused("postgresql://h/db?statement_cache_size=" + wrong,
                           "statement_cache_size"))
        << wrong;
  }
}

TEST(PostgresUrlTest, DriversOfOthersAreNamesOfThisOne) {
  for (const std::string name : {"postgresql+psycopg2", "postgresql+libpq"}) {
    EXPECT_NO_THROW(Engine(URL(name + "://h/db"), EngineOptions{}));
  }
  const Failure failure = refusal_of("postgresql+pg8000://h/db");
  EXPECT_TRUE(failure.is<NoSuchModuleError>()) << failure;
}

TEST(PostgresUrlTest, WhatStandsInItBecomesLibpqsKeywords) {
  Engine engine(URL("postgresql://ada:secret@h:5433/music?sslmode=require"),
                EngineOptions{});

  const ConnectArguments arguments = engine.dialect().connect_arguments(engine.url());

  EXPECT_EQ(arguments.options,
            (ExecutionOptions{{"host", std::string("h")},
                              {"port", std::int64_t{5433}},
                              {"user", std::string("ada")},
                              {"password", std::string("secret")},
                              {"dbname", std::string("music")},
                              {"sslmode", std::string("require")}}));
  EXPECT_FALSE(contains(arguments.target, "secret"));
}

TEST(PostgresUrlTest, WhatIsLeftOutIsLibpqsDefault) {
  Engine engine(URL("postgresql://"), EngineOptions{});

  EXPECT_TRUE(engine.dialect().connect_arguments(engine.url()).options.empty());
}

TEST(PostgresUrlTest, OptionsOfTheEngineMayBeNumbersAndBooleans) {
  EngineOptions options;
  options.connect_args = {{"connect_timeout", std::int64_t{1}},
                          {"sslcompression", false}};
  const SilentListener silent;
  Engine engine(URL(silent.url()), options);

  const Failure failure = failure_of([&] { Connection connection(engine); });

  EXPECT_TRUE(is_unreachable(failure, "08001", "no answer within 1 s"));
}

TEST(PostgresUrlTest, AnOptionHasAValueWithoutNullCharacters) {
  for (const OptionValue& value : {OptionValue(), OptionValue(std::string("a\0b", 3))}) {
    EngineOptions options;
    options.connect_args = {{"application_name", value}};
    Engine engine(URL("postgresql://h/db"), options);

    const Failure failure = failure_of([&] { Connection connection(engine); });

    EXPECT_TRUE(failure.is<ArgumentError>()) << failure;
    EXPECT_TRUE(contains(failure.what, "application_name")) << failure;
  }
}

}  // namespace
}  // namespace hark::test
