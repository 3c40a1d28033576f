// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/handlers/otlp_retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hark::audit::detail {
namespace {

using std::chrono::seconds;

constexpr seconds longest = std::chrono::hours(1);

std::optional<int> read_number(std::string_view text) noexcept {
  int number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    return std::nullopt;
  return number;
}

bool is_all_digits(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> read_date(std::string_view text) noexcept {
  constexpr auto months = std::to_array<std::string_view>({"Jan",
                                                           "Feb",
                                                           "Mar",
                                                           "Apr",
                                                           "May",
                                                           "Jun",
                                                           "Jul",
                                                           "Aug",
                                                           "Sep",
                                                           "Oct",
                                                           "Nov",
                                                           "Dec"});
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto* const month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = read_number(text.substr(5, 2));
  const auto year = read_number(text.substr(12, 4));
  const auto hour = read_number(text.substr(17, 2));
  const auto minute = read_number(text.substr(20, 2));
  const auto second = read_number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second)
    return std::nullopt;
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + seconds(*second);
}

}  // namespace

OtlpVerdict verdict_of(unsigned http_status) noexcept {
  if (http_status >= 200 && http_status < 300) return OtlpVerdict::accepted;
  constexpr auto retryable = std::to_array<unsigned>({429, 502, 503, 504});
  return std::find(retryable.begin(), retryable.end(), http_status) == retryable.end()
             ? OtlpVerdict::refused
             : OtlpVerdict::again;
}

std::optional<seconds> read_retry_after(std::string_view value,
                                        std::chrono::system_clock::time_point now) {
  if (is_all_digits(value)) {
    const std::optional<int> number = read_number(value);
    return number ? std::min(seconds(*number), longest) : longest;
  }
  const std::optional<std::chrono::sys_seconds> date = read_date(value);
  if (!date) return std::nullopt;
  const seconds wait = std::chrono::ceil<seconds>(*date - now);
  return std::clamp(wait, seconds(0), longest);
}

}  // namespace hark::audit::detail
