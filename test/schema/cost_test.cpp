// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What tables and their reflection cost, in statements. Times are measured in benchmarks/.
namespace hark::test {
namespace {

/// How often a statement was sent, by its first word.
using Counts = std::map<std::string, std::size_t>;

std::string first_word(std::string_view sql) {
  sql.remove_prefix(std::min(sql.find_first_not_of(" \n"), sql.size()));
  return std::string(sql.substr(0, sql.find(' ')));
}

class SchemaCostTest : public ::testing::Test {
 protected:
  SchemaCostTest() {
    event::listen(engine,
                  "before_cursor_execute",
                  [this](Connection&, dbapi::Cursor&, const std::string& statement) {
                    ++counts[first_word(statement)];
                  });
    event::listen(engine, "commit", [this](Connection&) { ++counts["COMMIT"]; });
  }

  /// What was sent since the last time.
  Counts sent() { return std::exchange(counts, {}); }
  std::size_t number_sent() {
    std::size_t sum = 0;
    for (const auto& [word, count] : sent()) sum += count;
    return sum;
  }

  /// By name they come in the order of their numbers.
  static std::string table_name(std::size_t number) {
    return "t" + std::to_string(1000 + number);
  }
  /// Each but the first refers to the one before.
  static void declare_row(MetaData& in, std::size_t tables) {
    in.table(table_name(0), Column("id", Integer(), {.primary_key = true}));
    for (std::size_t number = 1; number < tables; ++number) {
      in.table(table_name(number),
               Column("id", Integer(), {.primary_key = true}),
               Column("before", ForeignKey(table_name(number - 1) + ".id")));
    }
  }

  /// A table of so many columns: each a foreign key with a check, every other one unique,
  /// the rest indexed.
  void create_wide(const std::string& name, std::size_t columns) {
    MetaData declared;
    declared.table("other", Column("id", Integer(), {.primary_key = true}));
    std::vector<TableItem> items;
    for (std::size_t number = 0; number < columns; ++number) {
      const std::string column = "c" + std::to_string(number);
      const bool is_even = number % 2 == 0;
      items.emplace_back(
          Column(column,
                 {.primary_key = number < 2, .unique = is_even, .index = !is_even},
                 ForeignKey("other.id")));
      items.emplace_back(CheckConstraint(column + " > 0"));
    }
    declared.table(name, {}, std::move(items));
    declared.create_all(engine);
  }
  /// By how many statements, all told.
  std::size_t statements_that_reflect(const std::string& name, std::size_t columns) {
    MetaData reflected;
    sent();
    const Table& table = reflected.reflect_table(name, engine);
    EXPECT_EQ(table.columns().size(), columns);
    EXPECT_EQ(table.foreign_key_constraints().size(), columns);
    return number_sent();
  }
  /// The same for each of the Inspector's questions about it.
  std::vector<std::size_t> statements_per_question(const std::string& name) {
    Inspector inspector(engine);
    std::vector<std::size_t> numbers;
    const auto ask = [&](auto&& question) {
      sent();
      EXPECT_FALSE(question().empty());
      numbers.push_back(number_sent());
    };
    ask([&] { return inspector.get_columns(name); });
    ask([&] { return inspector.get_pk_constraint(name).constrained_columns; });
    ask([&] { return inspector.get_foreign_keys(name); });
    ask([&] { return inspector.get_unique_constraints(name); });
    ask([&] { return inspector.get_check_constraints(name); });
    ask([&] { return inspector.get_indexes(name); });
    return numbers;
  }

  Engine engine = create_engine("sqlite://");
  MetaData metadata;
  Counts counts;
};

TEST_F(SchemaCostTest, CreationAsksTwiceForATableThatIsNotThere) {
  declare_row(metadata, 50);

  metadata.create_all(engine);

  EXPECT_EQ(sent(), (Counts{{"PRAGMA", 100}, {"CREATE", 50}, {"COMMIT", 1}}));
}

TEST_F(SchemaCostTest, CreationAsksOnceForATableThatIsThere) {
  declare_row(metadata, 50);
  metadata.create_all(engine);
  sent();

  metadata.create_all(engine);

  EXPECT_EQ(sent(), (Counts{{"PRAGMA", 50}, {"COMMIT", 1}}));
}

TEST_F(SchemaCostTest, DroppingAsksOnceForATableThatIsThere) {
  declare_row(metadata, 50);
  metadata.create_all(engine);
  sent();

  metadata.drop_all(engine);

  EXPECT_EQ(sent(), (Counts{{"PRAGMA", 50}, {"DROP", 50}, {"COMMIT", 1}}));
}

TEST_F(SchemaCostTest, WithoutCheckfirstNothingIsAsked) {
  declare_row(metadata, 50);

  metadata.create_all(engine, {.checkfirst = false});
  metadata.drop_all(engine, {.checkfirst = false});

  EXPECT_EQ(sent(), (Counts{{"CREATE", 50}, {"DROP", 50}, {"COMMIT", 2}}));
}

TEST_F(SchemaCostTest, AnIndexIsOneStatementMore) {
  metadata.table("a", Column("b", Integer(), {.index = true}), Index("two", {"b"}));

  metadata.create_all(engine);

  EXPECT_EQ(sent(), (Counts{{"PRAGMA", 2}, {"CREATE", 3}, {"COMMIT", 1}}));
}

TEST_F(SchemaCostTest, ReflectionOfManyColumnsAsksNoMoreThanOfFew) {
  create_wide("narrow", 5);
  create_wide("wide", 50);

  const std::size_t few = statements_that_reflect("narrow", 5);

  EXPECT_GT(few, 0U);
  EXPECT_EQ(statements_that_reflect("wide", 50), few);
}

TEST_F(SchemaCostTest, NoQuestionTakesMoreStatementsForManyColumns) {
  create_wide("narrow", 5);
  create_wide("wide", 50);

  EXPECT_EQ(statements_per_question("wide"), statements_per_question("narrow"));
}

TEST_F(SchemaCostTest, AnInspectorAsksOnceForEachAnswer) {
  create_wide("table", 5);
  Connection connection = engine.connect();
  Inspector inspector(connection);
  inspector.get_columns("table");
  sent();

  inspector.get_columns("table");

  EXPECT_EQ(sent(), Counts());
}

TEST_F(SchemaCostTest, ReflectionOfAllAsksAsMuchOfEachTable) {
  const auto statements_for = [this](std::size_t tables) {
    MetaData declared;
    declare_row(declared, tables);
    declared.drop_all(engine);
    declared.create_all(engine);
    sent();
    MetaData reflected;
    reflected.reflect(engine);
    EXPECT_EQ(reflected.tables().size(), tables);
    return number_sent();
  };

  const std::size_t ten = statements_for(10);
  const std::size_t twenty = statements_for(20);
  const std::size_t forty = statements_for(40);

  EXPECT_EQ(forty - twenty, 2 * (twenty - ten));
}

}  // namespace
}  // namespace hark::test
