// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// What a handler is told of each kind of work.
#include <hark/engine.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "audit/database.hpp"
#include "audit/failure.hpp"
#include "audit/recorder.hpp"
#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

using audit::EventEnd;
using audit::EventKind;
using std::chrono::nanoseconds;

class CaptureTest : public ::testing::Test {
 protected:
  virtual Recording& recorded() = 0;
  void TearDown() override { EXPECT_EQ(recorded()->complaints(false), ""); }

  /// The only event of that kind.
  EventEnd only(EventKind kind) {
    const std::vector<EventEnd> all = recorded()->events(kind);
    EXPECT_EQ(all.size(), 1U) << recorded()->tree();
    return all.empty() ? EventEnd() : all.front();
  }

  /// The only statement with that text.
  EventEnd statement(std::string_view text) {
    std::vector<EventEnd> all = recorded()->events();
    std::erase_if(all, [text](const EventEnd& each) {
      return each.statement == nullptr || each.statement->text != text;
    });
    EXPECT_EQ(all.size(), 1U) << text;
    return all.empty() ? EventEnd() : all.front();
  }
};

class SqliteCaptureTest : public CaptureTest {
 protected:
  SqliteCaptureTest() {
    Connection connection = engine.connect();
    connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    connection.execute(text("INSERT INTO users (name) VALUES (:name)"),
                       ParameterSets{{{"name", "ada"}}, {{"name", "ben"}}});
    connection.commit();
  }

  Recording& recorded() override { return recording; }

  Engine engine = create_engine("sqlite://");
  Recording recording{engine};
};

/// With the driver that fails where it is told to.
class FakeCaptureTest : public CaptureTest {
 protected:
  Recording& recorded() override { return recording; }

  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://ada:secret@host:99/music");
  }();
  Recording recording{engine};
};

// -- statements -------------------------------------------------------------------------

TEST_F(SqliteCaptureTest, ThereAreNoTransactionsWithAutocommit) {
  {
    Connection connection = engine.connect();
    EXPECT_FALSE(connection.is_autocommit());
    connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});
    EXPECT_TRUE(connection.is_autocommit());
    connection.execute("UPDATE users SET name = 'eve' WHERE id = 1");
    connection.commit();
  }
  EXPECT_EQ(
      recorded()->tree(),
      "{checkout(connect) transaction(statement executemany)} {checkout statement}");
  Engine automatic = create_engine("sqlite://", {.isolation_level = "AUTOCOMMIT"});
  EXPECT_TRUE(automatic.connect().is_autocommit());
}

TEST_F(SqliteCaptureTest, StatementComesWithItsFacts) {
  const auto before = audit::Moment::now();
  {
    Connection connection = engine.connect();
    connection
        .execute("SELECT name FROM users WHERE id = :id AND name <> :other",
                 {{"id", 1}, {"other", "x"}})
        .fetchall();

    const EventEnd event = statement("SELECT name FROM users WHERE id = ? AND name <> ?");

    EXPECT_EQ(event.kind, EventKind::statement);
    EXPECT_EQ(event.outcome, Outcome::ok);
    EXPECT_EQ(event.rows, 1U);
    EXPECT_EQ(event.connection_id, connection.id());
    EXPECT_EQ(event.dbapi_connection_id, connection.connection()->id());
    EXPECT_NE(event.execution_id, 0U);
    EXPECT_GE(event.start.wall, before.wall);
    EXPECT_GE(event.start.monotonic, before.monotonic);
    EXPECT_GT(event.elapsed, nanoseconds(0));
    EXPECT_LE(event.start.monotonic + event.elapsed, std::chrono::steady_clock::now());
    ASSERT_EQ(event.parameters.size(), 2U);
    EXPECT_EQ(event.parameters[0].name, "id");
    EXPECT_EQ(event.parameters[0].value, dbapi::Value(1));
    EXPECT_EQ(event.parameters[1].name, "other");
    EXPECT_EQ(event.parameters[1].value, dbapi::Value("x"));
    EXPECT_EQ(event.batch_size, 0U);
    EXPECT_FALSE(event.failure.has_value());
  }
}

// Or events would overlap that followed each other.
TEST_F(SqliteCaptureTest, ListenersThatWereCalledBeforeItDoNotMoveAnEnd) {
  const auto sleep = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  event::listen(engine, "acquire", sleep, event::insert);
  event::listen(engine, "before_cursor_execute", sleep, event::insert);
  Connection connection = engine.connect();
  const auto acquired = std::chrono::steady_clock::now();
  connection.execute("UPDATE users SET name = 'eve' WHERE id = 1");
  const auto executed = std::chrono::steady_clock::now();
  connection.close();

  const EventEnd checkout = recorded()->events(EventKind::checkout).back();
  const EventEnd update = statement("UPDATE users SET name = 'eve' WHERE id = 1");

  EXPECT_LE(checkout.start.monotonic + checkout.elapsed, acquired);
  EXPECT_LE(update.start.monotonic + update.elapsed, executed);
}

TEST_F(SqliteCaptureTest, PositionalParametersHaveNoNames) {
  Connection connection = engine.connect();
  connection.exec_driver_sql("SELECT ?", {7}).fetchall();

  const EventEnd event = statement("SELECT ?");

  ASSERT_EQ(event.parameters.size(), 1U);
  EXPECT_EQ(event.parameters[0].name, "");
  EXPECT_EQ(event.parameters[0].value, dbapi::Value(7));
}

TEST_F(SqliteCaptureTest, ExecutemanyIsOneEvent) {
  {
    Connection connection = engine.connect();
    connection.execute(
        text("INSERT INTO users (name) VALUES (:name)"),
        ParameterSets{{{"name", "cy"}}, {{"name", "di"}}, {{"name", "e"}}});
  }

  const std::vector<EventEnd> all = recording->events(EventKind::executemany);
  ASSERT_EQ(all.size(), 2U);  // with the two rows that the test begins with
  EXPECT_EQ(all[1].batch_size, 3U);
  EXPECT_EQ(all[1].parameter_count, 3U);
  EXPECT_EQ(all[1].rows, 3U);
  ASSERT_EQ(all[1].parameters.size(), 3U);
  EXPECT_EQ(all[1].parameters[2].row, 2U);
  EXPECT_EQ(all[1].parameters[2].name, "name");
}

TEST_F(SqliteCaptureTest, ChangedRowsAreCounted) {
  Connection connection = engine.connect();
  connection.execute("UPDATE users SET name = name || '!'");

  EXPECT_EQ(statement("UPDATE users SET name = name || '!'").rows, 2U);
}

TEST_F(SqliteCaptureTest, StatementEndsWithItsRows) {
  Connection connection = engine.connect();
  {
    Result result = connection.execute("SELECT id FROM users ORDER BY id");
    ASSERT_TRUE(result.fetchone().has_value());
    EXPECT_TRUE(recording->events(EventKind::statement).empty() ||
                recording->events(EventKind::statement).back().statement->text !=
                    "SELECT id FROM users ORDER BY id");
  }

  const EventEnd event = statement("SELECT id FROM users ORDER BY id");
  EXPECT_EQ(event.rows, 1U);
  EXPECT_GT(event.open, nanoseconds(0));
}

TEST_F(SqliteCaptureTest, ResultThatNobodyReadsEndsWithItsConnection) {
  std::optional<Result> kept;
  {
    Connection connection = engine.connect();
    kept.emplace(connection.execute("SELECT id FROM users"));
  }

  EXPECT_EQ(statement("SELECT id FROM users").rows, 0U);
  EXPECT_EQ(statement("SELECT id FROM users").outcome, Outcome::ok);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(SqliteCaptureTest, OpenResultIsNotWhereOthersAreIn) {
  Connection connection = engine.connect();
  const Result open = connection.execute("SELECT id FROM users");
  connection.execute("SELECT 1").fetchall();

  EXPECT_EQ(statement("SELECT 1").parent_id,
            recording->starts().at(recording->starts().size() - 3).id);
  const auto starts = recording->starts();
  EXPECT_EQ(starts.at(starts.size() - 3).kind, EventKind::transaction);
}

TEST_F(SqliteCaptureTest, StatementThatAListenerReplacedIsToldAtItsEnd) {
  const auto replacing = event::listen(
      engine,
      "before_cursor_execute",
      [](Connection&,
         dbapi::Cursor&,
         const std::string& sql,
         const dbapi::Parameters& parameters) {
        return std::tuple(sql + " /* tagged */", parameters);
      },
      event::retval);
  Connection connection = engine.connect();
  connection.execute("SELECT 1").fetchall();
  connection.execute("UPDATE users SET name = name");

  EXPECT_EQ(statement("SELECT 1 /* tagged */").rows, 1U);
  EXPECT_EQ(statement("UPDATE users SET name = name /* tagged */").rows, 2U);
}

TEST_F(SqliteCaptureTest, HiddenParametersAreCounted) {
  EngineOptions options;
  options.hide_parameters = true;
  Engine hiding = create_engine("sqlite://", options);
  Recording hidden(hiding);
  {
    Connection connection = hiding.connect();
    connection.execute("SELECT :secret", {{"secret", "hush-hush"}}).fetchall();
    EXPECT_THROW(connection.execute("SELECT nothing, :secret", {{"secret", "hush-hush"}}),
                 OperationalError);
  }

  const std::vector<EventEnd> all = hidden->events(EventKind::statement);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].parameters.empty());
  EXPECT_EQ(all[0].parameter_count, 1U);
  EXPECT_EQ(hidden->everything().find("hush"), std::string::npos);
}

// -- errors -----------------------------------------------------------------------------

TEST_F(SqliteCaptureTest, ErrorIsAnEventInsideTheStatement) {
  Connection connection = engine.connect();
  EXPECT_THROW(
      connection.execute("INSERT INTO users (id, name) VALUES (3, :n)", {{"n", "ada"}}),
      IntegrityError);

  const EventEnd error = only(EventKind::error);
  const EventEnd failed = statement("INSERT INTO users (id, name) VALUES (3, ?)");
  EXPECT_EQ(error.parent_id, failed.id);
  EXPECT_EQ(error.outcome, Outcome::error);
  EXPECT_EQ(failed.outcome, Outcome::error);
  for (const EventEnd& each : {error, failed}) {
    ASSERT_TRUE(each.failure.has_value());
    EXPECT_EQ(each.failure->type, "IntegrityError");
    EXPECT_EQ(each.failure->message, "UNIQUE constraint failed: users.name");
    EXPECT_FALSE(each.failure->is_disconnect);
  }
}

TEST_F(SqliteCaptureTest, ListenersExceptionIsThatOfTheStatement) {
  const auto forbidding = event::listen(engine, "before_cursor_execute", [](Connection&) {
    throw std::runtime_error("not today");
  });
  Connection connection = engine.connect();
  EXPECT_THROW(connection.execute("SELECT 1"), std::runtime_error);

  const EventEnd event = statement("SELECT 1");
  EXPECT_EQ(event.outcome, Outcome::error);
  ASSERT_TRUE(event.failure.has_value());
  EXPECT_EQ(event.failure->type, "std::runtime_error");
  EXPECT_EQ(event.failure->message, "not today");
}

TEST(AuditFailure, MessageHasNeitherStatementNorParameters) {
  const auto original = std::make_exception_ptr(dbapi::DatabaseError(
      "no such thing\nDETAIL:  Key (email)=(ada@example.org) already exists."));
  const auto error = std::make_exception_ptr(
      IntegrityError("no such thing\n[SQL: SELECT ?]\n[parameters: ('s3cret')]",
                     {.sqlstate = "23505", .is_disconnect = true, .original = original}));

  const auto failure = audit::detail::describe_failure(error);
  const auto with_values = audit::detail::describe_failure(error, {.shows_values = true});

  EXPECT_EQ(failure->type, "IntegrityError");
  EXPECT_EQ(failure->message, "no such thing");
  EXPECT_EQ(failure->sqlstate, "23505");
  EXPECT_TRUE(failure->is_disconnect);
  EXPECT_EQ(with_values->message,
            "no such thing\nDETAIL:  Key (email)=(ada@example.org) already exists.");
}

TEST(AuditFailure, DatabasesMessagesShowNoValues) {
  const std::vector<std::tuple<std::string, std::string, std::string>> all{
      {"22P02",
       R"(invalid input syntax for type integer: "s3cret")",
       R"(invalid input syntax for type integer: "?")"},
      {"22P02",
       R"(invalid input value for enum mood: "a "quoted" s3cret")",
       R"(invalid input value for enum mood: "?")"},
      {"22003",
       R"(value "99999999999" is out of range for type integer)",
       R"(value "?" is out of range for type integer)"},
      {"22007",
       "Incorrect integer value: 's3cret' for column `a`.`b`.`c` at row 1",
       "Incorrect integer value: '?' for column `a`.`b`.`c` at row 1"},
      {"22001",
       "Data too long for column 'name' at row 1",
       "Data too long for column 'name' at row 1"},
      {"42P01",
       R"(relation "users" does not exist)",
       R"(relation "users" does not exist)"}};
  for (const auto& [sqlstate, message, shown] : all) {
    const auto error =
        std::make_exception_ptr(dbapi::Error(message, {.sqlstate = sqlstate}));
    EXPECT_EQ(audit::detail::describe_failure(error)->message, shown);
  }
  const auto duplicate = std::make_exception_ptr(
      dbapi::IntegrityError("Duplicate entry 'it's s3cret' for key 'users.email'",
                            {.sqlstate = "23000", .driver_code = 1062}));
  EXPECT_EQ(audit::detail::describe_failure(duplicate)->message,
            "Duplicate entry '?' for key 'users.email'");
}

TEST(AuditFailure, ValuesOfParametersAreTakenOutOfMessages) {
  const dbapi::Parameters parameters(dbapi::Row{"s3cret", "ab", 123456, 7, ""});

  EXPECT_EQ(audit::detail::without_values(
                "s3cret in xs3cretx, ab but not cab, 123456 and 7 of 17", parameters),
            "? in x?x, ? but not cab, ? and ? of 17");
}

TEST(AuditFailure, PartsOfValuesAreTakenOutOfMessages) {
  const dbapi::Parameters parameters(dbapi::Row{"topsecret:", "a b"});

  EXPECT_EQ(audit::detail::without_values("no such column: topsecret near a", parameters),
            "no such column: ? near ?");
}

TEST(AuditFailure, MessageWithTooManyValuesIsNotShown) {
  const dbapi::Parameters parameters(dbapi::Row{std::string(5'000'000, 'x'), "s3cret"});

  EXPECT_EQ(audit::detail::without_values("no such column: s3cret", parameters),
            "not shown: it may have values of parameters");
}

TEST(AuditFailure, MessageWhoseParametersAreHiddenOrCutIsNotShown) {
  for (const std::string parameters :
       {"", "('a', ...", "[('a'), ('b'), ('c'), 2 more]"}) {
    const auto error = std::make_exception_ptr(DatabaseError(
        "x",
        {.statement = "SELECT ?",
         .parameters = parameters,
         .original =
             std::make_exception_ptr(dbapi::DatabaseError("no such column: s3cret"))}));

    EXPECT_EQ(audit::detail::describe_failure(error)->message,
              "not shown: it may have values of parameters");
  }
}

TEST(AuditFailure, ValuesThatTheErrorShowsAreTakenOutOfItsMessage) {
  const auto original = std::make_exception_ptr(
      dbapi::DatabaseError("raised s3cret for 4711 in relation \"users\": \"it\""));
  const auto error =
      std::make_exception_ptr(DatabaseError("x",
                                            {.statement = "SELECT ?",
                                             .parameters = "(4711, 's3cret', 'q')",
                                             .original = original}));

  EXPECT_EQ(audit::detail::describe_failure(error)->message,
            "raised ? for ? in relation \"users\": \"?\"");
}

TEST(AuditFailure, TypesAreNamedAsInTheTree) {
  const auto type_of = [](auto error) {
    return audit::detail::describe_failure(std::make_exception_ptr(error))->type;
  };
  EXPECT_EQ(type_of(TimeoutError("late")), "TimeoutError");
  EXPECT_EQ(type_of(dbapi::OperationalError("gone")), "OperationalError");
  EXPECT_EQ(type_of(std::out_of_range("far")), "std::out_of_range");
  EXPECT_EQ(type_of(7), "int");
  EXPECT_EQ(audit::detail::describe_failure(nullptr), nullptr);
}

// -- checkouts --------------------------------------------------------------------------

TEST_F(FakeCaptureTest, ConnectionIsARequestWithItsCheckout) {
  std::uint64_t id = 0;
  {
    Connection connection = engine.connect();
    id = connection.id();
    connection.execute("SELECT 1").fetchall();
  }

  EXPECT_EQ(recording->tree(), "{checkout(connect) transaction(statement)}");
  ASSERT_EQ(recording->requests().size(), 1U);
  const audit::RequestEnd request = recording->requests().front();
  EXPECT_EQ(request.connection_id, id);
  EXPECT_EQ(request.outcome, Outcome::ok);
  EXPECT_EQ(request.name, "");
  EXPECT_GT(request.elapsed, nanoseconds(0));
  ASSERT_NE(request.database, nullptr);
  EXPECT_EQ(request.database->system, "fake");
  EXPECT_EQ(request.database->name, "music");
  EXPECT_EQ(request.database->server_address, "host");
  EXPECT_EQ(request.database->server_port, 99);
  EXPECT_EQ(request.database->url, "fake://ada:***@host:99/music");
}

TEST_F(FakeCaptureTest, ConnectComesOnlyWhereOneIsOpened) {
  { const Connection connection = engine.connect(); }
  { const Connection connection = engine.connect(); }

  EXPECT_EQ(recording->tree(), "{checkout(connect)} {checkout}");
}

TEST_F(FakeCaptureTest, ConnectsLieWithinTheirCheckout) {
  { const Connection connection = engine.connect(); }

  const EventEnd checkout = only(EventKind::checkout);
  const EventEnd connect = only(EventKind::connect);
  EXPECT_GE(connect.start.monotonic, checkout.start.monotonic);
  EXPECT_LE(connect.start.monotonic + connect.elapsed,
            checkout.start.monotonic + checkout.elapsed);
  EXPECT_NE(connect.dbapi_connection_id, 0U);
}

TEST_F(FakeCaptureTest, FailedConnectIsARequestThatFailed) {
  database.fail_on = "connect";
  EXPECT_THROW(engine.connect(), OperationalError);
  database.fail_on.clear();

  EXPECT_EQ(recording->tree(), "{checkout(connect error)}");
  const audit::RequestEnd request = recording->requests().front();
  EXPECT_EQ(request.outcome, Outcome::error);
  ASSERT_TRUE(request.failure.has_value());
  EXPECT_EQ(request.failure->message, "fake failure of connect");
  EXPECT_EQ(only(EventKind::checkout).outcome, Outcome::error);
  EXPECT_EQ(only(EventKind::connect).outcome, Outcome::error);
}

TEST_F(FakeCaptureTest, WaitingForThePoolIsToldWhileItLasts) {
  EngineOptions options;
  options.pool.pool_size = 1;
  options.pool.max_overflow = 0;
  options.pool.timeout = std::chrono::milliseconds(20);
  Engine small = create_engine("fake://", options);
  Recording waiting(small);
  const Connection only_one = small.connect();
  EXPECT_THROW(small.connect(), TimeoutError);

  const std::vector<EventEnd> checkouts = waiting->events(EventKind::checkout);
  ASSERT_EQ(checkouts.size(), 2U);
  EXPECT_EQ(checkouts[0].waited, nanoseconds(0));
  EXPECT_EQ(checkouts[1].outcome, Outcome::error);
  EXPECT_EQ(checkouts[1].failure->type, "TimeoutError");
  EXPECT_GE(checkouts[1].waited, std::chrono::milliseconds(20));
  ASSERT_EQ(waiting->requests().size(), 1U);
  EXPECT_EQ(waiting->requests()[0].outcome, Outcome::error);
}

TEST_F(FakeCaptureTest, CheckoutIsToldBeforeItEnds) {
  std::size_t starts = 0;
  const auto looking = event::listen<PoolEvents::connect>(
      engine, [&](dbapi::Connection&) { starts = recording->starts().size(); });
  const Connection connection = engine.connect();

  EXPECT_EQ(starts, 1U);
}

TEST_F(FakeCaptureTest, InvalidatedConnectionChecksOutAgainInItsRequest) {
  {
    Connection connection = engine.connect();
    connection.execute("SELECT 1").fetchall();
    connection.rollback();
    connection.invalidate();
    connection.execute("SELECT 2").fetchall();
  }

  EXPECT_EQ(recording->tree(),
            "{checkout(connect) transaction(statement) checkout(connect) "
            "transaction(statement)}");
  const EventEnd one = statement("SELECT 1");
  const EventEnd two = statement("SELECT 2");
  EXPECT_NE(one.dbapi_connection_id, two.dbapi_connection_id);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(FakeCaptureTest, DetachedConnectionEndsWithItsRequest) {
  {
    Connection connection = engine.connect();
    connection.detach();
    connection.execute("SELECT 1").fetchall();
  }

  EXPECT_EQ(recording->tree(), "{checkout(connect) transaction(statement)}");
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(FakeCaptureTest, RawConnectionIsARequest) {
  {
    const PooledConnection raw = engine.raw_connection();
    EXPECT_EQ(recording->request_starts().size(), 1U);
    EXPECT_TRUE(recording->requests().empty());
  }

  EXPECT_EQ(recording->tree(), "{checkout(connect)}");
  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(recording->requests().front().outcome, Outcome::ok);
  EXPECT_EQ(recording->requests().front().connection_id, 0U);
  EXPECT_NE(only(EventKind::checkout).dbapi_connection_id, 0U);
}

TEST_F(FakeCaptureTest, RawConnectionThatCannotBeOpenedIsARequestThatFailed) {
  database.fail_on = "connect";
  EXPECT_THROW(static_cast<void>(engine.raw_connection()), OperationalError);
  database.fail_on.clear();

  EXPECT_EQ(recording->tree(), "{checkout(connect)}");
  EXPECT_EQ(recording->requests().front().outcome, Outcome::error);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(FakeCaptureTest, RawConnectionEndsWhereItIsInvalidated) {
  PooledConnection raw = engine.raw_connection();
  raw.invalidate(std::make_exception_ptr(dbapi::OperationalError("gone")));

  ASSERT_EQ(recording->requests().size(), 1U);
  EXPECT_EQ(recording->requests().front().outcome, Outcome::error);
  EXPECT_EQ(recording->requests().front().failure->message, "gone");
}

TEST_F(FakeCaptureTest, RawConnectionThatIsDetachedEndsWhereItIsClosed) {
  PooledConnection raw = engine.raw_connection();
  raw.detach();
  EXPECT_TRUE(recording->requests().empty());
  raw.close();

  EXPECT_EQ(recording->requests().size(), 1U);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(FakeCaptureTest, ConnectionOfBeforeIsRecordedUntilItGoesBack) {
  Engine other = create_engine("fake://");
  std::optional<Connection> early(std::in_place, other);
  early->execute("SELECT 0").fetchall();
  early->commit();
  Recording late(other);
  early->execute("SELECT 1").fetchall();
  early->commit();
  early.reset();

  EXPECT_EQ(late->tree(), "{transaction(statement)}");
  EXPECT_EQ(late->complaints(), "");
  EXPECT_EQ(late->requests().size(), 1U);
}

// -- transactions -----------------------------------------------------------------------

TEST_F(FakeCaptureTest, TransactionEndsWithItsCommit) {
  {
    Connection connection = engine.connect();
    connection.execute("INSERT");
    connection.execute("INSERT");
    connection.commit();
    connection.execute("INSERT");
    connection.rollback();
  }

  EXPECT_EQ(
      recording->tree(),
      "{checkout(connect) transaction(statement statement) transaction(statement)}");
  const std::vector<EventEnd> all = recording->events(EventKind::transaction);
  EXPECT_EQ(all[0].ended_by, "commit");
  EXPECT_EQ(all[0].outcome, Outcome::ok);
  EXPECT_EQ(all[1].ended_by, "rollback");
  EXPECT_EQ(all[1].outcome, Outcome::ok);
  for (const EventEnd& each : all) {
    const dbapi::Value* const ending = find(each.attributes, "ending");
    ASSERT_NE(ending, nullptr);
    EXPECT_GT(ending->view().integer(), 0);
    EXPECT_LT(ending->view().integer(), each.elapsed.count());
  }
}

TEST_F(FakeCaptureTest, CloseRollsBack) {
  {
    Connection connection = engine.connect();
    connection.execute("INSERT");
  }

  EXPECT_EQ(only(EventKind::transaction).ended_by, "rollback");
}

TEST_F(FakeCaptureTest, FailedBeginIsTheTransactionsEnd) {
  database.fail_on = "begin";
  {
    Connection connection = engine.connect();
    EXPECT_THROW(connection.execute("INSERT"), OperationalError);
    database.fail_on.clear();
    connection.execute("INSERT");
  }

  const std::vector<EventEnd> all = recording->events(EventKind::transaction);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].outcome, Outcome::error);
  EXPECT_EQ(all[0].ended_by, "");
  EXPECT_EQ(all[1].outcome, Outcome::ok);
}

TEST_F(FakeCaptureTest, FailedCommitIsTheTransactionsOutcome) {
  database.fail_on = "commit";
  {
    Connection connection = engine.connect();
    connection.execute("INSERT");
    EXPECT_THROW(connection.commit(), OperationalError);
    connection.rollback();
    connection.execute("INSERT");
  }

  const std::vector<EventEnd> all = recording->events(EventKind::transaction);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].outcome, Outcome::error);
  EXPECT_EQ(all[0].ended_by, "commit");
  EXPECT_EQ(all[0].failure->message, "fake failure of commit");
  EXPECT_EQ(all[1].outcome, Outcome::ok);
  EXPECT_EQ(all[1].ended_by, "rollback");
}

TEST_F(FakeCaptureTest, CommitWhoseConnectionIsLostHasAnUnknownOutcome) {
  database.fail_on = "commit";
  database.loses_connection = true;
  {
    Connection connection = engine.connect();
    connection.execute("INSERT");
    EXPECT_THROW(connection.commit(), OperationalError);
    connection.rollback();
  }

  const EventEnd event = only(EventKind::transaction);
  EXPECT_EQ(event.outcome, Outcome::unknown);
  EXPECT_EQ(event.ended_by, "commit");
  EXPECT_TRUE(event.failure->is_disconnect);
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(FakeCaptureTest, SavepointsLieWithinEachOther) {
  {
    Connection connection = engine.connect();
    connection.execute("INSERT");
    Transaction outer = connection.begin_nested();
    Transaction inner = connection.begin_nested();
    connection.execute("INSERT");
    inner.rollback();
    outer.commit();
    Transaction forgotten = connection.begin_nested();
    connection.commit();
  }

  EXPECT_EQ(recording->tree(),
            "{checkout(connect) transaction(statement savepoint(statement "
            "savepoint(statement statement statement) statement) savepoint(statement))}");
  const std::vector<EventEnd> all = recording->events(EventKind::savepoint);
  EXPECT_EQ(all[0].name, "sa_savepoint_1");
  EXPECT_EQ(all[0].ended_by, "release");
  EXPECT_EQ(all[1].name, "sa_savepoint_2");
  EXPECT_EQ(all[1].ended_by, "rollback");
  EXPECT_EQ(all[2].ended_by, "");
  EXPECT_EQ(all[2].outcome, Outcome::ok);
}

TEST_F(FakeCaptureTest, SavepointThatIsNotSetFails) {
  database.fail_on = "execute SAVEPOINT sa_savepoint_1";
  {
    Connection connection = engine.connect();
    EXPECT_THROW(static_cast<void>(connection.begin_nested()), OperationalError);
  }

  EXPECT_EQ(only(EventKind::savepoint).outcome, Outcome::error);
}

TEST_F(FakeCaptureTest, TransactionInTwoPhasesTellsWhetherItWasPrepared) {
  {
    Connection connection = engine.connect();
    TwoPhaseTransaction one = connection.begin_twophase("one");
    connection.execute("INSERT");
    one.prepare();
    one.commit();
    TwoPhaseTransaction two = connection.begin_twophase("two");
    two.rollback();
  }

  const std::vector<EventEnd> all = recording->events(EventKind::twophase);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "one");
  EXPECT_EQ(all[0].ended_by, "commit");
  EXPECT_EQ(*find(all[0].attributes, "prepared"), dbapi::Value(true));
  EXPECT_NE(find(all[0].attributes, "ending"), nullptr);
  EXPECT_EQ(all[1].name, "two");
  EXPECT_EQ(all[1].ended_by, "rollback");
  EXPECT_EQ(*find(all[1].attributes, "prepared"), dbapi::Value(false));
  EXPECT_EQ(statement("INSERT").parent_id, all[0].id);
}

TEST_F(FakeCaptureTest, PreparationThatWasLostLeavesTheOutcomeUnknown) {
  {
    Connection connection = engine.connect();
    TwoPhaseTransaction transaction = connection.begin_twophase("x");
    database.fail_on = "execute PREPARE x";
    database.loses_connection = true;
    EXPECT_THROW(transaction.prepare(), OperationalError);
    database.fail_on.clear();
    transaction.rollback();
  }

  EXPECT_EQ(only(EventKind::twophase).outcome, Outcome::unknown);
}

// -- schemas ----------------------------------------------------------------------------

TEST_F(SqliteCaptureTest, SchemaItemsAreCreatedWithinEachOther) {
  MetaData metadata;
  metadata.table("pets", Column("id", Integer(), {.primary_key = true}));
  {
    Connection connection = engine.connect();
    metadata.create_all(connection);
    metadata.drop_all(connection);
  }

  std::vector<std::string> names;
  for (const EventEnd& each : recording->events(EventKind::ddl))
    names.push_back(each.name);
  EXPECT_EQ(
      names,
      (std::vector<std::string>{
          "create metadata", "create table pets", "drop metadata", "drop table pets"}));
  const std::vector<EventEnd> all = recording->events(EventKind::ddl);
  EXPECT_EQ(all[1].parent_id, all[0].id);
  const std::vector<EventEnd> statements = recording->events(EventKind::statement);
  EXPECT_TRUE(std::any_of(statements.begin(), statements.end(), [&](const auto& each) {
    return each.parent_id == all[1].id;
  }));
}

TEST_F(SqliteCaptureTest, TransactionsWithinSchemaItemsAreNoPartsOfThem) {
  MetaData metadata;
  Table& pets = metadata.table("pets", Column("id", Integer(), {.primary_key = true}));
  event::listen(pets, "after_create", [](Table&, Connection& connection) {
    connection.commit();
    connection.execute("SELECT 'next'").fetchall();
  });
  {
    Connection connection = engine.connect();
    metadata.create_all(connection);
    connection.commit();
  }

  const std::vector<EventEnd> ddl = recording->events(EventKind::ddl);
  ASSERT_EQ(ddl.size(), 2U);
  EXPECT_EQ(ddl[0].outcome, Outcome::ok);
  EXPECT_EQ(ddl[1].outcome, Outcome::ok);
  EXPECT_EQ(statement("SELECT 'next'").parent_id, ddl[1].id);
  for (const EventEnd& each : recording->events(EventKind::transaction)) {
    EXPECT_EQ(each.parent_id, 0U);
    EXPECT_EQ(each.ended_by, "commit");
  }
}

TEST_F(SqliteCaptureTest, SchemaItemsOfOtherEnginesAreNotTold) {
  Engine other = create_engine("sqlite://");
  MetaData metadata;
  metadata.table("pets", Column("id", Integer(), {.primary_key = true}));
  {
    Connection connection = other.connect();
    metadata.create_all(connection);
    metadata.reflect(connection);
  }

  EXPECT_TRUE(recording->events(EventKind::ddl).empty());
  EXPECT_TRUE(recording->events(EventKind::reflection).empty());
}

TEST_F(SqliteCaptureTest, ReflectionHoldsItsStatements) {
  MetaData metadata;
  {
    Connection connection = engine.connect();
    metadata.reflect(connection);
  }

  const std::vector<EventEnd> all = recording->events(EventKind::reflection);
  ASSERT_GE(all.size(), 1U);
  EXPECT_EQ(all[0].name, "reflect metadata") << recording->tree();
  EXPECT_EQ(all[0].outcome, Outcome::ok);
  const std::vector<EventEnd> statements = recording->events(EventKind::statement);
  EXPECT_TRUE(std::any_of(statements.begin(), statements.end(), [&](const auto& each) {
    return each.parent_id == all.back().id;
  }));
}

// -- choices ----------------------------------------------------------------------------

TEST_F(FakeCaptureTest, KindsThatAreNotWantedAreNotTold) {
  const auto work = [](Engine& on) {
    Connection connection = on.connect();
    Transaction savepoint = connection.begin_nested();
    connection.execute("SELECT 1").fetchall();
    connection.execute(text("INSERT :a"), ParameterSets{{{"a", 1}}, {{"a", 2}}});
    savepoint.commit();
    connection.commit();
    connection.begin_twophase("x").commit();
  };
  for (const EventKind kind : {EventKind::checkout,
                               EventKind::connect,
                               EventKind::statement,
                               EventKind::executemany,
                               EventKind::transaction,
                               EventKind::savepoint,
                               EventKind::twophase}) {
    Engine without_it = create_engine("fake://");
    Recording without(without_it, {.kinds = audit::EventKinds::all().without(kind)});
    Engine only_it = create_engine("fake://");
    Recording with(only_it, {.kinds = {kind}});
    work(without_it);
    work(only_it);

    EXPECT_TRUE(without->events(kind).empty()) << audit::name_of(kind);
    EXPECT_FALSE(with->events(kind).empty()) << audit::name_of(kind);
    EXPECT_EQ(with->events().size(), with->events(kind).size()) << audit::name_of(kind);
    EXPECT_EQ(without->complaints() + with->complaints(), "") << audit::name_of(kind);
    EXPECT_EQ(with->requests().size(), 1U) << audit::name_of(kind);
  }
}

TEST(AuditDatabase, UrlTellsWhereItIs) {
  struct Case {
    std::string url, system, name, address;
    std::optional<std::uint16_t> port;
  };
  const std::vector<Case> all{
      {"sqlite://", "sqlite", ":memory:", "", std::nullopt},
      {"sqlite:///music.db", "sqlite", "music.db", "", std::nullopt},
      {"postgresql://ada:pw@db/music", "postgresql", "music", "db", 5432},
      {"postgresql+libpq://db:99/music", "postgresql", "music", "db", 99},
      {"postgresql:///music?host=/run/pg",
       "postgresql",
       "music",
       "/run/pg",
       std::nullopt},
      {"postgresql://?host=db&port=98&dbname=music", "postgresql", "music", "db", 98},
      {"mysql://db/music", "mysql", "music", "db", 3306},
      {"mariadb://ada@db:99/music", "mariadb", "music", "db", 99},
      {"mysql:///music?unix_socket=/run/my.sock",
       "mysql",
       "music",
       "/run/my.sock",
       std::nullopt},
      {"mysql:///music", "mysql", "music", "localhost", 3306}};
  for (const Case& each : all) {
    const audit::Database database = audit::detail::database_of(URL(each.url));
    EXPECT_EQ(database.system, each.system) << each.url;
    EXPECT_EQ(database.name, each.name) << each.url;
    EXPECT_EQ(database.server_address, each.address) << each.url;
    EXPECT_EQ(database.server_port, each.port) << each.url;
    EXPECT_EQ(database.url.find("pw"), std::string::npos) << each.url;
  }
}

}  // namespace
}  // namespace hark::test
