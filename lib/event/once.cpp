// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
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
  std::unique_lock lock(state_->mutex);
  if (state_->running && state_->runner == std::this_thread::get_id()) {
    should_run_ = runs_when_settled;  // called again by a listener of the run in progress
    return;
  }
  state_->ended.wait(lock, [&] { return !state_->running; });
  if (settled() && !runs_when_settled) return;
  should_run_ = true;
  holds_ = true;  // also when settled meanwhile: who waited runs in turn
  state_->running = true;
  state_->runner = std::this_thread::get_id();
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
    state_->ended.notify_all();
  }
  if (state_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete state_;
}

}  // namespace hark::event::detail
