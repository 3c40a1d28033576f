// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "pool/lanes.hpp"

#include <hark/detail/counter.hpp>

#include <algorithm>
#include <bit>
#include <thread>
#include <utility>

namespace hark::detail {
namespace {

/// Twice as many lanes as cores, so that threads seldom begin in one; not so many that
/// locking them all takes long.
std::size_t lane_count() noexcept {
  constexpr std::size_t most = 16;
  return std::bit_ceil(std::clamp<std::size_t>(
      2 * std::size_t{std::thread::hardware_concurrency()}, 2, most));
}

}  // namespace

void SpinLock::lock() noexcept {
  while (!try_lock()) std::this_thread::yield();
}

Lanes::Lanes(Order order)
    : order_(order),
      mask_(lane_count() - 1),
      lanes_(std::make_unique<Lane[]>(mask_ + 1)) {}

std::size_t Lanes::next_lane() noexcept {
  static constinit Counter threads;
  return threads.next();
}

RecordPtr Lanes::take_from_others() noexcept {
  const std::size_t first = own_lane;
  for (std::size_t i = 0; i <= mask_; ++i) {
    Lane& each = lane(first + i);
    if (!each.lock.try_lock()) {
      if (i == 0) ++own_lane;
      continue;
    }
    RecordPtr record = each.idle.take();
    each.lock.unlock();
    if (record != nullptr) return record;
  }
  return nullptr;
}

Lanes::Lane& Lanes::lock_another() noexcept {
  for (std::size_t failures = 1;; ++failures) {
    Lane& next = lane(++own_lane);
    if (next.lock.try_lock()) return next;
    if (failures % (mask_ + 1) == 0) std::this_thread::yield();
  }
}

Lanes::All::All(Lanes& lanes) noexcept : lanes_(lanes) {
  for (std::size_t i = 0; i <= lanes_.mask_; ++i) lanes_.lane(i).lock.lock();
}

Lanes::All::~All() {
  for (std::size_t i = 0; i <= lanes_.mask_; ++i) lanes_.lane(i).lock.unlock();
}

std::size_t Lanes::All::size() const noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i <= lanes_.mask_; ++i) size += lanes_.lane(i).idle.size();
  return size;
}

RecordPtr Lanes::All::take() noexcept {
  for (std::size_t i = 0; i <= lanes_.mask_; ++i) {
    if (auto record = lanes_.lane(own_lane + i).idle.take()) return record;
  }
  return nullptr;
}

void Lanes::All::add(RecordPtr record) noexcept {
  lanes_.add(lanes_.lane(own_lane), std::move(record));
}

}  // namespace hark::detail
