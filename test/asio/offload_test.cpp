// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/asio.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "asio/support.hpp"
#include "support/fake_dbapi.hpp"
#include "support/folder.hpp"
#include "support/silent_connection.hpp"

namespace {
namespace offload_test {

namespace asio = boost::asio;
using asio::use_awaitable;
using namespace std::chrono_literals;

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n";
constexpr const char* first_numbers =
    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
    "SELECT i, 'number ' || i FROM n";

template <class Failure = hark::Error, class Act>
std::optional<Failure> failure_of(Act&& act) {
  try {
    act();
  } catch (const Failure& failure) {
    return failure;
  }
  return std::nullopt;
}

class OffloadTest : public testing::Test {
 protected:
  void run(asio::awaitable<void> work) { ::test::run(context, std::move(work)); }
  std::string file() const { return "sqlite:///" + folder.path("test.db"); }
  asio::any_io_executor executor() { return context.get_executor(); }

  hark::test::Folder folder;
  asio::io_context context;
};

// -- a driver of the test's own ---------------------------------------------------------

/// What the scripted driver does, and what was done with it.
struct Script {
  std::vector<hark::dbapi::Value> row;  ///< of every result
  std::size_t rows = 1;
  std::size_t fails_at = 0;  ///< the row whose fetch fails, from 1; 0: none
  std::function<void(std::string)> called;  ///< from within each call that may block
  std::function<void()> interrupted;

  std::atomic<int> inside{0};
  std::atomic<int> most_inside{0};
  std::atomic<std::size_t> fetched{0};
  std::atomic<int> cursors{0};
  std::atomic<int> connections{0};
  std::mutex mutex;
  std::vector<std::string> calls;
  std::set<std::thread::id> threads;

  void call(const std::string& name) {
    const int now = ++inside;
    if (now > most_inside) most_inside = now;
    {
      const std::lock_guard lock(mutex);
      calls.push_back(name);
      threads.insert(std::this_thread::get_id());
    }
    try {
      if (called) called(name);
    } catch (...) {
      --inside;
      throw;
    }
    --inside;
  }
};

class ScriptedCursor final : public hark::dbapi::Cursor {
 public:
  explicit ScriptedCursor(Script& script) : script_(script) { ++script_.cursors; }
  ~ScriptedCursor() override { --script_.cursors; }

  void execute(const hark::dbapi::Operation& operation,
               hark::dbapi::ParameterRow) override {
    statement_ = operation.text;
    fetched_ = 0;
    columns_ = statement_.starts_with("SELECT") ? script_.row.size() : 0;
    script_.call("execute " + statement_);
  }
  void executemany(std::string_view, hark::dbapi::ParameterRows& rows) override {
    count_ = 0;
    for (hark::dbapi::ParameterRow row; rows.next(row);) ++count_;
    script_.call("executemany");
  }
  std::string_view statement() const noexcept override { return statement_; }
  std::size_t column_count() const noexcept override { return columns_; }
  std::string_view column_name(std::size_t) const override { return "column"; }
  const std::shared_ptr<const hark::dbapi::ColumnNames>& column_names() const override {
    names_ = make_column_names();
    return names_;
  }
  using hark::dbapi::Cursor::fetch;
  bool fetch() override {
    if (fetched_ == script_.rows) return false;
    ++fetched_;
    ++script_.fetched;
    if (fetched_ == script_.fails_at) throw hark::dbapi::DataError("a row is no good");
    return true;
  }
  hark::dbapi::ValueView value(std::size_t column) const override {
    return script_.row[column].view();
  }
  std::int64_t rowcount() const noexcept override { return count_; }
  std::int64_t lastrowid() const noexcept override { return 17; }
  void close() noexcept override {}
  void release() noexcept override { delete this; }

 private:
  Script& script_;
  std::string statement_;
  std::size_t columns_ = 0;
  std::size_t fetched_ = 0;
  std::int64_t count_ = -1;
  mutable std::shared_ptr<const hark::dbapi::ColumnNames> names_;
};

class ScriptedConnection final : public hark::test::SilentConnection {
 public:
  explicit ScriptedConnection(Script& script) : script_(script) { ++script_.connections; }
  ~ScriptedConnection() override {
    EXPECT_EQ(script_.cursors, 0);
    --script_.connections;
  }
  hark::dbapi::CursorPtr cursor() override {
    return hark::dbapi::CursorPtr(new ScriptedCursor(script_));
  }
  void begin() override { script_.call("begin"); }
  void commit() override { script_.call("commit"); }
  void rollback() override { script_.call("rollback"); }
  bool ping() override {
    script_.call("ping");
    return true;
  }
  void close() override { script_.call("close"); }
  void interrupt() noexcept override {
    if (script_.interrupted) script_.interrupted();
  }

 private:
  Script& script_;
};

/// An engine with a StaticPool, whose connection is a ScriptedConnection.
class ScriptedTest : public OffloadTest {
 protected:
  explicit ScriptedTest(const hark::AsyncEngineOptions& options = {})
      : engine(executor(), "sqlite://", options),
        subscription(hark::event::listen(
            engine.sync_engine(),
            "do_connect",
            [this](hark::Dialect&, hark::ConnectionRecord&, hark::ConnectArguments&)
                -> std::unique_ptr<hark::dbapi::Connection> {
              return std::make_unique<ScriptedConnection>(script);
            })) {}
  ~ScriptedTest() override { subscription.disconnect(); }

  Script script;
  hark::AsyncEngine engine;
  hark::event::Subscription subscription;
};

/// Lets a thread through when it is opened.
class Gate {
 public:
  void open() { promise_.set_value(); }
  void wait() { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_{promise_.get_future()};
};

/// What a thread does, and a coroutine waits for.
class Happening {
 public:
  explicit Happening(asio::io_context& context)
      : work_(context.get_executor()), timer_(context) {
    timer_.expires_at(asio::steady_timer::time_point::max());
  }
  void happen() {
    asio::post(work_, [this] {
      has_happened_ = true;
      timer_.cancel();
    });
  }
  asio::awaitable<void> wait() {
    if (!has_happened_) co_await timer_.async_wait(asio::as_tuple(use_awaitable));
  }

 private:
  asio::any_io_executor work_;
  asio::steady_timer timer_;
  bool has_happened_ = false;
};

/// Lets everything that is ready go on.
asio::awaitable<void> settle() {
  for (int i = 0; i < 100; ++i) co_await asio::post(use_awaitable);
}

// -- what is read -----------------------------------------------------------------------

TEST_F(OffloadTest, EveryStorageClassArrivesBufferedAndStreamed) {
  hark::AsyncEngine engine(executor(), file());
  const std::string long_text(300'000, 'x');
  const std::string with_null("a\0b", 3);
  const auto check = [&](const hark::Row& row) {
    EXPECT_TRUE(row[0].is_null());
    EXPECT_EQ(row[1].integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(row[2].integer(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(row[3].real(), -0.125);
    EXPECT_EQ(row[4].text(), "");
    EXPECT_EQ(row[5].text(), long_text);
    EXPECT_EQ(row[6].text(), with_null);
    EXPECT_EQ(row[7].type(), hark::dbapi::Type::blob);
    EXPECT_TRUE(row[7].blob().empty());
    EXPECT_EQ(row[8].blob().size(), 2U);
  };
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    co_await connection.async_execute("CREATE TABLE t (a, b, c, d, e, f, g, h, i)",
                                      use_awaitable);
    const hark::dbapi::Blob blob{std::byte{0}, std::byte{255}};
    co_await connection.async_execute(
        "INSERT INTO t VALUES (NULL, :least, :most, -0.125, '', :long, :zero, x'', :b)",
        hark::parameters("least",
                         std::numeric_limits<std::int64_t>::min(),
                         "most",
                         std::numeric_limits<std::int64_t>::max(),
                         "long",
                         long_text,
                         "zero",
                         with_null,
                         "b",
                         blob),
        use_awaitable);
    auto buffered = co_await connection.async_execute("SELECT * FROM t", use_awaitable);
    EXPECT_EQ(buffered.columns().size(), 9U);
    EXPECT_EQ(buffered.columns().back(), "i");
    check(buffered.buffered().one());
    auto stream = co_await connection.async_stream("SELECT * FROM t", use_awaitable);
    const auto rows = co_await stream.async_fetchmany(2, use_awaitable);
    EXPECT_EQ(rows.size(), 1U);
    check(rows.at(0));
  }());
}

TEST_F(ScriptedTest, EveryTypeOfADriverIsCopied) {
  using hark::dbapi::Value;
  const auto day = std::chrono::year(1969) / 7 / 20;
  const auto time = std::chrono::sys_days(day) + 20h + 17min + 40s + 123456us;
  script.row = {Value(),
                Value(true),
                Value(false),
                Value(-7),
                Value(0.5),
                Value("text"),
                Value(hark::dbapi::Blob{std::byte{1}}),
                Value(day),
                Value(time),
                Value(hark::dbapi::Decimal{"12.50"})};
  script.rows = 1000;
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    auto result = co_await connection.async_execute("SELECT *", use_awaitable);
    EXPECT_EQ(result.lastrowid(), 17);
    std::size_t rows = 0;
    for (const hark::Row& row : result.fetchall()) {
      ++rows;
      for (std::size_t i = 0; i < script.row.size(); ++i)
        EXPECT_EQ(hark::dbapi::Value(row[i]), script.row[i]);
    }
    EXPECT_EQ(rows, 1000U);
  }());
  EXPECT_EQ(script.cursors, 0);
}

TEST_F(OffloadTest, ManyRowsAreInserted) {
  hark::AsyncEngine engine(executor(), file());
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    co_await connection.async_execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name)",
                                      use_awaitable);
    hark::ParameterSets sets;
    for (int i = 1; i <= 10'000; ++i)
      sets.push_back(hark::parameters("id", i, "name", std::to_string(i)));
    auto inserted = co_await connection.async_execute(
        "INSERT INTO t VALUES (:id, :name)", std::move(sets), use_awaitable);
    EXPECT_EQ(inserted.rowcount(), 10'000);
    EXPECT_EQ(inserted.lastrowid(), 10'000);
    EXPECT_FALSE(inserted.returns_rows());
    co_await connection.async_commit(use_awaitable);
    auto sum = co_await connection.async_execute(
        "SELECT sum(id), sum(CAST(name AS INTEGER)) FROM t", use_awaitable);
    EXPECT_EQ((sum.one<int, int>()), std::tuple(50'005'000, 50'005'000));
  }());
}

TEST_F(OffloadTest, ARowThatFailsIsToldOfByExecuteOrInItsTurnWhereItIsStreamed) {
  hark::AsyncEngine engine(executor(), "sqlite://");
  constexpr const char* failing =
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
      "SELECT CASE WHEN i = 3000 THEN abs(-9223372036854775807 - 1) ELSE i END FROM n";
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    std::string message;
    try {
      co_await connection.async_execute(failing, use_awaitable);
    } catch (const hark::OperationalError& error) {
      message = error.what();
    }
    EXPECT_NE(message.find("integer overflow"), std::string::npos) << message;

    auto stream = co_await connection.async_stream(failing, use_awaitable);
    const auto rows = co_await stream.async_fetchmany<int>(2999, use_awaitable);
    EXPECT_EQ(rows.back(), 2999);
    message.clear();
    try {
      co_await stream.async_fetchmany<int>(1, use_awaitable);
    } catch (const hark::OperationalError& error) {
      message = error.what();
    }
    EXPECT_NE(message.find("integer overflow"), std::string::npos) << message;

    message.clear();
    try {
      co_await connection.async_execute("SELEC", use_awaitable);
    } catch (const hark::OperationalError& error) {
      message = error.statement();
    }
    EXPECT_EQ(message, "SELEC");
    auto one = co_await connection.async_execute("SELECT 1", use_awaitable);
    EXPECT_EQ(one.scalar_one<int>(), 1);
  }());
}

// -- streams ----------------------------------------------------------------------------

TEST_F(OffloadTest, ManyRowsAreStreamed) {
  hark::AsyncEngine engine(executor(), file());
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    auto stream = co_await connection.async_stream(
        hark::text(first_numbers), hark::parameters("last", 100'000), use_awaitable);
    std::int64_t last = 0;
    for (;;) {
      auto rows = co_await stream.async_fetchmany<std::tuple<std::int64_t, std::string>>(
          777, use_awaitable);
      for (const auto& [number, name] : rows) {
        EXPECT_EQ(number, last + 1);
        EXPECT_EQ(name, "number " + std::to_string(number));
        last = number;
      }
      if (rows.size() < 777) break;
    }
    EXPECT_EQ(last, 100'000);
  }());
}

TEST_F(ScriptedTest, AStreamIsAheadByAFewRowsOnly) {
  script.row = {hark::dbapi::Value(1)};
  script.rows = std::numeric_limits<std::size_t>::max();
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    auto stream = co_await connection.async_stream("SELECT endless", use_awaitable);
    auto rows = co_await stream.async_fetchmany(1000, use_awaitable);
    EXPECT_EQ(rows.size(), 1000U);
    EXPECT_LE(script.fetched, 1000U + 256U);
    co_await stream.async_close(use_awaitable);
    EXPECT_EQ(script.cursors, 0);

    script.row = {hark::dbapi::Value(std::string(100'000, 'x'))};
    script.fetched = 0;
    auto wide = co_await connection.async_stream("SELECT wide", use_awaitable);
    EXPECT_LE(script.fetched, 3U);
  }());
  EXPECT_EQ(script.cursors, 0);
}

// -- who shares a connection ------------------------------------------------------------

TEST_F(OffloadTest, ConnectionsShareADatabaseInMemory) {
  hark::AsyncEngine engine(executor(), "sqlite://");
  run([&]() -> asio::awaitable<void> {
    auto one = co_await engine.async_connect(use_awaitable);
    auto other = co_await engine.async_connect(use_awaitable);
    co_await one.async_execute("CREATE TABLE t (id)", use_awaitable);
    co_await one.async_execute("INSERT INTO t VALUES (7)", use_awaitable);
    auto found = co_await other.async_execute("SELECT id FROM t", use_awaitable);
    EXPECT_EQ(found.scalar_one<int>(), 7);
  }());
}

TEST_F(ScriptedTest, FibersAndThreadsTakeTurns) {
  script.row = {hark::dbapi::Value(1), hark::dbapi::Value("text")};
  script.rows = 3;
  script.called = [](const std::string&) {  // long enough for others to come in between
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
  };
  asio::thread_pool pool(3);
  hark::AsyncEngine many(pool.get_executor(), engine.sync_engine());
  engine.sync_engine().connect().close();  // several who open at once may open several
  std::atomic<int> rows{0};
  const auto ask = [&]() -> asio::awaitable<void> {
    auto connection = co_await many.async_connect(use_awaitable);
    for (int i = 0; i < 20; ++i) {
      auto result = co_await connection.async_execute("SELECT 1", use_awaitable);
      rows += static_cast<int>(result.fetchall().size());
    }
    co_await connection.async_close(use_awaitable);
  };
  std::vector<std::future<void>> asked;
  for (int i = 0; i < 10; ++i)
    asked.push_back(asio::co_spawn(pool, ask(), asio::use_future));
  {
    hark::Connection connection = engine.sync_engine().connect();
    for (int i = 0; i < 100; ++i)
      rows += static_cast<int>(connection.execute("SELECT 2").all().size());
  }
  for (auto& each : asked) each.get();
  EXPECT_EQ(rows, 10 * 20 * 3 + 300);
  EXPECT_EQ(script.most_inside, 1);
  EXPECT_EQ(script.cursors, 0);
}

/// Where there are several, one may be late with its answer, and its fiber comes later then.
class OneThreadTest : public ScriptedTest {
 protected:
  OneThreadTest() : ScriptedTest({.blocking_threads = 1}) {}
};

TEST_F(OneThreadTest, FibersAreServedInTheOrderOfComing) {
  Gate gate;
  Happening begun(context);
  script.called = [&](const std::string& name) {
    if (name != "execute first") return;
    begun.happen();
    gate.wait();
  };
  run([&]() -> asio::awaitable<void> {
    std::vector<hark::AsyncConnection> connections;
    for (int i = 0; i < 6; ++i) {
      connections.push_back(co_await engine.async_connect(use_awaitable));
      co_await connections.back().async_execute("warm", use_awaitable);
    }
    const auto execute = [&](std::size_t number, std::string sql) {
      asio::co_spawn(
          context,
          connections[number].async_exec_driver_sql(std::move(sql), use_awaitable),
          asio::detached);
    };
    execute(0, "first");
    co_await begun.wait();
    {
      const std::lock_guard lock(script.mutex);
      script.calls.clear();
    }
    for (std::size_t i = 1; i < 6; ++i) execute(i, std::to_string(i));
    co_await settle();
    gate.open();
  }());
  std::vector<std::string> order;
  for (const std::string& call : script.calls) {
    if (call.starts_with("execute")) order.push_back(call);
  }
  EXPECT_EQ(order,
            (std::vector<std::string>{
                "execute 1", "execute 2", "execute 3", "execute 4", "execute 5"}));
}

TEST_F(ScriptedTest, WhoIsCancelledWhileItWaitsForItsTurnLeavesTheConnectionAsItIs) {
  Gate gate;
  Happening begun(context);
  int interrupts = 0;
  script.interrupted = [&] { ++interrupts; };
  script.called = [&](const std::string& name) {
    if (name != "execute first") return;
    begun.happen();
    gate.wait();
  };
  run([&]() -> asio::awaitable<void> {
    auto one = co_await engine.async_connect(use_awaitable);
    auto other = co_await engine.async_connect(use_awaitable);
    co_await other.async_execute("warm", use_awaitable);
    bool is_first_done = false;
    one.async_execute("first", [&](std::exception_ptr error, hark::AsyncResult) {
      EXPECT_EQ(error, nullptr);
      is_first_done = true;
    });
    co_await begun.wait();
    asio::cancellation_signal signal;
    Happening cancelled(context);
    std::exception_ptr failure;
    other.async_execute(
        "second",
        asio::bind_cancellation_slot(signal.slot(),
                                     [&](std::exception_ptr error, hark::AsyncResult) {
                                       failure = error;
                                       cancelled.happen();
                                     }));
    co_await settle();
    signal.emit(asio::cancellation_type::terminal);
    co_await cancelled.wait();
    EXPECT_FALSE(is_first_done);
    const auto error = failure_of([&] { std::rethrow_exception(failure); });
    EXPECT_TRUE(error && error->is_cancelled() && !error->is_disconnect());
    EXPECT_FALSE(other.invalidated());
    gate.open();
    co_await other.async_rollback(use_awaitable);
    co_await other.async_execute("third", use_awaitable);
    EXPECT_TRUE(is_first_done);
  }());
  EXPECT_EQ(interrupts, 0);
  for (const std::string& call : script.calls) EXPECT_NE(call, "execute second");
}

TEST_F(OffloadTest, SynchronousUsersShareThePool) {
  hark::Engine shared = hark::create_engine(file());
  {
    hark::Connection connection = shared.connect();
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, who)");
    connection.commit();
  }
  {
    hark::AsyncEngine engine(executor(), shared);
    std::thread thread([&] {
      for (int i = 0; i < 50; ++i) {
        hark::Connection connection = shared.connect();
        connection.execute("INSERT INTO t (who) VALUES ('thread')");
        connection.commit();
      }
    });
    run([&]() -> asio::awaitable<void> {
      for (int i = 0; i < 50; ++i) {
        auto connection = co_await engine.async_connect(use_awaitable);
        co_await connection.async_execute("INSERT INTO t (who) VALUES ('fiber')",
                                          use_awaitable);
        co_await connection.async_commit(use_awaitable);
        co_await connection.async_close(use_awaitable);
      }
    }());
    thread.join();
  }
  hark::Connection connection = shared.connect();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM t").scalar_one<int>(), 100);
  EXPECT_EQ(shared.pool().checked_out(), 1U);
}

TEST_F(OffloadTest, AResultGoesFromAThreadToAFiber) {
  auto driver = hark::make_dialect("sqlite")->connect(
      hark::make_dialect("sqlite")->connect_arguments(hark::URL("sqlite://")));
  const std::shared_ptr<hark::dbapi::Connection> connection =
      hark::dbapi::offload(std::move(driver));
  hark::AsyncEngine engine(executor(), file());
  const auto cursor = connection->cursor();
  cursor->execute(
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
      "SELECT i FROM n",
      {});
  ASSERT_TRUE(cursor->fetch());
  EXPECT_EQ(cursor->value(0).integer(), 1);
  run(engine.async_run(
      [&](hark::Connection&) {
        for (int i = 2; i <= 500; ++i) {
          ASSERT_TRUE(cursor->fetch());
          EXPECT_EQ(cursor->value(0).integer(), i);
        }
      },
      use_awaitable));
  for (int i = 501; i <= 1000; ++i) {
    std::array<hark::dbapi::ValueView, 1> cell;
    ASSERT_TRUE(cursor->fetch(cell));
    EXPECT_EQ(cell[0].integer(), i);
  }
  EXPECT_FALSE(cursor->fetch());
  EXPECT_FALSE(cursor->fetch());
  EXPECT_EQ(cursor->column_name(0), "i");
}

TEST_F(OffloadTest, ACursorThatWasCutOffRefuses) {
  auto dialect = hark::make_dialect("sqlite");
  for (const bool closes : {false, true}) {
    const std::shared_ptr<hark::dbapi::Connection> connection = hark::dbapi::offload(
        dialect->connect(dialect->connect_arguments(hark::URL("sqlite://"))));
    hark::AsyncEngine engine(executor(), file());
    hark::dbapi::CursorPtr open;
    run(engine.async_run(
        [&](hark::Connection&) {
          open = connection->cursor();
          open->execute("SELECT 1 AS one", {});
          closes ? connection->close() : connection->close_cursors();
        },
        use_awaitable));
    EXPECT_THROW(open->fetch(), hark::dbapi::ProgrammingError);
    EXPECT_THROW(open->execute("SELECT 1", {}), hark::dbapi::ProgrammingError);
    EXPECT_EQ(open->column_name(0), "one");
    if (closes) {
      EXPECT_THROW(connection->cursor(), hark::dbapi::ProgrammingError);
    } else {
      EXPECT_NO_THROW(connection->cursor()->execute("SELECT 1", {}));
    }
  }
}

// -- waits ------------------------------------------------------------------------------

TEST_F(OffloadTest, AWaitForALockDoesNotBlockTheLoop) {
  hark::AsyncEngine engine(executor(), file() + "?timeout=1000");
  run([&]() -> asio::awaitable<void> {
    auto holder = co_await engine.async_connect(use_awaitable);
    co_await holder.async_execute("CREATE TABLE t (id)", use_awaitable);
    co_await holder.async_commit(use_awaitable);
    co_await holder.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
    auto waiter = co_await engine.async_connect(use_awaitable);
    bool is_done = false;
    waiter.async_execute("INSERT INTO t VALUES (2)",
                         [&](std::exception_ptr error, hark::AsyncResult) {
                           EXPECT_EQ(error, nullptr);
                           is_done = true;
                         });
    co_await settle();
    EXPECT_FALSE(is_done);
    co_await holder.async_commit(use_awaitable);
    co_await waiter.async_commit(use_awaitable);
    EXPECT_TRUE(is_done);
  }());
}

TEST_F(OffloadTest, RowsOfAResultThatNobodyKeepsAreKeptByTheLoop) {
  hark::AsyncEngine engine(executor(), file());
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    int sum = 0;
    for (const auto& [a, b] :
         (co_await connection.async_execute("SELECT 1, 'x' UNION ALL SELECT 2, 'y'",
                                            use_awaitable))
             .rows<int, std::string>())
      sum += a + static_cast<int>(b.size());
    EXPECT_EQ(sum, 5);
  }());
}

// As many as the pool has connections: who holds the lock has a thread all the same.
TEST_F(OffloadTest, ManyWhoWaitForALockLeaveAThreadToWhoHoldsIt) {
  constexpr int waiting = 8;
  hark::AsyncEngine engine(executor(), file() + "?timeout=60");
  run([&]() -> asio::awaitable<void> {
    auto holder = co_await engine.async_connect(use_awaitable);
    co_await holder.async_execute("CREATE TABLE t (id)", use_awaitable);
    co_await holder.async_commit(use_awaitable);
    co_await holder.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
    int done = 0;
    const auto insert = [&]() -> asio::awaitable<void> {
      auto waiter = co_await engine.async_connect(use_awaitable);
      co_await waiter.async_execute("INSERT INTO t VALUES (2)", use_awaitable);
      co_await waiter.async_commit(use_awaitable);
      ++done;
    };
    for (int i = 0; i < waiting; ++i) {
      asio::co_spawn(context, insert(), [](std::exception_ptr failure) {
        EXPECT_EQ(failure, nullptr);
      });
    }
    co_await settle();
    EXPECT_EQ(done, 0);
    co_await holder.async_commit(use_awaitable);
    while (done < waiting) co_await settle();
  }());
}

TEST_F(OffloadTest, AnEndlessStatementIsCancelled) {
  asio::thread_pool one_thread(1);
  std::vector<hark::Outcome> outcomes;
  for (const bool is_streamed : {false, true}) {
    for (const auto delay : {0ms, 1ms, 3ms, 30ms}) {
      hark::AsyncEngine engine(
          executor(), file(), {.blocking_executor = one_thread.get_executor()});
      const auto subscription = hark::event::listen(
          engine.sync_engine(),
          "cursor_execute_end",
          [&](hark::Connection&, hark::ExecutionContext&, const hark::Ending& ending) {
            outcomes.push_back(ending.outcome);
          });
      run([&]() -> asio::awaitable<void> {
        auto connection = co_await engine.async_connect(use_awaitable);
        asio::cancellation_signal signal;
        Happening ended(context);
        std::exception_ptr failure;
        outcomes.clear();
        auto handler = asio::bind_cancellation_slot(
            signal.slot(), [&](std::exception_ptr error, hark::AsyncResult) {
              failure = error;
              ended.happen();
            });
        if (is_streamed) {
          connection.async_stream(hark::text(endless), std::move(handler));
        } else {
          connection.async_execute(hark::text(endless), std::move(handler));
        }
        if (delay != 0ms) {
          asio::steady_timer timer(context, delay);
          co_await timer.async_wait(use_awaitable);
        } else {
          co_await asio::post(use_awaitable);
        }
        signal.emit(asio::cancellation_type::terminal);
        co_await ended.wait();
        const auto error = failure_of([&] { std::rethrow_exception(failure); });
        EXPECT_TRUE(error && error->is_cancelled() && !error->is_disconnect());
        for (const hark::Outcome outcome : outcomes)
          EXPECT_EQ(outcome, hark::Outcome::cancelled);
        EXPECT_FALSE(connection.invalidated());
        auto result = co_await connection.async_execute("SELECT 7", use_awaitable);
        EXPECT_EQ(result.scalar_one<int>(), 7);
        co_await connection.async_close(use_awaitable);
        EXPECT_EQ(engine.pool().checked_out(), 0U);
      }());
    }
  }
}

TEST_F(ScriptedTest, WorkIsInterruptedUntilItIsOver) {
  Gate gate;
  Happening begun(context);
  std::atomic<int> interrupts{0};
  // As a driver that has not quite begun: only the third has an effect.
  script.interrupted = [&] {
    if (++interrupts == 3) gate.open();
  };
  script.called = [&](const std::string& name) {
    if (name != "execute endless") return;
    begun.happen();
    gate.wait();
    throw hark::dbapi::OperationalError("interrupted", {.is_cancelled = true});
  };
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await engine.async_connect(use_awaitable);
    asio::cancellation_signal signal;
    Happening ended(context);
    std::exception_ptr failure;
    connection.async_execute(
        "endless",
        asio::bind_cancellation_slot(signal.slot(),
                                     [&](std::exception_ptr error, hark::AsyncResult) {
                                       failure = error;
                                       ended.happen();
                                     }));
    co_await begun.wait();
    signal.emit(asio::cancellation_type::terminal);
    co_await ended.wait();
    const auto error = failure_of([&] { std::rethrow_exception(failure); });
    EXPECT_TRUE(error && error->is_cancelled());
    co_await connection.async_execute("another", use_awaitable);
  }());
  EXPECT_EQ(interrupts, 3);
}

TEST_F(ScriptedTest, WhatMayBlockRunsOnTheExecutorOfTheUsersChoice) {
  asio::thread_pool pool(1);
  const std::thread::id thread =
      asio::post(pool, asio::use_future([] { return std::this_thread::get_id(); })).get();
  hark::AsyncEngine chosen(
      executor(), engine.sync_engine(), {.blocking_executor = pool.get_executor()});
  script.row = {hark::dbapi::Value(1)};
  run([&]() -> asio::awaitable<void> {
    auto connection = co_await chosen.async_connect(use_awaitable);
    co_await connection.async_execute("SELECT 1", use_awaitable);
    co_await connection.async_commit(use_awaitable);
    co_await connection.async_execute("SELECT 2", use_awaitable);
    co_await connection.async_close(use_awaitable);
    co_await chosen.async_dispose(use_awaitable);
  }());
  EXPECT_EQ(script.threads, std::set<std::thread::id>{thread});
  EXPECT_EQ(script.calls,
            (std::vector<std::string>{"begin",
                                      "execute SELECT 1",
                                      "commit",
                                      "begin",
                                      "execute SELECT 2",
                                      "rollback",
                                      "close"}));
}

// -- failures ---------------------------------------------------------------------------

/// What a run announces, in order.
class Heard {
 public:
  explicit Heard(hark::Engine& engine) {
    using hark::Ending;
    hear_end<hark::Connection&>(engine, "begin_end");
    hear_end<hark::Connection&>(engine, "commit_end");
    hear_end<hark::Connection&>(engine, "rollback_end");
    hear_end<hark::Connection&, hark::ExecutionContext&>(engine, "cursor_execute_end");
    hear_end<hark::Connection&, const hark::Clause&>(engine, "execute_end");
    hear<hark::dbapi::Connection&, hark::ConnectionRecord&>(engine, "connect");
    hear<hark::dbapi::Connection&, hark::ConnectionRecord&>(engine, "close");
    hear<hark::dbapi::Connection*, hark::ConnectionRecord&>(engine, "checkin");
    hear<hark::dbapi::Connection&, hark::ConnectionRecord&, const std::exception_ptr&>(
        engine, "invalidate");
    hear<hark::ExceptionContext&>(engine, "handle_error");
  }
  ~Heard() {
    for (auto& each : subscriptions_) each.disconnect();
  }
  std::vector<std::string> events;

 private:
  template <class... Args>
  void hear(hark::Engine& engine, const char* name) {
    subscriptions_.push_back(hark::event::listen(
        engine, hark::event::runtime_name(name), [this, name](Args...) {
          events.emplace_back(name);
        }));
  }
  template <class... Args>
  void hear_end(hark::Engine& engine, const char* name) {
    subscriptions_.push_back(hark::event::listen(
        engine,
        hark::event::runtime_name(name),
        [this, name](Args..., const hark::Ending& ending) {
          events.push_back(name + (" " + std::string(hark::name_of(ending.outcome))));
        }));
  }
  std::vector<hark::event::Subscription> subscriptions_;
};

void use_everything(hark::Connection& connection) {
  connection.execute("SELECT 1").fetchall();
  connection.execute("INSERT").close();
  connection.commit();
  hark::Transaction transaction = connection.begin();
  hark::Transaction nested = connection.begin_nested();
  connection.execute("INSERT", hark::ParameterSets(2, hark::parameters("a", 1))).close();
  nested.rollback();
  transaction.commit();
  connection.execute("SELECT 2").fetchall();
}

TEST_F(OffloadTest, WhatFailsIsAnnouncedAsOnAThread) {
  using hark::test::FakeDatabase;
  const auto on_thread = [](FakeDatabase& database, std::vector<std::string>& events) {
    hark::test::FakeDialect::use(database);
    hark::Engine engine = hark::create_engine("fake://");
    Heard heard(engine);
    try {
      hark::Connection connection = engine.connect();
      use_everything(connection);
      connection.close();
    } catch (const hark::Error& error) {
      heard.events.emplace_back(error.what());
    }
    engine.dispose();
    events = heard.events;
  };
  const auto on_fiber = [this](FakeDatabase& database, std::vector<std::string>& events) {
    hark::test::FakeDialect::use(database);
    hark::AsyncEngine engine(executor(), "fake://");
    Heard heard(engine.sync_engine());
    try {
      run([&]() -> asio::awaitable<void> {
        auto connection = co_await engine.async_connect(use_awaitable);
        co_await connection.async_run(&use_everything, use_awaitable);
        co_await connection.async_close(use_awaitable);
      }());
    } catch (const hark::Error& error) {
      heard.events.emplace_back(error.what());
    }
    run(engine.async_dispose(use_awaitable));
    events = heard.events;
  };
  for (const bool loses_connection : {false, true}) {
    for (std::size_t failing = 0;; ++failing) {
      FakeDatabase expected;
      FakeDatabase actual;
      for (FakeDatabase* each : {&expected, &actual}) {
        each->fail_at = failing;
        each->loses_connection = loses_connection;
      }
      std::vector<std::string> on_thread_events;
      std::vector<std::string> on_fiber_events;
      on_thread(expected, on_thread_events);
      const bool is_fetch = failing != 0 && failing <= expected.calls.size() &&
                            expected.calls[failing - 1] == "fetch";
      // A row that fails is told of by execute().
      if (is_fetch) continue;
      on_fiber(actual, on_fiber_events);
      EXPECT_EQ(on_fiber_events, on_thread_events) << failing;
      EXPECT_EQ(actual.calls, expected.calls) << failing;
      EXPECT_EQ(actual.open, 0U);
      EXPECT_EQ(expected.open, 0U);
      if (failing > expected.calls.size()) break;
    }
  }
}

}  // namespace offload_test
}  // namespace
