// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "asio/fiber.hpp"

#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <boost/context/stack_context.hpp>
#include <cxxabi.h>

#include <algorithm>
#include <cstring>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define HARK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HARK_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define HARK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HARK_TSAN 1
#endif
#endif
#if defined(HARK_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(HARK_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace hark::detail {
namespace {

// Instrumented code takes several times the stack.
#if defined(HARK_ASAN) || defined(HARK_TSAN)
constexpr std::size_t smallest_stack = std::size_t{1024} * 1024;
#else
constexpr std::size_t smallest_stack = std::size_t{32} * 1024;
#endif

/// What the C++ runtime keeps of exceptions for this thread. Not on a fiber, which may go on on
/// another one.
void* exceptions_of_thread() noexcept {
  constinit static thread_local void* known = nullptr;
  if (known == nullptr) [[unlikely]]
    known = abi::__cxa_get_globals();
  return known;
}

}  // namespace

/// Sanitizers follow one stack per thread, unless they are told.
/// All inlined: ThreadSanitizer would count a call on one stack and its return on the other.
struct Fiber::Switch {
  boost::context::stack_context stack;
#if defined(HARK_ASAN)
  void* outside_fake = nullptr;
  void* inside_fake = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;
#endif
#if defined(HARK_TSAN)
  void* inside_fiber = __tsan_create_fiber(0);
  void* outside_fiber = nullptr;
  bool has_ended = false;
  ~Switch() { __tsan_destroy_fiber(inside_fiber); }
#endif

  [[gnu::always_inline]] void going_in() noexcept {
#if defined(HARK_ASAN)
    __sanitizer_start_switch_fiber(
        &outside_fake, static_cast<char*>(stack.sp) - stack.size, stack.size);
#endif
#if defined(HARK_TSAN)
    outside_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(inside_fiber, 0);
#endif
  }
  [[gnu::always_inline]] void back_outside() noexcept {
#if defined(HARK_ASAN)
    __sanitizer_finish_switch_fiber(outside_fake, nullptr, nullptr);
#endif
#if defined(HARK_TSAN)
    if (has_ended) __tsan_switch_to_fiber(outside_fiber, 0);
#endif
  }
  /// Of the fiber's making: its first function has begun on its stack, and no more.
  [[gnu::always_inline]] void made() noexcept {
#if defined(HARK_ASAN)
    __sanitizer_finish_switch_fiber(nullptr, &outside_bottom, &outside_size);
    __sanitizer_start_switch_fiber(nullptr, outside_bottom, outside_size);
    __sanitizer_finish_switch_fiber(outside_fake, nullptr, nullptr);
#endif
#if defined(HARK_TSAN)
    __tsan_switch_to_fiber(outside_fiber, 0);
#endif
  }
  [[gnu::always_inline]] void arrived_inside() noexcept {
#if defined(HARK_ASAN)
    __sanitizer_finish_switch_fiber(inside_fake, &outside_bottom, &outside_size);
#endif
  }
  [[gnu::always_inline]] void going_out([[maybe_unused]] bool for_good) noexcept {
#if defined(HARK_ASAN)
    __sanitizer_start_switch_fiber(
        for_good ? nullptr : &inside_fake, outside_bottom, outside_size);
#endif
#if defined(HARK_TSAN)
    has_ended = for_good;  // its last functions return on its own stack
    if (!for_good) __tsan_switch_to_fiber(outside_fiber, 0);
#endif
  }
};

Fiber::Fiber(std::size_t stack_size) : switch_(std::make_unique<Switch>()) {
  boost::context::protected_fixedsize_stack stacks(std::max(stack_size, smallest_stack));
  switch_->stack = stacks.allocate();
  const boost::context::stack_context& stack = switch_->stack;
  // Or a sanitizer took that function for one of this thread, which may end before it does.
  switch_->going_in();
  inside_ = boost::context::fiber(
      std::allocator_arg,
      boost::context::preallocated(stack.sp, stack.size, stack),
      stacks,
      [this](boost::context::fiber&& outside) { return loop(std::move(outside)); });
  switch_->made();
}

Fiber::~Fiber() {
  is_ending_ = true;
  switch_in();
}

void Fiber::begin(Suspender& suspender, Work work, void* argument) noexcept {
  suspender_ = &suspender;
  work_ = work;
  argument_ = argument;
  switch_in();
}

void Fiber::resume() noexcept { switch_in(); }

boost::context::fiber Fiber::loop(boost::context::fiber&& outside) noexcept {
  outside_ = std::move(outside);
  switch_->arrived_inside();
  while (!is_ending_) {
    work_(argument_);
    work_ = nullptr;
    suspend();
  }
  switch_->going_out(true);
  return std::move(outside_);
}

void Fiber::switch_in() noexcept {
  states_.enter(suspender_);
  void* const exceptions = exceptions_of_thread();
  swap_exceptions(exceptions);
  switch_->going_in();
  inside_ = std::move(inside_).resume();
  switch_->back_outside();
  swap_exceptions(exceptions);
  states_.leave();
}

void Fiber::suspend() noexcept {
  switch_->going_out(false);
  outside_ = std::move(outside_).resume();
  switch_->arrived_inside();
}

/// A fiber may suspend itself while it handles an exception; what the runtime keeps of that
/// for the thread goes with it.
void Fiber::swap_exceptions(void* of_thread) noexcept {
  // Source: Itanium C++ ABI: Exception Handling, 2.2.2, "Caught Exception Stack".
  Exceptions here;
  std::memcpy(&here, of_thread, sizeof here);
  std::memcpy(of_thread, &exceptions_, sizeof exceptions_);
  exceptions_ = here;
}

}  // namespace hark::detail
