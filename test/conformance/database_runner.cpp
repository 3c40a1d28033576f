// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "database_runner.hpp"

#include <unistd.h>

#include <concepts>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <utility>

#include "core_runner.hpp"
#include "database_listener.hpp"

namespace hark::conformance {
namespace {

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

template <class T>
constexpr bool is_schema_item = std::derived_from<T, SchemaItem>;
template <class T>
constexpr bool is_schema_item<const event::every_t<T>> = is_schema_item<T>;

OptionValue option_of(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_structured()) return std::string(structured) + value.dump();
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

std::string outcome_of(const AsyncSteps::Rows& fetched) {
  if (!fetched) return {};
  Json rows = Json::array();
  for (const Row& row : *fetched) rows.push_back(json_of(row.values()));
  return "rows " + json_text(rows);
}

std::string outcome_of(Result result) {
  if (!result.returns_rows()) return {};
  return outcome_of(AsyncSteps::Rows(result.fetchall()));
}

AsyncSteps::OneOrMany parameters_of(const Json& step) {
  const Json given = step.value("params", Json());
  if (given.is_null()) return ParameterSet();
  if (!given.is_array()) return set_of(given);
  ParameterSets sets;
  for (const Json& each : given) sets.push_back(set_of(each));
  return sets;
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

Clause DatabaseRunner::text_clause(const std::string& sql) {
  Clause clause = hark::text(sql);
  parameter_names_ = clause->compile(engine_->dialect()).names;
  return clause;
}

Json DatabaseRunner::parameters(const dbapi::Parameters& parameters) const {
  Json shown = json_of(parameters);
  if (!is_postgresql() || !parameters.is_many()) return shown;
  for (Json& row : shown) {
    if (row.size() != parameter_names_.size()) continue;
    Json named = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) named[parameter_names_[i]] = row[i];
    row = std::move(named);
  }
  return shown;
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

DatabaseRunner::DatabaseRunner(Json scenario, bool is_async)
    : scenario_(std::move(scenario)), folder_(new_folder()), is_async_(is_async) {}

DatabaseRunner::~DatabaseRunner() {
  for (event::Subscription& subscription : subscriptions_) subscription.disconnect();
  // Transactions before connections before engines.
  for (auto& [name, each] : variables_) replaced_.push_back(std::move(each));
  if (async_steps_ != nullptr) {
    std::erase_if(replaced_, [](const Variable& each) {
      const auto* const object = std::get_if<AsyncObjectPtr>(&each);
      return object != nullptr && (*object)->transaction() != nullptr;
    });
    std::erase_if(replaced_, [](const Variable& each) {
      return std::holds_alternative<AsyncObjectPtr>(each);
    });
    async_steps_->finish();
  }
  for (const std::size_t kind : {5U, 3U, 2U, 1U}) {
    std::erase_if(replaced_, [&](const Variable& each) { return each.index() == kind; });
  }
  async_steps_.reset();
  replaced_.clear();
  engine_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  if (!is_postgresql()) return;
  try {
    drop_tables();
  } catch (const std::exception& error) {
    std::cerr << "tables are left in the database: " << error.what() << '\n';
  }
}

/// Of SQLite, an empty database; of PostgreSQL, the one that the user names.
std::string DatabaseRunner::url() const {
  if (!is_postgresql()) return "sqlite:///" + (folder_ / "test.db").string();
  const char* const set = std::getenv("HARK_TEST_POSTGRESQL");
  if (set == nullptr) throw std::runtime_error("HARK_TEST_POSTGRESQL is not set");
  return set;
}

bool DatabaseRunner::is_postgresql() const {
  return scenario_.value("database", "sqlite") == "postgresql";
}

/// Drops the tables that a scenario has left in PostgreSQL, and what it prepared.
void DatabaseRunner::drop_tables() const {
  Engine engine = create_engine(url(), {.poolclass = PoolClass::null});
  Connection connection = engine.connect();
  connection.execution_options({{"isolation_level", "AUTOCOMMIT"}});
  for (const char* const each :
       {"SELECT 'ROLLBACK PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts "
        "WHERE database = current_database()",
        "SELECT 'DROP TABLE ' || quote_ident(tablename) || ' CASCADE' FROM pg_tables "
        "WHERE schemaname = 'public'"}) {
    for (const auto& sql : connection.exec_driver_sql(each).scalars<std::string>())
      connection.exec_driver_sql(sql);
  }
}

std::vector<std::string> DatabaseRunner::run() {
  engine_ = std::unique_ptr<Engine>(new Engine(
      create_engine(url(), engine_options(scenario_.value("engine", Json::object())))));
  engine_names_[engine_.get()] = "e";
  if (is_async_) async_steps_ = std::make_unique<AsyncSteps>();
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
      const std::string outcome = is_async_ ? async_step(each) : step(each);
      trace_.push_back(head + " -> " + (outcome.empty() ? "ok" : outcome));
    } catch (...) {
      trace_.push_back(head + " !! " + error_name(std::current_exception()));
    }
  }
  return trace_;
}

/// By the functions of the asynchronous classes, where these have one for it.
std::string DatabaseRunner::async_step(const Json& step) {
  const std::string op = string_of(step, "op");
  AsyncSteps& steps = *async_steps_;
  AsyncObject* const connection = async_object(step, "conn");
  AsyncObject* const transaction = async_object(step, "tx");
  if (op == "connect") {
    AsyncObjectPtr made = steps.connect(engine_that_connects(step));
    conn_names_[made->connection()->id()] = string_of(step, "as");
    set(step, std::move(made));
  } else if (op == "dispose") {
    steps.dispose(*engine_);
  } else if (transaction != nullptr && op == "prepare") {
    steps.prepare(*transaction);
  } else if (transaction != nullptr && op == "commit") {
    steps.commit(*transaction);
  } else if (transaction != nullptr && op == "rollback") {
    steps.rollback(*transaction);
  } else if (connection == nullptr) {
    std::string outcome;
    steps.run(nullptr, [&] { outcome = this->step(step); });
    return outcome;
  } else if (op == "execute") {
    return outcome_of(steps.execute(
        *connection, text_clause(string_of(step, "sql")), parameters_of(step)));
  } else if (op == "exec_driver_sql") {
    return outcome_of(steps.exec_driver_sql(*connection, string_of(step, "sql")));
  } else if (op == "begin") {
    set(step, steps.begin(*connection));
  } else if (op == "begin_nested") {
    set(step, steps.begin_nested(*connection));
  } else if (op == "begin_twophase") {
    set(step, steps.begin_twophase(*connection));
  } else if (op == "commit") {
    steps.commit(*connection);
  } else if (op == "rollback") {
    steps.rollback(*connection);
  } else if (op == "invalidate" && !step.value("exception", false)) {
    steps.invalidate(*connection);
  } else if (op == "close") {
    steps.close(*connection);
  } else {
    std::string outcome;
    steps.run(connection, [&] { outcome = this->step(step); });
    return outcome;
  }
  return {};
}

Json DatabaseRunner::call(const std::string& function,
                          const std::string& event,
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
  if (auto* const object = std::get_if<AsyncObjectPtr>(&found->second)) {
    if constexpr (std::same_as<T, Connection>) return *(*object)->connection();
    if constexpr (std::same_as<T, TwoPhaseTransaction>)
      return *(*object)->two_phase_transaction();
  }
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

/// Null: there is none of that name, or it is a synchronous one.
AsyncObject* DatabaseRunner::async_object(const Json& step, const char* field) {
  if (!step.contains(field)) return nullptr;
  const auto found = variables_.find(string_of(step, field));
  if (found == variables_.end()) return nullptr;
  auto* const object = std::get_if<AsyncObjectPtr>(&found->second);
  return object == nullptr ? nullptr : object->get();
}

Engine& DatabaseRunner::engine_that_connects(const Json& step) {
  const bool is_another =
      step.contains("engine") && variables_.contains(string_of(step, "engine"));
  return is_another ? variable<Engine>(step, "engine") : *engine_;
}

/// Of either kind.
Transaction& DatabaseRunner::transaction_of(const Json& step) {
  const auto found = variables_.find(string_of(step, "tx"));
  if (found == variables_.end()) throw MissingObject(string_of(step, "tx"));
  if (auto* const object = std::get_if<AsyncObjectPtr>(&found->second))
    return *(*object)->transaction();
  if (auto* two = std::get_if<std::unique_ptr<TwoPhaseTransaction>>(&found->second))
    return **two;
  return *std::get<std::unique_ptr<Transaction>>(found->second);
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

void DatabaseRunner::listen(const Json& step, const std::string& event) {
  if (!is_known_event(event)) throw InvalidRequestError("no event " + event);
  const event::ListenOptions options{
      .retval =
          (takes_retval(event) && step.value("retval", false)) || always_answers(event),
      .propagate = step.value("propagate", false),
      .once = step.value("once", false),
      .insert = step.value("insert", false)};
  visit_target(string_of(step, "target"), [&](auto& target) {
    subscriptions_.push_back(event::listen(target,
                                           event::runtime_name(event),
                                           Listener{this, string_of(step, "fn"), event},
                                           options));
  });
}

std::string DatabaseRunner::step(const Json& step) {
  const std::string op = string_of(step, "op");
  if (op == "listen") {
    listen(step, string_of(step, "event"));
  } else if (op == "listen_all") {
    for (const Json& event : step.at("events")) listen(step, event.get<std::string>());
  } else if (op == "remove" || op == "contains") {
    const std::string event = string_of(step, "event");
    const Listener listener{this, string_of(step, "fn"), event};
    bool found = false;
    visit_target(string_of(step, "target"), [&](auto& target) {
      if (op == "remove") {
        event::remove(target, event::runtime_name(event), listener);
      } else {
        found = event::contains(target, event::runtime_name(event), listener);
      }
    });
    if (op == "contains") return bool_text(found);
  } else if (op == "connect") {
    auto connection = std::make_unique<Connection>(engine_that_connects(step));
    conn_names_[connection->id()] = string_of(step, "as");
    set(step, std::move(connection));
  } else if (op == "execute") {
    Connection& connection = variable<Connection>(step, "conn");
    const Clause clause = text_clause(string_of(step, "sql"));
    return std::visit(
        [&](auto&& parameters) {
          return outcome_of(connection.execute(clause, std::move(parameters)));
        },
        parameters_of(step));
  } else if (op == "exec_driver_sql") {
    return outcome_of(
        variable<Connection>(step, "conn").exec_driver_sql(string_of(step, "sql")));
  } else if (op == "begin") {
    set(step, std::make_unique<Transaction>(variable<Connection>(step, "conn").begin()));
  } else if (op == "begin_nested") {
    set(step,
        std::make_unique<Transaction>(variable<Connection>(step, "conn").begin_nested()));
  } else if (op == "begin_twophase") {
    set(step,
        std::make_unique<TwoPhaseTransaction>(
            variable<Connection>(step, "conn").begin_twophase()));
  } else if (op == "prepare") {
    variable<TwoPhaseTransaction>(step, "tx").prepare();
  } else if (op == "commit" || op == "rollback") {
    const bool commits = op == "commit";
    if (step.contains("tx")) {
      Transaction& transaction = transaction_of(step);
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
