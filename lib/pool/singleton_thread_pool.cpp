// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/singleton_thread_pool.hpp>

#include <algorithm>
#include <utility>

namespace hark {

SingletonThreadPool::SingletonThreadPool(Creator creator,
                                         const SingletonThreadPoolOptions& options)
    : Subclass(std::move(creator), options), thread_options_(options) {}

SingletonThreadPool::~SingletonThreadPool() = default;

std::shared_ptr<Pool> SingletonThreadPool::make_another() const {
  return std::make_shared<SingletonThreadPool>(creator(), thread_options_);
}

PooledConnection SingletonThreadPool::connect() {
  const auto thread = std::this_thread::get_id();
  ConnectionFairy* present = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = threads_.find(thread);
    if (found != threads_.end()) present = found->second.fairy;
  }
  if (present != nullptr) return checkout(present);
  PooledConnection made = checkout(nullptr);
  const std::lock_guard lock(mutex_);
  threads_[thread].fairy = &made.fairy();
  return made;
}

ConnectionRecord& SingletonThreadPool::do_get() {
  const auto thread = std::this_thread::get_id();
  std::vector<std::unique_ptr<ConnectionRecord>> surplus;
  {
    const std::lock_guard lock(mutex_);
    const auto found = threads_.find(thread);
    if (found != threads_.end() && found->second.record != nullptr)
      return *found->second.record;
  }
  ConnectionRecord& made = make_record();
  {
    const std::lock_guard lock(mutex_);
    for (auto each = threads_.begin();
         each != threads_.end() && threads_.size() >= thread_options_.pool_size;) {
      const bool is_lent = each->second.fairy != nullptr;
      if (each->first == thread || is_lent) {
        ++each;
        continue;
      }
      if (each->second.record != nullptr)
        surplus.push_back(std::move(each->second.record));
      each = threads_.erase(each);
    }
    threads_[thread].record.reset(&made);
  }
  for (const auto& record : surplus) close_record(*record);
  return made;
}

std::unique_ptr<ConnectionRecord> SingletonThreadPool::do_return(ConnectionRecord&) {
  return nullptr;
}

std::unique_ptr<ConnectionRecord> SingletonThreadPool::return_record(
    ConnectionRecord& record) {
  const std::lock_guard lock(mutex_);
  for (auto& [thread, each] : threads_) {
    if (each.record.get() == &record) each.fairy = nullptr;
  }
  return nullptr;
}

void SingletonThreadPool::dispose() {
  std::vector<ConnectionRecord*> closing;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [thread, each] : threads_) {
      if (each.record == nullptr) continue;
      closing.push_back(each.record.get());
      replaced_.push_back(std::move(each.record));
    }
  }
  for (ConnectionRecord* record : closing) {
    try {
      close_record(*record);
    } catch (...) {
      report_pool_failure("closing a connection failed", std::current_exception());
    }
  }
}

std::string SingletonThreadPool::status() const {
  return "pool size: " + std::to_string(thread_options_.pool_size) +
         ", connections in pool: " + std::to_string(checked_in()) +
         ", checked out: " + std::to_string(checked_out());
}

std::size_t SingletonThreadPool::checked_in() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(threads_.begin(), threads_.end(), [](const auto& each) {
        return each.second.record != nullptr && each.second.fairy == nullptr;
      }));
}

std::size_t SingletonThreadPool::checked_out() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(threads_.begin(), threads_.end(), [](const auto& each) {
        return each.second.fairy != nullptr;
      }));
}

}  // namespace hark
