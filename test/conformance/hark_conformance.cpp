// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs conformance scenarios: see FORMAT.md.
//
//   hark_conformance SCENARIO…                  prints {"name": …, "trace": […]} for each
//   hark_conformance --expect TRACE SCENARIO    compares with a recorded trace

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "core_runner.hpp"
#include "database_runner.hpp"

namespace {

using hark::conformance::CoreRunner;
using hark::conformance::DatabaseRunner;
using hark::conformance::Json;

Json read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  return Json::parse(file);
}

Json run(const std::string& path) {
  const Json scenario = read(path);
  const Json& kind = scenario.at("kind");
  if (kind == "core") {
    return {{"name", scenario.at("name")}, {"trace", CoreRunner(scenario).run()}};
  }
  if (kind == "database" && scenario.value("database", "sqlite") == "sqlite") {
    return {{"name", scenario.at("name")}, {"trace", DatabaseRunner(scenario).run()}};
  }
  throw std::runtime_error(path + ": kind " + kind.dump() +
                           " on this database is not known");
}

/// Prints the first line that differs; true if none does.
bool compare(const Json& expected, const Json& actual) {
  const auto want = expected.at("trace").get<std::vector<std::string>>();
  const auto have = actual.at("trace").get<std::vector<std::string>>();
  if (want == have) return true;
  const auto [one, other] =
      std::mismatch(want.begin(), want.end(), have.begin(), have.end());
  std::cerr << "line " << one - want.begin() + 1
            << "\nexpected: " << (one == want.end() ? "(the end)" : *one)
            << "\nactual:   " << (other == have.end() ? "(the end)" : *other) << '\n';
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 3 && arguments[0] == "--expect") {
      return compare(read(arguments[1]), run(arguments[2])) ? 0 : 1;
    }
    if (arguments.empty()) {
      std::cerr << "usage: hark_conformance SCENARIO…\n"
                   "       hark_conformance --expect TRACE SCENARIO\n";
      return 2;
    }
    for (const std::string& path : arguments) std::cout << run(path).dump() << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "hark_conformance: " << error.what() << '\n';
    return 2;
  }
}
