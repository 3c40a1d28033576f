// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/ending.hpp>
#include <hark/dbapi/value.hpp>

#include <any>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hark::audit {

using WallTime =
    std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using MonotonicTime =
    std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// One moment on both clocks: the wall's tells when, the monotonic one how long.
struct Moment {
  WallTime wall{};
  MonotonicTime monotonic{};

  static Moment now() noexcept;
  friend bool operator==(const Moment&, const Moment&) = default;
};

/// What an event of a run is about.
enum class EventKind : std::uint8_t {
  connect,      ///< a DBAPI connection is opened
  checkout,     ///< one is taken out of the pool
  statement,    ///< a statement is executed
  executemany,  ///< a statement is executed with several rows of parameters
  transaction,  ///< from its beginning to its COMMIT or ROLLBACK
  savepoint,    ///< from its setting to its release or rollback
  twophase,     ///< a transaction in two phases
  ddl,          ///< schema items are created or dropped
  reflection,   ///< schema items are read from the database
  error,        ///< an exception passed through: no duration
  lost,         ///< events were not recorded: how many, and why; no duration
  custom,       ///< the program's own
};

/// "connect", "checkout" …
std::string_view name_of(EventKind kind) noexcept;
/// Empty: there is no kind of that name.
std::optional<EventKind> kind_named(std::string_view name) noexcept;

/// The database that an event is about. Secrets of its URL are in none of these.
struct Database {
  std::string system{};          ///< OpenTelemetry's db.system.name: "postgresql"
  std::string name{};            ///< db.namespace; of SQLite the file
  std::string server_address{};  ///< empty: there is no server
  std::optional<std::uint16_t> server_port{};
  std::string url{};  ///< as URL::render() shows it
};

/// A fact that has a name of its own.
struct Attribute {
  std::string name;
  dbapi::Value value;
};
using Attributes = std::vector<Attribute>;

/// What is known of a statement by its text alone. Shared by all events that have it.
struct Statement {
  std::string text{};         ///< as it was executed, cut at Options::max_statement_bytes
  std::string fingerprint{};  ///< what statements have in common that differ in literals
  std::string summary{};      ///< db.query.summary: "SELECT track", 255 bytes at most
  std::string operation{};    ///< its first word, in capitals: "SELECT"
  /// The column with which each placeholder is compared, or into which it is written, in
  /// the placeholders' order; empty where the text does not tell.
  std::vector<std::string> columns{};
};

/// What was done to a parameter before a handler sees it.
enum class Redaction : std::uint8_t { none, left_out, hashed, truncated };

/// "none", "left_out", "hashed", "truncated".
std::string_view name_of(Redaction redaction) noexcept;

/// A parameter of a statement, after redaction.
struct Parameter {
  std::string name{};    ///< empty: it has a position only
  std::string column{};  ///< empty: not known
  std::uint32_t row = 0;
  dbapi::Type type = dbapi::Type::null;  ///< of what was bound
  Redaction redaction = Redaction::none;
  dbapi::Value value{};  ///< NULL where it was left out; the hash as hexadecimal text
};

/// Why something failed.
struct Failure {
  std::string type{};     ///< the exception's class: "IntegrityError"
  std::string message{};  ///< without the statement and its parameters
  std::string sqlstate{};
  bool is_disconnect = false;
};

/// A request has started: what follows until its end is done for it.
struct RequestStart {
  std::uint64_t id = 0;         ///< unique in the process, growing, also among events
  std::uint64_t parent_id = 0;  ///< the request around it; 0: there is none
  std::string name{};           ///< empty: it is the life of a Connection
  Moment start{};
  std::shared_ptr<const Database> database{};  ///< null: none in particular
  std::uint64_t connection_id = 0;             ///< whose life it is; 0: nobody's
  std::uint64_t thread_id = 0;                 ///< the operating system's
  std::string traceparent{};  ///< W3C Trace Context, as the caller gave it
  Attributes attributes{};
};

/// A request has ended; all its events have.
struct RequestEnd : RequestStart {
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds elapsed{};
  std::optional<Failure> failure{};
  std::uint64_t events = 0;  ///< that were recorded
  std::uint64_t lost = 0;    ///< that were not
};

/// An event has started.
struct EventStart {
  std::uint64_t id = 0;  ///< unique in the process, growing, also among requests
  std::uint64_t request_id = 0;
  /// The event around it, of which the handler may not have been told: it was lost, with
  /// QueuePolicy::drop_oldest, or its start has thrown; 0: its request.
  std::uint64_t parent_id = 0;
  EventKind kind = EventKind::custom;
  /// Of a savepoint, a transaction in two phases, a schema item, an own event; empty: none.
  std::string name{};
  Moment start{};
  std::shared_ptr<const Database> database{};    ///< null: none in particular
  std::shared_ptr<const Statement> statement{};  ///< null: there is none
  std::vector<Parameter> parameters{};
  std::uint64_t parameter_count = 0;  ///< of all rows, also those that are not kept
  std::uint64_t batch_size = 0;       ///< rows of an executemany; 0: it is none
  std::uint64_t connection_id = 0;    ///< 0: none
  std::uint64_t dbapi_connection_id = 0;
  std::uint64_t execution_id = 0;
  std::uint64_t thread_id = 0;  ///< the operating system's
  Attributes attributes{};
  std::any payload{};  ///< an own event's object

  /// The object of an own event; null: it is of another type.
  template <class T>
  const T* get_if() const noexcept {
    return std::any_cast<T>(&payload);
  }
};

/// An event has ended.
struct EventEnd : EventStart {
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds
      elapsed{};  ///< of a statement: until the driver had executed it
  std::optional<Failure> failure{};
  std::optional<std::uint64_t> rows{};  ///< fetched, or changed; empty: not known
  std::chrono::nanoseconds waited{};    ///< of a checkout: for a connection to be free
  std::chrono::nanoseconds open{};      ///< of a statement: how long its result was
  /// Of a transaction: "commit", "rollback", or "reset" by the pool; of a savepoint:
  /// "release", "rollback"; empty: it did not end by itself.
  std::string ended_by{};
};

}  // namespace hark::audit
