// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/fwd.hpp>

#include <memory>
#include <string>

namespace hark {

namespace detail {

/// A transaction, as its Connection knows it.
struct TransactionState {
  enum class Kind { root, nested };
  Connection* connection;  // null: it is gone
  Kind kind;
  bool is_active = false;
  std::string savepoint{};
  std::shared_ptr<TransactionState> previous{};  // the savepoint around this one
};

}  // namespace detail

/// A transaction or savepoint, which is rolled back with the handle unless it was
/// committed.
///
///     hark::Transaction transaction = connection.begin();
///     …
///     transaction.commit();
///
/// Thread safety: the connection's thread.
/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, Transaction.
class [[nodiscard]] Transaction {
 public:
  Transaction() noexcept = default;
  Transaction(Transaction&&) noexcept = default;
  Transaction& operator=(Transaction&& other) noexcept;
  ~Transaction();

  /// Throws: InvalidRequestError when it is over; PendingRollbackError when it has
  /// failed; what the driver or a listener throws. It is then over, but for the rollback
  /// that is due.
  void commit();
  /// Without effect when it is over.
  void rollback();

  bool is_active() const noexcept { return state_ != nullptr && state_->is_active; }

 private:
  friend class Connection;
  explicit Transaction(std::shared_ptr<detail::TransactionState> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<detail::TransactionState> state_;
};

}  // namespace hark
