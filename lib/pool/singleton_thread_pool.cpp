// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/singleton_thread_pool.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace hark {

struct SingletonThreadPool::Threads {
  struct OfThread {
    std::unique_ptr<ConnectionRecord> record;
    ConnectionFairy* fairy = nullptr;  // checked out at present
  };

  std::mutex mutex;
  // Guarded by mutex.
  std::map<std::thread::id, OfThread> all;
  std::vector<std::unique_ptr<ConnectionRecord>> replaced;  // may still be lent
};

SingletonThreadPool::SingletonThreadPool(std::shared_ptr<Connector> connector,
                                         const PoolOptions& options)
    : Subclass(std::move(connector), options), threads_(std::make_unique<Threads>()) {}

SingletonThreadPool::~SingletonThreadPool() = default;

std::shared_ptr<Pool> SingletonThreadPool::make_another() const {
  return std::make_shared<SingletonThreadPool>(connector(), options());
}

PooledConnection SingletonThreadPool::connect() {
  const auto thread = std::this_thread::get_id();
  ConnectionFairy* present = nullptr;
  {
    const std::lock_guard lock(threads_->mutex);
    const auto found = threads_->all.find(thread);
    if (found != threads_->all.end()) present = found->second.fairy;
  }
  if (present != nullptr) return checkout(present);
  PooledConnection made = checkout(nullptr);
  const std::lock_guard lock(threads_->mutex);
  threads_->all[thread].fairy = &made.fairy();
  return made;
}

ConnectionRecord& SingletonThreadPool::do_get() {
  const auto thread = std::this_thread::get_id();
  std::vector<std::unique_ptr<ConnectionRecord>> surplus;
  {
    const std::lock_guard lock(threads_->mutex);
    const auto found = threads_->all.find(thread);
    if (found != threads_->all.end() && found->second.record != nullptr)
      return *found->second.record;
  }
  ConnectionRecord& made = make_record();
  {
    const std::lock_guard lock(threads_->mutex);
    for (auto each = threads_->all.begin();
         each != threads_->all.end() && threads_->all.size() >= options().pool_size;) {
      const bool is_lent = each->second.fairy != nullptr;
      if (each->first == thread || is_lent) {
        ++each;
        continue;
      }
      if (each->second.record != nullptr)
        surplus.push_back(std::move(each->second.record));
      each = threads_->all.erase(each);
    }
    threads_->all[thread].record.reset(&made);
  }
  for (const auto& record : surplus) close_record(*record);
  return made;
}

std::unique_ptr<ConnectionRecord> SingletonThreadPool::do_return(ConnectionRecord&) {
  return nullptr;
}

std::unique_ptr<ConnectionRecord> SingletonThreadPool::return_record(
    ConnectionRecord& record) {
  const std::lock_guard lock(threads_->mutex);
  for (auto& [thread, each] : threads_->all) {
    if (each.record.get() == &record) each.fairy = nullptr;
  }
  return nullptr;
}

void SingletonThreadPool::end_checkout(ConnectionFairy& fairy) noexcept {
  const std::lock_guard lock(threads_->mutex);
  for (auto& [thread, each] : threads_->all) {
    if (each.fairy == &fairy) each.fairy = nullptr;
  }
}

void SingletonThreadPool::dispose() {
  std::vector<ConnectionRecord*> closing;
  {
    const std::lock_guard lock(threads_->mutex);
    for (auto& [thread, each] : threads_->all) {
      if (each.record == nullptr) continue;
      closing.push_back(each.record.get());
      threads_->replaced.push_back(std::move(each.record));
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
  return "pool size: " + std::to_string(options().pool_size) +
         ", connections in pool: " + std::to_string(checked_in()) +
         ", checked out: " + std::to_string(checked_out());
}

std::size_t SingletonThreadPool::checked_in() const {
  const std::lock_guard lock(threads_->mutex);
  return static_cast<std::size_t>(
      std::count_if(threads_->all.begin(), threads_->all.end(), [](const auto& each) {
        return each.second.record != nullptr && each.second.fairy == nullptr;
      }));
}

std::size_t SingletonThreadPool::checked_out() const {
  const std::lock_guard lock(threads_->mutex);
  return static_cast<std::size_t>(
      std::count_if(threads_->all.begin(), threads_->all.end(), [](const auto& each) {
        return each.second.fairy != nullptr;
      }));
}

}  // namespace hark
