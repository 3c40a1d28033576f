// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>
#include <hark/dbapi/error.hpp>
#include <hark/engine/dialect_events.hpp>
#include <hark/engine/execution_options.hpp>
#include <hark/engine/fwd.hpp>
#include <hark/engine/url.hpp>
#include <hark/event/target.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hark {

/// What the core must know of a kind of database, and how it opens connections.
///
/// Thread safety: shared objects safe.
/// Source: SQLAlchemy lib/sqlalchemy/engine/interfaces.py, Dialect.
class Dialect : public event::Target<Dialect, DialectEvents> {
 public:
  /// Throws: std::length_error where the process has 65,535 kinds already.
  explicit Dialect(std::string_view name, bool uses_input_sizes = false);
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  std::string_view name() const noexcept { return name_; }
  /// The number of that name in this process, from 1.
  std::uint16_t kind() const noexcept { return kind_; }
  virtual std::string_view driver() const noexcept = 0;
  /// Whose DDL the server takes: name(), unless a connection has shown otherwise.
  virtual std::string_view ddl_name() const noexcept { return name(); }

  /// What connect() is called with.
  ///
  /// Throws: ArgumentError for a URL or an option that makes no sense to the dialect.
  virtual ConnectArguments connect_arguments(const URL& url) const = 0;

  /// Throws: dbapi::Error.
  virtual std::unique_ptr<dbapi::Connection> connect(
      const ConnectArguments& arguments) = 0;

  /// May a fiber call connect(), as dbapi::Connection::suspends() has it?
  virtual bool suspends() const noexcept { return false; }

  /// The text that stands in SQL for the n-th parameter, from 1.
  virtual std::string placeholder(std::size_t number) const = 0;

  /// Does the error mean that the connection is lost?
  virtual bool is_disconnect(const dbapi::Error& error) const noexcept = 0;

  /// Does a database in memory want one connection per thread?
  virtual bool wants_one_connection(const URL& url) const noexcept = 0;

  /// Sets it until the next call; not called within a transaction.
  ///
  /// Throws: ArgumentError for a level that the database does not have; dbapi::Error.
  virtual void set_isolation_level(dbapi::Connection& connection,
                                   std::string_view level) const = 0;
  /// What a new connection has.
  virtual std::string_view default_isolation_level() const noexcept = 0;
  /// Sets what a new connection has.
  ///
  /// Throws: dbapi::Error.
  virtual void reset_isolation_level(dbapi::Connection& connection) const;
  /// What a connection has now.
  ///
  /// Throws: dbapi::Error.
  virtual std::string get_isolation_level(dbapi::Connection& connection) const;

  // -- transactions in two phases -----------------------------------------------------
  //
  // `connection` executes what they need; what a session without one can do is done by its
  // DBAPI connection. Where a database has no such transactions, they throw
  // NotSupportedError. Throws: what executing throws; dbapi::Error.

  /// A name for one, which no other has: "_sa_" and 32 hexadecimal digits.
  virtual std::string create_xid() const;
  virtual void do_begin_twophase(Connection& connection, const std::string& xid) const;
  virtual void do_prepare_twophase(Connection& connection, const std::string& xid) const;
  /// `recover`: it was prepared by another session, or an earlier one.
  virtual void do_rollback_twophase(Connection& connection,
                                    const std::string& xid,
                                    bool is_prepared,
                                    bool recover) const;
  virtual void do_commit_twophase(Connection& connection,
                                  const std::string& xid,
                                  bool is_prepared,
                                  bool recover) const;
  /// The names of those that are prepared.
  virtual std::vector<std::string> do_recover_twophase(Connection& connection) const;

  /// Can its drivers be told the types of parameters? They are, where somebody listens to
  /// do_setinputsizes; a driver that is told none chooses by itself.
  bool uses_input_sizes() const noexcept { return uses_input_sizes_; }
  /// The driver's type for a parameter, for listeners to see; 0: its own choice.
  virtual std::int64_t input_size(const dbapi::ValueView& /*value*/) const noexcept {
    return 0;
  }

 private:
  friend class Connection;
  friend class Engine;
  [[noreturn]] void throw_no_twophase() const;

  const std::uint16_t kind_;
  const bool uses_input_sizes_;
  const std::string name_;
};

using DialectFactory = std::shared_ptr<Dialect> (*)();

/// Makes the dialect of that name known to create_engine(); what was known under it is
/// replaced.
///
/// Thread safety: safe at any time.
bool register_dialect(std::string_view name, DialectFactory factory);

/// Throws: NoSuchModuleError.
std::shared_ptr<Dialect> make_dialect(std::string_view name);

}  // namespace hark
