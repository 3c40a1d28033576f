// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The benchmarks of tables and their DDL. The first screen says what there is; the options
// are Google Benchmark's.

#include <iostream>

#include "schema/benchmarks.hpp"
#include "schema/raw.hpp"
#include "support/bystander.hpp"
#include "support/machine.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::Rows rows;
  bench::add_schema_rows(rows);

  std::cerr << "hark's schema beside its rivals; * is one of those at the end:\n";
  rows.print(std::cerr);
  bench::print_machine(std::cerr);
  std::cerr << "SQLite:    " << bench::sqlite_version() << '\n';
  const bench::Bystander bystander;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
