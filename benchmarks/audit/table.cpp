// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs all benchmarks, their repetitions mixed at random, and prints what a statement costs
// its thread where somebody hears of it, with the limits that hark sets itself. Options are
// Google Benchmark's.

#include "support/table.hpp"

#include <string>

#include "audit/benchmarks.hpp"
#include "support/figures.hpp"
#include "support/table_program.hpp"

namespace bench {
namespace {

const Strings contestants{"nobody", "listeners", "handler", "two_handlers"};

/// What they add to what it costs where nobody hears of it.
class Added {
 public:
  Added(Table& table, const Figures& figures) : table_(table), figures_(figures) {}

  void time(const std::string& who, const std::string& name, double limit) {
    table_.result(
        least(who, name) - least("nobody", name), "ns more with " + who, below(limit));
  }
  void time(const std::string& who, const std::string& name) {
    table_.result(least(who, name) - least("nobody", name), "ns more with " + who);
  }
  void mallocs(const std::string& who, const std::string& name, double limit) {
    table_.result(figures_.counter("find/" + who + "/" + name, "mallocs") -
                      figures_.counter("find/nobody/" + name, "mallocs"),
                  "more with " + who,
                  at_most(limit));
  }

 private:
  double least(const std::string& who, const std::string& name) const {
    return figures_.least_time("find/" + who + "/" + name);
  }

  Table& table_;
  const Figures& figures_;
};

void print_statement(Table& table, Added& added) {
  constexpr double limit = 1'000;
  table.part("Find a row by its key, the median statement, ns", contestants);
  table.least_times("on a connection that is held", "find", "statement");
  added.time("handler", "statement", limit);
  added.time("two_handlers", "statement", 2 * limit);
  added.time("listeners", "statement");
  table.least_times("pooled, a request each", "find", "pooled");
  added.time("handler", "pooled");
  added.time("listeners", "pooled");
  table.counters("allocations, held", "find", "statement", "mallocs");
  added.mallocs("handler", "statement", 2);
  table.counters("allocations, pooled", "find", "pooled", "mallocs");
  added.mallocs("handler", "pooled", 2);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  return run(
      {.seconds = "0.02",
       .notes =
           "Statements by themselves, 100 at a time, with the handlers' queues emptied\n"
           "on another core. The least of ",
       .add_rows = add_audit_rows,
       .print =
           [](Table& table, const Figures& figures) {
             Added added(table, figures);
             print_statement(table, added);
           }},
      argc,
      argv);
}
