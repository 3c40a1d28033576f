// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs all benchmarks, their repetitions mixed at random, and prints hark's figures beside
// those of a program that is written by hand, with the limits that hark sets itself. Options
// are Google Benchmark's.

#include "support/table.hpp"

#include <string>

#include "asio/benchmarks.hpp"
#include "asio/contestants.hpp"
#include "support/figures.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

void print_many(Table& table, const Figures& figures) {
  const auto time = [&](const std::string& who) {
    return figures.least_time("selects/" + who + "/many");
  };
  table.part("1,000 coroutines, 20 connections",
             {"libpq", "hark_single", "hark", "hark_run", "threads"});
  table.line("find 5,000 rows by key, ms",
             {time("libpq"),
              time("hark_single"),
              time("hark"),
              time("hark_run"),
              time("threads")});
  table.result(time("threads") / time("hark_single"),
               "x the throughput of 20 threads on the synchronous engine",
               at_least(1.5));
  table.result(time("libpq") / time("hark_single"),
               "x the throughput of libpq and Asio by hand",
               at_least(0.9));
  table.result(time("libpq") / time("hark"),
               "x that, with a checkout for each statement");
  table.result(time("threads") / time("libpq"),
               "x the throughput of 20 threads, by libpq and Asio by hand");
}

void print_in_a_row(Table& table, const Figures& figures) {
  const Strings all{"libpq", "hark", "hark_run", "threads"};
  const auto name = [](const std::string& who) { return "selects/" + who + "/in_a_row"; };
  const auto each = [](double of_all) { return of_all / double{finds_in_a_row}; };
  const auto line = [&](const std::string& label, const auto& figure) {
    std::vector<double> values;
    for (const std::string& who : all) values.push_back(figure(who));
    table.line(label, values);
  };
  const auto time = [&](const std::string& who) { return each(figures.time(name(who))); };
  const auto mallocs = [&](const std::string& who) {
    return each(figures.counter(name(who), "mallocs"));
  };
  const auto instructions = [&](const std::string& who) {
    return figures.counter("instructions/" + who + "/in_a_row", "instructions");
  };
  table.part("One connection, one after the other", all);
  line("find a row by its key, us", time);
  table.result(time("hark") / time("libpq"), "x libpq and Asio by hand", at_most(1.10));
  line("allocations", mallocs);
  table.result(mallocs("hark") - mallocs("libpq"), "allocations more", at_most(2));
  line("instructions", instructions);
  table.result(instructions("hark") / instructions("libpq"),
               "x libpq's and Asio's instructions");
}

void print_waiters(Table& table, const Figures& figures) {
  const std::string name = "asio/hark/waiters";
  table.part("10,000 wait for 10 connections", {"hark"});
  table.line("served in order, each, ns", {figures.counter(name, "each_ns")});
  table.result(figures.counter(name, "bytes"), "bytes each", at_most(512));
  table.result(figures.greatest(name, "threads"), "threads", at_most(0));
}

void print_parts(Table& table, const Figures& figures) {
  const auto each = [&](const std::string& name) {
    return figures.counter("asio/" + name, "each_ns");
  };
  table.part("Nothing to do, ns", {"post", "hark"});
  table.line("into a fiber, and out", {each("none"), each("hark/switch")});
  table.line("an operation", {each("post/operation"), each("hark/operation")});
  table.line("a checkout, and back", {each("none"), each("hark/check_out")});
  table.part("SQLite, in memory, ns", {"synchronous", "hark"});
  table.line("find a row by its key", {each("synchronous/sqlite"), each("hark/sqlite")});
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  AsyncTracksServer server;
  return run(
      {.seconds = "0.05",
       .notes =
           "1,000 coroutines: the least time of 25 repetitions. One statement after the "
           "other: the median\ntime of 400, client and server on one core. All else: "
           "the median time of\n",
       .add_rows =
           [&server](Rows& rows) {
             add_asio_rows(rows);
             server.add_rows(rows);
           },
       .print =
           [](Table& table, const Figures& figures) {
             print_many(table, figures);
             print_in_a_row(table, figures);
             print_waiters(table, figures);
             print_parts(table, figures);
           }},
      argc,
      argv);
}
