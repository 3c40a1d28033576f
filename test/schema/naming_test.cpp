// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/schema.hpp>

#include <gtest/gtest.h>

#include <string>

namespace hark::test {
namespace {

const NamingConvention convention{
    {"ix", "ix_%(column_0_label)s"},
    {"uq", "uq_%(table_name)s_%(column_0_N_name)s"},
    {"ck", "ck_%(table_name)s_%(constraint_name)s"},
    {"fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"},
    {"pk", "pk_%(table_name)s"},
};

class NamingTest : public ::testing::Test {
 protected:
  MetaData metadata{{.naming_convention = convention}};
};

TEST_F(NamingTest, NamesWhatHasNoName) {
  metadata.table("p", Column("id", Integer(), {.primary_key = true}));
  Table& table = metadata.table("t",
                                Column("id", Integer(), {.primary_key = true}),
                                Column("a", Integer(), {.index = true}),
                                Column("b", Integer(), ForeignKey("p.id")));

  EXPECT_EQ(table.primary_key().name(), "pk_t");
  EXPECT_EQ(table.indexes().front()->name(), "ix_t_a");
  EXPECT_EQ(table.foreign_key_constraints().front()->name(), "fk_t_b_p");
  EXPECT_EQ(table.append(UniqueConstraint({"a", "b"})).name(), "uq_t_a_b");
}

TEST_F(NamingTest, GivenNamesStayUnlessTheConventionUsesThem) {
  Table& table = metadata.table("t", Column("a", Integer()));

  EXPECT_EQ(table.append(UniqueConstraint({"a"}, {.name = "mine"})).name(), "mine");
  EXPECT_EQ(table.append(CheckConstraint("a > 0", {.name = "positive"})).name(),
            "ck_t_positive");
}

TEST_F(NamingTest, ConventionWithTheGivenNameWantsOne) {
  EXPECT_THROW(metadata.table("t", Column("a", Integer()), CheckConstraint("a > 0")),
               InvalidRequestError);
  EXPECT_EQ(metadata.find("t"), nullptr);
}

TEST_F(NamingTest, CheckOfColumnIsNamedWhenItsTableIsKnown) {
  Table& table = metadata.table(
      "t", Column("a", Integer(), CheckConstraint("a > 0", {.name = "positive"})));

  EXPECT_EQ(table["a"].constraints().front()->name(), "ck_t_positive");
}

TEST_F(NamingTest, CopiesAreNamedForTheirTable) {
  Table& table = metadata.table("t",
                                Column("id", Integer(), {.primary_key = true}),
                                Column("a", Integer(), {.unique = true}));
  MetaData other({.naming_convention = convention});

  const Table& copy = table.to_metadata(other, {}, "u");

  EXPECT_EQ(copy.primary_key().name(), "pk_u");
}

TEST_F(NamingTest, UnknownTokenIsRefused) {
  MetaData bad({.naming_convention = {{"pk", "pk_%(tabel_name)s"}}});

  EXPECT_THROW(bad.table("t", Column("id", Integer(), {.primary_key = true})),
               ArgumentError);
}

TEST(NamingConventionTest, IsForKindsThatAreKnown) {
  EXPECT_THROW(MetaData({.naming_convention = {{"CK", "x"}}}), ArgumentError);
}

TEST(DefaultNamingTest, IndexesOfColumnsAloneAreNamed) {
  MetaData metadata;
  Table& table = metadata.table("t",
                                {.schema = "s.x"},
                                Column("id", Integer(), {.primary_key = true}),
                                Column("a", Integer(), {.index = true}));

  EXPECT_EQ(table.indexes().front()->name(), "ix_s_x_t_a");
  EXPECT_EQ(table.primary_key().name(), "");
}

}  // namespace
}  // namespace hark::test
