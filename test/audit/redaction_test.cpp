// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/audit/redaction.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using audit::Parameter;
using audit::Redaction;
using audit::RedactionRules;
using dbapi::Type;
using dbapi::Value;

std::size_t size_of(const Value& value) {
  switch (value.type()) {
    case Type::text:
      return value.text().size();
    case Type::blob:
      return value.blob().size();
    default:
      return 8;
  }
}

Parameter applied(const RedactionRules& rules,
                  std::string_view name,
                  std::string_view column,
                  const Value& value = "value") {
  Parameter parameter{.name = std::string(name),
                      .column = std::string(column),
                      .type = value.type(),
                      .value = value};
  rules.apply(parameter, size_of(value));
  return parameter;
}

Redaction of_parameter(const RedactionRules& rules, std::string_view name) {
  return applied(rules, name, "").redaction;
}
Redaction of_column(const RedactionRules& rules, std::string_view column) {
  return applied(rules, "", column).redaction;
}

TEST(RedactionRulesTest, LeavesOutWhatLooksLikeASecret) {
  const RedactionRules rules;

  for (const std::string_view name : {"password",    "User_PassWord",
                                      "old_passwd",  "client_secret",
                                      "token2",      "API_KEY",
                                      "apikey",      "authorization",
                                      "credentials", "private_key_pem",
                                      "Passphrase",  "db_pwd",
                                      "pass",        "session_cookie",
                                      "session_id",  "PHPSESSIONID",
                                      "pin",         "otp",
                                      "cvv",         "cvc"}) {
    EXPECT_EQ(of_parameter(rules, name), Redaction::left_out) << name;
    EXPECT_EQ(of_column(rules, "t." + std::string(name)), Redaction::left_out) << name;
    EXPECT_TRUE(applied(rules, name, "").value.is_null()) << name;
  }
  EXPECT_EQ(of_parameter(rules, "name"), Redaction::none);
  EXPECT_EQ(applied(rules, "", "").value, Value("value"));
}

TEST(RedactionRulesTest, UnknownColumnsAreLeftOutOnRequest) {
  RedactionRules rules;
  rules.show_parameter("id").hash_column("orders.email");
  EXPECT_EQ(of_parameter(rules, "x"), Redaction::none);

  rules.leave_out_unknown_columns();
  EXPECT_EQ(of_parameter(rules, "x"), Redaction::left_out);
  EXPECT_EQ(of_parameter(rules, "id"), Redaction::none);
  EXPECT_EQ(of_column(rules, "orders.name"), Redaction::none);
  EXPECT_EQ(of_column(rules, "orders.email"), Redaction::hashed);
}

TEST(RedactionRulesTest, TheFirstRuleThatFitsCounts) {
  RedactionRules rules;
  rules.show_parameter("token_count").leave_out_parameter("token*").hash_column("t.a");
  rules.show_column("a");

  EXPECT_EQ(of_parameter(rules, "TOKEN_COUNT"), Redaction::none);
  EXPECT_EQ(of_parameter(rules, "token_id"), Redaction::left_out);
  EXPECT_EQ(of_column(rules, "t.a"), Redaction::hashed);
  EXPECT_EQ(of_column(rules, "u.a"), Redaction::none);
}

TEST(RedactionRulesTest, ComparesColumnsWithAndWithoutTheirTables) {
  RedactionRules rules = RedactionRules::none();
  rules.leave_out_column("users.e*l").leave_out_column("iban");

  EXPECT_EQ(of_column(rules, "Users.Email"), Redaction::left_out);
  EXPECT_EQ(of_column(rules, "email"), Redaction::none);
  EXPECT_EQ(of_column(rules, "users.email2"), Redaction::none);
  EXPECT_EQ(of_column(rules, "iban"), Redaction::left_out);
  EXPECT_EQ(of_column(rules, "accounts.IBAN"), Redaction::left_out);
  EXPECT_EQ(of_parameter(rules, "iban"), Redaction::none);
}

TEST(RedactionRulesTest, StarsStandForAnyCharacters) {
  const auto fits = [](std::string_view pattern, std::string_view name) {
    RedactionRules rules = RedactionRules::none();
    rules.leave_out_parameter(pattern);
    return of_parameter(rules, name) == Redaction::left_out;
  };

  EXPECT_TRUE(fits("a*b*c", "aXbbYc"));
  EXPECT_TRUE(fits("*a*", "a"));
  EXPECT_TRUE(fits("*ab", "aab"));
  EXPECT_TRUE(fits("**", "x"));
  EXPECT_FALSE(fits("a*b*c", "aXbbY"));
  EXPECT_FALSE(fits("a", "ab"));
  EXPECT_FALSE(fits("", "a"));
  EXPECT_FALSE(fits("*", ""));  // it has no name
}

TEST(RedactionRulesTest, GoesByTypes) {
  RedactionRules rules = RedactionRules::none();
  rules.leave_out_type(Type::blob).hash_type(Type::integer);

  EXPECT_EQ(applied(rules, "", "", dbapi::Blob(3)).redaction, Redaction::left_out);
  EXPECT_EQ(applied(rules, "", "", 17).redaction, Redaction::hashed);
  EXPECT_EQ(applied(rules, "", "", 1.5).redaction, Redaction::none);
}

TEST(RedactionRulesTest, LeavesOutAll) {
  const RedactionRules rules = RedactionRules::leave_out_all();

  EXPECT_TRUE(rules.leaves_out_all());
  EXPECT_FALSE(RedactionRules().leaves_out_all());
  EXPECT_EQ(of_parameter(rules, "a"), Redaction::left_out);
}

/// Computed by another program, of the type, 04, the size, 5 in eight bytes, and the text.
TEST(RedactionRulesTest, HashesWithHmacSha256) {
  RedactionRules rules = RedactionRules::none();
  rules.hash_parameter("*").hash_key("key");

  const Parameter hashed = applied(rules, "a", "", "value");

  EXPECT_EQ(hashed.redaction, Redaction::hashed);
  EXPECT_EQ(hashed.type, Type::text);
  EXPECT_EQ(hashed.value,
            Value("91435bf7579572f6c495a2b4000abb874be75673cd1978a272034bc60ca513cc"));
}

TEST(RedactionRulesTest, HashesAreEqualForEqualValuesOfOneTypeUnderOneKey) {
  RedactionRules rules = RedactionRules::none();
  rules.hash_parameter("*");
  RedactionRules other_key = RedactionRules::none();
  other_key.hash_parameter("*");
  const RedactionRules copy = rules;
  const auto hash = [&](const Value& value) {
    return applied(rules, "a", "", value).value;
  };
  const std::vector<Value> values{std::nullopt,
                                  true,
                                  1,
                                  1.0,
                                  "1",
                                  dbapi::Blob{std::byte{'1'}},
                                  dbapi::Decimal{"1"},
                                  dbapi::Date(std::chrono::days(1)),
                                  dbapi::DateTime(std::chrono::microseconds(1)),
                                  2,
                                  "2",
                                  ""};

  for (const Value& one : values) {
    EXPECT_EQ(applied(copy, "b", "", one).value, hash(one));
    EXPECT_NE(applied(other_key, "a", "", one).value, hash(one));
    for (const Value& other : values) EXPECT_EQ(one == other, hash(one) == hash(other));
  }
  EXPECT_EQ(hash(0.0), hash(-0.0));
}

TEST(RedactionRulesTest, HashesWhatIsKnownOfAValueWithItsSize) {
  RedactionRules rules = RedactionRules::none();
  rules.hash_parameter("*").hash_key("key");
  const auto hash = [&](std::string_view text, std::size_t size) {
    Parameter parameter{.name = "a", .type = Type::text, .value = text};
    rules.apply(parameter, size);
    return parameter.value;
  };

  EXPECT_EQ(hash("abc", 10), hash("abc", 10));
  EXPECT_NE(hash("abc", 10), hash("abc", 11));
  EXPECT_NE(hash("abc", 3), hash("abc", 10));
}

TEST(RedactionRulesTest, TruncatesTextsAtCharactersAndBlobs) {
  RedactionRules rules = RedactionRules::none();
  rules.truncate_parameter("*", 4);
  const auto truncated = [&](const Value& value) {
    return applied(rules, "a", "", value);
  };

  EXPECT_EQ(truncated("abcdef").value, Value("abcd"));
  EXPECT_EQ(truncated("abcdef").redaction, Redaction::truncated);
  EXPECT_EQ(truncated("abcä").value, Value("abc"));
  EXPECT_EQ(truncated("a😀b").value, Value("a"));
  EXPECT_EQ(truncated("😀b").value, Value("😀"));
  EXPECT_EQ(truncated("\x80\x80\x80\x80\x80\x80").value, Value("\x80\x80\x80\x80"));
  EXPECT_EQ(truncated(dbapi::Blob(6)).value, Value(dbapi::Blob(4)));
  EXPECT_EQ(truncated("abcd").redaction, Redaction::none);
  EXPECT_EQ(truncated(123456).value, Value(123456));
  EXPECT_EQ(truncated(123456).redaction, Redaction::none);
}

TEST(RedactionRulesTest, TruncatesWhatIsKnownInPart) {
  RedactionRules rules = RedactionRules::none();
  rules.truncate_type(Type::text, 10);
  Parameter parameter{.name = "a", .type = Type::text, .value = "abc"};

  rules.apply(parameter, 11);

  EXPECT_EQ(parameter.value, Value("abc"));
  EXPECT_EQ(parameter.redaction, Redaction::truncated);
}

TEST(RedactionRulesTest, LeavesOutWhatMayBeOfAColumnThatIsRedacted) {
  const auto redaction = [](const RedactionRules& rules, std::string_view name) {
    Parameter parameter{.name = std::string(name), .type = Type::text, .value = "x"};
    rules.apply(parameter, 1, true);
    return parameter.redaction;
  };
  RedactionRules named = RedactionRules::none();
  named.show_parameter("a").hash_column("b");

  EXPECT_EQ(redaction(RedactionRules(), "a"), Redaction::left_out);
  EXPECT_EQ(redaction(named, "a"), Redaction::none);
  EXPECT_EQ(redaction(named, "c"), Redaction::left_out);
  EXPECT_EQ(redaction(RedactionRules::none().leave_out_type(Type::blob), "a"),
            Redaction::none);
}

TEST(RedactionRulesTest, AreKeptByACopyThatOthersChange) {
  RedactionRules rules;
  const RedactionRules before = rules;
  const RedactionRules moved =
      std::move(rules);  // NOLINT: what is moved from keeps its rules

  rules.leave_out_parameter("a");  // NOLINT(bugprone-use-after-move)

  EXPECT_EQ(of_parameter(rules, "a"), Redaction::left_out);
  EXPECT_EQ(of_parameter(rules, "password"), Redaction::left_out);
  EXPECT_EQ(of_parameter(before, "a"), Redaction::none);
  EXPECT_EQ(of_parameter(moved, "a"), Redaction::none);
}

}  // namespace
}  // namespace hark::test
