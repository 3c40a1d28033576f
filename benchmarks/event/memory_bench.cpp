// SPDX-License-Identifier: MIT

// Memory. The time is of making and destroying; the counters say how many bytes an object
// occupies and what it asked of operator new. A plain call occupies nothing and is left
// out.

#include <memory>
#include <optional>
#include <type_traits>

#include "event/benchmarks.hpp"
#include "support/allocations.hpp"
#include "support/subjects.hpp"

namespace bench {
namespace {

struct MoreEvents : event::Events<MoreEvents> {
  struct more : event::signal<"more", void(int&)> {};
  struct again : event::signal<"again", void(int&)> {};
  using all = event::list<more, again>;
};

/// A target with two families.
class Double : public event::Target<Double, WorkEvents, MoreEvents> {};

template <class Subject>
void silent(benchmark::State& state, std::size_t families) {
  const Allocations before = allocations();
  std::optional<Subject> one(std::in_place);
  const Allocations taken = allocations() - before;
  const auto count = static_cast<double>(families);
  state.counters["bytes"] = static_cast<double>(sizeof(Subject)) / count;
  state.counters["allocations"] = static_cast<double>(taken.count);
  state.counters["allocated_bytes"] = static_cast<double>(taken.bytes);
  for (auto _ : state) {
    one.emplace();
    benchmark::DoNotOptimize(*one);
  }
}

/// Adds many listeners to one subject; the figures are per listener.
template <class Subject>
void listening(benchmark::State& state) {
  constexpr std::size_t count = 1'000;
  for (auto _ : state) {
    const auto subject = std::make_unique<Subject>();
    static_cast<void>(
        subject->add(adding(adders[0])));  // what the first one needs is apart
    const Allocations before = allocations();
    for (std::size_t i = 0; i < count; ++i)
      static_cast<void>(subject->add(adding(adders[0])));
    const Allocations taken = allocations() - before;
    state.counters["allocations"] = static_cast<double>(taken.count) / count;
    state.counters["allocated_bytes"] = static_cast<double>(taken.bytes) / count;
  }
}

}  // namespace

void add_memory_rows(Rows& rows) {
  Row& one = rows.add("memory", "silent_target", "one event, nobody listens");
  Row& two =
      rows.add("memory", "silent_target_2_families", "three events in two families");
  Row& listener = rows.add("memory", "listener", "each of 1,000 listeners of one event");
  for_each_signal([&]<class Subject>(Subject*) {
    one.by(Subject::name, [](benchmark::State& state) { silent<Subject>(state, 1); });
    listener.by(Subject::name, listening<Subject>)->Iterations(1);
  });
  one.by(Function::name, [](benchmark::State& state) { silent<Function>(state, 1); });
  two.by("ours", [](benchmark::State& state) { silent<Double>(state, 2); });
}

}  // namespace bench
