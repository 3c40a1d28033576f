// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/error.hpp>
#include <hark/dbapi/lost_error.hpp>

#include <libpq-fe.h>

#include <new>
#include <utility>

#include "dialects/postgresql/batch.hpp"
#include "dialects/postgresql/driver.hpp"
#include "dialects/postgresql/result.hpp"

namespace hark::postgresql {
namespace {

[[noreturn]] void throw_cut() {
  throw dbapi::InterfaceError("the cursor's connection is closed",
                              {.is_disconnect = true});
}

std::string_view cell_of(const PGresult* result, int row, int column) noexcept {
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}

const std::shared_ptr<const Columns>& columns_of_copy() {
  static const auto columns = [] {
    auto made = std::make_shared<Columns>();
    made->names = std::make_shared<const dbapi::ColumnNames>(dbapi::ColumnNames{"line"});
    made->decoders = {Decoder::text};
    return std::shared_ptr<const Columns>(std::move(made));
  }();
  return columns;
}

}  // namespace

// -- execution --------------------------------------------------------------------------

/// Called several times in a row: when they have been read, closed, and released.
inline void Cursor::end_rows() noexcept {
  has_row_ = false;
  row_ = -1;
  row_count_ = 0;
  if (source_ != Source::none || result_ != nullptr) drop_rows();
}

void Cursor::open(std::string_view operation) {
  if (connection_ == nullptr) throw_cut();
  connection_->require_open();
  if (connection_->is_busy()) [[unlikely]] {
    if (connection_->streaming_ == this) connection_->drop_stream(false);
    connection_->settle();
  }
  end_rows();
  is_cut_ = false;
  rowcount_ = -1;
  column_count_ = 0;
  statement_ = operation;
}

void Cursor::setinputsizes(std::span<const std::int64_t> sizes) {
  sizes_.assign(sizes.begin(), sizes.end());
}

void Cursor::execute(const dbapi::Operation& operation, dbapi::ParameterRow parameters) {
  open(operation.text);
  Connection& connection = *connection_;
  CachedText& text = connection.statements_.find_or_add(operation.text, operation.key);
  if (text.is_copy) [[unlikely]]
    return execute_copy(operation, parameters);
  connection.row_.clear();
  connection.row_.add(parameters, sizes_);
  sizes_.clear();
  if (operation.streams) [[unlikely]]
    return execute_streaming(text);
  Statement* statement = nullptr;
  ResultHandle result = operation.sent != 0
                            ? connection.execute_ahead(operation.sent, text, statement)
                            : connection.execute(text, statement);
  take_result(std::move(result), text, *statement);
}

inline void Cursor::take_result(ResultHandle result,
                                CachedText& text,
                                Statement& statement) {
  if (!is_success(result.get())) [[unlikely]]
    connection_->throw_failed(result.get(), text);
  statement.was_executed = true;
  if (PQresultStatus(result.get()) == PGRES_TUPLES_OK) {
    take_rows(std::move(result), statement);
  } else {
    rowcount_ = rows_changed(result.get());
    connection_->note_effects(result.get());
  }
}

void Cursor::take_rows(ResultHandle result, Statement& statement) {
  if (columns_ == nullptr || columns_ != statement.columns)
    columns_ = connection_->columns_of(result.get(), statement);
  result_ = std::move(result);
  column_count_ = columns_->decoders.size();
  row_ = -1;
  row_count_ = PQntuples(result_.get());
  is_binary_ = column_count_ != 0 && PQfformat(result_.get(), 0) == 1;
  source_ = Source::result;
  if (*PQcmdStatus(result_.get()) != 'S') rowcount_ = rows_changed(result_.get());
}

/// Rows come as they are fetched. Nothing else may be on its way with the statement.
void Cursor::execute_streaming(CachedText& text) {
  Connection& connection = *connection_;
  connection.settle_ahead();
  const bool was_due = connection.begins_;
  connection.begin_now();
  connection.is_stream_alone_ = connection.is_idle();
  Statement& statement = connection.statements_.find_or_add(text, connection.row_.all());
  if (connection.is_to_be_prepared(statement)) connection.prepare_now(text, statement);
  connection.is_interrupted_.store(false, std::memory_order_relaxed);
  connection.send(text, statement, connection.row_.all());
  PQsetSingleRowMode(connection.handle());
  ResultHandle result = connection.wire_.get_result();
  if (result == nullptr) connection.throw_lost(text.sql);
  if (PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) {
    statement.was_executed = true;
    take_rows(std::move(result), statement);
    source_ = Source::stream;
    has_row_ = true;
    connection.streaming_ = this;
    return;
  }
  while (connection.wire_.get_result() != nullptr) {
  }
  const bool is_alone = was_due || connection.is_stream_alone_;
  if (is_alone && connection.drops_stale(result.get(), statement)) {
    if (was_due) {
      connection.run("ROLLBACK");
      connection.begins_ = true;
    }
    return execute_streaming(text);
  }
  take_result(std::move(result), text, statement);
}

void Cursor::executemany(std::string_view operation, dbapi::ParameterRows& rows) {
  open(operation);
  Connection& connection = *connection_;
  const std::vector<std::int64_t> sizes = std::exchange(sizes_, {});
  CachedText& text = connection.statements_.find_or_add(operation, 0);
  if (text.is_copy) return copy_rows(rows);
  connection.settle_ahead();
  connection.require_unprepared();
  connection.is_interrupted_.store(false, std::memory_order_relaxed);
  Batch batch(connection, text, sizes);
  for (dbapi::ParameterRow row; rows.next(row);) batch.add(row);
  rowcount_ = batch.finish();
}

// -- rows -------------------------------------------------------------------------------

bool Cursor::fetch() {
  if (source_ == Source::result) [[likely]] {
    if (row_ + 1 >= row_count_) {
      row_ = row_count_;
      if (failure_ != nullptr) [[unlikely]]
        std::rethrow_exception(std::exchange(failure_, nullptr));
      return false;
    }
    ++row_;
    bytes_.clear();
    return true;
  }
  if (is_cut_) throw_cut();
  if (source_ == Source::none) return false;
  if (source_ == Source::copy_out) {
    row_ = 0;
    return read_line(line_);
  }
  bytes_.clear();
  return next_streamed();
}

bool Cursor::next_streamed() {
  row_ = 0;
  if (std::exchange(has_row_, false)) return true;
  Connection& connection = *connection_;
  result_ = connection.wire_.get_result();
  if (PQresultStatus(result_.get()) == PGRES_SINGLE_TUPLE) return true;
  const ResultHandle last = std::move(result_);
  source_ = Source::none;
  connection.streaming_ = nullptr;
  if (last == nullptr) connection.throw_lost(statement_);
  while (connection.wire_.get_result() != nullptr) {
    if (PQstatus(connection.handle()) == CONNECTION_BAD) break;
  }
  connection.require_success(last.get(), statement_);
  return false;
}

namespace {

/// Adds the first row of `from` behind the rows of `to`.
void add_row(PGresult* to, const PGresult* from) {
  const int row = PQntuples(to);
  for (int i = 0; i < PQnfields(to); ++i) {
    const bool is_null = PQgetisnull(from, 0, i) != 0;
    char* const value = is_null ? nullptr : PQgetvalue(from, 0, i);
    const int length = is_null ? -1 : PQgetlength(from, 0, i);
    if (PQsetvalue(to, row, i, value, length) == 0) throw std::bad_alloc();
  }
}

}  // namespace

/// Takes the rows that are on their way. The present one stays as it is. What goes wrong on
/// the way is thrown behind the last row that has come.
void Cursor::keep_rest() noexcept {
  const bool has_present = row_ == 0;
  ResultHandle kept;
  try {
    if (source_ == Source::copy_out) {
      keep_lines(kept);
    } else {
      keep_rows(kept);
    }
  } catch (...) {
    failure_ = std::current_exception();
    connection_->wire_.drain();
  }
  result_ = std::move(kept);
  source_ = Source::result;
  row_ = has_present ? 0 : -1;
  row_count_ = PQntuples(result_.get());
}

void Cursor::keep_rows(ResultHandle& kept) {
  kept.reset(PQcopyResult(result_.get(), PG_COPYRES_ATTRS));
  if (kept == nullptr) throw std::bad_alloc();
  if (row_ == 0) {
    add_row(kept.get(), result_.get());
    present_ = std::move(result_);
  }
  while (next_streamed()) add_row(kept.get(), result_.get());
}

namespace {

/// A result of no rows and one column.
ResultHandle make_lines(pg_conn* handle) {
  std::string name = columns_of_copy()->names->front();
  PGresAttDesc column{};
  column.name = name.data();
  column.typid = type_id::text;
  ResultHandle made(PQmakeEmptyPGresult(handle, PGRES_TUPLES_OK));
  if (made == nullptr || PQsetResultAttrs(made.get(), 1, &column) == 0)
    throw std::bad_alloc();
  return made;
}

void add_line(PGresult* to, std::string& line) {
  const auto size = static_cast<int>(line.size());
  if (PQsetvalue(to, PQntuples(to), 0, line.data(), size) == 0) throw std::bad_alloc();
}

}  // namespace

void Cursor::keep_lines(ResultHandle& kept) {
  kept = make_lines(connection_->handle());
  if (row_ == 0) add_line(kept.get(), line_);
  for (std::string line; read_line(line);) add_line(kept.get(), line);
}

inline dbapi::ValueView Cursor::read(std::size_t column) const {
  const auto at = static_cast<int>(column);
  const std::string_view cell = cell_of(result_.get(), row_, at);
  if (cell.empty() && PQgetisnull(result_.get(), row_, at) != 0) return {};
  const Decoder decoder = columns_->decoders[column];
  return is_binary_ ? decode_binary(decoder, cell) : decode_text(decoder, cell, bytes_);
}

/// Reads the present row, which came in binary.
inline void Cursor::read_binary(std::span<dbapi::ValueView> cells) const {
  const PGresult* const result = result_.get();
  const Decoder* decoder = columns_->decoders.data();
  int column = 0;
  for (dbapi::ValueView& each : cells) {
    const std::string_view cell = cell_of(result, row_, column);
    const bool is_null = cell.empty() && PQgetisnull(result, row_, column) != 0;
    each = is_null ? dbapi::ValueView() : decode_binary(*decoder, cell);
    ++column;
    ++decoder;
  }
}

bool Cursor::fetch(std::span<dbapi::ValueView> cells) {
  if (!fetch()) return false;
  if (is_binary_ && source_ != Source::copy_out) [[likely]] {
    read_binary(cells);
  } else {
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = value(i);
  }
  return true;
}

dbapi::ValueView Cursor::value(std::size_t column) const {
  if (source_ == Source::copy_out) return {std::string_view(line_)};
  const bool has_row = result_ != nullptr && row_ >= 0 && row_ < row_count_;
  return has_row ? read(column) : dbapi::ValueView();
}

std::string_view Cursor::column_name(std::size_t column) const {
  if (column >= column_count_)
    throw dbapi::InterfaceError("the cursor has no column " + std::to_string(column));
  return (*columns_->names)[column];
}

const std::shared_ptr<const dbapi::ColumnNames>& Cursor::column_names() const {
  static const auto none = std::make_shared<const dbapi::ColumnNames>();
  return column_count_ == 0 ? none : columns_->names;
}

// -- COPY -------------------------------------------------------------------------------

ResultHandle Cursor::start_copy() {
  Connection& connection = *connection_;
  connection.settle_ahead();
  connection.begin_now();
  connection.is_interrupted_.store(false, std::memory_order_relaxed);
  ResultHandle result = connection.wire_.exec(statement_.c_str());
  if (result == nullptr) connection.throw_lost(statement_);
  return result;
}

/// COPY … TO STDOUT is a result whose rows are its lines.
void Cursor::execute_copy(const dbapi::Operation& operation,
                          dbapi::ParameterRow parameters) {
  if (!parameters.empty())
    throw dbapi::ProgrammingError("COPY takes no parameters, but rows of values",
                                  {.statement = std::string(operation.text)});
  Connection& connection = *connection_;
  ResultHandle result = start_copy();
  switch (PQresultStatus(result.get())) {
    case PGRES_COPY_OUT:
      connection.streaming_ = this;
      if (PQbinaryTuples(result.get()) != 0) {
        connection.drop_stream(true);
        throw dbapi::NotSupportedError("COPY gives lines in the formats text and csv",
                                       {.statement = statement_});
      }
      columns_ = columns_of_copy();
      column_count_ = 1;
      source_ = Source::copy_out;
      return;
    case PGRES_COPY_IN:
      connection.wire_.end_lines("no rows were given: execute it with a range");
      result = connection.read_one();
      break;
    default:
      break;
  }
  connection.require_success(result.get(), statement_);
  rowcount_ = rows_changed(result.get());
}

void Cursor::copy_rows(dbapi::ParameterRows& rows) {
  if (!copies_plain_text(statement_)) {
    throw dbapi::NotSupportedError(
        "rows are sent by COPY in the format text, without options that change it",
        {.statement = statement_});
  }
  Connection& connection = *connection_;
  ResultHandle result = start_copy();
  connection.require_success(result.get(), statement_);
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) {
    connection.streaming_ = this;
    connection.drop_stream(true);
    throw dbapi::ProgrammingError("COPY … FROM STDIN alone takes rows",
                                  {.statement = statement_});
  }
  CopyIn copy(connection, statement_);
  for (dbapi::ParameterRow row; rows.next(row);) copy.add(row);
  result = copy.finish();
  connection.require_success(result.get(), statement_);
  rowcount_ = rows_changed(result.get());
}

bool Cursor::read_line(std::string& to) {
  Connection& connection = *connection_;
  char* line = nullptr;
  const int size = connection.wire_.get_line(&line);
  if (size > 0) {
    to.assign(line, static_cast<std::size_t>(size));
    PQfreemem(line);
    if (to.ends_with('\n')) to.pop_back();
    return true;
  }
  source_ = Source::none;
  connection.streaming_ = nullptr;
  const ResultHandle last = connection.read_one();
  connection.require_success(last.get(), statement_);
  rowcount_ = rows_changed(last.get());
  return false;
}

// -- ends -------------------------------------------------------------------------------

void Cursor::drop_rows() noexcept {
  if (connection_ != nullptr) connection_->spend(std::move(result_));
  result_.reset();
  present_.reset();
  bytes_.clear();
  failure_ = nullptr;
  source_ = Source::none;
}

/// Rows that were not fetched are lost.
void Cursor::cut() noexcept {
  is_cut_ = is_cut_ || source_ != Source::none;
  end_rows();
}

void Cursor::close() noexcept {
  if (connection_ != nullptr && connection_->streaming_ == this)
    connection_->drop_stream(connection_->is_stream_alone_);
  end_rows();
  is_cut_ = false;
}

void Cursor::release() noexcept {
  close();
  column_count_ = 0;
  rowcount_ = -1;
  sizes_.clear();
  if (connection_ != nullptr) {
    connection_->recycle(*this);
  } else {
    delete this;
  }
}

}  // namespace hark::postgresql
