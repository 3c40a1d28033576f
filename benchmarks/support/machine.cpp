// SPDX-License-Identifier: MIT
#include "support/machine.hpp"

#include <boost/version.hpp>
#ifdef HARK_BENCH_SIGCXX
#include <sigc++config.h>
#endif

#include <fstream>
#include <ostream>
#include <string>
#include <thread>

namespace bench {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

}  // namespace

void print_machine(std::ostream& to) {
#if defined(__clang__)
  to << "Compiler:  clang " << __clang_version__ << '\n';
#else
  to << "Compiler:  g++ " << __VERSION__ << '\n';
#endif
  to << "Flags:     " << HARK_BENCH_FLAGS << '\n'
     << "Boost:     " << BOOST_VERSION / 100000 << '.' << BOOST_VERSION / 100 % 1000
     << '.' << BOOST_VERSION % 100 << '\n';
#ifdef HARK_BENCH_SIGCXX
  to << "libsigc++: " << SIGCXX_MAJOR_VERSION << '.' << SIGCXX_MINOR_VERSION << '.'
     << SIGCXX_MICRO_VERSION << '\n';
#else
  to << "libsigc++: not installed, left out\n";
#endif
  to << "CPU:       " << processor() << ", " << std::thread::hardware_concurrency()
     << " cores\n";
#if !defined(__OPTIMIZE__) || !defined(NDEBUG)
  to << "This build is not optimized: its figures mean nothing.\n";
#endif
}

}  // namespace bench
