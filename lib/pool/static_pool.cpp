// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/static_pool.hpp>

#include <utility>

namespace hark {

StaticPool::StaticPool(Key key,
                       std::shared_ptr<Connector> connector,
                       const PoolOptions& options)
    : Subclass(key, std::move(connector), options, Sharing::connection) {}

StaticPool::~StaticPool() = default;

std::shared_ptr<Pool> StaticPool::make_another() const {
  return make_pool<StaticPool>(connector(), options());
}

RecordPtr StaticPool::do_get(std::chrono::nanoseconds& /*waited*/) {
  if (auto record = present(); record != nullptr && !is_invalidated(*record)) {
    return record;
  }
  // Listeners run meanwhile: no lock is held, and another thread may be the first.
  RecordPtr made = make_record();
  RecordPtr other;
  {
    const std::lock_guard lock(mutex_);
    if (record_ == nullptr || is_invalidated(*record_)) {
      other = std::exchange(record_, made->share());
      return made;
    }
    other = record_->share();
  }
  close_record(*made);
  return other;
}

RecordPtr StaticPool::present() const {
  const std::lock_guard lock(mutex_);
  return record_ == nullptr ? nullptr : record_->share();
}

void StaticPool::dispose() {
  RecordPtr closing;
  {
    const std::lock_guard lock(mutex_);
    if (record_ == nullptr || record_->dbapi_connection() == nullptr) return;
    closing = std::move(record_);
  }
  close_record(*closing);
}

void StaticPool::let_go() noexcept {
  RecordPtr dropped;
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
