// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/error.hpp>
#include <hark/postgresql.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "support/server.hpp"
#include "support/server_fixture.hpp"

namespace hark::test {

using dbapi::Value;
using dbapi::ValueView;
using Values = std::vector<Value>;

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What became of an act that had to fail.
struct Failure {
  const std::type_info* type = nullptr;  // null: it has not failed
  std::string what{};
  std::string sqlstate{};
  bool is_disconnect = false;
  bool is_cancelled = false;

  template <class E>
  bool is() const {
    return type != nullptr && *type == typeid(E);
  }
};

inline Failure failure_from(const Error& error) {
  return {.type = &typeid(error),
          .what = error.what(),
          .sqlstate = std::string(error.sqlstate()),
          .is_disconnect = error.is_disconnect(),
          .is_cancelled = error.is_cancelled()};
}

template <class Act>
Failure failure_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return failure_from(error);
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

inline std::ostream& operator<<(std::ostream& out, const Failure& failure) {
  return out << (failure.type == nullptr ? "nothing" : failure.type->name()) << " ["
             << failure.sqlstate << "] " << failure.what;
}

/// Is it an E with that SQLSTATE, in the server's words, after which the connection lives?
template <class E>
::testing::AssertionResult is_failure(const Failure& failure,
                                      std::string_view sqlstate,
                                      std::string_view words) {
  if (failure.is<E>() && failure.sqlstate == sqlstate && contains(failure.what, words) &&
      !failure.is_disconnect) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << failure;
}

/// What goes over a connection, as libpq tells of it, a message a line.
class Trace {
 public:
  explicit Trace(Connection& connection)
      : handle_(&postgresql::driver_connection(connection)) {
    start();
  }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  ~Trace() { stop(); }

  /// How many messages of that name were sent to the server.
  std::size_t sent(std::string_view name) {
    const std::vector<std::string> all = messages();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](auto& one) {
      return one.starts_with("F\t") && contains(one, "\t" + std::string(name));
    }));
  }
  /// How often the server was waited for.
  std::size_t round_trips() { return sent("Sync") + sent("Query"); }
  /// Forgets what was seen.
  void clear() {
    stop();
    start();
  }
  std::vector<std::string> messages();

 private:
  void start();
  void stop() noexcept;

  postgresql::DriverConnection* handle_;
  std::FILE* file_ = nullptr;
};

/// A test whose database has an engine.
class PostgresEngineTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    engine_ = make_engine();
  }
  /// Whatever a test did, connections have come back, and work.
  void TearDown() override {
    if (engine_ == nullptr) return;
    EXPECT_EQ(engine().pool().checked_out(), 0U);
    Connection connection(engine());
    EXPECT_EQ(scalar(connection, "SELECT 1"), Value(1));
  }

  Engine& engine() { return *engine_; }
  /// `query`: more options, "statement_cache_size=0".
  std::unique_ptr<Engine> make_engine(const std::string& query = {},
                                      const EngineOptions& options = {}) {
    const std::string base = url();
    const char* const mark = contains(base, "?") ? "&" : "?";
    return std::make_unique<Engine>(URL(query.empty() ? base : base + mark + query),
                                    options);
  }

  /// The first column of the first row.
  static Value scalar(Connection& connection,
                      std::string_view sql,
                      std::initializer_list<ValueView> parameters = {}) {
    return connection.exec_driver_sql(sql, parameters).scalar().value_or(Value());
  }
  /// The first column.
  static Values column(Connection& connection, std::string_view sql) {
    Values values;
    for (const Row& row : connection.exec_driver_sql(sql).all())
      values.emplace_back(row[0]);
    return values;
  }
  /// Executes in a transaction of its own.
  void commit(std::string_view sql) {
    Connection connection(engine());
    connection.exec_driver_sql(sql);
    connection.commit();
  }

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace hark::test
