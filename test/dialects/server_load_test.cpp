// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Eight threads share one engine, whose pool has fewer connections. They insert rows while
// the server is stopped, killed and started again under them, and others subscribe and
// unsubscribe. Each thread keeps a book of what it was told: afterwards the table has to
// agree with all of them.
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "dialects/faults/fault_test.hpp"

namespace hark::test {
namespace {

using C = ConnectionEvents;

/// The ids of transactions, each of which inserts its id twice over: as n and as -n.
struct Book {
  std::vector<int> done;
  std::vector<int> undone;
  std::vector<int> unknown;
  std::size_t checkouts = 0;
};

/// How this thread's last commit has ended.
thread_local Outcome last_commit = Outcome::ok;

class ServerLoadTest : public OwnServerTest,
                       public ::testing::WithParamInterface<PrePing> {
 protected:
  static constexpr int thread_count = 8;
  static constexpr int ids_per_thread = 1'000'000;

  void SetUp() override {
    OwnServerTest::SetUp();
    if (!IsSkipped()) start();
  }

  // -- those who insert

  void insert_until_stopped(Engine& engine, int thread, Book& book) {
    for (int i = 1; !is_stopped; ++i) {
      const int id = thread * ids_per_thread + i;
      last_commit = Outcome::ok;
      try {
        ++book.checkouts;
        const bool is_committed = insert(engine, id, i);
        (is_committed ? book.done : book.undone).push_back(id);
        if (!is_committed) continue;
        ++acknowledged;
        acknowledged.notify_all();
      } catch (const OperationalError&) {
        (last_commit == Outcome::unknown ? book.unknown : book.undone).push_back(id);
        is_down.wait(true);
      }
    }
  }

  /// True: it was committed.
  static bool insert(Engine& engine, int id, int number) {
    static const Clause insert_one = text("INSERT INTO u (id) VALUES (:id)");
    constexpr int rolls_back_one_in = 10;
    Connection connection = engine.connect();
    Transaction transaction = connection.begin();
    connection.execute(insert_one, {{"id", id}});
    connection.execute(insert_one, {{"id", -id}});
    if (number % rolls_back_one_in == 0) {
      transaction.rollback();
      return false;
    }
    transaction.commit();
    return true;
  }

  // -- those who listen

  /// Is called, and must not be when it is over.
  struct Witness {
    std::atomic<bool> is_over{false};
    std::atomic<std::size_t> calls{0};
    void hear() {
      EXPECT_FALSE(is_over);
      ++calls;
    }
  };

  template <class Event>
  void subscribe_once(Engine& engine) {
    auto witness = std::make_unique<Witness>();
    event::Subscription subscription =
        event::listen<Event>(engine, [each = witness.get()] { each->hear(); });
    wait_for(acknowledged + 3);
    subscription.disconnect_and_wait();
    witness->is_over = true;
    heard += witness->calls;
  }

  void subscribe_until_stopped(Engine& engine) {
    while (!is_stopped) {
      subscribe_once<PoolEvents::checkout>(engine);
      subscribe_once<PoolEvents::checkin>(engine);
      subscribe_once<C::before_cursor_execute>(engine);
      subscribe_once<C::cursor_execute_end>(engine);
      subscribe_once<C::commit_end>(engine);
      subscribe_once<C::handle_error>(engine);
    }
  }

  // -- who breaks the server

  void wait_for(std::size_t count) {
    for (std::size_t now = acknowledged; now < count && !is_stopped; now = acknowledged)
      acknowledged.wait(now);
  }

  void break_server() {
    constexpr std::size_t at_least = 60;
    const std::array<void (Server::*)(), 3> ways{
        &Server::stop, &Server::kill, &Server::kill};
    for (const auto way : ways) {
      wait_for(acknowledged + at_least);
      is_down = true;
      (server().*way)();
      server().start();
      is_down = false;
      is_down.notify_all();
    }
    wait_for(acknowledged + at_least);
    is_stopped = true;
    ++acknowledged;  // wakes who waits for more
    acknowledged.notify_all();
  }

  /// What the threads and the table tell of each other.
  static void check(const std::vector<Book>& books, const std::vector<int>& ids) {
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end())
        << "a row is doubled";
    const auto is_there = [&](int id) {
      return std::binary_search(ids.begin(), ids.end(), id);
    };
    std::size_t rows = 0;
    for (const Book& book : books) {
      for (const int id : book.done) EXPECT_TRUE(is_there(id) && is_there(-id)) << id;
      for (const int id : book.undone) EXPECT_FALSE(is_there(id) || is_there(-id)) << id;
      for (const int id : book.unknown) EXPECT_EQ(is_there(id), is_there(-id)) << id;
      rows += book.done.size() + static_cast<std::size_t>(std::count_if(
                                     book.unknown.begin(), book.unknown.end(), is_there));
    }
    EXPECT_EQ(ids.size(), 2 * rows);
  }

  std::atomic<bool> is_stopped{false};
  std::atomic<bool> is_down{false};
  std::atomic<std::size_t> acknowledged{0};
  std::atomic<std::size_t> heard{0};
};

INSTANTIATE_TEST_SUITE_P(EachMode,
                         ServerLoadTest,
                         ::testing::Values(PrePing::off, PrePing::round_trip),
                         [](const auto& of) {
                           return of.param == PrePing::off ? "WithoutPing" : "WithPing";
                         });

TEST_P(ServerLoadTest, BooksAgreeWithTheTable) {
  const QuietLostErrors quiet;
  constexpr std::size_t pool_size = 3;
  WatchedEngine watched(
      url(),
      {.pool = {.pre_ping = GetParam(), .pool_size = pool_size, .max_overflow = 2}});
  Engine& engine = watched.engine;
  engine.begin(
      [](Connection& connection) { connection.execute("CREATE TABLE u (id int)"); });
  event::listen<C::commit_end>(
      engine, [](Connection&, const Ending& ending) { last_commit = ending.outcome; });

  std::vector<Book> books(thread_count);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < thread_count; ++i) {
      threads.emplace_back([&, i] {
        insert_until_stopped(engine, i, books[static_cast<std::size_t>(i)]);
      });
    }
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] { subscribe_until_stopped(engine); });
    }
    break_server();
  }

  auto& pool = dynamic_cast<QueuePool&>(engine.pool());
  EXPECT_EQ(pool.checked_out(), 0U);
  EXPECT_LE(pool.checked_in(), pool_size);
  EXPECT_EQ(pool.overflow() + static_cast<int>(pool_size),
            static_cast<int>(pool.checked_in()));
  EXPECT_EQ(watched.checker.complaints(), "");
  std::size_t checkouts = 1;
  for (const Book& book : books) checkouts += book.checkouts;
  EXPECT_EQ(watched.checker.checkouts(), checkouts);
  EXPECT_GT(heard, 0U);
  EXPECT_GT(watched.disconnects(), 0U);
  {
    Connection connection = engine.connect();
    check(books, connection.execute("SELECT id FROM u ORDER BY id").scalars<int>());
  }
}

}  // namespace
}  // namespace hark::test
