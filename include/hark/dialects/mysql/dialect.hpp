// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/dialect.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hark::mysql {

/// MySQL and MariaDB by the client library of MariaDB.
///
/// URLs: `mysql://user:password@host:port/database`, `mariadb://…`, for which the server
/// has to be MariaDB. A host without port is reached as the library does: `localhost` by
/// its socket. Keys of the query, each at most once:
///
/// | key | value |
/// | --- | --- |
/// | `unix_socket` | the path of a socket |
/// | `charset` | of the connection; utf8mb4 |
/// | `connect_timeout` | seconds; 10, 0: none |
/// | `read_timeout`, `write_timeout` | seconds that the server may be silent; none |
/// | `ssl` | true: a connection without TLS is refused |
/// | `ssl_ca`, `ssl_capath`, `ssl_cert`, `ssl_key` | files, in PEM |
/// | `ssl_cipher` | a list of ciphers |
/// | `ssl_verify_cert` | true: the server has to prove who it is |
/// | `read_default_file`, `read_default_group` | options of the library from a file |
/// | `init_command` | SQL that each new connection executes |
/// | `sql_mode` | of the session: `ANSI_QUOTES,STRICT_TRANS_TABLES` |
/// | `time_zone` | of the session; `+00:00`, so that a TIMESTAMP is in UTC; empty: the server's |
/// | `compress` | true: what is sent is compressed |
/// | `found_rows` | true, the default: rowcount counts what matched, also if unchanged |
/// | `local_infile` | true: the server may ask for files of this machine |
/// | `bulk` | false: many rows do not go as arrays, which MariaDB takes |
/// | `client_flag` | more flags of the protocol |
/// | `statement_cache_size` | prepared statements kept per connection; 100, 0: none |
///
/// Those and `host`, `port`, `user`, `password` and `database` are the options that
/// connect() and listeners of do_connect see.
/// Rows for `LOAD DATA LOCAL INFILE 'rows' INTO TABLE …`, without FIELDS and LINES, are
/// what it loads, whichever the file's name and the database's character set.
/// An executemany is a transaction where none is open: all rows or none.
/// A connection's interrupt() connects again, as the URL says, and executes KILL QUERY:
/// where that leads to several servers, it may end a statement of somebody else.
/// On a fiber nothing blocks its thread: waits are the socket's, by the library's functions
/// for that; with TLS, which the library cannot do so, for a host's name, and for LOAD DATA
/// LOCAL, a thread that may block does the work.
/// Source: SQLAlchemy lib/sqlalchemy/dialects/mysql/base.py, mysqldb.py, mariadbconnector.py.
/// Differs: an option that is not known is an error.
class Dialect final : public event::Subclass<Dialect, hark::Dialect> {
 public:
  /// `name`: "mysql" or "mariadb".
  explicit Dialect(std::string_view name) : Subclass(name) {}

  std::string_view driver() const noexcept override { return "libmariadb"; }
  bool suspends() const noexcept override { return true; }
  /// "mariadb" as soon as a connection has shown that the server is MariaDB.
  std::string_view ddl_name() const noexcept override {
    return is_mariadb_.load(std::memory_order_relaxed) ? "mariadb" : name();
  }
  ConnectArguments connect_arguments(const URL& url) const override;
  std::unique_ptr<dbapi::Connection> connect(const ConnectArguments& arguments) override;
  std::string placeholder(std::size_t number) const override;
  bool is_disconnect(const dbapi::Error& error) const noexcept override;
  bool wants_one_connection(const URL& url) const noexcept override;
  /// AUTOCOMMIT, READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ, SERIALIZABLE.
  void set_isolation_level(dbapi::Connection& connection,
                           std::string_view level) const override;
  /// Of a server whose configuration does not say otherwise.
  std::string_view default_isolation_level() const noexcept override;
  void reset_isolation_level(dbapi::Connection& connection) const override;
  /// AUTOCOMMIT in that mode; else the level that the server says the session has.
  std::string get_isolation_level(dbapi::Connection& connection) const override;

  void do_begin_twophase(hark::Connection& connection,
                         const std::string& xid) const override;
  void do_prepare_twophase(hark::Connection& connection,
                           const std::string& xid) const override;
  void do_rollback_twophase(hark::Connection& connection,
                            const std::string& xid,
                            bool is_prepared,
                            bool recover) const override;
  void do_commit_twophase(hark::Connection& connection,
                          const std::string& xid,
                          bool is_prepared,
                          bool recover) const override;
  std::vector<std::string> do_recover_twophase(
      hark::Connection& connection) const override;

 private:
  std::atomic<bool> is_mariadb_{false};
};

}  // namespace hark::mysql
