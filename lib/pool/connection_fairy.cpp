// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/connection_fairy.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

namespace hark {

namespace {

void close_quietly(dbapi::Connection& connection) {
  try {
    connection.close();
  } catch (...) {
    report_pool_failure("closing a connection failed", std::current_exception());
  }
}

}  // namespace

void ConnectionFairy::invalidate(const std::exception_ptr& exception, bool soft) {
  if (connection_ == nullptr) return;
  if (record_ != nullptr) record_->invalidate(exception, soft);
  if (soft) return;
  const std::shared_ptr<dbapi::Connection> gone = std::move(connection_);
  connection_ = nullptr;
  // Differs: a detached one is closed.
  if (record_ == nullptr) close_quietly(*gone);
  checkin(false);
}

void ConnectionFairy::detach() {
  if (record_ == nullptr) return;
  ConnectionRecord& record = *std::exchange(record_, nullptr);
  detached_info_ = record.info_;
  record.connection_ = nullptr;
  record.in_use_ = false;
  // The record stays until the listeners have seen it.
  const std::unique_ptr<ConnectionRecord> gone = pool_->do_return(record);
  pool_->emit<PoolEvents::detach>(*connection_, record);
}

void ConnectionFairy::reset(bool transaction_was_reset) {
  pool_->emit<PoolEvents::reset>(*this, record_);
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

/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _finalize_fairy.
std::exception_ptr ConnectionFairy::finish(bool transaction_was_reset) {
  if (connection_ == nullptr) return nullptr;
  std::exception_ptr failure;
  try {
    reset(transaction_was_reset);
    if (record_ == nullptr) pool_->emit<PoolEvents::close_detached>(*connection_);
  } catch (...) {
    report_pool_failure("resetting a connection failed", std::current_exception());
    try {
      if (record_ != nullptr) record_->invalidate(std::current_exception());
    } catch (...) {
      // Differs: a listener that throws does not keep the connection.
      failure = std::current_exception();
      record_->drop();
    }
  }
  if (record_ == nullptr) close_quietly(*connection_);
  connection_ = nullptr;
  return failure;
}

void ConnectionFairy::checkin(bool transaction_was_reset) {
  const std::exception_ptr failure = finish(transaction_was_reset);
  ConnectionRecord* record = std::exchange(record_, nullptr);
  if (record != nullptr && record->in_use()) record->checkin();
  if (failure != nullptr) std::rethrow_exception(failure);
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
    report_pool_failure("giving a connection back failed", std::current_exception());
  }
}

void PooledConnection::close(bool transaction_was_reset) {
  if (fairy_ == nullptr) return;
  ConnectionFairy* const fairy = std::exchange(fairy_, nullptr);
  if (--fairy->users_ != 0) return;
  std::unique_ptr<ConnectionFairy> last(fairy);
  const std::shared_ptr<Pool> pool = fairy->pool_;
  const std::exception_ptr failure = fairy->finish(transaction_was_reset);
  pool->end_checkout(*fairy);
  ConnectionRecord* record = std::exchange(fairy->record_, nullptr);
  fairy->pool_ = nullptr;
  if (record == nullptr) return;
  fairy->detached_info_.clear();
  // Where several share a record, the first to come back has given it back.
  if (record->in_use()) {
    record->spare_ = std::move(last);
    record->checkin();
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

dbapi::Connection& PooledConnection::dbapi_connection() const {
  if (!is_valid()) throw ResourceClosedError("this connection is closed");
  return *fairy_->connection_;
}

}  // namespace hark
