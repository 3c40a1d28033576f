// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>
#include <type_traits>

namespace hark {

/// How something that was announced came to its end.
enum class Outcome {
  ok,
  error,      ///< it failed, or a listener forbade it
  cancelled,  ///< somebody ended it
  unknown,    ///< the connection was lost while a commit was under way
};

/// "ok", "error", "cancelled", "unknown".
std::string_view name_of(Outcome outcome) noexcept;

/// What listeners of an event whose name ends in `_end` are told. Each announcement has
/// exactly one end; who begins to listen between the two hears of the next.
struct Ending {
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds elapsed{};  ///< since the announcement
  std::exception_ptr error{};          ///< null: there was none
  std::uint64_t id = 0;                ///< unique in the process, growing
};

/// How a result ended, and what it gave.
struct ResultEnding : Ending {
  std::uint64_t rows_fetched = 0;
};

namespace detail {

/// From an announcement to its end.
class Announcement {
 public:
  Announcement() noexcept;
  Ending end(Outcome outcome, std::exception_ptr error = nullptr) const noexcept;

 private:
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t id_;
};

/// A listener of an end has thrown, and another exception is on its way: reported.
void report_lost_failure() noexcept;

/// Runs `act`, and tells `end(const Ending&)` how it ended. What `end` throws reaches the
/// caller where `act` succeeded. `lost()`: is its outcome unknown when it fails?
template <class Act, class Lost, class End>
auto run_to_end(Act&& act, Lost&& lost, End&& end) -> decltype(act()) {
  const Announcement announcement;
  const auto tell_failure = [&] {
    try {
      end(announcement.end(lost() ? Outcome::unknown : Outcome::error,
                           std::current_exception()));
    } catch (...) {
      report_lost_failure();
    }
  };
  if constexpr (std::is_void_v<decltype(act())>) {
    try {
      act();
    } catch (...) {
      tell_failure();
      throw;
    }
    end(announcement.end(Outcome::ok));
  } else {
    auto result = [&]() -> decltype(act()) {
      try {
        return act();
      } catch (...) {
        tell_failure();
        throw;
      }
    }();
    end(announcement.end(Outcome::ok));
    return result;
  }
}

}  // namespace detail

}  // namespace hark
