// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/detail/mutex.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

namespace hark::detail {

inline std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

/// Writes lines about errors to standard error: ten a second, and how many others there
/// were.
class ErrorLines {
 public:
  /// `hark: <what>: <error's message>`
  void print(const std::string& what, const std::exception_ptr& error) {
    const long left_out = ask();
    if (left_out < 0) return;
    std::string line = "hark: " + what + ": " + message_of(error);
    if (left_out > 0) line += "; " + std::to_string(left_out) + " more were not shown";
    std::fprintf(stderr, "%s\n", line.c_str());
  }

 private:
  static constexpr int limit = 10;

  /// How many were left out before this one; negative: leave this one out too.
  long ask() {
    const auto now = std::chrono::steady_clock::now();
    const Lock lock(mutex_);
    if (now - second_ >= std::chrono::seconds(1)) {
      second_ = now;
      let_through_ = 0;
    }
    if (let_through_ == limit) {
      ++left_out_;
      return -1;
    }
    ++let_through_;
    return std::exchange(left_out_, 0);
  }

  Mutex mutex_;
  std::chrono::steady_clock::time_point second_ HARK_GUARDED_BY(mutex_);
  int let_through_ HARK_GUARDED_BY(mutex_) = 0;
  long left_out_ HARK_GUARDED_BY(mutex_) = 0;
};

}  // namespace hark::detail
