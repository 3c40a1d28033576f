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
  const std::lock_guard lock(mutex_);
  if (record_ != nullptr && is_invalidated(*record_))
    replaced_.push_back(std::move(record_));
  if (record_ == nullptr) record_.reset(&make_record());
  ++checked_out_;
  return *record_;
}

std::unique_ptr<ConnectionRecord> StaticPool::do_return(ConnectionRecord&) {
  const std::lock_guard lock(mutex_);
  if (checked_out_ > 0) --checked_out_;
  return nullptr;
}

void StaticPool::dispose() {
  const std::lock_guard lock(mutex_);
  if (record_ == nullptr || record_->dbapi_connection() == nullptr) return;
  close_record(*record_);
  replaced_.push_back(std::move(record_));
}

std::string StaticPool::status() const {
  return "checked out: " + std::to_string(checked_out());
}

std::size_t StaticPool::checked_in() const {
  const std::lock_guard lock(mutex_);
  return record_ != nullptr && checked_out_ == 0 ? 1 : 0;
}

std::size_t StaticPool::checked_out() const {
  const std::lock_guard lock(mutex_);
  return checked_out_;
}

}  // namespace hark
