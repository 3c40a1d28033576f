// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "engine/tracks.hpp"

/// The tables on a server: `track` is read, `new_track` is written and emptied again.
namespace bench {

/// Make both in an empty database, the first with all tracks.
std::vector<std::string> statements_that_fill_server();

inline const std::string empty_new_tracks = "TRUNCATE TABLE new_track";

/// What is inserted at once.
inline constexpr std::size_t new_track_count = 10'000;
const std::vector<Track>& new_server_tracks();

/// An INSERT with those placeholders.
std::string insert_new_track(const std::array<std::string, 5>& placeholders);

inline constexpr std::size_t thread_count = 8;
/// How many tracks each thread finds in a turn.
inline constexpr std::size_t finds_per_thread = 500;

/// Has each of the threads find its tracks: `find(thread, turn)` answers with the sum of
/// one. Answers with the sum of all.
template <class Find>
std::uint64_t find_in_threads(const Find& find) {
  std::array<std::uint64_t, thread_count> sums{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&find, &sum = sums[thread], thread] {
        std::uint64_t found = 0;
        for (std::size_t turn = 0; turn < finds_per_thread; ++turn)
          found += find(thread, turn);
        sum = found;
      });
    }
  }
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

}  // namespace bench
