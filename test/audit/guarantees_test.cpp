// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Whatever happens to the work, its listeners, its engine or the subscription: each start has
// one end, in order, and no secret is told.
#include <hark/audit.hpp>
#include <hark/engine.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "audit/recorder.hpp"
#include "support/counting_new.hpp"
#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

using audit::EventEnd;
using audit::EventKind;
using audit::Request;

class Veto : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

void execute(Engine& on) {
  Connection connection = on.connect();
  connection.execute("SELECT 1").fetchall();
}

class GuaranteesTest : public ::testing::Test {
 protected:
  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://");
  }();
};

/// Everything that makes events fire. Exceptions end a part of it.
template <class Part>
void attempt(const Part& part) {
  try {
    part();
  } catch (const std::exception&) {
  }
}

void act(Engine& engine) {
  attempt([&] {
    Connection connection(engine);
    attempt([&] { connection.execute("SELECT 1").fetchall(); });
    attempt([&] {
      Transaction released = connection.begin_nested();
      connection.execute(text("INSERT :a"), ParameterSets{{{"a", 1}}, {{"a", 2}}});
      released.commit();
    });
    attempt([&] { connection.begin_nested().rollback(); });
    attempt([&] { connection.commit(); });
    attempt([&] { connection.rollback(); });
    attempt([&] { connection.execute("INSERT"); });
    attempt([&] { connection.rollback(); });
    attempt([&] { connection.invalidate(); });
    attempt([&] { connection.execute("SELECT 2"); });
    attempt([&] { connection.rollback(); });
    attempt([&] {
      TwoPhaseTransaction transaction = connection.begin_twophase("x");
      transaction.prepare();
      transaction.commit();
    });
    attempt([&] { connection.rollback(); });
    attempt([&] { connection.begin_twophase("y").rollback(); });
    attempt([&] { connection.close(); });
  });
  attempt([&] {
    const Request request(engine, "named");
    const auto event = audit::track_event("own");
    Connection connection(engine);
    connection.execute("SELECT 3").fetchall();
    connection.detach();
    connection.commit();
  });
  attempt([&] {
    PooledConnection raw = engine.raw_connection();
    raw.close();
  });
}

template <class... Events>
void add_names(event::list<Events...>, std::vector<std::string>& to) {
  (to.emplace_back(Events::id), ...);
}

std::vector<std::string> event_names() {
  std::vector<std::string> names;
  add_names(ConnectionEvents::all(), names);
  add_names(PoolEvents::all(), names);
  add_names(DialectEvents::all(), names);
  std::erase(names, "dbapi_error");  // deprecated: handle_error comes with it
  return names;
}

// -- listeners of others ----------------------------------------------------------------

/// Lets the n-th call of a listener throw, in front of the recording's listeners or behind
/// them. Is there one?
bool survives_throw_at(const std::string& name, int n, bool in_front) {
  FakeDatabase database;
  FakeDialect::use(database);
  Engine engine = create_engine("fake://");
  Recording recording(engine);
  int calls = 0;
  auto veto = event::listen(
      engine,
      event::runtime_name(name),
      [&] {
        if (++calls == n) throw Veto("no");
      },
      event::ListenOptions{.insert = in_front});

  act(engine);
  veto.disconnect();
  execute(engine);

  const auto commits = std::count(database.calls.begin(), database.calls.end(), "commit");
  const std::vector<EventEnd> all = recording->events(EventKind::transaction);
  const auto told = std::count_if(all.begin(), all.end(), [](const EventEnd& each) {
    return each.ended_by == "commit" && each.outcome == Outcome::ok;
  });
  if (in_front) {
    EXPECT_LE(told, commits);
  } else {
    EXPECT_EQ(told, commits);
    EXPECT_EQ(recording->complaints(), "");
    EXPECT_GE(recording->requests().size(), 3U);
  }
  EXPECT_FALSE(recording->events(EventKind::statement).empty());
  recording.subscription.disconnect();
  EXPECT_EQ(recording.handler->complaints(), "");
  return calls >= n;
}

void survive_each_throw(bool in_front) {
  for (const std::string& name : event_names()) {
    bool has_thrown = true;
    for (int n = 1; has_thrown && n < 20; ++n) {
      SCOPED_TRACE(name + ", call " + std::to_string(n));
      has_thrown = survives_throw_at(name, n, in_front);
    }
  }
}

TEST(ThrowingListenerTest, BehindTheAuditLeavesItWhole) { survive_each_throw(false); }

TEST(ThrowingListenerTest, InFrontOfTheAuditLeavesEachStartAnEnd) {
  survive_each_throw(true);
}

// -- calls of the driver ----------------------------------------------------------------

TEST(FailingDriverTest, EachStartHasOneEndWhateverCallFails) {
  for (const bool loses_connection : {false, true}) {
    bool has_failed = true;
    for (std::size_t n = 1; has_failed; ++n) {
      SCOPED_TRACE("call " + std::to_string(n) + (loses_connection ? ", lost" : ""));
      FakeDatabase database;
      FakeDialect::use(database);
      Engine engine = create_engine("fake://");
      Recording recording(engine);
      database.fail_at = n;
      database.loses_connection = loses_connection;

      act(engine);

      has_failed = database.calls.size() >= n;
      database.fail_at = 0;
      EXPECT_EQ(recording->complaints(), "");
      for (const EventEnd& each : recording->events())
        EXPECT_FALSE(each.outcome == Outcome::ok && each.failure.has_value());
    }
  }
}

// -- the ends of engines and subscriptions ----------------------------------------------

TEST_F(GuaranteesTest, EngineIsDestroyedFirst) {
  const auto handler = std::make_shared<Recorder>();
  std::optional<Engine> short_lived;
  {
    Engine made = create_engine("fake://");
    static_cast<void>(
        audit::use_event_handler(made, handler, {.policy = audit::QueuePolicy::block}));
    execute(made);
    const PooledConnection raw = made.raw_connection();
  }

  EXPECT_EQ(handler->complaints(), "");
  EXPECT_EQ(handler->tree(), "{checkout(connect) transaction(statement)} {checkout}");
}

TEST_F(GuaranteesTest, RequestsAndConnectionsMayOutliveTheEngine) {
  const auto handler = std::make_shared<Recorder>();
  audit::Subscription subscription;
  {
    std::unique_ptr<Request> request;
    std::unique_ptr<audit::TrackedEvent> event;
    PooledConnection raw;
    {
      Engine made = create_engine("fake://");
      subscription = audit::use_event_handler(made, handler);
      raw = made.raw_connection();
      request = std::make_unique<Request>(made, "long");
      event.reset(new audit::TrackedEvent(audit::track_event("work")));
    }
    EXPECT_EQ(handler->complaints(), "");
    EXPECT_FALSE(subscription.connected());
    event->set("a", 1);
    static_cast<void>(audit::track_event("late"));
  }

  EXPECT_EQ(handler->tree(), "{checkout(connect)} long{custom}");
  EXPECT_EQ(handler->requests().at(0).outcome, Outcome::unknown);
  EXPECT_EQ(handler->requests().at(1).outcome, Outcome::unknown);
}

TEST_F(GuaranteesTest, DisconnectEndsWhatIsOpen) {
  Recording recording(engine);
  Connection connection = engine.connect();
  const Request request(engine, "cut off");
  Result result = connection.execute("SELECT 1");
  recording.subscription.disconnect();

  EXPECT_EQ(recording.handler->complaints(), "");
  EXPECT_EQ(recording.handler->tree(),
            "{checkout(connect)} cut off{transaction(statement)}");
  for (const audit::RequestEnd& each : recording.handler->requests())
    EXPECT_EQ(each.outcome, Outcome::unknown);
  EXPECT_FALSE(recording.subscription.connected());
  result.fetchall();
  connection.commit();
  connection.execute("SELECT 2").fetchall();
  EXPECT_EQ(recording.handler->tree(),
            "{checkout(connect)} cut off{transaction(statement)}");
}

TEST_F(GuaranteesTest, DisconnectFromTheMiddleOfAStatement) {
  Recording recording(engine);
  const auto cutting = event::listen(engine, "after_cursor_execute", [&](Connection&) {
    recording.subscription.disconnect();
  });
  execute(engine);

  EXPECT_EQ(recording.handler->complaints(), "");
  EXPECT_EQ(recording.handler->events(EventKind::statement).size(), 1U);
}

TEST_F(GuaranteesTest, NothingOfTheAuditListensAfterIt) {
  {
    const Recording recording(engine);
    EXPECT_FALSE(event::listeners(engine).empty());
  }
  for (const auto& each : event::listeners(engine)) EXPECT_NE(each.label, "hark.audit");
}

TEST_F(GuaranteesTest, UseAfterUseLeavesNothingBehind) {
  for (int i = 0; i < 50; ++i) {
    Recording recording(engine);
    execute(engine);
    EXPECT_EQ(recording->complaints(), "");
    EXPECT_EQ(recording->requests().size(), 1U);
  }
}

TEST_F(GuaranteesTest, HandlerMayDisconnectItself) {
  class Once : public Recorder {
   public:
    void event_end(const EventEnd& event,
                   std::uint64_t& request,
                   std::uint64_t start) override {
      Recorder::event_end(event, request, start);
      subscription.disconnect();
    }
    audit::Subscription subscription;
  };
  const auto once = std::make_shared<Once>();
  once->subscription =
      audit::use_event_handler(engine, once, {.policy = audit::QueuePolicy::inline_});
  execute(engine);
  execute(engine);

  EXPECT_FALSE(once->subscription.connected());
  EXPECT_EQ(once->events(EventKind::checkout).size(), 1U);
  once->subscription = {};
}

// -- several engines, several handlers --------------------------------------------------

TEST_F(GuaranteesTest, EveryEngineMadeBeforeOrAfter) {
  Recording recording(event::every<Engine>);
  execute(engine);
  {
    Engine later = create_engine("sqlite://");
    execute(later);
    const Request request(later, "mine");
    execute(engine);
    execute(later);
  }
  {
    MetaData metadata;
    metadata.table("pets", Column("id", Integer(), {.primary_key = true}));
    Engine third = create_engine("sqlite://");
    metadata.create_all(third);
  }

  const std::vector<audit::RequestEnd> requests = recording->requests();
  EXPECT_EQ(requests.at(0).database->system, "fake");
  EXPECT_EQ(requests.at(1).database->system, "sqlite");
  EXPECT_FALSE(recording->events(EventKind::ddl).empty());
  EXPECT_EQ(recording->complaints(), "");
  for (const audit::RequestEnd& each : requests) {
    if (each.name != "mine") continue;
    EXPECT_EQ(each.database->system, "sqlite");
  }
  recording.subscription.disconnect();
  execute(engine);
  EXPECT_EQ(recording.handler->requests().size(), requests.size());
}

TEST_F(GuaranteesTest, RawConnectionIsInNoRequestOfAnotherEngine) {
  Recording recording(event::every<Engine>);
  Engine other = create_engine("fake://");
  {
    const Request request(other, "other's");
    const PooledConnection raw = engine.raw_connection();
  }

  EXPECT_EQ(recording->tree(), "other's{} {checkout(connect)}");
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(GuaranteesTest, CopiesOfTheEngineAreRecordedOnce) {
  Recording recording(engine);
  Engine copy = engine.execution_options({{"tag", 1}});
  execute(copy);
  {
    const Request request(copy, "copy's");
    execute(engine);
    execute(copy);
  }

  EXPECT_EQ(recording->tree(),
            "{checkout(connect) transaction(statement)} "
            "copy's{checkout transaction(statement) checkout transaction(statement)}");
  EXPECT_EQ(recording->complaints(), "");
}

TEST_F(GuaranteesTest, NewPoolIsRecorded) {
  Recording recording(engine);
  execute(engine);
  engine.dispose();
  const PooledConnection raw = engine.raw_connection();

  EXPECT_EQ(recording->tree(),
            "{checkout(connect) transaction(statement)} {checkout(connect)}");
}

TEST_F(GuaranteesTest, HandlersDoNotShareTheirIds) {
  Recording first(engine);
  Recording second(engine, {.kinds = {EventKind::statement}});
  execute(engine);

  EXPECT_EQ(first->tree(), "{checkout(connect) transaction(statement)}");
  EXPECT_EQ(second->tree(), "{statement}");
  EXPECT_NE(first->requests()[0].id, second->requests()[0].id);
  EXPECT_NE(first->events(EventKind::statement)[0].id,
            second->events(EventKind::statement)[0].id);
}

TEST_F(GuaranteesTest, OptionsThatMakeNoSenseAreRefused) {
  const auto handler = std::make_shared<Recorder>();
  EXPECT_THROW(audit::use_event_handler(engine, nullptr), ArgumentError);
  EXPECT_THROW(audit::use_event_handler(engine, handler, {.capacity = 15}),
               ArgumentError);
  EXPECT_THROW(audit::use_event_handler(
                   engine, handler, {.call_timeout = std::chrono::seconds(0)}),
               ArgumentError);
  EXPECT_THROW(audit::use_event_handler(
                   engine, handler, {.shutdown_timeout = std::chrono::seconds(-1)}),
               ArgumentError);
  EXPECT_TRUE(event::listeners(engine).empty());
  EXPECT_FALSE(audit::Subscription().connected());
  EXPECT_TRUE(audit::Subscription().flush(std::chrono::seconds(0)));
}

TEST(AuditThreadsTest, ManyThreadsManySubscriptions) {
  Engine engine =
      create_engine("sqlite:///file:audit_threads?mode=memory&cache=shared&uri=true");
  Recording recording(engine);
  constexpr int rounds = 200;
  std::atomic<bool> is_over{false};
  std::thread others([&] {
    while (!is_over) Recording short_lived(engine);
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < rounds; ++n) {
        const Request request(engine, "round");
        Connection connection = engine.connect();
        const auto event = audit::track_event("select");
        connection.execute("SELECT :n", {{"n", n}}).fetchall();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  is_over = true;
  others.join();

  EXPECT_EQ(recording->complaints(), "");
  EXPECT_EQ(recording->requests().size(), std::size_t{3 * rounds});
  EXPECT_EQ(recording->events(EventKind::statement).size(), std::size_t{3 * rounds});
  EXPECT_EQ(recording.subscription.statistics().lost_events, 0U);
}

// -- memory -----------------------------------------------------------------------------

class Forgetful : public audit::SyncEventHandler<> {
  void request_start(const audit::RequestStart&) override {}
  void event_start(const audit::EventStart&) override {}
  void event_end(const EventEnd&) override {}
  void request_end(const audit::RequestEnd&) override {}
};

TEST_F(GuaranteesTest, EndedRequestsOfAConnectionAreForgotten) {
  audit::ScopedSubscription subscription = audit::use_event_handler(
      engine,
      std::make_shared<Forgetful>(),
      {.policy = audit::QueuePolicy::block, .kinds = {EventKind::transaction}});
  Connection connection = engine.connect();
  const auto kept_after = [&](int requests) {
    for (int i = 0; i < requests; ++i) const Request request(connection, "job");
    subscription->flush(std::chrono::seconds(30));
    return live_allocations();
  };
  const std::ptrdiff_t before = kept_after(1000);

  EXPECT_LT(kept_after(5000), before + 1000);
}

// -- secrets ----------------------------------------------------------------------------

using audit::RedactionRules;

/// The messages of all that fails where the database repeats what it was given.
std::string messages(Engine& engine, const RedactionRules& rules) {
  Recording recording(engine, {.redaction = rules});
  const event::ScopedSubscription failing =
      event::listen(engine, "do_execute", [](dbapi::Cursor&) -> bool {
        throw dbapi::OperationalError(
            "path error near 's3cret.x', no such column: s3cret\nDETAIL: (s3cret)");
      });
  {
    Request request(engine, "repeats");
    Connection connection = engine.connect();
    try {
      connection.execute("SELECT :p", {{"p", "$.s3cret.x:"}});
      ADD_FAILURE();
    } catch (const OperationalError&) {
      request.fail(std::current_exception());
    }
  }
  std::string all;
  for (const EventEnd& each : recording->events()) {
    if (each.failure.has_value()) all += each.failure->message + "\n";
  }
  for (const audit::RequestEnd& each : recording->requests()) {
    if (each.failure.has_value()) all += each.failure->message + "\n";
  }
  return all;
}

TEST_F(GuaranteesTest, MessagesShowNoValuesWhereARuleCouldHideOne) {
  const std::string hidden = "path error near '?', no such column: ?\n";
  for (const RedactionRules& rules :
       {RedactionRules(),
        RedactionRules().show_parameter("*"),
        RedactionRules().show_parameter("password").leave_out_type(dbapi::Type::text),
        RedactionRules::none().leave_out_column("*"),
        RedactionRules::none().hash_type(dbapi::Type::text),
        RedactionRules::none().truncate_parameter("p", 2),
        RedactionRules::leave_out_all()})
    EXPECT_EQ(messages(engine, rules), hidden + hidden + hidden);
}

TEST_F(GuaranteesTest, MessagesShowValuesWhereNoRuleCouldHideOne) {
  for (const RedactionRules& rules :
       {RedactionRules::none(), RedactionRules::none().show_column("password")})
    EXPECT_NE(messages(engine, rules).find("DETAIL: (s3cret)"), std::string::npos);
}

TEST_F(GuaranteesTest, MessagesShowNoValuesWhereTheEngineHidesThem) {
  Engine hiding = create_engine("fake://", {.hide_parameters = true});
  const std::string all = messages(hiding, RedactionRules::none());

  EXPECT_FALSE(all.empty());
  EXPECT_EQ(all.find("s3cret"), std::string::npos) << all;
}

TEST_F(GuaranteesTest, NoValueOfManyIsInAMessage) {
  Recording recording(engine);
  const event::ScopedSubscription failing =
      event::listen(engine, "do_executemany", [](dbapi::Cursor&) -> bool {
        throw dbapi::OperationalError("path error near 's3cret', no such column: s3cret");
      });
  ParameterSets sets(1200, {{"password", "$.x"}});
  sets.back() = {{"password", "s3cret"}};
  {
    Connection connection = engine.connect();
    EXPECT_THROW(connection.execute(text("INSERT :password"), sets), OperationalError);
  }

  const std::vector<EventEnd> failed = recording->events(EventKind::executemany);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].failure->message, "path error near '?', no such column: ?");
  EXPECT_EQ(recording->everything().find("s3cret"), std::string::npos);
}

TEST_F(GuaranteesTest, ParametersBehindTheCutOfAStatementMayBeOfAnyColumn) {
  const auto redaction_of = [&](const std::string& statement,
                                const RedactionRules& rules) {
    Recording recording(engine, {.redaction = rules, .max_statement_bytes = 34});
    Connection connection = engine.connect();
    connection.execute(statement, {{"p", "s3cret"}}).fetchall();
    connection.close();
    return recording->events(EventKind::statement).at(0).parameters.at(0).redaction;
  };
  const RedactionRules rules;
  const std::string behind = "SELECT 1 FROM users WHERE is_here AND password = :p";
  const std::string within = "SELECT 1 FROM users WHERE   (:p) = password";

  EXPECT_EQ(redaction_of(behind, rules), audit::Redaction::left_out);
  EXPECT_EQ(redaction_of(within, rules), audit::Redaction::left_out);
  EXPECT_EQ(redaction_of(behind, RedactionRules::none()), audit::Redaction::none);
  EXPECT_EQ(redaction_of("SELECT 1 FROM users WHERE a = :p", rules),
            audit::Redaction::none);
}

TEST_F(GuaranteesTest, SecretsAreInNothingThatIsTold) {
  Engine secret = create_engine("fake://ada:s3cret@host/music?sslpassword=s3cret");
  Recording recording(secret);
  {
    Request request(secret, "login");
    Connection connection = secret.connect();
    connection.execute("SELECT 1 WHERE :password", {{"password", "s3cret"}}).fetchall();
    const event::ScopedSubscription failing =
        event::listen(secret, "do_execute", [](dbapi::Cursor&) -> bool {
          throw dbapi::IntegrityError("duplicate value s3cret\nDETAIL: Key=(s3cret)");
        });
    try {
      connection.execute("INSERT :password", {{"password", "s3cret"}});
      ADD_FAILURE();
    } catch (const IntegrityError&) {
      request.fail(std::current_exception());
    }
    database.fail_on = "connect";
    EXPECT_THROW(secret.connect(), OperationalError);
  }

  EXPECT_EQ(recording->everything().find("s3cret"), std::string::npos)
      << recording->everything();
  EXPECT_EQ(recording->events(EventKind::error).size(), 2U);
  EXPECT_FALSE(recording->complaints().size());
}

}  // namespace
}  // namespace hark::test
