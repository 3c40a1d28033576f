// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// MariaDB on fibers: what a thread does with it works there, too, and blocks no thread.
#include <hark/asio.hpp>
#include <hark/mysql.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "asio/support.hpp"
#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {
namespace {
namespace async_mysql {

using namespace std::chrono_literals;
using boost::asio::use_awaitable;
using Await = boost::asio::awaitable<void>;

/// What hears statements counts them here.
struct Counts {
  std::atomic<int> announced{0};
  std::atomic<int> ended{0};
  std::atomic<int> cancelled{0};

  void watch(Engine& engine) {
    event::listen(engine, "before_cursor_execute", [this] { ++announced; });
    event::listen(engine,
                  "cursor_execute_end",
                  [this](Connection&, ExecutionContext&, const Ending& ending) {
                    ++ended;
                    if (ending.outcome == Outcome::cancelled) ++cancelled;
                  });
  }
};

EngineOptions pool_of(std::size_t size) {
  EngineOptions options;
  options.pool.pool_size = size;
  options.pool.max_overflow = 0;
  return options;
}

/// Does it on a fiber, while this thread runs the context, and throws what it throws.
template <class Work>
void on_fiber(boost::asio::io_context& context, AsyncEngine& engine, Work work) {
  const auto act = [&]() -> Await { co_await engine.async_run(work, use_awaitable); };
  ::test::run(context, act());
}

/// Rows as text, for comparing.
std::string shown(Connection& connection, std::string_view sql) {
  std::string text;
  Result result = connection.execute(sql);
  for (const auto& row : result) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += dbapi::to_string(row.get<dbapi::ValueView>(i)) + "|";
    text += "\n";
  }
  return text;
}

/// Waits until so many sessions execute a statement with `text`.
void wait_until(Engine& engine, const std::string& text, int sessions) {
  Connection connection = engine.connect();
  const std::string sql =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%" + text +
      "%' AND id <> CONNECTION_ID()";
  while (connection.execute(sql).scalar_one<int>() < sessions) std::this_thread::yield();
}

class AsyncMySqlTest : public MySqlTest {
 protected:
  /// `work(Connection&)` returns a text, the same on a thread and on a fiber.
  template <class Work>
  void expect_same(Work work) {
    Engine engine(URL(url()), {});
    std::string on_thread;
    {
      Connection connection = engine.connect();
      on_thread = work(connection);
    }
    AsyncEngine async(context_.get_executor(), url());
    std::string on_a_fiber;
    on_fiber(
        context_, async, [&](Connection& connection) { on_a_fiber = work(connection); });
    EXPECT_EQ(on_a_fiber, on_thread);
    EXPECT_FALSE(on_thread.empty());
  }

  boost::asio::io_context context_;
};

// -- what a thread does -----------------------------------------------------------------

TEST_F(AsyncMySqlTest, ReadsTypesAsAThreadDoes) {
  expect_same([](Connection& connection) {
    connection.execute(
        "CREATE TEMPORARY TABLE types (i INT, u BIGINT UNSIGNED, d DECIMAL(20, 5), f "
        "DOUBLE, t TEXT, b BLOB, a DATE, s DATETIME(6), n INT)");
    connection.execute(
        "INSERT INTO types VALUES (-7, 18446744073709551615, 1.25, 0.5, 'träume', "
        "X'00FF', '2026-02-28', '2026-02-28 12:34:56.789', NULL)");
    return shown(connection, "SELECT * FROM types");
  });
}

TEST_F(AsyncMySqlTest, ExecutesManyAsAThreadDoes) {
  expect_same([](Connection& connection) {
    connection.execute("CREATE TEMPORARY TABLE many (id INT PRIMARY KEY, name TEXT)");
    ParameterSets sets;
    for (int i = 0; i < 1000; ++i)
      sets.push_back(parameters("id", i, "name", "number " + std::to_string(i)));
    connection.execute("INSERT INTO many VALUES (:id, :name)", sets);
    return shown(connection, "SELECT COUNT(*), SUM(id), MAX(name) FROM many");
  });
}

TEST_F(AsyncMySqlTest, LoadsRowsAsAThreadDoes) {
  expect_same([](Connection& connection) {
    connection.execute("CREATE TEMPORARY TABLE loaded (id INT, name TEXT)");
    ParameterSets sets;
    for (int i = 0; i < 10'000; ++i)
      sets.push_back(parameters("id", i, "name", "number " + std::to_string(i)));
    connection.execute("LOAD DATA LOCAL INFILE 'rows' INTO TABLE loaded", sets);
    return shown(connection, "SELECT COUNT(*), SUM(id), MAX(name) FROM loaded");
  });
}

TEST_F(AsyncMySqlTest, SetsSavepointsAsAThreadDoes) {
  expect_same([](Connection& connection) {
    connection.execute("CREATE TEMPORARY TABLE saved (id INT) ENGINE=InnoDB");
    connection.execute("INSERT INTO saved VALUES (1)");
    {
      Transaction undone = connection.begin_nested();
      connection.execute("INSERT INTO saved VALUES (2)");
      undone.rollback();
    }
    Transaction kept = connection.begin_nested();
    connection.execute("INSERT INTO saved VALUES (3)");
    kept.commit();
    connection.commit();
    return shown(connection, "SELECT * FROM saved");
  });
}

TEST_F(AsyncMySqlTest, CommitsInTwoPhases) {
  AsyncEngine engine(context_.get_executor(), url());
  const auto act = [&]() -> Await {
    AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    co_await connection.async_execute("CREATE TABLE two (id INT)", use_awaitable);
    co_await connection.async_commit(use_awaitable);
    std::string xid = "async";
    AsyncTwoPhaseTransaction transaction =
        co_await connection.async_begin_twophase(xid, use_awaitable);
    co_await connection.async_execute("INSERT INTO two VALUES (1)", use_awaitable);
    co_await transaction.async_prepare(use_awaitable);
    co_await transaction.async_commit(use_awaitable);
    AsyncResult result =
        co_await connection.async_execute("SELECT id FROM two", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), 1);
  };
  ::test::run(context_, act());
}

TEST_F(AsyncMySqlTest, StreamsAndClosesEarly) {
  AsyncEngine engine(context_.get_executor(), url());
  const auto act = [&]() -> Await {
    AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    const char* const sql = "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_20000";
    AsyncResult rows = co_await connection.async_stream(sql, use_awaitable);
    std::vector<Row> some = co_await rows.async_fetchmany(10, use_awaitable);
    EXPECT_EQ(some.size(), 10U);
    // Another statement reads the rest first.
    AsyncResult other = co_await connection.async_execute("SELECT 42", use_awaitable);
    EXPECT_EQ(other.scalar_one<int>(), 42);
    std::vector<Row> rest = co_await rows.async_all(use_awaitable);
    EXPECT_EQ(rest.size(), 19'990U);

    AsyncResult again = co_await connection.async_stream(sql, use_awaitable);
    some = co_await again.async_fetchmany(10, use_awaitable);
    EXPECT_EQ(some.size(), 10U);
    co_await again.async_close(use_awaitable);
    other = co_await connection.async_execute("SELECT 43", use_awaitable);
    EXPECT_EQ(other.scalar_one<int>(), 43);
  };
  ::test::run(context_, act());
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(AsyncMySqlTest, SendsAndReadsTensOfMegabytes) {
  constexpr std::size_t large = 12'000'000;
  AsyncEngine engine(context_.get_executor(), url());
  on_fiber(context_, engine, [](Connection& connection) {
    const std::string sent(large, 'x');
    const auto back =
        connection.execute("SELECT :text", {{"text", sent}}).scalar_one<std::string>();
    EXPECT_TRUE(back == sent);
    std::size_t size = 0;
    Result result = connection.execute("SELECT REPEAT('x', 1000000) FROM seq_1_to_40");
    for (const auto& row : result) size += row.get<std::string_view>(0).size();
    EXPECT_EQ(size, 40'000'000U);
    EXPECT_EQ(connection.execute("SELECT LENGTH('" + sent + "')").scalar_one<int>(),
              static_cast<int>(large));
  });
}

TEST_F(AsyncMySqlTest, AThreadAndFibersTakeTurnsWithOneConnection) {
  Engine shared(URL(url()), pool_of(1));
  AsyncEngine engine(context_.get_executor(), shared);
  std::vector<int> sessions;
  const auto ask = [&](Connection& connection) {
    sessions.push_back(connection.execute("SELECT CONNECTION_ID()").scalar_one<int>());
    EXPECT_EQ(connection.execute("SELECT :n + 1", {{"n", 1}}).scalar_one<int>(), 2);
  };
  for (int i = 0; i < 4; ++i) {
    {
      Connection connection = shared.connect();
      ask(connection);
    }
    on_fiber(context_, engine, ask);
  }
  EXPECT_EQ(sessions, std::vector<int>(8, sessions.front()));
}

// -- single statements ------------------------------------------------------------------

/// Some fail, one takes too long and is cancelled: each has its own answer, none waits behind
/// another one while there is an idle connection, and no connection is lost.
class AsyncMySqlStatementsTest : public AsyncMySqlTest,
                                 public testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(Heard, AsyncMySqlStatementsTest, testing::Bool());

TEST_P(AsyncMySqlStatementsTest, ShareConnections) {
  const bool is_heard = GetParam();
  EngineOptions options = pool_of(3);
  options.isolation_level = "AUTOCOMMIT";
  AsyncEngine engine(context_.get_executor(), url(), {}, options);
  std::atomic<int> opened{0};
  event::listen<PoolEvents::connect>(engine.sync_engine(), [&](auto&&...) { ++opened; });
  Counts counts;
  if (is_heard) counts.watch(engine.sync_engine());

  struct Outcome {
    int completions = 0;
    std::exception_ptr failure;
    std::int64_t value = 0;
  };
  constexpr int count = 300;
  constexpr int cancelled = 150;  // it takes too long
  std::vector<Outcome> outcomes(count);
  boost::asio::cancellation_signal signal;
  const Clause clause =
      text("SELECT :i + SLEEP(:pause) FROM seq_1_to_2 WHERE seq <= :rows");
  for (int i = 0; i < count; ++i) {
    const bool fails = i % 10 == 3;  // two rows where one was asked for
    engine.async_execute(
        clause,
        parameters("i", i, "pause", i == cancelled ? 1'000 : 0, "rows", fails ? 2 : 1),
        read::scalar_one<std::int64_t>,
        boost::asio::bind_cancellation_slot(
            i == cancelled ? signal.slot() : boost::asio::cancellation_slot(),
            [&outcome = outcomes[static_cast<std::size_t>(i)]](std::exception_ptr error,
                                                               std::int64_t value) {
              ++outcome.completions;
              outcome.failure = std::move(error);
              outcome.value = value;
            }));
  }
  boost::asio::steady_timer timer(context_);
  const auto cancel_the_last = [&]() -> Await {
    while (std::ranges::count(outcomes, 1, &Outcome::completions) != count - 1) {
      timer.expires_after(1ms);
      co_await timer.async_wait(use_awaitable);
    }
    signal.emit(boost::asio::cancellation_type::partial);
  };
  boost::asio::co_spawn(context_, cancel_the_last(), boost::asio::detached);
  context_.run();

  for (int i = 0; i < count; ++i) {
    const Outcome& each = outcomes[static_cast<std::size_t>(i)];
    EXPECT_EQ(each.completions, 1) << i;
    if (i == cancelled) {
      ASSERT_NE(each.failure, nullptr);
      try {
        std::rethrow_exception(each.failure);
      } catch (const Error& error) {
        EXPECT_EQ(error.sqlstate(), "70100") << error.what();
      }
    } else if (i % 10 == 3) {
      EXPECT_THROW(std::rethrow_exception(each.failure), MultipleResultsFound);
    } else {
      EXPECT_EQ(each.failure, nullptr) << i;
      EXPECT_EQ(each.value, i);
    }
  }
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(counts.announced, is_heard ? count : 0);
  EXPECT_EQ(counts.ended, counts.announced);
  EXPECT_EQ(counts.cancelled, is_heard ? 1 : 0);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

// -- connecting -------------------------------------------------------------------------

TEST_F(AsyncMySqlTest, FailsToConnectAsAThreadDoes) {
  const URL good(url());
  URL stranger = good;
  stranger.username = "nobody";
  stranger.password = "wrong";
  URL nowhere = good;
  nowhere.database = "nowhere";
  URL socketless = good;
  socketless.query = {{"unix_socket", "/nowhere/to/be/found"}};
  for (const URL& bad : {stranger, nowhere, socketless}) {
    std::string expected;
    try {
      Engine(bad, {}).connect();
    } catch (const Error& error) {
      expected = error.what();
    }
    AsyncEngine engine(context_.get_executor(), bad.render(false));
    try {
      on_fiber(context_, engine, [](Connection&) {});
      ADD_FAILURE() << bad.render();
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), expected);
    }
    EXPECT_EQ(engine.pool().checked_out(), 0U);
  }
}

class AsyncMySqlServerTest : public MariaDbServerTest {
 protected:
  boost::asio::io_context context_;
};

TEST_F(AsyncMySqlServerTest, ConnectsByPortAndByName) {
  const MariaDbServer server({.has_port = true});
  URL by_port(server.port_url());
  URL by_name = by_port;
  by_name.host = "localhost";
  URL unknown = by_port;
  unknown.host = "nowhere.invalid";
  for (const URL& each : {by_port, by_name}) {
    AsyncEngine engine(context_.get_executor(), each.render(false));
    on_fiber(context_, engine, [](Connection& connection) {
      EXPECT_EQ(connection.execute("SELECT 42").scalar_one<int>(), 42);
    });
  }
  AsyncEngine engine(context_.get_executor(), unknown.render(false));
  EXPECT_THROW(on_fiber(context_, engine, [](Connection&) {}), OperationalError);
}

/// Listens, and never says a word.
class BlackHole {
 public:
  BlackHole() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, any, size) != 0 || ::listen(socket_, 10) != 0 ||
        ::getsockname(socket_, any, &size) != 0)
      throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
  }
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;
  ~BlackHole() { ::close(socket_); }

  std::string url(const std::string& options = "") const {
    return "mysql://root@127.0.0.1:" + std::to_string(port_) + "/test" + options;
  }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
};

TEST(AsyncMySqlConnectingTest, GivesUpABlackHoleInTime) {
  const BlackHole hole;
  boost::asio::io_context context;
  AsyncEngine engine(context.get_executor(), hole.url("?connect_timeout=1"));
  EXPECT_THROW(on_fiber(context, engine, [](Connection&) {}), OperationalError);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST(AsyncMySqlConnectingTest, CancelsConnectingToABlackHole) {
  const BlackHole hole;
  boost::asio::io_context context;
  AsyncEngine engine(context.get_executor(), hole.url("?connect_timeout=0"));
  boost::asio::cancellation_signal signal;
  std::exception_ptr failure;
  int completions = 0;
  engine.async_connect(boost::asio::bind_cancellation_slot(
      signal.slot(), [&](std::exception_ptr error, AsyncConnection) {
        failure = error;
        ++completions;
      }));
  context.run_for(10ms);
  signal.emit(boost::asio::cancellation_type::terminal);
  context.restart();
  context.run();
  EXPECT_EQ(completions, 1);
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    EXPECT_TRUE(error.is_cancelled()) << error.what();
  }
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

// -- many -------------------------------------------------------------------------------

TEST_F(AsyncMySqlTest, FiftyStatementsWaitOnOneThread) {
  constexpr int many = 50;
  AsyncEngine engine(context_.get_executor(), url(), {}, pool_of(many));
  Engine other(URL(url()), {});
  Connection holder = other.connect();
  holder.execute("SELECT GET_LOCK('fifty', 0)");
  int done = 0;
  for (int i = 0; i < many; ++i) {
    engine.async_run(
        [](Connection& connection) {
          connection.execute("SELECT GET_LOCK('fifty', 600)");
          connection.execute("SELECT RELEASE_LOCK('fifty')");
        },
        [&](std::exception_ptr error) {
          EXPECT_EQ(error, nullptr);
          ++done;
        });
  }
  std::thread freer([&] {
    wait_until(other, "GET_LOCK(''fifty'', 600)", many);
    holder.execute("SELECT RELEASE_LOCK('fifty')");
  });
  context_.run();
  freer.join();
  EXPECT_EQ(done, many);
}

TEST_F(AsyncMySqlTest, FourThreadsRunTheContext) {
  AsyncEngine engine(context_.get_executor(), url(), {}, pool_of(10));
  std::atomic<int> sum{0};
  std::atomic<int> done{0};
  for (int i = 0; i < 40; ++i) {
    engine.async_run(
        [&sum, i](Connection& connection) {
          for (int j = 0; j < 25; ++j)
            sum += connection.execute("SELECT :i", {{"i", i}}).scalar_one<int>();
        },
        [&](std::exception_ptr error) {
          EXPECT_EQ(error, nullptr);
          ++done;
        });
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { context_.run(); });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(done, 40);
  EXPECT_EQ(sum, 25 * 39 * 40 / 2);
}

// -- what ends a session ----------------------------------------------------------------

TEST_F(AsyncMySqlServerTest, KilledWithAThousandStatementsUnderWay) {
  constexpr int connections = 20;
  constexpr int statements = 50;  // of each
  MariaDbServer server;
  AsyncEngine engine(context_.get_executor(), server.url(), {}, pool_of(connections));
  Counts counts;
  counts.watch(engine.sync_engine());
  std::deque<AsyncConnection> open;
  const auto connect = [&]() -> Await {
    for (int i = 0; i < connections; ++i) {
      AsyncConnection each = co_await engine.async_connect(use_awaitable);
      open.push_back(std::move(each));
    }
  };
  ::test::run(context_, connect());
  std::vector<int> completions(connections * statements);
  int failures = 0;
  for (std::size_t i = 0; i < completions.size(); ++i) {
    open[i % connections].async_execute("SELECT SLEEP(1000)",
                                        [&, i](std::exception_ptr error, AsyncResult) {
                                          ++completions[i];
                                          if (error != nullptr) ++failures;
                                        });
  }
  context_.restart();
  std::thread killer([&] {
    Engine other(URL(server.url()), {});
    wait_until(other, "SLEEP(1000)", connections);
    server.kill();
  });
  context_.run();
  killer.join();
  EXPECT_EQ(completions, std::vector<int>(completions.size(), 1));
  EXPECT_EQ(failures, connections * statements);
  EXPECT_GE(counts.announced, connections);
  EXPECT_EQ(counts.announced, counts.ended);

  open.clear();
  context_.restart();
  context_.run();
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  server.start();
  int answers = 0;
  for (int i = 0; i < connections; ++i) {
    on_fiber(context_, engine, [&](Connection& connection) {
      answers += connection.execute("SELECT 1").scalar_one<int>();
    });
  }
  EXPECT_EQ(answers, connections);
}

TEST_F(AsyncMySqlTest, KilledConnectionIsInvalidated) {
  AsyncEngine engine(context_.get_executor(), url());
  Engine other(URL(url()), {});
  std::atomic<int> session{0};
  std::thread killer([&] {
    wait_until(other, "SLEEP(1000)", 1);
    Connection connection = other.connect();
    connection.execute("KILL CONNECTION " + std::to_string(session));
  });
  on_fiber(context_, engine, [&](Connection& connection) {
    session = connection.execute("SELECT CONNECTION_ID()").scalar_one<int>();
    try {
      connection.execute("SELECT SLEEP(1000)");
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_TRUE(error.is_disconnect()) << error.what();
    }
    EXPECT_TRUE(connection.invalidated());
    connection.rollback();
    EXPECT_NE(connection.execute("SELECT CONNECTION_ID()").scalar_one<int>(), session);
  });
  killer.join();
}

// -- cancellation -----------------------------------------------------------------------

TEST_F(AsyncMySqlTest, CancelsAStatementOnTheServer) {
  AsyncEngine engine(context_.get_executor(), url(), {}, pool_of(1));
  Engine other(URL(url()), {});
  Counts counts;
  counts.watch(engine.sync_engine());
  boost::asio::cancellation_signal signal;
  std::thread canceller([&] {
    wait_until(other, "SLEEP(1000)", 1);
    boost::asio::post(context_,
                      [&] { signal.emit(boost::asio::cancellation_type::terminal); });
  });
  const auto act = [&]() -> Await {
    AsyncConnection connection = co_await engine.async_connect(use_awaitable);
    AsyncResult result =
        co_await connection.async_execute("SELECT CONNECTION_ID()", use_awaitable);
    const int session = result.scalar_one<int>();
    try {
      co_await connection.async_execute(
          "SELECT SLEEP(1000)",
          boost::asio::bind_cancellation_slot(signal.slot(), use_awaitable));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_TRUE(error.is_cancelled()) << error.what();
      EXPECT_FALSE(error.is_disconnect()) << error.what();
    }
    co_await connection.async_rollback(use_awaitable);
    result = co_await connection.async_execute("SELECT CONNECTION_ID()", use_awaitable);
    EXPECT_EQ(result.scalar_one<int>(), session);
  };
  ::test::run(context_, act());
  canceller.join();
  EXPECT_EQ(counts.cancelled, 1);
  EXPECT_EQ(counts.announced, counts.ended);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(AsyncMySqlTest, CancelsAtAnyMoment) {
  constexpr int rounds = 100;
  AsyncEngine engine(context_.get_executor(), url(), {}, pool_of(1));
  Counts counts;
  counts.watch(engine.sync_engine());
  std::minstd_rand random(7);
  int completions = 0;
  int cancelled = 0;
  AsyncConnection connection;
  const auto connect = [&]() -> Await {
    connection = co_await engine.async_connect(use_awaitable);
  };
  ::test::run(context_, connect());
  for (int i = 0; i < rounds; ++i) {
    boost::asio::cancellation_signal signal;
    connection.async_run(
        [&](Connection& sync) {
          for (int j = 0; j < 5; ++j) sync.execute("SELECT SLEEP(0.01), :j", {{"j", j}});
        },
        boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
          ++completions;
          if (error == nullptr) return;
          ++cancelled;
          try {
            std::rethrow_exception(error);
          } catch (const Error& caught) {
            EXPECT_TRUE(caught.is_cancelled()) << caught.what();
          }
        }));
    boost::asio::steady_timer moment(context_,
                                     std::chrono::microseconds(random() % 50'000));
    moment.async_wait(
        [&](auto) { signal.emit(boost::asio::cancellation_type::terminal); });
    context_.restart();
    context_.run();
    ASSERT_EQ(completions, i + 1);
    // What comes next is not what was cancelled.
    const auto ask = [&]() -> Await {
      co_await connection.async_rollback(use_awaitable);
      AsyncResult result = co_await connection.async_execute("SELECT 42", use_awaitable);
      EXPECT_EQ(result.scalar_one<int>(), 42);
    };
    ::test::run(context_, ask());
  }
  EXPECT_EQ(counts.announced, counts.ended);
  RecordProperty("cancelled", cancelled);
  connection = AsyncConnection();
  context_.restart();
  context_.run();
  EXPECT_EQ(engine.pool().checked_out(), 0U);
}

TEST_F(AsyncMySqlServerTest, GivesUpASessionWhoseServerDoesNotAnswer) {
  MariaDbServer server;
  AsyncEngineOptions options;
  options.cancel_timeout = 100ms;
  AsyncEngine engine(context_.get_executor(), server.url(), options, pool_of(1));
  Engine other(URL(server.url()), {});
  boost::asio::cancellation_signal signal;
  std::thread canceller([&] {
    wait_until(other, "SLEEP(1000)", 1);
    ::kill(server.id(), SIGSTOP);
    boost::asio::post(context_,
                      [&] { signal.emit(boost::asio::cancellation_type::terminal); });
  });
  const auto act = [&]() -> Await {
    try {
      co_await engine.async_run(
          [](Connection& connection) { connection.execute("SELECT SLEEP(1000)"); },
          boost::asio::bind_cancellation_slot(signal.slot(), use_awaitable));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_TRUE(error.is_cancelled()) << error.what();
      EXPECT_TRUE(error.is_disconnect()) << error.what();
    }
  };
  ::test::run(context_, act());
  canceller.join();
  ::kill(server.id(), SIGCONT);
  EXPECT_EQ(engine.pool().checked_out(), 0U);
  on_fiber(context_, engine, [](Connection& connection) {
    EXPECT_EQ(connection.execute("SELECT 42").scalar_one<int>(), 42);
  });
}

TEST_F(AsyncMySqlTest, ContextEndsWithStatementsUnderWay) {
  Engine shared(URL(url()), pool_of(3));
  Engine other(URL(url()), {});
  int completions = 0;
  {
    boost::asio::io_context context;
    AsyncEngine engine(context.get_executor(), shared);
    for (int i = 0; i < 3; ++i) {
      engine.async_run(
          [](Connection& connection) { connection.execute("SELECT SLEEP(1000)"); },
          [&](std::exception_ptr) { ++completions; });
    }
    std::thread stopper([&] {
      wait_until(other, "SLEEP(1000)", 3);
      context.stop();
    });
    context.run();
    stopper.join();
  }
  EXPECT_EQ(completions, 0);
  EXPECT_EQ(shared.pool().checked_out(), 0U);
  EXPECT_EQ(shared.connect().execute("SELECT 42").scalar_one<int>(), 42);
}

}  // namespace async_mysql
}  // namespace
}  // namespace hark::test
