// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The benchmarks of the database core on servers. The first screen says what there is; the
// options are Google Benchmark's: --benchmark_filter=postgresql/ --benchmark_repetitions=9 …

#include <iostream>

#include "engine/server_benchmarks.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::TrackServers servers;
  bench::Rows rows;
  servers.add_rows(rows);

  std::cerr << "hark's database core on servers beside its rivals; * is one of those at "
               "the end:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
