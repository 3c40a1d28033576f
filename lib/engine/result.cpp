// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/same_name.hpp>
#include <hark/engine/connection.hpp>
#include <hark/engine/result.hpp>
#include <hark/error.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "engine/wrap.hpp"

namespace hark {

namespace detail {
namespace {

std::string name_of(std::size_t column, const Columns& columns) {
  std::string name = std::to_string(column);
  if (column < columns.size()) name += " ('" + columns[column] + "')";
  return name;
}

/// With the statement, where it is known.
template <class E>
[[noreturn]] void throw_about(const std::string& message, std::string_view statement) {
  throw E(with_statement(message, statement), {.statement = std::string(statement)});
}

std::string list_of(const Columns& columns) {
  std::string list;
  for (const std::string& each : columns) {
    list += (list.empty() ? "'" : ", '") + each + "'";
  }
  return list;
}

}  // namespace

void throw_unreadable(const dbapi::ValueView& value,
                      std::string_view wanted,
                      std::size_t column,
                      const Origin& origin) {
  constexpr std::size_t most_shown = 60;
  std::string shown = dbapi::to_string(value);
  if (shown.size() > most_shown) shown = shown.substr(0, most_shown) + "...";
  std::string message = "column " + name_of(column, origin.columns) + " is " + shown;
  if (value.is_null()) {
    message += ", which only a std::optional can hold";
  } else {
    message += ", of type " + std::string(dbapi::name_of(value.type())) +
               ", which does not fit " + std::string(wanted);
  }
  throw_about<DataError>(message, origin.statement);
}

void throw_wrong_width(std::size_t wanted, const Origin& origin) {
  throw_about<InvalidRequestError>(
      "the result has " + std::to_string(origin.columns.size()) + " columns (" +
          list_of(origin.columns) + ") and is read as " + std::to_string(wanted),
      origin.statement);
}

void throw_no_column(std::size_t column, const Origin& origin) {
  throw_about<NoSuchColumnError>("the result has no column " + std::to_string(column) +
                                     ": it has " + std::to_string(origin.columns.size()),
                                 origin.statement);
}

namespace {

/// The first column of that name from `first` on; their number where there is none.
std::size_t find_column(std::string_view name,
                        const Columns& columns,
                        std::size_t first) {
  while (first < columns.size() && !is_same_name(columns[first], name)) ++first;
  return first;
}

}  // namespace

std::size_t column_index(std::string_view name, const Origin& origin) {
  const Columns& columns = origin.columns;
  const std::size_t found = find_column(name, columns, 0);
  if (found == columns.size()) {
    throw_about<NoSuchColumnError>("the result has no column '" + std::string(name) +
                                       "': it has " + list_of(columns),
                                   origin.statement);
  }
  if (find_column(name, columns, found + 1) != columns.size()) {
    throw_about<InvalidRequestError>("the result has several columns '" +
                                         std::string(name) +
                                         "': ask for one by its number",
                                     origin.statement);
  }
  return found;
}

}  // namespace detail

namespace {

[[gnu::cold, gnu::noinline]] bool read_digits(const dbapi::ValueView& value,
                                              std::string& to) {
  if (value.type() != dbapi::Type::decimal) return false;
  to.assign(value.text());
  return true;
}

}  // namespace

bool ValueTraits<std::string>::read(const dbapi::ValueView& value, std::string& to) {
  if (value.type() != dbapi::Type::text) [[unlikely]]
    return read_digits(value, to);
  to.assign(value.text());
  return true;
}

bool ValueTraits<dbapi::Decimal>::read(const dbapi::ValueView& value,
                                       dbapi::Decimal& to) {
  switch (value.type()) {
    case dbapi::Type::integer:
      to = dbapi::decimal_of(value.integer());
      return true;
    case dbapi::Type::real:
      to = dbapi::decimal_of(value.real());
      return true;
    default:
      return read_digits(value, to.digits);
  }
}

// -- RowView ----------------------------------------------------------------------------

std::size_t RowView::size() const noexcept { return result_->width_; }
dbapi::ValueView RowView::value(std::size_t column) const {
  return result_->cursor_->value(column);
}
const Columns& RowView::columns() const { return result_->columns(); }
detail::Origin RowView::origin() const { return result_->origin(); }

Row RowView::row() const {
  dbapi::Row values;
  values.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) values.emplace_back(value(i));
  return {std::move(values), result_->shared_columns()};
}

// -- life -------------------------------------------------------------------------------

Result& Result::operator=(Result&& other) noexcept {
  if (this == &other) return *this;
  std::destroy_at(this);
  return *std::construct_at(this, std::move(other));
}

void Result::leave_connection() noexcept {
  close();
  try {
    left_ = std::make_unique<Left>(Left{.columns = cursor_->column_names(),
                                        .rowcount = cursor_->rowcount(),
                                        .lastrowid = cursor_->lastrowid()});
    columns_ = left_->columns.get();
  } catch (...) {
    width_ = 0;  // without memory: as if there had been no columns
  }
  cursor_.reset();
  unlink();
}

void Result::tell_end(std::exception_ptr error) noexcept {
  const detail::Announcement announcement = *std::exchange(announcement_, std::nullopt);
  try {
    const ResultEnding ending{
        error == nullptr ? announcement.end() : announcement.fail(std::move(error)),
        rows_fetched_};
    connection_->emit<ConnectionEvents::result_end>(*connection_, execution_, ending);
  } catch (...) {
    detail::report_lost_error("a listener of result_end threw");
  }
}

// -- failures ---------------------------------------------------------------------------

void Result::require_open() const {
  if (!returns_rows() || state_ == State::closed) throw_closed();
}

void Result::expect_width(std::size_t width) const {
  require_open();
  if (width_ != width) detail::throw_wrong_width(width, origin());
}

void Result::throw_closed() const {
  throw ResourceClosedError(
      returns_rows() ? "this result is closed"
                     : "this result returns no rows: it has been closed automatically");
}

void Result::fail() {
  const std::exception_ptr error = std::current_exception();
  state_ = State::exhausted;
  cursor_->close();
  if (announcement_) tell_end(error);
  connection_->fetch_failed(error, *cursor_);
}

detail::Origin Result::origin() const {
  return {columns(), cursor_ != nullptr ? cursor_->statement() : std::string_view()};
}

void Result::throw_no_row() {
  close();
  detail::throw_about<NoResultFound>("a row was required, and there is none",
                                     origin().statement);
}

void Result::throw_more_rows() const {
  detail::throw_about<MultipleResultsFound>("one row was required, and there are more",
                                            origin().statement);
}

// -- stepping ---------------------------------------------------------------------------

/// Requires: the result is open.
template <class Fetch>
inline bool Result::advance(const Fetch& fetch) {
  try {
    if (fetch()) [[likely]] {
      ++rows_fetched_;
      return true;
    }
  } catch (...) {
    fail();
  }
  finish(State::exhausted);
  return false;
}

bool Result::next() {
  if (state_ != State::open || !returns_rows()) [[unlikely]] {
    require_open();
    return false;
  }
  return advance([this] { return cursor_->fetch(); });
}

bool Result::next(std::span<dbapi::ValueView> cells) {
  if (state_ != State::open || width_ != cells.size()) [[unlikely]] {
    expect_width(cells.size());
    return false;
  }
  return advance([&] { return cursor_->fetch(cells); });
}

bool Result::next(dbapi::ValueView& cell) {
  if (!next()) return false;
  cell = cursor_->value(0);
  return true;
}

void Result::expect_no_more() {
  const bool has_more = next();
  close();
  if (has_more) throw_more_rows();
}

// -- untyped rows -----------------------------------------------------------------------

const std::shared_ptr<const Columns>& Result::shared_columns() const {
  static const auto none = std::make_shared<const Columns>();
  if (cursor_ != nullptr) return cursor_->column_names();
  return left_ != nullptr ? left_->columns : none;
}

std::optional<Row> Result::fetchone() {
  if (!next()) return std::nullopt;
  return RowView(*this).row();
}

std::vector<Row> Result::fetchmany(std::size_t most) {
  std::vector<Row> rows;
  while (rows.size() < most && next()) rows.push_back(RowView(*this).row());
  return rows;
}

std::vector<Row> Result::fetchall() {
  std::vector<Row> rows;
  while (next()) rows.push_back(RowView(*this).row());
  return rows;
}

std::optional<Row> Result::first() {
  std::optional<Row> row = fetchone();
  close();
  return row;
}

Row Result::one() {
  std::optional<Row> row = one_or_none();
  if (!row) throw_no_row();
  return *std::move(row);
}

std::optional<Row> Result::one_or_none() {
  std::optional<Row> row = fetchone();
  if (row) expect_no_more();
  return row;
}

std::optional<dbapi::Value> Result::scalar() {
  std::optional<dbapi::Value> value;
  if (next()) value = dbapi::Value(cursor_->value(0));
  close();
  return value;
}

}  // namespace hark
