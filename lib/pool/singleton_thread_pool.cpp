// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/pool/singleton_thread_pool.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "pool/first_failure.hpp"

namespace hark {

struct SingletonThreadPool::Threads {
  using Id = std::thread::id;
  using Records = std::vector<RecordPtr>;

  struct OfThread {
    RecordPtr record;
    bool is_lent = false;              // the record
    ConnectionFairy* fairy = nullptr;  // of the present checkout, once that is complete

    bool is_in_use() const noexcept { return is_lent || fairy != nullptr; }
  };

  /// Takes out what would make more than `size` threads with the one that is new.
  /// Requires: the mutex is held.
  void evict(std::size_t size, Records& evicted) {
    for (auto each = all.begin(); each != all.end() && all.size() >= size;) {
      if (each->second.is_in_use()) {
        ++each;
        continue;
      }
      if (each->second.record != nullptr)
        evicted.push_back(std::move(each->second.record));
      each = all.erase(each);
    }
  }

  std::mutex mutex;
  // Guarded by mutex.
  std::map<Id, OfThread> all;
  bool is_let_go = false;
};

SingletonThreadPool::SingletonThreadPool(Key key,
                                         std::shared_ptr<Connector> connector,
                                         const PoolOptions& options)
    : Subclass(key, std::move(connector), options, Sharing::checkout),
      threads_(std::make_unique<Threads>()) {}

SingletonThreadPool::~SingletonThreadPool() = default;

std::shared_ptr<Pool> SingletonThreadPool::make_another() const {
  return make_pool<SingletonThreadPool>(connector(), options());
}

PooledConnection SingletonThreadPool::connect_shared() {
  const auto thread = std::this_thread::get_id();
  ConnectionFairy* present = nullptr;
  {
    const std::lock_guard lock(threads_->mutex);
    const auto found = threads_->all.find(thread);
    if (found != threads_->all.end()) present = found->second.fairy;
  }
  if (present != nullptr) return checkout_again(*present);
  PooledConnection made = checkout();
  const std::lock_guard lock(threads_->mutex);
  threads_->all[thread].fairy = &made.fairy();
  return made;
}

RecordPtr SingletonThreadPool::do_get(std::chrono::nanoseconds& /*waited*/) {
  const auto thread = std::this_thread::get_id();
  {
    const std::lock_guard lock(threads_->mutex);
    const auto found = threads_->all.find(thread);
    if (found != threads_->all.end() && found->second.record != nullptr) {
      found->second.is_lent = true;
      return found->second.record->share();
    }
  }
  RecordPtr made = make_record();
  Threads::Records evicted;
  {
    const std::lock_guard lock(threads_->mutex);
    threads_->evict(options().pool_size, evicted);
    Threads::OfThread& own = threads_->all[thread];
    own.record = made->share();
    own.is_lent = true;
  }
  detail::FirstFailure failure;
  for (const auto& record : evicted) failure.attempt([&] { close_record(*record); });
  if (failure.is_any()) do_return(made);
  failure.rethrow_if_any();
  return made;
}

void SingletonThreadPool::do_return(RecordPtr& record) {
  {
    const std::lock_guard lock(threads_->mutex);
    if (threads_->is_let_go) return;
    for (auto& [thread, each] : threads_->all) {
      if (each.record != record) continue;
      each.is_lent = false;
      each.fairy = nullptr;
      return;
    }
  }
  close_record(*record);
}

void SingletonThreadPool::end_checkout(ConnectionFairy& fairy) noexcept {
  const std::lock_guard lock(threads_->mutex);
  for (auto& [thread, each] : threads_->all) {
    if (each.fairy != &fairy) continue;
    each.fairy = nullptr;
    // Any other record is lent until do_return().
    if (fairy.connection_record() == nullptr) each.is_lent = false;
  }
}

void SingletonThreadPool::dispose() {
  const auto here = std::this_thread::get_id();
  Threads::Records closing;
  Threads::Records lent_elsewhere;  // closed by who has them, when they come back
  {
    const std::lock_guard lock(threads_->mutex);
    for (auto& [thread, each] : threads_->all) {
      if (each.record == nullptr) continue;
      const bool is_elsewhere = std::exchange(each.is_lent, false) && thread != here;
      (is_elsewhere ? lent_elsewhere : closing).push_back(std::move(each.record));
    }
  }
  for (const auto& record : closing) {
    try {
      close_record(*record);
    } catch (...) {
      detail::report_lost_error("closing a connection failed");
    }
  }
}

void SingletonThreadPool::let_go() noexcept {
  std::map<Threads::Id, Threads::OfThread> dropped;
  const std::lock_guard lock(threads_->mutex);
  threads_->is_let_go = true;
  dropped.swap(threads_->all);
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
        return each.second.record != nullptr && !each.second.is_in_use();
      }));
}

std::size_t SingletonThreadPool::checked_out() const {
  const std::lock_guard lock(threads_->mutex);
  return static_cast<std::size_t>(
      std::count_if(threads_->all.begin(), threads_->all.end(), [](const auto& each) {
        return each.second.is_in_use();
      }));
}

}  // namespace hark
