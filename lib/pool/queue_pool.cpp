// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/error.hpp>
#include <hark/pool/queue_pool.hpp>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <utility>

#include "pool/first_failure.hpp"
#include "pool/lanes.hpp"

namespace hark {
namespace {

/// A longer wait than anybody's, which a clock can still add up.
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24 * 365);

/// Who waits for a connection, or for a place to make one.
struct Waiter {
  std::condition_variable served;
  // Guarded by the state's mutex.
  bool is_served = false;
  RecordPtr record;  // null: a place
};

}  // namespace

/// Usually a record goes in and out of its lane, and nothing else is touched. The gate of
/// the lanes is closed where a record that comes back may not simply be kept: somebody
/// waits, or there are more connections than the pool keeps, or the pool was let go.
///
/// Who waits does so because no record is idle and there is no place, and with the gate
/// closed every record and every place goes to who has waited longest.
struct QueuePool::State {
  explicit State(const PoolOptions& of)
      : options(of),
        lanes(of.use_lifo ? detail::Lanes::Order::lifo : detail::Lanes::Order::fifo),
        overflow(-static_cast<int>(of.pool_size)) {}

  /// All of the state, locked.
  class All {
   public:
    explicit All(State& state) : state_(state), lock_(state.mutex), lanes_(state.lanes) {}
    All(const All&) = delete;
    All& operator=(const All&) = delete;
    ~All() { lanes_.open_gate(!must_ask()); }

    detail::Lanes::All& idle() noexcept { return lanes_; }

    bool has_place() const noexcept {
      return state_.options.max_overflow < 0 ||
             state_.overflow < state_.options.max_overflow;
    }
    void take_place() noexcept { ++state_.overflow; }
    void free_place() {
      --state_.overflow;
      if (state_.waiters.empty() || !has_place()) return;
      take_place();
      serve(nullptr);
    }

    /// Requires: somebody waits.
    void serve(RecordPtr record) {
      Waiter& longest = *state_.waiters.front();
      state_.waiters.pop_front();
      longest.record = std::move(record);
      longest.is_served = true;
      longest.served.notify_one();
    }

    bool is_full() const noexcept {
      return state_.options.pool_size != 0 && lanes_.size() >= state_.options.pool_size;
    }

   private:
    bool must_ask() const noexcept {
      return state_.is_let_go || !state_.waiters.empty() ||
             (state_.options.pool_size != 0 && state_.overflow > 0);
    }

    State& state_;
    const std::lock_guard<std::mutex> lock_;
    detail::Lanes::All lanes_;
  };

  /// Null: there is a place to make one.
  RecordPtr take(std::chrono::nanoseconds& waited) {
    Waiter waiter;
    std::list<Waiter*> place_in_queue{&waiter};
    {
      All all(*this);
      if (auto record = all.idle().take()) return record;
      if (all.has_place()) {
        all.take_place();
        return nullptr;
      }
      waiters.splice(waiters.end(), place_in_queue);
    }
    return wait(waiter, waited);
  }

  RecordPtr wait(Waiter& waiter, std::chrono::nanoseconds& waited) {
    const auto begin = std::chrono::steady_clock::now();
    {
      std::unique_lock lock(mutex);
      waiter.served.wait_for(lock, std::min(options.timeout, longest_wait), [&] {
        return waiter.is_served;
      });
    }
    waited += std::chrono::steady_clock::now() - begin;
    {
      const All all(*this);
      if (waiter.is_served) return std::move(waiter.record);
      waiters.remove(&waiter);
    }
    throw TimeoutError("no connection became free within " +
                       std::to_string(options.timeout.count()) + " ms: pool_size is " +
                       std::to_string(options.pool_size) + ", max_overflow " +
                       std::to_string(options.max_overflow));
  }

  /// What is to be done with a record that did not get through the gate: takes it, or
  /// leaves it to be dropped. False: there is no room, and it is to be closed.
  bool take_if_room(RecordPtr& record) {
    All all(*this);
    if (is_let_go) {
      if (options.pool_size != 0 && dropped >= options.pool_size) return false;
      drop_one(all);
    } else if (!waiters.empty()) {
      all.serve(std::move(record));
    } else if (!all.is_full()) {
      all.idle().add(std::move(record));
    } else {
      return false;
    }
    return true;
  }

  void let_go() noexcept {
    detail::IdleRecords last;
    All all(*this);
    is_let_go = true;
    while (auto record = all.idle().take()) {
      last.add_last(std::move(record));
      drop_one(all);
    }
  }

  void drop_one(All& all) {
    ++dropped;
    all.free_place();
  }

  const PoolOptions& options;
  detail::Lanes lanes;
  std::mutex mutex;
  // Guarded by mutex.
  int overflow;
  std::list<Waiter*> waiters;  // who has waited longest in front
  bool is_let_go = false;
  std::size_t dropped = 0;  // since then; they take up room as if they were kept
};

QueuePool::QueuePool(Key key,
                     std::shared_ptr<Connector> connector,
                     const PoolOptions& options)
    : Subclass(key, std::move(connector), options),
      state_(std::make_unique<State>(this->options())) {}

QueuePool::~QueuePool() = default;

std::shared_ptr<Pool> QueuePool::make_another() const {
  return make_pool<QueuePool>(connector(), options());
}

RecordPtr QueuePool::do_get(std::chrono::nanoseconds& waited) {
  if (auto record = state_->lanes.take()) [[likely]]
    return record;
  return wait_or_make(waited);
}

RecordPtr QueuePool::wait_or_make(std::chrono::nanoseconds& waited) {
  if (auto record = state_->take(waited)) return record;
  try {
    return make_record();
  } catch (...) {
    State::All(*state_).free_place();
    throw;
  }
}

void QueuePool::do_return(RecordPtr& record) {
  if (!state_->lanes.give(record)) [[unlikely]]
    keep_or_close(record);
}

void QueuePool::keep_or_close(RecordPtr& record) {
  if (state_->take_if_room(record)) return;
  detail::FirstFailure failure;
  failure.attempt([&] { close_record(*record); });
  State::All(*state_).free_place();
  failure.rethrow_if_any();
}

void QueuePool::dispose() {
  detail::FirstFailure failure;
  while (const auto record = State::All(*state_).idle().take()) {
    failure.attempt([&] { close_record(*record); });
    State::All(*state_).free_place();
  }
  failure.rethrow_if_any();
}

void QueuePool::let_go() noexcept { state_->let_go(); }

std::string QueuePool::status() const {
  State::All all(*state_);
  const auto idle = static_cast<std::ptrdiff_t>(all.idle().size());
  const auto size = static_cast<std::ptrdiff_t>(options().pool_size);
  return "pool size: " + std::to_string(size) +
         ", connections in pool: " + std::to_string(idle) +
         ", overflow: " + std::to_string(state_->overflow) +
         ", checked out: " + std::to_string(size + state_->overflow - idle);
}

std::size_t QueuePool::checked_in() const {
  State::All all(*state_);
  return all.idle().size();
}

std::size_t QueuePool::checked_out() const {
  State::All all(*state_);
  return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(options().pool_size) +
                                  state_->overflow) -
         all.idle().size();
}

int QueuePool::overflow() const {
  const std::lock_guard lock(state_->mutex);
  return state_->overflow;
}

std::size_t QueuePool::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiters.size();
}

}  // namespace hark
