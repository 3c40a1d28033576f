// SPDX-License-Identifier: MIT
#include "support/table.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t label_width = 34;
constexpr std::size_t column_width = 12;

/// So many digits, `-` where there is no figure.
std::string digits(double value, int count = 3) {
  if (std::isnan(value)) return "-";
  char text[32];
  const int decimals = value < 10 ? count - 1 : value < 100 ? count - 2 : 0;
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string padded(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

}  // namespace

bool Limit::holds(double figure) const {
  switch (kind) {
    case Kind::at_most:
      return figure <= value;
    case Kind::at_least:
      return figure >= value;
    case Kind::below:
      return figure < value;
  }
  return false;
}

std::string Limit::text() const {
  const char* const sign = kind == Kind::at_most    ? "<= "
                           : kind == Kind::at_least ? ">= "
                                                    : "< ";
  char number[32];
  std::snprintf(number, sizeof number, "%g", value);
  return sign + std::string(number);
}

void Table::part(const std::string& title, Strings columns) {
  columns_ = std::move(columns);
  std::cout << '\n' << title;
  std::cout << std::string(title.size() < label_width ? label_width - title.size() : 0,
                           ' ');
  for (const std::string& column : columns_) std::cout << padded(column, column_width);
  std::cout << '\n';
}

void Table::line(const std::string& label, const std::vector<double>& figures) {
  std::cout << "  " << label << std::string(label_width - 2 - label.size(), ' ');
  for (const double figure : figures) std::cout << padded(digits(figure), column_width);
  std::cout << '\n';
}

void Table::times(const std::string& label,
                  const std::string& group,
                  const std::string& name) {
  counters(label, group, name, "");
}

void Table::least_times(const std::string& label,
                        const std::string& group,
                        const std::string& name) {
  std::vector<double> figures;
  for (const std::string& who : columns_) {
    figures.push_back(figures_.least_time(group + '/' + who + '/' + name));
  }
  line(label, figures);
}

void Table::counters(const std::string& label,
                     const std::string& group,
                     const std::string& name,
                     const std::string& counter) {
  std::vector<double> figures;
  for (const std::string& who : columns_) {
    figures.push_back(figures_.counter(group + '/' + who + '/' + name, counter));
  }
  line(label, figures);
}

void Table::result(double figure, const std::string& what, Limit limit) {
  if (std::isnan(figure)) return;
  const bool met = limit.holds(figure);
  ++(met ? met_ : missed_);
  std::cout << "      " << padded(digits(figure, 4), 8) << ' ' << what << ", limit "
            << limit.text() << (met ? "" : "   MISSED") << '\n';
}

void Table::result(double figure, const std::string& what) {
  if (std::isnan(figure)) return;
  std::cout << "      " << padded(digits(figure, 4), 8) << ' ' << what << '\n';
}

void Table::print_sum() const {
  std::cout << '\n' << met_ << " limits met, " << missed_ << " missed.\n";
  for (const std::string& error : figures_.errors())
    std::cout << "ERROR " << error << '\n';
}

bool initialize(Strings defaults, int argc, char** argv) {
  defaults.insert(defaults.begin(), argv[0]);
  defaults.insert(defaults.end(), argv + 1, argv + argc);
  std::vector<char*> pointers_to;
  for (std::string& argument : defaults) pointers_to.push_back(argument.data());
  int count = static_cast<int>(pointers_to.size());
  benchmark::Initialize(&count, pointers_to.data());
  return !benchmark::ReportUnrecognizedArguments(count, pointers_to.data());
}

}  // namespace bench
