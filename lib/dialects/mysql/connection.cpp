// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/connection.hpp"

#include <hark/dbapi/error.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "dialects/mysql/error.hpp"

namespace hark::mysql {

Connection::Connection(const ConnectOptions& options)
    : handle_(open_handle(options, waiter_)),
      statements_(options.statement_cache_size),
      options_(options),
      thread_id_(mysql_thread_id(handle_.get())) {
  waiter_.set_interrupted(this);
}

Connection::~Connection() {
  hang_up();
  close_cursors();
  handle_.reset();
  statements_.clear();
}

bool Connection::is_mariadb() const {
  require_open();
  return mariadb_connection(handle_.get()) != 0;
}

std::string Connection::server_version() const {
  require_open();
  return mysql_get_server_info(handle_.get());
}

void Connection::require_open() const {
  if (handle_ == nullptr) throw_closed();
}

// -- cursors ----------------------------------------------------------------------------

void Connection::close_lent_cursors() noexcept {
  // A cursor that somebody still holds lives on, closed.
  for (auto& cursor : cursors_) {
    if (is_free(*cursor)) continue;
    cursor->cut();
    cursor->connection_ = nullptr;
    static_cast<void>(cursor.release());
  }
  std::erase(cursors_, nullptr);
  lent_ = 0;
}

bool Connection::is_free(const Cursor& cursor) const noexcept {
  const Cursor* each = free_;
  while (each != nullptr && each != &cursor) each = each->next_free_;
  return each != nullptr;
}

dbapi::CursorPtr Connection::cursor() {
  require_open();
  if (free_ == nullptr) [[unlikely]]
    make_cursor();
  Cursor* const cursor = std::exchange(free_, free_->next_free_);
  ++lent_;
  return dbapi::CursorPtr(cursor);
}

void Connection::make_cursor() {
  cursors_.push_back(std::make_unique<Cursor>(*this));
  free_ = cursors_.back().get();
}

// -- statements -------------------------------------------------------------------------

/// What the server is still sending is read, so that it can be spoken to.
///
/// Throws: where the flow that settles is cancelled meanwhile, for it is not to go on.
void Connection::settle() {
  if (stream_ != nullptr) [[unlikely]]
    stream_->buffer_rest();
  if (statements_.has_loose()) [[unlikely]]
    statements_.drop_loose();
}

/// Before each statement of a program: whether it begins a transaction is up to begin().
/// One that was prepared by another session is only ended outside.
void Connection::get_ready(bool ends_two_phases) {
  require_open();
  settle();
  if (!has_own_) switch_autocommit(is_autocommit_ || !is_begun_ || ends_two_phases);
}

/// Unless a transaction is open.
void Connection::switch_autocommit(bool on) {
  const bool is_on = (handle_->server_status & SERVER_STATUS_AUTOCOMMIT) != 0;
  if (on == is_on || in_transaction()) [[likely]]
    return;
  finish(waiter_.autocommit(handle_.get(), on), "SET autocommit");
}

/// What takes several statements is one transaction of its own, if there is none. Without
/// BEGIN, which would unlock tables.
bool Connection::begin_own() {
  require_open();
  settle();
  const bool is_due = has_own_ || (is_begun_ && !is_autocommit_);
  if (!is_due && is_uncertain_) find_out();
  const bool is_own = !is_due && !in_transaction();
  switch_autocommit(false);
  has_own_ = has_own_ || is_own;
  return is_own;
}

void Connection::commit_own() {
  finish(waiter_.commit(handle_.get()), "COMMIT");
  has_own_ = false;
}

/// Where that fails, too, the connection is lost.
void Connection::rollback_own() noexcept {
  has_own_ = false;
  if (handle_ == nullptr) return;
  try {
    if (waiter_.rollback(handle_.get()) == 0) is_uncertain_ = false;
  } catch (...) {
    // So it is where nobody waits for the answer.
  }
}

/// Every answer but an error says whether a transaction is open.
void Connection::find_out() {
  run("DO 0");
  is_uncertain_ = false;
}

CachedStatement Connection::prepare(std::string_view sql) {
  StatementPtr statement(mysql_stmt_init(handle_.get()));
  if (statement == nullptr) throw std::bad_alloc();
  if (waiter_.prepare(statement.get(), sql) != 0)
    throw_failure(failure_of(statement.get()), sql);
  const std::size_t parameters = mysql_stmt_param_count(statement.get());
  return {.statement = std::move(statement),
          .parameter_count = parameters,
          .batching = takes_arrays() ? Batching::arrays : Batching::statements,
          .sql = std::string(sql)};
}

bool Connection::takes_arrays() const {
  if (!options_.bulk || !is_mariadb()) return false;
  unsigned long capabilities = 0;
  mariadb_get_info(
      handle_.get(), MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities);
  return (capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32U)) != 0;
}

std::vector<std::vector<std::string>> Connection::run(std::string_view sql) {
  require_open();
  settle();
  if (waiter_.query(handle_.get(), sql) != 0) throw_last_error(sql);
  const ResultPtr result(waiter_.store_result(handle_.get()));
  if (result == nullptr && mysql_field_count(handle_.get()) != 0) throw_last_error(sql);
  std::vector<std::vector<std::string>> rows;
  while (MYSQL_ROW row = result == nullptr ? nullptr : mysql_fetch_row(result.get())) {
    const unsigned long* const lengths = mysql_fetch_lengths(result.get());
    std::vector<std::string>& texts = rows.emplace_back();
    for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i)
      texts.emplace_back(row[i] == nullptr ? "" : row[i], lengths[i]);
  }
  return rows;
}

// -- failures ---------------------------------------------------------------------------

void Connection::throw_last_error(std::string_view sql) {
  throw_failure(failure_of(handle_.get()), sql);
}

/// The server does not say with an error whether a transaction is open; it may have begun
/// with the statement that failed.
void Connection::throw_failure(const Failure& failure, std::string_view sql) {
  is_uncertain_ = true;
  const bool is_idle = stream_ == nullptr;
  throw_error(failure, sql, is_idle && !is_socket_open(handle_.get()));
}

void Connection::finish(my_bool failed, std::string_view sql) {
  if (failed != 0) throw_last_error(sql);
  is_uncertain_ = false;
}

// -- transactions -----------------------------------------------------------------------

bool Connection::in_transaction() const noexcept {
  return handle_ != nullptr &&
         (is_uncertain_ || (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0);
}

bool Connection::is_at_rest() const noexcept {
  return stream_ == nullptr && handle_ != nullptr && !statements_.has_loose() &&
         !in_transaction();
}

void Connection::begin() {
  require_open();
  if (is_autocommit_) return;
  if (is_begun_ || in_transaction())
    throw dbapi::OperationalError("cannot start a transaction within a transaction");
  is_begun_ = true;
}

void Connection::commit() {
  require_open();
  settle();
  if (in_transaction()) finish(waiter_.commit(handle_.get()), "COMMIT");
  is_begun_ = false;
}

/// Rows that were not fetched yet are lost with it.
void Connection::rollback() {
  require_open();
  if (stream_ != nullptr) stream_->cut();
  settle();
  if (in_transaction()) finish(waiter_.rollback(handle_.get()), "ROLLBACK");
  is_begun_ = false;
}

void Connection::set_isolation_level(std::string_view level) {
  if (first_isolation_level_.empty()) first_isolation_level_ = isolation_level();
  run("SET SESSION TRANSACTION ISOLATION LEVEL " + std::string(level));
}

void Connection::reset_isolation_level() {
  if (first_isolation_level_.empty()) return;
  run("SET SESSION TRANSACTION ISOLATION LEVEL " + first_isolation_level_);
  first_isolation_level_.clear();
}

std::string Connection::isolation_level() {
  constexpr unsigned long least_of_new_name = 80000;  // of MySQL's versions
  const bool has_new_name =
      !is_mariadb() && mysql_get_server_version(handle_.get()) >= least_of_new_name;
  std::string level =
      run(has_new_name ? "SELECT @@transaction_isolation" : "SELECT @@tx_isolation")
          .at(0)
          .at(0);
  std::replace(level.begin(), level.end(), '-', ' ');
  return level;
}

// -- life -------------------------------------------------------------------------------

bool Connection::ping() {
  if (handle_ == nullptr) return false;
  settle();
  return waiter_.ping(handle_.get()) == 0;
}

bool Connection::is_connected() noexcept {
  if (handle_ == nullptr) return false;
  return stream_ != nullptr || is_socket_open(handle_.get());
}

/// What the server is still sending is not waited for.
void Connection::hang_up() noexcept {
  is_open_.store(false, std::memory_order_relaxed);
  if (stream_ != nullptr) ::shutdown(mysql_get_socket(handle_.get()), SHUT_RDWR);
}

void Connection::close() {
  hang_up();
  for (const auto& cursor : cursors_) cursor->cut();
  is_begun_ = false;
  has_own_ = false;
  // Without a session, its statements are closed without a word.
  waiter_.forget_socket();
  handle_.reset();
  statements_.clear();
}

/// A session cannot be told anything while it executes: another one tells it.
void Connection::interrupt() noexcept {
  if (!is_open_.load(std::memory_order_relaxed)) return;
  try {
    constexpr std::chrono::seconds patience{5};
    ConnectOptions options = options_;
    options.connect_timeout = patience;
    options.read_timeout = patience;
    options.write_timeout = patience;
    options.init_command.clear();
    options.sql_mode.clear();
    options.time_zone.clear();
    Waiter waiter;
    const HandlePtr other = open_handle(options, waiter);
    waiter.query(other.get(), "KILL QUERY " + std::to_string(thread_id_));
  } catch (...) {
    // Who cannot reach the server cannot interrupt it.
  }
}

}  // namespace hark::mysql
