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

#include "dialects/postgresql/codec.hpp"

namespace hark::postgresql {

/// What is known of a result's columns.
struct Columns {
  std::shared_ptr<const dbapi::ColumnNames> names;
  std::vector<Decoder> decoders;
  bool fit_binary = false;  ///< can all of them be read in binary?
};

/// A text with parameters of certain types, as the server plans it.
struct Statement {
  std::vector<TypeId> types{};  ///< 0: the server found out, or it was NULL
  std::string name{};           ///< on the server; empty: it was not prepared there
  bool was_executed = false;
  /// Of the prepared statement, which cannot get others; null: it was not executed since.
  std::shared_ptr<const Columns> columns{};
};

/// What is known of a text.
struct CachedText {
  std::string sql;
  std::uint64_t last_used = 0;  ///< the cache's number of that use
  std::vector<std::unique_ptr<Statement>> statements{};
  bool is_kept = true;      ///< false: it is forgotten when the next one comes
  bool is_copy = false;     ///< does it begin with COPY?
  bool is_pinned = false;   ///< is it in use, so that it stays?
  bool is_outside = false;  ///< COMMIT PREPARED, ROLLBACK PREPARED: in no transaction
  bool is_of_rows = false;  ///< of rows alone: it leaves the session as it was

  // Made when they are asked for first.
  std::unique_ptr<CachedText>
      of_many_rows{};          ///< the same INSERT, of several rows at once
  bool is_single_row = false;  ///< there is no such

  /// The statement for parameters of those types; NULL fits every type. Null: there is
  /// none.
  [[gnu::hot]] Statement* find(const EncodedParameters& parameters) noexcept;
};

/// Statements by their text; those used last are kept.
///
/// A statement is prepared on the server when it is executed for the second time, so that
/// what comes once costs nothing there. Texts of more than 16 KiB are not kept: they have
/// their values in them, and do not come again.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) noexcept : capacity_(capacity) {}

  bool is_on() const noexcept { return capacity_ != 0; }

  /// What is known of that text; made where it is new.
  ///
  /// `key` is the text's own, as a dbapi::Operation has it; 0: it has none.
  /// Throws: ProgrammingError for a text with a null character.
  /// Lifetime: until the next call.
  CachedText& find_or_add(std::string_view sql, std::uint64_t key) {
    const Known& known = known_[key % known_.size()];
    if (known.key != key || key == 0) [[unlikely]]
      return find_by_text(sql, key);
    known.cached->last_used = ++uses_;
    return *known.cached;
  }

  /// The statement for parameters of those types; made where it is new. A text has a few at
  /// most: those that were made first are given up.
  ///
  /// Lifetime: until the next call.
  Statement& find_or_add(CachedText& text, const EncodedParameters& parameters) {
    Statement* const found = text.find(parameters);
    return found != nullptr ? *found : add(text, parameters);
  }
  [[gnu::cold]] Statement& add(CachedText& text, const EncodedParameters& parameters);

  /// A name that no prepared statement of the connection has had.
  std::string next_name() { return "hark_" + std::to_string(++names_); }

  /// The server's prepared statements are gone.
  void forget_prepared() noexcept;
  /// Those of the server are of no more use: they become due().
  void discard_prepared();
  /// The same of one text.
  void give_up(CachedText& text);
  /// The names of prepared statements that nobody needs any more.
  std::vector<std::string>& due() noexcept { return due_; }
  void clear() noexcept;

 private:
  struct Known {
    std::uint64_t key = 0;
    CachedText* cached = nullptr;
  };

  [[gnu::cold]] CachedText& find_by_text(std::string_view sql, std::uint64_t key);
  void shrink();

  static constexpr std::size_t longest = 16'384;
  static constexpr std::size_t most_statements = 8;

  using Texts = std::unordered_map<std::string_view, std::unique_ptr<CachedText>>;

  std::uint64_t uses_ = 0;
  std::array<Known, 256> known_{};  // by the key's remainder
  const std::size_t capacity_;
  Texts texts_;
  CachedText uncached_;  // where nothing is kept
  std::uint64_t names_ = 0;
  std::vector<std::string> due_;
};

/// Asks for the transactions that are prepared. As what ends them, it waits for no BEGIN.
inline constexpr std::string_view select_prepared =
    "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = current_database() "
    "ORDER BY prepared, gid";

/// Takes that COPY … FROM STDIN its rows in the format text, as it is without options?
bool copies_plain_text(std::string_view sql);

/// Is it among the words of `sql`, wherever? In capitals.
bool has_word(std::string_view sql, std::string_view word);

/// `INSERT INTO t (…) VALUES ($1, …)` with as many rows as `times`; empty for any other
/// statement.
std::string insert_of_many_rows(std::string_view sql,
                                std::size_t width,
                                std::size_t times);

}  // namespace hark::postgresql
