// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// A server's session is ended, or the way to it is cut, at every step of what a program
// does: who is told, what is announced to have ended and how, what becomes of the
// transaction, and how the pool finds its way back.
#include <hark/engine.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "dialects/faults/fault_test.hpp"
#include "dialects/faults/proxy.hpp"
#include "support/folder.hpp"

namespace hark::test {
namespace {

using C = ConnectionEvents;

void insert(Connection& connection, int id) {
  connection.execute(insert_row, {{"id", id}, {"note", "row"}});
}

ParameterSets rows_from(int first, int count) {
  ParameterSets rows;
  for (int i = 0; i < count; ++i)
    rows.push_back({{"id", first + i}, {"note", std::string("many")}});
  return rows;
}

// -- the session is ended ---------------------------------------------------------------

/// What a program is in the middle of.
struct Scene {
  explicit Scene(Engine& engine) : connection(engine.connect()) {}

  Connection connection;
  Transaction transaction;
  Transaction savepoint;
  TwoPhaseTransaction two_phase;
  std::optional<Result> result;
};

/// A step in which it notices that its session has gone.
struct Step {
  std::string_view name;
  std::function<void(Scene&)> before;
  std::function<void(Scene&)> act;
  std::string_view end;  ///< of what fails
  Outcome outcome = Outcome::error;
  bool is_pending = true;  ///< must it be rolled back before it goes on?
};

void PrintTo(const Step& step, std::ostream* out) { *out << step.name; }

void begin_with_row(Scene& scene) {
  scene.transaction = scene.connection.begin();
  insert(scene.connection, 1);
}
void begin_with_savepoint(Scene& scene) {
  begin_with_row(scene);
  scene.savepoint = scene.connection.begin_nested();
  insert(scene.connection, 2);
}
void begin_twophase_with_row(Scene& scene) {
  scene.two_phase = scene.connection.begin_twophase("lost");
  insert(scene.connection, 1);
}
void prepare(Scene& scene) {
  begin_twophase_with_row(scene);
  scene.two_phase.prepare();
}

const std::vector<Step>& steps() {
  static const std::vector<Step> all{
      {"BeforeBegin",
       [](Scene&) {},
       [](Scene& scene) { begin_with_row(scene); },
       C::cursor_execute_end::id},
      {"AfterBegin",
       [](Scene& scene) { scene.transaction = scene.connection.begin(); },
       [](Scene& scene) { insert(scene.connection, 1); },
       C::cursor_execute_end::id},
      {"BeforeASecondStatement",
       begin_with_row,
       [](Scene& scene) { insert(scene.connection, 2); },
       C::execute_end::id},
      {"BeforeManyRows",
       begin_with_row,
       [](Scene& scene) { scene.connection.execute(insert_row, rows_from(2, 100)); },
       C::cursor_execute_end::id},
      {"WhileRowsAreStreamed",
       [](Scene& scene) {
         begin_with_row(scene);
         scene.connection.execution_options({{"stream_results", true}});
         scene.result = scene.connection.execute(peer::many_rows);
         scene.result->fetchone();
       },
       [](Scene& scene) { scene.result->fetchall(); },
       C::result_end::id},
      {"BeforeASavepoint",
       begin_with_row,
       [](Scene& scene) { scene.savepoint = scene.connection.begin_nested(); },
       C::savepoint_end::id},
      {"InASavepoint",
       begin_with_savepoint,
       [](Scene& scene) { insert(scene.connection, 3); },
       C::execute_end::id},
      {"BeforeReleasingASavepoint",
       begin_with_savepoint,
       [](Scene& scene) { scene.savepoint.commit(); },
       C::release_savepoint_end::id},
      {"BeforeRollingBackToASavepoint",
       begin_with_savepoint,
       [](Scene& scene) { scene.savepoint.rollback(); },
       C::rollback_savepoint_end::id},
      {"BeforeCommit",
       begin_with_row,
       [](Scene& scene) { scene.transaction.commit(); },
       C::commit_end::id,
       Outcome::unknown},
      {"BeforeCommitWithASavepoint",
       begin_with_savepoint,
       [](Scene& scene) { scene.transaction.commit(); },
       C::commit_end::id,
       Outcome::unknown},
      {"BeforeRollback",
       begin_with_row,
       [](Scene& scene) { scene.transaction.rollback(); },
       C::rollback_end::id,
       Outcome::error,
       false},
      {"InTwoPhases",
       begin_twophase_with_row,
       [](Scene& scene) { insert(scene.connection, 2); },
       C::cursor_execute_end::id},
      {"BeforePrepare",
       begin_twophase_with_row,
       [](Scene& scene) { scene.two_phase.prepare(); },
       C::prepare_twophase_end::id,
       Outcome::unknown},
      {"BeforeCommitOfWhatIsNotPrepared",
       begin_twophase_with_row,
       [](Scene& scene) { scene.two_phase.commit(); },
       C::commit_twophase_end::id,
       Outcome::unknown},
      {"BeforeRollbackOfWhatIsNotPrepared",
       begin_twophase_with_row,
       [](Scene& scene) { scene.two_phase.rollback(); },
       C::rollback_twophase_end::id,
       Outcome::error,
       false},
      {"BeforeCommitOfWhatIsPrepared",
       prepare,
       [](Scene& scene) { scene.two_phase.commit(); },
       C::commit_twophase_end::id,
       Outcome::unknown},
      {"BeforeRollbackOfWhatIsPrepared",
       prepare,
       [](Scene& scene) { scene.two_phase.rollback(); },
       C::rollback_twophase_end::id,
       Outcome::error,
       false}};
  return all;
}

class EndedSessionTest : public FaultTest, public ::testing::WithParamInterface<Step> {
 protected:
  /// Two connections in the pool, and nobody has them. The id of the younger one.
  std::uint64_t fill_pool() {
    Connection one = watched.engine.connect();
    Connection two = watched.engine.connect();
    return two.connection()->id();
  }

  /// Goes up to the step, and loses the session there.
  void go_to_step(Scene& scene) {
    const std::int64_t session = session_of(scene.connection);
    scene.connection.rollback();
    GetParam().before(scene);
    observer().kill(session);
  }

  void lose(Scene& scene) {
    go_to_step(scene);
    EXPECT_THROW(GetParam().act(scene), OperationalError);
  }

  WatchedEngine watched{url()};
};

INSTANTIATE_TEST_SUITE_P(EachStep,
                         EndedSessionTest,
                         ::testing::ValuesIn(steps()),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_P(EndedSessionTest, ErrorSaysThatTheConnectionIsLost) {
  Scene scene(watched.engine);
  go_to_step(scene);

  try {
    GetParam().act(scene);
    FAIL() << "it has not failed";
  } catch (const OperationalError& error) {
    EXPECT_TRUE(error.is_disconnect());
    EXPECT_TRUE(peer::means_lost(error.sqlstate(), error.driver_code()))
        << error.sqlstate() << ' ' << error.driver_code() << ' ' << error.what();
  }
  EXPECT_EQ(watched.disconnects(), 1U);
  EXPECT_TRUE(watched.told().front().has_connection);
  EXPECT_TRUE(watched.told().front().invalidates_pool);
}

TEST_P(EndedSessionTest, AnnouncementEndsOnceAndTruthfully) {
  Scene scene(watched.engine);
  go_to_step(scene);
  watched.checker.forget();

  EXPECT_THROW(GetParam().act(scene), OperationalError);

  const std::vector<Outcome> outcomes = watched.checker.outcomes_of(GetParam().end);
  ASSERT_FALSE(outcomes.empty());
  EXPECT_EQ(outcomes.back(), GetParam().outcome) << name_of(outcomes.back());
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), Outcome::ok),
            static_cast<std::ptrdiff_t>(outcomes.size()) - 1);
  EXPECT_EQ(watched.checker.complaints(), "");
}

TEST_P(EndedSessionTest, ConnectionGoesOnWhenItWasRolledBack) {
  Scene scene(watched.engine);
  lose(scene);

  EXPECT_TRUE(scene.connection.invalidated());
  if (GetParam().is_pending) {
    EXPECT_THROW(insert(scene.connection, 7), PendingRollbackError);
    EXPECT_THROW(scene.connection.commit(), PendingRollbackError);
  }
  try {
    scene.connection.rollback();
  } catch (const InvalidRequestError&) {
    EXPECT_EQ(GetParam().name, "InTwoPhases");
  }
  insert(scene.connection, 8);
  scene.connection.commit();

  EXPECT_EQ(observer().ids(), std::vector<int>{8});
}

TEST_P(EndedSessionTest, OlderConnectionsAreReplaced) {
  const std::uint64_t youngest = fill_pool();
  {
    Scene scene(watched.engine);
    lose(scene);
  }

  {
    Connection one = watched.engine.connect();
    Connection two = watched.engine.connect();
    EXPECT_GT(one.connection()->id(), youngest);
    EXPECT_GT(two.connection()->id(), youngest);
    EXPECT_EQ(watched.engine.pool().checked_out(), 2U);
    EXPECT_TRUE(becomes_true([] { return observer().sessions() == 2; }));
  }
  EXPECT_EQ(watched.engine.pool().checked_in(), 2U);
}

TEST_P(EndedSessionTest, WhatWasPreparedStaysAndNothingElse) {
  const bool is_prepared = GetParam().before.target<void (*)(Scene&)>() != nullptr &&
                           *GetParam().before.target<void (*)(Scene&)>() == prepare;
  {
    Scene scene(watched.engine);
    lose(scene);
  }

  EXPECT_EQ(observer().ids(), std::vector<int>{});
  ASSERT_EQ(observer().prepared(),
            is_prepared ? std::vector<std::string>{"lost"} : std::vector<std::string>{});
  if (!is_prepared) return;
  watched.engine.connect().commit_prepared("lost", /*recover=*/true);
  EXPECT_EQ(observer().ids(), std::vector<int>{1});
}

// -- the session is ended, at other times -----------------------------------------------

class EndedSessionElsewhereTest : public FaultTest {
 protected:
  WatchedEngine watched{url()};
};

TEST_F(EndedSessionElsewhereTest, InTheMiddleOfAStatement) {
  Connection connection = watched.engine.connect();
  const std::int64_t session = session_of(connection);
  std::thread killer([&] {
    EXPECT_TRUE(becomes_true([] { return observer().busy() == 1; }));
    observer().kill(session);
  });

  EXPECT_THROW(connection.execute(peer::takes_a_minute).fetchall(), OperationalError);
  killer.join();

  EXPECT_EQ(watched.disconnects(), 1U);
  EXPECT_TRUE(connection.invalidated());
  connection.rollback();
  EXPECT_NE(session_of(connection), session);
}

TEST_F(EndedSessionElsewhereTest, RowsThatHaveComeAreRead) {
  Connection connection = watched.engine.connect();
  const std::int64_t session = session_of(connection);
  connection.execute(insert_row, rows_from(1, 3));
  Result result = connection.execute("SELECT id FROM t ORDER BY id");
  observer().kill(session);

  EXPECT_EQ(result.scalars<int>(), (std::vector<int>{1, 2, 3}));

  EXPECT_THROW(connection.commit(), OperationalError);
}

TEST_F(EndedSessionElsewhereTest, WhileThePoolResetsTheConnection) {
  const QuietLostErrors quiet;
  {
    PooledConnection connection = watched.engine.raw_connection();
    connection->begin();
    const auto cursor = connection->cursor();
    cursor->execute(peer::session_id, {});
    ASSERT_TRUE(cursor->fetch());
    const std::int64_t session = cursor->value(0).integer();
    cursor->close();
    cursor->execute(std::string_view("INSERT INTO t (id) VALUES (1)"), {});
    observer().kill(session);
  }

  EXPECT_EQ(QuietLostErrors::count(), 1);
  EXPECT_EQ(watched.engine.pool().checked_out(), 0U);
  Connection connection = watched.engine.connect();
  insert(connection, 2);
  connection.commit();
  EXPECT_EQ(observer().ids(), std::vector<int>{2});
}

TEST_F(EndedSessionElsewhereTest, IsToldOnceWhereManyConnectionsAreLost) {
  {
    std::vector<std::int64_t> sessions;
    Connection one = watched.engine.connect();
    Connection two = watched.engine.connect();
    sessions = {session_of(one), session_of(two)};
    one.close();
    two.close();
    for (const std::int64_t session : sessions) observer().kill(session);
  }

  for (int i = 1; i <= 4; ++i) {
    Connection connection = watched.engine.connect();
    try {
      insert(connection, i);
      connection.commit();
    } catch (const OperationalError&) {
      EXPECT_EQ(i, 1);
    }
  }

  EXPECT_EQ(watched.disconnects(), 1U);
  EXPECT_EQ(observer().ids(), (std::vector<int>{2, 3, 4}));
}

TEST_F(EndedSessionElsewhereTest, AfterTheServersLastWords) {
  const Folder folder;
  Proxy proxy(own().socket, peer::find_message, peer::socket_in(folder.path()));
  WatchedEngine proxied(peer::url_by_socket(folder.path()));
  for (const bool commits : {false, true}) {
    Connection connection = proxied.engine.connect();
    insert(connection, 1);
    proxy.cut(peer::last_words);

    try {
      commits ? connection.commit() : insert(connection, 2);
      FAIL() << "it has not failed";
    } catch (const OperationalError& error) {
      EXPECT_TRUE(error.is_disconnect());
      EXPECT_TRUE(peer::means_lost(error.sqlstate(), error.driver_code()))
          << error.sqlstate() << ' ' << error.driver_code() << ' ' << error.what();
    }
    EXPECT_TRUE(connection.invalidated());
    connection.rollback();
    EXPECT_TRUE(becomes_true([] { return observer().sessions() == 0; }));
  }
}

class PrePingTest : public FaultTest, public ::testing::WithParamInterface<PrePing> {};

INSTANTIATE_TEST_SUITE_P(EachMode,
                         PrePingTest,
                         ::testing::Values(PrePing::passive, PrePing::round_trip));

TEST_P(PrePingTest, SparesTheCallerTheError) {
  WatchedEngine watched(url(), {.pool = {.pre_ping = GetParam()}});
  {
    Connection one = watched.engine.connect();
    Connection two = watched.engine.connect();
    const std::vector<std::int64_t> sessions{session_of(one), session_of(two)};
    one.close();
    two.close();
    for (const std::int64_t session : sessions) observer().kill(session);
  }

  {
    Connection one = watched.engine.connect();
    Connection two = watched.engine.connect();
    insert(one, 1);
    one.commit();
    insert(two, 2);
    two.commit();
  }

  EXPECT_EQ(watched.told().size(), 0U);
  EXPECT_EQ(observer().ids(), (std::vector<int>{1, 2}));
  EXPECT_EQ(watched.engine.pool().checked_in(), 2U);
}

TEST_F(EndedSessionElsewhereTest, PassivePingHearsTheServersLastWords) {
  const Folder folder;
  Proxy proxy(own().socket, peer::find_message, peer::socket_in(folder.path()));
  WatchedEngine proxied(peer::url_by_socket(folder.path()),
                        {.pool = {.pre_ping = PrePing::passive}});
  Connection first = proxied.engine.connect();
  const std::int64_t session = session_of(first);
  first.close();

  proxy.say(peer::last_words);

  Connection second = proxied.engine.connect();
  EXPECT_NE(session_of(second), session);
  EXPECT_EQ(proxied.told().size(), 0U);
}

// -- the way is cut ---------------------------------------------------------------------

/// What a program thinks that the database has.
struct Book {
  std::vector<int> done;     ///< was acknowledged
  std::vector<int> undone;   ///< failed before it was to be committed, or was rolled back
  std::vector<int> unknown;  ///< nobody has said, and all of it is one transaction
};

void add(std::vector<int>& to, const std::vector<int>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// Transactions of all kinds, until one fails.
class Program {
 public:
  explicit Program(WatchedEngine& watched) : watched_(watched) {}

  /// Throws: what has failed first.
  void run(Connection& connection) {
    transact({1, 2, 4}, [&] {
      insert(connection, 1);
      Transaction kept = connection.begin_nested();
      insert(connection, 2);
      kept.commit();
      Transaction undone = connection.begin_nested();
      insert(connection, 3);
      undone.rollback();
      book.undone.push_back(3);
      insert(connection, 4);
      connection.commit();
    });
    transact({10}, [&] {
      insert(connection, 10);
      connection.rollback();
      throw Undone();
    });
    transact({20, 21, 22, 23, 24}, [&] {
      connection.execute(insert_row, rows_from(20, 5));
      EXPECT_EQ(connection.execute("SELECT id FROM t").fetchall().size(), 8U);
      connection.commit();
    });
    transact({26, 27}, [&] {
      const std::vector<std::tuple<int, std::string>> rows{{26, "x"}, {27, "y"}};
      connection.execute(peer::loads_rows, rows);
      connection.commit();
    });
    transact({30}, [&] {
      TwoPhaseTransaction transaction = connection.begin_twophase("kept");
      insert(connection, 30);
      transaction.prepare();
      transaction.commit();
    });
    transact({40}, [&] {
      TwoPhaseTransaction transaction = connection.begin_twophase("undone");
      insert(connection, 40);
      transaction.prepare();
      transaction.rollback();
      throw Undone();
    });
  }

  Book book;

 private:
  struct Undone {};

  template <class Work>
  void transact(const std::vector<int>& ids, const Work& work) {
    watched_.checker.forget();
    try {
      work();
      add(book.done, ids);
    } catch (const Undone&) {
      add(book.undone, ids);
    } catch (...) {
      add(is_unknown() ? book.unknown : book.undone, ids);
      throw;
    }
  }

  bool is_unknown() const {
    const auto ends_unknown = [&](std::string_view end) {
      const std::vector<Outcome> outcomes = watched_.checker.outcomes_of(end);
      return !outcomes.empty() && outcomes.back() == Outcome::unknown;
    };
    return ends_unknown(C::commit_end::id) || ends_unknown(C::commit_twophase_end::id);
  }

  WatchedEngine& watched_;
};

class CutWayTest : public FaultTest, public ::testing::WithParamInterface<Proxy::Fault> {
 protected:
  /// Does what a program does; false: no connection was lost on the way.
  bool run(std::size_t message) {
    WatchedEngine watched(peer::url_by_port(proxy.port()));
    Program program(watched);
    proxy.arm(message, GetParam());
    bool was_cut = false;
    {
      std::optional<Connection> connection;
      try {
        connection.emplace(watched.engine);
        program.run(*connection);
      } catch (const OperationalError& error) {
        EXPECT_TRUE(proxy.has_struck()) << error.what();
        EXPECT_NE(error.sqlstate(), "") << error.what();
        if (connection) {
          EXPECT_TRUE(error.is_disconnect()) << error.what();
          EXPECT_EQ(watched.disconnects(), 1U);
        }
      }
      was_cut = proxy.has_struck();
      proxy.arm(0, Proxy::Fault::none);
      check_recovery(watched, connection);
    }
    EXPECT_TRUE(becomes_true([] { return observer().sessions() == 1; }));
    check_book(program.book);
    return was_cut;
  }

  void check_recovery(WatchedEngine& watched, std::optional<Connection>& connection) {
    if (!connection) {
      EXPECT_EQ(watched.engine.pool().checked_out(), 0U);
      connection.emplace(watched.engine);
    }
    try {
      connection->rollback();
    } catch (const InvalidRequestError&) {  // what was prepared stays
    }
    insert(*connection, 99);
    connection->commit();
    EXPECT_EQ(watched.engine.pool().checked_out(), 1U);
    connection->close();
    EXPECT_EQ(watched.engine.pool().checked_in(), 1U);
  }

  void check_book(const Book& book) {
    const std::vector<std::string> prepared = observer().prepared();
    for (const std::string& xid : prepared) observer().rollback_prepared(xid);
    const std::vector<int> ids = observer().ids();
    const auto is_there = [&](int id) {
      return std::binary_search(ids.begin(), ids.end(), id);
    };
    for (const int id : book.done) EXPECT_TRUE(is_there(id)) << id;
    for (const int id : book.undone) EXPECT_FALSE(is_there(id)) << id;
    const auto found = std::count_if(book.unknown.begin(), book.unknown.end(), is_there);
    EXPECT_TRUE(found == 0 || found == static_cast<std::ptrdiff_t>(book.unknown.size()));
    EXPECT_TRUE(is_there(99));
    observer().clear();
  }

  Proxy proxy{own().socket, peer::find_message};
};

INSTANTIATE_TEST_SUITE_P(EachSide,
                         CutWayTest,
                         ::testing::Values(Proxy::Fault::cut_before,
                                           Proxy::Fault::cut_after),
                         [](const auto& of) {
                           return of.param == Proxy::Fault::cut_before ? "Before"
                                                                       : "After";
                         });

TEST_P(CutWayTest, NothingIsLostOrDoubledWhicheverMessageItIs) {
  std::size_t message = 1;
  for (bool is_cut = true; is_cut; ++message) {
    SCOPED_TRACE("at message " + std::to_string(message));
    is_cut = run(message);
    if (HasFailure()) break;
  }

  EXPECT_GT(message, 20U);
}

}  // namespace
}  // namespace hark::test
