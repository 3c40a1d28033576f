// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/session.hpp>
#include <hark/engine/transaction.hpp>

#include <memory>
#include <string>
#include <utility>

namespace hark {

namespace detail {

/// What the handles of transactions share. It may move while an operation is under way.
template <class T>
class AsyncTransactionOf {
 public:
  AsyncTransactionOf() noexcept = default;
  AsyncTransactionOf(AsyncSession& session, T transaction)
      : session_(session.shared_from_this()),
        transaction_(std::make_unique<T>(std::move(transaction))) {}
  AsyncTransactionOf(AsyncTransactionOf&&) noexcept = default;
  AsyncTransactionOf& operator=(AsyncTransactionOf&& other) noexcept {
    AsyncTransactionOf old(std::move(*this));
    session_ = std::move(other.session_);
    transaction_ = std::move(other.transaction_);
    return *this;
  }
  ~AsyncTransactionOf() { roll_back_in_background(); }

  /// Completion: void(std::exception_ptr): as Transaction::commit().
  template <class Token>
  auto async_commit(Token&& token) {
    return act([](T& transaction) { transaction.commit(); }, std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_rollback(Token&& token) {
    return act([](T& transaction) { transaction.rollback(); },
               std::forward<Token>(token));
  }

  bool is_active() const noexcept {
    return transaction_ != nullptr && transaction_->is_active();
  }
  /// The one within, for what runs on a fiber of its connection, as listeners do.
  ///
  /// Requires: it was begun.
  T& sync_transaction() const noexcept { return *transaction_; }

 protected:
  template <class Act, class Token>
  auto act(Act act, Token&& token) {
    return async_start<void>(
        session_,
        [transaction = transaction_.get(), act](AsyncSession& /*session*/) {
          act(*transaction);
        },
        std::forward<Token>(token));
  }

 private:
  void roll_back_in_background() noexcept;

  std::shared_ptr<AsyncSession> session_;
  std::unique_ptr<T> transaction_;
};

extern template class AsyncTransactionOf<Transaction>;
extern template class AsyncTransactionOf<TwoPhaseTransaction>;

}  // namespace detail

/// A transaction or savepoint of an AsyncConnection, which is rolled back with the handle, in
/// the background, unless it was committed.
///
/// Completion, cancellation: as AsyncEngine has them.
/// Thread safety: as its AsyncConnection.
/// Source: SQLAlchemy lib/sqlalchemy/ext/asyncio/engine.py, AsyncTransaction.
class [[nodiscard]] AsyncTransaction : public detail::AsyncTransactionOf<Transaction> {
 public:
  using AsyncTransactionOf::AsyncTransactionOf;
};

/// The same in two phases.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, TwoPhaseTransaction.
class [[nodiscard]] AsyncTwoPhaseTransaction
    : public detail::AsyncTransactionOf<TwoPhaseTransaction> {
 public:
  using AsyncTransactionOf::AsyncTransactionOf;

  /// Makes the first phase. Completion: void(std::exception_ptr).
  template <class Token>
  auto async_prepare(Token&& token) {
    return act([](TwoPhaseTransaction& transaction) { transaction.prepare(); },
               std::forward<Token>(token));
  }
  /// Requires: it was begun.
  const std::string& xid() const noexcept { return sync_transaction().xid(); }
};

}  // namespace hark
