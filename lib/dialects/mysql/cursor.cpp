// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/cursor.hpp"

#include <hark/dbapi/error.hpp>
#include <hark/detail/flow.hpp>

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "dialects/mysql/connection.hpp"
#include "dialects/mysql/error.hpp"
#include "dialects/mysql/infile.hpp"
#include "dialects/mysql/sql.hpp"

namespace hark::mysql {
namespace {

std::span<const MYSQL_FIELD> fields_of(const MYSQL& handle) noexcept {
  return {handle.fields, handle.field_count};
}

std::shared_ptr<const dbapi::ColumnNames> names_of(std::span<const MYSQL_FIELD> fields) {
  dbapi::ColumnNames names;
  for (const MYSQL_FIELD& field : fields)
    names.emplace_back(field.name, field.name_length);
  return std::make_shared<const dbapi::ColumnNames>(std::move(names));
}

bool have_same_names(std::span<const MYSQL_FIELD> one,
                     std::span<const MYSQL_FIELD> other) noexcept {
  return std::equal(one.begin(),
                    one.end(),
                    other.begin(),
                    other.end(),
                    [](const MYSQL_FIELD& left, const MYSQL_FIELD& right) {
                      return std::strcmp(left.name, right.name) == 0;
                    });
}

/// The library counts what it does not know as the largest number.
std::int64_t count_of(unsigned long long rows) noexcept {
  return rows > std::numeric_limits<std::int64_t>::max()
             ? -1
             : static_cast<std::int64_t>(rows);
}

}  // namespace

// -- one execution ----------------------------------------------------------------------

void Cursor::execute(const dbapi::Operation& operation, dbapi::ParameterRow parameters) {
  if (parameters.empty() && !is_worth_preparing(operation.text)) {
    const TwoPhaseStep step = two_phase_step(operation.text);
    open();
    connection_->get_ready(step == TwoPhaseStep::ends);
    execute_text(operation.text);
    connection_->is_uncertain_ = step == TwoPhaseStep::leaves_open;
  } else {
    open();
    connection_->get_ready();
    execute_prepared(operation, parameters);
  }
}

void Cursor::open() {
  detach();
  if (connection_ == nullptr) throw_closed();
  rowcount_ = -1;
  lastrowid_ = 0;
  column_count_ = 0;
  is_cut_ = false;
  failure_ = nullptr;
  names_ = nullptr;
  text_.clear();
}

void Cursor::find(const dbapi::Operation& operation) {
  StatementCache& statements = connection_->statements_;
  cached_ = statements.find(operation.text, operation.key);
  if (cached_ != nullptr && cached_->is_stale) [[unlikely]]
    statements.forget(std::exchange(cached_, nullptr));
  if (cached_ == nullptr || cached_->holder != nullptr) [[unlikely]]
    prepare(operation.text);
  cached_->holder = this;
}

/// Requires: what the cache has of that text, which is in cached_, is held by a cursor;
/// null: it has none.
void Cursor::prepare(std::string_view operation) {
  if (CachedStatement* const held = std::exchange(cached_, nullptr)) {
    if (held->holder->source_ == Source::none) {
      held->holder->surrender();
      cached_ = held;
      return;
    }
    // The other cursor is in the midst of its rows.
  }
  StatementCache& statements = connection_->statements_;
  try {
    cached_ = statements.add(connection_->prepare(operation), *this);
  } catch (const dbapi::Error& error) {
    // The server has no place for another one.
    if (error.driver_code() != ER_MAX_PREPARED_STMT_COUNT_REACHED) throw;
    statements.drop_free();
    cached_ = statements.add(connection_->prepare(operation), *this);
  }
}

void Cursor::require_width(std::size_t given) const {
  const std::size_t wanted = cached_->parameter_count;
  if (given == wanted) [[likely]]
    return;
  throw dbapi::ProgrammingError("the statement has " + std::to_string(wanted) +
                                    " parameters and was given " + std::to_string(given),
                                {.statement = cached_->sql});
}

void Cursor::execute_prepared(const dbapi::Operation& operation,
                              dbapi::ParameterRow parameters) {
  try {
    find(operation);
    require_width(parameters.size());
    MYSQL_STMT* const statement = cached_->statement.get();
    if (mysql_stmt_bind_param(statement, parameters_.bind(parameters)) != 0 ||
        waiter().execute(statement) != 0) [[unlikely]] {
      if (!execute_again(operation, parameters)) fail();
    }
    connection_->is_uncertain_ = false;
    if (connection_->handle_->field_count != 0) return begin_rows(operation.streams);
    note_effect();
    detach();
  } catch (...) {
    detach();
    throw;
  }
}

/// What the schema, or a reset of the session, has made of a statement. false: it has
/// failed for another reason.
bool Cursor::execute_again(const dbapi::Operation& operation,
                           dbapi::ParameterRow parameters) {
  if (mysql_stmt_errno(cached_->statement.get()) == CR_NEW_STMT_METADATA) {
    // It was executed, and its rows have come with the columns that they have now.
    CLEAR_CLIENT_STMT_ERROR(cached_->statement);
    cached_->is_stale = true;
    return true;
  }
  if (!is_forgotten()) return false;
  cached_->is_stale = true;
  detach();
  find(operation);
  MYSQL_STMT* const statement = cached_->statement.get();
  return mysql_stmt_bind_param(statement, parameters_.bind(parameters)) == 0 &&
         waiter().execute(statement) == 0;
}

/// Does the server not know the statement any more, so that it has done nothing?
bool Cursor::is_forgotten() const noexcept {
  const MYSQL_STMT& statement = *cached_->statement;
  const bool has_session = connection_->handle_->net.pvio != nullptr;
  return (has_session && statement.mysql == nullptr) ||
         statement.last_errno == ER_UNKNOWN_STMT_HANDLER ||
         statement.last_errno == ER_NEED_REPREPARE;
}

void Cursor::fail() {
  connection_->throw_failure(failure_of(cached_->statement.get()), cached_->sql);
}

void Cursor::note_effect() {
  rowcount_ = count_of(mysql_stmt_affected_rows(cached_->statement.get()));
  lastrowid_ = count_of(mysql_stmt_insert_id(cached_->statement.get()));
}

void Cursor::begin_rows(bool streams) {
  note_columns();
  const bool has_more =
      (connection_->handle_->server_status & SERVER_MORE_RESULTS_EXIST) != 0;
  if (has_more) {
    // What the library takes for the results behind it is only freed with the statement.
    cached_->is_stale = true;
    if (names_ == nullptr) names_ = names_of(fields_of(*connection_->handle_));
  }
  if (!streams || cached_->is_stale) return store_rows();
  source_ = Source::stream;
  connection_->stream_ = this;
}

/// The columns are those of this execution, which may differ from those of the last one.
void Cursor::note_columns() {
  const std::span fields = fields_of(*connection_->handle_);
  columns_.assign(fields);
  column_count_ = fields.size();
  const MYSQL_STMT& statement = *cached_->statement;
  if (have_same_names(fields, {statement.fields, statement.field_count})) [[likely]]
    return;
  cached_->is_stale = true;
  names_ = names_of(fields);
}

void Cursor::store_rows() {
  MYSQL_STMT* const statement = cached_->statement.get();
  if (waiter().store_result(statement) != 0) fail();
  next_ = mysql_stmt_row_tell(statement);
  source_ = Source::stored;
  // A procedure may have more results. The rows of the first stay where they are.
  while (mysql_stmt_more_results(statement) != 0) {
    const int code = waiter().next_result(statement);
    if (code > 0) fail();
    if (code < 0) return;
    if (mysql_stmt_field_count(statement) != 0 && waiter().store_result(statement) != 0)
      fail();
  }
}

void Cursor::execute_text(std::string_view operation) {
  MYSQL* const handle = connection_->handle();
  text_ = operation;
  if (waiter().query(handle, text_) != 0) connection_->throw_last_error(text_);
  result_.reset(waiter().store_result(handle));
  if (result_ != nullptr) {
    const std::span<const MYSQL_FIELD> fields(mysql_fetch_fields(result_.get()),
                                              mysql_num_fields(result_.get()));
    columns_.assign(fields);
    column_count_ = fields.size();
    names_ = names_of(fields);
    source_ = Source::text;
  } else if (mysql_field_count(handle) != 0) {
    connection_->throw_last_error(text_);
  } else {
    rowcount_ = count_of(mysql_affected_rows(handle));
    lastrowid_ = count_of(mysql_insert_id(handle));
  }
  // Results that follow are nobody's.
  int code = 0;
  while ((code = waiter().next_result(handle)) == 0)
    ResultPtr(waiter().store_result(handle));
  if (code > 0) {
    end_rows();
    connection_->throw_last_error(text_);
  }
  connection_->is_uncertain_ = false;
}

// -- many executions --------------------------------------------------------------------

void Cursor::executemany(std::string_view operation, dbapi::ParameterRows& rows) {
  open();
  const bool is_own = connection_->begin_own();
  try {
    if (loads_rows(operation)) {
      load_rows(operation, rows);
    } else {
      execute_rows(operation, rows);
    }
    if (is_own) connection_->commit_own();
  } catch (...) {
    detach();
    if (is_own) connection_->rollback_own();
    throw;
  }
  detach();
}

void Cursor::execute_rows(std::string_view operation, dbapi::ParameterRows& rows) {
  find(operation);
  if (mysql_stmt_field_count(cached_->statement.get()) != 0) {
    throw dbapi::ProgrammingError("executemany: the statement returns rows",
                                  {.statement = cached_->sql});
  }
  rowcount_ = 0;
  execute_rows(rows);
}

void Cursor::execute_rows(dbapi::ParameterRows& rows) {
  const std::size_t width = cached_->parameter_count;
  if (width == 0) {
    for (dbapi::ParameterRow row; rows.next(row);) execute_row(row);
    return;
  }
  Chunk chunk(width, rows.keeps_bytes());
  BoundArrays arrays(width);
  for (dbapi::ParameterRow row; rows.next(row);) {
    if (row.size() != width || chunk.is_full()) {
      execute_chunk(chunk, arrays);
      chunk.clear();
      require_width(row.size());
    }
    chunk.add(row);
  }
  execute_chunk(chunk, arrays);
}

void Cursor::execute_row(std::span<const dbapi::ValueView> row) {
  require_width(row.size());
  MYSQL_STMT* const statement = cached_->statement.get();
  if (mysql_stmt_bind_param(statement, parameters_.bind(row)) != 0 ||
      waiter().execute(statement) != 0)
    fail();
  if (connection_->handle_->field_count != 0) {
    store_rows();
    end_rows();
  }
  add_effect(statement);
}

void Cursor::add_effect(MYSQL_STMT* statement) {
  rowcount_ += std::max<std::int64_t>(count_of(mysql_stmt_affected_rows(statement)), 0);
  lastrowid_ = count_of(mysql_stmt_insert_id(statement));
  connection_->is_uncertain_ = false;
}

void Cursor::execute_chunk(const Chunk& chunk, BoundArrays& arrays) {
  if (chunk.empty()) return;
  if (cached_->batching == Batching::arrays) execute_as_arrays(chunk, arrays);
  if (cached_->batching == Batching::statements) execute_as_statements(chunk);
  if (cached_->batching != Batching::single) return;
  for (std::size_t i = 0; i < chunk.row_count(); ++i) execute_row(chunk.rows(i, 1));
}

/// Executes, or finds that the server does not do so with this statement.
void Cursor::execute_as_arrays(const Chunk& chunk, BoundArrays& arrays) {
  MYSQL_STMT* const statement = cached_->statement.get();
  for (std::size_t first = 0; first != chunk.row_count();) {
    const std::size_t taken = arrays.bind(chunk, first);
    auto size = static_cast<unsigned>(taken);
    mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &size);
    const bool has_failed = mysql_stmt_bind_param(statement, arrays.binds()) != 0 ||
                            waiter().execute(statement) != 0;
    size = 0;
    mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &size);
    if (has_failed) {
      if (mysql_stmt_errno(statement) != ER_UNSUPPORTED_PS) fail();
      cached_->batching = Batching::statements;
      return;
    }
    if (connection_->handle_->field_count != 0) refuse_rows(statement);
    add_effect(statement);
    first += taken;
  }
}

/// They are on their way (RETURNING): the session is of no use before they have come.
void Cursor::refuse_rows(MYSQL_STMT* statement) {
  do {
    waiter().free_result(statement);
  } while (waiter().next_result(statement) == 0);
  throw dbapi::ProgrammingError("executemany: the statement returns rows",
                                {.statement = cached_->sql});
}

/// Executes, or finds that it is no statement that can be written for many rows.
void Cursor::execute_as_statements(const Chunk& chunk) {
  constexpr std::size_t most_parameters = 65535;
  constexpr std::size_t rows_at_once = 100;
  const std::size_t many = std::min(rows_at_once, most_parameters / chunk.width());
  if (many < 2 || insert_of_many_rows(cached_->sql, chunk.width(), 2).empty()) {
    cached_->batching = Batching::single;
    return;
  }
  std::size_t first = 0;
  for (; chunk.row_count() - first >= many; first += many) {
    if (cached_->of_many_rows == nullptr) cached_->of_many_rows = prepare_many(many);
    insert_at_once(chunk.rows(first, many), cached_->of_many_rows.get());
  }
  const std::size_t rest = chunk.row_count() - first;
  constexpr std::size_t worth_preparing = 4;
  if (rest >= worth_preparing) {
    insert_at_once(chunk.rows(first, rest), prepare_many(rest).get());
    return;
  }
  for (; first != chunk.row_count(); ++first) execute_row(chunk.rows(first, 1));
}

StatementPtr Cursor::prepare_many(std::size_t rows) const {
  return connection_
      ->prepare(insert_of_many_rows(cached_->sql, cached_->parameter_count, rows))
      .statement;
}

void Cursor::insert_at_once(std::span<const dbapi::ValueView> values,
                            MYSQL_STMT* statement) {
  if (mysql_stmt_bind_param(statement, parameters_.bind(values)) != 0 ||
      waiter().execute(statement) != 0)
    connection_->throw_failure(failure_of(statement), cached_->sql);
  add_effect(statement);
}

/// The rows are the file that the statement loads.
void Cursor::load_rows(std::string_view operation, dbapi::ParameterRows& rows) {
  const RowFile file(connection_->handle(), rows, connection_->options_.local_infile);
  const auto load = [&] {
    execute_text(
        with_charset(operation, mysql_character_set_name(connection_->handle())));
  };
  try {
    // The library's small stack is no place for what makes the rows.
    if (hark::detail::Suspender* const flow = hark::detail::current_suspender()) {
      flow->run_elsewhere(load, connection_);
    } else {
      load();
    }
  } catch (const dbapi::Error&) {
    file.rethrow();
    throw;
  }
  file.rethrow();  // its end is the same to the server
}

// -- rows -------------------------------------------------------------------------------

bool Cursor::advance() {
  has_cells_ = false;
  switch (source_) {
    case Source::stored:
      if (next_ == nullptr) break;
      row_ = reinterpret_cast<const unsigned char*>(next_->data);
      next_ = next_->next;
      return has_row_ = true;
    case Source::stream:
      return advance_stream();
    case Source::text:
      text_row_ = mysql_fetch_row(result_.get());
      if (text_row_ == nullptr) break;
      text_lengths_ = mysql_fetch_lengths(result_.get());
      return has_row_ = true;
    case Source::none:
      if (failure_ != nullptr) std::rethrow_exception(failure_);
      if (is_cut_) throw_closed();
      return false;
  }
  end_rows();
  return false;
}

bool Cursor::advance_stream() {
  MYSQL_STMT* const statement = cached_->statement.get();
  has_row_ = false;
  int code = 0;
  try {
    code = waiter().fetch(statement);
  } catch (...) {
    end_rows();
    throw;
  }
  if (code == MYSQL_NO_DATA) {
    end_rows();
    return false;
  }
  if (code != 0) {
    const Failure failure = failure_of(statement);
    end_rows();
    connection_->throw_failure(failure, cached_->sql);
  }
  // The library's memory is used again by the next answer, whosever it is.
  const unsigned char* const row = connection_->handle_->net.read_pos;
  streamed_row_.assign(row, columns_.end_of_binary(row));
  row_ = streamed_row_.data();
  return has_row_ = true;
}

/// Another statement is to be executed: the rows that have not come yet are read first.
///
/// Throws: as Connection::settle().
void Cursor::buffer_rest() {
  MYSQL_STMT* const statement = cached_->statement.get();
  connection_->stream_ = nullptr;
  try {
    source_ = Source::none;
    if (waiter().store_result(statement) != 0) fail();
    source_ = Source::stored;
    next_ = mysql_stmt_row_tell(statement);
  } catch (const dbapi::Error& error) {
    failure_ = std::current_exception();
    // Whoever was cancelled is the fiber that reads them now.
    if (error.is_cancelled() && hark::detail::current_suspender() != nullptr) throw;
  } catch (...) {
    failure_ = std::current_exception();
  }
}

bool Cursor::fetch() { return advance(); }

bool Cursor::fetch(std::span<dbapi::ValueView> cells) {
  if (!advance()) return false;
  read_row(cells);
  return true;
}

void Cursor::read_row(std::span<dbapi::ValueView> cells) const {
  if (source_ == Source::text) {
    columns_.read_text(text_row_, text_lengths_, cells);
  } else {
    columns_.read_binary(row_, cells);
  }
}

dbapi::ValueView Cursor::value(std::size_t column) const {
  if (!has_row_ || column >= column_count_) return {};
  if (!has_cells_) {
    cells_.resize(column_count_);
    read_row(cells_);
    has_cells_ = true;
  }
  return cells_[column];
}

// -- what is known of a statement -------------------------------------------------------

std::string_view Cursor::statement() const noexcept {
  return cached_ != nullptr ? std::string_view(cached_->sql) : std::string_view(text_);
}

std::string_view Cursor::column_name(std::size_t column) const {
  if (column >= column_count_) {
    throw dbapi::InterfaceError("the cursor has no column " + std::to_string(column));
  }
  if (names_ != nullptr) return names_->at(column);
  return cached_ != nullptr ? std::string_view(cached_->statement->fields[column].name)
                            : std::string_view();
}

const std::shared_ptr<const dbapi::ColumnNames>& Cursor::column_names() const {
  if (names_ != nullptr) return names_;
  if (cached_ == nullptr) return names_ = make_column_names();
  if (cached_->names == nullptr) cached_->names = make_column_names();
  return cached_->names;
}

// -- the end ----------------------------------------------------------------------------

/// No row follows; what is known of the columns stays.
void Cursor::end_rows() noexcept {
  const Source source = std::exchange(source_, Source::none);
  has_row_ = false;
  next_ = nullptr;
  switch (source) {
    case Source::stream:
      connection_->stream_ = nullptr;
      [[fallthrough]];
    case Source::stored:
      // The library would read on behalf of this statement what another one is sent.
      if (connection_->stream_ == nullptr) free_rows();
      break;
    case Source::text:
      result_.reset();
      break;
    case Source::none:
      break;
  }
}

void Cursor::free_rows() noexcept {
  try {
    waiter().free_result(cached_->statement.get());
  } catch (...) {
    // The session was lost with it, which its next call says.
  }
}

Waiter& Cursor::waiter() const noexcept { return connection_->waiter_; }

/// The statement goes back to the cache.
void Cursor::detach() noexcept {
  end_rows();
  if (cached_ == nullptr) return;
  cached_->holder = nullptr;
  cached_ = nullptr;
}

/// The same, and the names of the columns stay.
void Cursor::surrender() noexcept {
  if (cached_ != nullptr && column_count_ != 0) {
    try {
      names_ = std::shared_ptr(column_names());
    } catch (const std::bad_alloc&) {
      names_ = nullptr;
    }
  }
  detach();
}

/// The same, as the connection ends: rows that were not fetched are lost.
void Cursor::cut() noexcept {
  is_cut_ = is_cut_ || source_ != Source::none;
  surrender();
}

void Cursor::close() noexcept {
  end_rows();
  is_cut_ = false;
  failure_ = nullptr;
}

void Cursor::release() noexcept {
  detach();
  is_cut_ = false;
  failure_ = nullptr;
  names_ = nullptr;
  column_count_ = 0;
  rowcount_ = -1;
  lastrowid_ = 0;
  if (connection_ != nullptr) {
    connection_->recycle(*this);
  } else {
    delete this;
  }
}

}  // namespace hark::mysql
