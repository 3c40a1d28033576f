// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "database_listener.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "database_runner.hpp"

namespace hark::conformance {
namespace {

std::string told_of(const Listener& listener, const Connection& connection) {
  return "conn=" + listener.runner->conn(&connection);
}

std::string told_of(const Listener& listener,
                    const dbapi::Connection* connection,
                    const ConnectionRecord* record) {
  std::string details = "dbapi=" + listener.runner->dbapi(connection);
  if (record != nullptr) details += " record=" + listener.runner->record(*record);
  return details;
}

/// Details of a statement; empty: it is not shown.
std::string shown(const std::string& statement, const std::string& details) {
  return is_hidden(statement) ? std::string() : details;
}

bool answered(const Json& answer) { return answer.is_boolean() && answer.get<bool>(); }

std::string shown_clause(const Clause& clause) {
  std::string kind(clause->visit_name());
  if (kind == "text" || kind == "ddl") return kind + ":" + sql_text(clause->text());
  if (kind.ends_with("_table") || kind.ends_with("_index"))
    return kind + ":" + std::string(clause->text());
  return kind;
}

template <class... Es>
bool has(event::list<Es...>, std::string_view event) {
  return ((Es::id == event) || ...);
}

}  // namespace

// -- PoolEvents -------------------------------------------------------------------------

void Listener::operator()(dbapi::Connection& connection, ConnectionRecord& record) const {
  runner->call(name,
               event,
               told_of(*this, &connection, &record),
               {.dbapi_connection = &connection});
}

void Listener::operator()(dbapi::Connection& connection,
                          ConnectionRecord& record,
                          const std::exception_ptr& exception) const {
  runner->call(
      name,
      event,
      told_of(*this, &connection, &record) + " exception=" + error_name(exception),
      {.dbapi_connection = &connection});
}

void Listener::operator()(dbapi::Connection* connection, ConnectionRecord& record) const {
  runner->call(
      name, event, told_of(*this, connection, &record), {.dbapi_connection = connection});
}

void Listener::operator()(ConnectionFairy& proxy, ConnectionRecord* record) const {
  dbapi::Connection* const connection = proxy.dbapi_connection();
  runner->call(
      name, event, told_of(*this, connection, record), {.dbapi_connection = connection});
}

void Listener::operator()(dbapi::Connection& connection) const {
  runner->call(name,
               event,
               told_of(*this, &connection, nullptr),
               {.dbapi_connection = &connection});
}

// -- DialectEvents ----------------------------------------------------------------------

std::unique_ptr<dbapi::Connection> Listener::operator()(
    Dialect& dialect, ConnectionRecord& record, ConnectArguments& arguments) const {
  const Json answer = runner->call(name, event, "record=" + runner->record(record), {});
  return answer.is_null() ? nullptr : dialect.connect(arguments);
}

bool Listener::operator()(dbapi::Cursor&,
                          const std::string& statement,
                          const dbapi::Parameters& parameters) const {
  return answered(runner->call(name,
                               event,
                               shown(statement,
                                     "statement=" + sql_text(statement) + " parameters=" +
                                         json_text(runner->parameters(parameters))),
                               {}));
}

bool Listener::operator()(dbapi::Cursor&, const std::string& statement) const {
  return answered(runner->call(
      name, event, shown(statement, "statement=" + sql_text(statement)), {}));
}

// -- ConnectionEvents -------------------------------------------------------------------

std::optional<std::tuple<Clause, ParameterSets, ParameterSet>> Listener::operator()(
    Connection& connection,
    const Clause& clause,
    const ParameterSets& multiparams,
    const ParameterSet& params) const {
  const std::string text = shown_clause(clause);
  Json many = Json::array();
  for (const ParameterSet& set : multiparams) many.push_back(json_of(set));
  const Json answer = runner->call(name,
                                   event,
                                   shown(text,
                                         told_of(*this, connection) + " clause=" + text +
                                             " multiparams=" + json_text(many) +
                                             " params=" + json_text(json_of(params))),
                                   {.connection = &connection});
  if (answer.is_null()) return std::nullopt;
  return std::tuple(runner->text_clause(string_of(answer, "text")), multiparams, params);
}

std::optional<std::tuple<std::string, dbapi::Parameters>> Listener::operator()(
    Connection& connection,
    dbapi::Cursor&,
    const std::string& statement,
    const dbapi::Parameters& parameters,
    ExecutionContext&,
    bool executemany) const {
  const Json answer = runner->call(
      name,
      event,
      shown(statement,
            told_of(*this, connection) + " statement=" + sql_text(statement) +
                " parameters=" + json_text(runner->parameters(parameters)) +
                " executemany=" + bool_text(executemany)),
      {.connection = &connection});
  if (answer.is_null()) return std::nullopt;
  return std::tuple(statement + string_of(answer, "suffix"), parameters);
}

std::exception_ptr Listener::operator()(ExceptionContext& context) const {
  const std::string details =
      "conn=" +
      (context.connection == nullptr ? "none" : runner->conn(context.connection)) +
      " statement=" +
      (context.statement == nullptr ? "none" : sql_text(*context.statement)) +
      " original=" + error_name(context.original_exception) +
      " wrapped=" + error_name(context.sqlalchemy_exception) +
      " chained=" + error_name(context.chained_exception) +
      " is_disconnect=" + bool_text(context.is_disconnect) +
      " invalidate_pool=" + bool_text(context.invalidate_pool_on_disconnect);
  const Json answer =
      runner->call(name,
                   event,
                   details,
                   {.connection = context.connection, .exception_context = &context});
  return answer.is_null() ? nullptr : std::make_exception_ptr(ReplacedError("returned"));
}

void Listener::operator()(Connection& connection, bool branch) const {
  runner->call(name,
               event,
               told_of(*this, connection) + " branch=" + bool_text(branch),
               {.connection = &connection});
}

void Listener::operator()(Connection& connection, const ExecutionOptions& options) const {
  runner->call(name,
               event,
               told_of(*this, connection) + " opts=" + json_text(json_of(options)),
               {.connection = &connection});
}

void Listener::operator()(Engine&, const ExecutionOptions& options) const {
  runner->call(name, event, "opts=" + json_text(json_of(options)), {});
}

void Listener::operator()(Engine& engine) const {
  runner->call(name, event, "engine=" + runner->engine(engine), {});
}

void Listener::operator()(Connection& connection) const {
  runner->call(name, event, told_of(*this, connection), {.connection = &connection});
}

void Listener::operator()(Connection& connection, const std::string& name_or_xid) const {
  // The name of a new savepoint and those of two-phase transactions are not shown.
  const bool is_shown = event.ends_with("_savepoint");
  runner->call(name,
               event,
               told_of(*this, connection) +
                   (is_shown ? " name=" + savepoint_name(name_or_xid) : ""),
               {.connection = &connection});
}

void Listener::operator()(Connection& connection,
                          const std::string&,
                          bool is_prepared) const {
  runner->call(name,
               event,
               told_of(*this, connection) + " is_prepared=" + bool_text(is_prepared),
               {.connection = &connection});
}

// -- DDLEvents --------------------------------------------------------------------------

void Listener::operator()(SchemaItem& target,
                          Connection& connection,
                          const DDLOptions& options) const {
  std::string details =
      "target=" + runner->item(target) + " checkfirst=" + bool_text(options.checkfirst);
  if (target.visit_name() == "metadata") {
    std::vector<std::string> names;
    for (const Table* table : *options.tables) names.emplace_back(table->name());
    std::sort(names.begin(), names.end());
    details += " tables=" + json_text(names);
  }
  runner->call(name, event, details, {.connection = &connection});
}

void Listener::operator()(SchemaItem& target, SchemaItem& parent) const {
  runner->call(name,
               event,
               "target=" + runner->item(target) + " parent=" + runner->item(parent),
               {});
}

void Listener::operator()(Inspector&, Table& table, ReflectedColumn& column) const {
  runner->call(name,
               event,
               "table=" + std::string(table.name()) + " column=" + column.name +
                   " nullable=" + bool_text(column.nullable),
               {.column = &column});
}

// -- names of events --------------------------------------------------------------------

bool is_known_event(std::string_view event) { return !event.ends_with("_end"); }

bool takes_retval(std::string_view event) { return has(ConnectionEvents::all{}, event); }

bool always_answers(std::string_view event) {
  return event == "handle_error" ||
         (event.starts_with("do_") && has(DialectEvents::all{}, event));
}

}  // namespace hark::conformance
