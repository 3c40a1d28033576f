// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// Taking a connection and giving it back, on one thread and on two. What two threads do
// is measured by the clock on the wall, for who waits does no work.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pool/benchmarks.hpp"
#include "pool/pools.hpp"
#include "support/allocations.hpp"
#include "support/at_once.hpp"

namespace bench {
namespace {

constexpr double held_ns = 500;
constexpr std::size_t uses_per_step = 32;

/// How many spins last held_ns on a core that does nothing else.
std::size_t spins_held() {
  static const std::size_t spins = [] {
    constexpr std::size_t many = 100'000;
    double least = 0;
    for (int i = 0; i < 500; ++i) {  // long enough for a quiet moment
      const double begin = wall_now();
      spin(many);
      const double took = wall_now() - begin;
      least = i == 0 ? took : std::min(least, took);
    }
    return static_cast<std::size_t>(many * held_ns / least);
  }();
  return spins;
}

void one_thread(benchmark::State& state, AnyPool& pool) {
  const Allocations before = allocations();
  for (auto _ : state) pool.use(uses_per_step, 0);
  const Allocations made = allocations() - before;
  const auto uses = static_cast<double>(state.iterations() * uses_per_step);
  state.counters["each_ns"] = benchmark::Counter(
      uses * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocations"] = static_cast<double>(made.count) / uses;
}

class Using {
 public:
  Using(AnyPool& pool, std::size_t held) : pool_(&pool), held_(held) {}
  double operator()() {
    pool_->use(uses_per_step, held_);
    return uses_per_step;
  }

 private:
  AnyPool* pool_;
  std::size_t held_;
};

/// Uses in a nanosecond on the wall: the median of some windows in which nobody else got
/// a core; 0 if there were none.
double speed_of_one(Using step) {
  std::vector<double> speeds;
  for (int tries = 0; tries < 100 && speeds.size() < 11; ++tries) {
    const Work work = work_for_a_while(step);
    if (work.preemptions != 0) continue;
    speeds.push_back(work.count / (work.end - work.begin));
  }
  return speeds.empty() ? 0 : median(speeds);
}
double speed_of_two(const Using& step) {
  std::vector<double> speeds;
  for (int tries = 0; tries < 100 && speeds.size() < 11; ++tries) {
    const Both both = try_at_once(step, step);
    if (!both.is_undisturbed()) continue;
    speeds.push_back((both.first.count + both.second.count) / both.span());
  }
  return speeds.empty() ? 0 : median(speeds);
}

/// Without two cores to be had there is no figure.
void two_threads(benchmark::State& state, AnyPool& pool, std::size_t held) {
  for (auto _ : state) {
    const Using step(pool, held);
    const double one = speed_of_one(step);
    const double two = speed_of_two(step);
    state.SetIterationTime(two == 0 ? 0 : 1e-9 / two);
    if (one == 0 || two == 0) continue;
    state.counters["one_ns"] = 1 / one;
    state.counters["two_ns"] = 1 / two;
    state.counters["throughput"] = two / one;
  }
}

void add_one_thread(Row& row, const PoolContestant& who) {
  row.by(who.name,
         [who, pool = std::shared_ptr<AnyPool>()](benchmark::State& state) mutable {
           if (pool == nullptr) pool = who.make();
           one_thread(state, *pool);
         });
}

void add_two_threads(Row& row, const PoolContestant& who, bool is_held) {
  row.by(who.name,
         [who, is_held, pool = std::shared_ptr<AnyPool>()](
             benchmark::State& state) mutable {
           if (pool == nullptr) pool = who.make();
           two_threads(state, *pool, is_held ? spins_held() : 0);
         })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(5);
}

}  // namespace

void add_pool_rows(Rows& rows) {
  std::vector<PoolContestant> all{{"ours", [] { return our_pool(0); }}, deque_pool()};
  for (PoolContestant& each : installed_pools()) all.push_back(std::move(each));

  Row& one = rows.add("pool", "one_thread", "take a connection and give it back");
  for (const PoolContestant& who : all) add_one_thread(one, who);
  for (const std::size_t listeners : {1, 4}) {
    Row& row =
        rows.add("pool",
                 std::to_string(listeners) + "_listener" + (listeners > 1 ? "s" : ""),
                 "the same, so many on checkout and on checkin");
    add_one_thread(row, {"ours", [listeners] { return our_pool(listeners); }});
  }
  Row& two = rows.add("pool", "two_threads", "the same on two threads at a time");
  for (const PoolContestant& who : all) add_two_threads(two, who, false);
  Row& held = rows.add("pool", "two_threads_held", "the same, held for 0.5 us each time");
  for (const PoolContestant& who : all) add_two_threads(held, who, true);
}

}  // namespace bench
