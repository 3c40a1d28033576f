// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/counting_new.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t any_number = static_cast<std::size_t>(-1);

constinit thread_local std::size_t made = 0;
constinit thread_local std::size_t left_to_make = any_number;
constinit std::atomic<std::ptrdiff_t> live{0};

void* counted(void* memory) noexcept {
  if (memory == nullptr) return nullptr;
  ++made;
  live.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

bool may_allocate() noexcept {
  if (left_to_make == any_number) return true;
  if (left_to_make == 0) return false;
  --left_to_make;
  return true;
}

void* allocate(std::size_t size) noexcept {
  if (!may_allocate()) return nullptr;
  return counted(std::malloc(size == 0 ? 1 : size));
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  if (!may_allocate()) return nullptr;
  const auto unit = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit));
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) noexcept {
  if (memory == nullptr) return;
  live.fetch_sub(1, std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

// All of them: a sanitizer's own forms do not call these.
void* operator new(std::size_t size) { return or_throw(allocate(size)); }
void* operator new[](std::size_t size) { return or_throw(allocate(size)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return or_throw(allocate(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return or_throw(allocate(size, alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}

namespace hark::test {

std::size_t allocations_of_this_thread() noexcept { return made; }
std::ptrdiff_t live_allocations() noexcept {
  return live.load(std::memory_order_relaxed);
}

OutOfMemory::OutOfMemory(std::size_t left) noexcept { left_to_make = left; }
OutOfMemory::~OutOfMemory() { left_to_make = any_number; }

}  // namespace hark::test
