// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>

#include <mysql.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hark::mysql {

class Cursor;

/// The server does not answer: nothing is waited for.
struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const noexcept { mysql_stmt_close(statement); }
};
using StatementPtr = std::unique_ptr<MYSQL_STMT, CloseStatement>;

/// How many rows of parameters go to the server.
enum class Batching : std::uint8_t {
  arrays,      ///< as arrays, which MariaDB takes
  statements,  ///< by a statement for many rows
  single       ///< one by one
};

/// A prepared statement, and who uses it.
struct CachedStatement {
  StatementPtr statement{};
  Cursor* holder = nullptr;     // null: it is free
  std::uint64_t last_used = 0;  // the cache's number of that use
  std::size_t parameter_count = 0;
  bool is_kept = false;   // by the cache, also when nobody holds it
  bool is_stale = false;  // is it to be prepared anew, because the schema has changed?
  Batching batching = Batching::arrays;
  std::string sql;

  // Made when they are asked for first.
  std::shared_ptr<const dbapi::ColumnNames> names{};
  StatementPtr of_many_rows{};  // the same for several rows at once
};

/// Prepared statements by their text; those used last are kept.
///
/// Closing one is a word to the server, so that whatever the server is still sending must
/// have been read before a statement is added or dropped.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) noexcept : capacity_(capacity) {}

  /// The statement of that text, which somebody may hold; null: it is not here.
  ///
  /// `key` is the text's own, as a dbapi::Operation has it; 0: it has none.
  CachedStatement* find(std::string_view sql, std::uint64_t key) noexcept {
    const Known& known = known_[key % known_.size()];
    if (known.key != key) [[unlikely]]
      return find_by_text(sql, key);
    known.cached->last_used = ++uses_;
    return known.cached;
  }
  /// Takes a new statement in, which `holder` holds. Where one of that text is here already,
  /// it stays until it is dropped.
  CachedStatement* add(CachedStatement statement, Cursor& holder);
  /// Closes what nobody holds and the cache does not keep.
  void drop_loose() noexcept;
  bool has_loose() const noexcept { return !loose_.empty(); }
  /// No longer keeps it; nobody finds it any more.
  void forget(CachedStatement* cached) noexcept;
  /// Closes all that nobody holds.
  void drop_free() noexcept;
  void clear() noexcept;

 private:
  /// What was found by a key.
  struct Known {
    std::uint64_t key = ~std::uint64_t{0};  // nobody's
    CachedStatement* cached = nullptr;
  };

  CachedStatement* find_by_text(std::string_view sql, std::uint64_t key) noexcept;
  void forget_keys(const CachedStatement* cached) noexcept;
  void shrink() noexcept;

  using Statements =
      std::unordered_map<std::string_view, std::unique_ptr<CachedStatement>>;

  std::uint64_t uses_ = 0;
  std::array<Known, 256> known_{};  // by the key's remainder
  const std::size_t capacity_;
  Statements kept_;
  std::vector<std::unique_ptr<CachedStatement>> loose_;  // not kept
};

}  // namespace hark::mysql
