// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/fwd.hpp>
#include <hark/dbapi/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hark::dbapi {

/// The names of a result's columns, in order.
using ColumnNames = std::vector<std::string>;

/// The parameters of one execution, in the order of the statement's placeholders.
using ParameterRow = std::span<const ValueView>;

/// Rows of parameters, made one after the other, so that they need not all be there.
class ParameterRows {
 public:
  /// Goes to the next row; false: there is none.
  ///
  /// Lifetime: `row` is valid until the next call.
  virtual bool next(ParameterRow& row) = 0;
  /// Begins again.
  virtual void rewind() = 0;
  /// Do the texts and blobs of a row outlast the next call? They are then valid as long as
  /// this object.
  virtual bool keeps_bytes() const noexcept { return false; }

 protected:
  ParameterRows() = default;
  ParameterRows(const ParameterRows&) = default;
  ParameterRows& operator=(const ParameterRows&) = default;
  ~ParameterRows() = default;
};

/// The text of a statement, and what identifies it where it is executed again and again.
struct Operation {
  /// `key_of_text` is not another text's in the process; 0: it has none. A driver may find
  /// by it what it has prepared.
  template <std::convertible_to<std::string_view> Text>
  // NOLINTNEXTLINE(google-explicit-constructor)
  Operation(const Text& sql, std::uint64_t key_of_text = 0) noexcept
      : text(sql), key(key_of_text) {}

  std::string_view text;
  std::uint64_t key;
  /// Do its rows come as they are fetched, where a driver otherwise takes them all at once?
  bool streams = false;
  /// What Connection::send_ahead() returned of it; 0: it is sent when it is executed.
  std::uint64_t sent = 0;
};

/// Executes statements on a Connection, one after the other, and walks their rows.
///
/// What a driver provides. One thread at a time uses a connection and its cursors. What
/// it knows of a statement (its columns, rowcount, lastrowid) stays until the next one,
/// also after the last row and after close().
/// Throws: every function but close() and the observers throws dbapi::Error.
/// Source: PEP 249, "Cursor Objects".
class Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  virtual ~Cursor() = default;

  // What every statement calls comes first, together.

  /// Executes up to the first row. What was open before is closed.
  ///
  /// Lifetime: the operation and the parameters are not needed after it has returned.
  virtual void execute(const Operation& operation, ParameterRow parameters) = 0;

  /// How many columns a row has; 0: the statement returns no rows.
  virtual std::size_t column_count() const noexcept = 0;

  /// Goes to the next row; false: there is none.
  virtual bool fetch() = 0;

  /// The same, and reads the row's first columns, as many as `cells` has places for.
  ///
  /// Requires: they are not more than the row's.
  /// Lifetime: of what was read: until the next call of this cursor.
  virtual bool fetch(std::span<ValueView> cells);

  /// Ends the statement and gives its locks back. Again: no effect.
  virtual void close() noexcept = 0;

  /// Closes it and gives the object back to where it came from.
  virtual void release() noexcept = 0;

  // What some call follows.

  /// Executes once per row of `rows`; for statements without result.
  ///
  /// What `rows` throws passes through.
  virtual void executemany(std::string_view operation, ParameterRows& rows) = 0;

  /// Tells the driver's types of the next execution's parameters, in the order of its
  /// placeholders; 0: the driver's own choice. Without effect where a driver has no such.
  virtual void setinputsizes(std::span<const std::int64_t> /*sizes*/) {}

  /// The text of the last statement; empty: it is not known any more.
  ///
  /// Lifetime: until the next call of this cursor.
  virtual std::string_view statement() const noexcept = 0;

  virtual std::string_view column_name(std::size_t column) const = 0;
  /// All of them; a driver may keep them with what it has prepared.
  ///
  /// Lifetime: of the reference, until the next call of this cursor.
  virtual const std::shared_ptr<const ColumnNames>& column_names() const = 0;

  /// A column of the present row. Lifetime: until the next call of this cursor.
  virtual ValueView value(std::size_t column) const = 0;

  /// Rows that the last statement changed; -1: it is not known, or none of its business.
  virtual std::int64_t rowcount() const noexcept = 0;

  /// The last row's id that this connection inserted; 0 if none.
  virtual std::int64_t lastrowid() const noexcept = 0;

 protected:
  /// What column_name() says of each.
  std::shared_ptr<const ColumnNames> make_column_names() const;
};

struct ReleaseCursor {
  void operator()(Cursor* cursor) const noexcept { cursor->release(); }
};
using CursorPtr = std::unique_ptr<Cursor, ReleaseCursor>;

}  // namespace hark::dbapi
