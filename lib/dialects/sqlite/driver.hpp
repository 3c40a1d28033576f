// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/sqlite/statement_cache.hpp"

struct sqlite3;

/// The driver for SQLite, on its C interface.
namespace hark::sqlite {

/// How a database file is opened.
struct ConnectOptions {
  std::string database = ":memory:";             ///< a path, ":memory:", or a file: URI
  bool uri = false;                              ///< is `database` a file: URI?
  std::chrono::milliseconds busy_timeout{5000};  ///< longest wait for a lock; 0: none
  std::size_t statement_cache_size = 100;        ///< prepared statements kept; 0: none
};

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept;
};

class Connection;

/// Recycled by its connection.
class alignas(64) Cursor final : public dbapi::Cursor {
 public:
  explicit Cursor(Connection& connection) noexcept : connection_(&connection) {}

  [[gnu::hot]] void execute(const dbapi::Operation& operation,
                            dbapi::ParameterRow parameters) override;
  void executemany(std::string_view operation, dbapi::ParameterRows& rows) override;
  std::string_view statement() const noexcept override;
  [[gnu::hot]] std::size_t column_count() const noexcept override {
    return column_count_;
  }
  std::string_view column_name(std::size_t column) const override;
  const std::shared_ptr<const dbapi::ColumnNames>& column_names() const override;
  [[gnu::hot]] bool fetch() override;
  [[gnu::hot]] bool fetch(std::span<dbapi::ValueView> cells) override;
  dbapi::ValueView value(std::size_t column) const override;
  std::int64_t rowcount() const noexcept override { return rowcount_; }
  std::int64_t lastrowid() const noexcept override { return lastrowid_; }
  [[gnu::hot]] void close() noexcept override;
  [[gnu::hot]] void release() noexcept override;

 private:
  friend class Connection;

  void open(const dbapi::Operation& operation);
  [[gnu::cold]] CachedStatement* prepare(std::string_view operation);
  void bind(dbapi::ParameterRow parameters);
  [[gnu::hot]] void bind(sqlite3_stmt* statement,
                         int index,
                         std::span<const dbapi::ValueView> parameters);
  void execute_rows(dbapi::ParameterRows& rows);
  void execute_row(dbapi::ParameterRow row);
  void execute_chunk(const std::vector<dbapi::ValueView>& values);
  bool insert_at_once(std::span<const dbapi::ValueView> values);

  static constexpr std::size_t rows_at_once = 50;
  bool step();
  void step_first();
  bool stands_for_begin() const noexcept;
  void end_rows() noexcept;
  void detach() noexcept;
  void surrender() noexcept;
  void cut() noexcept;

  Connection* connection_;             // null: it was cut off
  CachedStatement* cached_ = nullptr;  // null: none is open
  sqlite3_stmt* statement_ = nullptr;  // of cached_
  Cursor* next_free_ = nullptr;
  std::uint32_t column_count_ = 0;
  bool has_row_ = false;  // fetched already, by execute
  bool is_done_ = true;
  bool is_cut_ = false;  // was it open when the connection was closed?
  std::int64_t rowcount_ = -1;
  std::int64_t lastrowid_ = 0;
  mutable std::shared_ptr<const dbapi::ColumnNames> names_;  // without a statement
};

class alignas(64) Connection final : public dbapi::Connection {
 public:
  explicit Connection(const ConnectOptions& options);
  ~Connection() override;

  [[gnu::hot]] dbapi::CursorPtr cursor() override;
  [[gnu::hot]] void begin() override;
  bool in_transaction() const noexcept override;
  void set_autocommit(bool on) override { is_autocommit_ = on; }
  void commit() override;
  [[gnu::hot]] void rollback() override;
  bool ping() override;
  bool is_connected() noexcept override { return database_ != nullptr; }
  [[gnu::hot]] void close_cursors() noexcept override {
    if (lent_ != 0) [[unlikely]]
      close_lent_cursors();
  }
  void close() override;
  void interrupt() noexcept override;
  bool interrupt_blocks() const noexcept override { return false; }

  /// The C interface's own object; null when closed.
  sqlite3* handle() const noexcept { return database_.get(); }

 private:
  friend class Cursor;

  /// SQL that the driver itself executes, kept prepared.
  enum class Control : std::uint8_t {
    begin,
    commit,
    rollback,
    ping,
    savepoint,
    rollback_to,
    release
  };

  static int wait_for_lock(void* connection, int count);

  void require_open() const;
  [[noreturn]] void throw_last_error(std::string_view sql) const;
  void run(Control control, std::string_view sql = {});
  void begin_if_due(CachedStatement& statement);
  void send_begin(std::string_view sql = {});
  bool end_unsent() noexcept;
  void let_reader_go() noexcept;
  void note_failure() noexcept;
  void require_whole() const;
  /// In the database.
  bool has_transaction() const noexcept;
  CachedStatement prepare(std::string_view sql, std::string_view told = {});
  [[gnu::cold]] void make_cursor();
  void recycle(Cursor& cursor) noexcept {
    cursor.next_free_ = std::exchange(free_, &cursor);
    --lent_;
  }
  [[gnu::cold]] void close_lent_cursors() noexcept;
  bool is_free(const Cursor& cursor) const noexcept;

  // What every statement touches comes first.
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  Cursor* free_ = nullptr;             // linked
  std::size_t lent_ = 0;               // cursors that are not free
  bool begins_ = false;                // BEGIN is sent when a statement needs it
  bool is_begun_ = false;              // BEGIN has been sent, and the transaction is open
  bool is_undone_ = false;             // SQLite has rolled it back; rollback() is due
  bool may_have_transaction_ = false;  // in the database; queries alone begin none
  bool is_autocommit_ = false;
  bool is_alone_ = false;  // can nobody else see the database?
  // While a SELECT has a row and is not over, SQLite holds for it what it would hold for the
  // transaction. So the first one stands for BEGIN, which is sent before it is over, or before
  // the next statement; often neither comes.
  CachedStatement* reader_ = nullptr;
  std::atomic<bool> is_reader_idle_{false};  // nobody reads its rows any more
  std::atomic<bool> is_interrupted_{false};  // since the last statement began
  StatementCache statements_;
  std::array<StatementPtr, 7> controls_;
  std::vector<std::unique_ptr<Cursor>> cursors_;

  const std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point wait_began_{};
  std::mutex wait_mutex_;
  std::condition_variable interrupted_;
};

}  // namespace hark::sqlite
