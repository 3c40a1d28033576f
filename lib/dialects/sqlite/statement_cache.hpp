// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3_stmt;

namespace hark::sqlite {

class Cursor;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept;
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// Whether the executions of a SELECT have come to a row.
enum class Finds : std::uint8_t { unknown, always, not_always };

/// A prepared statement, and who uses it.
///
/// What an execution reads of it comes first, in one cache line.
struct alignas(64) CachedStatement {
  StatementPtr statement{};
  Cursor* holder = nullptr;     // null: it is free
  std::uint64_t last_used = 0;  // the cache's number of that use
  std::size_t parameter_count = 0;
  std::uint32_t column_count = 0;  // when it was prepared
  bool changes_rows = false;
  bool is_query = false;         // a SELECT that writes nothing
  bool is_kept = false;          // by the cache, also when nobody holds it
  bool holds_bytes = false;      // of its own, that are bound
  Finds finds = Finds::unknown;  // if it is a query
  std::string sql;

  // Made when they are asked for first.
  std::shared_ptr<const dbapi::ColumnNames> names{};
  int names_made_at = -1;       // how often it had been prepared again
  StatementPtr of_many_rows{};  // the same for several rows at once
  bool is_single_row = false;   // there is no such
};

/// Prepared statements by their text; those used last are kept.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) noexcept : capacity_(capacity) {}

  /// The statement of that text, which somebody may hold; null: it is not here.
  ///
  /// `key` is the text's own, as a dbapi::Operation has it; 0: it has none.
  CachedStatement* find(std::string_view sql, std::uint64_t key = 0) noexcept {
    const Known& known = known_[key % known_.size()];
    if (known.key != key) [[unlikely]]
      return find_by_text(sql, key);
    known.cached->last_used = ++uses_;
    return known.cached;
  }
  /// Takes a new statement in, with its holder. Where one of that text is here already,
  /// it stays until it is given back.
  CachedStatement* add(CachedStatement statement);
  /// Gives back what somebody held; may delete it.
  void give_back(CachedStatement* cached) noexcept {
    cached->holder = nullptr;
    if (!cached->is_kept) [[unlikely]]
      drop(cached);
  }
  void clear() noexcept;

 private:
  /// What was found by a key.
  struct Known {
    std::uint64_t key = ~std::uint64_t{0};  // nobody's
    CachedStatement* cached = nullptr;
  };

  CachedStatement* find_by_text(std::string_view sql, std::uint64_t key) noexcept;
  [[gnu::cold]] void drop(CachedStatement* loose) noexcept;
  void shrink() noexcept;

  using Statements =
      std::unordered_map<std::string_view, std::unique_ptr<CachedStatement>>;

  std::uint64_t uses_ = 0;
  std::array<Known, 256> known_{};  // by the key's remainder
  const std::size_t capacity_;
  Statements kept_;
  std::vector<std::unique_ptr<CachedStatement>> loose_;  // held, and not kept
};

}  // namespace hark::sqlite
