// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hark::dbapi {

/// A decimal number as a database writes it, exactly: "-12.50". Also "NaN", "Infinity" and
/// "-Infinity", where the database has them.
///
/// Equal are those of the same digits: "1.0" is not "1.00".
struct Decimal {
  std::string digits;

  friend bool operator==(const Decimal&, const Decimal&) = default;
};

/// Reads the digits of a decimal number; false: `to` cannot hold it, or they are none. An
/// integer holds it where there is no fraction but zeros; a floating point number is the
/// nearest there is.
bool read_decimal(std::string_view digits, std::int64_t& to) noexcept;
bool read_decimal(std::string_view digits, std::uint64_t& to) noexcept;
bool read_decimal(std::string_view digits, float& to) noexcept;
bool read_decimal(std::string_view digits, double& to) noexcept;
bool read_decimal(std::string_view digits, long double& to) noexcept;

/// The digits of a number; a floating point number's are the fewest that read as the same.
Decimal decimal_of(std::int64_t number);
Decimal decimal_of(double number);

}  // namespace hark::dbapi
