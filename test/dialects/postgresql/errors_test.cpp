// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dialects/postgresql/errors.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <typeinfo>

#include "dialects/postgresql/failure.hpp"

namespace hark::test {
namespace {

TEST(PostgresConditionTest, HasTheNameThatPostgresqlGivesIt) {
  EXPECT_EQ(postgresql::condition_name("00000"), "successful_completion");
  EXPECT_EQ(postgresql::condition_name("23505"), "unique_violation");
  EXPECT_EQ(postgresql::condition_name("42P01"), "undefined_table");
  EXPECT_EQ(postgresql::condition_name("XX002"), "index_corrupted");
}

TEST(PostgresConditionTest, AnUnknownCodeHasNone) {
  for (const std::string_view code : {"", "0", "23506", "ZZZZZ", "235050"})
    EXPECT_EQ(postgresql::condition_name(code), "") << code;
}

/// Is what is thrown for that SQLSTATE an E?
template <class E>
::testing::AssertionResult is_of(std::string_view sqlstate) {
  try {
    postgresql::throw_failure("no", {.sqlstate = std::string(sqlstate)});
  } catch (const dbapi::Error& error) {
    if (typeid(error) == typeid(E) && error.sqlstate() == sqlstate)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << sqlstate << ": " << typeid(error).name();
  }
}

// Source: psycopg2's table, which SQLAlchemy's users know.
TEST(PostgresFailureTest, HasTheClassThatPep249HasForItsCode) {
  for (const std::string_view code : {"22012", "22P02"})
    EXPECT_TRUE(is_of<dbapi::DataError>(code));
  for (const std::string_view code : {"23505", "23503"})
    EXPECT_TRUE(is_of<dbapi::IntegrityError>(code));
  for (const std::string_view code : {"0A000"})
    EXPECT_TRUE(is_of<dbapi::NotSupportedError>(code));
  for (const std::string_view code :
       {"20000", "21000", "3D000", "3F000", "42601", "44000"})
    EXPECT_TRUE(is_of<dbapi::ProgrammingError>(code));
  for (const std::string_view code : {"24000",
                                      "25P02",
                                      "2B000",
                                      "2D000",
                                      "2F002",
                                      "38000",
                                      "39000",
                                      "3B001",
                                      "F0000",
                                      "P0001",
                                      "XX000"})
    EXPECT_TRUE(is_of<dbapi::InternalError>(code));
  for (const std::string_view code : {"",
                                      "08006",
                                      "26000",
                                      "27000",
                                      "28P01",
                                      "34000",
                                      "40001",
                                      "40P01",
                                      "53300",
                                      "54000",
                                      "55P03",
                                      "57014",
                                      "58030",
                                      "HV000"})
    EXPECT_TRUE(is_of<dbapi::OperationalError>(code));
  for (const std::string_view code : {"01000", "0B000", "72000", "99999"})
    EXPECT_TRUE(is_of<dbapi::DatabaseError>(code));
}

}  // namespace
}  // namespace hark::test
