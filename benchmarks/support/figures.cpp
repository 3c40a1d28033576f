// SPDX-License-Identifier: MIT
#include "support/figures.hpp"

#include <algorithm>
#include <limits>

#include "support/clock.hpp"

namespace bench {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The name without what Google Benchmark adds: `/iterations:1/repeats:1/manual_time`.
std::string plain_name(const benchmark::BenchmarkReporter::Run& run) {
  return run.run_name.function_name;
}

}  // namespace

void Figures::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    const std::string name = plain_name(run);
    if (run.error_occurred) {
      errors_.push_back(name + ": " + run.error_message);
      continue;
    }
    const bool manual = !run.run_name.time_type.empty();
    auto& values = values_[name];
    values[""].push_back(manual ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime());
    for (const auto& [counter, value] : run.counters) values[counter].push_back(value);
  }
}

const std::vector<double>* Figures::find(const std::string& benchmark,
                                         const std::string& counter) const {
  const auto of_benchmark = values_.find(benchmark);
  if (of_benchmark == values_.end()) return nullptr;
  const auto values = of_benchmark->second.find(counter);
  return values == of_benchmark->second.end() ? nullptr : &values->second;
}

double Figures::time(const std::string& benchmark) const {
  return counter(benchmark, "");
}

double Figures::least_time(const std::string& benchmark) const {
  const std::vector<double>* values = find(benchmark, "");
  return values == nullptr ? none : *std::min_element(values->begin(), values->end());
}

double Figures::counter(const std::string& benchmark, const std::string& counter) const {
  const std::vector<double>* values = find(benchmark, counter);
  return values == nullptr ? none : median(*values);
}

double Figures::greatest(const std::string& benchmark, const std::string& counter) const {
  const std::vector<double>* values = find(benchmark, counter);
  return values == nullptr ? none : *std::max_element(values->begin(), values->end());
}

}  // namespace bench
