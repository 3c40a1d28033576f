// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hark::test {
namespace {

template <class E>
constexpr bool is_an_error =
    std::is_base_of_v<Error, E>&& std::has_virtual_destructor_v<E>&&
        std::is_constructible_v<E, std::string_view> &&
    !std::is_convertible_v<std::string_view, E> && !std::is_default_constructible_v<E>;

template <class E>
constexpr bool never_throws_itself = std::is_nothrow_copy_constructible_v<E>&&
    std::is_nothrow_copy_assignable_v<E>&& std::is_nothrow_move_constructible_v<E>&&
        std::is_nothrow_move_assignable_v<E>&& std::is_nothrow_destructible_v<E>;

static_assert(std::is_base_of_v<std::exception, Error>);
static_assert(is_an_error<Error>);
static_assert(is_an_error<ArgumentError>);
static_assert(is_an_error<InvalidRequestError>);
static_assert(is_an_error<DisconnectionError>);
static_assert(!std::is_base_of_v<ArgumentError, InvalidRequestError>);
static_assert(!std::is_base_of_v<InvalidRequestError, ArgumentError>);
static_assert(never_throws_itself<Error>);
static_assert(never_throws_itself<ArgumentError>);
static_assert(never_throws_itself<InvalidRequestError>);
static_assert(never_throws_itself<DisconnectionError>);

/// Throws an E, and shows it to `look` as a Root.
template <class E, class Root, class Look>
void catch_as(Look look) {
  try {
    throw E("no such event");
  } catch (const Root& error) {
    look(error);
  }
}

TEST(ErrorTest, SaysWhatItWasGiven) {
  const Error error("no such event");

  EXPECT_STREQ(error.what(), "no such event");
}

TEST(ErrorTest, KeepsItsOwnMessage) {
  std::string message = "no such event";

  const Error error(message);
  message = "overwritten";

  EXPECT_STREQ(error.what(), "no such event");
}

// Evidence: error.root-1
TEST(ErrorTest, EveryLeafIsCaughtAsTheRoot) {
  const auto look = [](const Error& error) {
    EXPECT_STREQ(error.what(), "no such event");
  };

  catch_as<Error, Error>(look);
  catch_as<ArgumentError, Error>(look);
  catch_as<InvalidRequestError, Error>(look);
  catch_as<DisconnectionError, Error>(look);
}

// Evidence: error.root-1
TEST(ErrorTest, EveryLeafIsCaughtAsStandardException) {
  const auto look = [](const std::exception& error) {
    EXPECT_STREQ(error.what(), "no such event");
  };

  catch_as<Error, std::exception>(look);
  catch_as<ArgumentError, std::exception>(look);
  catch_as<InvalidRequestError, std::exception>(look);
  catch_as<DisconnectionError, std::exception>(look);
}

// Evidence: error.root-2
TEST(ErrorTest, CopiesAnswerAlike) {
  const DisconnectionError error("server closed the connection");

  const DisconnectionError copy(
      error);  // NOLINT(performance-unnecessary-copy-initialization)

  EXPECT_STREQ(copy.what(), error.what());
  EXPECT_EQ(copy.is_disconnect(), error.is_disconnect());
  EXPECT_EQ(copy.invalidates_pool(), error.invalidates_pool());
  EXPECT_EQ(copy.statement(), error.statement());
  EXPECT_EQ(copy.sqlstate(), error.sqlstate());
}

TEST(ErrorTest, CopyOutlivesTheOriginal) {
  std::optional<Error> error("no such event");

  const Error copy(*error);
  error.reset();

  EXPECT_STREQ(copy.what(), "no such event");
}

TEST(ErrorTest, AssignmentTakesTheMessageOver) {
  Error error("no such event");
  const Error other("no such table");

  error = other;

  EXPECT_STREQ(error.what(), "no such table");
}

TEST(ErrorTest, AssignmentToItselfChangesNothing) {
  Error error("no such event");
  const Error& itself = error;

  error = itself;

  EXPECT_STREQ(error.what(), "no such event");
}

TEST(ErrorTest, MovedFromErrorStillSpeaks) {
  Error error("no such event");

  const Error moved(std::move(error));

  EXPECT_STREQ(error.what(), "no such event");  // NOLINT(bugprone-use-after-move)
}

TEST(ErrorTest, RootKnowsNothingOfADatabase) {
  const Error error("no such event");

  EXPECT_FALSE(error.is_disconnect());
  EXPECT_FALSE(error.invalidates_pool());
  EXPECT_EQ(error.statement(), "");
  EXPECT_EQ(error.sqlstate(), "");
}

TEST(ErrorTest, DisconnectionIsADisconnectSeenFromTheRoot) {
  const DisconnectionError error("server closed the connection");
  const Error& root = error;

  EXPECT_TRUE(root.is_disconnect());
}

TEST(ErrorTest, DisconnectionSparesTheOtherConnectionsOfThePool) {
  const DisconnectionError error("server closed the connection");

  EXPECT_FALSE(error.invalidates_pool());
}

}  // namespace
}  // namespace hark::test
