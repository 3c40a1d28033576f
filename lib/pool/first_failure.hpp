// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/lost_error.hpp>

#include <exception>

namespace hark::detail {

/// Does several things although one of them throws. The first failure is the caller's;
/// the others are reported.
class FirstFailure {
 public:
  template <class Act>
  void attempt(Act&& act) noexcept {
    try {
      act();
    } catch (...) {
      note();
    }
  }

  /// Requires: an exception is being handled.
  void note() noexcept {
    if (first_ == nullptr) {
      first_ = std::current_exception();
    } else {
      report_lost_error("after one failure another thing failed");
    }
  }

  bool is_any() const noexcept { return first_ != nullptr; }
  void rethrow_if_any() const {
    if (is_any()) std::rethrow_exception(first_);
  }

 private:
  std::exception_ptr first_;
};

}  // namespace hark::detail
