// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "asio/benchmarks.hpp"
#include "asio/contestants.hpp"
#include "engine/act.hpp"
#include "support/instructions.hpp"

namespace bench {
namespace {

std::uint64_t found(std::size_t count) {
  return sum_in_turns(
      0, count, [](std::size_t turn) { return sum_of(track_of(id_in_turn(turn))); });
}

// Servers plan a statement anew the first times that it is executed.
constexpr Expected all_found{
    [](std::size_t) { return found(coroutine_count * finds_per_coroutine); }, 1};
constexpr Expected row_found{[](std::size_t) { return found(finds_in_a_row); }, 2};

std::shared_ptr<Lazy> lazy(TrackServer& server,
                           const PrepareOnServer& prepare,
                           const Expected& expected) {
  return std::make_shared<Lazy>([prepare, &server] { return prepare(server.url()); },
                                expected);
}

void add_many(Rows& rows, TrackServer& server) {
  Row& row =
      rows.add("selects", "many", "1,000 coroutines, 5 tracks each, 20 connections");
  for (const AsyncContestant& each : {libpq_and_asio(),
                                      hark_async_single(),
                                      hark_async(),
                                      hark_async_run(),
                                      hark_threads()}) {
    add(row, each.name, lazy(server, each.find_many, all_found), measure)
        ->Unit(benchmark::kMillisecond)
        ->Iterations(1)
        ->Repetitions(25)
        ->UseRealTime();
  }
}

void add_in_a_row(Rows& rows, TrackServer& server) {
  Row& row = rows.add("selects", "in_a_row", "20 tracks, one after the other");
  const auto measure_on_one_core = [&server](benchmark::State& state, Act& act) {
    server.pin(true);
    measure(state, act);
    server.pin(false);
  };
  for (const AsyncContestant& each :
       {libpq_and_asio(), hark_async(), hark_async_run(), hark_threads()}) {
    add(row, each.name, lazy(server, each.find_in_a_row, row_found), measure_on_one_core)
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(5)
        ->Repetitions(400)
        ->UseRealTime();
  }
}

void count_turn(benchmark::State& state, Act& act) {
  std::size_t instructions = 0;
  for (auto _ : state)
    instructions = count_instructions([&act](std::size_t) { act.run(0); }, 1);
  state.counters["instructions"] =
      static_cast<double>(instructions) / static_cast<double>(finds_in_a_row);
}

void add_instructions(Rows& rows, TrackServer& server) {
  Row& row = rows.add("instructions", "in_a_row", "the client's, one by one");
  for (const AsyncContestant& each : {libpq_and_asio(), hark_async(), hark_threads()}) {
    add(row, each.name, lazy(server, each.find_in_a_row, row_found), count_turn)
        ->Iterations(1)
        ->Repetitions(1);
  }
}

}  // namespace

AsyncTracksServer::~AsyncTracksServer() { benchmark::ClearRegisteredBenchmarks(); }

void AsyncTracksServer::add_rows(Rows& rows) {
  if (!server_.is_there()) return;
  add_many(rows, server_);
  add_in_a_row(rows, server_);
  add_instructions(rows, server_);
}

}  // namespace bench
