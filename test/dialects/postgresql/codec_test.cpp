// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/codec.hpp"

#include <hark/dbapi/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace hark::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using dbapi::Value;
using dbapi::ValueView;
using postgresql::decode_binary;
using postgresql::decode_text;
using postgresql::DecodedBytes;
using postgresql::Decoder;
using postgresql::EncodedParameters;
using postgresql::EncodedRows;
using postgresql::TypeId;
namespace type_id = postgresql::type_id;

using Row = std::vector<Value>;

Value text(Decoder decoder, std::string_view cell) {
  DecodedBytes bytes;
  return Value(decode_text(decoder, cell, bytes));
}

/// The values of a row, added one after the other.
void add(EncodedRows& rows, const Row& row, const std::vector<std::int64_t>& types = {}) {
  const std::vector<ValueView> views(row.begin(), row.end());
  rows.add(views, types);
  rows.keep(row.size());
}

std::vector<TypeId> types_of(EncodedRows& rows) {
  const EncodedParameters all = rows.all();
  return {all.types, all.types + all.count};
}

std::string_view bytes_of(const EncodedParameters& parameters, std::size_t index) {
  return {parameters.values[index], static_cast<std::size_t>(parameters.lengths[index])};
}

// -- cells ------------------------------------------------------------------------------

TEST(PostgresDecodeTest, WhatIsNoTimeIsGivenAsText) {
  for (const std::string_view cell : {"",
                                      "infinity",
                                      "21.11.2026",
                                      "2026-13-01",
                                      "2026-11-32",
                                      "2026-11-21 ",
                                      "2026-11-21 18:07",
                                      "2026-11-21 25:00:00",
                                      "2026-11-21 18:60:00",
                                      "2026-11-21 18:07:08+99",
                                      "2026-11-21 18:07:08+02x",
                                      "99999999999-01-01 00:00:00",
                                      " BC"}) {
    EXPECT_EQ(text(Decoder::timestamptz, cell), Value(cell));
  }
  EXPECT_EQ(text(Decoder::date, "2026-11-21 18:07:08"), Value("2026-11-21 18:07:08"));
}

TEST(PostgresDecodeTest, AnOffsetMayHaveSeconds) {
  const dbapi::DateTime time =
      std::chrono::sys_days(std::chrono::year(1850) / 1 / 1) + 12h;

  EXPECT_EQ(text(Decoder::timestamptz, "1850-01-01 12:53:28+00:53:28"), Value(time));
  EXPECT_EQ(text(Decoder::timestamptz, "1850-01-01 08:29:30-03:30:30"), Value(time));
}

TEST(PostgresDecodeTest, APointInTimeBehindTheLastOneIsRefused) {
  EXPECT_THROW(text(Decoder::timestamp, "294276-12-31 23:59:59"), dbapi::DataError);
  EXPECT_THROW(decode_binary(Decoder::timestamp, "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFE"sv),
               dbapi::DataError);
}

TEST(PostgresDecodeTest, MalformedBlobsAreRefused) {
  for (const std::string_view cell :
       {"\\x0", "\\x0g", "\\1", "\\12", "\\999", "\\", "\\08"})
    EXPECT_THROW(text(Decoder::bytea, cell), dbapi::DataError) << cell;
}

TEST(PostgresDecodeTest, HexadecimalDigitsMayBeCapitals) {
  EXPECT_EQ(text(Decoder::bytea, "\\xAbCd"),
            Value(dbapi::Blob{std::byte{0xAB}, std::byte{0xCD}}));
}

TEST(PostgresDecodeTest, BinaryCellsOfAnotherSizeAreRefused) {
  const std::string bytes(9, '\0');
  const std::array sizes{std::pair(Decoder::boolean, 1U),
                         std::pair(Decoder::int2, 2U),
                         std::pair(Decoder::int4, 4U),
                         std::pair(Decoder::int8, 8U),
                         std::pair(Decoder::oid, 4U),
                         std::pair(Decoder::float4, 4U),
                         std::pair(Decoder::float8, 8U),
                         std::pair(Decoder::date, 4U),
                         std::pair(Decoder::timestamp, 8U),
                         std::pair(Decoder::timestamptz, 8U)};
  for (const auto& [decoder, size] : sizes) {
    for (std::size_t given = 0; given <= bytes.size(); ++given) {
      const std::string_view cell = std::string_view(bytes).substr(0, given);
      if (given == size) {
        EXPECT_NO_THROW(decode_binary(decoder, cell));
      } else {
        EXPECT_THROW(decode_binary(decoder, cell), dbapi::DataError);
      }
    }
  }
  EXPECT_THROW(decode_binary(Decoder::jsonb, "\2{}"), dbapi::DataError);
  EXPECT_THROW(decode_binary(Decoder::jsonb, ""), dbapi::DataError);
}

TEST(PostgresDecodeTest, DecodedBytesLastUntilTheyAreCleared) {
  DecodedBytes bytes;
  const ValueView one = decode_text(Decoder::bytea, "\\x01", bytes);
  const ValueView other = decode_text(Decoder::bytea, "\\x0203", bytes);

  EXPECT_EQ(one.blob()[0], std::byte{1});
  EXPECT_EQ(other.blob()[1], std::byte{3});
}

TEST(PostgresDecodeTest, UnknownTypesAreText) {
  EXPECT_EQ(postgresql::decoder_of(600), Decoder::text);
  EXPECT_FALSE(postgresql::is_readable_in_binary(600));
  EXPECT_FALSE(postgresql::is_readable_in_binary(type_id::numeric));
  EXPECT_TRUE(postgresql::is_readable_in_binary(type_id::text));
}

// -- parameters -------------------------------------------------------------------------

TEST(PostgresEncodeTest, AnIntegerIsAsWideAsItNeeds) {
  EncodedRows rows;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
  add(rows, {most, most + 1, least, least - 1});

  EXPECT_EQ(types_of(rows),
            (std::vector{
                type_id::integer, type_id::bigint, type_id::integer, type_id::bigint}));
  EXPECT_EQ(bytes_of(rows.all(), 0), "\x7F\xFF\xFF\xFF"sv);
  EXPECT_EQ(bytes_of(rows.all(), 1), "\0\0\0\0\x80\0\0\0"sv);
}

TEST(PostgresEncodeTest, NullIsANullPointerAndAnEmptyValueIsNone) {
  EncodedRows rows;
  add(rows, {Value(), "", dbapi::Blob{}});
  const std::vector<ValueView> views{std::string_view(), std::span<const std::byte>()};
  rows.add(views);

  const EncodedParameters all = rows.all();
  EXPECT_EQ(all.values[0], nullptr);
  for (std::size_t i = 1; i < all.count; ++i) {
    EXPECT_NE(all.values[i], nullptr);
    EXPECT_EQ(all.lengths[i], 0);
  }
}

TEST(PostgresEncodeTest, TextsEndWithANullCharacter) {
  EncodedRows rows;
  add(rows, {"one", "two"});

  EXPECT_STREQ(rows.all().values[0], "one");
  EXPECT_STREQ(rows.all().values[1], "two");
}

TEST(PostgresEncodeTest, ParametersFitTheirTypesAndNullFitsAll) {
  EncodedRows rows;
  add(rows, {1, "x", Value()});
  const EncodedParameters all = rows.all();

  EXPECT_TRUE(all.fit({type_id::integer, type_id::unknown, type_id::date}));
  EXPECT_FALSE(all.fit({type_id::bigint, type_id::unknown, type_id::date}));
  EXPECT_FALSE(all.fit({type_id::integer, type_id::unknown}));
}

TEST(PostgresEncodeTest, ANullOfAChosenTypeFitsThatType) {
  EncodedRows rows;
  add(rows, {Value()}, {type_id::integer});

  EXPECT_TRUE(rows.all().fit({type_id::integer}));
  EXPECT_FALSE(rows.all().fit({type_id::text}));
}

TEST(PostgresEncodeTest, AColumnGetsOneTypeWhereItsValuesAreOfOne) {
  EncodedRows rows;
  add(rows, {1, Value()});
  add(rows, {Value(), Value()});
  add(rows, {std::int64_t{1} << 40, Value()});
  add(rows, {-2, "x"});

  EXPECT_TRUE(rows.unify(0, 2));
  EXPECT_TRUE(rows.unify(1, 2));

  const EncodedParameters all = rows.all();
  for (std::size_t i = 0; i < all.count; i += 2) EXPECT_EQ(all.types[i], type_id::bigint);
  EXPECT_EQ(bytes_of(all, 0), "\0\0\0\0\0\0\0\1"sv);
  EXPECT_EQ(all.values[2], nullptr);
  EXPECT_EQ(bytes_of(all, 6), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"sv);
}

TEST(PostgresEncodeTest, AColumnOfSeveralTypesGetsNone) {
  EncodedRows rows;
  add(rows, {1});
  add(rows, {2.5});

  EXPECT_FALSE(rows.unify(0, 1));
}

TEST(PostgresEncodeTest, BlobsAreCopiedWhereTheyAreKept) {
  EncodedRows rows;
  dbapi::Blob blob{std::byte{1}};
  const std::vector<ValueView> views{blob};
  rows.add(views);
  EXPECT_EQ(rows.all().values[0], reinterpret_cast<const char*>(blob.data()));

  rows.keep(1);
  blob[0] = std::byte{2};

  EXPECT_EQ(bytes_of(rows.all(), 0), "\1"sv);
}

TEST(PostgresEncodeTest, ValuesStayWhereTheArenaGrows) {
  EncodedRows rows;
  for (int i = 0; i < 1000; ++i) {
    add(rows, {"text " + std::to_string(i)});
    EXPECT_STREQ(rows.part(static_cast<std::size_t>(i), 1).values[0],
                 ("text " + std::to_string(i)).c_str());
  }

  EXPECT_STREQ(rows.all().values[7], "text 7");
  rows.clear();
  EXPECT_EQ(rows.size(), 0U);
}

TEST(PostgresEncodeTest, WhatNoServerTakesIsRefused) {
  const auto refuses = [](const Value& value) {
    EncodedRows rows;
    EXPECT_THROW(add(rows, {value}), dbapi::DataError);
  };

  refuses(std::string("a\0b", 3));
  refuses(dbapi::Decimal{std::string("1\0", 2)});
  refuses(dbapi::Date(std::chrono::days(std::int64_t{1} << 40)));
}

TEST(PostgresEncodeTest, PointsInTimeAreUtcAndMayBeBeforeChrist) {
  using std::chrono::sys_days;
  EXPECT_EQ(postgresql::to_timestamp(sys_days(std::chrono::year(2026) / 11 / 21) + 18h +
                                     7min + 8s + 9us),
            "2026-11-21 18:07:08.000009Z");
  EXPECT_EQ(postgresql::to_timestamp(sys_days(std::chrono::year(-43) / 3 / 15)),
            "0044-03-15 00:00:00.000000Z BC");
  EXPECT_EQ(postgresql::to_timestamp(dbapi::DateTime(-1us)),
            "1969-12-31 23:59:59.999999Z");
}

}  // namespace
}  // namespace hark::test
