// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>

/// Counts what goes through the global operators new and delete, which counting_new.cpp
/// replaces.
namespace hark::test {

/// Allocations that the calling thread has made so far.
std::size_t allocations_of_this_thread() noexcept;

/// Allocations of all threads that nobody has freed yet.
std::ptrdiff_t live_allocations() noexcept;

/// How many allocations the calling thread makes while `act` runs.
template <class Act>
std::size_t allocations_of(Act&& act) {
  const std::size_t before = allocations_of_this_thread();
  act();
  return allocations_of_this_thread() - before;
}

/// While it lives, the calling thread gets `left` allocations more, and then none.
class OutOfMemory {
 public:
  explicit OutOfMemory(std::size_t left) noexcept;
  OutOfMemory(const OutOfMemory&) = delete;
  OutOfMemory& operator=(const OutOfMemory&) = delete;
  ~OutOfMemory();
};

}  // namespace hark::test
