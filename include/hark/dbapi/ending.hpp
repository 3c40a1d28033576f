// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/lost_error.hpp>

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
  cancelled,  ///< somebody has interrupted it
  unknown,    ///< the connection was lost while a commit was under way
};

/// "ok", "error", "cancelled", "unknown".
std::string_view name_of(Outcome outcome) noexcept;

/// What listeners of an event whose name ends in `_end` are told. Each announcement has
/// exactly one end; who begins to listen between the two hears of the next.
struct Ending {
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds elapsed{};             ///< since the announcement
  std::exception_ptr error{};                     ///< null: there was none
  std::uint64_t id = 0;                           ///< unique in the process, growing
  std::chrono::steady_clock::time_point start{};  ///< of the announcement
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
  Ending end() const noexcept;
  /// error, cancelled where the error says so, or unknown.
  Ending fail(std::exception_ptr error, bool is_unknown = false) const noexcept;

 private:
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t id_;
};

/// Runs `act`, and tells `end(const Ending&)` how it ended. What `end` throws reaches the
/// caller where `act` succeeded. `is_unknown()`: when it has failed, is that an
/// Outcome::unknown?
template <class Act, class End, class IsUnknown = std::false_type>
auto run_to_end(Act&& act, End&& end, IsUnknown&& is_unknown = {}) -> decltype(act()) {
  const Announcement announcement;
  const auto act_or_tell = [&]() -> decltype(act()) {
    try {
      return act();
    } catch (...) {
      try {
        end(announcement.fail(std::current_exception(), is_unknown()));
      } catch (...) {
        report_lost_error(
            "while an exception was on its way, a listener of the end threw");
      }
      throw;
    }
  };
  if constexpr (std::is_void_v<decltype(act())>) {
    act_or_tell();
    end(announcement.end());
  } else {
    decltype(act()) result = act_or_tell();
    end(announcement.end());
    return result;
  }
}

}  // namespace detail

}  // namespace hark
