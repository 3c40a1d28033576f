// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/assertion_pool.hpp>

#include <utility>

namespace hark {

AssertionPool::AssertionPool(Key key,
                             std::shared_ptr<Connector> connector,
                             const PoolOptions& options)
    : Subclass(key, std::move(connector), options) {}

AssertionPool::~AssertionPool() = default;

std::shared_ptr<Pool> AssertionPool::make_another() const {
  return make_pool<AssertionPool>(connector(), options());
}

RecordPtr AssertionPool::do_get(std::chrono::nanoseconds& /*waited*/) {
  {
    const std::lock_guard lock(mutex_);
    if (is_checked_out_) throw AssertionError("the connection is already checked out");
    is_checked_out_ = true;
    if (record_ != nullptr) return record_->share();
  }
  try {
    RecordPtr made = make_record();
    const std::lock_guard lock(mutex_);
    record_ = made->share();
    return made;
  } catch (...) {
    const std::lock_guard lock(mutex_);
    is_checked_out_ = false;
    throw;
  }
}

void AssertionPool::do_return(RecordPtr& /*record*/) {
  const std::lock_guard lock(mutex_);
  if (!is_checked_out_) throw AssertionError("the connection is not checked out");
  is_checked_out_ = false;
}

void AssertionPool::dispose() {
  RecordPtr record;
  {
    const std::lock_guard lock(mutex_);
    is_checked_out_ = false;
    if (record_ != nullptr) record = record_->share();
  }
  if (record != nullptr) close_record(*record);
}

void AssertionPool::let_go() noexcept {
  RecordPtr dropped;
  const std::lock_guard lock(mutex_);
  dropped = std::move(record_);
}

std::string AssertionPool::status() const {
  return "checked out: " + std::to_string(checked_out());
}

std::size_t AssertionPool::checked_in() const {
  const std::lock_guard lock(mutex_);
  return record_ != nullptr && !is_checked_out_ ? 1 : 0;
}

std::size_t AssertionPool::checked_out() const {
  const std::lock_guard lock(mutex_);
  return is_checked_out_ ? 1 : 0;
}

}  // namespace hark
