// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/sqlite/driver.hpp"

#include <hark/dbapi/error.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace hark::sqlite {
namespace {

/// Throws the error that PEP 249 has for an SQLite result code.
///
/// Source: CPython Modules/_sqlite/util.c, _pysqlite_seterror.
[[noreturn]] void throw_error(int extended,
                              const std::string& message,
                              std::string_view sql) {
  ErrorFacts facts{.statement = std::string(sql), .driver_code = extended};
  switch (extended & 0xff) {
    case SQLITE_INTERNAL:
    case SQLITE_NOTFOUND:
      throw dbapi::InternalError(message, std::move(facts));
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    case SQLITE_ERROR:
    case SQLITE_PERM:
    case SQLITE_ABORT:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_EMPTY:
    case SQLITE_SCHEMA:
      throw dbapi::OperationalError(message, std::move(facts));
    case SQLITE_TOOBIG:
      throw dbapi::DataError(message, std::move(facts));
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      throw dbapi::IntegrityError(message, std::move(facts));
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      throw dbapi::InterfaceError(message, std::move(facts));
    default:
      throw dbapi::DatabaseError(message, std::move(facts));
  }
}

[[noreturn]] void throw_last_error(sqlite3* database, std::string_view sql) {
  throw_error(sqlite3_extended_errcode(database), sqlite3_errmsg(database), sql);
}

int size_of(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw dbapi::DataError("a text of " + std::to_string(text.size()) +
                           " bytes is longer than SQLite takes");
  }
  return static_cast<int>(text.size());
}

/// Without the white space, comments and semicolons in front.
std::string_view skip_blank(std::string_view text) noexcept {
  for (;;) {
    const std::size_t start = text.find_first_not_of(" \t\r\n\f;");
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    std::string_view end;
    if (text.starts_with("--")) {
      end = "\n";
    } else if (text.starts_with("/*")) {
      end = "*/";
    } else {
      return text;
    }
    const std::size_t stop = text.find(end, 2);
    if (stop == std::string_view::npos) return {};
    text.remove_prefix(stop + end.size());
  }
}

/// Is a statement without result one that inserts, updates or deletes rows?
bool changes_rows(std::string_view sql) noexcept {
  sql = skip_blank(sql);
  for (const std::string_view word : {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}) {
    if (sql.size() > word.size() &&
        sqlite3_strnicmp(sql.data(), word.data(), static_cast<int>(word.size())) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}
void FinalizeStatement::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

// -- statements -------------------------------------------------------------------------

CachedStatement* StatementCache::take(std::string_view sql) noexcept {
  const auto found = by_text_.find(sql);
  if (found == by_text_.end() || found->second->in_use) return nullptr;
  if (found->second != order_.begin())
    order_.splice(order_.begin(), order_, found->second);
  found->second->in_use = true;
  return &*found->second;
}

CachedStatement* StatementCache::add(std::string_view sql, StatementPtr statement) {
  const bool is_kept = capacity_ != 0 && !by_text_.contains(sql);
  Order one;
  one.push_back(
      {.sql = std::string(sql), .statement = std::move(statement), .in_use = true});
  CachedStatement& added = one.front();
  if (is_kept) {
    by_text_.emplace(added.sql, one.begin());
    order_.splice(order_.begin(), one);
    shrink();
  } else {
    loose_.splice(loose_.begin(), one);
  }
  return &added;
}

void StatementCache::give_back(CachedStatement* cached) noexcept {
  const auto found = by_text_.find(cached->sql);
  if (found != by_text_.end() && &*found->second == cached) {
    cached->in_use = false;
    return;
  }
  loose_.remove_if([&](const CachedStatement& each) { return &each == cached; });
}

void StatementCache::shrink() noexcept {
  auto last = order_.end();
  while (order_.size() > capacity_ && last != order_.begin()) {
    --last;
    if (last->in_use) continue;
    by_text_.erase(last->sql);
    last = order_.erase(last);
  }
}

void StatementCache::clear() noexcept {
  by_text_.clear();
  order_.clear();
  loose_.clear();
}

// -- Cursor -----------------------------------------------------------------------------

void Cursor::execute(std::string_view operation, dbapi::ParameterRow parameters) {
  open(operation);
  try {
    bind(parameters);
    has_row_ = step();
  } catch (...) {
    finish();
    throw;
  }
  lastrowid_ = sqlite3_last_insert_rowid(connection_->database_.get());
  if (column_count_ == 0) {
    if (changes_rows(cached_->sql)) {
      rowcount_ = sqlite3_changes64(connection_->database_.get());
    }
    finish();
  }
}

void Cursor::executemany(std::string_view operation,
                         std::span<const dbapi::ParameterRow> rows) {
  open(operation);
  if (column_count_ != 0) {
    finish();
    throw dbapi::ProgrammingError("executemany: the statement returns rows");
  }
  rowcount_ = 0;
  try {
    for (const dbapi::ParameterRow& row : rows) {
      bind(row);
      step();
      rowcount_ += sqlite3_changes64(connection_->database_.get());
      sqlite3_reset(statement_);
    }
  } catch (...) {
    finish();
    throw;
  }
  lastrowid_ = sqlite3_last_insert_rowid(connection_->database_.get());
  finish();
}

void Cursor::open(std::string_view operation) {
  close();
  if (connection_ == nullptr) {
    throw dbapi::ProgrammingError("cannot operate on a closed database",
                                  {.is_disconnect = true});
  }
  connection_->require_open();
  rowcount_ = -1;
  cached_ = connection_->statements_.take(operation);
  if (cached_ == nullptr) {
    cached_ = connection_->statements_.add(operation, connection_->prepare(operation));
  }
  statement_ = cached_->statement.get();
  column_count_ = static_cast<std::size_t>(sqlite3_column_count(statement_));
  is_done_ = false;
}

void Cursor::bind(dbapi::ParameterRow parameters) {
  const auto wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_));
  if (parameters.size() != wanted) {
    throw dbapi::ProgrammingError("the statement has " + std::to_string(wanted) +
                                      " parameters and was given " +
                                      std::to_string(parameters.size()),
                                  {.statement = cached_->sql});
  }
  // A statement without rows has read them when it has been stepped; another one may
  // still read them when the caller's are gone.
  const auto keep = column_count_ == 0 ? SQLITE_STATIC : SQLITE_TRANSIENT;
  int index = 0;
  for (const dbapi::ValueView& value : parameters) {
    ++index;
    int code = SQLITE_OK;
    switch (value.type()) {
      case dbapi::Type::null:
        code = sqlite3_bind_null(statement_, index);
        break;
      case dbapi::Type::boolean:
      case dbapi::Type::integer:
        code = sqlite3_bind_int64(statement_, index, value.integer());
        break;
      case dbapi::Type::real:
        code = sqlite3_bind_double(statement_, index, value.real());
        break;
      case dbapi::Type::text: {
        const std::string_view text = value.text();
        code = sqlite3_bind_text(statement_,
                                 index,
                                 text.data() == nullptr ? "" : text.data(),
                                 size_of(text),
                                 keep);
        break;
      }
      case dbapi::Type::blob: {
        const std::string_view bytes = value.text();
        code = bytes.empty() ? sqlite3_bind_zeroblob(statement_, index, 0)
                             : sqlite3_bind_blob64(
                                   statement_, index, bytes.data(), bytes.size(), keep);
        break;
      }
    }
    if (code != SQLITE_OK) throw_last_error(connection_->database_.get(), cached_->sql);
  }
}

bool Cursor::step() {
  const int code = sqlite3_step(statement_);
  // The schema may have changed since the statement was prepared.
  column_count_ = static_cast<std::size_t>(sqlite3_column_count(statement_));
  if (code == SQLITE_ROW) return true;
  is_done_ = true;  // after an error, too: another step would begin again
  if (code != SQLITE_DONE) throw_last_error(connection_->database_.get(), cached_->sql);
  return false;
}

std::string_view Cursor::column_name(std::size_t column) const {
  if (statement_ == nullptr || column >= column_count_) {
    throw dbapi::InterfaceError("the cursor has no column " + std::to_string(column));
  }
  return sqlite3_column_name(statement_, static_cast<int>(column));
}

bool Cursor::fetch() {
  if (statement_ == nullptr || is_done_) return false;
  if (std::exchange(has_row_, false)) return true;
  return step();
}

dbapi::ValueView Cursor::value(std::size_t column) const {
  const int index = static_cast<int>(column);
  switch (sqlite3_column_type(statement_, index)) {
    case SQLITE_INTEGER:
      return {static_cast<std::int64_t>(sqlite3_column_int64(statement_, index))};
    case SQLITE_FLOAT:
      return {sqlite3_column_double(statement_, index)};
    case SQLITE_TEXT: {
      const auto* text =
          reinterpret_cast<const char*>(sqlite3_column_text(statement_, index));
      return {std::string_view(
          text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, index)))};
    }
    case SQLITE_BLOB: {
      const auto* bytes =
          static_cast<const std::byte*>(sqlite3_column_blob(statement_, index));
      return {std::span<const std::byte>(
          bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, index)))};
    }
    default:
      return {};
  }
}

/// The statement goes back to the cache; what the cursor knows of its result stays.
void Cursor::finish() noexcept {
  if (cached_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  connection_->statements_.give_back(std::exchange(cached_, nullptr));
  statement_ = nullptr;
  has_row_ = false;
  is_done_ = true;
}

void Cursor::close() noexcept {
  finish();
  column_count_ = 0;
}

void Cursor::release() noexcept {
  close();
  rowcount_ = -1;
  lastrowid_ = 0;
  if (connection_ != nullptr) {
    connection_->recycle(*this);
  } else {
    delete this;
  }
}

// -- Connection -------------------------------------------------------------------------

Connection::Connection(const ConnectOptions& options)
    : statements_(options.statement_cache_size) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (options.uri) flags |= SQLITE_OPEN_URI;
  sqlite3* opened = nullptr;
  // SQLite may be built such that it takes every name of that form for a URI.
  const bool looks_like_uri = !options.uri && options.database.starts_with("file:");
  const std::string name = looks_like_uri ? "./" + options.database : options.database;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
  database_.reset(opened);
  if (code != SQLITE_OK) {
    throw_error(opened == nullptr ? code : sqlite3_extended_errcode(opened),
                "cannot open the database file '" + options.database + "': " +
                    (opened == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(opened)),
                {});
  }
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(
      opened,
      static_cast<int>(std::min<std::chrono::milliseconds::rep>(
          options.busy_timeout.count(), std::numeric_limits<int>::max())));
}

Connection::~Connection() {
  for (const auto& cursor : cursors_) cursor->close();
  // A cursor that somebody still holds lives on, closed.
  for (auto& cursor : cursors_) {
    if (std::find(free_.begin(), free_.end(), cursor.get()) != free_.end()) continue;
    cursor->connection_ = nullptr;
    static_cast<void>(cursor.release());
  }
  statements_.clear();
}

void Connection::require_open() const {
  if (database_ == nullptr) {
    throw dbapi::ProgrammingError("cannot operate on a closed database",
                                  {.is_disconnect = true});
  }
}

dbapi::CursorPtr Connection::cursor() {
  require_open();
  if (free_.empty()) {
    free_.reserve(cursors_.size() + 1);
    cursors_.push_back(std::make_unique<Cursor>(*this));
    return dbapi::CursorPtr(cursors_.back().get());
  }
  Cursor* cursor = free_.back();
  free_.pop_back();
  return dbapi::CursorPtr(cursor);
}

void Connection::recycle(Cursor& cursor) noexcept { free_.push_back(&cursor); }

StatementPtr Connection::prepare(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    throw dbapi::ProgrammingError("the statement contains a null character");
  }
  if (sql.data() == nullptr) sql = "";
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(),
                                      sql.data(),
                                      size_of(sql),
                                      SQLITE_PREPARE_PERSISTENT,
                                      &statement,
                                      &tail);
  StatementPtr prepared(statement);
  if (code != SQLITE_OK) throw_last_error(database_.get(), sql);
  if (prepared == nullptr) {
    throw dbapi::ProgrammingError("there is no statement to execute",
                                  {.statement = std::string(sql)});
  }
  if (!skip_blank(sql.substr(static_cast<std::size_t>(tail - sql.data()))).empty()) {
    throw dbapi::ProgrammingError("only one statement can be executed at a time",
                                  {.statement = std::string(sql)});
  }
  return prepared;
}

void Connection::run(std::string_view sql) {
  const dbapi::CursorPtr one = cursor();
  one->execute(sql, {});
}

void Connection::begin() { run("BEGIN"); }

void Connection::commit() {
  require_open();
  if (sqlite3_get_autocommit(database_.get()) == 0) run("COMMIT");
}

void Connection::rollback() {
  require_open();
  if (sqlite3_get_autocommit(database_.get()) == 0) run("ROLLBACK");
}

bool Connection::ping() {
  if (database_ == nullptr) return false;
  run("SELECT 1");
  return true;
}

void Connection::close() {
  for (const auto& cursor : cursors_) cursor->close();
  statements_.clear();
  database_.reset();
}

void Connection::interrupt() noexcept {
  if (database_ != nullptr) sqlite3_interrupt(database_.get());
}

}  // namespace hark::sqlite
