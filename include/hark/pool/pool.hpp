// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/error.hpp>
#include <hark/event/target.hpp>
#include <hark/pool/connection_fairy.hpp>
#include <hark/pool/connection_record.hpp>
#include <hark/pool/connector.hpp>
#include <hark/pool/events.hpp>
#include <hark/pool/fwd.hpp>
#include <hark/pool/reservation.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hark {

/// What is done with a connection that comes back.
enum class ResetOnReturn { rollback, commit, none };

/// Is a connection asked whether it is alive before it is lent?
class PrePing {
 public:
  enum Mode : std::uint8_t {
    off,
    passive,     ///< nobody is asked; what is known to have gone is replaced
    round_trip,  ///< the database is asked; where it is silent, all older ones are replaced
  };

  constexpr PrePing(Mode mode) noexcept  // NOLINT(google-explicit-constructor)
      : mode_(mode) {}
  /// true: the database is asked.
  template <std::same_as<bool> Bool>
  constexpr PrePing(Bool on) noexcept  // NOLINT(google-explicit-constructor)
      : mode_(on ? round_trip : off) {}

  constexpr Mode mode() const noexcept { return mode_; }
  friend bool operator==(PrePing, PrePing) = default;

 private:
  Mode mode_;
};

/// What a pool can be told. The last four are for the kinds that they name.
struct PoolOptions {
  ResetOnReturn reset_on_return = ResetOnReturn::rollback;
  /// Connections of this age or more are replaced when they leave the pool; empty: never.
  std::optional<std::chrono::milliseconds> recycle{};
  PrePing pre_ping = false;
  /// QueuePool: connections kept open when idle; 0: no limit. SingletonThreadPool:
  /// threads whose connection is kept.
  std::size_t pool_size = 5;
  int max_overflow = 10;  ///< QueuePool: opened beyond that under load; -1: no limit
  std::chrono::milliseconds timeout{30'000};  ///< QueuePool: longest wait in connect()
  bool use_lifo = false;  ///< QueuePool: is the connection used last lent first?
};

/// Makes a pool of that kind: `hark::make_pool<hark::QueuePool>(connector)`.
///
/// Lifetime: when the last copy of what is returned has gone, the connections that are
/// not lent are closed, and each of the others when it comes back.
template <class Kind>
std::shared_ptr<Kind> make_pool(std::shared_ptr<Connector> connector,
                                const PoolOptions& options = {});

/// Keeps DBAPI connections and lends them.
///
///     auto pool = hark::make_pool<hark::QueuePool>(connector, {.pool_size = 2});
///     hark::PooledConnection connection = pool->connect();
///
/// Thread safety: shared objects safe.
/// Lifetime: made by make_pool(). What is lent keeps it alive.
/// Source: SQLAlchemy lib/sqlalchemy/pool/base.py, Pool.
class Pool : public event::Target<Pool, PoolEvents>,
             public std::enable_shared_from_this<Pool> {
 public:
  /// Proves that it is make_pool() who makes a pool.
  class Key {
    template <class Kind>
    friend std::shared_ptr<Kind> make_pool(std::shared_ptr<Connector>,
                                           const PoolOptions&);
    Key() = default;
  };

  /// What its users share: nothing, a connection between their checkouts, or a checkout.
  enum class Sharing { nothing, connection, checkout };

  Pool(Key key,
       std::shared_ptr<Connector> connector,
       const PoolOptions& options,
       Sharing sharing = Sharing::nothing);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  virtual ~Pool();

  /// Lends a connection.
  ///
  /// Throws: TimeoutError; what opening it throws, or a listener. Nothing was lent.
  PooledConnection connect() {
    if (sharing_ == Sharing::checkout) [[unlikely]]
      return connect_shared();
    return checkout();
  }

  /// Closes the connections that are not lent. Those that are stay open, and are kept or
  /// closed when they come back, as if nothing had happened.
  ///
  /// Throws: what a listener of close throws first, when all have been closed.
  virtual void dispose() = 0;

  /// A new pool of the same kind, with the same options and listeners.
  std::shared_ptr<Pool> recreate() const;

  virtual std::string status() const = 0;
  virtual std::size_t checked_in() const = 0;
  virtual std::size_t checked_out() const = 0;

  const PoolOptions& options() const noexcept { return options_; }
  /// Do fibers use it?
  bool serves_fibers() const noexcept {
    return serves_fibers_.load(std::memory_order_acquire);
  }

  // -- for who waits without a thread ---------------------------------------------------

  /// Asks for a connection. False: it is in the queue, among all who wait, and will be
  /// served().
  ///
  /// Requires: it has nothing of a pool.
  virtual bool reserve(PoolReservation& /*reservation*/) { return true; }
  /// It waits no longer: the checkout that uses it throws `failure`, or where that is null
  /// TimeoutError. False: it was served before.
  virtual bool give_up_waiting(PoolReservation& /*reservation*/,
                               const std::exception_ptr& /*failure*/) noexcept {
    return false;
  }
  /// Leaves the queue, or gives what it was served and has not used to the next one.
  virtual void release(PoolReservation& /*reservation*/) noexcept {}

 protected:
  friend class ConnectionRecord;
  friend class ConnectionFairy;
  friend class PooledConnection;
  friend class Connection;
  friend class Engine;
  template <class Kind>
  friend std::shared_ptr<Kind> make_pool(std::shared_ptr<Connector>, const PoolOptions&);

  virtual std::shared_ptr<Pool> make_another() const = 0;

  /// A record to lend, with or without connection. Adds to `waited` how long it was waited
  /// for, also where it throws.
  virtual RecordPtr do_get(std::chrono::nanoseconds& waited) = 0;

  /// A record comes back: the pool takes it, or closes it and leaves it. What it leaves
  /// is dropped, and may be the last that keeps the pool alive.
  virtual void do_return(RecordPtr& record) = 0;
  /// The same while its checkout goes on, without it.
  virtual void do_detach(RecordPtr& record) { do_return(record); }

  /// Where checkouts are shared: one, which may be there already.
  virtual PooledConnection connect_shared() { return checkout(); }
  /// Where checkouts are shared: the last user of one has gone.
  virtual void end_checkout(ConnectionFairy& /*fairy*/) noexcept {}

  /// Its users have gone, or have another pool: drops the records that are not lent, and
  /// keeps none from now on. They would keep the pool alive, and the pool them.
  virtual void let_go() noexcept = 0;

  const std::shared_ptr<Connector>& connector() const noexcept { return connector_; }
  /// A new record, connected.
  RecordPtr make_record();
  static void close_record(ConnectionRecord& record) { record.close(); }
  bool is_invalidated(const ConnectionRecord& record) const noexcept;

  /// A checkout of its own, and one more user of a checkout that there is.
  [[gnu::hot]] PooledConnection checkout();
  static PooledConnection checkout_again(ConnectionFairy& fairy);

 private:
  [[gnu::noinline]] PooledConnection announced_checkout();
  [[gnu::hot]] void offer(PooledConnection& lent);
  PooledConnection do_checkout(std::chrono::nanoseconds& waited);
  bool is_usable(const ConnectionRecord& record) const;
  PooledConnection lend(RecordPtr record);
  [[gnu::cold]] PooledConnection lend_anew(RecordPtr record);
  static PooledConnection lend_with(ConnectionFairy* fairy, RecordPtr record);
  void take_back(PooledConnection& lent, const std::exception_ptr& error);
  bool announce_checkout(ConnectionFairy& fairy);
  void ping_unless_fresh(ConnectionFairy& fairy) const;
  static bool answers(dbapi::Connection& connection);
  void replace_connection(ConnectionFairy& fairy, const DisconnectionError& error);
  [[gnu::hot]] void give_back(RecordPtr&& record);
  [[gnu::hot]] void give_back_unused(RecordPtr& record);
  [[gnu::hot]] void give_back_heard(RecordPtr& record);
  void give_up(RecordPtr record, const std::exception_ptr& error);
  void invalidate_all(const ConnectionFairy& fairy);
  /// Connections that there are now are replaced at their next checkout.
  void replace_all() noexcept { invalidated_at_.store(tick()); }
  void serve_fibers() noexcept;
  static std::uint64_t tick() noexcept;

  // What every checkout reads comes first.
  const Sharing sharing_;
  const ResetOnReturn reset_on_return_;
  const PrePing::Mode pre_ping_;
  const bool recycles_;
  std::atomic<std::uint64_t> invalidated_at_{0};  // by tick(); 0: never

  const std::shared_ptr<Connector> connector_;
  const PoolOptions options_;
  std::atomic<bool> serves_fibers_{false};
};

template <class Kind>
std::shared_ptr<Kind> make_pool(std::shared_ptr<Connector> connector,
                                const PoolOptions& options) {
  auto made = std::make_shared<Kind>(Pool::Key(), std::move(connector), options);
  Kind* const kind = made.get();
  // Records own `made`; users own a pointer whose end they all notice.
  return {kind, [made = std::move(made)](Kind*) mutable noexcept {
            const std::shared_ptr<Pool> last = std::move(made);
            last->let_go();
          }};
}

}  // namespace hark
