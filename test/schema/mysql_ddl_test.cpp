// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/mysql.hpp>
#include <hark/schema.hpp>
#include <hark/schema/ddl_compiler.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "support/server_fixture.hpp"

namespace hark::test {
namespace {

using Names = std::vector<std::string>;

/// What the compiler of MySQL writes is run, and looked at by what the server says then.
class MySQLDDLTest : public MySqlTest {
 protected:
  void SetUp() override {
    MySqlTest::SetUp();
    if (IsSkipped()) return;
    std::string url = this->url();
    Engine asked = create_engine(url);
    const bool is_mariadb = asked.connect()
                                .exec_driver_sql("SELECT VERSION()")
                                .scalar_one<std::string>()
                                .find("MariaDB") != std::string::npos;
    if (is_mariadb) url.replace(0, url.find(':'), "mariadb");
    engine_.reset(new Engine(create_engine(url)));
  }
  void TearDown() override { engine_.reset(); }

  Engine& engine() { return *engine_; }
  bool is_mariadb() { return engine().dialect().name() == "mariadb"; }

  void execute(const DDLElement& ddl) {
    engine().begin([&](Connection& connection) { connection.execute(ddl); });
  }

  MetaData metadata;

 private:
  std::unique_ptr<Engine> engine_;
};

TEST_F(MySQLDDLTest, MySQLsURLWritesMariaDBsDDLToMariaDB) {
  Engine plain = create_engine(url());
  metadata.table("returning", Column("id", Integer(), {.primary_key = true}));
  metadata.create_all(plain);
  EXPECT_EQ(plain.dialect().ddl_name(), is_mariadb() ? "mariadb" : "mysql");
  EXPECT_TRUE(Inspector(plain).has_table("returning"));
}

TEST_F(MySQLDDLTest, CreatesAndDropsConstraintsOfATableThatIsThere) {
  Table& parent =
      metadata.table("parent", Column("id", Integer(), {.primary_key = true}));
  Table& table =
      metadata.table("child", Column("id", Integer()), Column("price", Integer()));
  metadata.create_all(engine());
  auto& unique = table.append(UniqueConstraint({"price"}, {.name = "uq"}));
  auto& check = table.append(CheckConstraint("price > 1", {.name = "ck"}));
  auto& key = table.append(
      ForeignKeyConstraint({"id"}, {"parent.id"}, {.name = "fk", .ondelete = "CASCADE"}));
  ASSERT_EQ(&key.referred_table(), &parent);

  for (Constraint* added : {static_cast<Constraint*>(&unique),
                            static_cast<Constraint*>(&check),
                            static_cast<Constraint*>(&key)})
    execute(AddConstraint(*added));
  const ReflectedTable with = Inspector(engine()).get_table("child");
  for (Constraint* dropped : {static_cast<Constraint*>(&key),
                              static_cast<Constraint*>(&check),
                              static_cast<Constraint*>(&unique)})
    execute(DropConstraint(*dropped));
  const ReflectedTable without = Inspector(engine()).get_table("child");

  EXPECT_EQ(with.unique_constraints.size(), 1U);
  EXPECT_EQ(with.check_constraints.at(0).name, "ck");
  EXPECT_EQ(with.foreign_keys.at(0).options.ondelete, "CASCADE");
  EXPECT_TRUE(without.unique_constraints.empty());
  EXPECT_TRUE(without.check_constraints.empty());
  EXPECT_TRUE(without.foreign_keys.empty());
}

TEST_F(MySQLDDLTest, CreatesAndDropsTablesThatReferToOneAnother) {
  metadata.table("chicken",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("egg_id", ForeignKey("egg.id", {.name = "fk_of_chicken"})));
  metadata.table("egg",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("chicken_id", ForeignKey("chicken.id", {.name = "fk_of_egg"})));

  metadata.create_all(engine());
  EXPECT_EQ(Inspector(engine()).get_foreign_keys("egg").size(), 1U);
  EXPECT_EQ(Inspector(engine()).get_foreign_keys("chicken").size(), 1U);
  metadata.drop_all(engine());

  EXPECT_EQ(Inspector(engine()).get_table_names(), Names{});
}

TEST_F(MySQLDDLTest, SetsComments) {
  Table& table =
      metadata.table("t",
                     TableOptions{.comment = "it's \\ first"},
                     Column("id", Integer(), {.primary_key = true, .comment = "a 'key'"}),
                     Column("name", String(20), {.nullable = false, .comment = "name"}));
  metadata.create_all(engine());
  EXPECT_EQ(Inspector(engine()).get_table_comment("t"), "it's \\ first");

  MetaData changed;
  Table& other = changed.table(
      "t",
      TableOptions{.comment = "second"},
      Column("id", Integer(), {.primary_key = true, .comment = "another\nkey"}));
  execute(SetTableComment(other));
  execute(SetColumnComment(other["id"]));

  const ReflectedTable described = Inspector(engine()).get_table("t");
  EXPECT_EQ(described.comment, "second");
  EXPECT_EQ(described.columns.at(0).comment, "another\nkey");
  EXPECT_EQ(described.columns.at(0).autoincrement, Autoincrement::yes);
  EXPECT_EQ(described.columns.at(1).comment, "name");
  EXPECT_EQ(table.comment(), "it's \\ first");
}

TEST_F(MySQLDDLTest, CreatesTypesAsTheyAreDeclared) {
  metadata.table("t",
                 Column("a", Boolean()),
                 Column("b", Enum("mood", {"sad", "it's", "back\\slash"})),
                 Column("c", JSON()),
                 Column("d", LargeBinary()),
                 Column("e", Float(53)),
                 Column("f", Numeric(10, 2)),
                 Column("g", DateTime()),
                 Column("h", Uuid()),
                 Column("i", BigInteger().suffixed("UNSIGNED")),
                 Column("j", String(9).collated("latin1_bin")));
  metadata.create_all(engine());

  Names types;
  for (const ReflectedColumn& column : Inspector(engine()).get_columns("t"))
    types.push_back(ddl_compiler("mysql").type(
        column.type.spelling() == "BIGINT" ? column.type.as_generic() : column.type));
  EXPECT_EQ(types,
            (Names{"TINYINT(1)",
                   R"(ENUM('sad','it''s','back\\slash'))",
                   "JSON",
                   "BLOB",
                   "DOUBLE",
                   "DECIMAL(10, 2)",
                   "DATETIME",
                   "CHAR(32)",
                   "BIGINT",
                   "VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin"}));
}

TEST_F(MySQLDDLTest, GivesEachRowItsNumberAndWhatIsGenerated) {
  metadata.table("t",
                 Column("id", Integer(), {.primary_key = true}),
                 Column("n", Integer(), {.server_default = text("7")}),
                 Column("stored", Integer(), Computed("n * 2", true)),
                 Column("shown", Integer(), Computed("n + 1", false)),
                 Column("at", DateTime(), {.server_default = text("CURRENT_TIMESTAMP")}));
  metadata.create_all(engine());
  Connection connection(engine());

  connection.exec_driver_sql("INSERT INTO t () VALUES ()");
  connection.exec_driver_sql("INSERT INTO t (n) VALUES (20)");

  const auto rows = connection.exec_driver_sql("SELECT id, n, stored, shown FROM t")
                        .all<int, int, int, int>();
  EXPECT_EQ(
      rows,
      (std::vector<std::tuple<int, int, int, int>>{{1, 7, 14, 8}, {2, 20, 40, 21}}));
}

TEST_F(MySQLDDLTest, QuotesNamesThatAreReservedAndOthersThatNeedIt) {
  Table& table = metadata.table("select",
                                Column("order", Integer(), {.primary_key = true}),
                                Column("Größe `x`", Integer(), {.comment = "in quotes"}),
                                Column("rank", Integer()),
                                Column("offset", Integer()),
                                Column("group", Integer(), {.index = true}));
  metadata.create_all(engine());

  const ReflectedTable described = Inspector(engine()).get_table("select");
  Names names;
  for (const ReflectedColumn& column : described.columns) names.push_back(column.name);

  EXPECT_EQ(names, (Names{"order", "Größe `x`", "rank", "offset", "group"}));
  EXPECT_EQ(described.indexes.at(0).name, "ix_select_group");
  table.drop(engine());
  EXPECT_FALSE(Inspector(engine()).has_table("select"));
}

TEST_F(MySQLDDLTest, CreatesAndDropsIndexesOfEveryKind) {
  Table& table = metadata.table(
      "t",
      TableOptions{.mysql_options = {"ENGINE=InnoDB", "DEFAULT CHARSET=utf8mb4"}},
      Column("a", Integer()),
      Column("b", Text()),
      Column("p", UserDefinedType("POINT"), {.nullable = false}),
      Index("ix_plain", {"a"}, {.unique = true, .mysql_using = "BTREE"}),
      Index("ix_prefix", {text("b(10) DESC"), "a"}),
      Index("ix_text", {"b"}, {.mysql_prefix = "FULLTEXT"}),
      Index("ix_place", {"p"}, {.mysql_prefix = "SPATIAL"}));
  metadata.create_all(engine());

  std::vector<ReflectedIndex> indexes = Inspector(engine()).get_indexes("t");
  std::sort(indexes.begin(), indexes.end(), [](const auto& one, const auto& other) {
    return one.name < other.name;
  });
  ASSERT_EQ(indexes.size(), 4U);
  EXPECT_EQ(indexes[0].prefix, "SPATIAL");
  EXPECT_TRUE(indexes[1].unique);
  EXPECT_EQ(indexes[1].using_, "BTREE");
  EXPECT_EQ(indexes[2].expressions, (Names{"`b`(10) DESC", "a"}));
  EXPECT_EQ(indexes[3].prefix, "FULLTEXT");

  for (const auto& index : table.indexes()) index->drop(engine());
  EXPECT_TRUE(Inspector(engine()).get_indexes("t").empty());
}

TEST_F(MySQLDDLTest, CreatesAndDropsSequences) {
  if (!is_mariadb()) GTEST_SKIP() << "MySQL has none";
  metadata.sequence("a", {.start = 5, .increment = 2, .cycle = false, .cache = 3});
  metadata.table("t",
                 Column("id", Integer(), {.primary_key = true}, Sequence("of_t")),
                 Column("n", Integer()));

  metadata.create_all(engine());
  const std::vector<ReflectedSequence> sequences = Inspector(engine()).get_sequences();
  const bool counts =
      Inspector(engine()).get_columns("t").at(0).autoincrement == Autoincrement::yes;
  metadata.drop_all(engine());

  ASSERT_EQ(sequences.size(), 2U);
  EXPECT_EQ(sequences[0].options.start, 5);
  EXPECT_EQ(sequences[0].options.cycle, false);
  EXPECT_EQ(sequences[0].options.cache, 3);
  EXPECT_EQ(sequences[1].name, "of_t");
  EXPECT_FALSE(counts);
  EXPECT_TRUE(Inspector(engine()).get_sequences().empty());
}

TEST_F(MySQLDDLTest, CreatesAndDropsSchemasWithTheirTables) {
  const std::string name = engine().url().database.value_or("") + "_side";
  metadata.table("t", TableOptions{.schema = name}, Column("id", Integer()));

  execute(CreateSchema(name));
  execute(CreateSchema(name, {.if_not_exists = true}));
  metadata.create_all(engine());
  const bool was_there = Inspector(engine()).has_table("t", name);
  metadata.create_all(engine());  // what is there is left alone
  metadata.drop_all(engine());
  execute(DropSchema(name));

  EXPECT_TRUE(was_there);
  const Names schemas = Inspector(engine()).get_schema_names();
  EXPECT_EQ(std::find(schemas.begin(), schemas.end(), name), schemas.end());
}

}  // namespace
}  // namespace hark::test
