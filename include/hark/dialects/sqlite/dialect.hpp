// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/dialect.hpp>

namespace hark::sqlite {

/// SQLite by its C interface.
///
/// URLs: `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://` in memory. Keys
/// of the query, each at most once:
///
/// | key | value |
/// | --- | --- |
/// | `timeout` | seconds that a locked database is waited for; 5, fractions allowed |
/// | `statement_cache_size` | prepared statements kept per connection; 100, 0: none |
/// | `mode` | `ro`, `rw`, `rwc` (the default: also creates it), `memory` |
/// | `cache` | `private`, or `shared` by the connections of the process |
/// | `immutable` | true: nobody else changes the file, so it is not locked |
/// | `nolock`, `psow`, `vfs` | as in <https://sqlite.org/uri.html> |
/// | `uri` | true: the database is a `file:` URI, percent-encoded as SQLite wants it |
/// | `check_same_thread` | false, without effect: a connection may change threads |
///
/// Those that are SQLite's own make a URI of the database, whose name is encoded.
/// Source: SQLAlchemy lib/sqlalchemy/dialects/sqlite/pysqlite.py.
/// Differs: an option that is not known is an error.
class Dialect final : public event::Subclass<Dialect, hark::Dialect> {
 public:
  Dialect() : Subclass("sqlite") {}

  std::string_view driver() const noexcept override { return "sqlite3"; }
  ConnectArguments connect_arguments(const URL& url) const override;
  std::unique_ptr<dbapi::Connection> connect(const ConnectArguments& arguments) override;
  std::string placeholder(std::size_t number) const override;
  bool is_disconnect(const dbapi::Error& error) const noexcept override;
  bool wants_one_connection(const URL& url) const noexcept override;
  /// AUTOCOMMIT, SERIALIZABLE, READ UNCOMMITTED.
  void set_isolation_level(dbapi::Connection& connection,
                           std::string_view level) const override;
  std::string_view default_isolation_level() const noexcept override;
  std::string get_isolation_level(dbapi::Connection& connection) const override;
};

}  // namespace hark::sqlite
