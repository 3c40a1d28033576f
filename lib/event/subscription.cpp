// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <hark/event/subscription.hpp>

#include "event/control.hpp"

namespace hark::event {

using detail::ListenerControl;
using hark::detail::Lock;

Subscription::Subscription(const Subscription& other) noexcept
    : listener_(other.listener_) {
  if (listener_ != nullptr) detail::add_reference(*listener_);
}

Subscription::~Subscription() {
  if (listener_ != nullptr) detail::drop_reference(listener_);
}

void Subscription::disconnect() noexcept {
  if (listener_ == nullptr) return;
  detail::RetireBatch batch;
  const Lock lock(listener_->control->family->mutex);
  detail::end_registration(*listener_, batch);
}

void Subscription::disconnect_and_wait() noexcept {
  if (listener_ == nullptr) return;
  Subscription kept(*this);  // the listener may own this one
  kept.disconnect();
  const auto& destroyed = kept.listener_->control->callable_destroyed;
  if (destroyed.load(std::memory_order_acquire) ||
      !detail::wait_for_calls(*kept.listener_))
    return;
  // A thread that goes on dispatching may seem to call it still, and another one may be
  // about to destroy it.
  for (detail::Patience patience;; patience.wait()) {
    detail::collect_retired();
    if (destroyed.load(std::memory_order_acquire)) return;
  }
}

void Subscription::block() noexcept {
  if (listener_ == nullptr) return;
  const Lock lock(listener_->control->family->mutex);
  listener_->control->blocked = true;
  detail::refresh(*listener_);
}

void Subscription::unblock() noexcept {
  if (listener_ == nullptr) return;
  const Lock lock(listener_->control->family->mutex);
  listener_->control->blocked = false;
  detail::refresh(*listener_);
}

bool Subscription::blocked() const noexcept {
  return listener_ != nullptr && listener_->control->blocked;
}

bool Subscription::connected() const noexcept {
  return listener_ != nullptr && listener_->control->connected &&
         !detail::is_expired(*listener_);
}

std::uint64_t Subscription::calls() const noexcept {
  if (listener_ == nullptr) return 0;
  const ListenerControl& control = *listener_->control;
  return detail::read_counter(control.counter) +
         control.uncounted_calls.load(std::memory_order_relaxed);
}

std::uint64_t Subscription::failures() const noexcept {
  return listener_ == nullptr
             ? 0
             : listener_->control->failures.load(std::memory_order_relaxed);
}

std::exception_ptr Subscription::last_error() const noexcept {
  if (listener_ == nullptr) return nullptr;
  const Lock lock(listener_->control->family->mutex);
  return listener_->control->last_error;
}

}  // namespace hark::event
