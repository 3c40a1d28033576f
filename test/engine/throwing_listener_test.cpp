// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Whichever listener throws, and whenever: the pool counts right, no connection is lost,
// each announcement has one end that tells the truth, and the engine works on.
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

class Veto : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool is_veto(const std::exception_ptr& error) {
  try {
    if (error != nullptr) std::rethrow_exception(error);
  } catch (const Veto&) {
    return true;
  } catch (...) {
  }
  return false;
}

/// Counts announcements of one kind and their ends. Its listeners come first.
class Tally {
 public:
  template <class Announcement, class End>
  void listen(Engine& engine) {
    event::listen<Announcement>(engine, [this] { ++announced; });
    event::listen<End>(engine, [this](auto&&... arguments) {
      note(std::get<sizeof...(arguments) - 1>(std::tie(arguments...)));
    });
  }

  int announced = 0;
  int ended = 0;
  int ok = 0;
  int vetoed = 0;  // ended with a Veto
  int untruthful = 0;

 private:
  void note(const Ending& ending) {
    ++ended;
    const bool is_ok = ending.outcome == Outcome::ok;
    if (is_ok) ++ok;
    if (is_veto(ending.error)) ++vetoed;
    if (is_ok != (ending.error == nullptr)) ++untruthful;
  }
};

/// Connections that have announced themselves, and what became of them.
class Lives {
 public:
  explicit Lives(Engine& engine) {
    using C = ConnectionEvents;
    event::listen<C::acquire>(engine, [this](Connection& connection) {
      untimely += closed[connection.id()] != 0 ? 1 : 0;
    });
    event::listen<C::acquire_end>(engine, [this](Connection& connection) {
      untimely += closed.at(connection.id()) != 0 ? 1 : 0;
    });
    event::listen<C::connection_closed>(engine, [this, &engine](Connection& connection) {
      ++closed.at(connection.id());
      untimely += engine.pool().checked_out() != 0 ? 1 : 0;
    });
  }

  std::map<std::uint64_t, int> closed;  // how often, by id
  int untimely = 0;
};

struct Tallies {
  explicit Tallies(Engine& engine) : lives(engine) {
    using C = ConnectionEvents;
    acquire.listen<C::acquire, C::acquire_end>(engine);
    execute.listen<C::before_execute, C::execute_end>(engine);
    cursor_execute.listen<C::before_cursor_execute, C::cursor_execute_end>(engine);
    begin.listen<C::begin, C::begin_end>(engine);
    commit.listen<C::commit, C::commit_end>(engine);
    rollback.listen<C::rollback, C::rollback_end>(engine);
    savepoint.listen<C::savepoint, C::savepoint_end>(engine);
    release.listen<C::release_savepoint, C::release_savepoint_end>(engine);
    rollback_to.listen<C::rollback_savepoint, C::rollback_savepoint_end>(engine);
    begin_twophase.listen<C::begin_twophase, C::begin_twophase_end>(engine);
    prepare_twophase.listen<C::prepare_twophase, C::prepare_twophase_end>(engine);
    rollback_twophase.listen<C::rollback_twophase, C::rollback_twophase_end>(engine);
    commit_twophase.listen<C::commit_twophase, C::commit_twophase_end>(engine);
    connect.listen<DialectEvents::do_connect, PoolEvents::connect_end>(engine);
    event::listen<PoolEvents::checkout_end>(engine, [this] { ++checkout.ended; });
  }

  /// That of the announcement E; null: E is none.
  template <class E>
  const Tally* of() const {
    using C = ConnectionEvents;
    if constexpr (std::is_same_v<E, C::acquire>) return &acquire;
    if constexpr (std::is_same_v<E, C::before_execute>) return &execute;
    if constexpr (std::is_same_v<E, C::before_cursor_execute>) return &cursor_execute;
    if constexpr (std::is_same_v<E, C::begin>) return &begin;
    if constexpr (std::is_same_v<E, C::commit>) return &commit;
    if constexpr (std::is_same_v<E, C::rollback>) return &rollback;
    if constexpr (std::is_same_v<E, C::savepoint>) return &savepoint;
    if constexpr (std::is_same_v<E, C::release_savepoint>) return &release;
    if constexpr (std::is_same_v<E, C::rollback_savepoint>) return &rollback_to;
    if constexpr (std::is_same_v<E, C::begin_twophase>) return &begin_twophase;
    if constexpr (std::is_same_v<E, C::prepare_twophase>) return &prepare_twophase;
    if constexpr (std::is_same_v<E, C::rollback_twophase>) return &rollback_twophase;
    if constexpr (std::is_same_v<E, C::commit_twophase>) return &commit_twophase;
    return nullptr;
  }

  Lives lives;
  Tally acquire, execute, cursor_execute, begin, commit, rollback, savepoint, release,
      rollback_to, begin_twophase, prepare_twophase, rollback_twophase, commit_twophase,
      connect, checkout;
};

std::ptrdiff_t count(const FakeDatabase& database, std::string_view call) {
  return std::count(database.calls.begin(), database.calls.end(), call);
}

/// Everything that makes events fire.
void act(Engine& engine, FakeDatabase& database, int& checkouts) {
  Engine tagged = engine.execution_options({{"tag", true}});
  {
    ++checkouts;
    Connection connection(tagged);
    connection.execution_options({{"no_parameters", false}});
    connection.execute("SELECT 1").fetchall();
    Transaction released = connection.begin_nested();
    connection.execute(text("INSERT :a"), ParameterSets{{{"a", 1}}, {{"a", 2}}});
    released.commit();
    Transaction undone = connection.begin_nested();
    undone.rollback();
    connection.commit();
    connection.execute("INSERT :a", {{"a", 1}});
    connection.execution_options({{"no_parameters", true}});
    connection.execute("INSERT");
    connection.rollback();
  }
  {
    ++checkouts;
    Connection connection(engine);
    database.fail_at = database.calls.size() + 2;  // behind its begin
    try {
      connection.execute("INSERT");
    } catch (const OperationalError&) {
    }
    connection.rollback();
    connection.invalidate();
    ++checkouts;
    connection.connection();
    connection.connection().invalidate(nullptr, true);
  }
  {
    ++checkouts;
    Connection connection(engine);
    connection.execute("SELECT 1").fetchall();
    connection.detach();
    connection.commit();
  }
  {
    ++checkouts;
    Connection connection(engine);
    TwoPhaseTransaction committed = connection.begin_twophase("x");
    connection.execute("INSERT");
    committed.prepare();
    committed.commit();
    TwoPhaseTransaction undone = connection.begin_twophase("y");
    undone.rollback();
  }
  engine.dispose();
}

void expect_truth(const Tallies& tallies, const FakeDatabase& database) {
  for (const Tally* tally : {&tallies.acquire,
                             &tallies.execute,
                             &tallies.cursor_execute,
                             &tallies.begin,
                             &tallies.commit,
                             &tallies.rollback,
                             &tallies.savepoint,
                             &tallies.release,
                             &tallies.rollback_to,
                             &tallies.begin_twophase,
                             &tallies.prepare_twophase,
                             &tallies.rollback_twophase,
                             &tallies.commit_twophase,
                             &tallies.connect,
                             &tallies.checkout}) {
    EXPECT_EQ(tally->ended, tally->announced);
    EXPECT_EQ(tally->untruthful, 0);
  }
  EXPECT_EQ(tallies.lives.untimely, 0);
  for (const auto& [id, closed] : tallies.lives.closed) EXPECT_EQ(closed, 1) << id;
  EXPECT_EQ(tallies.begin.ok + tallies.begin_twophase.ok, count(database, "begin"));
  EXPECT_EQ(tallies.commit.ok, count(database, "commit"));
  // A listener of the statement may throw behind it.
  EXPECT_LE(tallies.prepare_twophase.ok, count(database, "execute PREPARE x"));
  EXPECT_LE(tallies.commit_twophase.ok, count(database, "execute COMMIT PREPARED x"));
}

/// What a listener of the announcement forbade has ended with its exception.
void expect_veto(const Tally* announcement) {
  if (announcement == nullptr) return;
  EXPECT_EQ(announcement->vetoed, 1);
}

void expect_usable(Engine& engine) {
  Connection connection(engine);
  EXPECT_FALSE(connection.execute("SELECT 1").scalar()->is_null());
  EXPECT_NO_THROW(connection.commit());
}

/// Lets the n-th call of a listener of E throw. Is there one?
template <class E>
bool survives_throw_at(int n) {
  FakeDatabase database;
  database.wants_input_sizes = true;
  FakeDialect::use(database);
  Engine engine = create_engine("fake://");
  Tallies tallies(engine);
  int calls = 0;
  auto veto = event::listen<E>(engine, [&] {
    if (++calls == n) throw Veto("no");
  });

  try {
    act(engine, database, tallies.checkout.announced);
  } catch (const std::exception&) {
  }

  veto.disconnect();
  const bool is_forbidden = std::is_same_v<E, ConnectionEvents::acquire> && calls >= n;
  if (is_forbidden) --tallies.checkout.announced;
  expect_truth(tallies, database);
  if (calls >= n) expect_veto(tallies.of<E>());
  EXPECT_EQ(engine.pool().checked_out(), 0U) << engine.pool().status();
  database.fail_at = 0;
  expect_usable(engine);
  engine.dispose();
  EXPECT_EQ(database.open, 0U);
  return calls >= n;
}

class ThrowingListenerTest : public ::testing::Test {
 protected:
  template <class... Events>
  static void run(event::list<Events...>) {
    (run_one<Events>(), ...);
  }

 private:
  template <class E>
  static void run_one() {
    int n = 0;
    for (bool has_thrown = true; has_thrown;) {
      ++n;
      SCOPED_TRACE(std::string(E::id) + ", call " + std::to_string(n));
      has_thrown = survives_throw_at<E>(n);
    }
    EXPECT_GT(n, 1) << E::id << " is never fired";
  }
};

TEST_F(ThrowingListenerTest, OfPoolEventsBreaksNothing) { run(PoolEvents::all()); }

TEST_F(ThrowingListenerTest, OfConnectionEventsBreaksNothing) {
  run(ConnectionEvents::all());
}

TEST_F(ThrowingListenerTest, OfDialectEventsBreaksNothing) { run(DialectEvents::all()); }

}  // namespace
}  // namespace hark::test
