// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs all benchmarks, their repetitions mixed at random, and prints hark's figures
// beside its rivals', with the limits that hark sets itself. Options are Google
// Benchmark's.

#include "support/table.hpp"

#include <iostream>
#include <string>

#include "pool/benchmarks.hpp"
#include "support/figures.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

const Strings contestants{"ours", "deque", "soci", "poco"};

void print_one_thread(Table& table, const Figures& figures) {
  const auto each = [&](const std::string& who, const std::string& name) {
    return figures.counter("pool/" + who + '/' + name, "each_ns");
  };
  table.part("One thread, ns", contestants);
  table.counters("out and in", "pool", "one_thread", "each_ns");
  table.result(each("ours", "one_thread") / each("deque", "one_thread"),
               "x mutex, condition variable, deque; aim 0.7",
               at_most(2.4));
  table.counters("1 listener on each", "pool", "1_listener", "each_ns");
  table.counters("4 listeners on each", "pool", "4_listeners", "each_ns");
  table.counters("allocations", "pool", "one_thread", "allocations");
  table.result(
      figures.counter("pool/ours/one_thread", "allocations"), "allocations", at_most(0));
}

void print_two_threads(Table& table, const Figures& figures) {
  table.part("Two threads, ns", contestants);
  table.counters("nothing held, one thread", "pool", "two_threads", "one_ns");
  table.counters("nothing held, two threads", "pool", "two_threads", "two_ns");
  table.counters("held for 0.5 us, one thread", "pool", "two_threads_held", "one_ns");
  table.counters("held for 0.5 us, two threads", "pool", "two_threads_held", "two_ns");
  table.counters("held, x one thread", "pool", "two_threads_held", "throughput");
  table.result(figures.counter("pool/ours/two_threads_held", "throughput"),
               "x the throughput of one thread; aim 1.9",
               at_least(1.3));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  return run({.seconds = "0.02",
              .notes = "The median time of ",
              .add_rows = add_pool_rows,
              .print =
                  [](Table& table, const Figures& figures) {
                    print_one_thread(table, figures);
                    print_two_threads(table, figures);
                  }},
             argc,
             argv);
}
