// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <deque>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// One thing that is measured: ours, and beside it its rivals.
class Row {
 public:
  Row(std::string group, std::string name, std::string what);

  /// Registers the benchmark `<group>/<who>/<name>`; `run` takes a benchmark::State&.
  template <class Run>
  benchmark::internal::Benchmark* by(const std::string& who, Run run) {
    who_.push_back(who);
    return benchmark::RegisterBenchmark((group_ + '/' + who + '/' + name_).c_str(),
                                        std::move(run));
  }

  /// `emit/*/1_listener  what it measures  ours plain`
  void print(std::ostream& to) const;

 private:
  std::string group_;
  std::string name_;
  std::string what_;
  std::vector<std::string> who_;
};

/// All that a program measures, for its first screen.
class Rows {
 public:
  Row& add(std::string group, std::string name, std::string what) {
    return rows_.emplace_back(std::move(group), std::move(name), std::move(what));
  }
  void print(std::ostream& to) const;

 private:
  std::deque<Row> rows_;
};

}  // namespace bench
