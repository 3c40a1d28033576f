// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Statements that need no connection of their own, on a PostgreSQL server.
#include <hark/asio.hpp>
#include <hark/postgresql.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "asio/support.hpp"
#include "dialects/postgresql/database.hpp"

namespace hark::test {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using namespace std::chrono_literals;

/// What became of an operation that returns a T.
template <class T>
struct Outcome {
  int completions = 0;
  std::exception_ptr failure;
  T value{};

  bool succeeded() const { return completions == 1 && failure == nullptr; }
  Failure what() const {
    if (failure == nullptr) return {};
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      return failure_from(error);
    }
  }
  auto note() {
    return [this](std::exception_ptr error, T given) {
      ++completions;
      failure = std::move(error);
      value = std::move(given);
    };
  }
};

class StatementsTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (!IsSkipped()) use({.pool_size = 1, .max_overflow = 0});
  }
  void TearDown() override {
    if (engine_) EXPECT_EQ(engine_->pool().checked_out(), 0U);
  }

  void use(const PoolOptions& pool, const std::string& level = "AUTOCOMMIT") {
    engine_.emplace(context_.get_executor(),
                    url(),
                    AsyncEngineOptions{},
                    EngineOptions{.pool = pool, .isolation_level = level});
  }
  AsyncEngine& engine() { return *engine_; }
  asio::io_context& context() { return context_; }
  void run() {
    context_.restart();
    context_.run();
  }
  /// Begins one, whose outcome outlives it.
  template <class T>
  void begin(const Clause& clause, ParameterSet parameters, Outcome<T>& outcome) {
    engine().async_execute(
        clause, std::move(parameters), read::scalar_one<T>, outcome.note());
  }
  std::int64_t ask(const std::string& sql) {
    Outcome<std::int64_t> outcome;
    begin(text(sql), {}, outcome);
    run();
    if (outcome.failure != nullptr) std::rethrow_exception(outcome.failure);
    return outcome.value;
  }
  std::int64_t change(const std::string& sql) {
    Outcome<std::int64_t> outcome;
    engine().async_execute(sql, read::rowcount, outcome.note());
    run();
    if (outcome.failure != nullptr) std::rethrow_exception(outcome.failure);
    return outcome.value;
  }
  /// The server has it prepared, so that it can be sent before its turn.
  void prepare(const Clause& clause, const ParameterSet& parameters) {
    Connection connection(engine().sync_engine());
    for (int i = 0; i < 3; ++i) connection.execute(clause, parameters);
  }
  /// The same on the one connection of the pool.
  void prepare_here(const Clause& clause, const ParameterSet& parameters) {
    engine().async_run(
        [&](Connection& connection) {
          for (int i = 0; i < 3; ++i) connection.execute(clause, parameters);
        },
        [](const std::exception_ptr& failure) { EXPECT_EQ(failure, nullptr); });
    run();
  }

 private:
  asio::io_context context_;
  std::optional<AsyncEngine> engine_;
};

TEST_F(StatementsTest, EachGetsItsOwnAnswer) {
  const Clause same = text("SELECT CAST(:i AS int8)");
  for (const std::size_t size : {1U, 3U, 20U}) {
    use({.pool_size = size, .max_overflow = 0});
    std::size_t opened = 0;
    event::listen<PoolEvents::connect>(engine().sync_engine(),
                                       [&](auto&&...) { ++opened; });
    for (int round = 0; round < 3; ++round) {
      std::vector<Outcome<std::int64_t>> outcomes(500);
      for (std::size_t i = 0; i < outcomes.size(); ++i)
        begin(same, parameters("i", i), outcomes[i]);
      run();
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_TRUE(outcomes[i].succeeded()) << outcomes[i].what();
        EXPECT_EQ(outcomes[i].value, static_cast<std::int64_t>(i));
      }
    }
    EXPECT_EQ(opened, size);
  }
}

/// Values in text, in binary, of several columns; NULL; nothing at all; large ones.
TEST_F(StatementsTest, AnswersOfManyKindsAreNotMixedUp) {
  const Clause wide =
      text("SELECT CAST(:i AS int8), repeat(CAST(:c AS text), :i), CAST(:n AS float8)");
  const Clause none = text("SELECT 1 WHERE CAST(:i AS int8) < 0");
  struct Wide {
    std::int64_t i = 0;
    std::string text;
    std::optional<double> real;
  };
  std::vector<Outcome<std::optional<Wide>>> wides(300);
  std::vector<Outcome<std::vector<Row>>> nones(300);
  for (std::size_t i = 0; i < wides.size(); ++i) {
    const Value real = i % 2 == 0 ? Value() : Value(0.5);
    const std::size_t many = i % 50 == 0 ? i * 1'000 : i;
    engine().async_execute(wide,
                           parameters("i", many, "c", "x", "n", real),
                           read::first<Wide>,
                           wides[i].note());
    engine().async_execute(none, parameters("i", i), read::all<>, nones[i].note());
  }
  run();
  for (std::size_t i = 0; i < wides.size(); ++i) {
    ASSERT_TRUE(wides[i].succeeded()) << wides[i].what();
    ASSERT_TRUE(nones[i].succeeded()) << nones[i].what();
    const std::size_t many = i % 50 == 0 ? i * 1'000 : i;
    EXPECT_EQ(wides[i].value->text, std::string(many, 'x'));
    EXPECT_EQ(wides[i].value->real.has_value(), i % 2 != 0);
    EXPECT_TRUE(nones[i].value.empty());
  }
}

TEST_F(StatementsTest, WhatFailsTakesNoOtherWithIt) {
  change("CREATE TABLE t (id int8 PRIMARY KEY)");
  const Clause insert =
      text("INSERT INTO t VALUES (:id) RETURNING 10 / CAST(:divisor AS int8)");
  for (int round = 0; round < 3; ++round) {
    change("DELETE FROM t");
    std::vector<Outcome<std::int64_t>> outcomes(200);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const std::size_t id = i % 10 == 3 ? 0 : i;  // there already
      begin(insert, parameters("id", id, "divisor", i % 10 == 7 ? 0 : 2), outcomes[i]);
    }
    run();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (i % 10 == 3) {
        EXPECT_EQ(outcomes[i].what().sqlstate, "23505");
      } else if (i % 10 == 7) {
        EXPECT_EQ(outcomes[i].what().sqlstate, "22012");
      } else {
        EXPECT_TRUE(outcomes[i].succeeded()) << outcomes[i].what();
      }
    }
    EXPECT_EQ(ask("SELECT count(*) FROM t"), 160);
  }
}

/// The server's session is ended while the first of them waits: those that had been sent fail,
/// and nothing is executed twice.
TEST_F(StatementsTest, WhereTheConnectionIsLostThoseThatWereSentFail) {
  use({.pool_size = 1, .max_overflow = 0});
  change("CREATE TABLE t (id int8)");
  const Clause insert =
      text("INSERT INTO t SELECT :id FROM pg_sleep(:pause) RETURNING id");
  prepare_here(insert, parameters("id", 0, "pause", 0.0));
  change("DELETE FROM t");
  const std::int64_t backend = ask("SELECT pg_backend_pid()");
  std::vector<Outcome<std::int64_t>> outcomes(100);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    begin(insert, parameters("id", i, "pause", i == 0 ? 1'000.0 : 0.0), outcomes[i]);
  Engine other(URL(url()), EngineOptions{.isolation_level = "AUTOCOMMIT"});
  asio::steady_timer later(context(), 100ms);
  later.async_wait([&](auto&&) {
    other.connect().execute("SELECT pg_terminate_backend(CAST(:pid AS int))",
                            {{"pid", backend}});
  });
  run();
  for (const auto& each : outcomes)
    EXPECT_TRUE(each.succeeded() || each.what().is_disconnect) << each.what();
  const auto lost = std::count_if(outcomes.begin(), outcomes.end(), [](const auto& each) {
    return each.completions == 1 && each.what().is_disconnect;
  });
  const auto done = std::count_if(outcomes.begin(), outcomes.end(), [](const auto& each) {
    return each.succeeded();
  });
  EXPECT_GT(lost, 1);  // they were sent without waiting for the first
  EXPECT_EQ(lost + done, 100);
  EXPECT_EQ(ask("SELECT count(*) FROM t"), done);
  EXPECT_EQ(ask("SELECT count(DISTINCT id) FROM t"), done);
}

/// A cancellation comes at any moment; it never ends another one's statement, and none is
/// executed twice.
TEST_F(StatementsTest, ACancellationHitsNoOtherStatement) {
  change("CREATE TABLE t (id int8)");
  const Clause insert =
      text("INSERT INTO t SELECT :id FROM pg_sleep(0.002) RETURNING id");
  prepare_here(insert, parameters("id", -1));
  change("DELETE FROM t");
  constexpr std::size_t count = 300;
  std::vector<Outcome<std::int64_t>> outcomes(count);
  std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
  std::vector<std::unique_ptr<asio::steady_timer>> timers;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same moments each time
  for (std::size_t i = 0; i < count; ++i) {
    auto& signal = *signals.emplace_back(std::make_unique<asio::cancellation_signal>());
    engine().async_execute(
        insert,
        parameters("id", i),
        read::scalar_one<std::int64_t>,
        asio::bind_cancellation_slot(signal.slot(), outcomes[i].note()));
    if (i % 4 != 0) continue;
    auto& timer = *timers.emplace_back(std::make_unique<asio::steady_timer>(
        context(), std::chrono::microseconds(random() % 700'000)));
    timer.async_wait([&](auto&&) { signal.emit(asio::cancellation_type::terminal); });
  }
  run();
  std::int64_t succeeded = 0;
  int cancelled = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(outcomes[i].completions, 1) << i;
    if (outcomes[i].failure == nullptr) {
      EXPECT_EQ(outcomes[i].value, static_cast<std::int64_t>(i));
      ++succeeded;
      continue;
    }
    EXPECT_EQ(i % 4, 0U) << i << ": " << outcomes[i].what();
    EXPECT_TRUE(outcomes[i].what().is_cancelled) << outcomes[i].what();
    ++cancelled;
  }
  EXPECT_GT(cancelled, 0);
  EXPECT_EQ(ask("SELECT count(*) FROM t"), succeeded);
  EXPECT_EQ(ask("SELECT count(DISTINCT id) FROM t"), succeeded);
}

/// The request to cancel the first one reaches the server when it executes the second one.
TEST_F(StatementsTest, WhoIsHitByTheCancellationOfAnotherIsExecutedAgain) {
  const dbapi::Operation quick("SELECT CAST(1 AS int8)", 1'000'000'001);
  const dbapi::Operation slow("SELECT CAST(2 AS int8) FROM pg_sleep(0.5)", 1'000'000'002);
  std::vector<std::int64_t> answers;
  std::exception_ptr failure;
  engine().async_run(
      [&](Connection& connection) {
        dbapi::Connection& driver = connection.connection().dbapi_connection();
        const auto answer = [&](const dbapi::Operation& operation) {
          const dbapi::CursorPtr cursor = driver.cursor();
          cursor->execute(operation, {});
          EXPECT_TRUE(cursor->fetch());
          std::int64_t value = 0;
          EXPECT_TRUE(ValueTraits<std::int64_t>::read(cursor->value(0), value));
          return value;
        };
        for (int i = 0; i < 3; ++i) {  // so that they are prepared
          answer(quick);
          answer(slow);
        }
        dbapi::Operation first = quick;
        dbapi::Operation second = slow;
        first.sent = driver.send_ahead(quick, {});
        second.sent = driver.send_ahead(slow, {});
        EXPECT_NE(first.sent, 0U);
        EXPECT_NE(second.sent, 0U);
        driver.interrupt();
        answers = {answer(first), answer(second)};
      },
      [&](std::exception_ptr error) { failure = std::move(error); });
  run();
  EXPECT_EQ(failure, nullptr);
  EXPECT_EQ(answers, (std::vector<std::int64_t>{1, 2}));
}

/// Nobody knows whether it was executed there.
TEST_F(StatementsTest, WhatWasSentOnAnotherConnectionFailsAsADisconnect) {
  bool is_disconnect = false;
  std::exception_ptr failure;
  engine().async_run(
      [&](Connection& connection) {
        dbapi::Operation elsewhere("SELECT 1");
        elsewhere.sent = 1;
        const dbapi::CursorPtr cursor =
            connection.connection().dbapi_connection().cursor();
        try {
          cursor->execute(elsewhere, {});
        } catch (const dbapi::OperationalError& error) {
          is_disconnect = error.is_disconnect();
        }
        cursor->execute("SELECT 1", {});
        EXPECT_TRUE(cursor->fetch());
      },
      [&](std::exception_ptr error) { failure = std::move(error); });
  run();
  EXPECT_EQ(failure, nullptr);
  EXPECT_TRUE(is_disconnect);
}

TEST_F(StatementsTest, ACancellationEndsTheStatementOnTheServer) {
  const Clause sleep = text("SELECT CAST(:i AS int8) FROM pg_sleep(:pause)");
  prepare_here(sleep, parameters("i", 0, "pause", 0.0));
  std::vector<Outcome<std::int64_t>> outcomes(10);
  asio::cancellation_signal signal;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    engine().async_execute(
        sleep,
        parameters("i", i, "pause", i == 4 ? 1'000.0 : 0.0),
        read::scalar_one<std::int64_t>,
        asio::bind_cancellation_slot(i == 4 ? signal.slot() : asio::cancellation_slot(),
                                     outcomes[i].note()));
  }
  asio::steady_timer later(context(), 50ms);
  later.async_wait([&](auto&&) { signal.emit(asio::cancellation_type::terminal); });
  run();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (i == 4) {
      EXPECT_TRUE(outcomes[i].what().is_cancelled) << outcomes[i].what();
    } else {
      EXPECT_TRUE(outcomes[i].succeeded()) << outcomes[i].what();
    }
  }
}

/// Who listens hears each with a checkout of its own, in order, and may change it.
TEST_F(StatementsTest, ListenersHearEachAsIfItWereAlone) {
  use({.pool_size = 2, .max_overflow = 0});
  const Clause same = text("SELECT CAST(:i AS int8)");
  prepare(same, parameters("i", 0));
  std::vector<std::string> heard;
  Engine& listened = engine().sync_engine();
  event::listen<PoolEvents::checkout>(listened,
                                      [&](auto&&...) { heard.emplace_back("checkout"); });
  event::listen<ConnectionEvents::begin>(listened,
                                         [&](auto&&...) { heard.emplace_back("begin"); });
  event::listen<ConnectionEvents::before_cursor_execute>(
      listened,
      [&](Connection&,
          dbapi::Cursor&,
          const std::string& statement,
          const dbapi::Parameters& parameters) {
        heard.emplace_back("execute");
        return std::pair(statement + " + 1", parameters);
      },
      event::retval);
  event::listen<ConnectionEvents::commit>(
      listened, [&](auto&&...) { heard.emplace_back("commit"); });
  event::listen<PoolEvents::checkin>(listened,
                                     [&](auto&&...) { heard.emplace_back("checkin"); });
  std::vector<Outcome<std::int64_t>> outcomes(20);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    begin(same, parameters("i", i), outcomes[i]);
  run();
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    EXPECT_EQ(outcomes[i].value, static_cast<std::int64_t>(i) + 1) << outcomes[i].what();
  for (const char* each : {"checkout", "begin", "execute", "commit", "checkin"})
    EXPECT_EQ(std::count(heard.begin(), heard.end(), each), 20) << each;
}

TEST_F(StatementsTest, EachIsATransactionOfItsOwn) {
  use({.pool_size = 2, .max_overflow = 0}, "SERIALIZABLE");
  change("CREATE TABLE t (id int8)");
  std::vector<Outcome<std::int64_t>> outcomes(50);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    engine().async_execute(
        text("INSERT INTO t VALUES (:id) RETURNING id"),
        parameters("id", i),
        [i](Result& result) {
          if (i % 2 == 0) throw std::runtime_error("it is not wanted");
          return result.scalar_one<std::int64_t>();
        },
        outcomes[i].note());
  }
  run();
  for (const auto& each : outcomes) EXPECT_EQ(each.completions, 1);
  EXPECT_EQ(ask("SELECT count(*) FROM t"), 25);
  EXPECT_EQ(ask("SELECT count(*) FROM t WHERE id % 2 = 0"), 0);
}

/// One that begins a transaction does so for nobody else.
TEST_F(StatementsTest, NoTransactionIsLeftToTheNext) {
  change("CREATE TABLE t (id int8)");
  const Clause insert = text("INSERT INTO t VALUES (:id) RETURNING id");
  const Clause begins = text("BEGIN");
  prepare_here(insert, parameters("id", 0));
  std::vector<Outcome<std::int64_t>> outcomes(60);
  std::vector<Outcome<std::int64_t>> begun(20);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    begin(insert, parameters("id", i), outcomes[i]);
    if (i % 3 == 0) engine().async_execute(begins, read::rowcount, begun[i / 3].note());
  }
  run();
  for (const auto& each : outcomes) EXPECT_TRUE(each.succeeded()) << each.what();
  for (const auto& each : begun) EXPECT_TRUE(each.succeeded()) << each.what();
  Engine other(URL(url()), EngineOptions{});
  EXPECT_EQ(other.connect().execute("SELECT count(*) FROM t").scalar_one<std::int64_t>(),
            63);
}

TEST_F(StatementsTest, SchemaChangesMeanwhileAreNotNoticed) {
  change("CREATE TABLE t (id int8)");
  change("INSERT INTO t SELECT generate_series(1, 10)");
  const Clause all = text("SELECT * FROM t WHERE id = :id");
  prepare_here(all, parameters("id", 1));
  for (int round = 0; round < 3; ++round) {
    Engine other(URL(url()), EngineOptions{.isolation_level = "AUTOCOMMIT"});
    other.connect().execute("ALTER TABLE t ADD c" + std::to_string(round) + " int");
    std::vector<Outcome<std::optional<Row>>> outcomes(50);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      engine().async_execute(
          all,
          parameters("id", 1 + i % 10),
          [](Result& result) { return result.fetchone(); },
          outcomes[i].note());
    }
    run();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      ASSERT_TRUE(outcomes[i].succeeded()) << outcomes[i].what();
      EXPECT_EQ(outcomes[i].value->size(), 2U + static_cast<std::size_t>(round));
      EXPECT_EQ(Value((*outcomes[i].value)[0]), Value(std::int64_t(1 + i % 10)));
    }
  }
}

TEST_F(StatementsTest, WhoWantsAConnectionOfItsOwnGetsItsTurn) {
  const Clause same = text("SELECT CAST(:i AS int8)");
  bool is_wanted = true;
  std::int64_t answers = 0;
  const auto ask_again = [&]() -> awaitable<void> {
    while (is_wanted) {
      answers += co_await engine().async_execute(
          same, parameters("i", 1), read::scalar_one<std::int64_t>, use_awaitable);
    }
  };
  for (int i = 0; i < 50; ++i) asio::co_spawn(context(), ask_again(), asio::detached);
  asio::co_spawn(
      context(),
      [&]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i) {
          AsyncConnection connection = co_await engine().async_connect(use_awaitable);
          AsyncResult result =
              co_await connection.async_execute("SELECT 7", use_awaitable);
          EXPECT_EQ(result.scalar_one<int>(), 7);
        }
        is_wanted = false;
      },
      asio::detached);
  run();
  EXPECT_GT(answers, 0);
}

TEST_F(StatementsTest, WhereThePoolIsTakenTheyTimeOut) {
  use({.pool_size = 1, .max_overflow = 0, .timeout = 50ms});
  std::vector<Outcome<std::int64_t>> outcomes(20);
  asio::cancellation_signal signal;
  {
    Connection held(engine().sync_engine());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      engine().async_execute(
          text("SELECT CAST(1 AS int8)"),
          read::scalar_one<std::int64_t>,
          asio::bind_cancellation_slot(i == 9 ? signal.slot() : asio::cancellation_slot(),
                                       outcomes[i].note()));
    }
    signal.emit(asio::cancellation_type::terminal);
    run();
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i].completions, 1);
    ASSERT_NE(outcomes[i].failure, nullptr);
    if (i == 9) {
      EXPECT_THROW(std::rethrow_exception(outcomes[i].failure), CancelledError);
    } else {
      EXPECT_THROW(std::rethrow_exception(outcomes[i].failure), TimeoutError);
    }
  }
  EXPECT_EQ(ask("SELECT CAST(7 AS int8)"), 7);
}

/// One that is carried by nobody else fails with the connection that could not be opened; one
/// that others can carry waits for them, and no connection is tried again and again meanwhile.
TEST_F(StatementsTest, WhereNoMoreConnectionsCanBeOpenedThoseThatAreThereDoAll) {
  use({.pool_size = 5, .max_overflow = 0});
  ask("SELECT CAST(1 AS int8)");
  int refused = 0;
  event::listen<PoolEvents::connect>(engine().sync_engine(), [&](auto&&...) {
    ++refused;
    throw std::runtime_error("no more of them");
  });
  std::vector<Outcome<std::int64_t>> outcomes(10);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    begin(text("SELECT CAST(:i AS int8) FROM pg_sleep(:pause)"),
          parameters("i", i, "pause", i == 0 ? 0.2 : 0.0),
          outcomes[i]);
  }
  run();
  for (const auto& each : outcomes) EXPECT_TRUE(each.succeeded()) << each.what();
  EXPECT_GT(refused, 0);
  EXPECT_LE(refused, 10);
}

TEST_F(StatementsTest, NoneWaitsBehindASlowOneWhereThereAreConnectionsForAll) {
  use({.pool_size = 10, .max_overflow = 0});
  const Clause sleep = text("SELECT CAST(:i AS int8) FROM pg_sleep(:pause)");
  for (int round = 0; round < 3; ++round) {
    std::vector<Outcome<std::int64_t>> outcomes(10);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      engine().async_execute(sleep,
                             parameters("i", i, "pause", i == 0 ? 0.5 : 0.0),
                             read::scalar_one<std::int64_t>,
                             [&, i](const std::exception_ptr& failure, std::int64_t) {
                               EXPECT_EQ(failure, nullptr);
                               order.push_back(i);
                             });
    }
    run();
    ASSERT_EQ(order.size(), 10U);
    EXPECT_EQ(order.back(), 0U);
  }
}

TEST_F(StatementsTest, WhereAllAreCancelledNothingWaitsForThePool) {
  use({.pool_size = 1, .max_overflow = 0, .timeout = 1h});
  Connection held(engine().sync_engine());
  std::vector<Outcome<std::int64_t>> outcomes(5);
  asio::cancellation_signal signals[5];
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    engine().async_execute(
        "SELECT CAST(1 AS int8)",
        read::scalar_one<std::int64_t>,
        asio::bind_cancellation_slot(signals[i].slot(), outcomes[i].note()));
  }
  for (auto& each : signals) each.emit(asio::cancellation_type::terminal);
  run();  // to its end
  for (const auto& each : outcomes) {
    ASSERT_EQ(each.completions, 1);
    EXPECT_THROW(std::rethrow_exception(each.failure), CancelledError);
  }
  held.close();
  EXPECT_EQ(ask("SELECT CAST(7 AS int8)"), 7);
}

/// What a listener of errors executes has its own answer, and so have those that were sent.
TEST_F(StatementsTest, WhatAListenerExecutesBetweenThemTakesNoAnswerOfTheirs) {
  const Clause same = text("SELECT 10 / CAST(:i AS int8)");
  prepare_here(same, parameters("i", 1));
  std::vector<std::int64_t> heard;
  event::listen<ConnectionEvents::handle_error>(
      engine().sync_engine(), [&](ExceptionContext& context) {
        heard.push_back(
            context.connection->execute(same, {{"i", 5}}).scalar_one<std::int64_t>());
      });
  std::vector<Outcome<std::int64_t>> outcomes(20);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    begin(same, parameters("i", i % 5 == 2 ? 0 : i + 1), outcomes[i]);
  run();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (i % 5 == 2) {
      EXPECT_EQ(outcomes[i].what().sqlstate, "22012");
    } else {
      EXPECT_EQ(outcomes[i].value, static_cast<std::int64_t>(10 / (i + 1)));
    }
  }
  EXPECT_EQ(heard, std::vector<std::int64_t>(4, 2));
}

TEST_F(StatementsTest, WhereTheServerCannotBeReachedAllFail) {
  AsyncEngine nowhere(context().get_executor(),
                      "postgresql://ada@localhost/music?host=/nowhere",
                      {},
                      {.pool = {.pool_size = 3, .max_overflow = 0}});
  std::vector<Outcome<std::int64_t>> outcomes(20);
  for (auto& each : outcomes)
    nowhere.async_execute("SELECT 1", read::scalar_one<std::int64_t>, each.note());
  run();
  for (const auto& each : outcomes) {
    EXPECT_EQ(each.completions, 1);
    EXPECT_EQ(each.what().sqlstate, "08001") << each.what();
  }
}

/// So many handlers are called, and then the context goes with all that was under way.
TEST_F(StatementsTest, MayBeAbandonedAtAnyMoment) {
  Engine shared(URL(url()),
                EngineOptions{.pool = {.pool_size = 2, .max_overflow = 0},
                              .isolation_level = "AUTOCOMMIT"});
  const Clause same = text("SELECT CAST(:i AS int8)");
  bool was_abandoned = true;
  for (std::size_t steps = 0; was_abandoned; steps += 7) {
    std::vector<Outcome<std::int64_t>> outcomes(80);
    auto context = std::make_unique<asio::io_context>();
    std::size_t done = 0;
    {
      AsyncEngine engine(context->get_executor(), shared);
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        engine.async_execute(
            same, parameters("i", i), read::scalar_one<std::int64_t>, outcomes[i].note());
      }
      for (std::size_t step = 0; step < steps && !context->stopped(); ++step)
        context->run_one();
      was_abandoned = !context->stopped();
    }
    context.reset();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      EXPECT_LE(outcomes[i].completions, 1);
      if (outcomes[i].completions == 0) continue;
      ++done;
      EXPECT_TRUE(outcomes[i].succeeded()) << outcomes[i].what();
      EXPECT_EQ(outcomes[i].value, static_cast<std::int64_t>(i));
    }
    if (!was_abandoned) EXPECT_EQ(done, outcomes.size());
    EXPECT_EQ(shared.pool().checked_out(), 0U) << steps;
    EXPECT_EQ(shared.connect().execute("SELECT 7").scalar_one<int>(), 7) << steps;
  }
}

/// Threads run the context, begin, and cancel.
TEST_F(StatementsTest, SeveralThreadsUseItAtOnce) {
  constexpr int users = 8;
  constexpr int each_asks = 200;
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> cancelled{0};
  asio::thread_pool threads(4);
  {
    AsyncEngine shared(
        threads.get_executor(),
        url(),
        {},
        {.pool = {.pool_size = 3, .max_overflow = 0}, .isolation_level = "AUTOCOMMIT"});
    const Clause same = text("SELECT CAST(:i AS int8)");
    const auto use = [&]() -> awaitable<void> {
      for (int i = 0; i < each_asks; ++i) {
        // Some end before their time is over, some after it, and some have none.
        const std::chrono::microseconds most =
            i % 4 == 0 ? 100us * (i % 9) : std::chrono::microseconds(1h);
        try {
          sum += co_await shared.async_execute(same,
                                               parameters("i", 1),
                                               read::scalar_one<std::int64_t>,
                                               cancel_after(most, use_awaitable));
        } catch (const Error& error) {
          EXPECT_TRUE(error.is_cancelled()) << error.what();
          ++cancelled;
        }
      }
    };
    for (int i = 0; i < users; ++i)
      asio::co_spawn(asio::make_strand(threads), use(), asio::detached);
    threads.join();
    EXPECT_EQ(shared.pool().checked_out(), 0U);
  }
  EXPECT_EQ(sum + cancelled, users * each_asks);
  EXPECT_GT(cancelled, 0);
}

}  // namespace
}  // namespace hark::test
