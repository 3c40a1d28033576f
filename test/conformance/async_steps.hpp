// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine/engine.hpp>

#include <functional>
#include <memory>

namespace hark::conformance {

/// Does steps as an AsyncEngine does its operations: each on a fiber, which suspends where it
/// would block, in an event loop that runs until it is done.
class AsyncSteps {
 public:
  /// Lifetime: `engine` outlives it.
  explicit AsyncSteps(Engine& engine);
  AsyncSteps(const AsyncSteps&) = delete;
  AsyncSteps& operator=(const AsyncSteps&) = delete;
  ~AsyncSteps();

  /// Throws: what `step` throws.
  void run(std::function<void()> step);

 private:
  struct Loop;
  const std::unique_ptr<Loop> loop_;
};

}  // namespace hark::conformance
