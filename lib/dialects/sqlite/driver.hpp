// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

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
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept;
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// A prepared statement in the cache of its connection.
struct CachedStatement {
  std::string sql;
  StatementPtr statement;
  bool in_use = false;
};

/// Prepared statements by their text; those used last are kept.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) noexcept : capacity_(capacity) {}

  /// The statement of that text if it is here and free, now in use; null otherwise.
  CachedStatement* take(std::string_view sql) noexcept;
  /// Keeps a new statement, which is in use.
  CachedStatement* add(std::string_view sql, StatementPtr statement);
  /// Gives back what was taken or added; may delete it.
  void give_back(CachedStatement* cached) noexcept;
  void clear() noexcept;

 private:
  void shrink() noexcept;

  using Order = std::list<CachedStatement>;  // the one used last in front
  const std::size_t capacity_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> by_text_;
  Order loose_;  // in use beside another one of the same text
};

class Connection;

/// Recycled by its connection.
class Cursor final : public dbapi::Cursor {
 public:
  explicit Cursor(Connection& connection) noexcept : connection_(&connection) {}

  void execute(std::string_view operation, dbapi::ParameterRow parameters) override;
  void executemany(std::string_view operation,
                   std::span<const dbapi::ParameterRow> rows) override;
  std::size_t column_count() const noexcept override { return column_count_; }
  std::string_view column_name(std::size_t column) const override;
  bool fetch() override;
  dbapi::ValueView value(std::size_t column) const override;
  std::int64_t rowcount() const noexcept override { return rowcount_; }
  std::int64_t lastrowid() const noexcept override { return lastrowid_; }
  void close() noexcept override;
  void release() noexcept override;

 private:
  void open(std::string_view operation);
  void bind(dbapi::ParameterRow parameters);
  bool step();
  void finish() noexcept;

  friend class Connection;

  Connection* connection_;  // null: it is gone
  CachedStatement* cached_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  std::size_t column_count_ = 0;
  bool has_row_ = false;  // fetched already, by execute
  bool is_done_ = false;
  std::int64_t rowcount_ = -1;
  std::int64_t lastrowid_ = 0;
};

class Connection final : public dbapi::Connection {
 public:
  explicit Connection(const ConnectOptions& options);
  ~Connection() override;

  dbapi::CursorPtr cursor() override;
  void begin() override;
  void commit() override;
  void rollback() override;
  bool ping() override;
  void close() override;
  void interrupt() noexcept override;

  /// The C interface's own object; null when closed.
  sqlite3* handle() const noexcept { return database_.get(); }

 private:
  friend class Cursor;

  void require_open() const;
  void run(std::string_view sql);
  StatementPtr prepare(std::string_view sql);
  void recycle(Cursor& cursor) noexcept;

  std::unique_ptr<sqlite3, CloseDatabase> database_;
  StatementCache statements_;
  std::vector<std::unique_ptr<Cursor>> cursors_;
  std::vector<Cursor*> free_;
};

}  // namespace hark::sqlite
