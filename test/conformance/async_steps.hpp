// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/clause.hpp>
#include <hark/engine/connection.hpp>
#include <hark/engine/engine.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/engine/row.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hark::conformance {

/// What an asynchronous scenario has in a variable: an AsyncConnection, or a transaction of one.
class AsyncObject {
 public:
  AsyncObject() = default;
  AsyncObject(const AsyncObject&) = delete;
  AsyncObject& operator=(const AsyncObject&) = delete;
  virtual ~AsyncObject() = default;

  /// The synchronous objects within; null: it is none of these.
  virtual Connection* connection() { return nullptr; }
  virtual Transaction* transaction() { return nullptr; }
  virtual TwoPhaseTransaction* two_phase_transaction() { return nullptr; }
};

using AsyncObjectPtr = std::unique_ptr<AsyncObject>;

/// Does steps as an AsyncEngine does its operations: by the functions of AsyncEngine,
/// AsyncConnection and AsyncTransaction, or else each on a fiber, in an event loop that runs
/// until it is done.
///
/// Throws: what the step throws.
class AsyncSteps {
 public:
  AsyncSteps();
  AsyncSteps(const AsyncSteps&) = delete;
  AsyncSteps& operator=(const AsyncSteps&) = delete;
  /// Requires: all that it made has gone.
  ~AsyncSteps();

  /// Lifetime: `engine` outlives it.
  AsyncObjectPtr connect(Engine& engine);

  using Rows = std::optional<std::vector<Row>>;  // empty: the statement returns none
  using OneOrMany = std::variant<ParameterSet, ParameterSets>;
  Rows execute(AsyncObject& connection, const Clause& clause, OneOrMany parameters);
  Rows exec_driver_sql(AsyncObject& connection, const std::string& sql);
  AsyncObjectPtr begin(AsyncObject& connection);
  AsyncObjectPtr begin_nested(AsyncObject& connection);
  AsyncObjectPtr begin_twophase(AsyncObject& connection);
  void prepare(AsyncObject& transaction);
  /// Of either kind.
  void commit(AsyncObject& object);
  void rollback(AsyncObject& object);
  void invalidate(AsyncObject& connection);
  void close(AsyncObject& connection);
  void dispose(Engine& engine);

  /// Any other step, on a fiber of `connection`; null: of no connection of the scenario.
  void run(AsyncObject* connection, std::function<void()> step);
  /// What was begun in the background.
  void finish();

 private:
  struct Loop;
  const std::unique_ptr<Loop> loop_;
};

}  // namespace hark::conformance
