// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What the server says unasked, and what a driver's connection can tell.
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using postgresql::driver_connection;
using postgresql::DriverConnection;
using postgresql::Notice;
using postgresql::Notification;

class PostgresNoticesTest : public PostgresEngineTest {
 protected:
  static void raise(Connection& connection) {
    connection.exec_driver_sql(
        "DO $$ BEGIN RAISE NOTICE 'listen' USING DETAIL = 'more', HINT = 'do', ERRCODE = "
        "'01H02'; RAISE WARNING 'beware'; END $$");
  }
  /// A connection that listens to the channel `orders`.
  static void listen(Connection& connection) {
    connection.exec_driver_sql("LISTEN orders");
    connection.commit();
  }
};

TEST_F(PostgresNoticesTest, AHandlerHearsOfThemWithAllTheirParts) {
  Connection connection(engine());
  std::vector<Notice> heard;
  driver_connection(connection).set_notice_handler([&](const Notice& notice) {
    heard.push_back(notice);
  });

  raise(connection);

  driver_connection(connection).set_notice_handler(nullptr);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].severity, "NOTICE");
  EXPECT_EQ(heard[0].sqlstate, "01H02");
  EXPECT_EQ(heard[0].message, "listen");
  EXPECT_EQ(heard[0].detail, "more");
  EXPECT_EQ(heard[0].hint, "do");
  EXPECT_EQ(heard[1].severity, "WARNING");
  EXPECT_EQ(heard[1].message, "beware");
  EXPECT_EQ(heard[1].detail, "");
}

TEST_F(PostgresNoticesTest, WithoutAHandlerNothingIsPrinted) {
  Connection connection(engine());
  ::testing::internal::CaptureStderr();

  raise(connection);

  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(PostgresNoticesTest, WhatAHandlerThrowsIsDropped) {
  Connection connection(engine());
  driver_connection(connection).set_notice_handler([](const Notice&) {
    throw std::runtime_error("no");
  });
  ::testing::internal::CaptureStderr();

  EXPECT_NO_THROW(raise(connection));

  EXPECT_NE(::testing::internal::GetCapturedStderr(), "");
  driver_connection(connection).set_notice_handler(nullptr);
  EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
}

TEST_F(PostgresNoticesTest, AHandlerStaysWhenTheConnectionGoesBack) {
  int heard = 0;
  {
    Connection connection(engine());
    driver_connection(connection).set_notice_handler([&](const Notice&) { ++heard; });
  }
  Connection connection(engine());
  raise(connection);
  driver_connection(connection).set_notice_handler(nullptr);

  EXPECT_EQ(heard, 2);
}

// -- LISTEN and NOTIFY ------------------------------------------------------------------

TEST_F(PostgresNoticesTest, NotificationsComeInTheirOrder) {
  Connection listener(engine());
  Connection sender(engine());
  listen(listener);
  sender.exec_driver_sql("NOTIFY orders, 'one'");
  sender.exec_driver_sql("SELECT pg_notify('orders', 'two')");
  sender.exec_driver_sql("NOTIFY others, 'not for us'");
  sender.commit();
  const int pid = driver_connection(sender).backend_pid();

  DriverConnection& driver = driver_connection(listener);
  EXPECT_EQ(driver.wait_for_notification(1min),
            (Notification{.channel = "orders", .payload = "one", .backend_pid = pid}));
  EXPECT_EQ(driver.wait_for_notification(1min),
            (Notification{.channel = "orders", .payload = "two", .backend_pid = pid}));
  EXPECT_EQ(driver.wait_for_notification(0ms), std::nullopt);
}

TEST_F(PostgresNoticesTest, NotificationsThatCameWithAStatementAreKept) {
  Connection listener(engine());
  listen(listener);
  commit("NOTIFY orders, 'one'");

  scalar(listener, "SELECT 1");
  listener.commit();

  const auto heard = driver_connection(listener).wait_for_notification(0ms);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->payload, "one");
}

TEST_F(PostgresNoticesTest, ATimeoutOfZeroDoesNotWait) {
  Connection listener(engine());
  listen(listener);

  EXPECT_EQ(driver_connection(listener).wait_for_notification(0ms), std::nullopt);
  EXPECT_EQ(driver_connection(listener).wait_for_notification(-1ms), std::nullopt);
}

TEST_F(PostgresNoticesTest, ATimeoutMayBeAsLongAsItCan) {
  Connection listener(engine());
  listen(listener);
  std::optional<Notification> heard;
  std::thread waiting([&] {
    heard = driver_connection(listener).wait_for_notification(
        std::chrono::milliseconds::max());
  });

  commit("NOTIFY orders, 'at last'");
  waiting.join();

  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->payload, "at last");
}

TEST_F(PostgresNoticesTest, WaitingOnALostConnectionIsAnError) {
  Connection listener(engine());
  listen(listener);
  Connection other(engine());
  scalar(other,
         "SELECT pg_terminate_backend($1, 5000)",
         {driver_connection(listener).backend_pid()});

  const Failure failure =
      failure_of([&] { driver_connection(listener).wait_for_notification(1min); });

  EXPECT_TRUE(failure.is<dbapi::OperationalError>()) << failure;
  EXPECT_TRUE(failure.is_disconnect) << failure;
  listener.invalidate();
}

// -- what a connection tells ------------------------------------------------------------

TEST_F(PostgresNoticesTest, TheConnectionKnowsItsServer) {
  Connection connection(engine());
  DriverConnection& driver = driver_connection(connection);

  EXPECT_EQ(Value(driver.server_version()),
            scalar(connection, "SELECT current_setting('server_version_num')::int4"));
  EXPECT_EQ(Value(driver.backend_pid()), scalar(connection, "SELECT pg_backend_pid()"));
  EXPECT_EQ(Value(driver.parameter_status("TimeZone")),
            scalar(connection, "SHOW TimeZone"));
  EXPECT_EQ(driver.parameter_status("client_encoding"), "UTF8");
  EXPECT_EQ(driver.parameter_status("work_mem"), "");
  EXPECT_EQ(PQbackendPID(driver.handle()), driver.backend_pid());
}

TEST_F(PostgresNoticesTest, AClosedConnectionHasNothingToTell) {
  Connection connection(engine());
  DriverConnection& driver = driver_connection(connection);
  driver.close();

  EXPECT_EQ(driver.server_version(), 0);
  EXPECT_EQ(driver.backend_pid(), 0);
  EXPECT_EQ(driver.handle(), nullptr);
  EXPECT_THROW(driver.parameter_status("TimeZone"), dbapi::InterfaceError);
  EXPECT_THROW(driver.wait_for_notification(0ms), dbapi::InterfaceError);
  EXPECT_FALSE(driver.ping());
  EXPECT_FALSE(driver.is_connected());
  EXPECT_NO_THROW(driver.close());
  connection.invalidate();
}

TEST_F(PostgresNoticesTest, OfAnotherDatabaseThereIsNoDriverConnection) {
  Engine sqlite = create_engine("sqlite://");
  Connection connection(sqlite);

  EXPECT_THROW(driver_connection(connection), InvalidRequestError);
}

TEST_F(PostgresNoticesTest, OfAConnectionThatIsClosedThereIsNoDriverConnection) {
  Connection connection(engine());
  connection.close();

  EXPECT_THROW(driver_connection(connection), ResourceClosedError);
}

TEST_F(PostgresNoticesTest, AConnectionThatIsAliveSaysSoWithoutAsking) {
  Connection connection(engine());
  DriverConnection& driver = driver_connection(connection);
  Trace trace(connection);

  EXPECT_TRUE(driver.is_connected());

  EXPECT_EQ(trace.round_trips(), 0U);
  EXPECT_TRUE(driver.ping());
  EXPECT_EQ(trace.round_trips(), 1U);
}

TEST_F(PostgresNoticesTest, AConnectionWhoseServerHasGoneIsNotConnected) {
  Connection connection(engine());
  DriverConnection& driver = driver_connection(connection);
  Connection other(engine());
  scalar(other, "SELECT pg_terminate_backend($1, 5000)", {driver.backend_pid()});

  EXPECT_FALSE(driver.is_connected());
  EXPECT_FALSE(driver.ping());
  connection.invalidate();
}

TEST_F(PostgresNoticesTest, NewsAreNoLostConnection) {
  Connection listener(engine());
  listen(listener);
  commit("NOTIFY orders, 'one'");
  DriverConnection& driver = driver_connection(listener);

  EXPECT_TRUE(driver.is_connected());

  EXPECT_TRUE(driver.wait_for_notification(1min));
}

TEST_F(PostgresNoticesTest, TheDriverKnowsWhetherATransactionIsOpen) {
  Connection connection(engine());
  DriverConnection& driver = driver_connection(connection);
  EXPECT_FALSE(driver.in_transaction());

  scalar(connection, "SELECT 1");
  EXPECT_TRUE(driver.in_transaction());

  connection.commit();
  EXPECT_FALSE(driver.in_transaction());
}

// -- input sizes ------------------------------------------------------------------------

class PostgresInputSizesTest : public PostgresEngineTest {
 protected:
  /// The type that the server sees, where a listener sets the parameters' to `type`; -1: it
  /// lets them be.
  std::string type_seen(std::int64_t type, const Value& value) {
    const auto other = make_engine();
    event::listen<DialectEvents::do_setinputsizes>(*other,
                                                   [this, type](InputSizes& sizes) {
                                                     for (InputSize& each : sizes) {
                                                       told.push_back(each.type);
                                                       names.push_back(each.name);
                                                       if (type >= 0) each.type = type;
                                                     }
                                                   });
    Connection connection(*other);
    std::string seen;
    for (int execution = 0; execution < 3; ++execution) {
      seen =
          connection
              .execute(
                  "SELECT CAST(pg_typeof(v) AS text) FROM (SELECT :value AS v) AS source",
                  {{"value", value.view()}})
              .scalar<std::string>()
              .value();
    }
    return seen;
  }

  std::vector<std::int64_t> told;
  std::vector<std::string> names;
};

TEST_F(PostgresInputSizesTest, AListenerIsToldTheTypesByTheNumbersOfPgType) {
  using dbapi::Date;
  for (const Value& value : Values{true,
                                   1,
                                   std::int64_t{1} << 40,
                                   1.5,
                                   dbapi::Decimal{"1.5"},
                                   dbapi::Blob{},
                                   Date(),
                                   "text",
                                   dbapi::DateTime(),
                                   Value()}) {
    type_seen(-1, value);
  }

  Connection connection(engine());
  std::vector<std::int64_t> expected;
  for (const std::string type :
       {"bool", "int4", "int8", "float8", "numeric", "bytea", "date", "", "", ""}) {
    const Value number = type.empty()
                             ? Value(0)
                             : scalar(connection, "SELECT '" + type + "'::regtype::oid");
    expected.insert(expected.end(), 3, number.integer());
  }
  EXPECT_EQ(told, expected);
  EXPECT_EQ(names, std::vector<std::string>(30, "value"));
}

TEST_F(PostgresInputSizesTest, WhatAListenerSetsIsWhatTheServerSees) {
  EXPECT_EQ(type_seen(23, "5"), "integer");
  EXPECT_EQ(type_seen(20, 5), "bigint");
  EXPECT_EQ(type_seen(1700, 5), "numeric");
  EXPECT_EQ(type_seen(25, true), "text");
  EXPECT_EQ(type_seen(1043, dbapi::Blob{}), "character varying");
  EXPECT_EQ(type_seen(1184, dbapi::DateTime()), "timestamp with time zone");
  EXPECT_EQ(type_seen(23, Value()), "integer");
  EXPECT_EQ(type_seen(0, 5), "text");
}

TEST_F(PostgresInputSizesTest, WhatIsLetBeIsTheDriversChoice) {
  EXPECT_EQ(type_seen(-1, 5), "integer");
  EXPECT_EQ(type_seen(-1, "5"), "text");
}

TEST_F(PostgresInputSizesTest, ANullOfAChosenTypeIsOfThatType) {
  const auto other = make_engine();
  std::int64_t type = 0;
  event::listen<DialectEvents::do_setinputsizes>(
      *other, [&](InputSizes& sizes) { sizes.at(0).type = type; });
  Connection connection(*other);
  for (const auto& [number, name] :
       {std::pair(25, "text"), std::pair(23, "integer"), std::pair(25, "text")}) {
    type = number;
    for (int execution = 0; execution < 3; ++execution) {
      EXPECT_EQ(
          connection
              .execute(
                  "SELECT CAST(pg_typeof(v) AS text) FROM (SELECT :value AS v) AS source",
                  {{"value", std::nullopt}})
              .scalar<std::string>(),
          name);
    }
  }
}

TEST_F(PostgresInputSizesTest, ValuesKeepTheirMeaningUnderAnotherType) {
  const auto other = make_engine();
  event::listen<DialectEvents::do_setinputsizes>(
      *other, [](InputSizes& sizes) { sizes.at(0).type = 25; });
  Connection connection(*other);
  const auto text_of = [&](const Value& value) {
    return connection.execute("SELECT :value", {{"value", value.view()}})
        .scalar<std::string>()
        .value();
  };

  EXPECT_EQ(text_of(true), "t");
  EXPECT_EQ(text_of(-7), "-7");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(dbapi::Decimal{"1.50"}), "1.50");
  EXPECT_EQ(text_of(dbapi::Blob{std::byte{0xAB}}), "\\xab");
  EXPECT_EQ(text_of(dbapi::Date(std::chrono::year(-43) / 3 / 15)), "0044-03-15 BC");
  EXPECT_EQ(text_of(dbapi::DateTime()), "1970-01-01 00:00:00.000000Z");
}

}  // namespace
}  // namespace hark::test
