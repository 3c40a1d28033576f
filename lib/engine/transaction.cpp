// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/engine/transaction.hpp>
#include <hark/error.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

namespace hark {

Transaction& Transaction::operator=(Transaction&& other) noexcept {
  Transaction old(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

Transaction::~Transaction() {
  if (!is_active()) return;
  try {
    rollback();
  } catch (...) {
    hark::detail::report_lost_error("rolling a transaction back failed");
  }
}

void Transaction::commit() {
  // A listener may end the handle.
  const detail::TransactionStatePtr state = state_;
  if (state == nullptr || state->connection == nullptr) {
    throw InvalidRequestError("this transaction is inactive");
  }
  Connection& connection = *state->connection;
  if (state->savepoint() == nullptr) {
    connection.commit_root(*state);
  } else {
    connection.commit_nested(*state);
  }
}

void Transaction::rollback() {
  const detail::TransactionStatePtr state = state_;
  if (state == nullptr || state->connection == nullptr) return;
  Connection& connection = *state->connection;
  if (state->savepoint() == nullptr) {
    connection.close_root(*state);
  } else {
    connection.close_nested(*state);
  }
}

void TwoPhaseTransaction::prepare() {
  const detail::TransactionStatePtr state = state_;
  if (state == nullptr || state->connection == nullptr) {
    throw InvalidRequestError("this transaction is inactive");
  }
  state->connection->prepare_root(*state);
}

}  // namespace hark
