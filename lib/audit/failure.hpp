// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>
#include <hark/dbapi/parameters.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace hark::audit::detail {

/// What a message may show.
struct Disclosure {
  /// Also what databases say of values, as PostgreSQL's DETAIL does?
  bool shows_values = false;
  /// Whose values the message must not have; null: those that the exception knows.
  const dbapi::Parameters* parameters = nullptr;
};

/// Of an exception: its class, and its message without the statement and its values.
///
/// Null: of a null pointer, or for want of memory.
std::shared_ptr<const Failure> describe_failure(
    const std::exception_ptr& error, const Disclosure& disclosure = {}) noexcept;

/// The message with `?` in the place of what stands in quotes, but for names: what comes
/// after "column", "constraint", "key", "relation", "table".
std::string without_quoted(std::string_view message);
/// The message with `?` in the place of each value of the parameters, and of each word that
/// stands in one. There are too many to look for: that it is not shown.
std::string without_values(std::string message, const dbapi::Parameters& parameters);

}  // namespace hark::audit::detail
