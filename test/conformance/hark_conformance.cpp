// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Runs conformance scenarios: see FORMAT.md.
//
//   hark_conformance SCENARIO…
//     prints {"name": …, "trace": […]} for each
//
//   hark_conformance --expect FOLDER SCENARIO…
//     compares each with FOLDER/NAME.json, where its trace was recorded
//
// With --async in front, those on databases run on fibers, as by an AsyncEngine.
//
// Those on PostgreSQL use the database whose URL is in HARK_TEST_POSTGRESQL, and drop its
// tables when they are done.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
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

#ifdef HARK_TEST_HAS_POSTGRESQL
constexpr bool has_postgresql = true;
#else
constexpr bool has_postgresql = false;
#endif

Json read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  return Json::parse(file);
}

bool is_async = false;

Json run(const std::string& path) {
  const Json scenario = read(path);
  const Json& kind = scenario.at("kind");
  if (kind == "core") {
    return {{"name", scenario.at("name")}, {"trace", CoreRunner(scenario).run()}};
  }
  const std::string database = scenario.value("database", "sqlite");
  if (kind == "database" &&
      (database == "sqlite" || (database == "postgresql" && has_postgresql))) {
    return {{"name", scenario.at("name")},
            {"trace", DatabaseRunner(scenario, is_async).run()}};
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
  std::cerr << actual.at("name").get<std::string>() << ", line " << one - want.begin() + 1
            << "\nexpected: " << (one == want.end() ? "(the end)" : *one)
            << "\nactual:   " << (other == have.end() ? "(the end)" : *other) << '\n';
  return false;
}

/// Exit statuses.
enum : int { same = 0, different = 1, failed = 2 };

template <class Act>
int status_of(Act&& act) {
  try {
    return act();
  } catch (const std::exception& error) {
    std::cerr << "hark_conformance: " << error.what() << '\n';
    return failed;
  }
}

int expect(const std::filesystem::path& traces, const std::filesystem::path& scenario) {
  const Json trace = read(traces / scenario.filename());
  return compare(trace, run(scenario)) ? same : different;
}

/// In a process of its own: what was listened to on classes goes with it.
template <class Act>
int in_child(Act&& act) {
  const pid_t child = ::fork();
  if (child == 0) std::exit(status_of(act));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : failed;
}

int expect_all(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3) return expect(arguments[1], arguments[2]);
  int worst = same;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    worst = std::max(worst, in_child([&] { return expect(arguments[1], arguments[i]); }));
  }
  return worst;
}

int print_all(const std::vector<std::string>& scenarios) {
  for (const std::string& path : scenarios) std::cout << run(path).dump() << '\n';
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  is_async = !arguments.empty() && arguments.front() == "--async";
  if (is_async) arguments.erase(arguments.begin());
  const bool expects = !arguments.empty() && arguments.front() == "--expect";
  if (arguments.size() < (expects ? 3 : 1)) {
    std::cerr << "usage: hark_conformance [--async] SCENARIO…\n"
                 "       hark_conformance [--async] --expect FOLDER SCENARIO…\n";
    return failed;
  }
  return status_of(
      [&] { return expects ? expect_all(arguments) : print_all(arguments); });
}
