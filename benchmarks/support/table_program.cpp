// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "support/table_program.hpp"

#include <benchmark/benchmark.h>

#include <iostream>

#include "support/bystander.hpp"
#include "support/machine.hpp"

namespace bench {

int run(const TableProgram& program, int argc, char** argv) {
  if (!initialize({"--benchmark_enable_random_interleaving=true",
                   "--benchmark_repetitions=9",
                   "--benchmark_min_time=" + program.seconds},
                  argc,
                  argv)) {
    return 1;
  }
  Rows rows;
  program.add_rows(rows);
  print_machine(std::cout);
  std::cout << program.notes
            << "9 repetitions, those of all benchmarks mixed at random. A second thread\n"
               "that has dispatched is there, asleep. A minute or so …\n"
            << std::flush;

  Figures figures;
  {
    const Bystander bystander;
    benchmark::RunSpecifiedBenchmarks(&figures);
  }
  benchmark::Shutdown();

  Table table(figures);
  program.print(table, figures);
  table.print_sum();
  return figures.errors().empty() ? 0 : 1;
}

}  // namespace bench
