// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/ending.hpp>
#include <hark/dbapi/fwd.hpp>
#include <hark/detail/flow.hpp>
#include <hark/event/events.hpp>
#include <hark/event/signal.hpp>
#include <hark/pool/fwd.hpp>

#include <chrono>
#include <exception>

namespace hark {

/// What happens to the DBAPI connections of a Pool.
///
/// For every event: it runs on the thread that uses the pool, no lock of hark's is held,
/// the references are valid during the call, and nothing is returned.
///
/// Source: SQLAlchemy lib/sqlalchemy/pool/events.py, PoolEvents.
struct PoolEvents : event::Events<PoolEvents> {
  /// A DBAPI connection was opened.
  ///
  /// When:     right after opening, also to replace another one; before checkout. Until
  ///           one dispatch has succeeded on the pool, one thread at a time runs it.
  /// Throwing: the connection is closed, its place in the pool is free again, and the
  ///           caller of connect() gets the exception.
  /// Source:   PoolEvents.connect, pool/base.py _ConnectionRecord.__connect.
  struct connect : event::signal<"connect",
                                 void(dbapi::Connection& dbapi_connection,
                                      ConnectionRecord& connection_record)> {};

  /// The pool's first DBAPI connection was opened.
  ///
  /// When:     before connect, once per pool; again if it has thrown.
  /// Throwing: as connect.
  /// Source:   PoolEvents.first_connect.
  struct first_connect : event::signal<"first_connect",
                                       void(dbapi::Connection& dbapi_connection,
                                            ConnectionRecord& connection_record)> {};

  /// A connection leaves the pool.
  ///
  /// When:     after a record was chosen and pinged, before the caller gets it.
  /// Throwing: DisconnectionError drops the connection, and checkout starts over with a
  ///           fresh one and all listeners, twice at most; anything else reaches the
  ///           caller, and the connection is dropped.
  /// Source:   PoolEvents.checkout, pool/base.py _ConnectionFairy._checkout.
  struct checkout : event::signal<"checkout",
                                  void(dbapi::Connection& dbapi_connection,
                                       ConnectionRecord& connection_record,
                                       ConnectionFairy& connection_proxy)> {};

  /// A connection comes back to the pool.
  ///
  /// When:     before it is given back; not for a detached one. dbapi_connection is null
  ///           after it was invalidated.
  /// Throwing: the connection is back in the pool all the same, and the caller of close()
  ///           gets the exception; from a destructor it is reported instead.
  /// Source:   PoolEvents.checkin, pool/base.py _ConnectionRecord.checkin.
  struct checkin : event::signal<"checkin",
                                 void(dbapi::Connection* dbapi_connection,
                                      ConnectionRecord& connection_record)> {};

  /// What a connection was used for is about to be undone.
  ///
  /// When:     before the rollback or commit of each return, also where there is none to
  ///           do; not after an invalidation. connection_record is null for a detached
  ///           one.
  /// Throwing: the connection is invalidated, and the exception is reported and goes no
  ///           further.
  /// Source:   PoolEvents.reset, pool/base.py _ConnectionFairy._reset.
  struct reset : event::signal<"reset",
                               void(ConnectionFairy& connection_proxy,
                                    ConnectionRecord* connection_record)> {};

  /// A connection is about to be dropped, because it failed or somebody said so.
  ///
  /// When:     before close. exception is null where none was the reason.
  /// Throwing: the exception reaches the caller, and the connection stays; where it is
  ///           dropped because a checkout or a return has failed, it goes all the same.
  /// Source:   PoolEvents.invalidate, pool/base.py _ConnectionRecord.invalidate.
  struct invalidate : event::signal<"invalidate",
                                    void(dbapi::Connection& dbapi_connection,
                                         ConnectionRecord& connection_record,
                                         const std::exception_ptr& exception)> {};

  /// A connection is to be replaced when it leaves the pool the next time.
  ///
  /// When:     when somebody says so. exception is null where none was the reason.
  /// Throwing: the exception reaches the caller, and nothing was changed.
  /// Source:   PoolEvents.soft_invalidate.
  struct soft_invalidate : event::signal<"soft_invalidate",
                                         void(dbapi::Connection& dbapi_connection,
                                              ConnectionRecord& connection_record,
                                              const std::exception_ptr& exception)> {};

  /// A DBAPI connection of the pool is about to be closed.
  ///
  /// When:     before it is; not for a detached one.
  /// Throwing: the exception reaches the caller. A connection that the pool would keep
  ///           stays open; one that it would not is closed without further events.
  /// Source:   PoolEvents.close, pool/base.py _ConnectionRecord.__close.
  struct close : event::signal<"close",
                               void(dbapi::Connection& dbapi_connection,
                                    ConnectionRecord& connection_record)> {};

  /// A connection has left the pool for good.
  ///
  /// When:     after the record has gone back, empty.
  /// Throwing: the exception reaches the caller; the connection is detached.
  /// Source:   PoolEvents.detach, pool/base.py _ConnectionFairy.detach.
  struct detach : event::signal<"detach",
                                void(dbapi::Connection& dbapi_connection,
                                     ConnectionRecord& connection_record)> {};

  /// A detached connection is about to be closed.
  ///
  /// When:     after reset and the rollback or commit, when its user gives it back.
  /// Throwing: the exception is reported and goes no further, and the connection is
  ///           closed.
  /// Source:   PoolEvents.close_detached.
  struct close_detached
      : event::signal<"close_detached", void(dbapi::Connection& dbapi_connection)> {};

  /// A call of Pool::connect() has ended, with all waiting and opening that it took.
  ///
  /// When:     last, also where it failed; dbapi_connection is then null. Once per call,
  ///           however often checkout was dispatched. waited is the part of the time in
  ///           which no connection was free; zero: there was one, or a place for it.
  /// Throwing: the connection goes back, and the caller gets the exception; where the
  ///           call has failed it is reported.
  /// Differs:  SQLAlchemy has none.
  struct checkout_end : event::signal<"checkout_end",
                                      void(dbapi::Connection* dbapi_connection,
                                           const Ending& ending,
                                           std::chrono::nanoseconds waited)> {};

  /// Opening a DBAPI connection has ended, the listeners of connect included.
  ///
  /// When:     last, also where it failed; dbapi_connection is then null.
  /// Throwing: as connect.
  /// Differs:  SQLAlchemy has none.
  struct connect_end : event::signal<"connect_end",
                                     void(dbapi::Connection* dbapi_connection,
                                          ConnectionRecord& connection_record,
                                          const Ending& ending)> {};

  using all = event::list<connect,
                          first_connect,
                          checkout,
                          checkin,
                          reset,
                          invalidate,
                          soft_invalidate,
                          close,
                          detach,
                          close_detached,
                          checkout_end,
                          connect_end>;

  static Pool& accept_with(Pool& pool) { return pool; }
  static Pool& accept_with(Engine& engine);
  using class_targets = event::resolves<event::to<Engine, Pool>>;

  /// Are listeners awaited there? Not by who uses the pool on a thread.
  static bool awaits_on(const Pool& pool) noexcept;
  template <class C>
  static bool awaits_on(const event::every_t<C>& /*every*/) noexcept {
    return detail::fibers_are_served();
  }
};

}  // namespace hark
