// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#ifdef HARK_TEST_HAS_POSTGRESQL
#include <hark/postgresql.hpp>
#endif
#include <hark/schema.hpp>
#include <hark/sqlite.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "async_steps.hpp"

namespace hark::conformance {

using Json = nlohmann::json;

/// Runs one scenario of kind `database` and keeps its trace.
class DatabaseRunner {
 public:
  /// `is_async`: by an AsyncEngine.
  explicit DatabaseRunner(Json scenario, bool is_async = false);
  DatabaseRunner(const DatabaseRunner&) = delete;
  DatabaseRunner& operator=(const DatabaseRunner&) = delete;
  ~DatabaseRunner();

  std::vector<std::string> run();

  /// What a listener's actions are done with.
  struct Call {
    dbapi::Connection* dbapi_connection = nullptr;
    Connection* connection = nullptr;
    ExceptionContext* exception_context = nullptr;
    ReflectedColumn* column = nullptr;
  };

  /// A function of the scenario was called: logs it unless `details` is empty, runs its
  /// actions and returns what it answers, null if nothing.
  Json call(const std::string& function,
            const std::string& event,
            const std::string& details,
            const Call& call);

  // The names of objects in the trace.
  std::string dbapi(const dbapi::Connection* connection);
  std::string record(const ConnectionRecord& record);
  std::string conn(const Connection* connection);
  std::string engine(const Engine& engine) const;
  /// A text that is to be executed.
  Clause text_clause(const std::string& sql);
  /// Parameters of a statement; many rows on PostgreSQL by name, as psycopg2 takes them.
  Json parameters(const dbapi::Parameters& parameters) const;
  std::string item(const SchemaItem& item) const;

 private:
  using Variable = std::variant<std::unique_ptr<Engine>,
                                std::unique_ptr<Connection>,
                                std::unique_ptr<PooledConnection>,
                                std::unique_ptr<Transaction>,
                                std::unique_ptr<MetaData>,
                                std::unique_ptr<TwoPhaseTransaction>,
                                AsyncObjectPtr>;

  std::string step(const Json& step);
  std::string async_step(const Json& step);
  Engine& engine_that_connects(const Json& step);
  AsyncObject* async_object(const Json& step, const char* field);
  std::string nested(const Json& step, const Call& call);
  bool schema_step(const Json& step, std::string& outcome);
  bool is_postgresql() const;
  std::string url() const;
  void drop_tables() const;
  Transaction& transaction_of(const Json& step);
  Table& table(const std::string& path);
  template <class Do>
  void with_bind(const Json& step, Do&& act);
  void listen(const Json& step, const std::string& event);
  void listen_ddl(const Json& step);
  template <class Visit>
  void visit_target(const std::string& name, Visit&& visit);
  template <class T>
  T& variable(const Json& step, const char* field);
  template <class T>
  T& variable(const std::string& name);
  template <class T>
  void set(const Json& step, std::unique_ptr<T> value);
  std::string numbered(char prefix, std::uint64_t id);

  const Json scenario_;
  std::filesystem::path folder_;
  const bool is_async_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<AsyncSteps> async_steps_;  // null: steps are done here
  std::vector<std::string> trace_;
  std::map<std::string, Variable> variables_;
  std::vector<Variable> replaced_;  // as in Python, where nothing happens to them
  std::map<std::pair<char, std::uint64_t>, std::string> numbers_;
  std::map<char, int> counts_;
  std::map<std::uint64_t, std::string> conn_names_;
  std::map<const Engine*, std::string> engine_names_;
  std::map<const SchemaItem*, std::string> metadata_names_;
  std::string pending_;  // the name that the connection being made will get
  std::map<std::string, int> raised_;
  std::vector<std::string> parameter_names_;  // of the text that is executed
  std::vector<event::Subscription> subscriptions_;
};

}  // namespace hark::conformance
