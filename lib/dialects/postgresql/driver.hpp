// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dialects/postgresql/driver_connection.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialects/postgresql/codec.hpp"
#include "dialects/postgresql/statement_cache.hpp"
#include "dialects/postgresql/wait.hpp"

/// The driver for PostgreSQL, on libpq.
namespace hark::postgresql {

/// How a connection is opened.
struct ConnectOptions {
  /// libpq's keywords and their values.
  std::vector<std::pair<std::string, std::string>> parameters{};
  std::size_t statement_cache_size = 100;  ///< texts that are kept; 0: none
};

struct FreeCancel {
  void operator()(pg_cancel* cancel) const noexcept;
};
using CancelHandle = std::unique_ptr<pg_cancel, FreeCancel>;

class Batch;
class Connection;

/// Recycled by its connection. Its rows are libpq's: all of them, or, where they are
/// streamed, the present one.
class Cursor final : public dbapi::Cursor {
 public:
  explicit Cursor(Connection& connection) noexcept : connection_(&connection) {}

  [[gnu::hot]] void execute(const dbapi::Operation& operation,
                            dbapi::ParameterRow parameters) override;
  void executemany(std::string_view operation, dbapi::ParameterRows& rows) override;
  void setinputsizes(std::span<const std::int64_t> sizes) override;
  std::string_view statement() const noexcept override { return statement_; }
  [[gnu::hot]] std::size_t column_count() const noexcept override {
    return column_count_;
  }
  std::string_view column_name(std::size_t column) const override;
  const std::shared_ptr<const dbapi::ColumnNames>& column_names() const override;
  [[gnu::hot]] bool fetch() override;
  [[gnu::hot]] bool fetch(std::span<dbapi::ValueView> cells) override;
  dbapi::ValueView value(std::size_t column) const override;
  std::int64_t rowcount() const noexcept override { return rowcount_; }
  std::int64_t lastrowid() const noexcept override { return 0; }
  [[gnu::hot]] void close() noexcept override;
  [[gnu::hot]] void release() noexcept override;

 private:
  friend class Connection;

  /// Where its rows come from.
  enum class Source : std::uint8_t {
    none,
    result,   ///< result_ has them all
    stream,   ///< they are on their way, one by one
    copy_out  ///< lines of COPY … TO STDOUT are on their way
  };

  [[gnu::hot]] void open(std::string_view operation);
  [[gnu::hot]] void take_result(ResultHandle result,
                                CachedText& text,
                                Statement& statement);
  [[gnu::hot]] void take_rows(ResultHandle result, Statement& statement);
  [[gnu::cold]] void execute_streaming(CachedText& text);
  ResultHandle start_copy();
  void execute_copy(const dbapi::Operation& operation, dbapi::ParameterRow parameters);
  void copy_rows(dbapi::ParameterRows& rows);
  bool next_streamed();
  bool read_line(std::string& to);
  void keep_rest() noexcept;
  void keep_rows(ResultHandle& kept);
  void keep_lines(ResultHandle& kept);
  [[gnu::hot]] void end_rows() noexcept;
  [[gnu::hot]] void drop_rows() noexcept;
  void cut() noexcept;
  [[gnu::hot]] dbapi::ValueView read(std::size_t column) const;
  void read_binary(std::span<dbapi::ValueView> cells) const;

  Connection* connection_;  // null: it was cut off
  ResultHandle result_;
  ResultHandle present_;  // the present row, where result_ was exchanged for a copy
  int row_ = -1;          // of result_
  int row_count_ = 0;
  std::size_t column_count_ = 0;
  Source source_ = Source::none;
  bool is_binary_ = false;  // do cells come so?
  bool has_row_ = false;    // fetched already, by execute
  bool is_cut_ = false;     // were there rows when the connection ended?
  std::int64_t rowcount_ = -1;
  std::shared_ptr<const Columns> columns_;  // the last ones: often they come again
  Cursor* next_free_ = nullptr;
  std::string statement_;
  std::vector<std::int64_t> sizes_;  // of the next execution; empty: nobody has chosen
  mutable DecodedBytes bytes_;       // of the present row
  std::exception_ptr failure_;       // behind the last row; null: none
  std::string line_;                 // of COPY
};

/// A connection; what a transaction needs is sent with the statements that need it.
class Connection final : public DriverConnection {
 public:
  /// Throws: dbapi::OperationalError where there is no way to the database.
  explicit Connection(const ConnectOptions& options);
  ~Connection() override;

  [[gnu::hot]] dbapi::CursorPtr cursor() override;
  [[gnu::hot]] void begin() override;
  void set_autocommit(bool on) override { is_autocommit_ = on; }
  bool is_autocommit() const noexcept { return is_autocommit_; }
  void commit() override;
  [[gnu::hot]] void rollback() override;
  bool in_transaction() const noexcept override;
  bool is_at_rest() const noexcept override;
  bool sends_ahead() const noexcept override { return true; }
  std::uint64_t send_ahead(const dbapi::Operation& operation,
                           dbapi::ParameterRow parameters) override;
  bool ping() override;
  bool is_connected() noexcept override;
  void close_cursors() noexcept override {
    if (lent_ != 0 || !ahead_.empty()) [[unlikely]]
      close_lent_cursors();
    spent_.reset();
  }
  void close() override;
  void interrupt() noexcept override;
  bool suspends() const noexcept override { return true; }

  std::optional<Notification> wait_for_notification(
      std::chrono::milliseconds timeout) override;
  int server_version() const noexcept override;
  int backend_pid() const noexcept override;
  std::string parameter_status(const std::string& name) const override;
  pg_conn* handle() const noexcept override { return handle_.get(); }

  /// Sets the isolation level of the transactions that come; empty: the server's default.
  void set_isolation_level(std::string_view level);
  std::string isolation_level();

 private:
  /// A statement that was sent before its turn.
  struct Ahead {
    std::uint64_t number;
    std::shared_ptr<const Columns> columns;  // as they were known then; null: not at all
    ResultHandle result;                     // null: it was not read
  };

  friend class Cursor;
  friend class Batch;
  friend class Pipeline;
  friend class CopyIn;

  void replace(std::unique_ptr<NoticeHandler> handler) override;
  [[gnu::hot]] void require_open() const;
  [[noreturn]] void throw_lost(std::string_view sql) const;
  [[noreturn]] void throw_unsent(std::string_view sql) const;
  [[noreturn]] void throw_error(const pg_result* result, std::string_view sql) const;
  void require_unprepared() const;
  void drop_stale(const pg_result* result);
  bool drops_stale(const pg_result* result, const Statement& statement);
  [[noreturn]] void throw_failed(const pg_result* result, CachedText& text);
  void require_success(const pg_result* result, std::string_view sql) const;

  ResultHandle run(const char* sql);
  /// Was it executed before, so that it may come often?
  bool is_to_be_prepared(const Statement& statement) const noexcept {
    return statement.was_executed && statement.name.empty() && statements_.is_on();
  }
  /// Is there something to be given up, in a transaction that has not failed?
  bool gives_up() noexcept;
  bool can_send_ahead(const dbapi::Operation& operation) const noexcept;
  ResultHandle execute_ahead(std::uint64_t number,
                             CachedText& text,
                             Statement*& statement);
  Ahead take_ahead(std::uint64_t number);
  ResultHandle read_ahead();
  /// The answers to what was sent ahead are read and kept: something else is to be sent.
  void settle_ahead() {
    if (is_pipelining_) [[unlikely]]
      keep_ahead();
  }
  [[gnu::cold]] void keep_ahead();
  void leave_pipeline() noexcept;
  void prepare_now(const CachedText& text, Statement& statement);
  [[gnu::hot]] ResultHandle execute(CachedText& text, Statement*& statement);
  [[gnu::hot]] ResultHandle exchange(const CachedText& text,
                                     Statement& statement,
                                     const EncodedParameters& parameters);
  [[gnu::cold]] void give_up_now();
  ResultHandle exchange_outside(const CachedText& text,
                                const Statement& statement,
                                const EncodedParameters& parameters);
  ResultHandle exchange_in_pipeline(const CachedText& text,
                                    Statement& statement,
                                    const EncodedParameters& parameters,
                                    bool prepares);
  [[gnu::hot]] void send(const CachedText& text,
                         const Statement& statement,
                         const EncodedParameters& parameters);
  [[gnu::hot]] ResultHandle read_one();
  void begin_now();
  bool is_idle() const noexcept;
  void note_effects(const pg_result* result);
  std::shared_ptr<const Columns> columns_of(const pg_result* result,
                                            Statement& statement) const;

  /// Is something under way beside which nothing else can be sent?
  bool is_busy() const noexcept {
    return streaming_ != nullptr || batch_ != nullptr || is_copying_;
  }
  [[gnu::cold]] void settle();
  void finish_stream() noexcept;
  void drop_stream(bool cancels) noexcept;

  [[gnu::cold]] void make_cursor();
  void recycle(Cursor& cursor) noexcept {
    cursor.next_free_ = std::exchange(free_, &cursor);
    --lent_;
  }
  [[gnu::cold]] void close_lent_cursors() noexcept;
  bool is_free(const Cursor& cursor) const noexcept;
  [[gnu::hot]] void spend(ResultHandle result) noexcept;
  static void receive_notice(void* connection, const pg_result* result);
  void take_notifications();

  ConnectionHandle handle_;
  Wire wire_{handle_, *this};
  Cursor* free_ = nullptr;  // linked
  std::size_t lent_ = 0;    // cursors that are not free
  bool begins_ = false;     // BEGIN is sent with the next statement
  bool is_autocommit_ = false;
  bool changed_schema_ = false;              // in this transaction
  bool is_ending_ = false;                   // has the server said so?
  std::atomic<bool> is_interrupted_{false};  // since the last statement began
  bool is_copying_ = false;                  // are the rows of a COPY made?
  bool is_prepared_ = false;                 // has PREPARE TRANSACTION ended it?
  bool is_stream_alone_ = false;             // is it in no transaction?
  Batch* batch_ = nullptr;                   // whose rows are made
  Cursor* streaming_ = nullptr;              // whose rows are on their way
  ResultHandle spent_;                       // nobody needs it: see spend()
  EncodedRows row_;                          // of the present execution
  EncodedRows row_ahead_;                    // of what is sent ahead
  std::deque<Ahead> ahead_;                  // what has not had its turn
  bool is_pipelining_ = false;               // are there answers to that on their way?
  Statement other_ahead_;                    // of one whose statement was forgotten since
  bool may_be_hit_ = false;  // by an interruption that an earlier one was meant by
  StatementCache statements_;
  std::string begin_sql_ = "BEGIN";
  std::string isolation_level_;  // empty: the server's default
  CancelHandle cancel_;
  std::unique_ptr<NoticeHandler> notice_handler_;  // null: there is none
  std::deque<Notification> notifications_;
  std::vector<std::unique_ptr<Cursor>> cursors_;
};

}  // namespace hark::postgresql
