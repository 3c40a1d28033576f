// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/error.hpp>
#include <hark/detail/flow.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "asio/fiber.hpp"

/// Fibers without an io_context: one thread or several run whichever is ready.
namespace hark::test {

class Flows;

/// One fiber, and how it waits.
class Flow final : public detail::Suspender {
 public:
  using Work = std::function<void(Flow&)>;

  Flow(Flows& flows, Work work) : flows_(flows), work_(std::move(work)) {}

  bool park(const Deadline& deadline) override;
  void unpark() noexcept override;
  bool wait_for(
      int, Ready, detail::SocketWatchPtr&, const Deadline&, dbapi::Connection*) override {
    throw std::logic_error("there are no sockets here");
  }
  void run_elsewhere(detail::WorkRef work, dbapi::Connection*) override { work(); }
  bool is_abandoned() const noexcept override { return is_abandoned_.load(); }

  /// The wait under way throws, or else the next one.
  void cancel();
  /// Every wait throws.
  void abandon();

  bool is_parked() const;
  bool has_ended() const;

 private:
  friend class Flows;
  enum class State { ready, parked, ended };
  enum class Woken { ready, timeout, cancelled };

  void step() noexcept;

  Flows& flows_;
  const Work work_;
  detail::Fiber fiber_{std::size_t{64} * 1024};
  bool has_begun_ = false;
  std::atomic<bool> is_abandoned_{false};
  // Guarded by the mutex of the flows.
  State state_ = State::ready;
  Woken woken_ = Woken::ready;
  Deadline deadline_;
  bool has_permit_ = false;
  bool is_cancelled_ = false;
};

class Flows {
 public:
  Flow& start(Flow::Work work) {
    const std::lock_guard lock(mutex_);
    Flow& made = *all_.emplace_back(std::make_unique<Flow>(*this, std::move(work)));
    ready_.push_back(&made);
    ++left_;
    return made;
  }

  /// Runs on so many threads, of which this one is the first, until all flows have ended.
  void run(int threads = 1) {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
    work();
  }

 private:
  friend class Flow;

  void work() {
    std::unique_lock lock(mutex_);
    while (left_ > 0) {
      const detail::Suspender::Deadline soonest = expire();
      if (!ready_.empty()) {
        // In no order in particular.
        std::swap(ready_[any_() % ready_.size()], ready_.front());
        Flow& next = *ready_.front();
        ready_.pop_front();
        lock.unlock();
        next.step();
        lock.lock();
        settle(next);
      } else if (soonest) {
        changed_.wait_until(lock, *soonest);
      } else {
        changed_.wait(lock);
      }
    }
  }

  /// Requires: the mutex is held, as for all that follow.
  detail::Suspender::Deadline expire() {
    const auto now = detail::Suspender::Clock::now();
    detail::Suspender::Deadline soonest;
    for (std::size_t i = 0; i < parked_.size();) {
      Flow& each = *parked_[i];
      if (each.deadline_ && *each.deadline_ <= now) {
        wake(each, Flow::Woken::timeout);
        continue;
      }
      if (each.deadline_ && (!soonest || *each.deadline_ < *soonest))
        soonest = each.deadline_;
      ++i;
    }
    return soonest;
  }

  void settle(Flow& flow) {
    if (flow.fiber_.is_idle()) {
      flow.state_ = Flow::State::ended;
      if (--left_ == 0) changed_.notify_all();
      return;
    }
    flow.state_ = Flow::State::parked;
    parked_.push_back(&flow);
    if (std::exchange(flow.has_permit_, false)) return wake(flow, Flow::Woken::ready);
    if (flow.is_cancelled_ || flow.is_abandoned())
      return wake(flow, Flow::Woken::cancelled);
  }

  void wake(Flow& flow, Flow::Woken how) {
    std::erase(parked_, &flow);
    flow.state_ = Flow::State::ready;
    flow.woken_ = how;
    if (how == Flow::Woken::cancelled) flow.is_cancelled_ = false;
    ready_.push_back(&flow);
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::minstd_rand any_;
  std::deque<Flow*> ready_;
  std::vector<Flow*> parked_;
  std::size_t left_ = 0;
  std::vector<std::unique_ptr<Flow>> all_;
};

inline bool Flow::park(const Deadline& deadline) {
  if (!is_abandoned()) {
    {
      const std::lock_guard lock(flows_.mutex_);
      if (std::exchange(has_permit_, false)) return true;
      deadline_ = deadline;
    }
    fiber_.suspend();
    if (woken_ != Woken::cancelled) return woken_ == Woken::ready;
  }
  throw dbapi::OperationalError("the flow was cancelled", {.is_cancelled = true});
}

inline void Flow::unpark() noexcept {
  const std::lock_guard lock(flows_.mutex_);
  if (state_ == State::parked) return flows_.wake(*this, Woken::ready);
  has_permit_ = true;
}

inline void Flow::cancel() {
  const std::lock_guard lock(flows_.mutex_);
  is_cancelled_ = true;
  if (state_ == State::parked) flows_.wake(*this, Woken::cancelled);
}

inline void Flow::abandon() {
  const std::lock_guard lock(flows_.mutex_);
  is_abandoned_ = true;
  if (state_ == State::parked) flows_.wake(*this, Woken::cancelled);
}

inline bool Flow::is_parked() const {
  const std::lock_guard lock(flows_.mutex_);
  return state_ == State::parked;
}

inline bool Flow::has_ended() const {
  const std::lock_guard lock(flows_.mutex_);
  return state_ == State::ended;
}

inline void Flow::step() noexcept {
  if (std::exchange(has_begun_, true)) return fiber_.resume();
  fiber_.begin(
      *this,
      [](void* flow) noexcept {
        auto& self = *static_cast<Flow*>(flow);
        try {
          self.work_(self);
        } catch (const std::exception& error) {
          ADD_FAILURE() << "a flow has thrown: " << error.what();
        }
      },
      this);
}

/// Lets others run: threads, and on a fiber fibers.
inline void pause() {
  if (detail::Suspender* const flow = detail::current_suspender()) {
    static_cast<void>(flow->park(detail::Suspender::Clock::now()));
  } else {
    std::this_thread::yield();
  }
}

template <class Condition>
void pause_until(Condition&& condition) {
  while (!condition()) pause();
}

}  // namespace hark::test
