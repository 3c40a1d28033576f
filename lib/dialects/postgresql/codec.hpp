// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/value.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Values on PostgreSQL's wire: parameters on their way there, and cells that come back.
///
/// Knows nothing of connections. A cell reads the same whether it came as text or in
/// binary.
/// Source: PostgreSQL's documentation, "Frontend/Backend Protocol", "Formats and Format
/// Codes"; the types' send and recv functions in src/backend/utils/adt.
namespace hark::postgresql {

/// The number of a type, as pg_type has it.
using TypeId = std::uint32_t;

enum class Format : int { text = 0, binary = 1 };

/// Types that have a meaning here.
namespace type_id {
inline constexpr TypeId unknown = 0;  ///< as a parameter's: the server finds out
inline constexpr TypeId boolean = 16;
inline constexpr TypeId bytea = 17;
inline constexpr TypeId bigint = 20;
inline constexpr TypeId integer = 23;
inline constexpr TypeId text = 25;
inline constexpr TypeId double_precision = 701;
inline constexpr TypeId date = 1082;
inline constexpr TypeId timestamptz = 1184;
inline constexpr TypeId numeric = 1700;
}  // namespace type_id

/// How cells of a type are read.
enum class Decoder : std::uint8_t {
  text,  ///< as it is; also of types that are not known here
  boolean,
  int2,
  int4,
  int8,
  oid,
  float4,
  float8,
  numeric,
  bytea,
  date,
  timestamp,    ///< of no time zone
  timestamptz,  ///< in binary the same
  jsonb
};

Decoder decoder_of(TypeId type) noexcept;

/// Can cells of that type be read in binary?
bool is_readable_in_binary(TypeId type) noexcept;

/// Bytes of a row's cells that are not as the server has sent them.
class DecodedBytes {
 public:
  /// Room for that many bytes, until clear().
  std::span<std::byte> make(std::size_t size);
  void clear() noexcept { kept_.clear(); }

 private:
  std::vector<std::unique_ptr<std::byte[]>> kept_;
};

/// A cell, not NULL. What cannot be read as its type is given as text: a date of
/// `infinity`, a time under another DateStyle.
///
/// Requires: in binary, the decoder's own format, and is_readable_in_binary().
/// Throws: DataError for bytes that no server sends, and for a point in time after the year
/// 294246, where a DateTime ends.
/// Lifetime: that of `cell`, or until the next `bytes.clear()`.
dbapi::ValueView decode_text(Decoder decoder, std::string_view cell, DecodedBytes& bytes);
dbapi::ValueView decode_rarer_binary(Decoder decoder, std::string_view cell);
[[gnu::always_inline]] inline dbapi::ValueView decode_binary(Decoder decoder,
                                                             std::string_view cell) {
  if (decoder == Decoder::text) return {cell};
  if (cell.size() != sizeof(std::uint64_t)) return decode_rarer_binary(decoder, cell);
  std::uint64_t bits = 0;
  std::memcpy(&bits, cell.data(), sizeof bits);
  bits = __builtin_bswap64(bits);
  if (decoder == Decoder::int8) return {static_cast<std::int64_t>(bits)};
  if (decoder == Decoder::float8) return {std::bit_cast<double>(bits)};
  return decode_rarer_binary(decoder, cell);
}

/// Parameters as libpq takes them: arrays of the same length.
///
/// Lifetime: that of the EncodedRows that they are part of.
struct EncodedParameters {
  const TypeId* types = nullptr;
  const char* const* values = nullptr;  ///< null: NULL
  const int* lengths = nullptr;
  const int* formats = nullptr;
  std::size_t count = 0;

  /// Are they of those types? NULL is of every type, unless somebody has chosen one.
  [[gnu::hot]] bool fit(const std::vector<TypeId>& wanted) const noexcept;
};

/// Rows of parameters, encoded one behind the other.
///
/// Numbers, booleans, dates and blobs are sent in binary under a type of their own: an
/// integer is `integer` where it fits, and else `bigint`, like a literal. Texts and points
/// in time are sent as text, and the server finds their type out, like that of a quoted
/// literal. A point in time says that it is UTC, which counts where the column has a time
/// zone.
class EncodedRows {
 public:
  /// Forgets what was added.
  [[gnu::hot]] void clear() noexcept;
  /// Adds a row.
  ///
  /// `types`: of the first values, where somebody has chosen them; 0: nobody has. Such a
  /// value is sent as text.
  /// Throws: DataError for a text with a null character, or one too long, and for a date
  /// that no server knows.
  /// Lifetime: blobs are used where they are; all else is copied.
  [[gnu::hot]] void add(dbapi::ParameterRow row,
                        std::span<const std::int64_t> types = {});
  /// Copies also the blobs of the row that was added last, of so many values.
  void keep(std::size_t width);
  /// Gives the values of one column one type, where they are of one, or integers. false:
  /// they are of several.
  ///
  /// Requires: `width` divides size(). To be called before part() and all().
  bool unify(std::size_t column, std::size_t width);

  std::size_t size() const noexcept { return types_.size(); }
  EncodedParameters all() noexcept { return part(0, size()); }
  [[gnu::hot]] EncodedParameters part(std::size_t first, std::size_t count) noexcept;

 private:
  void add_null(TypeId type);
  [[gnu::hot]] void add_bytes(std::string_view bytes, TypeId type, Format format);
  [[gnu::hot]] void add_copy(std::string_view bytes, TypeId type, Format format);
  template <class Number>
  void add_number(Number number, TypeId type);
  void add_text(std::string_view text, TypeId type);
  void add_chosen(const dbapi::ValueView& value, TypeId type);
  [[gnu::hot]] void add(const dbapi::ValueView& value);
  bool is_null(std::size_t index) const noexcept { return places_[index] == null_place; }
  void widen(std::size_t index);
  [[gnu::hot]] void place() noexcept;

  static constexpr std::size_t null_place = ~std::size_t{0};
  static constexpr std::size_t elsewhere = null_place - 1;

  std::vector<TypeId> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<std::size_t> places_;  // in arena_
  std::string arena_;
  std::size_t placed_ = 0;  // so many values point into arena_ already
  const char* placed_in_ = nullptr;
};

/// The type under which a value is sent; 0: the server finds out.
TypeId type_of(const dbapi::ValueView& value) noexcept;

/// Adds a value as text, as a literal in quotes has it; not NULL.
void append_text(std::string& to, const dbapi::ValueView& value);

/// `2026-11-21 18:07:08.000000Z`.
std::string to_timestamp(dbapi::DateTime time);

}  // namespace hark::postgresql
