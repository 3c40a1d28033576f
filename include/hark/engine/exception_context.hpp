// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/parameters.hpp>
#include <hark/engine/fwd.hpp>

#include <exception>
#include <string>

namespace hark {

/// What listeners of handle_error are told, and what they may change.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/interfaces.py, ExceptionContext.
class ExceptionContext {
 public:
  Engine* engine = nullptr;
  Connection* connection = nullptr;               ///< null: connecting failed
  dbapi::Cursor* cursor = nullptr;                ///< null: there is none
  const std::string* statement = nullptr;         ///< null: there is none
  const dbapi::Parameters* parameters = nullptr;  ///< null: there are none
  ExecutionContext* execution_context = nullptr;  ///< null: it failed earlier
  std::exception_ptr original_exception{};
  std::exception_ptr sqlalchemy_exception{};  ///< the wrapper; null: it is not wrapped
  std::exception_ptr chained_exception{};     ///< of the listeners before; null: none
  bool is_disconnect = false;                 ///< may be changed
  bool invalidate_pool_on_disconnect = true;  ///< may be changed
};

}  // namespace hark
