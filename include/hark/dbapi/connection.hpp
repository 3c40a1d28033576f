// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>
#include <hark/dbapi/fwd.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace hark::dbapi {

/// A driver's connection to a database. Destroying it closes it.
///
/// Thread safety: one thread at a time, interrupt() apart.
/// Source: PEP 249, "Connection Objects".
class Connection {
 public:
  Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  /// Throws: dbapi::Error, as do all functions of it that are not noexcept.
  virtual CursorPtr cursor() = 0;

  virtual void begin() = 0;

  /// Ends the transaction; without effect where there is none.
  virtual void commit() = 0;
  virtual void rollback() = 0;

  /// Ends what its cursors have open, and cuts them off from it: a checkout is over, and
  /// the connection will be somebody else's. A cursor that was cut off throws
  /// ProgrammingError when it is used.
  ///
  /// Where cursors hold nothing open there is nothing to do.
  virtual void close_cursors() noexcept = 0;

  /// In autocommit mode begin() has no effect, and each statement is a transaction of its
  /// own. Not within a transaction.
  ///
  /// Throws: NotSupportedError where the driver has no such mode.
  virtual void set_autocommit(bool on);

  /// Is it alive? false: it is gone, and another one is to be made.
  virtual bool ping() = 0;

  /// Is it alive, as far as can be seen without asking? false: the other side is known to
  /// have gone.
  virtual bool is_connected() noexcept { return true; }

  /// Is a transaction open, in the driver or in the database?
  virtual bool in_transaction() const noexcept { return false; }

  /// Is nothing under way, so that rollback() would not ask the database? Thread safety: as
  /// for any other call.
  virtual bool is_at_rest() const noexcept { return false; }

  /// Can it send statements before their turn?
  virtual bool sends_ahead() const noexcept { return false; }
  /// Sends a statement before its turn, which comes when a cursor executes it as
  /// Operation::sent, and waits for its answer alone: in the order in which they were sent.
  ///
  /// The database may execute it whether its turn comes or not, as a transaction of its own;
  /// where it fails, those behind it do not.
  /// Returns: its number, unique in the process. 0: it was not sent.
  /// Source: libpq's documentation, "Pipeline Mode".
  virtual std::uint64_t send_ahead(const Operation& /*operation*/,
                                   ParameterRow /*parameters*/) {
    return 0;
  }

  /// Closes it; whatever fails then is thrown. Again: no effect.
  virtual void close() = 0;

  /// Ends the statement that is under way, from any thread.
  virtual void interrupt() noexcept = 0;
  /// May that take its time, so that it is left to a thread that may block?
  virtual bool interrupt_blocks() const noexcept { return true; }

  /// Does it wait by detail::current_suspender() where there is one, so that a fiber may call
  /// it? What does not is called by a thread that may block: see offload().
  virtual bool suspends() const noexcept { return false; }

  /// The driver's own: this, unless it stands for another one.
  virtual Connection& driver_connection() noexcept { return *this; }

  /// Unique in the process, growing.
  std::uint64_t id() const noexcept { return id_; }

 private:
  const std::uint64_t id_;
};

/// A connection that does what `connection` does, on a thread that may block wherever a fiber
/// calls it (Suspender::run_elsewhere), one call at a time; called by a thread it passes the
/// calls on. Where `connection` suspends by itself: that one.
///
/// On a fiber rows are copied as a statement is executed: all of them, so that execute()
/// throws what fails in any row, or where they stream a few hundred at a time. The rows that
/// executemany() is given are made on the thread that may block.
///
/// Cancellation: of a fiber: interrupt() of `connection`; where it has not begun its call, that
/// fails, and the connection is as it was. rollback() and close() are done in any case.
/// Thread safety: several threads and fibers may share it, as a StaticPool has them do; fibers
/// take turns in the order of coming. A cursor has one user at a time.
/// Lifetime: its cursors do not outlive it.
std::shared_ptr<Connection> offload(std::shared_ptr<Connection> connection);

}  // namespace hark::dbapi
