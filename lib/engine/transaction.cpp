// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/engine/transaction.hpp>
#include <hark/error.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

namespace hark {

using State = detail::TransactionState;

Transaction& Transaction::operator=(Transaction&& other) noexcept {
  Transaction old(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

Transaction::~Transaction() {
  if (!is_active()) return;
  try {
    close();
  } catch (...) {
    report_pool_failure("rolling a transaction back failed", std::current_exception());
  }
}

void Transaction::commit() {
  if (state_ == nullptr || state_->connection == nullptr) {
    throw InvalidRequestError("this transaction is inactive");
  }
  Connection& connection = *state_->connection;
  if (state_->kind == State::Kind::root) {
    connection.commit_root(*state_);
  } else {
    connection.commit_nested(*state_);
  }
}

void Transaction::rollback() {
  if (state_ == nullptr || state_->connection == nullptr) return;
  Connection& connection = *state_->connection;
  if (state_->kind == State::Kind::root) {
    connection.close_root(*state_, true);
  } else {
    connection.close_nested(*state_, true);
  }
}

void Transaction::close() {
  if (state_ == nullptr || state_->connection == nullptr) return;
  Connection& connection = *state_->connection;
  if (state_->kind == State::Kind::root) {
    connection.close_root(*state_, false);
  } else {
    connection.close_nested(*state_, true);
  }
}

}  // namespace hark
