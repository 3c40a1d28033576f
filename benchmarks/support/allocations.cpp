// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"

#include <cstdlib>
#include <new>

namespace bench {
namespace {

constinit thread_local Allocations mine;

}  // namespace

Allocations allocations() noexcept { return mine; }

}  // namespace bench

void* operator new(std::size_t size) {
  ++bench::mine.count;
  bench::mine.bytes += size;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
