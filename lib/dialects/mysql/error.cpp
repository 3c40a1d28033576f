// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/error.hpp"

#include <hark/dbapi/error.hpp>

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <initializer_list>
#include <new>
#include <utility>

namespace hark::mysql {
namespace {

// Those of MySQL that MariaDB's header does not have, or calls otherwise.
constexpr unsigned mysql_check_violated = 3819;
constexpr unsigned mysql_session_was_killed = 3169;
constexpr unsigned mysql_client_is_idle = 4031;

bool is_one_of(unsigned number, std::initializer_list<unsigned> numbers) noexcept {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool is_of_program(unsigned number) noexcept {
  return is_one_of(number,
                   {CR_COMMANDS_OUT_OF_SYNC,
                    ER_DB_CREATE_EXISTS,
                    ER_SYNTAX_ERROR,
                    ER_PARSE_ERROR,
                    ER_NO_SUCH_TABLE,
                    ER_WRONG_DB_NAME,
                    ER_WRONG_TABLE_NAME,
                    ER_WRONG_COLUMN_NAME,
                    ER_FIELD_SPECIFIED_TWICE,
                    ER_INVALID_GROUP_FUNC_USE,
                    ER_UNSUPPORTED_EXTENSION,
                    ER_TABLE_MUST_HAVE_COLUMNS,
                    ER_CANT_DO_THIS_DURING_AN_TRANSACTION});
}

bool is_of_data(unsigned number) noexcept {
  return is_one_of(number,
                   {WARN_DATA_TRUNCATED,
                    ER_WARN_NULL_TO_NOTNULL,
                    ER_WARN_DATA_OUT_OF_RANGE,
                    ER_NO_DEFAULT,
                    ER_PRIMARY_CANT_HAVE_NULL,
                    ER_DATA_TOO_LONG,
                    ER_DATETIME_FUNCTION_OVERFLOW,
                    ER_TRUNCATED_WRONG_VALUE_FOR_FIELD,
                    ER_ILLEGAL_VALUE_FOR_TYPE});
}

bool is_of_integrity(unsigned number) noexcept {
  return is_one_of(number,
                   {ER_DUP_ENTRY,
                    ER_DUP_UNIQUE,
                    ER_DUP_ENTRY_WITH_KEY_NAME,
                    ER_NO_REFERENCED_ROW,
                    ER_NO_REFERENCED_ROW_2,
                    ER_ROW_IS_REFERENCED,
                    ER_ROW_IS_REFERENCED_2,
                    ER_CANNOT_ADD_FOREIGN,
                    ER_BAD_NULL_ERROR,
                    ER_CONSTRAINT_FAILED,
                    mysql_check_violated});
}

bool is_unsupported(unsigned number) noexcept {
  return is_one_of(number,
                   {ER_WARNING_NOT_COMPLETE_ROLLBACK,
                    ER_NOT_SUPPORTED_YET,
                    ER_FEATURE_DISABLED,
                    ER_UNKNOWN_STORAGE_ENGINE,
                    ER_UNSUPPORTED_PS});
}

/// By somebody: a time limit of the server is an error like others.
bool means_cancelled(unsigned number) noexcept { return number == ER_QUERY_INTERRUPTED; }

}  // namespace

Failure failure_of(MYSQL* handle) {
  return {.number = mysql_errno(handle),
          .sqlstate = mysql_sqlstate(handle),
          .message = mysql_error(handle)};
}

Failure failure_of(MYSQL_STMT* statement) {
  // A failure amid rows is only told of by the session.
  if (mysql_stmt_errno(statement) == 0 && statement->mysql != nullptr)
    return failure_of(statement->mysql);
  return {.number = mysql_stmt_errno(statement),
          .sqlstate = mysql_stmt_sqlstate(statement),
          .message = mysql_stmt_error(statement)};
}

/// Source: SQLAlchemy lib/sqlalchemy/dialects/mysql/base.py, MySQLDialect.is_disconnect.
bool means_lost(unsigned number) noexcept {
  return is_one_of(number,
                   {CR_SERVER_GONE_ERROR,
                    CR_SERVER_LOST,
                    CR_COMMANDS_OUT_OF_SYNC,
                    CR_SERVER_LOST_EXTENDED,
                    ER_SERVER_SHUTDOWN,
                    ER_CONNECTION_KILLED,
                    2045,  // what the shared memory of Windows says
                    mysql_session_was_killed,
                    mysql_client_is_idle});
}

void throw_error(const Failure& failure, std::string_view sql, bool is_lost) {
  const unsigned number = failure.number;
  if (number == CR_OUT_OF_MEMORY) throw std::bad_alloc();
  ErrorFacts facts{.statement = std::string(sql),
                   .sqlstate = failure.sqlstate,
                   .driver_code = static_cast<int>(number),
                   .is_disconnect = is_lost || means_lost(number),
                   .is_cancelled = means_cancelled(number)};
  const std::string& message = failure.message;
  if (number == 0)
    throw dbapi::InterfaceError("the client library gave no reason", std::move(facts));
  if (is_of_program(number)) throw dbapi::ProgrammingError(message, std::move(facts));
  if (is_of_data(number)) throw dbapi::DataError(message, std::move(facts));
  if (is_of_integrity(number)) throw dbapi::IntegrityError(message, std::move(facts));
  if (is_unsupported(number)) throw dbapi::NotSupportedError(message, std::move(facts));
  constexpr unsigned least_of_server = 1000;
  if (number < least_of_server) throw dbapi::InternalError(message, std::move(facts));
  throw dbapi::OperationalError(message, std::move(facts));
}

void throw_closed() {
  throw dbapi::ProgrammingError("cannot operate on a closed connection",
                                {.is_disconnect = true});
}

}  // namespace hark::mysql
