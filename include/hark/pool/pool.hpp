// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/event/target.hpp>
#include <hark/pool/connection_fairy.hpp>
#include <hark/pool/connection_record.hpp>
#include <hark/pool/connector.hpp>
#include <hark/pool/events.hpp>
#include <hark/pool/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hark {

/// What is done with a connection that comes back.
enum class ResetOnReturn { rollback, commit, none };

/// What a pool can be told. The last four are for the kinds that they name.
struct PoolOptions {
  ResetOnReturn reset_on_return = ResetOnReturn::rollback;
  /// Connections older than this are replaced when they leave the pool; empty: never.
  std::optional<std::chrono::milliseconds> recycle{};
  bool pre_ping =
      false;  ///< is a connection asked whether it is alive before it is lent?
  /// QueuePool: connections kept open when idle; 0: no limit. SingletonThreadPool:
  /// threads whose connection is kept.
  std::size_t pool_size = 5;
  int max_overflow = 10;  ///< QueuePool: opened beyond that under load; -1: no limit
  std::chrono::milliseconds timeout{30'000};  ///< QueuePool: longest wait in connect()
  bool use_lifo = false;  ///< QueuePool: is the connection used last lent first?
};

/// Keeps DBAPI connections and lends them.
///
/// Thread safety: shared objects safe.
/// Lifetime: made by std::make_shared; what is checked out keeps it alive.
/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, Pool.
class Pool : public event::Target<Pool, PoolEvents>,
             public std::enable_shared_from_this<Pool> {
 public:
  Pool(std::shared_ptr<Connector> connector, const PoolOptions& options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  virtual ~Pool();

  /// Lends a connection.
  ///
  /// Throws: TimeoutError; what opening it throws, or a listener. Nothing was lent.
  virtual PooledConnection connect();

  /// Closes the connections that are not lent. Those that are will be when they come
  /// back, or stay here unused.
  virtual void dispose() = 0;

  /// A new pool of the same kind, with the same options and listeners.
  std::shared_ptr<Pool> recreate() const;

  virtual std::string status() const = 0;
  virtual std::size_t checked_in() const = 0;
  virtual std::size_t checked_out() const = 0;

  const PoolOptions& options() const noexcept { return options_; }

 protected:
  friend class ConnectionRecord;
  friend class ConnectionFairy;
  friend class PooledConnection;
  friend class Connection;
  friend class Engine;

  virtual std::shared_ptr<Pool> make_another() const = 0;

  /// A record to lend, with or without connection.
  virtual ConnectionRecord& do_get() = 0;
  /// A record comes back. One that the pool does not keep is returned, closed.
  virtual std::unique_ptr<ConnectionRecord> do_return(ConnectionRecord& record) = 0;
  /// The same, and the thread's checkout is over.
  virtual std::unique_ptr<ConnectionRecord> return_record(ConnectionRecord& record) {
    return do_return(record);
  }

  /// The last user of a checkout has gone; the fairy will be used by another one, or
  /// deleted.
  virtual void end_checkout(ConnectionFairy& /*fairy*/) noexcept {}

  const std::shared_ptr<Connector>& connector() const noexcept { return connector_; }
  /// A new record, connected. The caller owns it.
  ConnectionRecord& make_record();
  static void close_record(ConnectionRecord& record) { record.close(); }
  static bool is_invalidated(const ConnectionRecord& record) noexcept {
    return record.is_invalidated();
  }
  PooledConnection checkout(ConnectionFairy* again);

 private:
  PooledConnection do_checkout(ConnectionFairy* again);
  static std::uint64_t tick() noexcept;
  void invalidate_all(const ConnectionFairy& fairy);

  const std::shared_ptr<Connector> connector_;
  const PoolOptions options_;
  std::atomic<std::uint64_t> invalidated_at_{0};  // by tick(); 0: never
};

/// Writes a line to standard error about what must not leave a destructor.
void report_pool_failure(std::string_view what, const std::exception_ptr& error) noexcept;

}  // namespace hark
