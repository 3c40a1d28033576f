// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dialects/postgresql/pipeline.hpp"

namespace hark::postgresql {

/// Executes a statement once per row, in few round trips: a plain INSERT takes many rows
/// at once, and what is sent does not wait for answers.
///
/// In autocommit mode all rows are one transaction.
class Batch {
 public:
  /// `text`: as the cache has it. `sizes`: types that somebody has chosen; 0: nobody has.
  Batch(Connection& connection, CachedText& text, std::span<const std::int64_t> sizes);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  void add(dbapi::ParameterRow row);
  /// Reads what is on its way, so that another statement can be executed between two rows.
  void settle() { read(); }
  /// Returns: how many rows were changed.
  std::int64_t finish();

 private:
  static constexpr std::size_t rows_at_once = 100;
  static constexpr std::size_t statements_at_once = 200;

  void send_rows();
  bool send_at_once();
  CachedText* text_of_many();
  void send(CachedText& text, const EncodedParameters& parameters);
  void prepare(CachedText& text, Statement& statement);
  void open();
  void read();

  Connection& connection_;
  CachedText own_;  // where the cache does not keep it
  CachedText& text_;
  const std::span<const std::int64_t> sizes_;
  EncodedRows rows_;
  std::size_t width_ = 0;  // of the rows that were not sent yet
  std::size_t count_ = 0;  // of those rows
  std::optional<Pipeline> pipeline_;
  std::vector<Statement*> sent_;  // per command; null: nothing was prepared by it
  std::int64_t changed_ = 0;
  bool is_own_ = false;  // is the transaction this object's?
};

/// Sends the rows of COPY … FROM STDIN.
class CopyIn {
 public:
  /// `sql` is on the server, which waits for the rows.
  CopyIn(Connection& connection, std::string_view sql) noexcept
      : connection_(connection), sql_(sql) {
    connection_.is_copying_ = true;
  }
  CopyIn(const CopyIn&) = delete;
  CopyIn& operator=(const CopyIn&) = delete;
  /// Where finish() was not called: the server forgets the rows.
  ~CopyIn();

  void add(dbapi::ParameterRow row);
  ResultHandle finish();

 private:
  void send();

  Connection& connection_;
  std::string_view sql_;
  std::string lines_;
  bool is_open_ = true;
};

}  // namespace hark::postgresql
