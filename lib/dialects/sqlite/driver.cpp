// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/sqlite/driver.hpp"

#include <hark/dbapi/error.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "detail/statement_text.hpp"

namespace hark::sqlite {
namespace {

/// Throws the error that PEP 249 has for an SQLite result code.
///
/// Source: CPython Modules/_sqlite/util.c, _pysqlite_seterror.
[[noreturn]] void throw_error(int extended,
                              const std::string& message,
                              std::string_view sql) {
  ErrorFacts facts{.statement = std::string(sql),
                   .driver_code = extended,
                   .is_cancelled = (extended & 0xff) == SQLITE_INTERRUPT};
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

[[noreturn]] void throw_closed() {
  throw dbapi::ProgrammingError("cannot operate on a closed database",
                                {.is_disconnect = true});
}

int size_of(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw dbapi::DataError("a text of " + std::to_string(text.size()) +
                           " bytes is longer than SQLite takes");
  }
  return static_cast<int>(text.size());
}

using hark::detail::Syntax;

bool begins_with_any(std::string_view sql,
                     std::initializer_list<std::string_view> words) noexcept {
  return hark::detail::begins_with_any(sql, Syntax::sqlite, words);
}

/// Empty for what is no plain INSERT.
std::string insert_of_many_rows(std::string_view sql,
                                std::size_t width,
                                std::size_t times) {
  if (!hark::detail::begins_with_words(sql, Syntax::sqlite, {"INSERT", "INTO"}))
    return {};
  return hark::detail::insert_of_many_rows(sql, Syntax::sqlite, width, times);
}

void clear_bindings(CachedStatement& cached) noexcept {
  if (std::exchange(cached.holds_bytes, false))
    sqlite3_clear_bindings(cached.statement.get());
}

bool fits(sqlite3* database, std::size_t parameters) {
  return parameters <= static_cast<std::size_t>(
                           sqlite3_limit(database, SQLITE_LIMIT_VARIABLE_NUMBER, -1));
}

dbapi::ValueView read(sqlite3_stmt* statement, std::size_t column) {
  // The connection has no mutex (SQLITE_OPEN_NOMUTEX), so the value needs no protection.
  sqlite3_value* const value = sqlite3_column_value(statement, static_cast<int>(column));
  const auto size = [&] { return static_cast<std::size_t>(sqlite3_value_bytes(value)); };
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return {static_cast<std::int64_t>(sqlite3_value_int64(value))};
    case SQLITE_FLOAT:
      return {sqlite3_value_double(value)};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
      return {std::string_view(text, size())};
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_value_blob(value));
      return {std::span<const std::byte>(bytes, size())};
    }
    default:
      return {};
  }
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}
// -- Cursor -----------------------------------------------------------------------------

void Cursor::execute(const dbapi::Operation& operation, dbapi::ParameterRow parameters) {
  open(operation);
  try {
    bind(parameters);
    connection_->begin_if_due(*cached_);
    step_first();
    // The schema may have changed since the statement was prepared.
    cached_->column_count = static_cast<std::uint32_t>(sqlite3_column_count(statement_));
    column_count_ = cached_->column_count;
  } catch (...) {
    if (stands_for_begin()) connection_->reader_ = nullptr;
    detach();
    throw;
  }
  if (cached_->is_query) return;
  sqlite3* const database = connection_->database_.get();
  lastrowid_ = sqlite3_last_insert_rowid(database);
  if (column_count_ != 0) return;
  if (cached_->changes_rows) rowcount_ = sqlite3_changes64(database);
  detach();
}

void Cursor::executemany(std::string_view operation, dbapi::ParameterRows& rows) {
  open(operation);
  if (column_count_ != 0) {
    detach();
    throw dbapi::ProgrammingError("executemany: the statement returns rows");
  }
  sqlite3* const database = connection_->database_.get();
  try {
    rowcount_ = 0;
    connection_->begin_if_due(*cached_);
    execute_rows(rows);
  } catch (...) {
    detach();
    throw;
  }
  lastrowid_ = sqlite3_last_insert_rowid(database);
  detach();
}

void Cursor::execute_row(dbapi::ParameterRow row) {
  bind(row);
  step();
  rowcount_ += sqlite3_changes64(connection_->database_.get());
}

void Cursor::execute_rows(dbapi::ParameterRows& rows) {
  const std::size_t width = cached_->parameter_count;
  const bool in_chunks = rows.keeps_bytes() && width != 0 && !cached_->is_single_row;
  std::vector<dbapi::ValueView> chunk;
  for (dbapi::ParameterRow row; rows.next(row);) {
    if (!in_chunks || row.size() != width) {
      if (!chunk.empty()) execute_chunk(std::exchange(chunk, {}));
      execute_row(row);
      continue;
    }
    if (chunk.capacity() == 0) chunk.reserve(width * rows_at_once);
    chunk.insert(chunk.end(), row.begin(), row.end());
    if (chunk.size() == width * rows_at_once) {
      execute_chunk(chunk);
      chunk.clear();
    }
  }
  execute_chunk(chunk);
}

/// Executes for as many rows as the values are: at once, where there are enough for it.
void Cursor::execute_chunk(const std::vector<dbapi::ValueView>& values) {
  const std::size_t width = cached_->parameter_count;
  if (values.size() == width * rows_at_once && insert_at_once(values)) return;
  const std::span all(values);
  for (std::size_t at = 0; at < all.size(); at += width) {
    execute_row(all.subspan(at, width));
  }
}

/// Inserts rows_at_once rows by one statement. false: nothing was done, and each is to be
/// inserted by itself: the first that fails is then the one that is told of, and those
/// before it are kept.
bool Cursor::insert_at_once(std::span<const dbapi::ValueView> values) {
  sqlite3* const database = connection_->database_.get();
  if (cached_->of_many_rows == nullptr && !cached_->is_single_row) {
    const std::string sql =
        insert_of_many_rows(cached_->sql, cached_->parameter_count, rows_at_once);
    if (!sql.empty() && fits(database, values.size())) {
      cached_->of_many_rows = connection_->prepare(sql).statement;
    }
    cached_->is_single_row = cached_->of_many_rows == nullptr;
  }
  if (cached_->is_single_row) return false;

  sqlite3_stmt* const statement = cached_->of_many_rows.get();
  bind(statement, 0, values);
  // A conflict may keep the rows before it (ON CONFLICT FAIL).
  connection_->run(Connection::Control::savepoint);
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (code == SQLITE_DONE) {
    rowcount_ += sqlite3_changes64(database);
    connection_->run(Connection::Control::release);
    return true;
  }
  if (!connection_->has_transaction()) {  // it was rolled back (ON CONFLICT ROLLBACK)
    connection_->note_failure();
    connection_->throw_last_error(cached_->sql);
  }
  connection_->run(Connection::Control::rollback_to);
  connection_->run(Connection::Control::release);
  return false;
}

inline void Cursor::open(const dbapi::Operation& operation) {
  if (cached_ != nullptr) [[unlikely]]
    detach();
  if (connection_ == nullptr) throw_closed();
  connection_->require_open();
  connection_->is_interrupted_.store(false, std::memory_order_relaxed);
  if (connection_->reader_ != nullptr) [[unlikely]]
    connection_->send_begin();
  rowcount_ = -1;
  cached_ = connection_->statements_.find(operation.text, operation.key);
  if (cached_ == nullptr || cached_->holder != nullptr) [[unlikely]]
    cached_ = prepare(operation.text);
  cached_->holder = this;
  statement_ = cached_->statement.get();
  column_count_ = cached_->column_count;
  is_done_ = false;
}

/// Requires: what the cache has of that text, which is in cached_, is held by a cursor;
/// null: it has none.
CachedStatement* Cursor::prepare(std::string_view operation) {
  if (CachedStatement* const held = std::exchange(cached_, nullptr)) {
    if (held->holder->is_done_) {
      held->holder->surrender();
      return held;
    }
    // The other cursor is in the midst of its rows.
  }
  CachedStatement prepared = connection_->prepare(operation);
  prepared.holder = this;
  return connection_->statements_.add(std::move(prepared));
}

inline void Cursor::bind(dbapi::ParameterRow parameters) {
  const std::size_t wanted = cached_->parameter_count;
  if (parameters.size() != wanted) {
    throw dbapi::ProgrammingError("the statement has " + std::to_string(wanted) +
                                      " parameters and was given " +
                                      std::to_string(parameters.size()),
                                  {.statement = cached_->sql});
  }
  bind(statement_, 0, parameters);
}

namespace {

int bind_copy(sqlite3_stmt* statement, int index, std::string_view text) {
  return sqlite3_bind_text(
      statement, index, text.data(), size_of(text), SQLITE_TRANSIENT);
}

}  // namespace

/// Binds the values to the parameters behind the first `index` ones.
void Cursor::bind(sqlite3_stmt* statement,
                  int index,
                  std::span<const dbapi::ValueView> parameters) {
  // A statement without rows has read them when it has been stepped, and gets others
  // before it is stepped again; one with rows may still read them when the caller's are
  // gone.
  const auto keep = column_count_ == 0 ? SQLITE_STATIC : SQLITE_TRANSIENT;
  for (const dbapi::ValueView& value : parameters) {
    ++index;
    int code = SQLITE_OK;
    switch (value.type()) {
      case dbapi::Type::null:
        code = sqlite3_bind_null(statement, index);
        break;
      case dbapi::Type::boolean:
      case dbapi::Type::integer:
        code = sqlite3_bind_int64(statement, index, value.integer());
        break;
      case dbapi::Type::real:
        code = sqlite3_bind_double(statement, index, value.real());
        break;
      case dbapi::Type::text:
      case dbapi::Type::decimal: {
        const std::string_view text = value.text();
        cached_->holds_bytes = column_count_ != 0;
        code = sqlite3_bind_text(statement,
                                 index,
                                 text.data() == nullptr ? "" : text.data(),
                                 size_of(text),
                                 keep);
        break;
      }
      case dbapi::Type::date:
        code = bind_copy(statement, index, dbapi::to_iso(value.date()));
        break;
      case dbapi::Type::datetime:
        code = bind_copy(statement, index, dbapi::to_iso(value.datetime()));
        break;
      case dbapi::Type::blob: {
        const std::string_view bytes = value.text();
        cached_->holds_bytes = column_count_ != 0;
        code = bytes.empty() ? sqlite3_bind_zeroblob(statement, index, 0)
                             : sqlite3_bind_blob64(
                                   statement, index, bytes.data(), bytes.size(), keep);
        break;
      }
    }
    if (code != SQLITE_OK) connection_->throw_last_error(cached_->sql);
  }
}

bool Cursor::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  is_done_ = true;  // after an error, too: another step would begin again
  sqlite3_reset(statement_);
  if (code != SQLITE_DONE) {
    connection_->note_failure();
    connection_->throw_last_error(cached_->sql);
  }
  return false;
}

/// The first step of an execution.
inline void Cursor::step_first() {
  has_row_ = step();
  if (!has_row_ && stands_for_begin()) [[unlikely]] {
    // It is over at once, and what it has seen is not held: once more, in the transaction.
    connection_->reader_ = nullptr;
    connection_->send_begin();
    is_done_ = false;
    has_row_ = step();
  }
  if (!has_row_) {
    cached_->finds = Finds::not_always;
  } else if (cached_->finds == Finds::unknown) {
    cached_->finds = Finds::always;
  }
}

inline bool Cursor::stands_for_begin() const noexcept {
  return connection_->reader_ == cached_;
}

std::string_view Cursor::statement() const noexcept {
  return cached_ != nullptr ? std::string_view(cached_->sql) : std::string_view();
}

std::string_view Cursor::column_name(std::size_t column) const {
  if (column >= column_count_) {
    throw dbapi::InterfaceError("the cursor has no column " + std::to_string(column));
  }
  if (statement_ == nullptr) {
    return names_ != nullptr ? std::string_view(names_->at(column)) : std::string_view();
  }
  return sqlite3_column_name(statement_, static_cast<int>(column));
}

const std::shared_ptr<const dbapi::ColumnNames>& Cursor::column_names() const {
  if (cached_ == nullptr) {
    if (names_ == nullptr) names_ = make_column_names();
    return names_;
  }
  // A statement is prepared again when the schema has changed.
  const int prepared = sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_REPREPARE, 0);
  if (cached_->names == nullptr || cached_->names_made_at != prepared) {
    cached_->names = make_column_names();
    cached_->names_made_at = prepared;
  }
  return cached_->names;
}

bool Cursor::fetch() {
  if (is_done_) {
    if (is_cut_) throw_closed();
    return false;
  }
  if (std::exchange(has_row_, false)) return true;
  if (stands_for_begin()) [[unlikely]]
    connection_->send_begin(cached_->sql);
  return step();
}

bool Cursor::fetch(std::span<dbapi::ValueView> cells) {
  if (!fetch()) return false;
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = read(statement_, i);
  return true;
}

dbapi::ValueView Cursor::value(std::size_t column) const {
  return is_done_ ? dbapi::ValueView() : read(statement_, column);
}

/// No row follows, and no lock is held but the transaction's; what is known of the columns
/// stays.
void Cursor::end_rows() noexcept {
  if (!is_done_) {
    if (stands_for_begin()) {
      connection_->is_reader_idle_.store(true, std::memory_order_relaxed);
    } else {
      sqlite3_reset(statement_);
    }
  }
  is_done_ = true;
  has_row_ = false;
}

/// The statement goes back to the cache.
void Cursor::detach() noexcept {
  if (cached_ == nullptr) return;
  end_rows();
  if (!stands_for_begin()) clear_bindings(*cached_);
  connection_->statements_.give_back(std::exchange(cached_, nullptr));
  statement_ = nullptr;
}

/// The same, and the names of the columns stay.
void Cursor::surrender() noexcept {
  if (cached_ == nullptr) return;
  try {
    names_ = column_names();
  } catch (const std::bad_alloc&) {
    names_ = nullptr;
  }
  detach();
}

/// The same, as the connection ends: rows that were not fetched are lost.
void Cursor::cut() noexcept {
  is_cut_ = is_cut_ || !is_done_;
  surrender();
}

void Cursor::close() noexcept {
  end_rows();
  is_cut_ = false;
}

void Cursor::release() noexcept {
  detach();
  is_cut_ = false;
  column_count_ = 0;
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
    : statements_(options.statement_cache_size), busy_timeout_(options.busy_timeout) {
  if (options.database.find('\0') != std::string::npos)
    throw dbapi::ProgrammingError("the file's name contains a null character");
  is_alone_ =
      !options.uri && (options.database == ":memory:" || options.database.empty());
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
  // Not sqlite3_busy_timeout(): interrupt() is to end the wait.
  sqlite3_busy_handler(opened, &Connection::wait_for_lock, this);
}

Connection::~Connection() {
  close_cursors();
  statements_.clear();
}

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

void Connection::require_open() const {
  if (database_ == nullptr) throw_closed();
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

/// `told` is told where it fails; empty: `sql`.
CachedStatement Connection::prepare(std::string_view sql, std::string_view told) {
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
  if (code != SQLITE_OK) throw_last_error(told.empty() ? sql : told);
  if (prepared == nullptr) {
    throw dbapi::ProgrammingError("there is no statement to execute",
                                  {.statement = std::string(sql)});
  }
  const std::string_view rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  if (!hark::detail::skip_blank(rest, Syntax::sqlite).empty()) {
    throw dbapi::ProgrammingError("only one statement can be executed at a time",
                                  {.statement = std::string(sql)});
  }
  const bool is_query = sqlite3_stmt_readonly(statement) != 0 &&
                        begins_with_any(sql, {"SELECT", "VALUES", "WITH"});
  if (begins_with_any(sql, {"ATTACH"})) is_alone_ = false;
  const int parameters = sqlite3_bind_parameter_count(statement);
  const int columns = sqlite3_column_count(statement);
  return {.statement = std::move(prepared),
          .parameter_count = static_cast<std::size_t>(parameters),
          .column_count = static_cast<std::uint32_t>(columns),
          .changes_rows =
              begins_with_any(sql, {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}),
          .is_query = is_query,
          .sql = std::string(sql)};
}

/// `sql` is told where it fails; empty: its own text.
void Connection::run(Control control, std::string_view sql) {
  require_open();
  const auto which = static_cast<std::size_t>(control);
  StatementPtr& kept = controls_[which];
  if (kept == nullptr) {
    constexpr std::array texts{"BEGIN",
                               "COMMIT",
                               "ROLLBACK",
                               "SELECT 1",
                               "SAVEPOINT hark_rows",
                               "ROLLBACK TO hark_rows",
                               "RELEASE hark_rows"};
    kept = prepare(texts[which], sql).statement;
  }
  const int code = sqlite3_step(kept.get());
  sqlite3_reset(kept.get());
  if (code != SQLITE_DONE && code != SQLITE_ROW) {
    throw_last_error(sql.empty() ? sqlite3_sql(kept.get()) : sql);
  }
}

bool Connection::in_transaction() const noexcept {
  return database_ != nullptr && (begins_ || has_transaction());
}

bool Connection::has_transaction() const noexcept {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

/// A transaction takes no lock before its first statement, so that BEGIN can wait for it.
void Connection::begin() {
  require_open();
  if (is_autocommit_) return;
  // Two Connections that share it, as in a StaticPool, share the transaction.
  begins_ = !may_have_transaction_ || !has_transaction();
}

/// What a SELECT sees of a database that is this connection's alone is the same in a
/// transaction and outside.
inline void Connection::begin_if_due(CachedStatement& statement) {
  require_whole();
  if (!statement.is_query) may_have_transaction_ = true;
  is_begun_ = is_begun_ && has_transaction();  // SQL may have ended it
  if (!begins_ || (is_alone_ && statement.is_query)) return;
  if (statement.is_query && statement.finds == Finds::always) {
    reader_ = &statement;
  } else {
    send_begin();
  }
}

/// What the reader holds is the transaction's from now on. `sql` is told where it fails.
void Connection::send_begin(std::string_view sql) {
  run(Control::begin, sql);
  begins_ = false;
  is_begun_ = true;
  may_have_transaction_ = true;
  let_reader_go();
}

void Connection::let_reader_go() noexcept {
  CachedStatement* const reader = std::exchange(reader_, nullptr);
  if (!is_reader_idle_.load(std::memory_order_relaxed)) return;
  sqlite3_reset(reader->statement.get());
  is_reader_idle_.store(false, std::memory_order_relaxed);
  clear_bindings(*reader);
}

/// Ends a transaction whose BEGIN was not sent. false: there is none.
bool Connection::end_unsent() noexcept {
  if (!std::exchange(begins_, false)) return false;
  let_reader_go();
  return true;
}

/// With some errors SQLite rolls the whole transaction back.
///
/// Source: <https://sqlite.org/lang_transaction.html>, "Response To Errors Within A
/// Transaction".
void Connection::note_failure() noexcept {
  if (is_begun_ && !has_transaction()) is_undone_ = true;
}

/// Statements that came next would be committed one by one, and a commit would say that
/// the lost ones are there.
inline void Connection::require_whole() const {
  if (is_undone_) [[unlikely]] {
    throw dbapi::OperationalError(
        "SQLite has rolled the transaction back: roll back before proceeding",
        {.driver_code = SQLITE_ABORT_ROLLBACK});
  }
}

void Connection::commit() {
  require_open();
  require_whole();
  if (end_unsent()) return;
  if (has_transaction()) run(Control::commit);
  is_begun_ = false;
  may_have_transaction_ = false;
}

void Connection::rollback() {
  require_open();
  is_undone_ = false;
  if (end_unsent()) return;
  if (has_transaction()) run(Control::rollback);
  is_begun_ = false;
  may_have_transaction_ = false;
}

bool Connection::ping() {
  if (database_ == nullptr) return false;
  run(Control::ping);
  return true;
}

void Connection::close() {
  for (const auto& cursor : cursors_) cursor->cut();
  let_reader_go();
  statements_.clear();
  for (StatementPtr& control : controls_) control.reset();
  begins_ = false;
  database_.reset();
}

/// SQLite asks whether it is to try again for a lock, for the `count`-th time.
int Connection::wait_for_lock(void* connection, int count) {
  using std::chrono::milliseconds;
  constexpr std::array steps{1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
  auto& self = *static_cast<Connection*>(connection);
  const auto now = std::chrono::steady_clock::now();
  if (count == 0) self.wait_began_ = now;
  const auto left = self.busy_timeout_ - (now - self.wait_began_);
  if (left <= left.zero()) return 0;
  const auto step = milliseconds(
      steps[std::min<std::size_t>(static_cast<std::size_t>(count), steps.size() - 1)]);
  std::unique_lock lock(self.wait_mutex_);
  const bool is_interrupted = self.interrupted_.wait_for(
      lock, std::min<std::chrono::nanoseconds>(step, left), [&self] {
        return self.is_interrupted_.load(std::memory_order_relaxed);
      });
  return is_interrupted ? 0 : 1;
}

void Connection::interrupt() noexcept {
  {
    const std::lock_guard lock(wait_mutex_);
    is_interrupted_.store(true, std::memory_order_relaxed);
  }
  interrupted_.notify_all();
  // A reader that is idle is no statement under way, and SQLite would interrupt the next one.
  if (database_ != nullptr && !is_reader_idle_.load(std::memory_order_relaxed))
    sqlite3_interrupt(database_.get());
}

/// Throws what the last call of SQLite has said.
void Connection::throw_last_error(std::string_view sql) const {
  const int code = sqlite3_extended_errcode(database_.get());
  if ((code & 0xff) == SQLITE_BUSY && is_interrupted_.load(std::memory_order_relaxed)) {
    throw_error(SQLITE_INTERRUPT, sqlite3_errstr(SQLITE_INTERRUPT), sql);
  }
  throw_error(code, sqlite3_errmsg(database_.get()), sql);
}

}  // namespace hark::sqlite
