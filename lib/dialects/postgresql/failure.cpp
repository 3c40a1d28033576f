// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/failure.hpp"

#include <hark/dbapi/error.hpp>

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace hark::postgresql {
namespace {

enum class Kind {
  database,
  data,
  integrity,
  internal,
  not_supported,
  operational,
  programming
};

/// By the SQLSTATE's class, its first two characters.
Kind kind_of(std::string_view sqlstate) noexcept {
  const std::string_view code = sqlstate.substr(0, 2);
  const auto is_one_of = [&](std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  if (code == "0A") return Kind::not_supported;
  if (code == "22") return Kind::data;
  if (code == "23") return Kind::integrity;
  if (is_one_of({"20", "21", "3D", "3F", "42", "44"})) return Kind::programming;
  if (is_one_of({"24", "25", "2B", "2D", "2F", "38", "39", "3B", "F0", "P0", "XX"}))
    return Kind::internal;
  if (is_one_of({"", "08", "26", "27", "28", "34", "40", "HV"}) || code.starts_with('5'))
    return Kind::operational;
  return Kind::database;
}

std::string without_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of("\r\n");
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

/// Without the word for how bad it is, which is translated.
std::string without_severity(std::string_view message, std::string_view severity) {
  if (!severity.empty() && message.starts_with(severity)) {
    message.remove_prefix(severity.size());
    const std::size_t start = message.find_first_not_of(": ");
    message.remove_prefix(std::min(start, message.size()));
  }
  return without_end(message);
}

/// Where sending fails, libpq tells of it before it has seen the end of the connection, if
/// the server has said anything since.
bool has_hung_up(const pg_conn* connection) noexcept {
  pollfd asked{.fd = PQsocket(connection), .events = POLLRDHUP, .revents = 0};
  return poll(&asked, 1, 0) > 0;
}

}  // namespace

bool ends_session(const pg_result* result) noexcept {
  const std::string_view severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity == "FATAL" || severity == "PANIC" ||
         field_of(result, PG_DIAG_SQLSTATE).starts_with("57P0");
}

void throw_failure(std::string_view message, ErrorFacts facts) {
  switch (kind_of(facts.sqlstate)) {
    case Kind::data:
      throw dbapi::DataError(message, std::move(facts));
    case Kind::integrity:
      throw dbapi::IntegrityError(message, std::move(facts));
    case Kind::internal:
      throw dbapi::InternalError(message, std::move(facts));
    case Kind::not_supported:
      throw dbapi::NotSupportedError(message, std::move(facts));
    case Kind::operational:
      throw dbapi::OperationalError(message, std::move(facts));
    case Kind::programming:
      throw dbapi::ProgrammingError(message, std::move(facts));
    case Kind::database:
      break;
  }
  throw dbapi::DatabaseError(message, std::move(facts));
}

std::string_view field_of(const pg_result* result, int field) noexcept {
  const char* const text = PQresultErrorField(result, field);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string message_of(const pg_conn* connection) {
  return without_end(PQerrorMessage(connection));
}

void throw_failure(const pg_conn* connection,
                   const pg_result* result,
                   std::string_view sql,
                   bool is_interrupted) {
  const std::string_view sqlstate = field_of(result, PG_DIAG_SQLSTATE);
  const bool is_lost = PQstatus(connection) == CONNECTION_BAD ||
                       (sqlstate.empty() && has_hung_up(connection)) ||
                       ends_session(result);
  const std::string message =
      without_severity(PQresultErrorMessage(result), field_of(result, PG_DIAG_SEVERITY));
  constexpr std::string_view query_canceled = "57014";
  const bool is_cancelled =
      sqlstate == query_canceled &&
      (is_interrupted || message.find("user request") != std::string::npos);
  throw_failure(
      message,
      {.statement = std::string(sql),
       .sqlstate = is_lost && sqlstate.empty() ? "08006" : std::string(sqlstate),
       .is_disconnect = is_lost,
       .is_cancelled = is_cancelled});
}

}  // namespace hark::postgresql
