// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/asio/detail/session.hpp>
#include <hark/engine/transaction.hpp>

#include <memory>
#include <string>
#include <utility>

namespace hark {

/// A transaction or savepoint of an AsyncConnection, which is rolled back with the handle, in
/// the background, unless it was committed.
///
/// Completion, cancellation: as AsyncEngine has them.
/// Thread safety: as its AsyncConnection.
/// Source: SQLAlchemy lib/sqlalchemy/ext/asyncio/engine.py, AsyncTransaction.
class [[nodiscard]] AsyncTransaction {
 public:
  AsyncTransaction() noexcept = default;
  AsyncTransaction(detail::AsyncSession& session, Transaction transaction)
      : session_(session.shared_from_this()),
        transaction_(std::make_unique<Transaction>(std::move(transaction))) {}
  AsyncTransaction(AsyncTransaction&&) noexcept = default;
  AsyncTransaction& operator=(AsyncTransaction&& other) noexcept {
    AsyncTransaction old(std::move(*this));
    session_ = std::move(other.session_);
    transaction_ = std::move(other.transaction_);
    return *this;
  }
  ~AsyncTransaction() { roll_back_in_background(); }

  /// Completion: void(std::exception_ptr): as Transaction::commit().
  template <class Token>
  auto async_commit(Token&& token) {
    return detail::async_start<void>(
        session_,
        [this](detail::AsyncSession& /*session*/) { transaction_->commit(); },
        std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_rollback(Token&& token) {
    return detail::async_start<void>(
        session_,
        [this](detail::AsyncSession& /*session*/) { transaction_->rollback(); },
        std::forward<Token>(token));
  }

  bool is_active() const noexcept {
    return transaction_ != nullptr && transaction_->is_active();
  }

 private:
  void roll_back_in_background() noexcept;

  std::shared_ptr<detail::AsyncSession> session_;
  std::unique_ptr<Transaction> transaction_;
};

/// A transaction in two phases of an AsyncConnection.
///
/// Source: SQLAlchemy lib/sqlalchemy/engine/base.py, TwoPhaseTransaction.
class [[nodiscard]] AsyncTwoPhaseTransaction {
 public:
  AsyncTwoPhaseTransaction() noexcept = default;
  AsyncTwoPhaseTransaction(detail::AsyncSession& session, TwoPhaseTransaction transaction)
      : session_(session.shared_from_this()),
        transaction_(std::make_unique<TwoPhaseTransaction>(std::move(transaction))) {}
  AsyncTwoPhaseTransaction(AsyncTwoPhaseTransaction&&) noexcept = default;
  AsyncTwoPhaseTransaction& operator=(AsyncTwoPhaseTransaction&& other) noexcept {
    AsyncTwoPhaseTransaction old(std::move(*this));
    session_ = std::move(other.session_);
    transaction_ = std::move(other.transaction_);
    return *this;
  }
  ~AsyncTwoPhaseTransaction() { roll_back_in_background(); }

  /// Makes the first phase. Completion: void(std::exception_ptr).
  template <class Token>
  auto async_prepare(Token&& token) {
    return detail::async_start<void>(
        session_,
        [this](detail::AsyncSession& /*session*/) { transaction_->prepare(); },
        std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_commit(Token&& token) {
    return detail::async_start<void>(
        session_,
        [this](detail::AsyncSession& /*session*/) { transaction_->commit(); },
        std::forward<Token>(token));
  }
  /// Completion: void(std::exception_ptr).
  template <class Token>
  auto async_rollback(Token&& token) {
    return detail::async_start<void>(
        session_,
        [this](detail::AsyncSession& /*session*/) { transaction_->rollback(); },
        std::forward<Token>(token));
  }

  bool is_active() const noexcept {
    return transaction_ != nullptr && transaction_->is_active();
  }
  /// Requires: it was begun.
  const std::string& xid() const noexcept { return transaction_->xid(); }

 private:
  void roll_back_in_background() noexcept;

  std::shared_ptr<detail::AsyncSession> session_;
  std::unique_ptr<TwoPhaseTransaction> transaction_;
};

}  // namespace hark
