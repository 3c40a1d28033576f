// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "audit/statement.hpp"

#include <utility>

#include "audit/statement_reader.hpp"

namespace hark::audit {
namespace {

std::size_t size_of(const Statement& statement) noexcept {
  std::size_t bytes = sizeof(Statement) + statement.text.size() +
                      statement.fingerprint.size() + statement.summary.size();
  for (const std::string& column : statement.columns)
    bytes += sizeof(std::string) + column.size();
  return bytes;
}

}  // namespace

std::string query_summary(std::string_view sql, Syntax syntax) {
  return StatementReader(sql, syntax).read().summary;
}

Statement describe_statement(std::string_view sql, Syntax syntax) {
  StatementFacts facts = StatementReader(sql, syntax).read();
  return {.text = std::string(sql),
          .fingerprint = fingerprint(sql, syntax),
          .summary = std::move(facts.summary),
          .operation = std::move(facts.operation),
          .columns = std::move(facts.columns)};
}

std::shared_ptr<const Statement> StatementCache::get(std::string_view sql,
                                                     Syntax syntax) {
  const auto found = by_text_.find({sql, syntax});
  if (found != by_text_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return found->second->statement;
  }
  auto made = std::make_shared<const Statement>(describe_statement(sql, syntax));
  const std::size_t bytes = size_of(*made);
  if (capacity_ == 0 || bytes > max_bytes_) return made;
  while (by_use_.size() >= capacity_ || bytes_ + bytes > max_bytes_) drop_last();
  by_use_.push_front({.statement = made, .syntax = syntax, .bytes = bytes});
  try {
    by_text_.emplace(key_of(by_use_.front()), by_use_.begin());
  } catch (...) {
    by_use_.pop_front();
    throw;
  }
  bytes_ += bytes;
  return made;
}

void StatementCache::drop_last() noexcept {
  const Entry& last = by_use_.back();
  bytes_ -= last.bytes;
  by_text_.erase(key_of(last));
  by_use_.pop_back();
}

}  // namespace hark::audit
