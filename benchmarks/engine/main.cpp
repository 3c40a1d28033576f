// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The benchmarks of the database core. The first screen says what there is; the options
// are Google Benchmark's: --benchmark_filter=find/ --benchmark_repetitions=9 …

#include <iostream>

#include "engine/benchmarks.hpp"
#include "engine/contestants.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::Rows rows;
  bench::add_engine_rows(rows);

  std::cerr << "hark's database core on SQLite " << bench::sqlite_version()
            << " beside its rivals; * is one of those at the end:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
