// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/parameters.hpp>
#include <hark/dbapi/value.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hark::test {
namespace {

using dbapi::Blob;
using dbapi::Parameters;
using dbapi::Row;
using dbapi::Type;
using dbapi::Value;
using dbapi::ValueView;

template <class T>
constexpr bool is_a_value =
    std::is_convertible_v<T, Value>&& std::is_convertible_v<T, ValueView>;

static_assert(is_a_value<std::nullopt_t>);
static_assert(is_a_value<bool>);
static_assert(is_a_value<short>);
static_assert(is_a_value<unsigned long long>);
static_assert(is_a_value<float>);
static_assert(is_a_value<double>);
static_assert(is_a_value<const char*>);
static_assert(is_a_value<std::string>);
static_assert(is_a_value<std::string_view>);
static_assert(is_a_value<Blob>);
static_assert(is_a_value<std::span<const std::byte>>);
static_assert(is_a_value<std::optional<int>>);
static_assert(!std::is_constructible_v<Value, const int*>);
static_assert(!std::is_constructible_v<Value, void*>);
static_assert(!std::is_constructible_v<ValueView, const int*>);
static_assert(std::is_convertible_v<Value, ValueView>);
static_assert(!std::is_convertible_v<ValueView, Value>, "copying is to be seen");
static_assert(std::is_trivially_copyable_v<ValueView>);
static_assert(std::is_nothrow_move_constructible_v<Value>);
static_assert(std::is_nothrow_move_assignable_v<Value>);
static_assert(ValueView().is_null());
static_assert(ValueView(7).integer() == 7);
static_assert(ValueView("Ada").text() == "Ada");

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t one_too_many = static_cast<std::uint64_t>(largest) + 1;

Blob blob_of(std::string_view bytes) {
  Blob blob;
  for (const char c : bytes) blob.push_back(static_cast<std::byte>(c));
  return blob;
}

// -- what a value is made from ----------------------------------------------------------

TEST(ValueTest, IsNullByDefault) {
  const Value value;

  EXPECT_EQ(value.type(), Type::null);
  EXPECT_TRUE(value.is_null());
}

TEST(ValueTest, NulloptIsNull) {
  const Value value = std::nullopt;

  EXPECT_TRUE(value.is_null());
}

TEST(ValueTest, KeepsBooleans) {
  const Value yes = true;
  const Value no = false;

  EXPECT_EQ(yes.type(), Type::boolean);
  EXPECT_TRUE(yes.boolean());
  EXPECT_FALSE(no.boolean());
}

TEST(ValueTest, PointersAreNoBooleans) {
  const Value value = "false";

  EXPECT_EQ(value.type(), Type::text);
}

template <class T>
class ValueOfIntegerTest : public ::testing::Test {};

using Integers = ::testing::Types<signed char,
                                  unsigned char,
                                  short,
                                  unsigned short,
                                  int,
                                  unsigned,
                                  long,
                                  long long,
                                  std::int8_t,
                                  std::uint8_t,
                                  std::int16_t,
                                  std::uint16_t,
                                  std::int32_t,
                                  std::uint32_t,
                                  std::int64_t,
                                  std::ptrdiff_t>;
TYPED_TEST_SUITE(ValueOfIntegerTest, Integers);

TYPED_TEST(ValueOfIntegerTest, KeepsTheSmallest) {
  constexpr TypeParam number = std::numeric_limits<TypeParam>::min();

  const Value value = number;

  EXPECT_EQ(value.type(), Type::integer);
  EXPECT_EQ(value.integer(), static_cast<std::int64_t>(number));
}

TYPED_TEST(ValueOfIntegerTest, KeepsTheLargest) {
  constexpr TypeParam number = std::numeric_limits<TypeParam>::max();

  const Value value = number;

  EXPECT_EQ(value.type(), Type::integer);
  EXPECT_EQ(value.integer(), static_cast<std::int64_t>(number));
}

template <class T>
class ValueOfLargeUnsignedTest : public ::testing::Test {};

using LargeUnsigned =
    ::testing::Types<std::uint64_t, std::size_t, unsigned long, unsigned long long>;
TYPED_TEST_SUITE(ValueOfLargeUnsignedTest, LargeUnsigned);

TYPED_TEST(ValueOfLargeUnsignedTest, KeepsTheLargestThatFits) {
  const Value value = static_cast<TypeParam>(largest);

  EXPECT_EQ(value.integer(), largest);
}

TYPED_TEST(ValueOfLargeUnsignedTest, RejectsWhatDoesNotFit) {
  constexpr TypeParam number = one_too_many;

  EXPECT_THROW(Value{number}, DataError);
  EXPECT_THROW(ValueView{number}, DataError);
}

TYPED_TEST(ValueOfLargeUnsignedTest, RejectsTheLargest) {
  constexpr TypeParam number = std::numeric_limits<TypeParam>::max();

  EXPECT_THROW(Value{number}, DataError);
  EXPECT_THROW(ValueView{number}, DataError);
}

TEST(ValueTest, ErrorNamesTheNumberThatDoesNotFit) {
  std::string message;

  try {
    const Value value = one_too_many;
  } catch (const DataError& error) {
    message = error.what();
  }

  EXPECT_NE(message.find("9223372036854775808"), std::string::npos) << message;
}

TEST(ValueTest, FloatingPointIsReal) {
  const Value value = 9.99;
  const Value narrow = 0.5F;

  EXPECT_EQ(value.type(), Type::real);
  EXPECT_EQ(value.real(), 9.99);
  EXPECT_EQ(narrow, Value(0.5));
}

TEST(ValueTest, RealKeepsItsExtremes) {
  constexpr double infinity = std::numeric_limits<double>::infinity();

  EXPECT_EQ(Value(infinity).real(), infinity);
  EXPECT_EQ(Value(-infinity).real(), -infinity);
  EXPECT_EQ(Value(std::numeric_limits<double>::max()).real(),
            std::numeric_limits<double>::max());
  EXPECT_EQ(Value(std::numeric_limits<double>::denorm_min()).real(),
            std::numeric_limits<double>::denorm_min());
}

TEST(ValueTest, EveryKindOfStringIsText) {
  const char array[] = "Ada";
  const char* const pointer = array;
  const std::string string = "Ada";
  const std::string_view view = "Ada!";

  for (const Value& value :
       {Value("Ada"), Value(pointer), Value(string), Value(view.substr(0, 3))}) {
    EXPECT_EQ(value.type(), Type::text);
    EXPECT_EQ(value.text(), "Ada");
  }
}

TEST(ValueTest, OwnsItsText) {
  std::string text = "Ada";

  const Value value = std::string_view(text);
  text = "Bob";

  EXPECT_EQ(value.text(), "Ada");
}

TEST(ValueTest, OwnsItsBlob) {
  Blob blob = blob_of("abc");

  const Value value = std::span<const std::byte>(blob);
  blob[0] = std::byte{'x'};

  EXPECT_EQ(value.type(), Type::blob);
  EXPECT_EQ(value.blob(), blob_of("abc"));
}

TEST(ValueTest, TakesAMovedTextWithoutACopy) {
  std::string text(1000, 'a');
  const char* const characters = text.data();

  const Value value = std::move(text);

  EXPECT_EQ(value.text().data(), characters);
}

TEST(ValueTest, EmptyTextIsNotNull) {
  const Value value = "";

  EXPECT_FALSE(value.is_null());
  EXPECT_EQ(value.type(), Type::text);
  EXPECT_NE(value, Value());
}

TEST(ValueTest, EmptyBlobIsNotNull) {
  const Value value = Blob();

  EXPECT_FALSE(value.is_null());
  EXPECT_EQ(value.type(), Type::blob);
  EXPECT_NE(value, Value());
}

TEST(ValueTest, EmptyOptionalIsNull) {
  const std::optional<std::string> nothing;

  EXPECT_TRUE(Value(nothing).is_null());
  EXPECT_TRUE(ValueView(nothing).is_null());
}

TEST(ValueTest, OptionalIsWhatItHolds) {
  EXPECT_EQ(Value(std::optional<bool>(false)), Value(false));
  EXPECT_EQ(Value(std::optional<int>(7)), Value(7));
  EXPECT_EQ(Value(std::optional<double>(0.5)), Value(0.5));
  EXPECT_EQ(Value(std::optional<std::string>("Ada")), Value("Ada"));
  EXPECT_EQ(Value(std::optional<const char*>("Ada")), Value("Ada"));
  EXPECT_EQ(Value(std::optional<Blob>(blob_of("abc"))), Value(blob_of("abc")));
}

TEST(ValueTest, OptionalRejectsWhatDoesNotFit) {
  EXPECT_THROW(Value(std::optional<std::uint64_t>(one_too_many)), DataError);
}

TEST(ValueTest, KeepsNullCharactersInText) {
  const std::string text("a\0b\0", 4);

  const Value value = text;

  EXPECT_EQ(value.text().size(), 4U);
  EXPECT_EQ(value.text(), text);
}

// -- views ------------------------------------------------------------------------------

/// One value of each type.
std::vector<Value> one_of_each() {
  return {
      Value(), false, true, smallest, largest, 9.99, "", "Ada", Blob(), blob_of("abc")};
}

TEST(ValueViewTest, IsNullByDefault) {
  EXPECT_EQ(ValueView().type(), Type::null);
  EXPECT_TRUE(ValueView(std::nullopt).is_null());
}

TEST(ValueViewTest, HasTheTypeOfItsValue) {
  for (const Value& value : one_of_each()) {
    EXPECT_EQ(value.view().type(), value.type()) << to_string(value);
  }
}

TEST(ValueViewTest, RoundTripGivesTheSameValue) {
  for (const Value& value : one_of_each()) {
    EXPECT_EQ(Value(value.view()), value) << to_string(value);
  }
}

TEST(ValueViewTest, RoundTripKeepsNullCharacters) {
  const Value value = std::string("\0a\0", 3);

  EXPECT_EQ(Value(value.view()), value);
  EXPECT_EQ(value.view().text().size(), 3U);
}

TEST(ValueViewTest, IsMadeFromAValueWhereOneIsWanted) {
  const Value value = "Ada";

  const ValueView view = value;

  EXPECT_EQ(view.text(), "Ada");
}

TEST(ValueViewTest, BooleanIsAnIntegerToo) {
  EXPECT_EQ(ValueView(true).integer(), 1);
  EXPECT_EQ(ValueView(false).integer(), 0);
}

TEST(ValueViewTest, RefersToWhatItWasMadeFrom) {
  const std::string text = "a text that no small string holds";
  const Blob blob = blob_of("abc");

  EXPECT_EQ(ValueView(text).text().data(), text.data());
  EXPECT_EQ(ValueView(blob).blob().data(), blob.data());
}

TEST(ValueViewTest, KindsOfStringsAreText) {
  const std::string string = "Ada";

  for (const ValueView& view :
       {ValueView("Ada"), ValueView(string), ValueView(std::string_view("Ada"))}) {
    EXPECT_EQ(view.type(), Type::text);
    EXPECT_EQ(view.text(), "Ada");
  }
}

TEST(ValueViewTest, ArrayOfBytesIsABlob) {
  const std::array<std::byte, 3> bytes{};

  const ValueView view = std::span<const std::byte>(bytes);

  EXPECT_EQ(view.type(), Type::blob);
  EXPECT_EQ(view.blob().size(), 3U);
}

TEST(ValueViewTest, EmptyTextIsNotNull) {
  EXPECT_EQ(ValueView("").type(), Type::text);
  EXPECT_EQ(ValueView(std::string_view()).type(), Type::text);
}

// -- equality ---------------------------------------------------------------------------

TEST(ValueTest, IsEqualToAValueOfTheSameContent) {
  const std::vector<Value> ones = one_of_each();
  const std::vector<Value> others = one_of_each();

  EXPECT_EQ(ones, others);
}

TEST(ValueTest, DiffersInTheContent) {
  EXPECT_NE(Value(true), Value(false));
  EXPECT_NE(Value(1), Value(2));
  EXPECT_NE(Value(0.5), Value(0.25));
  EXPECT_NE(Value("Ada"), Value("ada"));
  EXPECT_NE(Value(blob_of("abc")), Value(blob_of("abd")));
  EXPECT_NE(Value(std::string("a\0b", 3)), Value(std::string("a\0c", 3)));
}

TEST(ValueTest, DiffersInTheType) {
  const std::vector<Value> values{Value(), true, 1, 1.0, "1", blob_of("1")};

  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      EXPECT_EQ(values[i] == values[k], i == k) << i << " and " << k;
    }
  }
}

TEST(ValueViewTest, DiffersInTheType) {
  const std::vector<Value> values{Value(), true, 1, 1.0, "1", blob_of("1")};

  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      EXPECT_EQ(values[i].view() == values[k].view(), i == k) << i << " and " << k;
    }
  }
}

TEST(ValueViewTest, ComparesTheContentAndNotTheAddress) {
  const std::string one = "Ada";
  const std::string other = "Ada";

  EXPECT_EQ(ValueView(one), ValueView(other));
  EXPECT_NE(ValueView(one), ValueView("Bob"));
  EXPECT_NE(ValueView(true), ValueView(false));
  EXPECT_NE(ValueView(1), ValueView(2));
  EXPECT_NE(ValueView(0.5), ValueView(0.25));
  EXPECT_NE(ValueView(blob_of("abc")), ValueView(blob_of("abd")));
}

TEST(ValueTest, EmptyTextDiffersFromEmptyBlob) { EXPECT_NE(Value(""), Value(Blob())); }

TEST(ValueTest, NotANumberDiffersFromItself) {
  const Value value = std::numeric_limits<double>::quiet_NaN();

  EXPECT_NE(value, Value(value));
  EXPECT_NE(value.view(), value.view());
}

// -- as text ----------------------------------------------------------------------------

TEST(ValueTest, NamesOfTypesAreThoseOfMessages) {
  EXPECT_EQ(name_of(Type::null), "NULL");
  EXPECT_EQ(name_of(Type::boolean), "boolean");
  EXPECT_EQ(name_of(Type::integer), "integer");
  EXPECT_EQ(name_of(Type::real), "real");
  EXPECT_EQ(name_of(Type::text), "text");
  EXPECT_EQ(name_of(Type::blob), "blob");
}

TEST(ValueTest, IsShownForPeople) {
  EXPECT_EQ(to_string(Value()), "NULL");
  EXPECT_EQ(to_string(Value(true)), "true");
  EXPECT_EQ(to_string(Value(false)), "false");
  EXPECT_EQ(to_string(Value(-42)), "-42");
  EXPECT_EQ(to_string(Value(smallest)), "-9223372036854775808");
  EXPECT_EQ(to_string(Value(9.99)), "9.99");
  EXPECT_EQ(to_string(Value("Ada")), "'Ada'");
  EXPECT_EQ(to_string(Value(blob_of("abc"))), "<3 bytes>");
}

TEST(ValueTest, LongRealsAreShownInFull) {
  EXPECT_EQ(to_string(Value(-2.2250738585072014e-308)), "-2.2250738585072014e-308");
  EXPECT_EQ(to_string(Value(0.1 + 0.2)), "0.30000000000000004");
}

TEST(ValueTest, QuotesAreDoubledWhereShown) {
  EXPECT_EQ(to_string(Value("it's")), "'it''s'");
  EXPECT_EQ(to_string(Value("''")), "''''''");
}

TEST(ValueTest, EmptyTextIsShownUnlikeNull) {
  EXPECT_EQ(to_string(Value("")), "''");
  EXPECT_EQ(to_string(Value(Blob())), "<0 bytes>");
}

TEST(ValueTest, NullCharactersAreShown) {
  const Value value = std::string("a\0b", 3);

  EXPECT_EQ(to_string(value), std::string("'a\0b'", 5));
}

// -- parameters -------------------------------------------------------------------------

TEST(ParametersTest, AreOneRowWithoutValuesByDefault) {
  const Parameters parameters;

  EXPECT_FALSE(parameters.is_many());
  EXPECT_EQ(parameters.rows().size(), 1U);
  EXPECT_TRUE(parameters.row().empty());
}

TEST(ParametersTest, AreMadeFromARow) {
  const Parameters parameters = Row{1, "Ada"};

  EXPECT_FALSE(parameters.is_many());
  EXPECT_EQ(parameters.row(), (Row{1, "Ada"}));
}

TEST(ParametersTest, AreManyEvenWithASingleRow) {
  const Parameters parameters = Parameters::many({Row{1}});

  EXPECT_TRUE(parameters.is_many());
  EXPECT_EQ(parameters.rows().size(), 1U);
}

TEST(ParametersTest, MayBeManyWithoutARow) {
  const Parameters parameters = Parameters::many({});

  EXPECT_TRUE(parameters.is_many());
  EXPECT_TRUE(parameters.rows().empty());
}

TEST(ParametersTest, MayBeChanged) {
  Parameters parameters = Row{1, "Ada"};

  parameters.row()[1] = "Bob";

  EXPECT_EQ(parameters, Parameters(Row{1, "Bob"}));
}

TEST(ParametersTest, OneRowDiffersFromManyWithOne) {
  EXPECT_EQ(Parameters(Row{1}), Parameters(Row{1}));
  EXPECT_NE(Parameters(Row{1}), Parameters::many({Row{1}}));
}

TEST(ParametersTest, RowIsShownInParentheses) {
  EXPECT_EQ(to_string(Parameters(Row{1, "it's", std::nullopt, 0.5})),
            "(1, 'it''s', NULL, 0.5)");
}

TEST(ParametersTest, RowWithoutValuesIsShownEmpty) {
  EXPECT_EQ(to_string(Parameters()), "()");
}

TEST(ParametersTest, ManyAreShownInBrackets) {
  EXPECT_EQ(to_string(Parameters::many({Row{1, "a"}, Row{2, "b"}})),
            "[(1, 'a'), (2, 'b')]");
  EXPECT_EQ(to_string(Parameters::many({Row{1}})), "[(1)]");
  EXPECT_EQ(to_string(Parameters::many({})), "[]");
}

TEST(ParametersTest, ThreeRowsAreShownAndTheOthersCounted) {
  const std::vector<Row> three{Row{1}, Row{2}, Row{3}};
  std::vector<Row> thousand = three;
  thousand.resize(1000, Row{4});

  EXPECT_EQ(to_string(Parameters::many(three)), "[(1), (2), (3)]");
  EXPECT_EQ(to_string(Parameters::many(thousand)), "[(1), (2), (3), 997 more]");
}

}  // namespace
}  // namespace hark::test
