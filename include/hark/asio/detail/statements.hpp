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

#include <cstdint>
#include <type_traits>
#include <utility>

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
  /// May they be sent before their turn? Requires: is_shareable().
  static bool is_sendable(const Connection& connection) noexcept;

  /// Requires: is_shareable(). false: it was not sent.
  bool send(Connection& connection) noexcept;
  bool was_sent() const noexcept { return number_ != 0; }
  Result execute(Connection& connection);

 private:
  Clause clause_;
  ParameterSet parameters_;
  std::uint64_t number_ = 0;  // 0: it was not sent
};

/// A work in a transaction.
template <class Work>
struct InTransaction {
  Work work;
  auto operator()(Connection& connection) -> std::invoke_result_t<Work&, Connection&> {
    Transaction transaction = connection.begin();
    if constexpr (std::is_void_v<std::invoke_result_t<Work&, Connection&>>) {
      work(connection);
      transaction.commit();
    } else {
      auto result = work(connection);
      transaction.commit();
      return result;
    }
  }
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
    auto work = [this](Connection& begun) { return execute(begun); };
    return InTransaction<decltype(work)>{work}(connection);
  }

 private:
  R execute(Connection& connection) {
    Result result = statement_.execute(connection);
    return read_(result);
  }

  StatementAhead statement_;
  Read read_;
};

}  // namespace hark::detail
