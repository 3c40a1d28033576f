// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace bench {

/// Gathers what the repetitions of all benchmarks measured, and answers with medians or the least.
class Figures : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override;

  /// Of the times per iteration, in the benchmark's unit; NaN if there are none.
  double time(const std::string& benchmark) const;
  double least_time(const std::string& benchmark) const;
  /// Of a counter; NaN if there are none.
  double counter(const std::string& benchmark, const std::string& counter) const;
  /// The greatest value that a counter had.
  double greatest(const std::string& benchmark, const std::string& counter) const;

  const std::vector<std::string>& errors() const { return errors_; }

 private:
  const std::vector<double>* find(const std::string& benchmark,
                                  const std::string& counter) const;

  // By benchmark, then by counter; the times are under "".
  std::map<std::string, std::map<std::string, std::vector<double>>> values_;
  std::vector<std::string> errors_;
};

}  // namespace bench
