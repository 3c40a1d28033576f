// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The benchmarks of the audit. The first screen says what there is; the options are
// Google Benchmark's: --benchmark_filter=find/ --benchmark_repetitions=9 …

#include <iostream>

#include "audit/benchmarks.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::Rows rows;
  bench::add_audit_rows(rows);

  std::cerr << "What hark's audit adds on the database's thread, SQLite in memory:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
