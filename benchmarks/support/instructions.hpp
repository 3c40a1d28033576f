// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>

namespace bench {

/// How many instructions `run(times)` executes, stepped one by one; 0 where that is
/// forbidden.
///
/// Runs in a forked child, so what `run` changes is not seen here.
std::size_t count_instructions(const std::function<void(std::size_t times)>& run,
                               std::size_t times);

/// The same for one of many: what 2 × `times` take more than `times`, divided.
inline double instructions_each(const std::function<void(std::size_t times)>& run,
                                std::size_t times) {
  const std::size_t once = count_instructions(run, times);
  const std::size_t twice = count_instructions(run, 2 * times);
  return static_cast<double>(twice - once) / static_cast<double>(times);
}

}  // namespace bench
