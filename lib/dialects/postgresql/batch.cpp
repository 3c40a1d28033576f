// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/postgresql/batch.hpp"

#include <hark/dbapi/error.hpp>
#include <hark/dbapi/lost_error.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "dialects/postgresql/result.hpp"

namespace hark::postgresql {
namespace {

constexpr std::size_t most_parameters = PQ_QUERY_PARAM_MAX_LIMIT;

}  // namespace

// -- Batch ------------------------------------------------------------------------------

Batch::Batch(Connection& connection,
             CachedText& text,
             std::span<const std::int64_t> sizes)
    : connection_(connection),
      own_(text.is_kept ? CachedText() : std::move(text)),
      text_(own_.sql.empty() ? text : own_),
      sizes_(sizes) {
  text_.is_pinned = true;
  connection_.batch_ = this;
}

Batch::~Batch() {
  connection_.batch_ = nullptr;
  text_.is_pinned = false;
  // What was sent last may not have come to its end.
  for (Statement* const each : sent_) {
    if (each != nullptr) each->name.clear();
  }
  pipeline_.reset();
  if (!is_own_ || connection_.handle_ == nullptr || connection_.is_idle()) return;
  try {
    connection_.run("ROLLBACK");
  } catch (...) {
    hark::detail::report_lost_error("rolling executemany back failed");
  }
}

void Batch::add(dbapi::ParameterRow row) {
  if (row.size() != width_) {
    send_rows();
    width_ = row.size();
  }
  rows_.add(row, sizes_);
  rows_.keep(width_);
  if (++count_ == rows_at_once) send_rows();
}

std::int64_t Batch::finish() {
  send_rows();
  if (is_own_) {
    read();  // what is refused is not committed
    open();
    pipeline_->send("COMMIT");
    sent_.push_back(nullptr);
  }
  read();
  return changed_;
}

/// Sends the rows that wait.
void Batch::send_rows() {
  if (count_ != rows_at_once || !send_at_once()) {
    for (std::size_t i = 0; i < count_; ++i) send(text_, rows_.part(i * width_, width_));
  }
  rows_.clear();
  count_ = 0;
}

bool Batch::send_at_once() {
  CachedText* const many = text_of_many();
  if (many == nullptr) return false;
  for (std::size_t column = 0; column < width_; ++column) {
    if (!rows_.unify(column, width_)) return false;
  }
  send(*many, rows_.all());
  return true;
}

/// Null: the statement is none that takes many rows.
CachedText* Batch::text_of_many() {
  if (text_.is_single_row || rows_.size() > most_parameters) return nullptr;
  if (text_.of_many_rows == nullptr) {
    std::string sql = insert_of_many_rows(text_.sql, width_, rows_at_once);
    text_.is_single_row = sql.empty();
    if (text_.is_single_row) return nullptr;
    text_.of_many_rows = std::make_unique<CachedText>();
    text_.of_many_rows->sql = std::move(sql);
  }
  return text_.of_many_rows.get();
}

void Batch::open() {
  if (pipeline_) return;
  pipeline_.emplace(connection_);
  const bool begins_own = connection_.is_autocommit_ && connection_.is_idle();
  is_own_ = is_own_ || begins_own;
  if (!connection_.begins_ && !begins_own) return;
  pipeline_->send(connection_.begin_sql_);
  sent_.push_back(nullptr);
}

void Batch::send(CachedText& text, const EncodedParameters& parameters) {
  // A statement that is new may take the place of one that was sent.
  if (text.find(parameters) == nullptr) read();
  Statement& statement = connection_.statements_.find_or_add(text, parameters);
  if (statement.name.empty() && text_.is_kept) {
    prepare(text, statement);
  } else {
    open();
  }
  pipeline_->send(text, statement, parameters);
  sent_.push_back(nullptr);
  if (sent_.size() >= statements_at_once) read();
}

/// Where rows may come back, the server is asked before anything is done.
void Batch::prepare(CachedText& text, Statement& statement) {
  const bool may_return_rows = has_word(text.sql, "RETURNING");
  if (may_return_rows) read();
  open();
  statement.name = connection_.statements_.next_name();
  pipeline_->prepare(statement, text.sql);
  sent_.push_back(&statement);
  if (!may_return_rows) return;
  pipeline_->describe(statement);
  sent_.push_back(nullptr);
  read();
  open();
}

/// Reads the results of all that was sent.
void Batch::read() {
  if (!pipeline_) return;
  const std::vector<ResultHandle> results = pipeline_->finish();
  pipeline_.reset();
  const std::vector<Statement*> sent = std::exchange(sent_, {});
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (sent[i] != nullptr && !is_success(results[i].get())) sent[i]->name.clear();
  }
  for (const ResultHandle& result : results) {
    if (!is_success(result.get())) connection_.throw_failed(result.get(), text_);
    if (PQnfields(result.get()) != 0) {
      throw dbapi::ProgrammingError("executemany: the statement returns rows",
                                    {.statement = text_.sql});
    }
    changed_ += std::max<std::int64_t>(rows_changed(result.get()), 0);
  }
}

// -- CopyIn -----------------------------------------------------------------------------

namespace {

/// Does COPY take it for something else?
constexpr bool is_special(char c) noexcept {
  return c == '\\' || c == '\n' || c == '\r' || c == '\t';
}

/// Adds a text such that COPY reads it again.
void append_escaped(std::string& to, std::string_view text) {
  for (auto start = text.begin();;) {
    const auto stop = std::find_if(start, text.end(), is_special);
    to.append(start, stop);
    if (stop == text.end()) return;
    to += '\\';
    switch (*stop) {
      case '\n':
        to += 'n';
        break;
      case '\r':
        to += 'r';
        break;
      case '\t':
        to += 't';
        break;
      default:
        to += '\\';
    }
    start = stop + 1;
  }
}

void append_cell(std::string& to, const dbapi::ValueView& value) {
  switch (value.type()) {
    case dbapi::Type::null:
      to += "\\N";
      return;
    case dbapi::Type::text:
    case dbapi::Type::decimal:
      return append_escaped(to, value.text());
    case dbapi::Type::blob:
      to += '\\';  // of the backslash that the text begins with
      return append_text(to, value);
    default:
      return append_text(to, value);
  }
}

}  // namespace

CopyIn::~CopyIn() {
  connection_.is_copying_ = false;
  if (!is_open_) return;
  try {
    connection_.wire_.end_lines("the program has no more rows to give");
    connection_.read_one();
  } catch (...) {
    // The error that is on its way tells more.
  }
}

void CopyIn::add(dbapi::ParameterRow row) {
  constexpr std::size_t enough = std::size_t{1} << 16;
  if (row.empty()) {
    throw dbapi::ProgrammingError("COPY takes rows, which named parameters are not",
                                  {.statement = std::string(sql_)});
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) lines_ += '\t';
    append_cell(lines_, row[i]);
  }
  lines_ += '\n';
  if (lines_.size() >= enough) send();
}

void CopyIn::send() {
  if (!connection_.wire_.put_lines(lines_)) connection_.throw_unsent(sql_);
  lines_.clear();
}

ResultHandle CopyIn::finish() {
  if (!lines_.empty()) send();
  is_open_ = false;
  connection_.is_copying_ = false;
  if (!connection_.wire_.end_lines(nullptr)) connection_.throw_unsent(sql_);
  return connection_.read_one();
}

}  // namespace hark::postgresql
