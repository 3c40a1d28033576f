// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "async_steps.hpp"

#ifdef HARK_TEST_HAS_ASIO
#include <hark/asio/async_engine.hpp>

#include <boost/asio/io_context.hpp>

#include <concepts>
#include <exception>
#include <map>
#include <stdexcept>
#include <utility>

namespace hark::conformance {
namespace {

struct AsyncConnectionObject final : AsyncObject {
  explicit AsyncConnectionObject(AsyncConnection made) : connected(std::move(made)) {}
  Connection* connection() override { return &connected.sync_connection(); }

  AsyncConnection connected;
};

template <class T>
struct AsyncTransactionObject final : AsyncObject {
  explicit AsyncTransactionObject(T made) : begun(std::move(made)) {}
  Transaction* transaction() override { return &begun.sync_transaction(); }
  TwoPhaseTransaction* two_phase_transaction() override {
    if constexpr (std::same_as<T, AsyncTwoPhaseTransaction>)
      return &begun.sync_transaction();
    return nullptr;
  }

  T begun;
};

AsyncConnection& connection_of(AsyncObject& object) {
  return dynamic_cast<AsyncConnectionObject&>(object).connected;
}

/// Calls `use` with the AsyncConnection or the transaction.
template <class Use>
void with_handle(AsyncObject& object, const Use& use) {
  using One = AsyncTransactionObject<AsyncTransaction>;
  using Two = AsyncTransactionObject<AsyncTwoPhaseTransaction>;
  if (auto* const one = dynamic_cast<One*>(&object)) return use(one->begun);
  if (auto* const two = dynamic_cast<Two*>(&object)) return use(two->begun);
  use(connection_of(object));
}

}  // namespace

struct AsyncSteps::Loop {
  Loop() : own(context.get_executor(), "sqlite://") {
    fiber =
        wait<AsyncConnection>([&](auto token) { own.async_connect(std::move(token)); });
  }
  ~Loop() {
    fiber = AsyncConnection();
    run();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  AsyncEngine& engine_of(Engine& engine) {
    return engines.try_emplace(&engine, context.get_executor(), engine).first->second;
  }

  void run() {
    context.restart();
    context.run();
  }

  /// Begins an operation that completes with a T, and runs until it has.
  template <class T, class Begin>
  T wait(const Begin& begin) {
    std::exception_ptr failed;
    std::optional<T> made;
    begin([&](std::exception_ptr failure, T completed) {
      failed = std::move(failure);
      made = std::move(completed);
    });
    run();
    if (!made) throw std::logic_error("a step was left in the middle");
    if (failed != nullptr) std::rethrow_exception(failed);
    return std::move(*made);
  }
  template <class Begin>
  void wait_for_end(const Begin& begin) {
    wait<bool>([&](auto completed) {
      begin([completed = std::move(completed)](std::exception_ptr failure) mutable {
        completed(std::move(failure), true);
      });
    });
  }

  boost::asio::io_context context;
  std::map<Engine*, AsyncEngine> engines;
  // Steps need no connection of the engine that is tested, but those that open one.
  AsyncEngine own;
  AsyncConnection fiber;
};

AsyncSteps::AsyncSteps() : loop_(std::make_unique<Loop>()) {}
AsyncSteps::~AsyncSteps() = default;

AsyncObjectPtr AsyncSteps::connect(Engine& engine) {
  return std::make_unique<AsyncConnectionObject>(loop_->wait<AsyncConnection>(
      [&](auto token) { loop_->engine_of(engine).async_connect(std::move(token)); }));
}

namespace {

AsyncSteps::Rows rows_of(AsyncResult result) {
  if (!result.returns_rows()) return {};
  return result.fetchall();
}

}  // namespace

AsyncSteps::Rows AsyncSteps::execute(AsyncObject& connection,
                                     const Clause& clause,
                                     OneOrMany parameters) {
  return rows_of(loop_->wait<AsyncResult>([&](auto token) {
    std::visit(
        [&](auto& each) {
          connection_of(connection)
              .async_execute(clause, std::move(each), std::move(token));
        },
        parameters);
  }));
}

AsyncSteps::Rows AsyncSteps::exec_driver_sql(AsyncObject& connection,
                                             const std::string& sql) {
  return rows_of(loop_->wait<AsyncResult>([&](auto token) {
    connection_of(connection).async_exec_driver_sql(sql, std::move(token));
  }));
}

AsyncObjectPtr AsyncSteps::begin(AsyncObject& connection) {
  return std::make_unique<AsyncTransactionObject<AsyncTransaction>>(
      loop_->wait<AsyncTransaction>(
          [&](auto token) { connection_of(connection).async_begin(std::move(token)); }));
}

AsyncObjectPtr AsyncSteps::begin_nested(AsyncObject& connection) {
  return std::make_unique<AsyncTransactionObject<AsyncTransaction>>(
      loop_->wait<AsyncTransaction>([&](auto token) {
        connection_of(connection).async_begin_nested(std::move(token));
      }));
}

AsyncObjectPtr AsyncSteps::begin_twophase(AsyncObject& connection) {
  return std::make_unique<AsyncTransactionObject<AsyncTwoPhaseTransaction>>(
      loop_->wait<AsyncTwoPhaseTransaction>([&](auto token) {
        connection_of(connection).async_begin_twophase("", std::move(token));
      }));
}

void AsyncSteps::prepare(AsyncObject& transaction) {
  auto& two =
      dynamic_cast<AsyncTransactionObject<AsyncTwoPhaseTransaction>&>(transaction);
  loop_->wait_for_end([&](auto token) { two.begun.async_prepare(std::move(token)); });
}

void AsyncSteps::commit(AsyncObject& object) {
  loop_->wait_for_end([&](auto token) {
    with_handle(object, [&](auto& handle) { handle.async_commit(std::move(token)); });
  });
}

void AsyncSteps::rollback(AsyncObject& object) {
  loop_->wait_for_end([&](auto token) {
    with_handle(object, [&](auto& handle) { handle.async_rollback(std::move(token)); });
  });
}

void AsyncSteps::invalidate(AsyncObject& connection) {
  loop_->wait_for_end(
      [&](auto token) { connection_of(connection).async_invalidate(std::move(token)); });
}

void AsyncSteps::close(AsyncObject& connection) {
  loop_->wait_for_end(
      [&](auto token) { connection_of(connection).async_close(std::move(token)); });
}

void AsyncSteps::dispose(Engine& engine) {
  loop_->wait_for_end(
      [&](auto token) { loop_->engine_of(engine).async_dispose(std::move(token)); });
}

void AsyncSteps::run(AsyncObject* connection, std::function<void()> step) {
  AsyncConnection& runs =
      connection == nullptr ? loop_->fiber : connection_of(*connection);
  loop_->wait_for_end([&](auto token) {
    runs.async_run([step = std::move(step)](Connection&) { step(); }, std::move(token));
  });
}

void AsyncSteps::finish() { loop_->run(); }

}  // namespace hark::conformance

#else

#include <stdexcept>

namespace hark::conformance {

struct AsyncSteps::Loop {};

AsyncSteps::AsyncSteps() {
  throw std::runtime_error("hark was built without hark::asio");
}
AsyncSteps::~AsyncSteps() = default;
AsyncObjectPtr AsyncSteps::connect(Engine&) { return {}; }
AsyncSteps::Rows AsyncSteps::execute(AsyncObject&, const Clause&, OneOrMany) {
  return {};
}
AsyncSteps::Rows AsyncSteps::exec_driver_sql(AsyncObject&, const std::string&) {
  return {};
}
AsyncObjectPtr AsyncSteps::begin(AsyncObject&) { return {}; }
AsyncObjectPtr AsyncSteps::begin_nested(AsyncObject&) { return {}; }
AsyncObjectPtr AsyncSteps::begin_twophase(AsyncObject&) { return {}; }
void AsyncSteps::prepare(AsyncObject&) {}
void AsyncSteps::commit(AsyncObject&) {}
void AsyncSteps::rollback(AsyncObject&) {}
void AsyncSteps::invalidate(AsyncObject&) {}
void AsyncSteps::close(AsyncObject&) {}
void AsyncSteps::dispose(Engine&) {}
void AsyncSteps::run(AsyncObject*, std::function<void()>) {}
void AsyncSteps::finish() {}

}  // namespace hark::conformance

#endif
