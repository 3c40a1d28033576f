// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/act.hpp"
#include "engine/server_contestants.hpp"
#include "engine/tracks.hpp"

/// Those who find tracks without a thread for each connection, and those who have one.
namespace bench {

/// Coroutines, and the connections that they share.
inline constexpr std::size_t coroutine_count = 1'000;
inline constexpr std::size_t connection_count = 20;
/// How many tracks each coroutine finds, each time with the connection that is free next.
inline constexpr std::size_t finds_per_coroutine = 5;
/// How many one coroutine finds with one connection.
inline constexpr std::size_t finds_in_a_row = 20;

struct AsyncContestant {
  std::string name{};
  PrepareOnServer find_many{};      ///< all coroutines at the same time
  PrepareOnServer find_in_a_row{};  ///< one of them
};

/// libpq's calls that do not block, and Boost.Asio, by hand: what everybody else is compared
/// with.
AsyncContestant libpq_and_asio();
AsyncContestant hark_async();
/// The same with all that a coroutine asks of a connection in one function.
AsyncContestant hark_async_single();
AsyncContestant hark_async_run();
/// The synchronous engine, with a thread for each connection.
AsyncContestant hark_threads();

/// Of the tracks with the numbers below `count`, each found by id_in_turn().
template <class Find>
std::uint64_t sum_in_turns(std::size_t first, std::size_t count, const Find& find) {
  std::uint64_t sum = 0;
  for (std::size_t turn = first; turn < first + count; ++turn) sum += find(turn);
  return sum;
}

}  // namespace bench
