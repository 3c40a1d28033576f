// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/wrap.hpp"

#include <hark/dbapi/error.hpp>
#include <hark/detail/flow.hpp>
#include <hark/engine/dialect.hpp>
#include <hark/error.hpp>

#include <utility>

namespace hark::detail {
namespace {

constexpr std::size_t most_shown = 2000;

std::string cut(std::string text) {
  if (text.size() > most_shown) {
    text.resize(most_shown);
    text += "...";
  }
  return text;
}

std::string parameters_of(const Failing& failing) {
  return failing.parameters == nullptr ? std::string()
                                       : cut(dbapi::to_string(*failing.parameters));
}

std::string message_of(std::string_view what, const Failing& failing) {
  if (failing.statement == nullptr || failing.statement->empty())
    return std::string(what);
  std::string message = with_statement(what, *failing.statement);
  if (failing.parameters != nullptr)
    message += "\n[parameters: " + parameters_of(failing) + "]";
  return message;
}

template <class Wrapper>
std::exception_ptr made(const hark::Error& error,
                        const std::exception_ptr& original,
                        const Failing& failing) {
  if (error.is_cancelled()) {
    if (Suspender* const flow = current_suspender()) flow->note_cancelled();
  }
  ErrorFacts facts{.statement = std::string(error.statement()),
                   .sqlstate = std::string(error.sqlstate()),
                   .driver_code = error.driver_code(),
                   .is_disconnect = failing.is_disconnect,
                   .is_cancelled = error.is_cancelled(),
                   .original = original};
  if (failing.statement != nullptr) facts.statement = *failing.statement;
  facts.parameters = parameters_of(failing);
  return std::make_exception_ptr(
      Wrapper(message_of(error.what(), failing), std::move(facts)));
}

}  // namespace

std::string with_statement(std::string_view message, std::string_view statement) {
  std::string made(message);
  if (!statement.empty()) made += "\n[SQL: " + cut(std::string(statement)) + "]";
  return made;
}

bool is_driver_error(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const dbapi::Error&) {
    return true;
  } catch (...) {
    return false;
  }
}

bool is_disconnect(const std::exception_ptr& error, const Dialect& dialect) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const dbapi::Error& failure) {
    return dialect.is_disconnect(failure);
  } catch (...) {
    return false;
  }
}

std::exception_ptr wrap(const std::exception_ptr& original, const Failing& failing) {
  try {
    std::rethrow_exception(original);
  } catch (const dbapi::DataError& error) {
    return made<DataError>(error, original, failing);
  } catch (const dbapi::OperationalError& error) {
    return made<OperationalError>(error, original, failing);
  } catch (const dbapi::IntegrityError& error) {
    return made<IntegrityError>(error, original, failing);
  } catch (const dbapi::InternalError& error) {
    return made<InternalError>(error, original, failing);
  } catch (const dbapi::ProgrammingError& error) {
    return made<ProgrammingError>(error, original, failing);
  } catch (const dbapi::NotSupportedError& error) {
    return made<NotSupportedError>(error, original, failing);
  } catch (const dbapi::DatabaseError& error) {
    return made<DatabaseError>(error, original, failing);
  } catch (const dbapi::InterfaceError& error) {
    return made<InterfaceError>(error, original, failing);
  } catch (const dbapi::Error& error) {
    return made<DBAPIError>(error, original, failing);
  } catch (const hark::Error& error) {
    return made<StatementError>(error, original, failing);
  } catch (const std::exception& error) {
    return made<StatementError>(hark::Error(error.what()), original, failing);
  } catch (...) {
    return made<StatementError>(
        hark::Error("an exception of unknown type"), original, failing);
  }
}

}  // namespace hark::detail
