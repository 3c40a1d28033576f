// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/connection_fairy.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

#include "pool/close.hpp"

namespace hark {

void ConnectionFairy::invalidate(const std::exception_ptr& exception, bool soft) {
  if (connection_ == nullptr) return;
  if (record_ != nullptr) record_->invalidate(exception, soft);
  if (soft) return;
  const std::shared_ptr<dbapi::Connection> gone = std::exchange(connection_, nullptr);
  std::shared_ptr<ConnectionRecord> record = std::move(record_);
  if (record == nullptr) {
    // Differs: a detached one is closed.
    if (gone != nullptr) detail::close(*gone);
  } else if (record->in_use()) {
    pool_->give_back(std::move(record));
  }
}

void ConnectionFairy::detach() {
  if (record_ == nullptr) return;
  detached_info_ = record_->info_;
  const std::shared_ptr<ConnectionRecord> record = std::move(record_);
  record->release_connection();
  record->in_use_ = false;
  const std::shared_ptr<ConnectionRecord> rejected = pool_->do_return(record);
  pool_->emit<PoolEvents::detach>(*connection_, *record);
}

/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _finalize_fairy.
void ConnectionFairy::end(std::unique_ptr<ConnectionFairy> fairy,
                          bool transaction_was_reset) {
  const std::exception_ptr failure =
      fairy->is_valid() ? fairy->reset(transaction_was_reset) : nullptr;
  Pool& pool = *fairy->pool_;
  pool.end_checkout(*fairy);
  std::shared_ptr<ConnectionRecord> record = std::move(fairy->record_);
  // Where several share a record, the first to come back has given it back.
  if (record != nullptr && record->in_use()) {
    record->keep(std::move(fairy));
    pool.give_back(std::move(record));
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

/// Answers with what a listener of invalidate or close has thrown.
std::exception_ptr ConnectionFairy::reset(bool transaction_was_reset) {
  std::exception_ptr failure;
  try {
    do_reset(transaction_was_reset);
    if (record_ == nullptr && is_valid()) {
      pool_->emit<PoolEvents::close_detached>(*connection_);
    }
  } catch (...) {
    detail::report_lost_error("resetting a connection failed");
    try {
      if (record_ != nullptr) record_->invalidate(std::current_exception());
    } catch (...) {
      // Differs: a listener that throws does not keep the connection.
      failure = std::current_exception();
      record_->release_connection();
    }
  }
  if (record_ == nullptr && is_valid()) detail::close(*connection_);
  return failure;
}

void ConnectionFairy::do_reset(bool transaction_was_reset) {
  if (!pool_->is_shared()) connection_->close_cursors();
  pool_->emit<PoolEvents::reset>(*this, record_.get());
  if (!is_valid()) return;  // a listener has invalidated it
  switch (pool_->options().reset_on_return) {
    case ResetOnReturn::rollback:
      if (!transaction_was_reset) connection_->rollback();
      break;
    case ResetOnReturn::commit:
      connection_->commit();
      break;
    case ResetOnReturn::none:
      break;
  }
}

// -- PooledConnection -------------------------------------------------------------------

PooledConnection& PooledConnection::operator=(PooledConnection&& other) noexcept {
  PooledConnection old(std::move(*this));
  fairy_ = std::exchange(other.fairy_, nullptr);
  return *this;
}

PooledConnection::~PooledConnection() {
  try {
    close(false);
  } catch (...) {
    detail::report_lost_error("giving a connection back failed");
  }
}

void PooledConnection::close(bool transaction_was_reset) {
  if (fairy_ == nullptr) return;
  ConnectionFairy* const fairy = std::exchange(fairy_, nullptr);
  if (--fairy->users_ != 0) return;
  ConnectionFairy::end(std::unique_ptr<ConnectionFairy>(fairy), transaction_was_reset);
}

dbapi::Connection& PooledConnection::dbapi_connection() const {
  if (!is_valid()) throw ResourceClosedError("this connection is closed");
  return *fairy_->connection_;
}

}  // namespace hark
