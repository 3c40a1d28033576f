// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/operation.hpp>
#include <hark/asio/detail/session.hpp>
#include <hark/engine/clause.hpp>
#include <hark/engine/connection.hpp>
#include <hark/engine/parameter_set.hpp>
#include <hark/engine/result.hpp>
#include <hark/engine/transaction.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

/// Statements that need no connection of their own.
namespace hark::detail {

/// A statement that may be sent before its turn.
///
/// Thread safety: the fiber's.
class StatementAhead {
 public:
  StatementAhead(Clause&& clause, ParameterSet&& parameters) noexcept
      : clause_(std::move(clause)), parameters_(std::move(parameters)) {}

  /// May the statements of several be executed on that connection, one after the other, so
  /// that nobody could tell?
  static bool is_shareable(const Connection& connection) noexcept;

  /// Requires: is_shareable(). false: it was not sent.
  bool send(Connection& connection) noexcept;
  bool was_sent() const noexcept { return number_ != 0; }
  Result execute(Connection& connection);

 private:
  const Clause clause_;
  const ParameterSet parameters_;
  std::uint64_t number_ = 0;   // 0: it was not sent
  std::uint64_t sent_to_ = 0;  // the DBAPI connection
};

/// The work of an operation: a statement in a transaction of its own.
template <class Read>
class ExecuteAlone {
 public:
  using R = std::invoke_result_t<Read&, Result&>;

  ExecuteAlone(Clause&& clause, ParameterSet&& parameters, Read&& read)
      : statement_(std::move(clause), std::move(parameters)), read_(std::move(read)) {}

  bool send_ahead(AsyncSession& session) noexcept {
    return statement_.send(session.connection());
  }
  R operator()(AsyncSession& session) {
    Connection& connection = session.connection();
    // The database makes a transaction of it. Who has begun to listen since hears that it is
    // executed in the one of those before it.
    if (statement_.was_sent() || StatementAhead::is_shareable(connection) ||
        connection.in_transaction())
      return execute(connection);
    Transaction transaction = connection.begin();
    if constexpr (std::is_void_v<R>) {
      execute(connection);
      transaction.commit();
    } else {
      R read = execute(connection);
      transaction.commit();
      return read;
    }
  }

 private:
  R execute(Connection& connection) {
    Result result = statement_.execute(connection);
    return read_(result);
  }

  StatementAhead statement_;
  Read read_;
};

class AsyncEngineState;

/// The statements that wait for a connection, and the connections that carry them: as many as
/// there are statements, up to the pool's limit. Where that is reached, each takes its share of
/// those that wait, and has them sent together where nobody could tell.
///
/// Thread safety: shared objects safe.
class AsyncStatements final : public AsyncOwner {
 public:
  explicit AsyncStatements(AsyncEngineState& state);
  ~AsyncStatements() override;

  void start(AsyncOperation& operation) override;
  void cancel(std::uint64_t operation) noexcept override;
  const boost::asio::any_io_executor& executor() const noexcept override;

 private:
  class Carrier;
  class Leaver;

  void carry();
  void carry_or_fail() noexcept;
  bool needs_another() const noexcept;
  void take_share(AsyncQueue& to, std::size_t most) noexcept;
  void fail_share(const std::exception_ptr& failure) noexcept;
  void end(AsyncOperation& operation, bool is_abandoned) noexcept;
  void fail_cancelled(AsyncOperation& operation) noexcept;
  std::uint64_t dismiss() noexcept;
  void drop_all() noexcept;

  AsyncEngineState& state_;
  const std::size_t most_carriers_;
  const std::unique_ptr<Leaver> leaver_;
  std::mutex mutex_;
  // Guarded by mutex_.
  AsyncQueue waiting_;
  std::size_t waiting_count_ = 0;
  std::unordered_map<std::uint64_t, AsyncOperation*> cancellable_;  // by its id
  std::vector<Carrier*> carriers_;
  std::size_t opening_count_ = 0;  // of those
};

}  // namespace hark::detail
