// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/sqlite/statement_cache.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace hark::sqlite {

void FinalizeStatement::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

StatementCache::Hints& StatementCache::hints_for(const char* text) noexcept {
  // Fibonacci hashing; the sets are 2^8.
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(text));
  return hints_[(address * 0x9E3779B97F4A7C15) >> 56];
}

CachedStatement* StatementCache::find(std::string_view sql) noexcept {
  Hints& hints = hints_for(sql.data());
  for (const Hint& hint : hints) {
    // The caller may have another text there by now.
    if (hint.text == sql.data() && hint.cached != nullptr && hint.cached->sql == sql) {
      hint.cached->last_used = ++uses_;
      return hint.cached;
    }
  }
  const auto found = kept_.find(sql);
  if (found == kept_.end()) return nullptr;
  CachedStatement* const cached = found->second.get();
  hints = {Hint{.text = sql.data(), .cached = cached}, hints.front()};
  cached->last_used = ++uses_;
  return cached;
}

CachedStatement* StatementCache::add(CachedStatement statement) {
  auto made = std::make_unique<CachedStatement>(std::move(statement));
  CachedStatement* const added = made.get();
  added->last_used = ++uses_;
  added->is_kept = capacity_ != 0 && !kept_.contains(added->sql);
  if (added->is_kept) {
    kept_.emplace(added->sql, std::move(made));
    shrink();
  } else {
    loose_.push_back(std::move(made));
  }
  return added;
}

void StatementCache::give_back(CachedStatement* cached) noexcept {
  cached->holder = nullptr;
  if (cached->is_kept) return;
  std::erase_if(loose_, [&](const auto& each) { return each.get() == cached; });
}

void StatementCache::shrink() noexcept {
  while (kept_.size() > capacity_) {
    // One pass for each statement that is prepared, which costs far more.
    auto oldest = kept_.end();
    for (auto each = kept_.begin(); each != kept_.end(); ++each) {
      if (each->second->holder == nullptr &&
          (oldest == kept_.end() ||
           each->second->last_used < oldest->second->last_used)) {
        oldest = each;
      }
    }
    if (oldest == kept_.end()) return;
    for (Hints& hints : hints_) {
      for (Hint& hint : hints) {
        if (hint.cached == oldest->second.get()) hint = {};
      }
    }
    kept_.erase(oldest);
  }
}

void StatementCache::clear() noexcept {
  hints_ = {};
  kept_.clear();
  loose_.clear();
}

}  // namespace hark::sqlite
