// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// Transactions in two phases: what is announced and done, in which order, and what is left
// where something fails.
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "support/fake_dbapi.hpp"

namespace hark::test {
namespace {

using C = ConnectionEvents;

/// Announcements without an end, and ends that do not tell the truth.
class Balance {
 public:
  explicit Balance(Engine& engine) {
    count<C::begin, C::begin_end>(engine);
    count<C::commit, C::commit_end>(engine);
    count<C::rollback, C::rollback_end>(engine);
    count<C::before_cursor_execute, C::cursor_execute_end>(engine);
    count<C::begin_twophase, C::begin_twophase_end>(engine);
    count<C::prepare_twophase, C::prepare_twophase_end>(engine);
    count<C::rollback_twophase, C::rollback_twophase_end>(engine);
    count<C::commit_twophase, C::commit_twophase_end>(engine);
  }

  int open = 0;
  int untruthful = 0;

 private:
  template <class Announcement, class End>
  void count(Engine& engine) {
    event::listen<Announcement>(engine, [this] { ++open; });
    event::listen<End>(engine, [this](auto&&... arguments) {
      --open;
      const Ending& ending = std::get<sizeof...(arguments) - 1>(std::tie(arguments...));
      if ((ending.outcome == Outcome::ok) != (ending.error == nullptr)) ++untruthful;
    });
  }
};

/// One log of what is announced and of what the driver is called with.
class TwoPhaseTest : public ::testing::Test {
 protected:
  TwoPhaseTest() {
    note<C::begin>();
    note<C::commit>();
    note<C::rollback>();
    note<C::begin_twophase>();
    note<C::prepare_twophase>();
    note<C::rollback_twophase>();
    note<C::commit_twophase>();
    event::listen(engine, "handle_error", [this](ExceptionContext& told) {
      log(told.sqlalchemy_exception == nullptr ? "<handle_error unwrapped>"
                                               : "<handle_error>");
    });
    event::listen(engine, "reset", [this] { log("<reset>"); });
  }

  void log(std::string entry) { database.calls.push_back(std::move(entry)); }

  template <class E>
  void note() {
    event::listen<E>(engine, [this](Connection&, auto&&... arguments) {
      log("<" + std::string(E::id) + text_of(arguments...) + ">");
    });
  }
  static std::string text_of() { return {}; }
  static std::string text_of(const std::string& xid) { return " " + xid; }
  static std::string text_of(const std::string& xid, bool is_prepared) {
    return " " + xid + (is_prepared ? " prepared" : "");
  }

  /// The outcomes of E from now on.
  template <class E>
  std::vector<Outcome>& outcomes_of() {
    event::listen<E>(engine, [this](auto&&... arguments) {
      const Ending& ending = std::get<sizeof...(arguments) - 1>(std::tie(arguments...));
      outcomes.push_back(ending.outcome);
    });
    return outcomes;
  }

  FakeDatabase database;
  Engine engine = [this] {
    FakeDialect::use(database);
    return create_engine("fake://");
  }();
  std::vector<Outcome> outcomes;
};

// -- what is announced and done, in order -----------------------------------------------

TEST_F(TwoPhaseTest, CommitsWhatIsPrepared) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  connection.execute("INSERT");
  transaction.prepare();

  transaction.commit();

  EXPECT_EQ(database.take(),
            "connect, <begin_twophase x>, begin, execute INSERT, <prepare_twophase x>, "
            "execute PREPARE x, <commit_twophase x prepared>, execute COMMIT PREPARED x, "
            "rollback");
  EXPECT_FALSE(transaction.is_active());
  EXPECT_FALSE(connection.in_transaction());
}

TEST_F(TwoPhaseTest, CommitsWhatIsNotPrepared) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  database.take();

  transaction.commit();

  EXPECT_EQ(database.take(), "<commit_twophase x>, commit");
}

TEST_F(TwoPhaseTest, RollsBackWhatIsPrepared) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  transaction.prepare();
  database.take();

  transaction.rollback();

  EXPECT_EQ(database.take(),
            "<rollback_twophase x prepared>, execute ROLLBACK PREPARED x, rollback");
  EXPECT_TRUE(database.prepared.empty());
}

TEST_F(TwoPhaseTest, ConnectionCommitsAndRollsBackAsTheHandleDoes) {
  Connection connection = engine.connect();
  TwoPhaseTransaction one = connection.begin_twophase("x");
  database.take();
  connection.commit();
  EXPECT_EQ(database.take(), "<commit_twophase x>, commit");

  TwoPhaseTransaction two = connection.begin_twophase("y");
  database.take();
  connection.rollback();

  EXPECT_EQ(database.take(), "<rollback_twophase y>, rollback");
  EXPECT_FALSE(two.is_active());
}

TEST_F(TwoPhaseTest, ClosingTheConnectionRollsBackOnce) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  database.take();

  connection.close();

  EXPECT_EQ(database.take(), "<rollback_twophase x>, rollback, <reset>");
  EXPECT_FALSE(transaction.is_active());
}

TEST_F(TwoPhaseTest, HandleRollsBackAtItsEnd) {
  Connection connection = engine.connect();
  {
    const TwoPhaseTransaction transaction = connection.begin_twophase("x");
    database.take();
  }

  EXPECT_EQ(database.take(), "<rollback_twophase x>, rollback");
  EXPECT_FALSE(connection.in_transaction());
}

TEST_F(TwoPhaseTest, HasSavepointsThatEndWithIt) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  Transaction savepoint = connection.begin_nested();

  transaction.commit();

  EXPECT_FALSE(savepoint.is_active());
  EXPECT_FALSE(connection.in_nested_transaction());
}

TEST_F(TwoPhaseTest, ListenersOfItsBeginMayExecute) {
  event::listen<C::begin_twophase>(
      engine, [](Connection& connection) { connection.execute("SELECT 1").close(); });
  Connection connection = engine.connect();
  database.take();

  TwoPhaseTransaction transaction = connection.begin_twophase("x");

  EXPECT_EQ(database.take(), "<begin_twophase x>, execute SELECT 1, begin");
  EXPECT_TRUE(transaction.is_active());
}

// -- names ------------------------------------------------------------------------------

TEST_F(TwoPhaseTest, NameIsMadeWhereNoneIsGiven) {
  Connection connection = engine.connect();
  std::string first;
  {
    const TwoPhaseTransaction transaction = connection.begin_twophase();
    first = transaction.xid();
  }
  const TwoPhaseTransaction transaction = connection.begin_twophase();

  EXPECT_EQ(first.size(), 36U);
  EXPECT_TRUE(first.starts_with("_sa_"));
  EXPECT_EQ(first.find_first_not_of("0123456789abcdef", 4), std::string::npos);
  EXPECT_NE(transaction.xid(), first);
}

TEST_F(TwoPhaseTest, NameOutlivesTheConnection) {
  TwoPhaseTransaction transaction = [this] {
    Connection connection = engine.connect();
    return connection.begin_twophase("x");
  }();

  EXPECT_EQ(transaction.xid(), "x");
  EXPECT_FALSE(transaction.is_active());
  EXPECT_THROW(transaction.prepare(), InvalidRequestError);
}

// -- misuse -----------------------------------------------------------------------------

TEST_F(TwoPhaseTest, DoesNotBeginWithinAnother) {
  Connection connection = engine.connect();
  const Transaction outer = connection.begin();
  database.take();

  EXPECT_THROW(static_cast<void>(connection.begin_twophase()), InvalidRequestError);

  EXPECT_EQ(database.take(), "");
  EXPECT_TRUE(outer.is_active());
}

TEST_F(TwoPhaseTest, DoesNotBeginWhileAnotherBegins) {
  event::listen<C::begin>(engine, [](Connection& connection) {
    EXPECT_THROW(static_cast<void>(connection.begin_twophase()), InvalidRequestError);
  });
  Connection connection = engine.connect();

  const Transaction transaction = connection.begin();

  EXPECT_TRUE(transaction.is_active());
}

TEST_F(TwoPhaseTest, IsNotPreparedWhenItIsOver) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  transaction.rollback();
  database.take();

  EXPECT_THROW(transaction.prepare(), InvalidRequestError);

  EXPECT_EQ(database.take(), "");
}

TEST_F(TwoPhaseTest, IsNotPreparedTwice) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  transaction.prepare();
  database.take();

  EXPECT_THROW(transaction.prepare(), InvalidRequestError);

  EXPECT_EQ(database.take(), "");
  EXPECT_TRUE(transaction.is_active());
}

TEST_F(TwoPhaseTest, IsNotCommittedTwice) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  transaction.commit();

  EXPECT_THROW(transaction.commit(), InvalidRequestError);
}

TEST_F(TwoPhaseTest, DialectsWithoutItSaySo) {
  database.has_two_phases = false;
  std::vector<Outcome>& ends = outcomes_of<C::begin_twophase_end>();
  Connection connection = engine.connect();
  database.take();

  EXPECT_THROW(static_cast<void>(connection.begin_twophase("x")), NotSupportedError);

  EXPECT_EQ(database.take(),
            "<begin_twophase x>, <handle_error unwrapped>, <rollback>, rollback");
  EXPECT_EQ(ends, std::vector{Outcome::error});
  EXPECT_FALSE(connection.in_transaction());
}

TEST_F(TwoPhaseTest, SqliteHasNone) {
  Engine sqlite = create_engine("sqlite://");
  Connection connection = sqlite.connect();

  EXPECT_THROW(static_cast<void>(connection.begin_twophase()), NotSupportedError);
  EXPECT_THROW(static_cast<void>(connection.recover_twophase()), NotSupportedError);
  EXPECT_THROW(connection.commit_prepared("x"), NotSupportedError);
  EXPECT_EQ(connection.execute("select 1").scalar_one<int>(), 1);
}

// -- what is left prepared --------------------------------------------------------------

TEST_F(TwoPhaseTest, PreparedOnesAreFoundAndEnded) {
  database.prepared = {"a", "b"};
  Connection connection = engine.connect();
  EXPECT_EQ(connection.recover_twophase(), (std::vector<std::string>{"a", "b"}));
  connection.rollback();
  database.take();

  connection.commit_prepared("a", true);
  connection.rollback_prepared("b");

  EXPECT_EQ(database.take(),
            "<begin>, begin, execute ROLLBACK, execute COMMIT PREPARED a, rollback, "
            "execute ROLLBACK PREPARED b, rollback");
  EXPECT_TRUE(database.prepared.empty());
}

TEST_F(TwoPhaseTest, DriversErrorsOfEndingThemAreWrapped) {
  database.prepared = {"a"};
  Connection connection = engine.connect();
  database.fail_on = "rollback";

  EXPECT_THROW(connection.commit_prepared("a"), OperationalError);

  EXPECT_EQ(database.calls.back(), "<handle_error>");
  database.fail_on.clear();
}

// -- failures ---------------------------------------------------------------------------

TEST_F(TwoPhaseTest, PreparingThatFailsLeavesItUnprepared) {
  std::vector<Outcome>& ends = outcomes_of<C::prepare_twophase_end>();
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  database.take();
  database.fail_on = "execute PREPARE x";

  EXPECT_THROW(transaction.prepare(), OperationalError);

  // The statement has failed, and so has preparing.
  EXPECT_EQ(database.take(),
            "<prepare_twophase x>, execute PREPARE x, <handle_error>, "
            "<handle_error unwrapped>");
  EXPECT_EQ(ends, std::vector{Outcome::error});
  EXPECT_TRUE(transaction.is_active());
  transaction.rollback();
  EXPECT_EQ(database.take(), "<rollback_twophase x>, rollback");
}

TEST_F(TwoPhaseTest, CommitThatFailsLeavesWhatIsPrepared) {
  std::vector<Outcome>& ends = outcomes_of<C::commit_twophase_end>();
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  transaction.prepare();
  database.fail_on = "execute COMMIT PREPARED x";

  EXPECT_THROW(transaction.commit(), OperationalError);
  EXPECT_EQ(ends, std::vector{Outcome::error});
  EXPECT_THROW(connection.execute("SELECT 1"), PendingRollbackError);
  database.take();
  connection.rollback();

  EXPECT_EQ(database.take(), "rollback");
  EXPECT_EQ(database.prepared.count("x"), 1U);
  database.fail_on.clear();
  connection.commit_prepared("x");
  EXPECT_TRUE(database.prepared.empty());
}

TEST_F(TwoPhaseTest, ConnectionThatCannotBeRolledBackPlainlyIsDropped) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  database.fail_on = "commit";
  EXPECT_THROW(transaction.commit(), OperationalError);
  database.fail_on = "rollback";
  database.take();

  EXPECT_NO_THROW(transaction.rollback());

  EXPECT_EQ(database.take(), "rollback, close");
  database.fail_on.clear();
  EXPECT_FALSE(connection.execute("SELECT 1").scalar()->is_null());
}

TEST_F(TwoPhaseTest, ListenerThatThrowsLeavesNoHalfBegunState) {
  auto veto = event::listen<C::begin_twophase>(
      engine, [](Connection&) { throw std::runtime_error("no"); });
  Connection connection = engine.connect();
  EXPECT_THROW(static_cast<void>(connection.begin_twophase("x")), std::runtime_error);
  veto.disconnect();
  EXPECT_FALSE(connection.in_transaction());
  database.take();

  connection.execute("INSERT");

  EXPECT_EQ(database.take(), "<begin>, begin, execute INSERT");
}

// -- lost connections -------------------------------------------------------------------

TEST_F(TwoPhaseTest, PreparingThatLosesTheConnectionEndsAsUnknown) {
  std::vector<Outcome>& ends = outcomes_of<C::prepare_twophase_end>();
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  database.fail_on = "execute PREPARE x";
  database.loses_connection = true;

  EXPECT_THROW(transaction.prepare(), OperationalError);

  EXPECT_EQ(ends, std::vector{Outcome::unknown});
  EXPECT_TRUE(connection.invalidated());
}

TEST_F(TwoPhaseTest, CommitThatLosesTheConnectionEndsAsUnknown) {
  for (const bool prepares : {false, true}) {
    outcomes.clear();
    std::vector<Outcome>& ends = outcomes_of<C::commit_twophase_end>();
    Connection connection = engine.connect();
    TwoPhaseTransaction transaction = connection.begin_twophase("x");
    if (prepares) transaction.prepare();
    database.fail_on = prepares ? "execute COMMIT PREPARED x" : "commit";
    database.loses_connection = true;

    EXPECT_THROW(transaction.commit(), OperationalError);

    EXPECT_EQ(ends.front(), Outcome::unknown);
    EXPECT_TRUE(connection.invalidated());
    database.fail_on.clear();
  }
}

TEST_F(TwoPhaseTest, CommitOnALostConnectionFails) {
  std::vector<Outcome>& ends = outcomes_of<C::commit_twophase_end>();
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  connection.invalidate();

  EXPECT_THROW(transaction.commit(), PendingRollbackError);

  EXPECT_EQ(ends, std::vector{Outcome::error});
}

TEST_F(TwoPhaseTest, PreparingOnALostConnectionFails) {
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  connection.invalidate();

  EXPECT_THROW(transaction.prepare(), PendingRollbackError);
}

TEST_F(TwoPhaseTest, RollbackOfWhatTheDatabaseKeepsFailsWithoutItsConnection) {
  std::vector<Outcome>& ends = outcomes_of<C::rollback_twophase_end>();
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  transaction.prepare();
  connection.invalidate();

  EXPECT_THROW(transaction.rollback(), InvalidRequestError);

  EXPECT_EQ(ends, std::vector{Outcome::error});
  connection.rollback_prepared("x");
  EXPECT_TRUE(database.prepared.empty());
}

TEST_F(TwoPhaseTest, RollbackOfWhatTheDatabaseHasLostIsAnnounced) {
  std::vector<Outcome>& ends = outcomes_of<C::rollback_twophase_end>();
  Connection connection = engine.connect();
  TwoPhaseTransaction transaction = connection.begin_twophase("x");
  connection.invalidate();
  database.take();

  transaction.rollback();

  EXPECT_EQ(database.take(), "<rollback_twophase x>");
  EXPECT_EQ(ends, std::vector{Outcome::ok});
}

// -- whatever fails ---------------------------------------------------------------------

void act(Engine& engine) {
  Connection connection = engine.connect();
  TwoPhaseTransaction committed = connection.begin_twophase("a");
  connection.execute("INSERT");
  committed.prepare();
  committed.commit();
  TwoPhaseTransaction undone = connection.begin_twophase("b");
  undone.prepare();
  undone.rollback();
  TwoPhaseTransaction direct = connection.begin_twophase("c");
  direct.commit();
  const TwoPhaseTransaction closed = connection.begin_twophase("d");
  connection.close();
}

/// Whichever call of the driver fails: each announcement has one end that is true, nothing
/// is lost, the pool counts right.
TEST_F(TwoPhaseTest, NothingIsLostWhicheverCallFails) {
  act(engine);
  const std::size_t calls = database.calls.size();
  engine.dispose();

  for (const bool loses_connection : {false, true}) {
    for (std::size_t fail_at = 1; fail_at <= calls; ++fail_at) {
      SCOPED_TRACE("call " + std::to_string(fail_at));
      database = {};
      database.fail_at = fail_at;
      database.loses_connection = loses_connection;
      Engine failing = create_engine("fake://");
      Balance balance(failing);
      try {
        act(failing);
      } catch (const DBAPIError&) {
      }
      EXPECT_EQ(balance.open, 0);
      EXPECT_EQ(balance.untruthful, 0);
      EXPECT_EQ(failing.pool().checked_out(), 0U);
      failing.dispose();
      EXPECT_EQ(database.open, 0U);
    }
  }
}

}  // namespace
}  // namespace hark::test
