// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/connection.hpp>

#include <memory>

#include "support/clock.hpp"

namespace bench {

/// Adds up the time that is spent in a driver.
class Stopwatch {
 public:
  /// Calls `act`, and counts the time that it takes.
  template <class Act>
  decltype(auto) during(Act&& act) {
    const Lap lap(*this);
    return act();
  }

  /// Nanoseconds on the wall.
  double spent() const noexcept { return spent_; }

 private:
  class Lap {
   public:
    explicit Lap(Stopwatch& stopwatch) noexcept
        : stopwatch_(stopwatch), begin_(wall_now()) {}
    Lap(const Lap&) = delete;
    Lap& operator=(const Lap&) = delete;
    ~Lap() { stopwatch_.spent_ += wall_now() - begin_; }

   private:
    Stopwatch& stopwatch_;
    const double begin_;
  };

  double spent_ = 0;
};

/// The same connection, on whose calls and whose cursors' the stopwatch runs.
///
/// Lifetime: the stopwatch outlives it.
std::unique_ptr<hark::dbapi::Connection> with_stopwatch(
    std::unique_ptr<hark::dbapi::Connection> connection, Stopwatch& stopwatch);

}  // namespace bench
