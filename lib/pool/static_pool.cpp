// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/static_pool.hpp>

#include <utility>

namespace hark {

StaticPool::StaticPool(std::shared_ptr<Connector> connector, const PoolOptions& options)
    : Subclass(std::move(connector), options) {}

StaticPool::~StaticPool() = default;

std::shared_ptr<Pool> StaticPool::make_another() const {
  return std::make_shared<StaticPool>(connector(), options());
}

ConnectionRecord& StaticPool::do_get() {
  {
    const std::lock_guard lock(mutex_);
    if (record_ != nullptr && is_invalidated(*record_)) {
      replaced_.push_back(std::move(record_));
    }
    if (record_ != nullptr) return *record_;
  }
  // Listeners run meanwhile: no lock is held, and another thread may be the first.
  std::unique_ptr<ConnectionRecord> made(&make_record());
  ConnectionRecord* kept = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (record_ == nullptr) record_.swap(made);
    kept = record_.get();
  }
  if (made != nullptr) close_record(*made);
  return *kept;
}

std::unique_ptr<ConnectionRecord> StaticPool::do_return(ConnectionRecord&) {
  return nullptr;
}

void StaticPool::dispose() {
  ConnectionRecord* closing = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (record_ == nullptr || record_->dbapi_connection() == nullptr) return;
    closing = record_.get();
    replaced_.push_back(std::move(record_));
  }
  close_record(*closing);
}

std::string StaticPool::status() const {
  return "checked out: " + std::to_string(checked_out());
}

std::size_t StaticPool::checked_in() const {
  const std::lock_guard lock(mutex_);
  return record_ != nullptr && !record_->in_use() ? 1 : 0;
}

std::size_t StaticPool::checked_out() const {
  const std::lock_guard lock(mutex_);
  return record_ != nullptr && record_->in_use() ? 1 : 0;
}

}  // namespace hark
