// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/local_ptr.hpp>
#include <hark/engine/fwd.hpp>

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace hark {

namespace detail {

/// A transaction, as its Connection knows it.
struct TransactionState;
using TransactionStatePtr = LocalPtr<TransactionState>;

struct Savepoint {
  std::string name;
  TransactionStatePtr outer;  // the savepoint around this one
};

struct TwoPhase {
  std::string xid;
  bool is_prepared = false;
};

struct TransactionState {
  Connection* connection;                                        // null: it is gone
  std::unique_ptr<std::variant<Savepoint, TwoPhase>> special{};  // null: a plain root
  unsigned owners = 0;
  bool is_active = false;

  /// Null: it is a root.
  Savepoint* savepoint() const noexcept { return std::get_if<Savepoint>(special.get()); }
  /// Null: it has one phase.
  TwoPhase* two_phase() const noexcept { return std::get_if<TwoPhase>(special.get()); }
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
  friend class TwoPhaseTransaction;
  explicit Transaction(detail::TransactionStatePtr state) noexcept
      : state_(std::move(state)) {}
  detail::TransactionStatePtr state_;
};

/// A transaction in two phases: once it is prepared, the database keeps it, whatever
/// becomes of the connection, until it is committed or rolled back under its name.
///
///     hark::TwoPhaseTransaction transaction = connection.begin_twophase();
///     …
///     transaction.prepare();
///     transaction.commit();
///
/// Thread safety: the connection's thread.
/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, TwoPhaseTransaction.
/// Differs: where the connection is lost, prepare() and commit() fail, as does the
/// rollback of what was prepared; SQLAlchemy's do nothing. A commit that fails leaves what
/// was prepared to Connection::commit_prepared().
class [[nodiscard]] TwoPhaseTransaction : public Transaction {
 public:
  TwoPhaseTransaction() noexcept = default;

  /// Makes the first phase; commit() or rollback() make the second.
  ///
  /// Throws: InvalidRequestError when it is over, or prepared already; what the driver or
  /// a listener throws. It is then not prepared.
  void prepare();

  /// Its name in the database. Requires: it was begun.
  const std::string& xid() const noexcept { return state_->two_phase()->xid; }

 private:
  friend class Connection;
  explicit TwoPhaseTransaction(detail::TransactionStatePtr state) noexcept
      : Transaction(std::move(state)) {}
};

}  // namespace hark
