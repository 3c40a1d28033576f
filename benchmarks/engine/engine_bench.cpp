// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <benchmark/benchmark.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/benchmarks.hpp"
#include "engine/contestants.hpp"
#include "engine/tracks.hpp"
#include "support/instructions.hpp"
#include "support/mallocs.hpp"

namespace bench {
namespace {

/// What an Act must answer in that turn, and in how many turns that is checked.
struct Expected {
  std::uint64_t (*answer)(std::size_t turn);
  std::size_t turns;
};

enum class Place { memory, file };

/// An Act that is made, and checked, when it is wanted for the first time. Each has a
/// database of its own: connections of one process share the locks that they hold on a
/// file.
class Lazy {
 public:
  Lazy(Prepare prepare, Place place, Expected expected)
      : prepare_(std::move(prepare)), place_(place), expected_(std::move(expected)) {}

  /// Throws: what the contestant throws; std::runtime_error for a wrong answer.
  Act& get() {
    if (!act_) {
      if (place_ == Place::file) file_ = std::make_unique<DatabaseFile>();
      act_ = prepare_(file_ != nullptr ? file_->path() : "");
      check();
    }
    return *act_;
  }

 private:
  void check() {
    for (std::size_t turn = 0; turn < expected_.turns; ++turn) {
      const bool is_right = act_->run(turn) == expected_.answer(turn);
      if (!is_right) throw std::runtime_error("a wrong answer");
    }
    if (act_->undo) act_->undo();
  }

  Prepare prepare_;
  Place place_;
  Expected expected_;
  std::unique_ptr<DatabaseFile> file_;
  std::optional<Act> act_;
};

void measure(benchmark::State& state, Act& act) {
  std::size_t turn = 0;
  const std::size_t before = mallocs();
  for (auto _ : state) {
    benchmark::DoNotOptimize(act.run(turn));
    if (++turn == act.most_turns) {
      state.PauseTiming();
      act.undo();
      turn = 0;
      state.ResumeTiming();
    }
  }
  state.counters["mallocs"] = benchmark::Counter(static_cast<double>(mallocs() - before),
                                                 benchmark::Counter::kAvgIterations);
  if (act.undo) act.undo();
}

/// Adds `who` to a row; what it throws is the row's error.
template <class Measure>
benchmark::internal::Benchmark* add(Row& row,
                                    const std::string& who,
                                    const std::shared_ptr<Lazy>& act,
                                    Measure measure_act) {
  return row.by(who, [act, measure_act](benchmark::State& state) {
    try {
      measure_act(state, act->get());
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
    }
  });
}

std::vector<Contestant> contestants() {
  std::vector<Contestant> all{raw(), hark_contestant()};
  for (Contestant& rival : rivals()) all.push_back(std::move(rival));
  return all;
}

/// All who do `work`.
void add_all(Row& row,
             Prepare Contestant::*work,
             const Expected& expected,
             benchmark::TimeUnit unit = benchmark::kNanosecond,
             Place place = Place::memory) {
  for (const Contestant& each : contestants()) {
    if (!(each.*work)) continue;
    const auto act = std::make_shared<Lazy>(each.*work, place, expected);
    add(row, each.name, act, measure)->Unit(unit);
  }
}

// Each statement is kept after its first turn, and found in the second.
constexpr Expected found{
    [](std::size_t turn) { return sum_of(track_of(id_in_turn(turn))); },
    2 * statement_count};
constexpr Expected one_row{[](std::size_t) -> std::uint64_t { return 1; }, 2};
constexpr Expected all_rows{
    [](std::size_t) -> std::uint64_t { return new_tracks().size(); }, 1};
constexpr Expected whole_table{[](std::size_t) { return sum_of_all_tracks(); }, 1};
constexpr Expected nothing{[](std::size_t) -> std::uint64_t { return 0; }, 2};

/// hark's ways of finding a track, other than the first.
struct Way {
  const char* name;
  const char* what;
  HarkWay way;
};
const std::vector<Way> ways{
    {"memory_1_listener", "a listener on each of four events", {.listeners = 1}},
    {"memory_4_listeners", "four listeners on each of four events", {.listeners = 4}},
    {"memory_untyped", "value by value", {.is_typed = false}},
    {"memory_untyped_4_listeners",
     "value by value, four listeners on each of four events",
     {.listeners = 4, .is_typed = false}},
    {"memory_held", "on one connection, in one transaction", {.is_pooled = false}}};

}  // namespace

void add_find_rows(Rows& rows) {
  add_all(rows.add("find", "memory", "a track by its id, in memory; hark pooled"),
          &Contestant::find,
          found);
  add_all(rows.add("find", "memory_natural", "the same as the manuals write it"),
          &Contestant::find_natural,
          found);
  for (const Way& each : ways) {
    Row& row = rows.add("find", each.name, each.what);
    const auto act = std::make_shared<Lazy>(hark_find(each.way), Place::memory, found);
    add(row, "hark", act, measure);
  }
  add_all(rows.add("find", "file", "in a file, nothing locked before"),
          &Contestant::find,
          found,
          benchmark::kNanosecond,
          Place::file);
  add_all(rows.add("find", "file_natural", "the same as the manuals write it"),
          &Contestant::find_natural,
          found,
          benchmark::kNanosecond,
          Place::file);
}

void add_insert_rows(Rows& rows) {
  add_all(rows.add("insert", "one", "a track, in an open transaction"),
          &Contestant::insert,
          one_row);
  add_all(rows.add("insert", "one_natural", "the same as the manuals write it"),
          &Contestant::insert_natural,
          one_row);
  add_all(rows.add("insert", "many", "100,000 tracks, in an open transaction"),
          &Contestant::insert_all,
          all_rows,
          benchmark::kMillisecond);
}

void add_fetch_rows(Rows& rows) {
  add_all(rows.add("fetch", "all", "100,000 tracks into a vector"),
          &Contestant::fetch_all,
          whole_table,
          benchmark::kMillisecond);
  add_all(rows.add("fetch", "stream", "100,000 tracks, none kept"),
          &Contestant::stream,
          whole_table,
          benchmark::kMillisecond);
}

void add_transaction_rows(Rows& rows) {
  add_all(rows.add("transaction", "empty", "begin and commit"),
          &Contestant::empty_transaction,
          nothing);
  add_all(rows.add("transaction", "empty_natural", "the same as the manuals write it"),
          &Contestant::empty_transaction_natural,
          nothing);
}

// -- instructions -----------------------------------------------------------------------

namespace {

// As many as it takes to have one note in five missing; each step takes its time.
constexpr std::size_t turns_counted = 5;

void count(benchmark::State& state, Act& act) {
  std::size_t instructions = 0;
  for (auto _ : state) {
    instructions = count_instructions(
        [&act, turn = std::size_t{0}](std::size_t times) mutable {
          for (std::size_t i = 0; i < times; ++i) act.run(turn++);
        },
        turns_counted);
  }
  state.counters["instructions"] =
      static_cast<double>(instructions) / static_cast<double>(turns_counted);
}

void add_counted(Row& row,
                 const std::string& who,
                 const Prepare& prepare,
                 const Expected& expected) {
  add(row, who, std::make_shared<Lazy>(prepare, Place::memory, expected), count)
      ->Iterations(1)
      ->Repetitions(1);
}

void add_counted(Rows& rows,
                 const std::string& name,
                 Prepare Contestant::*work,
                 const Expected& expected) {
  Row& row = rows.add("instructions", name, "counted one by one");
  for (const Contestant& each : {raw(), hark_contestant()}) {
    add_counted(row, each.name, each.*work, expected);
  }
}

}  // namespace

void add_instruction_rows(Rows& rows) {
  add_counted(rows, "memory", &Contestant::find, found);
  for (const Way& each : ways) {
    Row& row = rows.add("instructions", each.name, "counted one by one");
    add_counted(row, "hark", hark_find(each.way), found);
  }
  add_counted(rows, "one", &Contestant::insert, one_row);
  add_counted(rows, "empty", &Contestant::empty_transaction, nothing);
}

}  // namespace bench
