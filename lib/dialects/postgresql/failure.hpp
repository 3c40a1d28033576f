// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/error.hpp>

#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

/// From what libpq says to the errors of PEP 249.
namespace hark::postgresql {

/// Throws the error that PEP 249 has for the SQLSTATE in `facts`; an OperationalError where
/// there is none.
///
/// Source: psycopg2 psycopg/error.h and pqpath.c, base_exception_from_sqlstate.
[[noreturn]] void throw_failure(std::string_view message, ErrorFacts facts);

/// What a failed result says.
///
/// `is_interrupted`: has this program cancelled the statement?
[[noreturn]] void throw_failure(const pg_conn* connection,
                                const pg_result* result,
                                std::string_view sql,
                                bool is_interrupted);

/// Are those the last words of a server that ends the session? They need not be an error.
bool ends_session(const pg_result* result) noexcept;

/// libpq's last message, without the line break at its end.
std::string message_of(const pg_conn* connection);

/// A field of an error; empty: it has none.
std::string_view field_of(const pg_result* result, int field) noexcept;

}  // namespace hark::postgresql
