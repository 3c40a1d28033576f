// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>

#include <mysql.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/mysql/parameters.hpp"
#include "dialects/mysql/row.hpp"
#include "dialects/mysql/statement_cache.hpp"

namespace hark::mysql {

class Connection;
class Waiter;

struct FreeResult {
  void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};
using ResultPtr = std::unique_ptr<MYSQL_RES, FreeResult>;

/// Recycled by its connection.
///
/// What is executed often, or returns rows, is prepared, and its rows are read in place in
/// the binary form in which they have come. The rest goes as text.
class Cursor final : public dbapi::Cursor {
 public:
  explicit Cursor(Connection& connection) noexcept : connection_(&connection) {}

  void execute(const dbapi::Operation& operation,
               dbapi::ParameterRow parameters) override;
  void executemany(std::string_view operation, dbapi::ParameterRows& rows) override;
  std::string_view statement() const noexcept override;
  std::size_t column_count() const noexcept override { return column_count_; }
  std::string_view column_name(std::size_t column) const override;
  const std::shared_ptr<const dbapi::ColumnNames>& column_names() const override;
  bool fetch() override;
  bool fetch(std::span<dbapi::ValueView> cells) override;
  dbapi::ValueView value(std::size_t column) const override;
  std::int64_t rowcount() const noexcept override { return rowcount_; }
  std::int64_t lastrowid() const noexcept override { return lastrowid_; }
  void close() noexcept override;
  void release() noexcept override;

 private:
  friend class Connection;

  /// Where the next row comes from.
  enum class Source : std::uint8_t {
    none,    ///< there is none
    stored,  ///< a list of rows of a prepared statement
    stream,  ///< the server
    text     ///< a result of text
  };

  void open();
  void find(const dbapi::Operation& operation);
  void prepare(std::string_view operation);
  void execute_prepared(const dbapi::Operation& operation,
                        dbapi::ParameterRow parameters);
  bool execute_again(const dbapi::Operation& operation, dbapi::ParameterRow parameters);
  bool is_forgotten() const noexcept;
  void require_width(std::size_t given) const;
  void begin_rows(bool streams);
  void note_columns();
  void store_rows();
  void execute_text(std::string_view operation);
  void note_effect();
  [[noreturn]] void fail();

  void execute_rows(std::string_view operation, dbapi::ParameterRows& rows);
  void execute_rows(dbapi::ParameterRows& rows);
  void execute_row(std::span<const dbapi::ValueView> row);
  void execute_chunk(const Chunk& chunk, BoundArrays& arrays);
  void execute_as_arrays(const Chunk& chunk, BoundArrays& arrays);
  [[noreturn]] void refuse_rows(MYSQL_STMT* statement);
  void execute_as_statements(const Chunk& chunk);
  void insert_at_once(std::span<const dbapi::ValueView> values, MYSQL_STMT* statement);
  StatementPtr prepare_many(std::size_t rows) const;
  void add_effect(MYSQL_STMT* statement);
  void load_rows(std::string_view operation, dbapi::ParameterRows& rows);

  bool advance();
  bool advance_stream();
  void read_row(std::span<dbapi::ValueView> cells) const;
  void buffer_rest();
  void end_rows() noexcept;
  void free_rows() noexcept;
  Waiter& waiter() const noexcept;
  void detach() noexcept;
  void surrender() noexcept;
  void cut() noexcept;

  Connection* connection_;             // null: it was cut off
  CachedStatement* cached_ = nullptr;  // null: none is open
  Cursor* next_free_ = nullptr;

  Source source_ = Source::none;
  bool has_row_ = false;            // does it stand on one?
  mutable bool has_cells_ = false;  // is cells_ that row?
  std::size_t column_count_ = 0;
  const unsigned char* row_ = nullptr;  // of a prepared statement
  MYSQL_ROWS* next_ = nullptr;          // of those that are stored
  MYSQL_ROW text_row_ = nullptr;
  unsigned long* text_lengths_ = nullptr;
  mutable Columns columns_;
  mutable std::vector<dbapi::ValueView> cells_;

  std::int64_t rowcount_ = -1;
  std::int64_t lastrowid_ = 0;
  bool is_cut_ = false;         // was it open when the connection was closed?
  std::exception_ptr failure_;  // of rows that were read while nobody asked for them
  BoundRow parameters_;
  ResultPtr result_;  // of text
  std::string text_;  // the statement that went as text
  std::vector<unsigned char> streamed_row_;
  mutable std::shared_ptr<const dbapi::ColumnNames> names_;  // without a statement
};

}  // namespace hark::mysql
