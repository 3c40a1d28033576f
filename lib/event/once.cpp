// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <optional>
#include <utility>

#include "event/control.hpp"

namespace hark::event::detail {
namespace {

OnceState& once_state(Level& level, std::uint32_t event) {
  const hark::detail::Lock lock(state_of(*level.family).mutex);
  if (level.control == nullptr) level.control = new LevelControl(level.family->count);
  OnceState*& state = level.control->once[event];
  if (state == nullptr) state = new OnceState;
  state->owners.fetch_add(1, std::memory_order_relaxed);
  return *state;
}

void wait_for_end(OnceState& state, std::unique_lock<std::mutex>& lock) {
  hark::detail::Suspender* const flow = hark::detail::current_suspender();
  if (flow == nullptr) {
    state.ended.wait(lock, [&] { return !state.running; });
    return;
  }
  ParkedRun here{flow, std::exchange(state.parked, nullptr)};
  state.parked = &here;
  const auto unlink = [&] {
    ParkedRun** link = &state.parked;
    while (*link != &here) link = &(*link)->next;
    *link = here.next;
  };
  while (state.running) {
    lock.unlock();
    try {
      static_cast<void>(flow->park(std::nullopt));
    } catch (...) {
      lock.lock();
      unlink();
      throw;
    }
    lock.lock();
  }
  unlink();
}

void let_go(OnceState* state) noexcept {
  if (state->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete state;
}

}  // namespace

OnceRun::OnceRun(Level& level, std::uint32_t event, OncePolicy policy)
    : state_(&once_state(level, event)), policy_(policy) {
  const auto& done =
      policy == OncePolicy::synchronize_first ? state_->first_run_done : state_->done;
  const auto settled = [&] { return done.load(std::memory_order_acquire); };
  const bool runs_when_settled = policy == OncePolicy::synchronize_first;
  if (settled()) {
    should_run_ = runs_when_settled;
    return;
  }
  hark::detail::Suspender* const flow = hark::detail::current_suspender();
  std::unique_lock lock(state_->mutex);
  const bool is_own_run =
      flow != nullptr
          ? state_->running_on == flow
          : state_->running_on == nullptr && state_->runner == std::this_thread::get_id();
  if (state_->running && is_own_run) {
    should_run_ = runs_when_settled;  // called again by a listener of the run in progress
    return;
  }
  try {
    wait_for_end(*state_, lock);
  } catch (...) {  // a fiber was cancelled
    lock.unlock();
    let_go(state_);
    throw;
  }
  if (settled() && !runs_when_settled) return;
  should_run_ = true;
  holds_ = true;  // also when settled meanwhile: who waited runs in turn
  state_->running = true;
  state_->runner = std::this_thread::get_id();
  state_->running_on = flow;
}

OnceRun::~OnceRun() {
  if (holds_) {
    const std::unique_lock lock(state_->mutex);
    if (policy_ == OncePolicy::synchronize_first) {
      if (finished_) state_->first_run_done.store(true, std::memory_order_release);
    } else if (finished_ || policy_ == OncePolicy::always_done) {
      state_->done.store(true, std::memory_order_release);
    }
    state_->running = false;
    state_->running_on = nullptr;
    state_->ended.notify_all();
    for (ParkedRun* each = state_->parked; each != nullptr; each = each->next)
      each->flow->unpark();
  }
  let_go(state_);
}

}  // namespace hark::event::detail
