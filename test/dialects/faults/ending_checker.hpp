// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/engine.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark::test {

/// Hears all of an engine's announcements and their ends: on each thread an end must be
/// that of the announcement made last, and after all work none must be without its end.
///
/// Thread safety: shared objects safe.
/// Lifetime: the engine's is shorter.
class EndingChecker {
 public:
  /// An end, by the event's name.
  using Heard = std::pair<std::string, Outcome>;

  void watch(Engine& engine);

  /// What was wrong so far; empty: nothing. With `is_idle`, everything must have ended.
  std::string complaints(bool is_idle = true) const;

  /// How things named so ended, the oldest first.
  std::vector<Outcome> outcomes_of(std::string_view end) const;
  /// How many checkouts have ended, also where they have failed.
  std::size_t checkouts() const;
  /// DBAPI connections that were opened, and not closed.
  std::size_t open() const;
  void forget();

 private:
  template <class Announcement, class End>
  void pair(Engine& engine);
  void announce(std::string_view end);
  void hear(std::string_view end, const Ending& ending);
  void complain(std::string what);

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::size_t announced_ = 0;
  std::vector<Heard> heard_;
  std::set<std::uint64_t> results_;  // by the number of their execution
  std::size_t checkouts_ = 0;
  std::size_t opened_ = 0;
  std::size_t closed_ = 0;
  std::string complaints_;
};

}  // namespace hark::test
