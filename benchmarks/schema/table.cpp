// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs all benchmarks, their repetitions mixed at random, and prints hark's figures beside
// its rivals', with the limits that hark sets itself. Options are Google Benchmark's.

#include "support/table.hpp"

#include <cmath>
#include <string>

#include "schema/benchmarks.hpp"
#include "schema/raw.hpp"
#include "support/figures.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

void print_step(Table& table,
                const Figures& figures,
                const std::string& step,
                const std::string& name) {
  const double raw = figures.least_time(step + "/raw/" + name);
  const double hark = figures.least_time(step + "/hark/" + name);
  const auto counted = [&](const std::string& counter) {
    return figures.counter(step + "/timed/" + name, counter);
  };
  std::string label = name;
  label.replace(label.find('_'), 1, ", tables: ");
  table.line(
      label,
      {raw, hark, counted("inside_ms"), counted("outside_ms"), counted("percent")});
  if (!name.ends_with("_1000")) return;
  table.result(
      counted("percent"), "% of the time in the driver is spent outside", below(20));
  table.result(100 * (hark - raw) / raw, "% more time than raw", below(20));
}

void print_steps(Table& table, const Figures& figures) {
  for (const std::string step : {"create", "drop"}) {
    table.part(step + "_all, ms", {"raw", "hark", "in driver", "outside it", "percent"});
    for (const char* name : {"memory_100", "memory_1000", "file_100", "file_1000"})
      print_step(table, figures, step, name);
  }
}

/// How the cost of all grows with their number: 1 is linear.
double exponent(double few_each, double many_each, double times_more) {
  return 1 + std::log(many_each / few_each) / std::log(times_more);
}

void print_sort(Table& table, const Figures& figures) {
  table.part("sorted_tables, ns per table", {"hark", "boost"});
  for (const std::string shape : {"row", "fan", "cycle"}) {
    for (const char* count : {"1000", "2000", "4000", "8000"})
      table.counters(
          shape + ", tables: " + count, "sort", shape + "_" + count, "each_ns");
    const auto each_ns = [&](const std::string& count) {
      return figures.counter("sort/hark/" + shape + "_" + count, "each_ns");
    };
    table.result(exponent(each_ns("1000"), each_ns("8000"), 8),
                 "is the exponent of the time");
    const auto instructions = [&](const std::string& count) {
      return figures.counter("sort_instructions/hark/" + shape + "_" + count, "each");
    };
    table.line("  instructions, tables: 500", {instructions("500")});
    table.line("  instructions, tables: 2000", {instructions("2000")});
    table.result(exponent(instructions("500"), instructions("2000"), 4),
                 "is the exponent of the instructions",
                 at_most(1.1));
  }
}

void print_reflect(Table& table, const Figures& figures) {
  const auto questions = [&](const std::string& name) {
    return figures.counter("reflect/hark/" + name, "questions");
  };
  table.part("reflect, ms", {"raw", "hark"});
  for (const std::string name : {"5_columns", "50_columns", "500_columns"}) {
    table.least_times(name, "reflect", name);
    table.line("  questions", {questions(name), questions(name)});
  }
  table.result(questions("500_columns") - questions("5_columns"),
               "more questions for 500 columns than for 5",
               at_most(0));
  for (const std::string name : {"10_tables", "100_tables"}) {
    table.least_times(name, "reflect", name);
    table.line("  questions", {questions(name), questions(name)});
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  return run({.seconds = "0.05",
              .notes = "SQLite:    " + sqlite_version() +
                       "\nThe least processor's time, of counters the median, of ",
              .add_rows = add_schema_rows,
              .print =
                  [](Table& table, const Figures& figures) {
                    print_steps(table, figures);
                    print_sort(table, figures);
                    print_reflect(table, figures);
                  }},
             argc,
             argv);
}
