// SPDX-License-Identifier: MIT

// Several threads. Times are of the threads' own work, so that what else the machine does is
// not in them. Loops over std::function have no protection: reading them on two threads is all
// that they can do. libsigc++ may not even be emitted on two threads and is left out.

#include "event/benchmarks.hpp"
#include "support/clock.hpp"
#include "support/subjects.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

namespace bench {
namespace {

constexpr double window = 10e6;  // ns

/// What one thread did.
struct Work {
  double emissions = 0;
  double cpu = 0;
  double wall = 0;

  double ns() const { return cpu / emissions; }
};

/// Emits until `window` has passed.
template <class Subject>
Work emit_for_a_while(const Subject& subject) {
  constexpr std::size_t turns = 64;
  Arguments arguments;
  Work work;
  const double cpu = cpu_now();
  const double wall = wall_now();
  do {
    emissions<0>(&subject, turns, arguments.code, arguments.text, arguments.sum);
    work.emissions += static_cast<double>(turns * emissions_per_turn);
    work.wall = wall_now() - wall;
  } while (work.wall < window);
  work.cpu = cpu_now() - cpu;
  return work;
}

template <class Subject>
Work on_own_thread(const Subject& subject) {
  Work work;
  std::jthread([&] { work = emit_for_a_while(subject); }).join();
  return work;
}

struct Both {
  Work first;
  Work second;

  /// 2 where both had a core all the time.
  double cores() const {
    return (first.cpu + second.cpu) / std::max(first.wall, second.wall);
  }
};

template <class Subject>
Both on_two_threads(const Subject& subject) {
  Both both;
  std::atomic<int> ready = 0;
  const auto run = [&](Work& work) {
    ready.fetch_add(1);
    while (ready.load() < 2) std::this_thread::yield();
    work = emit_for_a_while(subject);
  };
  std::jthread other(run, std::ref(both.second));
  run(both.first);
  other.join();
  return both;
}

/// The best of some tries: two threads that had to share a core did not meet.
template <class Subject>
Both at_once(const Subject& subject) {
  Both best = on_two_threads(subject);
  for (int tries = 1; tries < 5 && best.cores() < 1.9; ++tries) {
    const Both next = on_two_threads(subject);
    if (next.cores() > best.cores()) best = next;
  }
  return best;
}

template <class Subject>
void two_threads(benchmark::State& state, std::size_t listeners) {
  const auto subject = std::make_unique<Subject>();
  fill(*subject, listeners);
  for (auto _ : state) {
    const Work alone = on_own_thread(*subject);
    const Both both = at_once(*subject);
    state.SetIterationTime(std::max(both.first.ns(), both.second.ns()) * 1e-9);
    state.counters["alone_ns"] = alone.ns();
    state.counters["first_ns"] = both.first.ns();
    state.counters["second_ns"] = both.second.ns();
    state.counters["cores"] = both.cores();
  }
}

template <class Subject>
void add_two_threads(Row& row) {
  row.by(Subject::name, [](benchmark::State& state) { two_threads<Subject>(state, 1); })
      ->UseManualTime()
      ->Iterations(1);
}

// -- one dispatches, another listens and removes ---------------------------------------------

/// Listens and disconnects on another thread, without pause, while it exists.
template <class Subject>
class Churn {
 public:
  explicit Churn(Subject& subject)
      : thread_([this, &subject](const std::stop_token& stop) { run(stop, subject); }) {
    while (pairs_.load() == 0) std::this_thread::yield();
  }
  std::size_t pairs() const { return pairs_.load(); }

 private:
  void run(const std::stop_token& stop, Subject& subject) {
    while (!stop.stop_requested()) {
      auto connection = subject.add(adding(adders[1]));
      connection.disconnect();
      pairs_.store(pairs_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
  }

  std::atomic<std::size_t> pairs_ = 0;
  std::jthread thread_;
};

template <class Subject>
void churn(benchmark::State& state) {
  for (auto _ : state) {
    const auto subject = std::make_unique<Subject>();
    fill(*subject, 1);
    const Work alone = emit_for_a_while(*subject);
    Work best;
    for (int tries = 0; tries < 5 && best.cpu < 0.95 * window; ++tries) {
      const Churn others(*subject);
      const Work work = emit_for_a_while(*subject);
      if (work.cpu <= best.cpu) continue;
      best = work;
      state.counters["pair_ns"] = work.wall / static_cast<double>(others.pairs());
    }
    state.SetIterationTime(best.ns() * 1e-9);
    state.counters["alone_ns"] = alone.ns();
  }
}

template <class Subject>
void add_churn(Row& row) {
  row.by(Subject::name, [](benchmark::State& state) { churn<Subject>(state); })
      ->UseManualTime()
      ->Iterations(1);
}

// -- a listener that takes its time ----------------------------------------------------------

void long_listener(benchmark::State& state) {
  for (auto _ : state) {
    const auto subject = std::make_unique<Ours>();
    std::atomic<bool> running = false;
    static_cast<void>(subject->add([&running](int&, const std::string&, std::uint64_t&) {
      running = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }));
    std::size_t most = 0;
    std::size_t pairs = 0;
    {
      const std::jthread dispatching([&](const std::stop_token& stop) {
        Arguments arguments;
        while (!stop.stop_requested()) (*subject)(arguments.code, arguments.text, arguments.sum);
      });
      while (!running) std::this_thread::yield();
      const double begin = wall_now();
      while (wall_now() - begin < 5 * window) {
        for (int i = 0; i < 8; ++i) {
          auto subscription = subject->add(adding(adders[1]));
          subscription.disconnect();
        }
        pairs += 8;
        most = std::max(most, event::statistics().retired_snapshots);
      }
    }
    state.counters["retired_snapshots"] = static_cast<double>(most);
    state.counters["pairs"] = static_cast<double>(pairs);
  }
}

}  // namespace

void add_thread_rows(Rows& rows) {
  Row& two = rows.add("threads", "two_on_one_event", "two threads dispatch one event at a time");
  add_two_threads<Ours>(two);
  add_two_threads<Functions>(two);
  add_two_threads<Signals2>(two);
  Row& changing = rows.add("threads", "churn", "dispatch while another listens and removes");
  add_churn<Ours>(changing);
  add_churn<Signals2>(changing);
  Row& slow = rows.add("threads", "long_listener", "listen and remove while a listener runs 5 ms");
  slow.by("ours", long_listener)->Iterations(1);
}

}  // namespace bench
