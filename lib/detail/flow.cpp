// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/detail/flow.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace hark::detail {
namespace {

constexpr std::size_t most_kinds = 8;

struct Kinds {
  std::mutex mutex;  // of who adds
  std::array<MakeFlowState, most_kinds> all{};
  std::atomic<std::size_t> count{0};
};

Kinds& kinds() {
  static auto* const made = new Kinds;
  return *made;
}

constinit thread_local Suspender* current = nullptr;
constinit std::atomic<bool> served{false};
constinit std::atomic<std::shared_ptr<void> (*)() noexcept> capture_function{nullptr};

}  // namespace

[[gnu::noinline]] Suspender* current_suspender() noexcept {
  __asm__ volatile("");  // no compiler takes it for a constant
  return current;
}

bool fibers_are_served() noexcept { return served.load(std::memory_order_acquire); }
void note_fibers_are_served() noexcept { served.store(true, std::memory_order_release); }

bool register_flow_state(MakeFlowState make) {
  Kinds& registered = kinds();
  const std::lock_guard lock(registered.mutex);
  const std::size_t count = registered.count.load(std::memory_order_relaxed);
  if (count == most_kinds) throw std::length_error("hark: too many kinds of flow states");
  registered.all[count] = make;
  registered.count.store(count + 1, std::memory_order_release);
  return true;
}

std::shared_ptr<void> capture_inherited() noexcept {
  auto* const capture = capture_function.load(std::memory_order_acquire);
  return capture == nullptr ? nullptr : capture();
}

void set_capture_inherited(std::shared_ptr<void> (*capture)() noexcept) noexcept {
  capture_function.store(capture, std::memory_order_release);
}

FlowStates::FlowStates() {
  const Kinds& registered = kinds();
  const std::size_t count = registered.count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) states_[i] = registered.all[i]();
}

FlowStates::~FlowStates() = default;

void FlowStates::enter(Suspender* suspender) noexcept {
  for (const auto& state : states_) {
    if (state == nullptr) break;
    state->enter();
  }
  outside_ = std::exchange(current, suspender);
}

void FlowStates::leave() noexcept {
  current = outside_;
  for (const auto& state : states_) {
    if (state == nullptr) break;
    state->leave();
  }
}

void FlowStates::begin_work(const std::shared_ptr<void>& inherited) {
  for (const auto& state : states_) {
    if (state == nullptr) break;
    state->begin_work(inherited);
  }
}

}  // namespace hark::detail
