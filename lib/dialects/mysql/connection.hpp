// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>

#include <mysql.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/mysql/cursor.hpp"
#include "dialects/mysql/error.hpp"
#include "dialects/mysql/handle.hpp"
#include "dialects/mysql/options.hpp"
#include "dialects/mysql/statement_cache.hpp"
#include "dialects/mysql/wait.hpp"

namespace hark::mysql {

/// A session on a MySQL or MariaDB server, by the client library of MariaDB.
///
/// Whether a transaction is open is what the server says with each answer, so that a
/// commit or rollback of nothing costs nothing. In a transaction the session is not in
/// autocommit mode, so that no BEGIN is sent.
class Connection final : public dbapi::Connection {
 public:
  explicit Connection(const ConnectOptions& options);
  ~Connection() override;

  dbapi::CursorPtr cursor() override;
  void begin() override;
  void set_autocommit(bool on) override { is_autocommit_ = on; }
  bool is_autocommit() const noexcept { return is_autocommit_; }
  void commit() override;
  void rollback() override;
  bool ping() override;
  bool is_connected() noexcept override;
  bool in_transaction() const noexcept override;
  bool is_at_rest() const noexcept override;
  void close_cursors() noexcept override {
    if (lent_ != 0) [[unlikely]]
      close_lent_cursors();
  }
  void close() override;
  void interrupt() noexcept override;
  bool suspends() const noexcept override { return true; }

  /// The client library's own object; null when closed.
  MYSQL* handle() const noexcept { return handle_.get(); }
  /// Is the server MariaDB? Else it is MySQL.
  ///
  /// Throws: ProgrammingError when closed.
  bool is_mariadb() const;
  /// Throws: ProgrammingError when closed.
  std::string server_version() const;
  /// The session's number on the server.
  unsigned long thread_id() const noexcept { return thread_id_; }

  /// Executes a statement without parameters that does not touch a transaction, and
  /// returns its rows; NULL is an empty text.
  std::vector<std::vector<std::string>> run(std::string_view sql);

  /// Sets it for the transactions to come, and knows how to undo that.
  ///
  /// Requires: `level` is the name of one.
  void set_isolation_level(std::string_view level);
  void reset_isolation_level();
  std::string isolation_level();

 private:
  friend class Cursor;

  void require_open() const;
  void hang_up() noexcept;
  void get_ready(bool ends_two_phases = false);
  bool begin_own();
  void commit_own();
  void rollback_own() noexcept;
  void switch_autocommit(bool on);
  void find_out();
  void settle();
  [[noreturn]] void throw_last_error(std::string_view sql);
  [[noreturn]] void throw_failure(const Failure& failure, std::string_view sql);
  void finish(my_bool failed, std::string_view sql);
  CachedStatement prepare(std::string_view sql);
  bool takes_arrays() const;
  void make_cursor();
  void recycle(Cursor& cursor) noexcept {
    cursor.next_free_ = std::exchange(free_, &cursor);
    --lent_;
  }
  void close_lent_cursors() noexcept;
  bool is_free(const Cursor& cursor) const noexcept;

  Waiter waiter_;
  HandlePtr handle_;
  Cursor* free_ = nullptr;    // linked
  std::size_t lent_ = 0;      // cursors that are not free
  Cursor* stream_ = nullptr;  // whose rows the server is sending
  bool is_autocommit_ = false;
  bool is_begun_ = false;      // by begin()
  bool has_own_ = false;       // is there a transaction by begin_own()?
  bool is_uncertain_ = false;  // has the server not said yet what is open?
  StatementCache statements_;
  std::vector<std::unique_ptr<Cursor>> cursors_;
  std::string first_isolation_level_;  // empty: it was not changed

  const ConnectOptions options_;
  const unsigned long thread_id_;
  std::atomic<bool> is_open_{true};
};

}  // namespace hark::mysql
