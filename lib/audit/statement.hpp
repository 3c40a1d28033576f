// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/audit/event.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "audit/fingerprint.hpp"
#include "audit/lexer.hpp"

/// What a statement's text tells.
namespace hark::audit {

/// OpenTelemetry's db.query.summary: operations and their targets in the order of the text,
/// as they are written there; 255 bytes at most, cut between two of them.
///
///     SELECT * FROM songs, artists                    →   SELECT songs artists
///     INSERT INTO shipping_details SELECT … orders    →   INSERT shipping_details SELECT orders
///     create table if not exists t (…)                →   create table t
///
/// What WITH names is no target, nor is what a trigger or a function does.
/// Source: OpenTelemetry semantic-conventions, docs/db/database-spans.md, Generating a
/// summary of the query.
std::string query_summary(std::string_view sql, Syntax syntax = Syntax::any);

/// All of it. Of a parameter that is used more than once, the column is the first one.
///
/// Cost: linear in the length of the text, whatever it is.
Statement describe_statement(std::string_view sql, Syntax syntax = Syntax::any);

/// The statements that were seen last, by their text.
///
/// Thread safety: one thread at a time.
/// Cost: of one that is there, no allocation.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity = 1'000,
                          std::size_t max_bytes = 4'000'000) noexcept
      : capacity_(capacity), max_bytes_(max_bytes) {}
  StatementCache(const StatementCache&) = delete;
  StatementCache& operator=(const StatementCache&) = delete;
  ~StatementCache() = default;

  std::shared_ptr<const Statement> get(std::string_view sql, Syntax syntax = Syntax::any);

  std::size_t size() const noexcept { return by_use_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Key {
    std::string_view text;
    Syntax syntax;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>()(key.text) +
             static_cast<std::size_t>(key.syntax);
    }
  };
  struct Entry {
    std::shared_ptr<const Statement> statement;
    Syntax syntax;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;

  static Key key_of(const Entry& entry) noexcept {
    return {entry.statement->text, entry.syntax};
  }
  void drop_last() noexcept;

  const std::size_t capacity_;
  const std::size_t max_bytes_;
  Entries by_use_;  // the one that was used last comes first
  std::unordered_map<Key, Entries::iterator, Hash> by_text_;  // keys are parts of entries
  std::size_t bytes_ = 0;
};

}  // namespace hark::audit
