// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/act.hpp"
#include "engine/benchmarks.hpp"
#include "engine/contestants.hpp"
#include "engine/tracks.hpp"

namespace bench {
namespace {

enum class Place { memory, file };

/// Each has a database of its own: connections of one process share the locks that they
/// hold on a file.
std::shared_ptr<Lazy> lazy(const Prepare& prepare,
                           Place place,
                           const Expected& expected) {
  auto make = [prepare, place, file = std::shared_ptr<DatabaseFile>()]() mutable {
    if (place == Place::file) file = std::make_shared<DatabaseFile>();
    return prepare(file != nullptr ? file->path() : "");
  };
  return std::make_shared<Lazy>(std::move(make), expected);
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
    add(row, each.name, lazy(each.*work, place, expected), measure)->Unit(unit);
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
    add(row, "hark", lazy(hark_find(each.way), Place::memory, found), measure);
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

// -- races with the C interface ---------------------------------------------------------

namespace {

using LazyPtr = std::shared_ptr<Lazy>;

void add_race(Rows& rows, const std::string& name, const LazyPtr& own, const LazyPtr& c) {
  add(rows.add("race", name, "in turn with the C interface, which takes 1"),
      "hark",
      own,
      [c](benchmark::State& state, Act& act) { race(state, act, c->get()); })
      ->Iterations(1)
      ->Repetitions(1);
}

}  // namespace

void add_race_rows(Rows& rows) {
  const LazyPtr c = lazy(raw().find, Place::memory, found);
  add_race(rows, "memory", lazy(hark_find({}), Place::memory, found), c);
  for (const Way& each : ways)
    add_race(rows, each.name, lazy(hark_find(each.way), Place::memory, found), c);
  add_race(rows,
           "file",
           lazy(hark_find({}), Place::file, found),
           lazy(raw().find, Place::file, found));
  add_race(rows,
           "one",
           lazy(hark_contestant().insert, Place::memory, one_row),
           lazy(raw().insert, Place::memory, one_row));
}

// -- instructions -----------------------------------------------------------------------

namespace {

void add_counted(Row& row,
                 const std::string& who,
                 const Prepare& prepare,
                 const Expected& expected) {
  add(row, who, lazy(prepare, Place::memory, expected), count)
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
