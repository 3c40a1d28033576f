// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

namespace hark::detail {

/// Sets a flag for a while.
class FlagScope {
 public:
  explicit FlagScope(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;
  ~FlagScope() { flag_ = false; }

 private:
  bool& flag_;
};

/// Counts one more for a while.
class CountScope {
 public:
  explicit CountScope(unsigned& count) noexcept : count_(count) { ++count_; }
  CountScope(const CountScope&) = delete;
  CountScope& operator=(const CountScope&) = delete;
  ~CountScope() { --count_; }

 private:
  unsigned& count_;
};

}  // namespace hark::detail
