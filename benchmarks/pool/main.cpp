// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The benchmarks of the pools. The first screen says what there is; the options are
// Google Benchmark's.

#include <iostream>

#include "pool/benchmarks.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::Rows rows;
  bench::add_pool_rows(rows);

  std::cerr << "hark's pool beside its rivals; * is one of those at the end:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
