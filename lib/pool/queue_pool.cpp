// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/queue_pool.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace hark {

struct QueuePool::State {
  explicit State(const PoolOptions& of)
      : options(of), overflow(-static_cast<int>(of.pool_size)) {}

  const PoolOptions& options;
  std::mutex mutex;
  std::condition_variable returned;
  // Guarded by mutex.
  std::deque<std::unique_ptr<ConnectionRecord>> idle;
  int overflow;

  // Requires: mutex is held.
  bool has_room() const {
    return options.max_overflow < 0 || overflow < options.max_overflow;
  }

  /// The one to be lent next. Requires: there is one, and mutex is held.
  std::unique_ptr<ConnectionRecord> take_idle() {
    std::unique_ptr<ConnectionRecord> record;
    if (options.use_lifo) {
      record = std::move(idle.back());
      idle.pop_back();
    } else {
      record = std::move(idle.front());
      idle.pop_front();
    }
    return record;
  }

  void free_place() {
    const std::lock_guard lock(mutex);
    --overflow;
    returned.notify_one();
  }
};

QueuePool::QueuePool(std::shared_ptr<Connector> connector, const PoolOptions& options)
    : Subclass(std::move(connector), options),
      state_(std::make_unique<State>(this->options())) {}

QueuePool::~QueuePool() = default;

std::shared_ptr<Pool> QueuePool::make_another() const {
  return std::make_shared<QueuePool>(connector(), options());
}

ConnectionRecord& QueuePool::do_get() {
  State& state = *state_;
  {
    std::unique_lock lock(state.mutex);
    const auto is_possible = [&] { return !state.idle.empty() || state.has_room(); };
    if (!is_possible() &&
        !state.returned.wait_for(lock, options().timeout, is_possible)) {
      throw TimeoutError("no connection became free within " +
                         std::to_string(options().timeout.count()) +
                         " ms: pool_size is " + std::to_string(options().pool_size) +
                         ", max_overflow " + std::to_string(options().max_overflow));
    }
    if (!state.idle.empty()) return *state.take_idle().release();
    ++state.overflow;
  }
  try {
    return make_record();
  } catch (...) {
    state.free_place();
    throw;
  }
}

std::unique_ptr<ConnectionRecord> QueuePool::do_return(ConnectionRecord& record) {
  State& state = *state_;
  std::unique_ptr<ConnectionRecord> returned(&record);
  {
    const std::lock_guard lock(state.mutex);
    if (options().pool_size == 0 || state.idle.size() < options().pool_size) {
      state.idle.push_back(std::move(returned));
      state.returned.notify_one();
      return nullptr;
    }
  }
  try {
    close_record(*returned);
  } catch (...) {
    state.free_place();
    throw;
  }
  state.free_place();
  return returned;
}

void QueuePool::dispose() {
  State& state = *state_;
  for (;;) {
    std::unique_ptr<ConnectionRecord> record;
    {
      const std::lock_guard lock(state.mutex);
      if (state.idle.empty()) break;
      record = state.take_idle();
    }
    close_record(*record);
  }
  const std::lock_guard lock(state.mutex);
  state.overflow = -static_cast<int>(options().pool_size);
}

std::string QueuePool::status() const {
  return "pool size: " + std::to_string(options().pool_size) +
         ", connections in pool: " + std::to_string(checked_in()) +
         ", overflow: " + std::to_string(overflow()) +
         ", checked out: " + std::to_string(checked_out());
}

std::size_t QueuePool::checked_in() const {
  const std::lock_guard lock(state_->mutex);
  return state_->idle.size();
}

std::size_t QueuePool::checked_out() const {
  const std::lock_guard lock(state_->mutex);
  const auto out = static_cast<std::ptrdiff_t>(options().pool_size) + state_->overflow -
                   static_cast<std::ptrdiff_t>(state_->idle.size());
  return out < 0 ? 0 : static_cast<std::size_t>(out);
}

int QueuePool::overflow() const {
  const std::lock_guard lock(state_->mutex);
  return state_->overflow;
}

}  // namespace hark
