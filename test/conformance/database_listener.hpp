// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/schema.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "database_format.hpp"

namespace hark::conformance {

class DatabaseRunner;

/// A function of the scenario as the listener of an event. Two are equal if they are the
/// same function on the same event.
///
/// It takes the arguments of every event that Python has, so that listening compiles once
/// for each event of a target; which event it is told of is `event`.
struct Listener {
  DatabaseRunner* runner;
  std::string name;
  std::string event;
  friend bool operator==(const Listener&, const Listener&) = default;

  // PoolEvents
  void operator()(dbapi::Connection& connection, ConnectionRecord& record) const;
  void operator()(dbapi::Connection& connection,
                  ConnectionRecord& record,
                  const std::exception_ptr& exception) const;
  void operator()(dbapi::Connection* connection, ConnectionRecord& record) const;
  void operator()(ConnectionFairy& proxy, ConnectionRecord* record) const;
  void operator()(dbapi::Connection& connection) const;

  // DialectEvents
  std::unique_ptr<dbapi::Connection> operator()(Dialect& dialect,
                                                ConnectionRecord& record,
                                                ConnectArguments& arguments) const;
  bool operator()(dbapi::Cursor& cursor,
                  const std::string& statement,
                  const dbapi::Parameters& parameters) const;
  bool operator()(dbapi::Cursor& cursor, const std::string& statement) const;

  // ConnectionEvents
  std::optional<std::tuple<Clause, ParameterSets, ParameterSet>> operator()(
      Connection& connection,
      const Clause& clause,
      const ParameterSets& multiparams,
      const ParameterSet& params) const;
  std::optional<std::tuple<std::string, dbapi::Parameters>> operator()(
      Connection& connection,
      dbapi::Cursor& cursor,
      const std::string& statement,
      const dbapi::Parameters& parameters,
      ExecutionContext& context,
      bool executemany) const;
  std::exception_ptr operator()(ExceptionContext& context) const;
  void operator()(Connection& connection, bool branch) const;
  void operator()(Connection& connection, const ExecutionOptions& options) const;
  void operator()(Engine& engine, const ExecutionOptions& options) const;
  void operator()(Engine& engine) const;
  void operator()(Connection& connection) const;
  void operator()(Connection& connection, const std::string& name_or_xid) const;
  void operator()(Connection& connection, const std::string& xid, bool is_prepared) const;

  // DDLEvents
  void operator()(SchemaItem& target,
                  Connection& connection,
                  const DDLOptions& options) const;
  void operator()(SchemaItem& target, SchemaItem& parent) const;
  void operator()(Inspector& inspector, Table& table, ReflectedColumn& column) const;
};

/// Has Python that event? Those that tell of an end are hark's.
bool is_known_event(std::string_view event);

/// Does event::retval count on it? Python's pool and dialect take it and do nothing with it.
bool takes_retval(std::string_view event);

/// Is it one of those whose answers count without event::retval?
bool always_answers(std::string_view event);

}  // namespace hark::conformance
