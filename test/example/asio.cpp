// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The asynchronous engine, as its guide shows it.

#include <hark/asio.hpp>
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <boost/asio.hpp>

#include <cassert>
#include <chrono>
#include <filesystem>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace dbapi = hark::dbapi;
namespace event = hark::event;

using asio::use_awaitable;
using namespace std::chrono_literals;

namespace {

struct Track {
  int id;
  std::string name;
};

asio::awaitable<void> make_tables(hark::AsyncEngine& engine) {
  // [tables]
  hark::MetaData metadata;
  metadata.table("track",
                 hark::Column("id", hark::Integer(), {.primary_key = true}),
                 hark::Column("name", hark::Text(), {.nullable = false}));
  co_await engine.async_begin(
      [&](hark::Connection& connection) { metadata.create_all(connection); }, use_awaitable);
  // [/tables]
}

asio::awaitable<void> execute(hark::AsyncEngine& engine) {
  // [execute]
  static const auto add = hark::text("INSERT INTO track (id, name) VALUES (:id, :name)");
  static const auto by_id = hark::text("SELECT id, name FROM track WHERE id = :id");
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);

  hark::ParameterSets tracks;  // once for each (executemany)
  tracks.push_back(hark::parameters("id", 1, "name", "Overture"));
  tracks.push_back(hark::parameters("id", 2, "name", "Aria"));
  co_await connection.async_execute(add, tracks, use_awaitable);

  hark::AsyncResult result =
      co_await connection.async_execute(by_id, hark::parameters("id", 1), use_awaitable);
  const Track track = result.one<Track>();  // all rows are there: nothing is waited for
  co_await connection.async_commit(use_awaitable);
  co_await connection.async_close(use_awaitable);  // else in the background, when it is destroyed
  // [/execute]
  assert(track.name == "Overture");
}

asio::awaitable<void> execute_alone(hark::AsyncEngine& engine) {
  // [alone]
  static const auto by_id = hark::text("SELECT id, name FROM track WHERE id = :id");
  const Track track = co_await engine.async_execute(
      by_id, hark::parameters("id", 1), hark::read::one<Track>, use_awaitable);
  // [/alone]
  assert(track.name == "Overture");
}

// [play]
asio::awaitable<void> play(hark::AsyncEngine& engine) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  co_await connection.async_execute("UPDATE track SET name = :new", hark::parameters("new", "Aria"),
                                    hark::cancel_after(2s, use_awaitable));
  auto result = co_await connection.async_execute("SELECT id, name FROM track", use_awaitable);
  for (const Track& track : result.rows<Track>()) std::cout << track.name << '\n';
  co_await connection.async_commit(use_awaitable);
}
// [/play]

asio::awaitable<void> transact(hark::AsyncEngine& engine) {
  // [transaction]
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  hark::AsyncTransaction transaction = co_await connection.async_begin(use_awaitable);
  co_await connection.async_execute("UPDATE track SET name = 'Intro' WHERE id = 1", use_awaitable);

  hark::AsyncTransaction savepoint = co_await connection.async_begin_nested(use_awaitable);
  co_await connection.async_execute("DELETE FROM track", use_awaitable);
  co_await savepoint.async_rollback(use_awaitable);

  co_await transaction.async_commit(use_awaitable);  // else it is rolled back with the handle
  // [/transaction]
}

asio::awaitable<void> run(hark::AsyncEngine& engine) {
  // [run]
  const int count = co_await engine.async_begin(
      [](hark::Connection& connection) {  // as for an Engine: where it waits, its fiber does
        connection.execute("INSERT INTO track VALUES (:id, :name)", {{"id", 3}, {"name", "Finale"}});
        return connection.execute("SELECT count(*) FROM track").scalar_one<int>();
      },
      use_awaitable);
  // [/run]
  assert(count == 3);
}

asio::awaitable<void> stream(hark::AsyncEngine& engine) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  // [stream]
  hark::AsyncResult result =
      co_await connection.async_stream("SELECT id, name FROM track ORDER BY id", use_awaitable);
  std::vector<Track> some;
  do {
    some = co_await result.async_fetchmany<Track>(100, use_awaitable);
    for (const Track& track : some) std::cout << track.id << ' ' << track.name << '\n';
  } while (!some.empty());
  // [/stream]
}

asio::awaitable<void> give_up(hark::AsyncEngine& engine) {
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  // [deadline]
  const std::string endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  bool took_too_long = false;
  try {
    co_await connection.async_execute(endless, hark::cancel_after(100ms, use_awaitable));
  } catch (const hark::Error& error) {
    if (!error.is_cancelled()) throw;
    took_too_long = true;
  }
  if (took_too_long) co_await connection.async_rollback(use_awaitable);  // not within the catch
  // [/deadline]
  assert(took_too_long);
}

asio::awaitable<void> listen(hark::AsyncEngine& engine) {
  int asked = 0;
  // [events]
  // One that waits: whatever it awaits, the statement is executed when it has returned.
  event::Subscription asking = event::listen(
      engine, "before_execute",
      [&](hark::Connection&, const hark::Clause& clause) -> asio::awaitable<void> {
        asio::steady_timer answer(co_await asio::this_coro::executor, 1ms);  // of whoever may refuse
        co_await answer.async_wait(use_awaitable);
        ++asked;
        if (clause->text().starts_with("DROP")) throw std::runtime_error("not here");
      });

  // One as for an Engine.
  event::listen(engine, "checkin", [](dbapi::Connection*) { std::cout << "given back\n"; });
  // [/events]
  hark::AsyncConnection connection = co_await engine.async_connect(use_awaitable);
  bool is_refused = false;
  try {
    co_await connection.async_execute("DROP TABLE track", use_awaitable);
  } catch (const std::runtime_error&) {
    is_refused = true;
  }
  assert(asked == 1 && is_refused);
  asking.disconnect();
}

void use_threads(const std::string& url) {
  // [threads]
  asio::thread_pool threads(4);
  hark::AsyncEngine engine(threads.get_executor(), url);
  std::future<int> count = engine.async_run(
      [](hark::Connection& connection) {
        return connection.execute("SELECT count(*) FROM track").scalar_one<int>();
      },
      asio::use_future);
  engine.async_connect([](std::exception_ptr failure, hark::AsyncConnection connection) {
    if (failure == nullptr) std::cout << connection.closed() << '\n';  // on the connection's strand
  });
  std::cout << count.get() << '\n';
  threads.join();
  // [/threads]
}

void share(const std::string& url) {
  // [share]
  hark::Engine engine = hark::create_engine(url, {.pool = {.pool_size = 2, .max_overflow = 0}});
  asio::io_context context;
  hark::AsyncEngine async_engine(context.get_executor(), engine);  // its pool, its listeners
  // [/share]
  asio::co_spawn(context, run(async_engine), [](std::exception_ptr failure) {
    assert(failure != nullptr);  // the row is there already
  });
  engine.connect().execute("SELECT 1");
  context.run();
}

asio::awaitable<void> run_all(hark::AsyncEngine& engine) {
  co_await make_tables(engine);
  co_await execute(engine);
  co_await execute_alone(engine);
  co_await play(engine);
  co_await transact(engine);
  co_await run(engine);
  co_await stream(engine);
  co_await give_up(engine);
  co_await listen(engine);
  // [shutdown]
  co_await engine.async_dispose(use_awaitable);
  // [/shutdown]
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("hark-asio-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  std::filesystem::create_directory(folder);
  const std::string url = "sqlite:///" + (folder / "music.db").string();
  {
    asio::io_context context;
    hark::AsyncEngine engine(context.get_executor(), url);
    asio::co_spawn(context, run_all(engine), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context.run();
  }
  use_threads(url);
  share(url);
  std::filesystem::remove_all(folder);
}
