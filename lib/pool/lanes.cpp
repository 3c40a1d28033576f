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

/// The number of this thread's lane, in all pools.
std::size_t& own_lane() noexcept {
  static constinit Counter threads;
  static thread_local constinit std::size_t number = 0;
  if (number == 0) [[unlikely]]
    number = threads.next();
  return number;
}

}  // namespace

void SpinLock::lock() noexcept {
  while (!try_lock()) std::this_thread::yield();
}

Lanes::Lanes(Order order) : order_(order), lanes_(lane_count()) {}

std::shared_ptr<ConnectionRecord> Lanes::take() noexcept {
  std::size_t& own = own_lane();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& each = lane(own + i);
    const std::unique_lock lock(each.lock, std::try_to_lock);
    if (!lock) {
      if (i == 0) ++own;
      continue;
    }
    if (auto record = each.idle.take()) return record;
  }
  return nullptr;
}

bool Lanes::give(std::shared_ptr<ConnectionRecord>& record) noexcept {
  Lane& own = lock_one();
  const std::lock_guard lock(own.lock, std::adopt_lock);
  if (!is_open_) return false;
  add(own, std::move(record));
  return true;
}

Lanes::Lane& Lanes::lock_one() noexcept {
  std::size_t& own = own_lane();
  for (std::size_t failures = 1; !lane(own).lock.try_lock(); ++failures) {
    ++own;
    if (failures % lanes_.size() == 0) std::this_thread::yield();
  }
  return lane(own);
}

void Lanes::add(Lane& lane, std::shared_ptr<ConnectionRecord> record) const noexcept {
  if (order_ == Order::lifo) {
    lane.idle.add_first(std::move(record));
  } else {
    lane.idle.add_last(std::move(record));
  }
}

Lanes::All::All(Lanes& lanes) noexcept : lanes_(lanes) {
  for (Lane& each : lanes_.lanes_) each.lock.lock();
}

Lanes::All::~All() {
  for (Lane& each : lanes_.lanes_) each.lock.unlock();
}

std::size_t Lanes::All::size() const noexcept {
  std::size_t size = 0;
  for (const Lane& each : lanes_.lanes_) size += each.idle.size();
  return size;
}

std::shared_ptr<ConnectionRecord> Lanes::All::take() noexcept {
  const std::size_t own = own_lane();
  for (std::size_t i = 0; i < lanes_.lanes_.size(); ++i) {
    if (auto record = lanes_.lane(own + i).idle.take()) return record;
  }
  return nullptr;
}

void Lanes::All::add(std::shared_ptr<ConnectionRecord> record) noexcept {
  lanes_.add(lanes_.lane(own_lane()), std::move(record));
}

}  // namespace hark::detail
