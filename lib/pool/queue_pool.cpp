// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/queue_pool.hpp>

#include <utility>

namespace hark {

QueuePool::QueuePool(std::shared_ptr<Connector> connector,
                     const QueuePoolOptions& options)
    : Subclass(std::move(connector), options),
      queue_options_(options),
      overflow_(-static_cast<int>(options.pool_size)) {}

QueuePool::~QueuePool() = default;

std::shared_ptr<Pool> QueuePool::make_another() const {
  return std::make_shared<QueuePool>(connector(), queue_options_);
}

bool QueuePool::has_room() const {
  return queue_options_.max_overflow < 0 || overflow_ < queue_options_.max_overflow;
}

/// The one to be lent next. Requires: there is one, and mutex_ is held.
std::unique_ptr<ConnectionRecord> QueuePool::take_idle() {
  std::unique_ptr<ConnectionRecord> record;
  if (queue_options_.use_lifo) {
    record = std::move(idle_.back());
    idle_.pop_back();
  } else {
    record = std::move(idle_.front());
    idle_.pop_front();
  }
  return record;
}

ConnectionRecord& QueuePool::do_get() {
  {
    std::unique_lock lock(mutex_);
    if (idle_.empty() && !has_room()) {
      const auto is_possible = [this] { return !idle_.empty() || has_room(); };
      if (!returned_.wait_for(lock, queue_options_.timeout, is_possible)) {
        throw TimeoutError("no connection became free within " +
                           std::to_string(queue_options_.timeout.count()) +
                           " ms: pool_size is " +
                           std::to_string(queue_options_.pool_size) + ", max_overflow " +
                           std::to_string(queue_options_.max_overflow));
      }
    }
    if (!idle_.empty()) return *take_idle().release();
    ++overflow_;
  }
  try {
    return make_record();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --overflow_;
    returned_.notify_one();
    throw;
  }
}

std::unique_ptr<ConnectionRecord> QueuePool::do_return(ConnectionRecord& record) {
  std::unique_ptr<ConnectionRecord> returned(&record);
  {
    const std::lock_guard lock(mutex_);
    if (queue_options_.pool_size == 0 || idle_.size() < queue_options_.pool_size) {
      idle_.push_back(std::move(returned));
      returned_.notify_one();
      return nullptr;
    }
  }
  const auto free_place = [this] {
    const std::lock_guard lock(mutex_);
    --overflow_;
    returned_.notify_one();
  };
  try {
    close_record(*returned);
  } catch (...) {
    free_place();
    throw;
  }
  free_place();
  return returned;
}

void QueuePool::dispose() {
  for (;;) {
    std::unique_ptr<ConnectionRecord> record;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) break;
      record = take_idle();
    }
    close_record(*record);
  }
  const std::lock_guard lock(mutex_);
  overflow_ = -static_cast<int>(queue_options_.pool_size);
}

std::string QueuePool::status() const {
  return "pool size: " + std::to_string(queue_options_.pool_size) +
         ", connections in pool: " + std::to_string(checked_in()) +
         ", overflow: " + std::to_string(overflow()) +
         ", checked out: " + std::to_string(checked_out());
}

std::size_t QueuePool::checked_in() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

std::size_t QueuePool::checked_out() const {
  const std::lock_guard lock(mutex_);
  const auto out = static_cast<std::ptrdiff_t>(queue_options_.pool_size) + overflow_ -
                   static_cast<std::ptrdiff_t>(idle_.size());
  return out < 0 ? 0 : static_cast<std::size_t>(out);
}

int QueuePool::overflow() const {
  const std::lock_guard lock(mutex_);
  return overflow_;
}

}  // namespace hark
