// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/codec.hpp"

#include <hark/dbapi/datetime.hpp>
#include <hark/dbapi/error.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstring>
#include <limits>
#include <optional>

namespace hark::postgresql {
namespace {

using dbapi::Date;
using dbapi::DateTime;
using dbapi::ValueView;
using namespace std::chrono_literals;

/// PostgreSQL counts days and microseconds from here.
constexpr Date epoch = std::chrono::year(2000) / 1 / 1;

[[noreturn]] void throw_malformed(std::string_view what) {
  throw dbapi::DataError("the server has sent a malformed value of the type " +
                         std::string(what));
}

/// A number from, and to, the network's byte order.
template <std::unsigned_integral Number>
constexpr Number swapped(Number number) noexcept {
  static_assert(std::endian::native == std::endian::little, "hark: little-endian only");
  if constexpr (sizeof(Number) == 2) return __builtin_bswap16(number);
  if constexpr (sizeof(Number) == 4) return __builtin_bswap32(number);
  if constexpr (sizeof(Number) == 8) return __builtin_bswap64(number);
}

template <class Number>
Number read(std::string_view cell, std::string_view type) {
  using Bits = std::conditional_t<
      sizeof(Number) == 2,
      std::uint16_t,
      std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>>;
  if (cell.size() != sizeof(Number)) [[unlikely]]
    throw_malformed(type);
  Bits bits{};
  std::memcpy(&bits, cell.data(), sizeof bits);
  return std::bit_cast<Number>(swapped(bits));
}

ValueView date_of(std::int32_t days) {
  if (days == std::numeric_limits<std::int32_t>::max()) return {"infinity"};
  if (days == std::numeric_limits<std::int32_t>::min()) return {"-infinity"};
  return {epoch + std::chrono::days(days)};
}

/// PostgreSQL's calendar, in microseconds since 2000, ends 30 years after a DateTime's.
DateTime datetime_from(Date date, std::chrono::microseconds since) {
  constexpr std::int64_t day = std::chrono::microseconds(24h).count();
  std::int64_t sum = 0;
  if (__builtin_mul_overflow(date.time_since_epoch().count(), day, &sum) ||
      __builtin_add_overflow(sum, since.count(), &sum)) [[unlikely]]
    throw dbapi::DataError("a point in time after the year 294246 cannot be read");
  return DateTime(std::chrono::microseconds(sum));
}

ValueView datetime_of(std::int64_t microseconds) {
  if (microseconds == std::numeric_limits<std::int64_t>::max()) return {"infinity"};
  if (microseconds == std::numeric_limits<std::int64_t>::min()) return {"-infinity"};
  return {datetime_from(epoch, std::chrono::microseconds(microseconds))};
}

// -- text -------------------------------------------------------------------------------

template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// Reads what PostgreSQL writes of dates and times in the style ISO, from left to right.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) noexcept : rest_(text) {
    if (rest_.ends_with(before_christ)) {
      rest_.remove_suffix(before_christ.size());
      is_before_christ_ = true;
    }
  }

  bool is_done() const noexcept { return rest_.empty(); }

  /// `2026-11-21`, with as many digits as the year needs.
  std::optional<Date> date() noexcept {
    const auto year = digits();
    const auto month = year && skip('-') ? digits() : std::nullopt;
    const auto day = month && skip('-') ? digits() : std::nullopt;
    if (!day || *year > last_year || *month > 12 || *day > 31) return std::nullopt;
    const auto signed_year = static_cast<int>(*year);
    const Date date(days_from(is_before_christ_ ? 1 - signed_year : signed_year,
                              static_cast<unsigned>(*month),
                              static_cast<unsigned>(*day)));
    return date;
  }

  /// `18:07:08.25`.
  std::optional<std::chrono::microseconds> time() noexcept {
    const auto hours = digits();
    const auto minutes = hours && skip(':') ? digits() : std::nullopt;
    const auto seconds = minutes && skip(':') ? digits() : std::nullopt;
    if (!seconds || *hours > 24 || *minutes > 59 || *seconds > 60) return std::nullopt;
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
           std::chrono::seconds(*seconds) + fraction();
  }

  /// `+02`, `-03:30`, `+00:53:28`: how far local time is ahead of UTC.
  std::optional<std::chrono::seconds> offset() noexcept {
    if (rest_.empty()) return 0s;
    const bool is_west = rest_.front() == '-';
    if (!is_west && rest_.front() != '+') return std::nullopt;
    rest_.remove_prefix(1);
    const auto hours = digits();
    if (!hours || *hours > 24) return std::nullopt;
    std::chrono::seconds sum = std::chrono::hours(*hours);
    if (skip(':')) sum += std::chrono::minutes(digits().value_or(0));
    if (skip(':')) sum += std::chrono::seconds(digits().value_or(0));
    return is_west ? -sum : sum;
  }

  bool skip(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

 private:
  static constexpr std::string_view before_christ = " BC";
  static constexpr std::int64_t last_year = 5'874'897;  // of the server's dates

  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
  /// days_from_civil; std::chrono::year ends at 32767.
  static std::chrono::days days_from(int year, unsigned month, unsigned day) noexcept {
    year -= month <= 2 ? 1 : 0;
    const int era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year =
        (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return std::chrono::days(era * 146'097 + static_cast<int>(day_of_era) - 719'468);
  }

  std::optional<std::int64_t> digits() noexcept {
    std::size_t count = 0;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') ++count;
    if (count == 0 || count > 9) return std::nullopt;
    const auto number = number_of<std::int64_t>(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return number;
  }

  std::chrono::microseconds fraction() noexcept {
    if (!skip('.')) return 0us;
    std::int64_t value = 0;
    std::int64_t unit = 1'000'000;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (unit > 1) value = value * 10 + (rest_.front() - '0'), unit /= 10;
      rest_.remove_prefix(1);
    }
    return std::chrono::microseconds(value * unit);
  }

  std::string_view rest_;
  bool is_before_christ_ = false;
};

ValueView date_of(std::string_view text) {
  TimeReader reader(text);
  const auto date = reader.date();
  return date && reader.is_done() ? ValueView(*date) : ValueView(text);
}

ValueView datetime_of(std::string_view text) {
  TimeReader reader(text);
  const auto date = reader.date();
  const auto time = date && reader.skip(' ') ? reader.time() : std::nullopt;
  const auto offset = time ? reader.offset() : std::nullopt;
  if (!offset || !reader.is_done()) return {text};
  return {datetime_from(*date, *time - *offset)};
}

template <class Number, class As = Number>
ValueView read_number(std::string_view text) {
  const auto number = number_of<Number>(text);
  return number ? ValueView(static_cast<As>(*number)) : ValueView(text);
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::span<const std::byte> from_hex(std::string_view digits, DecodedBytes& bytes) {
  if (digits.size() % 2 != 0) throw_malformed("bytea");
  const std::span<std::byte> made = bytes.make(digits.size() / 2);
  for (std::size_t i = 0; i < made.size(); ++i) {
    const int high = digit_of(digits[2 * i]);
    const int low = digit_of(digits[2 * i + 1]);
    if (high < 0 || low < 0) throw_malformed("bytea");
    made[i] = static_cast<std::byte>(high * 16 + low);
  }
  return made;
}

/// `\\` is a backslash, and `\012` the byte of that octal number.
std::span<const std::byte> from_escaped(std::string_view text, DecodedBytes& bytes) {
  const std::span<std::byte> room = bytes.make(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++size) {
    if (text[i] != '\\') {
      room[size] = static_cast<std::byte>(text[i++]);
    } else if (text.substr(i + 1).starts_with('\\')) {
      room[size] = std::byte{'\\'};
      i += 2;
    } else {
      unsigned number = 0;
      const std::string_view octal = text.substr(i + 1, 3);
      const auto [stop, error] =
          std::from_chars(octal.data(), octal.data() + octal.size(), number, 8);
      if (error != std::errc() || stop != octal.data() + 3 || number > 255)
        throw_malformed("bytea");
      room[size] = static_cast<std::byte>(number);
      i += 4;
    }
  }
  return room.first(size);
}

ValueView blob_of(std::string_view text, DecodedBytes& bytes) {
  if (text.starts_with("\\x")) return {from_hex(text.substr(2), bytes)};
  return {from_escaped(text, bytes)};
}

// -- parameters -------------------------------------------------------------------------

bool fits_integer(std::int64_t number) noexcept {
  return number >= std::numeric_limits<std::int32_t>::min() &&
         number <= std::numeric_limits<std::int32_t>::max();
}

/// The first and the last number are the server's infinities.
bool is_day(std::int64_t days) noexcept {
  return fits_integer(days) && days != std::numeric_limits<std::int32_t>::min() &&
         days != std::numeric_limits<std::int32_t>::max();
}

int length_of(std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw dbapi::DataError("a value of " + std::to_string(bytes.size()) +
                           " bytes is longer than PostgreSQL takes");
  }
  return static_cast<int>(bytes.size());
}

void append_hex(std::string& to, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  to += "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    to += digits[byte / 16];
    to += digits[byte % 16];
  }
}

template <class Number>
void append_number(std::string& to, Number number) {
  std::array<char, 32> digits;
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number);
  to.append(digits.data(), end);
}

void append_real(std::string& to, double number) {
  if (number != number) {
    to += "NaN";
  } else if (number == std::numeric_limits<double>::infinity()) {
    to += "Infinity";
  } else if (number == -std::numeric_limits<double>::infinity()) {
    to += "-Infinity";
  } else {
    append_number(to, number);
  }
}

/// `number` with at least that many digits.
void append_padded(std::string& to, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  to.append(digits.size() < width ? width - digits.size() : 0, '0');
  to += digits;
}

/// A day of any year that the server knows; std::chrono::year ends at 32767.
struct Day {
  std::int64_t year;  // 0 is 1 BC
  std::int64_t month;
  std::int64_t day;
};

/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// civil_from_days.
Day day_of(Date date) noexcept {
  const std::int64_t days = date.time_since_epoch().count() + 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year =
      of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;  // 0 is March
  const bool is_next_year = month >= 10;
  return {.year = year_of_era + era * 400 + (is_next_year ? 1 : 0),
          .month = is_next_year ? month - 9 : month + 3,
          .day = of_year - (153 * month + 2) / 5 + 1};
}

void append_day(std::string& to, const Day& day) {
  append_padded(to, day.year > 0 ? day.year : 1 - day.year, 4);
  to += '-';
  append_padded(to, day.month, 2);
  to += '-';
  append_padded(to, day.day, 2);
}

void append_era(std::string& to, const Day& day) {
  if (day.year <= 0) to += " BC";
}

void append_date(std::string& to, Date date) {
  const Day day = day_of(date);
  append_day(to, day);
  append_era(to, day);
}

void append_timestamp(std::string& to, DateTime time) {
  const Date date = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - date);
  const Day day = day_of(date);
  append_day(to, day);
  to += ' ';
  append_padded(to, clock.hours().count(), 2);
  to += ':';
  append_padded(to, clock.minutes().count(), 2);
  to += ':';
  append_padded(to, clock.seconds().count(), 2);
  to += '.';
  append_padded(to, clock.subseconds().count(), 6);
  to += 'Z';
  append_era(to, day);
}

}  // namespace

// -- cells ------------------------------------------------------------------------------

Decoder decoder_of(TypeId type) noexcept {
  switch (type) {
    case type_id::boolean:
      return Decoder::boolean;
    case type_id::bytea:
      return Decoder::bytea;
    case type_id::bigint:
      return Decoder::int8;
    case 21:
      return Decoder::int2;
    case type_id::integer:
      return Decoder::int4;
    case 26:
      return Decoder::oid;
    case 700:
      return Decoder::float4;
    case type_id::double_precision:
      return Decoder::float8;
    case type_id::date:
      return Decoder::date;
    case 1114:
      return Decoder::timestamp;
    case type_id::timestamptz:
      return Decoder::timestamptz;
    case type_id::numeric:
      return Decoder::numeric;
    case 3802:
      return Decoder::jsonb;
    default:
      return Decoder::text;
  }
}

bool is_readable_in_binary(TypeId type) noexcept {
  switch (decoder_of(type)) {
    case Decoder::numeric:
      return false;
    case Decoder::text: {
      // Those whose binary form is their text: name, text, json, unknown, bpchar,
      // varchar. "char" has a null character for none, and xml tells its encoding.
      constexpr std::array<TypeId, 6> plain{19, 25, 114, 705, 1042, 1043};
      return std::find(plain.begin(), plain.end(), type) != plain.end();
    }
    default:
      return true;
  }
}

std::span<std::byte> DecodedBytes::make(std::size_t size) {
  kept_.push_back(std::make_unique<std::byte[]>(size));
  return {kept_.back().get(), size};
}

dbapi::ValueView decode_text(Decoder decoder,
                             std::string_view cell,
                             DecodedBytes& bytes) {
  switch (decoder) {
    case Decoder::boolean:
      return {cell == "t"};
    case Decoder::int2:
    case Decoder::int4:
    case Decoder::int8:
    case Decoder::oid:
      return read_number<std::int64_t>(cell);
    case Decoder::float4:
      return read_number<float, double>(cell);
    case Decoder::float8:
      return read_number<double>(cell);
    case Decoder::numeric:
      return ValueView::decimal(cell);
    case Decoder::bytea:
      return blob_of(cell, bytes);
    case Decoder::date:
      return date_of(cell);
    case Decoder::timestamp:
    case Decoder::timestamptz:
      return datetime_of(cell);
    case Decoder::jsonb:
    case Decoder::text:
      break;
  }
  return {cell};
}

dbapi::ValueView decode_rarer_binary(Decoder decoder, std::string_view cell) {
  switch (decoder) {
    case Decoder::boolean:
      if (cell.size() != 1) throw_malformed("boolean");
      return {cell.front() != 0};
    case Decoder::int2:
      return {read<std::int16_t>(cell, "smallint")};
    case Decoder::int4:
      return {read<std::int32_t>(cell, "integer")};
    case Decoder::int8:
      return {read<std::int64_t>(cell, "bigint")};
    case Decoder::oid:
      return {read<std::uint32_t>(cell, "oid")};
    case Decoder::float4:
      return {read<float>(cell, "real")};
    case Decoder::float8:
      return {read<double>(cell, "double precision")};
    case Decoder::bytea:
      return {std::as_bytes(std::span(cell))};
    case Decoder::date:
      return date_of(read<std::int32_t>(cell, "date"));
    case Decoder::timestamp:
    case Decoder::timestamptz:
      return datetime_of(read<std::int64_t>(cell, "timestamp"));
    case Decoder::jsonb:
      if (!cell.starts_with('\1')) throw_malformed("jsonb");
      return {cell.substr(1)};
    case Decoder::numeric:
    case Decoder::text:
      break;
  }
  return {cell};
}

// -- rows of parameters -----------------------------------------------------------------

bool EncodedParameters::fit(const std::vector<TypeId>& wanted) const noexcept {
  if (wanted.size() != count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_of_any = values[i] == nullptr && types[i] == type_id::unknown;
    if (wanted[i] != types[i] && !is_of_any) return false;
  }
  return true;
}

void EncodedRows::clear() noexcept {
  types_.clear();
  values_.clear();
  lengths_.clear();
  formats_.clear();
  places_.clear();
  arena_.clear();
  placed_ = 0;
}

TypeId type_of(const dbapi::ValueView& value) noexcept {
  switch (value.type()) {
    case dbapi::Type::null:
    case dbapi::Type::text:
    case dbapi::Type::datetime:
      break;
    case dbapi::Type::boolean:
      return type_id::boolean;
    case dbapi::Type::integer:
      return fits_integer(value.integer()) ? type_id::integer : type_id::bigint;
    case dbapi::Type::real:
      return type_id::double_precision;
    case dbapi::Type::decimal:
      return type_id::numeric;
    case dbapi::Type::blob:
      return type_id::bytea;
    case dbapi::Type::date:
      return type_id::date;
  }
  return type_id::unknown;
}

void EncodedRows::add(dbapi::ParameterRow row, std::span<const std::int64_t> types) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool is_chosen = i < types.size() && types[i] != type_of(row[i]);
    if (is_chosen) [[unlikely]] {
      add_chosen(row[i], static_cast<TypeId>(types[i]));
    } else {
      add(row[i]);
    }
  }
}

void EncodedRows::keep(std::size_t width) {
  for (std::size_t i = size() - width; i < size(); ++i) {
    if (places_[i] != elsewhere) continue;
    placed_ = 0;
    places_[i] = arena_.size();
    arena_.append(values_[i], static_cast<std::size_t>(lengths_[i]));
  }
}

bool EncodedRows::unify(std::size_t column, std::size_t width) {
  TypeId common = type_id::unknown;
  bool is_known = false;
  for (std::size_t i = column; i < size(); i += width) {
    if (is_null(i)) continue;
    const bool is_wider = common == type_id::integer && types_[i] == type_id::bigint;
    const bool is_narrower = common == type_id::bigint && types_[i] == type_id::integer;
    if (is_known && types_[i] != common && !is_wider && !is_narrower) return false;
    if (!is_narrower) common = types_[i];
    is_known = true;
  }
  for (std::size_t i = column; i < size(); i += width) {
    if (!is_null(i) && common == type_id::bigint) widen(i);
    types_[i] = common;
  }
  return true;
}

/// Makes an `integer` a `bigint`.
void EncodedRows::widen(std::size_t index) {
  if (types_[index] != type_id::integer) return;
  const auto narrow = read<std::int32_t>(
      {arena_.data() + places_[index], sizeof(std::int32_t)}, "integer");
  const std::uint64_t wide =
      swapped(static_cast<std::uint64_t>(static_cast<std::int64_t>(narrow)));
  placed_ = 0;
  places_[index] = arena_.size();
  arena_.append(reinterpret_cast<const char*>(&wide), sizeof wide);
  lengths_[index] = sizeof wide;
  types_[index] = type_id::bigint;
}

/// The arena moves as it grows: values are told where they are when all are there.
void EncodedRows::place() noexcept {
  if (placed_ == size() && placed_in_ == arena_.data()) return;
  for (std::size_t i = 0; i < size(); ++i) {
    if (places_[i] < elsewhere) values_[i] = arena_.data() + places_[i];
  }
  placed_ = size();
  placed_in_ = arena_.data();
}

EncodedParameters EncodedRows::part(std::size_t first, std::size_t count) noexcept {
  place();
  return {.types = types_.data() + first,
          .values = values_.data() + first,
          .lengths = lengths_.data() + first,
          .formats = formats_.data() + first,
          .count = count};
}

void EncodedRows::add_null(TypeId type) {
  add_bytes({}, type, Format::text);
  places_.back() = null_place;
}

void EncodedRows::add_bytes(std::string_view bytes, TypeId type, Format format) {
  types_.push_back(type);
  values_.push_back(bytes.data());
  lengths_.push_back(length_of(bytes));
  formats_.push_back(static_cast<int>(format));
  places_.push_back(elsewhere);
}

/// Bytes that are kept here.
void EncodedRows::add_copy(std::string_view bytes, TypeId type, Format format) {
  add_bytes(bytes, type, format);
  places_.back() = arena_.size();
  arena_ += bytes;
}

template <class Number>
void EncodedRows::add_number(Number number, TypeId type) {
  const Number sent = swapped(number);
  add_copy({reinterpret_cast<const char*>(&sent), sizeof sent}, type, Format::binary);
}

/// libpq takes texts that end with a null character.
void EncodedRows::add_text(std::string_view text, TypeId type) {
  if (text.find('\0') != std::string_view::npos)
    throw dbapi::DataError("a text with a null character cannot be stored");
  add_copy(text, type, Format::text);
  arena_ += '\0';
}

void EncodedRows::add_chosen(const dbapi::ValueView& value, TypeId type) {
  if (value.is_null()) return add_null(type);
  std::string text;
  append_text(text, value);
  add_text(text, type);
}

void EncodedRows::add(const dbapi::ValueView& value) {
  const TypeId type = type_of(value);
  switch (value.type()) {
    case dbapi::Type::null:
      return add_null(type);
    case dbapi::Type::boolean:
      return add_copy(
          value.boolean() ? "\1" : std::string_view("\0", 1), type, Format::binary);
    case dbapi::Type::integer:
      if (type == type_id::integer)
        return add_number(static_cast<std::uint32_t>(value.integer()), type);
      return add_number(static_cast<std::uint64_t>(value.integer()), type);
    case dbapi::Type::real:
      return add_number(std::bit_cast<std::uint64_t>(value.real()), type);
    case dbapi::Type::text:
    case dbapi::Type::decimal:
      return add_text(value.text(), type);
    case dbapi::Type::blob: {
      const std::string_view bytes = value.text();
      return add_bytes(bytes.data() == nullptr ? "" : bytes, type, Format::binary);
    }
    case dbapi::Type::date: {
      const auto days = (value.date() - epoch).count();
      if (!is_day(days)) throw dbapi::DataError("a date out of the server's range");
      return add_number(static_cast<std::uint32_t>(days), type);
    }
    case dbapi::Type::datetime:
      return add_text(to_timestamp(value.datetime()), type);
  }
}

void append_text(std::string& to, const dbapi::ValueView& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      return;
    case dbapi::Type::boolean:
      to += value.boolean() ? 't' : 'f';
      return;
    case dbapi::Type::integer:
      return append_number(to, value.integer());
    case dbapi::Type::real:
      return append_real(to, value.real());
    case dbapi::Type::text:
    case dbapi::Type::decimal:
      to += value.text();
      return;
    case dbapi::Type::blob:
      return append_hex(to, value.text());
    case dbapi::Type::date:
      return append_date(to, value.date());
    case dbapi::Type::datetime:
      return append_timestamp(to, value.datetime());
  }
}

std::string to_timestamp(dbapi::DateTime time) {
  std::string text;
  append_timestamp(text, time);
  return text;
}

}  // namespace hark::postgresql
