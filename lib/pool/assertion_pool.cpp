// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/assertion_pool.hpp>

#include <utility>

namespace hark {

AssertionPool::AssertionPool(std::shared_ptr<Connector> connector,
                             const PoolOptions& options)
    : Subclass(std::move(connector), options) {}

AssertionPool::~AssertionPool() = default;

std::shared_ptr<Pool> AssertionPool::make_another() const {
  return std::make_shared<AssertionPool>(connector(), options());
}

ConnectionRecord& AssertionPool::do_get() {
  {
    const std::lock_guard lock(mutex_);
    if (is_checked_out_) throw AssertionError("the connection is already checked out");
    is_checked_out_ = true;
    if (record_ != nullptr) return *record_;
  }
  try {
    ConnectionRecord& made = make_record();
    const std::lock_guard lock(mutex_);
    record_.reset(&made);
    return made;
  } catch (...) {
    const std::lock_guard lock(mutex_);
    is_checked_out_ = false;
    throw;
  }
}

std::unique_ptr<ConnectionRecord> AssertionPool::do_return(ConnectionRecord&) {
  const std::lock_guard lock(mutex_);
  if (!is_checked_out_) throw AssertionError("the connection is not checked out");
  is_checked_out_ = false;
  return nullptr;
}

void AssertionPool::dispose() {
  ConnectionRecord* record = nullptr;
  {
    const std::lock_guard lock(mutex_);
    is_checked_out_ = false;
    record = record_.get();
  }
  if (record != nullptr) close_record(*record);
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
