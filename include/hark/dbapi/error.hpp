// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/error.hpp>

/// What drivers throw; the engine wraps them in the errors of the same names in hark.
///
/// Source: PEP 249, "Exceptions".
namespace hark::dbapi {

/// The root of the drivers' errors.
class Error : public hark::Error {
  using hark::Error::Error;
};

/// The driver was used in a wrong way.
class InterfaceError : public Error {
  using Error::Error;
};

/// The database has something to say.
class DatabaseError : public Error {
  using Error::Error;
};

/// A value does not fit: too large, out of range, not of the type.
class DataError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

/// The database's operation failed, for no fault of the program: disk, locks, connection.
class OperationalError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

/// A constraint is violated.
class IntegrityError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

/// The database is in a state that should not be.
class InternalError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

/// The statement or its parameters are wrong.
class ProgrammingError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

/// The database cannot do this.
class NotSupportedError : public DatabaseError {
  using DatabaseError::DatabaseError;
};

}  // namespace hark::dbapi
