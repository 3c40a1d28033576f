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
  table.result(100 * (hark - raw) / raw,
               "% more time than raw, the driver's own included");
}

void print_steps(Table& table, const Figures& figures) {
  for (const std::string step : {"create", "drop"}) {
    table.part(step + "_all, ms", {"raw", "hark", "in driver", "outside it", "percent"});
    for (const char* name : {"memory_100", "memory_1000", "file_100", "file_1000"})
      print_step(table, figures, step, name);
  }
}

/// How the cost of all grows with their number: 1 is linear, 2 is quadratic.
double exponent(double few_each, double many_each, double times_more) {
  return 1 + std::log(many_each / few_each) / std::log(times_more);
}

// Where the tables do not fit into a cache any more, each costs more.
constexpr double most_exponent = 1.5;

void print_sort(Table& table, const Figures& figures) {
  table.part("sorted_tables, ns per table", {"hark", "boost"});
  for (const std::string shape : {"row", "fan", "cycle"}) {
    const auto each = [&](const std::string& who, const std::string& count) {
      return figures.least_time("sort/" + who + "/" + shape + "_" + count) * 1e3 /
             std::stod(count);
    };
    for (const std::string count : {"1000", "2000", "4000", "8000"})
      table.line(shape + ", tables: " + count,
                 {each("hark", count), each("boost", count)});
    table.result(exponent(each("hark", "1000"), each("hark", "8000"), 8),
                 "is the exponent of the time",
                 at_most(most_exponent));
  }
}

void print_reflect(Table& table, const Figures& figures) {
  const auto questions = [&](const std::string& name) {
    return figures.counter("reflect/hark/" + name, "questions");
  };
  const auto print = [&](const std::string& name) {
    table.line(name,
               {figures.least_time("reflect/raw/" + name),
                figures.least_time("reflect/hark/" + name),
                questions(name)});
  };
  table.part("reflect, ms", {"raw", "hark", "questions"});
  for (const char* name : {"5_columns", "50_columns", "500_columns"}) print(name);
  table.result(questions("500_columns") - questions("5_columns"),
               "more questions for 500 columns than for 5",
               at_most(0));
  for (const char* name : {"10_tables", "100_tables"}) print(name);
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
