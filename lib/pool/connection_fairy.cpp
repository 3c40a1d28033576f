// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/connection_fairy.hpp>
#include <hark/pool/pool.hpp>

#include <utility>

#include "pool/close.hpp"

namespace hark {

ConnectionFairy::~ConnectionFairy() = default;

void ConnectionFairy::invalidate(const std::exception_ptr& exception, bool soft) {
  if (connection_ == nullptr) return;
  if (record_ != nullptr) record_->invalidate(exception, soft);
  if (soft) return;
  const std::shared_ptr<dbapi::Connection> gone = std::exchange(connection_, nullptr);
  RecordPtr record = std::move(record_);
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
  const RecordPtr record = std::move(record_);
  record->release_connection();
  record->in_use_ = false;
  RecordPtr returned = record->share();
  pool_->do_detach(returned);
  pool_->emit<PoolEvents::detach>(*connection_, *record);
}

bool ConnectionFairy::is_unheard() const noexcept {
  return pool_->sharing_ == Pool::Sharing::nothing &&
         !pool_->has_listeners<PoolEvents::checkout,
                               PoolEvents::checkout_end,
                               PoolEvents::reset,
                               PoolEvents::checkin>();
}

bool ConnectionFairy::ends_at_once() const noexcept {
  return is_valid() && record_ != nullptr && pool_->sharing_ == Pool::Sharing::nothing &&
         pool_->reset_on_return_ != ResetOnReturn::commit && connection_->is_at_rest() &&
         !pool_->has_listeners<PoolEvents::reset,
                               PoolEvents::invalidate,
                               PoolEvents::checkin,
                               PoolEvents::close>();
}

void ConnectionFairy::reset(bool transaction_was_reset) {
  if (pool_->sharing_ != Pool::Sharing::connection) connection_->close_cursors();
  if (pool_->has_listeners<PoolEvents::reset>()) [[unlikely]] {
    announce_reset();
    if (!is_valid()) return;  // a listener has invalidated it
  }
  switch (pool_->reset_on_return_) {
    case ResetOnReturn::rollback:
      if (!transaction_was_reset) connection_->rollback();
      break;
    case ResetOnReturn::commit:
      connection_->commit();
      break;
    case ResetOnReturn::none:
      break;
  }
  if (record_ == nullptr) [[unlikely]]
    announce_close_detached();
}

void ConnectionFairy::announce_reset() {
  pool_->emit<PoolEvents::reset>(*this, record_.get());
}

void ConnectionFairy::announce_close_detached() {
  pool_->emit<PoolEvents::close_detached>(*connection_);
}

/// After a reset that has failed; answers with what a listener has thrown.
std::exception_ptr ConnectionFairy::drop_connection() {
  detail::report_lost_error("resetting a connection failed");
  if (record_ == nullptr) return nullptr;
  try {
    record_->invalidate(std::current_exception());
  } catch (...) {
    // Differs: a listener that throws does not keep the connection.
    record_->release_connection();
    return std::current_exception();
  }
  return nullptr;
}

/// Deletes the fairy, or keeps it for the record's next checkout.
///
/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _finalize_fairy.
inline void ConnectionFairy::end(bool transaction_was_reset) {
  try {
    if (is_valid()) [[likely]]
      reset(transaction_was_reset);
  } catch (...) {
    const std::exception_ptr failure = drop_connection();
    leave();
    if (failure != nullptr) std::rethrow_exception(failure);
    return;
  }
  leave();
}

inline void ConnectionFairy::leave() {
  Pool& pool = *pool_;
  if (pool.sharing_ != Pool::Sharing::nothing) [[unlikely]] {
    if (pool.sharing_ == Pool::Sharing::connection) return leave_shared();
    pool.end_checkout(*this);
  }
  if (record_ == nullptr || !record_->in_use()) [[unlikely]]
    return leave_alone();
  RecordPtr record = std::move(record_);
  // With its connection, so that the next checkout need not count one more owner.
  if (connection_ != record->connection_) [[unlikely]]
    take_connection(*record);
  record->spare_.reset(this);
  pool.give_back(std::move(record));
}

void ConnectionFairy::take_connection(const ConnectionRecord& record) {
  connection_ = record.connection_;
}

/// Without a record, or without a place in the pool that it could go back to.
void ConnectionFairy::leave_alone() {
  const std::unique_ptr<ConnectionFairy> self(this);
  const RecordPtr record = std::move(record_);
  if (record == nullptr && is_valid()) detail::close(*connection_);
}

/// Where several threads share a record: the first to come back gives it back.
void ConnectionFairy::leave_shared() {
  if (record_ == nullptr || !record_->in_use_.exchange(false)) return leave_alone();
  RecordPtr record = std::move(record_);
  Pool& pool = *pool_;
  if (connection_ != record->connection_) take_connection(*record);
  record->keep_shared_spare(std::unique_ptr<ConnectionFairy>(this));
  pool.give_back_unused(record);
}

// -- PooledConnection -------------------------------------------------------------------

PooledConnection& PooledConnection::operator=(PooledConnection&& other) noexcept {
  PooledConnection old(std::move(*this));
  fairy_ = std::exchange(other.fairy_, nullptr);
  return *this;
}

void PooledConnection::abandon() noexcept {
  try {
    close(false);
  } catch (...) {
    detail::report_lost_error("giving a connection back failed");
  }
}

void PooledConnection::close(bool transaction_was_reset) {
  if (fairy_ == nullptr) return;
  ConnectionFairy* const fairy = std::exchange(fairy_, nullptr);
  if (--fairy->users_ == 0) fairy->end(transaction_was_reset);
}

void PooledConnection::throw_closed() {
  throw ResourceClosedError("this connection is closed");
}

}  // namespace hark
