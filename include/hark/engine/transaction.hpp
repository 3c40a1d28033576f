// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/local_ptr.hpp>
#include <hark/engine/fwd.hpp>

#include <memory>
#include <string>
#include <utility>

namespace hark {

namespace detail {

/// A transaction, as its Connection knows it.
struct TransactionState;
using TransactionStatePtr = LocalPtr<TransactionState>;

struct Savepoint {
  std::string name;
  TransactionStatePtr outer;  // the savepoint around this one
};

struct TransactionState {
  Connection* connection;                  // null: it is gone
  std::unique_ptr<Savepoint> savepoint{};  // null: it is the root
  unsigned owners = 0;
  bool is_active = false;
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
  explicit Transaction(detail::TransactionStatePtr state) noexcept
      : state_(std::move(state)) {}
  detail::TransactionStatePtr state_;
};

}  // namespace hark
