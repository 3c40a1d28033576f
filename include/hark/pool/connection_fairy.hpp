// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/pool/connection_record.hpp>
#include <hark/pool/fwd.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace hark {

/// One checkout of a DBAPI connection: what stands between its user and the pool.
///
/// Thread safety: one thread at a time.
/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, _ConnectionFairy.
class alignas(64) ConnectionFairy {
 public:
  explicit ConnectionFairy(std::shared_ptr<Pool> pool) noexcept
      : pool_(std::move(pool)) {}
  ConnectionFairy(const ConnectionFairy&) = delete;
  ConnectionFairy& operator=(const ConnectionFairy&) = delete;
  [[gnu::cold]] ~ConnectionFairy();

  /// Null after an invalidation.
  dbapi::Connection* dbapi_connection() const noexcept { return connection_.get(); }
  /// Null for a detached one.
  ConnectionRecord* connection_record() const noexcept { return record_.get(); }
  bool is_valid() const noexcept { return connection_ != nullptr; }

  /// Facts attached to the DBAPI connection. Requires: is_valid().
  ConnectionInfo& info() noexcept {
    return record_ != nullptr ? record_->info() : detached_info_;
  }

  /// Drops the DBAPI connection; `soft`: at the next checkout.
  void invalidate(const std::exception_ptr& exception = nullptr, bool soft = false);

  /// Takes the DBAPI connection out of the pool, which makes another one in its place.
  void detach();

 private:
  friend class ConnectionRecord;
  friend class Pool;
  friend class PooledConnection;

  bool is_unheard() const noexcept;
  bool ends_at_once() const noexcept;
  void end(bool transaction_was_reset);
  void leave();
  [[gnu::cold]] void take_connection(const ConnectionRecord& record);
  [[gnu::cold]] void leave_alone();
  [[gnu::cold]] void leave_shared();
  [[gnu::hot]] void reset(bool transaction_was_reset);
  [[gnu::noinline]] void announce_reset();
  [[gnu::noinline]] void announce_close_detached();
  [[gnu::cold]] std::exception_ptr drop_connection();

  const std::shared_ptr<Pool> pool_;
  RecordPtr record_;  // null: invalidated, detached or not lent
  std::shared_ptr<dbapi::Connection> connection_;
  int users_ = 0;
  ConnectionInfo detached_info_;
};

/// A checked-out connection, which goes back to its pool with the handle.
///
///     hark::PooledConnection connection = engine.raw_connection();
///     connection->cursor()->execute("SELECT 1", {});
///
/// Thread safety: one thread at a time.
class [[nodiscard]] PooledConnection {
 public:
  PooledConnection() noexcept = default;
  PooledConnection(PooledConnection&& other) noexcept
      : fairy_(std::exchange(other.fairy_, nullptr)) {}
  PooledConnection& operator=(PooledConnection&& other) noexcept;
  ~PooledConnection() {
    if (fairy_ != nullptr) abandon();
  }

  /// Gives it back. Again: no effect.
  ///
  /// Throws: what a listener of checkin throws; it is given back all the same.
  void close() { close(false); }
  /// Would close() neither ask the database nor be heard of by a listener?
  bool closes_at_once() const noexcept {
    return fairy_ != nullptr && fairy_->ends_at_once();
  }

  /// Is it one user's, and does nobody hear when it is lent and given back?
  bool is_unheard() const noexcept { return fairy_ != nullptr && fairy_->is_unheard(); }

  explicit operator bool() const noexcept { return fairy_ != nullptr; }
  ConnectionFairy& fairy() const noexcept { return *fairy_; }
  bool is_valid() const noexcept { return fairy_ != nullptr && fairy_->is_valid(); }

  /// Throws: ResourceClosedError when it was given back or invalidated.
  dbapi::Connection& dbapi_connection() const {
    if (!is_valid()) throw_closed();
    return *fairy_->dbapi_connection();
  }
  dbapi::Connection* operator->() const { return &dbapi_connection(); }

  void invalidate(const std::exception_ptr& exception = nullptr, bool soft = false) {
    if (is_valid()) fairy_->invalidate(exception, soft);
  }
  void detach() {
    if (fairy_ != nullptr) fairy_->detach();
  }
  ConnectionInfo& info() const { return fairy_->info(); }

 private:
  friend class Connection;
  friend class Pool;
  explicit PooledConnection(ConnectionFairy* fairy) noexcept : fairy_(fairy) {}
  [[gnu::hot]] void close(bool transaction_was_reset);
  void abandon() noexcept;
  [[noreturn]] static void throw_closed();

  ConnectionFairy* fairy_ = nullptr;
};

}  // namespace hark
