// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
//
// PostgreSQL's cells: whatever bytes come, each decoder reads a value or throws a DataError;
// a day, a point in time or a blob comes back as it was. Statements: a text that would take
// many rows at once is an INSERT.
#include <hark/dbapi/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "detail/statement_text.hpp"
#include "dialects/postgresql/codec.hpp"
#include "dialects/postgresql/statement_cache.hpp"
#include "fuzz/fuzz.hpp"

namespace hark::test {
namespace {

using dbapi::Type;
using dbapi::ValueView;
using postgresql::DecodedBytes;
using postgresql::Decoder;

constexpr int decoders = static_cast<int>(Decoder::jsonb) + 1;

/// Is all of the value there?
void touch(const ValueView& value) {
  std::size_t sum = 0;
  if (value.type() == Type::text || value.type() == Type::decimal ||
      value.type() == Type::blob) {
    for (const char c : value.text()) sum += static_cast<unsigned char>(c);
  }
  require(sum + 1 != 0, "bytes can be read");
}

/// Is it one of the days that the server knows? Counted in Julian days from 0 on.
bool is_known(dbapi::Date day) {
  constexpr std::int64_t epoch = 2'440'588;
  constexpr std::int64_t end = 2'147'483'494;
  const std::int64_t julian = day.time_since_epoch().count() + epoch;
  return julian >= 0 && julian < end;
}

/// What is sent of a value is read again, as the server writes it.
void expect_back(const ValueView& value) {
  std::string text;
  Decoder decoder = Decoder::bytea;
  postgresql::append_text(text, value);
  if (value.type() == Type::date && is_known(value.date())) {
    decoder = Decoder::date;
  } else if (value.type() == Type::datetime) {
    decoder = Decoder::timestamptz;
    text.replace(text.find('Z'), 1, "+00");
  } else if (value.type() != Type::blob) {
    return;
  }
  DecodedBytes bytes;
  require(postgresql::decode_text(decoder, text, bytes) == value, "it comes back");
}

void decode(Decoder decoder, std::string_view cell) {
  DecodedBytes bytes;
  try {
    const ValueView value = postgresql::decode_text(decoder, cell, bytes);
    touch(value);
    expect_back(value);
  } catch (const dbapi::DataError&) {
  }
  try {
    const ValueView value = postgresql::decode_binary(decoder, cell);
    touch(value);
    expect_back(value);
  } catch (const dbapi::DataError&) {
  }
}

void read_statement(std::string_view sql) {
  for (const std::size_t width : {1U, 2U}) {
    const std::string many = postgresql::insert_of_many_rows(sql, width, 3);
    if (many.empty()) continue;
    require(detail::begins_with_any(many, detail::Syntax::postgresql, {"INSERT"}),
            "it is an INSERT");
    require(many.ends_with(width == 1 ? "($3)" : "($5,$6)"), "it has three rows");
  }
  static_cast<void>(postgresql::copies_plain_text(sql));
}

}  // namespace
}  // namespace hark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hark::test;
  const std::string_view input = text_of(data, size);
  read_statement(input);
  if (input.empty()) return 0;
  const auto chosen = static_cast<unsigned char>(input.front()) % decoders;
  decode(static_cast<Decoder>(chosen), input.substr(1));
  return 0;
}
