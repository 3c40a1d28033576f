// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The benchmarks of the asynchronous engine. The first screen says what there is; the options
// are Google Benchmark's.

#include <iostream>

#include "asio/benchmarks.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::AsyncTracksServer server;
  bench::Rows rows;
  bench::add_asio_rows(rows);
  server.add_rows(rows);

  std::cerr << "hark's asynchronous engine beside its rivals; * is one of those at the "
               "end:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
