// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/parameters.hpp>
#include <hark/engine/exception_context.hpp>
#include <hark/engine/fwd.hpp>

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

/// A message with the statement that it is about; without, where that is empty.
std::string with_statement(std::string_view message, std::string_view statement);

/// Is it a driver's error?
bool is_driver_error(const std::exception_ptr& error) noexcept;

/// Is it a driver's error which says that the connection is lost?
bool is_disconnect(const std::exception_ptr& error, const Dialect& dialect) noexcept;

/// Asks the listeners of handle_error by `emit`; what they change in `told` counts.
///
/// Returns: what is to be thrown.
template <class Emit>
std::exception_ptr ask(const Emit& emit, ExceptionContext& told, Failing& failing) {
  try {
    emit();
  } catch (...) {
    return std::current_exception();
  }
  if (told.chained_exception != nullptr) return told.chained_exception;
  if (told.sqlalchemy_exception == nullptr) return told.original_exception;
  if (told.is_disconnect == failing.is_disconnect) return told.sqlalchemy_exception;
  failing.is_disconnect = told.is_disconnect;
  return wrap(told.original_exception, failing);
}

}  // namespace hark::detail
