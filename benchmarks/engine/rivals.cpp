// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "engine/rivals.hpp"

namespace bench {

std::vector<Contestant> rivals() {
  std::vector<Contestant> installed;
#ifdef HARK_BENCH_SQLITECPP
  installed.push_back(sqlitecpp());
#endif
#ifdef HARK_BENCH_SOCI
  installed.push_back(soci_contestant());
#endif
#ifdef HARK_BENCH_POCO
  installed.push_back(poco());
#endif
  return installed;
}

}  // namespace bench
