// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace hark {

/// What an error knows beside its message.
struct ErrorFacts {
  std::string statement{};        ///< the SQL; empty: there was none
  std::string parameters{};       ///< as text; empty: none, or hidden
  std::string sqlstate{};         ///< five characters; empty: the driver gave none
  int driver_code = 0;            ///< the driver's own number; 0: it gave none
  bool is_disconnect = false;     ///< the connection was lost
  bool is_cancelled = false;      ///< somebody has interrupted it
  bool invalidates_pool = false;  ///< connections of the same age are lost, too
  std::exception_ptr original{};  ///< what was caught and is wrapped here; null: nothing
};

/// The root of everything that hark throws.
///
///     try { … } catch (const hark::Error& error) { log(error.what(), error.sqlstate());
///     }
///
/// Types are for `catch`; facts are asked of the root, so that a handler need not know
/// the tree. The payload is shared and immutable: copying an error cannot throw.
///
/// Thread safety: distinct objects safe, shared objects safe.
/// Guarantees:
///  - <error.root-1> Every error of hark is caught as hark::Error and as std::exception.
///  - <error.root-2> Copying an error never throws, and copies answer alike.
/// Source: SQLAlchemy lib/sqlalchemy/exc.py, SQLAlchemyError.
class Error : public std::exception {
 public:
  /// One sentence: what was attempted, with what, and what to do.
  explicit Error(std::string_view message);
  Error(std::string_view message, ErrorFacts facts);
  Error(const Error& other) noexcept;
  Error& operator=(const Error& other) noexcept;
  ~Error() override;

  const char* what() const noexcept override;

  /// True when the database connection was lost; retrying needs a new one.
  virtual bool is_disconnect() const noexcept;

  /// True when somebody has interrupted the statement.
  bool is_cancelled() const noexcept;

  /// True when every pooled connection of that age is to be given up too.
  virtual bool invalidates_pool() const noexcept;

  /// The SQL that was being executed; empty where there was none.
  virtual std::string_view statement() const noexcept;

  /// Its parameters, as text; empty where there were none, and with hide_parameters.
  std::string_view parameters() const noexcept;

  /// The five characters of SQLSTATE; empty where the driver gave none.
  virtual std::string_view sqlstate() const noexcept;

  /// The driver's own number of the error; 0 where it gave none.
  int driver_code() const noexcept;

  /// What was caught and is wrapped by this error; null where it is the first.
  std::exception_ptr original() const noexcept;

 private:
  struct Detail;
  Detail* detail_;  // counted; shared by copies
};

/// An argument is wrong in itself: its value, its type, or its combination with others.
class ArgumentError : public Error {
  using Error::Error;
};

/// The call is not possible in the present state, or names something that is not there.
class InvalidRequestError : public Error {
  using Error::Error;
};

/// A promise that the program made is broken: AssertionPool was asked for a second
/// connection.
class AssertionError : public Error {
  using Error::Error;
};

/// Waiting took longer than allowed: for a connection of the pool.
class TimeoutError : public Error {
  using Error::Error;
};

/// The operation was cancelled while it waited, before the database had to do with it.
class CancelledError : public Error {
 public:
  explicit CancelledError(std::string_view message)
      : Error(message, {.is_cancelled = true}) {}
};

/// A connection is no longer usable; a listener of `checkout` throws it to get another
/// one.
class DisconnectionError : public Error {
 public:
  using Error::Error;
  bool is_disconnect() const noexcept override;
};

/// The same, and the pool's other connections are to be replaced as well.
class InvalidatePoolError : public DisconnectionError {
 public:
  using DisconnectionError::DisconnectionError;
  bool invalidates_pool() const noexcept override;
};

/// The object has been closed.
class ResourceClosedError : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};

/// The transaction has failed; rollback() must come next.
class PendingRollbackError : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};

/// A result was to have a row and has none.
class NoResultFound : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};

/// A result was to have one row and has more.
class MultipleResultsFound : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};

/// A result has no such column.
class NoSuchColumnError : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};

/// No table of that name is there.
class NoSuchTableError : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};

/// A foreign key refers to what is not declared.
class NoReferenceError : public InvalidRequestError {
  using InvalidRequestError::InvalidRequestError;
};
class NoReferencedTableError : public NoReferenceError {
  using NoReferenceError::NoReferenceError;
};
class NoReferencedColumnError : public NoReferenceError {
  using NoReferenceError::NoReferenceError;
};

/// A table's columns have names and keys of their own.
class DuplicateColumnError : public ArgumentError {
  using ArgumentError::ArgumentError;
};

/// Things depend on each other in a cycle, and can come in no order.
class CircularDependencyError : public Error {
  using Error::Error;
};

/// What was declared cannot be written for the dialect.
class CompileError : public Error {
  using Error::Error;
};

/// A name is longer than the database takes.
class IdentifierError : public Error {
  using Error::Error;
};

/// No dialect of that name is known.
class NoSuchModuleError : public ArgumentError {
  using ArgumentError::ArgumentError;
};

/// A statement could not be executed.
class StatementError : public Error {
  using Error::Error;
};

/// The driver refused; `original()` is its own error.
class DBAPIError : public StatementError {
  using StatementError::StatementError;
};

// As the driver's errors of the same names in hark/dbapi/error.hpp.
class InterfaceError : public DBAPIError {
  using DBAPIError::DBAPIError;
};
class DatabaseError : public DBAPIError {
  using DBAPIError::DBAPIError;
};
class DataError : public DatabaseError {
  using DatabaseError::DatabaseError;
};
class OperationalError : public DatabaseError {
  using DatabaseError::DatabaseError;
};
class IntegrityError : public DatabaseError {
  using DatabaseError::DatabaseError;
};
class InternalError : public DatabaseError {
  using DatabaseError::DatabaseError;
};
class ProgrammingError : public DatabaseError {
  using DatabaseError::DatabaseError;
};
class NotSupportedError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

}  // namespace hark
