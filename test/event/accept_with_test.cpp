// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

class Pool;
class Dialect;
class Engine;
class Proxy;

/// Rules by pointer, and one for a class that dispatches itself.
struct PoolEvents : event::Events<PoolEvents> {
  struct checkout : event::signal<"checkout", void()> {};
  struct closed : event::signal<"closed", void()> {};
  using all = event::list<checkout, closed>;

  static Pool* accept_with(Engine& engine);
  static Pool& accept_with(Proxy& proxy);
  using class_targets = event::resolves<event::to<Engine, Pool>>;
};
/// Has an event of a name that PoolEvents has too.
struct DialectEvents : event::Events<DialectEvents> {
  struct do_execute : event::first<"do_execute", bool(int x)> {};
  struct closed : event::signal<"closed", void(int x)> {};
  using all = event::list<do_execute, closed>;

  static Dialect& accept_with(Engine& engine);
  using class_targets = event::resolves<event::to<Engine, Dialect>>;
};
/// Inherits an event, and brings the rule for it.
struct SlowPoolEvents : event::Events<SlowPoolEvents, PoolEvents> {
  struct waited : event::signal<"waited", void()> {};
  using all = event::list<waited>;

  static class SlowPool& accept_with(class SlowEngine& engine);
};

class Pool : public event::Target<Pool, PoolEvents> {
 public:
  using Target::emit;
};
class QueuePool : public event::Subclass<QueuePool, Pool> {};
class Dialect : public event::Target<Dialect, DialectEvents> {
 public:
  using Target::emit;
};
class Engine {
 public:
  using event_families = event::families<PoolEvents, DialectEvents>;

  Pool* pool = nullptr;
  Dialect dialect;
};
class SpecialEngine : public Engine {};
class Proxy : public event::Target<Proxy, PoolEvents> {
 public:
  using Target::emit;
  Pool pool;
};
class SlowPool : public event::Subclass<SlowPool, Pool, SlowPoolEvents> {
 public:
  using Subclass::emit;
};
class SlowEngine {
 public:
  using event_families = event::families<SlowPoolEvents>;
  SlowPool pool;
};

Pool* PoolEvents::accept_with(Engine& engine) { return engine.pool; }
Pool& PoolEvents::accept_with(Proxy& proxy) { return proxy.pool; }
Dialect& DialectEvents::accept_with(Engine& engine) { return engine.dialect; }
SlowPool& SlowPoolEvents::accept_with(SlowEngine& engine) { return engine.pool; }

class AcceptWithTest : public ::testing::Test {
 protected:
  AcceptWithTest() { engine.pool = &pool; }

  std::string calls_of(const Pool& target) {
    log.take();
    target.emit<PoolEvents::checkout>();
    return log.take();
  }

  Log log;
  Pool pool;
  Engine engine;
};

// -- objects ----------------------------------------------------------------------------

TEST_F(AcceptWithTest, ListeningReachesTheObjectThatItStandsFor) {
  event::listen(engine, "checkout", log.note("a"));

  EXPECT_EQ(calls_of(pool), "a");
}

TEST_F(AcceptWithTest, ObjectMayStandForOneOfEachFamily) {
  event::listen(engine, "checkout", log.note("pool"));
  event::listen(engine, "do_execute", log.note("dialect"));

  pool.emit<PoolEvents::checkout>();
  engine.dialect.emit<DialectEvents::do_execute>(1);

  EXPECT_EQ(log.take(), "pool dialect");
}

TEST_F(AcceptWithTest, TypedSpellingIsTheSame) {
  event::listen<PoolEvents::checkout>(engine, log.note("a"));

  EXPECT_EQ(calls_of(pool), "a");
}

TEST_F(AcceptWithTest, FirstFamilyWithANameWins) {
  event::listen(engine, "closed", log.note("a"));

  engine.dialect.emit<DialectEvents::closed>(1);
  EXPECT_EQ(log.take(), "");
  pool.emit<PoolEvents::closed>();
  EXPECT_EQ(log.take(), "a");
}

TEST_F(AcceptWithTest, TypedSpellingReachesTheOtherFamilyWithTheName) {
  event::listen<DialectEvents::closed>(engine, log.note("a"));

  engine.dialect.emit<DialectEvents::closed>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(AcceptWithTest, MeansTheObjectOfTheMoment) {
  Pool other;
  event::listen(engine, "checkout", log.note("a"));

  engine.pool = &other;

  EXPECT_EQ(calls_of(pool), "a");
  EXPECT_EQ(calls_of(other), "");
}

TEST_F(AcceptWithTest, RuleHoldsForDerivedObjects) {
  SpecialEngine special;
  special.pool = &pool;

  event::listen(special, "checkout", log.note("a"));

  EXPECT_EQ(calls_of(pool), "a");
}

TEST_F(AcceptWithTest, RuleComesBeforeTheObjectsOwnDispatch) {
  Proxy proxy;
  event::listen(proxy, "checkout", log.note("a"));

  proxy.emit<PoolEvents::checkout>();
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(calls_of(proxy.pool), "a");
}

TEST_F(AcceptWithTest, RuleOfAFamilyHoldsForTheEventsThatItInherits) {
  SlowEngine slow;
  event::listen(slow, "waited", log.note("own"));
  event::listen(slow, "checkout", log.note("inherited"));

  slow.pool.emit<SlowPoolEvents::waited>();
  slow.pool.emit<PoolEvents::checkout>();

  EXPECT_EQ(log.take(), "own inherited");
}

TEST_F(AcceptWithTest, SameFunctionThroughTwoTargetsIsTwoListeners) {
  Engine other;
  other.pool = &pool;
  event::listen(engine, "checkout", Note{&log, "a"});
  event::listen(other, "checkout", Note{&log, "a"});
  event::listen(pool, "checkout", Note{&log, "a"});

  EXPECT_EQ(calls_of(pool), "a a a");
}

TEST_F(AcceptWithTest, SameFunctionThroughOneTargetIsOneListener) {
  event::listen(engine, "checkout", Note{&log, "a"});
  event::listen(engine, "checkout", Note{&log, "a"});

  EXPECT_EQ(calls_of(pool), "a");
}

TEST_F(AcceptWithTest, ListenersShowsThoseOfAllFamilies) {
  event::listen(engine, "checkout", log.note("pool"));
  event::listen(engine, "do_execute", log.note("dialect"));

  const auto infos = event::listeners(engine);

  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].event, "checkout");
  EXPECT_EQ(infos[1].event, "do_execute");
}

// -- an object that stands for none -----------------------------------------------------

TEST_F(AcceptWithTest, ObjectThatStandsForNoneIsRefused) {
  engine.pool = nullptr;

  try {
    event::listen(engine, "checkout", log.note("a"));
    FAIL();
  } catch (const InvalidRequestError& error) {
    EXPECT_STREQ(
        error.what(),
        "no such event 'checkout' of target Engine: it stands for no object that "
        "dispatches the event");
  }
}

TEST_F(AcceptWithTest, ObjectThatStandsForNoneIsRefusedEverySpelling) {
  engine.pool = nullptr;

  EXPECT_THROW(event::listen<PoolEvents::checkout>(engine, log.note("a")),
               InvalidRequestError);
  EXPECT_THROW(event::listen(engine, event::runtime_name("checkout"), log.note("a")),
               InvalidRequestError);
  EXPECT_THROW(event::listens_for(engine, "checkout")(log.note("a")),
               InvalidRequestError);
}

TEST_F(AcceptWithTest, RemovingWhereItStandsForNoneIsRefused) {
  engine.pool = nullptr;

  EXPECT_THROW(event::remove(engine, "checkout", Note{&log, "a"}), InvalidRequestError);
  EXPECT_THROW(event::contains(engine, "checkout", Note{&log, "a"}), InvalidRequestError);
}

TEST_F(AcceptWithTest, OtherFamiliesAreNotAffected) {
  engine.pool = nullptr;

  EXPECT_NO_THROW(event::listen(engine, "do_execute", log.note("a")));
}

TEST_F(AcceptWithTest, ListenersShowsTheFamiliesThatItStandsFor) {
  event::listen(engine, "do_execute", log.note("dialect"));
  engine.pool = nullptr;

  const auto infos = event::listeners(engine);

  ASSERT_EQ(infos.size(), 1U);
  EXPECT_EQ(infos[0].event, "do_execute");
}

// -- classes ----------------------------------------------------------------------------

TEST_F(AcceptWithTest, ClassStandsForTheClassOfTheRule) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Engine>, "checkout", log.note("a"));

  EXPECT_EQ(calls_of(pool), "a");
  EXPECT_EQ(calls_of(QueuePool()), "a");
}

TEST_F(AcceptWithTest, DerivedClassStandsForTheClassOfTheRule) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<SpecialEngine>, "checkout", log.note("a"));

  EXPECT_EQ(calls_of(pool), "a");
}

TEST_F(AcceptWithTest, ClassMayStandForOneOfEachFamily) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Engine>, "do_execute", log.note("a"));

  engine.dialect.emit<DialectEvents::do_execute>(1);

  EXPECT_EQ(log.take(), "a");
}

TEST_F(AcceptWithTest, ClassOfTheRuleMayBeListenedToItself) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<QueuePool>, "checkout", log.note("a"));

  EXPECT_EQ(calls_of(QueuePool()), "a");
  EXPECT_EQ(calls_of(pool), "");
}

TEST_F(AcceptWithTest, SameFunctionThroughTwoClassesIsTwoListeners) {
  const event::ScopedSubscription through_engines =
      event::listen(event::every<Engine>, "checkout", Note{&log, "a"});
  const event::ScopedSubscription of_pools =
      event::listen(event::every<Pool>, "checkout", Note{&log, "a"});

  EXPECT_EQ(calls_of(pool), "a a");
}

}  // namespace
}  // namespace hark::test
