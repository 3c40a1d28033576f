// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "dialects/mysql/statement_cache.hpp"

#include <iterator>
#include <utility>

namespace hark::mysql {

CachedStatement* StatementCache::find_by_text(std::string_view sql,
                                              std::uint64_t key) noexcept {
  const auto found = kept_.find(sql);
  if (found == kept_.end()) return nullptr;
  CachedStatement* const cached = found->second.get();
  if (key != 0) known_[key % known_.size()] = {.key = key, .cached = cached};
  cached->last_used = ++uses_;
  return cached;
}

CachedStatement* StatementCache::add(CachedStatement statement, Cursor& holder) {
  auto made = std::make_unique<CachedStatement>(std::move(statement));
  CachedStatement* const added = made.get();
  added->holder = &holder;
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

void StatementCache::drop_loose() noexcept {
  std::erase_if(loose_, [](const auto& each) { return each->holder == nullptr; });
}

void StatementCache::forget_keys(const CachedStatement* cached) noexcept {
  for (Known& known : known_) {
    if (known.cached == cached) known = {};
  }
}

void StatementCache::forget(CachedStatement* cached) noexcept {
  if (!cached->is_kept) return;
  forget_keys(cached);
  cached->is_kept = false;
  const auto found = kept_.find(cached->sql);
  loose_.push_back(std::move(found->second));
  kept_.erase(found);
}

void StatementCache::drop_free() noexcept {
  known_ = {};
  drop_loose();
  std::erase_if(kept_, [](const auto& each) { return each.second->holder == nullptr; });
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
    forget_keys(oldest->second.get());
    kept_.erase(oldest);
  }
}

void StatementCache::clear() noexcept {
  known_ = {};
  kept_.clear();
  loose_.clear();
}

}  // namespace hark::mysql
