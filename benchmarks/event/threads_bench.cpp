// SPDX-License-Identifier: MIT

// Several threads. Times are of the threads' own work, so that what else the machine does
// is not in them. Loops over std::function have no protection: reading them on two
// threads is all that they can do. libsigc++ may not even be emitted on two threads and
// is left out.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include "event/benchmarks.hpp"
#include "support/at_once.hpp"
#include "support/subjects.hpp"

namespace bench {
namespace {

/// Emits on one subject with arguments of its own.
template <class Subject>
class Emitting {
 public:
  explicit Emitting(const Subject& subject) : subject_(&subject) {}
  double operator()() {
    constexpr std::size_t turns = 256;
    Arguments arguments;
    emissions<0>(subject_, turns, arguments.code, arguments.text, arguments.sum);
    return turns * emissions_per_turn;
  }

 private:
  const Subject* subject_;
};

/// The least disturbed of some windows.
template <class Subject>
double alone(const Subject& subject) {
  Emitting<Subject> emitting(subject);
  double least = work_for_a_while(emitting).each();
  for (int i = 0; i < 4; ++i) least = std::min(least, work_for_a_while(emitting).each());
  return least;
}

/// The same on another thread, whose stack and records lie elsewhere.
template <class Subject>
double alone_elsewhere(const Subject& subject) {
  double result = 0;
  std::jthread([&] { result = alone(subject); }).join();
  return result;
}

template <class Subject>
void two_threads(benchmark::State& state) {
  const auto subject = std::make_unique<Subject>();
  fill(*subject, 1);
  for (auto _ : state) {
    const double first_alone = alone(*subject);
    const double second_alone = alone_elsewhere(*subject);
    const Both both = at_once(Emitting(*subject), Emitting(*subject));
    state.SetIterationTime(std::max(both.first.each(), both.second.each()) * 1e-9);
    state.counters["first_alone_ns"] = first_alone;
    state.counters["second_alone_ns"] = second_alone;
    state.counters["first_ns"] = both.first.each();
    state.counters["second_ns"] = both.second.each();
    state.counters["first_speed"] = first_alone / both.first.each();
    state.counters["second_speed"] = second_alone / both.second.each();
    state.counters["cores"] = both.cores();
  }
}

template <class Subject>
void add_two_threads(Row& row) {
  row.by(Subject::name, two_threads<Subject>)->UseManualTime()->Iterations(1);
}

// -- one dispatches, another listens and removes ----------------------------------------

template <class Subject>
double come_and_go(Subject& subject) {
  constexpr std::size_t pairs = 8;
  for (std::size_t i = 0; i < pairs; ++i) {
    auto connection = subject.add(adding(adders[1]));
    connection.disconnect();
  }
  return pairs;
}

template <class Subject>
void churn(benchmark::State& state) {
  for (auto _ : state) {
    const auto subject = std::make_unique<Subject>();
    fill(*subject, 1);
    state.counters["alone_ns"] = alone(*subject);
    const Both both = at_once(Emitting(*subject), [&] { return come_and_go(*subject); });
    state.SetIterationTime(both.first.each() * 1e-9);
    state.counters["pair_ns"] = both.second.each();
    state.counters["cores"] = both.cores();
  }
}

template <class Subject>
void add_churn(Row& row) {
  row.by(Subject::name, churn<Subject>)->UseManualTime()->Iterations(1);
}

// -- a listener that takes its time -----------------------------------------------------

void long_listener(benchmark::State& state) {
  for (auto _ : state) {
    const auto subject = std::make_unique<Ours>();
    std::atomic<bool> running = false;
    static_cast<void>(subject->add([&running](int&, const std::string&, std::uint64_t&) {
      running = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }));
    std::size_t most = 0;
    double pairs = 0;
    {
      const std::jthread dispatching([&](const std::stop_token& stop) {
        Arguments arguments;
        while (!stop.stop_requested())
          (*subject)(arguments.code, arguments.text, arguments.sum);
      });
      while (!running) std::this_thread::yield();
      const double begin = wall_now();
      while (wall_now() - begin < 50e6) {
        pairs += come_and_go(*subject);
        most = std::max(most, event::statistics().retired_snapshots);
      }
    }
    state.counters["retired_snapshots"] = static_cast<double>(most);
    state.counters["pairs"] = pairs;
  }
}

}  // namespace

void add_thread_rows(Rows& rows) {
  Row& two =
      rows.add("threads", "two_on_one_event", "two threads dispatch one event at a time");
  add_two_threads<Ours>(two);
  add_two_threads<Functions>(two);
  add_two_threads<Signals2>(two);
  Row& changing =
      rows.add("threads", "churn", "dispatch while another listens and removes");
  add_churn<Ours>(changing);
  add_churn<Signals2>(changing);
  Row& slow = rows.add(
      "threads", "long_listener", "listen and remove while a listener runs 5 ms");
  slow.by("ours", long_listener)->Iterations(1);
}

}  // namespace bench
