// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "database_runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <concepts>
#include <limits>
#include <regex>
#include <stdexcept>
#include <utility>

#include "core_runner.hpp"

namespace hark::conformance {
namespace {

/// What a handle_error listener answers for {"return": "ReplacedError"}.
class ReplacedError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string string_of(const Json& step, const char* field) {
  return step.at(field).get<std::string>();
}

// -- formatting -------------------------------------------------------------------------

std::string json_text(const Json& value) { return value.dump(-1, ' ', true); }

Json json_of(const dbapi::ValueView& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      break;
    case dbapi::Type::boolean:
      return value.boolean();
    case dbapi::Type::integer:
      return value.integer();
    case dbapi::Type::real:
      return value.real();
    case dbapi::Type::text:
    case dbapi::Type::blob:
    case dbapi::Type::decimal:
      return value.text();
    case dbapi::Type::date:
      return dbapi::to_iso(value.date());
    case dbapi::Type::datetime:
      return dbapi::to_iso(value.datetime());
  }
  return nullptr;
}

Json json_of(const dbapi::Row& row) {
  Json all = Json::array();
  for (const dbapi::Value& value : row) all.push_back(json_of(value.view()));
  return all;
}

Json json_of(const dbapi::Parameters& parameters) {
  if (!parameters.is_many()) return json_of(parameters.row());
  Json all = Json::array();
  for (const dbapi::Row& row : parameters.rows()) all.push_back(json_of(row));
  return all;
}

Json json_of(const ParameterSet& set) {
  Json all = Json::object();
  for (const auto& [name, value] : set) all[name] = json_of(value.view());
  return all;
}

// Options that Python nests and hark has as text.
const std::string structured = "json:";

Json json_of(const ExecutionOptions& options) {
  Json all = Json::object();
  for (const auto& [name, value] : options) {
    Json& shown = all[name];
    std::visit(
        [&](const auto& each) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(each)>, std::monostate>) {
            shown = each;
            if (shown.is_string() && shown.get<std::string>().starts_with(structured)) {
              shown = Json::parse(shown.get<std::string>().substr(structured.size()));
            }
          }
        },
        value);
  }
  return all;
}

/// White space as single blanks, savepoints as sp_N, quoted.
std::string sql_text(std::string_view sql) {
  static const std::regex savepoint(R"(\w*savepoint_(\d+))", std::regex::icase);
  static const std::regex placeholder(R"(%\(\w+\)s)");
  const std::string unified = std::regex_replace(std::string(sql), placeholder, "?");
  std::string plain;
  for (const char c : unified) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      plain += c;
    } else if (!plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  if (!plain.empty() && plain.back() == ' ') plain.pop_back();
  return json_text(std::regex_replace(plain, savepoint, "sp_$1"));
}

std::string savepoint_name(const std::string& name) {
  const std::size_t at = name.rfind('_');
  return "sp_" + name.substr(at + 1);
}

/// Introspection and the driver's own transaction control, which no trace shows.
bool is_hidden(const std::string& statement) {
  static const std::regex hidden(
      R"(^\W*(PRAGMA|(string:)?\W*(BEGIN|COMMIT|ROLLBACK)\W*$)|sqlite_master|sqlite_temp_master)",
      std::regex::icase);
  return std::regex_search(statement, hidden);
}

std::string bool_text(bool value) { return value ? "true" : "false"; }

/// The class of an exception, as the traces write it.
std::string error_name(const std::exception_ptr& error) {
  if (error == nullptr) return "none";
  try {
    std::rethrow_exception(error);
  }
#define HARK_NAME(Class) \
  catch (const Class&) { \
    return #Class;       \
  }
  HARK_NAME(UserError)
  HARK_NAME(ReplacedError)
  HARK_NAME(MissingObject)
  HARK_NAME(InvalidatePoolError)
  HARK_NAME(DisconnectionError)
  HARK_NAME(PendingRollbackError)
  HARK_NAME(ResourceClosedError)
  HARK_NAME(NoSuchTableError)
  HARK_NAME(NoReferencedTableError)
  HARK_NAME(NoReferencedColumnError)
  HARK_NAME(InvalidRequestError)
  HARK_NAME(ArgumentError)
  HARK_NAME(CircularDependencyError)
  HARK_NAME(CompileError)
  HARK_NAME(IdentifierError)
  HARK_NAME(TimeoutError)
  HARK_NAME(AssertionError)
  HARK_NAME(DataError)
  HARK_NAME(OperationalError)
  HARK_NAME(IntegrityError)
  HARK_NAME(InternalError)
  HARK_NAME(ProgrammingError)
  HARK_NAME(NotSupportedError)
  HARK_NAME(DatabaseError)
  HARK_NAME(InterfaceError)
  HARK_NAME(DBAPIError)
  HARK_NAME(StatementError)
#undef HARK_NAME
#define HARK_NAME(Class)        \
  catch (const dbapi::Class&) { \
    return #Class;              \
  }
  HARK_NAME(DataError)
  HARK_NAME(OperationalError)
  HARK_NAME(IntegrityError)
  HARK_NAME(InternalError)
  HARK_NAME(ProgrammingError)
  HARK_NAME(NotSupportedError)
  HARK_NAME(DatabaseError)
  HARK_NAME(InterfaceError)
  HARK_NAME(Error)
#undef HARK_NAME
  catch (const std::exception& unknown) {
    return std::string("unknown: ") + unknown.what();
  }
}

// -- functions as listeners -------------------------------------------------------------

/// A function of the scenario as a listener: two are equal if they are the same function.
struct Function {
  DatabaseRunner* runner;
  std::string name;
  friend bool operator==(const Function&, const Function&) = default;
};

using Call = DatabaseRunner::Call;

/// The function on event E.
template <class E>
struct On;

struct PoolListener : Function {
  std::string text(const dbapi::Connection* connection,
                   const ConnectionRecord* record) const {
    std::string details = "dbapi=" + runner->dbapi(connection);
    if (record != nullptr) details += " record=" + runner->record(*record);
    return details;
  }
  void told(const char* event,
            dbapi::Connection* connection,
            const ConnectionRecord* record,
            const std::string& more = {}) const {
    runner->call(
        name, event, text(connection, record) + more, {.dbapi_connection = connection});
  }
};

#define HARK_POOL_LISTENER(Event)                                                    \
  template <>                                                                        \
  struct On<PoolEvents::Event> : PoolListener {                                      \
    void operator()(dbapi::Connection& connection, ConnectionRecord& record) const { \
      told(#Event, &connection, &record);                                            \
    }                                                                                \
  };
HARK_POOL_LISTENER(connect)
HARK_POOL_LISTENER(first_connect)
HARK_POOL_LISTENER(checkout)
HARK_POOL_LISTENER(close)
HARK_POOL_LISTENER(detach)
#undef HARK_POOL_LISTENER

template <>
struct On<PoolEvents::checkin> : PoolListener {
  void operator()(dbapi::Connection* connection, ConnectionRecord& record) const {
    told("checkin", connection, &record);
  }
};
template <>
struct On<PoolEvents::reset> : PoolListener {
  void operator()(ConnectionFairy& proxy, ConnectionRecord* record) const {
    told("reset", proxy.dbapi_connection(), record);
  }
};
template <>
struct On<PoolEvents::invalidate> : PoolListener {
  void operator()(dbapi::Connection& connection,
                  ConnectionRecord& record,
                  const std::exception_ptr& exception) const {
    told("invalidate", &connection, &record, " exception=" + error_name(exception));
  }
};
template <>
struct On<PoolEvents::soft_invalidate> : PoolListener {
  void operator()(dbapi::Connection& connection,
                  ConnectionRecord& record,
                  const std::exception_ptr& exception) const {
    told("soft_invalidate", &connection, &record, " exception=" + error_name(exception));
  }
};
template <>
struct On<PoolEvents::close_detached> : PoolListener {
  void operator()(dbapi::Connection& connection) const {
    told("close_detached", &connection, nullptr);
  }
};

/// Details of a statement; empty: it is not shown.
std::string shown(const std::string& statement, const std::string& details) {
  return is_hidden(statement) ? std::string() : details;
}

template <>
struct On<DialectEvents::do_connect> : Function {
  std::unique_ptr<dbapi::Connection> operator()(Dialect& dialect,
                                                ConnectionRecord& record,
                                                ConnectArguments& arguments) const {
    const Json answer =
        runner->call(name, "do_connect", "record=" + runner->record(record), {});
    return answer.is_null() ? nullptr : dialect.connect(arguments);
  }
};

struct DialectListener : Function {
  bool asked(const char* event,
             const std::string& statement,
             const std::string& more) const {
    const Json answer = runner->call(
        name, event, shown(statement, "statement=" + sql_text(statement) + more), {});
    return answer.is_boolean() && answer.get<bool>();
  }
};
template <>
struct On<DialectEvents::do_execute> : DialectListener {
  bool operator()(dbapi::Cursor&,
                  const std::string& statement,
                  const dbapi::Parameters& parameters) const {
    return asked(
        "do_execute", statement, " parameters=" + json_text(json_of(parameters)));
  }
};
template <>
struct On<DialectEvents::do_executemany> : DialectListener {
  bool operator()(dbapi::Cursor&,
                  const std::string& statement,
                  const dbapi::Parameters& parameters) const {
    return asked(
        "do_executemany", statement, " parameters=" + json_text(json_of(parameters)));
  }
};
template <>
struct On<DialectEvents::do_execute_no_params> : DialectListener {
  bool operator()(dbapi::Cursor&, const std::string& statement) const {
    return asked("do_execute_no_params", statement, {});
  }
};

struct ConnectionListener : Function {
  std::string conn(const Connection& connection) const {
    return "conn=" + runner->conn(&connection);
  }
  Json told(const char* event,
            Connection& connection,
            const std::string& more = {}) const {
    return runner->call(
        name, event, conn(connection) + more, {.connection = &connection});
  }
  Json clause_told(const char* event,
                   Connection& connection,
                   const Clause& clause,
                   const ParameterSets& multiparams,
                   const ParameterSet& params) const {
    std::string shown_clause(clause->visit_name());
    if (shown_clause == "text" || shown_clause == "ddl") {
      shown_clause += ":" + sql_text(clause->text());
    } else if (shown_clause.ends_with("_table") || shown_clause.ends_with("_index")) {
      shown_clause += ":" + std::string(clause->text());
    }
    if (is_hidden(shown_clause)) {
      return runner->call(name, event, {}, {.connection = &connection});
    }
    Json many = Json::array();
    for (const ParameterSet& set : multiparams) many.push_back(json_of(set));
    return told(event,
                connection,
                " clause=" + shown_clause + " multiparams=" + json_text(many) +
                    " params=" + json_text(json_of(params)));
  }
  Json cursor_told(const char* event,
                   Connection& connection,
                   const std::string& statement,
                   const dbapi::Parameters& parameters,
                   bool executemany) const {
    const std::string details =
        shown(statement,
              conn(connection) + " statement=" + sql_text(statement) +
                  " parameters=" + json_text(json_of(parameters)) +
                  " executemany=" + bool_text(executemany));
    return runner->call(name, event, details, {.connection = &connection});
  }
};

template <>
struct On<ConnectionEvents::before_execute> : ConnectionListener {
  std::optional<std::tuple<Clause, ParameterSets, ParameterSet>> operator()(
      Connection& connection,
      const Clause& clause,
      const ParameterSets& multiparams,
      const ParameterSet& params) const {
    const Json answer =
        clause_told("before_execute", connection, clause, multiparams, params);
    if (answer.is_null()) return std::nullopt;
    return std::tuple(hark::text(string_of(answer, "text")), multiparams, params);
  }
};
template <>
struct On<ConnectionEvents::after_execute> : ConnectionListener {
  void operator()(Connection& connection,
                  const Clause& clause,
                  const ParameterSets& multiparams,
                  const ParameterSet& params) const {
    clause_told("after_execute", connection, clause, multiparams, params);
  }
};
template <>
struct On<ConnectionEvents::before_cursor_execute> : ConnectionListener {
  std::optional<std::tuple<std::string, dbapi::Parameters>> operator()(
      Connection& connection,
      dbapi::Cursor&,
      const std::string& statement,
      const dbapi::Parameters& parameters,
      ExecutionContext&,
      bool executemany) const {
    const Json answer = cursor_told(
        "before_cursor_execute", connection, statement, parameters, executemany);
    if (answer.is_null()) return std::nullopt;
    return std::tuple(statement + string_of(answer, "suffix"), parameters);
  }
};
template <>
struct On<ConnectionEvents::after_cursor_execute> : ConnectionListener {
  void operator()(Connection& connection,
                  dbapi::Cursor&,
                  const std::string& statement,
                  const dbapi::Parameters& parameters,
                  ExecutionContext&,
                  bool executemany) const {
    cursor_told("after_cursor_execute", connection, statement, parameters, executemany);
  }
};
template <>
struct On<ConnectionEvents::handle_error> : ConnectionListener {
  std::exception_ptr operator()(ExceptionContext& context) const {
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
                     "handle_error",
                     details,
                     {.connection = context.connection, .exception_context = &context});
    return answer.is_null() ? nullptr
                            : std::make_exception_ptr(ReplacedError("returned"));
  }
};
template <>
struct On<ConnectionEvents::engine_connect> : ConnectionListener {
  void operator()(Connection& connection, bool branch) const {
    told("engine_connect", connection, " branch=" + bool_text(branch));
  }
};
template <>
struct On<ConnectionEvents::set_connection_execution_options> : ConnectionListener {
  void operator()(Connection& connection, const ExecutionOptions& options) const {
    told("set_connection_execution_options",
         connection,
         " opts=" + json_text(json_of(options)));
  }
};
template <>
struct On<ConnectionEvents::set_engine_execution_options> : Function {
  void operator()(Engine&, const ExecutionOptions& options) const {
    runner->call(
        name, "set_engine_execution_options", "opts=" + json_text(json_of(options)), {});
  }
};
template <>
struct On<ConnectionEvents::engine_disposed> : Function {
  void operator()(Engine& engine) const {
    runner->call(name, "engine_disposed", "engine=" + runner->engine(engine), {});
  }
};

#define HARK_CONNECTION_LISTENER(Event)                                         \
  template <>                                                                   \
  struct On<ConnectionEvents::Event> : ConnectionListener {                     \
    void operator()(Connection& connection) const { told(#Event, connection); } \
  };
HARK_CONNECTION_LISTENER(begin)
HARK_CONNECTION_LISTENER(rollback)
HARK_CONNECTION_LISTENER(commit)
HARK_CONNECTION_LISTENER(savepoint)
HARK_CONNECTION_LISTENER(begin_twophase)
HARK_CONNECTION_LISTENER(prepare_twophase)
#undef HARK_CONNECTION_LISTENER

#define HARK_SAVEPOINT_LISTENER(Event)                                            \
  template <>                                                                     \
  struct On<ConnectionEvents::Event> : ConnectionListener {                       \
    void operator()(Connection& connection, const std::string& savepoint) const { \
      told(#Event, connection, " name=" + savepoint_name(savepoint));             \
    }                                                                             \
  };
HARK_SAVEPOINT_LISTENER(rollback_savepoint)
HARK_SAVEPOINT_LISTENER(release_savepoint)
#undef HARK_SAVEPOINT_LISTENER

#define HARK_TWOPHASE_LISTENER(Event)                                     \
  template <>                                                             \
  struct On<ConnectionEvents::Event> : ConnectionListener {               \
    void operator()(Connection& connection,                               \
                    const std::string&,                                   \
                    bool is_prepared) const {                             \
      told(#Event, connection, " is_prepared=" + bool_text(is_prepared)); \
    }                                                                     \
  };
HARK_TWOPHASE_LISTENER(rollback_twophase)
HARK_TWOPHASE_LISTENER(commit_twophase)
#undef HARK_TWOPHASE_LISTENER

// -- schema -----------------------------------------------------------------------------

struct SchemaListener : Function {
  void told(const char* event, const std::string& details, const Call& call = {}) const {
    runner->call(name, event, details, call);
  }
  void told(const char* event,
            const SchemaItem& target,
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
    told(event, details, {.connection = &connection});
  }
};

#define HARK_DDL_LISTENER(Event)                       \
  template <>                                          \
  struct On<DDLEvents::Event> : SchemaListener {       \
    void operator()(SchemaItem& target,                \
                    Connection& connection,            \
                    const DDLOptions& options) const { \
      told(#Event, target, connection, options);       \
    }                                                  \
  };
HARK_DDL_LISTENER(before_create)
HARK_DDL_LISTENER(after_create)
HARK_DDL_LISTENER(before_drop)
HARK_DDL_LISTENER(after_drop)
#undef HARK_DDL_LISTENER

#define HARK_ATTACH_LISTENER(Event)                                               \
  template <>                                                                     \
  struct On<DDLEvents::Event> : SchemaListener {                                  \
    void operator()(SchemaItem& target, SchemaItem& parent) const {               \
      told(#Event,                                                                \
           "target=" + runner->item(target) + " parent=" + runner->item(parent)); \
    }                                                                             \
  };
HARK_ATTACH_LISTENER(before_parent_attach)
HARK_ATTACH_LISTENER(after_parent_attach)
#undef HARK_ATTACH_LISTENER

template <>
struct On<DDLEvents::column_reflect> : SchemaListener {
  void operator()(Inspector&, Table& table, ReflectedColumn& column) const {
    told("column_reflect",
         "table=" + std::string(table.name()) + " column=" + column.name +
             " nullable=" + bool_text(column.nullable),
         {.column = &column});
  }
};

/// What a scenario says of a column that is reflected.
void set_column(ReflectedColumn& column, const Json& values) {
  for (const auto& [key, value] : values.items()) {
    if (key == "name") column.name = value;
    if (key == "key") column.key = value;
    if (key == "nullable") column.nullable = value;
    if (key == "comment") column.comment = value;
    if (key == "default") column.default_ = value;
  }
}

Type type_of(const Json& spec) {
  const std::string name = string_of(spec, "type");
  std::optional<int> size;
  if (const Json arguments = spec.value("type_args", Json::array()); !arguments.empty())
    size = arguments.front().get<int>();
  if (name == "integer") return Integer();
  if (name == "string") return String(size);
  if (name == "text") return Text(size);
  if (name == "float") return Float(size);
  if (name == "boolean") return Boolean();
  if (name == "big_integer") return BigInteger();
  if (name == "date") return Date();
  if (name == "datetime") return DateTime();
  throw std::invalid_argument("unknown type " + name);
}

/// Calls `use` with the column that a scenario describes.
template <class Use>
void with_column(const Json& spec, Use&& use) {
  ColumnOptions options{.primary_key = spec.value("primary_key", false),
                        .unique = spec.value("unique", false),
                        .index = spec.value("index", false)};
  if (spec.contains("nullable")) options.nullable = spec.at("nullable").get<bool>();
  if (spec.contains("server_default"))
    options.server_default = string_of(spec, "server_default");
  if (spec.contains("foreign_key")) {
    use(Column(string_of(spec, "name"),
               type_of(spec),
               std::move(options),
               ForeignKey(string_of(spec, "foreign_key"))));
  } else {
    use(Column(string_of(spec, "name"), type_of(spec), std::move(options)));
  }
}

void declare(MetaData& metadata, const Json& spec) {
  std::vector<TableItem> items;
  for (const Json& each : spec.at("columns"))
    with_column(each, [&](Column&& column) { items.emplace_back(std::move(column)); });
  for (const Json& each : spec.value("unique", Json::array())) {
    items.emplace_back(
        UniqueConstraint(each.at("columns"), {.name = each.value("name", "")}));
  }
  for (const Json& each : spec.value("check", Json::array())) {
    items.emplace_back(
        CheckConstraint(string_of(each, "sql"), {.name = each.value("name", "")}));
  }
  Table& table = metadata.table(string_of(spec, "name"), {}, std::move(items));
  for (const Json& each : spec.value("indexes", Json::array())) {
    const auto names = each.at("columns").get<std::vector<std::string>>();
    table.append(Index(string_of(each, "name"),
                       {names.begin(), names.end()},
                       {.unique = each.value("unique", false)}));
  }
}

/// Has Python that event? It has no ends.
template <class E>
concept is_known = requires {
  sizeof(On<E>);
};

/// Calls `visit` with the event; false: no family has it.
template <class Visit, class... Es>
bool visit_events(event::list<Es...>, const std::string& event, Visit&& visit) {
  const auto visit_if = [&]<class E>() {
    if constexpr (is_known<E>) {
      if (E::id != event) return false;
      visit.template operator()<E>();
      return true;
    } else {
      return false;
    }
  };
  return (visit_if.template operator()<Es>() || ...);
}

template <class Family, class E>
constexpr bool is_in() {
  return []<class... Es>(event::list<Es...>) {
    return (std::is_same_v<E, Es> || ...);
  }(typename Family::all{});
}

template <class T>
constexpr bool is_schema_item = std::derived_from<T, SchemaItem>;
template <class T>
constexpr bool is_schema_item<const event::every_t<T>> = is_schema_item<T>;

/// Is it one of those whose answers count without event::retval?
template <class E>
constexpr bool always_answers =
    E::kind == event::Kind::first || std::is_same_v<E, ConnectionEvents::handle_error>;

OptionValue option_of(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_structured()) return structured + value.dump();
  return value.get<std::string>();
}

ExecutionOptions options_of(const Json& values) {
  ExecutionOptions options;
  for (const auto& [name, value] : values.items()) options[name] = option_of(value);
  return options;
}

dbapi::Value value_of(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.get<std::string>();
}

ParameterSet set_of(const Json& values) {
  std::vector<ParameterSet::Item> items;
  for (const auto& [name, value] : values.items())
    items.emplace_back(name, value_of(value));
  return ParameterSet(std::move(items));
}

std::string outcome_of(Result result) {
  if (!result.returns_rows()) return {};
  Json rows = Json::array();
  for (const Row& row : result.fetchall()) rows.push_back(json_of(row.values()));
  return "rows " + json_text(rows);
}

EngineOptions engine_options(const Json& given) {
  EngineOptions options;
  const std::string pool = given.value("pool", "queue");
  if (pool == "queue") options.poolclass = PoolClass::queue;
  if (pool == "null") options.poolclass = PoolClass::null;
  if (pool == "static") options.poolclass = PoolClass::static_;
  if (pool == "singleton_thread") options.poolclass = PoolClass::singleton_thread;
  if (pool == "assertion") options.poolclass = PoolClass::assertion;
  options.pool.pool_size = given.value("pool_size", std::size_t{5});
  options.pool.max_overflow = given.value("max_overflow", 10);
  if (given.contains("timeout")) {
    options.pool.timeout = std::chrono::milliseconds(
        static_cast<long>(given.at("timeout").get<double>() * 1000));
  }
  options.pool.use_lifo = given.value("use_lifo", false);
  options.pool.pre_ping = given.value("pre_ping", false);
  if (given.contains("recycle") && given.at("recycle").get<double>() >= 0) {
    options.pool.recycle = std::chrono::milliseconds(
        static_cast<long>(given.at("recycle").get<double>() * 1000));
  }
  if (given.contains("reset_on_return")) {
    const Json& style = given.at("reset_on_return");
    if (style.is_null()) {
      options.pool.reset_on_return = ResetOnReturn::none;
    } else if (style == "commit") {
      options.pool.reset_on_return = ResetOnReturn::commit;
    }
  }
  return options;
}

std::filesystem::path new_folder() {
  std::string name =
      (std::filesystem::temp_directory_path() / "hark_conformance_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("cannot make a temporary folder");
  return name;
}

}  // namespace

// -- names ------------------------------------------------------------------------------

std::string DatabaseRunner::numbered(char prefix, std::uint64_t id) {
  std::string& name = numbers_[{prefix, id}];
  if (name.empty()) name = prefix + std::to_string(++counts_[prefix]);
  return name;
}

std::string DatabaseRunner::dbapi(const dbapi::Connection* connection) {
  return connection == nullptr ? "none" : numbered('d', connection->id());
}

std::string DatabaseRunner::record(const ConnectionRecord& record) {
  return numbered('r', record.id());
}

std::string DatabaseRunner::conn(const Connection* connection) {
  if (connection == nullptr) return "none";
  const auto found = conn_names_.find(connection->id());
  if (found != conn_names_.end()) return found->second;
  if (pending_.empty()) return "*";
  return conn_names_[connection->id()] = std::exchange(pending_, {});
}

std::string DatabaseRunner::engine(const Engine& engine) const {
  const auto found = engine_names_.find(&engine);
  return found == engine_names_.end() ? "*" : found->second;
}

std::string DatabaseRunner::item(const SchemaItem& item) const {
  const std::string kind(item.visit_name());
  if (kind == "metadata") {
    const auto found = metadata_names_.find(&item);
    return "metadata:" + (found == metadata_names_.end() ? "*" : found->second);
  }
  return kind + ":" + std::string(item.name().empty() ? "none" : item.name());
}

// -- the run ----------------------------------------------------------------------------

DatabaseRunner::DatabaseRunner(Json scenario)
    : scenario_(std::move(scenario)), folder_(new_folder()) {}

DatabaseRunner::~DatabaseRunner() {
  for (event::Subscription& subscription : subscriptions_) subscription.disconnect();
  // Transactions before connections before engines.
  for (auto& [name, each] : variables_) replaced_.push_back(std::move(each));
  for (const std::size_t kind : {3U, 2U, 1U, 0U, 4U}) {
    std::erase_if(replaced_, [&](const Variable& each) { return each.index() == kind; });
  }
  engine_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> DatabaseRunner::run() {
  engine_ = std::unique_ptr<Engine>(new Engine(
      create_engine("sqlite:///" + (folder_ / "test.db").string(),
                    engine_options(scenario_.value("engine", Json::object())))));
  engine_names_[engine_.get()] = "e";
  if (scenario_.contains("setup")) {
    for (const Json& statement : scenario_.at("setup")) {
      Connection connection = engine_->connect();
      connection.exec_driver_sql(statement.get<std::string>());
      connection.commit();
    }
    engine_->dispose();
    numbers_.clear();
    counts_.clear();
  }
  std::size_t number = 0;
  for (const Json& each : scenario_.at("steps")) {
    const std::string op = string_of(each, "op");
    const std::string head = std::to_string(++number) + " " + op;
    pending_ = op == "connect" ? each.value("as", "") : "";
    try {
      const std::string outcome = step(each);
      trace_.push_back(head + " -> " + (outcome.empty() ? "ok" : outcome));
    } catch (...) {
      trace_.push_back(head + " !! " + error_name(std::current_exception()));
    }
  }
  return trace_;
}

Json DatabaseRunner::call(const std::string& function,
                          const char* event,
                          const std::string& details,
                          const Call& call) {
  if (!details.empty()) trace_.push_back(function + " " + event + " " + details);
  Json result;
  const Json functions = scenario_.value("functions", Json::object());
  if (!functions.contains(function)) return result;
  for (const Json& action : functions.at(function).value("do", Json::array())) {
    if (action.contains("raise")) {
      int& done = raised_[function];
      if (done >= action.value("times", std::numeric_limits<int>::max())) continue;
      ++done;
      if (action.at("raise") == "DisconnectionError") {
        throw DisconnectionError("raised by " + function);
      }
      throw UserError("raised by " + function);
    }
    if (action.contains("return")) {
      result = action.at("return");
    } else if (action.contains("set") && call.exception_context != nullptr) {
      for (const auto& [name, value] : action.at("set").items()) {
        if (name == "is_disconnect") call.exception_context->is_disconnect = value;
        if (name == "invalidate_pool_on_disconnect") {
          call.exception_context->invalidate_pool_on_disconnect = value;
        }
      }
    } else if (action.contains("set_column") && call.column != nullptr) {
      set_column(*call.column, action.at("set_column"));
    } else if (action.contains("step")) {
      nested(action.at("step"), call);
    }
  }
  return result;
}

std::string DatabaseRunner::nested(const Json& step, const Call& call) {
  const std::string op = string_of(step, "op");
  if (op == "raw_execute" && call.dbapi_connection != nullptr) {
    call.dbapi_connection->cursor()->execute(string_of(step, "sql"), {});
  } else if (op == "conn_execute" && call.connection != nullptr) {
    call.connection->exec_driver_sql(string_of(step, "sql"));
  } else {
    return this->step(step);
  }
  return {};
}

// -- steps ------------------------------------------------------------------------------

template <class T>
T& DatabaseRunner::variable(const std::string& name) {
  const auto found = variables_.find(name);
  if (found == variables_.end()) throw MissingObject(name);
  return *std::get<std::unique_ptr<T>>(found->second);
}

template <class T>
T& DatabaseRunner::variable(const Json& step, const char* field) {
  return variable<T>(string_of(step, field));
}

template <class T>
void DatabaseRunner::set(const Json& step, std::unique_ptr<T> value) {
  Variable& place = variables_[string_of(step, "as")];
  replaced_.push_back(std::move(place));
  place = std::move(value);
}

/// "METADATA.TABLE".
Table& DatabaseRunner::table(const std::string& path) {
  const std::size_t point = path.find('.');
  return variable<MetaData>(path.substr(0, point))[path.substr(point + 1)];
}

template <class Do>
void DatabaseRunner::with_bind(const Json& step, Do&& act) {
  if (step.contains("conn")) {
    act(variable<Connection>(step, "conn"));
  } else {
    act(*engine_);
  }
}

void DatabaseRunner::listen_ddl(const Json& step) {
  DDLElement ddl = DDL(string_of(step, "sql"));
  if (step.contains("dialect"))
    ddl = ddl.execute_if({.dialects = {string_of(step, "dialect")}});
  visit_target(string_of(step, "target"), [&](auto& target) {
    if constexpr (is_schema_item<std::remove_reference_t<decltype(target)>>) {
      subscriptions_.push_back(
          event::listen(target,
                        event::runtime_name(string_of(step, "event")),
                        ddl,
                        event::ListenOptions{.propagate = step.value("propagate", false),
                                             .once = step.value("once", false),
                                             .insert = step.value("insert", false)}));
    } else {
      throw InvalidRequestError("no such event");
    }
  });
}

/// True: it was a step about the schema.
bool DatabaseRunner::schema_step(const Json& step, std::string& outcome) {
  const std::string op = string_of(step, "op");
  const bool checkfirst = step.value("checkfirst", op.ends_with("_all"));
  if (op == "metadata") {
    MetaDataOptions options;
    if (step.contains("naming_convention"))
      options.naming_convention = step.at("naming_convention").get<NamingConvention>();
    auto made = std::make_unique<MetaData>(options);
    MetaData& metadata = *made;
    metadata_names_[made.get()] = string_of(step, "as");
    set(step, std::move(made));
    for (const Json& spec : step.value("tables", Json::array())) declare(metadata, spec);
  } else if (op == "table") {
    declare(variable<MetaData>(step, "metadata"), step.at("table"));
  } else if (op == "append_column") {
    with_column(step.at("column"), [&](Column&& column) {
      table(string_of(step, "table")).append_column(std::move(column));
    });
  } else if (op == "to_metadata") {
    table(string_of(step, "table")).to_metadata(variable<MetaData>(step, "metadata"));
  } else if (op == "create_all" || op == "drop_all") {
    with_bind(step, [&](auto& bind) {
      MetaData& metadata = variable<MetaData>(step, "metadata");
      const CreateAllOptions options{.checkfirst = checkfirst};
      op == "create_all" ? metadata.create_all(bind, options)
                         : metadata.drop_all(bind, options);
    });
  } else if (op == "table_create" || op == "table_drop") {
    with_bind(step, [&](auto& bind) {
      Table& of = table(string_of(step, "table"));
      const DDLOptions options{.checkfirst = checkfirst};
      op == "table_create" ? of.create(bind, options) : of.drop(bind, options);
    });
  } else if (op == "reflect_table") {
    with_bind(step, [&](auto& bind) {
      const Table& made = variable<MetaData>(step, "metadata")
                              .reflect_table(string_of(step, "table"), bind);
      Json columns = Json::array();
      for (const auto& column : made.columns()) {
        columns.push_back(
            {column->name(), column->key(), column->nullable(), column->primary_key()});
      }
      outcome = "columns " + json_text(columns);
    });
  } else if (op == "listen_ddl") {
    listen_ddl(step);
  } else {
    return false;
  }
  return true;
}

template <class Visit>
void DatabaseRunner::visit_target(const std::string& name, Visit&& visit) {
  if (name == "Engine") return visit(event::every<Engine>);
  if (name == "Pool") return visit(event::every<Pool>);
  if (name == "QueuePool") return visit(event::every<QueuePool>);
  if (name == "NullPool") return visit(event::every<NullPool>);
  if (name == "StaticPool") return visit(event::every<StaticPool>);
  if (name == "Dialect") return visit(event::every<Dialect>);
  if (name == "Table") return visit(event::every<Table>);
  if (name == "MetaData") return visit(event::every<MetaData>);
  if (name == "Column") return visit(event::every<Column>);
  const std::size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  const std::string path = colon == std::string::npos ? "" : name.substr(colon + 1);
  if (kind == "engine") {
    return visit(variables_.contains(path) ? variable<Engine>(path) : *engine_);
  }
  if (kind == "pool") return visit(engine_->pool());
  if (kind == "dialect") return visit(engine_->dialect());
  if (kind == "conn") return visit(variable<Connection>(path));
  if (kind == "metadata") return visit(variable<MetaData>(path));
  if (kind == "table") return visit(table(path));
  if (kind == "column") {
    const std::size_t point = path.rfind('.');
    return visit(table(path.substr(0, point))[path.substr(point + 1)]);
  }
  if (colon == std::string::npos) throw MissingObject(name);
  throw std::invalid_argument("unknown target " + name);
}

template <class T, class Visit>
void visit_listener(T&, const std::string& event, Visit&& visit) {
  const auto on = [&]<class E>() { visit.template operator()<E>(); };
  if constexpr (is_schema_item<T>) {
    if (visit_events(DDLEvents::all{}, event, on)) return;
  } else {
    if (visit_events(ConnectionEvents::all{}, event, on)) return;
    if (visit_events(PoolEvents::all{}, event, on)) return;
    if (visit_events(DialectEvents::all{}, event, on)) return;
  }
  throw InvalidRequestError("no event " + event);
}

void DatabaseRunner::listen(const Json& step, const std::string& event) {
  const Function function{this, string_of(step, "fn")};
  visit_target(string_of(step, "target"), [&](auto& target) {
    visit_listener(target, event, [&]<class E>() {
      // Pool and dialect events take retval in Python and do nothing with it.
      constexpr bool is_of_connections = is_in<ConnectionEvents, E>();
      event::ListenOptions options{
          .retval =
              (is_of_connections && step.value("retval", false)) || always_answers<E>,
          .propagate = step.value("propagate", false),
          .once = step.value("once", false),
          .insert = step.value("insert", false)};
      subscriptions_.push_back(event::listen(
          target, event::runtime_name(event), On<E>{{function}}, std::move(options)));
    });
  });
}

std::string DatabaseRunner::step(const Json& step) {
  const std::string op = string_of(step, "op");
  if (op == "listen") {
    listen(step, string_of(step, "event"));
  } else if (op == "listen_all") {
    for (const Json& event : step.at("events")) listen(step, event.get<std::string>());
  } else if (op == "remove" || op == "contains") {
    const Function function{this, string_of(step, "fn")};
    const std::string event = string_of(step, "event");
    bool found = false;
    visit_target(string_of(step, "target"), [&](auto& target) {
      visit_listener(target, event, [&]<class E>() {
        const On<E> listener{{function}};
        if (op == "remove") {
          event::remove(target, event::runtime_name(event), listener);
        } else {
          found = event::contains(target, event::runtime_name(event), listener);
        }
      });
    });
    if (op == "contains") return bool_text(found);
  } else if (op == "connect") {
    Engine& engine =
        step.contains("engine") && variables_.contains(string_of(step, "engine"))
            ? variable<Engine>(step, "engine")
            : *engine_;
    auto connection = std::make_unique<Connection>(engine);
    conn_names_[connection->id()] = string_of(step, "as");
    set(step, std::move(connection));
  } else if (op == "execute") {
    Connection& connection = variable<Connection>(step, "conn");
    const Clause clause = hark::text(string_of(step, "sql"));
    const Json params = step.value("params", Json());
    if (params.is_array()) {
      ParameterSets sets;
      for (const Json& each : params) sets.push_back(set_of(each));
      return outcome_of(connection.execute(clause, std::move(sets)));
    }
    return outcome_of(
        connection.execute(clause, params.is_null() ? ParameterSet() : set_of(params)));
  } else if (op == "exec_driver_sql") {
    return outcome_of(
        variable<Connection>(step, "conn").exec_driver_sql(string_of(step, "sql")));
  } else if (op == "begin") {
    set(step, std::make_unique<Transaction>(variable<Connection>(step, "conn").begin()));
  } else if (op == "begin_nested") {
    set(step,
        std::make_unique<Transaction>(variable<Connection>(step, "conn").begin_nested()));
  } else if (op == "commit" || op == "rollback") {
    const bool commits = op == "commit";
    if (step.contains("tx")) {
      Transaction& transaction = variable<Transaction>(step, "tx");
      commits ? transaction.commit() : transaction.rollback();
    } else {
      Connection& connection = variable<Connection>(step, "conn");
      commits ? connection.commit() : connection.rollback();
    }
  } else if (op == "conn_options") {
    variable<Connection>(step, "conn").execution_options(options_of(step.at("options")));
  } else if (op == "invalidate") {
    variable<Connection>(step, "conn")
        .invalidate(step.value("exception", false)
                        ? std::make_exception_ptr(UserError("invalid"))
                        : nullptr);
  } else if (op == "detach") {
    variable<Connection>(step, "conn").detach();
  } else if (op == "close") {
    variable<Connection>(step, "conn").close();
  } else if (op == "dispose") {
    engine_->dispose();
  } else if (op == "engine_options") {
    const std::string name = string_of(step, "as");
    auto engine = std::unique_ptr<Engine>(
        new Engine(engine_->execution_options(options_of(step.at("options")))));
    engine_names_[engine.get()] = name;
    set(step, std::move(engine));
  } else if (op == "pool_status") {
    const Pool& pool = engine_->pool();
    return "checked_in=" + std::to_string(pool.checked_in()) +
           " checked_out=" + std::to_string(pool.checked_out());
  } else if (op == "raw_connect") {
    set(step, std::make_unique<PooledConnection>(engine_->raw_connection()));
  } else if (op == "raw_execute") {
    variable<PooledConnection>(step, "conn")
        ->cursor()
        ->execute(string_of(step, "sql"), {});
  } else if (op == "raw_close") {
    variable<PooledConnection>(step, "conn").close();
  } else if (op == "raw_invalidate") {
    variable<PooledConnection>(step, "conn")
        .invalidate(step.value("exception", false)
                        ? std::make_exception_ptr(UserError("invalid"))
                        : nullptr,
                    step.value("soft", false));
  } else if (op == "raw_detach") {
    variable<PooledConnection>(step, "conn").detach();
  } else {
    std::string outcome;
    if (!schema_step(step, outcome)) throw std::invalid_argument("unknown op " + op);
    return outcome;
  }
  return {};
}

}  // namespace hark::conformance
