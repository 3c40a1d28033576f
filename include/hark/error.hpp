// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace hark {

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
  Error(const Error& other) noexcept;
  Error& operator=(const Error& other) noexcept;
  ~Error() override;

  const char* what() const noexcept override;

  /// True when the database connection was lost; retrying needs a new one.
  virtual bool is_disconnect() const noexcept;

  /// True when every pooled connection of that age is to be given up too.
  virtual bool invalidates_pool() const noexcept;

  /// The SQL that was being executed; empty where there was none.
  virtual std::string_view statement() const noexcept;

  /// The five characters of SQLSTATE; empty where the driver gave none.
  virtual std::string_view sqlstate() const noexcept;

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

/// A connection is no longer usable; a listener of `checkout` throws it to get another
/// one.
class DisconnectionError : public Error {
 public:
  using Error::Error;
  bool is_disconnect() const noexcept override;
};

}  // namespace hark
