// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/parameters.hpp>

#include <exception>
#include <string>

/// From drivers' errors to those of hark.
namespace hark::detail {

/// What happened, for the wrapper.
struct Failing {
  const std::string* statement = nullptr;         // null: there is none
  const dbapi::Parameters* parameters = nullptr;  // null: none, or they are hidden
  bool is_disconnect = false;
};

/// The error of hark that has the name of the driver's; a StatementError for what is no
/// driver's.
///
/// Source: SQLAlchemy lib/sqlalchemy/exc.py, DBAPIError.instance.
std::exception_ptr wrap(const std::exception_ptr& original, const Failing& failing);

/// Is it a driver's error?
bool is_driver_error(const std::exception_ptr& error) noexcept;

}  // namespace hark::detail
