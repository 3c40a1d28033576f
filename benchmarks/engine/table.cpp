// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs all benchmarks, their repetitions mixed at random, and prints hark's figures
// beside the C interface's and the rivals', with the limits that hark sets itself.
// Options are Google Benchmark's.

#include "support/table.hpp"

#include <iostream>
#include <string>

#include "engine/benchmarks.hpp"
#include "engine/contestants.hpp"
#include "support/figures.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

const Strings who{"raw", "hark", "sqlitecpp", "soci", "poco"};
const std::string by_manual = "  as the manuals write it";

/// Divides hark's figures by the C interface's.
class Ratios {
 public:
  Ratios(Table& table, const Figures& figures) : table_(table), figures_(figures) {}

  /// hark's `group`/`name` by what the C interface takes for `group`/`of`.
  void time(const std::string& group,
            const std::string& name,
            const std::string& of,
            double limit,
            const std::string& aim) {
    table_.result(figures_.least_time(group + "/hark/" + name) /
                      figures_.least_time(group + "/raw/" + of),
                  "x raw; aim " + aim,
                  at_most(limit));
  }

  /// The same where the two were done in turn.
  void race(const std::string& name, double limit, const std::string& aim) {
    table_.result(figures_.counter("race/hark/" + name, "ratio"),
                  "x raw, done in turn; aim " + aim,
                  at_most(limit));
  }

  /// The same in instructions, without a limit.
  void instructions(const std::string& name, const std::string& of) {
    const auto counted = [this](const std::string& row) {
      return figures_.counter("instructions/" + row, "instructions");
    };
    table_.result(counted("hark/" + name) / counted("raw/" + of), "x raw's instructions");
  }

 private:
  Table& table_;
  const Figures& figures_;
};

void print_find(Table& table, Ratios& ratios, const Figures& figures) {
  table.part("Find a row by its key, ns", who);
  table.least_times("in memory, hark pooled", "find", "memory");
  ratios.race("memory", 1.20, "1.08");
  ratios.instructions("memory", "memory");
  table.least_times(by_manual, "find", "memory_natural");
  table.least_times("  1 listener x 4 events", "find", "memory_1_listener");
  ratios.race("memory_1_listener", 1.25, "1.10");
  ratios.instructions("memory_1_listener", "memory");
  table.least_times("  4 listeners x 4 events", "find", "memory_4_listeners");
  ratios.race("memory_4_listeners", 1.30, "1.12");
  ratios.instructions("memory_4_listeners", "memory");
  table.least_times("  untyped", "find", "memory_untyped");
  ratios.race("memory_untyped", 1.35, "1.20");
  ratios.instructions("memory_untyped", "memory");
  table.least_times("  untyped, 4 listeners x 4", "find", "memory_untyped_4_listeners");
  ratios.race("memory_untyped_4_listeners", 1.45, "1.25");
  ratios.instructions("memory_untyped_4_listeners", "memory");
  table.least_times("  on a connection that is held", "find", "memory_held");
  table.result(figures.counter("race/hark/memory_held", "ratio"), "x raw, done in turn");
  ratios.instructions("memory_held", "memory");
  table.least_times("in a file, hark pooled", "find", "file");
  ratios.race("file", 1.04, "1.02");
  table.least_times(by_manual, "find", "file_natural");
  table.counters("allocations, in memory", "find", "memory", "mallocs");
  table.result(figures.counter("find/hark/memory", "mallocs") -
                   figures.counter("find/raw/memory", "mallocs"),
               "beyond raw's; aim 0",
               at_most(1));
  table.counters(by_manual, "find", "memory_natural", "mallocs");
}

void print_insert(Table& table, Ratios& ratios) {
  table.part("Insert", who);
  table.least_times("a row, in a transaction, ns", "insert", "one");
  ratios.race("one", 1.20, "1.08");
  ratios.instructions("one", "one");
  table.least_times(by_manual, "insert", "one_natural");
  table.least_times("100,000 rows at once, ms", "insert", "many");
  ratios.time("insert", "many", "many", 1.05, "0.65");
}

void print_fetch(Table& table, Ratios& ratios) {
  table.part("Fetch 100,000 rows x 5, ms", who);
  table.least_times("into structs", "fetch", "all");
  ratios.time("fetch", "all", "all", 1.10, "1.00");
  table.least_times("streamed", "fetch", "stream");
  ratios.time("fetch", "stream", "all", 0.85, "0.75");
}

void print_transaction(Table& table, Ratios& ratios) {
  constexpr double cached = 134;  // ns, where the limit is 300
  table.part("Empty transaction, ns", who);
  table.least_times("begin and commit", "transaction", "empty");
  ratios.time("transaction", "empty", "empty", 300 / cached, "1.34");
  ratios.instructions("empty", "empty");
  table.least_times(by_manual, "transaction", "empty_natural");
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  return run(
      {.seconds = "0.02",
       .notes = "SQLite:    " + sqlite_version() + "\nThe least processor's time of ",
       .add_rows = add_engine_rows,
       .print =
           [](Table& table, const Figures& figures) {
             Ratios ratios(table, figures);
             print_find(table, ratios, figures);
             print_insert(table, ratios);
             print_fetch(table, ratios);
             print_transaction(table, ratios);
           }},
      argc,
      argv);
}
