// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/engine/connection.hpp>
#include <hark/engine/result.hpp>
#include <hark/error.hpp>

#include <utility>

namespace hark {

Result::Result(Connection& connection, dbapi::CursorPtr cursor)
    : connection_(&connection), cursor_(std::move(cursor)) {
  const std::size_t count = cursor_->column_count();
  rowcount_ = cursor_->rowcount();
  lastrowid_ = cursor_->lastrowid();
  columns_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) columns_.emplace_back(cursor_->column_name(i));
  if (count == 0) cursor_.reset();
}

bool Result::fetch() {
  if (!returns_rows()) {
    throw ResourceClosedError(
        "this result returns no rows: it has been closed automatically");
  }
  if (cursor_ == nullptr) return false;
  bool has_row = false;
  try {
    has_row = cursor_->fetch();
  } catch (...) {
    connection_->handle_exception(
        std::current_exception(), nullptr, nullptr, cursor_.get(), nullptr);
  }
  if (!has_row) cursor_.reset();
  return has_row;
}

std::optional<dbapi::Row> Result::fetchone() {
  if (!fetch()) return std::nullopt;
  dbapi::Row row;
  row.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) row.emplace_back(cursor_->value(i));
  return row;
}

std::vector<dbapi::Row> Result::fetchall() {
  std::vector<dbapi::Row> rows;
  while (auto row = fetchone()) rows.push_back(*std::move(row));
  return rows;
}

std::optional<dbapi::Value> Result::scalar() {
  std::optional<dbapi::Value> value;
  if (fetch()) value = dbapi::Value(cursor_->value(0));
  close();
  return value;
}

}  // namespace hark
