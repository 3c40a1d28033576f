// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event.hpp>

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <utility>

#include "support/widgets.hpp"

namespace hark::test {
namespace {

/// ItemEvents ← {ColumnEvents, IndexEvents} ← ComputedEvents, and one that is no
/// relative.
struct ItemEvents : event::Events<ItemEvents> {
  struct attached : event::signal<"attached", void()> {};
  struct renamed : event::signal<"renamed", void(const std::string& name)> {};
  using all = event::list<attached, renamed>;
};
struct ColumnEvents : event::Events<ColumnEvents, ItemEvents> {
  struct reflected : event::signal<"reflected", void()> {};
  using all = event::list<reflected>;
};
struct IndexEvents : event::Events<IndexEvents, ItemEvents> {
  struct built : event::signal<"built", void()> {};
  using all = event::list<built>;
};
struct ComputedEvents : event::Events<ComputedEvents, ColumnEvents, IndexEvents> {
  struct computed : event::signal<"computed", void()> {};
  using all = event::list<computed>;
};
struct TimerEvents : event::Events<TimerEvents> {
  struct ticked : event::signal<"ticked", void()> {};
  struct renamed : event::signal<"renamed", void()> {
  };  // the name of an ItemEvents event
  using all = event::list<ticked, renamed>;
};

class Item : public event::Target<Item, ItemEvents> {
 public:
  using Target::emit;
};
class Column : public event::Subclass<Column, Item, ColumnEvents> {
 public:
  using Subclass::emit;
  using Subclass::listener_count;
};
class TimedColumn : public event::Subclass<TimedColumn, Column, TimerEvents> {
 public:
  using Subclass::emit;
};
class Index : public event::Target<Index, IndexEvents> {
 public:
  using Target::emit;
};
class Computed : public event::Target<Computed, ComputedEvents> {
 public:
  using Target::emit;
};
class TimedItem : public event::Target<TimedItem, ItemEvents, TimerEvents> {
 public:
  using Target::emit;
  using Target::listener_count;
};

constexpr std::size_t one_family = 2 * sizeof(void*);
static_assert(sizeof(Item) == one_family);
static_assert(sizeof(Column) == 2 * one_family);
static_assert(sizeof(TimedColumn) == 3 * one_family);
static_assert(sizeof(Index) == 2 * one_family);
static_assert(sizeof(Computed) == 4 * one_family);
static_assert(sizeof(TimedItem) == 2 * one_family);
static_assert(std::is_same_v<
              Computed::event_families,
              event::families<ItemEvents, ColumnEvents, IndexEvents, ComputedEvents>>);
static_assert(std::is_same_v<TimedColumn::event_families,
                             event::families<ItemEvents, ColumnEvents, TimerEvents>>);
static_assert(std::is_same_v<Column::event_base, Item>);
static_assert(std::is_same_v<Item::event_base, void>);

class FamilyTest : public ::testing::Test {
 protected:
  Log log;
};

// -- inheritance ------------------------------------------------------------------------

TEST_F(FamilyTest, OffersItsParentsEvents) {
  Index index;
  event::listen(index, "attached", log.note("parent"));
  event::listen(index, "built", log.note("own"));

  index.emit<ItemEvents::attached>();
  index.emit<IndexEvents::built>();

  EXPECT_EQ(log.take(), "parent own");
}

TEST_F(FamilyTest, OffersItsGrandparentsEventsOnce) {
  Computed computed;
  event::listen(computed, "attached", log.note("a"));

  computed.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, FindsInheritedEventsAtRunTime) {
  Computed computed;
  event::listen(computed, event::runtime_name("built"), log.note("a"));

  computed.emit<IndexEvents::built>();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, SharesTheParentsListenersWithTheBase) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Item>, "attached", log.note("a"));
  const Column column;

  column.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, ObjectAsItsBaseHasTheSameListeners) {
  Column column;
  Item& item = column;
  event::listen(item, "attached", Note{&log, "a"});

  column.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "a");
  EXPECT_TRUE(event::contains(column, "attached", Note{&log, "a"}));
}

TEST_F(FamilyTest, BaseDispatchesToListenersOfTheSubclass) {
  Column column;
  const Item& item = column;
  event::listen(column, "attached", log.note("own"));
  const event::ScopedSubscription of_class =
      event::listen(event::every<Column>, "attached", log.note("class"));

  item.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "class own");
}

TEST_F(FamilyTest, ClassListenerDoesNotReachOtherClassesOfTheParentFamily) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Item>, "attached", log.note("a"));
  const Index index;

  index.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "");
}

// -- a subclass with more families ------------------------------------------------------

TEST_F(FamilyTest, SubclassAddsAFamily) {
  TimedColumn column;
  event::listen(column, "ticked", log.note("timer"));
  event::listen(column, "reflected", log.note("column"));
  event::listen(column, "attached", log.note("item"));

  column.emit<TimerEvents::ticked>();
  column.emit<ColumnEvents::reflected>();
  column.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "timer column item");
}

TEST_F(FamilyTest, ClassListenerOfAnAddedFamilyReachesSubclasses) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<Column>, "reflected", log.note("a"));
  const TimedColumn column;

  column.emit<ColumnEvents::reflected>();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, ClassListenerOnTheAddingClass) {
  const event::ScopedSubscription of_class =
      event::listen(event::every<TimedColumn>, "ticked", log.note("a"));
  const TimedColumn column;

  column.emit<TimerEvents::ticked>();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, CopyGetsThePropagatedListenersOfAllFamilies) {
  TimedColumn column;
  event::listen(column, "ticked", log.note("timer"), event::propagate);
  event::listen(column, "attached", log.note("item"), event::propagate);

  const TimedColumn copy(column);
  copy.emit<TimerEvents::ticked>();
  copy.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "timer item");
}

TEST_F(FamilyTest, MoveTakesTheListenersOfAllFamilies) {
  TimedColumn column;
  event::listen(column, "ticked", log.note("timer"));
  event::listen(column, "attached", log.note("item"));

  const TimedColumn moved(std::move(column));
  moved.emit<TimerEvents::ticked>();
  moved.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "timer item");
}

TEST_F(FamilyTest, AssignmentChangesNoFamily) {
  TimedColumn column;
  const TimedColumn other;
  event::listen(column, "ticked", log.note("timer"));
  event::listen(column, "attached", log.note("item"));

  column = other;
  column.emit<TimerEvents::ticked>();
  column.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "timer item");
}

// -- several families -------------------------------------------------------------------

TEST_F(FamilyTest, ClassMayHaveSeveralFamilies) {
  TimedItem item;
  event::listen(item, "attached", log.note("item"));
  event::listen(item, "ticked", log.note("timer"));

  item.emit<ItemEvents::attached>();
  item.emit<TimerEvents::ticked>();

  EXPECT_EQ(log.take(), "item timer");
}

TEST_F(FamilyTest, FirstFamilyWithANameWins) {
  TimedItem item;
  event::listen(item, "renamed", log.note("a"));

  item.emit<TimerEvents::renamed>();
  EXPECT_EQ(log.take(), "");
  item.emit<ItemEvents::renamed>("id");
  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, FirstFamilyWithANameWinsAtRunTime) {
  TimedItem item;
  event::listen(item, event::runtime_name("renamed"), log.note("a"));

  item.emit<ItemEvents::renamed>("id");

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, TypedSpellingReachesTheOtherFamilyWithTheName) {
  TimedItem item;
  event::listen<TimerEvents::renamed>(item, log.note("a"));

  item.emit<TimerEvents::renamed>();

  EXPECT_EQ(log.take(), "a");
}

TEST_F(FamilyTest, FamilyOfTheBaseWinsOverAnAddedOne) {
  TimedColumn column;
  event::listen(column, "renamed", log.note("a"));

  column.emit<ItemEvents::renamed>("id");

  EXPECT_EQ(log.take(), "a");
}

// -- a family without events ------------------------------------------------------------

struct QuietEvents : event::Events<QuietEvents, ItemEvents> {
  using all = event::list<>;
};
class Quiet : public event::Target<Quiet, QuietEvents> {
 public:
  using Target::emit;
};

TEST_F(FamilyTest, MayHaveNoEventsOfItsOwn) {
  Quiet quiet;
  event::listen(quiet, "attached", log.note("a"));

  quiet.emit<ItemEvents::attached>();

  EXPECT_EQ(log.take(), "a");
}

}  // namespace
}  // namespace hark::test
