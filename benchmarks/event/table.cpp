// SPDX-License-Identifier: MIT

// Runs all benchmarks, their repetitions mixed at random, and prints hark's figures
// beside its rivals', with the limits that hark sets itself. Options are Google
// Benchmark's. Of a row's repetitions the least counts: what else the machine does only
// ever adds to times so short.

#include "support/table.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "event/benchmarks.hpp"
#include "support/figures.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

const Strings contestants{"ours", "plain", "function", "functions", "signals2", "sigcxx"};

void print_emission(Table& table, const Figures& figures) {
  const auto times_of = [&](const std::string& over, const std::string& name) {
    return figures.least_time("emit/ours/" + name) /
           figures.least_time("emit/" + over + '/' + name);
  };
  table.part("Dispatch, ns", contestants);
  table.least_times("nobody listens", "emit", "0_listeners");
  table.result(figures.counter("instructions/ours/0_listeners", "instructions"),
               "instructions",
               at_most(6));
  table.least_times("1 listener", "emit", "1_listener");
  table.result(times_of("functions", "1_listener"), "x functions", at_most(1.30));
  table.result(
      1 / times_of("signals2", "1_listener"), "x faster than signals2", at_least(20));
  table.least_times("2 listeners", "emit", "2_listeners");
  table.result(times_of("functions", "2_listeners"), "x functions");
  table.least_times("4 listeners", "emit", "4_listeners");
  table.result(times_of("functions", "4_listeners"), "x functions");
  table.least_times("8 listeners", "emit", "8_listeners");
  table.result(times_of("functions", "8_listeners"), "x functions", at_most(1.08));
  table.least_times("16 listeners", "emit", "16_listeners");
  table.result(times_of("functions", "16_listeners"), "x functions");
  table.least_times("64 listeners", "emit", "64_listeners");
  table.result(times_of("functions", "64_listeners"), "x functions", at_most(1.08));
  table.least_times("1 on the class", "emit", "class_listener");
  table.least_times("1 on the class, 1 on the object", "emit", "class_and_own_listener");
  table.least_times("1 that dispatches another", "emit", "nested");
  table.least_times("1, after 100 others left", "emit", "1_listener_others_left");
  table.part("Dispatch, instructions", contestants);
  table.counters("nobody listens", "instructions", "0_listeners", "instructions");
  table.counters("1 listener", "instructions", "1_listener", "instructions");
  table.counters("4 listeners", "instructions", "4_listeners", "instructions");
}

void print_chains(Table& table, const Figures& figures) {
  const auto times_of_hand = [&](const std::string& name) {
    return figures.least_time("chain/ours/" + name) /
           figures.least_time("chain/by_hand/" + name);
  };
  const std::string by_hand = "x the loop by hand";
  table.part("Chain with a string, ns",
             {"ours", "by_hand", "function", "signals2", "sigcxx"});
  table.least_times("1 that only looks", "chain", "unchanged_1_listener");
  table.result(times_of_hand("unchanged_1_listener"), by_hand, at_most(1.3));
  table.least_times("4 that only look", "chain", "unchanged_4_listeners");
  table.result(times_of_hand("unchanged_4_listeners"), by_hand, at_most(1.3));
  table.least_times("1 that declines to answer", "chain", "declined_1_listener");
  table.result(times_of_hand("declined_1_listener"), by_hand);
  table.least_times("4 that decline to answer", "chain", "declined_4_listeners");
  table.result(times_of_hand("declined_4_listeners"), by_hand);
  table.least_times("1 that answers", "chain", "answered_1_listener");
  table.result(times_of_hand("answered_1_listener"), by_hand);
  table.least_times("4 that answer", "chain", "answered_4_listeners");
  table.result(times_of_hand("answered_4_listeners"), by_hand);
  table.part("Chain, per listener", {"ours", "by_hand"});
  for (const std::string name : {"unchanged", "declined", "answered"}) {
    const std::string row = name + "_4_listeners";
    table.counters(name + ": copies of the value", "chain", row, "copies");
    table.counters(name + ": moves of the value", "chain", row, "moves");
  }
}

void print_listening(Table& table, const Figures& figures) {
  table.part("Listen and disconnect, ns",
             {"ours", "function", "functions", "signals2", "sigcxx"});
  for (const std::string others : {"0", "8", "64"}) {
    for (const std::string kind : {"", "_pointers"}) {
      const std::string name = others + "_others" + kind;
      table.least_times(others + " others" + (kind.empty() ? "" : ", function pointers"),
                        "listen",
                        name);
      table.result(figures.least_time("listen/ours/" + name) /
                       figures.least_time("listen/signals2/" + name),
                   "x signals2",
                   at_most(3));
    }
  }
  const double without = figures.least_time("listen/ours/on_class_0_objects");
  const double with = figures.least_time("listen/ours/on_class_100000_objects");
  table.least_times("on a class without objects", "listen", "on_class_0_objects");
  table.least_times("on a class of 100,000 objects", "listen", "on_class_100000_objects");
  table.result(with / without, "x without objects", at_most(3));
}

void print_threads(Table& table, const Figures& figures) {
  table.part(
      "Two threads on one event, ns",
      {"one alone", "at once", "speed", "other alone", "at once", "speed", "cores"});
  for (const std::string who : {"ours", "functions", "signals2"}) {
    const auto figure = [&](const std::string& counter) {
      return figures.counter("threads/" + who + "/two_on_one_event", counter);
    };
    table.line(who,
               {figure("first_alone_ns"),
                figure("first_ns"),
                figure("first_speed"),
                figure("second_alone_ns"),
                figure("second_ns"),
                figure("second_speed"),
                figure("cores")});
    if (who == "ours") {
      table.result(std::min(figure("first_speed"), figure("second_speed")),
                   "of the speed alone, each",
                   at_least(0.97));
    }
  }
  table.part("While another comes and goes, ns", {"alone", "then", "a pair", "cores"});
  for (const std::string who : {"ours", "signals2"}) {
    const std::string name = "threads/" + who + "/churn";
    const double alone = figures.counter(name, "alone_ns");
    const double then = figures.time(name);
    table.line(
        who,
        {alone, then, figures.counter(name, "pair_ns"), figures.counter(name, "cores")});
    if (who == "ours") {
      table.result(then / alone, "x alone", at_most(8));
    } else {
      table.result(then / alone, "x alone");
    }
  }
  table.result(figures.greatest("threads/ours/long_listener", "retired_snapshots"),
               "retired snapshots at most while a listener runs 5 ms",
               below(64));
}

void print_memory(Table& table, const Figures& figures) {
  table.part("Memory", {"ours", "function", "functions", "signals2", "sigcxx"});
  table.counters("silent, bytes", "memory", "silent_target", "bytes");
  table.result(figures.counter("memory/ours/silent_target_2_families", "bytes"),
               "bytes a family, of two",
               at_most(16));
  table.counters("silent, allocations", "memory", "silent_target", "allocations");
  table.result(figures.counter("memory/ours/silent_target", "allocations"),
               "allocations",
               at_most(0));
  table.counters("silent, bytes allocated", "memory", "silent_target", "allocated_bytes");
  table.least_times("silent, made and destroyed, ns", "memory", "silent_target");
  table.counters("a listener, allocations", "memory", "listener", "allocations");
  table.counters("a listener, bytes allocated", "memory", "listener", "allocated_bytes");
}

void print_compiling(Table& table, const Figures& figures) {
  table.part("Compiling 10 events, ms", {"ours", "std_headers", "signals2", "sigcxx"});
  for (const std::string mode : {"syntax", "optimized"}) {
    table.least_times(mode == "syntax" ? "-fsyntax-only" : "-O2 -c", "compile", mode);
    table.result(figures.least_time("compile/ours/" + mode) /
                     figures.least_time("compile/std_headers/" + mode),
                 "x <functional>, <memory>, <string>",
                 at_most(2.5));
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  return run({.seconds = "0.01",
              .notes = "The least processor's time, and of threads the median, of ",
              .add_rows =
                  [](Rows& rows) {
                    add_emit_rows(rows);
                    add_listen_rows(rows);
                    add_thread_rows(rows);
                    add_memory_rows(rows);
                    add_compile_rows(rows);
                  },
              .print =
                  [](Table& table, const Figures& figures) {
                    print_emission(table, figures);
                    print_chains(table, figures);
                    print_listening(table, figures);
                    print_threads(table, figures);
                    print_memory(table, figures);
                    print_compiling(table, figures);
                  }},
             argc,
             argv);
}
