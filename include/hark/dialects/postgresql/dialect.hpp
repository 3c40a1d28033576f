// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/dialect.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hark::postgresql {

/// PostgreSQL by libpq.
///
/// URLs: `postgresql://user:password@host:port/database`; what is left out is libpq's
/// default, environment variables and files included. A folder as the query's `host` is
/// that of a Unix socket: `postgresql:///music?host=/run/postgresql`. The keys of the query
/// are libpq's keywords (`sslmode`, `connect_timeout` in seconds, `application_name`,
/// `options` …), and `statement_cache_size`: the texts whose prepared statements are kept
/// per connection; 100, 0: none, as some connection poolers want it.
///
/// | value | PostgreSQL's type, as a parameter | and as a cell |
/// | --- | --- | --- |
/// | boolean | boolean | boolean |
/// | integer | integer where it fits, else bigint | smallint, integer, bigint, oid |
/// | real | double precision | real, double precision |
/// | decimal | numeric | numeric |
/// | blob | bytea | bytea |
/// | date | date | date |
/// | datetime | what the place wants, UTC | timestamp, timestamptz |
/// | text | what the place wants | all others, as PostgreSQL writes them |
///
/// do_setinputsizes: the numbers are those of pg_type; a listener that sets one has the
/// value sent as text under that type.
/// Transactions: BEGIN travels with the first statement, and a transaction that has
/// executed nothing does not reach the server.
/// Statements are prepared when they are executed for the second time on a connection, and
/// their rows then come in binary, where each column can be read so.
/// COPY … FROM STDIN takes a range of rows, like an INSERT; COPY … TO STDOUT gives lines.
/// Streams: with the execution option `stream_results` rows come as they are fetched. A
/// statement beside it waits until the rest has come; a rollback cuts it off.
/// On a fiber it waits without blocking the thread; names of hosts are asked for by a thread
/// that may block. A connection that fibers use has two descriptors.
/// Source: SQLAlchemy lib/sqlalchemy/dialects/postgresql/psycopg2.py.
/// Differs: committing a transaction that has failed is an InternalError; psycopg2 says
/// nothing, and PostgreSQL rolls it back.
class Dialect final : public event::Subclass<Dialect, hark::Dialect> {
 public:
  Dialect() : Subclass("postgresql", true) {}

  std::string_view driver() const noexcept override { return "libpq"; }
  ConnectArguments connect_arguments(const URL& url) const override;
  std::unique_ptr<dbapi::Connection> connect(const ConnectArguments& arguments) override;
  std::string placeholder(std::size_t number) const override;
  bool suspends() const noexcept override { return true; }
  bool is_disconnect(const dbapi::Error& error) const noexcept override;
  bool wants_one_connection(const URL&) const noexcept override { return false; }
  /// AUTOCOMMIT, READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ, SERIALIZABLE.
  void set_isolation_level(dbapi::Connection& connection,
                           std::string_view level) const override;
  void reset_isolation_level(dbapi::Connection& connection) const override;
  std::string get_isolation_level(dbapi::Connection& connection) const override;
  std::string_view default_isolation_level() const noexcept override;
  std::int64_t input_size(const dbapi::ValueView& value) const noexcept override;

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
};

}  // namespace hark::postgresql
