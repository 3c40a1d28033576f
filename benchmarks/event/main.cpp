// SPDX-License-Identifier: MIT

// The benchmarks of the event framework. The first screen says what there is; the options
// are Google Benchmark's: --benchmark_filter=emit/ --benchmark_repetitions=9 …

#include <iostream>

#include "event/benchmarks.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::Rows rows;
  bench::add_emit_rows(rows);
  bench::add_listen_rows(rows);
  bench::add_thread_rows(rows);
  bench::add_memory_rows(rows);

  std::cerr
      << "hark's event framework beside its rivals; * is one of those at the end:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
