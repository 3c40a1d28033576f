// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/mallocs.hpp"

#include <cstdlib>

#include "support/allocations.hpp"

#ifdef __GLIBC__

namespace bench {
namespace {

constinit thread_local std::size_t mine = 0;

}  // namespace

std::size_t mallocs() noexcept { return mine; }

}  // namespace bench

extern "C" {

// glibc's own, behind the names that are taken here.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void* malloc(std::size_t size) {
  ++bench::mine;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++bench::mine;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  ++bench::mine;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++bench::mine;
  return __libc_memalign(alignment, size);
}

}  // extern "C"

#else

namespace bench {

std::size_t mallocs() noexcept { return allocations().count; }

}  // namespace bench

#endif
