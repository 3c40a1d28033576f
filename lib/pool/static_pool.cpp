// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/static_pool.hpp>

#include <utility>

namespace hark {

StaticPool::StaticPool(Key key,
                       std::shared_ptr<Connector> connector,
                       const PoolOptions& options)
    : Subclass(key, std::move(connector), options) {}

StaticPool::~StaticPool() = default;

std::shared_ptr<Pool> StaticPool::make_another() const {
  return make_pool<StaticPool>(connector(), options());
}

std::shared_ptr<ConnectionRecord> StaticPool::do_get(
    std::chrono::nanoseconds& /*waited*/) {
  if (auto record = present(); record != nullptr && !is_invalidated(*record)) {
    return record;
  }
  // Listeners run meanwhile: no lock is held, and another thread may be the first.
  std::shared_ptr<ConnectionRecord> made = make_record();
  std::shared_ptr<ConnectionRecord> other;
  {
    const std::lock_guard lock(mutex_);
    other = record_;
    if (other == nullptr || is_invalidated(*other)) return record_ = made;
  }
  close_record(*made);
  return other;
}

std::shared_ptr<ConnectionRecord> StaticPool::present() const {
  const std::lock_guard lock(mutex_);
  return record_;
}

std::shared_ptr<ConnectionRecord> StaticPool::do_return(
    std::shared_ptr<ConnectionRecord> record) {
  return record;
}

void StaticPool::dispose() {
  std::shared_ptr<ConnectionRecord> closing;
  {
    const std::lock_guard lock(mutex_);
    if (record_ == nullptr || record_->dbapi_connection() == nullptr) return;
    closing = std::move(record_);
  }
  close_record(*closing);
}

void StaticPool::let_go() noexcept {
  std::shared_ptr<ConnectionRecord> dropped;
  const std::lock_guard lock(mutex_);
  dropped = std::move(record_);
}

std::string StaticPool::status() const {
  return "checked out: " + std::to_string(checked_out());
}

std::size_t StaticPool::checked_in() const {
  const auto record = present();
  return record != nullptr && !record->in_use() ? 1 : 0;
}

std::size_t StaticPool::checked_out() const {
  const auto record = present();
  return record != nullptr && record->in_use() ? 1 : 0;
}

}  // namespace hark
