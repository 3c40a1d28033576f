// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What a handler is told of work on PostgreSQL and MariaDB.
#include <hark/engine.hpp>
#include <hark/mysql.hpp>
#include <hark/postgresql.hpp>
#include <hark/schema.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audit/recorder.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

using audit::EventEnd;
using audit::EventKind;

/// The only event of that kind with that outcome.
EventEnd only(Recording& recording, EventKind kind, Outcome outcome) {
  std::vector<EventEnd> all = recording->events(kind);
  std::erase_if(all, [&](const EventEnd& each) { return each.outcome != outcome; });
  EXPECT_EQ(all.size(), 1U) << recording->tree();
  return all.empty() ? EventEnd() : all.front();
}

void make_users(Engine& engine) {
  engine.begin([](Connection& connection) {
    connection.exec_driver_sql(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(100) UNIQUE)");
    connection.execute("INSERT INTO users VALUES (:id, :email)",
                       {{"id", 1}, {"email", "ada@example.org"}});
  });
}

void expect_no_address(Recording& recording) {
  const std::string told = recording->everything();
  EXPECT_EQ(told.find("hidden@example"), std::string::npos) << told;
}

/// An error of a constraint and one of a value, whose messages have the value in them.
void fail_twice(Engine& engine, std::string_view cast) {
  Connection connection = engine.connect();
  connection.execute("INSERT INTO users VALUES (2, :email)",
                     {{"email", "hidden@example.org"}});
  EXPECT_THROW(connection.execute("INSERT INTO users VALUES (3, :email)",
                                  {{"email", "hidden@example.org"}}),
               IntegrityError);
  connection.rollback();
  EXPECT_THROW(connection.execute(cast, {{"value", "hidden@example.org"}}), DBAPIError);
}

/// The work of two phases: one is committed, one is rolled back.
void work_in_two_phases(Engine& engine, Recording& recording) {
  {
    Connection connection = engine.connect();
    TwoPhaseTransaction one = connection.begin_twophase();
    connection.execute("INSERT INTO users VALUES (5, 'five')");
    one.prepare();
    one.commit();
    TwoPhaseTransaction two = connection.begin_twophase();
    connection.execute("INSERT INTO users VALUES (6, 'six')");
    two.prepare();
    two.rollback();
  }

  const std::vector<EventEnd> all = recording->events(EventKind::twophase);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].ended_by, "commit");
  EXPECT_EQ(all[1].ended_by, "rollback");
  for (const EventEnd& each : all) {
    EXPECT_EQ(each.outcome, Outcome::ok);
    EXPECT_TRUE(each.name.starts_with("_sa_")) << each.name;
    EXPECT_EQ(*find(each.attributes, "prepared"), dbapi::Value(true));
  }
  EXPECT_EQ(recording->complaints(), "");
}

void expect_schema_events(Engine& engine, Recording& recording) {
  MetaData metadata;
  metadata.table("pets", Column("id", Integer(), {.primary_key = true}));
  metadata.create_all(engine);
  MetaData reflected;
  reflected.reflect(engine);

  const std::vector<EventEnd> ddl = recording->events(EventKind::ddl);
  ASSERT_EQ(ddl.size(), 2U);
  EXPECT_EQ(ddl[1].name, "create table pets");
  EXPECT_EQ(ddl[1].parent_id, ddl[0].id);
  const std::vector<EventEnd> reflections = recording->events(EventKind::reflection);
  ASSERT_FALSE(reflections.empty());
  EXPECT_EQ(reflections[0].name, "reflect metadata");
  EXPECT_EQ(recording->complaints(), "");
}

/// A connection that the server has ended, while a transaction was open.
void lose_connection(Engine& engine, Recording& recording, std::string_view end_by_id) {
  {
    Connection connection = engine.connect();
    const auto id =
        connection
            .execute(end_by_id.starts_with("KILL") ? "SELECT CONNECTION_ID()"
                                                   : "SELECT pg_backend_pid()")
            .scalar_one<std::int64_t>();
    Connection other = engine.connect();
    other.exec_driver_sql(std::string(end_by_id) + std::to_string(id) +
                          (end_by_id.ends_with('(') ? ")" : ""));
    other.close();
    EXPECT_THROW(connection.execute("SELECT 1").fetchall(), OperationalError);
    connection.rollback();
    connection.execute("SELECT 2").fetchall();
  }

  const EventEnd failed = only(recording, EventKind::statement, Outcome::error);
  ASSERT_TRUE(failed.failure.has_value());
  EXPECT_TRUE(failed.failure->is_disconnect);
  EXPECT_EQ(failed.failure->type, "OperationalError");
  EXPECT_EQ(recording->requests().size(), 2U) << recording->tree();
  EXPECT_EQ(recording->complaints(), "");
}

void expect_database(Recording& recording, std::string_view system) {
  const auto database = recording->request_starts().at(0).database;
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(database->system, system);
  EXPECT_FALSE(database->name.empty());
  EXPECT_FALSE(database->server_address.empty());
  EXPECT_EQ(database->server_port.has_value(), database->server_address[0] != '/');
}

class AuditOnPostgres : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    engine = std::make_unique<Engine>(URL(url()), EngineOptions());
    make_users(*engine);
  }
  std::unique_ptr<Engine> engine;
};

TEST_F(AuditOnPostgres, ErrorsTellNoValues) {
  Recording recording(*engine, {.redaction = audit::RedactionRules::leave_out_all()});
  fail_twice(*engine, "SELECT CAST(CAST(:value AS TEXT) AS INTEGER)");

  expect_no_address(recording);
  const std::vector<EventEnd> errors = recording->events(EventKind::error);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].failure->sqlstate, "23505");
  EXPECT_EQ(errors[0].failure->message,
            "duplicate key value violates unique constraint \"users_email_key\"");
  EXPECT_EQ(errors[1].failure->sqlstate, "22P02");
  expect_database(recording, "postgresql");
}

TEST_F(AuditOnPostgres, DetailsAreToldWhereNothingIsRedacted) {
  Recording recording(*engine, {.redaction = audit::RedactionRules::none()});
  fail_twice(*engine, "SELECT CAST(CAST(:value AS TEXT) AS INTEGER)");

  EXPECT_NE(
      recording->events(EventKind::error).at(0).failure->message.find("hidden@example"),
      std::string::npos);
}

TEST_F(AuditOnPostgres, TwoPhases) {
  Recording recording(*engine);
  work_in_two_phases(*engine, recording);
}

TEST_F(AuditOnPostgres, Schema) {
  Recording recording(*engine);
  expect_schema_events(*engine, recording);
}

TEST_F(AuditOnPostgres, LostConnection) {
  Recording recording(*engine);
  lose_connection(*engine, recording, "SELECT pg_terminate_backend(");
}

TEST_F(AuditOnPostgres, FailedCommitIsToldAsSuch) {
  engine->begin([](Connection& connection) {
    connection.exec_driver_sql(
        "CREATE TABLE pets (id INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  });
  Recording recording(*engine);
  {
    Connection connection = engine->connect();
    connection.exec_driver_sql("INSERT INTO pets VALUES (1), (1)");
    EXPECT_THROW(connection.commit(), IntegrityError);
    connection.rollback();
  }

  const EventEnd event = only(recording, EventKind::transaction, Outcome::error);
  EXPECT_EQ(event.ended_by, "commit");
  EXPECT_EQ(event.failure->type, "IntegrityError");
  EXPECT_EQ(recording->complaints(), "");
}

class AuditOnMariaDb : public MySqlTest {
 protected:
  void SetUp() override {
    MySqlTest::SetUp();
    if (IsSkipped()) return;
    engine = std::make_unique<Engine>(URL(url()), EngineOptions());
    make_users(*engine);
  }
  std::unique_ptr<Engine> engine;
};

TEST_F(AuditOnMariaDb, ErrorsTellNoValues) {
  Recording recording(*engine, {.redaction = audit::RedactionRules::leave_out_all()});
  fail_twice(*engine, "UPDATE users SET id = :value");

  expect_no_address(recording);
  const std::vector<EventEnd> errors = recording->events(EventKind::error);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].failure->message, "Duplicate entry '?' for key 'email'");
  EXPECT_EQ(errors[0].failure->sqlstate, "23000");
  expect_database(recording, "mysql");
}

TEST_F(AuditOnMariaDb, TwoPhases) {
  Recording recording(*engine);
  work_in_two_phases(*engine, recording);
}

TEST_F(AuditOnMariaDb, Schema) {
  Recording recording(*engine);
  expect_schema_events(*engine, recording);
}

TEST_F(AuditOnMariaDb, LostConnection) {
  Recording recording(*engine);
  lose_connection(*engine, recording, "KILL ");
}

}  // namespace
}  // namespace hark::test
