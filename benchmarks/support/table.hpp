// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "support/figures.hpp"

namespace bench {

using Strings = std::vector<std::string>;

/// What a figure must be, in words and as a test.
struct Limit {
  enum class Kind { at_most, at_least, below } kind;
  double value;

  bool holds(double figure) const;
  std::string text() const;
};
inline Limit at_most(double value) { return {Limit::Kind::at_most, value}; }
inline Limit at_least(double value) { return {Limit::Kind::at_least, value}; }
inline Limit below(double value) { return {Limit::Kind::below, value}; }

/// Prints the rows and remembers which limits were missed.
class Table {
 public:
  explicit Table(const Figures& figures) : figures_(figures) {}

  /// Begins a part with columns of its own.
  void part(const std::string& title, Strings columns);

  /// One line: `figures` under the columns.
  void line(const std::string& label, const std::vector<double>& figures);

  /// The times, the least of them, or a counter, of `<group>/<column>/<name>`.
  void times(const std::string& label, const std::string& group, const std::string& name);
  void least_times(const std::string& label,
                   const std::string& group,
                   const std::string& name);
  void counters(const std::string& label,
                const std::string& group,
                const std::string& name,
                const std::string& counter);

  /// A figure that follows from the line above, and the limit that it must meet.
  void result(double figure, const std::string& what, Limit limit);
  /// The same without a limit.
  void result(double figure, const std::string& what);

  void print_sum() const;

 private:
  const Figures& figures_;
  Strings columns_;
  int met_ = 0;
  int missed_ = 0;
};

/// Google Benchmark's set-up for a program that prints a table: `defaults` stand before
/// the options of the command line, where the last of one name counts. False: there was
/// one that nobody knows.
bool initialize(Strings defaults, int argc, char** argv);

}  // namespace bench
