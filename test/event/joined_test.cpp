// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

/// One family that is joinable, and one that is not.
struct LoneEvents : event::Events<LoneEvents> {
  struct lone : event::signal<"lone", void()> {};
  using all = event::list<lone>;
};
class Chain : public event::Target<Chain, LinkEvents, LoneEvents> {
 public:
  using Target::emit;
  using Target::join;
};

class JoinedTest : public ::testing::Test {
 protected:
  JoinedTest() { child.join(parent); }

  std::string calls_of(const Link& target) {
    log.take();
    target.emit<LinkEvents::event_one>(1, 2);
    return log.take();
  }

  Log log;
  Link parent;
  Link child;
};

// -- order ------------------------------------------------------------------------------

// Evidence: event.dispatcher-2
TEST_F(JoinedTest, ChildComesBeforeParent) {
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", log.note("child"));

  EXPECT_EQ(calls_of(child), "child parent");
}

TEST_F(JoinedTest, GrandparentsComeLast) {
  Link grandchild;
  grandchild.join(child);
  event::listen(parent, "event_one", log.note("grandparent"));
  event::listen(child, "event_one", log.note("parent"));
  event::listen(grandchild, "event_one", log.note("child"));

  EXPECT_EQ(calls_of(grandchild), "child parent grandparent");
}

TEST_F(JoinedTest, GrandparentIsReachedPastASilentParent) {
  Link grandchild;
  grandchild.join(child);
  event::listen(parent, "event_one", log.note("grandparent"));

  EXPECT_EQ(calls_of(grandchild), "grandparent");
}

TEST_F(JoinedTest, EachLevelHasItsClassBeforeItsOwn) {
  Clasp clasp;
  clasp.join(parent);
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(clasp, "event_one", log.note("clasp"));
  const event::ScopedSubscription of_clasps =
      event::listen(event::every<Clasp>, "event_one", log.note("clasps"));
  const event::ScopedSubscription of_links =
      event::listen(event::every<Link>, "event_one", log.note("links"));

  EXPECT_EQ(calls_of(clasp), "clasps links clasp links parent");
}

TEST_F(JoinedTest, ClassListenerIsCalledOncePerLevel) {
  const event::ScopedSubscription of_links =
      event::listen(event::every<Link>, "event_one", log.note("links"));

  EXPECT_EQ(calls_of(child), "links links");
  EXPECT_EQ(calls_of(parent), "links");
}

TEST_F(JoinedTest, SameFunctionOnBothSidesIsCalledTwice) {
  event::listen(parent, "event_one", Note{&log, "a"});
  event::listen(child, "event_one", Note{&log, "a"});

  EXPECT_EQ(calls_of(child), "a a");
}

TEST_F(JoinedTest, InsertDoesNotCrossTheJoin) {
  event::listen(child, "event_one", log.note("child"));

  event::listen(parent, "event_one", log.note("parent"), event::insert);

  EXPECT_EQ(calls_of(child), "child parent");
}

// -- what is live -----------------------------------------------------------------------

// Evidence: event.dispatcher-3
TEST_F(JoinedTest, ListenerAddedToTheParentLaterIsCalled) {
  event::listen(child, "event_one", log.note("child"));
  calls_of(child);

  event::listen(parent, "event_one", log.note("parent"));

  EXPECT_EQ(calls_of(child), "child parent");
}

TEST_F(JoinedTest, ListenerAddedToTheChildLaterIsCalled) {
  event::listen(parent, "event_one", log.note("parent"));
  calls_of(child);

  event::listen(child, "event_one", log.note("child"));

  EXPECT_EQ(calls_of(child), "child parent");
}

// Evidence: event.dispatcher-3
TEST_F(JoinedTest, ListenerRemovedFromTheParentIsNotCalled) {
  event::listen(parent, "event_one", Note{&log, "parent"});
  event::listen(child, "event_one", log.note("child"));

  event::remove(parent, "event_one", Note{&log, "parent"});

  EXPECT_EQ(calls_of(child), "child");
}

TEST_F(JoinedTest, ParentDoesNotHearOfTheChild) {
  event::listen(child, "event_one", log.note("child"));

  EXPECT_EQ(calls_of(parent), "");
}

TEST_F(JoinedTest, SiblingsDoNotHearOfEachOther) {
  Link sibling;
  sibling.join(parent);
  event::listen(sibling, "event_one", log.note("sibling"));

  EXPECT_EQ(calls_of(child), "");
}

TEST_F(JoinedTest, ListenerOfTheParentIsNotRegisteredOnTheChild) {
  event::listen(parent, "event_one", Note{&log, "a"});

  EXPECT_FALSE(event::contains(child, "event_one", Note{&log, "a"}));
  EXPECT_THROW(event::remove(child, "event_one", Note{&log, "a"}), InvalidRequestError);
}

TEST_F(JoinedTest, ChildThatIsDestroyedLeavesTheParentItsListeners) {
  event::listen(parent, "event_one", log.note("parent"));
  {
    Link gone;
    gone.join(parent);
    event::listen(gone, "event_one", log.note("gone"));
  }

  EXPECT_EQ(calls_of(parent), "parent");
}

TEST_F(JoinedTest, JoiningAnotherParentLeavesTheFirst) {
  Link other;
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(other, "event_one", log.note("other"));

  child.join(other);

  EXPECT_EQ(calls_of(child), "other");
}

// -- kinds of events --------------------------------------------------------------------

TEST_F(JoinedTest, AnswerOfTheChildIsSeenByTheParent) {
  event::listen(
      parent, "chain", [](const std::string& v) { return v + "p"; }, event::retval);
  event::listen(
      child, "chain", [](const std::string& v) { return v + "c"; }, event::retval);
  std::string value = "v";

  child.emit<LinkEvents::chain>(value);

  EXPECT_EQ(value, "vcp");
}

TEST_F(JoinedTest, AnswerOfTheChildEndsTheDispatchBeforeTheParent) {
  event::listen(parent, "halt", log.note("parent"));
  event::listen(child, "halt", [] { return true; });

  EXPECT_TRUE(child.emit<LinkEvents::halt>(1));
  EXPECT_EQ(log.take(), "");
}

TEST_F(JoinedTest, ParentMayAnswerForTheChild) {
  event::listen(parent, "halt", [] { return true; });
  event::listen(child, "halt", [] { return false; });

  EXPECT_TRUE(child.emit<LinkEvents::halt>(1));
}

TEST_F(JoinedTest, ExecOnceReachesTheParent) {
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", log.note("child"));

  child.exec_once<LinkEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "child parent");
}

// -- copies -----------------------------------------------------------------------------

TEST_F(JoinedTest, CopyHasTheSameParent) {
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", log.note("child"), event::propagate);

  const Link copy(child);

  EXPECT_EQ(calls_of(copy), "child parent");
}

TEST_F(JoinedTest, MovedToObjectHasTheSameParent) {
  event::listen(parent, "event_one", log.note("parent"));
  event::listen(child, "event_one", log.note("child"));

  const Link moved(std::move(child));

  EXPECT_EQ(calls_of(moved), "child parent");
}

TEST_F(JoinedTest, AssignmentKeepsTheParent) {
  const Link lone;
  event::listen(parent, "event_one", log.note("parent"));

  child = lone;

  EXPECT_EQ(calls_of(child), "parent");
}

TEST_F(JoinedTest, OnlyJoinableFamiliesAreJoined) {
  Chain ring;
  Chain hook;
  ring.join(hook);
  event::listen(hook, "event_one", log.note("joined"));
  event::listen(hook, "lone", log.note("lone"));

  ring.emit<LinkEvents::event_one>(1, 2);
  ring.emit<LoneEvents::lone>();

  EXPECT_EQ(log.take(), "joined");
}

TEST_F(JoinedTest, ParentMayBeOfAnotherClassOfTheFamily) {
  Chain ring;
  ring.join(parent);
  event::listen(parent, "event_one", log.note("parent"));

  ring.emit<LinkEvents::event_one>(1, 2);

  EXPECT_EQ(log.take(), "parent");
}

}  // namespace
}  // namespace hark::test
