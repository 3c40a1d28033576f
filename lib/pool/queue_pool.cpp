// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/dbapi/lost_error.hpp>
#include <hark/detail/flow.hpp>
#include <hark/error.hpp>
#include <hark/pool/queue_pool.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "pool/first_failure.hpp"
#include "pool/lanes.hpp"

namespace hark {
namespace {

/// A longer wait than anybody's, which a clock can still add up.
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24 * 365);

/// A thread that waits for a connection, or for a place to make one.
class ThreadWaiter final : public PoolReservation {
 public:
  void served() noexcept override {
    is_served_ = true;
    served_now_.notify_one();
  }
  void wait_for(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds timeout) {
    served_now_.wait_for(lock, timeout, [this] { return is_served_; });
  }

 private:
  std::condition_variable served_now_;
  bool is_served_ = false;  // guarded by the state's mutex
};

/// A fiber that waits amid its work.
class FlowWaiter final : public PoolReservation {
 public:
  explicit FlowWaiter(detail::Suspender& flow) noexcept : flow_(flow) {}
  void served() noexcept override {
    is_served_.store(true, std::memory_order_release);
    flow_.unpark();
  }
  void wait_until(detail::Suspender::Clock::time_point deadline) {
    while (!is_served_.load(std::memory_order_acquire) && flow_.park(deadline)) {
    }
  }

 private:
  detail::Suspender& flow_;
  std::atomic<bool> is_served_{false};
};

}  // namespace

/// Usually a record goes in and out of its lane, and nothing else is touched. The gate of
/// the lanes is closed where a record that comes back may not simply be kept: somebody
/// waits, or there are more connections than the pool keeps, or the pool was let go.
///
/// Who waits does so because no record is idle and there is no place, and with the gate
/// closed every record and every place goes to who has waited longest.
struct QueuePool::State {
  State(QueuePool& of, const PoolOptions& with)
      : pool(of),
        options(with),
        lanes(with.use_lifo ? detail::Lanes::Order::lifo : detail::Lanes::Order::fifo),
        overflow(-static_cast<int>(with.pool_size)) {}

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
      if (state_.first == nullptr || !has_place()) return;
      take_place();
      serve(nullptr);
    }

    /// Requires: somebody waits.
    void serve(RecordPtr record) noexcept {
      PoolReservation& longest = *state_.first;
      leave_queue(longest);
      hold(longest, std::move(record));
      longest.waited_ = std::chrono::steady_clock::now() - longest.begin_;
      longest.served();
    }

    /// null: a place.
    static void hold(PoolReservation& reservation, RecordPtr record) noexcept {
      reservation.state_ = record == nullptr ? PoolReservation::State::has_place
                                             : PoolReservation::State::has_record;
      reservation.record_ = std::move(record);
    }

    /// Gives it a record or a place. False: there is none, and it is in the queue.
    bool reserve(PoolReservation& reservation) {
      reservation.pool_ = &state_.pool;
      if (auto record = idle().take()) {
        hold(reservation, std::move(record));
        return true;
      }
      if (has_place()) {
        take_place();
        hold(reservation, nullptr);
        return true;
      }
      join_queue(reservation);
      return false;
    }

    void join_queue(PoolReservation& reservation) noexcept {
      reservation.state_ = PoolReservation::State::waiting;
      reservation.begin_ = std::chrono::steady_clock::now();
      reservation.previous_ = state_.last;
      (state_.last == nullptr ? state_.first : state_.last->next_) = &reservation;
      state_.last = &reservation;
      ++state_.waiting;
    }
    void leave_queue(PoolReservation& reservation) noexcept {
      (reservation.previous_ == nullptr ? state_.first : reservation.previous_->next_) =
          reservation.next_;
      (reservation.next_ == nullptr ? state_.last : reservation.next_->previous_) =
          reservation.previous_;
      reservation.previous_ = reservation.next_ = nullptr;
      --state_.waiting;
    }

    bool is_full() const noexcept {
      return state_.options.pool_size != 0 && lanes_.size() >= state_.options.pool_size;
    }

   private:
    bool must_ask() const noexcept {
      return state_.is_let_go || state_.first != nullptr ||
             (state_.options.pool_size != 0 && state_.overflow > 0);
    }

    State& state_;
    const std::lock_guard<std::mutex> lock_;
    detail::Lanes::All lanes_;
  };

  /// Null: there is a place to make one.
  RecordPtr take(std::chrono::nanoseconds& waited) {
    if (detail::Suspender* const flow = detail::current_suspender()) {
      FlowWaiter waiter(*flow);
      if (All(*this).reserve(waiter)) return std::move(waiter.record_);
      try {
        waiter.wait_until(detail::Suspender::Clock::now() + timeout());
      } catch (...) {  // it was cancelled, although it may have been served
        give_up(waiter, nullptr);
        waited += waiter.waited_;
        pool.release(waiter);
        throw;
      }
      return take_served(waiter, waited);
    }
    ThreadWaiter waiter;
    if (All(*this).reserve(waiter)) return std::move(waiter.record_);
    {
      std::unique_lock lock(mutex);
      waiter.wait_for(lock, timeout());
    }
    return take_served(waiter, waited);
  }

  std::chrono::milliseconds timeout() const noexcept {
    return std::min(options.timeout, longest_wait);
  }

  /// What a wait has given.
  RecordPtr take_served(PoolReservation& waiter, std::chrono::nanoseconds& waited) {
    give_up(waiter, nullptr);
    waited += waiter.waited_;
    const auto state = std::exchange(waiter.state_, PoolReservation::State::none);
    if (state != PoolReservation::State::failed) return std::move(waiter.record_);
    if (waiter.failure_ != nullptr) std::rethrow_exception(waiter.failure_);
    throw TimeoutError("no connection became free within " +
                       std::to_string(options.timeout.count()) + " ms: pool_size is " +
                       std::to_string(options.pool_size) + ", max_overflow " +
                       std::to_string(options.max_overflow));
  }

  /// False: it has nothing, or something of a pool that has been replaced meanwhile, which
  /// gets that back. One that has failed has failed for any pool.
  bool has_answered(PoolReservation& waiter) const noexcept {
    if (waiter.state_ == PoolReservation::State::none) return false;
    if (waiter.pool_ == &pool || waiter.state_ == PoolReservation::State::failed)
      return true;
    waiter.pool_->release(waiter);
    return false;
  }

  /// False: it does not wait.
  bool give_up(PoolReservation& waiter, std::exception_ptr failure) noexcept {
    All all(*this);
    if (waiter.state_ != PoolReservation::State::waiting) return false;
    all.leave_queue(waiter);
    waiter.waited_ = std::chrono::steady_clock::now() - waiter.begin_;
    waiter.state_ = PoolReservation::State::failed;
    waiter.failure_ = std::move(failure);
    return true;
  }

  /// Leaves the queue, or gives up what was served: a place, or the record that is returned.
  RecordPtr withdraw(PoolReservation& waiter) noexcept {
    All all(*this);
    const auto state = std::exchange(waiter.state_, PoolReservation::State::none);
    if (state == PoolReservation::State::waiting) all.leave_queue(waiter);
    if (state == PoolReservation::State::has_place) all.free_place();
    return std::move(waiter.record_);
  }

  /// What is to be done with a record that did not get through the gate: takes it, or
  /// leaves it to be dropped. False: there is no room, and it is to be closed.
  bool take_if_room(RecordPtr& record) {
    All all(*this);
    if (is_let_go) {
      if (options.pool_size != 0 && dropped >= options.pool_size) return false;
      drop_one(all);
    } else if (first != nullptr) {
      all.serve(std::move(record));
    } else if (!all.is_full()) {
      all.idle().add(std::move(record));
    } else {
      return false;
    }
    return true;
  }

  void let_go() noexcept {
    detail::IdleRecords idle;
    All all(*this);
    is_let_go = true;
    while (auto record = all.idle().take()) {
      idle.add_last(std::move(record));
      drop_one(all);
    }
  }

  void drop_one(All& all) {
    ++dropped;
    all.free_place();
  }

  QueuePool& pool;
  const PoolOptions& options;
  detail::Lanes lanes;
  std::mutex mutex;
  // Guarded by mutex.
  int overflow;
  PoolReservation* first = nullptr;  // who waits; who has waited longest in front
  PoolReservation* last = nullptr;
  std::size_t waiting = 0;
  bool is_let_go = false;
  std::size_t dropped = 0;  // since then; they take up room as if they were kept
};

QueuePool::QueuePool(Key key,
                     std::shared_ptr<Connector> connector,
                     const PoolOptions& options)
    : Subclass(key, std::move(connector), options),
      state_(std::make_unique<State>(*this, this->options())) {}

QueuePool::~QueuePool() = default;

std::shared_ptr<Pool> QueuePool::make_another() const {
  auto another = make_pool<QueuePool>(connector(), options());
  // Who has waited here, and for too long, is told so there.
  another->serves_flows_.store(
      serves_flows_.load(std::memory_order_relaxed) || serves_fibers(),
      std::memory_order_relaxed);
  return another;
}

RecordPtr QueuePool::do_get(std::chrono::nanoseconds& waited) {
  if (serves_flows_.load(std::memory_order_relaxed)) [[unlikely]]
    return get_for_flow(waited);
  if (auto record = state_->lanes.take()) [[likely]]
    return record;
  return wait_or_make(waited);
}

RecordPtr QueuePool::wait_or_make(std::chrono::nanoseconds& waited) {
  if (auto record = state_->take(waited)) return record;
  return make_or_free_place();
}

RecordPtr QueuePool::make_or_free_place() {
  try {
    return make_record();
  } catch (...) {
    State::All(*state_).free_place();
    throw;
  }
}

RecordPtr QueuePool::get_for_flow(std::chrono::nanoseconds& waited) {
  detail::Suspender* const flow = detail::current_suspender();
  PoolReservation* const reserved =
      flow == nullptr ? nullptr : std::exchange(flow->reservation, nullptr);
  if (reserved == nullptr || !state_->has_answered(*reserved)) {
    if (auto record = state_->lanes.take()) return record;
    return wait_or_make(waited);
  }
  if (auto record = state_->take_served(*reserved, waited)) return record;
  return make_or_free_place();
}

bool QueuePool::reserve(PoolReservation& reservation) {
  serves_flows_.store(true, std::memory_order_relaxed);
  return State::All(*state_).reserve(reservation);
}

bool QueuePool::give_up_waiting(PoolReservation& reservation,
                                const std::exception_ptr& failure) noexcept {
  return state_->give_up(reservation, failure);
}

void QueuePool::release(PoolReservation& reservation) noexcept {
  RecordPtr unused = state_->withdraw(reservation);
  if (unused == nullptr) return;
  try {
    keep_or_close(unused);
  } catch (...) {
    detail::report_lost_error("closing a connection failed");
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
  return state_->waiting;
}

}  // namespace hark
