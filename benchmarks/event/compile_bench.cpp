// SPDX-License-Identifier: MIT

// What including us costs the compiler: processor time of one compilation of
// compile/*.cpp.

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include "event/benchmarks.hpp"

extern char** environ;

namespace bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// Runs a program, its first argument; what it took, its children included, or 0 if it
/// failed.
double run(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0)
    return 0;
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  return status == 0 ? seconds(used.ru_utime) + seconds(used.ru_stime) : 0;
}

void compile(benchmark::State& state,
             const std::string& source,
             const std::string& mode) {
  std::vector<std::string> arguments{HARK_BENCH_COMPILER, "-std=c++20"};
  for (const std::string directory : {HARK_BENCH_INCLUDE_DIRECTORIES}) {
    arguments.push_back("-I" + directory);
  }
  if (mode == "syntax") {
    arguments.emplace_back("-fsyntax-only");
  } else {
    arguments.insert(arguments.end(), {"-O2", "-c", "-o", HARK_BENCH_OBJECT});
  }
  arguments.push_back(HARK_BENCH_COMPILE_DIRECTORY "/" + source + ".cpp");
  for (auto _ : state) {
    const double taken = run(arguments);
    if (taken == 0) state.SkipWithError("the compiler failed");
    state.SetIterationTime(taken);
  }
}

benchmark::internal::Benchmark* add(Row& row,
                                    const std::string& source,
                                    const std::string& mode) {
  return row.by(source, [=](benchmark::State& state) { compile(state, source, mode); })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void add_compile_rows(Rows& rows) {
  for (const std::string mode : {"syntax", "optimized"}) {
    Row& row =
        rows.add("compile", mode, "a source that declares 10 events and listens to one");
    add(row, "ours", mode);
    add(row, "std_headers", mode);
    add(row, "signals2", mode)->Repetitions(1);
#ifdef HARK_BENCH_SIGCXX
    add(row, "sigcxx", mode)->Repetitions(1);
#endif
  }
}

}  // namespace bench
