// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "support/clock.hpp"

/// Two threads at work at the same time, on a machine that may do other things as well.
namespace bench {

/// What one thread did.
struct Work {
  double count = 0;
  double cpu = 0;    // ns
  double begin = 0;  // ns, on the wall
  double end = 0;
  long preemptions = 0;  // somebody else got the core

  double each() const { return cpu / count; }
};

/// Short, so that both threads of a pair often have a core of their own all the time even
/// on a machine that does other things.
constexpr double window = 2e6;  // ns

/// How often this thread has lost its core since it began.
inline long preemptions_now() noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

/// Calls `step`, which answers how much it has done, until the window has passed.
template <class Step>
Work work_for_a_while(Step& step) {
  Work work;
  const double cpu = cpu_now();
  const long preemptions = preemptions_now();
  work.begin = wall_now();
  do {
    work.count += step();
    work.end = wall_now();
  } while (work.end - work.begin < window);
  work.cpu = cpu_now() - cpu;
  work.preemptions = preemptions_now() - preemptions;
  return work;
}

struct Both {
  Work first;
  Work second;

  /// 2 where both had a core all the time, and the same time.
  double cores() const { return (first.cpu + second.cpu) / span(); }
  double span() const {
    return std::max(first.end, second.end) - std::min(first.begin, second.begin);
  }
  /// They ran side by side, waiting for nobody but each other.
  bool is_undisturbed() const {
    return first.preemptions + second.preemptions == 0 && span() < 1.1 * window;
  }
};

template <class First, class Second>
Both try_at_once(const First& first, const Second& second) {
  Both both;
  std::atomic<int> ready = 0;
  // The step is copied: what a thread writes shall not lie beside what the other one
  // reads.
  const auto run = [&ready](Work& work, auto step) {
    ready.fetch_add(1);
    while (ready.load() < 2) {
    }
    work = work_for_a_while(step);
  };
  std::jthread other([&run, &both, second] { run(both.second, second); });
  run(both.first, first);
  other.join();
  return both;
}

/// The least disturbed of many tries: of those in which both threads had a core of their
/// own, the one in which the first was fastest.
template <class First, class Second>
Both at_once(const First& first, const Second& second) {
  constexpr double had_cores = 1.9;
  Both best = try_at_once(first, second);
  int good = best.cores() < had_cores ? 0 : 1;
  for (int tries = 1; tries < 50 && good < 5; ++tries) {
    const Both next = try_at_once(first, second);
    if (next.cores() < had_cores ? good == 0 && next.cores() > best.cores()
                                 : good == 0 || next.first.each() < best.first.each()) {
      best = next;
    }
    good += next.cores() < had_cores ? 0 : 1;
  }
  return best;
}

}  // namespace bench
