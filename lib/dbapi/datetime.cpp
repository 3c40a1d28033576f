// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/datetime.hpp>
#include <hark/dbapi/error.hpp>

#include <cstddef>

namespace hark::dbapi {
namespace {

using std::chrono::floor;

void append(std::string& text, long number, std::size_t digits) {
  const std::string written = std::to_string(number);
  text.append(digits - written.size(), '0');
  text += written;
}

/// Takes what it is asked for from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  bool at_end() const noexcept { return text_.empty(); }
  bool take(char wanted) noexcept {
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly so many digits.
  std::optional<int> number(std::size_t digits) noexcept {
    if (text_.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return number;
  }
  /// One to six digits behind a point.
  std::optional<int> microseconds() noexcept {
    int number = 0;
    int digits = 0;
    for (; digits < 6; ++digits) {
      const std::optional<int> digit = this->number(1);
      if (!digit) break;
      number = number * 10 + *digit;
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) number *= 10;
    return number;
  }

 private:
  std::string_view text_;
};

std::optional<Date> read_date(Reader& reader) noexcept {
  const auto year = reader.number(4);
  if (!year || !reader.take('-')) return std::nullopt;
  const auto month = reader.number(2);
  if (!month || !reader.take('-')) return std::nullopt;
  const auto day = reader.number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return Date(date);
}

std::optional<std::chrono::microseconds> read_time(Reader& reader) noexcept {
  const auto hours = reader.number(2);
  if (!hours || *hours > 23 || !reader.take(':')) return std::nullopt;
  const auto minutes = reader.number(2);
  if (!minutes || *minutes > 59 || !reader.take(':')) return std::nullopt;
  const auto seconds = reader.number(2);
  if (!seconds || *seconds > 59) return std::nullopt;
  std::optional<int> fraction = 0;
  if (reader.take('.')) fraction = reader.microseconds();
  if (!fraction) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + std::chrono::microseconds(*fraction);
}

}  // namespace

std::string to_iso(Date date) {
  const std::chrono::year_month_day day(date);
  const int year = static_cast<int>(day.year());
  if (year < 0 || year > 9999) {
    throw DataError("the year " + std::to_string(year) + " has not four digits");
  }
  std::string text;
  append(text, year, 4);
  text += '-';
  append(text, static_cast<long>(static_cast<unsigned>(day.month())), 2);
  text += '-';
  append(text, static_cast<long>(static_cast<unsigned>(day.day())), 2);
  return text;
}

std::string to_iso(DateTime time) {
  const Date date = floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - date);
  std::string text = to_iso(date);
  text += ' ';
  append(text, clock.hours().count(), 2);
  text += ':';
  append(text, clock.minutes().count(), 2);
  text += ':';
  append(text, static_cast<long>(clock.seconds().count()), 2);
  text += '.';
  append(text, static_cast<long>(clock.subseconds().count()), 6);
  return text;
}

std::optional<Date> date_of(std::string_view text) noexcept {
  Reader reader(text);
  const std::optional<Date> date = read_date(reader);
  return reader.at_end() ? date : std::nullopt;
}

std::optional<DateTime> datetime_of(std::string_view text) noexcept {
  Reader reader(text);
  const std::optional<Date> date = read_date(reader);
  if (!date || reader.at_end()) return date;
  if (!reader.take(' ') && !reader.take('T')) return std::nullopt;
  const std::optional<std::chrono::microseconds> time = read_time(reader);
  reader.take('Z');
  if (!time || !reader.at_end()) return std::nullopt;
  return *date + *time;
}

}  // namespace hark::dbapi
