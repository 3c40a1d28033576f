// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/flow.hpp>

#include <boost/context/fiber.hpp>

#include <cstddef>
#include <memory>

namespace hark::detail {

/// A stack on which one piece of work is done after the other, suspended and resumed on
/// whatever thread.
///
/// Thread safety: one thread at a time.
class Fiber {
 public:
  using Work = void (*)(void*) noexcept;

  /// Throws: std::bad_alloc.
  explicit Fiber(std::size_t stack_size);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  /// Requires: is_idle().
  ~Fiber();

  /// Runs it here, until it suspends itself or has ended. Requires: is_idle().
  [[gnu::hot]] void begin(Suspender& suspender, Work work, void* argument) noexcept;
  /// Goes on with it. Requires: it has suspended itself.
  [[gnu::hot]] void resume() noexcept;
  /// On the fiber: returns when it is resumed.
  [[gnu::hot]] void suspend() noexcept;

  bool is_idle() const noexcept { return work_ == nullptr; }
  FlowStates& states() noexcept { return states_; }

 private:
  /// What the C++ runtime knows of exceptions that are being thrown and handled here.
  struct Exceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };
  struct Switch;  // what sanitizers are told

  [[gnu::hot]] boost::context::fiber loop(boost::context::fiber&& outside) noexcept;
  [[gnu::hot]] void switch_in() noexcept;
  [[gnu::hot]] void swap_exceptions(void* of_thread) noexcept;

  Suspender* suspender_ = nullptr;
  Work work_ = nullptr;  // null: idle
  void* argument_ = nullptr;
  bool is_ending_ = false;
  FlowStates states_;
  Exceptions exceptions_;  // of the side that does not run
  const std::unique_ptr<Switch> switch_;
  boost::context::fiber inside_;
  boost::context::fiber outside_;
};

}  // namespace hark::detail
