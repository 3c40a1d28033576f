// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/decimal.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace hark::dbapi {
namespace {

/// All of the text, or nothing.
template <class T>
bool read_all(std::string_view text, T& to) noexcept {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, to);
  return error == std::errc() && stop == end;
}

/// Without a fraction that says nothing: "42.00" is "42".
std::string_view without_zero_fraction(std::string_view digits) noexcept {
  const std::size_t point = digits.find('.');
  const bool is_zero = point != std::string_view::npos &&
                       digits.find_first_not_of('0', point + 1) == std::string_view::npos;
  return is_zero ? digits.substr(0, point) : digits;
}

template <class T>
bool read_integer(std::string_view digits, T& to) noexcept {
  return read_all(without_zero_fraction(digits), to);
}

}  // namespace

bool read_decimal(std::string_view digits, std::int64_t& to) noexcept {
  return read_integer(digits, to);
}
bool read_decimal(std::string_view digits, std::uint64_t& to) noexcept {
  return read_integer(digits, to);
}
bool read_decimal(std::string_view digits, float& to) noexcept {
  return read_all(digits, to);
}
bool read_decimal(std::string_view digits, double& to) noexcept {
  return read_all(digits, to);
}
bool read_decimal(std::string_view digits, long double& to) noexcept {
  return read_all(digits, to);
}

Decimal decimal_of(std::int64_t number) { return {std::to_string(number)}; }

Decimal decimal_of(double number) {
  if (std::isnan(number)) return {"NaN"};
  if (std::isinf(number)) return {number > 0 ? "Infinity" : "-Infinity"};
  // The smallest number has 324 digits behind the point, the sign and "0." in front.
  std::array<char, 3 + 324 + std::numeric_limits<double>::max_digits10> digits{};
  const auto end =
      std::to_chars(
          digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed)
          .ptr;
  return {std::string(digits.data(), end)};
}

}  // namespace hark::dbapi
